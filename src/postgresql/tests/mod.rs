//! Any manifest that Zalando's schema accepts is accepted here and written back unchanged.

mod check;
mod generate;

use std::sync::LazyLock;

use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

use self::check::violations;
use super::{NotOfItsType, Postgresql};
use crate::fields;

/// Our schema, as the definition has it.
static OURS: LazyLock<Value> = LazyLock::new(|| fields::of_definition("postgresqls"));

static ZALANDOS: LazyLock<Value> = LazyLock::new(|| {
    let table = include_str!("../testdata/fields-postgresql.tsv");
    fields::zalando(table, &KUBERNETES, &OURS)
});

/// Objects of Kubernetes' own types, of which the table lists the root only.
const KUBERNETES: [&str; 12] = [
    "metadata",
    "spec.env[]",
    "spec.envFrom[]",
    "spec.initContainers[]",
    "spec.livenessProbe",
    "spec.nodeAffinity",
    "spec.sidecars[].env[]",
    "spec.sidecars[].ports[]",
    "spec.tolerations[]",
    "spec.topologySpreadConstraints[]",
    "spec.volume.selector",
    "spec.additionalVolumes[].volumeSource",
];

/// Any manifest that is valid under Zalando's schema.
fn manifest() -> impl Strategy<Value = Value> {
    let part = |name: &str| generate::value(&ZALANDOS["properties"][name]);
    (part("spec"), prop::option::of(part("status"))).prop_map(|(spec, status)| {
        let mut manifest = json!({
            "apiVersion": "acid.zalan.do/v1",
            "kind": "postgresql",
            "metadata": { "name": "main", "namespace": "shop", "labels": {} },
            "spec": spec,
        });
        if let Some(status) = status {
            manifest["status"] = status;
        }
        manifest
    })
}

proptest! {
    #[test]
    fn any_manifest_is_accepted_and_written_back_unchanged(manifest in manifest()) {
        prop_assert_eq!(violations(&ZALANDOS, &manifest), Vec::<String>::new());
        prop_assert_eq!(violations(&OURS, &manifest), Vec::<String>::new());
        let decoded: Postgresql = serde_json::from_value(manifest.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(&decoded).unwrap(), manifest);
    }

    #[test]
    fn kubernetes_own_types_can_be_read(manifest in manifest()) {
        let spec = serde_json::from_value::<Postgresql>(manifest).unwrap().spec;
        for env in spec.env.iter().flatten() {
            readable(env.typed())?;
        }
        for container in spec.init_containers.iter().flatten() {
            readable(container.typed())?;
        }
        for constraint in spec.topology_spread_constraints.iter().flatten() {
            readable(constraint.typed())?;
        }
        spec.node_affinity.map_or(Ok(()), |affinity| readable(affinity.typed()))?;
        spec.liveness_probe.map_or(Ok(()), |probe| readable(probe.typed()))?;
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_path(manifest in manifest(), which: Index) {
        let mut wrongs = Vec::new();
        mistakes(&ZALANDOS, &manifest, "", &mut wrongs);
        let (path, wrong) = which.get(&wrongs);
        let mut manifest = manifest;
        match wrong {
            Some(wrong) => *manifest.pointer_mut(path).unwrap() = wrong.clone(),
            None => {
                let (parent, key) = path.rsplit_once('/').unwrap();
                manifest.pointer_mut(parent).unwrap().as_object_mut().unwrap().shift_remove(key);
            }
        }
        let path = path.replace("~1", "/").replace("~0", "~");
        for schema in [&*ZALANDOS, &*OURS] {
            let found = violations(schema, &manifest);
            prop_assert!(found.iter().any(|what| what.starts_with(&path)), "{path} {wrong:?}: {found:?}");
        }
    }
}

/// Only a number can be wrong in what the API server let in: it does not check `int32`.
fn readable<T>(read: Result<T, NotOfItsType>) -> Result<(), TestCaseError> {
    match read {
        Err(error)
            if !error.to_string().contains("i32") && !error.to_string().contains("32-bit") =>
        {
            Err(TestCaseError::fail(error.to_string()))
        }
        _ => Ok(()),
    }
}

/// Lists wrong values for every place of a valid manifest; none means that the place is needed.
fn mistakes(schema: &Value, value: &Value, path: &str, all: &mut Vec<(String, Option<Value>)>) {
    if check::is_open(schema) || value.is_null() || schema["x-kubernetes-int-or-string"] == true {
        return;
    }
    let mut wrong = |value: Value| all.push((path.to_owned(), Some(value)));
    match value {
        Value::String(_) => wrong(json!(7)),
        Value::Array(_) => wrong(json!({})),
        Value::Object(_) => wrong(json!([])),
        _ => wrong(json!("7")),
    }
    if schema.get("pattern").is_some() || schema.get("enum").is_some() {
        wrong(json!("?"));
    }
    if let Some(least) = schema["minimum"].as_f64() {
        wrong(json!(least as i64 - 1));
    }
    if let Some(most) = schema["maximum"].as_f64() {
        wrong(json!(most as i64 + 1));
    }
    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
        mistakes(&schema["items"], item, &format!("{path}/{n}"), all);
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
        let needed = schema["required"].as_array();
        if needed.is_some_and(|names| names.contains(&json!(key))) {
            all.push((path.clone(), None));
        }
        let inner_schema = schema["properties"]
            .get(key)
            .unwrap_or(&schema["additionalProperties"]);
        mistakes(inner_schema, inner, &path, all);
    }
}

#[test]
fn our_schema_is_zalandos_and_no_more() {
    let mut ours = fields::rows(&OURS, &KUBERNETES);
    let mut zalandos = fields::rows(&ZALANDOS, &KUBERNETES);
    // More here, on purpose: what status lacks at Zalando's
    ours.retain(|path, _| !path.starts_with("status.") || zalandos.contains_key(path));
    let status = ours.get_mut("status.PostgresClusterStatus").unwrap();
    *status = status.replace(" default=\"\"", "");
    // and roles without flags, as manifests for the first version of Zalando's schema have them.
    assert_eq!(zalandos["spec.users.*"], "type=\"array\"");
    zalandos.insert(
        "spec.users.*".to_owned(),
        "type=\"array\" nullable=true".to_owned(),
    );
    assert_eq!(fields::differences(&ours, &zalandos), Vec::<String>::new());
    for path in KUBERNETES {
        assert_eq!(fields::find(&OURS, path)["type"], "object", "{path}");
    }
}

#[test]
fn the_definition_stays_small() {
    let crds = crate::crd::crds().unwrap();
    assert!(serde_json::to_string(&crds[0]).unwrap().len() < 100_000);
}

#[test]
fn a_role_without_flags_stays_one() {
    let manifest = json!({
        "apiVersion": "acid.zalan.do/v1", "kind": "postgresql", "metadata": { "name": "main" },
        "spec": {
            "teamId": "a", "numberOfInstances": 1, "users": { "app": null, "other": [] },
            "postgresql": { "version": "17" }, "volume": { "size": "1Gi" },
        },
    });
    let decoded: Postgresql = serde_json::from_value(manifest.clone()).unwrap();
    assert_eq!(serde_json::to_value(&decoded).unwrap(), manifest);
}
