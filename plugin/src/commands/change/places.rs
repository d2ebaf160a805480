//! Where a change goes: contexts whose controllers live, and the clusters that were meant.

use std::{collections::BTreeMap, sync::Arc};

use kube::api::ListParams;

use crate::{
    cluster::Cluster,
    commands::once::{self, Once},
    connect::Context,
    error::{Error, Kind, Result},
    fanout,
    preflight::{Controller, controller, doubles, identity, twins},
    session::Session,
    target::{Chosen, Selection, TargetArg},
};

/// Contexts opened, their controllers alive. Two that are one Kubernetes cluster count once.
pub struct Sites {
    /// By name.
    pub contexts: BTreeMap<String, Arc<Context>>,
    /// Those that count as one of them, with that one.
    doubles: BTreeMap<String, String>,
}

impl Sites {
    /// That of this name, else the one that stands for it.
    pub fn context(&self, name: &str) -> Option<&Arc<Context>> {
        let first = self.doubles.get(name).map_or(name, String::as_str);
        self.contexts.get(first)
    }
}

/// Opens every context and asks for its controller; any failure refuses the whole.
/// `may_be_down`: a manifest can wait for the controller, an operation cannot.
pub async fn open(session: &Session, names: &[String], may_be_down: bool) -> Result<Sites> {
    let contexts = session.open_all(names).await?;
    let controllers = fanout::each(
        contexts.values(),
        fanout::READS,
        |context| async move {
            let told = match controller(context).await {
                Ok(controller) => Ok((controller, None)),
                Err(error) => match in_spite_of(&error, may_be_down) {
                    Some(warning) => Ok((identity(context).await, Some(warning))),
                    None => Err(error),
                },
            };
            (context, told)
        },
        |_| (),
    )
    .await;
    let mut alive: Vec<(&Arc<Context>, Controller)> = Vec::new();
    let mut failed: Vec<Error> = Vec::new();
    for (context, told) in controllers {
        match told {
            Ok((controller, warning)) => {
                if let Some(warning) = warning {
                    session.screen.warn(&warning);
                }
                alive.push((context, controller));
            }
            Err(error) => failed.push(error),
        }
    }
    first_of(session, failed)?;
    distinct(session, &alive)
}

/// Opens every context, where no controller need be there yet.
pub async fn open_bare(
    session: &Session,
    names: &[String],
) -> Result<BTreeMap<String, Arc<Context>>> {
    let contexts = session.open_all(names).await?;
    let known = fanout::each(
        contexts.values(),
        fanout::READS,
        |context| async move { (context, identity(context).await) },
        |_| (),
    )
    .await;
    Ok(distinct(session, &known)?.contexts)
}

/// Of contexts that are one Kubernetes cluster, the first.
fn distinct(session: &Session, known: &[(&Arc<Context>, Controller)]) -> Result<Sites> {
    let pairs = || {
        known
            .iter()
            .map(|(context, controller)| (*context, controller))
    };
    for (context, other) in twins(pairs()) {
        let what = once::copy(&(context.to_owned(), other.to_owned()));
        if !session.wanted().is_exact() {
            return Err(may_be_copies(what));
        }
        session.screen.warn(&what);
    }
    let doubles = doubles(pairs());
    for (double, first) in &doubles {
        let pair = (double.clone(), first.clone());
        session.screen.note(&once::double(&pair));
        session.stands_for(first, double);
    }
    let contexts = known
        .iter()
        .filter(|(context, _)| !doubles.contains_key(&context.name))
        .map(|(context, _)| (context.name.clone(), Arc::clone(context)))
        .collect();
    Ok(Sites { contexts, doubles })
}

/// A change has to name each of two that may be copies of one another.
pub fn may_be_copies(what: String) -> Error {
    Error::new(Kind::Refused, what).hint("name the contexts one by one")
}

/// What to say where a change goes on though its controller was not seen to live. Reports belong to
/// no namespace: whoever has rights in one alone may not read them, and the change itself is still
/// judged by the API server.
fn in_spite_of(error: &Error, may_be_down: bool) -> Option<String> {
    let place = error.context.as_deref().unwrap_or_default();
    match error.kind {
        Kind::ControllerDown if may_be_down => Some(error.to_string()),
        Kind::Forbidden => Some(format!(
            "{place}: whether the controller lives is not known; that needs the right to get rollups.pgfleet.io"
        )),
        _ => None,
    }
}

/// All results, if every one is good; else says the errors as [`first_of`] does.
pub fn all_of<T>(session: &Session, results: Vec<Result<T>>) -> Result<Vec<T>> {
    let (mut good, mut failed) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(one) => good.push(one),
            Err(error) => failed.push(error),
        }
    }
    first_of(session, failed)?;
    Ok(good)
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
        if !session.flags.all_namespaces && session.flags.namespace.is_none() {
            let defaults = selection.contexts.iter();
            let defaults: Vec<(&str, String)> = defaults
                .map(|name| (name.as_str(), session.connector.default_namespace(name)))
                .collect();
            crate::target::one_namespace(
                defaults
                    .iter()
                    .map(|(name, namespace)| (*name, namespace.as_str())),
            )?;
        }
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
        fanout::each(
            named(session, selection, sites),
            fanout::READS,
            |(one, context)| async move { get(context, &one).await },
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
    if !clusters.is_empty() {
        failed.iter_mut().for_each(may_be_left_out);
    }
    first_of(session, failed)?;
    // Whose controller tells nothing is known by its objects.
    let mut once = Once::default();
    clusters.retain(|cluster| once.is_new_cluster(cluster));
    for (double, first) in once.doubles() {
        session.stands_for(first, double);
    }
    if let Some(copied) = once.copied().filter(|_| !session.wanted().is_exact()) {
        return Err(may_be_copies(copied));
    }
    once.say(&session.screen);
    choose(session, &mut clusters, !selection.named.is_empty());
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

/// What is found elsewhere and missing here stops all, unless it is said that it may be missing.
fn may_be_left_out(error: &mut Error) {
    if error.kind == Kind::NotFound {
        let hint = error.hint.take().map(|hint| format!("{hint}; "));
        let hint = hint.unwrap_or_default();
        error.hint = Some(format!(
            "{hint}--where-found leaves it out where it is missing"
        ));
    }
}

/// What was named, each once, where it is looked for: with the namespace that its own context means.
fn named<'a>(
    session: &Session,
    selection: &Selection,
    sites: &'a Sites,
) -> Vec<(Chosen, &'a Arc<Context>)> {
    let mut all: Vec<(Chosen, &Arc<Context>)> = Vec::new();
    for one in &selection.named {
        let Some(context) = sites.context(&one.context) else {
            continue;
        };
        let own = || session.connector.default_namespace(&one.context);
        let chosen = Chosen {
            context: context.name.clone(),
            namespace: Some(one.namespace.clone().unwrap_or_else(own)),
            name: one.name.clone(),
        };
        if all.iter().all(|(there, _)| *there != chosen) {
            all.push((chosen, context));
        }
    }
    all
}

/// Leaves what `-l` and `--where` choose; of those that were named, says which are left out.
fn choose(session: &Session, clusters: &mut Vec<Cluster>, named: bool) {
    clusters.retain(|cluster| {
        let chosen = session.chooses_cluster(cluster);
        if !chosen && named {
            let target = cluster.target();
            session
                .screen
                .note(&format!("left out: {target}: not chosen by -l, --where"));
        }
        chosen
    });
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

/// All clusters in a context that `-n`, `-A` and `-l` choose.
pub async fn all_in(session: &Session, context: &Arc<Context>) -> Result<Vec<Cluster>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_goes_on_where_reports_may_not_be_read() {
        let table = [
            (Kind::Forbidden, false, true),
            (Kind::Forbidden, true, true),
            (Kind::ControllerDown, true, true),
            (Kind::ControllerDown, false, false),
            (Kind::NotInstalled, true, false),
            (Kind::Unreachable, true, false),
            (Kind::Unauthorized, true, false),
        ];
        for (kind, may_be_down, goes_on) in table {
            let error = Error::new(kind, "why").context("east");
            let said = in_spite_of(&error, may_be_down);
            assert_eq!(said.is_some(), goes_on, "{kind:?} {may_be_down}");
            assert!(said.is_none_or(|said| said.starts_with("east: ")));
        }
    }
}
