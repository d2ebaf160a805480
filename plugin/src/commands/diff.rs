//! `diff`: where manifests, versions and images drift apart.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    gather::gather,
    set::impact::{differences, short},
};
use crate::{
    args::Diff,
    cluster::Cluster,
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
    if against
        .as_ref()
        .is_some_and(|found| !found.errors.is_empty())
    {
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
    let items = compare(&found.clusters, reference);
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
        let all = found.clusters.len() + usize::from(reference.is_some());
        screen.note(&format!("{} agree", count(all, "cluster")));
        return Ok(exit);
    }
    let mut table = Table::new(vec![
        Column::new("FIELD").stays(),
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

/// What is compared of a cluster.
fn facts(cluster: &Cluster) -> Value {
    let mut facts = cluster.spec(&[]).cloned().unwrap_or_else(|| json!({}));
    if let Some(running) = &cluster.status.running_version {
        facts["(running version)"] = json!(running);
    }
    facts
}

fn compare(clusters: &[Cluster], reference: Option<&Cluster>) -> Vec<Item> {
    // Against an empty manifest every field is a difference: all fields there are.
    let leaves = |cluster: &Cluster| -> BTreeMap<String, Value> {
        let all = differences(&json!({}), &facts(cluster));
        all.into_iter()
            .map(|(path, _, value)| (path, value))
            .collect()
    };
    let every: Vec<BTreeMap<String, Value>> = clusters.iter().map(leaves).collect();
    let reference = reference.map(leaves);
    let mut fields: Vec<&String> = every
        .iter()
        .chain(&reference)
        .flat_map(BTreeMap::keys)
        .collect();
    fields.sort();
    fields.dedup();
    let mut items = Vec::new();
    for field in fields {
        let value = |of: &BTreeMap<String, Value>| of.get(field).cloned().unwrap_or(Value::Null);
        let expected = match &reference {
            Some(reference) => value(reference),
            None => most(every.iter().map(value)),
        };
        for (cluster, leaves) in clusters.iter().zip(&every) {
            let value = value(leaves);
            if value != expected {
                items.push(Item {
                    field: field.clone(),
                    context: cluster.context.name.clone(),
                    namespace: cluster.namespace.clone(),
                    cluster: cluster.name.clone(),
                    value,
                    expected: expected.clone(),
                });
            }
        }
    }
    items
}

/// What most have; of equally many, the first.
fn most(values: impl Iterator<Item = Value>) -> Value {
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
    winner.map_or(Value::Null, |(value, _)| value)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn those_that_differ_from_most_are_named() {
        let context = Arc::new(crate::connect::Context::nowhere());
        let cluster = |name: &str, spec: Value| {
            let object = json!({"apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
                "metadata": {"name": name, "namespace": "pg"}, "spec": spec});
            Cluster::new(&context, serde_json::from_value(object).expect("an object"))
        };
        let of = |version: &str| json!({"postgresql": {"version": version}, "teamId": "a"});
        let all = [
            cluster("a", of("17")),
            cluster("b", of("15")),
            cluster("c", of("17")),
        ];
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
}
