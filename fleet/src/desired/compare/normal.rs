//! One spelling for what Kubernetes takes as equal.
//!
//! The API server fills in defaults, writes quantities its own way and drops what is empty; users
//! write one thing in several ways. Both sides of a comparison go through here first.

use serde_json::{Map, Value, json};

use super::defaults;
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
            "StatefulSet" => defaults::stateful_set(spec),
            "Service" => defaults::service(spec),
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
        defaults::pod(spec);
    }
    even_out("", &mut template);
    template
}

/// Whether a field says nothing.
pub(super) fn is_empty(value: &Value) -> bool {
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
