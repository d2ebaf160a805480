//! What the API server fills into the objects that this program makes.

use serde_json::{Map, Value, json};

use super::normal::is_empty;

/// Defaults of a StatefulSet's spec.
pub(super) fn stateful_set(spec: &mut Value) {
    fill(spec, "replicas", json!(1));
    fill(spec, "revisionHistoryLimit", json!(10));
    fill(spec, "podManagementPolicy", json!("OrderedReady"));
    let retention = entry(spec, "persistentVolumeClaimRetentionPolicy");
    fill(retention, "whenDeleted", json!("Retain"));
    fill(retention, "whenScaled", json!("Retain"));
    if let Some(template) = spec.get_mut("template").and_then(|t| t.get_mut("spec")) {
        pod(template);
    }
    for claim in items(spec, "volumeClaimTemplates") {
        fill(claim, "apiVersion", json!("v1"));
        fill(claim, "kind", json!("PersistentVolumeClaim"));
        fill(entry(claim, "spec"), "volumeMode", json!("Filesystem"));
        if let Some(claim) = claim.as_object_mut() {
            claim.remove("status");
        }
    }
}

/// Defaults of a Service's spec.
pub(super) fn service(spec: &mut Value) {
    fill(spec, "type", json!("ClusterIP"));
    if matches!(str_of(spec, "type"), "LoadBalancer" | "NodePort") {
        fill(spec, "externalTrafficPolicy", json!("Cluster"));
    }
    for port in items(spec, "ports") {
        fill(port, "protocol", json!("TCP"));
        if let Some(number) = port.get("port").cloned() {
            fill(port, "targetPort", number);
        }
    }
}

/// Defaults of a pod's spec.
pub(super) fn pod(spec: &mut Value) {
    fill(spec, "dnsPolicy", json!("ClusterFirst"));
    fill(spec, "restartPolicy", json!("Always"));
    fill(spec, "schedulerName", json!("default-scheduler"));
    fill(spec, "terminationGracePeriodSeconds", json!(30));
    // An old name of the same field; the API server keeps both alike.
    if let Some(account) = spec.get("serviceAccountName").cloned() {
        fill(spec, "serviceAccount", account);
    }
    for list in ["containers", "initContainers"] {
        for one in items(spec, list) {
            container(one);
        }
    }
    for one in items(spec, "volumes") {
        volume(one);
    }
}

fn container(container: &mut Value) {
    fill(
        container,
        "terminationMessagePath",
        json!("/dev/termination-log"),
    );
    fill(container, "terminationMessagePolicy", json!("File"));
    let policy = if floats(str_of(container, "image")) {
        "Always"
    } else {
        "IfNotPresent"
    };
    fill(container, "imagePullPolicy", json!(policy));
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe) {
            fill(probe, "timeoutSeconds", json!(1));
            fill(probe, "periodSeconds", json!(10));
            fill(probe, "successThreshold", json!(1));
            fill(probe, "failureThreshold", json!(3));
            http_get(probe);
        }
    }
    for hook in ["postStart", "preStop"] {
        if let Some(hook) = container.get_mut("lifecycle").and_then(|l| l.get_mut(hook)) {
            http_get(hook);
        }
    }
    for port in items(container, "ports") {
        fill(port, "protocol", json!("TCP"));
    }
    for variable in items(container, "env") {
        if let Some(field) = variable
            .get_mut("valueFrom")
            .and_then(|source| source.get_mut("fieldRef"))
        {
            fill(field, "apiVersion", json!("v1"));
        }
    }
}

fn http_get(handler: &mut Value) {
    if let Some(get) = handler.get_mut("httpGet") {
        fill(get, "scheme", json!("HTTP"));
        fill(get, "path", json!("/"));
    }
}

/// Whether an image's name may mean another image tomorrow, so that Kubernetes pulls it each time.
fn floats(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    match name.split_once(':') {
        Some((_, tag)) => tag == "latest",
        None => true,
    }
}

/// Defaults of rarer kinds of volumes.
const OF_VOLUMES: [(&str, &str, &str); 9] = [
    ("azureDisk", "cachingMode", "ReadWrite"),
    ("azureDisk", "fsType", "ext4"),
    ("azureDisk", "kind", "Shared"),
    ("iscsi", "iscsiInterface", "default"),
    ("rbd", "keyring", "/etc/ceph/keyring"),
    ("rbd", "pool", "rbd"),
    ("rbd", "user", "admin"),
    ("scaleIO", "fsType", "xfs"),
    ("scaleIO", "storageMode", "ThinProvisioned"),
];

fn volume(volume: &mut Value) {
    if let Some(named) = volume.as_object_mut()
        && named
            .iter()
            .all(|(key, value)| key == "name" || is_empty(value) && key != "emptyDir")
    {
        // One of no kind is of this.
        named.insert("emptyDir".to_owned(), json!({}));
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = volume.get_mut(source) {
            fill(source, "defaultMode", json!(420));
            for item in items(source, "items") {
                if let Some(field) = item.get_mut("fieldRef") {
                    fill(field, "apiVersion", json!("v1"));
                }
            }
            for part in items(source, "sources") {
                if let Some(token) = part.get_mut("serviceAccountToken") {
                    fill(token, "expirationSeconds", json!(3600));
                }
            }
        }
    }
    for (source, field, default) in OF_VOLUMES {
        if let Some(source) = volume.get_mut(source) {
            fill(source, field, json!(default));
        }
    }
    if let Some(claim) = volume
        .get_mut("ephemeral")
        .and_then(|ephemeral| ephemeral.get_mut("volumeClaimTemplate"))
    {
        fill(entry(claim, "spec"), "volumeMode", json!("Filesystem"));
    }
}

/// Sets a field that is absent.
fn fill(object: &mut Value, key: &str, default: Value) {
    if let Some(object) = object.as_object_mut()
        && object.get(key).is_none_or(is_empty)
    {
        object.insert(key.to_owned(), default);
    }
}

/// A field that is an object, made if absent; the object itself where it cannot have fields.
fn entry<'a>(object: &'a mut Value, key: &str) -> &'a mut Value {
    if object.is_object() {
        let field = &mut object[key];
        if field.is_null() {
            *field = Value::Object(Map::new());
        }
        field
    } else {
        object
    }
}

fn items<'a>(object: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    object
        .get_mut(key)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

fn str_of<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or("")
}
