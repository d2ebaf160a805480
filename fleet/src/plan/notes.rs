//! Annotations of pods and volume claims that are there, where what they are made from says
//! something else by now: patched as they run, because annotations are no reason for a restart
//! (reference/zalando.md §3.5). It is the last that is done, when nothing else is to be done.
//!
//! Only what is ours is compared. What is no longer wanted is taken away where the template that the
//! pod was made from says that it was ours; what somebody else wrote stays.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{View, action::Action, assess::Assessment, rolling, work};
use crate::{
    desired::ChildKind,
    observe::annotations::{Annotations, is_shared},
};

const OF_PODS: &str = "/spec/template/metadata/annotations";
const OF_CLAIMS: &str = "/spec/volumeClaimTemplates/0/metadata/annotations";
const OF_TEMPLATE: &str = "/metadata/annotations";

/// Annotations by name; `None` takes one away.
type Change = BTreeMap<String, Option<String>>;

/// What to patch now, as far as nothing else is under way. `replicas` is the number of members that
/// the StatefulSet may have now.
pub fn next(view: &View<'_>, assessment: &Assessment, replicas: i32) -> Vec<Action> {
    // What the next pod is made from is known, and so is what these are.
    if !assessment.is_settled() || rolling::newest(view).is_none() {
        return Vec::new();
    }
    let set = view
        .children
        .iter()
        .find(|child| child.kind == ChildKind::StatefulSet);
    let Some(set) = set else { return Vec::new() };
    let pods = view.facts.pods.iter().filter(|(_, pod)| !pod.deleting);
    let wanted = wanted(&set.body, OF_PODS);
    let pods = pods.filter_map(|(name, pod)| {
        let made_from = pod.revision.as_ref();
        let made_from = made_from.and_then(|of| view.facts.revisions.get(of)?.as_deref());
        let change = change(&wanted, &pod.annotations, made_from);
        note("Pod", name, &pod.uid, change)
    });
    let claims = view.facts.claims.iter();
    let wanted = self::wanted(&set.body, OF_CLAIMS);
    let claims = claims.filter(|(_, claim)| !claim.deleting);
    let claims = claims.filter_map(|(name, claim)| {
        let change = change(&wanted, &claim.annotations, None);
        note("PersistentVolumeClaim", name, &claim.uid, change)
    });
    let all: Vec<Action> = pods.chain(claims).collect();
    match all.is_empty() || work::is_applied(view, replicas) {
        true => all,
        false => Vec::new(),
    }
}

fn wanted(body: &Value, at: &str) -> BTreeMap<String, String> {
    let all = body.pointer(at).and_then(Value::as_object);
    let all = all.into_iter().flatten().filter(|(key, _)| is_shared(key));
    all.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// What differs of what is wanted, and what is there only because it was once.
fn change(
    wanted: &BTreeMap<String, String>,
    there: &Annotations,
    made_from: Option<&str>,
) -> Change {
    let made_from = made_from.filter(|_| !there.is_empty());
    if wanted.is_empty() && made_from.is_none() {
        return Change::new();
    }
    let there = there.tree();
    let template = made_from.and_then(|text| serde_json::from_str(text).ok());
    let former = template.map(|template: Value| self::wanted(&template, OF_TEMPLATE));
    let former = former.unwrap_or_default().into_keys();
    let former = former.filter(|key| there.contains_key(key) && !wanted.contains_key(key));
    let missing = wanted
        .iter()
        .filter(|(key, value)| there.get(*key) != Some(value));
    missing
        .map(|(key, value)| (key.clone(), Some(value.clone())))
        .chain(former.map(|key| (key, None)))
        .collect()
}

fn note(kind: &'static str, name: &str, uid: &str, annotations: Change) -> Option<Action> {
    (!annotations.is_empty()).then(|| Action::Note {
        kind,
        name: name.to_owned(),
        uid: uid.to_owned(),
        annotations,
    })
}
