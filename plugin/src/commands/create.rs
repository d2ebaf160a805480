//! `create`: one independent Postgres cluster per context. Every context judges it first; one that
//! says no stops all.

mod again;
mod manifest;

use std::{sync::Arc, time::Duration};

use kube::api::{DynamicObject, PostParams};
use pg_core::names;

use super::{
    change::{
        Foretold, Request, ask, first_of, foretell, goes_on, manifests, one_namespace, open,
        report, write_all,
    },
    list::without_resource,
    wait,
};
use crate::{
    args::{Create, DryRun, new_cluster},
    cluster::Cluster,
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    output::{document::value_of, prompt::Class},
    pick,
    preflight::{Right, rights, who},
    session::Session,
    target::Target,
};
pub use manifest::{MEMBERS, SIZE, VERSION};
use manifest::{in_words, manifest, read, spec};

const TIME: Duration = Duration::from_secs(600);
/// Who changes manifests, for the API server.
pub const MANAGER: &str = "kubectl-pg";

/// Creates Postgres clusters.
pub async fn run(session: &Session, args: Create) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    for one in &selection.named {
        new_cluster(&one.name).map_err(Error::usage)?;
    }
    one_namespace(session, &selection.named)?;
    let args = pick::wishes(session, &selection, args).await?;
    let base = args.from.as_deref().map(read).transpose()?;
    let spec = spec(&args, base.as_ref())?;
    let targets: Vec<Target> = selection
        .named
        .iter()
        .map(|one| Target {
            namespace: Some(
                one.namespace
                    .clone()
                    .unwrap_or_else(|| session.connector.default_namespace(&one.context)),
            ),
            name: one.name.clone(),
            context: Some(one.context.clone()),
        })
        .collect();
    let request = Request::begin(session, &args.change, TIME);
    let manifest = |target: &Target, by: Option<&str>| {
        manifest(&args, &request, base.as_ref(), &spec, target, by)
    };
    if args.change.dry_run == DryRun::Client {
        let all = targets.iter().map(|target| manifest(target, None));
        return manifests(session, &all.collect::<Vec<_>>());
    }
    let sites = open(session, &selection.contexts, !args.change.wait).await?;
    let mut places: Vec<(Target, Arc<Context>)> = Vec::new();
    for target in targets {
        let named = target.context.as_deref().unwrap_or_default();
        let Some(context) = sites.context(named).cloned() else {
            continue;
        };
        let target = Target {
            context: Some(context.name.clone()),
            ..target
        };
        if places.iter().all(|(there, _)| *there != target) {
            places.push((target, context));
        }
    }
    let targets = places;
    let judged = fanout::each(
        &targets,
        fanout::READS,
        |(target, context)| {
            let manifest = &manifest;
            let again = request.again.then_some(request.id.as_str());
            async move {
                let by = who(context).await?;
                let object: DynamicObject = serde_json::from_value(manifest(target, Some(&by)))
                    .map_err(|error| {
                        Error::usage(format!("the manifest is not an object: {error}"))
                    })?;
                judge(context, target, &object, again)
                    .await
                    .map(|there| (object, there))
                    .map_err(|error| place(error, target))
            }
        },
        |_| (),
    )
    .await;
    let mut objects = Vec::new();
    let mut failed = Vec::new();
    for result in judged {
        match result {
            Ok(object) => objects.push(object),
            Err(error) => failed.push(error),
        }
    }
    first_of(session, failed)?;
    let names: Vec<Target> = targets.iter().map(|(target, _)| target.clone()).collect();
    let effects: Vec<String> = names
        .iter()
        .map(|target| format!("{target}: {}", in_words(&spec)))
        .collect();
    if names.len() > 1 {
        session.screen.note(&format!(
            "{} independent Postgres clusters: they do not replicate from one another",
            names.len()
        ));
    }
    if args.change.dry_run == DryRun::Server {
        let told = names.iter().zip(&objects).map(|(target, (object, _))| {
            Ok(Foretold::change(target, &in_words(&spec)).object(value_of(object)?))
        });
        return foretell(session, "be created", told.collect::<Result<_>>()?);
    }
    ask(
        session,
        &args.change,
        Class::Low,
        &names,
        "Create",
        &effects,
    )
    .await?;
    match names.as_slice() {
        [one] => {
            let again = again::line(&args, &request.id, one);
            session.runs_on(format!("what was begun goes on; {again}"));
        }
        _ => goes_on(session, &names),
    }
    session.touch();
    let work = targets.into_iter().zip(objects);
    let work = work.map(|((target, context), made)| (target, (context, made)));
    let outcomes = write_all(
        session,
        &request,
        &args.change,
        &sites,
        work.collect(),
        |(context, (object, there))| create(session, &args, &request, context, object, there),
    )
    .await;
    report(session, &request, outcomes)
}

fn place(error: Error, target: &Target) -> Error {
    error
        .context(target.context.as_deref().unwrap_or_default())
        .object(
            target.namespace.as_deref().unwrap_or_default(),
            &target.name,
        )
}

/// The API server's judgement, before anything is kept anywhere. Gives the object that this
/// request made earlier, if it did.
pub async fn judge(
    context: &Context,
    target: &Target,
    object: &DynamicObject,
    again: Option<&str>,
) -> Result<Option<DynamicObject>> {
    let namespace = target.namespace.as_deref().unwrap_or_default();
    let right = Right {
        verb: "create",
        group: "acid.zalan.do",
        resource: "postgresqls",
        namespace,
        name: "",
    };
    rights(context, &[right]).await?;
    let api = context.clusters(namespace);
    let dry = PostParams {
        dry_run: true,
        field_manager: Some(MANAGER.to_owned()),
    };
    match context.create_cluster(namespace, &dry, object).await {
        Ok(_) => Ok(None),
        Err(error) if error.kind == Kind::AlreadyExists => {
            let there = context.ask(api.get(&target.name)).await?;
            let label = there
                .metadata
                .labels
                .as_ref()
                .and_then(|all| all.get(names::REQUEST_LABEL));
            if again.is_some() && again == label.map(String::as_str) {
                return Ok(Some(there));
            }
            Err(Error::new(
                Kind::AlreadyExists,
                "the name is taken by another Postgres cluster",
            )
            .hint("choose another name; nothing was created anywhere"))
        }
        Err(error) if error.kind == Kind::NotFound && error.message.contains("namespaces") => {
            Err(error.hint(format!(
                "kubectl create namespace {namespace} --context {}",
                context.name
            )))
        }
        Err(error) => Err(without_resource(error, context)),
    }
}

async fn create(
    session: &Session,
    args: &Create,
    request: &Request,
    context: Arc<Context>,
    object: DynamicObject,
    there: Option<DynamicObject>,
) -> Result<String> {
    request.may_begin(session)?;
    let namespace = object.metadata.namespace.clone().unwrap_or_default();
    let created = match there {
        Some(there) => there,
        None => {
            let parameters = PostParams {
                dry_run: false,
                field_manager: Some(MANAGER.to_owned()),
            };
            context
                .create_cluster(&namespace, &parameters, &object)
                .await?
        }
    };
    let cluster = Cluster::new(&context, created);
    if !args.change.wait {
        return Ok(format!("accepted; {}", follow(&cluster)));
    }
    let task = session
        .screen
        .progress()
        .task(&cluster.target().to_string());
    let generation = cluster.object.metadata.generation.unwrap_or_default();
    let hint = follow(&cluster);
    let again = again::line(args, &request.id, &cluster.target());
    let ended = wait::ready(session, cluster, generation, request.until, &task).await;
    task.end();
    let cluster = ended.map_err(|error| match error.kind {
        Kind::Interrupted | Kind::TimedOut => error.hint(again),
        _ => error.hint(hint),
    })?;
    Ok(format!(
        "created: {} members, primary {}",
        cluster.status.ready.as_deref().unwrap_or("?"),
        cluster.status.primary.as_deref().unwrap_or("?")
    ))
}

fn follow(cluster: &Cluster) -> String {
    format!("follow it with: kubectl pg status {}", cluster.target())
}
