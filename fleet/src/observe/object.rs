//! Kubernetes objects reduced while they are decoded: `managedFields` and whatever else nobody
//! reads never becomes memory.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use pg_core::names;
use serde::Deserialize;

/// The metadata in use.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// Name.
    pub name: String,
    /// Namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Identity.
    pub uid: String,
    /// Version, opaque.
    pub resource_version: String,
    /// Generation of the specification.
    pub generation: i64,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// When it was made.
    pub creation_timestamp: Option<Timestamp>,
    /// Set while it is being deleted.
    pub deletion_timestamp: Option<Timestamp>,
    /// Who holds up its deletion.
    pub finalizers: Vec<String>,
    /// What it goes with.
    pub owner_references: Vec<serde_json::Value>,
    /// Who holds fields: the names alone are read, the fields never.
    #[serde(rename = "managedFields", deserialize_with = "owners")]
    pub owners: Owners,
    /// Who wrote the specification, where that is asked for.
    #[serde(skip)]
    pub editors: Editors,
}

/// Who wrote a manifest, this program apart.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Editors {
    /// Who holds the version of PostgreSQL.
    pub version: Option<String>,
    /// Who wrote anything of the specification last.
    pub last: Option<String>,
}

impl Editors {
    /// From `managedFields`.
    fn of(entries: Option<&serde_json::Value>) -> Self {
        let text = |entry: &serde_json::Value, key: &str| {
            let value = entry.get(key).and_then(serde_json::Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let entries = entries.and_then(serde_json::Value::as_array);
        let others = || {
            let all = entries.into_iter().flatten();
            all.filter(|entry| {
                text(entry, "manager") != names::FIELD_MANAGER
                    && text(entry, "subresource").is_empty()
            })
        };
        // RFC 3339 in UTC: in the order of the text.
        let latest = |path: &str| {
            let holders = others().filter(|entry| entry.pointer(path).is_some());
            let latest = holders.max_by_key(|entry| text(entry, "time"))?;
            Some(text(latest, "manager"))
        };
        Self {
            version: latest("/fieldsV1/f:spec/f:postgresql/f:version"),
            last: latest("/fieldsV1/f:spec"),
        }
    }
}

/// Who holds fields of an object, as far as it matters here.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Owners {
    /// Zalando's operator.
    pub zalando: bool,
    /// This program, by server-side apply.
    pub ours: bool,
}

impl Owners {
    /// Adds one entry of `managedFields`. A part such as the status is not asked for here.
    pub fn add(&mut self, manager: &str, operation: &str, part: &str) {
        if part.is_empty() {
            self.zalando |= manager == names::ZALANDO_MANAGER && operation == "Update";
            self.ours |= manager == names::FIELD_MANAGER && operation == "Apply";
        }
    }
}

fn owners<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Owners, D::Error> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Entry {
        manager: String,
        operation: String,
        subresource: String,
    }
    let entries: Option<Vec<Entry>> = Deserialize::deserialize(deserializer)?;
    let mut owners = Owners::default();
    for entry in entries.iter().flatten() {
        owners.add(&entry.manager, &entry.operation, &entry.subresource);
    }
    Ok(owners)
}

/// What follows from the name of an object that a watch brings.
pub trait Object {
    /// Its metadata.
    fn meta(&self) -> &Meta;
}

/// A pod.
#[derive(Clone, Debug, Deserialize)]
pub struct RawPod {
    /// Metadata.
    pub metadata: Meta,
    /// Specification.
    #[serde(default)]
    pub spec: RawPodSpec,
    /// Status.
    #[serde(default)]
    pub status: RawPodStatus,
}

/// The part of a pod's specification in use.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawPodSpec {
    /// Node; `None` until scheduled.
    pub node_name: Option<String>,
}

/// A node.
#[derive(Clone, Debug, Deserialize)]
pub struct RawNode {
    /// Metadata.
    pub metadata: Meta,
    /// Specification.
    #[serde(default)]
    pub spec: RawNodeSpec,
}

/// The part of a node's specification in use.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawNodeSpec {
    /// Whether it takes no more pods.
    pub unschedulable: bool,
}

impl Object for RawNode {
    fn meta(&self) -> &Meta {
        &self.metadata
    }
}

/// The part of a pod's status in use.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawPodStatus {
    /// Pending, Running, Succeeded, Failed.
    pub phase: String,
    /// Address.
    #[serde(rename = "podIP")]
    pub pod_ip: Option<String>,
    /// Conditions.
    pub conditions: Vec<RawCondition>,
    /// Containers.
    pub container_statuses: Vec<RawContainerStatus>,
}

/// A condition of any object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawCondition {
    /// Its type.
    #[serde(rename = "type")]
    pub type_: String,
    /// True, False, Unknown.
    pub status: String,
    /// Why.
    pub reason: String,
    /// Why, for a person.
    pub message: String,
}

/// How a container is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawContainerStatus {
    /// Its name.
    pub name: String,
    /// Whether it is ready.
    pub ready: bool,
    /// How often it was started again.
    pub restart_count: i64,
    /// Its state; exactly one is set.
    pub state: RawContainerState,
    /// The state before it was started the last time.
    pub last_state: RawContainerState,
}

/// State of a container.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawContainerState {
    /// Not running yet, with a reason.
    pub waiting: Option<RawWaiting>,
    /// It has ended.
    pub terminated: Option<RawTerminated>,
}

/// How a container ended.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawTerminated {
    /// What it left in its termination log.
    pub message: String,
}

/// Why a container waits.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawWaiting {
    /// A word: ImagePullBackOff, CreateContainerConfigError …
    pub reason: String,
    /// A sentence.
    pub message: String,
}

impl Object for RawPod {
    fn meta(&self) -> &Meta {
        &self.metadata
    }
}

/// An object of which only the metadata is in use (Patroni's ConfigMaps hold all in annotations).
#[derive(Clone, Debug, Deserialize)]
pub struct RawMeta {
    /// Metadata.
    pub metadata: Meta,
}

impl Object for RawMeta {
    fn meta(&self) -> &Meta {
        &self.metadata
    }
}

/// A volume claim.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RawClaim {
    /// Metadata.
    pub metadata: Meta,
    /// Specification.
    #[serde(default)]
    pub spec: RawClaimSpec,
}

/// The part of a claim's specification in use.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawClaimSpec {
    /// What is asked for.
    pub resources: RawClaimResources,
}

/// What a claim asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawClaimResources {
    /// `storage`: its size.
    pub requests: BTreeMap<String, String>,
}

impl Object for RawClaim {
    fn meta(&self) -> &Meta {
        &self.metadata
    }
}

/// An object whose body is compared with the desired one: Service, StatefulSet …
#[derive(Clone, Debug, Deserialize)]
pub struct RawChild {
    /// Metadata.
    pub metadata: Meta,
    /// Everything else but the status.
    #[serde(flatten)]
    pub body: BTreeMap<String, serde_json::Value>,
}

impl Object for RawChild {
    fn meta(&self) -> &Meta {
        &self.metadata
    }
}

/// A custom resource that may be of another version than ours: what cannot be decoded is kept
/// with the reason, so that one bad object never ends a watch.
#[derive(Clone, Debug)]
pub struct Guarded<T> {
    /// Metadata.
    pub metadata: Meta,
    /// The object, or why it could not be read.
    pub object: Result<T, String>,
}

impl<T> Object for Guarded<T> {
    fn meta(&self) -> &Meta {
        &self.metadata
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Guarded<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = serde_json::Value::deserialize(deserializer)?;
        let fields = value
            .get_mut("metadata")
            .and_then(|metadata| metadata.as_object_mut())
            .and_then(|metadata| metadata.remove("managedFields"));
        let mut metadata: Meta = value
            .get("metadata")
            .cloned()
            .map(serde_json::from_value)
            .transpose()
            .map_err(serde::de::Error::custom)?
            .unwrap_or_default();
        metadata.editors = Editors::of(fields.as_ref());
        Ok(Self {
            metadata,
            object: serde_json::from_value(value).map_err(|error| error.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bad_object_keeps_its_name() {
        #[derive(Debug, Deserialize)]
        #[allow(dead_code)]
        struct Strict {
            spec: u32,
        }
        let guarded: Guarded<Strict> = serde_json::from_value(json!({
            "metadata": {"name": "a", "namespace": "n", "managedFields": [{"x": 1}]},
            "spec": "seven",
        }))
        .expect("guarded");
        assert_eq!(guarded.metadata.name, "a");
        assert!(guarded.object.is_err());
    }

    #[test]
    fn who_edited_a_manifest_is_kept() {
        let entry = |manager: &str, time: u32, part: &str, fields: serde_json::Value| {
            json!({"manager": manager, "operation": "Update", "subresource": part,
                "time": format!("2026-11-21T12:00:0{time}Z"), "fieldsV1": {"f:spec": fields}})
        };
        let version = || json!({"f:postgresql": {"f:version": {}}});
        let guarded: Guarded<serde_json::Value> = serde_json::from_value(json!({
            "metadata": {"name": "a", "managedFields": [
                entry("argocd", 2, "", version()),
                entry("kubectl", 1, "", version()),
                entry("scaler", 3, "", json!({"f:numberOfInstances": {}})),
                entry("pg-fleet", 4, "", version()),
                entry("other", 5, "status", version()),
            ]},
        }))
        .expect("guarded");
        let editors = guarded.metadata.editors;
        assert_eq!(editors.version.as_deref(), Some("argocd"));
        assert_eq!(editors.last.as_deref(), Some("scaler"));
        assert_eq!(Editors::of(None), Editors::default());
    }

    #[test]
    fn a_pod_with_nothing_but_a_name() {
        let pod: RawPod =
            serde_json::from_value(json!({"metadata": {"name": "a"}})).expect("a pod");
        assert!(pod.status.pod_ip.is_none() && pod.spec.node_name.is_none());
    }
}
