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

#[cfg(test)]
mod tests {

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
}
