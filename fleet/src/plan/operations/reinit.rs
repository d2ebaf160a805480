//! A replica's data is thrown away and copied again from the primary.

use std::time::Duration;

use pg_core::operation::Phase;

use super::{Item, Progress};
use crate::plan::{
    View,
    action::{Action, PatroniCall, PatroniRequest},
    assess::{Assessment, LIVE},
};

const PATIENCE: Duration = Duration::from_secs(30);
/// Patroni begins at its next loop; a copy that was not even begun by then will not be.
const BEGIN_WITHIN: Duration = Duration::from_secs(60);

/// The next step.
pub fn next(view: &View<'_>, assessment: &Assessment, item: &Item<'_>, member: &str) -> Progress {
    let answer = view
        .facts
        .answer(member)
        .and_then(|answer| answer.within(view.now, LIVE));
    let Some(step) = item.open_step() else {
        let before = answer.and_then(|answer| answer.postmaster_start_time.clone());
        return Progress::Write(item.begun(
            view,
            format!("copy {member} again"),
            Some(before.unwrap_or_default()),
        ));
    };
    let end = |phase, reason: &str, message: String| {
        let mut status = item.ended(view, phase, reason, message);
        status.steps = item.step_done(view).steps;
        Progress::Write(status)
    };
    // Nothing happens to the last good copy, also when that came about after the start.
    if view.facts.leader() == Some(member) {
        return end(
            Phase::Failed,
            "IsPrimary",
            format!("{member} has become the primary; its data was left alone"),
        );
    }
    let started = answer.and_then(|answer| answer.postmaster_start_time.as_ref());
    let new_start = started.is_some() && started != step.before.as_ref();
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
    let begun = new_start || answer.is_some_and(|answer| answer.state != "running");
    match made {
        Some(made) if made.refused.is_some() => end(
            Phase::Failed,
            "PatroniRefused",
            format!(
                "Patroni refused: {}",
                made.refused.clone().unwrap_or_default()
            ),
        ),
        _ if begun => Progress::Wait,
        _ if item.step_age(view) > BEGIN_WITHIN => end(
            Phase::Failed,
            "NotBegun",
            format!(
                "{member} did not begin to copy within {} s",
                BEGIN_WITHIN.as_secs()
            ),
        ),
        Some(made) if view.now.age(made.at) < PATIENCE => Progress::Wait,
        _ if assessment.primary.is_none() => Progress::Wait,
        _ => Progress::Act(Action::Patroni(PatroniCall {
            by: item.name.to_owned(),
            member: member.to_owned(),
            request: PatroniRequest::Reinitialize,
            expect: None,
        })),
    }
}
