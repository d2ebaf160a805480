//! `install`: controller, resources and rights, applied server-side in every context.

mod found;
mod manifests;
pub mod rights;
mod shape;
mod wait;

use std::{sync::Arc, time::Duration};

use kube::{
    Api,
    api::{ApiResource, DynamicObject, Patch, PatchParams},
};
use pg_core::names::SYSTEM_NAMESPACE;
use serde_json::Value;
use tokio::time::Instant;

use super::{
    change::{
        Foretold, Outcome, Request, all_of, ask, foretell, goes_on_in, manifests, open_bare, report,
    },
    create::MANAGER,
    edit::notes,
};
use crate::{
    args::{DryRun, Install, Scope},
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    output::{progress::Task, prompt::Class, text::count},
    preflight,
    session::Session,
    target::Target,
};
use found::{Found, find};
pub use manifests::manifest;
use shape::order;
pub use shape::{Shape, namespace_of, shaped};
use wait::{established, not_going, serves};

/// Image of the controller, unless another is named; `PG_FLEET_IMAGE` decides when this is built.
pub const IMAGE: &str = match option_env!("PG_FLEET_IMAGE") {
    Some(image) => image,
    None => concat!("pg-fleet:", env!("CARGO_PKG_VERSION")),
};
/// Name of the controller's Deployment and of its ConfigMap.
pub const CONTROLLER: &str = "pg-fleet";
const TIME: Duration = Duration::from_secs(600);

/// Installs.
pub async fn run(session: &Session, args: Install) -> Result<Exit> {
    args.check()?;
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
        config: args.config.clone(),
        scope: args.scope,
        namespaces: args.namespaces.clone(),
    };
    let only_rights = args.scope.is_none() && !args.namespaces.is_empty();
    let objects = if only_rights {
        rights::bindings(&shape.namespace, &shape.namespaces)
    } else {
        shaped(&shape)?
    };
    if args.change.dry_run == DryRun::Client {
        return manifests(session, &objects);
    }
    let request = Request::begin(session, &args.change, TIME);
    let contexts = open_bare(session, &selection.contexts).await?;
    let judged = fanout::each(
        contexts.values(),
        fanout::READS,
        |context| {
            let (objects, shape) = (&objects, &shape);
            async move {
                match only_rights {
                    true => rights::judge(context, shape).await,
                    false => judge(context, objects, shape).await,
                }
                .map_err(|error| error.context(&context.name))
            }
        },
        |_| (),
    )
    .await;
    let found = all_of(session, judged)?;
    let targets: Vec<Target> = contexts
        .keys()
        .map(|context| Target {
            namespace: Some(shape.namespace.clone()),
            name: CONTROLLER.to_owned(),
            context: Some(context.clone()),
        })
        .collect();
    let effect = match only_rights {
        true => format!("rights in {}", shape.namespaces.join(", ")),
        false => shape.image.clone(),
    };
    if args.change.dry_run == DryRun::Server {
        let told = targets.iter().map(|one| Foretold::change(one, &effect));
        return foretell(session, "be installed", told.collect());
    }
    let effects: Vec<String> = targets
        .iter()
        .map(|target| format!("{target}: {effect}"))
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
    goes_on_in(session, &selection.contexts);
    session.touch();
    let places = contexts.values().zip(found);
    let work: Vec<_> = targets.iter().zip(places).collect();
    let outcomes = fanout::each(
        work,
        args.change.at_once(),
        |(target, (context, found))| {
            let (objects, shape, request) = (&objects, &shape, &request);
            let change = &args.change;
            let mut here: Vec<Value> = objects
                .iter()
                .filter_map(|object| found.fit(object, shape))
                .chain(found.to_configuration(shape))
                .collect();
            here.sort_by_key(order);
            let narrows = shape.scope.or(found.scope) == Some(Scope::Namespaces);
            async move {
                match notes(context, change, request).await {
                    Ok(notes) => sign(&mut here, &notes, only_rights),
                    Err(error) => return Outcome::new(target, Err(error)),
                }
                if only_rights {
                    return Outcome::new(target, rights::give(context, &here).await);
                }
                let task = session.screen.progress().task(&context.name);
                let mut ended = install(
                    session,
                    context,
                    &here,
                    &shape.namespace,
                    args.change.wait,
                    request.until,
                    &task,
                )
                .await;
                if narrows && ended.is_ok() {
                    ended = rights::narrow(context).await.and(ended);
                }
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
async fn judge(context: &Arc<Context>, objects: &[Value], shape: &Shape) -> Result<Found> {
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
    rights::are_there(context, shape).await?;
    find(context, shape).await
}

async fn install(
    session: &Session,
    context: &Arc<Context>,
    objects: &[Value],
    namespace: &str,
    wait: bool,
    until: Instant,
    task: &Task,
) -> Result<String> {
    not_going(session, context, namespace, until, task).await?;
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
        if object["kind"] != "CustomResourceDefinition" {
            established(session, context, objects, &mut began, until).await?;
        }
        apply(context, object, false).await.map_err(|error| {
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
    serves(session, context, namespace, until, task).await
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Writes who asked for it, and why, into what a person looks at: the controller's Deployment, and
/// bindings where only these are made.
fn sign(objects: &mut [Value], notes: &Value, all: bool) {
    let notes: Vec<(&String, &Value)> = notes
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, note)| !note.is_null())
        .collect();
    let signed = |object: &&mut Value| all || object["kind"] == "Deployment";
    for object in objects.iter_mut().filter(signed) {
        for (key, note) in &notes {
            object["metadata"]["annotations"][key.as_str()] = (*note).clone();
        }
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
    use serde_json::json;

    use super::*;

    #[test]
    fn who_installs_is_written_beside_what_is_looked_at() {
        let objects = || {
            ["ClusterRole", "Deployment"]
                .map(|kind| json!({"kind": kind, "metadata": {"name": "x"}}))
        };
        let notes = json!({"by": "ada", "reason": null});
        let signed = json!({"by": "ada"});
        for (all, expected) in [(false, [&Value::Null, &signed]), (true, [&signed, &signed])] {
            let mut objects = objects();
            sign(&mut objects, &notes, all);
            let told = objects
                .each_ref()
                .map(|object| &object["metadata"]["annotations"]);
            assert_eq!(told, expected, "{all}");
        }
    }
}
