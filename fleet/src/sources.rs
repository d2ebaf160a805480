//! What is watched, and where each piece goes.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use kube::Client;
use pg_core::{configuration::Configuration, operation::Operation, postgresql::Postgresql};
use serde::de::DeserializeOwned;
use tokio::{sync::watch, time::Instant};

use crate::{
    act::{kubernetes::collection, lock},
    observe::{
        facts::Key,
        listed::Listed,
        object::{Guarded, Object, RawChild, RawMeta, RawPod},
        watch::{Event, Progress, Source, follow},
        world::World,
    },
    queue::Queue,
};

/// What every watch needs.
pub struct Feed {
    /// The API server.
    pub client: Client,
    /// Where facts go.
    pub world: Arc<Mutex<World>>,
    /// Where changed clusters go.
    pub queue: Arc<Queue>,
    /// When the process started.
    pub epoch: Instant,
}

/// Kinds of children that are compared with what is desired.
const CHILDREN: [&str; 3] = ["Service", "StatefulSet", "PodDisruptionBudget"];
/// Kinds that all clusters of a namespace share, found by their name.
const SHARED: [&str; 2] = ["ServiceAccount", "RoleBinding"];

/// How each watch does, by name.
pub type Watches = Vec<(&'static str, Arc<Progress>)>;

/// Starts all watches. The receiver turns true once each was listed to its end.
pub fn start(feed: &Feed, configuration: &Configuration) -> (Watches, watch::Receiver<bool>) {
    let namespace = match configuration.watched_namespace.as_str() {
        "*" => "",
        one => one,
    };
    let mut selector: Vec<String> = configuration
        .cluster_labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    selector.push(configuration.cluster_name_label.clone());
    let selector = selector.join(",");
    let mut starter = Starter {
        feed,
        namespace: namespace.to_owned(),
        watches: Vec::new(),
        left: Arc::new(AtomicUsize::new(4 + 1 + CHILDREN.len() + SHARED.len())),
        synced: Arc::new(watch::Sender::new(false)),
    };
    let receiver = starter.synced.subscribe();

    starter.watch::<Guarded<Postgresql>>(
        "postgresqls",
        "postgresql",
        "",
        Listed::Manifests,
        |world, object, _| world.manifest(object).into_iter().collect(),
        |world, object| world.manifest_gone(object.meta()).into_iter().collect(),
    );
    starter.watch::<Guarded<Operation>>(
        "operations",
        "Operation",
        "",
        Listed::Operations,
        |world, object, _| world.operation(object).into_iter().collect(),
        |world, object| world.operation_gone(object.meta()).into_iter().collect(),
    );
    starter.watch::<RawPod>(
        "pods",
        "Pod",
        &selector,
        Listed::Pods,
        |world, object, _| world.pod(&object).into_iter().collect(),
        |world, object| world.pod_gone(object.meta()).into_iter().collect(),
    );
    starter.watch::<RawMeta>(
        "configmaps",
        "ConfigMap",
        &selector,
        Listed::Patroni,
        |world, object, now| world.patroni(object.meta(), now).into_iter().collect(),
        |world, object| world.patroni_gone(object.meta()).into_iter().collect(),
    );
    starter.watch::<RawMeta>(
        "persistentvolumeclaims",
        "PersistentVolumeClaim",
        &selector,
        Listed::Claims,
        |world, object, _| world.claim(object.meta()).into_iter().collect(),
        |world, object| world.claim_gone(object.meta()).into_iter().collect(),
    );
    for kind in CHILDREN {
        starter.watch::<RawChild>(
            kind,
            kind,
            &selector,
            Listed::Children(kind),
            move |world, object, _| {
                let mut keys = world.relabelled(kind, object.meta());
                keys.extend(world.child(kind, &object));
                keys
            },
            move |world, object| world.child_gone(kind, object.meta()).into_iter().collect(),
        );
    }
    let account = &configuration.pod_service_account_name;
    for kind in SHARED {
        let field = format!("metadata.name={account}");
        starter.watch_field::<RawChild>(
            kind,
            kind,
            "",
            &field,
            Listed::Shared(kind),
            move |world, object, _| world.shared(kind, &object),
            move |world, object| world.shared_gone(kind, object.meta()),
        );
    }
    (starter.watches, receiver)
}

struct Starter<'a> {
    feed: &'a Feed,
    namespace: String,
    watches: Watches,
    left: Arc<AtomicUsize>,
    synced: Arc<watch::Sender<bool>>,
}

impl Starter<'_> {
    fn watch<T>(
        &mut self,
        name: &'static str,
        kind: &str,
        selector: &str,
        listed: Listed,
        applied: impl Fn(&mut World, T, std::time::Duration) -> Vec<Key> + Send + 'static,
        deleted: impl Fn(&mut World, &T) -> Vec<Key> + Send + 'static,
    ) where
        T: Object + Clone + DeserializeOwned + Send + 'static,
    {
        self.watch_field(name, kind, selector, "", listed, applied, deleted);
    }

    #[allow(clippy::too_many_arguments)]
    fn watch_field<T>(
        &mut self,
        name: &'static str,
        kind: &str,
        selector: &str,
        field: &str,
        listed: Listed,
        applied: impl Fn(&mut World, T, std::time::Duration) -> Vec<Key> + Send + 'static,
        deleted: impl Fn(&mut World, &T) -> Vec<Key> + Send + 'static,
    ) where
        T: Object + Clone + DeserializeOwned + Send + 'static,
    {
        let progress = Arc::new(Progress::default());
        self.watches.push((name, Arc::clone(&progress)));
        let source = Source {
            name,
            path: collection(kind, &self.namespace),
            selector: selector.to_owned(),
            field: field.to_owned(),
        };
        let (world, queue, epoch) = (
            Arc::clone(&self.feed.world),
            Arc::clone(&self.feed.queue),
            self.feed.epoch,
        );
        let (left, synced) = (Arc::clone(&self.left), Arc::clone(&self.synced));
        let mut first = true;
        let sink = move |event| {
            let changed = {
                let mut world = lock(&world);
                match event {
                    Event::Applied(object) => applied(&mut world, object, epoch.elapsed()),
                    Event::Deleted(object) => deleted(&mut world, &object),
                    Event::Listed(seen) => {
                        if std::mem::take(&mut first) && left.fetch_sub(1, Ordering::Relaxed) == 1 {
                            synced.send_replace(true);
                        }
                        world.listed(listed, &seen)
                    }
                }
            };
            changed.into_iter().for_each(|key| queue.now(key));
        };
        tokio::spawn(follow::<T>(
            self.feed.client.clone(),
            source,
            progress,
            epoch,
            sink,
        ));
    }
}
