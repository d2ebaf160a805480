//! PostgreSQL itself: version, parameters, Patroni, volume.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MAJOR_VERSIONS, opaque::Opaque, pattern};

/// Version and parameters of PostgreSQL.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct PostgresqlParam {
    /// Major version of a new cluster, and of new members; `kubectl pg upgrade --to` raises it and
    /// converts the data.
    #[schemars(extend("enum" = MAJOR_VERSIONS))]
    pub version: String,
    /// Parameters of the server, as in postgresql.conf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<BTreeMap<String, String>>,
}

/// The volume of each member.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Volume {
    /// Size, such as `10Gi`; it can grow, never shrink.
    #[schemars(regex(pattern = pattern::BYTES))]
    pub size: String,
    /// Storage class; the default one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// Labels that a volume must carry to be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<Opaque<LabelSelector>>,
    /// Directory inside the volume that is mounted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_path: Option<String>,
    /// Whether variables of the environment are expanded in `subPath`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_sub_path_expr: Option<bool>,
    /// Operations per second, of volumes of AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<i32>", range(max = 80000))]
    pub iops: Option<i64>,
    /// MB per second, of volumes of AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<i32>", range(max = 2000))]
    pub throughput: Option<i64>,
    /// Type, of volumes of AWS.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_: Option<String>,
}

/// Settings of Patroni. What is absent keeps Patroni's default.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Patroni {
    /// Options of initdb, used once at creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initdb: Option<BTreeMap<String, String>>,
    /// Lines of pg_hba.conf, instead of the image's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pg_hba: Option<Vec<String>>,
    /// Seconds that the leader lock lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<i32>")]
    pub ttl: Option<i64>,
    /// Seconds between two loops of Patroni.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<i32>")]
    pub loop_wait: Option<i64>,
    /// Seconds that Patroni tries again before the primary gives up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<i32>")]
    pub retry_timeout: Option<i64>,
    /// Bytes that a replica may be behind to become primary by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_lag_on_failover: Option<i64>,
    /// Permanent replication slots by name, each with its type and others of Patroni's settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slots: Option<BTreeMap<String, BTreeMap<String, String>>>,
    /// Whether a commit waits for a replica.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synchronous_mode: Option<bool>,
    /// Whether commits wait even when there is no replica.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synchronous_mode_strict: Option<bool>,
    /// How many replicas a commit waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<i32>")]
    pub synchronous_node_count: Option<i64>,
    /// Whether the primary stays one while the API server is away but all members answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failsafe_mode: Option<bool>,
}
