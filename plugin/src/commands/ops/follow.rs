//! `ops watch`: operations as they go, or some of them to their end.

use std::time::Duration;

use kube::{Api, ResourceExt};
use pg_core::operation::Operation;
use tokio::time::Instant;

use super::{Item, contexts_of, named};
use crate::{
    args::{OpsList, OpsWatch},
    commands::{
        change::{Outcome, Request, open, report_beside},
        operate::{follow, judged},
        watch,
    },
    connect::Context,
    error::Result,
    exit::Exit,
    fanout,
    session::Session,
};

/// As long as the longest verb may take by default.
const TIME: Duration = Duration::from_secs(3600);

/// Watches.
pub async fn run(session: &Session, args: OpsWatch) -> Result<Exit> {
    let Some(id) = args.id else {
        return watch::operations(session, OpsList::all()).await;
    };
    let found = named(session, &id).await?;
    for error in &found.errors {
        session.screen.error(error);
    }
    let request = Request {
        id,
        again: true,
        until: Instant::now() + args.timeout.unwrap_or(TIME),
    };
    let sites = open(session, &contexts_of(&found.items), true).await?;
    let outcomes = fanout::each(
        &found.items,
        fanout::READS,
        |item| {
            let (request, context) = (&request, sites.context(&item.context));
            async move { Some(to_its_end(session, context?, item, request).await) }
        },
        |_| (),
    )
    .await;
    let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    let (none, dead) = (outcomes.is_empty(), !found.errors.is_empty());
    let exit = report_beside(session, &request, outcomes, found.errors)?;
    Ok(match exit {
        // It may be in a context that did not answer.
        _ if none => Exit::Failed,
        Exit::Done if dead && !session.flags.allow_unreachable => Exit::Mixed,
        exit => exit,
    })
}

async fn to_its_end(
    session: &Session,
    context: &Context,
    item: &Item,
    request: &Request,
) -> Outcome {
    let target = item.target();
    let name = item.operation.name_any();
    let api: Api<Operation> = context.api(&item.operation.namespace().unwrap_or_default());
    let task = session.screen.progress().task(&target.to_string());
    let ended = follow(session, context, &api, &name, request.until, &task).await;
    task.end();
    // Nobody's watching is needed: it goes on, and can be looked at again.
    let ended = ended.map_err(|error| error.hint(item.follow()));
    let result = ended.and_then(|status| judged(item.operation.spec.action.verb(), &status));
    Outcome::new(&target, result).operation(&name)
}
