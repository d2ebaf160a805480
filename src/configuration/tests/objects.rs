//! Values that no object can be made of.

use serde_json::{Value, json};

use super::refuses;

/// What no object can be made of would stop every cluster, with a message of the API server's.
#[test]
fn what_no_object_can_be_made_of_is_named() {
    let kubernetes = |fields: Value| json!({ "kubernetes": fields });
    let table: [(Value, &[&str]); 20] = [
        (
            kubernetes(json!({"pdb_name_format": "{cluster}-{team}"})),
            &[
                "pdb_name_format: \"{cluster}-{team}\" makes no name: {cluster} is all that is filled in",
            ],
        ),
        (
            kubernetes(json!({"pdb_name_format": "postgres-{cluster}-critical-op-pdb"})),
            &[
                "pdb_name_format: \"postgres-{cluster}-critical-op-pdb\" is the name of the budget of critical work",
            ],
        ),
        // One cluster in each namespace is all right.
        (kubernetes(json!({"pdb_name_format": "the-budget"})), &[]),
        (
            kubernetes(json!({"secret_name_template": "{namespace}.{username}.{cluster}"})),
            &[
                "secret_name_template: \"{namespace}.{username}.{cluster}\" makes no name: {username}, {cluster}, {tprkind} and {tprgroup} are all that is filled in",
            ],
        ),
        (
            kubernetes(json!({"secret_name_template": "{username}.{cluster}"})),
            &[],
        ),
        (
            json!({"users": {"super_username": "Root", "replication_username": "_rep"}}),
            &[
                "super_username: no secret can be named after \"Root\"",
                "replication_username: no secret can be named after \"_rep\"",
            ],
        ),
        (json!({"users": {"super_username": "pg_root"}}), &[]),
        (
            json!({
                "kubernetes": {"custom_pod_annotations": {"a b": "c", "Example.com/Note": "x"}},
                "load_balancer": {"custom_service_annotations": {"/x": ""}},
            }),
            &[
                "custom_pod_annotations: \"a b\" is no annotation's name",
                "custom_service_annotations: \"/x\" is no annotation's name",
            ],
        ),
        (
            kubernetes(json!({"toleration": {"key": "a", "operator": "Is"}})),
            &["toleration: operator \"Is\" is neither Equal nor Exists"],
        ),
        (
            kubernetes(json!({"toleration": {"key": "a", "operator": "Exists", "value": "b"}})),
            &["toleration: with the operator Exists there is no value \"b\""],
        ),
        (
            kubernetes(json!({"toleration": {"effect": "NoSchedule"}})),
            &["toleration: without a key the operator must be Exists"],
        ),
        (
            kubernetes(json!({"toleration": {"key": "a", "effect": "Never"}})),
            &["toleration: effect \"Never\" is none of NoSchedule, PreferNoSchedule, NoExecute"],
        ),
        (
            kubernetes(
                json!({"toleration": {"key": "a", "operator": "Exists", "effect": "NoExecute"}}),
            ),
            &[],
        ),
        (
            kubernetes(json!({
                "enable_pod_antiaffinity": true, "pod_antiaffinity_topology_key": "a zone",
                "pod_priority_class_name": "High",
            })),
            &[
                "pod_antiaffinity_topology_key: \"a zone\" is no label's name",
                "pod_priority_class_name: \"High\" is no name",
            ],
        ),
        (
            kubernetes(json!({"pod_antiaffinity_topology_key": "a zone"})),
            &[],
        ),
        (
            kubernetes(json!({
                "pod_environment_configmap": "a/b/c", "pod_environment_secret": "shop/env",
                "spilo_runasuser": -1, "spilo_fsgroup": 4_294_967_296_i64,
            })),
            &[
                "pod_environment_configmap: \"a/b/c\" is neither a name nor namespace/name",
                "pod_environment_secret: \"shop/env\" is no name: it is looked for in the namespace of each cluster",
                "spilo_runasuser: -1 is no id of a user or group",
                "spilo_fsgroup: 4294967296 is no id of a user or group",
            ],
        ),
        (
            kubernetes(json!({"pod_environment_configmap": "shop/env"})),
            &[],
        ),
        (
            json!({"aws_or_gcp": {"additional_secret_mount": "my.keys", "additional_secret_mount_path": "/keys"}}),
            &[
                "additional_secret_mount: \"my.keys\" is no name of a volume, which is called like the secret",
            ],
        ),
        (
            json!({
                "docker_image": "an image",
                "sidecars": [{"name": "postgres", "image": "b"}, {"name": "Log", "image": "b"}, {"name": "a", "image": "b", "env": 1}],
                "sidecar_docker_images": {"postgres": "c"},
            }),
            &[
                "docker_image: \"an image\" is no image",
                "sidecars: number 1: no sidecar can be called \"postgres\"",
                "sidecars: number 2: no sidecar can be called \"Log\"",
                "sidecars: number 3 is not a valid Container: invalid type: integer `1`, expected a sequence",
                "sidecar_docker_images: no sidecar can be called \"postgres\"",
            ],
        ),
        (
            kubernetes(json!({"liveness_probe": {"periodSeconds": "often"}})),
            &["liveness_probe: not a valid Probe: invalid type: string \"often\", expected i32"],
        ),
    ];
    refuses(table);
}
