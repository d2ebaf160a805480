//! What a dry run tells: for each target what would become of it, in one form for all verbs.

use serde::Serialize;
use serde_json::Value;

use crate::{
    args::Format,
    error::Result,
    exit::Exit,
    output::{
        document::{Document, render},
        text::shown,
    },
    session::Session,
    target::Target,
};

/// What would become of one target.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Foretold {
    /// Its context, in full.
    pub context: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether anything would; else it is so already.
    pub changes: bool,
    /// What a person should know of it.
    pub effect: String,
    /// What would be written, where it is an object of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<Value>,
}

impl Foretold {
    /// Of a target that would be changed.
    pub fn change(target: &Target, effect: &str) -> Self {
        Self {
            context: target.context.clone().unwrap_or_default(),
            namespace: target.namespace.clone().unwrap_or_default(),
            name: target.name.clone(),
            changes: true,
            effect: effect.to_owned(),
            object: None,
        }
    }

    /// Of one that is so already.
    pub fn same(target: &Target, why: &str) -> Self {
        Self {
            changes: false,
            ..Self::change(target, why)
        }
    }

    /// Names the object that would be written.
    pub fn object(mut self, object: Value) -> Self {
        self.object = Some(object);
        self
    }

    fn target(&self) -> String {
        format!("{}/{}@{}", self.namespace, self.name, self.context)
    }
}

/// Prints it. `would`: what would be done, behind the word "would".
pub fn foretell(session: &Session, would: &str, all: Vec<Foretold>) -> Result<Exit> {
    let screen = &session.screen;
    if screen.format.is_document() {
        screen.document(&Document::new("DryRun", all, Vec::new()))?;
        return Ok(Exit::Done);
    }
    for one in all {
        let target = one.target();
        match (one.changes, screen.format) {
            (true, Format::Name) => screen.data(&format!("{target}\n")),
            (true, _) => {
                let effect = shown(&one.effect);
                screen.data(&format!("{target}: {effect} (would {would})\n"));
            }
            (false, _) => screen.note(&format!("{target}: {}", one.effect)),
        }
    }
    Ok(Exit::Done)
}

/// Prints manifests that were not sent: as they would be applied, or in one document.
pub fn manifests(session: &Session, manifests: &[Value]) -> Result<Exit> {
    let screen = &session.screen;
    if screen.format.is_document() {
        screen.document(&Document::new(
            "ManifestList",
            manifests.to_vec(),
            Vec::new(),
        ))?;
        return Ok(Exit::Done);
    }
    for (index, manifest) in manifests.iter().enumerate() {
        let separator = if index == 0 { "" } else { "---\n" };
        let text = render(manifest, Format::Yaml)?;
        screen.data(&format!("{separator}{text}"));
    }
    Ok(Exit::Done)
}
