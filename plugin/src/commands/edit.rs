//! What all verbs share that write a part of manifests: every target is found, judged by its API
//! server and shown; then it is written, and awaited until the controller has carried it out.

pub mod requests;

use std::{borrow::Cow, time::Duration};

use kube::{
    api::{Patch, PatchParams},
    core::params::ValidationDirective,
};
use pg_core::names;
use serde_json::{Value, json};

use super::{
    change::{
        Foretold, Request, ask, find, first_of, foretell, goes_on, one_namespace, open, report,
        write_all,
    },
    create::MANAGER,
    wait,
};
use crate::{
    args::Change,
    cluster::Cluster,
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    output::prompt::Class,
    preflight::{Right, rights, who},
    session::Session,
    target::{Selection, Target},
};
use requests::Before;

/// How often a write is tried again that met another, such as the controller's of the status.
const ATTEMPTS: usize = 5;
/// Of a target that a request is not to change a second time.
pub const AGAIN: &str = "was changed by this request before, and by another since";

/// One of these verbs.
pub struct Edit<'a> {
    /// Its name, for the question.
    pub title: &'a str,
    /// Behind "would be".
    pub done: &'a str,
    /// How long it may take by default.
    pub time: Duration,
    /// How it is changed.
    pub change: &'a Change,
}

/// What becomes of one target.
pub enum Step {
    /// It is so already.
    Same(String),
    /// A part of the manifest is written.
    Write(Write),
}

/// What is written.
#[derive(Default)]
pub struct Write {
    /// Merged into `spec`.
    pub spec: Value,
    /// Merged into the annotations.
    pub annotations: Vec<(Cow<'static, str>, Value)>,
    /// How much it can hurt.
    pub class: Class,
    /// What a person should know before.
    pub effect: String,
    /// What is said after.
    pub done: String,
    /// What the controller does to annotations when it is done; none: the cluster is ready.
    pub awaits: Option<Awaits>,
}

/// What the controller does to annotations.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Awaits {
    /// Those that it takes off.
    pub gone: Vec<Cow<'static, str>>,
    /// Those that it has written then, where all went well.
    pub told: Vec<(String, String)>,
}

/// Runs one of the verbs on all that was selected.
pub async fn run(
    session: &Session,
    selection: &Selection,
    edit: Edit<'_>,
    plan: impl Fn(&Cluster) -> Result<Step>,
) -> Result<Exit> {
    let plan = async |cluster: &Cluster| plan(cluster);
    run_asking(session, selection, edit, plan).await
}

/// The same for a verb that has to ask before it knows what becomes of a target.
pub async fn run_asking(
    session: &Session,
    selection: &Selection,
    edit: Edit<'_>,
    plan: impl AsyncFn(&Cluster) -> Result<Step>,
) -> Result<Exit> {
    one_namespace(session, &selection.named)?;
    let change = edit.change;
    let request = Request::begin(session, change, edit.time);
    let sites = open(session, &selection.contexts, !change.wait).await?;
    let clusters = find(session, selection, &sites, change.where_found).await?;
    let judged = fanout::each(
        clusters,
        fanout::READS,
        |cluster| {
            let (plan, request) = (&plan, &request);
            async move {
                let (context, namespace, name) = (
                    cluster.context.name.clone(),
                    cluster.namespace.clone(),
                    cluster.name.clone(),
                );
                judge(cluster, plan, change, request)
                    .await
                    .map_err(|error| error.context(&context).object(&namespace, &name))
            }
        },
        |_| (),
    )
    .await;
    let mut all = Vec::new();
    let mut failed = Vec::new();
    for result in judged {
        match result {
            Ok(one) => all.push(one),
            Err(error) => failed.push(error),
        }
    }
    first_of(session, failed)?;
    if change.dry_run.is_dry() {
        let told = all.iter().map(|one| {
            let target = one.cluster.target();
            match &one.step {
                Step::Write(write) => Foretold::change(&target, &write.effect),
                Step::Same(why) => Foretold::same(&target, why),
            }
        });
        return foretell(session, &format!("be {}", edit.done), told.collect());
    }
    let writes: Vec<(Target, &Write)> = all
        .iter()
        .filter_map(|one| match &one.step {
            Step::Write(write) => Some((one.cluster.target(), write)),
            Step::Same(_) => None,
        })
        .collect();
    let effects: Vec<String> = writes
        .iter()
        .map(|(target, write)| format!("{target}: {}", write.effect))
        .collect();
    let class = writes.iter().map(|(_, write)| write.class).max();
    if let Some(class) = class {
        let targets: Vec<Target> = writes.iter().map(|(target, _)| target.clone()).collect();
        ask(session, change, class, &targets, edit.title, &effects).await?;
        goes_on(session, &targets);
    }
    session.touch();
    let all = all.into_iter().map(|one| (one.cluster.target(), one));
    let outcomes = write_all(session, &request, change, &sites, all.collect(), |one| {
        act(session, one, change, &request)
    })
    .await;
    report(session, &request, outcomes)
}

/// A target with what becomes of it.
struct Judged {
    cluster: Cluster,
    step: Step,
    /// Written into the manifest beside the change.
    notes: Value,
}

async fn judge(
    cluster: Cluster,
    plan: &impl AsyncFn(&Cluster) -> Result<Step>,
    change: &Change,
    request: &Request,
) -> Result<Judged> {
    let step = once(plan(&cluster).await?, &cluster, request)?;
    let Step::Write(write) = &step else {
        return Ok(Judged {
            cluster,
            step,
            notes: Value::Null,
        });
    };
    let right = Right {
        verb: "patch",
        group: "acid.zalan.do",
        resource: "postgresqls",
        namespace: &cluster.namespace,
        name: &cluster.name,
    };
    rights(&cluster.context, &[right]).await?;
    let mut notes = notes(&cluster.context, change, request).await?;
    for (key, value) in &write.annotations {
        notes[key.as_ref()] = value.clone();
    }
    // The API server's own judgement: schema, quota, policies.
    patch(&cluster, &write.spec, &notes, true).await?;
    Ok(Judged {
        cluster,
        step,
        notes,
    })
}

/// Nothing is left to write where the same request has written it before, whatever was made of it
/// since. What the controller takes off when it is done tells by itself how far that is.
fn once(step: Step, cluster: &Cluster, request: &Request) -> Result<Step> {
    match &step {
        Step::Write(write) if request.again && write.awaits.is_none() => {
            let spec = &write.spec;
            Ok(match was_made(cluster, request, spec)? {
                true => Step::Same(AGAIN.to_owned()),
                false => step,
            })
        }
        _ => Ok(step),
    }
}

/// Whether a request has made this change of a manifest before; an error where it made another.
pub fn was_made(cluster: &Cluster, request: &Request, spec: &Value) -> Result<bool> {
    let kept = cluster.annotation(names::REQUESTS);
    match requests::before(kept, &request.id, spec) {
        Before::This => Ok(true),
        Before::Nothing => Ok(false),
        Before::Another => {
            let what = format!("request {} was for another change of it", request.id);
            Err(Error::new(Kind::Refused, what)
                .hint("a new change gets a request of its own: leave --request out"))
        }
    }
}

/// Who changes a manifest, why, and by which request: its annotations.
pub async fn notes(context: &Context, change: &Change, request: &Request) -> Result<Value> {
    Ok(json!({
        names::REQUESTED_BY: who(context).await?,
        names::REASON: change.reason,
        names::REQUEST_LABEL: request.id,
    }))
}

async fn act(session: &Session, one: Judged, change: &Change, request: &Request) -> Result<String> {
    request.may_begin(session)?;
    let (changed, done, awaits) = match one.step {
        Step::Same(done) => (one.cluster, done, None),
        Step::Write(write) => (
            patch(&one.cluster, &write.spec, &one.notes, false).await?,
            write.done,
            write.awaits,
        ),
    };
    let hint = follow(&changed);
    if !change.wait {
        return Ok(format!("accepted; {hint}"));
    }
    if let Some(awaits) = awaits {
        let task = session
            .screen
            .progress()
            .task(&changed.target().to_string());
        let ended = wait::without(session, changed, &awaits.gone, request.until, &task).await;
        task.end();
        let cluster = ended.map_err(|error| error.hint(hint))?;
        must_be_told(&cluster, &awaits.told)?;
        return Ok(done);
    }
    let ready = awaited(session, changed, request).await?;
    Ok(format!("{done}: {ready} serve"))
}

/// An error where the controller has let go of something and did not do it.
fn must_be_told(cluster: &Cluster, told: &[(String, String)]) -> Result<()> {
    let untold = |(key, value): &&(String, String)| cluster.annotation(key) != Some(value);
    let missing: Vec<&str> = told
        .iter()
        .filter(untold)
        .map(|(key, _)| key.split_once('/').map_or(key.as_str(), |(_, of)| of))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what = format!("the controller did not do it for {}", missing.join(", "));
    let context = &cluster.context.name;
    Err(Error::new(Kind::Failed, what).hint(format!(
        "see why: kubectl pg logs --controller --context {context}"
    )))
}

/// How to look at a cluster later.
pub fn follow(cluster: &Cluster) -> String {
    format!("follow it with: kubectl pg status {}", cluster.target())
}

/// Waits until what was written is carried out; says how many members serve.
pub async fn awaited(session: &Session, changed: Cluster, request: &Request) -> Result<String> {
    let hint = follow(&changed);
    let task = session
        .screen
        .progress()
        .task(&changed.target().to_string());
    let generation = changed.object.metadata.generation.unwrap_or_default();
    let ended = wait::ready(session, changed, generation, request.until, &task).await;
    task.end();
    let cluster = ended.map_err(|error| error.hint(hint))?;
    Ok(cluster.status.ready.unwrap_or_else(|| "?".to_owned()))
}

/// The annotations that tell later that a request has made this change.
pub fn keep_request(seen: Option<&Cluster>, notes: &mut Value, spec: &Value) {
    if let Some(id) = notes[names::REQUEST_LABEL].as_str() {
        let kept = seen.and_then(|seen| seen.annotation(names::REQUESTS));
        notes[names::REQUESTS] = json!(requests::with(kept, id, spec));
    }
}

/// The merge patch. One without a change of the specification does not name it: null there would
/// take it away.
fn body(seen: &Cluster, spec: &Value, notes: &Value) -> Value {
    let mut patch = json!({
        "metadata": {
            "uid": seen.uid(),
            "resourceVersion": seen.object.metadata.resource_version,
            "annotations": notes,
        },
    });
    if !spec.is_null() {
        patch["spec"] = spec.clone();
        keep_request(Some(seen), &mut patch["metadata"]["annotations"], spec);
    }
    patch
}

/// Lets the API server judge a change; nothing is kept.
pub async fn would_be_accepted(cluster: &Cluster, spec: &Value) -> Result<()> {
    patch(cluster, spec, &json!({}), true).await.map(drop)
}

/// Writes, if the manifest is still the one that was seen.
pub async fn patch(seen: &Cluster, spec: &Value, notes: &Value, dry_run: bool) -> Result<Cluster> {
    let api = seen.context.clusters(&seen.namespace);
    let mut cluster = seen.clone();
    let parameters = PatchParams {
        dry_run,
        field_manager: Some(MANAGER.to_owned()),
        field_validation: Some(ValidationDirective::Strict),
        ..PatchParams::default()
    };
    for _ in 0..ATTEMPTS {
        let patch = body(&cluster, spec, notes);
        let result = cluster
            .context
            .ask(api.patch(&cluster.name, &parameters, &Patch::Merge(&patch)))
            .await;
        match result {
            Ok(object) => return Ok(Cluster::new(&cluster.context, object)),
            Err(error) if error.kind == Kind::Conflict => {
                let object = cluster.context.ask(api.get(&cluster.name)).await?;
                cluster = Cluster::new(&cluster.context, object);
                let same = cluster.uid() == seen.uid()
                    && cluster.object.metadata.generation == seen.object.metadata.generation
                    && !(rotates(notes) && rotations(&cluster) != rotations(seen));
                if !same {
                    break;
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(Error::new(
        Kind::Conflict,
        "its manifest was changed by somebody else just now",
    )
    .hint("look at it, and ask again"))
}

/// Whether new passwords are asked for: which of them others have asked for is no part of the
/// specification, and of its generation.
fn rotates(notes: &Value) -> bool {
    let mut keys = notes.as_object().into_iter().flat_map(|notes| notes.keys());
    keys.any(|key| key.starts_with(names::ROTATE))
}

fn rotations(cluster: &Cluster) -> Option<&str> {
    cluster.annotation(names::ROTATIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_of_notes_alone_leaves_the_specification() {
        let cluster = Cluster::nowhere(json!({"metadata": {"uid": "u", "resourceVersion": "7"}}));
        let notes = json!({"a": "b"});
        let metadata = json!({"uid": "u", "resourceVersion": "7", "annotations": {"a": "b"}});
        assert_eq!(
            body(&cluster, &Value::Null, &notes),
            json!({ "metadata": metadata })
        );
        let spec = json!({"numberOfInstances": 3});
        assert_eq!(
            body(&cluster, &spec, &notes),
            json!({ "metadata": metadata, "spec": spec })
        );
    }
}
