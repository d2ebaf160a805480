//! The table is Zalando's, both ways of reading agree, and a wrong value is named.

mod objects;

use std::{collections::BTreeMap, time::Duration};

use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

use super::*;

fn config_map(data: &[(&str, &str)]) -> Result<Configuration, InvalidConfiguration> {
    let own = |(key, text): &(&str, &str)| ((*key).to_owned(), (*text).to_owned());
    Configuration::from_config_map(&data.iter().map(own).collect())
}

fn resource(group: &str, name: &str, value: Value) -> Result<Configuration, InvalidConfiguration> {
    let configuration = match group {
        "top" => json!({ name: value }),
        group => json!({ group: { name: value } }),
    };
    Configuration::from_resource(&json!({ "configuration": configuration }))
}

#[test]
fn the_table_is_zalandos_and_one_more() {
    let shown = Configuration::default().to_value();
    let mut ours: BTreeMap<_, _> = PARAMETERS.iter().map(|p| ((p.group, p.name), p)).collect();
    for line in include_str!("testdata/fields-operatorconfiguration.tsv").lines() {
        let cells: Vec<_> = line.split('\t').collect();
        let path = cells[0].strip_prefix("configuration.").unwrap_or_default();
        let (group, name) = path.split_once('.').unwrap_or(("top", path));
        let is_group = group == "top" && PARAMETERS.iter().any(|p| p.group == name);
        if name.is_empty() || is_group || name.contains(['.', '*', '[']) {
            continue;
        }
        ours.remove(&(group, name))
            .unwrap_or_else(|| panic!("{path} is missing"));
        let default = match group {
            "top" => shown.get(name),
            group => shown[group].get(name),
        };
        // Zalando's schema leaves out defaults that the program has.
        let said = cells[3]
            .split_once("default=")
            .map(|(_, text)| crate::fields::default_of(cells[1], text));
        match (said, default) {
            (Some(said), default) => assert_eq!(default, Some(&said), "{path}"),
            // Its schema says object, which was a mistake: containers are a list.
            (None, Some(default)) if name == "sidecars" => assert!(default.is_array()),
            (None, Some(default)) => match cells[1] {
                "boolean" => assert_eq!(default, &json!(false), "{path}"),
                "string" => assert!(default.is_string(), "{path}"),
                "array" => assert!(default.is_array(), "{path}"),
                "object" => assert!(default.is_object(), "{path}"),
                other => assert!(default.is_i64(), "{path} {other}"),
            },
            (None, None) => assert!(["integer", "object"].contains(&cells[1]), "{path}"),
        }
    }
    let more: Vec<_> = ours.into_keys().collect();
    assert_eq!(more, [("kubernetes", "pod_security")]);
}

#[test]
fn nothing_given_is_the_default() {
    let nothing = Configuration::from_resource(&json!({ "configuration": {} })).unwrap();
    assert_eq!(nothing, Configuration::default());
    // What Zalando's operator has otherwise when it is configured by a ConfigMap.
    let nothing = config_map(&[]).unwrap();
    let value = nothing.to_value();
    assert_eq!(value["load_balancer"]["enable_master_load_balancer"], true);
    assert_eq!(value["users"]["password_rotation_user_retention"], 180);
    assert_eq!(nothing.workers, 8);
}

#[test]
fn a_config_map_is_read() {
    let read = config_map(&[
        ("docker_image", "registry.example/postgres:17"),
        ("resync_period", "1h30m"),
        ("workers", "4"),
        ("min_instances", "-1"),
        ("cluster_labels", "application:spilo, tier:db"),
        ("protected_role_names", "admin, boss"),
        (
            "sidecar_docker_images",
            r#"log:"registry.example:5000/log:1",b:c"#,
        ),
        ("spilo_runasuser", "101"),
        ("enable_shm_volume", "f"),
        (
            "persistent_volume_claim_retention_policy",
            "when_deleted:delete",
        ),
        ("pod_management_policy", "parallel"),
        ("pod_security", "restricted"),
        (
            "infrastructure_roles_secrets",
            "secretname:a,userkey:b,template:true;secretname:c",
        ),
        ("no_parameter_at_all", "1"),
    ])
    .unwrap();
    assert_eq!(read.docker_image, "registry.example/postgres:17");
    assert_eq!(read.resync_period, Duration::from_secs(5400));
    assert_eq!(read.workers, 4);
    assert_eq!(read.cluster_labels["tier"], "db");
    assert_eq!(read.protected_role_names, ["admin", "boss"]);
    assert_eq!(
        read.sidecar_docker_images["log"],
        "registry.example:5000/log:1"
    );
    assert_eq!(read.spilo_runasuser, Some(101));
    assert!(!read.enable_shm_volume);
    let policy = read.persistent_volume_claim_retention_policy;
    assert_eq!(policy.when_deleted, Retention::Delete);
    assert_eq!(policy.when_scaled, Retention::Retain);
    assert_eq!(read.pod_management_policy, PodManagementPolicy::Parallel);
    assert_eq!(read.pod_security, PodSecurity::Restricted);
    assert_eq!(read.infrastructure_roles_secrets.len(), 2);
    assert!(read.infrastructure_roles_secrets[0].template);
}

#[test]
fn a_wrong_value_is_named() {
    let table = [
        ("workers", "0", "workers: 0 is less than 1"),
        ("workers", "many", "workers: \"many\" is no whole number"),
        ("min_instances", "-2", "min_instances: -2 is less than -1"),
        (
            "enable_shm_volume",
            "yes",
            "enable_shm_volume: \"yes\" is neither true nor false",
        ),
        (
            "resync_period",
            "30",
            "resync_period: \"30\" is no time such as 30s, 5m or 1h30m",
        ),
        (
            "cluster_labels",
            "spilo",
            "cluster_labels: \"spilo\" is no key:value",
        ),
        (
            "cluster_labels",
            "a:'b",
            "cluster_labels: a quote ' is not closed in \"a:'b\"",
        ),
        (
            "pod_security",
            "none",
            "pod_security: \"none\" is none of spilo, restricted",
        ),
        (
            "max_cpu_request",
            "1 core",
            "max_cpu_request: \"1 core\" is no amount such as 500m, 100Mi or 2Gi",
        ),
        (
            "external_traffic_policy",
            "Any",
            "external_traffic_policy: \"Any\" is none of Cluster, Local",
        ),
        (
            "sidecars",
            "x",
            "sidecars: can be given in an OperatorConfiguration only",
        ),
        (
            "persistent_volume_claim_retention_policy",
            "when_deleted:keep",
            "persistent_volume_claim_retention_policy: when_deleted: \"keep\" is none of retain, delete",
        ),
    ];
    for (name, text, message) in table {
        let InvalidConfiguration(wrong) = config_map(&[(name, text)]).unwrap_err();
        let messages: Vec<_> = wrong.iter().map(ToString::to_string).collect();
        assert_eq!(messages, [message]);
    }
    let both = config_map(&[("workers", "0"), ("resync_period", "soon")]).unwrap_err();
    assert_eq!(both.0.len(), 2, "{both}");
}

#[test]
fn what_cannot_be_together_or_at_all_is_named() {
    let table: [(Value, &[&str]); 16] = [
        (
            json!({"min_instances": 3, "max_instances": 2}),
            &["min_instances: 3 is more than max_instances, 2"],
        ),
        (json!({"min_instances": 2, "max_instances": 2}), &[]),
        (json!({"min_instances": 2}), &[]),
        (
            json!({"resync_period": "0s"}),
            &["resync_period: must be longer than nothing"],
        ),
        (
            json!({"kubernetes": {"secret_name_template": "{cluster}.pg"}}),
            &[
                "secret_name_template: \"{cluster}.pg\" has no {username}: all roles would have one secret",
            ],
        ),
        (
            json!({"sidecars": [{"name": "a", "image": "b"}, {"name": "c"}, {"name": "", "image": 1}]}),
            &[
                "sidecars: number 2 has no image",
                "sidecars: number 3 has no name",
                "sidecars: number 3 has no image",
            ],
        ),
        (
            json!({"sidecar_docker_images": {"log": ""}}),
            &["sidecar_docker_images: \"log\" has no image"],
        ),
        (
            json!({"maintenance_windows": ["01:00-02:00", "22:00-02:00"]}),
            &[
                "maintenance_windows: \"22:00-02:00\" ends before it begins: one past midnight is two, as 22:00-23:59 and 00:00-02:00",
            ],
        ),
        (
            json!({"kubernetes": {"node_readiness_label_merge": "XOR"}}),
            &["node_readiness_label_merge: \"XOR\" is none of AND, OR"],
        ),
        (
            json!({"kubernetes": {
                "cluster_labels": {"application": "sp ilo", "a b": "c"},
                "cluster_name_label": "example.com/name", "pod_role_label": "-role",
            }}),
            &[
                "pod_role_label: \"-role\" is no label's name",
                "cluster_labels: \"a b\": \"c\" is no label",
                "cluster_labels: \"application\": \"sp ilo\" is no label",
            ],
        ),
        (
            json!({"kubernetes": {
                "node_readiness_label": {"example.com/ready": "true", "Example.com/x": ""},
                "pod_service_account_name": "Pod",
            }}),
            &[
                "node_readiness_label: \"Example.com/x\": \"\" is no label",
                "pod_service_account_name: \"Pod\" is no name",
            ],
        ),
        (
            json!({"kubernetes": {"watched_namespace": "Team"}}),
            &["watched_namespace: \"Team\" is no namespace"],
        ),
        (json!({"kubernetes": {"watched_namespace": "*"}}), &[]),
        (
            json!({"major_version_upgrade": {"minimal_major_version": "9.6", "target_major_version": "banana"}}),
            &["target_major_version: \"banana\" is no version"],
        ),
        (
            json!({"aws_or_gcp": {"additional_secret_mount": "more", "additional_secret_mount_path": ""}}),
            &["additional_secret_mount: is mounted nowhere: additional_secret_mount_path is empty"],
        ),
        // What is of a wrong type is all that is told of.
        (
            json!({"workers": 0, "min_instances": 3, "max_instances": 2}),
            &["workers: 0 is less than 1"],
        ),
    ];
    refuses(table);
}

/// Each configuration is refused with these words; with none it is taken.
fn refuses<'a>(table: impl IntoIterator<Item = (Value, &'a [&'a str])>) {
    for (configuration, expected) in table {
        let resource = json!({ "configuration": configuration });
        let said: Vec<_> = match Configuration::from_resource(&resource) {
            Ok(_) => Vec::new(),
            Err(InvalidConfiguration(wrong)) => wrong.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(said, expected, "{configuration}");
    }
}

#[test]
fn a_key_without_text_is_not_the_default() {
    let read = config_map(&[
        ("cluster_labels", ""),
        ("protected_role_names", " "),
        ("enable_shm_volume", ""),
        ("default_cpu_request", ""),
        ("pam_role_name", ""),
        ("spilo_fsgroup", ""),
        ("sidecars", ""),
        ("infrastructure_roles_secrets", ""),
        ("persistent_volume_claim_retention_policy", ""),
        // One of a few words.
        ("external_traffic_policy", ""),
        ("storage_resize_mode", ""),
    ])
    .unwrap();
    assert!(read.cluster_labels.is_empty() && read.protected_role_names.is_empty());
    assert!(!read.enable_shm_volume);
    assert_eq!(
        (read.pam_role_name.as_str(), read.spilo_fsgroup),
        ("", None)
    );
    assert!(read.infrastructure_roles_secrets.is_empty());
    assert_eq!(read.external_traffic_policy, "Cluster");
    assert_eq!(read.storage_resize_mode, StorageResizeMode::Pvc);
    for (name, message) in [
        ("max_instances", "max_instances: \"\" is no whole number"),
        (
            "resync_period",
            "resync_period: \"\" is no time such as 30s, 5m or 1h30m",
        ),
        ("super_username", "super_username: must not be empty"),
        (
            "secret_name_template",
            "secret_name_template: must not be empty",
        ),
    ] {
        let wrong = config_map(&[(name, "")]).unwrap_err();
        assert_eq!(wrong.0[0].to_string(), message);
    }
}

#[test]
fn a_resource_is_read() {
    let read = resource("kubernetes", "cluster_labels", json!({ "a": "b" })).unwrap();
    assert_eq!(read.cluster_labels.len(), 1);
    let sidecar = json!([{ "name": "log", "image": "log:1" }]);
    let read = resource("top", "sidecars", sidecar).unwrap();
    assert_eq!(read.sidecars[0].value()["name"], "log");
    let read = resource("teams_api", "protected_role_names", json!([])).unwrap();
    assert_eq!(read.protected_role_names, ["admin", "cron_admin"]);
    let wrong = resource("top", "workers", json!("8")).unwrap_err();
    assert_eq!(
        wrong.0[0].to_string(),
        "workers: \"8\" must be a whole number"
    );
    let wrong = resource("kubernetes", "cluster_labels", json!({ "a": 1 })).unwrap_err();
    assert_eq!(wrong.0[0].parameter, "cluster_labels");
}

fn word() -> impl Strategy<Value = String> {
    any::<u8>().prop_map(|n| format!("word-{n}"))
}

proptest! {
    #[test]
    fn what_is_shown_is_read_again(
        labels in prop::collection::btree_map(word(), word(), 1..3),
        workers in 1..100_i32,
        seconds in 1..100_000_u64,
        security in select(vec![PodSecurity::Spilo, PodSecurity::Restricted]),
        group in prop::option::of(0..=i64::from(i32::MAX)),
    ) {
        let configuration = Configuration {
            cluster_labels: labels,
            workers,
            resync_period: Duration::from_secs(seconds),
            pod_security: security,
            spilo_fsgroup: group,
            ..Configuration::default()
        };
        let resource = json!({ "configuration": configuration.to_value() });
        prop_assert_eq!(Configuration::from_resource(&resource), Ok(configuration));
    }

    #[test]
    fn any_text_is_read_or_named(n in 0..PARAMETERS.len(), text: String) {
        let name = PARAMETERS[n].name;
        if let Err(InvalidConfiguration(wrong)) = config_map(&[(name, &text)]) {
            prop_assert_eq!(wrong[0].parameter, name);
        }
    }
}
