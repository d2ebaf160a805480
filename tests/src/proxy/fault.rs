//! What the line may suffer from.

use std::collections::{BTreeMap, BTreeSet};

use hyper::body::Bytes;

/// What is wrong with the API server, or with the way to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Every request is answered with this code.
    Answers(u16),
    /// Writes that begin with this (`PATCH secrets/`) are forbidden.
    Forbids(&'static str),
    /// Writes that begin with this meet another one, each time.
    Conflicts(&'static str),
    /// Requests are taken, and never answered.
    Silent,
    /// Lists of all objects of this kind (plural) are never answered.
    Withholds(&'static str),
    /// Answers bear no date.
    Undated,
    /// Connections are closed at once.
    Away,
    /// Watches stay open and say nothing; what happened meanwhile comes when it is over.
    FrozenWatches,
    /// Of so many events one is lost.
    LosesEvents(usize),
    /// Lists of these kinds (plural; none = of all) are answered as they were when it began, and
    /// their watches are frozen.
    Stale(BTreeSet<&'static str>),
}

impl Fault {
    /// Lists of all kinds are old.
    pub fn stale() -> Self {
        Self::Stale(BTreeSet::new())
    }

    /// Lists of one kind are old.
    pub fn stale_only(plural: &'static str) -> Self {
        Self::Stale(BTreeSet::from([plural]))
    }

    /// Whether lists and watches of this kind are old.
    pub(super) fn is_stale(&self, plural: &str) -> bool {
        matches!(self, Self::Stale(kinds) if kinds.is_empty() || kinds.contains(plural))
    }

    /// Whether a watch of this kind says nothing.
    pub(super) fn is_frozen(&self, plural: &str) -> bool {
        matches!(self, Self::FrozenWatches | Self::Silent) || self.is_stale(plural)
    }

    /// Whether open watches break off.
    pub(super) fn breaks(&self) -> bool {
        matches!(self, Self::Answers(_) | Self::Away)
    }
}

/// The last answer to each list, by its path and query.
#[derive(Default)]
pub(super) struct Lists {
    kept: BTreeMap<String, (http::response::Parts, Bytes)>,
}

impl Lists {
    pub(super) fn keep(&mut self, of: String, parts: http::response::Parts, body: Bytes) {
        self.kept.insert(of, (parts, body));
    }

    pub(super) fn get(&self, of: &str) -> Option<(http::response::Parts, Bytes)> {
        self.kept.get(of).cloned()
    }
}
