//! Annotations of pods and volume claims that are there, where what they are made from says more or
//! something else since. They are patched as they run, with our keys alone: nothing is taken away,
//! and nothing restarts (reference/zalando.md §3.4).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{View, action::Action};
use crate::desired::ChildKind;

const OF_PODS: &str = "/spec/template/metadata/annotations";
const OF_CLAIMS: &str = "/spec/volumeClaimTemplates/0/metadata/annotations";

/// Annotations by name.
type Notes = BTreeMap<String, String>;

/// What to patch now.
pub fn next(view: &View<'_>) -> Vec<Action> {
    let set = view
        .children
        .iter()
        .find(|child| child.kind == ChildKind::StatefulSet);
    let Some(set) = set else { return Vec::new() };
    let (of_pods, of_claims) = (notes(&set.body, OF_PODS), notes(&set.body, OF_CLAIMS));
    let pods = view.facts.pods.iter().filter(|(_, pod)| !pod.deleting);
    let pods = pods
        .filter_map(|(name, pod)| note(view, "Pod", name, &pod.uid, &of_pods, &pod.annotations));
    let claims = view.facts.claims.iter();
    let claims = claims
        .filter(|(_, claim)| !claim.deleting)
        .filter_map(|(name, claim)| {
            let kind = "PersistentVolumeClaim";
            note(view, kind, name, &claim.uid, &of_claims, &claim.annotations)
        });
    pods.chain(claims).collect()
}

fn notes(body: &Value, path: &str) -> Notes {
    let annotations = body.pointer(path).and_then(Value::as_object);
    let texts = annotations
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    texts.collect()
}

/// What an object lacks, but for what was written to it before: what somebody else changes back is
/// theirs, until something else is wanted.
fn note(
    view: &View<'_>,
    kind: &'static str,
    name: &str,
    uid: &str,
    wanted: &Notes,
    are: &Notes,
) -> Option<Action> {
    let written = view.facts.noted.get(&(kind, name.to_owned()));
    let written = written.filter(|(of, _)| of == uid).map(|(_, notes)| notes);
    let is_missing = |(key, value): &(&String, &String)| {
        let there = are.get(*key);
        let before = written.and_then(|notes| notes.get(*key));
        there != Some(*value) && before != Some(*value)
    };
    let missing = wanted.iter().filter(is_missing);
    let annotations: Notes = missing
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    (!annotations.is_empty()).then(|| Action::Note {
        kind,
        name: name.to_owned(),
        uid: uid.to_owned(),
        annotations,
    })
}
