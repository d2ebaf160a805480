//! Waiting before `install` and for what it brought.

use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, api::DynamicObject};
use serde_json::Value;
use tokio::time::Instant;

use super::{super::wait::Pace, CONTROLLER, resource, text};
use crate::{
    connect::Context, error::Result, objects::Deployment, output::progress::Task, preflight,
    session::Session,
};

/// Waits once until the resources are served.
pub async fn established(
    session: &Session,
    context: &Context,
    objects: &[Value],
    done: &mut Option<()>,
    until: Instant,
) -> Result<()> {
    if done.is_some() {
        return Ok(());
    }
    for object in objects
        .iter()
        .filter(|object| object["kind"] == "CustomResourceDefinition")
    {
        let name = text(&object["metadata"]["name"]);
        let api: Api<DynamicObject> = Api::all_with(context.client.clone(), &resource(object)?);
        let mut pace = pace(session, until);
        loop {
            let definition = context.ask(api.get(name)).await?;
            let conditions = definition.data["status"]["conditions"].as_array();
            let is_there = conditions.into_iter().flatten().any(|condition| {
                condition["type"] == "Established" && condition["status"] == "True"
            });
            if is_there {
                break;
            }
            pace.next(&format!("{name} is not established")).await?;
        }
    }
    *done = Some(());
    Ok(())
}

/// Waits until the Deployment is available and the controller reports.
pub async fn serves(
    session: &Session,
    context: &Context,
    namespace: &str,
    until: Instant,
    task: &Task,
) -> Result<String> {
    let api: Api<Deployment> = context.api(namespace);
    let mut pace = pace(session, until).hint("kubectl pg logs --controller");
    loop {
        let deployment = context.ask(api.get(CONTROLLER)).await?;
        let status = deployment.status;
        let wanted = deployment.spec.replicas.unwrap_or(1);
        let seen = status.observed_generation >= deployment.metadata.generation;
        let current = status.updated_replicas;
        let available = status.available_replicas;
        let all = status.replicas;
        if seen && current == wanted && available >= wanted && all == wanted {
            break;
        }
        let state = format!("controller: {available}/{wanted} available");
        task.says(&state);
        pace.next(&state).await?;
    }
    loop {
        if let Some(report) = preflight::report(context).await?
            && preflight::freshness(&report) == preflight::Freshness::Fresh
        {
            let version = &report.body.controller_version;
            return Ok(format!("installed: controller {version}"));
        }
        let state = "waits for the controller's first report";
        task.says(state);
        pace.next(state).await?;
    }
}

/// Waits for a namespace that an `uninstall` just before has left to its end: nothing can be made
/// in it.
pub async fn not_going(
    session: &Session,
    context: &Context,
    namespace: &str,
    until: Instant,
    task: &Task,
) -> Result<()> {
    let namespaces: Api<Namespace> = Api::all(context.client.clone());
    let mut pace = pace(session, until);
    loop {
        let found = context.ask_opt(namespaces.get_metadata(namespace)).await?;
        if found.is_none_or(|found| found.metadata.deletion_timestamp.is_none()) {
            return Ok(());
        }
        let state = format!("waits for the namespace {namespace} to be gone");
        task.says(&state);
        pace.next(&state).await?;
    }
}

fn pace(session: &Session, until: Instant) -> Pace<'_> {
    Pace::new(session, until)
        .then("run it again to finish")
        .closely()
}
