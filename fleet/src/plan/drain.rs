//! The primary leaves a node that takes no more pods, before the drain evicts it: its disruption
//! budget holds the eviction up until another member leads.
//!
//! A switchover costs clients a second, an evicted primary more. Where nobody can take over, nothing
//! is done and no slot is held: people may still act. Nor is it outside the maintenance windows: as
//! in Zalando's operator, the move waits for the next one. Either way it is told as still to be done,
//! but not by the status: the cluster itself is as its manifest says.

use std::time::Duration;

use super::{
    View,
    action::{Action, Current, PatroniCall, PatroniRequest},
    assess::Assessment,
    lag, rolling,
    scale::{PATIENCE, is_sync_standby, is_synchronous},
    window,
};

/// Whose calls to Patroni these are.
const BY: &str = "drain";

/// Decision on the primary's node.
#[derive(Debug, Default, PartialEq)]
pub struct Drain {
    /// What to do now.
    pub actions: Vec<Action>,
    /// The slot, while the primary moves.
    pub current: Option<Current>,
    /// When to look again.
    pub look_again: Option<Duration>,
    /// Whoever takes over is to be restarted: it would have to hand over again.
    pub may_wait: bool,
    /// Why the primary does not move yet, though its node is to be left.
    pub postponed: Option<String>,
}

/// Decides.
pub fn next(view: &View<'_>, assessment: &Assessment) -> Drain {
    let Some((primary, node)) = to_leave(view, assessment) else {
        return Drain::default();
    };
    let later = |until: &str, look_again| Drain {
        postponed: Some(format!("drain: {primary} leaves node {node} when {until}")),
        look_again,
        ..Drain::default()
    };
    let Some(candidate) = candidate(view, assessment) else {
        // One that is alone goes with its node.
        return match view.wanted_members() > 1 {
            true => later("another member can take over", None),
            false => Drain::default(),
        };
    };
    if let Some(delay) = window::opens_in(view) {
        return later("the next maintenance window opens", Some(delay));
    }
    let mut drain = Drain {
        actions: Vec::new(),
        current: Some(Current {
            kind: "drain".to_owned(),
            reason: format!("node {node}"),
            step: format!("switch over from {primary} to {candidate}"),
        }),
        look_again: Some(Duration::from_millis(500)),
        may_wait: rolling::is_due(view, &candidate),
        postponed: None,
    };
    let asked = view.facts.patroni_call.as_ref();
    if asked.is_some_and(|call| call.by == BY && view.now.age(call.at) < PATIENCE) {
        return drain;
    }
    // What harms is decided on what members say now.
    let question = view.look_closely();
    drain
        .actions
        .push(match question.or_else(|| lag::question(view, assessment)) {
            Some(question) => question,
            None => Action::Patroni(PatroniCall {
                by: BY.to_owned(),
                member: primary.clone(),
                request: PatroniRequest::Switchover {
                    leader: primary,
                    candidate,
                },
                expect: view.expected_leader(),
            }),
        });
    drain
}

fn node(view: &View<'_>, member: &str) -> Option<String> {
    view.facts.pods.get(member)?.node.clone()
}

/// The primary that has to move, and its node.
fn to_leave(view: &View<'_>, assessment: &Assessment) -> Option<(String, String)> {
    let primary = assessment.primary.clone()?;
    let left = node(view, &primary).filter(|node| view.facts.cordoned.contains(node))?;
    Some((primary, left))
}

/// Who takes over.
fn candidate(view: &View<'_>, assessment: &Assessment) -> Option<String> {
    let facts = view.facts;
    let members = facts.ordered_pods(&view.key.name);
    let able = |name: &&str| {
        node(view, name).is_some_and(|node| !facts.cordoned.contains(&node))
            && assessment.followers().any(|follower| follower == *name)
            && (!is_synchronous(view) || is_sync_standby(view, name))
            && lag::is_close(view, assessment, name)
    };
    let candidates = members.iter().map(|(_, name, _)| *name).filter(able);
    let candidate = candidates.min_by_key(|name| rolling::is_due(view, name))?;
    Some(candidate.to_owned())
}
