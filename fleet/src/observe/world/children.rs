//! What clusters own: their children, what they share in a namespace, their volumes.

use std::collections::{BTreeMap, BTreeSet};

use pg_core::{names, store::Store};

use super::{World, not_older};
use crate::{
    kinds,
    observe::{
        annotations::Annotations,
        facts::{Claim, Facts, Key, LiveChild},
        object::{Meta, RawChild, RawClaim},
    },
};

impl World {
    /// Something that was asked to go: it is not asked again while the watch has not told.
    pub fn deleted(&mut self, key: &Key, kind: &'static str, name: &str) {
        // What is there now is not what was seen before.
        self.update(key, |facts| facts.looked_around = None);
        self.update(key, |facts| match kind {
            "ConfigMap" | "Endpoints" => {
                let left = facts.left_by_patroni.remove(&(kind, name.to_owned()));
                if left.is_none() {
                    facts.patroni_objects.remove(name);
                }
            }
            "Pod" => {
                facts.forget_answer(name);
                if let Some(pod) = facts.pods.get_mut(name) {
                    pod.deleting = true;
                }
            }
            "PersistentVolumeClaim" => {
                if let Some(claim) = facts.claims.get_mut(name) {
                    claim.deleting = true;
                }
            }
            _ => {
                if let Some(child) = facts.children.get_mut(&(kind, name.to_owned())) {
                    child.deleting = true;
                }
            }
        });
    }

    /// What was listed of the store that is not in use: of clusters whose members met there once,
    /// as its config object tells. Tells which.
    pub fn left_by_patroni(&mut self, all: &[Meta]) -> Vec<Key> {
        let other = self.store.other();
        let there = all.iter().filter(|meta| meta.deletion_timestamp.is_none());
        let of = |meta: &Meta| {
            let key = self.key(meta)?;
            let is_one = other.is_patronis_alone(&key.name, &meta.name);
            is_one.then(|| (key, meta.clone()))
        };
        let there: Vec<(Key, Meta)> = there.filter_map(of).collect();
        let tells = |(key, meta): &&(Key, Meta)| {
            let has = |name: &str| meta.annotations.contains_key(name);
            meta.name == names::config_object(&key.name) && (has("config") || has("initialize"))
        };
        let met: BTreeSet<Key> = there
            .iter()
            .filter(tells)
            .map(|(key, _)| key.clone())
            .collect();
        for (key, meta) in there.iter().filter(|(key, _)| met.contains(key)) {
            self.update(key, |facts| {
                let id = (other.kind(), meta.name.clone());
                facts.left_by_patroni.insert(id, meta.uid.clone());
            });
        }
        met.into_iter().collect()
    }

    /// A child object of this kind.
    pub fn child(&mut self, kind: &'static str, raw: &RawChild) -> Option<Key> {
        let key = self.living(&raw.metadata)?;
        let child = LiveChild::new(kind, raw);
        let id = (kind, raw.metadata.name.clone());
        let facts = self.entry(&key);
        let changed = match facts.children.get(&id) {
            Some(old) if !not_older(&old.resource_version, &child.resource_version) => return None,
            Some(old) => {
                old.uid != child.uid
                    || old.deleting != child.deleting
                    || old.owners != child.owners
                    || old.body != child.body
                    || old.revision != child.revision
            }
            None => true,
        };
        if kind == "StatefulSet" {
            facts.unseen = None;
        }
        facts.children.insert(id, child);
        changed.then_some(key)
    }

    /// A StatefulSet that was looked for, and found where no watch shows it: under other labels.
    pub fn unseen(&mut self, key: &Key, raw: &RawChild) {
        let child = LiveChild::new("StatefulSet", raw);
        let id = ("StatefulSet", key.name.clone());
        self.update(key, |facts| {
            if !facts.children.contains_key(&id) {
                facts.unseen = Some(child);
            }
        });
    }

    /// Clusters that had this object until somebody gave it another's label: they miss it now.
    pub fn relabelled(&mut self, kind: &'static str, meta: &Meta) -> Vec<Key> {
        let now = self.key(meta);
        let namespace = &meta.namespace;
        let lost: Vec<Key> = self
            .clusters
            .iter_mut()
            .filter(|(key, _)| key.namespace == *namespace && Some(*key) != now.as_ref())
            .filter_map(|(key, facts)| facts.lose(kind, &key.name, meta).then(|| key.clone()))
            .collect();
        for key in &lost {
            self.tidy(key);
        }
        lost
    }

    /// A child object that is gone.
    pub fn child_gone(&mut self, kind: &'static str, meta: &Meta) -> Option<Key> {
        let key = self.buried(meta)?;
        let facts = self.clusters.get_mut(&key)?;
        if !facts.lose(kind, &key.name, meta) {
            return None;
        }
        facts.applied.remove(&(kind, meta.name.clone()));
        facts.altered.remove(&(kind, meta.name.clone()));
        self.tidy(&key);
        Some(key)
    }

    /// An object of this kind that all clusters of its namespace share.
    pub fn shared(&mut self, kind: &'static str, raw: &RawChild) -> Vec<Key> {
        let child = LiveChild::new(kind, raw);
        let id = (kind, raw.metadata.namespace.clone());
        let same = self.shared.get(&id).is_some_and(|(_, old)| {
            old.uid == child.uid && old.body == child.body && old.deleting == child.deleting
        });
        self.shared.insert(id, (raw.metadata.name.clone(), child));
        if same {
            Vec::new()
        } else {
            self.in_namespace(&raw.metadata.namespace)
        }
    }

    /// A shared object that is gone.
    pub fn shared_gone(&mut self, kind: &'static str, meta: &Meta) -> Vec<Key> {
        let id = (kind, meta.namespace.clone());
        if self
            .shared
            .get(&id)
            .is_some_and(|(_, old)| old.uid == meta.uid)
        {
            self.shared.remove(&id);
            return self.in_namespace(&meta.namespace);
        }
        Vec::new()
    }

    pub(in crate::observe) fn in_namespace(&self, namespace: &str) -> Vec<Key> {
        self.clusters
            .keys()
            .filter(|key| key.namespace == namespace)
            .cloned()
            .collect()
    }

    /// A volume claim.
    pub fn claim(&mut self, raw: &RawClaim) -> Option<Key> {
        let meta = &raw.metadata;
        let key = self.living(meta)?;
        let mut claim = Claim {
            uid: meta.uid.clone(),
            deleting: meta.deletion_timestamp.is_some(),
            size: raw.spec.resources.requests.get("storage").cloned(),
            annotations: Annotations::new(&meta.annotations),
        };
        let old = self
            .entry(&key)
            .claims
            .insert(meta.name.clone(), claim.clone());
        // As with pods, annotations alone are no reason to look again.
        if let Some(old) = &old {
            claim.annotations = old.annotations.clone();
        }
        (old.as_ref() != Some(&claim)).then_some(key)
    }

    /// A volume claim that is gone.
    pub fn claim_gone(&mut self, meta: &Meta) -> Option<Key> {
        let key = self.buried(meta)?;
        let facts = self.clusters.get_mut(&key)?;
        if !facts.lose("PersistentVolumeClaim", &key.name, meta) {
            return None;
        }
        self.tidy(&key);
        Some(key)
    }
}

impl Facts {
    /// Takes an object out, this one and no other of the same name; whether it was there.
    pub(super) fn lose(&mut self, kind: &'static str, cluster: &str, meta: &Meta) -> bool {
        let (name, uid) = (&meta.name, &meta.uid);
        match kind {
            "Pod" => {
                let lost = self.pods.get(name).is_some_and(|pod| pod.uid == *uid);
                if lost {
                    self.pods.remove(name);
                    self.forget_answer(name);
                }
                lost
            }
            "ConfigMap" | "Endpoints" => {
                let lost = self.patroni_objects.get(name);
                let lost = lost.is_some_and(|object| object.uid == *uid);
                if lost {
                    self.patroni_objects.remove(name);
                    self.children.remove(&(kind, name.clone()));
                    self.forget_unseen_patroni(cluster);
                }
                lost
            }
            "PersistentVolumeClaim" => {
                let lost = self.claims.get(name).is_some_and(|claim| claim.uid == *uid);
                if lost {
                    self.claims.remove(name);
                }
                lost
            }
            _ => {
                let id = (kind, name.clone());
                let lost = self
                    .children
                    .get(&id)
                    .is_some_and(|child| child.uid == *uid);
                if lost {
                    self.children.remove(&id);
                }
                lost
            }
        }
    }

    /// What Patroni's objects said goes with them.
    pub(in crate::observe) fn forget_unseen_patroni(&mut self, cluster: &str) {
        let has = |name: &str| self.patroni_objects.contains_key(name);
        let leader = [Store::ConfigMaps, Store::Endpoints]
            .iter()
            .any(|store| has(&store.leader(cluster)));
        let config = has(&names::config_object(cluster));
        let sync = has(&Store::sync(cluster));
        self.leader.take_if(|_| !leader);
        self.config.take_if(|_| !config);
        self.sync.take_if(|_| !sync);
    }
}

impl LiveChild {
    pub(in crate::observe) fn new(kind: &'static str, raw: &RawChild) -> Self {
        let mut body: BTreeMap<&str, serde_json::Value> = raw
            .body
            .iter()
            .filter(|(key, _)| key.as_str() != "status")
            .map(|(key, value)| (key.as_str(), value.clone()))
            .collect();
        // Items of a list come without these two.
        body.insert("apiVersion", kinds::api_version(kind).into());
        body.insert("kind", kind.into());
        body.insert(
            "metadata",
            serde_json::json!({
                "name": raw.metadata.name,
                "namespace": raw.metadata.namespace,
                "labels": raw.metadata.labels,
                "annotations": raw.metadata.annotations,
                "ownerReferences": raw.metadata.owner_references,
            }),
        );
        Self {
            uid: raw.metadata.uid.clone(),
            resource_version: raw.metadata.resource_version.clone(),
            deleting: raw.metadata.deletion_timestamp.is_some(),
            body: serde_json::to_string(&body).unwrap_or_default().into(),
            has_finalizers: !raw.metadata.finalizers.is_empty(),
            revision: revision(raw),
            owners: raw.metadata.owners,
        }
    }
}

/// The revision that a StatefulSet's controller makes pods from now; `None` while it has not seen the
/// newest version.
fn revision(raw: &RawChild) -> Option<String> {
    let status = raw.body.get("status")?;
    let seen = status.get("observedGeneration")?.as_i64()?;
    let revision = status.get("updateRevision")?.as_str()?;
    (seen >= raw.metadata.generation).then(|| revision.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::observe::world::Labels;

    fn meta(name: &str, cluster: &str, annotations: Value) -> Meta {
        let meta = json!({
            "name": name, "namespace": "n", "uid": format!("uid-of-{name}"), "resourceVersion": "7",
            "labels": {"cluster-name": cluster}, "annotations": annotations,
        });
        serde_json::from_value(meta).expect("metadata")
    }

    /// Of ConfigMaps in use, Endpoints are left: but those of Services, and of clusters that never
    /// met there or are not known, are not Patroni's.
    #[test]
    fn what_patroni_left_is_told_by_its_config() {
        let mut world = World::new(Labels {
            cluster_name: "cluster-name".to_owned(),
            role: "spilo-role".to_owned(),
            ready_node: Default::default(),
        });
        for cluster in ["main", "new"] {
            let leader = meta(&format!("{cluster}-leader"), cluster, json!({}));
            world.patroni(&leader, std::time::Duration::ZERO);
        }
        let found = [
            meta("main", "main", json!({"leader": "main-0"})),
            meta("main-repl", "main", json!({})),
            meta("main-config", "main", json!({"initialize": "7"})),
            meta("main-failover", "main", json!({})),
            meta("new-config", "new", json!({"somebody": "else's"})),
            meta("unknown-config", "unknown", json!({"config": "{}"})),
        ];
        let told = world.left_by_patroni(&found);
        let names: Vec<&str> = told.iter().map(|key| key.name.as_str()).collect();
        assert_eq!(names, ["main", "unknown"]);
        let left = |name: &str| -> Vec<String> {
            let clusters = world.clusters().filter(|(key, _)| key.name == name);
            let all = clusters.flat_map(|(_, facts)| facts.left_by_patroni.keys());
            all.map(|(kind, name)| format!("{kind} {name}")).collect()
        };
        assert_eq!(
            left("main"),
            ["Endpoints main-config", "Endpoints main-failover"]
        );
        assert!(left("new").is_empty() && left("unknown").is_empty());
    }
}
