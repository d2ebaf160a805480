//! What a change of a field of the manifest does to those who are connected. Pure.

use serde_json::Value;

use crate::output::prompt::Class;

/// Parameters that PostgreSQL takes up only when it starts.
const AT_START: [&str; 28] = [
    "archive_mode",
    "autovacuum_freeze_max_age",
    "autovacuum_max_workers",
    "autovacuum_multixact_freeze_max_age",
    "bonjour",
    "cluster_name",
    "dynamic_shared_memory_type",
    "event_source",
    "hot_standby",
    "huge_page_size",
    "huge_pages",
    "jit_provider",
    "listen_addresses",
    "logging_collector",
    "max_connections",
    "max_files_per_process",
    "max_locks_per_transaction",
    "max_logical_replication_workers",
    "max_pred_locks_per_transaction",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_wal_senders",
    "max_worker_processes",
    "port",
    "shared_buffers",
    "shared_preload_libraries",
    "wal_buffers",
    "wal_level",
];

/// Fields that change no pod and no setting of PostgreSQL's that clients feel.
const LOW: [&str; 9] = [
    "teamId",
    "users",
    "usersWithSecretRotation",
    "usersIgnoringSecretRotation",
    "databases",
    "preparedDatabases",
    "maintenanceWindows",
    "allowedSourceRanges",
    "patroni",
];

/// Class and words for a field, by its path under `spec`.
pub fn impact(path: &str) -> (Class, &'static str) {
    if let Some(parameter) = path.strip_prefix("postgresql.parameters.") {
        return if AT_START.contains(&parameter) {
            (Class::Disruptive, "waits for a restart of PostgreSQL")
        } else {
            (Class::Low, "reload")
        };
    }
    let first = path.split('.').next().unwrap_or_default();
    match first {
        "numberOfInstances" => (Class::Disruptive, "members come or go"),
        "volume" => (Class::Low, "volumes grow while they are in use"),
        "postgresql" if path == "postgresql.version" => (
            Class::Disruptive,
            "pods are made anew, the data stays as it is: upgrade --to converts it",
        ),
        "standby" => (Class::Disruptive, "becomes a standby, or ends being one"),
        first if first.starts_with("enable") && first.ends_with("LoadBalancer") => {
            (Class::Low, "Services")
        }
        "serviceAnnotations" | "masterServiceAnnotations" | "replicaServiceAnnotations" => {
            (Class::Low, "Services")
        }
        first if LOW.contains(&first) => (Class::Low, "no restart"),
        _ => (Class::Disruptive, "may replace the pods, one by one"),
    }
}

/// A value on one line, cut where it is long.
pub fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    crate::output::text::cut(&text, 40).into_owned()
}

/// The paths where two manifests differ, with both values; lists count as one value.
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
    fn impacts() {
        let table = [
            ("postgresql.parameters.work_mem", Class::Low),
            ("postgresql.parameters.max_connections", Class::Disruptive),
            ("postgresql.version", Class::Disruptive),
            ("patroni.ttl", Class::Low),
            ("teamId", Class::Low),
            ("enableReplicaLoadBalancer", Class::Low),
            ("env", Class::Disruptive),
        ];
        for (path, class) in table {
            assert_eq!(impact(path).0, class, "{path}");
        }
    }

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
