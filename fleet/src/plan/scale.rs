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
use crate::desired;

/// How old the facts may be on which a member is given up.
const LIVE_ENOUGH: Duration = Duration::from_secs(2);
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

    /// Members that the StatefulSet has now; `None` before there is one.
    pub fn present_members(&self) -> Option<i32> {
        let id = ("StatefulSet", self.key.name.clone());
        let body = self.facts.children.get(&id)?.value();
        let replicas = body.pointer("/spec/replicas")?.as_i64()?;
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

    // A member that never came to be holds no data and leads nothing.
    let pod_is_there = view.facts.pods.contains_key(&leaving);
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
    if view.facts.leader() == Some(leaving.as_str()) {
        return hand_over(view, assessment, present, &leaving, stay);
    }
    if !pod_is_there {
        return go(format!("give up {leaving}"));
    }
    let fresh = |name: &str| {
        view.facts
            .answer(name)
            .is_some_and(|answer| answer.within(view.now, LIVE_ENOUGH).is_some())
    };
    let Some(primary) = assessment.primary.as_deref() else {
        return stay("waits for a primary".to_owned(), Vec::new());
    };
    if !fresh(primary) {
        return stay(
            format!("look at {primary}"),
            vec![Action::Ask(vec![primary.to_owned()])],
        );
    }
    if is_only_sync_standby(view, &leaving) && wanted > 1 {
        return stay(
            format!("{leaving} is the only synchronous standby"),
            Vec::new(),
        );
    }
    // With more than one member wanted, a copy beside the primary must be healthy; with one
    // wanted, the primary itself is the copy that stays.
    let other_copy = assessment.followers().any(|name| name != leaving);
    if wanted > 1 && !other_copy {
        return stay(format!("no other healthy copy than {leaving}"), Vec::new());
    }
    go(format!("give up {leaving}"))
}

fn hand_over(
    view: &View<'_>,
    assessment: &Assessment,
    present: i32,
    leaving: &str,
    stay: impl Fn(String, Vec<Action>) -> Scale,
) -> Scale {
    let transitions = view
        .facts
        .leader
        .as_ref()
        .map_or(0, |leader| leader.leader.transitions);
    // The lowest ordinal stays longest.
    let candidate = (0..present - 1)
        .map(|ordinal| names::member(&view.key.name, ordinal))
        .find(|name| assessment.followers().any(|follower| follower == name));
    let Some(candidate) = candidate else {
        return stay(
            format!("{leaving} leads and no other member can take over"),
            Vec::new(),
        );
    };
    let step = format!("switch over from {leaving} to {candidate}");
    if let Some(call) = &view.facts.patroni_call
        && call.by == "manifest"
        && view.now.age(call.at) < PATIENCE
    {
        return stay(step, Vec::new());
    }
    if view
        .facts
        .answer(&candidate)
        .and_then(|answer| answer.within(view.now, LIVE))
        .is_none()
    {
        return stay(step, vec![Action::Ask(vec![candidate])]);
    }
    stay(
        step,
        vec![Action::Patroni(PatroniCall {
            by: "manifest".to_owned(),
            member: leaving.to_owned(),
            request: PatroniRequest::Switchover {
                leader: leaving.to_owned(),
                candidate,
            },
            expect: Some((leaving.to_owned(), transitions)),
        })],
    )
}

/// Whether giving this member up would leave a synchronous cluster without a standby.
pub fn is_only_sync_standby(view: &View<'_>, member: &str) -> bool {
    let synchronous = view
        .facts
        .config
        .as_ref()
        .is_some_and(pg_core::patroni::ClusterConfig::is_synchronous);
    synchronous
        && view.facts.sync.as_ref().is_some_and(|sync| {
            sync.standbys.iter().all(|standby| standby == member) && !sync.standbys.is_empty()
        })
}
