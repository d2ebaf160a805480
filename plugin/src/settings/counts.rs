//! What was last seen of contexts, for the rows of those that do not answer now.

use std::{collections::BTreeMap, path::PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{cache_file, cached, replace};

/// The counts of one context or of one namespace in it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Seen {
    /// Postgres clusters.
    pub clusters: u64,
    /// Those of them that were not healthy.
    pub unwell: u64,
    /// When.
    pub at: Timestamp,
}

/// All that is kept.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    file: Option<PathBuf>,
    seen: BTreeMap<String, Seen>,
    changed: bool,
}

fn key(context: &str, namespace: Option<&str>) -> String {
    format!("{} {context}", namespace.unwrap_or("*"))
}

impl Counts {
    /// As they were left; what cannot be read is as if it were not there.
    pub fn read() -> Self {
        let file = cache_file("counts.json");
        Self {
            seen: cached(file.as_deref()),
            file,
            changed: false,
        }
    }

    /// The last counts of a context, of a namespace or of all.
    pub fn of(&self, context: &str, namespace: Option<&str>) -> Option<Seen> {
        self.seen.get(&key(context, namespace)).copied()
    }

    /// Notes what is seen now.
    pub fn note(&mut self, context: &str, namespace: Option<&str>, seen: Seen) {
        self.seen.insert(key(context, namespace), seen);
        self.changed = true;
    }

    /// Keeps it for the next time; where it cannot be written, nothing is lost but a hint.
    pub fn keep(&self) {
        if let Some(file) = self.file.as_ref().filter(|_| self.changed)
            && let Ok(text) = serde_json::to_string(&self.seen)
        {
            let _ = replace(file, &text);
        }
    }
}

impl Seen {
    /// For the row of a context that does not answer: marked as old.
    pub fn in_words(&self, now: Timestamp) -> String {
        let age = crate::output::text::age_at(self.at, now);
        match self.unwell {
            0 => format!("{}, {age} ago", self.clusters),
            unwell => format!("{}, {unwell} unwell, {age} ago", self.clusters),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_kept_by_context_and_namespace() {
        let at: Timestamp = "2026-11-21T10:00:00Z".parse().expect("a time");
        let seen = |clusters| Seen {
            clusters,
            unwell: 0,
            at,
        };
        let mut counts = Counts::default();
        counts.note("east", None, seen(3));
        counts.note("east", Some("pg"), seen(1));
        assert_eq!(counts.of("east", None), Some(seen(3)));
        assert_eq!(counts.of("east", Some("pg")), Some(seen(1)));
        assert_eq!(counts.of("west", None), None);
        let later = "2026-11-21T13:00:00Z".parse().expect("a time");
        assert_eq!(seen(3).in_words(later), "3, 3h ago");
    }
}
