//! Whether an operation may start: policies, expiry, what the asker saw, what would be lost.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use pg_core::{
    names,
    operation::{Action as Asked, Phase, Step},
    rollout::slice,
};

use super::{Item, View, preflight, set, switchover};
use crate::plan::{
    action::Action,
    assess::{Assessment, LIVE_ENOUGH},
    lag,
    scale::{has_sync_standby, is_only_sync_standby, is_synchronous},
};

/// So long a switchover waits for its candidate: after the last one the old primary takes some
/// seconds to follow, and people switch straight back.
const CANDIDATE_WITHIN: Duration = Duration::from_secs(30);

/// Whether and how it starts.
#[derive(Default)]
pub struct Decision {
    /// A question, or the status that says the decision.
    pub action: Option<Action>,
    /// When to look again.
    pub look_again: Option<Duration>,
    /// It holds the slot from now on.
    pub takes_slot: bool,
}

/// Why it does not start.
pub(super) struct No(Phase, &'static str, String);

/// Whether it can be done.
enum Possible {
    Now,
    /// What it waits for, for a while, and what it ends with if that does not come about.
    Later(String, No),
    Never(No),
}

/// Decides whether an operation starts.
pub fn admit(
    view: &View<'_>,
    assessment: &Assessment,
    item: &Item<'_>,
    blocker: Option<String>,
) -> Decision {
    let end = |No(phase, reason, message): No| {
        let mut status = item.ended(view, phase, reason, message);
        status.steps = item.step_done(view).steps;
        Decision {
            action: Some(item.write(status)),
            ..Decision::default()
        }
    };
    if let Err(no) = still_meant(view, item) {
        return end(no);
    }
    if let Some(blocker) = blocker {
        if !item.spec.queue && !matches!(item.spec.action, Asked::Failover(_)) {
            return end(No(
                Phase::Refused,
                "Busy",
                format!("{blocker}; ask again later, or with --queue"),
            ));
        }
        let mut status = item.status.clone();
        status.phase = Phase::Queued;
        status.action = Some(item.spec.action.verb().to_owned());
        status.message = Some(format!("waits: {blocker}"));
        return Decision {
            action: (status != item.status).then(|| item.write(status)),
            look_again: Some(Duration::from_secs(1)),
            takes_slot: false,
        };
    }
    match view.policies {
        None => {
            return Decision {
                action: Some(Action::CheckPolicies),
                takes_slot: true,
                ..Decision::default()
            };
        }
        Some(false) => {
            return end(No(
                Phase::Refused,
                "PolicyMissing",
                "the admission policies that check who may do this are not in place; run kubectl pg install".to_owned(),
            ));
        }
        Some(true) => {}
    }
    if let Some(question) = of_the_rollout(view, item) {
        return Decision {
            action: Some(question),
            takes_slot: true,
            ..Decision::default()
        };
    }
    if let Err(no) = meant_by_rollouts(view, item) {
        return end(no);
    }
    // Facts first.
    if let Some(question) = view.look_closely() {
        return Decision {
            action: Some(question),
            takes_slot: true,
            ..Decision::default()
        };
    }
    if let Some(question) = of_the_loss(view, assessment, item) {
        return Decision {
            action: Some(question),
            takes_slot: true,
            ..Decision::default()
        };
    }
    if let Err(no) = expected(view, item) {
        return end(no);
    }
    match possible(view, assessment, item) {
        Possible::Now => {}
        Possible::Never(no) => return end(no),
        Possible::Later(_, no) if item.step_age(view) > CANDIDATE_WITHIN => return end(no),
        Possible::Later(step, _) => return wait(view, item, step),
    }
    let mut status = item.step_done(view);
    status.phase = Phase::Running;
    status.action = Some(item.spec.action.verb().to_owned());
    status.message = Some("started".to_owned());
    status.started_at = Some(Time(view.now.wall));
    if let Some(accepted) = accepted_loss(view, assessment, item) {
        status.message = Some(format!("started, though {accepted}"));
        // Messages come and go, steps stay.
        status.steps.push(Step {
            name: format!("accept that {accepted}"),
            started_at: Time(view.now.wall),
            before: None,
            finished_at: Some(Time(view.now.wall)),
        });
    }
    status.primary_before = view.facts.leader().map(str::to_owned);
    status.timeline_before = assessment.timeline;
    Decision {
        action: Some(item.write(status)),
        look_again: None,
        takes_slot: true,
    }
}

/// It waits for its candidate, as a step that a later controller sees as well.
fn wait(view: &View<'_>, item: &Item<'_>, step: String) -> Decision {
    let action = item.open_step().is_none().then(|| {
        let mut status = item.begun(view, step, None);
        status.phase = Phase::Queued;
        status.action = Some(item.spec.action.verb().to_owned());
        item.write(status)
    });
    Decision {
        action,
        look_again: Some(Duration::from_millis(500)),
        takes_slot: true,
    }
}

/// What must be known of replicas before one of them becomes primary: a primary that serves tells
/// what they lack; without one, Patroni's object tells which standby holds everything.
fn of_the_loss(view: &View<'_>, assessment: &Assessment, item: &Item<'_>) -> Option<Action> {
    match &item.spec.action {
        Asked::Switchover(_) => lag::question(view, assessment),
        Asked::Failover(_) if assessment.primary.is_none() && is_synchronous(view) => {
            let read = view.facts.sync_read;
            let is_fresh = read.is_some_and(|at| view.now.age(at) <= LIVE_ENOUGH);
            (!is_fresh).then_some(Action::ReadSync)
        }
        Asked::Failover(_) => lag::question(view, assessment),
        Asked::Restart(_)
        | Asked::Reinit(_)
        | Asked::Reload(_)
        | Asked::Maintenance(_)
        | Asked::Set(_) => None,
        Asked::Upgrade(asked) => {
            let question = asked.to.as_ref().map(|_| lag::question(view, assessment));
            question.flatten()
        }
    }
}

/// The slice of its rollout as it is now, read after the operation was seen: a driver that was
/// overtaken may have asked just before.
fn of_the_rollout(view: &View<'_>, item: &Item<'_>) -> Option<Action> {
    let rollout = item.spec.rollout.as_ref()?;
    let read = view.facts.slice_read.as_ref();
    let is_fresh = read
        .is_some_and(|(operation, at)| operation == item.name && view.now.age(*at) <= LIVE_ENOUGH);
    (!is_fresh).then(|| Action::ReadRollout {
        id: rollout.id.clone(),
        operation: item.name.to_owned(),
    })
}

/// Its rollout wants it now; or it is by hand, and no rollout has the cluster.
fn meant_by_rollouts(view: &View<'_>, item: &Item<'_>) -> Result<(), No> {
    let slices = || view.facts.rollouts.iter().map(AsRef::as_ref);
    let holder = slice::holder(slices(), &item.spec.target.uid);
    let Some(own) = &item.spec.rollout else {
        let changes = match &item.spec.action {
            Asked::Upgrade(asked) => !asked.check,
            action => matches!(action, Asked::Set(_)),
        };
        let by = holder.and_then(|slice| slice.metadata.name.as_deref());
        return match by.filter(|_| changes) {
            Some(by) => Err(No(
                Phase::Refused,
                "Claimed",
                format!("rollout {by} has this cluster until it has ended or is aborted"),
            )),
            None => Ok(()),
        };
    };
    let slice = slices().find(|slice| slice.metadata.name.as_ref() == Some(&own.id));
    let held = holder.is_some_and(|slice| slice.metadata.name.as_ref() == Some(&own.id));
    let generation = view.manifest.metadata.generation.unwrap_or_default();
    match slice::refusal(item.spec, slice, held, generation) {
        Some((reason, message)) => Err(No(Phase::Refused, reason, message)),
        None => Ok(()),
    }
}

/// The right cluster, in time.
pub(super) fn still_meant(view: &View<'_>, item: &Item<'_>) -> Result<(), No> {
    let uid = view.manifest.metadata.uid.as_deref().unwrap_or_default();
    if item.spec.target.uid != uid {
        return Err(No(
            Phase::Superseded,
            "TargetReplaced",
            format!(
                "{} is another cluster now than the one that was meant",
                view.key
            ),
        ));
    }
    let waited = view.now.wall.duration_since(item.created).as_secs();
    if waited > item.spec.start_within_seconds {
        return Err(No(
            Phase::Expired,
            "Expired",
            format!(
                "first seen {waited} s after it was asked for; it had to start within {} s",
                item.spec.start_within_seconds
            ),
        ));
    }
    Ok(())
}

/// What the asker saw still holds.
fn expected(view: &View<'_>, item: &Item<'_>) -> Result<(), No> {
    let Some(expect) = &item.spec.expect else {
        return Ok(());
    };
    if let Some(primary) = &expect.primary
        && view.facts.leader() != Some(primary)
    {
        return Err(No(
            Phase::Superseded,
            "PrimaryChanged",
            format!(
                "expected {primary} as primary, now it is {}",
                view.facts.leader().unwrap_or("nobody")
            ),
        ));
    }
    let timeline = view
        .facts
        .leader()
        .and_then(|leader| view.facts.answer(leader))
        .and_then(|answer| answer.result.as_ref().ok())
        .and_then(|answer| answer.timeline);
    if let (Some(expected), Some(now)) = (expect.timeline, timeline)
        && expected != now
    {
        return Err(No(
            Phase::Superseded,
            "TimelineChanged",
            format!("expected timeline {expected}, now it is {now}"),
        ));
    }
    Ok(())
}

/// It can be done without harm that nobody agreed to.
fn possible(view: &View<'_>, assessment: &Assessment, item: &Item<'_>) -> Possible {
    let no = |reason, message: String| No(Phase::Refused, reason, message);
    let refuse = |reason, message: String| Possible::Never(no(reason, message));
    let member_exists = |member: &str| {
        view.facts.pods.contains_key(member) && names::ordinal(&view.key.name, member).is_some()
    };
    match &item.spec.action {
        Asked::Switchover(asked) => {
            let Some(primary) = &assessment.primary else {
                return refuse(
                    "NoPrimary",
                    "no primary serves, so nothing can be switched over; failover is for that"
                        .to_owned(),
                );
            };
            if assessment.wanted < 2 && view.facts.pods.len() < 2 {
                return refuse(
                    "NoReplica",
                    format!("{} has one member; scale it to 2 first", view.key),
                );
            }
            match &asked.to {
                Some(to) if to == primary => {
                    refuse("AlreadyPrimary", format!("{to} is the primary already"))
                }
                Some(to) if !member_exists(to) => {
                    refuse("NoSuchMember", format!("there is no member {to}"))
                }
                Some(to) if switchover::can_take_over(view, assessment, to) => Possible::Now,
                Some(to)
                    if assessment.followers().any(|name| name == to)
                        && !lag::is_close(view, assessment, to) =>
                {
                    let lacks = lag::of(view, assessment, to);
                    let lacks = lacks.map_or_else(
                        || "does not stream from the primary".to_owned(),
                        |bytes| format!("lacks {bytes} bytes that the primary has"),
                    );
                    let step = format!("wait for {to} to catch up with {primary}");
                    Possible::Later(step, no("Lagging", format!("{to} {lacks}")))
                }
                Some(to) if assessment.followers().any(|name| name == to) => {
                    let message = format!("{to} follows the primary, but is not synchronous");
                    if has_sync_standby(view, &assessment.serving) {
                        // Patroni keeps the one that it has named.
                        return refuse("NotSynchronous", message);
                    }
                    let step = format!("wait for {to} to become synchronous");
                    Possible::Later(step, no("NotSynchronous", message))
                }
                Some(to) => Possible::Later(
                    format!("wait for {to} to follow {primary}"),
                    no(
                        "NotACandidate",
                        format!(
                            "{to} does not follow the primary ({})",
                            state(assessment, to)
                        ),
                    ),
                ),
                None if assessment
                    .followers()
                    .any(|name| switchover::can_take_over(view, assessment, name)) =>
                {
                    Possible::Now
                }
                None => Possible::Later(
                    format!("wait for a replica that can take over from {primary}"),
                    no(
                        "NoCandidate",
                        "no replica follows the primary closely and may take over".to_owned(),
                    ),
                ),
            }
        }
        Asked::Failover(asked) => {
            let Some(candidate) =
                switchover::failover_candidate(view, assessment, asked.to.as_deref())
            else {
                return refuse(
                    "NoCandidate",
                    match &asked.to {
                        Some(to) => format!("{to} does not answer as a replica"),
                        None => "no replica answers".to_owned(),
                    },
                );
            };
            match lost(view, assessment, &candidate) {
                Some(lost) if !asked.accept_data_loss => refuse(
                    "DataLoss",
                    format!("{lost}; accept that with --accept-data-loss, or use switchover"),
                ),
                _ => Possible::Now,
            }
        }
        Asked::Reload(_) | Asked::Maintenance(_) if view.facts.pods.is_empty() => {
            refuse("NoMembers", format!("{} has no members now", view.key))
        }
        Asked::Reload(_) | Asked::Maintenance(_) => Possible::Now,
        Asked::Upgrade(asked) => match preflight::of_upgrade(view, assessment, asked) {
            Some((reason, message)) => refuse(reason, message),
            None => Possible::Now,
        },
        Asked::Set(asked) => match set::objection(asked) {
            Some((reason, message)) => refuse(reason, message),
            None => Possible::Now,
        },
        Asked::Restart(asked) => match &asked.member {
            Some(member) if !member_exists(member) => {
                refuse("NoSuchMember", format!("there is no member {member}"))
            }
            _ => Possible::Now,
        },
        Asked::Reinit(asked) => {
            let member = &asked.member;
            if !member_exists(member) {
                return refuse("NoSuchMember", format!("there is no member {member}"));
            }
            if view.facts.leader() == Some(member.as_str()) {
                return refuse(
                    "IsPrimary",
                    format!("{member} is the primary; only a replica can be copied again"),
                );
            }
            if assessment.primary.is_none() {
                return refuse(
                    "LastCopy",
                    format!(
                        "no primary serves to copy from, so {member} may be the last good copy"
                    ),
                );
            }
            if is_only_sync_standby(view, member) {
                return refuse(
                    "OnlySyncStandby",
                    format!("{member} is the only synchronous standby"),
                );
            }
            Possible::Now
        }
    }
}

/// Bytes that a failover to this member would lose; `None` when nobody can tell.
fn loss(view: &View<'_>, assessment: &Assessment, candidate: &str) -> Option<i64> {
    match assessment.primary {
        Some(_) => lag::of(view, assessment, candidate),
        None => switchover::holds_everything(view, candidate).then_some(0),
    }
}

/// The same in words, `None` where nothing is lost.
fn lost(view: &View<'_>, assessment: &Assessment, candidate: &str) -> Option<String> {
    match loss(view, assessment, candidate) {
        Some(0) => None,
        Some(bytes) => Some(format!(
            "{candidate} lacks {bytes} bytes that the primary has"
        )),
        None => {
            let leader = view.facts.leader.as_ref();
            let heard = leader.map_or_else(String::new, |leader| {
                let age = view.now.age(leader.renewed_seen).as_secs();
                format!(" (the lock was last renewed {age} s ago)")
            });
            Some(format!(
                "nobody can tell what {candidate} lacks, because the primary does not tell{heard}"
            ))
        }
    }
}

/// What the asker of a failover accepted to lose, in words.
fn accepted_loss(view: &View<'_>, assessment: &Assessment, item: &Item<'_>) -> Option<String> {
    let Asked::Failover(asked) = &item.spec.action else {
        return None;
    };
    let candidate = switchover::failover_candidate(view, assessment, asked.to.as_deref())?;
    lost(view, assessment, &candidate)
}

fn state(assessment: &Assessment, member: &str) -> String {
    assessment
        .members
        .iter()
        .find(|status| status.name == member)
        .map_or_else(|| "unknown".to_owned(), |status| status.state.clone())
}
