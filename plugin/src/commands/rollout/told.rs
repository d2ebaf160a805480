//! What is said after a word of a person's, or in place of it.

use std::sync::Arc;

use kube::ResourceExt;
use pg_core::rollout::Rollout;

use super::site::Found;
use crate::{
    commands::change::{Foretold, Outcome, foretell},
    connect::{Context, Dated},
    error::Result,
    exit::Exit,
    output::{document::Document, text::shown},
    session::Session,
    target::Target,
};

/// The slices, as targets of a word.
pub fn slices(found: &Found) -> Vec<Target> {
    let target = |(context, slice): &(Arc<Context>, Dated<Rollout>)| Target {
        namespace: slice.body.namespace(),
        name: slice.body.name_any(),
        context: Some(context.name.clone()),
    };
    found.slices.iter().map(target).collect()
}

/// What a word would do to each slice.
pub fn would(session: &Session, found: &Found, effect: &str, would: &str) -> Result<Exit> {
    let all = slices(found);
    let told = all.iter().map(|one| Foretold::change(one, effect));
    foretell(session, would, told.collect())
}

/// Says what a word did: for people once, for programs of each slice.
pub fn done(session: &Session, id: &str, all: Vec<Target>, what: &str) -> Result<()> {
    let screen = &session.screen;
    if !screen.format.is_document() {
        screen.data(&format!("{id} {}\n", shown(what)));
        return Ok(());
    }
    let all = all.iter().map(|one| Outcome::new(one, Ok(what.to_owned())));
    let mut document = Document::new("Result", all.collect::<Vec<_>>(), Vec::new());
    document.request = Some(id.to_owned());
    screen.document(&document)
}
