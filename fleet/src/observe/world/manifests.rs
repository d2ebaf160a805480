//! Manifests, and what was changed in them.

use std::sync::Arc;

use k8s_openapi::jiff::Timestamp;
use pg_core::postgresql::Postgresql;

use super::{World, not_older, own_key};
use crate::observe::{
    edits::Edits,
    facts::Key,
    object::{Guarded, Meta},
};

impl World {
    /// What was changed in each manifest.
    pub fn edits(&self) -> &Edits {
        &self.edits
    }

    /// A manifest; what was changed in it is noted.
    pub fn manifest(&mut self, manifest: Guarded<Postgresql>) -> Option<Key> {
        let key = own_key(&manifest.metadata);
        if self.graves.holds(&manifest.metadata) {
            return None;
        }
        let facts = self.entry(&key);
        let (changed, other) = match &facts.manifest {
            None => (true, false),
            Some(old)
                if !not_older(
                    &old.metadata.resource_version,
                    &manifest.metadata.resource_version,
                ) =>
            {
                return None;
            }
            Some(old) => {
                let (a, b) = (&old.metadata, &manifest.metadata);
                let other = a.uid != b.uid;
                let changed = other
                    || a.generation != b.generation
                    || a.annotations != b.annotations
                    || a.labels != b.labels
                    || a.finalizers != b.finalizers
                    || a.deletion_timestamp != b.deletion_timestamp;
                (changed, other)
            }
        };
        if other {
            // Another cluster under the same name: what was asked of the old one says nothing.
            facts.forget_answers();
            facts.secrets.clear();
            facts.lost_secrets.clear();
            facts.rotated.clear();
            facts.applied.clear();
            facts.altered.clear();
            facts.restarted.clear();
            facts.patched = None;
            facts.sql = None;
            facts.replication = None;
            facts.troubles.clear();
        }
        let after = Arc::new(manifest);
        let before = facts.manifest.replace(Arc::clone(&after));
        if let Some(before) = before.filter(|_| !other)
            && before.metadata.generation != after.metadata.generation
            && let (Ok(before), Ok(after)) = (&before.object, &after.object)
        {
            let at = Timestamp::now();
            self.edits.add(&key, &before.spec, &after.spec, at);
        }
        changed.then_some(key)
    }

    /// A manifest that is gone.
    pub fn manifest_gone(&mut self, meta: &Meta) -> Option<Key> {
        let key = own_key(meta);
        self.graves.bury(meta);
        let facts = self.clusters.get_mut(&key)?;
        facts
            .manifest
            .take_if(|manifest| manifest.metadata.uid == meta.uid)?;
        self.edits.forget(&key);
        self.tidy(&key);
        Some(key)
    }
}
