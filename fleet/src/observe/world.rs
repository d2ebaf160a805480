//! All facts of one Kubernetes cluster, fed by watches and by the answers to questions.
//!
//! Every way in returns whether something changed that a decision may depend on: only then is the
//! Postgres cluster queued.

mod children;
mod manifests;
mod records;
mod rollouts;
mod teams;
mod within;

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use pg_core::{
    names,
    operation::Operation,
    patroni::{ClusterConfig, Leader, Sync},
    store::{LOCK_ANNOTATIONS, Part, Store},
};

#[cfg(test)]
pub use self::teams::Team;
pub use self::teams::Teams;
use self::{rollouts::Rollouts, within::Sight};
use super::{
    edits::Edits,
    facts::{Facts, Identity, Key, LeaderFact, LiveChild},
    listed::Listed,
    object::{Guarded, Meta, RawChild, RawNode, RawPod},
    pod::Pod,
};

/// The labels by which objects are told to belong to a Postgres cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    /// Label that names the cluster.
    pub cluster_name: String,
    /// Label that tells the role.
    pub role: String,
    /// Labels of nodes that keep their members although they take no more pods; none for no node.
    pub ready_node: BTreeMap<String, String>,
}

/// All facts, by Postgres cluster.
#[derive(Debug)]
pub struct World {
    labels: Labels,
    /// Where Patroni keeps its state.
    store: Store,
    /// How often it began anew.
    generation: u64,
    /// Whether everything was listed since it began: before that, what is missing is not gone.
    complete: bool,
    /// What was listed since then.
    pub(super) lists: HashSet<Listed>,
    /// How far each namespace can be seen, where each is listed by itself.
    within: Option<HashMap<String, Sight>>,
    /// Clusters of which everything was read by itself meanwhile.
    known: HashSet<Key>,
    pub(super) clusters: HashMap<Key, Facts>,
    /// Nodes that members have to leave, with their identity.
    pub(super) cordoned: HashMap<String, String>,
    /// What all clusters of a namespace share, by kind and namespace.
    pub(super) shared: HashMap<(&'static str, String), (String, LiveChild)>,
    rollouts: Rollouts,
    teams: Arc<Teams>,
    graves: Graves,
    edits: Edits,
}

/// What watches told to be gone, with the version in which it went: an answer that was under way
/// meanwhile brings nothing back.
#[derive(Debug, Default)]
struct Graves {
    versions: HashMap<String, u64>,
    order: VecDeque<String>,
}

/// Answers are under way for seconds, in which no more is deleted than this.
const GRAVES: usize = 4096;

impl Graves {
    fn bury(&mut self, meta: &Meta) {
        let Ok(version) = meta.resource_version.parse() else {
            return;
        };
        if self.versions.insert(meta.uid.clone(), version).is_none() {
            self.order.push_back(meta.uid.clone());
        }
        if self.order.len() > GRAVES
            && let Some(oldest) = self.order.pop_front()
        {
            self.versions.remove(&oldest);
        }
    }

    /// Whether this is how it was before it went. What went out of sight, by its labels, may come
    /// back, in a newer version.
    fn holds(&self, meta: &Meta) -> bool {
        let version = meta.resource_version.parse::<u64>();
        let grave = self.versions.get(&meta.uid);
        grave.is_some_and(|grave| version.is_ok_and(|version| version <= *grave))
    }
}

/// Whether `new` is at least as new as `old`. Versions are numbers on every API server there is;
/// where they are not, the later message wins.
fn not_older(old: &str, new: &str) -> bool {
    match (old.parse::<u64>(), new.parse::<u64>()) {
        (Ok(old), Ok(new)) => new >= old,
        _ => true,
    }
}

impl World {
    /// An empty world.
    pub fn new(labels: Labels) -> Self {
        Self {
            labels,
            store: Store::default(),
            generation: 0,
            complete: true,
            lists: HashSet::new(),
            within: None,
            known: HashSet::new(),
            clusters: HashMap::new(),
            cordoned: HashMap::new(),
            shared: HashMap::new(),
            rollouts: Rollouts::default(),
            teams: Arc::default(),
            graves: Graves::default(),
            edits: Edits::default(),
        }
    }

    /// Forgets everything, to be filled by watches under other labels. Tells the generation that
    /// they feed.
    pub fn begin(&mut self, labels: Labels, store: Store) -> u64 {
        *self = Self {
            store,
            generation: self.generation + 1,
            complete: false,
            edits: std::mem::take(&mut self.edits),
            ..Self::new(labels)
        };
        self.generation
    }

    /// How often it began anew.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether what watches of this generation tell is about this world.
    pub fn is_generation(&self, generation: u64) -> bool {
        self.generation == generation
    }

    /// Everything was listed.
    pub fn completed(&mut self) {
        self.complete = true;
        self.known.clear();
        let clusters = &self.clusters;
        self.edits.keep(|key| clusters.contains_key(key));
    }

    /// Whether everything was listed of what no single cluster can be asked for. Then the rest can
    /// be read for one of them alone; a namespace that is listed by itself is no longer waited for.
    pub fn is_nearly_complete(&self) -> bool {
        let mut needed = Listed::OF_ALL.iter();
        self.within.is_none() && needed.all(|kind| self.lists.contains(kind))
    }

    /// Everything about this cluster was read.
    pub fn knows(&mut self, key: &Key) {
        if !self.complete && self.clusters.contains_key(key) {
            self.known.insert(key.clone());
        }
    }

    /// Whether what is missing of this cluster is gone.
    pub fn is_known(&self, key: &Key) -> bool {
        (self.complete && self.is_seen(&key.namespace)) || self.known.contains(key)
    }

    /// Whether everything was listed that is not listed by namespace.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The label that tells a pod's role.
    pub fn role_label(&self) -> &str {
        &self.labels.role
    }

    /// A copy of the facts of one cluster, what its namespace shares among them. Nothing while not
    /// everything was listed or read: half of the facts would read as "the rest is gone".
    pub fn snapshot(&self, key: &Key) -> Option<Facts> {
        if !self.is_known(key) {
            return None;
        }
        let mut facts = self.clusters.get(key)?.clone().with_ghost();
        for ((kind, namespace), (name, child)) in &self.shared {
            if *namespace == key.namespace {
                facts.children.insert((kind, name.clone()), child.clone());
            }
        }
        facts.rollouts = self.rollouts_on(key, &facts);
        facts.teams = Arc::clone(&self.teams);
        let nodes = facts.pods.values().filter_map(|pod| pod.node.clone());
        facts.cordoned = nodes
            .filter(|node| self.cordoned.contains_key(node))
            .collect();
        Some(facts)
    }

    /// A node. Clusters hear of it only when members begin or cease to have to leave it.
    pub fn node(&mut self, node: &RawNode) -> Vec<Key> {
        let Meta { name, uid, .. } = &node.metadata;
        let was = self.cordoned.contains_key(name);
        let is = self.must_be_left(node);
        if is {
            self.cordoned.insert(name.clone(), uid.clone());
        } else {
            self.cordoned.remove(name);
        }
        if was == is {
            return Vec::new();
        }
        let clusters = self.clusters.iter().filter(|(_, facts)| {
            let mut pods = facts.pods.values();
            pods.any(|pod| pod.node.as_ref() == Some(name))
        });
        clusters.map(|(key, _)| key.clone()).collect()
    }

    /// Whether a node takes no more pods, and is not one of those that Zalando's operator leaves
    /// alone (reference/zalando.md §3.11): ready by its labels, or of the control plane.
    fn must_be_left(&self, node: &RawNode) -> bool {
        let has =
            |(label, value): (&String, &String)| node.metadata.labels.get(label) == Some(value);
        let ready = &self.labels.ready_node;
        let is_ready = !ready.is_empty() && ready.iter().all(has);
        let of_control_plane = node
            .metadata
            .labels
            .get("master")
            .is_some_and(|is| is == "true");
        node.spec.unschedulable && !is_ready && !of_control_plane
    }

    /// A node that is gone; its pods will be told to be.
    pub fn node_gone(&mut self, meta: &Meta) -> Vec<Key> {
        self.cordoned.remove(&meta.name);
        Vec::new()
    }

    /// All clusters.
    pub fn clusters(&self) -> impl Iterator<Item = (&Key, &Facts)> {
        self.clusters.iter()
    }

    /// What is known of one cluster.
    pub fn facts(&self, key: &Key) -> Option<&Facts> {
        self.clusters.get(key)
    }

    /// Changes facts that were asked for; creates nothing.
    pub fn update(&mut self, key: &Key, change: impl FnOnce(&mut Facts)) {
        if let Some(facts) = self.clusters.get_mut(key) {
            change(facts);
        }
    }

    fn key(&self, meta: &Meta) -> Option<Key> {
        Some(Key {
            namespace: meta.namespace.clone(),
            name: meta.labels.get(&self.labels.cluster_name)?.clone(),
        })
    }

    /// The cluster of an object, unless this is how it was before it went.
    fn living(&self, meta: &Meta) -> Option<Key> {
        self.key(meta).filter(|_| !self.graves.holds(meta))
    }

    /// The cluster of an object that went.
    fn buried(&mut self, meta: &Meta) -> Option<Key> {
        self.graves.bury(meta);
        self.key(meta)
    }

    fn entry(&mut self, key: &Key) -> &mut Facts {
        self.clusters.entry(key.clone()).or_default()
    }

    pub(super) fn tidy(&mut self, key: &Key) {
        if self.clusters.get(key).is_some_and(Facts::is_empty) {
            self.clusters.remove(key);
        }
    }

    /// A pod.
    pub fn pod(&mut self, raw: &RawPod) -> Option<Key> {
        let key = self.living(&raw.metadata)?;
        names::ordinal(&key.name, &raw.metadata.name)?;
        let pod = Pod::new(raw, &self.labels.role);
        let facts = self.entry(&key);
        let changed = match facts.pods.get(&raw.metadata.name) {
            Some(old) if !not_older(&old.resource_version, &pod.resource_version) => return None,
            Some(old) => !old.same_but_heartbeat(&pod),
            None => true,
        };
        if facts
            .pods
            .get(&raw.metadata.name)
            .is_some_and(|old| old.uid != pod.uid || old.ip != pod.ip || changed)
        {
            // What it said before is no answer any more.
            facts.forget_answer(&raw.metadata.name);
        }
        facts.pods.insert(raw.metadata.name.clone(), pod);
        changed.then_some(key)
    }

    /// A pod that is gone.
    pub fn pod_gone(&mut self, meta: &Meta) -> Option<Key> {
        let key = self.buried(meta)?;
        let facts = self.clusters.get_mut(&key)?;
        if !facts.lose("Pod", &key.name, meta) {
            return None;
        }
        self.tidy(&key);
        Some(key)
    }

    /// One of Patroni's objects.
    pub fn patroni(&mut self, meta: &Meta, now: Duration) -> Option<Key> {
        let key = self.living(meta)?;
        let part = self.store.part(&key.name, &meta.name)?;
        let facts = self.entry(&key);
        // A watch may bring an older one after a live read.
        if facts
            .patroni_objects
            .get(&meta.name)
            .is_some_and(|old| !not_older(&old.resource_version, &meta.resource_version))
        {
            return None;
        }
        let identity = Identity {
            uid: meta.uid.clone(),
            resource_version: meta.resource_version.clone(),
        };
        facts.patroni_objects.insert(meta.name.clone(), identity);
        let changed = match part {
            Part::Leader => {
                let leader = Leader::parse(&meta.annotations);
                let old = facts.leader.take();
                let changed = old.as_ref().is_none_or(|old| {
                    old.leader.member != leader.member
                        || old.leader.transitions != leader.transitions
                });
                let renewed_seen = match &old {
                    Some(old) if old.leader.renewed == leader.renewed => old.renewed_seen,
                    _ => now,
                };
                facts.leader = Some(LeaderFact {
                    leader,
                    renewed_seen,
                    read_live: old.and_then(|old| old.read_live),
                });
                if changed {
                    // What members said under another leader is no answer any more.
                    facts.forget_answers();
                }
                changed
            }
            Part::Config => {
                let config = ClusterConfig::parse(&meta.annotations);
                let changed = facts.config.as_ref() != Some(&config);
                facts.config = Some(config);
                changed
            }
            Part::Sync => {
                let sync = Sync::parse(&meta.annotations);
                let changed = facts.sync.as_ref() != Some(&sync);
                facts.sync = Some(sync);
                changed
            }
            Part::Other => false,
        };
        changed.then_some(key)
    }

    /// The Endpoints of the primary's Service, where they are Patroni's lock as well: its
    /// heartbeats are no change of the object that is compared with the desired one.
    pub fn endpoints(&mut self, raw: &RawChild, now: Duration) -> Option<Key> {
        let mut bare = raw.clone();
        bare.body.remove("subsets");
        let annotations = &mut bare.metadata.annotations;
        annotations.retain(|name, _| !LOCK_ANNOTATIONS.contains(&name.as_str()));
        let is_child = self
            .key(&raw.metadata)
            .is_some_and(|key| key.name == raw.metadata.name);
        let child = is_child.then(|| self.child("Endpoints", &bare)).flatten();
        self.patroni(&raw.metadata, now).or(child)
    }

    /// Where Patroni keeps its state.
    pub fn store(&self) -> Store {
        self.store
    }

    /// One of Patroni's objects that is gone.
    pub fn patroni_gone(&mut self, meta: &Meta) -> Option<Key> {
        let key = self.buried(meta)?;
        let kind = self.store.kind();
        let facts = self.clusters.get_mut(&key)?;
        if !facts.lose(kind, &key.name, meta) {
            return None;
        }
        self.tidy(&key);
        Some(key)
    }

    /// An operation.
    pub fn operation(&mut self, operation: Guarded<Operation>) -> Option<Key> {
        let target = operation.object.as_ref().ok()?.spec.target.name.clone();
        let key = Key {
            namespace: operation.metadata.namespace.clone(),
            name: target,
        };
        let name = operation.metadata.name.clone();
        if self.graves.holds(&operation.metadata) {
            return None;
        }
        let facts = self.entry(&key);
        let changed = match facts.operations.get(&name) {
            Some(old)
                if !not_older(
                    &old.metadata.resource_version,
                    &operation.metadata.resource_version,
                ) =>
            {
                return None;
            }
            Some(old) => old.metadata.resource_version != operation.metadata.resource_version,
            None => true,
        };
        facts.operations.insert(name, Arc::new(operation));
        changed.then_some(key)
    }

    /// An operation that is gone.
    pub fn operation_gone(&mut self, meta: &Meta) -> Option<Key> {
        self.graves.bury(meta);
        let key = self
            .clusters
            .iter()
            .find(|(key, facts)| {
                key.namespace == meta.namespace && facts.operations.contains_key(&meta.name)
            })
            .map(|(key, _)| key.clone())?;
        self.entry(&key).operations.remove(&meta.name);
        self.tidy(&key);
        Some(key)
    }
}

fn own_key(meta: &Meta) -> Key {
    Key {
        namespace: meta.namespace.clone(),
        name: meta.name.clone(),
    }
}

#[cfg(test)]
mod tests;
