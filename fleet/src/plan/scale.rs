//! How many members the StatefulSet may have now.
//!
//! Up goes at once. Down goes by one, while live facts show that the member to go (always the
//! highest ordinal: StatefulSets know no other way) is neither the leader nor the only
//! synchronous standby, and another healthy copy stays (safety.md §3).

use std::time::Duration;

use pg_core::names;

use super::{
    View,
    action::{Action, Current, PatroniCall, PatroniRequest},
    assess::{Assessment, LIVE},
};
use crate::desired::{self, ChildKind};

/// A switchover that Patroni was asked for is not asked for again within this time.
const PATIENCE: Duration = Duration::from_secs(15);

/// Decision on the number of members.
#[derive(Debug, Default, PartialEq)]
pub struct Scale {
    /// What the StatefulSet shall say now.
    pub replicas: i32,
    /// What must happen first.
    pub actions: Vec<Action>,
    /// The slot, while members are being given up.
    pub current: Option<Current>,
    /// When to look again.
    pub look_again: Option<Duration>,
}

impl View<'_> {
    /// Members that the manifest asks for, within the configured limits.
    pub fn wanted_members(&self) -> i32 {
        desired::replicas(self.manifest, self.configuration)
    }

    /// Members that the StatefulSet has now; `None` before there is one. While it is being
    /// replaced its pods tell how many there are: made again with fewer, it would give up all the
    /// others at once.
    pub fn present_members(&self) -> Option<i32> {
        let id = ("StatefulSet", self.key.name.clone());
        let Some(set) = self.facts.children.get(&id) else {
            let pods = self.facts.ordered_pods(&self.key.name);
            return pods.last().map(|(ordinal, ..)| ordinal + 1);
        };
        let replicas = set.value().pointer("/spec/replicas")?.as_i64()?;
        i32::try_from(replicas).ok()
    }
}

/// Decides.
pub fn next(view: &View<'_>, assessment: &Assessment) -> Scale {
    let wanted = view.wanted_members();
    let Some(present) = view.present_members().filter(|present| *present > wanted) else {
        return Scale {
            replicas: wanted,
            ..Scale::default()
        };
    };
    let leaving = names::member(&view.key.name, present - 1);
    let stay = |step: String, actions: Vec<Action>| Scale {
        replicas: present,
        actions,
        current: Some(Current {
            kind: "scale".to_owned(),
            reason: "manifest".to_owned(),
            step,
        }),
        look_again: Some(Duration::from_millis(500)),
    };
    let go = |step: String| Scale {
        replicas: present - 1,
        ..stay(step, Vec::new())
    };

    if view
        .facts
        .pods
        .keys()
        .filter_map(|pod| names::ordinal(&view.key.name, pod))
        .any(|ordinal| ordinal >= present)
    {
        return stay(
            "the last member given up is still going".to_owned(),
            Vec::new(),
        );
    }
    if present == 1 {
        // Wanted is zero: the last one stops in order, its volume stays (whenScaled: Retain).
        return go(format!("stop {leaving}"));
    }
    let decision = if view.facts.leader() == Some(leaving.as_str()) {
        hand_over(view, assessment, present, &leaving)
    } else {
        give_up(view, assessment, wanted, &leaving)
    };
    match decision {
        Err(why) => stay(why, Vec::new()),
        // What harms is decided on what members say now.
        Ok(step) => match (view.look_closely(), step) {
            (Some(question), _) => stay(
                format!("look at the members before {leaving} goes"),
                vec![question],
            ),
            (None, Step::GiveUp) => go(format!("give up {leaving}")),
            (None, Step::HandOver(step, call)) => stay(step, vec![Action::Patroni(call)]),
        },
    }
}

/// While an operation holds the slot: more members at once, fewer not now.
pub fn held(view: &View<'_>) -> Scale {
    let wanted = view.wanted_members();
    Scale {
        replicas: view
            .present_members()
            .map_or(wanted, |present| present.max(wanted)),
        ..Scale::default()
    }
}

/// Whether this action gives a member up.
pub fn gives_up(view: &View<'_>, action: &Action) -> bool {
    let Action::Apply(child) = action else {
        return false;
    };
    let replicas = child
        .body
        .pointer("/spec/replicas")
        .and_then(serde_json::Value::as_i64);
    child.kind == ChildKind::StatefulSet
        && view
            .present_members()
            .zip(replicas)
            .is_some_and(|(present, replicas)| replicas < i64::from(present))
}

/// What may be done once everything was looked at.
enum Step {
    GiveUp,
    HandOver(String, PatroniCall),
}

/// Whether a member that does not lead may go, or why not.
fn give_up(
    view: &View<'_>,
    assessment: &Assessment,
    wanted: i32,
    leaving: &str,
) -> Result<Step, String> {
    if assessment.primary.is_none() {
        return Err("waits for a primary".to_owned());
    }
    // With one member wanted, the primary itself is the copy that stays.
    if wanted > 1 {
        if is_only_sync_standby(view, leaving) {
            return Err(format!("{leaving} is the only synchronous standby"));
        }
        // One that does not follow is no healthy copy itself.
        let mut followers = assessment.followers();
        if followers.any(|name| name == leaving) && assessment.followers().count() < 2 {
            return Err(format!("no other healthy copy than {leaving}"));
        }
    }
    Ok(Step::GiveUp)
}

/// How the member to go, which leads, stops leading; or why it cannot.
fn hand_over(
    view: &View<'_>,
    assessment: &Assessment,
    present: i32,
    leaving: &str,
) -> Result<Step, String> {
    let transitions = view
        .facts
        .leader
        .as_ref()
        .map_or(0, |leader| leader.leader.transitions);
    // The lowest ordinal stays longest. In synchronous mode Patroni takes only a synchronous one.
    let candidate = (0..present - 1)
        .map(|ordinal| names::member(&view.key.name, ordinal))
        .find(|name| {
            assessment.followers().any(|follower| follower == name)
                && (!is_synchronous(view) || is_sync_standby(view, name))
        });
    let Some(candidate) = candidate else {
        return Err(format!("{leaving} leads and no other member can take over"));
    };
    let step = format!("switch over from {leaving} to {candidate}");
    if let Some(call) = &view.facts.patroni_call
        && call.by == "manifest"
        && view.now.age(call.at) < PATIENCE
    {
        return Err(step);
    }
    let call = PatroniCall {
        by: "manifest".to_owned(),
        member: leaving.to_owned(),
        request: PatroniRequest::Switchover {
            leader: leaving.to_owned(),
            candidate,
        },
        expect: Some((leaving.to_owned(), transitions)),
    };
    Ok(Step::HandOver(step, call))
}

fn is_synchronous(view: &View<'_>) -> bool {
    view.facts
        .config
        .as_ref()
        .is_some_and(pg_core::patroni::ClusterConfig::is_synchronous)
}

fn is_sync_standby(view: &View<'_>, member: &str) -> bool {
    view.facts
        .sync
        .as_ref()
        .is_some_and(|sync| sync.standbys.iter().any(|standby| standby == member))
}

/// Whether giving this member up would leave a synchronous cluster without a standby, by Patroni's
/// object or by what the primary itself said last.
pub fn is_only_sync_standby(view: &View<'_>, member: &str) -> bool {
    let only = |mut standbys: Vec<&str>| {
        standbys.dedup();
        standbys == [member]
    };
    let recorded = view.facts.sync.as_ref().map_or_else(Vec::new, |sync| {
        sync.standbys.iter().map(String::as_str).collect()
    });
    let streaming = view
        .facts
        .leader()
        .and_then(|leader| view.facts.answer(leader)?.within(view.now, LIVE))
        .map_or_else(Vec::new, |primary| {
            primary
                .replication
                .iter()
                .filter(|row| matches!(row.sync_state.as_str(), "sync" | "quorum"))
                .map(|row| row.application_name.as_str())
                .collect()
        });
    is_synchronous(view) && (only(recorded) || only(streaming))
}
