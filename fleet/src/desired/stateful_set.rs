//! The members.

use pg_core::{
    configuration::{PodManagementPolicy, PodSecurity, Retention},
    names,
};
use serde_json::{Map, Value, json};

use super::{
    Child, ChildKind, Error, Inputs, POD_SECURITY_ANNOTATION, Quantity,
    metadata::{Pairs, metadata},
    pod, replicas,
};

/// Name of the volume with the data, in the pods and as the beginning of each claim's name.
pub(super) const DATA_VOLUME: &str = "pgdata";

/// The StatefulSet. Its pods are only ever replaced by this program (`OnDelete`), because it knows
/// which of them is the primary.
pub(super) fn stateful_set(inputs: &Inputs) -> Result<Child, Error> {
    let configuration = inputs.configuration;
    let name = inputs.name().to_owned();
    let mut annotations = inputs.annotations(Pairs::new());
    annotations.extend(inputs.downscaler_annotations()?);
    if inputs.pod_security != PodSecurity::Spilo {
        annotations.insert(
            POD_SECURITY_ANNOTATION.to_owned(),
            inputs.pod_security.as_str().to_owned(),
        );
    }
    let mut body = inputs.object(
        ChildKind::StatefulSet,
        &name,
        &inputs.labels(),
        &annotations,
    );
    let volumes = &configuration.persistent_volume_claim_retention_policy;
    let members = replicas(inputs.manifest, configuration);
    // Nobody who stops a cluster means its data: all volumes stay, those of the members that go
    // first as well (safety.md §4).
    let when_scaled = match members {
        0 => Retention::Retain,
        _ => volumes.when_scaled,
    };
    body["spec"] = json!({
        "replicas": members,
        "serviceName": names::primary_service(&name),
        "selector": { "matchLabels": inputs.selector() },
        "updateStrategy": { "type": "OnDelete" },
        "podManagementPolicy": management_policy(configuration.pod_management_policy),
        "persistentVolumeClaimRetentionPolicy": {
            "whenDeleted": retention(volumes.when_deleted),
            "whenScaled": retention(when_scaled),
        },
        "template": pod::template(inputs)?,
        "volumeClaimTemplates": [claim(inputs)?],
    });
    Ok(Child {
        kind: ChildKind::StatefulSet,
        name,
        body,
    })
}

fn management_policy(policy: PodManagementPolicy) -> &'static str {
    match policy {
        PodManagementPolicy::OrderedReady => "OrderedReady",
        PodManagementPolicy::Parallel => "Parallel",
    }
}

fn retention(retention: Retention) -> &'static str {
    match retention {
        Retention::Retain => "Retain",
        Retention::Delete => "Delete",
    }
}

/// The claim of each member's volume.
fn claim(inputs: &Inputs) -> Result<Value, Error> {
    let volume = &inputs.spec().volume;
    if Quantity::parse(&volume.size).is_none_or(|size| size <= Quantity::ZERO) {
        return Err(Error::manifest(
            "spec.volume.size",
            format!("{:?} is not a size", volume.size),
        ));
    }
    let mut metadata = metadata(
        Some(DATA_VOLUME),
        "",
        &inputs.labels(),
        &inputs.annotations(Pairs::new()),
    );
    // A template has no namespace: its claims get the StatefulSet's.
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.remove("namespace");
    }
    let mut spec = Map::new();
    spec.insert("accessModes".to_owned(), json!(["ReadWriteOnce"]));
    spec.insert(
        "resources".to_owned(),
        json!({ "requests": { "storage": volume.size } }),
    );
    spec.insert("volumeMode".to_owned(), json!("Filesystem"));
    if let Some(class) = volume.storage_class.as_deref().filter(|c| !c.is_empty()) {
        spec.insert("storageClassName".to_owned(), json!(class));
    }
    if let Some(selector) = &volume.selector {
        spec.insert("selector".to_owned(), selector.value().clone());
    }
    Ok(json!({
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata,
        "spec": spec,
    }))
}
