//! Slices of rollouts in this Kubernetes cluster: what is said of each in its status, and which of
//! them are taken away. What a driver does, it does by operations, which are judged one by one when
//! they are to begin (`plan/operations/admit.rs`).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use k8s_openapi::jiff::Timestamp;
use kube::{
    api::{DeleteParams, PostParams, Preconditions},
    core::Request,
};
use pg_core::{
    operation::{Action, Operation},
    postgresql::{Postgresql, status::Health, status::condition},
    rollout::{
        Claimed, Rollout, RolloutStatus, Target,
        slice::{self, Sight},
    },
};
use tokio::time::sleep;

use crate::{
    act::{Actor, Error, lock},
    kinds::collection,
    observe::{
        facts::{Facts, Key},
        object::{Editors, Guarded},
        world::World,
    },
};

const EVERY: Duration = Duration::from_millis(500);

/// What is to be done about slices.
#[derive(Debug, Default, PartialEq)]
struct Due {
    /// Statuses to write.
    statuses: Vec<(Arc<Rollout>, RolloutStatus)>,
    /// Slices to take away.
    gone: Vec<Arc<Rollout>>,
}

/// Whether a slice may name its targets: those of its own namespace, or it lies in ours, where not
/// everybody may write.
fn may_name(slice: &Rollout, own_namespace: &str) -> bool {
    let namespace = slice.metadata.namespace.as_deref().unwrap_or_default();
    let targets = &slice.spec.plan.targets;
    namespace == own_namespace || targets.iter().all(|one| one.namespace == namespace)
}

fn due(world: &World, own_namespace: &str, now: Timestamp) -> Due {
    let all: Vec<&Arc<Rollout>> = world.rollouts().collect();
    let good = |slice: &&Arc<Rollout>| may_name(slice, own_namespace);
    let claims = slice::claims(all.iter().copied().filter(good).map(Arc::as_ref), now);
    let gone = slice::to_collect(all.iter().map(|one| one.as_ref()), now);
    let gone: Vec<Arc<Rollout>> = gone.into_iter().cloned().map(Arc::new).collect();
    let mut operations: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    let ended = |slice: &Rollout| {
        let status = slice.status.as_ref();
        status.is_some_and(|status| status.ended_at.is_some())
    };
    if !all.iter().all(|slice| ended(slice)) {
        let known = world
            .clusters()
            .flat_map(|(_, facts)| facts.operations.values());
        for operation in known.filter_map(|one| one.object.as_ref().ok()) {
            if let Some(of) = &operation.spec.rollout {
                operations.entry(&of.id).or_default().push(operation);
            }
        }
    }
    let statuses = all
        .iter()
        .filter(|slice| !ended(slice))
        .filter_map(|slice| {
            let name = slice.metadata.name.as_deref()?;
            let uid = slice.metadata.uid.as_deref()?;
            let none = Vec::new();
            let own = operations.get(name).unwrap_or(&none);
            let claimed = if may_name(slice, own_namespace) {
                claims.get(uid).cloned()
            } else {
                Some(Claimed {
                    targets: vec!["targets outside of its namespace".to_owned()],
                    ..Claimed::default()
                })
            };
            let sight = |target: &Target| sight(world, slice, target);
            let status = slice::status(slice, claimed, own, &sight, now);
            (slice.status.as_ref() != Some(&status)).then(|| (Arc::clone(slice), status))
        });
    Due {
        statuses: statuses.collect(),
        gone,
    }
}

/// What is seen of a target.
fn sight(world: &World, slice: &Rollout, target: &Target) -> Sight {
    let key = Key {
        namespace: target.namespace.clone(),
        name: target.name.clone(),
    };
    let manifest = world.facts(&key).and_then(Facts::postgresql);
    let same = |manifest: &&Postgresql| manifest.metadata.uid.as_ref() == Some(&target.uid);
    match manifest.filter(same) {
        None => Sight::Gone,
        Some(manifest) => Sight::There {
            generation: manifest.metadata.generation.unwrap_or_default(),
            healthy_since: healthy_since(manifest),
            reverted: (!slice.spec.plan.action.is_in(manifest)).then(|| {
                let meta = world.facts(&key).and_then(Facts::meta);
                let editors = meta.map(|meta| &meta.editors);
                editor(&slice.spec.plan.action, editors)
            }),
        },
    }
}

/// Who wrote something else into a manifest than an act had written; nothing where nobody knows.
fn editor(action: &Action, editors: Option<&Editors>) -> String {
    let by = editors.and_then(|editors| match action {
        Action::Upgrade(asked) if asked.to.is_some() => editors.version.clone(),
        _ => editors.last.clone(),
    });
    by.unwrap_or_default()
}

/// Since when a cluster has been as its manifest says, by what was said of this very manifest.
fn healthy_since(manifest: &Postgresql) -> Option<Timestamp> {
    let status = manifest.status.as_ref()?;
    let told = status.observed_generation == manifest.metadata.generation;
    let ready = status
        .conditions
        .iter()
        .find(|one| one.type_ == condition::READY && one.status == "True")?;
    (told && status.health == Some(Health::Healthy)).then_some(ready.last_transition_time.0)
}

/// Keeps the slices' statuses until the process ends.
pub async fn keep(actor: Arc<Actor>) {
    loop {
        sleep(EVERY).await;
        if !actor.leading.holds() {
            continue;
        }
        let due = {
            let world = lock(&actor.world);
            if !world.is_complete() {
                continue;
            }
            due(&world, &actor.own_namespace, actor.wall())
        };
        for (slice, status) in due.statuses {
            let write = write(&actor, &slice, status);
            if let Err(error) = actor.while_leading(write).await
                && !error.is_conflict()
            {
                tracing::warn!(rollout = slice.metadata.name, %error, "status not written");
            }
        }
        for slice in due.gone {
            if let Err(error) = actor.while_leading(take_away(&actor, &slice)).await {
                tracing::warn!(rollout = slice.metadata.name, %error, "not taken away");
            }
        }
    }
}

async fn write(actor: &Actor, slice: &Rollout, status: RolloutStatus) -> Result<(), Error> {
    let namespace = slice.metadata.namespace.as_deref().unwrap_or_default();
    let name = slice.metadata.name.as_deref().unwrap_or_default();
    let whole = Rollout {
        status: Some(status),
        ..slice.clone()
    };
    let body = serde_json::to_vec(&whole).map_err(|error| Error::Missing(error.to_string()))?;
    let request = Request::new(collection("Rollout", namespace)).replace_subresource(
        "status",
        name,
        &PostParams::default(),
        body,
    );
    let written: Guarded<Rollout> = actor
        .send(format!("write the status of rollout {name}"), request)
        .await?;
    lock(&actor.world).rollout(written);
    Ok(())
}

async fn take_away(actor: &Actor, slice: &Rollout) -> Result<(), Error> {
    let namespace = slice.metadata.namespace.as_deref().unwrap_or_default();
    let name = slice.metadata.name.as_deref().unwrap_or_default();
    let preconditions = Preconditions {
        uid: slice.metadata.uid.clone(),
        resource_version: slice.metadata.resource_version.clone(),
    };
    let params = DeleteParams {
        preconditions: Some(preconditions),
        ..DeleteParams::default()
    };
    let request = Request::new(collection("Rollout", namespace)).delete(name, &params);
    actor
        .send::<serde_json::Value>(format!("delete rollout {name}"), request)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::observe::world::Labels;

    fn at(seconds: i64) -> Timestamp {
        let noon: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
        noon + k8s_openapi::jiff::SignedDuration::from_secs(seconds)
    }

    fn world() -> World {
        let mut world = World::new(Labels {
            cluster_name: "cluster-name".to_owned(),
            role: "spilo-role".to_owned(),
            ready_node: Default::default(),
        });
        let manifest = serde_json::from_value(json!({
            "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
            "metadata": { "name": "main", "namespace": "team", "uid": "01234567-a", "generation": 1, "resourceVersion": "5" },
            "spec": { "teamId": "team", "numberOfInstances": 1, "volume": { "size": "1Gi" }, "postgresql": { "version": "17" } },
            "status": {
                "PostgresClusterStatus": "Running", "health": "Healthy", "observedGeneration": 1,
                "conditions": [{ "type": "Ready", "status": "True", "reason": "AsWanted", "message": "", "lastTransitionTime": at(-50) }],
            },
        }));
        world.manifest(manifest.expect("a manifest"));
        world
    }

    fn slice(namespace: &str, uid: &str) -> Guarded<Rollout> {
        serde_json::from_value(json!({
            "apiVersion": "pgfleet.io/v1alpha1", "kind": "Rollout",
            "metadata": { "name": "restart-1", "namespace": namespace, "uid": uid, "resourceVersion": "7", "creationTimestamp": at(0) },
            "spec": {
                "plan": {
                    "action": { "restart": {} }, "planHash": "0", "requestedBy": "anna", "strategy": {},
                    "participants": [{ "clusterUID": "a", "waves": [1], "sliceHash": "0" }], "clusterUID": "a",
                    "targets": [{ "wave": 1, "order": 0, "namespace": "team", "name": "main", "uid": "01234567-a", "generation": 1 }],
                },
                "control": { "epoch": 1, "wave": 1, "desired": "Run", "desiredSeq": 1 },
            },
        }))
        .expect("a slice")
    }

    #[test]
    fn a_slice_is_told_what_is_seen() {
        let mut world = world();
        world.rollout(slice("team", "x"));
        let found = due(&world, "pg-fleet", at(1));
        let [(written, status)] = found.statuses.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(status.claimed.as_ref().map(|it| it.held), Some(true));
        assert_eq!(status.counts.pending, 1);
        let mut told = (**written).clone();
        told.status = Some(status.clone());
        told.metadata.resource_version = Some("8".to_owned());
        let told = serde_json::to_value(&told).expect("JSON");
        world.rollout(serde_json::from_value(told).expect("a slice"));
        assert_eq!(due(&world, "pg-fleet", at(2)), Due::default(), "said once");
    }

    #[test]
    fn whoever_changed_a_manifest_back_is_named() {
        let mut world = world();
        let mut manifest = json!({
            "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
            "metadata": { "name": "main", "namespace": "team", "uid": "01234567-a", "generation": 3, "resourceVersion": "6" },
            "spec": { "teamId": "team", "numberOfInstances": 1, "volume": { "size": "1Gi" }, "postgresql": { "version": "15" } },
        });
        let entry = |manager: &str, time: &str, field: &str| {
            json!({ "manager": manager, "operation": "Update", "time": time,
                "fieldsV1": { "f:spec": { "f:postgresql": { field: {} } } } })
        };
        manifest["metadata"]["managedFields"] = json!([
            entry("argocd", "2026-11-21T12:00:05Z", "f:version"),
            entry("kubectl-edit", "2026-11-21T12:00:07Z", "f:parameters"),
        ]);
        world.manifest(serde_json::from_value(manifest).expect("a manifest"));
        let seen = |action: Action| {
            let mut slice = slice("team", "x").object.expect("a slice");
            slice.spec.plan.action = action;
            let target = slice.spec.plan.targets[0].clone();
            match sight(&world, &slice, &target) {
                Sight::There { reverted, .. } => reverted,
                Sight::Gone => panic!("it is there"),
            }
        };
        let upgrade = |to: &str| {
            Action::Upgrade(pg_core::operation::Upgrade {
                to: Some(to.to_owned()),
                ..Default::default()
            })
        };
        assert_eq!(seen(upgrade("15")), None);
        assert_eq!(seen(upgrade("17")).as_deref(), Some("argocd"));
        let image = pg_core::operation::Upgrade {
            image: Some("new:1".to_owned()),
            ..Default::default()
        };
        let by = seen(Action::Upgrade(image));
        assert_eq!(by.as_deref(), Some("kubectl-edit"), "who wrote last");
    }

    #[test]
    fn nobody_names_targets_of_others() {
        let mut world = world();
        world.rollout(slice("other", "x"));
        let held = |world: &World, own: &str| {
            let found = due(world, own, at(1));
            found.statuses[0].1.claimed.as_ref().map(|it| it.held)
        };
        assert_eq!(held(&world, "pg-fleet"), Some(false));
        assert_eq!(
            held(&world, "other"),
            Some(true),
            "but where the controller lives"
        );
    }
}
