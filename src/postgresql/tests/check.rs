//! What an API server says of an object under a schema: types, required fields, limits.

use std::{cell::RefCell, collections::HashMap};

use regex::Regex;
use serde_json::{Map, Value};

/// Whether a schema lets anything in.
pub fn is_open(schema: &Value) -> bool {
    schema["x-kubernetes-preserve-unknown-fields"] == true
}

/// Returns what is wrong with a value, each with its path.
pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, value, "", &mut found);
    found
}

fn check(schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let mut wrong = |what: &str| found.push(format!("{path}: {what}"));
    if value.is_null() {
        if schema["nullable"] != true && !is_open(schema) {
            wrong("may not be null");
        }
        return;
    }
    let fits = match schema["type"].as_str() {
        _ if schema["x-kubernetes-int-or-string"] == true => value.is_i64() || value.is_string(),
        None => is_open(schema),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some(_) => false,
    };
    if !fits {
        wrong(&format!("must be of type {}", schema["type"]));
        return;
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        wrong("is none of the values");
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
        && !matches(pattern, text)
    {
        wrong("does not match the pattern");
    }
    if let Some(number) = value.as_f64() {
        let below = schema["minimum"]
            .as_f64()
            .is_some_and(|least| number < least);
        let above = schema["maximum"].as_f64().is_some_and(|most| number > most);
        if below || above {
            wrong("is out of range");
        }
    }
    if let Some(object) = value.as_object() {
        check_object(schema, object, path, found);
    }
    if let Some(items) = schema.get("items") {
        for (n, item) in value.as_array().into_iter().flatten().enumerate() {
            check(items, item, &format!("{path}/{n}"), found);
        }
    }
}

fn check_object(schema: &Value, object: &Map<String, Value>, path: &str, found: &mut Vec<String>) {
    let lacks = |keys: &Value| {
        let keys = keys
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        keys.filter(|key| !object.contains_key(*key))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for key in lacks(&schema["required"]) {
        found.push(format!("{path}/{key}: is required"));
    }
    if let Some(choices) = schema["anyOf"].as_array()
        && !choices
            .iter()
            .any(|choice| lacks(&choice["required"]).is_empty())
    {
        found.push(format!("{path}: has none of the choices"));
    }
    for (key, inner) in object {
        let path = format!("{path}/{key}");
        match (
            schema["properties"].get(key),
            schema.get("additionalProperties"),
        ) {
            (Some(schema), _) | (None, Some(schema)) => check(schema, inner, &path, found),
            (None, None) if is_open(schema) => {}
            (None, None) => found.push(format!("{path}: is unknown")),
        }
    }
}

thread_local! {
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::default();
}

/// Whether a text matches a pattern; both are RE2's language here as in the API server.
fn matches(pattern: &str, text: &str) -> bool {
    COMPILED.with_borrow_mut(|compiled| {
        let compile = || Regex::new(pattern).unwrap();
        compiled
            .entry(pattern.to_owned())
            .or_insert_with(compile)
            .is_match(text)
    })
}
