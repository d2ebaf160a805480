//! `delete`: one Postgres cluster, named in full.

use std::time::Duration;

use kube::api::{DeleteParams, Preconditions};
use tokio::time::Instant;

use super::change::{Outcome, Request, ask, exactly_one, get, open, report};
use crate::{
    args::Delete,
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    output::{progress::Task, prompt::Class, text::age_at},
    preflight::{Right, rights},
    session::Session,
};

/// Deletes.
pub async fn run(session: &Session, args: Delete) -> Result<Exit> {
    let one = exactly_one(session, &args.target)?;
    let change = &args.change;
    let request = Request::begin(session, change, Duration::from_secs(600));
    let sites = open(session, std::slice::from_ref(&one.context), !change.wait).await?;
    let Some(context) = sites.contexts.get(&one.context) else {
        return Err(Error::new(Kind::UnknownContext, "the context is gone"));
    };
    let cluster = get(context, &one).await?;
    let right = Right {
        verb: "delete",
        group: "acid.zalan.do",
        resource: "postgresqls",
        namespace: &cluster.namespace,
        name: &cluster.name,
    };
    rights(context, &[right]).await?;
    let api = context.clusters(&cluster.namespace);
    let mut parameters = DeleteParams {
        preconditions: Some(Preconditions {
            uid: Some(cluster.uid().to_owned()),
            resource_version: None,
        }),
        dry_run: true,
        ..DeleteParams::default()
    };
    // The API server's own judgement first: policies that protect it.
    context
        .ask(api.delete(&cluster.name, &parameters))
        .await
        .map_err(|error| place(&cluster, error))?;
    let effect = effect(&cluster);
    if change.dry_run.is_dry() {
        session
            .screen
            .data(&format!("{effect} (would be deleted)\n"));
        return Ok(Exit::Done);
    }
    let target = cluster.target();
    if !cluster.is_going() {
        ask(
            session,
            change,
            Class::Destructive,
            std::slice::from_ref(&target),
            "Delete",
            std::slice::from_ref(&effect),
        )
        .await?;
    }
    session.touch();
    parameters.dry_run = false;
    let result = async {
        context
            .ask_opt(api.delete(&cluster.name, &parameters))
            .await?;
        if !change.wait {
            return Ok("is being deleted".to_owned());
        }
        let task = session.screen.progress().task(&target.to_string());
        let ended = gone(session, &cluster, request.until, &task).await;
        task.end();
        ended.map(|()| "deleted".to_owned())
    }
    .await;
    report(session, &request, vec![Outcome::new(&target, result)])
}

fn place(cluster: &Cluster, error: Error) -> Error {
    error
        .context(&cluster.context.name)
        .object(&cluster.namespace, &cluster.name)
}

fn effect(cluster: &Cluster) -> String {
    let age = cluster
        .created()
        .map(|created| format!(", {} old", age_at(created, jiff::Timestamp::now())))
        .unwrap_or_default();
    format!(
        "{}: PostgreSQL {}, {} members, {}, primary {}{age}; pods and Services go, volumes and secrets as the controller is configured",
        cluster.target(),
        cluster.version(),
        cluster.members_wanted(),
        cluster.health(),
        cluster.status.primary.as_deref().unwrap_or("unknown"),
    )
}

/// Waits until nothing of this uid is left.
async fn gone(session: &Session, cluster: &Cluster, until: Instant, task: &Task) -> Result<()> {
    let api = cluster.context.clusters(&cluster.namespace);
    let mut pause = Duration::from_millis(250);
    loop {
        let state = match cluster.context.ask_opt(api.get(&cluster.name)).await {
            Ok(None) => return Ok(()),
            Ok(Some(object)) if object.metadata.uid.as_deref() != Some(cluster.uid()) => {
                return Ok(());
            }
            Ok(Some(object)) => {
                let now = Cluster::new(&cluster.context, object);
                let finalizers = now.object.metadata.finalizers.clone().unwrap_or_default();
                format!("waits for {}", finalizers.join(", "))
            }
            Err(error) if error.kind == Kind::Unreachable => error.message,
            Err(error) => return Err(error),
        };
        task.says(&state);
        if Instant::now() >= until {
            return Err(Error::new(
                Kind::TimedOut,
                format!("time ran out, the deletion goes on: {state}"),
            ));
        }
        if session.stop.sleep(pause).await {
            return Err(Error::new(
                Kind::Interrupted,
                "interrupted; the deletion goes on",
            ));
        }
        pause = (pause * 5 / 4).min(Duration::from_secs(1));
    }
}
