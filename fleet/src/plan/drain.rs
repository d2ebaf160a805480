//! The primary leaves a node that takes no more pods, before the drain evicts it: its disruption
//! budget holds the eviction up until another member leads.
//!
//! A switchover costs clients a second, an evicted primary more. Where nobody can take over, nothing
//! is done and no slot is held: people may still act. Nor is it outside the maintenance windows: as
//! in Zalando's operator, the move waits for the next one.

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
}

/// Decides.
pub fn next(view: &View<'_>, assessment: &Assessment) -> Drain {
    let Some((primary, node, candidate)) = move_due(view, assessment) else {
        return Drain::default();
    };
    if window::opens_in(view).is_some() {
        return Drain::default();
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

/// The primary that has to move, its node, and who takes over.
fn move_due(view: &View<'_>, assessment: &Assessment) -> Option<(String, String, String)> {
    let facts = view.facts;
    let node = |member: &str| facts.pods.get(member)?.node.clone();
    let primary = assessment.primary.clone()?;
    let left = node(&primary).filter(|node| facts.cordoned.contains(node))?;
    let members = facts.ordered_pods(&view.key.name);
    let able = |name: &&str| {
        node(name).is_some_and(|node| !facts.cordoned.contains(&node))
            && assessment.followers().any(|follower| follower == *name)
            && (!is_synchronous(view) || is_sync_standby(view, name))
            && lag::is_close(view, assessment, name)
    };
    let candidates = members.iter().map(|(_, name, _)| *name).filter(able);
    let candidate = candidates.min_by_key(|name| rolling::is_due(view, name))?;
    Some((primary, left, candidate.to_owned()))
}
