//! The connection pooler.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::resources::Resources;

/// The connection pooler. What is absent is the controller's default.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionPooler {
    /// Number of pooler pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<i32>", range(min = 1))]
    pub number_of_instances: Option<i64>,
    /// Schema of the pooler's function in every database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Role that the pooler looks up passwords with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// When a connection goes back to the pool: at the end of the session or of the transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["session", "transaction"]))]
    pub mode: Option<String>,
    /// Image of the pooler.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker_image: Option<String>,
    /// Connections that all pooler pods together open to one database.
    #[serde(rename = "maxDBConnections", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<i32>")]
    pub max_db_connections: Option<i64>,
    /// CPU and memory of a pooler pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
}
