//! CPU and memory of a container.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pattern;

/// CPU and memory of a container.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Resources {
    /// What the container is promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<ResourceAmounts>,
    /// What the container may use at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<ResourceAmounts>,
}

/// Amounts of CPU and memory.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ResourceAmounts {
    /// Cores: `500m`, `1`, `0.25`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = pattern::CPU))]
    pub cpu: Option<String>,
    /// Bytes: `100Mi`, `2Gi`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = pattern::BYTES))]
    pub memory: Option<String>,
    /// Bytes in huge pages of 2 MiB.
    #[serde(rename = "hugepages-2Mi", skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = pattern::BYTES))]
    pub hugepages_2mi: Option<String>,
    /// Bytes in huge pages of 1 GiB.
    #[serde(rename = "hugepages-1Gi", skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = pattern::BYTES))]
    pub hugepages_1gi: Option<String>,
}
