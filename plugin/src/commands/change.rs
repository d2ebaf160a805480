//! What all changing verbs share: the request, the targets as they are found, the question, the
//! time there is, how each target ended.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use kube::api::ListParams;
use pg_core::names;
use serde::Serialize;
use tokio::time::Instant;

use crate::{
    args::{Change, Format},
    cluster::Cluster,
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    output::{
        document::Document,
        prompt::{Case, Class, confirm},
        text::count,
    },
    preflight::{Controller, controller, doubles},
    session::Session,
    target::{Chosen, Selection, Target, TargetArg},
};

/// One run of a changing verb.
pub struct Request {
    /// Its id; the same id takes it up again.
    pub id: String,
    /// Whether the id was given.
    pub again: bool,
    /// When to stop waiting.
    pub until: Instant,
}

impl Request {
    /// A new one, or the one to take up again; its id is the first thing printed.
    pub fn begin(session: &Session, change: &Change, time: Duration) -> Self {
        let id = change.request.clone().unwrap_or_else(new_id);
        if !change.dry_run.is_dry() {
            session.screen.note(&format!("request {id}"));
        }
        Self {
            again: change.request.is_some(),
            id,
            until: Instant::now() + change.timeout.unwrap_or(time),
        }
    }

    /// What to say when time or patience ran out.
    pub fn follow(&self) -> String {
        format!("follow it with: kubectl pg ops list --request {}", self.id)
    }
}

fn new_id() -> String {
    let chance = RandomState::new().hash_one(std::process::id());
    let now = jiff::Timestamp::now().as_nanosecond();
    names::request_id(format!("{chance}-{now}").as_bytes())
}

/// How one target ended.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Its context, in full.
    pub context: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// One word.
    pub outcome: &'static str,
    /// What was done, in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The operation that did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
    /// For the exit code.
    #[serde(skip)]
    pub exit: Exit,
}

impl Outcome {
    /// Of a target and what became of it: words when done, else an error.
    pub fn new(target: &Target, result: Result<String>) -> Self {
        let context = target.context.clone().unwrap_or_default();
        let namespace = target.namespace.clone().unwrap_or_default();
        let (exit, message, error) = match result {
            Ok(message) => (Exit::Done, message, None),
            Err(error) => {
                let error = error.context(&context).object(&namespace, &target.name);
                (error.exit(false), String::new(), Some(error))
            }
        };
        Self {
            context,
            namespace,
            name: target.name.clone(),
            outcome: exit.word(),
            message,
            operation: None,
            error,
            exit,
        }
    }

    /// Names the operation.
    pub fn operation(mut self, name: &str) -> Self {
        self.operation = Some(name.to_owned());
        self
    }

    fn target(&self) -> Target {
        Target {
            namespace: Some(self.namespace.clone()),
            name: self.name.clone(),
            context: Some(self.context.clone()),
        }
    }
}

/// Prints how it ended and folds the exit codes.
pub fn report(session: &Session, request: &Request, outcomes: Vec<Outcome>) -> Result<Exit> {
    let exit = Exit::of_change(outcomes.iter().map(|outcome| outcome.exit));
    let screen = &session.screen;
    for outcome in &outcomes {
        if let Some(error) = &outcome.error {
            screen.error(error);
        }
    }
    if screen.format.is_document() {
        let mut document = Document::new("Result", outcomes, Vec::new());
        document.request = Some(request.id.clone());
        screen.data(&document.render(screen.format)?);
        return Ok(exit);
    }
    for outcome in outcomes.iter().filter(|outcome| outcome.error.is_none()) {
        let target = outcome.target();
        if screen.format == Format::Name {
            screen.data(&format!("{target}\n"));
        } else {
            screen.data(&format!("{target} {}\n", outcome.message));
        }
    }
    Ok(exit)
}

/// Contexts opened, their controllers alive. Two that are one Kubernetes cluster count once.
pub struct Sites {
    /// By name.
    pub contexts: BTreeMap<String, Arc<Context>>,
}

/// Opens every context and asks for its controller; any failure refuses the whole.
/// `may_be_down`: a manifest can wait for the controller, an operation cannot.
pub async fn open(session: &Session, names: &[String], may_be_down: bool) -> Result<Sites> {
    let contexts = session.open_all(names).await?;
    let controllers = fanout::each(
        contexts.values(),
        fanout::READS,
        |context| async move { (context, controller(context).await) },
        |_| (),
    )
    .await;
    let mut alive: Vec<(&Arc<Context>, Controller)> = Vec::new();
    let mut failed: Vec<Error> = Vec::new();
    for (context, controller) in controllers {
        match controller {
            Ok(controller) => alive.push((context, controller)),
            Err(error) if may_be_down && error.kind == Kind::ControllerDown => {
                session.screen.warn(&error.to_string());
                alive.push((
                    context,
                    Controller {
                        cluster_uid: String::new(),
                    },
                ));
            }
            Err(error) => failed.push(error),
        }
    }
    first_of(session, failed)?;
    let doubles = doubles(
        alive
            .iter()
            .map(|(context, controller)| (*context, controller)),
    );
    for (double, first) in &doubles {
        session.screen.note(&format!(
            "{double} is the same Kubernetes cluster as {first}; it counts once"
        ));
    }
    let contexts = contexts
        .into_iter()
        .filter(|(name, _)| !doubles.contains_key(name))
        .collect();
    Ok(Sites { contexts })
}

/// Says all errors but the last, which ends the command.
pub fn first_of(session: &Session, mut errors: Vec<Error>) -> Result<()> {
    let Some(last) = errors.pop() else {
        return Ok(());
    };
    for error in &errors {
        session.screen.error(error);
    }
    Err(last)
}

/// Refuses a change over contexts with different default namespaces that says none.
pub fn one_namespace(session: &Session, named: &[Chosen]) -> Result<()> {
    let defaults: Vec<(String, String)> = named
        .iter()
        .filter(|one| one.namespace.is_none())
        .map(|one| {
            (
                one.context.clone(),
                session.connector.default_namespace(&one.context),
            )
        })
        .collect();
    crate::target::one_namespace(
        defaults
            .iter()
            .map(|(context, namespace)| (context.as_str(), namespace.as_str())),
    )
}

/// Finds every cluster that was chosen; one that is missing refuses the whole, unless
/// `--where-found`.
pub async fn find(
    session: &Session,
    selection: &Selection,
    sites: &Sites,
    where_found: bool,
) -> Result<Vec<Cluster>> {
    let results = if selection.named.is_empty() {
        let found = fanout::each(
            sites.contexts.values(),
            fanout::READS,
            |context| async move { all_in(session, context).await },
            |_| (),
        )
        .await;
        let mut clusters = Vec::new();
        for result in found {
            clusters.extend(result?.into_iter().map(Ok));
        }
        clusters
    } else {
        let named = selection.named.iter().filter_map(|one| {
            sites
                .contexts
                .get(&one.context)
                .map(|context| (one, context))
        });
        fanout::each(
            named,
            fanout::READS,
            |(one, context)| async move { get(context, one).await },
            |_| (),
        )
        .await
    };
    let mut clusters = Vec::new();
    let mut failed = Vec::new();
    for result in results {
        match result {
            Ok(cluster) => clusters.push(cluster),
            Err(error) if where_found && error.kind == Kind::NotFound => {
                session.screen.note(&format!("left out: {error}"));
            }
            Err(error) => failed.push(error),
        }
    }
    first_of(session, failed)?;
    if clusters.is_empty() {
        return Err(Error::new(
            Kind::NotFound,
            "no Postgres cluster was found; nothing was changed",
        ));
    }
    if let Some(going) = clusters.iter().find(|cluster| cluster.is_going()) {
        return Err(
            Error::new(Kind::Refused, "this Postgres cluster is being deleted")
                .context(&going.context.name)
                .object(&going.namespace, &going.name),
        );
    }
    Ok(clusters)
}

/// One cluster as it is now.
pub async fn get(context: &Arc<Context>, one: &Chosen) -> Result<Cluster> {
    let namespace = one.namespace.as_ref().unwrap_or(&context.namespace);
    match context
        .ask_opt(context.clusters(namespace).get(&one.name))
        .await?
    {
        Some(object) => Ok(Cluster::new(context, object)),
        None => Err(
            Error::new(Kind::NotFound, "there is no such Postgres cluster")
                .context(&context.name)
                .object(namespace, &one.name)
                .hint(format!("kubectl pg list -A --context {}", context.name)),
        ),
    }
}

async fn all_in(session: &Session, context: &Arc<Context>) -> Result<Vec<Cluster>> {
    let api = if session.flags.all_namespaces {
        context.all_clusters()
    } else {
        context.clusters(
            session
                .flags
                .namespace
                .as_ref()
                .unwrap_or(&context.namespace),
        )
    };
    let list = ListParams {
        label_selector: session.flags.selector.clone(),
        ..ListParams::default()
    };
    let objects = context.ask(api.list(&list)).await?;
    Ok(objects
        .items
        .into_iter()
        .map(|object| Cluster::new(context, object))
        .collect())
}

/// Asks what the class of the change demands.
pub async fn ask(
    session: &Session,
    change: &Change,
    class: Class,
    targets: &[Target],
    what: &str,
    effects: &[String],
) -> Result<()> {
    let one = match targets {
        [one] => Some(one),
        _ => None,
    };
    let mut question = String::new();
    if targets.len() > 1 {
        question.push_str(&format!("{what}: {}\n", count(targets.len(), "target")));
    }
    for effect in effects {
        question.push_str(&format!("  {}\n", crate::output::text::shown(effect)));
    }
    question.push_str(&match one {
        Some(target) => format!(
            "{what} {}?",
            crate::output::text::shown(&target.to_string())
        ),
        None => format!("{what} all {}?", targets.len()),
    });
    let case = Case {
        class,
        targets: targets.len(),
        protected: false,
        terminal: session.screen.can_ask,
        yes: change.yes,
        expect_count: change.expect_count,
        confirm: change.confirm.as_ref(),
        target: one,
    };
    confirm(case, question).await
}

/// The words of the command line that name targets, for verbs that take exactly one.
pub fn exactly_one(session: &Session, word: &TargetArg) -> Result<Chosen> {
    let targets = session.targets(std::slice::from_ref(word))?;
    let [target] = targets.as_slice() else {
        return Err(Error::usage("this verb takes one target"));
    };
    crate::target::narrow_to_one(
        target,
        session.flags.namespace.as_deref(),
        &session.wanted(),
        session.chooses_many(),
        &session.connector.contexts,
    )
}
