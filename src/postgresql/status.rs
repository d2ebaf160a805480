//! What the controller says of a Postgres cluster: Zalando's one field, and what it lacks.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// State of a Postgres cluster as the controller last saw it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostgresqlStatus {
    /// One word, with the values of Zalando's operator: Creating, Updating, UpdateFailed,
    /// SyncFailed, CreateFailed, Running, Invalid.
    #[serde(rename = "PostgresClusterStatus", default)]
    pub postgres_cluster_status: String,
    /// The generation of the manifest that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready, Progressing, Degraded and others, with reason and message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The pods of the cluster, by ordinal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberStatus>,
    /// Members that serve, of those wanted: `2/3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<String>,
    /// Name of the primary's pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<String>,
    /// The primary's timeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline: Option<i64>,
    /// PostgreSQL's name for the data: a standby has its source's, and so has a copy of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_identifier: Option<String>,
    /// The Kubernetes cluster that this one is in, by the uid of its namespace kube-system: for those
    /// who may look at nothing else there.
    #[serde(
        rename = "clusterUID",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub cluster_uid: Option<String>,
    /// The server's version, as it says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_version: Option<String>,
    /// Judgement in one word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// Bytes that the worst replica is behind, in coarse steps; it gates nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_bytes: Option<i64>,
    /// End of the last good backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_backup: Option<Time>,
    /// Hash of everything that was wanted when it was last found in order; a controller that
    /// starts again asks nothing while it is unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<String>,
    /// What of Patroni's dynamic configuration the manifest has set, as JSON pointers: when it is
    /// dropped from the manifest, it is taken out there as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dynamic_configuration: Vec<String>,
    /// When roles, databases and the like were last looked at from inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspected_at: Option<Time>,
    /// The server that this cluster follows as a standby, or followed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceStatus>,
    /// The disruptive work that holds the cluster now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<CurrentWork>,
}

impl PostgresqlStatus {
    /// Whether nobody serves because no member is wanted: it is stopped on purpose.
    pub fn is_hibernated(&self) -> bool {
        self.health == Some(Health::Down) && self.ready.as_deref().is_some_and(wants_none)
    }
}

/// Whether `0/0` and the like say that no member is wanted.
pub fn wants_none(ready: &str) -> bool {
    ready.ends_with("/0")
}

/// What a cluster is called that is stopped on purpose, where one word says how it is.
pub const HIBERNATED: &str = "Hibernated";

/// One member (pod) of a Postgres cluster.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberStatus {
    /// Name of the pod.
    pub name: String,
    /// primary, standby_leader, replica, or unknown.
    #[serde(default)]
    pub role: String,
    /// Patroni's word for the member's state (running, streaming, starting …) or the pod's.
    #[serde(default)]
    pub state: String,
    /// The member's timeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline: Option<i64>,
    /// The node that the pod runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Whether PostgreSQL waits for a restart to take up a parameter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pending_restart: bool,
}

/// A server that is followed.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceStatus {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: String,
}

impl std::fmt::Display for SourceStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// A cluster's health in one word. Unknown is never counted as healthy.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, JsonSchema,
)]
pub enum Health {
    /// All wanted members serve.
    Healthy,
    /// A primary serves; something else is missing.
    Degraded,
    /// No primary serves.
    Down,
    /// Nobody can tell.
    Unknown,
}

impl std::fmt::Display for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Healthy => "Healthy",
            Self::Degraded => "Degraded",
            Self::Down => "Down",
            Self::Unknown => "Unknown",
        })
    }
}

/// Disruptive work: one slot per cluster, whoever began it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CurrentWork {
    /// What is done: switchover, failover, restart, reinit, rolling update …
    pub kind: String,
    /// Name of the operation, or `manifest`, or `drain`.
    pub reason: String,
    /// The step that it is at.
    pub step: String,
    /// Since when it holds the slot.
    pub since: Time,
}

/// The kinds of condition that the controller sets.
pub mod condition {
    /// A primary serves and the manifest is carried out.
    pub const READY: &str = "Ready";
    /// Something is being changed.
    pub const PROGRESSING: &str = "Progressing";
    /// Serves, but not all is as wanted; the reason says what.
    pub const DEGRADED: &str = "Degraded";
    /// Patroni is paused; said from the first time that it was.
    pub const MAINTENANCE: &str = "Maintenance";
    /// It follows a server elsewhere; said from the first time that it did.
    pub const STANDBY: &str = "Standby";
    /// It was promoted, and the server that it followed still answers as a primary.
    pub const SOURCE_STILL_PRIMARY: &str = "SourceStillPrimary";
    /// The manifest, or a part of it, cannot be carried out.
    pub const INVALID: &str = "Invalid";
    /// Databases are not made because the role that shall own each does not exist.
    pub const SKIPPED: &str = "Skipped";
    /// Objects are not as they were applied: something else, such as a mutating webhook, changes them
    /// on the way; the message names them.
    pub const ALTERED: &str = "Altered";
    /// Fields or parameters are given that do nothing here yet; the message names them.
    pub const NOT_YET: &str = "NotYet";
    /// CPU or memory is not what the manifest says, because of the operator's minimum or maximum.
    pub const RESOURCE_LIMITS: &str = "ResourceLimits";
    /// The controller has no rights in the namespace (`--scope namespaces`).
    pub const NOT_PERMITTED: &str = "NotPermitted";
}
