//! A pod that still carries the primary's label though another member leads: seen in the lab when
//! a node is cut off, because Patroni on it cannot take its own label off. Clients of the Service
//! would reach both.
//!
//! The label is taken off only on proof (safety.md §3): the leader object, read live, names
//! another member, that member carries the label itself and runs as primary on a higher timeline.
//! An expired lock, a node that is not ready or a silent REST API prove nothing.

use std::time::Duration;

use pg_core::names::ROLE_PRIMARY;

use super::{View, action::Action};

const LIVE_ENOUGH: Duration = Duration::from_secs(2);

/// What to do about a stale label, if there is one.
pub fn next(view: &View<'_>) -> Option<Action> {
    let fact = view.facts.leader.as_ref()?;
    let leader = fact.leader.member.as_deref()?;
    let (_, stale, pod) = view
        .facts
        .ordered_pods(&view.key.name)
        .into_iter()
        .find(|(_, name, pod)| *name != leader && pod.role.as_deref() == Some(ROLE_PRIMARY))?;
    if view.facts.pods.get(leader)?.role.as_deref() != Some(ROLE_PRIMARY) {
        return None;
    }
    let answer = view.facts.answer(leader)?;
    let Some(answer) = answer.within(view.now, LIVE_ENOUGH) else {
        return Some(Action::Ask(vec![leader.to_owned()]));
    };
    // The stale pod's last word cannot unsay a timeline; without a word nothing is known of it.
    let stale_timeline = pod.word.as_ref()?.timeline?;
    if !answer.leads() || answer.timeline? <= stale_timeline {
        return None;
    }
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
