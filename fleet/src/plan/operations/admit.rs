//! Whether an operation may start: policies, expiry, what the asker saw, what would be lost.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use pg_core::{
    names,
    operation::{Action as Asked, Phase},
    patroni::MemberAnswer,
};

use super::{Item, View, switchover};
use crate::plan::{
    action::Action,
    assess::{Assessment, LIVE_ENOUGH},
    scale::{has_sync_standby, is_only_sync_standby, is_synchronous},
};

/// So long a switchover waits for its candidate: after the last one the old primary takes some
/// seconds to follow, and people switch straight back.
const CANDIDATE_WITHIN: Duration = Duration::from_secs(30);

/// So long it stays known that the primary did not tell what its replicas lack.
const NO_ANSWER: Duration = Duration::from_secs(10);

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
    // Facts first.
    if let Some(question) = view.look_closely() {
        return Decision {
            action: Some(question),
            takes_slot: true,
            ..Decision::default()
        };
    }
    if let Some(question) = before_failover(view, assessment, item) {
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

/// What a failover must know before it is decided on, unless any loss is accepted: a primary that
/// serves tells what its replicas lack; without one, Patroni's object tells which standby holds
/// everything.
fn before_failover(view: &View<'_>, assessment: &Assessment, item: &Item<'_>) -> Option<Action> {
    let Asked::Failover(asked) = &item.spec.action else {
        return None;
    };
    let fresh = |at: Duration, limit| view.now.age(at) <= limit;
    match &assessment.primary {
        None if is_synchronous(view) => {
            let read = view.facts.sync_read;
            (!read.is_some_and(|at| fresh(at, LIVE_ENOUGH))).then_some(Action::ReadSync)
        }
        Some(primary) if !asked.accept_data_loss && view.configuration.enable_database_access => {
            let known = view.facts.replication.as_ref().is_some_and(|answer| {
                // One that failed took its time, and is no better when asked again.
                let limit = match &answer.result {
                    Ok(told) if told.primary == *primary => LIVE_ENOUGH,
                    Ok(_) => Duration::ZERO,
                    Err(_) => NO_ANSWER,
                };
                fresh(answer.at, limit)
            });
            (!known).then(|| Action::AskReplication(primary.clone()))
        }
        _ => None,
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
                        "no replica follows the primary and may take over".to_owned(),
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
            match loss(view, assessment, &candidate) {
                _ if asked.accept_data_loss => Possible::Now,
                Some(0) => Possible::Now,
                Some(bytes) => refuse(
                    "DataLoss",
                    format!(
                        "{candidate} lacks {bytes} bytes that the primary has; accept that with --accept-data-loss, or use switchover"
                    ),
                ),
                None => refuse(
                    "DataLoss",
                    format!(
                        "nobody can tell what {candidate} lacks, because the primary does not tell; accept that with --accept-data-loss"
                    ),
                ),
            }
        }
        Asked::Reload(_) | Asked::Maintenance(_) if view.facts.pods.is_empty() => {
            refuse("NoMembers", format!("{} has no members now", view.key))
        }
        Asked::Reload(_) | Asked::Maintenance(_) => Possible::Now,
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
    let position = |member: &str| {
        view.facts
            .answer(member)?
            .within(view.now, LIVE_ENOUGH)
            .and_then(MemberAnswer::position)
    };
    match assessment.primary.as_deref() {
        Some(primary) if view.configuration.enable_database_access => {
            let told = view.facts.replication.as_ref()?;
            let told = told.within(view.now, LIVE_ENOUGH)?;
            (told.primary == primary)
                .then(|| told.lacks.get(candidate).copied())
                .flatten()
        }
        // Nobody may log in: from answers up to some moments apart.
        Some(primary) => {
            let (primary, candidate) = (position(primary)?, position(candidate)?);
            Some((primary - candidate).max(0))
        }
        None => switchover::holds_everything(view, candidate).then_some(0),
    }
}

fn state(assessment: &Assessment, member: &str) -> String {
    assessment
        .members
        .iter()
        .find(|status| status.name == member)
        .map_or_else(|| "unknown".to_owned(), |status| status.state.clone())
}
