//! How one target is: from its operations, from what its controller says, from what people said.

use crate::{
    names,
    operation::{Operation, OperationStatus, Phase},
};

use super::resource::{Control, Rollout, State, Target, TargetStatus, Word};

/// Begins the reasons of operations that were refused for the rollout's own sake: nothing was done,
/// and the target's turn is still to come.
pub const NOT_YET: &str = "RolloutNotNow";
/// Reason of an operation that was refused because somebody has changed the target.
pub const CHANGED: &str = "RolloutTargetChanged";

/// Reasons of operations that never began, because somebody had changed the primary meanwhile: the
/// target is looked at once more.
const MOVED: [&str; 2] = ["PrimaryChanged", "TimelineChanged"];
/// So often in a row; then it has failed.
const LOOKED_AGAIN: u32 = 5;

/// Longest reason that is kept.
const REASON: usize = 120;

/// A text cut to what is kept of it.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(REASON - 1) {
        Some((at, _)) if text.chars().nth(REASON).is_some() => format!("{}…", &text[..at]),
        _ => text.to_owned(),
    }
}

/// What people said of a target.
pub fn word<'a>(control: &'a Control, target: &Target) -> Option<&'a Word> {
    control.words.iter().find(|word| word.uid == target.uid)
}

/// The operation of a rollout with the highest attempt on a target.
fn newest<'a>(
    target: &Target,
    operations: impl IntoIterator<Item = &'a Operation>,
) -> Option<(u32, &'a Operation)> {
    operations
        .into_iter()
        .filter(|one| one.spec.target.uid == target.uid)
        .filter_map(|one| Some((names::attempt(one.metadata.name.as_deref()?)?, one)))
        .max_by_key(|(attempt, _)| *attempt)
}

/// How a target is as far as its operations tell, which are those of this rollout, read after its
/// control.
pub fn of_operations<'a>(
    target: &Target,
    control: &Control,
    operations: impl IntoIterator<Item = &'a Operation>,
) -> TargetStatus {
    let word = word(control, target);
    let left_out = word
        .filter(|word| word.skip)
        .map(|word| format!("skipped by {}", word.by));
    let mut status = TargetStatus {
        uid: target.uid.clone(),
        ..TargetStatus::default()
    };
    let Some((attempt, operation)) = newest(target, operations) else {
        if left_out.is_some() {
            status.state = State::Skipped;
            status.reason = left_out;
        }
        return status;
    };
    let none = OperationStatus::default();
    let found = operation.status.as_ref().unwrap_or(&none);
    let created = operation.metadata.creation_timestamp.clone();
    status.operation.clone_from(&operation.metadata.name);
    status.attempt = attempt;
    status.started_at = found.started_at.clone().or(created);
    status.finished_at.clone_from(&found.finished_at);
    let reason = found.reason.as_deref().unwrap_or_default();
    let retried = word.map_or(0, |word| word.retry);
    let message = || found.message.as_deref().map(shortened);
    (status.state, status.reason) = match (found.phase, left_out) {
        // It takes its place as long as it goes on, but nobody waits for it.
        (Phase::Pending | Phase::Queued | Phase::Running, left_out) => (State::Running, left_out),
        (Phase::Succeeded, Some(left_out)) => (
            State::Skipped,
            Some(format!("{left_out}, after it was done")),
        ),
        (Phase::Succeeded, None) => (State::Succeeded, None),
        (_, Some(left_out)) => (State::Skipped, Some(left_out)),
        _ if retried >= attempt => (State::Pending, None),
        (Phase::Refused, _) if reason == NOT_YET => (State::Pending, message()),
        (Phase::Refused, _) if reason == CHANGED => (State::Skipped, message()),
        (Phase::Superseded, _) if MOVED.contains(&reason) && attempt - retried < LOOKED_AGAIN => {
            (State::Pending, message())
        }
        (phase, _) => {
            let message = found.message.as_deref().unwrap_or(reason);
            (
                State::Failed,
                Some(shortened(&format!("{phase}: {message}"))),
            )
        }
    };
    if status.state == State::Pending {
        status.started_at = None;
        status.finished_at = None;
    }
    status
}

/// How a target is, as a driver sees it: what its operations tell, and of the same attempt what
/// its controller knows beside that. An older word of the controller's counts for nothing.
pub fn seen_by_driver(target: &Target, slice: &Rollout, operations: &[Operation]) -> TargetStatus {
    let found = of_operations(target, &slice.spec.control, operations);
    let told = slice
        .status
        .iter()
        .flat_map(|status| &status.targets)
        .find(|one| one.uid == target.uid);
    let Some(told) = told else {
        return found;
    };
    if told.attempt != found.attempt {
        // What it has seen and is no longer there was taken away after its end.
        let newer = told.attempt > found.attempt && found.state != State::Skipped;
        return if newer { told.clone() } else { found };
    }
    let again = word(&slice.spec.control, target)
        .is_some_and(|word| !word.skip && word.retry >= told.attempt.max(1));
    match (found.state, told.state) {
        (State::Pending | State::Succeeded, State::Failed | State::Skipped) if again => {
            TargetStatus {
                state: State::Pending,
                ..found
            }
        }
        (State::Pending, State::Skipped)
        | (State::Succeeded, State::Succeeded | State::Failed | State::Skipped) => told.clone(),
        _ => found,
    }
}
