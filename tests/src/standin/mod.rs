//! Stands in for kubelets and Patroni: pods run as soon as they are there, each with an address of
//! its own on loopback, Patroni's objects are kept, and its REST API answers. The StatefulSet
//! controller and the garbage collector are real ([`crate::api_server`]).

mod claims;
mod kubelet;
mod members;
mod objects;
mod postgres;
mod rest;
mod upgrade;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use kube::Client;
use pg_core::store::Store;
use serde_json::Value;

use crate::proxy::{Line, Order};
pub use postgres::{Postgres, Template};
use upgrade::Volume;

/// Namespace and name.
pub type Key = (String, String);

/// All that stands in.
pub struct StandIn {
    client: Client,
    state: Mutex<State>,
    next_address: AtomicU32,
    /// What clusters are that begin.
    system: AtomicU64,
}

#[derive(Default)]
struct State {
    clusters: BTreeMap<Key, Members>,
    /// Who is told of changes that Patroni was asked for, by namespace.
    lines: BTreeMap<String, Arc<Line>>,
    /// Where PostgreSQL listens; an empty name stands for all others.
    ports: BTreeMap<Key, u16>,
    /// Clusters whose members take connections and never answer.
    stuck: BTreeSet<Key>,
}

/// The members of one Postgres cluster, as Patroni would see them.
#[derive(Debug, Default)]
struct Members {
    store: Store,
    members: BTreeMap<String, Member>,
    leader: Option<String>,
    /// Its leader follows a server elsewhere.
    standby: bool,
    /// Each with what became of it, whatever became of its pod.
    volumes: BTreeMap<String, Volume>,
    /// Whether no primary can be converted.
    undoes: bool,
    /// The system identifier: another one after each upgrade.
    system: u64,
    acquired: String,
    timeline: i64,
    transitions: i64,
    /// Set with the first leader.
    config: Option<Value>,
    renewed: Option<tokio::time::Instant>,
    counts: BTreeMap<String, u32>,
}

#[derive(Debug)]
struct Member {
    uid: String,
    address: String,
    state: String,
    /// Counts starts of its postmaster.
    starts: u32,
    started: String,
    pending_restart: bool,
    /// Whether Patroni runs.
    patroni: bool,
    servers: [tokio::task::JoinHandle<()>; 2],
}

impl Drop for Member {
    fn drop(&mut self) {
        self.servers.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Members {
    fn count(&mut self, what: String) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Patroni's word for what a member is.
    fn role(&self, name: &str) -> &'static str {
        match self.leader.as_deref() == Some(name) {
            true if self.standby => "standby_leader",
            true => "primary",
            false => "replica",
        }
    }
}

impl StandIn {
    /// Starts, for all namespaces.
    pub fn start(client: Client) -> Arc<Self> {
        let standin = Arc::new(Self {
            client,
            state: Mutex::default(),
            // Two test programs that run side by side do not meet.
            next_address: AtomicU32::new((std::process::id() % 200 + 20) << 16),
            system: AtomicU64::new(7_400_000_000_000_000_001),
        });
        tokio::spawn(Arc::clone(&standin).run_pods());
        tokio::spawn(Arc::clone(&standin).renew_locks());
        tokio::spawn(Arc::clone(&standin).fill_claims());
        standin
    }

    /// Tells this line of changes that Patroni is asked for in a namespace.
    pub fn tell(&self, namespace: &str, line: &Arc<Line>) {
        self.state()
            .lines
            .insert(namespace.to_owned(), Arc::clone(line));
    }

    /// Carries out what is ordered over this line.
    pub fn take_orders(self: &Arc<Self>, line: &Line) {
        let standin = Arc::downgrade(self);
        line.orders(move |order: &Order| match standin.upgrade() {
            Some(standin) => standin.carry_out(order),
            None => Err("nobody stands in".to_owned()),
        });
    }

    /// Clusters that begin from now on are copies of this.
    pub fn begins_with(&self, template: &Template) {
        self.system.store(template.system, Ordering::Relaxed);
    }

    /// The databases of this cluster are here; of all others of the namespace, if it is empty.
    pub fn serve(&self, namespace: &str, cluster: &str, port: u16) {
        let key = (namespace.to_owned(), cluster.to_owned());
        self.state().ports.insert(key, port);
    }

    /// From now on this cluster takes connections and never answers.
    pub fn gets_stuck(&self, namespace: &str, cluster: &str) {
        let key = (namespace.to_owned(), cluster.to_owned());
        self.state().stuck.insert(key);
    }

    /// From now on a primary of this cluster that is being converted goes back.
    pub fn undoes_conversions(&self, namespace: &str, cluster: &str) {
        let key = (namespace.to_owned(), cluster.to_owned());
        self.with(&key, |all| all.undoes = true);
    }

    fn is_stuck(&self, key: &Key) -> bool {
        self.state().stuck.contains(key)
    }

    fn port_of(&self, key: &Key) -> Option<u16> {
        let all = (key.0.clone(), String::new());
        let ports = &self.state().ports;
        ports.get(key).or_else(|| ports.get(&all)).copied()
    }

    /// How often what happened to whom, and where Patroni stands: starts of pods and of PostgreSQL,
    /// copies, changes of leader.
    pub fn history(&self, namespace: &str) -> BTreeMap<String, String> {
        let state = self.state();
        let mut history = BTreeMap::new();
        for ((_, name), members) in state.clusters.iter().filter(|((of, _), _)| of == namespace) {
            for (what, count) in &members.counts {
                history.insert(format!("{name}: {what}"), count.to_string());
            }
            history.insert(format!("{name}: leader"), format!("{:?}", members.leader));
            history.insert(format!("{name}: timeline"), members.timeline.to_string());
            let transitions = members.transitions.to_string();
            history.insert(format!("{name}: changes of leader"), transitions);
            let config = members.config.clone().unwrap_or_default();
            history.insert(format!("{name}: configuration"), config.to_string());
        }
        history
    }

    /// Forgets a namespace that is gone.
    pub fn forget(&self, namespace: &str) {
        let mut state = self.state();
        state.clusters.retain(|(of, _), _| of != namespace);
        state.lines.remove(namespace);
        state.ports.retain(|(of, _), _| of != namespace);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, key: &Key, change: impl FnOnce(&mut Members) -> T) -> T {
        change(self.state().clusters.entry(key.clone()).or_default())
    }

    /// 127.x.y.z, each once.
    fn new_address(&self) -> String {
        let number = self.next_address.fetch_add(1, Ordering::Relaxed);
        let [_, a, b, c] = number.to_be_bytes();
        format!("127.{a}.{b}.{c}")
    }
}

/// A complaint of the stand-in, which is no part of what is tested.
fn complain(what: &str, error: &dyn std::fmt::Display) {
    eprintln!("stand-in: {what}: {error}");
}
