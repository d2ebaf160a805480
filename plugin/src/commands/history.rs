//! `history`: the past of one cluster on one time line: changes of primary as Patroni wrote them
//! down, operations, events.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::{
    core::v1::{ConfigMap, Endpoints},
    events::v1::Event,
};
use kube::{Api, Resource, ResourceExt, api::ListParams, core::NamespaceResourceScope};
use pg_core::{names, operation::Operation};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{change::get, gather::labelled, operate::in_words, status::when};
use crate::{
    args::{History, Since},
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    output::{
        document::Document,
        table::{Column, Table},
        text::age_at,
    },
    session::Session,
};

/// One thing that happened.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
struct Entry {
    at: Timestamp,
    /// primary, operation or event.
    kind: &'static str,
    what: String,
}

/// Shows it.
pub async fn run(session: &Session, args: History) -> Result<Exit> {
    let selection = session.select(std::slice::from_ref(&args.target))?;
    let [one] = selection.named.as_slice() else {
        return Err(Error::usage(
            "history is of one Postgres cluster in one context",
        ));
    };
    let (cluster, (operations, events, patroni)) = session
        .within(async {
            let context = std::sync::Arc::new(session.connector.open(&one.context).await?);
            let cluster = get(&context, one).await?;
            let parts = tokio::join!(operations(&cluster), events(&cluster), patroni(&cluster));
            Ok((cluster, parts))
        })
        .await?;
    let mut entries = Vec::new();
    let mut errors = Vec::new();
    for (what, part) in [
        ("operations", operations),
        ("events", events),
        ("Patroni's history", patroni),
    ] {
        match part {
            Ok(part) => entries.extend(part),
            // Not to have this right is no failure of the rest.
            Err(error) if error.kind == Kind::Forbidden => {
                session.screen.note(&format!("without {what}: {error}"));
            }
            Err(error) => {
                session
                    .screen
                    .warn(&format!("{what} cannot be read: {error}"));
                errors.push(error);
            }
        }
    }
    let now = Timestamp::now();
    let from = match args.since {
        None => None,
        Some(Since::At(time)) => Some(time),
        Some(Since::Ago(time)) => now.checked_sub(time).ok(),
    };
    entries.retain(|entry| from.is_none_or(|from| entry.at >= from));
    entries.sort();
    let screen = &session.screen;
    // It is of one: what is missing of it makes it no mixture.
    let exit = match errors.is_empty() || session.flags.allow_unreachable {
        true => Exit::Done,
        false => Exit::Failed,
    };
    if screen.format.is_document() {
        screen.document(&Document::new("History", entries, errors))?;
        return Ok(exit);
    }
    if entries.is_empty() {
        screen.note(&format!(
            "nothing is known of the past of {}",
            cluster.target()
        ));
        return Ok(exit);
    }
    let mut table = Table::new(vec![
        Column::new("TIME"),
        Column::new("AGE").stays(),
        Column::new("KIND").stays(),
        Column::new("WHAT").stays().folds(50),
    ]);
    for entry in entries {
        table.row(vec![
            screen.time(entry.at).into(),
            age_at(entry.at, now).into(),
            entry.kind.into(),
            entry.what.into(),
        ]);
    }
    screen.table(table)?;
    Ok(exit)
}

async fn operations(cluster: &Cluster) -> Result<Vec<Entry>> {
    let api: Api<Operation> = cluster.context.api(&cluster.namespace);
    let list = labelled(names::CLUSTER_LABEL, &cluster.name);
    let found = cluster.context.ask(api.list(&list)).await?;
    let mut entries = Vec::new();
    for operation in found {
        if operation.spec.target.uid != cluster.uid() {
            continue;
        }
        let status = operation.status.clone().unwrap_or_default();
        let verb = operation.spec.action.verb();
        let by = &operation.spec.requested_by;
        let reason = operation.spec.reason.as_ref();
        let reason = reason
            .map(|reason| format!(" ({reason})"))
            .unwrap_or_default();
        let mut told = |at: Option<Timestamp>, what: String| {
            entries.extend(at.map(|at| Entry {
                at,
                kind: "operation",
                what,
            }));
        };
        let asked = operation.creation_timestamp().map(|time| time.0);
        told(
            asked,
            format!("{verb} asked for by {by}{reason}: {}", operation.name_any()),
        );
        let ended = status.finished_at.as_ref().map(|time| time.0);
        told(ended, format!("{verb} {}", in_words(&status)));
    }
    Ok(entries)
}

async fn events(cluster: &Cluster) -> Result<Vec<Entry>> {
    let api: Api<Event> = cluster.context.api(&cluster.namespace);
    let list = ListParams::default().fields(&format!("regarding.uid={}", cluster.uid()));
    let found = cluster.context.ask(api.list(&list)).await?;
    Ok(told(&found.items))
}

/// What events tell, without those of an operation, which stands there itself.
fn told(events: &[Event]) -> Vec<Entry> {
    let of_operation = |event: &Event| {
        let related = event.related.as_ref();
        related.and_then(|it| it.kind.as_deref()) == Some("Operation")
    };
    let all = events.iter().filter(|event| !of_operation(event));
    let entries = all.filter_map(|event| {
        Some(Entry {
            at: when(event)?,
            kind: "event",
            what: format!(
                "{}: {}",
                event.reason.as_deref().unwrap_or_default(),
                event.note.as_deref().unwrap_or_default()
            ),
        })
    });
    entries.collect()
}

/// Patroni's own history: one entry for each timeline that ended.
async fn patroni(cluster: &Cluster) -> Result<Vec<Entry>> {
    let name = names::config_object(&cluster.name);
    let kept = match annotations::<ConfigMap>(cluster, &name).await? {
        Some(kept) => kept,
        // Where it keeps its state in these instead.
        None => annotations::<Endpoints>(cluster, &name)
            .await?
            .unwrap_or_default(),
    };
    let text = kept.get("history").map(String::as_str);
    Ok(timelines(text.unwrap_or_default()))
}

/// Annotations of one of Patroni's objects.
pub async fn annotations<K>(
    cluster: &Cluster,
    name: &str,
) -> Result<Option<BTreeMap<String, String>>>
where
    K: Resource<Scope = NamespaceResourceScope> + Clone + DeserializeOwned + std::fmt::Debug,
    K::DynamicType: Default,
{
    let api: Api<K> = cluster.context.api(&cluster.namespace);
    let object = cluster.context.ask_opt(api.get_metadata(name)).await?;
    Ok(object.map(|object| object.annotations().clone()))
}

fn timelines(text: &str) -> Vec<Entry> {
    let lines: Vec<Vec<Value>> = serde_json::from_str(text).unwrap_or_default();
    let entry = |line: Vec<Value>| {
        let word = |place: usize| line.get(place).and_then(Value::as_str);
        let number = |place: usize| line.get(place).and_then(Value::as_i64);
        let at = word(3)?.parse().ok()?;
        let to = word(4).map(|to| format!(", then {to}")).unwrap_or_default();
        let why = word(2).unwrap_or_default();
        Some(Entry {
            at,
            kind: "primary",
            what: format!(
                "timeline {} ended: {why}{to}",
                number(0).unwrap_or_default()
            ),
        })
    };
    lines.into_iter().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_told_once() {
        let event = |reason: &str, related: Value| -> Event {
            serde_json::from_value(serde_json::json!({
                "metadata": {"name": "e"}, "eventTime": "2026-11-21T10:00:00.000000Z",
                "reason": reason, "note": "a", "related": related,
            }))
            .expect("an event")
        };
        let events = [
            event("PrimaryChanged", Value::Null),
            event("Switchover", serde_json::json!({"kind": "Operation"})),
        ];
        let told = told(&events);
        let what: Vec<&str> = told.iter().map(|entry| entry.what.as_str()).collect();
        assert_eq!(what, ["PrimaryChanged: a"]);
    }

    #[test]
    fn patronis_history() {
        let text = r#"[[1,50331808,"no recovery target specified","2026-11-21T10:00:00.5+00:00","main-1"],
                       [2,60000000,"no recovery target specified"]]"#;
        let entries = timelines(text);
        assert_eq!(
            entries.len(),
            1,
            "without a time it has no place on the line"
        );
        assert!(entries[0].what.contains("timeline 1") && entries[0].what.ends_with("main-1"));
        assert!(timelines("not json").is_empty());
    }
}
