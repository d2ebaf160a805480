//! What Patroni left in the store that its members met in once goes when they surely meet in the
//! other: all were made for that one, all serve, and the lock there is renewed. Before, it may be
//! all that tells of the cluster.

use pg_core::store::Store;
use serde_json::Value;

use super::{View, action::Action, assess::Assessment, rolling};
use crate::observe::pod::Pod;

/// Where a pod's environment says which store is in use.
const ENVIRONMENT: &str = "/spec/containers/0/env";
const VARIABLE: &str = "KUBERNETES_USE_CONFIGMAPS";

/// What to delete, as far as nothing else is under way.
pub fn next(view: &View<'_>, assessment: &Assessment) -> Vec<Action> {
    let facts = view.facts;
    if facts.left_by_patroni.is_empty() || !meets_elsewhere(view, assessment) {
        return Vec::new();
    }
    let left = facts.left_by_patroni.iter();
    left.map(|((kind, name), uid)| Action::Delete {
        kind,
        name: name.clone(),
        uid: uid.clone(),
        orphan: false,
    })
    .collect()
}

fn meets_elsewhere(view: &View<'_>, assessment: &Assessment) -> bool {
    let facts = view.facts;
    let config = facts.config.as_ref();
    let begun = config.and_then(|config| config.initialize.as_deref());
    let leader = facts.leader.as_ref();
    assessment.is_settled()
        && assessment.primary.is_some()
        && leader.is_some_and(|fact| fact.is_fresh(view.now))
        && begun.is_some_and(|system| !system.is_empty())
        && !facts.pods.is_empty()
        && facts.pods.values().all(|pod| is_made_for_it(view, pod))
}

/// Whether a pod was made for the store in use. What its template was, if it is not the newest, is
/// known once it was compared.
fn is_made_for_it(view: &View<'_>, pod: &Pod) -> bool {
    let Some(revision) = &pod.revision else {
        return false;
    };
    if rolling::newest(view).as_ref() == Some(revision) {
        return true;
    }
    let template = view
        .facts
        .revisions
        .get(revision)
        .and_then(Option::as_deref);
    let template = template.and_then(|text| serde_json::from_str::<Value>(text).ok());
    template.is_some_and(|template| {
        let env = template.pointer(ENVIRONMENT).and_then(Value::as_array);
        let maps = |one: &Value| one["name"] == VARIABLE && one["value"] == "true";
        let maps = env.is_some_and(|env| env.iter().any(maps));
        maps == (Store::of(view.configuration) == Store::ConfigMaps)
    })
}
