//! Secrets, Services, StatefulSet and the other children: made when missing, applied when they
//! are not as wanted, applied again when something was dropped from what is wanted.

use serde_json::json;

use super::{View, action::Action, adoption, claims, first_start, roles};
use crate::{
    desired::{self, Child, ChildKind, Inputs, RoleSecret},
    hash,
    observe::facts::Facts,
};

/// The children that a cluster should have. One that is to be made is refused for what one that is
/// there only hears.
pub fn wanted(inputs: &Inputs, facts: &Facts) -> Result<Vec<Child>, desired::Error> {
    let is_there = |(kind, _): &(&str, String)| *kind == ChildKind::StatefulSet.kind();
    if facts.pods.is_empty() && !facts.children.keys().any(is_there) {
        desired::against_creation(inputs)?;
    }
    let mut children = desired::children(inputs)?;
    if facts.is_converted() {
        desired::hold_drains(inputs, &mut children);
    }
    Ok(children)
}

/// What to make or apply now. `replicas` is the number of members that the StatefulSet may have
/// at this moment, which is not always the number wanted (see [`super::scale`]).
pub fn next(view: &View<'_>, replicas: i32) -> Vec<Action> {
    let mut actions = Vec::new();
    for secret in view.secrets {
        let id = (ChildKind::Secret.kind(), secret.name.clone());
        let applied = view.facts.applied.get(&id);
        let is_other = applied.is_some_and(|applied| *applied != secret_hash(secret));
        let is_known = view.facts.secrets.contains_key(&secret.name) && !is_other;
        // One of the members is not made anew; that it is missed is said.
        let is_lost = view.facts.lost_secrets.contains(&secret.name) && !secret.in_members;
        if is_lost || !is_known && !is_settled(view) {
            actions.push(Action::EnsureSecret(secret.clone()));
        }
    }
    for child in view.children {
        let child = match child.kind {
            ChildKind::StatefulSet => {
                let mut child = with_replicas(child, replicas);
                claims::never_smaller(view, &mut child.body);
                first_start::keep(view, &mut child.body);
                child
            }
            _ => child.clone(),
        };
        if !must_apply(view, &child) || lacks_rights(view, &child) {
            continue;
        }
        match replaced(view, &child) {
            Some(old) => actions.push(old),
            // Applied once its fields are ours: what is dropped later must go then.
            None if is_zalandos(view, &child) => {}
            None => actions.push(Action::Apply(child)),
        }
    }
    actions.extend(old_budgets(view));
    actions
}

/// Whether pods of this child would run without the account or the rights that they are to have: what
/// the namespace shares is not there yet, or may not be made.
fn lacks_rights(view: &View<'_>, child: &Child) -> bool {
    let mut shared = view.children.iter().filter(|child| child.kind.is_shared());
    let is_missing = |child: &Child| {
        let id = (child.kind.kind(), child.name.clone());
        !view.facts.children.contains_key(&id)
    };
    child.kind == ChildKind::StatefulSet && shared.any(is_missing)
}

/// Budgets of ours that are not wanted any more, under an older name or at all: the API server
/// evicts no pod that two of them match. They go once those that are wanted are there.
fn old_budgets<'a>(view: &'a View<'_>) -> impl Iterator<Item = Action> + 'a {
    const BUDGET: ChildKind = ChildKind::PodDisruptionBudget;
    let of = |kind| view.children.iter().filter(move |child| child.kind == kind);
    let is_made = |child: &Child| {
        let id = (BUDGET.kind(), child.name.clone());
        view.facts.children.contains_key(&id)
    };
    // Where nothing is wanted, nobody knows what is.
    let is_known = of(ChildKind::StatefulSet).next().is_some() && of(BUDGET).all(is_made);
    let all = view.facts.children.iter().filter(move |_| is_known);
    let old = all.filter(move |((kind, name), live)| {
        let ours = live.owners.ours && !live.owners.zalando && !live.deleting;
        *kind == BUDGET.kind() && ours && !of(BUDGET).any(|child| child.name == *name)
    });
    old.map(|((kind, name), live)| Action::Delete {
        kind,
        name: name.clone(),
        uid: live.uid.clone(),
        orphan: false,
    })
}

/// Hash of all that is wanted of one cluster: children, secrets, roles and databases. Written to
/// the status when everything was found in order.
pub fn wanted_hash(view: &View<'_>) -> String {
    let secrets: Vec<_> = view.secrets.iter().map(secret_hash).collect();
    let children: Vec<_> = view.children.iter().map(|child| &child.body).collect();
    let roles = roles::wish(view).hash();
    hash::of(&json!({ "secrets": secrets, "children": children, "roles": roles }))
}

/// Hash of a secret as it is wanted; what is in it is not part of that.
pub fn secret_hash(secret: &RoleSecret) -> String {
    hash::of(&desired::secret_body(secret, ""))
}

/// Whether the status says that exactly this was found in order before; then a controller that
/// starts again need not ask for what it cannot watch.
pub fn is_settled(view: &View<'_>) -> bool {
    view.manifest
        .status
        .as_ref()
        .and_then(|status| status.settled.as_ref())
        .is_some_and(|settled| *settled == wanted_hash(view))
}

/// A field that can only be had anew: the StatefulSet goes without its pods, and comes back when
/// it is gone (safety.md §5: delete with orphans and uid, wait for absence, create).
fn replaced(view: &View<'_>, child: &Child) -> Option<Action> {
    if child.kind != ChildKind::StatefulSet {
        return None;
    }
    let live = view
        .facts
        .children
        .get(&(child.kind.kind(), child.name.clone()))?;
    desired::replace_needed(&live.value(), &child.body)?;
    Some(Action::Delete {
        kind: child.kind.kind(),
        name: child.name.clone(),
        uid: live.uid.clone(),
        orphan: true,
    })
}

/// Whether Zalando's operator still holds fields of it (see [`super::adoption`]).
fn is_zalandos(view: &View<'_>, child: &Child) -> bool {
    let id = (child.kind.kind(), child.name.clone());
    let live = view.facts.children.get(&id);
    let moves = adoption::KINDS.contains(&child.kind.kind());
    moves && live.is_some_and(|live| live.owners.zalando)
}

fn must_apply(view: &View<'_>, child: &Child) -> bool {
    let id = (child.kind.kind(), child.name.clone());
    let Some(live) = view.facts.children.get(&id) else {
        return true;
    };
    if live.deleting {
        // It comes back under its name when it is gone; applying now would change the old one.
        return false;
    }
    if !desired::covers(&live.value(), &child.body) {
        return !is_altered(view, child);
    }
    // Shared by all clusters of a namespace, so no cluster's edits remove anything from them.
    if child.kind.is_shared() {
        return false;
    }
    // A field that is no longer wanted is still in the live object and still ours: only another
    // apply takes it out. It is known by the hash of what was applied last.
    match view.facts.applied.get(&id) {
        Some(applied) => *applied != applied_hash(child),
        None => !is_settled(view),
    }
}

/// Whether the object is what something beside us made of it when exactly this was applied: another
/// apply would end alike, again and again.
fn is_altered(view: &View<'_>, child: &Child) -> bool {
    let id = (child.kind.kind(), child.name.clone());
    let (altered, live) = (view.facts.altered.get(&id), view.facts.children.get(&id));
    altered.zip(live).is_some_and(|(altered, live)| {
        altered.body == live.body && altered.asked == hash::of(&child.body)
    })
}

/// What is told of children that are not kept as they were applied.
pub fn alterations(view: &View<'_>) -> Vec<String> {
    let all = view.facts.altered.iter().filter(|(id, altered)| {
        let live = view.facts.children.get(*id);
        live.is_some_and(|live| live.body == altered.body)
    });
    all.map(|((kind, name), altered)| format!("{kind} {name}: {}", altered.field))
        .collect()
}

/// Hash of one child as applied; the number of members is not part of it.
pub fn applied_hash(child: &Child) -> String {
    match child.kind {
        ChildKind::StatefulSet => hash::of(&with_replicas(child, 0).body),
        _ => hash::of(&child.body),
    }
}

/// The StatefulSet with so many members. Without any, its volumes stay, in the same write and
/// whatever is configured: scaling to zero never deletes data (safety.md §4).
fn with_replicas(child: &Child, replicas: i32) -> Child {
    let mut child = child.clone();
    if let Some(spec) = child.body.get_mut("spec").and_then(|s| s.as_object_mut()) {
        spec.insert("replicas".to_owned(), json!(replicas));
        if replicas == 0
            && let Some(policy) = spec.get_mut("persistentVolumeClaimRetentionPolicy")
        {
            policy["whenScaled"] = json!("Retain");
        }
    }
    child
}
