//! Where the data comes from, and the certificates of the server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pattern;

/// The cluster that a new one is a copy of.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct CloneFrom {
    /// Its name.
    pub cluster: String,
    /// Its uid, which is part of the path of its backups.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "uuid"))]
    pub uid: Option<String>,
    /// Point in time to recover to, with a numeric offset: `2026-11-21T10:00:00+00:00`. When
    /// absent, the copy is taken from the live cluster in the same namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = pattern::TIMESTAMP))]
    pub timestamp: Option<String>,
    /// Path of its archive, where it is not the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_wal_path: Option<String>,
    /// Address of the store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_endpoint: Option<String>,
    /// Access key of the store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_access_key_id: Option<String>,
    /// Secret key of the store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_secret_access_key: Option<String>,
    /// Whether the bucket is part of the path instead of the host's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_force_path_style: Option<bool>,
}

/// The source that a standby cluster follows: an archive, a host, or both.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Standby {
    /// Path of an archive in S3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_wal_path: Option<String>,
    /// Path of an archive in Google's store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gs_wal_path: Option<String>,
    /// Host of the primary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standby_host: Option<String>,
    /// Port of the primary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standby_port: Option<String>,
    /// Replication slot on the primary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standby_primary_slot_name: Option<String>,
}

/// Certificates of the server.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tls {
    /// Secret with the certificate and its key; empty means none.
    pub secret_name: String,
    /// Key of the certificate in the secret; `tls.crt` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_file: Option<String>,
    /// Key of the private key in the secret; `tls.key` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_key_file: Option<String>,
    /// Key of the authority's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// Secret with the authority's certificate, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_secret_name: Option<String>,
}
