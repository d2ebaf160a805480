//! Zalando's schemas: the rows of `testdata/fields-….tsv`, as rows and as JSON schema. For tests.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Of each path in the schema: its type and constraints, as `type=string pattern=…`.
pub type Rows = BTreeMap<String, String>;

/// Returns the schema of one of our definitions as an API server has it.
pub fn of_definition(plural: &str) -> Value {
    let crds = crate::crd::crds().unwrap();
    let crd = crds.iter().find(|crd| crd.spec.names.plural == plural);
    let schema = crd.unwrap().spec.versions[0].schema.as_ref().unwrap();
    let mut schema = serde_json::to_value(&schema.open_api_v3_schema).unwrap();
    // The API server itself gives every object these.
    schema["properties"]["apiVersion"] = json!({ "type": "string" });
    schema["properties"]["kind"] = json!({ "type": "string" });
    schema["properties"]["metadata"] = json!({
        "type": "object", "x-kubernetes-preserve-unknown-fields": true,
    });
    let required = schema["required"].as_array_mut().unwrap();
    required.insert(0, json!("metadata"));
    schema
}

/// A default, which was written by Python.
pub fn default_of(kind: &str, text: &str) -> Value {
    match (kind, text) {
        ("boolean", "True") => json!(true),
        ("integer", number) => json!(number.parse::<i64>().unwrap()),
        ("array" | "object", text) => serde_json::from_str(&text.replace('\'', "\"")).unwrap(),
        (_, text) => json!(text),
    }
}

/// Returns a table as one JSON schema; below the roots of Kubernetes' types it has what `ours`
/// has there.
pub fn zalando(table: &str, kubernetes: &[&str], ours: &Value) -> Value {
    let mut root = json!({});
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [path, kind, required, constraints] = cells[..] else {
            panic!("not four cells: {line}");
        };
        let steps = steps(path);
        let (last, parents) = steps.split_last().unwrap();
        let mut at = &mut root;
        for step in parents {
            at = below(at, step);
        }
        if required == "required" && !last.starts_with(['[', '*']) {
            let list = at.as_object_mut().unwrap().entry("required");
            list.or_insert(json!([]))
                .as_array_mut()
                .unwrap()
                .push(json!(last));
        }
        let at = below(at, last);
        if kubernetes.contains(&path) {
            *at = find(ours, path).clone();
            continue;
        }
        at["type"] = json!(kind);
        constrain(at, constraints);
    }
    root["type"] = json!("object");
    root
}

/// Writes the constraints of a row into a schema.
fn constrain(schema: &mut Value, mut constraints: &str) {
    if let Some((before, default)) = constraints.rsplit_once("default=") {
        let kind = schema["type"].as_str().unwrap_or_default();
        schema["default"] = default_of(kind, default);
        constraints = before.trim();
    }
    if let Some((before, pattern)) = constraints.split_once("pattern=") {
        schema["pattern"] = json!(pattern);
        constraints = before;
    }
    for (key, list) in [("enum=", "enum"), ("choice=", "choice")] {
        if let Some((before, values)) = constraints.split_once(key) {
            let values: Value = serde_json::from_str(&values.replace('\'', "\"")).unwrap();
            match list {
                "choice" => {
                    let each = values.as_array().unwrap().iter();
                    schema["anyOf"] = each.map(|keys| json!({ "required": keys })).collect();
                }
                _ => schema[list] = values,
            }
            constraints = before;
        }
    }
    for constraint in constraints.split_whitespace() {
        match constraint.split_once('=').unwrap() {
            ("nullable", "True") => schema["nullable"] = json!(true),
            ("format", format) => schema["format"] = json!(format),
            (limit, number) => schema[limit] = json!(number.parse::<f64>().unwrap()),
        }
    }
}

/// Cuts `a.b[].*` into `a`, `b`, `[]`, `*`.
fn steps(path: &str) -> Vec<&str> {
    path.split('.')
        .flat_map(|step| match step.strip_suffix("[]") {
            Some(name) if !name.is_empty() => [Some(name), Some("[]")],
            _ => [Some(step), None],
        })
        .flatten()
        .collect()
}

/// Returns the schema one step below, making it where there is none.
fn below<'a>(schema: &'a mut Value, step: &str) -> &'a mut Value {
    let next = match step {
        "[]" => &mut schema["items"],
        "*" => &mut schema["additionalProperties"],
        name => &mut schema["properties"][name],
    };
    if next.is_null() {
        *next = json!({});
    }
    next
}

/// Returns the schema at a path.
pub fn find<'a>(schema: &'a Value, path: &str) -> &'a Value {
    steps(path).iter().fold(schema, |at, step| match *step {
        "[]" => &at["items"],
        "*" => &at["additionalProperties"],
        name => &at["properties"][name],
    })
}

/// Returns a schema as rows, without what is below the roots of Kubernetes' types.
pub fn rows(schema: &Value, kubernetes: &[&str]) -> Rows {
    let mut rows = Rows::new();
    collect(schema, kubernetes, ("", false), &mut rows);
    rows
}

/// Returns the rows that two tables do not share, each with the table that has it.
pub fn differences(ours: &Rows, zalandos: &Rows) -> Vec<String> {
    let lacks = |who: &str, one: &Rows, other: &Rows| {
        let own = one
            .iter()
            .filter(|(path, row)| other.get(*path) != Some(row));
        let own = own.map(|(path, row)| format!("{who}: {path} {row}"));
        own.collect::<Vec<_>>()
    };
    let mut all = lacks("ours", ours, zalandos);
    all.extend(lacks("zalandos", zalandos, ours));
    all
}

fn collect(schema: &Value, kubernetes: &[&str], (path, required): (&str, bool), rows: &mut Rows) {
    let schema = schema.as_object().unwrap();
    let mut facts = vec![if required { "required" } else { "" }.to_owned()];
    for key in [
        "type", "nullable", "format", "pattern", "minimum", "maximum", "anyOf", "enum", "default",
    ] {
        match (key, schema.get(key)) {
            (_, Some(Value::Number(number))) => facts.push(format!("{key}={:?}", number.as_f64())),
            (_, Some(value)) => facts.push(format!("{key}={value}")),
            (_, None) => {}
        }
    }
    rows.insert(path.to_owned(), facts.join(" ").trim().to_owned());
    if kubernetes.contains(&path) {
        return;
    }
    let dot = if path.is_empty() { "" } else { "." };
    let needed = schema.get("required").and_then(Value::as_array);
    for (name, inner) in schema
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&Map::new())
    {
        let required = needed.is_some_and(|names| names.contains(&json!(name)));
        let below = format!("{path}{dot}{name}");
        collect(inner, kubernetes, (&below, required), rows);
    }
    if let Some(inner) = schema.get("items") {
        collect(inner, kubernetes, (&format!("{path}[]"), false), rows);
    }
    if let Some(inner) = schema.get("additionalProperties") {
        collect(inner, kubernetes, (&format!("{path}{dot}*"), false), rows);
    }
}
