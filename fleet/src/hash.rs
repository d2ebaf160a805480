//! Hashes that tell whether something wanted has changed. Not for secrets.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Hash of a JSON value that does not depend on the order of keys.
pub fn of(value: &Value) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    let digest = Sha256::digest(text.as_bytes());
    digest[..8].iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (key, value) in keys {
                let _ = write!(out, "{}:", Value::String(key.clone()));
                canonical(value, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_of_keys_is_nothing_and_everything_else_is() {
        assert_eq!(
            of(&json!({"a": 1, "b": [2, 3]})),
            of(&json!({"b": [2, 3], "a": 1}))
        );
        assert_ne!(of(&json!({"a": [2, 3]})), of(&json!({"a": [3, 2]})));
        assert_ne!(of(&json!({"a": "1"})), of(&json!({"a": 1})));
    }
}
