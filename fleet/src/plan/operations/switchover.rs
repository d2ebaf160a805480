//! Change of primary, planned and in an emergency. Patroni does it; here it is asked once, and
//! what came of it is read from the leader object and the new primary's own answer.

use std::time::Duration;

use pg_core::{
    operation::{Failover, Phase, Switchover},
    patroni::MemberAnswer,
};

use super::{Item, Progress};
use crate::{
    observe::pod::Pod,
    plan::{
        View,
        action::{Action, Holder, PatroniCall, PatroniRequest},
        assess::{Assessment, LIVE},
        lag, scale,
    },
};

/// Patroni is not asked again for the same within this time.
const PATIENCE: Duration = Duration::from_secs(12);
/// After this time without a change of leader it did not come about.
const GIVE_UP: Duration = Duration::from_secs(90);

/// A planned switchover.
pub fn planned(
    view: &View<'_>,
    assessment: &Assessment,
    item: &Item<'_>,
    asked: &Switchover,
) -> Progress {
    let Some(before) = item.status.primary_before.clone() else {
        return failed(
            view,
            item,
            "NoPrimary",
            "nobody was primary at the start".to_owned(),
        );
    };
    let Some(step) = item.open_step() else {
        if view.facts.leader() != Some(before.as_str()) {
            return overtaken(view, item, &before);
        }
        let Some(candidate) = asked
            .to
            .clone()
            .or_else(|| view.best_follower(assessment, |_| true))
        else {
            if !view.was_everyone_asked() {
                return Progress::Wait;
            }
            return failed(
                view,
                item,
                "NoCandidate",
                "no replica follows the primary any more".to_owned(),
            );
        };
        let transitions = transitions(view);
        return Progress::Write(item.begun(
            view,
            format!("hand over from {before} to {candidate}"),
            Some(format!("{candidate} {transitions}")),
        ));
    };
    let Some((candidate, at)) = remembered(step.before.as_deref()) else {
        return failed(
            view,
            item,
            "Damaged",
            "the step does not say who takes over".to_owned(),
        );
    };
    if let Some(progress) = changed(view, item, &candidate, &before, at) {
        return progress;
    }
    follow(
        view,
        item,
        PatroniCall {
            by: item.name.to_owned(),
            member: before.clone(),
            request: PatroniRequest::Switchover {
                leader: before.clone(),
                candidate,
            },
            expect: Holder {
                member: Some(before),
                transitions: at,
            },
        },
    )
}

/// An emergency failover.
pub fn emergency(
    view: &View<'_>,
    assessment: &Assessment,
    item: &Item<'_>,
    asked: &Failover,
) -> Progress {
    let before = item.status.primary_before.clone().unwrap_or_default();
    let Some(step) = item.open_step() else {
        if view.facts.leader().is_some_and(|leader| leader != before) {
            return overtaken(view, item, &before);
        }
        let Some(candidate) = failover_candidate(view, assessment, asked.to.as_deref()) else {
            if !view.was_everyone_asked() {
                return Progress::Wait;
            }
            return failed(
                view,
                item,
                "NoCandidate",
                "no replica answers any more".to_owned(),
            );
        };
        let transitions = transitions(view);
        return Progress::Write(item.begun(
            view,
            format!("make {candidate} primary"),
            Some(format!("{candidate} {transitions}")),
        ));
    };
    let Some((candidate, at)) = remembered(step.before.as_deref()) else {
        return failed(
            view,
            item,
            "Damaged",
            "the step does not say who takes over".to_owned(),
        );
    };
    if let Some(progress) = changed(view, item, &candidate, &before, at) {
        return progress;
    }
    follow(
        view,
        item,
        PatroniCall {
            by: item.name.to_owned(),
            member: candidate.clone(),
            request: PatroniRequest::Failover { candidate },
            // The lock may have come free since: that is what it is for.
            expect: Holder {
                member: view.facts.leader().map(|_| before),
                transitions: at,
            },
        },
    )
}

/// The replica that is known to hold everything, else the most advanced one that answers, or the
/// one asked for if it answers.
pub fn failover_candidate(
    view: &View<'_>,
    assessment: &Assessment,
    to: Option<&str>,
) -> Option<String> {
    view.facts
        .members
        .iter()
        .filter(|(name, _)| view.facts.pods.get(*name).is_some_and(Pod::is_running))
        .filter(|(name, _)| assessment.primary.as_deref() != Some(name.as_str()))
        .filter(|(name, _)| to.is_none_or(|to| to == name.as_str()))
        .filter_map(|(name, answer)| Some((name, answer.within(view.now, LIVE)?)))
        .filter(|(_, answer)| answer.state == "running" && !answer.leads())
        .max_by_key(|(name, answer)| {
            (
                holds_everything(view, name),
                answer.timeline,
                answer.position(),
                std::cmp::Reverse((*name).clone()),
            )
        })
        .map(|(name, _)| name.clone())
}

/// Whether a member has every row that was acknowledged: Patroni names it as synchronous, and no
/// row is acknowledged without all that it names (in quorum mode: without some of them).
pub fn holds_everything(view: &View<'_>, member: &str) -> bool {
    let facts = view.facts;
    let config = facts.config.as_ref();
    // Named by the one that holds the lock, or held it last.
    let by_leader = facts.sync.as_ref().is_some_and(|sync| {
        sync.leader.is_none()
            || facts
                .leader()
                .is_none_or(|l| sync.leader.as_deref() == Some(l))
    });
    scale::is_synchronous(view)
        && config.is_some_and(|config| !config.is_quorum())
        && by_leader
        && scale::is_sync_standby(view, member)
}

/// Whether Patroni would hand over to this member: it follows closely, and in synchronous mode it
/// is named as synchronous.
pub fn can_take_over(view: &View<'_>, assessment: &Assessment, member: &str) -> bool {
    let quorum = view
        .facts
        .config
        .as_ref()
        .is_some_and(pg_core::patroni::ClusterConfig::is_quorum);
    assessment.followers().any(|name| name == member)
        && lag::is_close(view, assessment, member)
        && (!scale::is_synchronous(view) || quorum || scale::is_sync_standby(view, member))
}

fn transitions(view: &View<'_>) -> i64 {
    view.facts
        .leader
        .as_ref()
        .map_or(0, |leader| leader.leader.transitions)
}

fn remembered(before: Option<&str>) -> Option<(String, i64)> {
    let (candidate, transitions) = before?.split_once(' ')?;
    Some((candidate.to_owned(), transitions.parse().ok()?))
}

/// What the leader object says of the change: `None` while it has not happened.
fn changed(
    view: &View<'_>,
    item: &Item<'_>,
    candidate: &str,
    before: &str,
    transitions_before: i64,
) -> Option<Progress> {
    let leader = view.facts.leader()?;
    let transitions = transitions(view);
    if leader == before && transitions > transitions_before {
        return Some(failed(
            view,
            item,
            "PrimaryChanged",
            format!("{before} lost the lock and got it back; it was not asked again"),
        ));
    }
    // The number only grows: an older view says nothing.
    if leader == before || (transitions <= transitions_before && !before.is_empty()) {
        return None;
    }
    // A new leader counts when it says itself that it leads.
    let leads = view
        .facts
        .answer(leader)
        .and_then(|answer| answer.within(view.now, LIVE))
        .is_some_and(MemberAnswer::leads);
    if !leads && item.step_age(view) > GIVE_UP {
        return Some(failed(
            view,
            item,
            "NotSeen",
            format!("{leader} has held the lock for a while, but does not answer as primary"),
        ));
    }
    if !leads {
        return Some(Progress::Wait);
    }
    let message = if leader == candidate {
        format!("{leader} is primary; it was {}", or_nobody(before))
    } else {
        format!(
            "{leader} is primary, not {candidate} as asked; it was {}",
            or_nobody(before)
        )
    };
    let phase = if leader == candidate {
        (Phase::Succeeded, "Done")
    } else {
        (Phase::Failed, "OtherPrimary")
    };
    let mut status = item.ended(view, phase.0, phase.1, message);
    status.steps = item.step_done(view).steps;
    status.primary_after = Some(leader.to_owned());
    Some(Progress::Write(status))
}

/// Somebody else became primary before anything was done.
fn overtaken(view: &View<'_>, item: &Item<'_>, before: &str) -> Progress {
    Progress::Write(item.ended(
        view,
        Phase::Superseded,
        "PrimaryChanged",
        format!(
            "{} was primary, now it is {}; nothing was done",
            or_nobody(before),
            view.facts.leader().unwrap_or("nobody")
        ),
    ))
}

fn or_nobody(name: &str) -> &str {
    if name.is_empty() { "nobody" } else { name }
}

/// Asks Patroni, once in a while, until it happened, was refused, or took too long.
fn follow(view: &View<'_>, item: &Item<'_>, call: PatroniCall) -> Progress {
    let made = view
        .facts
        .patroni_call
        .as_ref()
        .filter(|made| made.by == item.name);
    if let Some(made) = made
        && let Some(refusal) = &made.refused
    {
        return failed(
            view,
            item,
            "PatroniRefused",
            format!("Patroni refused: {refusal}"),
        );
    }
    if item.step_age(view) > GIVE_UP {
        return failed(
            view,
            item,
            "NotSeen",
            format!("no change of primary within {} s", GIVE_UP.as_secs()),
        );
    }
    match made {
        Some(made) if view.now.age(made.at) < PATIENCE => Progress::Wait,
        _ => Progress::Act(Action::Patroni(call)),
    }
}

fn failed(view: &View<'_>, item: &Item<'_>, reason: &str, message: String) -> Progress {
    Progress::Write(item.ended(view, Phase::Failed, reason, message))
}
