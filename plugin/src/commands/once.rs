//! Two contexts that are one Kubernetes cluster count once: an object is known by its uid, and by
//! the certificates of the API server that shows it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{cluster::Cluster, output::Screen};

/// The objects that were seen.
#[derive(Debug, Default)]
pub struct Once {
    /// The first context of each, by uid and by the mark of its API server.
    seen: BTreeMap<String, BTreeMap<u64, String>>,
    doubles: BTreeSet<(String, String)>,
    copies: BTreeSet<(String, String)>,
    said: usize,
}

impl Once {
    /// Whether an object was not seen before. One without a uid always is new.
    pub fn is_new(&mut self, context: &str, mark: u64, uid: &str) -> bool {
        if uid.is_empty() {
            return true;
        }
        let marks = self.seen.entry(uid.to_owned()).or_default();
        if let Some(first) = marks.get(&mark) {
            // Named twice in one context, it is no double of that context.
            if first != context {
                self.doubles.insert((context.to_owned(), first.clone()));
            }
            return false;
        }
        if let Some(other) = marks.values().next() {
            self.copies.insert((context.to_owned(), other.clone()));
        }
        marks.insert(mark, context.to_owned());
        true
    }

    /// The same of a cluster.
    pub fn is_new_cluster(&mut self, cluster: &Cluster) -> bool {
        let context = &cluster.context;
        self.is_new(&context.name, context.mark(), cluster.uid())
    }

    /// Contexts that showed what another had shown, each with that one.
    pub fn doubles(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.doubles.iter();
        pairs.map(|(context, first)| (context.as_str(), first.as_str()))
    }

    /// Of two that may be copies of one another, what to know.
    pub fn copied(&self) -> Option<String> {
        self.copies.first().map(copy)
    }

    /// Says what was seen twice since it was last said.
    pub fn say(&mut self, screen: &Screen) {
        let found = self.doubles.len() + self.copies.len();
        if self.said == found {
            return;
        }
        for pair in &self.copies {
            screen.warn(&copy(pair));
        }
        for pair in &self.doubles {
            screen.note(&double(pair));
        }
        self.said = found;
    }
}

/// Two contexts that lead to one Kubernetes cluster.
pub fn double((context, first): &(String, String)) -> String {
    format!("{context} is the same Kubernetes cluster as {first}; it counts once")
}

/// Two Kubernetes clusters of which one was made from the other's state.
pub fn copy((context, other): &(String, String)) -> String {
    format!(
        "{other} and {context} have the same uid but different certificates: one may be a copy of the other"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_counts_once_behind_one_certificate() {
        let mut once = Once::default();
        let table = [
            ("east", 1, "a", true),
            // Named twice.
            ("east", 1, "a", false),
            ("east-again", 1, "a", false),
            ("east-again", 1, "b", true),
            ("copy", 2, "a", true),
            ("west", 2, "c", true),
            ("west", 2, "", true),
            ("west", 2, "", true),
        ];
        for (context, mark, uid, new) in table {
            assert_eq!(once.is_new(context, mark, uid), new, "{context} {uid}");
        }
        let pair = |a: &str, b: &str| BTreeSet::from([(a.to_owned(), b.to_owned())]);
        assert_eq!(once.doubles, pair("east-again", "east"));
        assert_eq!(once.copies, pair("copy", "east"));
        assert!(once.copied().is_some());
    }
}
