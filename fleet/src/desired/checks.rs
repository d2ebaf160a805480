//! What of a manifest cannot be carried out although objects can be made from the rest.

use pg_core::{configuration::Configuration, window::is_window};

use super::{ChildKind, Error, Inputs, metadata, pod, service_account};

/// Parameters whose text is a language of its own that cannot be read. What else can be wrong with
/// one is found where it is read.
pub fn wrong_parameters(configuration: &Configuration) -> Vec<Error> {
    let account = service_account::definition(
        ChildKind::ServiceAccount,
        "pod_service_account_definition",
        &configuration.pod_service_account_definition,
    );
    let binding = service_account::definition(
        ChildKind::RoleBinding,
        "pod_service_account_role_binding_definition",
        &configuration.pod_service_account_role_binding_definition,
    );
    let patterns = configuration.downscaler_annotations.iter();
    patterns
        .filter_map(|pattern| metadata::pattern(pattern).err())
        .chain(account.err())
        .chain(binding.err())
        .collect()
}

/// What stands against making this cluster, though one that runs goes on: as in Zalando's operator,
/// which refuses to create such a StatefulSet and does update one.
pub fn against_creation(inputs: &Inputs) -> Result<(), Error> {
    containers(inputs).into_iter().next().map_or(Ok(()), Err)
}

/// Where `enable_team_id_clustername_prefix` asks for it, a name begins with its team's and a dash,
/// and goes on.
pub(super) fn name(inputs: &Inputs) -> Result<(), Error> {
    let team = &inputs.spec().team_id;
    let name = inputs.manifest.metadata.name.as_deref().unwrap_or_default();
    let rest = name
        .get(..team.len())
        .filter(|begin| begin.eq_ignore_ascii_case(team))
        .and_then(|_| name.get(team.len()..)?.strip_prefix('-'));
    if !inputs.configuration.enable_team_id_clustername_prefix
        || rest.is_some_and(|rest| !rest.is_empty())
    {
        return Ok(());
    }
    Err(Error::manifest(
        "metadata.name",
        format!(
            "{name:?} does not begin with \"{team}-\", its team, as enable_team_id_clustername_prefix wants it"
        ),
    ))
}

/// Windows that cannot be read, or that end before they begin: Zalando's operator refuses such a
/// manifest.
pub(super) fn windows(inputs: &Inputs) -> Result<(), Error> {
    let windows = inputs.spec().maintenance_windows.iter().flatten();
    for (index, window) in windows.enumerate() {
        if !is_window(window) {
            return Err(Error::manifest(
                format!("spec.maintenanceWindows[{index}]"),
                format!(
                    "{window:?} is no window such as 01:00-06:00 or Sat:00:00-04:00, which ends after it begins"
                ),
            ));
        }
    }
    Ok(())
}

/// What stands against creating this cluster, or against parts of it. A cluster that runs already
/// goes on as it is: Zalando's operator, too, refuses these only when it creates
/// (zalando.md §3.10 for roles).
pub fn objections(inputs: &Inputs) -> Vec<Error> {
    let mut found = containers(inputs);
    found.extend(pod::volumes_refused(inputs));
    for (user, flags) in inputs.spec().users.iter().flatten() {
        found.extend(role_name(inputs, user).err());
        found.extend(role_flags(user, flags.as_deref().unwrap_or_default()).err());
    }
    found
}

/// Containers of the manifest that the configuration does not want.
fn containers(inputs: &Inputs) -> Vec<Error> {
    let (spec, configuration) = (inputs.spec(), inputs.configuration);
    let asked = [
        (
            spec.sidecars.as_ref().is_some_and(|list| !list.is_empty()),
            configuration.enable_sidecars,
            "spec.sidecars",
            "enable_sidecars",
        ),
        (
            spec.init_containers
                .as_ref()
                .is_some_and(|list| !list.is_empty()),
            configuration.enable_init_containers,
            "spec.initContainers",
            "enable_init_containers",
        ),
    ];
    let refused = asked
        .into_iter()
        .filter(|(given, allowed, ..)| *given && !allowed);
    refused
        .map(|(.., field, parameter)| Error::manifest(field, format!("{parameter} is off")))
        .collect()
}

/// Whether a role of a manifest may have this name.
pub fn may_be_role(name: &str, configuration: &Configuration) -> bool {
    check_role_name(name, configuration).is_ok()
}

/// Whether a role can have these flags.
pub fn are_role_flags(flags: &[String]) -> bool {
    role_flags("", flags).is_ok()
}

/// Whether this is a role that no manifest defines.
pub fn is_reserved_role(name: &str, configuration: &Configuration) -> bool {
    [
        &configuration.super_username,
        &configuration.replication_username,
    ]
    .into_iter()
    .chain(&configuration.protected_role_names)
    .any(|reserved| reserved == name)
}

/// Whether a role of the manifest may have this name.
pub(super) fn role_name(inputs: &Inputs, user: &str) -> Result<(), Error> {
    check_role_name(user, inputs.configuration)
}

fn check_role_name(user: &str, configuration: &Configuration) -> Result<(), Error> {
    let field = || format!("spec.users.{user}");
    if !is_role_name(user) {
        return Err(Error::manifest(
            field(),
            "a role is called by lower-case letters, digits, - and _, in parts separated by dots",
        ));
    }
    let system = [
        &configuration.super_username,
        &configuration.replication_username,
    ];
    if system.into_iter().any(|name| name == user) {
        return Err(Error::manifest(field(), "is a role of the system"));
    }
    if configuration
        .protected_role_names
        .iter()
        .any(|name| name == user)
    {
        return Err(Error::manifest(field(), "is one of protected_role_names"));
    }
    Ok(())
}

/// `[a-z0-9]([-_a-z0-9]*[a-z0-9])?` in parts separated by dots, so that with `_` replaced it may
/// stand in the name of a secret.
fn is_role_name(user: &str) -> bool {
    let edge =
        |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    user.split('.').all(|part| {
        let bytes = part.as_bytes();
        edge(bytes.first())
            && edge(bytes.last())
            && bytes
                .iter()
                .all(|byte| edge(Some(byte)) || matches!(byte, b'-' | b'_'))
    })
}

/// Attributes of a role that a flag may name, or deny with `no` before it.
const FLAGS: [&str; 7] = [
    "superuser",
    "inherit",
    "login",
    "createrole",
    "createdb",
    "replication",
    "bypassrls",
];

fn role_flags(user: &str, flags: &[String]) -> Result<(), Error> {
    let field = || format!("spec.users.{user}");
    let flags: Vec<String> = flags.iter().map(|flag| flag.to_ascii_lowercase()).collect();
    for flag in &flags {
        if FLAGS.contains(&flag.as_str()) {
            if flags.contains(&format!("no{flag}")) {
                return Err(Error::manifest(
                    field(),
                    format!("{flag} contradicts no{flag}"),
                ));
            }
        } else if !flag
            .strip_prefix("no")
            .is_some_and(|flag| FLAGS.contains(&flag))
        {
            return Err(Error::manifest(field(), format!("{flag:?} is not a flag")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_roles() {
        for good in ["a", "app_user", "app-user", "ns.app_user", "0a", "a--b"] {
            assert!(is_role_name(good), "{good}");
        }
        for bad in [
            "", "A", "_a", "a_", "a.", ".a", "a b", "a;drop", "ä", "a..b", "a\"b",
        ] {
            assert!(!is_role_name(bad), "{bad}");
        }
    }

    #[test]
    fn flags_of_roles() {
        let flags = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(ToString::to_string).collect();
            role_flags("u", &list).is_ok()
        };
        assert!(flags(&[]));
        assert!(flags(&["superuser", "CREATEDB", "nologin", "NOinherit"]));
        assert!(!flags(&["super"]));
        assert!(!flags(&["login", "NOLOGIN"]));
        assert!(!flags(&["nologin; drop table x"]));
    }
}
