//! Our objects against those that Zalando's operator made of the same manifests (recorded on a
//! real API server; `testdata/`, one file per feature, first the manifest, then the objects).

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};

use super::{
    super::{compare::defaulted, *},
    configurations::{configuration_a, configuration_b, pod_environment_b},
};

/// What is recorded but not made here, with the reason.
const EXCLUDED: [(&str, &str, &str); 3] = [
    // (file, kind, why)
    (
        "a/logical",
        "CronJob",
        "logical backups are another issue's",
    ),
    (
        "a/init",
        "Endpoints",
        "made by the control plane for a Service with a selector",
    ),
    (
        "a/nodeport",
        "Endpoints",
        "made by the control plane for a Service with a selector",
    ),
];

/// One recording: the manifest, and the objects by kind and name.
pub(super) fn read(
    path: &Path,
    namespace: &str,
) -> (Postgresql, BTreeMap<(String, String), Value>) {
    let text = fs::read_to_string(path).unwrap();
    let mut documents = text.split("\n---\n").map(|document| {
        serde_saphyr::from_str::<Value>(document)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    });
    let mut manifest: Postgresql = serde_json::from_value(documents.next().unwrap()).unwrap();
    manifest.metadata.namespace = Some(namespace.to_owned());
    let name = manifest.metadata.name.clone().unwrap();
    manifest.metadata.uid = Some(format!("UID-OF-{name}"));
    let objects = documents.map(|object| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (
            (text(&object["kind"]), text(&object["metadata"]["name"])),
            object,
        )
    });
    (manifest, objects.collect())
}

/// What recording took out or replaced.
fn as_recorded(mut object: Value) -> Value {
    object["metadata"]
        .as_object_mut()
        .unwrap()
        .remove("namespace");
    if let Some(owners) = object["metadata"].get_mut("ownerReferences") {
        for owner in owners.as_array_mut().unwrap() {
            owner["uid"] = json!("UID");
        }
    }
    if object["kind"] == "Secret" {
        object["data"]["password"] = json!("REDACTED");
    }
    object
}

fn made(inputs: &Inputs) -> BTreeMap<(String, String), Value> {
    let children = children(inputs).unwrap();
    // The recordings leave these out.
    let shared = [ChildKind::ServiceAccount, ChildKind::RoleBinding];
    let children = children
        .into_iter()
        .filter(|child| !shared.contains(&child.kind));
    let secrets = secrets(inputs).into_iter().map(|secret| Child {
        kind: ChildKind::Secret,
        name: secret.name.clone(),
        body: secret_body(&secret, "x"),
    });
    children
        .chain(secrets)
        .map(|child| {
            (
                (child.kind.kind().to_owned(), child.name),
                as_recorded(child.body),
            )
        })
        .collect()
}

fn compare(
    set: &str,
    namespace: &str,
    configuration: &Configuration,
    environment: &PodEnvironment,
) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/desired/testdata")
        .join(set);
    let mut files: Vec<_> = fs::read_dir(&directory)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let mut faults = Vec::new();
    for path in &files {
        let file = format!("{set}/{}", path.file_stem().unwrap().to_str().unwrap());
        let (manifest, mut recorded) = read(path, namespace);
        recorded.retain(|(kind, _), _| !EXCLUDED.iter().any(|(f, k, _)| *f == file && k == kind));
        let inputs = Inputs {
            manifest: &manifest,
            configuration,
            pod_environment: environment.clone(),
            pod_security: PodSecurity::Spilo,
        };
        let made = made(&inputs);
        for key in recorded
            .keys()
            .chain(made.keys())
            .collect::<std::collections::BTreeSet<_>>()
        {
            let (Some(theirs), Some(ours)) = (recorded.get(key), made.get(key)) else {
                faults.push(format!("{file}: {key:?} only on one side"));
                continue;
            };
            let (left, right) = (defaulted(theirs), defaulted(ours));
            if left != right {
                faults.push(format!(
                    "{file}: {key:?}\n{}",
                    difference("", &left, &right).join("\n")
                ));
            }
            if !covers(theirs, ours) {
                faults.push(format!("{file}: {key:?} would be applied"));
            }
            if key.0 == "StatefulSet" {
                let (theirs, ours) = (&theirs["spec"]["template"], &ours["spec"]["template"]);
                if let Some(reason) = restart_needed(theirs, ours, configuration) {
                    faults.push(format!("{file}: restart for {reason}"));
                }
                if ours["metadata"]["namespace"] != theirs["metadata"]["namespace"] {
                    faults.push(format!("{file}: namespace of the template"));
                }
                let env = |template: &Value| -> Vec<String> {
                    let env = template["spec"]["containers"][0]["env"].as_array().unwrap();
                    env.iter()
                        .map(|variable| variable["name"].to_string())
                        .collect()
                };
                if env(ours) != env(theirs) {
                    faults.push(format!("{file}: order of the environment"));
                }
            }
        }
        if let (Some(theirs), Some(ours)) = (
            recorded.get(&("StatefulSet".to_owned(), inputs.name().to_owned())),
            made.get(&("StatefulSet".to_owned(), inputs.name().to_owned())),
        ) && let Some(reason) = replace_needed(theirs, ours)
        {
            faults.push(format!("{file}: replace for {reason}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// Paths at which two values differ.
fn difference(path: &str, left: &Value, right: &Value) -> Vec<String> {
    match (left, right) {
        (Value::Object(l), Value::Object(r)) => {
            let keys: BTreeSet<&String> = l.keys().chain(r.keys()).collect();
            keys.into_iter()
                .flat_map(|key| {
                    let none = &Value::Null;
                    let (l, r) = (l.get(key).unwrap_or(none), r.get(key).unwrap_or(none));
                    difference(&format!("{path}.{key}"), l, r)
                })
                .collect()
        }
        (Value::Array(l), Value::Array(r)) if l.len() == r.len() => l
            .iter()
            .zip(r)
            .enumerate()
            .flat_map(|(i, (l, r))| difference(&format!("{path}[{i}]"), l, r))
            .collect(),
        _ if left == right => Vec::new(),
        _ => vec![format!("  {path}: recorded {left}, ours {right}")],
    }
}

#[test]
fn as_shipped() {
    compare(
        "a",
        "default",
        &configuration_a(),
        &PodEnvironment::default(),
    );
}

#[test]
fn with_much_configured() {
    compare("b", "nsb", &configuration_b(), &pod_environment_b());
}

/// An exclusion that excludes nothing is out of date.
#[test]
fn exclusions_are_needed() {
    for (file, kind, reason) in EXCLUDED {
        assert!(!reason.is_empty());
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src/desired/testdata")
            .join(format!("{file}.yaml"));
        let (_, recorded) = read(&path, "x");
        assert!(recorded.keys().any(|(k, _)| k == kind), "{file} {kind}");
    }
}
