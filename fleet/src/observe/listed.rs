//! A list that was read to its end also tells what is gone: everything of its kind that was not in
//! it. Events of deletions that were missed come in this way.

use std::collections::HashSet;

use super::{
    facts::{Facts, Key},
    world::World,
};

/// Which kind a finished list was of.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Listed {
    /// Manifests.
    Manifests,
    /// Pods.
    Pods,
    /// Patroni's objects.
    Patroni,
    /// Children of one kind.
    Children(&'static str),
    /// Volume claims.
    Claims,
    /// Operations.
    Operations,
    /// Slices of rollouts.
    Rollouts,
    /// Objects that the clusters of a namespace share.
    Shared(&'static str),
    /// Nodes.
    Nodes,
    /// `PostgresTeam` resources.
    Teams,
    /// What is written down of clusters that were deleted.
    Records,
}

impl Listed {
    /// What is not asked for by cluster.
    pub const OF_ALL: [Self; 8] = [
        Self::Manifests,
        Self::Operations,
        Self::Rollouts,
        Self::Nodes,
        Self::Teams,
        Self::Records,
        Self::Shared(SHARED[0]),
        Self::Shared(SHARED[1]),
    ];
}

/// Kinds that all clusters of a namespace share, found by their name.
pub const SHARED: [&str; 2] = ["ServiceAccount", "RoleBinding"];

impl World {
    /// After a whole list of a namespace, or of all (`""`): everything of this kind there that was
    /// not in it is gone.
    pub fn listed(&mut self, kind: Listed, namespace: &str, seen: &HashSet<String>) -> Vec<Key> {
        self.lists.insert(kind);
        let mut changed = Vec::new();
        // Those of all namespaces lie in one.
        let everywhere = namespace.is_empty() || kind == Listed::Records;
        let is_there = |of: &str| everywhere || of == namespace;
        if let Listed::Shared(kind) = kind {
            let gone: Vec<_> = self
                .shared
                .iter()
                .filter(|((of, at), (_, child))| {
                    *of == kind && is_there(at) && !seen.contains(&child.uid)
                })
                .map(|(id, _)| id.clone())
                .collect();
            for id in gone {
                self.shared.remove(&id);
                changed.extend(self.in_namespace(&id.1));
            }
            return changed;
        }
        if kind == Listed::Rollouts {
            self.rollouts_listed(seen);
            return changed;
        }
        if kind == Listed::Teams {
            return self.teams_listed(seen);
        }
        if kind == Listed::Nodes {
            self.cordoned.retain(|_, uid| seen.contains(uid));
            return changed;
        }
        for (key, facts) in &mut self.clusters {
            if is_there(&key.namespace) && facts.keep(kind, &key.name, seen) {
                changed.push(key.clone());
            }
        }
        for key in &changed {
            self.tidy(key);
        }
        changed
    }

    /// After a whole list of what belongs to one cluster: what was not in it is gone.
    pub fn listed_of(&mut self, key: &Key, kind: Listed, seen: &HashSet<String>) {
        self.update(key, |facts| {
            facts.keep(kind, &key.name, seen);
        });
    }
}

impl Facts {
    /// Keeps what was seen; whether something is gone.
    fn keep(&mut self, kind: Listed, cluster: &str, seen: &HashSet<String>) -> bool {
        let before = self.len_of(kind);
        match kind {
            Listed::Manifests => {
                self.manifest
                    .take_if(|manifest| !seen.contains(&manifest.metadata.uid));
            }
            Listed::Records => {
                self.record.take_if(|record| !seen.contains(&record.uid));
            }
            Listed::Pods => self.pods.retain(|_, pod| seen.contains(&pod.uid)),
            Listed::Patroni => {
                self.patroni_objects
                    .retain(|_, object| seen.contains(&object.uid));
                self.children
                    .retain(|(of, _), child| *of != "Endpoints" || seen.contains(&child.uid));
            }
            Listed::Children(kind) => self
                .children
                .retain(|(of, _), child| *of != kind || seen.contains(&child.uid)),
            Listed::Claims => self.claims.retain(|_, claim| seen.contains(&claim.uid)),
            Listed::Operations => self
                .operations
                .retain(|_, operation| seen.contains(&operation.metadata.uid)),
            Listed::Shared(_) | Listed::Nodes | Listed::Rollouts | Listed::Teams => {}
        }
        let gone = self.len_of(kind) != before;
        if gone && kind == Listed::Patroni {
            self.forget_unseen_patroni(cluster);
        }
        gone
    }

    fn len_of(&self, kind: Listed) -> usize {
        match kind {
            Listed::Manifests => usize::from(self.manifest.is_some()),
            Listed::Records => usize::from(self.record.is_some()),
            Listed::Pods => self.pods.len(),
            Listed::Patroni => self.patroni_objects.len(),
            Listed::Children(_) => self.children.len(),
            Listed::Claims => self.claims.len(),
            Listed::Operations => self.operations.len(),
            Listed::Shared(_) | Listed::Nodes | Listed::Rollouts | Listed::Teams => 0,
        }
    }
}
