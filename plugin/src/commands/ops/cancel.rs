//! `ops cancel`: operations are taken back, as far as they have not begun.

use std::{sync::Arc, time::Duration};

use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
};
use pg_core::{
    names,
    operation::{Operation, OperationStatus, Phase},
};
use serde_json::json;

use super::{Item, contexts_of, named_to_change};
use crate::{
    args::{Change, OpsCancel},
    commands::{
        change::{Foretold, Outcome, Request, all_of, ask, foretell, open, report},
        create::MANAGER,
        operate::{follow, in_words},
    },
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    output::prompt::Class,
    preflight::{Right, rights, who},
    session::Session,
    target::Target,
};

/// A controller that lives decides at once; a step that was begun is waited for.
const TIME: Duration = Duration::from_secs(300);

struct Checked<'a> {
    item: &'a Item,
    context: Arc<Context>,
    by: String,
}

/// Cancels.
pub async fn run(session: &Session, args: OpsCancel) -> Result<Exit> {
    let change = &args.change;
    let items = named_to_change(session, &args.id, change.where_found).await?;
    let (ended, open_ones): (Vec<&Item>, Vec<&Item>) =
        items.iter().partition(|item| item.phase().is_final());
    let over = |item: &Item| {
        let status = item.operation.status.clone().unwrap_or_default();
        format!(
            "it has ended, nothing can be taken back: {}",
            in_words(&status)
        )
    };
    if let (Some(item), true) = (ended.first(), open_ones.is_empty()) {
        let error = Error::new(Kind::Refused, over(item)).context(&item.context);
        let namespace = item.operation.namespace().unwrap_or_default();
        return Err(error.object(&namespace, &item.operation.name_any()));
    }
    for item in ended {
        session
            .screen
            .note(&format!("{}: {}", item.target(), over(item)));
    }
    let request = Request::begin(session, change, TIME);
    let sites = open(session, &contexts_of(&open_ones), !change.wait).await?;
    let found = open_ones
        .iter()
        .filter_map(|item| Some((*item, Arc::clone(sites.context(&item.context)?))));
    let judged = fanout::each(found, fanout::READS, |one| check(one, change), |_| ()).await;
    let checked = all_of(session, judged)?;
    let targets: Vec<Target> = checked.iter().map(|one| one.item.target()).collect();
    if change.dry_run.is_dry() {
        let told = checked.iter().zip(&targets);
        let told = told.map(|(one, target)| Foretold::change(target, &one.effect()));
        return foretell(session, "be taken back", told.collect());
    }
    let effects: Vec<String> = checked
        .iter()
        .zip(&targets)
        .map(|(one, target)| format!("{target}: {}", one.effect()))
        .collect();
    ask(
        session,
        change,
        Class::Low,
        &targets,
        "Take back what was asked of",
        &effects,
    )
    .await?;
    session.runs_on(format!(
        "what was begun goes on: kubectl pg ops watch {} --context {}",
        args.id,
        contexts_of(&items).join(",")
    ));
    session.touch();
    let outcomes = fanout::spread(
        &checked,
        change,
        &request.turns(session),
        |one| one.item.context.clone(),
        |one| {
            let (request, args) = (&request, &args);
            async move {
                let result = cancel(session, one, request, args).await;
                Outcome::new(&one.item.target(), result).operation(&one.item.operation.name_any())
            }
        },
    )
    .await;
    report(session, &request, outcomes)
}

impl Checked<'_> {
    fn effect(&self) -> String {
        let operation = &self.item.operation;
        let verb = operation.spec.action.verb();
        let status = operation.status.clone().unwrap_or_default();
        let state = in_words(&status);
        format!("{verb} ({state}) is taken back; a step that was begun is ended first")
    }

    /// Asks for it, or has it judged.
    async fn write(&self, change: &Change, dry_run: bool) -> Result<()> {
        let operation = &self.item.operation;
        let mut notes = json!({ names::CANCELLED_BY: self.by });
        if let Some(reason) = &change.reason {
            notes[names::REASON] = json!(reason);
        }
        let patch = Patch::Merge(json!({
            "metadata": { "uid": operation.uid(), "annotations": notes },
        }));
        let parameters = PatchParams {
            dry_run,
            field_manager: Some(MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let (api, name) = (operations(self), operation.name_any());
        let written = api.patch(&name, &parameters, &patch);
        self.context.ask(written).await.map(drop)
    }
}

fn operations(one: &Checked<'_>) -> Api<Operation> {
    let namespace = one.item.operation.namespace();
    one.context.api(&namespace.unwrap_or_default())
}

async fn check<'a>(
    (item, context): (&'a Item, Arc<Context>),
    change: &Change,
) -> Result<Checked<'a>> {
    let operation = &item.operation;
    let namespace = operation.namespace().unwrap_or_default();
    let target = &operation.spec.target.name;
    let right = |verb, group, resource, name| Right {
        verb,
        group,
        resource,
        namespace: namespace.as_str(),
        name,
    };
    let name = operation.name_any();
    let verb = operation.spec.action.verb();
    let needed = [
        right(verb, "acid.zalan.do", "postgresqls", target.as_str()),
        right("patch", "pgfleet.io", "operations", name.as_str()),
    ];
    let place = |error: Error| error.context(&context.name).object(&namespace, target);
    rights(&context, &needed).await.map_err(place)?;
    let by = who(&context).await.map_err(place)?;
    let place = |error: Error| error.context(&item.context).object(&namespace, target);
    let one = Checked { item, context, by };
    // The API server's own judgement, before any is written.
    one.write(change, true).await.map_err(place)?;
    Ok(one)
}

async fn cancel(
    session: &Session,
    one: &Checked<'_>,
    request: &Request,
    args: &OpsCancel,
) -> Result<String> {
    let operation = &one.item.operation;
    let verb = operation.spec.action.verb();
    let (api, name) = (operations(one), operation.name_any());
    request.may_begin(session)?;
    one.write(&args.change, false).await?;
    if !args.change.wait {
        return Ok(format!("{verb} is to be taken back; {}", one.item.follow()));
    }
    let task = session
        .screen
        .progress()
        .task(&one.item.target().to_string());
    let ended = follow(session, &one.context, &api, &name, request.until, &task).await;
    task.end();
    let status = ended.map_err(|error| error.hint(one.item.follow()))?;
    outcome(verb, &status)
}

/// What it came to.
fn outcome(verb: &str, status: &OperationStatus) -> Result<String> {
    let message = status.message.as_deref().unwrap_or_default();
    match status.phase {
        Phase::Cancelled => Ok(format!("{verb} {message}")),
        Phase::Succeeded => {
            let late = format!("too late to take back, {verb} is done: {message}");
            Err(Error::new(Kind::Failed, late))
        }
        phase => Ok(format!("{verb} {phase}: {message}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_was_not_taken_back() {
        let status = |phase| OperationStatus {
            phase,
            message: Some("x".to_owned()),
            ..OperationStatus::default()
        };
        let late = outcome("restart", &status(Phase::Succeeded)).expect_err("too late");
        assert_eq!(late.exit(false), Exit::Failed);
        for phase in [
            Phase::Cancelled,
            Phase::Expired,
            Phase::Failed,
            Phase::Refused,
        ] {
            assert!(outcome("restart", &status(phase)).is_ok(), "{phase}");
        }
    }
}
