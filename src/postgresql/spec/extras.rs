//! What else runs in or beside the database pods: sidecars, volumes, streams.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ContainerPort, EnvVar, Volume};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{opaque::Opaque, pattern, resources::Resources};

/// A container that runs beside PostgreSQL in each database pod.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Sidecar {
    /// Its name; a second one of the same name is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Its ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<Opaque<ContainerPort>>>,
    /// Its environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<Vec<Opaque<EnvVar>>>,
    /// Its command, instead of the image's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// Its CPU and memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
}

/// A further volume of the database pods.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdditionalVolume {
    /// Its name.
    pub name: String,
    /// Where it is mounted.
    pub mount_path: String,
    /// Directory inside the volume that is mounted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_path: Option<String>,
    /// Whether variables of the environment are expanded in `subPath`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_sub_path_expr: Option<bool>,
    /// Containers that mount it: names, or `all`; the one with PostgreSQL when absent.
    #[serde(
        default,
        deserialize_with = "super::opaque::present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<Vec<String>>")]
    pub target_containers: Option<Option<Vec<String>>>,
    /// What it is made of: any kind of volume that a pod can have.
    #[schemars(schema_with = "super::opaque::any_object")]
    pub volume_source: Opaque<Volume>,
}

/// A change data stream of one database.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stream {
    /// The application that reads it.
    pub application_id: String,
    /// The database.
    pub database: String,
    /// Outbox tables by name.
    pub tables: BTreeMap<String, StreamTable>,
    /// Filters by table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<BTreeMap<String, String>>,
    /// Events per batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<i32>")]
    pub batch_size: Option<i64>,
    /// CPU of the stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = pattern::CPU))]
    pub cpu: Option<String>,
    /// Memory of the stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = pattern::BYTES))]
    pub memory: Option<String>,
    /// Whether events that cannot be delivered are kept for recovery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_recovery: Option<bool>,
}

/// An outbox table of a stream.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamTable {
    /// Type of its events.
    pub event_type: String,
    /// Column with the event's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_column: Option<String>,
    /// Column with the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_column: Option<String>,
    /// Type of its events in recovery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_event_type: Option<String>,
    /// Whether recovery leaves this table out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_recovery: Option<bool>,
}
