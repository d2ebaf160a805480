//! What holds for any manifest and configuration.

use k8s_openapi::api::{
    apps::v1::StatefulSet,
    core::v1::{Endpoints, Secret, Service, ServiceAccount},
    policy::v1::PodDisruptionBudget,
    rbac::v1::RoleBinding,
};
use proptest::{collection::vec, prelude::*, sample::subsequence};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{super::compare::defaulted, configurations::*, *};

/// Parts of manifests that go together in any combination.
fn parts() -> Vec<(&'static str, Value)> {
    vec![
        ("numberOfInstances", json!(3)),
        ("dockerImage", json!("registry.example/postgres:1")),
        (
            "resources",
            json!({ "requests": { "cpu": "10m" }, "limits": { "memory": "1.5Gi", "hugepages-2Mi": "4Mi" } }),
        ),
        (
            "env",
            json!([{ "name": "A", "value": "" }, { "name": "b", "valueFrom": { "fieldRef": { "fieldPath": "metadata.uid" } } }, { "name": "CLONE_HOST", "value": "x" }]),
        ),
        ("envFrom", json!([{ "secretRef": { "name": "s" } }])),
        (
            "sidecars",
            json!([{ "name": "side", "image": "side", "ports": [{ "containerPort": 1 }], "command": ["x"] }, { "image": "y:latest" }]),
        ),
        (
            "initContainers",
            json!([{ "name": "i", "image": "i@sha256:1", "ports": [], "securityContext": { "privileged": false } }]),
        ),
        (
            "additionalVolumes",
            json!([
                { "name": "a", "mountPath": "/a", "targetContainers": ["all"], "volumeSource": { "emptyDir": {} } },
                { "name": "b", "mountPath": "/b", "subPath": "x", "volumeSource": { "projected": { "sources": [{ "serviceAccountToken": { "path": "t" } }] } } },
            ]),
        ),
        (
            "nodeAffinity",
            json!({ "preferredDuringSchedulingIgnoredDuringExecution": [{ "weight": 1, "preference": {} }] }),
        ),
        ("tolerations", json!([{ "operator": "Exists" }])),
        (
            "topologySpreadConstraints",
            json!([{ "maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {} }]),
        ),
        (
            "livenessProbe",
            json!({ "exec": { "command": ["true"] }, "initialDelaySeconds": 0 }),
        ),
        ("spiloRunAsUser", json!(101)),
        ("podPriorityClassName", json!("high")),
        ("schedulerName", json!("other")),
        ("podAnnotations", json!({ "a": "b" })),
        ("serviceAnnotations", json!({ "a": "b" })),
        ("enableMasterLoadBalancer", json!(true)),
        ("allowedSourceRanges", json!(["10.0.0.0/8"])),
        ("enableReplicaNodePort", json!(true)),
        ("replicaNodePort", json!(0)),
        (
            "patroni",
            json!({ "ttl": 40, "slots": { "a": { "type": "physical" } }, "pg_hba": ["local all all trust"], "initdb": { "debug": "true", "locale": "C" } }),
        ),
        (
            "postgresql",
            json!({ "version": "16", "parameters": { "shared_buffers": "1GB", "work_mem": "1MB", "archive_command": "a && b" } }),
        ),
        ("users", json!({ "u": ["createdb"], "n.u": [] })),
        (
            "preparedDatabases",
            json!({ "d": { "defaultUsers": true } }),
        ),
        (
            "clone",
            json!({ "cluster": "c", "timestamp": "2026-11-21T10:00:00+00:00" }),
        ),
        ("standby", json!({ "standby_host": "h" })),
        ("tls", json!({ "secretName": "t", "caFile": "/abs/ca.crt" })),
        (
            "volume",
            json!({ "size": "1.5Gi", "storageClass": "fast", "selector": { "matchLabels": { "a": "b" } }, "subPath": "p" }),
        ),
        ("enableShmVolume", json!(true)),
    ]
}

fn any_manifest() -> impl Strategy<Value = Postgresql> {
    let count = parts().len();
    subsequence(parts(), 0..=count).prop_map(|parts| {
        let fields = parts
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value));
        let mut manifest = manifest(Value::Object(fields.collect()));
        manifest.metadata.labels = Some(pairs(&[("environment", "test"), ("team", "x")]));
        manifest.metadata.annotations = Some(pairs(&[("owned-by", "me"), ("downscaler/x", "1")]));
        manifest
    })
}

fn any_configuration() -> impl Strategy<Value = Configuration> {
    let base = prop_oneof![
        Just(Configuration::default()),
        Just(configuration_a()),
        Just(configuration_b()),
    ];
    (base, any::<[bool; 5]>()).prop_map(|(base, flags)| {
        let [config_maps, version, anti_affinity, sockets, owners] = flags;
        Configuration {
            kubernetes_use_configmaps: config_maps,
            enable_pgversion_env_var: version,
            enable_pod_antiaffinity: anti_affinity,
            share_pgsocket_with_sidecars: sockets,
            enable_owner_references: owners,
            ..base
        }
    })
}

fn with_environment<'a>(manifest: &'a Postgresql, configuration: &'a Configuration) -> Inputs<'a> {
    Inputs {
        pod_environment: pod_environment_b(),
        ..inputs(manifest, configuration)
    }
}

/// Read as a type of Kubernetes and written again.
fn typed<T: DeserializeOwned + Serialize>(body: &Value) -> Value {
    serde_json::to_value(serde_json::from_value::<T>(body.clone()).unwrap()).unwrap()
}

fn stateful_set(inputs: &Inputs) -> Value {
    child(inputs, ChildKind::StatefulSet, inputs.name())
}

proptest! {
    #[test]
    fn the_same_inputs_give_the_same_bytes(manifest in any_manifest(), configuration in any_configuration()) {
        let bytes = |manifest: &Postgresql, configuration: &Configuration| {
            let inputs = with_environment(manifest, configuration);
            let children: Vec<_> = children(&inputs).unwrap().into_iter().map(|c| c.body).collect();
            let secrets: Vec<_> = secrets(&inputs).iter().map(|s| secret_body(s, "x")).collect();
            serde_json::to_string(&json!([children, secrets])).unwrap()
        };
        let first = bytes(&manifest, &configuration);
        // Written and read again, as after a restart of the controller.
        let read = serde_json::from_value(serde_json::to_value(&manifest).unwrap()).unwrap();
        prop_assert_eq!(first, bytes(&read, &configuration.clone()));
    }

    #[test]
    fn what_was_made_is_as_wanted(manifest in any_manifest(), configuration in any_configuration()) {
        let inputs = with_environment(&manifest, &configuration);
        for child in children(&inputs).unwrap() {
            let live = defaulted(&child.body);
            prop_assert!(covers(&child.body, &child.body));
            prop_assert!(covers(&live, &child.body), "{:?} {}", child.kind, child.name);
            prop_assert_eq!(&defaulted(&live), &live);
            prop_assert_eq!(&child.body["kind"], child.kind.kind());
            prop_assert_eq!(&child.body["metadata"]["name"], &child.name);
        }
        let desired = stateful_set(&inputs);
        let template = &desired["spec"]["template"];
        let live = defaulted(&desired);
        prop_assert_eq!(restart_needed(template, template, &configuration), None);
        prop_assert_eq!(restart_needed(&live["spec"]["template"], template, &configuration), None);
        prop_assert_eq!(replace_needed(&live, &desired), None);
    }

    #[test]
    fn the_number_of_members_restarts_nothing(
        manifest in any_manifest(),
        configuration in any_configuration(),
        count in 0..9_i64,
    ) {
        let before = stateful_set(&with_environment(&manifest, &configuration));
        let mut scaled = manifest.clone();
        scaled.spec.number_of_instances = count;
        let after = stateful_set(&with_environment(&scaled, &configuration));
        prop_assert_eq!(&before["spec"]["template"], &after["spec"]["template"]);
        prop_assert_eq!(replace_needed(&before, &after), None);
        prop_assert_eq!(covers(&before, &after), before["spec"]["replicas"] == after["spec"]["replicas"]);
    }

    /// No field is misspelt or of a wrong type: Kubernetes' own types lose nothing.
    #[test]
    fn every_field_is_known_to_kubernetes(manifest in any_manifest(), configuration in any_configuration(), restricted: bool) {
        let mut inputs = with_environment(&manifest, &configuration);
        if restricted && configuration.additional_pod_capabilities.is_empty() {
            inputs.pod_security = PodSecurity::Restricted;
        }
        let secrets = secrets(&inputs).into_iter().map(|secret| (ChildKind::Secret, secret_body(&secret, "x")));
        for (kind, body) in children(&inputs).unwrap().into_iter().map(|c| (c.kind, c.body)).chain(secrets) {
            let typed = match kind {
                ChildKind::ServiceAccount => typed::<ServiceAccount>(&body),
                ChildKind::RoleBinding => typed::<RoleBinding>(&body),
                ChildKind::Endpoints => typed::<Endpoints>(&body),
                ChildKind::Service => typed::<Service>(&body),
                ChildKind::PodDisruptionBudget => typed::<PodDisruptionBudget>(&body),
                ChildKind::StatefulSet => typed::<StatefulSet>(&body),
                ChildKind::Secret => typed::<Secret>(&body),
            };
            prop_assert_eq!(defaulted(&typed), defaulted(&body), "{:?}", kind);
        }
    }

    #[test]
    fn no_environment_has_a_name_twice(manifest in any_manifest(), configuration in any_configuration()) {
        let template = template(&with_environment(&manifest, &configuration));
        for container in template["spec"]["containers"].as_array().unwrap() {
            let env = container["env"].as_array().unwrap();
            let names: BTreeSet<_> = env.iter().map(|v| v["name"].to_string()).collect();
            prop_assert_eq!(names.len(), env.len());
        }
    }

    /// What the API server's schema lets through, and worse: an error, never a panic.
    #[test]
    fn no_manifest_is_a_fault(
        words in vec("\\PC{0,12}", 8),
        numbers in any::<[i64; 4]>(),
        junk in prop_oneof![Just(json!(null)), Just(json!("x")), Just(json!([1])), Just(json!({"name": 1, "env": "x"}))],
        configuration in any_configuration(),
        restricted: bool,
    ) {
        let word = |index: usize| words[index].as_str();
        let mut manifest = manifest(json!({
            "numberOfInstances": numbers[0],
            "teamId": word(0),
            "volume": { "size": word(1), "subPath": word(2) },
            "postgresql": { "version": word(3), "parameters": { word(4): word(5) } },
            "patroni": { "ttl": numbers[1], "maximum_lag_on_failover": numbers[2], "synchronous_node_count": numbers[3],
                "synchronous_mode": true, "synchronous_mode_strict": true, "initdb": { word(6): "true" } },
            "resources": { "limits": { "cpu": word(7), "memory": word(0) } },
            "users": { word(1): [word(2)] },
            "masterNodePort": numbers[1], "enableMasterNodePort": true,
            "sidecars": [{ "name": word(3), "image": word(4) }],
            "tls": { "secretName": word(5), "certificateFile": word(6) },
            "enableReplicaLoadBalancer": true,
        }));
        let mut more = serde_json::to_value(&manifest).unwrap();
        for list in ["env", "envFrom", "initContainers", "tolerations", "topologySpreadConstraints"] {
            more["spec"][list] = json!([junk]);
        }
        for one in ["nodeAffinity", "livenessProbe"] {
            more["spec"][one] = junk.clone();
        }
        if let Ok(worse) = serde_json::from_value::<Postgresql>(more) {
            manifest = worse;
        }
        manifest.metadata.name = Some(words[7].clone());
        let mut inputs = with_environment(&manifest, &configuration);
        if restricted {
            inputs.pod_security = PodSecurity::Restricted;
        }
        let _ = secrets(&inputs);
        let _ = objections(&inputs);
        if let Ok(children) = children(&inputs) {
            for child in children {
                let _ = covers(&junk, &child.body);
                prop_assert!(covers(&child.body, &child.body));
            }
        }
    }

    #[test]
    fn comparing_is_never_a_fault(path in subsequence(vec!["spec", "template", "containers", "env", "ports"], 0..=5), junk in prop_oneof![Just(json!(1)), Just(json!("x")), Just(json!([[1], null])), Just(json!({}))]) {
        let value = path.iter().rev().fold(junk, |value, key| json!({ (*key): value }));
        for kind in ["StatefulSet", "Service", ""] {
            let mut object = json!({ "kind": kind });
            for (key, value) in value.as_object().into_iter().flatten() {
                object[key] = value.clone();
            }
            prop_assert!(covers(&object, &object));
            prop_assert_eq!(replace_needed(&object, &object), None);
            prop_assert_eq!(restart_needed(&object, &object, &Configuration::default()), None);
        }
    }
}
