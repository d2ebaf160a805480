//! Slices of rollouts.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use pg_core::rollout::Rollout;

use super::{World, not_older};
use crate::observe::{
    facts::{Facts, Key},
    object::{Guarded, Meta},
};

/// All slices, by namespace and name.
pub type Rollouts = BTreeMap<(String, String), Arc<Rollout>>;

fn version(slice: &Rollout) -> &str {
    slice
        .metadata
        .resource_version
        .as_deref()
        .unwrap_or_default()
}

impl World {
    /// All slices.
    pub fn rollouts(&self) -> impl Iterator<Item = &Arc<Rollout>> {
        self.rollouts.values()
    }

    /// Those that name a cluster and have not ended.
    pub(super) fn rollouts_on(&self, key: &Key, facts: &Facts) -> Vec<Arc<Rollout>> {
        let Some(meta) = facts.meta() else {
            return Vec::new();
        };
        let names = |slice: &&Arc<Rollout>| {
            let mut targets = slice.spec.plan.targets.iter();
            targets.any(|one| one.uid == meta.uid && one.namespace == key.namespace)
        };
        self.rollouts().filter(names).cloned().collect()
    }

    /// A slice. Of one that has ended only the frame is kept: there may be many.
    pub fn rollout(&mut self, slice: Guarded<Rollout>) {
        let id = (
            slice.metadata.namespace.clone(),
            slice.metadata.name.clone(),
        );
        let Ok(mut object) = slice.object else {
            return;
        };
        if self.graves.holds(&slice.metadata) {
            return;
        }
        let known = self.rollouts.get(&id);
        if known.is_some_and(|known| !not_older(version(known), version(&object))) {
            return;
        }
        if let Some(status) = &mut object.status
            && status.ended_at.is_some()
        {
            status.targets = Vec::new();
            object.spec.plan.targets = Vec::new();
            object.spec.plan.participants = Vec::new();
        }
        self.rollouts.insert(id, Arc::new(object));
    }

    /// A slice that is gone.
    pub fn rollout_gone(&mut self, meta: &Meta) {
        self.graves.bury(meta);
        let id = (meta.namespace.clone(), meta.name.clone());
        let known = self.rollouts.get(&id);
        if known.is_some_and(|known| known.metadata.uid.as_ref() == Some(&meta.uid)) {
            self.rollouts.remove(&id);
        }
    }

    /// There is no slice of this name.
    pub fn no_rollout(&mut self, namespace: &str, name: &str) {
        self.rollouts
            .remove(&(namespace.to_owned(), name.to_owned()));
    }

    /// After a whole list: what was not in it is gone.
    pub fn rollouts_listed(&mut self, seen: &HashSet<String>) {
        let is_seen = |slice: &Rollout| {
            slice
                .metadata
                .uid
                .as_ref()
                .is_some_and(|uid| seen.contains(uid))
        };
        self.rollouts.retain(|_, slice| is_seen(slice));
    }
}
