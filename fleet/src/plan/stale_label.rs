//! A pod that still carries the primary's label though another member leads: seen in the lab when
//! a node is cut off, because Patroni on it cannot take its own label off. Clients of the Service
//! would reach both.
//!
//! The label is taken off only on proof (safety.md §3): the leader object, read live, names
//! another member, that member carries the label itself and runs as primary on a higher timeline.
//! An expired lock, a node that is not ready or a silent REST API prove nothing.

use pg_core::{names::ROLE_PRIMARY, patroni::MemberAnswer};

use super::{
    View,
    action::Action,
    assess::{LIVE, LIVE_ENOUGH},
};

/// What to do about a stale label, if there is one.
pub fn next(view: &View<'_>) -> Option<Action> {
    let fact = view.facts.leader.as_ref()?;
    let leader = fact.leader.member.as_deref()?;
    if view.facts.pods.get(leader)?.role.as_deref() != Some(ROLE_PRIMARY) {
        return None;
    }
    let timeline = |limit| {
        view.facts
            .answer(leader)
            .and_then(|answer| answer.within(view.now, limit))
            .filter(|answer| MemberAnswer::leads(answer))
            .and_then(|answer| answer.timeline)
    };
    let proof = timeline(LIVE)?;
    let (_, stale, pod) = view
        .facts
        .ordered_pods(&view.key.name)
        .into_iter()
        .filter(|(_, name, pod)| *name != leader && pod.role.as_deref() == Some(ROLE_PRIMARY))
        // A last word cannot unsay a timeline; without a word nothing is known.
        .find(|(_, _, pod)| {
            pod.word
                .as_ref()
                .and_then(|word| word.timeline)
                .is_some_and(|stale| stale < proof)
        })?;
    if view.is_due(leader, LIVE_ENOUGH) {
        return Some(Action::Ask(vec![leader.to_owned()]));
    }
    timeline(LIVE_ENOUGH)?;
    if fact
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
