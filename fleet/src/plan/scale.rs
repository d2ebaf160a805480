//! How many members the StatefulSet may have now.
//!
//! Up goes at once. Down goes by one, while live facts show that the member to go (always the
//! highest ordinal: StatefulSets know no other way) does not lead, that another healthy copy stays,
//! and that a synchronous standby which no other can replace is not given up (safety.md §3,
//! docs/decisions/0003-giving-up-the-synchronous-standby.md).

use std::time::Duration;

use pg_core::{names, patroni::MemberAnswer};

use super::{
    View,
    action::{Action, Current, PatroniCall, PatroniRequest},
    assess::{Assessment, LIVE},
    lag, operations,
};
use crate::{
    desired::{self, ChildKind},
    observe::pod::Pod,
};

/// A switchover that Patroni was asked for is not asked for again within this time.
pub const PATIENCE: Duration = Duration::from_secs(15);

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

    /// Whether the cluster is in maintenance: Patroni is paused, and members are neither given up
    /// nor restarted by the manifest.
    pub fn is_paused(&self) -> bool {
        let config = self.facts.config.as_ref();
        config.is_some_and(pg_core::patroni::ClusterConfig::is_paused)
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
    if let Some((ordinal, name)) = took_over(view) {
        return Scale {
            replicas: ordinal + 1,
            current: Some(Current {
                kind: "scale".to_owned(),
                reason: "manifest".to_owned(),
                step: format!("take {name} back: it took over after it was given up"),
            }),
            look_again: Some(Duration::from_millis(500)),
            ..Scale::default()
        };
    }
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
    if view.is_paused() {
        return stay(
            "wait for the end of maintenance: Patroni is paused".to_owned(),
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
        Ok(step) => match (look(view, assessment), step) {
            (Some(question), _) => stay(
                format!("look at the members before {leaving} goes"),
                vec![question],
            ),
            (None, Step::GiveUp) => go(format!("give up {leaving}")),
            (None, Step::HandOver(step, call)) => stay(step, vec![Action::Patroni(call)]),
        },
    }
}

/// What must be asked before a member goes: everybody, and the primary what its replicas lack.
fn look(view: &View<'_>, assessment: &Assessment) -> Option<Action> {
    view.look_closely()
        .or_else(|| lag::question(view, assessment))
}

/// A member that was given up and leads all the same: until it has ended it may take over, if the
/// primary fails just then. What is acknowledged since is on its volume alone, so it comes back, to
/// hand over. Where nobody leads any more, Patroni's object tells who wrote last in synchronous
/// mode, and Patroni lets no other have the lock.
fn took_over<'a>(view: &'a View<'_>) -> Option<(i32, &'a str)> {
    let (facts, cluster) = (view.facts, &view.key.name);
    let present = view
        .present_members()
        .filter(|_| view.wanted_members() > 0)?;
    let wrote_last = || {
        let sync = facts.sync.as_ref().filter(|_| is_synchronous(view))?;
        sync.leader.as_deref()
    };
    let leader = facts.leader().or_else(wrote_last)?;
    let ordinal = names::ordinal(cluster, leader).filter(|ordinal| *ordinal >= present)?;
    let claim = facts.claims.get(&names::data_claim(cluster, ordinal))?;
    (!claim.deleting).then_some((ordinal, leader))
}

/// While an operation holds the slot: more members at once, fewer not now.
pub fn held(view: &View<'_>) -> Scale {
    let wanted = view.wanted_members();
    let keeps = operations::keeps_members(view);
    let replicas = match view.present_members() {
        Some(present) if keeps => present,
        present => present.unwrap_or(wanted).max(wanted),
    };
    Scale {
        replicas,
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
        if is_only_sync_standby(view, leaving) && !is_replaceable(view, assessment, leaving) {
            return Err(format!("{leaving} is the only synchronous standby"));
        }
        // One that does not follow is no healthy copy itself, nor is one that is far behind.
        let mut followers = assessment.followers();
        let is_copy = |name: &str| name != leaving && lag::is_close(view, assessment, name);
        if followers.any(|name| name == leaving) && !assessment.followers().any(is_copy) {
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
    // The lowest ordinal stays longest. In synchronous mode Patroni takes only a synchronous one.
    let candidate = (0..present - 1)
        .map(|ordinal| names::member(&view.key.name, ordinal))
        .find(|name| {
            assessment.followers().any(|follower| follower == name)
                && (!is_synchronous(view) || is_sync_standby(view, name))
                && lag::is_close(view, assessment, name)
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
        expect: view.expected_leader(),
    };
    Ok(Step::HandOver(step, call))
}

/// Whether the cluster replicates synchronously.
pub fn is_synchronous(view: &View<'_>) -> bool {
    view.facts
        .config
        .as_ref()
        .is_some_and(pg_core::patroni::ClusterConfig::is_synchronous)
}

/// Whether Patroni names this member as synchronous.
pub fn is_sync_standby(view: &View<'_>, member: &str) -> bool {
    view.facts
        .sync
        .as_ref()
        .is_some_and(|sync| sync.standbys.iter().any(|standby| standby == member))
}

/// Whether Patroni names one of these as synchronous.
pub fn has_sync_standby(view: &View<'_>, members: &[String]) -> bool {
    members.iter().any(|member| is_sync_standby(view, member))
}

/// Whether Patroni will name another synchronous standby before this member stops. A Patroni that
/// is told to end says that it does not want to be one any more, and waits until the primary has
/// named another. That needs a Patroni that answers, and a member that streams,
/// as the primary itself says.
fn is_replaceable(view: &View<'_>, assessment: &Assessment, leaving: &str) -> bool {
    let live = |member: &str| view.facts.answer(member)?.within(view.now, LIVE);
    let stops_in_order = view.facts.pods.get(leaving).is_some_and(Pod::is_running)
        && live(leaving).is_some_and(MemberAnswer::follows);
    let Some(primary) = assessment.primary.as_deref().and_then(live) else {
        return false;
    };
    let another = primary.replication.iter().any(|row| {
        let name = row.application_name.as_str();
        name != leaving
            && row.state == "streaming"
            && assessment.followers().any(|follower| follower == name)
            && live(name).is_some_and(|answer| !answer.declines_sync())
    });
    stops_in_order && another
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
