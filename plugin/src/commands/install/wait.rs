//! Waiting before `install` and for what it brought.

use k8s_openapi::{
    api::{apps::v1::Deployment, core::v1::Namespace},
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::Api;
use serde_json::Value;
use tokio::time::Instant;

use super::{super::wait::Pace, CONTROLLER, text};
use crate::{connect::Context, error::Result, output::progress::Task, preflight, session::Session};

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
    let api: Api<CustomResourceDefinition> = Api::all(context.client.clone());
    for object in objects
        .iter()
        .filter(|object| object["kind"] == "CustomResourceDefinition")
    {
        let name = text(&object["metadata"]["name"]);
        let mut pace = pace(session, until);
        loop {
            let definition = context.ask(api.get(name)).await?;
            let conditions = definition
                .status
                .and_then(|status| status.conditions)
                .unwrap_or_default();
            let is = |kind: &str| {
                conditions
                    .iter()
                    .any(|condition| condition.type_ == kind && condition.status == "True")
            };
            if is("Established") {
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
        let status = deployment.status.unwrap_or_default();
        let wanted = deployment.spec.and_then(|spec| spec.replicas).unwrap_or(1);
        let seen = status.observed_generation >= deployment.metadata.generation;
        let current = status.updated_replicas.unwrap_or_default();
        let available = status.available_replicas.unwrap_or_default();
        let all = status.replicas.unwrap_or_default();
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
        let found = context.ask_opt(namespaces.get(namespace)).await?;
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
