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

/// Longest reason that is kept.
const REASON: usize = 120;

/// A text cut to what is kept of it.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(REASON - 1) {
        Some((at, _)) if text.chars().nth(REASON).is_some() => format!("{}…", &text[..at]),
        _ => text.to_owned(),
    }
}

fn word<'a>(control: &'a Control, target: &Target) -> Option<&'a Word> {
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
    let again = word.is_some_and(|word| word.retry >= attempt);
    let message = || found.message.as_deref().map(cut);
    (status.state, status.reason) = match found.phase {
        Phase::Pending | Phase::Queued | Phase::Running => (State::Running, None),
        Phase::Succeeded => (State::Succeeded, None),
        _ if left_out.is_some() => (State::Skipped, left_out),
        _ if again => (State::Pending, None),
        Phase::Refused if reason == NOT_YET => (State::Pending, message()),
        Phase::Refused if reason == CHANGED => (State::Skipped, message()),
        phase => {
            let message = found.message.as_deref().unwrap_or(reason);
            (State::Failed, Some(cut(&format!("{phase}: {message}"))))
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
        let newer = told.attempt > found.attempt;
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
