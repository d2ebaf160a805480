//! Namespaces that are each listed by themselves, because rights are given in each of them alone
//! (`--scope namespaces`). What cannot be listed is not gone: nothing is decided about what lies
//! where not everything was listed.

use std::collections::{BTreeSet, HashMap};

use super::World;
use crate::observe::facts::{Facts, Key};

/// How far a namespace can be seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Sight {
    /// Everything in it was listed.
    Whole,
    /// It may not be entered; what is missing.
    Refused(String),
}

impl World {
    /// Namespaces are listed one by one from here on, and none was yet.
    pub fn by_namespace(&mut self) {
        self.within = Some(HashMap::new());
    }

    /// Everything in this namespace was listed. Tells its clusters.
    pub fn saw_all_in(&mut self, namespace: &str) -> Vec<Key> {
        self.sees(namespace, Some(Sight::Whole))
    }

    /// This namespace may not be entered, for this reason. Tells its clusters, unless that was
    /// known.
    pub fn refused_in(&mut self, namespace: &str, why: &str) -> Vec<Key> {
        self.sees(namespace, Some(Sight::Refused(why.to_owned())))
    }

    /// What lies in this namespace is about to be listed, or nobody looks there any more.
    pub fn unseen_in(&mut self, namespace: &str) {
        self.sees(namespace, None);
    }

    fn sees(&mut self, namespace: &str, sight: Option<Sight>) -> Vec<Key> {
        let Some(within) = &mut self.within else {
            return Vec::new();
        };
        let before = match sight.clone() {
            Some(sight) => within.insert(namespace.to_owned(), sight),
            None => within.remove(namespace),
        };
        if before == sight {
            return Vec::new();
        }
        self.in_namespace(namespace)
    }

    /// Why nothing can be done in this namespace, as far as that is known.
    pub fn refusal_in(&self, namespace: &str) -> Option<&str> {
        match self.within.as_ref()?.get(namespace)? {
            Sight::Refused(why) => Some(why),
            Sight::Whole => None,
        }
    }

    /// Whether everything of this cluster is still to be listed.
    pub fn is_awaited(&self, key: &Key) -> bool {
        !self.is_known(key) && self.refusal_in(&key.namespace).is_none()
    }

    /// Whether what is missing in this namespace is gone, once everything else was listed.
    pub(super) fn is_seen(&self, namespace: &str) -> bool {
        let Some(within) = &self.within else {
            return true;
        };
        within.get(namespace) == Some(&Sight::Whole)
    }

    /// The namespaces with manifests, or with what is left of one.
    pub fn namespaces(&self) -> BTreeSet<String> {
        let with_manifest = |facts: &&Facts| {
            facts.manifest.is_some() || facts.record.is_some() || facts.told.is_some()
        };
        self.clusters
            .iter()
            .filter(|(_, facts)| with_manifest(facts))
            .map(|(key, _)| key.namespace.clone())
            .collect()
    }
}
