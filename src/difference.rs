//! Where two documents differ.

use serde_json::Value;

/// The paths where two documents differ, with both values; lists count as one value.
pub fn differences(before: &Value, after: &Value) -> Vec<(String, Value, Value)> {
    let mut found = Vec::new();
    differ("", before, after, &mut found);
    found
}

fn differ(path: &str, before: &Value, after: &Value, found: &mut Vec<(String, Value, Value)>) {
    let (Value::Object(a), Value::Object(b)) = (before, after) else {
        if before != after {
            found.push((path.to_owned(), before.clone(), after.clone()));
        }
        return;
    };
    let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    for key in keys {
        let inner = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        let none = Value::Null;
        // A map that is there on one side only is told by its entries.
        let empty = Value::Object(Default::default());
        let side = |map: &serde_json::Map<String, Value>,
                    other: &serde_json::Map<String, Value>| {
            match (map.get(key), other.get(key)) {
                (Some(value), _) => value.clone(),
                (None, Some(Value::Object(_))) => empty.clone(),
                (None, _) => none.clone(),
            }
        };
        differ(&inner, &side(a, b), &side(b, a), found);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_go_to_the_leaves() {
        let before = json!({"a": 1, "b": {"c": "x", "d": [1]}, "gone": true});
        let after = json!({"a": 1, "b": {"c": "y", "d": [2]}, "new": {"e": 5}});
        assert_eq!(
            differences(&before, &after),
            [
                ("b.c".to_owned(), json!("x"), json!("y")),
                ("b.d".to_owned(), json!([1]), json!([2])),
                ("gone".to_owned(), json!(true), Value::Null),
                ("new.e".to_owned(), Value::Null, json!(5)),
            ]
        );
    }
}
