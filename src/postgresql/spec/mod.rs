//! The manifest of a Postgres cluster, with the names, types and limits of Zalando's schema.
//!
//! What is read is written back unchanged: an absent field stays absent, an empty map or list
//! stays there, and where the schema allows `null` it is kept. Enumerations are strings here and
//! checked by the API server, and objects of Kubernetes' own types are [`Opaque`], so that one
//! strange object never keeps the others of a list from being decoded. Numbers are `i64` even where
//! the schema says `int32`: the API server does not check that.

mod access;
mod extras;
mod opaque;
mod origin;
pub(crate) mod pattern;
mod pooler;
mod resources;
mod server;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Container, EnvFromSource, EnvVar, NodeAffinity, Probe, Toleration, TopologySpreadConstraint,
};
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use access::{PreparedDatabase, PreparedSchema, prepared_logins};
pub use extras::{AdditionalVolume, Sidecar, Stream, StreamTable};
pub use opaque::{NotOfItsType, Opaque};
pub use origin::{CloneFrom, Standby, Tls};
pub use pooler::ConnectionPooler;
pub use resources::{ResourceAmounts, Resources};
pub use server::{Patroni, PostgresqlParam, Volume};

use super::status::PostgresqlStatus;

/// The major versions of PostgreSQL that a manifest may ask for.
pub const MAJOR_VERSIONS: [&str; 5] = ["14", "15", "16", "17", "18"];

/// What a Postgres cluster shall be.
#[derive(Clone, CustomResource, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[kube(
    group = "acid.zalan.do",
    version = "v1",
    kind = "postgresql",
    root = "Postgresql",
    plural = "postgresqls",
    singular = "postgresql",
    shortname = "pg",
    category = "all",
    namespaced,
    status = "PostgresqlStatus",
    derive = "PartialEq",
    derive = "Default",
    doc = "A highly available Postgres cluster, run by Patroni.",
    printcolumn(
        name = "Version",
        type_ = "string",
        json_path = ".spec.postgresql.version",
        description = "Major version of PostgreSQL that is wanted"
    ),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.ready",
        description = "Members that serve, of those wanted"
    ),
    printcolumn(
        name = "Primary",
        type_ = "string",
        json_path = ".status.primary",
        description = "Pod of the primary"
    ),
    printcolumn(
        name = "Health",
        type_ = "string",
        json_path = ".status.health",
        description = "Healthy, Degraded, Down or Unknown"
    ),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp",
        description = "Time since creation"
    ),
    printcolumn(
        name = "Status",
        type_ = "string",
        json_path = ".status.PostgresClusterStatus",
        description = "What the controller did last, in the words of Zalando's operator"
    ),
    printcolumn(
        name = "Lag",
        type_ = "integer",
        json_path = ".status.lagBytes",
        description = "Bytes that the worst replica is behind, in coarse steps",
        priority = 1
    ),
    printcolumn(
        name = "Backup",
        type_ = "date",
        json_path = ".status.lastBackup",
        description = "Time since the last good backup ended",
        priority = 1
    ),
    printcolumn(
        name = "Team",
        type_ = "string",
        json_path = ".spec.teamId",
        description = "Team that owns the cluster",
        priority = 1
    ),
    printcolumn(
        name = "Volume",
        type_ = "string",
        json_path = ".spec.volume.size",
        description = "Size of each member's volume",
        priority = 1
    )
)]
#[serde(rename_all = "camelCase")]
pub struct PostgresqlSpec {
    /// Team that owns the cluster.
    pub team_id: String,
    /// Number of members: one primary, the others replicas.
    #[schemars(with = "i32", range(min = 0))]
    pub number_of_instances: i64,
    /// Version and parameters of PostgreSQL.
    pub postgresql: PostgresqlParam,
    /// The volume of each member.
    pub volume: Volume,
    /// Settings of Patroni.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patroni: Option<Patroni>,
    /// CPU and memory of the container with PostgreSQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,

    /// Image of the database pods, instead of the controller's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker_image: Option<String>,
    /// Scheduler of the database pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduler_name: Option<String>,
    /// User id that the database pods run as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spilo_run_as_user: Option<i64>,
    /// Group id that the database pods run as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spilo_run_as_group: Option<i64>,
    /// Group id that owns the volume.
    #[serde(rename = "spiloFSGroup", skip_serializing_if = "Option::is_none")]
    pub spilo_fs_group: Option<i64>,
    /// Priority class of the database pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_priority_class_name: Option<String>,
    /// Annotations of the database pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_annotations: Option<BTreeMap<String, String>>,
    /// Nodes that the database pods may or should run on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_affinity: Option<Opaque<NodeAffinity>>,
    /// Taints of nodes that the database pods tolerate, instead of the controller's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerations: Option<Vec<Opaque<Toleration>>>,
    /// How the members spread over nodes and zones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topology_spread_constraints: Option<Vec<Opaque<TopologySpreadConstraint>>>,
    /// Liveness probe of the container with PostgreSQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub liveness_probe: Option<Opaque<Probe>>,
    /// Environment of the container with PostgreSQL; goes before the controller's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<Vec<Opaque<EnvVar>>>,
    /// ConfigMaps and Secrets that become environment of the container with PostgreSQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env_from: Option<Vec<Opaque<EnvFromSource>>>,
    /// Containers that run in each database pod before PostgreSQL starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_containers: Option<Vec<Opaque<Container>>>,
    /// Containers that run beside PostgreSQL in each database pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sidecars: Option<Vec<Sidecar>>,
    /// Further volumes of the database pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_volumes: Option<Vec<AdditionalVolume>>,
    /// Whether /dev/shm is a memory volume instead of the runtime's 64 MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_shm_volume: Option<bool>,

    /// Roles by name, each with its flags (superuser, createdb, nologin …). A `namespace.role`
    /// gets its secret in that namespace, where the controller allows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, Vec<access::Flag>>>")]
    pub users: Option<BTreeMap<String, Option<Vec<String>>>>,
    /// Databases by name, each with the role that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub databases: Option<BTreeMap<String, String>>,
    /// Databases with owner, reader and writer roles, schemas and extensions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepared_databases: Option<BTreeMap<String, PreparedDatabase>>,
    /// Roles whose password is rotated by making a new role beside the old.
    #[serde(
        default,
        deserialize_with = "opaque::present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Vec<String>>")]
    pub users_with_secret_rotation: Option<Option<Vec<String>>>,
    /// Roles whose password is rotated in place.
    #[serde(
        default,
        deserialize_with = "opaque::present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Vec<String>>")]
    pub users_with_in_place_secret_rotation: Option<Option<Vec<String>>>,
    /// Roles whose password is never rotated.
    #[serde(
        default,
        deserialize_with = "opaque::present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Vec<String>>")]
    pub users_ignoring_secret_rotation: Option<Option<Vec<String>>>,

    /// Whether the primary is reached through a load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_master_load_balancer: Option<bool>,
    /// Whether the replicas are reached through a load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_replica_load_balancer: Option<bool>,
    /// Whether the primary's pooler is reached through a load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_master_pooler_load_balancer: Option<bool>,
    /// Whether the replicas' pooler is reached through a load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_replica_pooler_load_balancer: Option<bool>,
    /// Whether the primary is reached through a port of every node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_master_node_port: Option<bool>,
    /// Whether the replicas are reached through a port of every node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_replica_node_port: Option<bool>,
    /// Whether the primary's pooler is reached through a port of every node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_master_pooler_node_port: Option<bool>,
    /// Whether the replicas' pooler is reached through a port of every node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_replica_pooler_node_port: Option<bool>,
    /// The node port of the primary; 0 lets Kubernetes choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<i32>")]
    pub master_node_port: Option<i64>,
    /// The node port of the replicas; 0 lets Kubernetes choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<i32>")]
    pub replica_node_port: Option<i64>,
    /// The node port of the primary's pooler; 0 lets Kubernetes choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<i32>")]
    pub master_pooler_node_port: Option<i64>,
    /// The node port of the replicas' pooler; 0 lets Kubernetes choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<i32>")]
    pub replica_pooler_node_port: Option<i64>,
    /// Addresses (CIDR) that the load balancers let in.
    #[serde(
        default,
        deserialize_with = "opaque::present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Vec<access::Cidr>>")]
    pub allowed_source_ranges: Option<Option<Vec<String>>>,
    /// Annotations of both Services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_annotations: Option<BTreeMap<String, String>>,
    /// Annotations of the primary's Service; they win over `serviceAnnotations`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_service_annotations: Option<BTreeMap<String, String>>,
    /// Annotations of the replicas' Service; they win over `serviceAnnotations`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replica_service_annotations: Option<BTreeMap<String, String>>,

    /// Whether connections to the primary go through a pooler; `connectionPooler` alone says yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_connection_pooler: Option<bool>,
    /// Whether connections to the replicas go through a pooler.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_replica_connection_pooler: Option<bool>,
    /// The connection pooler.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_pooler: Option<ConnectionPooler>,

    /// Whether a CronJob dumps the databases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_logical_backup: Option<bool>,
    /// When the databases are dumped: five fields of cron.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = pattern::SCHEDULE))]
    pub logical_backup_schedule: Option<String>,
    /// How long dumps are kept: `3 months`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logical_backup_retention: Option<String>,
    /// The cluster that this one is a copy of, taken once at creation.
    #[serde(rename = "clone", skip_serializing_if = "Option::is_none")]
    pub clone_from: Option<CloneFrom>,
    /// The source that this cluster follows; taking it away makes the cluster writable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standby: Option<Standby>,
    /// Certificates of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// When disruptive work may be done: `01:00-06:00`, `Sat:00:00-04:00`, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(regex(pattern = pattern::WINDOW)))]
    pub maintenance_windows: Option<Vec<String>>,
    /// Change data streams of Zalando's event platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub streams: Option<Vec<Stream>>,
}
