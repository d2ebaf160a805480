//! Waiting for what `install` brought.

use std::time::Duration;

use k8s_openapi::{
    api::apps::v1::Deployment,
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::Api;
use serde_json::Value;
use tokio::time::Instant;

use super::{CONTROLLER, text};
use crate::{
    connect::Context,
    error::{Error, Kind, Result},
    output::progress::Task,
    preflight,
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
    let api: Api<CustomResourceDefinition> = Api::all(context.client.clone());
    for object in objects
        .iter()
        .filter(|object| object["kind"] == "CustomResourceDefinition")
    {
        let name = text(&object["metadata"]["name"]);
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
            pause(session, until, &format!("{name} is not established")).await?;
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
        pause(session, until, &state).await?;
    }
    loop {
        if let Some(report) = preflight::report(context).await?
            && preflight::freshness(&report) == preflight::Freshness::Fresh
        {
            let version = &report.body.controller_version;
            return Ok(format!("installed: controller {version}"));
        }
        task.says("waits for the controller's first report");
        pause(session, until, "the controller has not reported yet").await?;
    }
}

async fn pause(session: &Session, until: Instant, state: &str) -> Result<()> {
    if Instant::now() >= until {
        return Err(Error::new(Kind::TimedOut, format!("time ran out: {state}"))
            .hint("kubectl pg logs --controller"));
    }
    if session.stop.sleep(Duration::from_millis(400)).await {
        return Err(Error::new(
            Kind::Interrupted,
            "interrupted; run it again to finish",
        ));
    }
    Ok(())
}
