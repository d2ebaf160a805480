//! Manifests of Postgres clusters.

use serde_json::{Value, json};

/// A small cluster with this many members.
pub fn members(count: i64) -> Value {
    json!({
        "teamId": "acid",
        "numberOfInstances": count,
        "postgresql": { "version": "17" },
        "volume": { "size": "1Gi" },
    })
}

/// The same with more fields, which win.
pub fn with(count: i64, more: Value) -> Value {
    let mut spec = members(count);
    merge(&mut spec, more);
    spec
}

/// Two members named `main`, each on a node of its own.
pub fn spread(more: Value) -> Value {
    let mut spec = with(2, more);
    merge(
        &mut spec,
        json!({
            "topologySpreadConstraints": [{
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": { "matchLabels": { "cluster-name": "main" } },
            }],
        }),
    );
    spec
}

/// What a controller says of a cluster that serves with two members.
pub fn serving(name: &str) -> Value {
    json!({
        "PostgresClusterStatus": "Running", "health": "Healthy", "primary": format!("{name}-0"),
        "timeline": 1, "ready": "2/2",
        "members": [{ "name": format!("{name}-0") }, { "name": format!("{name}-1") }],
    })
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}
