//! `report`: a support bundle. What it holds is on a list; it never asks for a Secret, and what
//! looks like a password is masked all the same.

mod mask;

use std::path::Path;

use jiff::Timestamp;
use k8s_openapi::api::events::v1::Event;
use kube::{Api, api::ListParams};
use pg_core::{names, operation::Operation};
use serde_json::{Value, json};

use super::{
    exec::pods,
    gather::{gather, labelled},
    status::when,
};
use crate::{
    args::{Format, Report},
    cluster::Cluster,
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    objects::Pod,
    output::document::{Document, render, value_of},
    preflight,
    session::Session,
};

/// Fields of a manifest that are told.
const SPEC: [&str; 22] = [
    "teamId",
    "numberOfInstances",
    "dockerImage",
    "postgresql",
    "patroni",
    "volume",
    "resources",
    "users",
    "databases",
    "preparedDatabases",
    "enableMasterLoadBalancer",
    "enableReplicaLoadBalancer",
    "enableConnectionPooler",
    "enableReplicaConnectionPooler",
    "enableShmVolume",
    "maintenanceWindows",
    "spiloRunAsUser",
    "spiloRunAsGroup",
    "spiloFSGroup",
    "podPriorityClassName",
    "tolerations",
    "schedulerName",
];

/// Writes it.
pub async fn run(session: &Session, args: Report) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    let sites = session
        .read_each(
            &selection.contexts,
            |context| async move { site(&context).await },
            |_, _| (),
        )
        .await?;
    let mut items = Vec::new();
    let mut errors = Vec::new();
    for (_, result) in sites {
        match result {
            Ok(site) => items.push(site),
            Err(error) => errors.push(error),
        }
    }
    let answered = items.len();
    let (mut clusters, mut told) = (Vec::new(), Vec::new());
    if !args.targets.is_empty() || session.chooses_many() {
        let found = gather(session, &args.targets).await?;
        (clusters, told) = (found.clusters, found.errors);
    }
    errors.retain(|error| !told.contains(error));
    for error in &errors {
        session.screen.error(error);
    }
    errors.extend(told);
    let work = fanout::each(&clusters, 16, one, |_| ());
    items.extend(session.within(async { Ok(work.await) }).await?);
    let exit = Exit::of_read(answered, errors.len(), session.flags.allow_unreachable);
    let mut document = value_of(&Document::new("Report", items, errors))?;
    document["writtenBy"] = json!(format!("kubectl-pg {}", env!("CARGO_PKG_VERSION")));
    document["writtenAt"] = json!(Timestamp::now());
    mask::mask(&mut document);
    let form = match session.screen.format {
        Format::Json => Format::Json,
        _ => Format::Yaml,
    };
    let text = render(&document, form)?;
    if args.out == Path::new("-") {
        session.screen.exact(&text);
    } else {
        std::fs::write(&args.out, text).map_err(|error| {
            Error::new(Kind::Failed, format!("{}: {error}", args.out.display()))
        })?;
        session
            .screen
            .note(&format!("written to {}", args.out.display()));
    }
    Ok(exit)
}

async fn site(context: &Context) -> Result<Value> {
    let version = context.ask(context.client.apiserver_version()).await?;
    let report = preflight::report(context).await;
    Ok(json!({
        "context": context.name,
        "server": context.server,
        "kubernetes": version.git_version,
        "rollup": told(report.map(|report| json!(report.map(|report| report.body)))),
    }))
}

/// A part, or why it is missing.
fn told(part: Result<Value>) -> Value {
    part.unwrap_or_else(|error| json!({ "error": error.message }))
}

async fn one(cluster: &Cluster) -> Value {
    let operations: Api<Operation> = cluster.context.api(&cluster.namespace);
    let events: Api<Event> = cluster.context.api(&cluster.namespace);
    let regarding = ListParams::default().fields(&format!("regarding.uid={}", cluster.uid()));
    let labelled = labelled(names::CLUSTER_LABEL, &cluster.name);
    let (operations, events, pods) = tokio::join!(
        cluster.context.ask(operations.list(&labelled)),
        cluster.context.ask(events.list(&regarding)),
        pods(cluster),
    );
    let spec: serde_json::Map<String, Value> = SPEC
        .iter()
        .filter_map(|field| Some(((*field).to_owned(), cluster.spec(&[*field])?.clone())))
        .collect();
    let operations = operations.map(|list| {
        let told = list.items.iter().map(|operation| {
            json!({
                "name": operation.metadata.name,
                "created": operation.metadata.creation_timestamp,
                "action": operation.spec.action,
                "status": operation.status,
            })
        });
        told.collect()
    });
    let events = events.map(|list| {
        let told = list
            .items
            .iter()
            .map(|event| json!({"at": when(event), "reason": event.reason, "note": event.note}));
        told.collect()
    });
    let pods = pods.map(|pods| pods.iter().map(pod).collect());
    json!({
        "cluster": cluster.target().to_string(),
        "uid": cluster.uid(),
        "generation": cluster.object.metadata.generation,
        "created": cluster.created(),
        "spec": spec,
        "status": cluster.object.data.get("status"),
        "operations": told(operations),
        "events": told(events),
        "pods": told(pods),
    })
}

fn pod(pod: &Pod) -> Value {
    let status = &pod.status;
    let containers: Vec<Value> = status
        .container_statuses
        .iter()
        .map(|one| {
            json!({"name": one["name"], "image": one["image"], "ready": one["ready"],
                   "restarts": one["restartCount"], "state": one["state"]})
        })
        .collect();
    json!({
        "name": pod.metadata.name,
        "role": pod.metadata.labels.as_ref().and_then(|labels| labels.get("spilo-role")),
        "node": pod.spec.node_name,
        "phase": status.phase,
        "conditions": status.conditions,
        "containers": containers,
    })
}
