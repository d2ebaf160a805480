//! A pod that still carries the primary's label though another member leads: seen in the lab when
//! a node is cut off, because Patroni on it cannot take its own label off. Clients of the Service
//! would reach both.
//!
//! The label is taken off only on proof (safety.md §3): the leader object, read live, names
//! another member, that member carries the label itself and runs as primary on a higher timeline.
//! An expired lock, a node that is not ready or a silent REST API prove nothing.

use std::time::Duration;

use pg_core::{names::ROLE_PRIMARY, patroni::MemberAnswer};

use super::{
    CLOSELY, View,
    action::Action,
    assess::{LIVE, LIVE_ENOUGH},
};
use crate::observe::pod::Pod;

/// How soon the leader is asked again that carries the label and does not say yet that it leads.
const SOON: Duration = Duration::from_millis(200);

/// What to do about a stale label, if there is one.
pub fn next(view: &View<'_>) -> Option<Action> {
    let suspicion = Suspicion::of(view)?;
    let leader = suspicion.leader;
    let timeline = |limit| {
        view.facts
            .answer(leader)
            .and_then(|answer| answer.within(view.now, limit))
            .filter(|answer| MemberAnswer::leads(answer))
            .and_then(|answer| answer.timeline)
    };
    let Some(proof) = timeline(LIVE) else {
        // It carries the label, and may be about to say that it leads: clients are waiting.
        return (suspicion.is_young && view.is_due(leader, SOON))
            .then(|| Action::Ask(vec![leader.to_owned()]));
    };
    let (stale, pod, _) = suspicion
        .labelled
        .into_iter()
        .find(|(_, _, timeline)| *timeline < proof)?;
    if view.is_due(leader, LIVE_ENOUGH) {
        return Some(Action::Ask(vec![leader.to_owned()]));
    }
    timeline(LIVE_ENOUGH)?;
    if view
        .facts
        .leader
        .as_ref()?
        .read_live
        .is_none_or(|at| view.now.age(at) > LIVE_ENOUGH)
    {
        return Some(Action::ReadLeader);
    }
    Some(Action::TakeRoleLabel {
        pod: stale.to_owned(),
        uid: pod.uid.clone(),
        resource_version: pod.resource_version.clone(),
    })
}

/// When to look again: every moment in which two carry the label, half of the clients wait.
pub fn look_again(view: &View<'_>) -> Option<Duration> {
    Suspicion::of(view)?.is_young.then_some(SOON)
}

/// Another pod than the leader's carries the label.
struct Suspicion<'a> {
    leader: &'a str,
    /// With the timeline that each last spoke of. A last word cannot unsay a timeline; without a
    /// word nothing is known.
    labelled: Vec<(&'a str, &'a Pod, i64)>,
    /// It may still become proof by itself.
    is_young: bool,
}

impl<'a> Suspicion<'a> {
    fn of(view: &View<'a>) -> Option<Self> {
        let facts = view.facts;
        let leader = facts.leader.as_ref()?.leader.member.as_deref()?;
        if facts.pods.get(leader)?.role.as_deref() != Some(ROLE_PRIMARY) {
            return None;
        }
        let labelled: Vec<_> = facts
            .ordered_pods(&view.key.name)
            .into_iter()
            .filter(|(_, name, pod)| *name != leader && pod.role.as_deref() == Some(ROLE_PRIMARY))
            .filter_map(|(_, name, pod)| Some((name, pod, pod.word.as_ref()?.timeline?)))
            .collect();
        (!labelled.is_empty()).then_some(Self {
            leader,
            labelled,
            is_young: view
                .unsettled_since
                .is_none_or(|since| view.now.age(since) <= CLOSELY),
        })
    }
}
