//! What an API server tells of objects.

use std::sync::atomic::Ordering;

use pg_core::rollout::Plan;
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
            "action": {"switchover": {"to": to}}, "requestedBy": there.asker, "startWithinSeconds": 600,
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

/// A rollout over both Kubernetes clusters, of which the first wave is done; the slice of this one.
pub fn rollout(there: &There) -> Value {
    rollout_because(there, "new kernel")
}

/// The same for another reason.
pub fn rollout_because(there: &There, reason: &str) -> Value {
    let slice = |uid: &str, hint: &str, names: &[(u32, &str)]| {
        let targets = names.iter().map(|(wave, name)| {
            json!({
                "wave": wave, "order": wave, "namespace": "default", "name": name,
                "uid": format!("{uid}-{name}"), "generation": 1, "from": "17.5", "to": "17.6",
            })
        });
        json!({
            "clusterUID": uid, "hint": hint, "namespace": "default", "requestedBy": "ada",
            "targets": targets.collect::<Vec<_>>(),
        })
    };
    let plan = json!({
        "kind": "pgfleet.io/v1alpha1/RolloutPlan", "id": ROLLOUT, "planHash": "",
        "createdBy": "kubectl-pg 0.1.0", "reason": reason, "action": {"restart": {}},
        "strategy": {
            "canary": 1, "waves": {"sizes": ["100%"]}, "maxParallel": "10%",
            "gates": [{"approval": {}}], "offline": "wait",
        },
        "slices": [
            slice("one", "east", &[(1, "main"), (2, "small")]),
            slice("two", "west", &[(2, "main")]),
        ],
    });
    let mut plan: Plan = serde_json::from_value(plan).expect("a plan");
    plan.seal();
    let slices = plan.rollouts();
    let own = slices.get(there.uid).expect("its slice");
    let mut own = serde_json::to_value(own).expect("JSON");
    own["metadata"]["uid"] = json!(format!("{}-rollout", there.uid));
    own["metadata"]["namespace"] = json!("default");
    own["metadata"]["resourceVersion"] = json!("7");
    own["metadata"]["creationTimestamp"] = json!(ago(3 * DAY));
    own["spec"]["control"] = json!({
        "epoch": 1, "wave": 1, "desired": "Run", "desiredSeq": 1, "by": "ada",
        "driver": {"id": "gone", "user": "ada", "host": "laptop", "renewedAt": ago(2 * DAY)},
    });
    let targets = own["spec"]["plan"]["targets"].as_array().cloned();
    let states = targets
        .into_iter()
        .flatten()
        .map(|target| match target["wave"] == 1 {
            true => json!({
                "uid": target["uid"], "state": "Succeeded", "operation": "k3j9x2m4aq", "attempt": 1,
                "startedAt": "2026-11-21T10:00:00Z", "finishedAt": "2026-11-21T10:00:09Z", "healthySince": "2026-11-21T10:00:10Z",
            }),
            false => json!({"uid": target["uid"], "state": "Pending"}),
        });
    own["status"] = json!({
        "claimed": {"held": true}, "targets": states.collect::<Vec<_>>(), "fencedEpoch": 1,
    });
    own
}

/// Its id.
pub const ROLLOUT: &str = "restart-20261121-100000-k7f3";

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
    if there.labelled && name == "main" {
        object["metadata"]["labels"] = json!({"app": "shop"});
    }
    if there.unwell.load(Ordering::SeqCst) {
        object["status"]["health"] = json!("Degraded");
    }
    if there.pods {
        object["status"]["runningVersion"] = json!("17.6");
        object["status"]["lagBytes"] = json!(232);
        let members = object["status"]["members"].as_array_mut();
        for (ordinal, member) in members.into_iter().flatten().enumerate() {
            member["node"] = json!(format!("node-{ordinal}"));
        }
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
