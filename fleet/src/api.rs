//! The endpoints that Zalando's UI and scripts read (reference/zalando.md §3.14), from what the
//! controller knows anyway. Without the passwords that the original shows: whatever looks like one
//! is masked.

use std::collections::BTreeMap;

use hyper::StatusCode;
use pg_core::{configuration::Configuration, postgresql::Postgresql};
use serde_json::{Value, json};

use crate::{
    mask::mask,
    observe::{
        edits::{Edit, Edits},
        facts::{Facts, Key},
    },
    ring::Ring,
};

/// What an answer is made from.
pub struct Seen<'a> {
    /// The clusters that are this controller's, in the order of their names.
    pub clusters: BTreeMap<&'a Key, (&'a Facts, &'a Postgresql)>,
    /// Clusters with work that is still to be done, each with what it is.
    pub busy: BTreeMap<Key, String>,
    /// The configuration.
    pub configuration: &'a Configuration,
    /// What was said of each cluster.
    pub log: &'a Ring,
    /// What was changed in the manifest of each.
    pub edits: &'a Edits,
    /// When all clusters were last looked at, in seconds since 1970; 0 for never.
    pub looked_at: i64,
}

/// An answer that is none.
struct Missing(StatusCode, &'static str);

const NO_PAGE: Missing = Missing(StatusCode::NOT_FOUND, "page not found");
const NO_CLUSTER: Missing = Missing(StatusCode::INTERNAL_SERVER_ERROR, "could not find cluster");
const NO_TEAM: Missing = Missing(
    StatusCode::INTERNAL_SERVER_ERROR,
    "could not find clusters for the team",
);
const NO_WORKER: Missing = Missing(StatusCode::INTERNAL_SERVER_ERROR, "could not find worker");

/// Whether a path is one of these endpoints.
pub fn is_endpoint(path: &str) -> bool {
    let first = path
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    matches!(
        first,
        "status" | "config" | "clusters" | "databases" | "workers"
    )
}

/// Answers.
pub fn answer(path: &str, seen: &Seen<'_>) -> (StatusCode, Value) {
    let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    let answer = match steps.as_slice() {
        ["status"] => Ok(seen.status()),
        ["config"] => Ok(seen.config()),
        ["databases"] => Ok(seen.databases()),
        ["clusters"] => Ok(json!(seen.teams())),
        ["clusters", team] => seen
            .teams()
            .remove(*team)
            .map(|names| json!(names))
            .ok_or(NO_TEAM),
        ["clusters", namespace, name] => seen.cluster(namespace, name),
        ["clusters", namespace, name, "logs"] => seen.logs(namespace, name),
        ["clusters", namespace, name, "history"] => seen.history(namespace, name),
        ["workers", "all", what @ ("queue" | "status")] => {
            let workers = 0..seen.workers();
            let all = workers.map(|id| (id.to_string(), seen.worker(id, what)));
            Ok(Value::Object(all.collect()))
        }
        ["workers", id, what @ ("queue" | "status" | "logs")] => match id.parse::<usize>() {
            Ok(id) if id < seen.workers() => Ok(seen.worker(id, what)),
            _ => Err(NO_WORKER),
        },
        _ => Err(NO_PAGE),
    };
    match answer {
        Ok(mut value) => {
            mask(&mut value);
            (StatusCode::OK, value)
        }
        Err(Missing(status, why)) => (status, json!({ "error": why })),
    }
}

impl Seen<'_> {
    fn workers(&self) -> usize {
        usize::try_from(self.configuration.workers)
            .unwrap_or(1)
            .max(1)
    }

    /// Clusters have no worker here; for those who count, each seems to have one.
    fn worker_of(&self, key: &Key) -> usize {
        let sum: usize = key.to_string().bytes().map(usize::from).sum();
        sum % self.workers()
    }

    fn find(&self, namespace: &str, name: &str) -> Option<(&Facts, &Postgresql)> {
        let key = Key {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        self.clusters.get(&key).copied()
    }

    fn teams(&self) -> BTreeMap<String, Vec<&str>> {
        let mut teams: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (key, (_, manifest)) in &self.clusters {
            teams
                .entry(manifest.spec.team_id.clone())
                .or_default()
                .push(&key.name);
        }
        teams
    }

    fn status(&self) -> Value {
        let mut queues: BTreeMap<String, usize> = BTreeMap::new();
        for id in 0..self.workers() {
            let count = self
                .busy
                .keys()
                .filter(|key| self.worker_of(key) == id)
                .count();
            queues.insert(id.to_string(), count);
        }
        json!({
            "LastSyncTime": self.looked_at,
            "Clusters": self.clusters.len(),
            "WorkerQueueSize": queues,
        })
    }

    fn config(&self) -> Value {
        json!({
            "controller": { "WatchedNamespace": self.configuration.watched_namespace },
            "operator": self.configuration.to_value(),
        })
    }

    fn databases(&self) -> Value {
        let databases = |(key, (_, manifest)): (&&Key, &(&Facts, &Postgresql))| {
            let names = manifest
                .spec
                .databases
                .iter()
                .flatten()
                .map(|(name, _)| name.as_str());
            (key.name.clone(), names.collect::<Value>())
        };
        Value::Object(self.clusters.iter().map(databases).collect())
    }

    fn cluster(&self, namespace: &str, name: &str) -> Result<Value, Missing> {
        let (facts, manifest) = self.find(namespace, name).ok_or(NO_CLUSTER)?;
        let child = |kind: &'static str, name: String| {
            facts.children.get(&(kind, name)).map(|child| child.value())
        };
        let status = manifest.status.clone().unwrap_or_default();
        let problem = status
            .conditions
            .iter()
            .find(|condition| condition.type_ == "Ready" && condition.status != "True")
            .map(|condition| condition.message.clone());
        let current = status.current.as_ref();
        let key = Key {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        let budget = self
            .configuration
            .pdb_name_format
            .replace("{cluster}", name);
        Ok(json!({
            "Team": manifest.spec.team_id,
            "Cluster": name,
            "Namespace": namespace,
            "MasterService": child("Service", name.to_owned()),
            "ReplicaService": child("Service", format!("{name}-repl")),
            "StatefulSet": child("StatefulSet", name.to_owned()),
            "PrimaryPodDisruptionBudget": child("PodDisruptionBudget", budget),
            "CriticalOpPodDisruptionBudget":
                child("PodDisruptionBudget", format!("postgres-{name}-critical-op-pdb")),
            "CurrentProcess": {
                "Name": current.map_or_else(|| self.busy.get(&key).cloned().unwrap_or_default(),
                    |work| format!("{}: {}", work.kind, work.step)),
                "StartTime": current.map(|work| work.since.clone()),
            },
            "Worker": self.worker_of(&key),
            "Status": { "PostgresClusterStatus": status.postgres_cluster_status },
            "Spec": manifest.spec,
            "Error": problem,
        }))
    }

    fn logs(&self, namespace: &str, name: &str) -> Result<Value, Missing> {
        self.find(namespace, name).ok_or(NO_CLUSTER)?;
        let key = format!("{namespace}/{name}");
        Ok(self.entries(|of| of == key))
    }

    fn history(&self, namespace: &str, name: &str) -> Result<Value, Missing> {
        self.find(namespace, name).ok_or(NO_CLUSTER)?;
        let key = Key {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        let most = usize::try_from(self.configuration.cluster_history_entries).unwrap_or(0);
        let entry = |edit: &Edit| {
            let at = edit.at.to_string();
            json!({ "EventTime": at, "ProcessTime": at, "Diff": edit.lines })
        };
        Ok(self.edits.newest(&key, most).map(entry).collect())
    }

    fn entries(&self, wanted: impl Fn(&str) -> bool) -> Value {
        let lines = self.log.lines(self.configuration.ring_log_lines, wanted);
        let entry = |line: crate::ring::Line| {
            let (namespace, name) = line.cluster.split_once('/').unwrap_or_default();
            json!({
                "Time": line.time.to_string(),
                "Level": line.level,
                "ClusterName": { "Namespace": namespace, "Name": name },
                "Message": line.text,
            })
        };
        lines.into_iter().map(entry).collect()
    }

    fn worker(&self, id: usize, what: &str) -> Value {
        let own: Vec<&Key> = self
            .busy
            .keys()
            .filter(|key| self.worker_of(key) == id)
            .collect();
        match (what, own.first()) {
            ("status", None) => json!("idle"),
            ("status", Some(key)) => json!({
                "CurrentCluster": { "Namespace": key.namespace, "Name": key.name },
                "CurrentProcess": { "Name": self.busy.get(*key) },
            }),
            ("queue", _) => {
                let keys: Vec<String> = own.iter().map(ToString::to_string).collect();
                json!({ "Keys": keys, "List": keys })
            }
            _ => self.entries(|cluster| {
                let (namespace, name) = cluster.split_once('/').unwrap_or_default();
                let key = Key {
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                };
                self.worker_of(&key) == id
            }),
        }
    }
}

/// What is left to do at a cluster, as far as it was seen; nothing is idle.
pub fn work_left(facts: &Facts, manifest: &Postgresql) -> Option<String> {
    let status = manifest.status.clone().unwrap_or_default();
    let invalid = status.postgres_cluster_status == "Invalid";
    let open = |operation: &pg_core::operation::Operation| {
        let phase = operation.status.as_ref().map(|status| status.phase);
        phase.is_none_or(|phase| !phase.is_final())
    };
    let mut operations = facts
        .operations
        .values()
        .filter_map(|operation| operation.object.as_ref().ok());
    if manifest.metadata.deletion_timestamp.is_some() {
        Some("deleting".to_owned())
    } else if status.observed_generation != manifest.metadata.generation {
        Some("taking up the manifest".to_owned())
    } else if operations.any(open) {
        Some("operation".to_owned())
    } else if let Some(what) = facts.troubles.keys().next() {
        Some(format!("trying again: {what}"))
    } else if invalid {
        facts.unfinished.then(|| "looking again".to_owned())
    } else if let Some(work) = status.current {
        Some(format!("{}: {}", work.kind, work.step))
    } else if facts.unsettled_since.is_some() || status.postgres_cluster_status != "Running" {
        Some("making it as wanted".to_owned())
    } else if facts.unfinished {
        Some("looking again".to_owned())
    } else {
        facts.postponed.clone()
    }
}

#[cfg(test)]
mod tests;
