//! Deletion: what the configuration says goes, in an order in which nothing comes back, and the
//! finalizer goes last.
//!
//! Order: StatefulSet and pods; then what Patroni would make again while a pod lives (its
//! ConfigMaps or Endpoints, safety.md §4; those of its other store too, where members met once); then Services, budgets, secrets, volume claims. Watches may be late,
//! so it is listed live that no pod is left before the second part, and that nothing is before
//! the end. In a namespace that is being deleted itself, only the finalizer is ours to take.

use std::time::Duration;

use pg_core::store::Store;

use super::{Plan, View, action::Action};

pub use pg_core::names::{DELETE_WITH as WITH_ANNOTATION, FINALIZER};

/// How old a look for the StatefulSet, or at the namespace, may be; while the cluster goes nobody
/// makes another.
const LOOKED: Duration = Duration::from_secs(60);

/// The same of the namespace, where nothing else can be done.
const LOOKED_FROM_OUTSIDE: Duration = Duration::from_secs(10);

/// Puts the finalizer on, or takes it off, as is configured (docs/decisions/0008-finalizers.md).
pub fn finalizer(view: &View<'_>) -> Option<Action> {
    match (view.configuration.enable_finalizers, view.has_finalizer()) {
        (true, false) => Some(Action::AddFinalizer),
        (false, true) => Some(Action::TakeOffFinalizer),
        _ => None,
    }
}

impl View<'_> {
    fn has_finalizer(&self) -> bool {
        self.manifest
            .metadata
            .finalizers
            .iter()
            .flatten()
            .any(|finalizer| finalizer == FINALIZER)
    }

    fn deletes(&self, what: &str) -> bool {
        let asked = self
            .manifest
            .metadata
            .annotations
            .as_ref()
            .and_then(|annotations| annotations.get(WITH_ANNOTATION))
            .is_some_and(|with| with.split(',').any(|word| word.trim() == what));
        asked
            || match what {
                "data" => self.configuration.enable_persistent_volume_claim_deletion,
                "secrets" => self.configuration.enable_secrets_deletion,
                _ => false,
            }
    }
}

/// In a namespace that is being deleted nothing is made, and nothing is left to do: all that is in it
/// goes by itself, the manifest too.
pub fn in_namespace_that_goes(view: &View<'_>) -> Option<Plan> {
    let goes = |(at, goes)| goes && view.now.age(at) <= LOOKED;
    view.facts.namespace_goes.is_some_and(goes).then(|| {
        let mut plan = Plan::default();
        plan.look_again_in(LOOKED);
        plan
    })
}

/// Where nothing but the manifest may be touched, because rights in the namespace are missing: the
/// finalizer goes when all goes with the namespace, whose bindings may have gone before. Else what
/// is left would run for ever, and the manifest stays until rights are there.
pub fn from_outside(view: &View<'_>) -> Plan {
    let mut plan = Plan::default();
    if view.manifest.metadata.deletion_timestamp.is_none() || !view.has_finalizer() {
        return plan;
    }
    plan.look_again_in(LOOKED_FROM_OUTSIDE);
    match view.facts.namespace_goes {
        Some((_, true)) => plan.then(Action::RemoveFinalizer),
        Some((at, false)) if view.now.age(at) < LOOKED_FROM_OUTSIDE => plan,
        _ => plan.then(Action::LookAtNamespace),
    }
}

/// The next step of a deletion.
pub fn next(view: &View<'_>) -> Plan {
    let mut plan = Plan::default();
    if !view.has_finalizer() {
        return plan;
    }
    plan.look_again_in(Duration::from_secs(2));
    let facts = view.facts;
    match facts.namespace_goes {
        // All that is in it goes without us, and our rights there may be gone before.
        Some((at, true)) if view.now.age(at) <= LOOKED => {
            return plan.then(Action::RemoveFinalizer);
        }
        Some((at, false)) if view.now.age(at) <= LOOKED => {}
        _ => return plan.then(Action::LookAtNamespace),
    }
    let children = |wanted: fn(&str) -> bool| -> Vec<Action> {
        facts
            .children
            .iter()
            .filter(|((kind, _), child)| wanted(kind) && !child.deleting)
            .map(|((kind, name), child)| Action::Delete {
                kind,
                name: name.clone(),
                uid: child.uid.clone(),
                orphan: false,
            })
            .collect()
    };
    let is_there = |kind: &str| facts.children.keys().any(|(of, _)| *of == kind);

    plan.actions = children(|kind| kind == "StatefulSet");
    if is_there("StatefulSet") || !facts.pods.is_empty() {
        return plan;
    }
    // Not seen is not gone: left behind, it would be a database that runs for ever.
    let (kind, name) = ("StatefulSet", view.key.name.clone());
    let looked = facts.looked_for.get(&(kind, name.clone()));
    if looked.is_none_or(|at| view.now.age(*at) > LOOKED) {
        plan.actions.push(Action::LookFor { kind, name });
        return plan;
    }
    if facts
        .looked_around
        .is_none_or(|at| view.now.age(at) > LOOKED)
    {
        plan.actions.push(Action::LookAround);
        return plan;
    }
    plan.actions = children(|kind| matches!(kind, "Service" | "PodDisruptionBudget"));
    plan.actions.extend(
        facts
            .patroni_objects
            .iter()
            .map(|(name, object)| Action::Delete {
                kind: Store::of(view.configuration).kind(),
                name: name.clone(),
                uid: object.uid.clone(),
                orphan: false,
            }),
    );
    let left = facts.left_by_patroni.iter();
    plan.actions
        .extend(left.map(|((kind, name), uid)| Action::Delete {
            kind,
            name: name.clone(),
            uid: uid.clone(),
            orphan: false,
        }));
    if view.deletes("secrets") {
        plan.actions.extend(
            view.secrets
                .iter()
                .filter(|secret| !facts.deleted_secrets.contains_key(&secret.name))
                .map(|secret| Action::DeleteSecret {
                    namespace: secret.namespace.clone(),
                    name: secret.name.clone(),
                }),
        );
    }
    if view.deletes("data") {
        plan.actions.extend(
            facts
                .claims
                .iter()
                .filter(|(_, claim)| !claim.deleting)
                .map(|(name, claim)| Action::DeleteClaim {
                    name: name.clone(),
                    uid: claim.uid.clone(),
                    of: view.manifest.metadata.uid.clone().unwrap_or_default(),
                }),
        );
    }
    let claims_left = view.deletes("data") && !facts.claims.is_empty();
    if plan.actions.is_empty()
        && !is_there("Service")
        && !is_there("PodDisruptionBudget")
        && facts.patroni_objects.is_empty()
        && facts.left_by_patroni.is_empty()
        && !claims_left
    {
        plan.actions.push(Action::RemoveFinalizer);
    }
    plan
}
