//! An operation on its way, and what its end means.

use kube::Api;
use pg_core::operation::{Operation, OperationStatus, Phase};
use tokio::time::Instant;

use crate::{
    commands::wait::Pace,
    connect::Context,
    error::{Error, Kind, Result},
    output::progress::Task,
    session::Session,
};

/// The reason of a check that found nothing.
const POSSIBLE: &str = "Possible";

/// Follows an operation to its end, which stays once it is written.
pub async fn follow(
    session: &Session,
    context: &Context,
    api: &Api<Operation>,
    name: &str,
    until: Instant,
    task: &Task,
) -> Result<OperationStatus> {
    let mut pace = Pace::new(session, until).closely().of(api, name);
    loop {
        let state = match context.ask_opt(api.get(name)).await {
            Ok(Some(operation)) => {
                let status = operation.status.unwrap_or_default();
                if status.phase.is_final() {
                    return Ok(status);
                }
                in_words(&status)
            }
            Ok(None) => {
                return Err(Error::new(
                    Kind::Failed,
                    format!("the operation {name} is gone"),
                ));
            }
            Err(error) if error.kind == Kind::Unreachable => error.message,
            Err(error) => return Err(error),
        };
        task.says(&state);
        pace.next(&state).await?;
    }
}

/// Where an operation is.
pub fn in_words(status: &OperationStatus) -> String {
    let step = status
        .steps
        .iter()
        .rev()
        .find(|step| step.finished_at.is_none());
    let detail = step
        .map(|step| step.name.as_str())
        .or(status.message.as_deref())
        .unwrap_or_default();
    if detail.is_empty() {
        status.phase.to_string()
    } else {
        format!("{}: {detail}", status.phase)
    }
}

/// How a command ends with an operation's end.
pub fn judged(verb: &str, status: &OperationStatus) -> Result<String> {
    let message = status.message.clone().unwrap_or_default();
    let kind = match status.phase {
        Phase::Succeeded => {
            let moved = match (&status.primary_before, &status.primary_after) {
                (Some(before), Some(after)) if before != after => {
                    Some(format!("primary {before} → {after}"))
                }
                _ => None,
            };
            // Where the move is not what was asked for, the message says what was done.
            let said = Some(message)
                .filter(|message| !message.is_empty() && (moved.is_none() || verb == "upgrade"));
            let all: Vec<String> = said.into_iter().chain(moved).collect();
            let colon = if all.is_empty() { "" } else { ": " };
            let all = all.join("; ");
            // Nothing was done but to look.
            return Ok(match status.reason.as_deref() {
                Some(POSSIBLE) => format!("{verb}: {all}"),
                _ => format!("{verb} done{colon}{all}"),
            });
        }
        Phase::Expired | Phase::Superseded | Phase::Refused => Kind::Refused,
        Phase::Cancelled => Kind::Stopped,
        Phase::Failed | Phase::Pending | Phase::Queued | Phase::Running => Kind::Failed,
    };
    let reason = status
        .reason
        .as_deref()
        .map(|reason| format!(" ({reason})"))
        .unwrap_or_default();
    Err(Error::new(
        kind,
        format!("{verb} {}{reason}: {message}", status.phase),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn what_was_done_is_said_and_who_leads_now() {
        let table = [
            ("switchover", "a", "switchover done: primary x → y"),
            (
                "upgrade",
                "all run b",
                "upgrade done: all run b; primary x → y",
            ),
            ("upgrade", "", "upgrade done: primary x → y"),
        ];
        for (verb, message, expected) in table {
            let mut status = OperationStatus {
                phase: Phase::Succeeded,
                message: Some(message.to_owned()),
                primary_before: Some("x".to_owned()),
                primary_after: Some("y".to_owned()),
                ..OperationStatus::default()
            };
            assert_eq!(judged(verb, &status).expect("done"), expected);
            status.primary_after = status.primary_before.clone();
            let stays = judged(verb, &status).expect("done");
            let rest = if message.is_empty() { "" } else { ": " };
            assert_eq!(stays, format!("{verb} done{rest}{message}"));
        }
        let checked = OperationStatus {
            phase: Phase::Succeeded,
            reason: Some(POSSIBLE.to_owned()),
            message: Some("it can be upgraded from 15 to 17".to_owned()),
            ..OperationStatus::default()
        };
        let said = judged("upgrade", &checked).expect("done");
        assert_eq!(said, "upgrade: it can be upgraded from 15 to 17");
    }

    #[test]
    fn what_was_not_done_is_a_refusal() {
        let table = [
            (Phase::Failed, Exit::Failed),
            (Phase::Refused, Exit::Refused),
            (Phase::Expired, Exit::Refused),
            (Phase::Superseded, Exit::Refused),
            (Phase::Cancelled, Exit::Stopped),
        ];
        for (phase, exit) in table {
            let status = OperationStatus {
                phase,
                ..OperationStatus::default()
            };
            let error = judged("switchover", &status).expect_err("not done");
            assert_eq!(error.exit(false), exit, "{phase}");
        }
    }

    #[test]
    fn success_tells_the_new_primary() {
        let status = OperationStatus {
            phase: Phase::Succeeded,
            primary_before: Some("main-0".to_owned()),
            primary_after: Some("main-1".to_owned()),
            ..OperationStatus::default()
        };
        assert_eq!(
            judged("switchover", &status),
            Ok("switchover done: primary main-0 → main-1".to_owned())
        );
    }
}
