//! Whether there is anything to apply.

use serde_json::Value;

use super::{normal::of_kind, restart::differences};

/// Whether the live object has everything that the desired one asks for, so that applying it would
/// change nothing.
///
/// What the live object has beyond that (fields of the API server, labels and annotations of
/// others) does not count, with one exception: lists are compared whole, and so are those parts
/// of a pod template that would restart a pod, since there a field that is no longer desired must
/// go. A label or annotation that is no longer desired is *not* seen here; the caller learns that
/// from its own memory of what it applied.
pub fn covers(live: &Value, desired: &Value) -> bool {
    uncovered(live, desired).is_none()
}

/// The first that the live object does not have as it is desired.
pub fn uncovered(live: &Value, desired: &Value) -> Option<String> {
    let kind = desired.get("kind").and_then(Value::as_str).unwrap_or("");
    let (live, mut desired) = (of_kind(kind, live), of_kind(kind, desired));
    if let Some(desired) = desired.as_object_mut() {
        // Items of a list have neither; the caller compares objects of one kind.
        desired.remove("apiVersion");
        desired.remove("kind");
    }
    if let Some(path) = lacks(&live, &desired) {
        return Some(path);
    }
    let (live, desired) = template(&live).zip(template(&desired))?;
    if volumes(live) != volumes(desired) {
        return Some("number of volumes".to_owned());
    }
    differences(live, desired, false).into_iter().next()
}

/// How many volumes a pod has; where none is desired the list is absent and is not looked at.
fn volumes(template: &Value) -> usize {
    let volumes = template.get("spec").and_then(|spec| spec.get("volumes"));
    volumes.and_then(Value::as_array).map_or(0, Vec::len)
}

fn template(object: &Value) -> Option<&Value> {
    object.get("spec")?.get("template")
}

/// Fields that are compared whole: a selector with one entry more selects something else, and
/// what is inside these nobody but the owner of the object fills in.
const WHOLE: [&str; 7] = [
    "selector",
    "matchLabels",
    "requests",
    "limits",
    "nodeSelector",
    "tolerations",
    "volumes",
];

/// Where the live value is not what is desired: a path of fields, empty for the value itself.
fn lacks(live: &Value, desired: &Value) -> Option<String> {
    match (live, desired) {
        (Value::Object(live), Value::Object(desired)) => {
            desired.iter().find_map(|(key, wanted)| {
                let below = match live.get(key) {
                    None => Some(String::new()),
                    Some(found) if WHOLE.contains(&key.as_str()) => {
                        (found != wanted).then(String::new)
                    }
                    Some(found) => lacks(found, wanted),
                }?;
                Some(joined(key, &below))
            })
        }
        (Value::Array(live), Value::Array(desired)) if live.len() == desired.len() => {
            let mut all = live.iter().zip(desired).enumerate();
            all.find_map(|(index, (live, desired))| {
                Some(joined(&format!("[{index}]"), &lacks(live, desired)?))
            })
        }
        _ => (live != desired).then(String::new),
    }
}

fn joined(key: &str, below: &str) -> String {
    match below {
        "" => key.to_owned(),
        index if index.starts_with('[') => format!("{key}{index}"),
        field => format!("{key}.{field}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spelling_does_not_matter_but_values_do() {
        let pod = |container: Value| json!({"kind": "StatefulSet", "spec": {"template": {"spec": {"containers": [container]}}}});
        let service = |spec: Value| json!({"kind": "Service", "spec": spec});
        let table = [
            // (live, desired, covered)
            (
                pod(json!({"name": "a", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}})),
                pod(
                    json!({"name": "a", "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}}}),
                ),
                true,
            ),
            (
                pod(json!({"name": "a", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}})),
                pod(json!({"name": "a", "resources": {"limits": {"cpu": "1"}}})),
                false,
            ),
            (
                pod(json!({"name": "a", "env": [{"name": "A", "value": "1"}, {"name": "B"}]})),
                pod(
                    json!({"name": "a", "env": [{"name": "B", "value": ""}, {"name": "A", "value": "1"}]}),
                ),
                true,
            ),
            (
                pod(json!({"name": "a", "env": [{"name": "A", "value": "1"}]})),
                pod(json!({"name": "a", "env": [{"name": "A", "value": "1000m"}]})),
                false,
            ),
            (
                pod(json!({"name": "a", "env": [{"name": "A", "value": "1"}, {"name": "B"}]})),
                pod(json!({"name": "a", "env": [{"name": "A", "value": "1"}]})),
                false,
            ),
            (
                pod(json!({"name": "a", "livenessProbe": {"exec": {"command": ["x"]}}})),
                pod(json!({"name": "a"})),
                false,
            ),
            (
                service(
                    json!({"ports": [{"port": 5432, "targetPort": 5432}], "clusterIP": "10.0.0.1"}),
                ),
                service(
                    json!({"ports": [{"port": 5432, "targetPort": "5432"}], "type": "ClusterIP"}),
                ),
                true,
            ),
            (
                service(json!({"ports": [{"port": 5432}], "selector": {"a": "1", "b": "2"}})),
                service(json!({"ports": [{"port": 5432}], "selector": {"a": "1"}})),
                false,
            ),
            (
                service(json!({"loadBalancerSourceRanges": ["10.0.0.0/8"]})),
                service(json!({"loadBalancerSourceRanges": []})),
                true,
            ),
            (
                json!({"kind": "Service", "metadata": {"annotations": {"a": "1", "theirs": "2"}}}),
                json!({"kind": "Service", "metadata": {"annotations": {"a": "1"}, "labels": {}}}),
                true,
            ),
            (
                json!({"metadata": {"name": "a"}}),
                json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}}),
                true,
            ),
            (
                json!({"kind": "Service", "metadata": {"annotations": {"a": "2"}}}),
                json!({"kind": "Service", "metadata": {"annotations": {"a": "1"}}}),
                false,
            ),
            (
                json!(null),
                json!({"kind": "Service", "metadata": {"name": "a"}}),
                false,
            ),
        ];
        for (row, (live, desired, covered)) in table.into_iter().enumerate() {
            assert_eq!(covers(&live, &desired), covered, "row {row}");
        }
    }
}
