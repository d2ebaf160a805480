//! What becomes of a cluster whose manifest was told to be deleted, and that no finalizer held
//! (`enable_finalizers: false`). Zalando's operator deletes what is left at that event; so is done
//! here, where it is sure that the cluster itself was meant.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use pg_core::{configuration::Configuration, names, postgresql::Postgresql};

use super::action::Action;
use crate::observe::{
    facts::{Facts, Now},
    object::Meta,
    record::Told,
};

/// What was told longer ago is believed no more: the configuration may have been another then, and
/// whoever leads by now may have decided otherwise. Longer than another one needs to take over.
const BELIEVED: Duration = Duration::from_secs(300);
/// The finalizer of a deletion that leaves what belongs to the object.
const ORPHAN: &str = "orphan";

/// Takes back what was written down of an earlier manifest: whatever is left of that one belongs to
/// the later one, be that ours or another controller's, readable or not, going or gone.
pub fn overtaken(facts: &Facts) -> Option<Action> {
    let record = facts.record.as_ref()?;
    let is_later = facts.told.is_some() || !facts.is_ghost();
    is_later.then(|| Action::DropRecord {
        name: record.name.clone(),
        uid: record.uid.clone(),
    })
}

/// What is to become of what is left.
#[derive(Debug, PartialEq)]
pub enum Fate {
    /// It goes.
    Goes,
    /// It stays, and that is as configured.
    Stays,
    /// It was told too long ago: whoever led then has decided, or nobody.
    Late,
    /// It stays, for this reason.
    Kept(String),
}

/// What is to become of what this manifest left.
pub fn fate(told: &Told, manifest: &Postgresql, of: &Configuration, now: Now) -> Fate {
    if of.enable_finalizers {
        return Fate::Stays;
    }
    let age = now.age(told.at);
    if age > BELIEVED {
        return Fate::Late;
    }
    let meta = &told.manifest.metadata;
    if meta.finalizers.iter().any(|one| one == ORPHAN) {
        return Fate::Kept("it was deleted with --cascade=orphan".to_owned());
    }
    if let Some(to) = meta.annotations.get(names::RELEASE) {
        return Fate::Kept(format!("it was being given back to the controller {to:?}"));
    }
    let at = now.wall - age;
    let day = at.strftime("%Y-%m-%d").to_string();
    let name = manifest.metadata.name.clone().unwrap_or_default();
    for (key, value) in [
        (&of.delete_annotation_name_key, name),
        (&of.delete_annotation_date_key, day),
    ] {
        if !key.is_empty() && meta.annotations.get(key) != Some(&value) {
            return Fate::Kept(format!("it lacked the annotation {key}: {value}"));
        }
    }
    Fate::Goes
}

/// What speaks against it that somebody meant this cluster, from what holds its manifest: a namespace
/// or a definition that goes takes all manifests along, and one that is younger than the manifest
/// was made anew since.
pub fn objection(made: Option<Timestamp>, what: &str, holds: Option<&Meta>) -> Option<String> {
    let Some(holds) = holds else {
        return Some(format!("{what} is gone"));
    };
    if holds.deletion_timestamp.is_some() {
        return Some(format!("{what} is being deleted"));
    }
    match (holds.creation_timestamp, made) {
        (Some(holds), Some(made)) if holds <= made => None,
        _ => Some(format!("{what} was made anew since")),
    }
}
