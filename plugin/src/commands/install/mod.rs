//! `install`: controller, resources and rights, applied server-side in every context.

mod manifests;
mod shape;
mod wait;

use std::{sync::Arc, time::Duration};

use k8s_openapi::api::apps::v1::Deployment;
use kube::{
    Api,
    api::{ApiResource, DynamicObject, Patch, PatchParams},
};
use pg_core::names::SYSTEM_NAMESPACE;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    change::{Outcome, Request, all_of, ask, report},
    create::MANAGER,
};
use crate::{
    args::{DryRun, Format, Install},
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    operators::others,
    output::{document::render, progress::Task, prompt::Class, text::count},
    preflight,
    session::Session,
    target::Target,
};
pub use shape::{Shape, namespace_of, shaped};
use wait::{established, not_going, serves};

/// Image of the controller, unless another is named; `PG_FLEET_IMAGE` decides when this is built.
pub const IMAGE: &str = match option_env!("PG_FLEET_IMAGE") {
    Some(image) => image,
    None => concat!("pg-fleet:", env!("CARGO_PKG_VERSION")),
};
/// Name of the controller's Deployment and of its ConfigMap.
pub const CONTROLLER: &str = "pg-fleet";
/// Variable of the controller: which clusters it acts on.
const CONTROLLER_ID: &str = "CONTROLLER_ID";
const TIME: Duration = Duration::from_secs(600);

/// Installs.
pub async fn run(session: &Session, args: Install) -> Result<Exit> {
    let selection = session.select(&[])?;
    let shape = Shape {
        namespace: session
            .flags
            .namespace
            .clone()
            .unwrap_or_else(|| SYSTEM_NAMESPACE.to_owned()),
        image: args.image.clone(),
        replicas: args.replicas,
        set: args.set.clone(),
    };
    let objects = shaped(&shape)?;
    if args.change.dry_run == DryRun::Client || session.screen.format == Format::Yaml {
        for object in &objects {
            session
                .screen
                .data(&format!("---\n{}", render(object, Format::Yaml)?));
        }
        return Ok(Exit::Done);
    }
    let request = Request::begin(session, &args.change, TIME);
    let contexts = session.open_all(&selection.contexts).await?;
    let judged = fanout::each(
        contexts.values(),
        fanout::READS,
        |context| {
            let objects = &objects;
            async move {
                judge(context, objects)
                    .await
                    .map_err(|error| error.context(&context.name))
            }
        },
        |_| (),
    )
    .await;
    all_of(session, judged)?;
    let targets: Vec<Target> = contexts
        .keys()
        .map(|context| Target {
            namespace: Some(shape.namespace.clone()),
            name: CONTROLLER.to_owned(),
            context: Some(context.clone()),
        })
        .collect();
    if args.change.dry_run == DryRun::Server {
        for target in &targets {
            session
                .screen
                .data(&format!("{target} (would be installed)\n"));
        }
        return Ok(Exit::Done);
    }
    let effects: Vec<String> = targets
        .iter()
        .map(|target| format!("{target}: {}", shape.image))
        .collect();
    ask(
        session,
        &args.change,
        Class::Low,
        &targets,
        "Install",
        &effects,
    )
    .await?;
    session.touch();
    let work: Vec<_> = targets.iter().zip(contexts.values()).collect();
    let outcomes = fanout::each(
        work,
        usize::from(args.change.max_parallel),
        |(target, context)| {
            let (objects, shape, request) = (&objects, &shape, &request);
            async move {
                let task = session.screen.progress().task(&context.name);
                let ended = install(
                    session,
                    context,
                    objects,
                    shape,
                    args.change.wait,
                    request.until,
                    &task,
                )
                .await;
                task.end();
                Outcome::new(target, ended)
            }
        },
        |_| (),
    )
    .await;
    report(session, &request, outcomes)
}

/// Whether we may, before anything is changed anywhere: the first object of the list is judged
/// by the API server, and the right to bind roles is asked for.
async fn judge(context: &Arc<Context>, objects: &[Value]) -> Result<()> {
    let rights = [
        (
            "create",
            "apiextensions.k8s.io",
            "customresourcedefinitions",
        ),
        ("create", "rbac.authorization.k8s.io", "clusterroles"),
        ("create", "rbac.authorization.k8s.io", "clusterrolebindings"),
        (
            "create",
            "admissionregistration.k8s.io",
            "validatingadmissionpolicies",
        ),
        ("create", "apps", "deployments"),
    ]
    .map(|(verb, group, resource)| preflight::Right {
        verb,
        group,
        resource,
        namespace: "",
        name: "",
    });
    preflight::rights(context, &rights).await.map_err(|error| {
        Error {
            hint: None,
            ..error
        }
        .hint("installing needs the rights of a cluster administrator")
    })?;
    let first = objects.first();
    if let Some(first) = first.filter(|first| first["kind"] == "CustomResourceDefinition") {
        apply(context, first, true).await?;
    }
    Ok(())
}

async fn install(
    session: &Session,
    context: &Arc<Context>,
    objects: &[Value],
    shape: &Shape,
    wait: bool,
    until: Instant,
    task: &Task,
) -> Result<String> {
    not_going(session, context, &shape.namespace, until, task).await?;
    let mut began = None;
    task.says(&format!("applies {}", count(objects.len(), "object")));
    for object in objects {
        if session.stop.is_asked() {
            return Err(Error::new(
                Kind::Interrupted,
                "interrupted; run it again to finish",
            ));
        }
        task.moves(&format!(
            "{} {}",
            text(&object["kind"]),
            text(&object["metadata"]["name"])
        ));
        let object = with_what_is_there(context, object, shape).await?;
        if object["kind"] != "CustomResourceDefinition" {
            established(session, context, objects, &mut began, until).await?;
        }
        apply(context, &object, false).await.map_err(|error| {
            let what = format!(
                "{} {}: {}",
                text(&object["kind"]),
                text(&object["metadata"]["name"]),
                error.message
            );
            Error {
                message: what,
                ..error
            }
        })?;
    }
    if !wait {
        return Ok("applied; the controller starts now".to_owned());
    }
    serves(session, context, &shape.namespace, until, task).await
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Settings made earlier stay, unless this run sets them.
async fn with_what_is_there(context: &Context, object: &Value, shape: &Shape) -> Result<Value> {
    if object["metadata"]["name"] != CONTROLLER {
        return Ok(object.clone());
    }
    if object["kind"] == "Deployment" {
        let mut object = object.clone();
        let id = controller_id(context, shape).await?;
        if !id.is_empty() {
            set_controller_id(&mut object, &id);
        }
        return Ok(object);
    }
    if object["kind"] != "ConfigMap" {
        return Ok(object.clone());
    }
    let maps: Api<k8s_openapi::api::core::v1::ConfigMap> = context.api(&shape.namespace);
    let there = context.ask_opt(maps.get(CONTROLLER)).await?;
    let mut object = object.clone();
    for (key, value) in there.and_then(|map| map.data).unwrap_or_default() {
        if !shape.set.iter().any(|(set, _)| *set == key) {
            object["data"][key] = json!(value);
        }
    }
    Ok(object)
}

/// The controller that clusters must name for this one to act on them: as it was; beside an
/// operator that acts on clusters without a name, a name of its own.
async fn controller_id(context: &Context, shape: &Shape) -> Result<String> {
    let deployments: Api<Deployment> = context.api(&shape.namespace);
    let there = context.ask_opt(deployments.get(CONTROLLER)).await?;
    let pods = there.and_then(|there| there.spec?.template.spec);
    let variable = pods
        .iter()
        .flat_map(|spec| &spec.containers)
        .flat_map(|container| container.env.iter().flatten())
        .find(|variable| variable.name == CONTROLLER_ID);
    let id = variable.and_then(|variable| variable.value.clone());
    if let Some(id) = id.filter(|id| !id.is_empty()) {
        return Ok(id);
    }
    let others = others(context).await?;
    let beside = others.iter().any(|other| other.serves(""));
    Ok(if beside { CONTROLLER } else { "" }.to_owned())
}

fn set_controller_id(deployment: &mut Value, id: &str) {
    let env = deployment
        .pointer_mut("/spec/template/spec/containers/0/env")
        .and_then(Value::as_array_mut);
    if let Some(env) = env {
        env.push(json!({"name": CONTROLLER_ID, "value": id}));
    }
}

/// Applies one object, as its only owner.
async fn apply(context: &Context, object: &Value, dry_run: bool) -> Result<()> {
    let resource = resource(object)?;
    let api: Api<DynamicObject> = match namespace_of(object) {
        Some(namespace) => Api::namespaced_with(context.client.clone(), namespace, &resource),
        None => Api::all_with(context.client.clone(), &resource),
    };
    let mut parameters = PatchParams::apply(MANAGER).force();
    parameters.dry_run = dry_run;
    context
        .ask(api.patch(
            text(&object["metadata"]["name"]),
            &parameters,
            &Patch::Apply(object),
        ))
        .await
        .map(drop)
}

/// Where objects of a kind are found; all kinds of the manifests have regular plurals.
pub fn resource(object: &Value) -> Result<ApiResource> {
    let (group, version) = match text(&object["apiVersion"]).split_once('/') {
        Some((group, version)) => (group, version),
        None => ("", text(&object["apiVersion"])),
    };
    let kind = text(&object["kind"]);
    if version.is_empty() || kind.is_empty() {
        return Err(Error::new(
            Kind::Failed,
            "a manifest of this program has no kind",
        ));
    }
    Ok(ApiResource::from_gvk(&kube::core::GroupVersionKind::gvk(
        group, version, kind,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_its_own_reaches_the_controller() {
        let shape = Shape {
            namespace: SYSTEM_NAMESPACE.to_owned(),
            image: IMAGE.to_owned(),
            replicas: None,
            set: Vec::new(),
        };
        let objects = shaped(&shape).expect("sound manifests");
        let deployment = objects.iter().find(|object| object["kind"] == "Deployment");
        let mut deployment = deployment.expect("a controller").clone();
        set_controller_id(&mut deployment, "us");
        let container = &deployment["spec"]["template"]["spec"]["containers"][0];
        assert_eq!(container["name"], CONTROLLER);
        let env = container["env"].as_array().expect("variables");
        assert!(
            env.contains(&json!({"name": "CONTROLLER_ID", "value": "us"})),
            "{env:?}"
        );
        assert!(env.iter().any(|one| one["name"] == "POD_NAME"), "{env:?}");
    }
}
