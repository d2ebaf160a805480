//! `uninstall`: the controller and its rights go; resources, definitions and all that belongs to a
//! database stay. Finalizers are taken off before, else nothing could ever be deleted again.

use std::{sync::Arc, time::Duration};

use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams},
};
use pg_core::names::{CONTROLLER_ANNOTATION, DELETED, FINALIZER, SYSTEM_NAMESPACE};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    change::{Foretold, Outcome, Request, all_of, ask, foretell, goes_on_in, open_bare, report},
    create::MANAGER,
    install::{CONTROLLER, IMAGE, Shape, namespace_of, resource, rights as bound, shaped},
    wait::Pace,
};
use crate::{
    args::Uninstall,
    cluster::Cluster,
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    objects::Pod,
    output::{progress::Task, prompt::Class, text::count},
    preflight::{self, Right, rights},
    session::Session,
    target::Target,
};

/// Uninstalls.
pub async fn run(session: &Session, args: Uninstall) -> Result<Exit> {
    let selection = session.select(&[])?;
    let change = &args.change;
    let namespace = session
        .flags
        .namespace
        .clone()
        .unwrap_or_else(|| SYSTEM_NAMESPACE.to_owned());
    let shape = Shape {
        namespace: namespace.clone(),
        image: IMAGE.to_owned(),
        replicas: None,
        set: Vec::new(),
        config: None,
        scope: None,
        namespaces: Vec::new(),
    };
    let objects = shaped(&shape)?;
    let request = Request::begin(session, change, Duration::from_secs(300));
    let contexts = open_bare(session, &selection.contexts).await?;
    let judged = fanout::each(
        contexts.values(),
        fanout::READS,
        |context| {
            let namespace = &namespace;
            async move {
                judge(context, namespace)
                    .await
                    .map_err(|error| error.context(&context.name))
            }
        },
        |_| (),
    )
    .await;
    let clusters = all_of(session, judged)?;
    let targets: Vec<Target> = contexts
        .keys()
        .map(|context| Target {
            namespace: Some(namespace.clone()),
            name: CONTROLLER.to_owned(),
            context: Some(context.clone()),
        })
        .collect();
    let effects = clusters.iter().map(|clusters| {
        let clusters = count(clusters.len(), "Postgres cluster");
        format!("what goes on running under Patroni, {clusters}, is no longer healed, scaled or reported")
    });
    let effects = targets.iter().zip(effects);
    if change.dry_run.is_dry() {
        let told = effects.map(|(target, effect)| Foretold::change(target, &effect));
        return foretell(session, "be uninstalled", told.collect());
    }
    let effects: Vec<String> = effects
        .map(|(target, effect)| format!("{target}: {effect}"))
        .collect();
    ask(
        session,
        change,
        Class::Disruptive,
        &targets,
        "Uninstall",
        &effects,
    )
    .await?;
    goes_on_in(session, &selection.contexts);
    session.touch();
    let work: Vec<_> = targets.iter().zip(contexts.values()).collect();
    let outcomes = fanout::each(
        work,
        change.at_once(),
        |(target, context)| {
            let (objects, request, namespace) = (&objects, &request, namespace.as_str());
            async move {
                let task = session.screen.progress().task(&context.name);
                let ended =
                    uninstall(session, context, objects, namespace, request.until, &task).await;
                task.end();
                Outcome::new(target, ended)
            }
        },
        |_| (),
    )
    .await;
    report(session, &request, outcomes)
}

/// Whether it can be done: the rights are there, and no deletion waits for the controller.
async fn judge(context: &Arc<Context>, namespace: &str) -> Result<Vec<Cluster>> {
    let right = |verb, group, resource| Right {
        verb,
        group,
        resource,
        namespace: "",
        name: "",
    };
    rights(
        context,
        &[
            right("delete", "apps", "deployments"),
            right("delete", "rbac.authorization.k8s.io", "clusterroles"),
            right(
                "delete",
                "admissionregistration.k8s.io",
                "validatingadmissionpolicies",
            ),
            right("patch", "acid.zalan.do", "postgresqls"),
        ],
    )
    .await?;
    let clusters = clusters(context).await?;
    if let Some(going) = clusters
        .iter()
        .find(|cluster| cluster.is_going() && is_held(cluster))
    {
        return Err(Error::new(
            Kind::Refused,
            "it is being deleted, and only the controller can end that",
        )
        .object(&going.namespace, &going.name)
        .hint("wait until it is gone, then uninstall"));
    }
    if let Some(record) = records(context, namespace).await?.first() {
        let text = "it says that a Postgres cluster was deleted, and only the controller can take \
                    away what is left of that";
        return Err(Error::new(Kind::Refused, text)
            .object(namespace, record)
            .hint("wait until it is gone, then uninstall; without it what is left stays"));
    }
    Ok(clusters)
}

/// What the controller has written down of clusters that were deleted without the finalizer.
async fn records(context: &Context, namespace: &str) -> Result<Vec<String>> {
    let maps: Api<ConfigMap> = context.api(namespace);
    let written = ListParams::default().labels(DELETED);
    let list = context.ask_opt(maps.list_metadata(&written)).await?;
    let items = list.map(|list| list.items).unwrap_or_default();
    Ok(items.iter().map(ResourceExt::name_any).collect())
}

/// The Postgres clusters of this controller; beside another operator the others are not touched.
async fn clusters(context: &Arc<Context>) -> Result<Vec<Cluster>> {
    let report = preflight::report(context).await?;
    let own = report.map(|report| report.body.controller_id);
    let own = own.unwrap_or_default();
    let list = context
        .ask_opt(context.all_clusters().list(&ListParams::default()))
        .await?;
    Ok(list
        .map(|list| list.items)
        .unwrap_or_default()
        .into_iter()
        .map(|object| Cluster::new(context, object))
        .filter(|cluster| {
            cluster
                .annotation(CONTROLLER_ANNOTATION)
                .unwrap_or_default()
                == own
        })
        .collect())
}

fn is_held(cluster: &Cluster) -> bool {
    let finalizers = cluster
        .object
        .metadata
        .finalizers
        .as_deref()
        .unwrap_or_default();
    finalizers.iter().any(|finalizer| finalizer == FINALIZER)
}

async fn uninstall(
    session: &Session,
    context: &Arc<Context>,
    objects: &[Value],
    namespace: &str,
    until: Instant,
    task: &Task,
) -> Result<String> {
    // First the one who would put finalizers back.
    let (acting, rest): (Vec<&Value>, Vec<&Value>) = objects
        .iter()
        .rev()
        .partition(|object| object["kind"] == "Deployment");
    let mut found = false;
    for object in acting {
        found |= delete(context, object).await?;
    }
    stopped(session, context, namespace, until, task).await?;
    for cluster in clusters(context)
        .await?
        .iter()
        .filter(|cluster| is_held(cluster))
    {
        task.says(&format!(
            "finalizer of {}/{}",
            cluster.namespace, cluster.name
        ));
        let_go(cluster).await?;
    }
    found |= bound::withdraw(context).await?;
    let mut kept = "";
    for object in rest {
        match object["kind"].as_str().unwrap_or_default() {
            "CustomResourceDefinition" => continue,
            // Its verbs are what Patroni in every database pod lives on.
            "ClusterRole" if object["metadata"]["name"] == "postgres-pod" => continue,
            "Namespace" if is_used(context, namespace).await? => {
                kept = "; its namespace holds something else and stays";
                continue;
            }
            _ => found |= delete(context, object).await?,
        }
    }
    if !found {
        return Ok("nothing was installed".to_owned());
    }
    let left = clusters(context).await?;
    for cluster in &left {
        session
            .screen
            .note(&format!("goes on running: {}", cluster.target()));
    }
    let left = count(left.len(), "Postgres cluster");
    Ok(format!(
        "uninstalled; on goes what runs under Patroni: {left}; resources and definitions stay{kept}"
    ))
}

/// Whether it was there to be deleted.
async fn delete(context: &Context, object: &Value) -> Result<bool> {
    let resource = resource(object)?;
    let api: Api<DynamicObject> = match namespace_of(object) {
        Some(namespace) => Api::namespaced_with(context.client.clone(), namespace, &resource),
        None => Api::all_with(context.client.clone(), &resource),
    };
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let parameters = DeleteParams::background();
    let deleted = context.ask_opt(api.delete(name, &parameters)).await?;
    Ok(deleted.is_some())
}

/// Waits until no controller runs.
async fn stopped(
    session: &Session,
    context: &Context,
    namespace: &str,
    until: Instant,
    task: &Task,
) -> Result<()> {
    let pods: Api<Pod> = context.api(namespace);
    let ours = ListParams::default().labels("app.kubernetes.io/name=pg-fleet");
    let mut pace = Pace::new(session, until)
        .then("run it again to finish")
        .closely();
    loop {
        let left = context.ask(pods.list(&ours)).await?.items.len();
        if left == 0 {
            return Ok(());
        }
        let state = format!("waits for {} to end", count(left, "controller"));
        task.says(&state);
        pace.next(&state).await?;
    }
}

/// Takes our finalizer off, and no other.
async fn let_go(cluster: &Cluster) -> Result<()> {
    let api = cluster.context.clusters(&cluster.namespace);
    let metadata = &cluster.object.metadata;
    let others: Vec<&String> = metadata
        .finalizers
        .iter()
        .flatten()
        .filter(|one| *one != FINALIZER)
        .collect();
    let patch = json!({
        "metadata": {
            "uid": metadata.uid,
            "resourceVersion": metadata.resource_version,
            "finalizers": others,
        }
    });
    let parameters = PatchParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PatchParams::default()
    };
    cluster
        .context
        .ask_opt(api.patch(&cluster.name, &parameters, &Patch::Merge(&patch)))
        .await
        .map(drop)
        .map_err(|error| error.object(&cluster.namespace, &cluster.name))
}

/// Whether something lives in the namespace that is not ours to delete.
async fn is_used(context: &Context, namespace: &str) -> Result<bool> {
    let one = ListParams::default().limit(1);
    let claims: Api<PersistentVolumeClaim> = context.api(namespace);
    if !context
        .ask(claims.list_metadata(&one))
        .await?
        .items
        .is_empty()
    {
        return Ok(true);
    }
    let pods: Api<Pod> = context.api(namespace);
    if !context
        .ask(pods.list_metadata(&one))
        .await?
        .items
        .is_empty()
    {
        return Ok(true);
    }
    let clusters = context
        .ask_opt(context.clusters(namespace).list(&one))
        .await?;
    Ok(clusters.is_some_and(|list| !list.items.is_empty()))
}
