//! A replica's data is thrown away and copied again from the primary.

use std::time::Duration;

use pg_core::operation::Phase;

use super::{Item, Progress};
use crate::plan::{
    View,
    action::{Action, PatroniCall, PatroniRequest},
    assess::{Assessment, LIVE},
    scale::is_only_sync_standby,
};

/// Patroni is not asked again for the same within this time.
const PATIENCE: Duration = Duration::from_secs(30);
/// Patroni begins at its next loop; a copy that was not even begun by then will not be.
const BEGIN_WITHIN: Duration = Duration::from_secs(60);
/// A member that neither runs nor copies for so long after it was asked does not come back.
const GIVE_UP: Duration = Duration::from_secs(300);

/// The next step.
pub fn next(view: &View<'_>, assessment: &Assessment, item: &Item<'_>, member: &str) -> Progress {
    let end = |phase, reason: &str, message: String| {
        let mut status = item.ended(view, phase, reason, message);
        status.steps = item.step_done(view).steps;
        Progress::Write(status)
    };
    let answer = view
        .facts
        .answer(member)
        .and_then(|answer| answer.within(view.now, LIVE));
    let Some(answer) = answer else {
        return if item.waited(view) > GIVE_UP {
            end(
                Phase::Failed,
                "NoAnswer",
                format!("{member} does not answer"),
            )
        } else {
            Progress::Wait
        };
    };
    let Some(step) = item.open_step() else {
        let before = answer.postmaster_start_time.clone();
        return Progress::Write(item.begun(
            view,
            format!("copy {member} again"),
            Some(before.unwrap_or_default()),
        ));
    };
    // Nothing happens to the last good copy, also when that came about after the start.
    if view.facts.leader() == Some(member) {
        return end(
            Phase::Failed,
            "IsPrimary",
            format!("{member} has become the primary; its data was left alone"),
        );
    }
    let new_start =
        answer.postmaster_start_time.is_some() && answer.postmaster_start_time != step.before;
    if new_start && assessment.followers().any(|name| name == member) {
        return end(
            Phase::Succeeded,
            "Done",
            format!("{member} was copied again and follows the primary"),
        );
    }
    let made = view
        .facts
        .patroni_call
        .as_ref()
        .filter(|made| made.by == item.name);
    if let Some(refusal) = made.and_then(|made| made.refused.as_ref()) {
        return end(
            Phase::Failed,
            "PatroniRefused",
            format!("Patroni refused: {refusal}"),
        );
    }
    let is_new = new_start || answer.state == "creating replica";
    let asked_lately = made.is_some_and(|made| view.now.age(made.at) < PATIENCE);
    match made {
        // The copy goes on, or is done and catches up; that takes as long as it takes.
        _ if is_new || asked_lately => Progress::Wait,
        Some(made) if answer.state != "running" => {
            if view.now.age(made.at) < GIVE_UP {
                Progress::Wait
            } else {
                let message = format!("{member} is not back: {}", answer.state);
                end(Phase::Failed, "NotBack", message)
            }
        }
        _ if item.step_age(view) > BEGIN_WITHIN => end(
            Phase::Failed,
            "NotBegun",
            format!(
                "{member} did not begin to copy within {} s",
                BEGIN_WITHIN.as_secs()
            ),
        ),
        _ if assessment.primary.is_none() => Progress::Wait,
        _ if is_only_sync_standby(view, member) => end(
            Phase::Failed,
            "OnlySyncStandby",
            format!("{member} has become the only synchronous standby; its data was left alone"),
        ),
        _ => Progress::Act(Action::Patroni(PatroniCall {
            by: item.name.to_owned(),
            member: member.to_owned(),
            request: PatroniRequest::Reinitialize,
            expect: view.expected_leader(),
        })),
    }
}
