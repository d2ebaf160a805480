//! Whose the fields of a cluster's objects are. Taken over from Zalando's operator they become
//! ours, or a field that a manifest drops later could never be removed: the old manager would still
//! hold it (safety.md §5). Given back, they become Zalando's again, and the last write names the
//! controller that goes on.
//!
//! What all clusters of a namespace share is left as it is: others there may not have been adopted.

use std::time::Duration;

use pg_core::{names, postgresql::status::PostgresqlStatus};
use serde_json::{Map, Value, json};

use super::{Plan, View, action::Action, hold_back, operations};
use crate::observe::facts::LiveChild;

/// Kinds whose fields change hands. Secrets are made once and never applied.
pub const KINDS: [&str; 4] = ["Endpoints", "Service", "StatefulSet", "PodDisruptionBudget"];
/// What of Endpoints is Patroni's, whoever wrote it first: held by us, the addresses that the other
/// operator wrote when it made them would go with the first apply.
const PATRONIS_FIELD: &str = "f:subsets";
/// Under this name Patroni writes, as its requests say.
const PATRONI: (&str, &str) = ("Patroni", "Update");

/// Which way fields go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// From Zalando's operator to us.
    Taken,
    /// Back.
    Given,
}

impl Way {
    /// Who holds the fields before and after: manager and operation.
    fn ends(self) -> [(&'static str, &'static str); 2] {
        let [zalando, ours] = [
            (names::ZALANDO_MANAGER, "Update"),
            (names::FIELD_MANAGER, "Apply"),
        ];
        match self {
            Self::Taken => [zalando, ours],
            Self::Given => [ours, zalando],
        }
    }
}

/// `managedFields` with one manager's fields in the other's hands; `None` where it holds none.
pub fn rewritten(entries: &[Value], way: Way) -> Option<Vec<Value>> {
    let [from, to] = way.ends();
    let is = |entry: &Value, (manager, operation): (&str, &str)| {
        let part = entry["subresource"].as_str().unwrap_or_default();
        part.is_empty() && entry["manager"] == manager && entry["operation"] == operation
    };
    let (moved, mut kept): (Vec<_>, Vec<_>) =
        entries.iter().cloned().partition(|entry| is(entry, from));
    let first = moved.first()?.clone();
    let mut give = |end: (&str, &str), fields: &Value| {
        let mut entry = match kept.iter().position(|entry| is(entry, end)) {
            Some(at) => kept.remove(at),
            None => {
                let mut entry = first.clone();
                entry["manager"] = json!(end.0);
                entry["operation"] = json!(end.1);
                entry["fieldsV1"] = json!({});
                entry
            }
        };
        join(&mut entry["fieldsV1"], fields);
        kept.push(entry);
    };
    for mut one in moved {
        let mut fields = one["fieldsV1"].take();
        let addresses = fields
            .as_object_mut()
            .and_then(|fields| fields.remove_entry(PATRONIS_FIELD));
        if let Some((field, inner)) = addresses {
            give(PATRONI, &json!({ field: inner }));
        }
        give(to, &fields);
    }
    Some(kept)
}

/// Sets of fields are trees of keys: the one that holds both.
fn join(into: &mut Value, more: &Value) {
    let Some(more) = more.as_object() else { return };
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    let Some(into) = into.as_object_mut() else {
        return;
    };
    for (key, value) in more {
        join(into.entry(key.clone()).or_insert_with(|| json!({})), value);
    }
}

/// What is taken over now. Where the status says that all was found in order once, that goes first:
/// whoever starts after a crash in between must apply everything again, or a field that was dropped
/// while the other operator acted would stay.
pub fn taking(view: &View<'_>) -> Vec<Action> {
    let taken = moving(view, Way::Taken, |child| child.owners.zalando);
    let said = view.manifest.status.as_ref();
    match said.filter(|status| status.settled.is_some() && !taken.is_empty()) {
        Some(status) => vec![Action::SetStatus(Box::new(PostgresqlStatus {
            settled: None,
            ..status.clone()
        }))],
        None => taken,
    }
}

fn moving(view: &View<'_>, way: Way, is: impl Fn(&LiveChild) -> bool) -> Vec<Action> {
    let children = view.facts.children.iter();
    children
        .filter(|((kind, _), child)| KINDS.contains(kind) && !child.deleting && is(child))
        .map(|((kind, name), child)| Action::MoveFields {
            kind,
            name: name.clone(),
            uid: child.uid.clone(),
            way,
        })
        .collect()
}

/// The controller that a cluster is to be given back to, empty for the one without a name; `None`
/// where it stays. What is under way is ended first, and a deletion is ours to end.
pub fn given_to<'a>(view: &'a View<'_>) -> Option<&'a str> {
    let metadata = &view.manifest.metadata;
    let to = metadata.annotations.as_ref()?.get(names::RELEASE)?.as_str();
    let stays = metadata.deletion_timestamp.is_some() || operations::is_running(view);
    (!stays).then_some(to)
}

/// The next step of giving a cluster back: the fields, then what only we say in the status, and
/// last the name of the controller, with which it is no longer ours.
pub fn giving(view: &View<'_>) -> Plan {
    let mut plan = Plan::default();
    let Some(to) = given_to(view) else {
        plan.look_again_in(Duration::from_secs(1));
        return plan;
    };
    plan.actions = moving(view, Way::Given, |child| child.owners.ours);
    if plan.actions.is_empty() {
        let said = view.manifest.status.clone().unwrap_or_default();
        let left = PostgresqlStatus {
            postgres_cluster_status: said.postgres_cluster_status.clone(),
            ..PostgresqlStatus::default()
        };
        plan.actions.push(if said == left {
            Action::HandOver(to.to_owned())
        } else {
            Action::SetStatus(Box::new(left))
        });
    }
    hold_back(view, &mut plan);
    plan
}
