//! `ops`: operations in flight and past ones.

mod again;
mod cancel;
mod follow;

use std::{borrow::Borrow, collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use kube::{Api, ResourceExt, api::ListParams};
use pg_core::{
    names,
    operation::{Action, Operation, Phase},
};
use serde::Serialize;
use serde_json::Value;

use super::{
    change::first_of,
    once::Once,
    operate::{follow_line, in_words},
};
use crate::{
    args::{Format, OpsList, OpsShow, OpsVerb},
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    output::{
        Screen,
        document::Document,
        table::{Cell, Column, Table},
        text::{age_at, shown},
    },
    preflight::who,
    session::Session,
    target::{Selection, Target},
};

/// Lists or shows.
pub async fn run(session: &Session, what: OpsVerb) -> Result<Exit> {
    match what {
        OpsVerb::List(args) => list(session, &args).await,
        OpsVerb::Show(args) => show(session, args).await,
        OpsVerb::Watch(args) => follow::run(session, args).await,
        OpsVerb::Cancel(args) => cancel::run(session, args).await,
        OpsVerb::Retry(args) => again::run(session, args).await,
    }
}

#[derive(Serialize)]
struct Item {
    context: String,
    operation: Operation,
}

impl Item {
    fn target(&self) -> Target {
        Target {
            namespace: self.operation.namespace(),
            name: self.operation.spec.target.name.clone(),
            context: Some(self.context.clone()),
        }
    }

    /// How to follow it.
    fn follow(&self) -> String {
        let namespace = self.operation.namespace().unwrap_or_default();
        follow_line(&self.operation.name_any(), &namespace, &self.context)
    }

    fn phase(&self) -> Phase {
        let status = self.operation.status.as_ref();
        status.map(|status| status.phase).unwrap_or_default()
    }
}

/// The contexts of operations, each once.
fn contexts_of(items: &[impl Borrow<Item>]) -> Vec<String> {
    let contexts = items.iter().map(|item| item.borrow().context.clone());
    contexts.collect::<BTreeSet<_>>().into_iter().collect()
}

struct Found {
    items: Vec<Item>,
    errors: Vec<Error>,
    answered: usize,
}

/// The table.
pub async fn list(session: &Session, args: &OpsList) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    let mut labels = Vec::new();
    if let Some(request) = &args.request {
        labels.push(format!("{}={request}", names::REQUEST_LABEL));
    }
    // A request is looked for everywhere in its contexts.
    let everywhere = session.flags.all_namespaces
        || (args.request.is_some() && session.flags.namespace.is_none());
    let found = find(
        session,
        &selection,
        everywhere,
        &labels.join(","),
        args.mine,
    )
    .await?;
    print(session, found)
}

async fn find(
    session: &Session,
    selection: &Selection,
    everywhere: bool,
    labels: &str,
    mine: bool,
) -> Result<Found> {
    let results = session
        .read_each(
            &selection.contexts,
            |context| async move {
                in_context(session, &context, selection, everywhere, labels, mine)
                    .await
                    .map(|operations| (context.mark(), operations))
            },
            |_, _| (),
        )
        .await?;
    let answered = results.iter().filter(|(_, result)| result.is_ok()).count();
    let mut items = Vec::new();
    let mut errors = Vec::new();
    let mut once = Once::default();
    for (context, result) in results {
        match result {
            Ok((mark, operations)) => items.extend(
                operations
                    .into_iter()
                    .filter(|operation| {
                        let uid = operation.metadata.uid.as_deref().unwrap_or_default();
                        once.is_new(&context, mark, uid)
                    })
                    .map(|operation| Item {
                        context: context.clone(),
                        operation,
                    }),
            ),
            Err(error) => errors.push(error),
        }
    }
    once.say(&session.screen);
    for (double, first) in once.doubles() {
        session.stands_for(first, double);
    }
    items.sort_by_key(|item| std::cmp::Reverse(created(&item.operation)));
    Ok(Found {
        items,
        errors,
        answered,
    })
}

async fn in_context(
    session: &Session,
    context: &Arc<Context>,
    selection: &Selection,
    everywhere: bool,
    labels: &str,
    mine: bool,
) -> Result<Vec<Operation>> {
    let named: Vec<_> = selection.named_in(&context.name).collect();
    let namespaces: Vec<Option<String>> = if everywhere {
        vec![None]
    } else if named.is_empty() {
        vec![Some(
            session
                .flags
                .namespace
                .clone()
                .unwrap_or_else(|| context.namespace.clone()),
        )]
    } else {
        let mut all: Vec<_> = named
            .iter()
            .map(|one| {
                Some(
                    one.namespace
                        .clone()
                        .unwrap_or_else(|| context.namespace.clone()),
                )
            })
            .collect();
        all.sort();
        all.dedup();
        all
    };
    let list = ListParams::default().labels(labels);
    let mut operations = Vec::new();
    for namespace in namespaces {
        let api: Api<Operation> = match namespace {
            Some(namespace) => context.api(&namespace),
            None => Api::all(context.client.clone()),
        };
        operations.extend(
            context
                .ask(api.list(&list))
                .await
                .map_err(|error| absent(error, context))?,
        );
    }
    if !named.is_empty() {
        operations.retain(|operation| {
            named
                .iter()
                .any(|one| one.name == operation.spec.target.name)
        });
    }
    if mine {
        let me = who(context).await?;
        operations.retain(|operation| operation.spec.requested_by == me);
    }
    for operation in &mut operations {
        operation.metadata.managed_fields = None;
    }
    Ok(operations)
}

fn absent(error: Error, context: &Context) -> Error {
    if error.kind != Kind::NotFound {
        return error;
    }
    Error::new(Kind::NotInstalled, "pg-fleet is not installed here")
        .context(&context.name)
        .hint(format!("kubectl pg install --context {}", context.name))
}

fn created(operation: &Operation) -> Option<Timestamp> {
    operation
        .metadata
        .creation_timestamp
        .as_ref()
        .map(|time| time.0)
}

fn print(session: &Session, found: Found) -> Result<Exit> {
    let screen = &session.screen;
    let exit = Exit::of_read(
        found.answered,
        found.errors.len(),
        session.flags.allow_unreachable,
    );
    for error in &found.errors {
        screen.error(error);
    }
    if screen.format.is_document() {
        let document = Document::new("OperationList", found.items, found.errors);
        screen.document(&document)?;
        return Ok(exit);
    }
    if screen.format == Format::Name {
        for item in &found.items {
            screen.data(&format!("{}\n", item.operation.name_any()));
        }
        return Ok(exit);
    }
    if found.items.is_empty() {
        // Of those that did not answer nothing is known.
        if found.errors.is_empty() {
            screen.note("No operations found.");
        }
        return Ok(exit);
    }
    let now = Timestamp::now();
    let mut table = Table::new(vec![
        Column::new("CONTEXT").stays().cuts(),
        Column::new("CLUSTER").stays().cuts(),
        Column::new("ACTION"),
        Column::new("PHASE").stays(),
        Column::new("AGE"),
        Column::new("OPERATION").stays().folds(20),
        Column::new("BY"),
        Column::new("MESSAGE"),
    ]);
    for Item { context, operation } in &found.items {
        let status = operation.status.clone().unwrap_or_default();
        table.row(vec![
            session.label(context).into(),
            format!(
                "{}/{}",
                operation.namespace().unwrap_or_default(),
                operation.spec.target.name
            )
            .into(),
            operation.spec.action.verb().into(),
            Cell::state(status.phase.to_string()),
            created(operation)
                .map(|then| age_at(then, now))
                .unwrap_or_default()
                .into(),
            operation.name_any().into(),
            operation.spec.requested_by.as_str().into(),
            status.message.unwrap_or_default().into(),
        ]);
    }
    screen.table(table)?;
    Ok(exit)
}

/// All that are there, newest first, with their contexts.
pub async fn all(session: &Session) -> Result<Vec<(String, Operation)>> {
    let selection = session.select(&[])?;
    let everywhere = session.flags.namespace.is_none();
    let found = find(session, &selection, everywhere, "", false).await?;
    for error in &found.errors {
        session.screen.error(error);
    }
    let all = found.items.into_iter();
    Ok(all.map(|item| (item.context, item.operation)).collect())
}

/// Whether nothing more comes of it.
pub fn has_ended(operation: &Operation) -> bool {
    let status = operation.status.as_ref();
    status.is_some_and(|status| status.phase.is_final())
}

/// The operation of this name, or all of this request.
async fn named(session: &Session, id: &str) -> Result<Found> {
    let selection = session.select(&[])?;
    let everywhere = session.flags.namespace.is_none();
    let mut found = find(session, &selection, everywhere, "", false).await?;
    found.items.retain(|item| {
        item.operation.name_any() == id
            || item
                .operation
                .labels()
                .get(names::REQUEST_LABEL)
                .map(String::as_str)
                == Some(id)
    });
    if found.items.is_empty() && found.errors.is_empty() {
        return Err(Error::new(
            Kind::NotFound,
            format!("there is no operation or request {id}"),
        )
        .hint("kubectl pg ops list -A; operations are collected some time after their end"));
    }
    Ok(found)
}

/// The same for a change: every context must have answered, unless `--where-found`.
async fn named_to_change(session: &Session, id: &str, where_found: bool) -> Result<Vec<Item>> {
    let found = named(session, id).await?;
    if where_found && !found.items.is_empty() {
        for error in &found.errors {
            session.screen.error(error);
        }
        return Ok(found.items);
    }
    first_of(session, found.errors)?;
    Ok(found.items)
}

async fn show(session: &Session, args: OpsShow) -> Result<Exit> {
    let found = named(session, &args.id).await?;
    if session.screen.format != Format::Table && session.screen.format != Format::Wide {
        return print(session, found);
    }
    for error in &found.errors {
        session.screen.error(error);
    }
    for item in &found.items {
        session.screen.data(&described(&session.screen, item)?);
    }
    Ok(Exit::of_read(
        found.answered,
        found.errors.len(),
        session.flags.allow_unreachable,
    ))
}

/// `upgrade (to 17, noWayBack)`: an action and its settings on one line.
fn told(action: &Action) -> Result<String> {
    let value = serde_json::to_value(action)
        .map_err(|error| Error::new(Kind::Failed, format!("an action cannot be told: {error}")))?;
    let setting = |(key, value): (&String, &Value)| match value {
        Value::Bool(true) => key.clone(),
        Value::String(text) => format!("{key} {}", shown(text)),
        other => format!("{key} {}", shown(&other.to_string())),
    };
    let named = |(name, settings): (&String, &Value)| {
        let settings = settings.as_object().into_iter().flatten();
        let settings: Vec<String> = settings.map(setting).collect();
        match settings.is_empty() {
            true => name.clone(),
            false => format!("{name} ({})", settings.join(", ")),
        }
    };
    Ok(match &value {
        Value::Object(one) => one.iter().map(named).collect(),
        Value::String(name) => name.clone(),
        other => other.to_string(),
    })
}

fn described(screen: &Screen, Item { context, operation }: &Item) -> Result<String> {
    let spec = &operation.spec;
    let status = operation.status.clone().unwrap_or_default();
    let time = |time: Option<Timestamp>| time.map(|time| screen.time(time)).unwrap_or_default();
    let mut lines = vec![
        ("Operation", operation.name_any()),
        (
            "Target",
            format!(
                "{}/{}@{context}",
                operation.namespace().unwrap_or_default(),
                spec.target.name
            ),
        ),
        ("Action", told(&spec.action)?),
        ("Asked by", spec.requested_by.clone()),
        ("Asked at", time(created(operation))),
        ("Reason", spec.reason.clone().unwrap_or_default()),
        ("State", in_words(&status)),
        ("Why", status.reason.clone().unwrap_or_default()),
        ("Message", status.message.clone().unwrap_or_default()),
        ("Began", time(status.started_at.as_ref().map(|time| time.0))),
        (
            "Ended",
            time(status.finished_at.as_ref().map(|time| time.0)),
        ),
        (
            "Primary",
            match (&status.primary_before, &status.primary_after) {
                (Some(before), Some(after)) => format!("{before} → {after}"),
                (Some(before), None) => before.clone(),
                _ => String::new(),
            },
        ),
    ];
    lines.retain(|(_, text)| !text.is_empty());
    let mut text: String = lines
        .iter()
        .map(|(title, text)| format!("{title:<10} {}\n", shown(text)))
        .collect();
    for step in &status.steps {
        let end = step
            .finished_at
            .as_ref()
            .map_or("under way".to_owned(), |end| {
                format!(
                    "{:.1} s",
                    end.0.duration_since(step.started_at.0).as_secs_f64()
                )
            });
        text.push_str(&format!(
            "  {} {} ({end})\n",
            screen.time(step.started_at.0),
            shown(&step.name)
        ));
    }
    text.push('\n');
    Ok(text)
}
