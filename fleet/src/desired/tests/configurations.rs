//! The two configurations under which the golden files were recorded.

use std::time::Duration;

use pg_core::configuration::{PodManagementPolicy, Retention, RetentionPolicy};

use super::{super::*, pairs, words};

/// As Zalando ships it, and what the first set of recordings changes.
pub fn configuration_a() -> Configuration {
    Configuration {
        default_cpu_request: "100m".to_owned(),
        default_cpu_limit: "1".to_owned(),
        default_memory_request: "100Mi".to_owned(),
        default_memory_limit: "500Mi".to_owned(),
        min_cpu_limit: "250m".to_owned(),
        min_memory_limit: "250Mi".to_owned(),
        enable_cross_namespace_secret: true,
        enable_database_access: false,
        ..Configuration::default()
    }
}

/// The second set's.
pub fn configuration_b() -> Configuration {
    Configuration {
        kubernetes_use_configmaps: false,
        enable_shm_volume: true,
        set_memory_request_to_limit: true,
        enable_spilo_wal_path_compat: true,
        additional_pod_capabilities: words(&["SYS_NICE"]),
        cluster_labels: pairs(&[("application", "spilo"), ("tier", "db")]),
        inherited_labels: words(&["environment"]),
        inherited_annotations: words(&["owned-by"]),
        downscaler_annotations: words(&["deployment-time", "downscaler/*"]),
        custom_pod_annotations: pairs(&[("keya", "va")]),
        toleration: pairs(&[
            ("key", "db-only"),
            ("operator", "Exists"),
            ("effect", "NoSchedule"),
        ]),
        node_readiness_label: pairs(&[("status", "ready")]),
        enable_pod_antiaffinity: true,
        pod_antiaffinity_preferred_during_scheduling: true,
        pod_management_policy: PodManagementPolicy::Parallel,
        persistent_volume_claim_retention_policy: RetentionPolicy {
            when_deleted: Retention::Delete,
            when_scaled: Retention::Delete,
        },
        enable_readiness_probe: true,
        pod_environment_configmap: "default/pod-env".to_owned(),
        pod_environment_secret: "pod-sec".to_owned(),
        share_pgsocket_with_sidecars: true,
        enable_finalizers: true,
        enable_owner_references: true,
        spilo_allow_privilege_escalation: false,
        spilo_runasuser: Some(101),
        spilo_runasgroup: Some(103),
        spilo_fsgroup: Some(103),
        pod_terminate_grace_period: Duration::from_secs(180),
        pdb_master_label_selector: false,
        pod_priority_class_name: "prio".to_owned(),
        wal_s3_bucket: "wal-bucket".to_owned(),
        log_s3_bucket: "log-bucket".to_owned(),
        kube_iam_role: "role-x".to_owned(),
        aws_region: "eu-west-1".to_owned(),
        custom_service_annotations: pairs(&[("svc", "x")]),
        external_traffic_policy: "Local".to_owned(),
        max_memory_request: "300Mi".to_owned(),
        max_cpu_request: "1".to_owned(),
        ..configuration_a()
    }
}

/// What the ConfigMap and the Secret of the second set hold.
pub fn pod_environment_b() -> PodEnvironment {
    PodEnvironment {
        config_map: pairs(&[("CM_VAR", "1"), ("AWS_REGION", "eu-west-1")]),
        secret_keys: ["SEC_VAR".to_owned()].into_iter().collect(),
    }
}
