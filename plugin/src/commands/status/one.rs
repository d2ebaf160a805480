//! Single clusters: members, conditions, work in flight, events.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use k8s_openapi::api::events::v1::Event;
use kube::{
    Api,
    api::{ListParams, ObjectList},
};
use pg_core::{operation::Operation, postgresql::Health};
use serde::Serialize;

use super::{
    around::{Budget, Controller, MemberPod, budgets, images, pods, table as budget_table},
    inside::{Inside, ask},
    tables,
};
use crate::{
    cluster::Cluster,
    commands::{
        change::{first_of, get},
        exec,
        once::Once,
        operate::in_words,
        sought::Sought,
    },
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    output::{
        document::Document,
        table::{Cell, Column, Table, Tone},
        text::{age_at, bytes, shown},
    },
    session::Session,
    target::Selection,
};

/// Events shown without `-v`.
const EVENTS: usize = 5;

/// How long the primary is waited for where nobody asked for more than a status.
const PATIENCE: Duration = Duration::from_secs(5);

/// A cluster with what belongs to it.
struct Whole {
    cluster: Cluster,
    operations: Vec<Operation>,
    events: Vec<Event>,
    controller: Option<Controller>,
    pods: Vec<MemberPod>,
    budgets: Vec<Budget>,
    inside: Option<Inside>,
    /// Whether the primary was asked and did not answer.
    silent: bool,
    /// What could not be seen, in words.
    unseen: Vec<String>,
}

#[derive(Serialize)]
struct Item {
    context: String,
    cluster: kube::api::DynamicObject,
    operations: Vec<Operation>,
    events: Vec<Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    controller: Option<Controller>,
    pods: Vec<MemberPod>,
    budgets: Vec<Budget>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inside: Option<Inside>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unseen: Vec<String>,
}

/// Shows them.
pub async fn run(session: &Session, selection: &Selection) -> Result<Exit> {
    let results = session
        .read_each(
            &selection.contexts,
            |context| async move {
                let (mut all, mut looked) = (Vec::new(), Vec::new());
                let controller = Controller::of(&context).await;
                for one in selection.named_in(&context.name) {
                    let cluster = match get(&context, one).await {
                        Ok(cluster) => Some(cluster),
                        Err(error) if error.kind == Kind::NotFound => None,
                        Err(error) => return Err(error),
                    };
                    looked.push((one, cluster.is_some()));
                    if let Some(cluster) = cluster {
                        all.push(whole(session, cluster, &controller).await?);
                    }
                }
                Ok((all, looked))
            },
            |_, _| (),
        )
        .await?;
    let mut found = Vec::new();
    let mut errors = Vec::new();
    let (mut answered, mut sought) = (0, Sought::default());
    let mut once = Once::default();
    for (_, result) in results {
        match result {
            Ok((mut all, looked)) => {
                answered += 1;
                for (one, there) in looked {
                    sought.looked(one, there);
                }
                all.retain(|one| once.is_new_cluster(&one.cluster));
                found.extend(all);
            }
            Err(error) => errors.push(error),
        }
    }
    once.say(&session.screen);
    let nowhere = sought.nowhere();
    if found.is_empty() && errors.is_empty() {
        first_of(session, nowhere)?;
        return Err(
            Error::new(Kind::NotFound, "there is no such Postgres cluster")
                .hint("kubectl pg list -A"),
        );
    }
    let exit = match nowhere.is_empty() {
        true => Exit::of_read(answered, errors.len(), session.flags.allow_unreachable),
        false => Exit::Failed,
    };
    errors.extend(nowhere);
    for error in &errors {
        session.screen.error(error);
    }
    sought.say(&session.screen);
    for unseen in found.iter().flat_map(|one| &one.unseen) {
        session.screen.note(unseen);
    }
    if session.screen.format.is_document() {
        let items = found
            .into_iter()
            .map(|one| {
                let mut object = one.cluster.object;
                object.metadata.managed_fields = None;
                Item {
                    context: one.cluster.context.name.clone(),
                    cluster: object,
                    operations: one.operations,
                    events: one.events,
                    controller: one.controller,
                    pods: one.pods,
                    budgets: one.budgets,
                    inside: one.inside,
                    unseen: one.unseen,
                }
            })
            .collect();
        let document = Document::new("ClusterStatusList", items, errors);
        session.screen.document(&document)?;
        return Ok(exit);
    }
    for (index, one) in found.iter().enumerate() {
        if index > 0 {
            session.screen.data("\n");
        }
        print(session, one);
    }
    Ok(exit)
}

async fn whole(
    session: &Session,
    cluster: Cluster,
    controller: &Result<Controller>,
) -> Result<Whole> {
    let context: &Arc<Context> = &cluster.context;
    let operations: Api<Operation> = context.api(&cluster.namespace);
    let label = format!("{}={}", pg_core::names::CLUSTER_LABEL, cluster.name);
    let events: Api<Event> = context.api(&cluster.namespace);
    let regarding = ListParams::default().fields(&format!("regarding.uid={}", cluster.uid()));
    // What may not be seen is left out, and said: the status itself is the answer.
    let labelled = ListParams::default().labels(&label);
    let patience = match session.screen.verbose {
        true => context.patience(),
        false => PATIENCE.min(context.patience()),
    };
    let (operations, events, own_pods, budgets, inside) = tokio::join!(
        context.ask(operations.list(&labelled)),
        context.ask(events.list(&regarding)),
        exec::pods(&cluster),
        budgets(&cluster),
        look(&cluster, patience),
    );
    let mut unseen = Vec::new();
    let items = |list: ObjectList<Operation>| list.items;
    let mut operations = seen("operations", operations.map(items), &mut unseen);
    let events = events.map(|list| list.items);
    let own_pods = seen("pods", own_pods, &mut unseen);
    let budgets = seen("disruption budgets", budgets, &mut unseen);
    let silent = inside.as_ref().is_err_and(|error| {
        // Who may not ask, or finds no pod, has not heard that nobody is there.
        matches!(error.kind, Kind::TimedOut | Kind::Unreachable)
    });
    let inside = inside.unwrap_or_else(|error| {
        unseen.push(format!("without what the primary says: {error}"));
        None
    });
    let controller = controller.clone().map(|controller| vec![controller]);
    let controller = seen("the controller's report", controller, &mut unseen).pop();
    operations.retain(|operation| {
        operation.spec.target.uid == cluster.uid()
            && !operation
                .status
                .as_ref()
                .is_some_and(|status| status.phase.is_final())
    });
    let mut events = seen("events", events, &mut unseen);
    events.sort_by_key(when);
    for meta in operations
        .iter_mut()
        .map(|one| &mut one.metadata)
        .chain(events.iter_mut().map(|one| &mut one.metadata))
    {
        meta.managed_fields = None;
    }
    Ok(Whole {
        pods: pods(&own_pods),
        cluster,
        operations,
        events,
        controller,
        budgets,
        inside,
        silent,
        unseen,
    })
}

/// Why what the controller says of a cluster's health may be so no longer.
fn doubt(one: &Whole) -> Option<String> {
    let health = one.cluster.health();
    match &one.controller {
        _ if health == Health::Unknown => None,
        Some(controller) if controller.stale => {
            Some(format!("the controller {}", controller.words))
        }
        // The controller asks about every 25 s; a node may have gone since.
        _ if one.silent && health != Health::Down => {
            Some("its primary does not answer now".to_owned())
        }
        _ => None,
    }
}

/// What the primary says; nothing of a cluster that is stopped.
async fn look(cluster: &Cluster, patience: Duration) -> Result<Option<Inside>> {
    match cluster.members_wanted() {
        0 => Ok(None),
        _ => ask(cluster, patience).await.map(Some),
    }
}

/// A list; where it cannot be had, why. Of a resource that is not there nothing is missing.
fn seen<T>(what: &str, list: Result<Vec<T>>, unseen: &mut Vec<String>) -> Vec<T> {
    match list {
        Ok(list) => return list,
        Err(error) if error.kind == Kind::NotFound => {}
        Err(error) => unseen.push(format!("without {what}: {error}")),
    }
    Vec::new()
}

/// When an event happened last.
pub fn when(event: &Event) -> Option<Timestamp> {
    let last = event
        .series
        .as_ref()
        .map(|series| series.last_observed_time.0);
    last.or(event.event_time.as_ref().map(|time| time.0))
        .or(event.deprecated_last_timestamp.as_ref().map(|time| time.0))
        .or(event
            .metadata
            .creation_timestamp
            .as_ref()
            .map(|time| time.0))
}

fn print(session: &Session, one: &Whole) {
    let screen = &session.screen;
    let cluster = &one.cluster;
    let status = &cluster.status;
    let now = Timestamp::now();
    let generation = cluster.object.metadata.generation;
    let mut facts = Table::new(vec![
        Column::new("").stays(),
        Column::new("").stays().folds(20),
    ]);
    let mut fact = |title: &str, text: Cell| facts.row(vec![title.into(), text]);
    fact("Cluster", cluster.target().to_string().into());
    let word = cluster.health_in_a_word();
    match doubt(one) {
        Some(why) => {
            let told = format!("{word}, as far as is known: {why}");
            fact("Health", Cell::new(told).tone(Tone::Warning));
        }
        None => fact("Health", Cell::state(&word)),
    }
    if let Some(controller) = &one.controller {
        let text = format!("{} {}", controller.version, controller.words);
        let tone = if controller.stale {
            Tone::Bad
        } else {
            Tone::Plain
        };
        fact("Controller", Cell::new(text.trim()).tone(tone));
    }
    let mut state = status.postgres_cluster_status.clone();
    if status
        .observed_generation
        .is_some_and(|seen| Some(seen) < generation)
    {
        state.push_str(" (the controller has not looked at the newest manifest yet)");
    }
    fact("State", state.into());
    if cluster.is_going() {
        fact("Deletion", Cell::new("under way").tone(Tone::Warning));
    }
    fact("Members", status.ready.clone().unwrap_or_default().into());
    fact("Primary", status.primary.clone().unwrap_or_default().into());
    fact(
        "Timeline",
        status
            .timeline
            .map(|number| number.to_string())
            .unwrap_or_default()
            .into(),
    );
    let running = status
        .running_version
        .clone()
        .unwrap_or_else(|| "-".to_owned());
    let wanted = cluster.version();
    let version = match running.split('.').next() == Some(wanted) {
        true => running,
        false => format!("{running} (wanted: {wanted})"),
    };
    fact("Version", version.into());
    fact(
        "Image",
        images(one.pods.iter().map(|pod| pod.image.as_str())).into(),
    );
    fact(
        "Lag",
        status.lag_bytes.map(bytes).unwrap_or_default().into(),
    );
    let backup = status
        .last_backup
        .as_ref()
        .map(|time| format!("{} ({} ago)", screen.time(time.0), age_at(time.0, now)));
    fact("Backup", backup.unwrap_or_default().into());
    let created = cluster
        .created()
        .map(|time| format!("{} ({} ago)", screen.time(time), age_at(time, now)));
    fact("Created", created.unwrap_or_default().into());
    if let Some(work) = &status.current {
        let text = format!(
            "{} ({}): {}, for {}",
            work.kind,
            work.reason,
            work.step,
            age_at(work.since.0, now)
        );
        fact("At work", Cell::new(text).tone(Tone::Warning));
    }
    for operation in &one.operations {
        let name = operation.metadata.name.clone().unwrap_or_default();
        let words = in_words(&operation.status.clone().unwrap_or_default());
        fact(
            "Operation",
            format!("{name}: {} {words}", operation.spec.action.verb()).into(),
        );
    }
    let mut style = screen.style();
    let headers = style.headers;
    style.headers = false;
    screen.exact(&facts.render(style));
    style.headers = headers;
    if !status.members.is_empty() {
        let mut titles = vec![
            "MEMBER", "ROLE", "STATE", "TIMELINE", "NODE", "RESTART", "QOS",
        ];
        titles.extend(one.inside.as_ref().map(|_| "LSN"));
        let mut members = Table::new(titles.into_iter().map(Column::new).collect());
        for member in &status.members {
            let mut row = vec![
                member.name.as_str().into(),
                member.role.as_str().into(),
                member.state.as_str().into(),
                member
                    .timeline
                    .map(|number| number.to_string())
                    .unwrap_or_default()
                    .into(),
                member.node.clone().unwrap_or_default().into(),
                if member.pending_restart {
                    Cell::new("pending").tone(Tone::Warning)
                } else {
                    "".into()
                },
                one.pods
                    .iter()
                    .find(|pod| pod.name == member.name)
                    .map(|pod| pod.qos_class.as_str())
                    .unwrap_or_default()
                    .into(),
            ];
            row.extend(one.inside.as_ref().map(|inside| {
                let lsn = inside.lsn_of(&member.name, status.primary.as_deref());
                Cell::from(lsn.unwrap_or_default())
            }));
            members.row(row);
        }
        screen.data("\n");
        screen.exact(&members.render(style));
    }
    if !status.conditions.is_empty() {
        let mut conditions = Table::new(vec![
            Column::new("CONDITION"),
            Column::new("STATUS"),
            Column::new("REASON"),
            Column::new("SINCE"),
            Column::new("MESSAGE").folds(20),
        ]);
        for condition in &status.conditions {
            conditions.row(vec![
                condition.type_.as_str().into(),
                condition.status.as_str().into(),
                condition.reason.as_str().into(),
                age_at(condition.last_transition_time.0, now).into(),
                condition.message.as_str().into(),
            ]);
        }
        screen.data("\n");
        screen.exact(&conditions.render(style));
    }
    tables::print(session, cluster, one.inside.as_ref());
    if screen.verbose {
        tables::section(session, "Disruption budgets", budget_table(&one.budgets));
    }
    events(session, &one.events, now);
}

fn events(session: &Session, events: &[Event], now: Timestamp) {
    let skipped = if session.screen.verbose {
        0
    } else {
        events.len().saturating_sub(EVENTS)
    };
    if events.is_empty() {
        return;
    }
    session.screen.data("\n");
    for event in events.iter().skip(skipped) {
        let age = when(event)
            .map(|then| age_at(then, now))
            .unwrap_or_default();
        session.screen.data(&format!(
            "{age:>5} ago  {}  {}\n",
            shown(event.reason.as_deref().unwrap_or_default()),
            shown(event.note.as_deref().unwrap_or_default()),
        ));
    }
    if skipped > 0 {
        session.screen.note(&format!("{skipped} older events: -v"));
    }
}
