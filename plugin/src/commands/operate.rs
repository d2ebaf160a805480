//! What the acts share: an `Operation` per target is made, which survives whoever asked, and
//! is followed to its end.

mod follow;
mod judge;
mod look;
mod waves;

use std::{sync::Arc, time::Duration};

use kube::{Api, ResourceExt, api::PostParams};
use pg_core::{
    names,
    operation::{Action, Expect, Operation, OperationSpec, Target as Aim},
};

use super::{
    change::{
        Foretold, Outcome, Request, Sites, all_of, ask, exactly_one, find, foretell, may_go_on,
        note_of_operation, one_namespace, open, report,
    },
    create::MANAGER,
};
use crate::{
    args::Change,
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout::{self, Noted},
    output::{document::value_of, prompt::Class},
    preflight::{Right, rights, who},
    session::Session,
    target::{Selection, Target, TargetArg},
};
pub use follow::{follow, in_words, judged};
use judge::judge;
pub use look::{has_replica, member, primary};
pub use waves::run_in_waves;

/// What is to be done to one cluster.
pub enum Plan {
    /// This.
    Act {
        /// The act.
        action: Action,
        /// What a person should know before: the primary now and after, what clients feel.
        effect: String,
    },
    /// It is so already.
    Nothing(String),
}

/// One of the verbs.
pub struct Verb<'a> {
    /// Its name, for people.
    pub title: &'a str,
    /// Its RBAC verb.
    pub right: &'a str,
    /// How much it can hurt.
    pub class: Class,
    /// How long it may take by default.
    pub time: Duration,
    /// How it is changed.
    pub change: &'a Change,
}

/// A target with its plan, checked.
struct Checked {
    cluster: Cluster,
    plan: Plan,
    by: String,
    /// The same request's operation, made earlier.
    there: Option<Operation>,
}

/// Runs one of the verbs on one target that was named in full.
pub async fn run_on_one(
    session: &Session,
    word: &TargetArg,
    verb: Verb<'_>,
    plan: impl Fn(&Cluster) -> Result<Plan>,
) -> Result<Exit> {
    run(session, &the_one(session, word)?, verb, plan).await
}

/// The one target that was named in full.
pub fn the_one(session: &Session, word: &TargetArg) -> Result<Selection> {
    let one = exactly_one(session, word)?;
    Ok(Selection {
        contexts: vec![one.context.clone()],
        named: vec![one],
    })
}

/// Runs one of the verbs on all that was selected, all at once. `plan` looks at one cluster and
/// refuses what cannot be.
pub async fn run(
    session: &Session,
    selection: &Selection,
    verb: Verb<'_>,
    plan: impl Fn(&Cluster) -> Result<Plan>,
) -> Result<Exit> {
    let request = Request::begin(session, verb.change, verb.time);
    run_as(session, selection, verb, &request, plan).await
}

async fn run_as(
    session: &Session,
    selection: &Selection,
    verb: Verb<'_>,
    request: &Request,
    plan: impl Fn(&Cluster) -> Result<Plan>,
) -> Result<Exit> {
    one_namespace(session, &selection.named)?;
    let sites: Sites = open(session, &selection.contexts, false).await?;
    let clusters = find(session, selection, &sites, verb.change.where_found).await?;
    let checked = all_of(session, check(clusters, &verb, request, &plan).await)?;
    carry_out(session, checked, verb, request, selection).await
}

async fn carry_out(
    session: &Session,
    checked: Vec<Checked>,
    verb: Verb<'_>,
    request: &Request,
    selection: &Selection,
) -> Result<Exit> {
    let change = verb.change;
    session.runs_on(goes_on(&request.id, &selection.contexts));
    let acting: Vec<&Checked> = checked
        .iter()
        .filter(|one| matches!(one.plan, Plan::Act { .. }))
        .collect();
    judge(session, &acting, &verb, request).await?;
    if change.dry_run.is_dry() {
        return dry(session, &verb, request, &checked);
    }
    let targets: Vec<Target> = acting.iter().map(|one| one.cluster.target()).collect();
    let effects: Vec<String> = acting
        .iter()
        .filter_map(|one| match &one.plan {
            Plan::Act { effect, .. } => Some(format!("{}: {effect}", one.cluster.target())),
            Plan::Nothing(_) => None,
        })
        .collect();
    let all_there = acting.iter().all(|one| one.there.is_some());
    if !acting.is_empty() && !all_there {
        ask(session, change, verb.class, &targets, verb.title, &effects).await?;
    }
    session.touch();
    let contexts = checked.iter().map(|one| Arc::clone(&one.cluster.context));
    let turns = request.turns_in(session, contexts);
    let noted = Noted {
        note: |one: &&Checked| match one.plan {
            Plan::Act { .. } if change.wait => {
                note_of_operation(&one.cluster, &name_of(&one.cluster, request))
            }
            _ => String::new(),
        },
        ended: |outcome: &Outcome| !outcome.error.as_ref().is_some_and(may_go_on),
    };
    let outcomes = fanout::spread_noted(
        &checked,
        change,
        &turns,
        |one| one.cluster.context.name.clone(),
        noted,
        |one| {
            let verb = &verb;
            async move { act(session, one, verb, request).await }
        },
    )
    .await;
    report(session, request, outcomes)
}

/// Looks at every target before the first act: is it possible, and may we.
async fn check(
    clusters: Vec<Cluster>,
    verb: &Verb<'_>,
    request: &Request,
    plan: &impl Fn(&Cluster) -> Result<Plan>,
) -> Vec<Result<Checked>> {
    fanout::each(
        clusters,
        fanout::READS,
        |cluster| async move {
            let (context, namespace, name) = (
                cluster.context.clone(),
                cluster.namespace.clone(),
                cluster.name.clone(),
            );
            check_one(cluster, verb, request, plan)
                .await
                .map_err(|error| error.context(&context.name).object(&namespace, &name))
        },
        |_| (),
    )
    .await
}

async fn check_one(
    cluster: Cluster,
    verb: &Verb<'_>,
    request: &Request,
    plan: &impl Fn(&Cluster) -> Result<Plan>,
) -> Result<Checked> {
    let context = Arc::clone(&cluster.context);
    let there = if request.again {
        let name = names::operation(&request.id, cluster.uid(), 1);
        context.ask_opt(operations(&cluster).get(&name)).await?
    } else {
        None
    };
    if let Some(there) = there {
        if there.spec.action.verb() != verb.right || there.spec.target.uid != cluster.uid() {
            return Err(Error::new(
                Kind::Refused,
                format!(
                    "request {} was for another act: {}",
                    request.id,
                    there.spec.action.verb()
                ),
            ));
        }
        let plan = Plan::Act {
            action: there.spec.action.clone(),
            effect: "was asked before and is taken up again".to_owned(),
        };
        return Ok(Checked {
            cluster,
            plan,
            by: String::new(),
            there: Some(there),
        });
    }
    let plan = plan(&cluster)?;
    if matches!(plan, Plan::Nothing(_)) {
        return Ok(Checked {
            cluster,
            plan,
            by: String::new(),
            there: None,
        });
    }
    let right = |verb, group, resource, name| Right {
        verb,
        group,
        resource,
        namespace: cluster.namespace.as_str(),
        name,
    };
    rights(
        &context,
        &[
            right(
                verb.right,
                "acid.zalan.do",
                "postgresqls",
                cluster.name.as_str(),
            ),
            right("create", "pgfleet.io", "operations", ""),
        ],
    )
    .await?;
    let by = who(&context).await?;
    Ok(Checked {
        cluster,
        plan,
        by,
        there: None,
    })
}

fn operations(cluster: &Cluster) -> Api<Operation> {
    cluster.context.api(&cluster.namespace)
}

/// The name of the operation that a request makes for a cluster: always the same.
fn name_of(cluster: &Cluster, request: &Request) -> String {
    names::operation(&request.id, cluster.uid(), 1)
}

/// The operation that asks for an act.
fn operation(one: &Checked, action: &Action, change: &Change, request: &Request) -> Operation {
    let cluster = &one.cluster;
    let spec = OperationSpec {
        target: Aim {
            name: cluster.name.clone(),
            uid: cluster.uid().to_owned(),
        },
        action: action.clone(),
        expect: Some(Expect {
            primary: cluster.status.primary.clone(),
            timeline: cluster.status.timeline,
        }),
        requested_by: one.by.clone(),
        reason: change.reason.clone(),
        start_within_seconds: 600,
        queue: change.queue,
        rollout: None,
    };
    let mut operation = Operation::new(&name_of(cluster, request), spec);
    operation.metadata.namespace = Some(cluster.namespace.clone());
    let labels = operation.labels_mut();
    labels.insert(names::REQUEST_LABEL.to_owned(), request.id.clone());
    labels.insert(names::CLUSTER_LABEL.to_owned(), cluster.name.clone());
    operation
}

fn dry(session: &Session, verb: &Verb<'_>, request: &Request, all: &[Checked]) -> Result<Exit> {
    let told = all.iter().map(|one| {
        let target = one.cluster.target();
        match &one.plan {
            Plan::Nothing(why) => Ok(Foretold::same(&target, why)),
            Plan::Act { action, effect } => {
                let operation = operation(one, action, verb.change, request);
                Ok(Foretold::change(&target, effect).object(value_of(&operation)?))
            }
        }
    });
    foretell(session, verb.right, told.collect::<Result<_>>()?)
}

async fn act(session: &Session, one: &Checked, verb: &Verb<'_>, request: &Request) -> Outcome {
    let target = one.cluster.target();
    let action = match &one.plan {
        Plan::Nothing(why) => return Outcome::new(&target, Ok(why.clone())),
        Plan::Act { action, .. } => action,
    };
    if let Err(error) = request.may_begin(session) {
        return Outcome::new(&target, Err(error));
    }
    let operation = operation(one, action, verb.change, request);
    let name = operation.name_any();
    let result = begin_and_follow(session, one, operation, verb, request).await;
    Outcome::new(&target, result).operation(&name)
}

async fn begin_and_follow(
    session: &Session,
    one: &Checked,
    operation: Operation,
    verb: &Verb<'_>,
    request: &Request,
) -> Result<String> {
    let api = operations(&one.cluster);
    let name = operation.name_any();
    if one.there.is_none() {
        let parameters = PostParams {
            dry_run: false,
            field_manager: Some(MANAGER.to_owned()),
        };
        match one
            .cluster
            .context
            .ask(api.create(&parameters, &operation))
            .await
        {
            Ok(_) => {}
            Err(error) if error.kind == Kind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    if !verb.change.wait {
        return Ok(format!("accepted as {name}; {}", follow_with(one, &name)));
    }
    let task = session
        .screen
        .progress()
        .task(&one.cluster.target().to_string());
    let ended = follow(
        session,
        &one.cluster.context,
        &api,
        &name,
        request.until,
        &task,
    )
    .await;
    task.end();
    let status = ended.map_err(|error| error.hint(follow_with(one, &name)))?;
    judged(verb.right, &status)
}

/// What to say when nobody waits, or no longer.
fn follow_with(one: &Checked, name: &str) -> String {
    let cluster = &one.cluster;
    follow_line(name, &cluster.namespace, &cluster.context.name)
}

/// How an operation is followed.
pub fn follow_line(name: &str, namespace: &str, context: &str) -> String {
    format!("follow it with: kubectl pg ops watch {name} -n {namespace} --context {context}")
}

/// What to do about what runs on when this program ends.
fn goes_on(id: &str, contexts: &[String]) -> String {
    let contexts = contexts.join(",");
    format!(
        "what was begun goes on: kubectl pg ops list -A --request {id} --context {contexts}; \
         it is taken back by: kubectl pg ops cancel {id} --context {contexts}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_interrupts_learns_how_to_follow_and_to_cancel() {
        let said = goes_on("k3j9x2m4aq", &["east".to_owned(), "west".to_owned()]);
        for command in ["ops list -A --request", "ops cancel"] {
            let line = format!("kubectl pg {command} k3j9x2m4aq --context east,west");
            assert!(said.contains(&line), "{said}");
        }
    }
}
