//! Reads of single objects from the API server itself, where what a watch said is not enough.

use std::collections::HashSet;

use futures::try_join;
use kube::{
    api::{GetParams, ListParams},
    core::Request,
};
use pg_core::{
    configuration::Configuration, operation::Operation, patroni::Leader, postgresql::Postgresql,
    rollout::Rollout, store::Store,
};
use serde::de::DeserializeOwned;

use super::{Actor, Error, kubernetes::is_code, lock};
use crate::{
    kinds::collection,
    observe::{
        facts::{Facts, Key, LeaderFact},
        listed::Listed,
        object::{Guarded, Object, RawChild, RawClaim, RawMeta, RawPod},
    },
};

/// Patroni's objects; Endpoints are compared with the desired ones too.
enum Patroni {
    Maps(Vec<RawMeta>),
    Endpoints(Vec<RawChild>),
}

/// The labels of whatever belongs to a cluster.
fn labels_of(key: &Key, configuration: &Configuration) -> String {
    let shared = configuration.cluster_labels.iter();
    let mut labels: Vec<String> = shared
        .map(|(label, value)| format!("{label}={value}"))
        .collect();
    labels.push(format!("{}={}", configuration.cluster_name_label, key.name));
    labels.join(",")
}

impl Actor {
    /// Looks for a child live.
    pub async fn look_for(&self, key: &Key, kind: &'static str, name: String) -> Result<(), Error> {
        let found = self
            .send::<RawChild>(
                format!("look for {kind} {name}"),
                Request::new(collection(kind, &key.namespace)).get(&name, &GetParams::default()),
            )
            .await;
        let at = self.mono();
        let mut world = lock(&self.world);
        match found {
            Ok(live) => {
                world.child(kind, &live);
                if kind == "StatefulSet" {
                    world.unseen(key, &live);
                }
            }
            Err(error) if is_code(&error, 404) => world.update(key, |facts| facts.unseen = None),
            Err(error) => return Err(error),
        }
        world.update(key, |facts| {
            facts.looked_for.insert((kind, name), at);
        });
        Ok(())
    }

    /// Reads the slice of a rollout live, for the sake of an operation that was seen before. It lies
    /// beside its targets or in our own namespace.
    pub async fn read_rollout(&self, key: &Key, id: &str, operation: String) -> Result<(), Error> {
        let mut namespaces = vec![&key.namespace, &self.own_namespace];
        namespaces.dedup();
        for namespace in namespaces {
            let found = self
                .send::<Guarded<Rollout>>(
                    format!("read rollout {id}"),
                    Request::new(collection("Rollout", namespace)).get(id, &GetParams::default()),
                )
                .await;
            let mut world = lock(&self.world);
            match found {
                Ok(slice) => world.rollout(slice),
                Err(error) if is_code(&error, 404) => world.no_rollout(namespace, id),
                Err(error) => return Err(error),
            }
        }
        let at = self.mono();
        self.update(key, |facts| facts.slice_read = Some((operation, at)));
        Ok(())
    }

    /// Looks whether the namespace is being deleted.
    pub async fn look_at_namespace(&self, key: &Key) -> Result<(), Error> {
        let found = self.look_at("/api/v1/namespaces", &key.namespace).await?;
        // One that is gone has taken all along.
        let goes = found.is_none_or(|found| found.deletion_timestamp.is_some());
        let at = self.mono();
        self.update(key, |facts| facts.namespace_goes = Some((at, goes)));
        Ok(())
    }

    /// Reads the manifest live; it must be the one that was decided on.
    pub async fn prove_manifest(&self, key: &Key, facts: &Facts) -> Result<(), Error> {
        let manifest = self.read_manifest(key).await?;
        let now = &manifest.metadata;
        let proved = facts
            .meta()
            .is_some_and(|then| then.uid == now.uid && then.generation == now.generation);
        lock(&self.world).manifest(manifest);
        proved.then_some(()).ok_or(Error::ManifestChanged)
    }

    pub(super) async fn read_manifest(&self, key: &Key) -> Result<Guarded<Postgresql>, Error> {
        self.send(
            format!("read postgresql {key}"),
            Request::new(collection("postgresql", &key.namespace))
                .get(&key.name, &GetParams::default()),
        )
        .await
    }

    /// Reads the manifest live; it must be this one, and being deleted.
    pub(super) async fn prove_deletion(&self, key: &Key, uid: &str) -> Result<(), Error> {
        let manifest = self.read_manifest(key).await?;
        let meta = &manifest.metadata;
        let proved = meta.uid == uid && meta.deletion_timestamp.is_some();
        lock(&self.world).manifest(manifest);
        if proved {
            Ok(())
        } else {
            Err(Error::Missing(format!(
                "{key} is not the cluster that was being deleted: its volumes are left alone"
            )))
        }
    }

    /// Lists live what there is of a cluster, for what the watches have not told yet.
    pub async fn look_around(&self, key: &Key, configuration: &Configuration) -> Result<(), Error> {
        let labels = labels_of(key, configuration);
        let children = |kind: &'static str| self.list::<RawChild>(key, kind, &labels);
        let (pods, patroni, claims, services, sets, budgets) = try_join!(
            self.list::<RawPod>(key, "Pod", &labels),
            self.list_patroni(key, Store::of(configuration), &labels),
            self.list::<RawClaim>(key, "PersistentVolumeClaim", &labels),
            children("Service"),
            children("StatefulSet"),
            children("PodDisruptionBudget"),
        )?;
        let at = self.mono();
        let mut world = lock(&self.world);
        pods.iter().for_each(|pod| drop(world.pod(pod)));
        world.listed_of(key, Listed::Pods, &uids(&pods));
        let seen = match &patroni {
            Patroni::Maps(maps) => {
                for map in maps {
                    world.patroni(map.meta(), at);
                }
                uids(maps)
            }
            Patroni::Endpoints(all) => {
                for one in all {
                    world.endpoints(one, at);
                }
                uids(all)
            }
        };
        world.listed_of(key, Listed::Patroni, &seen);
        claims.iter().for_each(|claim| drop(world.claim(claim)));
        world.listed_of(key, Listed::Claims, &uids(&claims));
        for (kind, objects) in [
            ("Service", services),
            ("StatefulSet", sets),
            ("PodDisruptionBudget", budgets),
        ] {
            for object in &objects {
                world.child(kind, object);
            }
            world.listed_of(key, Listed::Children(kind), &uids(&objects));
        }
        world.update(key, |facts| {
            facts.looked_around = pods.is_empty().then_some(at);
        });
        Ok(())
    }

    /// Knows all of a cluster, by itself, before all of all clusters was listed: nobody who has
    /// edited one waits for hundreds of others.
    pub async fn know(&self, key: &Key, configuration: &Configuration) -> Result<(), Error> {
        self.look_around(key, configuration).await?;
        lock(&self.world).knows(key);
        Ok(())
    }

    async fn list_patroni(&self, key: &Key, store: Store, labels: &str) -> Result<Patroni, Error> {
        let kind = store.kind();
        Ok(match store {
            Store::ConfigMaps => Patroni::Maps(self.list(key, kind, labels).await?),
            Store::Endpoints => Patroni::Endpoints(self.list(key, kind, labels).await?),
        })
    }

    async fn list<T: DeserializeOwned>(
        &self,
        key: &Key,
        kind: &str,
        labels: &str,
    ) -> Result<Vec<T>, Error> {
        #[derive(serde::Deserialize)]
        struct Items<T> {
            #[serde(default = "Vec::new")]
            items: Vec<T>,
        }
        let list: Items<T> = self
            .send(
                format!("list {kind} of {key}"),
                Request::new(collection(kind, &key.namespace))
                    .list(&ListParams::default().labels(labels)),
            )
            .await?;
        Ok(list.items)
    }

    /// Lists what Patroni left in its other store, if its members ever met there. Watches show the
    /// one in use alone.
    pub(super) async fn look_into_other_store(
        &self,
        key: &Key,
        configuration: &Configuration,
    ) -> Result<(), Error> {
        let other = Store::of(configuration).other();
        let all: Vec<RawMeta> = self
            .list(key, other.kind(), &labels_of(key, configuration))
            .await?;
        let left = all.iter().map(|one| &one.metadata).filter(|meta| {
            meta.deletion_timestamp.is_none() && other.is_patronis_alone(&key.name, &meta.name)
        });
        let left = left.map(|meta| ((other.kind(), meta.name.clone()), meta.uid.clone()));
        let left = left.collect();
        lock(&self.world).update(key, |facts| facts.left_by_patroni = left);
        Ok(())
    }

    /// Reads one of Patroni's objects live; `None` when there is none.
    pub(super) async fn read_patroni(
        &self,
        key: &Key,
        name: &str,
    ) -> Result<Option<RawMeta>, Error> {
        let store = lock(&self.world).store();
        let requests = Request::new(collection(store.kind(), &key.namespace));
        let read = self
            .send(
                format!("read {name}"),
                requests.get(name, &GetParams::default()),
            )
            .await;
        match read {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads live which standbys are synchronous.
    pub async fn read_sync(&self, key: &Key) -> Result<(), Error> {
        let object = self.read_patroni(key, &Store::sync(&key.name)).await?;
        let at = self.mono();
        let mut world = lock(&self.world);
        match object {
            Some(object) => drop(world.patroni(object.meta(), at)),
            None => world.update(key, |facts| facts.sync = None),
        }
        world.update(key, |facts| facts.sync_read = Some(at));
        Ok(())
    }

    /// Reads an operation live, whose last write was not answered.
    pub async fn read_operation(&self, key: &Key, name: &str) -> Result<(), Error> {
        let read = self
            .send::<Guarded<Operation>>(
                format!("read operation {name}"),
                Request::new(collection("Operation", &key.namespace))
                    .get(name, &GetParams::default()),
            )
            .await;
        let mut world = lock(&self.world);
        match read {
            Ok(operation) => drop(world.operation(operation)),
            Err(error) if error.is_not_found() => world.update(key, |facts| {
                facts.operations.remove(name);
            }),
            Err(error) => return Err(error),
        }
        world.update(key, |facts| facts.unsure_operation = None);
        Ok(())
    }

    /// Reads the leader object live. Where there is none, nobody leads.
    pub async fn read_leader(&self, key: &Key) -> Result<Leader, Error> {
        let name = lock(&self.world).store().leader(&key.name);
        let Some(object) = self.read_patroni(key, &name).await? else {
            return Ok(Leader::default());
        };
        let at = self.mono();
        let leader = Leader::parse(&object.meta().annotations);
        let mut world = lock(&self.world);
        world.patroni(object.meta(), at);
        world.update(key, |facts| {
            if let Some(LeaderFact { read_live, .. }) = &mut facts.leader {
                *read_live = Some(at);
            }
        });
        Ok(leader)
    }
}

fn uids<T: Object>(objects: &[T]) -> HashSet<String> {
    objects
        .iter()
        .map(|object| object.meta().uid.clone())
        .collect()
}
