//! How each target is, by all slices and operations as they were just read: what has failed, and what
//! a person's word changes about it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

use super::{
    control::excluded,
    resource::{Rollout, State, Target, TargetStatus, Word},
    standing::Failure,
    strategy::{Offline, Strategy},
    target::{seen_by_driver, word},
};
use crate::operation::Operation;

/// One slice as it was read, and after it the operations of this rollout beside it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The slice.
    pub slice: Rollout,
    /// All operations of this rollout there; of one that does not answer, with those that were sent
    /// there since, whatever came of it.
    pub operations: Vec<Operation>,
    /// That API server's time.
    pub at: Timestamp,
    /// How long it has not answered; all else is from before. `None`: it did.
    pub silent: Option<Duration>,
}

/// All slices, by uid of their Kubernetes clusters.
pub type Fleet = BTreeMap<String, Seen>;

/// A target with how it is.
#[derive(Clone, Debug)]
pub struct Standpoint<'a> {
    /// Its Kubernetes cluster.
    pub cluster_uid: &'a str,
    /// What is seen there.
    pub seen: &'a Seen,
    /// The target.
    pub target: &'a Target,
    /// How it is.
    pub status: TargetStatus,
}

impl Standpoint<'_> {
    /// How long ago that was, by the clock of its Kubernetes cluster.
    pub(super) fn since(&self, then: Timestamp) -> Duration {
        Duration::try_from(self.seen.at.duration_since(then)).unwrap_or_default()
    }

    fn word(&self) -> Option<&Word> {
        word(&self.seen.slice.spec.control, self.target)
    }

    /// Whether a person left it out: it takes its place while its operation goes on, and nobody
    /// waits for it.
    pub fn is_left_out(&self) -> bool {
        self.status.state == State::Skipped || self.word().is_some_and(|word| word.skip)
    }

    /// Whether its operation is done, and the cluster not healthy yet.
    pub(super) fn is_unwell(&self) -> bool {
        self.status.state == State::Succeeded && self.status.healthy_since.is_none()
    }

    /// Why it has failed, if it has: it did not come about, or not in time, or nobody can tell.
    pub fn failure(&self, strategy: &Strategy) -> Option<String> {
        if self.is_left_out() {
            return None;
        }
        let status = &self.status;
        let deadline = Duration::from_secs(strategy.deadline_seconds.into());
        // Whoever said that it is tried again gave it as long once more.
        let again = self.word().and_then(|word| word.at.as_ref());
        let began = status.started_at.as_ref().max(again);
        let late = began.is_some_and(|began| self.since(began.0) > deadline);
        let lost = strategy.offline == Offline::Wait && self.seen.silent > Some(deadline);
        let minutes = strategy.deadline_seconds.div_ceil(60);
        match status.state {
            State::Failed => Some(status.reason.clone().unwrap_or_default()),
            State::Succeeded if !self.is_unwell() => None,
            _ if lost => Some("its context does not answer".to_owned()),
            State::Running if late => Some(format!("still runs after {minutes} min")),
            State::Succeeded if late => Some(format!("not healthy again after {minutes} min")),
            _ => None,
        }
    }
}

/// Every target of all slices but those that were given up, in the order of the plan.
pub fn standpoints(fleet: &Fleet) -> Vec<Standpoint<'_>> {
    let given_up = excluded(fleet.values().map(|seen| &seen.slice.spec.control));
    let mut all: Vec<Standpoint<'_>> = fleet
        .iter()
        .filter(|(uid, _)| !given_up.contains(*uid))
        .flat_map(|(uid, seen)| {
            seen.slice
                .spec
                .plan
                .targets
                .iter()
                .map(move |target| Standpoint {
                    cluster_uid: uid,
                    seen,
                    target,
                    status: seen_by_driver(target, &seen.slice, &seen.operations),
                })
        })
        .collect();
    all.sort_by_key(|one| one.target.order);
    all
}

/// What a person's `retry` says of each target that failed, did not come about in time, or was left
/// out, of all or of `only` these; as whom they are known in each Kubernetes cluster.
pub fn tried_again(
    fleet: &Fleet,
    only: Option<&BTreeSet<String>>,
    users: &BTreeMap<String, String>,
) -> BTreeMap<String, Word> {
    let all = standpoints(fleet).into_iter();
    all.filter(|one| only.is_none_or(|only| only.contains(&one.target.uid)))
        .filter(|one| {
            let strategy = &one.seen.slice.spec.plan.strategy;
            one.is_left_out() || one.failure(strategy).is_some()
        })
        .map(|one| {
            let word = Word {
                uid: one.target.uid.clone(),
                skip: false,
                retry: one.status.attempt.max(1),
                by: users.get(one.cluster_uid).cloned().unwrap_or_default(),
                at: Some(Time(one.seen.at)),
            };
            (word.uid.clone(), word)
        })
        .collect()
}

/// Whether the others have ended without a Kubernetes cluster that did not answer then.
pub fn was_passed_over(fleet: &Fleet) -> bool {
    let ended = |seen: &Seen| seen.slice.spec.control.finished_at.is_some();
    let all = standpoints(fleet);
    let mut pending = all.iter().filter(|one| one.status.state == State::Pending);
    fleet.values().any(ended) && pending.any(|one| !ended(one.seen))
}

/// All that have failed.
pub fn failures(fleet: &Fleet) -> Vec<Failure> {
    failed(&standpoints(fleet))
}

/// Whether more have failed than may, as things are.
pub fn has_failed(fleet: &Fleet) -> bool {
    let controls = || fleet.values().map(|seen| &seen.slice.spec.control);
    let wave = controls().map(|control| control.wave).max().unwrap_or(0);
    let plan = fleet.values().next().map(|seen| &seen.slice.spec.plan);
    plan.is_some_and(|plan| failures(fleet).len() > plan.strategy.may_fail(wave))
}

/// The same of these.
pub(super) fn failed(all: &[Standpoint<'_>]) -> Vec<Failure> {
    let failure = |one: &Standpoint<'_>| {
        Some(Failure {
            cluster_uid: one.cluster_uid.to_owned(),
            target: one.target.clone(),
            reason: one.failure(&one.seen.slice.spec.plan.strategy)?,
        })
    };
    all.iter().filter_map(failure).collect()
}
