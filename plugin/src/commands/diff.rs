//! `diff`: where manifests, versions, images and extensions drift apart.

mod looked;

use serde::Serialize;
use serde_json::Value;

use self::looked::{Looked, look};
use super::{gather::gather, set::impact::short};
use crate::{
    args::Diff,
    error::{Error, Result},
    exit::Exit,
    output::{
        document::Document,
        table::{Column, Table},
        text::count,
    },
    session::Session,
    target::TargetArg,
};

/// One field of one cluster that is not as it is elsewhere.
#[derive(Debug, PartialEq, Serialize)]
struct Item {
    field: String,
    context: String,
    namespace: String,
    cluster: String,
    value: Value,
    /// What the others have.
    expected: Value,
}

/// Compares.
pub async fn run(session: &Session, args: Diff) -> Result<Exit> {
    let against = match &args.against {
        Some(target) => Some(gather(session, &[TargetArg::One(target.clone())]).await?),
        None => None,
    };
    if let Some(found) = &against
        && !found.errors.is_empty()
    {
        // They have been told.
        if session.screen.format.is_document() {
            let errors = found.errors.clone();
            let document = Document::<Item>::new("DifferenceList", Vec::new(), errors);
            session.screen.document(&document)?;
        }
        return Ok(Exit::Mixed);
    }
    let reference = match against.as_ref().map(|found| found.clusters.as_slice()) {
        Some([one]) => Some(one),
        Some(_) => {
            return Err(Error::usage(
                "--against names one Postgres cluster in one context",
            ));
        }
        None => None,
    };
    let mut found = gather(session, &args.targets).await?;
    if let Some(reference) = reference {
        found.clusters.retain(|cluster| !cluster.is_same(reference));
    }
    if found.errors.is_empty() && found.clusters.len() + usize::from(reference.is_some()) < 2 {
        return Err(
            Error::usage("there is one Postgres cluster; a comparison takes two")
                .hint("name more, or contexts: kubectl pg diff main --context east,west"),
        );
    }
    let clusters = look(session, found.clusters).await?;
    let reference = look(session, reference.cloned().into_iter().collect()).await?;
    let reference = reference.first();
    let items = compare(&clusters, reference);
    let exit = match (found.errors.is_empty(), items.is_empty()) {
        (false, _) => Exit::Mixed,
        (true, true) => Exit::Done,
        (true, false) => Exit::Failed,
    };
    let screen = &session.screen;
    if screen.format.is_document() {
        screen.document(&Document::new("DifferenceList", items, found.errors))?;
        return Ok(exit);
    }
    if items.is_empty() && found.errors.is_empty() {
        let all = clusters.len() + usize::from(reference.is_some());
        screen.note(&format!("{} agree", count(all, "cluster")));
        return Ok(exit);
    }
    let mut table = Table::new(vec![
        Column::new("FIELD").stays().cuts(),
        Column::new("CONTEXT").stays().cuts(),
        Column::new("CLUSTER").stays().cuts(),
        Column::new("HAS").stays().cuts(),
        Column::new("OTHERS HAVE").cuts(),
    ]);
    let text = |value: &Value| {
        if value.is_null() {
            String::new()
        } else {
            short(value)
        }
    };
    for item in &items {
        table.row(vec![
            item.field.as_str().into(),
            session.label(&item.context).into(),
            format!("{}/{}", item.namespace, item.cluster).into(),
            text(&item.value).into(),
            text(&item.expected).into(),
        ]);
    }
    screen.table(table)?;
    Ok(exit)
}

/// What differs from the reference, else from what most have. Who cannot tell of a field is left
/// out of it.
fn compare(clusters: &[Looked], reference: Option<&Looked>) -> Vec<Item> {
    let all = clusters.iter().chain(reference);
    let mut fields: Vec<&String> = all.flat_map(|one| one.leaves.keys()).collect();
    fields.sort();
    fields.dedup();
    let mut items = Vec::new();
    for field in fields {
        let expected = match reference {
            Some(reference) => reference.value(field),
            None => most(clusters.iter().filter_map(|one| one.value(field))),
        };
        let Some(expected) = expected else {
            continue;
        };
        for one in clusters {
            let Some(value) = one.value(field).filter(|value| *value != expected) else {
                continue;
            };
            items.push(Item {
                field: field.clone(),
                context: one.cluster.context.name.clone(),
                namespace: one.cluster.namespace.clone(),
                cluster: one.cluster.name.clone(),
                value,
                expected: expected.clone(),
            });
        }
    }
    items
}

/// What most have; of equally many, the first.
fn most(values: impl Iterator<Item = Value>) -> Option<Value> {
    let mut counts: Vec<(Value, usize)> = Vec::new();
    for value in values {
        match counts.iter_mut().find(|(one, _)| *one == value) {
            Some((_, count)) => *count += 1,
            None => counts.push((value, 1)),
        }
    }
    let highest = counts.iter().map(|(_, count)| *count).max();
    let winner = counts
        .into_iter()
        .find(|(_, count)| Some(*count) == highest);
    winner.map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::Cluster;

    fn looked(name: &str, spec: Value, image: Option<&str>, extensions: Option<&str>) -> Looked {
        let mut cluster = Cluster::nowhere(json!({ "spec": spec }));
        cluster.name = name.to_owned();
        Looked::new(cluster, image.map(str::to_owned), extensions)
    }

    #[tokio::test]
    async fn those_that_differ_from_most_are_named() {
        let cluster = |name: &str, version: &str| {
            let spec = json!({"postgresql": {"version": version}, "teamId": "a"});
            looked(name, spec, None, None)
        };
        let all = [cluster("a", "17"), cluster("b", "15"), cluster("c", "17")];
        let items = compare(&all, None);
        assert_eq!(items.len(), 1);
        assert_eq!(
            (items[0].cluster.as_str(), items[0].field.as_str()),
            ("b", "postgresql.version")
        );
        assert_eq!(items[0].expected, json!("17"));
        let items = compare(&all[..1], Some(&all[1]));
        assert_eq!(items[0].expected, json!("15"));
    }

    #[tokio::test]
    async fn images_and_extensions_are_compared_where_they_are_seen() {
        let all = [
            looked(
                "a",
                json!({}),
                Some("x:1"),
                Some("app|postgis|3.4\napp|plpgsql|1.0\n"),
            ),
            looked("b", json!({}), Some("x:2"), Some("app|plpgsql|1.0\n")),
            looked("c", json!({}), Some("x:1"), None),
            looked(
                "d",
                json!({}),
                None,
                Some("app|postgis|3.5\napp|plpgsql|1.0\n"),
            ),
        ];
        let found: Vec<String> = compare(&all, Some(&all[0]))
            .iter()
            .map(|item| format!("{} {} {}", item.cluster, item.field, item.value))
            .collect();
        assert_eq!(
            found,
            [
                "b (extension) app.postgis null",
                "d (extension) app.postgis \"3.5\"",
                "b (running image) \"x:2\"",
            ]
        );
        // Who is compared with nobody who can tell does not differ.
        assert_eq!(
            compare(&all[..2], Some(&looked("e", json!({}), None, None))),
            []
        );
    }
}
