//! Which credentials must exist.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::ByteString;
use pg_core::{
    names,
    postgresql::{PreparedDatabase, prepared_logins},
};
use serde_json::{Map, Value, json};

use super::{
    ChildKind, Inputs, checks,
    metadata::{Pairs, metadata},
};
use crate::observe::object::Meta;

/// The credentials of one role. The password is not part of it: a secret that exists already wins
/// over any new password (zalando.md §3.16).
#[derive(Clone, Debug, PartialEq)]
pub struct RoleSecret {
    /// Name of the secret.
    pub name: String,
    /// Its namespace; another than the cluster's where the manifest says so.
    pub namespace: String,
    /// The role.
    pub username: String,
    /// Whether the role may log in. Zalando's operator makes a secret for roles of the manifest
    /// that may not as well (seen in the recording of `users-dbs`), so this program does.
    pub login: bool,
    /// Whether members have its password in their environment, of superuser and replication: with
    /// another one there, the next member that starts could not follow.
    pub in_members: bool,
    /// Labels of the secret.
    pub labels: Pairs,
    /// Annotations of the secret.
    pub annotations: Pairs,
    /// Owners of the secret; none in another namespace, where they would not be found.
    pub owner_references: Vec<Value>,
}

/// The credentials that must exist: of the superuser, of replication, of the manifest's roles and
/// of the `…_user` twins of prepared databases. In order of their names, superuser and replication
/// first, since no pod starts without them. Roles whose name is wrong or taken are left out;
/// [`super::objections`] tells of them.
pub fn secrets(inputs: &Inputs) -> Vec<RoleSecret> {
    let configuration = inputs.configuration;
    let system = [
        &configuration.super_username,
        &configuration.replication_username,
    ];
    let mut roles: BTreeMap<String, (String, bool)> = BTreeMap::new();
    for (user, flags) in inputs.spec().users.iter().flatten() {
        if checks::role_name(inputs, user).is_ok() {
            let flags = flags.as_deref().unwrap_or_default();
            let login = !flags
                .iter()
                .any(|flag| flag.eq_ignore_ascii_case("nologin"));
            roles.insert(user.clone(), (namespace_of(inputs, user), login));
        }
    }
    for (user, namespace) in prepared(inputs) {
        if checks::role_name(inputs, &user).is_ok() {
            roles.entry(user).or_insert((namespace, true));
        }
    }
    let system = system.map(|user| RoleSecret {
        in_members: true,
        ..secret(inputs, user.clone(), inputs.namespace().to_owned(), true)
    });
    let roles = roles
        .into_iter()
        .map(|(user, (namespace, login))| secret(inputs, user, namespace, login));
    system.into_iter().chain(roles).collect()
}

/// A role called `namespace.role` has its secret in that namespace, where that is allowed.
fn namespace_of(inputs: &Inputs, user: &str) -> String {
    match user.split_once('.') {
        Some((namespace, _)) if inputs.configuration.enable_cross_namespace_secret => {
            namespace.to_owned()
        }
        _ => inputs.namespace().to_owned(),
    }
}

/// The roles of prepared databases that can log in, with the namespaces of their secrets.
fn prepared(inputs: &Inputs) -> Vec<(String, String)> {
    let Some(databases) = &inputs.spec().prepared_databases else {
        return Vec::new();
    };
    let namespace = |prepared: &PreparedDatabase| {
        let named = prepared.secret_namespace.clone();
        let is_allowed = inputs.configuration.enable_cross_namespace_secret;
        named
            .filter(|namespace| is_allowed && !namespace.is_empty())
            .unwrap_or_else(|| inputs.namespace().to_owned())
    };
    prepared_logins(databases)
        .into_iter()
        .map(|(role, prepared)| (role, namespace(prepared)))
        .collect()
}

fn secret(inputs: &Inputs, username: String, namespace: String, login: bool) -> RoleSecret {
    let mut labels = inputs.labels();
    // The pooler finds its secret by these labels, whoever defined a role of that name.
    if username == "pooler" {
        labels = inputs.selector();
        labels.insert("application".to_owned(), "db-connection-pooler".to_owned());
        labels.insert(
            "connection-pooler".to_owned(),
            format!("{}-pooler", inputs.name()),
        );
    }
    let owner_references = if namespace == inputs.namespace() {
        inputs.owner_references()
    } else {
        Vec::new()
    };
    RoleSecret {
        name: names::secret(
            &inputs.configuration.secret_name_template,
            &username,
            inputs.name(),
        ),
        namespace,
        username,
        login,
        in_members: false,
        labels,
        annotations: inputs.annotations(Pairs::new()),
        owner_references,
    }
}

/// The metadata in which a secret that exists lacks what is wanted, for a merge patch; `None` where
/// it lacks nothing. `cluster` is the manifest's identity: as an owner it goes where it is not wanted.
pub fn secret_patch(wanted: &RoleSecret, live: &Meta, cluster: Option<&str>) -> Option<Value> {
    let lacking = |wanted: &Pairs, live: &Pairs| -> Pairs {
        let lacking = wanted
            .iter()
            .filter(|(key, value)| live.get(*key) != Some(*value));
        lacking
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    let uid = |owner: &Value| owner["uid"].as_str().unwrap_or_default().to_owned();
    let is_wanted = |owner: &&Value| {
        wanted
            .owner_references
            .iter()
            .any(|it| uid(it) == uid(owner))
    };
    let others = live.owner_references.iter();
    let others = others.filter(|owner| !is_wanted(owner) && Some(uid(owner).as_str()) != cluster);
    let owners: Vec<Value> = others.chain(&wanted.owner_references).cloned().collect();
    let names = |owners: &[Value]| owners.iter().map(uid).collect::<BTreeSet<_>>();
    let mut patch = Map::new();
    for (field, lacking) in [
        ("labels", lacking(&wanted.labels, &live.labels)),
        (
            "annotations",
            lacking(&wanted.annotations, &live.annotations),
        ),
    ] {
        if !lacking.is_empty() {
            patch.insert(field.to_owned(), json!(lacking));
        }
    }
    if names(&owners) != names(&live.owner_references) {
        // A list cannot be merged: it must be the one that was read.
        patch.insert("ownerReferences".to_owned(), json!(owners));
        patch.insert("resourceVersion".to_owned(), json!(live.resource_version));
    }
    if patch.is_empty() {
        return None;
    }
    patch.insert("uid".to_owned(), json!(live.uid));
    Some(Value::Object(patch))
}

/// The whole secret with a password, as it is created.
pub fn secret_body(secret: &RoleSecret, password: &str) -> Value {
    let mut metadata = metadata(
        Some(&secret.name),
        &secret.namespace,
        &secret.labels,
        &secret.annotations,
    );
    if !secret.owner_references.is_empty() {
        metadata["ownerReferences"] = json!(secret.owner_references);
    }
    json!({
        "apiVersion": ChildKind::Secret.api_version(),
        "kind": ChildKind::Secret.kind(),
        "metadata": metadata,
        "type": "Opaque",
        "data": {
            "username": ByteString(secret.username.clone().into_bytes()),
            "password": ByteString(password.as_bytes().to_vec()),
        },
    })
}
