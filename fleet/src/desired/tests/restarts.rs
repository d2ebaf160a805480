//! Which differences restart a pod, or make a StatefulSet anew (zalando.md §3.5).

use serde_json::{Value, json};

use super::*;

/// A StatefulSet with something in every field.
fn stateful_set() -> Value {
    let manifest = manifest(json!({
        "livenessProbe": { "httpGet": { "path": "/liveness", "port": 8008 } },
        "envFrom": [{ "configMapRef": { "name": "more" } }],
        "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{ "matchExpressions": [{ "key": "a", "operator": "Exists" }] }],
        } },
        "topologySpreadConstraints": [{
            "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
        }],
        "tolerations": [{ "key": "a", "operator": "Exists" }],
        "podPriorityClassName": "high",
        "podAnnotations": { "a": "b" },
        "sidecars": [{ "name": "side", "image": "side:1", "command": ["run"] }],
        "initContainers": [{ "name": "first", "image": "first:1" }],
        "postgresql": { "version": "17", "parameters": {
            "shared_buffers": "32MB", "work_mem": "8MB",
        } },
        "patroni": { "ttl": 30, "initdb": { "encoding": "UTF8" } },
    }));
    let configuration = Configuration {
        enable_readiness_probe: true,
        default_cpu_limit: "1".to_owned(),
        spilo_runasuser: Some(101),
        ..Configuration::default()
    };
    child(
        &inputs(&manifest, &configuration),
        ChildKind::StatefulSet,
        "acid-main",
    )
}

fn changed(stateful_set: &Value, path: &str, value: Value) -> Value {
    let mut changed = stateful_set.clone();
    let place = changed
        .pointer_mut(path)
        .unwrap_or_else(|| panic!("nothing at {path}"));
    assert_ne!(*place, value, "{path}");
    *place = value;
    changed
}

/// The text of SPILO_CONFIGURATION with one part replaced.
fn spilo_configuration(stateful_set: &Value, path: &str, value: Value) -> (String, Value) {
    let containers = "/spec/template/spec/containers/0/env";
    let env = stateful_set
        .pointer(containers)
        .unwrap()
        .as_array()
        .unwrap();
    let index = env
        .iter()
        .position(|v| v["name"] == "SPILO_CONFIGURATION")
        .unwrap();
    let text = env[index]["value"].as_str().unwrap();
    let parsed: Value = serde_json::from_str(text).unwrap();
    let text = changed(&parsed, path, value).to_string();
    (format!("{containers}/{index}/value"), json!(text))
}

const TEMPLATE: &str = "/spec/template";

#[test]
fn every_field_of_the_rule_restarts_and_is_applied() {
    let before = stateful_set();
    let configuration = Configuration::default();
    let mut table: Vec<(String, Value)> = [
        ("/spec/containers/0/name", json!("other")),
        ("/spec/containers/0/image", json!("other:1")),
        (
            "/spec/containers/0/livenessProbe/httpGet/path",
            json!("/other"),
        ),
        ("/spec/containers/0/readinessProbe/periodSeconds", json!(11)),
        ("/spec/containers/0/readinessProbe", Value::Null),
        ("/spec/containers/0/ports/1/containerPort", json!(5433)),
        ("/spec/containers/0/resources/limits/cpu", json!("2")),
        ("/spec/containers/0/resources/limits", json!({})),
        ("/spec/containers/0/env/0/value", json!("other")),
        (
            "/spec/containers/0/env/2/valueFrom/fieldRef/fieldPath",
            json!("status.hostIP"),
        ),
        ("/spec/containers/0/env", json!([])),
        (
            "/spec/containers/0/envFrom/0/configMapRef/name",
            json!("other"),
        ),
        (
            "/spec/containers/0/securityContext/allowPrivilegeEscalation",
            json!(false),
        ),
        (
            "/spec/containers/0/volumeMounts/0/mountPath",
            json!("/other"),
        ),
        ("/spec/containers/1/image", json!("side:2")),
        ("/spec/containers/1/env", json!([])),
        ("/spec/initContainers/0/image", json!("first:2")),
        ("/spec/initContainers", json!([])),
        ("/spec/serviceAccountName", json!("other")),
        ("/spec/terminationGracePeriodSeconds", json!(1)),
        ("/spec/affinity/nodeAffinity", json!({})),
        ("/spec/topologySpreadConstraints/0/maxSkew", json!(2)),
        ("/spec/tolerations", json!([])),
        ("/spec/securityContext/runAsUser", json!(102)),
        ("/spec/securityContext", json!({})),
        ("/spec/priorityClassName", json!("low")),
        ("/metadata/labels/team", json!("other")),
        ("/metadata/labels", json!({})),
    ]
    .into_iter()
    .map(|(path, value)| (format!("{TEMPLATE}{path}"), value))
    .collect();
    let parameters = "/postgresql/parameters";
    table.push(spilo_configuration(
        &before,
        parameters,
        json!({ "shared_buffers": "64MB" }),
    ));
    table.push(spilo_configuration(&before, "/postgresql", json!({})));
    for (path, value) in table {
        let after = changed(&before, &path, value);
        for (running, desired) in [(&before, &after), (&after, &before)] {
            let reason = restart_needed(
                &running["spec"]["template"],
                &desired["spec"]["template"],
                &configuration,
            );
            assert!(reason.is_some(), "{path} restarts nothing");
            assert!(!covers(running, desired), "{path} is not applied");
            assert_eq!(replace_needed(running, desired), None, "{path}");
        }
    }
}

#[test]
fn nothing_else_restarts() {
    let before = stateful_set();
    let configuration = Configuration::default();
    let mut table: Vec<(String, Value)> = [
        ("/metadata/annotations", json!({ "a": "c" })),
        ("/spec/volumes", json!([])),
        ("/spec/containers/1/command", json!(["walk"])),
        ("/spec/tolerations/0/key", json!("b")),
        ("/spec/containers/0/imagePullPolicy", json!("Always")),
    ]
    .into_iter()
    .map(|(path, value)| (format!("{TEMPLATE}{path}"), value))
    .collect();
    table.push(("/spec/replicas".to_owned(), json!(5)));
    table.push(spilo_configuration(
        &before,
        "/bootstrap/dcs/ttl",
        json!(40),
    ));
    table.push(spilo_configuration(
        &before,
        "/bootstrap/initdb",
        json!([{ "auth-host": "md5" }]),
    ));
    for (path, value) in table {
        let after = changed(&before, &path, value);
        let reason = restart_needed(
            &before["spec"]["template"],
            &after["spec"]["template"],
            &configuration,
        );
        assert_eq!(reason, None, "{path}");
        assert!(!covers(&before, &after), "{path} is not applied");
    }
}

#[test]
fn order_and_spelling_restart_nothing() {
    let before = stateful_set();
    let mut after = before.clone();
    let container = &mut after["spec"]["template"]["spec"]["containers"][0];
    for list in ["env", "ports", "volumeMounts"] {
        container[list].as_array_mut().unwrap().reverse();
    }
    container["resources"]["limits"]["cpu"] = json!("1000m");
    let templates = [&before, &after].map(|s| &s["spec"]["template"]);
    let [before_template, after_template] = templates;
    assert_eq!(
        restart_needed(before_template, after_template, &Configuration::default()),
        None
    );
    assert!(covers(&before, &after));
}

#[test]
fn a_lazy_image_waits() {
    let before = stateful_set();
    let after = changed(
        &before,
        "/spec/template/spec/containers/0/image",
        json!("new:1"),
    );
    let lazy = Configuration {
        enable_lazy_spilo_upgrade: true,
        ..Configuration::default()
    };
    let [before_template, after_template] = [&before, &after].map(|s| &s["spec"]["template"]);
    assert_eq!(restart_needed(before_template, after_template, &lazy), None);
    assert!(restart_needed(before_template, after_template, &Configuration::default()).is_some());
    assert!(!covers(&before, &after));
}

#[test]
fn of_two_variables_with_one_name_the_later_counts() {
    let env =
        |env: Value| json!({ "spec": { "containers": [{ "name": "postgres", "env": env }] } });
    let running = env(json!([{ "name": "A", "value": "1" }, { "name": "A", "value": "2" }]));
    let later = env(json!([{ "name": "A", "value": "2" }]));
    let earlier = env(json!([{ "name": "A", "value": "1" }]));
    let configuration = Configuration::default();
    assert_eq!(restart_needed(&running, &later, &configuration), None);
    assert!(restart_needed(&running, &earlier, &configuration).is_some());
}

#[test]
fn what_cannot_change_is_replaced() {
    let before = stateful_set();
    let claim = "/spec/volumeClaimTemplates/0";
    for (path, value, replaced) in [
        (
            "/spec/selector/matchLabels/application".to_owned(),
            json!("other"),
            true,
        ),
        ("/spec/serviceName".to_owned(), json!("other"), true),
        (
            "/spec/podManagementPolicy".to_owned(),
            json!("Parallel"),
            true,
        ),
        (
            format!("{claim}/spec/resources/requests/storage"),
            json!("2Gi"),
            true,
        ),
        (
            format!("{claim}/metadata/labels/team"),
            json!("other"),
            true,
        ),
        (
            format!("{claim}/spec/resources/requests/storage"),
            json!("1024Mi"),
            false,
        ),
        (
            "/spec/updateStrategy/type".to_owned(),
            json!("RollingUpdate"),
            false,
        ),
        (
            "/spec/persistentVolumeClaimRetentionPolicy/whenDeleted".to_owned(),
            json!("Delete"),
            false,
        ),
        (
            "/spec/template/spec/containers/0/image".to_owned(),
            json!("other:1"),
            false,
        ),
    ] {
        let after = changed(&before, &path, value);
        assert_eq!(
            replace_needed(&before, &after).is_some(),
            replaced,
            "{path}"
        );
        assert_eq!(
            replace_needed(&after, &before).is_some(),
            replaced,
            "{path}"
        );
    }
    let mut live = before.clone();
    live["spec"]["volumeClaimTemplates"][0]["status"] = json!({ "phase": "Pending" });
    assert_eq!(replace_needed(&live, &before), None);
}
