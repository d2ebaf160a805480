//! What is written down of clusters that were deleted without the finalizer.

use super::World;
use crate::observe::{
    facts::Key,
    object::Meta,
    record::{RawRecord, Record},
};

impl World {
    /// What is written down of a cluster. What does not say that one was deleted is left alone.
    pub fn record(&mut self, raw: &RawRecord) -> Option<Key> {
        if self.graves.holds(&raw.metadata) {
            return None;
        }
        let (key, record) = match Record::read(raw) {
            Ok(read) => read,
            Err(why) => {
                let name = &raw.metadata.name;
                tracing::warn!(name, why, "no cluster goes by this ConfigMap; delete it");
                return None;
            }
        };
        let facts = self.entry(&key);
        facts
            .told
            .take_if(|told| told.manifest.metadata.uid == record.of());
        let before = facts.record.replace(record.clone());
        let changed = before.is_none_or(|before| before.uid != record.uid);
        changed.then_some(key)
    }

    /// What was written down is taken back, or done.
    pub fn record_gone(&mut self, meta: &Meta) -> Option<Key> {
        self.graves.bury(meta);
        self.record_forgotten(&meta.uid)
    }

    /// The same, where it was deleted by us.
    pub fn record_forgotten(&mut self, uid: &str) -> Option<Key> {
        let mut all = self.clusters.iter_mut();
        let key = all.find_map(|(key, facts)| {
            let taken = facts.record.take_if(|record| record.uid == uid);
            taken.map(|_| key.clone())
        })?;
        self.tidy(&key);
        Some(key)
    }

    /// Nothing is to come of a manifest that was told to be deleted.
    pub fn untold(&mut self, key: &Key) {
        self.update(key, |facts| facts.told = None);
        self.tidy(key);
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, time::Duration};

    use pg_core::{names::FINALIZER, postgresql::Postgresql};
    use serde_json::{Value, json};

    use super::*;
    use crate::observe::{listed::Listed, object::Guarded, record, world::Labels};

    const AT: Duration = Duration::from_secs(7);

    fn world() -> World {
        World::new(Labels {
            cluster_name: "cluster-name".to_owned(),
            role: "spilo-role".to_owned(),
            ready_node: Default::default(),
        })
    }

    fn key() -> Key {
        Key {
            namespace: "n".to_owned(),
            name: "main".to_owned(),
        }
    }

    fn raw(uid: &str, version: u32, finalizers: &[&str]) -> Value {
        json!({
            "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
            "metadata": {
                "name": "main", "namespace": "n", "uid": uid, "finalizers": finalizers,
                "resourceVersion": version.to_string(),
            },
            "spec": {
                "teamId": "acid", "numberOfInstances": 1, "volume": {"size": "1Gi"},
                "postgresql": {"version": "17"},
            },
        })
    }

    fn manifest(uid: &str, version: u32, finalizers: &[&str]) -> Guarded<Postgresql> {
        serde_json::from_value(raw(uid, version, finalizers)).expect("a manifest")
    }

    fn written(of: &str, uid: &str) -> RawRecord {
        let manifest = serde_json::from_value(raw(of, 1, &[])).expect("a manifest");
        let now = "2026-11-21T12:00:00Z";
        let mut body = record::body(&key(), &manifest, now.parse().expect("a time")).expect("JSON");
        body["metadata"]["uid"] = json!(uid);
        body["metadata"]["creationTimestamp"] = json!(now);
        body["metadata"]["namespace"] = json!("own");
        serde_json::from_value(body).expect("a ConfigMap")
    }

    fn is_told(world: &World) -> bool {
        let facts = world.facts(&key());
        facts.is_some_and(|facts| facts.told.is_some())
    }

    #[test]
    fn only_a_watch_tells_a_deletion_and_only_without_the_finalizer() {
        let bare: &[&str] = &["other.example/x"];
        let held: &[&str] = &["other.example/x", FINALIZER];
        for (before, last, expected) in [
            (bare, bare, true),
            (held, held, false),
            // By whoever ended it, with the write that took the finalizer off.
            (held, bare, false),
            (bare, held, false),
        ] {
            let mut world = world();
            world.manifest(manifest("u", 1, before));
            let told = world.manifest_deleted(&manifest("u", 2, last), AT);
            assert_eq!(told, Some(key()), "{before:?} {last:?}");
            assert_eq!(is_told(&world), expected, "{before:?} {last:?}");
            assert!(
                world
                    .facts(&key())
                    .is_none_or(|facts| facts.manifest.is_none())
            );
        }
        let mut world = world();
        world.manifest(manifest("u", 1, bare));
        world.listed(Listed::Manifests, "", &HashSet::new());
        assert!(!is_told(&world), "a list tells nothing");
        world.manifest_deleted(&manifest("u", 2, bare), AT);
        assert!(!is_told(&world), "nobody knows what it was before");
        world.manifest(manifest("v", 3, bare));
        world.manifest_deleted(&manifest("u", 2, bare), AT);
        assert!(!is_told(&world), "another one");
    }

    #[test]
    fn what_was_told_is_kept_until_it_is_written_down_or_overtaken() {
        let told = || {
            let mut world = world();
            world.manifest(manifest("u", 1, &[]));
            world.manifest_deleted(&manifest("u", 2, &[]), AT);
            assert!(is_told(&world));
            world
        };
        let mut world = told();
        world.by_namespace();
        assert!(world.namespaces().contains("n"), "it is listed there still");
        world.record(&written("u", "r"));
        assert!(!is_told(&world));
        assert!(world.namespaces().contains("n"));
        let mut world = told();
        world.record(&written("earlier", "r"));
        assert!(is_told(&world));
        world.manifest(manifest("v", 3, &[]));
        assert!(!is_told(&world), "a later one takes up what is left");
        let mut world = told();
        world.untold(&key());
        assert_eq!(world.clusters().count(), 0);
    }

    #[test]
    fn what_is_written_down_is_the_manifest_until_it_goes() {
        let mut world = world();
        assert_eq!(world.record(&written("u", "r")), Some(key()));
        assert_eq!(world.record(&written("u", "r")), None, "no news");
        let ghost = world.snapshot(&key()).expect("a cluster");
        assert!(ghost.is_ghost() && ghost.postgresql().is_some());
        assert!(
            world
                .facts(&key())
                .is_some_and(|facts| facts.manifest.is_none())
        );
        // An old list, and the event that belongs to it.
        world.manifest(manifest("u", 1, &[]));
        assert!(world.snapshot(&key()).is_some_and(|facts| facts.is_ghost()));
        world.manifest_deleted(&manifest("u", 2, &[]), AT);
        assert!(!is_told(&world), "it is written down");
        // A later one.
        world.manifest(manifest("v", 3, &[]));
        let facts = world.snapshot(&key()).expect("a cluster");
        assert!(!facts.is_ghost() && facts.record.is_some());
        // Whatever namespace is listed: it lies in our own.
        world.listed(Listed::Records, "own", &["r".to_owned()].into());
        assert!(
            world
                .snapshot(&key())
                .is_some_and(|facts| facts.record.is_some())
        );
        world.listed(Listed::Records, "own", &HashSet::new());
        assert!(
            world
                .snapshot(&key())
                .is_some_and(|facts| facts.record.is_none())
        );
    }

    #[test]
    fn one_that_is_gone_leaves_nothing() {
        let mut world = world();
        world.record(&written("u", "r"));
        assert_eq!(world.record_gone(&written("u", "another").metadata), None);
        assert_eq!(world.record_gone(&written("u", "r").metadata), Some(key()));
        assert_eq!(world.clusters().count(), 0);
        // What comes from a backup was made anew.
        let mut restored = written("u", "s");
        restored.metadata.creation_timestamp = "2026-11-22T12:00:00Z".parse().ok();
        assert_eq!(world.record(&restored), None);
        assert_eq!(world.clusters().count(), 0);
    }
}
