//! What a person wants to see when a test has failed: statuses, pods with their logs, events, the controller's log.

use std::fmt::Write;

use k8s_openapi::api::{core::v1::Pod, events::v1::Event};
use kube::{Api, ResourceExt};
use pg_core::{operation::Operation, postgresql::Postgresql};

use crate::{Result, controller, site::Site};

const EVENTS: usize = 25;
/// Of a pod's log.
const LINES: i64 = 30;
/// Of a controller's log: what is looked through, and what is shown of it.
const READ: i64 = 5000;
const SHOWN: usize = 60;

/// Everything about a namespace, as text. What cannot be had is left out.
pub async fn of(site: &Site, namespace: &str) -> String {
    let mut text = format!("--- {}, namespace {namespace}\n", site.context);
    for part in [
        clusters(site, namespace).await,
        operations(site, namespace).await,
        pods(site, namespace).await,
        events(site, namespace).await,
        controllers(site, namespace).await,
    ] {
        text.push_str(&part.unwrap_or_else(|error| format!("({error})\n")));
    }
    text
}

async fn clusters(site: &Site, namespace: &str) -> Result<String> {
    let api = Api::<Postgresql>::namespaced(site.client.clone(), namespace);
    let mut text = String::new();
    for cluster in api.list(&Default::default()).await? {
        let status = serde_json::to_string_pretty(&cluster.status)?;
        let meta = &cluster.metadata;
        writeln!(
            text,
            "postgresql {} generation {:?} deleted {:?} finalizers {:?}\n{status}",
            cluster.name_any(),
            meta.generation,
            meta.deletion_timestamp.as_ref().map(|time| time.0),
            meta.finalizers.clone().unwrap_or_default(),
        )?;
    }
    Ok(text)
}

async fn operations(site: &Site, namespace: &str) -> Result<String> {
    let api = Api::<Operation>::namespaced(site.client.clone(), namespace);
    let mut text = String::new();
    for operation in api.list(&Default::default()).await? {
        let verb = operation.spec.action.verb();
        let status = serde_json::to_string(&operation.status)?;
        writeln!(text, "operation {} {verb} {status}", operation.name_any())?;
    }
    Ok(text)
}

async fn pods(site: &Site, namespace: &str) -> Result<String> {
    let api = Api::<Pod>::namespaced(site.client.clone(), namespace);
    let mut text = String::new();
    for pod in api.list(&Default::default()).await? {
        let status = pod.status.clone().unwrap_or_default();
        let containers: Vec<String> = status
            .container_statuses
            .iter()
            .flatten()
            .map(|one| {
                let state = serde_json::to_string(&one.state).unwrap_or_default();
                format!("ready={} restarts={} {state}", one.ready, one.restart_count)
            })
            .collect();
        writeln!(
            text,
            "pod {} {} on {} role {} deleted {:?} {} word {}",
            pod.name_any(),
            status.phase.unwrap_or_default(),
            pod.spec
                .as_ref()
                .and_then(|spec| spec.node_name.as_deref())
                .unwrap_or("-"),
            pod.labels().get("spilo-role").map_or("-", String::as_str),
            pod.metadata.deletion_timestamp.as_ref().map(|time| time.0),
            containers.join("; "),
            pod.annotations().get("status").map_or("-", String::as_str),
        )?;
        let log = crate::kubernetes::log(site, namespace, &pod.name_any(), LINES).await;
        for line in log.unwrap_or_else(|error| error.to_string()).lines() {
            writeln!(text, "    {line}")?;
        }
    }
    Ok(text)
}

async fn events(site: &Site, namespace: &str) -> Result<String> {
    let api = Api::<Event>::namespaced(site.client.clone(), namespace);
    let mut events = api.list(&Default::default()).await?.items;
    events.sort_by_key(|event| event.metadata.creation_timestamp.clone().map(|time| time.0));
    let mut text = String::new();
    for event in events.iter().skip(events.len().saturating_sub(EVENTS)) {
        writeln!(
            text,
            "event {} {} {} {}: {}",
            event
                .metadata
                .creation_timestamp
                .as_ref()
                .map(|time| time.0.to_string())
                .unwrap_or_default(),
            event
                .regarding
                .as_ref()
                .and_then(|about| about.name.as_deref())
                .unwrap_or("-"),
            event.type_.as_deref().unwrap_or_default(),
            event.reason.as_deref().unwrap_or_default(),
            event.note.as_deref().unwrap_or_default(),
        )?;
    }
    Ok(text)
}

/// What the controllers say of this namespace; other tests run beside.
async fn controllers(site: &Site, namespace: &str) -> Result<String> {
    let mut text = String::new();
    for pod in controller::pods(site).await? {
        let name = pod.name_any();
        writeln!(text, "controller {name}:")?;
        let log = crate::kubernetes::log(site, controller::NAMESPACE, &name, READ).await;
        let log = log.unwrap_or_else(|error| format!("{namespace}: {error}"));
        let about: Vec<&str> = log.lines().filter(|it| it.contains(namespace)).collect();
        for line in about.iter().skip(about.len().saturating_sub(SHOWN)) {
            writeln!(text, "{line}")?;
        }
    }
    Ok(text)
}
