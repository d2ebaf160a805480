//! The annotations of a pod or of a volume claim, as they were seen last.

use std::{collections::BTreeMap, sync::Arc};

use pg_core::{names, patroni::MemberWord};

/// What speaks of one pod alone, whoever wrote it there: never compared, never written.
const OF_ONE_POD: [&str; 2] = [MemberWord::ANNOTATION, names::RESTART_ANNOTATION];

/// Annotations by name, as compact JSON: smaller than a tree. All of them, because which of them are
/// ours the manifest says, which may come later.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotations(Arc<str>);

impl Annotations {
    /// Of an object.
    pub fn new(all: &BTreeMap<String, String>) -> Self {
        let kept: BTreeMap<_, _> = all.iter().filter(|(key, _)| is_shared(key)).collect();
        match kept.is_empty() {
            true => Self::default(),
            false => Self(serde_json::to_string(&kept).unwrap_or_default().into()),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As a tree.
    pub fn tree(&self) -> BTreeMap<String, String> {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

/// Whether an annotation may be one of those that all pods are made with.
pub fn is_shared(key: &str) -> bool {
    !OF_ONE_POD.contains(&key)
}
