//! `docs/configuration.md`, from the table.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Configuration, Effect, PARAMETERS};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
const HEAD: &str = "\
<!-- The table is generated from src/configuration/: UPDATE=1 cargo test -p pg-core page -->
# Configuration

Names, values and defaults are those of Zalando's operator, in its ConfigMap (lists comma separated, maps `key:value,key:value`, sidecars and probes not possible) or in an `OperatorConfiguration` (the same names in groups; `top` is the resource's `configuration` itself).

- The controller reads the ConfigMap `pg-fleet` in its own namespace; `CONFIG_MAP_NAME` in its environment names another, and `POSTGRES_OPERATOR_CONFIGURATION_OBJECT` an OperatorConfiguration, which goes before. Both may be `namespace/name`, as `kubectl pg install --config NAMESPACE/NAME` sets them. `WATCHED_NAMESPACE` and `SCALYR_API_KEY` in the environment go before what is configured.
- In the ConfigMap a key without text is no, nothing, none, and not the default, as in Zalando's operator; one of a few words has its default then, and a number, a time or a name that objects need is refused.
- A change acts at once, without a restart of the controller: Event `ConfigurationChanged` names the parameters. A configuration with a value that cannot be (of the wrong type, beyond its limit, a pattern, a label, a name, a template of names, a toleration or a definition that cannot be, a sidecar without an image, a window that ends before it begins, `min_instances` above `max_instances` …) is refused as a whole: Event `ConfigurationRefused` and the log name each wrong parameter, the metric `pg_fleet_configuration_refused` is 1, and the last good configuration stays, also when the object is deleted. A controller that starts waits for one that can be.
- A change of what is watched (`watched_namespace`, `cluster_labels`, `cluster_name_label`, `pod_role_label`, `pod_service_account_name`, the name in `pod_service_account_role_binding_definition`) starts the watches anew; nothing is planned before everything was listed again.
- What members find each other by (`kubernetes_use_configmaps`, `etcd_host`, `cluster_labels`, `cluster_name_label`, `pod_role_label`) does not change under running members: such a cluster goes on as it is with status `Invalid` and the reason, until the parameter is set back or its members are stopped. New clusters take the new value. What Patroni kept in the other of its two stores goes once all members serve and its lock is renewed in the new one.
- The roles that Patroni logs in with (`super_username`, `replication_username`) and the names of the Secrets with their passwords (`secret_name_template`) do not change for a cluster that has data: its database knows no other login. It goes on as it is with status `Invalid` and the reason, until the parameter is set back. New clusters take the new value.
- `PostgresTeam` resources are accepted and do nothing yet: nobody becomes a role by them. Unless `enable_postgres_team_crd` is off, the condition `NotYet` of each cluster names those that ask for roles in it, as it names `enable_teams_api` (with an address of your own), `postgres_superuser_teams`, `infrastructure_roles_secrets` and whatever else is asked for and does nothing.

*Here* says what a parameter does in this controller: **acts** as in Zalando's, **in part**, **nothing yet** (it is read and checked), or why there is nothing for it to act on.

| Parameter | Group | Default | What it says | Here |
|---|---|---|---|---|
";

/// A default as the ConfigMap's reader would write it, in a cell.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let texts: Vec<_> = list.iter().filter_map(Value::as_str).collect();
            texts.join(",")
        }
        Value::Object(map) => {
            let pair = |(key, value): (&String, &Value)| {
                format!("{key}:{}", value.as_str().unwrap_or_default())
            };
            map.iter().map(pair).collect::<Vec<_>>().join(",")
        }
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match text.as_str() {
        "" => String::new(),
        text => format!("`{text}`"),
    }
}

fn page() -> String {
    let config_map = Configuration::defaults_of_config_map();
    let mut page = HEAD.to_owned();
    for parameter in PARAMETERS {
        let mut default = cell(&parameter.default_value());
        let other = cell(&(parameter.show)(&config_map));
        if other != default {
            let _ = write!(default, " (ConfigMap: {other})");
        }
        let here = match parameter.effect() {
            Effect::Acts => "acts".to_owned(),
            Effect::InPart(how) => format!("in part: {how}"),
            Effect::NothingYet => "nothing yet".to_owned(),
            Effect::NotApplicable(why) => format!("not applicable: {why}"),
        };
        let (name, group) = (parameter.name, parameter.group);
        let about = parameter
            .about
            .trim()
            .trim_end_matches('.')
            .replace('|', "\\|");
        let _ = writeln!(
            page,
            "| `{name}` | {group} | {default} | {about} | {here} |"
        );
    }
    page
}

#[test]
fn the_page_is_current() {
    let made = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(PATH, &made).unwrap();
    }
    let kept = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        kept == made,
        "{PATH} is not what the table says: UPDATE=1 cargo test -p pg-core page"
    );
    assert_eq!(
        made.lines().filter(|line| line.starts_with("| `")).count(),
        PARAMETERS.len()
    );
}
