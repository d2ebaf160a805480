//! Manifests, and what was changed in them.

use std::{sync::Arc, time::Duration};

use k8s_openapi::jiff::Timestamp;
use pg_core::{names::FINALIZER, postgresql::Postgresql};

use super::{World, not_older, own_key};
use crate::observe::{
    edits::Edits,
    facts::{Facts, Key},
    object::{Guarded, Meta},
    record::Told,
};

/// Whether our finalizer is on it.
fn is_held(meta: &Meta) -> bool {
    meta.finalizers.iter().any(|one| one == FINALIZER)
}

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
        let uid = &manifest.metadata.uid;
        // A later one goes on with what there is.
        facts
            .told
            .take_if(|told| told.manifest.metadata.uid != *uid);
        let (changed, other) = match &facts.manifest {
            None => (true, true),
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
            facts.forget_manifest();
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

    /// A manifest that a watch tells to be deleted, as it was last. Where no finalizer of ours held
    /// it, that is kept for the planner: nothing else will tell it again.
    pub fn manifest_deleted(
        &mut self,
        manifest: &Guarded<Postgresql>,
        at: Duration,
    ) -> Option<Key> {
        let key = own_key(&manifest.metadata);
        let facts = self.clusters.get_mut(&key)?;
        let known = facts.manifest.as_ref()?;
        let is_this = known.metadata.uid == manifest.metadata.uid;
        // The last state may still bear what the write took off that ended it, and that of before
        // what it has lost since.
        let held = [&known.metadata, &manifest.metadata]
            .into_iter()
            .any(is_held);
        let is_written = facts
            .record
            .as_ref()
            .is_some_and(|record| record.of() == manifest.metadata.uid);
        if is_this && !held && !is_written {
            facts.told = Some(Told {
                manifest: Arc::new(manifest.clone()),
                at,
            });
        }
        self.manifest_gone(&manifest.metadata)
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

impl Facts {
    /// What was asked of another manifest under this name, or done for it, says nothing any more.
    fn forget_manifest(&mut self) {
        self.forget_answers();
        self.secrets.clear();
        self.lost_secrets.clear();
        self.deleted_secrets.clear();
        self.rotated.clear();
        self.applied.clear();
        self.altered.clear();
        self.restarted.clear();
        self.patched = None;
        self.sql = None;
        self.replication = None;
        self.troubles.clear();
    }
}
