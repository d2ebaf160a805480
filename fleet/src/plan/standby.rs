//! Standby clusters: whom one follows, and what becomes of the source when it does so no longer.
//!
//! Removing the section promotes, as Zalando's operator does. The source is asked before, and goes
//! on being asked: while it answers as a primary there are two of them, and the status says so
//! (safety.md §3).

use std::time::Duration;

use pg_core::postgresql::status::SourceStatus;
use serde_json::{Value, json};

use super::{View, action::Action};
use crate::observe::facts::{Answer, SourceAnswer};

/// Where Patroni keeps it.
pub const SECTION: &str = "/standby_cluster";
/// The port that nobody writes.
const PORT: &str = "5432";
/// How old the source's word may be when its standby is promoted.
const ON_PROMOTION: Duration = Duration::from_secs(30);
/// How often it is asked while there are two primaries.
const WHILE_TWO: Duration = Duration::from_secs(30);

/// Whom the manifest wants this cluster to follow, if it is a live server.
pub fn wanted(view: &View<'_>) -> Option<SourceStatus> {
    let standby = view.manifest.spec.standby.as_ref()?;
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    Some(SourceStatus {
        host: given(&standby.standby_host)?,
        port: given(&standby.standby_port).unwrap_or_else(|| PORT.to_owned()),
    })
}

/// What Patroni's configuration is to say of it, by JSON pointer.
pub fn settings(view: &View<'_>) -> Vec<(String, Value)> {
    let Some(standby) = &view.manifest.spec.standby else {
        return Vec::new();
    };
    [
        ("host", &standby.standby_host),
        ("port", &standby.standby_port),
        ("primary_slot_name", &standby.standby_primary_slot_name),
    ]
    .into_iter()
    .filter(|_| wanted(view).is_some())
    .filter_map(|(key, value)| {
        let value = value.as_deref().filter(|value| !value.is_empty())?;
        Some((format!("{SECTION}/{key}"), json!(value)))
    })
    .collect()
}

/// Whether Patroni takes this cluster for a standby.
pub fn is_one(view: &View<'_>) -> bool {
    let config = view.facts.config.as_ref();
    config.is_some_and(|config| config.standby().is_some())
}

/// Whether the section of the manifest can be carried out: a cluster with rows of its own would
/// have to throw them away to follow another.
pub fn objection(view: &View<'_>) -> Option<String> {
    let known = view
        .facts
        .config
        .as_ref()
        .is_some_and(|config| config.config.is_some());
    let source = wanted(view).filter(|_| known && !is_one(view))?;
    Some(format!(
        "standby: this cluster has been a primary and is not made to follow {source}, for which it \
         would have to throw away rows of its own; make a new one: kubectl pg clone --standby"
    ))
}

/// Whether the manifest promotes now: Patroni follows, and nobody wants it to.
pub fn is_promoted(view: &View<'_>) -> bool {
    view.manifest.spec.standby.is_none() && is_one(view)
}

/// The source of a cluster that is to follow nobody any more.
fn former(view: &View<'_>) -> Option<SourceStatus> {
    if view.manifest.spec.standby.is_some() {
        return None;
    }
    let status = view.manifest.status.as_ref();
    status.and_then(|status| status.source.clone())
}

/// What the former source said last.
pub fn told<'a>(view: &View<'a>) -> Option<&'a Answer<SourceAnswer>> {
    let former = former(view)?;
    let answer = view.facts.source.as_ref()?;
    (answer.of == former).then_some(&answer.answer)
}

/// Whether the former source answers as a primary of the same data.
pub fn is_still_primary(view: &View<'_>) -> Option<bool> {
    let answer = told(view)?;
    let config = view.facts.config.as_ref();
    let ours = config.and_then(|config| config.initialize.as_deref());
    Some(answer.result.as_ref().is_ok_and(|source| {
        let same = ours.is_none_or(|ours| ours.is_empty() || ours == source.system);
        source.is_primary && same
    }))
}

/// Asks the former source, when its last word is too old.
pub fn question(view: &View<'_>) -> Option<Action> {
    let source = former(view)?;
    let every = match is_still_primary(view) {
        _ if is_one(view) => ON_PROMOTION,
        Some(true) => WHILE_TWO,
        _ => view.configuration.resync_period,
    };
    let due = told(view).is_none_or(|answer| view.now.age(answer.at) > every);
    due.then_some(Action::AskSource(source))
}
