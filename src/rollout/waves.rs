//! Targets cut into waves. Two that depend on one another are never in one.

use super::strategy::{Cut, Strategy};
use crate::names;

/// What of a target matters for its wave.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Candidate {
    /// Its Kubernetes cluster.
    pub cluster_uid: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// No two of a group are in one wave.
    pub group: Option<String>,
    /// PostgreSQL's name for its data, if it is known.
    pub system_identifier: Option<String>,
    /// The Postgres cluster that it is a standby of, in each way in which that is known.
    pub follows: Vec<Follows>,
    /// Value of the label that waves are cut by.
    pub label: String,
}

/// A Postgres cluster that a standby follows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Follows {
    /// The one of this uid.
    Uid(String),
    /// One of this name, wherever it is.
    Named {
        /// Its namespace.
        namespace: String,
        /// Its name, or that of a Service of it.
        name: String,
    },
    /// One that has the same data: the source itself, or another that has its data from there.
    SystemIdentifier(String),
}

impl Follows {
    fn is(&self, other: &Candidate) -> bool {
        match self {
            Self::Uid(uid) => *uid == other.uid,
            Self::SystemIdentifier(of) => other.system_identifier.as_ref() == Some(of),
            Self::Named { namespace, name } => {
                *namespace == other.namespace
                    && (*name == names::primary_service(&other.name)
                        || *name == names::replica_service(&other.name))
            }
        }
    }
}

impl Candidate {
    /// Whether the two may not be in one wave.
    pub fn conflicts_with(&self, other: &Self) -> bool {
        let is_end = |a: &Self, b: &Self| a.follows.iter().any(|end| end.is(b));
        (self.group.is_some() && self.group == other.group)
            || is_end(self, other)
            || is_end(other, self)
    }
}

/// The wave of each candidate, from 1. Their order is kept, but for those that have to wait for a
/// later wave because of one that is in this one.
pub fn cut(candidates: &[Candidate], strategy: &Strategy) -> Vec<u32> {
    let mut waves = vec![0; candidates.len()];
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    let mut number = 0;
    let mut wave = |left: &mut Vec<usize>, most: usize, of: &dyn Fn(usize) -> bool| {
        let mut taken: Vec<usize> = Vec::new();
        left.retain(|index| {
            let fits = taken.len() < most
                && of(*index)
                && !taken
                    .iter()
                    .any(|other| candidates[*other].conflicts_with(&candidates[*index]));
            if fits {
                taken.push(*index);
            }
            !fits
        });
        if !taken.is_empty() {
            number += 1;
        }
        for index in taken {
            waves[index] = number;
        }
    };
    let all = |_: usize| true;
    wave(&mut left, strategy.canary as usize, &all);
    match &strategy.waves {
        Cut::Sizes(sizes) => {
            for size in sizes {
                wave(&mut left, size.of(candidates.len()), &all);
            }
        }
        Cut::Contexts {} => {
            for key in distinct(candidates.iter().map(|one| one.cluster_uid.as_str())) {
                let here = |index: usize| candidates[index].cluster_uid == key;
                wave(&mut left, usize::MAX, &here);
            }
        }
        Cut::Label(_) => {
            let mut keys = distinct(candidates.iter().map(|one| one.label.as_str()));
            keys.sort_unstable();
            for key in keys {
                let here = |index: usize| candidates[index].label == key;
                wave(&mut left, usize::MAX, &here);
            }
        }
    }
    while !left.is_empty() {
        wave(&mut left, usize::MAX, &all);
    }
    waves
}

/// Each once, in the order of their first appearance.
fn distinct<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for key in keys {
        if !found.contains(&key) {
            found.push(key);
        }
    }
    found
}
