//! docs/output.md, and what documents have that it does not tell of. The plugin's own tests take this
//! file in: it needs nothing of this crate.

use std::collections::BTreeSet;

use serde_json::Value;

/// What is Kubernetes' own, or has keys of its own.
const FOREIGN: [&str; 19] = [
    "cluster",
    "operation",
    "operations",
    "events",
    "rollout",
    "rollup",
    "conditions",
    "state",
    "spec",
    "status",
    "object",
    "error",
    "health",
    "versions",
    "images",
    "lag",
    "sizes",
    "worst",
    "facts",
];

/// The row of the page that names a document's kind: there is one.
pub fn row<'a>(page: &'a str, document: &Value) -> Result<&'a str, String> {
    let kind = document["kind"].as_str().ok_or("no kind")?;
    let mut rows = page.lines().filter(|row| {
        let kinds = row.split('|').nth(1).unwrap_or_default();
        kinds.contains(&format!("`{kind}`"))
    });
    match (rows.next(), rows.next()) {
        (Some(row), None) => Ok(row),
        (None, _) => Err(format!("{kind} has no row")),
        (_, Some(_)) => Err(format!("{kind} has two rows")),
    }
}

/// Fields of a document's items that the row of its kind does not name.
pub fn untold(page: &str, document: &Value) -> Result<BTreeSet<String>, String> {
    let row = row(page, document)?;
    let mut found = BTreeSet::new();
    // Manifests are Kubernetes' own.
    if document["kind"] != "ManifestList" {
        fields(&document["items"], &mut found);
    }
    found.retain(|field| !row.contains(&format!("`{field}`")));
    Ok(found)
}

fn fields(value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| fields(one, all)),
        Value::Object(map) => {
            for (key, inner) in map {
                all.insert(key.clone());
                if !FOREIGN.contains(&key.as_str()) {
                    fields(inner, all);
                }
            }
        }
        _ => {}
    }
}
