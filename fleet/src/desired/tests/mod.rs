//! Golden files, properties and single cases of the desired objects.

mod cases;
mod configurations;
mod credentials;
mod golden;
mod limits;
mod placement;
mod properties;
mod restarts;

use pg_core::postgresql::Postgresql;
use serde_json::{Value, json};

use super::*;

/// A manifest with the given fields beside the required ones.
fn manifest(fields: Value) -> Postgresql {
    let mut spec = json!({
        "teamId": "acid",
        "numberOfInstances": 2,
        "volume": { "size": "1Gi" },
        "postgresql": { "version": "17" },
    });
    for (key, value) in fields.as_object().unwrap() {
        spec[key] = value.clone();
    }
    serde_json::from_value(json!({
        "apiVersion": "acid.zalan.do/v1",
        "kind": "postgresql",
        "metadata": { "name": "acid-main", "namespace": "ns", "uid": "the-uid" },
        "spec": spec,
    }))
    .unwrap()
}

fn inputs<'a>(manifest: &'a Postgresql, configuration: &'a Configuration) -> Inputs<'a> {
    Inputs {
        manifest,
        configuration,
        pod_environment: PodEnvironment::default(),
        pod_security: PodSecurity::Spilo,
    }
}

/// The child of this kind and name.
fn child(inputs: &Inputs, kind: ChildKind, name: &str) -> Value {
    let children = children(inputs).unwrap();
    let found = children
        .into_iter()
        .find(|child| child.kind == kind && child.name == name);
    found.unwrap_or_else(|| panic!("no {kind:?} {name}")).body
}

fn template(inputs: &Inputs) -> Value {
    child(inputs, ChildKind::StatefulSet, inputs.name())["spec"]["template"].clone()
}

/// The container with PostgreSQL.
fn postgres(inputs: &Inputs) -> Value {
    template(inputs)["spec"]["containers"][0].clone()
}

/// Its variables, as `name=value` (`name` for one without a value).
fn env(inputs: &Inputs) -> Vec<String> {
    let container = postgres(inputs);
    let variables = container["env"].as_array().unwrap();
    let show = |variable: &Value| match variable.get("value") {
        Some(value) => format!(
            "{}={}",
            variable["name"].as_str().unwrap(),
            value.as_str().unwrap()
        ),
        None => variable["name"].as_str().unwrap().to_owned(),
    };
    variables.iter().map(show).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
