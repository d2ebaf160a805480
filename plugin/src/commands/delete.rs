//! `delete`: one Postgres cluster, named in full.

mod kept;
mod left;

use std::{collections::BTreeMap, time::Duration};

use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use pg_core::names;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    change::{Foretold, Outcome, Request, ask, exactly_one, foretell, get, goes_on, open, report},
    create::MANAGER,
    edit::{follow, notes},
    wait::Pace,
};
use crate::{
    args::{Delete, Kept},
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    output::{
        progress::Task,
        prompt::Class,
        text::{age_at, count},
    },
    preflight::{Right, controller, report as rollup, rights},
    session::Session,
};

/// Longer than an API server needs to notice a new kind.
const NEW_KIND: Duration = Duration::from_secs(45);
/// How long it is watched that what failed goes.
const TAKEN_AWAY: Duration = Duration::from_secs(180);
/// Beside the configuration: the day, by the controller's clock, and its own namespace.
const TODAY: &str = "today";
const HOME: &str = "home";

/// Deletes.
pub async fn run(session: &Session, args: Delete) -> Result<Exit> {
    let one = exactly_one(session, &args.target)?;
    let change = &args.change;
    let request = Request::begin(session, change, Duration::from_secs(600));
    let sites = open(session, std::slice::from_ref(&one.context), !change.wait).await?;
    let Some(context) = sites.contexts.get(&one.context) else {
        return Err(Error::new(Kind::UnknownContext, "the context is gone"));
    };
    let cluster = get(context, &one).await?;
    let configuration = configuration(context).await;
    if !change.wait && is_seen_only(&cluster, &configuration) {
        controller(context).await?;
    }
    let marks = marks(&args.with, &cluster, &configuration);
    let right = |verb| Right {
        verb,
        group: "acid.zalan.do",
        resource: "postgresqls",
        namespace: &cluster.namespace,
        name: &cluster.name,
    };
    rights(context, &[right("delete"), right("patch")]).await?;
    let mut parameters = DeleteParams {
        preconditions: Some(Preconditions {
            uid: Some(cluster.uid().to_owned()),
            resource_version: None,
        }),
        dry_run: true,
        ..DeleteParams::default()
    };
    // The API server's own judgement first: policies that protect it. They want to see the marks,
    // which are set only once it was agreed to; then the deletion itself is judged.
    if marks.iter().all(|(key, _)| key == names::DELETE_WITH) {
        delete(session, &cluster, &parameters)
            .await
            .map_err(|error| place(&cluster, error))?;
    }
    let target = cluster.target();
    let effect = effect(&cluster, &args.with, &configuration);
    if change.dry_run.is_dry() {
        let told = Foretold::change(&target, &effect);
        return foretell(session, "be deleted", vec![told]);
    }
    let effect = format!("{target}: {effect}");
    if !cluster.is_going() || !marks.is_empty() {
        ask(
            session,
            change,
            Class::Destructive,
            std::slice::from_ref(&target),
            "Delete",
            std::slice::from_ref(&effect),
        )
        .await?;
    }
    // Who wants it, and why: for audit, and for whoever finds it waiting for its finalizers.
    let notes = notes(context, change, &request).await?;
    let noted = notes.as_object().cloned().unwrap_or_default();
    let written: Vec<(String, Value)> = marks.iter().cloned().chain(noted).collect();
    goes_on(session, std::slice::from_ref(&target));
    session.touch();
    parameters.dry_run = false;
    let manifest = kept::keep_manifest(&cluster);
    let mut is_going = false;
    let result = async {
        mark(&cluster, &written).await?;
        if let Err(error) = delete(session, &cluster, &parameters).await {
            // Not to be found by a later deletion that does not ask for it.
            let before = written.iter().map(|(key, _)| {
                let value = cluster.annotation(key).map_or(Value::Null, Value::from);
                (key.clone(), value)
            });
            let _ = mark(&cluster, &before.collect::<Vec<_>>()).await;
            return Err(error);
        }
        is_going = true;
        if !change.wait {
            return Ok(format!("is being deleted; {}", follow(&cluster)));
        }
        let task = session.screen.progress().task(&target.to_string());
        let ended = gone(session, &cluster, &configuration, request.until, &task).await;
        task.end();
        let hint = follow(&cluster);
        ended
            .map(|()| "deleted".to_owned())
            .map_err(|error| error.hint(hint))
    }
    .await;
    let is_gone = result.is_ok() && change.wait;
    let exit = report(session, &request, vec![Outcome::new(&target, result)])?;
    if is_gone {
        kept::say(session, &cluster, manifest).await;
    } else if is_going {
        kept::say_file(session, &cluster, manifest);
    }
    Ok(exit)
}

/// Takes away what this program has just begun: the cluster with its volumes, and with its secrets
/// where none were there before.
pub async fn take_away(
    session: &Session,
    cluster: &Cluster,
    secrets: bool,
    task: &Task,
) -> Result<()> {
    let configuration = configuration(&cluster.context).await;
    let with: &[Kept] = match secrets {
        true => &[Kept::Data, Kept::Secrets],
        false => &[Kept::Data],
    };
    mark(cluster, &marks(with, cluster, &configuration)).await?;
    let parameters = DeleteParams {
        preconditions: Some(Preconditions {
            uid: Some(cluster.uid().to_owned()),
            resource_version: None,
        }),
        ..DeleteParams::default()
    };
    delete(session, cluster, &parameters).await?;
    let until = Instant::now() + TAKEN_AWAY;
    gone(session, cluster, &configuration, until, task).await
}

/// Deletes, or has it judged. An API server that has learned of rollups only just now does not yet
/// let policies read them (docs/decisions/0013-the-policys-parameter.md).
async fn delete(session: &Session, cluster: &Cluster, parameters: &DeleteParams) -> Result<()> {
    let context = &cluster.context;
    let api = context.clusters(&cluster.namespace);
    let task = session
        .screen
        .progress()
        .task(&cluster.target().to_string());
    let mut pace = Pace::new(session, Instant::now() + NEW_KIND).then("nothing is deleted");
    let ended = loop {
        match context.ask_opt(api.delete(&cluster.name, parameters)).await {
            Err(error) if error.message.contains("paramKind") => {
                let state = "the API server does not let its policies read rollups yet";
                task.says(state);
                match pace.next(state).await {
                    Ok(()) => {}
                    // What it said is why; nothing goes on.
                    Err(ended) if ended.kind == Kind::TimedOut => break Err(error),
                    Err(ended) => break Err(ended),
                }
            }
            other => break other.map(drop),
        }
    };
    task.end();
    ended
}

/// What the controller reports of its configuration.
async fn configuration(context: &crate::connect::Context) -> BTreeMap<String, String> {
    let report = rollup(context).await.ok().flatten().map(|it| it.body);
    let report = report.unwrap_or_default();
    let mut configuration = report.configuration;
    if !report.namespace.is_empty() {
        configuration.insert(HOME.to_owned(), report.namespace);
    }
    // What it tells the policies.
    for (key, value) in report.protection {
        let key = match key.as_str() {
            "dateKey" => "delete_annotation_date_key",
            "nameKey" => "delete_annotation_name_key",
            "date" => TODAY,
            _ => continue,
        };
        configuration.insert(key.to_owned(), value);
    }
    configuration
}

/// Whether what belongs to a cluster goes only if a controller sees the deletion: no finalizer holds
/// the manifest until then.
fn is_seen_only(cluster: &Cluster, configuration: &BTreeMap<String, String>) -> bool {
    let finalizers = cluster.object.metadata.finalizers.as_deref();
    let held = finalizers.unwrap_or_default().iter();
    let mut ours = held.filter(|one| *one == names::FINALIZER);
    let configured = configuration.get("enable_finalizers");
    configured.is_some_and(|on| on == "false") && ours.next().is_none()
}

/// What the manifest itself says that goes along.
fn marked(cluster: &Cluster) -> Vec<&str> {
    let words = cluster.annotation(names::DELETE_WITH).unwrap_or_default();
    words
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect()
}

/// The annotations to set before: what goes along, and what the configuration wants to see on a
/// cluster that may be deleted (its name, and the day).
fn marks(
    with: &[Kept],
    cluster: &Cluster,
    configuration: &BTreeMap<String, String>,
) -> Vec<(String, Value)> {
    let mut marks = Vec::new();
    let now = marked(cluster);
    let mut words = now.clone();
    for (kept, word) in [(Kept::Data, "data"), (Kept::Secrets, "secrets")] {
        if with.contains(&kept) && !words.contains(&word) {
            words.push(word);
        }
    }
    if words != now {
        marks.push((names::DELETE_WITH.to_owned(), json!(words.join(","))));
    }
    let today = configuration.get(TODAY).cloned();
    let today = today.unwrap_or_else(|| jiff::Timestamp::now().strftime("%Y-%m-%d").to_string());
    for (key, value) in [
        ("delete_annotation_date_key", today.as_str()),
        ("delete_annotation_name_key", cluster.name.as_str()),
    ] {
        let annotation = configuration.get(key).filter(|key| !key.is_empty());
        if let Some(annotation) = annotation
            && cluster.annotation(annotation) != Some(value)
        {
            marks.push((annotation.clone(), json!(value)));
        }
    }
    marks
}

async fn mark(cluster: &Cluster, marks: &[(String, Value)]) -> Result<()> {
    let annotations: serde_json::Map<String, Value> = marks.iter().cloned().collect();
    let patch = Patch::Merge(json!({
        "metadata": { "uid": cluster.uid(), "annotations": annotations },
    }));
    let parameters = PatchParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PatchParams::default()
    };
    let api = cluster.context.clusters(&cluster.namespace);
    let patched = api.patch(&cluster.name, &parameters, &patch);
    cluster.context.ask(patched).await.map(drop)
}

fn place(cluster: &Cluster, error: Error) -> Error {
    error
        .context(&cluster.context.name)
        .object(&cluster.namespace, &cluster.name)
}

fn effect(cluster: &Cluster, with: &[Kept], configuration: &BTreeMap<String, String>) -> String {
    let age = cluster
        .created()
        .map(|created| format!(", {} old", age_at(created, jiff::Timestamp::now())))
        .unwrap_or_default();
    let marked = marked(cluster);
    let fate = |kept, word: &str, key: &str| {
        if with.contains(&kept) {
            return "GO TOO";
        }
        if marked.contains(&word) {
            return "GO TOO, as its manifest says";
        }
        match configuration.get(key).map(String::as_str) {
            Some("false") => "stay",
            Some("true") => "GO TOO, as configured",
            _ => "as the controller is configured",
        }
    };
    format!(
        "PostgreSQL {}, {}, {}, primary {}{age}; pods and Services go; volumes: {}; secrets: {}",
        cluster.version(),
        count(
            usize::try_from(cluster.members_wanted()).unwrap_or_default(),
            "member"
        ),
        cluster.health_in_a_word(),
        cluster.status.primary.as_deref().unwrap_or("unknown"),
        fate(
            Kept::Data,
            "data",
            "enable_persistent_volume_claim_deletion"
        ),
        fate(Kept::Secrets, "secrets", "enable_secrets_deletion"),
    )
}

/// Waits until nothing of this uid is left. Without the finalizer the manifest goes first.
async fn gone(
    session: &Session,
    cluster: &Cluster,
    configuration: &BTreeMap<String, String>,
    until: Instant,
    task: &Task,
) -> Result<()> {
    let api = cluster.context.clusters(&cluster.namespace);
    let mut pace = Pace::new(session, until)
        .then("the deletion goes on")
        .closely();
    loop {
        let state = match cluster.context.ask_opt(api.get(&cluster.name)).await {
            Ok(None) => match left::of(cluster, configuration.get(HOME)).await {
                Some(left) => left,
                None => return Ok(()),
            },
            Ok(Some(object)) if object.metadata.uid.as_deref() != Some(cluster.uid()) => {
                return Ok(());
            }
            Ok(Some(object)) => {
                let now = Cluster::new(&cluster.context, object);
                let finalizers = now.object.metadata.finalizers.clone().unwrap_or_default();
                format!("waits for the finalizer {}", finalizers.join(", "))
            }
            Err(error) if error.kind == Kind::Unreachable => error.message,
            Err(error) => return Err(error),
        };
        task.says(&state);
        pace.next(&state).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(annotations: Value) -> Cluster {
        Cluster::nowhere(json!({"metadata": {"annotations": annotations}}))
    }

    #[tokio::test]
    async fn what_was_asked_is_added_to_what_the_manifest_says() {
        let with = names::DELETE_WITH.to_owned();
        let none = BTreeMap::new();
        let plain = cluster(json!({}));
        assert_eq!(marks(&[], &plain, &none), []);
        let both = [Kept::Secrets, Kept::Data];
        assert_eq!(
            marks(&both, &plain, &none),
            [(with.clone(), json!("data,secrets"))]
        );
        let said = cluster(json!({ names::DELETE_WITH: "data" }));
        assert_eq!(marks(&[Kept::Data], &said, &none), []);
        assert_eq!(
            marks(&[Kept::Secrets], &said, &none),
            [(with, json!("data,secrets"))]
        );
        assert!(effect(&said, &[], &none).contains("volumes: GO TOO, as its manifest says"));
        let keeps = BTreeMap::from([(
            "enable_persistent_volume_claim_deletion".to_owned(),
            "false".to_owned(),
        )]);
        assert!(effect(&plain, &[], &keeps).contains("volumes: stay"));
        let one = Cluster::nowhere(json!({"spec": {"numberOfInstances": 1}}));
        assert!(effect(&one, &[], &keeps).contains(", 1 member, "));
        assert!(effect(&plain, &[Kept::Data], &keeps).contains("volumes: GO TOO"));
    }

    #[tokio::test]
    async fn a_deletion_must_be_seen_where_nothing_holds_the_manifest() {
        let on = |on: &str| BTreeMap::from([("enable_finalizers".to_owned(), on.to_owned())]);
        let bare = cluster(json!({}));
        let held = Cluster::nowhere(json!({"metadata": {"finalizers": [names::FINALIZER]}}));
        assert!(is_seen_only(&bare, &on("false")));
        assert!(
            !is_seen_only(&bare, &on("true")),
            "it is put on before anything is made"
        );
        assert!(
            !is_seen_only(&bare, &BTreeMap::new()),
            "an older controller holds all"
        );
        assert!(!is_seen_only(&held, &on("false")));
    }

    #[tokio::test]
    async fn configured_annotations_are_set() {
        let configuration = BTreeMap::from([
            (
                "delete_annotation_date_key".to_owned(),
                "delete-date".to_owned(),
            ),
            (
                "delete_annotation_name_key".to_owned(),
                "delete-name".to_owned(),
            ),
        ]);
        let marks = marks(&[], &cluster(json!({})), &configuration);
        let keys: Vec<&str> = marks.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["delete-date", "delete-name"]);
        assert_eq!(marks[1].1, json!("main"));
        // The policy compares with the controller's day, whatever it is here.
        let mut told = configuration;
        told.insert(TODAY.to_owned(), "2020-02-02".to_owned());
        let marks = super::marks(&[], &cluster(json!({})), &told);
        assert_eq!(marks[0].1, json!("2020-02-02"));
    }
}
