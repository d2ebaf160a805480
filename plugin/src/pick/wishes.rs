//! What a Postgres cluster is to be, where `create` was told nothing of it: version, members, size.

use std::collections::BTreeSet;

use k8s_openapi::api::storage::v1::StorageClass;
use kube::{Api, ResourceExt, api::ListParams};
use pg_core::postgresql::MAJOR_VERSIONS;

use super::{ask::ask, list::choose_from, table};
use crate::{
    args::{Create, quantity},
    commands::{
        clone::is_default,
        create::{MEMBERS, SIZE, VERSION},
    },
    error::Result,
    session::Session,
    target::Selection,
};

/// Asks for what is missing, where a person at a terminal has said nothing in advance.
pub async fn wishes(session: &Session, selection: &Selection, mut args: Create) -> Result<Create> {
    let change = &args.change;
    let said = change.yes || change.request.is_some() || change.dry_run.is_dry();
    if said || args.from.is_some() || session.screen.format.is_document() || !session.screen.can_ask
    {
        return Ok(args);
    }
    if args.version.is_none() {
        let versions = versions();
        let lines = versions.iter().map(|version| [(*version).to_owned()]);
        let default = versions.iter().position(|version| *version == VERSION);
        let rows = table([true], lines);
        let at = choose_from("Which version of PostgreSQL?", &rows, default.unwrap_or(0)).await?;
        args.version = versions.get(at).map(|version| (*version).to_owned());
    }
    if args.replicas.is_none() {
        let lines = MEMBERS_OFFERED
            .iter()
            .map(|(members, what)| [members.to_string(), (*what).to_owned()]);
        let rows = table([true, false], lines);
        let default = MEMBERS_OFFERED
            .iter()
            .position(|(members, _)| *members == MEMBERS);
        let at = choose_from("How many members?", &rows, default.unwrap_or(0)).await?;
        args.replicas = MEMBERS_OFFERED.get(at).map(|(members, _)| *members);
    }
    if args.size.is_none() {
        let class = match &args.storage_class {
            Some(class) => format!("storage class {class}"),
            None => default_class(session, selection).await,
        };
        let question = format!("Size of each member's volume ({class})");
        let size = ask(question, Some(SIZE), |text| quantity(text).map(drop)).await?;
        args.size = Some(size);
    }
    Ok(args)
}

/// Numbers of members, with what they stand for.
const MEMBERS_OFFERED: [(i32, &str); 4] = [
    (1, "no replica: down while it restarts"),
    (2, "one may fail"),
    (3, "one may fail, and another be restarted"),
    (5, "two may fail, and another be restarted"),
];

/// The newest first.
fn versions() -> Vec<&'static str> {
    MAJOR_VERSIONS.iter().rev().copied().collect()
}

/// The storage class that volumes have where none is named, in words.
async fn default_class(session: &Session, selection: &Selection) -> String {
    let mut found = BTreeSet::new();
    for name in &selection.contexts {
        let Ok(context) = session.connector.open(name).await else {
            return UNKNOWN.to_owned();
        };
        let classes: Api<StorageClass> = Api::all(context.client.clone());
        // Whoever may create clusters need not be one who may see classes.
        let Ok(classes) = context.ask(classes.list(&ListParams::default())).await else {
            return UNKNOWN.to_owned();
        };
        let default = classes.items.iter().find(|class| is_default(class));
        found.insert(default.map_or_else(|| "none".to_owned(), ResourceExt::name_any));
    }
    let names: Vec<String> = found.into_iter().collect();
    format!("default storage class: {}", names.join(", "))
}

/// Where it cannot be seen.
const UNKNOWN: &str = "default storage class";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_first_is_the_default() {
        assert!(versions().contains(&VERSION));
        assert!(versions().first() > versions().last());
        assert!(
            MEMBERS_OFFERED
                .iter()
                .any(|(members, _)| *members == MEMBERS)
        );
        assert!(quantity(SIZE).is_ok());
    }
}
