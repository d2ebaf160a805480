//! Services, budgets, environment and shared objects, one case each.

use pg_core::configuration::{Retention, RetentionPolicy};
use serde_json::{Value, json};

use super::*;

#[test]
fn a_node_port_wins_over_a_load_balancer() {
    let manifest = manifest(json!({
        "enableMasterLoadBalancer": true, "enableMasterNodePort": true, "masterNodePort": 30123,
        "enableReplicaLoadBalancer": true,
    }));
    let configuration = Configuration::default();
    let inputs = inputs(&manifest, &configuration);
    let primary = child(&inputs, ChildKind::Service, "acid-main");
    assert_eq!(primary["spec"]["type"], "NodePort");
    assert_eq!(primary["spec"]["ports"][0]["nodePort"], 30123);
    assert_eq!(primary["spec"].get("loadBalancerSourceRanges"), None);
    assert_eq!(primary["metadata"].get("annotations"), None);
    let replicas = child(&inputs, ChildKind::Service, "acid-main-repl");
    assert_eq!(replicas["spec"]["type"], "LoadBalancer");
    assert_eq!(
        replicas["spec"]["loadBalancerSourceRanges"],
        json!(["127.0.0.1/32"])
    );
    // The name begins with the team's, so the older name in DNS is asked for as well.
    assert_eq!(
        replicas["metadata"]["annotations"]["external-dns.alpha.kubernetes.io/hostname"],
        "acid-main-repl.ns.db.example.com,main-repl.acid.db.example.com"
    );
}

#[test]
fn budgets_follow_replication() {
    let minimum = |fields: Value, whole: bool| {
        let manifest = manifest(fields);
        let configuration = Configuration {
            pdb_master_label_selector: !whole,
            ..Configuration::default()
        };
        let inputs = inputs(&manifest, &configuration);
        let budget = child(
            &inputs,
            ChildKind::PodDisruptionBudget,
            "postgres-acid-main-pdb",
        );
        budget["spec"]["minAvailable"].as_i64().unwrap()
    };
    let strict = json!({ "patroni": {
        "synchronous_mode": true, "synchronous_mode_strict": true, "synchronous_node_count": 2,
    } });
    assert_eq!(minimum(strict.clone(), true), 3);
    assert_eq!(minimum(strict, false), 1);
    assert_eq!(
        minimum(json!({ "patroni": { "synchronous_mode": true } }), true),
        1
    );
    assert_eq!(minimum(json!({ "numberOfInstances": 0 }), true), 0);
}

/// Whoever stops a cluster keeps its data, whatever is configured for members that are given up.
#[test]
fn without_members_all_volumes_stay() {
    let retention = |fields: Value, min_instances: i32| {
        let manifest = manifest(fields);
        let delete = Retention::Delete;
        let configuration = Configuration {
            persistent_volume_claim_retention_policy: RetentionPolicy {
                when_deleted: delete,
                when_scaled: delete,
            },
            min_instances,
            ..Configuration::default()
        };
        let inputs = inputs(&manifest, &configuration);
        let set = child(&inputs, ChildKind::StatefulSet, "acid-main");
        set["spec"]["persistentVolumeClaimRetentionPolicy"].clone()
    };
    let stays = json!({ "whenDeleted": "Delete", "whenScaled": "Retain" });
    let goes = json!({ "whenDeleted": "Delete", "whenScaled": "Delete" });
    assert_eq!(retention(json!({ "numberOfInstances": 0 }), -1), stays);
    assert_eq!(retention(json!({ "numberOfInstances": -1 }), -1), stays);
    assert_eq!(retention(json!({ "numberOfInstances": 0 }), 1), goes);
    assert_eq!(retention(json!({ "numberOfInstances": 1 }), -1), goes);
}

#[test]
fn the_first_variable_of_a_name_wins() {
    let manifest = manifest(json!({ "env": [
        { "name": "scope", "value": "not mine" },
        { "name": "wal_s3_bucket", "value": "mine" },
        { "name": "CM", "value": "mine" },
    ] }));
    let configuration = Configuration {
        wal_s3_bucket: "global".to_owned(),
        pod_environment_secret: "pod-sec".to_owned(),
        ..Configuration::default()
    };
    let mut inputs = inputs(&manifest, &configuration);
    inputs.pod_environment.config_map = pairs(&[("CM", "global"), ("SEC", "map"), ("NEW", "map")]);
    inputs.pod_environment.secret_keys = words(&["SEC"]).into_iter().collect();
    let env = env(&inputs);
    let tail = &env[env.iter().position(|v| v.starts_with("wal_s3")).unwrap()..];
    assert_eq!(
        tail,
        [
            "wal_s3_bucket=mine",
            "CM=mine",
            "SEC",
            "NEW=map",
            "WAL_BUCKET_SCOPE_SUFFIX=/the-uid",
            "WAL_BUCKET_SCOPE_PREFIX",
        ]
    );
    assert!(!env.contains(&"scope=not mine".to_owned()));
}

#[test]
fn the_target_version_replaces_one_that_is_too_old() {
    let version = |asked: &str, mode: &str| {
        let manifest = manifest(json!({ "postgresql": { "version": asked } }));
        let configuration = Configuration {
            major_version_upgrade_mode: mode.to_owned(),
            minimal_major_version: "16".to_owned(),
            target_major_version: "18".to_owned(),
            ..Configuration::default()
        };
        let env = env(&inputs(&manifest, &configuration));
        env.into_iter()
            .find_map(|v| v.strip_prefix("PGVERSION=").map(ToOwned::to_owned))
    };
    assert_eq!(version("15", "full").as_deref(), Some("18"));
    assert_eq!(version("16", "full").as_deref(), Some("16"));
    assert_eq!(version("15", "manual").as_deref(), Some("15"));
}

#[test]
fn json_in_the_environment_is_gos() {
    let manifest = manifest(json!({ "postgresql": { "version": "17", "parameters": {
        "archive_command": "a && b < c > d\u{2028}",
    } } }));
    let configuration = Configuration {
        enable_pgversion_env_var: false,
        ..Configuration::default()
    };
    let env = env(&inputs(&manifest, &configuration));
    let text = env
        .iter()
        .find_map(|v| v.strip_prefix("SPILO_CONFIGURATION="))
        .unwrap();
    let expected = concat!(
        r#"{"postgresql":{"bin_dir":"/usr/lib/postgresql/17/bin","#,
        r#""parameters":{"archive_command":"a \u0026\u0026 b \u003c c \u003e d\u2028"}},"#,
        r#""bootstrap":{"initdb":[{"auth-host":"scram-sha-256"},{"auth-local":"trust"}],"#,
        r#""dcs":{"failsafe_mode":false}}}"#,
    );
    assert_eq!(text, expected);
}

#[test]
fn clones_and_standbys_say_where_from() {
    let all = |fields: Value, prefix: &str| -> Vec<String> {
        let manifest = manifest(fields);
        let configuration = Configuration {
            wal_gs_bucket: "gs".to_owned(),
            gcp_credentials: "/key".to_owned(),
            ..Configuration::default()
        };
        let env = env(&inputs(&manifest, &configuration));
        env.into_iter().filter(|v| v.starts_with(prefix)).collect()
    };
    let time = "2026-11-21T10:00:00+00:00";
    assert_eq!(
        all(
            json!({
                "clone": {
                    "cluster": "old", "uid": "u", "timestamp": time,
                    "s3_endpoint": "e", "s3_force_path_style": false,
                },
                "env": [{ "name": "CLONE_METHOD", "value": "mine" }],
            }),
            "CLONE_"
        ),
        [
            "CLONE_SCOPE=old",
            "CLONE_WAL_GS_BUCKET=gs",
            "CLONE_GOOGLE_APPLICATION_CREDENTIALS=/key",
            "CLONE_WAL_BUCKET_SCOPE_SUFFIX=/u",
            "CLONE_METHOD=CLONE_WITH_WALE",
            "CLONE_TARGET_TIME=2026-11-21T10:00:00+00:00",
            "CLONE_WAL_BUCKET_SCOPE_PREFIX",
            "CLONE_AWS_ENDPOINT=e",
            "CLONE_WALE_S3_ENDPOINT=e",
            "CLONE_AWS_S3_FORCE_PATH_STYLE=0",
        ]
    );
    assert_eq!(
        all(
            json!({ "standby": { "standby_host": "h", "gs_wal_path": "gs://x" } }),
            "STANDBY_"
        ),
        [
            "STANDBY_HOST=h",
            "STANDBY_WALE_GS_PREFIX=gs://x",
            "STANDBY_METHOD=STANDBY_WITH_WALE",
            "STANDBY_WAL_BUCKET_SCOPE_PREFIX",
        ]
    );
}

#[test]
fn shared_objects_follow_their_definitions() {
    let manifest = manifest(json!({}));
    let configuration = Configuration {
        pod_service_account_name: "db".to_owned(),
        pod_service_account_definition: "{\"kind\": \"ServiceAccount\", \"metadata\": {\"name\": \"x\", \"labels\": {\"a\": \"b\"}}}".to_owned(),
        irsa_role_arn: "arn".to_owned(),
        ..Configuration::default()
    };
    let inputs_ = inputs(&manifest, &configuration);
    let account = child(&inputs_, ChildKind::ServiceAccount, "db");
    assert_eq!(account["metadata"]["labels"]["a"], "b");
    assert_eq!(
        account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"],
        "arn"
    );
    let binding = child(&inputs_, ChildKind::RoleBinding, "db");
    assert_eq!(binding["roleRef"]["name"], "db");
    assert_eq!(binding["subjects"][0]["namespace"], "ns");

    for text in ["{", "kind: Pod", "[]", "a"] {
        let configuration = Configuration {
            pod_service_account_role_binding_definition: text.to_owned(),
            ..Configuration::default()
        };
        let error = children(&inputs(&manifest, &configuration)).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("pod_service_account_role_binding_definition")
        );
    }
    let configuration = Configuration {
        downscaler_annotations: words(&["("]),
        ..Configuration::default()
    };
    let error = children(&inputs(&manifest, &configuration)).unwrap_err();
    assert!(
        error.to_string().contains("downscaler_annotations"),
        "{error}"
    );
}

#[test]
fn there_is_one_controller_among_the_owners() {
    let mut manifest = manifest(json!({}));
    manifest.metadata.owner_references = serde_json::from_value(json!([
        { "apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "b", "controller": true },
    ]))
    .unwrap();
    let configuration = Configuration {
        enable_owner_references: true,
        ..Configuration::default()
    };
    let inputs = inputs(&manifest, &configuration);
    let service = child(&inputs, ChildKind::Service, "acid-main");
    let owners = service["metadata"]["ownerReferences"].as_array().unwrap();
    assert_eq!(owners.len(), 2);
    assert_eq!(
        owners
            .iter()
            .filter(|owner| owner["controller"] == true)
            .count(),
        1
    );
}

#[test]
fn windows_past_midnight_are_refused() {
    let configuration = Configuration::default();
    let table = [
        (json!(["01:00-06:00", "Sat:22:00-23:59"]), None),
        (
            json!(["01:00-06:00", "22:00-02:00"]),
            Some("spec.maintenanceWindows[1]"),
        ),
        (
            json!(["Sat:06:00-06:00"]),
            Some("spec.maintenanceWindows[0]"),
        ),
    ];
    for (windows, wrong) in table {
        let manifest = manifest(json!({ "maintenanceWindows": windows }));
        let made = children(&inputs(&manifest, &configuration));
        let said = made.err().map(|error| error.to_string());
        let fits = match (&said, wrong) {
            (Some(said), Some(wrong)) => said.starts_with(wrong),
            (said, wrong) => said.is_none() && wrong.is_none(),
        };
        assert!(fits, "{windows}: {said:?}");
    }
}
