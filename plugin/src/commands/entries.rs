//! What `user list` and `db list` share: a map of the manifest as rows.

use serde::Serialize;
use serde_json::Value;

use super::gather::gather;
use crate::{
    args::Format,
    cluster::Cluster,
    error::Result,
    exit::Exit,
    output::{
        document::Document,
        table::{Column, Table},
    },
    session::Session,
    target::TargetArg,
};

#[derive(Serialize)]
struct Item {
    context: String,
    namespace: String,
    cluster: String,
    name: String,
    value: String,
}

/// The entries of a map in the manifest, with a text for each.
pub fn of(cluster: &Cluster, map: &str, text: impl Fn(&Value) -> String) -> Vec<(String, String)> {
    let Some(Value::Object(entries)) = cluster.spec(&[map]) else {
        return Vec::new();
    };
    let mut all: Vec<_> = entries
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    all.sort();
    all
}

/// Lists such entries of the clusters that were named.
pub async fn list(
    session: &Session,
    words: &[TargetArg],
    (name, value): (&str, &str),
    kind: &'static str,
    rows: impl Fn(&Cluster) -> Vec<(String, String)>,
) -> Result<Exit> {
    let found = gather(session, words).await?;
    let items: Vec<Item> = found
        .clusters
        .iter()
        .flat_map(|cluster| {
            rows(cluster).into_iter().map(|(name, value)| Item {
                context: cluster.context.name.clone(),
                namespace: cluster.namespace.clone(),
                cluster: cluster.name.clone(),
                name,
                value,
            })
        })
        .collect();
    let screen = &session.screen;
    let exit = found.exit(session);
    if screen.format.is_document() {
        screen.document(&Document::new(kind, items, found.errors))?;
        return Ok(exit);
    }
    let mut table = Table::new(vec![
        Column::new("CONTEXT").stays().cuts(),
        Column::new("CLUSTER").stays().cuts(),
        Column::new(name).stays().cuts(),
        Column::new(value).stays().cuts(),
    ]);
    for item in &items {
        if screen.format == Format::Name {
            screen.data(&format!("{}\n", item.name));
        }
        table.row(vec![
            session.label(&item.context).into(),
            format!("{}/{}", item.namespace, item.cluster).into(),
            item.name.as_str().into(),
            item.value.as_str().into(),
        ]);
    }
    if items.is_empty() && found.errors.is_empty() {
        let what = name.to_lowercase();
        screen.note(&format!("No {what}s in the manifest."));
    } else if screen.format != Format::Name {
        screen.table(table)?;
    }
    Ok(exit)
}
