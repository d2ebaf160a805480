//! A server-side Table, and the part of it that is read.

use kube::api::DynamicObject;
use pg_core::postgresql::{HIBERNATED, wants_none};
use serde::Deserialize;
use serde_json::Value;

use crate::target::Field;

/// The columns behind CONTEXT, NAMESPACE and NAME; those of `wide` at the end.
pub const COLUMNS: [&str; 9] = [
    "Health", "Ready", "Version", "Primary", "Age", "Lag", "Backup", "Team", "Volume",
];
/// So many of them are shown without `wide`.
pub const NARROW: usize = 5;

/// The part of a server-side Table that is read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    #[serde(default)]
    /// Of the list.
    pub metadata: Meta,
    #[serde(default)]
    column_definitions: Vec<Definition>,
    #[serde(default)]
    rows: Vec<AnswerRow>,
}

/// Of the list.
#[derive(Debug, Default, Deserialize)]
pub struct Meta {
    #[serde(default, rename = "continue")]
    /// Where the next page begins.
    pub next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Definition {
    name: String,
}

#[derive(Debug, Deserialize)]
struct AnswerRow {
    cells: Vec<Value>,
    object: DynamicObject,
}

/// One Postgres cluster as a row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Tells API servers apart whose objects have the same uids.
    pub mark: u64,
    /// Whether `--where` and `--problems` choose it.
    pub shown: bool,
    /// The texts of [`COLUMNS`].
    pub cells: Vec<String>,
}

impl Row {
    /// Its health, as the server prints it; may be empty. What is stopped on purpose is not down.
    pub fn health(&self) -> &str {
        let cell = |index: usize| self.cells.get(index).map(String::as_str);
        match (cell(0), cell(1)) {
            (Some("Down"), Some(ready)) if wants_none(ready) => HIBERNATED,
            (health, _) => health.unwrap_or_default(),
        }
    }

    /// Whether somebody should look at it.
    pub fn is_a_problem(&self) -> bool {
        !["Healthy", HIBERNATED].contains(&self.health())
    }

    /// What `--where` looks at.
    pub fn field(&self, field: Field) -> String {
        let column = match field {
            Field::Namespace => return self.namespace.clone(),
            Field::Name => return self.name.clone(),
            Field::Health => return self.health().to_owned(),
            Field::Ready => "Ready",
            Field::Version => "Version",
            Field::Primary => "Primary",
            Field::Team => "Team",
            Field::Volume => "Volume",
        };
        let place = COLUMNS.iter().position(|one| *one == column);
        place
            .and_then(|place| self.cells.get(place).cloned())
            .unwrap_or_default()
    }
}

impl Answer {
    /// Its rows.
    pub fn into_rows(self) -> impl Iterator<Item = Row> {
        let places: Vec<Option<usize>> = COLUMNS
            .iter()
            .map(|column| {
                self.column_definitions
                    .iter()
                    .position(|definition| definition.name.eq_ignore_ascii_case(column))
            })
            .collect();
        self.rows.into_iter().map(move |row| Row {
            namespace: row.object.metadata.namespace.clone().unwrap_or_default(),
            name: row.object.metadata.name.clone().unwrap_or_default(),
            uid: row.object.metadata.uid.clone().unwrap_or_default(),
            mark: 0,
            shown: true,
            cells: places
                .iter()
                .map(|place| text(place.and_then(|place| row.cells.get(place))))
                .collect(),
        })
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_of_others_print_nothing() {
        let answer: Answer = serde_json::from_value(json!({
            "columnDefinitions": [{"name": "Name"}, {"name": "Team"}, {"name": "Version"}, {"name": "Pods"}, {"name": "Age"}],
            "rows": [{
                "cells": ["main", "acid", "17", 2, "5m"],
                "object": {"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
                           "metadata": {"name": "main", "namespace": "pg", "uid": "u1"}}
            }]
        }))
        .expect("a table");
        let rows: Vec<Row> = answer.into_rows().collect();
        assert_eq!(rows[0].cells, ["", "", "17", "", "5m", "", "", "acid", ""]);
        assert_eq!(
            (rows[0].name.as_str(), rows[0].uid.as_str()),
            ("main", "u1")
        );
    }

    #[test]
    fn who_is_stopped_on_purpose_is_not_down() {
        let row = |health: &str, ready: &str| {
            let answer: Answer = serde_json::from_value(json!({
                "columnDefinitions": [{"name": "Health"}, {"name": "Ready"}],
                "rows": [{
                    "cells": [health, ready],
                    "object": {"apiVersion": "v1", "kind": "x", "metadata": {"name": "main"}},
                }]
            }))
            .expect("a table");
            answer.into_rows().next().expect("a row")
        };
        for (health, ready, word, problem) in [
            ("Down", "0/0", "Hibernated", false),
            ("Down", "1/0", "Hibernated", false),
            ("Down", "0/2", "Down", true),
            ("Down", "", "Down", true),
            ("Unknown", "0/0", "Unknown", true),
            ("Healthy", "2/2", "Healthy", false),
            ("", "", "", true),
        ] {
            let row = row(health, ready);
            let found = (row.field(Field::Health), row.is_a_problem());
            assert_eq!(found, (word.to_owned(), problem), "{health} {ready}");
        }
    }
}
