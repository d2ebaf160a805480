//! `report`: a support bundle. What it holds is on a list; it never asks for a Secret, and what
//! looks like a password is masked all the same.

pub mod mask;

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
    let (mut clusters, mut told, mut nowhere) = (Vec::new(), Vec::new(), false);
    if !args.targets.is_empty() || session.chooses_many() {
        let found = gather(session, &args.targets).await?;
        (clusters, told, nowhere) = (found.clusters, found.errors, found.nowhere);
    }
    errors.retain(|error| !told.contains(error));
    for error in &errors {
        session.screen.error(error);
    }
    errors.extend(told);
    let work = fanout::each(&clusters, 16, one, |_| ());
    items.extend(session.within(async { Ok(work.await) }).await?);
    let exit = match nowhere {
        true => Exit::Failed,
        false => Exit::of_read(answered, errors.len(), session.flags.allow_unreachable),
    };
    let form = match session.screen.format {
        Format::Json => Format::Json,
        _ => Format::Yaml,
    };
    let text = written(items, errors, form, mask::mask)?;
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

/// The bundle as it is written; nothing is in it that was not masked.
fn written(
    items: Vec<Value>,
    errors: Vec<Error>,
    form: Format,
    mask: impl Fn(&mut Value),
) -> Result<String> {
    let mut document = value_of(&Document::new("Report", items, errors))?;
    document["writtenBy"] = json!(format!("kubectl-pg {}", env!("CARGO_PKG_VERSION")));
    document["writtenAt"] = json!(Timestamp::now());
    mask(&mut document);
    render(&document, form)
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
    let operations = operations.map(|list| list.items);
    let events = events.map(|list| list.items);
    collected(cluster, operations, events, pods)
}

/// What is told of one cluster, not masked yet. Pure.
fn collected(
    cluster: &Cluster,
    operations: Result<Vec<Operation>>,
    events: Result<Vec<Event>>,
    pods: Result<Vec<Pod>>,
) -> Value {
    let spec: serde_json::Map<String, Value> = SPEC
        .iter()
        .filter_map(|field| Some(((*field).to_owned(), cluster.spec(&[*field])?.clone())))
        .collect();
    let operations = operations.map(|list| {
        let told = list.iter().map(|operation| {
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

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "canary\"7/+%\\q";

    /// As it is, in base64, in a URL, in JSON.
    fn ways() -> [String; 4] {
        [
            PASSWORD.to_owned(),
            "Y2FuYXJ5IjcvKyVccQ==".to_owned(),
            "canary%227%2F%2B%25%5Cq".to_owned(),
            r#"canary\"7/+%\\q"#.to_owned(),
        ]
    }

    /// What is collected where a password stands in everything that is told, written down in this
    /// way; and where it stands in what is not told.
    fn bundle(way: &str) -> Vec<Value> {
        let quoted = json!(way).to_string();
        let more = json!({
            "metadata": {
                "uid": "u",
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": quoted},
            },
            "spec": {
                "env": [{"name": "APP_TOKEN", "value": way}],
                "clone": {"cluster": "x", "s3_secret_access_key": way},
                "postgresql": {"parameters": {
                    "archive_command": format!("AWS_SECRET_ACCESS_KEY='{way}' push"),
                    "primary_conninfo": format!("host=a password='{way}'"),
                }},
                "patroni": {"password": way},
            },
            "status": {"conditions": [{
                "type": "Ready",
                "message": format!("connection to postgres://app:{}@db/app failed", url(way)),
            }]},
        });
        let operation = json!({
            "apiVersion": "pgfleet.io/v1alpha1", "kind": "Operation", "metadata": {"name": "o"},
            "spec": {
                "target": {"name": "main", "uid": "u"}, "action": {"reload": {}},
                "requestedBy": "ada", "reason": way, "startWithinSeconds": 600,
            },
            "status": {"phase": "Failed", "message": format!("{{\"password\": {quoted}}}")},
        });
        let event = json!({
            "metadata": {"name": "e"}, "reason": "Failed",
            "note": format!("ALTER ROLE app PASSWORD {quoted}"),
        });
        let pod = json!({
            "metadata": {"name": "main-0"},
            "spec": {"containers": [{"name": "postgres", "env": [{"name": "PGPASSWORD", "value": way}]}]},
            "status": {"containerStatuses": [{
                "name": "postgres",
                "state": {"terminated": {"message": format!("token: {quoted}")}},
            }]},
        });
        let cluster = Cluster::nowhere(more);
        let read = "what was made here";
        vec![collected(
            &cluster,
            Ok(vec![serde_json::from_value(operation).expect(read)]),
            Ok(vec![serde_json::from_value(event).expect(read)]),
            Ok(vec![serde_json::from_value(pod).expect(read)]),
        )]
    }

    /// In an address a password is written as for a URL, where it is not yet.
    fn url(way: &str) -> String {
        let signs = way.contains(['"', '/', '\\']);
        if signs {
            ways()[2].clone()
        } else {
            way.to_owned()
        }
    }

    /// Where a word stands in the texts of a document, whatever it is written in.
    fn places(value: &Value, word: &str) -> usize {
        match value {
            Value::String(text) => text.matches(word).count(),
            Value::Array(list) => list.iter().map(|one| places(one, word)).sum(),
            Value::Object(map) => map.values().map(|one| places(one, word)).sum(),
            _ => 0,
        }
    }

    /// Where any part of it stands, raw or in base64.
    fn found(text: &str) -> usize {
        let value: Value = serde_saphyr::from_str(text).expect("a document");
        ["canary", "Y2FuYXJ5"]
            .map(|part| places(&value, part))
            .iter()
            .sum()
    }

    #[tokio::test]
    async fn no_way_to_write_a_password_gets_into_the_bundle() {
        for way in ways() {
            for form in [Format::Json, Format::Yaml] {
                let text = written(bundle(&way), Vec::new(), form, mask::mask).expect("a text");
                assert_eq!(found(&text), 0, "{way}: {text}");
                for word in ways() {
                    assert!(!text.contains(&word), "{way}: {word}: {text}");
                }
                assert!(text.contains("ALTER ROLE app PASSWORD"), "{text}");
            }
        }
    }

    /// Else the test above would say nothing: each of the texts that are told has it.
    #[tokio::test]
    async fn without_the_mask_it_would() {
        for way in ways() {
            for form in [Format::Json, Format::Yaml] {
                let text = written(bundle(&way), Vec::new(), form, |_| ()).expect("a text");
                assert_eq!(found(&text), 7, "{way}: {text}");
            }
        }
    }
}
