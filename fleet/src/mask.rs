//! Masks what looks like a password in what is shown over HTTP.

use serde_json::{Map, Value, json};

/// Words in names of what is nobody's business.
const SECRET: [&str; 6] = [
    "password",
    "secret_access_key",
    "access_key_id",
    "api_key",
    "account_key",
    "token",
];

/// Masks what looks like a password: by its name as a field, or as a variable of an environment.
pub fn mask(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(mask),
        Value::Object(map) => {
            mask_variable(map);
            for (key, inner) in map {
                if inner.is_string() && is_secret(key) && inner != "" {
                    *inner = json!("***");
                } else {
                    mask(inner);
                }
            }
        }
        _ => {}
    }
}

fn mask_variable(map: &mut Map<String, Value>) {
    let secret = map
        .get("name")
        .and_then(Value::as_str)
        .is_some_and(|name| is_secret(name) || is_secret_variable(name));
    if secret && let Some(value) = map.get_mut("value") {
        *value = json!("***");
    }
}

/// Parts of names of variables that programs read their secrets from.
const SECRET_VARIABLE: [&str; 6] = ["pass", "pwd", "secret", "token", "key", "credential"];

/// Better one too many: who shows a variable masks what it cannot judge.
fn is_secret_variable(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_VARIABLE.iter().any(|word| name.contains(word))
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    // Names of secrets and of what is in them are no secrets.
    let names_one = name.ends_with("_name") || name.ends_with("secret");
    !names_one && SECRET.iter().any(|word| name.contains(word))
}
