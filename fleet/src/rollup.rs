//! The rollup: one small object that says how all Postgres clusters of this Kubernetes cluster
//! are. Written when it changed, at most every 5 s, and every 60 s as a sign of life.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{
    api::{Patch, PatchParams},
    core::Request,
};
use pg_core::{
    configuration::Configuration,
    names,
    postgresql::{Postgresql, status::Health},
    rollup::{self, Problem, RollupReport, Summary, lag_bucket, size_bucket},
};
use tokio::time::{Instant, sleep};

use crate::{
    act::{Actor, Error, lock},
    controller::Controller,
    desired::Quantity,
    observe::world::World,
    settings::Origin,
};

/// What this controller can do; readers ask for these words, never for a version.
pub const CAPABILITIES: [&str; 7] = [
    "switchover",
    "failover",
    "restart",
    "reinit",
    "adopt",
    "release",
    "rollout",
];

const AT_MOST_EVERY: Duration = Duration::from_secs(5);
const AT_LEAST_EVERY: Duration = Duration::from_secs(60);

/// Counts one cluster.
fn count(manifest: &Postgresql) -> Summary {
    let status = manifest.status.clone().unwrap_or_default();
    let health = status.health.unwrap_or(Health::Unknown);
    let hibernated = status.is_hibernated();
    let (ready, wanted) = status
        .ready
        .as_deref()
        .and_then(|text| text.split_once('/'))
        .and_then(|(ready, wanted)| Some((ready.parse().ok()?, wanted.parse().ok()?)))
        .unwrap_or((
            0,
            u64::try_from(manifest.spec.number_of_instances).unwrap_or(0),
        ));
    let one = |key: String| BTreeMap::from([(key, 1)]);
    let worst = if health == Health::Healthy || hibernated {
        Vec::new()
    } else {
        let condition = status
            .conditions
            .iter()
            .find(|condition| condition.type_ == "Ready");
        vec![Problem {
            health,
            namespace: manifest.metadata.namespace.clone().unwrap_or_default(),
            name: manifest.metadata.name.clone().unwrap_or_default(),
            cluster_uid: String::new(),
            reason: condition.map_or_else(
                || "not looked at yet".to_owned(),
                |condition| condition.message.clone(),
            ),
            since: condition.map(|condition| condition.last_transition_time.clone()),
        }]
    };
    Summary {
        clusters: 1,
        members: wanted,
        members_ready: ready,
        health: match hibernated {
            true => BTreeMap::new(),
            false => BTreeMap::from([(health, 1)]),
        },
        hibernated: u64::from(hibernated),
        versions: one(manifest.spec.postgresql.version.clone()),
        images: one(manifest
            .spec
            .docker_image
            .clone()
            .unwrap_or_else(|| "default".to_owned())),
        lag: status
            .lag_bytes
            .map(|lag| BTreeMap::from([(lag_bucket(u64::try_from(lag).unwrap_or(0)), 1)]))
            .unwrap_or_default(),
        sizes: Quantity::parse(&manifest.spec.volume.size)
            .map(|size| BTreeMap::from([(size_bucket(size.bytes()), 1)]))
            .unwrap_or_default(),
        worst,
    }
}

/// Counts all clusters.
pub fn summarize(world: &World) -> Summary {
    world
        .clusters()
        .filter_map(|(_, facts)| facts.postgresql())
        .map(count)
        .fold(Summary::default(), |mut all, one| {
            all.merge(one);
            all
        })
        .bounded()
}

/// What of the configuration is told.
fn told(origin: &Origin, configuration: &Configuration) -> BTreeMap<String, String> {
    BTreeMap::from(
        [
            ("from", origin.to_string()),
            (
                "secret_name_template",
                configuration.secret_name_template.clone(),
            ),
            ("pdb_name_format", configuration.pdb_name_format.clone()),
            (
                "enable_finalizers",
                configuration.enable_finalizers.to_string(),
            ),
            (
                "enable_secrets_deletion",
                configuration.enable_secrets_deletion.to_string(),
            ),
            (
                "enable_persistent_volume_claim_deletion",
                configuration
                    .enable_persistent_volume_claim_deletion
                    .to_string(),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

/// What of a rollup changes, beside its time.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    summary: Summary,
    configuration: BTreeMap<String, String>,
}

/// Keeps the rollup until the process ends.
pub async fn keep(controller: Arc<Controller>) {
    let actor = &controller.actor;
    let mut written: Option<(Instant, Told)> = None;
    loop {
        sleep(AT_MOST_EVERY).await;
        if !actor.leading.holds() {
            written = None;
            continue;
        }
        let summary = {
            let world = lock(&actor.world);
            // A part of the clusters would read as if the others were gone.
            if !world.is_complete() {
                continue;
            }
            summarize(&world)
        };
        let told = Told {
            summary,
            configuration: told(&controller.settings.origin, &controller.configuration()),
        };
        let due = written.as_ref().is_none_or(|(at, last)| {
            *last != told || at.elapsed() + AT_MOST_EVERY / 2 >= AT_LEAST_EVERY
        });
        if !due {
            continue;
        }
        match write(actor, &controller.controller_id, &told).await {
            Ok(()) => written = Some((Instant::now(), told)),
            Err(error) => tracing::warn!(%error, "rollup not written"),
        }
    }
}

async fn write(actor: &Actor, controller_id: &str, told: &Told) -> Result<(), Error> {
    let mut rollup = rollup::Rollup::new(
        rollup::NAME,
        RollupReport {
            cluster_uid: actor.cluster_uid().await?.to_owned(),
            controller_id: controller_id.to_owned(),
            namespace: actor.own_namespace.clone(),
            controller_version: env!("CARGO_PKG_VERSION").to_owned(),
            capabilities: CAPABILITIES.map(str::to_owned).to_vec(),
            observed_at: Some(Time(actor.wall())),
            configuration: told.configuration.clone(),
            summary: told.summary.clone(),
            // Written by `protection`, which owns it.
            protection: BTreeMap::new(),
        },
    );
    rollup.metadata.managed_fields = None;
    let request = Request::new("/apis/pgfleet.io/v1alpha1/rollups").patch(
        rollup::NAME,
        &PatchParams::apply(names::FIELD_MANAGER).force(),
        &Patch::Apply(&rollup),
    );
    let written = actor.send_and_set_clock("apply the rollup", request);
    actor.while_leading(written).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_counts_once_in_each_histogram() {
        let manifest: Postgresql = serde_json::from_value(serde_json::json!({
            "apiVersion": "acid.zalan.do/v1",
            "kind": "postgresql",
            "metadata": { "name": "main", "namespace": "team" },
            "spec": {
                "teamId": "team",
                "numberOfInstances": 2,
                "volume": { "size": "10Gi" },
                "postgresql": { "version": "17" },
                "dockerImage": "spilo:1",
            },
            "status": {
                "PostgresClusterStatus": "Running", "health": "Healthy", "ready": "2/2",
                "lagBytes": 5000,
            },
        }))
        .expect("a manifest");
        let counted = count(&manifest);
        assert_eq!(counted.sizes, BTreeMap::from([(16 << 30, 1)]));
        assert_eq!(counted.lag, BTreeMap::from([(65536, 1)]));
        assert_eq!(counted.images, BTreeMap::from([("spilo:1".to_owned(), 1)]));
        assert_eq!((counted.members, counted.members_ready), (2, 2));
        assert_eq!(counted.worst, []);
        let mut unreadable = manifest.clone();
        unreadable.spec.volume.size = "much".to_owned();
        assert_eq!(count(&unreadable).sizes, BTreeMap::new());
        // Stopped on purpose is no health, and nothing to look at; on its way up it is.
        for (ready, hibernated) in [("0/0", 1), ("2/0", 1), ("0/2", 0)] {
            let mut stopped = manifest.clone();
            let status = stopped.status.as_mut().expect("a status");
            status.health = Some(Health::Down);
            status.ready = Some(ready.to_owned());
            let counted = count(&stopped);
            assert_eq!(counted.hibernated, hibernated, "{ready}");
            assert_eq!(counted.health.is_empty(), hibernated == 1, "{ready}");
            assert_eq!(counted.worst.is_empty(), hibernated == 1, "{ready}");
        }
    }
}
