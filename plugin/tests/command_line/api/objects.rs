//! What an API server tells of objects.

use serde_json::{Value, json};

use super::There;

/// Seconds.
pub const DAY: i64 = 24 * 3600;

/// A time that is always as long ago: in the middle of a day, lest it be another one.
pub fn ago(seconds: i64) -> String {
    let then = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds + DAY / 2);
    then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A switchover, which has ended well unless it is told otherwise.
pub fn operation(there: &There) -> Value {
    let to = if there.phase == "Succeeded" {
        "main-0"
    } else {
        "main-1"
    };
    let mut operation = json!({
        "apiVersion": "pgfleet.io/v1alpha1", "kind": "Operation",
        "metadata": {
            "name": "k3j9x2m4aq", "namespace": "default", "uid": format!("{}-o-1", there.uid), "creationTimestamp": ago(3 * DAY),
            "labels": {"pgfleet.io/cluster": "main", "pgfleet.io/request": "k3j9x2m4aq"},
        },
        "spec": {
            "target": {"name": "main", "uid": format!("{}-main", there.uid)},
            "action": {"switchover": {"to": to}}, "requestedBy": "ada", "startWithinSeconds": 600,
        },
        "status": {
            "phase": there.phase, "message": "main-0 is the primary, timeline 3", "startedAt": ago(3 * DAY),
        },
    });
    if !["Pending", "Running"].contains(&there.phase) {
        operation["status"]["finishedAt"] = json!(ago(3 * DAY));
    }
    operation
}

/// That of a role of `main`.
pub fn secret(role: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {
            "name": format!("{role}.main.credentials.postgresql.acid.zalan.do"), "namespace": "default",
            "labels": {"cluster-name": "main"},
        },
        "data": {"password": "cGFzcw=="},
    })
}

/// A list of Postgres clusters as the API server prints it.
pub fn as_table(list: &Value) -> Value {
    let Some(items) = list["items"].as_array() else {
        return list.clone();
    };
    let rows: Vec<Value> = items
        .iter()
        .map(|one| {
            let status = &one["status"];
            let mut metadata = one["metadata"].clone();
            metadata["managedFields"] = json!([]);
            json!({
                "cells": [
                    one["metadata"]["name"], status["health"], status["ready"],
                    one["spec"]["postgresql"]["version"], status["primary"], "21d",
                ],
                "object": {
                    "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": metadata,
                },
            })
        })
        .collect();
    let columns = ["Name", "Health", "Ready", "Version", "Primary", "Age"];
    let columns: Vec<Value> = columns.iter().map(|name| json!({"name": name})).collect();
    json!({
        "apiVersion": "meta.k8s.io/v1", "kind": "Table", "metadata": {},
        "columnDefinitions": columns, "rows": rows,
    })
}

pub fn refusal(code: u16, reason: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Status", "status": "Failure", "metadata": {},
        "code": code, "reason": reason, "message": reason,
    })
}

pub fn cluster(name: &str, count: i64, there: &There) -> Value {
    // None is wanted: it is stopped on purpose.
    let health = if count == 0 { "Down" } else { "Healthy" };
    let members: Vec<Value> = (0..count)
        .map(|ordinal| {
            let role = if ordinal == 0 { "primary" } else { "replica" };
            json!({"name": format!("{name}-{ordinal}"), "role": role, "state": "running", "timeline": 3})
        })
        .collect();
    let mut object = json!({
        "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
        "metadata": {
            "name": name, "namespace": "default", "uid": format!("{}-{name}", there.uid),
            "resourceVersion": "7", "generation": 1, "creationTimestamp": ago(21 * DAY),
        },
        "spec": {
            "teamId": "acid", "numberOfInstances": count,
            "postgresql": {"version": "17"}, "volume": {"size": "5Gi"},
        },
        "status": {
            "PostgresClusterStatus": "Running", "observedGeneration": 1, "health": health,
            "ready": format!("{count}/{count}"), "primary": format!("{name}-0"), "timeline": 3,
            "members": members,
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "AsWanted", "message": "",
                "observedGeneration": 1, "lastTransitionTime": ago(21 * DAY),
            }],
        },
    });
    if name == "main" {
        object["spec"]["databases"] = json!({"shop": "ada", "blog": "ada"});
    }
    if name == "main" {
        object["spec"]["users"] = json!({"ada": [], "eve": []});
    }
    if !there.annotations.is_null() {
        object["metadata"]["annotations"] = there.annotations.clone();
    }
    if name == "adopted" {
        object["metadata"]["annotations"] = json!({"acid.zalan.do/controller": there.id});
    }
    // An address tells nothing of whom it follows; the name of a Service does.
    let host = match name {
        "follower" => Some("192.0.2.7"),
        "neighbour" => Some("leader"),
        _ => None,
    };
    if let Some(host) = host {
        object["spec"]["standby"] = json!({"standby_host": host});
    }
    let data = match name {
        "follower" | "neighbour" | "leader" => Some("7400000000000000001"),
        "stranger" => Some("7400000000000000002"),
        _ => None,
    };
    if let Some(data) = data {
        object["status"]["systemIdentifier"] = json!(data);
    }
    if there.behind {
        object["status"]["observedGeneration"] = json!(0);
    }
    if there.going {
        object["metadata"]["deletionTimestamp"] = json!(ago(DAY));
    }
    object
}

/// What the controller counts; nothing, unless somebody is stopped on purpose.
pub fn summary(there: &There) -> Value {
    let stopped = there.clusters.iter().filter(|(_, members)| *members == 0);
    let (all, stopped) = (there.clusters.len(), stopped.count());
    match stopped {
        0 => json!({}),
        _ => json!({
            "clusters": all, "hibernated": stopped, "health": {"Healthy": all - stopped},
        }),
    }
}

pub fn list(version: &str, kind: &str, items: &Value) -> Value {
    json!({"apiVersion": version, "kind": kind, "metadata": {}, "items": items})
}
