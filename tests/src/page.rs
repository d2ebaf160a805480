//! docs/output.md, and what documents have that it does not tell of.

use serde_json::Value;

use crate::{Result, lab};

/// What is Kubernetes' own, or has keys of its own.
const FOREIGN: [&str; 10] = [
    "cluster",
    "operation",
    "operations",
    "events",
    "rollup",
    "conditions",
    "state",
    "spec",
    "status",
    "facts",
];

/// Fields of a document's items that the row of its kind does not name.
pub fn untold(document: &Value) -> Result<Vec<String>> {
    let page = std::fs::read_to_string(lab::root().join("docs/output.md"))?;
    let kind = document["kind"].as_str().ok_or("no kind")?;
    let mut rows = page.lines().filter(|row| {
        let kinds = row.split('|').nth(1).unwrap_or_default();
        kinds.contains(&format!("`{kind}`"))
    });
    let row = rows.next().ok_or_else(|| format!("{kind} has no row"))?;
    let mut found = Vec::new();
    fields(&document["items"], &mut found);
    found.sort();
    found.dedup();
    found.retain(|field| !row.contains(&format!("`{field}`")));
    Ok(found)
}

fn fields(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| fields(one, all)),
        Value::Object(map) => {
            for (key, inner) in map {
                all.push(key.clone());
                if !FOREIGN.contains(&key.as_str()) {
                    fields(inner, all);
                }
            }
        }
        _ => {}
    }
}
