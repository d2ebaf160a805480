//! What was changed in each manifest since the controller started, for those who read it over HTTP.

use std::collections::{HashMap, VecDeque};

use k8s_openapi::jiff::Timestamp;
use pg_core::{difference::differences, postgresql::PostgresqlSpec};

use crate::{mask::mask, observe::facts::Key};

/// Edits of a cluster that are kept at most, whatever the configuration says: there may be hundreds
/// of clusters.
const MOST: usize = 100;

/// An edit of a manifest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Edit {
    /// When it was seen, which is when it was taken up.
    pub at: Timestamp,
    /// What was there (`-`) and is there now (`+`), by field; passwords are masked.
    pub lines: Vec<String>,
}

/// The edits.
#[derive(Clone, Debug, Default)]
pub struct Edits(HashMap<Key, VecDeque<Edit>>);

impl Edits {
    /// A manifest was changed; the oldest edit goes where there are too many.
    pub fn add(
        &mut self,
        key: &Key,
        before: &PostgresqlSpec,
        after: &PostgresqlSpec,
        at: Timestamp,
    ) {
        let [before, after] = [before, after].map(|spec| {
            let mut spec = serde_json::to_value(spec).unwrap_or_default();
            mask(&mut spec);
            spec
        });
        let lines: Vec<String> = differences(&before, &after)
            .into_iter()
            .flat_map(|(path, was, is)| {
                [('-', was), ('+', is)].map(|(sign, value)| (sign, path.clone(), value))
            })
            .filter(|(_, _, value)| !value.is_null())
            .map(|(sign, path, value)| format!("{sign}{path}: {value}"))
            .collect();
        if lines.is_empty() {
            return;
        }
        let edits = self.0.entry(key.clone()).or_default();
        if edits.len() >= MOST {
            edits.pop_front();
        }
        edits.push_back(Edit { at, lines });
    }

    /// Only these clusters are there.
    pub fn keep(&mut self, is_there: impl Fn(&Key) -> bool) {
        self.0.retain(|key, _| is_there(key));
    }

    /// The cluster is gone.
    pub fn forget(&mut self, key: &Key) {
        self.0.remove(key);
    }

    /// The newest, oldest first.
    pub fn newest(&self, key: &Key, most: usize) -> impl Iterator<Item = &Edit> {
        let all = self.0.get(key).into_iter().flatten();
        let count = self.0.get(key).map_or(0, VecDeque::len);
        all.skip(count.saturating_sub(most))
    }
}
