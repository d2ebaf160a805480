//! CPU and memory, and what is refused.

use serde_json::{Value, json};

use super::*;

#[test]
fn resources_obey_the_limits_in_order() {
    let with = |change: fn(&mut Configuration)| {
        let mut configuration = Configuration {
            default_cpu_request: "100m".to_owned(),
            default_memory_request: "100Mi".to_owned(),
            default_cpu_limit: "1".to_owned(),
            default_memory_limit: "500Mi".to_owned(),
            min_cpu_limit: "250m".to_owned(),
            min_memory_limit: "250Mi".to_owned(),
            ..Configuration::default()
        };
        change(&mut configuration);
        configuration
    };
    // (manifest, configuration, requests cpu, memory, limits cpu, memory)
    let table: [(Value, Configuration, [Value; 4]); 8] = [
        (
            json!({}),
            with(|_| ()),
            ["100m", "100Mi", "1", "500Mi"].map(Value::from),
        ),
        (
            json!({ "limits": { "cpu": "10m", "memory": "1Mi" } }),
            with(|_| ()),
            ["100m", "100Mi", "250m", "250Mi"].map(Value::from),
        ),
        (
            json!({ "requests": { "cpu": "3", "memory": "2Gi" } }),
            with(|_| ()),
            ["3", "2Gi", "3", "2Gi"].map(Value::from),
        ),
        (
            json!({ "requests": { "cpu": "3", "memory": "2Gi" } }),
            with(|c| {
                c.max_cpu_request = "2".to_owned();
                c.max_memory_request = "1Gi".to_owned();
            }),
            ["2", "1Gi", "3", "2Gi"].map(Value::from),
        ),
        (
            json!({}),
            with(|c| c.set_memory_request_to_limit = true),
            ["100m", "500Mi", "1", "500Mi"].map(Value::from),
        ),
        (
            json!({ "limits": { "cpu": "0", "memory": "null" } }),
            with(|c| {
                c.default_cpu_limit = String::new();
                c.default_memory_limit = String::new();
            }),
            ["100m", "100Mi", "250m", "250Mi"].map(Value::from),
        ),
        (
            json!({ "limits": { "cpu": "10m", "memory": "1Mi" } }),
            with(|c| c.ignore_resources_limits_annotation_key = "free".to_owned()),
            ["100m", "100Mi", "100m", "100Mi"].map(Value::from),
        ),
        (
            json!({}),
            Configuration::default(),
            [Value::Null, Value::Null, Value::Null, Value::Null],
        ),
    ];
    for (resources, configuration, expected) in table {
        let mut manifest = manifest(json!({ "resources": resources }));
        manifest.metadata.annotations = Some(pairs(&[("free", "true")]));
        let container = postgres(&inputs(&manifest, &configuration));
        let found = ["requests", "limits"].map(|list| &container["resources"][list]);
        let found = found
            .into_iter()
            .flat_map(|l| [l["cpu"].clone(), l["memory"].clone()]);
        assert_eq!(found.collect::<Vec<_>>(), expected, "{resources}");
    }
}

#[test]
fn amounts_that_are_none_are_named() {
    for (fields, named) in [
        (
            json!({ "resources": { "limits": { "cpu": "-1" } } }),
            "spec.resources.limits.cpu",
        ),
        (
            json!({ "resources": { "requests": { "hugepages-2Mi": "x" } } }),
            "spec.resources.requests.hugepages-2Mi",
        ),
        (json!({ "volume": { "size": "big" } }), "spec.volume.size"),
        (json!({ "volume": { "size": "0" } }), "spec.volume.size"),
        (
            json!({ "sidecars": [{ "name": "a", "image": "b", "resources": { "limits": { "memory": "1 Gi" } } }] }),
            "spec.sidecars[0].resources.limits.memory",
        ),
        (
            json!({ "sidecars": [{ "name": "a" }] }),
            "spec.sidecars[0].image",
        ),
        (
            json!({ "initContainers": [{ "image": "a" }] }),
            "spec.initContainers[0].name",
        ),
        (json!({ "patroni": { "ttl": -1 } }), "spec.patroni.ttl"),
    ] {
        let manifest = manifest(fields);
        let configuration = Configuration::default();
        let error = children(&inputs(&manifest, &configuration))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(named), "{error}");
    }
}

#[test]
fn names_begin_with_the_team_where_that_is_asked_for() {
    for (team, name, fits) in [
        ("acid", "acid-main", true),
        ("ACID", "acid-main", true),
        ("acid", "acid-", false),
        ("acid", "acid", false),
        ("acid", "acidmain", false),
        ("acid", "main", false),
        ("é", "e-main", false),
    ] {
        let mut manifest = manifest(json!({ "teamId": team }));
        manifest.metadata.name = Some(name.to_owned());
        let mut configuration = Configuration::default();
        assert!(children(&inputs(&manifest, &configuration)).is_ok());
        configuration.enable_team_id_clustername_prefix = true;
        let made = children(&inputs(&manifest, &configuration)).map_err(|error| error.to_string());
        assert_eq!(made.is_ok(), fits, "{team} {name}");
        let error = made.err().unwrap_or_default();
        assert!(fits || error.starts_with("metadata.name: "), "{error}");
    }
}
