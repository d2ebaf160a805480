//! What is watched, and where each piece goes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kube::Client;
use pg_core::{
    configuration::Configuration, names, operation::Operation, postgresql::Postgresql,
    postgresteam::PostgresTeam, rollout::Rollout, store::Store,
};
use serde::de::DeserializeOwned;
use tokio::{
    sync::watch,
    task::AbortHandle,
    time::{Instant, timeout},
};

use crate::{
    act::lock,
    desired,
    kinds::collection,
    leftovers,
    observe::{
        facts::Key,
        listed::{Listed, SHARED},
        object::{Guarded, Object, RawChild, RawClaim, RawMeta, RawNode, RawPod},
        record::RawRecord,
        watch::{Event, Progress, Source, follow},
        way::{Early, Way},
        world::{Labels, World},
    },
    queue::{Queue, Turn},
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
    /// Whether everything was listed since the watches were last started; where namespaces are
    /// listed one by one, everything else.
    pub synced: watch::Sender<bool>,
    /// Where it may look.
    pub reach: Reach,
    /// The controller's own namespace.
    pub own_namespace: String,
    /// What the lists of a start give way to.
    pub early: Early,
}

/// Where the controller has rights on more than its own resources.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Reach {
    /// In the whole Kubernetes cluster.
    Cluster,
    /// In the namespaces where they were given.
    Namespaces,
}

/// What of the configuration says what is watched. When it changes, the watches start anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// Namespace; empty for all.
    namespace: String,
    cluster_labels: BTreeMap<String, String>,
    labels: Labels,
    /// Names of what the clusters of a namespace share, in the order of [`SHARED`].
    shared: [String; 2],
    store: Store,
}

impl Scope {
    /// Of a configuration.
    pub fn of(configuration: &Configuration) -> Self {
        Self {
            namespace: match configuration.watched_namespace.as_str() {
                "*" => String::new(),
                one => one.to_owned(),
            },
            cluster_labels: configuration.cluster_labels.clone(),
            labels: Labels {
                cluster_name: configuration.cluster_name_label.clone(),
                role: configuration.pod_role_label.clone(),
                ready_node: configuration.node_readiness_label.clone(),
            },
            shared: [
                configuration.pod_service_account_name.clone(),
                desired::role_binding_name(configuration),
            ],
            store: Store::of(configuration),
        }
    }

    /// The labels by which objects are told to belong to a Postgres cluster.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The label selector of everything that belongs to a Postgres cluster.
    fn selector(&self) -> String {
        let mut selector: Vec<String> = self
            .cluster_labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        selector.push(self.labels.cluster_name.clone());
        selector.join(",")
    }
}

/// An edited cluster can be read by itself once [`Listed::OF_ALL`] was listed. The many pages of the
/// rest would hold up both: they give way, for so long at most.
const FIRST: Duration = Duration::from_secs(1);

/// Kinds of children that are compared with what is desired.
const CHILDREN: [&str; 3] = ["Service", "StatefulSet", "PodDisruptionBudget"];

/// The watches that run. They end when this goes.
#[derive(Default)]
pub struct Watches {
    progress: Vec<(&'static str, Arc<Progress>)>,
    tasks: Vec<AbortHandle>,
    /// Those of namespaces that are listed one by one.
    pub within: HashMap<String, Self>,
}

impl Watches {
    /// How each does, by name.
    pub fn progress(&self) -> Vec<(&'static str, Arc<Progress>)> {
        let within = self.within.values().flat_map(Self::progress);
        self.progress.iter().cloned().chain(within).collect()
    }
}

impl Drop for Watches {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// How many watches there are on our own resources and nodes, and on all else.
const OWN: usize = 6;
const OTHER: usize = 3 + CHILDREN.len() + SHARED.len();

/// Starts all watches, with an empty world. [`Feed::synced`] turns true once each was listed to
/// its end. Where namespaces are listed one by one, [`start_within`] brings what lies in them.
pub fn start(feed: &Feed, scope: &Scope) -> Watches {
    let by_namespace = feed.reach == Reach::Namespaces;
    let generation = {
        let mut world = lock(&feed.world);
        let generation = world.begin(scope.labels.clone(), scope.store);
        if by_namespace {
            world.by_namespace();
        }
        generation
    };
    feed.synced.send_replace(false);
    let synced = feed.synced.clone();
    let completed = move |world: &mut World| {
        world.completed();
        synced.send_replace(true);
        Vec::new()
    };
    let left = if by_namespace { OWN } else { OWN + OTHER };
    let namespace = scope.namespace.clone();
    let mut starter = Starter::new(feed, generation, namespace, left, completed);
    starter.own();
    if !by_namespace {
        starter.other(scope);
    }
    starter.watches
}

/// Starts the watches on what lies in one namespace. Its clusters are queued once each was listed
/// to its end.
pub fn start_within(feed: &Feed, scope: &Scope, namespace: &str) -> Watches {
    let generation = lock(&feed.world).generation();
    let namespace = namespace.to_owned();
    let here = namespace.clone();
    let completed = move |world: &mut World| world.saw_all_in(&here);
    let mut starter = Starter::new(feed, generation, namespace, OTHER, completed);
    starter.opened.send_replace(true);
    starter.other(scope);
    starter.watches
}

/// What follows once everything was listed: clusters to look at.
type Completed = Arc<dyn Fn(&mut World) -> Vec<Key> + Send + Sync>;

struct Starter<'a> {
    feed: &'a Feed,
    generation: u64,
    namespace: String,
    watches: Watches,
    left: Arc<AtomicUsize>,
    /// Of [`Listed::OF_ALL`], how many were not listed yet; whether none, so that the rest may go.
    first: Arc<AtomicUsize>,
    opened: watch::Sender<bool>,
    completed: Completed,
}

impl<'a> Starter<'a> {
    fn new(
        feed: &'a Feed,
        generation: u64,
        namespace: String,
        left: usize,
        completed: impl Fn(&mut World) -> Vec<Key> + Send + Sync + 'static,
    ) -> Self {
        Self {
            feed,
            generation,
            namespace,
            watches: Watches::default(),
            left: Arc::new(AtomicUsize::new(left)),
            first: Arc::new(AtomicUsize::new(Listed::OF_ALL.len())),
            opened: watch::channel(false).0,
            completed: Arc::new(completed),
        }
    }

    /// Our own resources and nodes, which are seen everywhere.
    fn own(&mut self) {
        let epoch = self.feed.epoch;
        self.watch::<Guarded<Postgresql>>(
            "postgresqls",
            "postgresql",
            "",
            Listed::Manifests,
            |world, object, _| world.manifest(object).into_iter().collect(),
            move |world, object| {
                let deleted = world.manifest_deleted(object, epoch.elapsed());
                deleted.into_iter().collect()
            },
        );
        self.records();
        self.watch::<Guarded<Operation>>(
            "operations",
            "Operation",
            "",
            Listed::Operations,
            |world, object, _| world.operation(object).into_iter().collect(),
            |world, object| world.operation_gone(object.meta()).into_iter().collect(),
        );
        self.watch::<Guarded<Rollout>>(
            "rollouts",
            "Rollout",
            "",
            Listed::Rollouts,
            |world, object, _| {
                world.rollout(object);
                Vec::new()
            },
            |world, object| {
                world.rollout_gone(object.meta());
                Vec::new()
            },
        );
        self.watch::<RawNode>(
            "nodes",
            "Node",
            "",
            Listed::Nodes,
            |world, object, _| world.node(&object),
            |world, object| world.node_gone(object.meta()),
        );
        self.watch::<Guarded<PostgresTeam>>(
            "postgresteams",
            "PostgresTeam",
            "",
            Listed::Teams,
            |world, object, _| world.team(object),
            |world, object| world.team_gone(object.meta()),
        );
    }

    /// What is written down of clusters that were deleted, in our own namespace.
    fn records(&mut self) {
        let own = self.feed.own_namespace.clone();
        let watched = std::mem::replace(&mut self.namespace, own);
        self.watch::<RawRecord>(
            "deletions",
            "ConfigMap",
            names::DELETED,
            Listed::Records,
            |world, object, _| world.record(&object).into_iter().collect(),
            |world, object| world.record_gone(object.meta()).into_iter().collect(),
        );
        self.namespace = watched;
    }

    /// Everything else that belongs to Postgres clusters.
    fn other(&mut self, scope: &Scope) {
        let selector = scope.selector();
        self.watch::<RawPod>(
            "pods",
            "Pod",
            &selector,
            Listed::Pods,
            |world, object, _| {
                let mut keys = world.relabelled("Pod", object.meta());
                keys.extend(world.pod(&object));
                keys
            },
            |world, object| world.pod_gone(object.meta()).into_iter().collect(),
        );
        self.patroni(scope.store, &selector);
        self.watch::<RawClaim>(
            "persistentvolumeclaims",
            "PersistentVolumeClaim",
            &selector,
            Listed::Claims,
            |world, object, _| {
                let mut keys = world.relabelled("PersistentVolumeClaim", object.meta());
                keys.extend(world.claim(&object));
                keys
            },
            |world, object| world.claim_gone(object.meta()).into_iter().collect(),
        );
        for kind in CHILDREN {
            self.watch::<RawChild>(
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
        let left = leftovers::look(self.feed, self.generation, &self.namespace, &selector);
        self.watches.tasks.push(left);
        for (kind, name) in SHARED.into_iter().zip(&scope.shared) {
            let field = format!("metadata.name={name}");
            self.watch_field::<RawChild>(
                kind,
                kind,
                "",
                &field,
                Listed::Shared(kind),
                move |world, object, _| world.shared(kind, &object),
                move |world, object| world.shared_gone(kind, object.meta()),
            );
        }
    }

    /// Of ConfigMaps only the metadata is read; Endpoints are compared with the desired ones too.
    fn patroni(&mut self, store: Store, selector: &str) {
        let kind = store.kind();
        match store {
            Store::ConfigMaps => self.watch::<RawMeta>(
                "configmaps",
                kind,
                selector,
                Listed::Patroni,
                move |world, object, now| {
                    let mut keys = world.relabelled(kind, object.meta());
                    keys.extend(world.patroni(object.meta(), now));
                    keys
                },
                |world, object| world.patroni_gone(object.meta()).into_iter().collect(),
            ),
            Store::Endpoints => self.watch::<RawChild>(
                "endpoints",
                kind,
                selector,
                Listed::Patroni,
                move |world, object, now| {
                    let mut keys = world.relabelled(kind, object.meta());
                    keys.extend(world.endpoints(&object, now));
                    keys
                },
                |world, object| world.patroni_gone(object.meta()).into_iter().collect(),
            ),
        }
    }

    fn watch<T>(
        &mut self,
        name: &'static str,
        kind: &str,
        selector: &str,
        listed: Listed,
        applied: impl Fn(&mut World, T, Duration) -> Vec<Key> + Send + 'static,
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
        applied: impl Fn(&mut World, T, Duration) -> Vec<Key> + Send + 'static,
        deleted: impl Fn(&mut World, &T) -> Vec<Key> + Send + 'static,
    ) where
        T: Object + Clone + DeserializeOwned + Send + 'static,
    {
        let progress = Arc::new(Progress::default());
        self.watches.progress.push((name, Arc::clone(&progress)));
        let goes_first = Listed::OF_ALL.contains(&listed);
        let source = Source {
            name,
            way: match goes_first {
                true => Way::default(),
                false => self.feed.early.way(Instant::now() + FIRST),
            },
            path: collection(kind, if kind == "Node" { "" } else { &self.namespace }),
            selector: selector.to_owned(),
            field: field.to_owned(),
            optional: listed == Listed::Teams,
        };
        let (world, queue, epoch) = (
            Arc::clone(&self.feed.world),
            Arc::clone(&self.feed.queue),
            self.feed.epoch,
        );
        let (left, completed) = (Arc::clone(&self.left), Arc::clone(&self.completed));
        let (first_left, opened) = (Arc::clone(&self.first), self.opened.clone());
        let mut turn = self.opened.subscribe();
        let namespace = self.namespace.clone();
        let generation = self.generation;
        let mut first = true;
        let sink = move |event| {
            let changed: Vec<(Key, Turn)> = {
                let mut world = lock(&world);
                if !world.is_generation(generation) {
                    return;
                }
                let changed = match event {
                    Event::Applied(object) => applied(&mut world, object, epoch.elapsed()),
                    Event::Deleted(object) => deleted(&mut world, &object),
                    Event::Listed(seen) => {
                        let mut changed = world.listed(listed, &namespace, &seen);
                        let is_first = std::mem::take(&mut first);
                        if is_first && goes_first && first_left.fetch_sub(1, Ordering::Relaxed) == 1
                        {
                            opened.send_replace(true);
                        }
                        if is_first && left.fetch_sub(1, Ordering::Relaxed) == 1 {
                            changed.extend(completed(&mut world));
                        }
                        changed
                    }
                };
                let with_turn = |key: Key| {
                    let turn = world.facts(&key).map_or(Turn::Next, Turn::of);
                    (key, turn)
                };
                changed.into_iter().map(with_turn).collect()
            };
            for (key, turn) in changed {
                queue.at(key, turn);
            }
        };
        let client = self.feed.client.clone();
        let task = tokio::spawn(async move {
            if !goes_first {
                // One that cannot be listed holds up the others no longer than this.
                let _ = timeout(FIRST, turn.wait_for(|opened| *opened)).await;
            }
            follow::<T>(client, source, progress, epoch, sink).await;
        });
        self.watches.tasks.push(task.abort_handle());
    }
}

#[cfg(test)]
mod tests;
