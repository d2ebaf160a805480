//! One spelling for what Kubernetes takes as equal.
//!
//! The API server fills in defaults, writes quantities its own way and drops what is empty; users
//! write one thing in several ways. Both sides of a comparison go through here first.

use serde_json::{Map, Value, json};

use crate::desired::quantity::Quantity;

/// The object as the API server would return it, in one spelling: defaults filled in, quantities
/// alike, lists that are sets in order of their keys, empty fields absent.
#[cfg(test)]
pub(in crate::desired) fn defaulted(object: &Value) -> Value {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or("");
    of_kind(kind, object)
}

/// An object in one spelling: defaults of the API server filled in, quantities alike, lists that
/// are sets in order of their keys, empty fields absent. The kind is given, because objects of a
/// list have none. Of kinds that this program does not make only the spelling is evened out.
pub(super) fn of_kind(kind: &str, object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(spec) = object.get_mut("spec") {
        match kind {
            "StatefulSet" => stateful_set(spec),
            "Service" => service(spec),
            _ => {}
        }
    }
    even_out("", &mut object);
    object
}

/// A pod template in the same spelling.
pub(super) fn pod_template(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(spec) = template.get_mut("spec") {
        pod(spec);
    }
    even_out("", &mut template);
    template
}

fn stateful_set(spec: &mut Value) {
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

fn service(spec: &mut Value) {
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

fn pod(spec: &mut Value) {
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

fn volume(volume: &mut Value) {
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

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Fields where an empty object says something else than an absent one: all instead of none, or
/// which kind of volume this is.
const MEANINGFUL_WHEN_EMPTY: [&str; 4] = [
    "emptyDir",
    "labelSelector",
    "namespaceSelector",
    "podSelector",
];

/// Numbers that Kubernetes drops when they are zero.
const DROPPED_WHEN_ZERO: [&str; 3] = ["initialDelaySeconds", "hostPort", "nodePort"];

/// Fields that are a number or a text with the same meaning.
const NUMBER_OR_TEXT: [&str; 4] = ["port", "targetPort", "minAvailable", "maxUnavailable"];

fn even_out(key: &str, value: &mut Value) {
    match value {
        Value::Object(map) => {
            // Inside a security context `false` and absent are not alike.
            let plain = !key.to_ascii_lowercase().ends_with("securitycontext");
            for (key, value) in map.iter_mut() {
                if amounts(key) {
                    even_amounts(value);
                }
                even_out(key, value);
            }
            map.retain(|key, value| {
                let droppable = match value {
                    Value::Bool(flag) => plain && !*flag,
                    Value::Number(number) => {
                        DROPPED_WHEN_ZERO.contains(&key.as_str()) && number.as_i64() == Some(0)
                    }
                    other => is_empty(other) && !MEANINGFUL_WHEN_EMPTY.contains(&key.as_str()),
                };
                !droppable
            });
        }
        Value::Array(list) => {
            for one in list.iter_mut() {
                even_out("", one);
            }
            in_order(key, list);
        }
        Value::String(text) if NUMBER_OR_TEXT.contains(&key) => {
            if let Ok(number) = text.parse::<i64>() {
                *value = json!(number);
            }
        }
        Value::String(text) if matches!(key, "sizeLimit" | "divisor") => {
            if let Some(amount) = Quantity::parse(text) {
                *text = amount.to_string();
            }
        }
        _ => {}
    }
}

fn amounts(key: &str) -> bool {
    matches!(key, "requests" | "limits")
}

fn even_amounts(value: &mut Value) {
    for amount in value.as_object_mut().into_iter().flat_map(Map::values_mut) {
        let text = match &*amount {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => continue,
        };
        if let Some(quantity) = Quantity::parse(&text) {
            *amount = json!(quantity.to_string());
        }
    }
}

/// Puts lists that are sets in order. Of two variables with one name the later one counts, in the
/// kubelet as well.
fn in_order(key: &str, list: &mut Vec<Value>) {
    let keys: &[&str] = match key {
        "env" | "volumes" => &["name"],
        "ports" => &["containerPort", "port", "protocol"],
        "volumeMounts" => &["mountPath"],
        _ => return,
    };
    let key_of = |item: &Value| -> Vec<String> {
        keys.iter()
            .map(|key| item.get(*key).map(Value::to_string).unwrap_or_default())
            .collect()
    };
    list.sort_by_cached_key(key_of);
    if key == "env" {
        let mut last: Vec<Value> = Vec::with_capacity(list.len());
        for item in list.drain(..) {
            match last.last_mut() {
                Some(before) if key_of(before) == key_of(&item) => *before = item,
                _ => last.push(item),
            }
        }
        *list = last;
    }
}
