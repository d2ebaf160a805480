//! The controller's wiring: watches feed the world, the world queues Postgres clusters, workers
//! look at them (`reconcile.rs`).

use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use hyper::StatusCode;
use kube::{Client, Config};
use pg_core::{configuration::Configuration, postgresql::HIBERNATED};
use serde_json::Value;
use tokio::{
    sync::{OnceCell, watch},
    task::JoinSet,
    time::Instant,
};

use crate::{
    act::{Actor, lock},
    answer,
    api::{self, Seen},
    definition::{self, Definition},
    environment::Readings,
    events::Publisher,
    lease,
    metrics::{HealthLabels, Metrics, WatchLabels},
    observe::{
        facts::{Facts, Key, Now},
        watch::{Progress, silent},
        way::Early,
        world::World,
    },
    protection,
    queue::Queue,
    reach,
    ring::Ring,
    rollouts, rollup, serve,
    settings::{self, Origin, Overrides, Settings},
    sources::{self, Reach, Scope},
};

/// Clusters looked at at the same time. Looks only wait for the network, so this bounds how many
/// stuck databases may hang before others wait.
const WORKERS: usize = 64;
/// A look that takes so long hangs.
const STUCK: Duration = Duration::from_secs(300);

/// How the controller is run.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// Namespace of the controller itself: its Lease and its configuration
    #[arg(long, env = "POD_NAMESPACE", default_value = pg_core::names::SYSTEM_NAMESPACE)]
    pub namespace: String,
    /// Name of this replica, the holder of the Lease
    #[arg(long, env = "POD_NAME", default_value = "pg-fleet")]
    pub identity: String,
    /// ConfigMap with the operator configuration: a name in the controller's namespace, or
    /// namespace/name
    #[arg(long, env = "CONFIG_MAP_NAME", default_value = "pg-fleet")]
    pub configuration: String,
    /// OperatorConfiguration that is read instead of the ConfigMap
    #[arg(
        long,
        env = "POSTGRES_OPERATOR_CONFIGURATION_OBJECT",
        default_value = ""
    )]
    pub configuration_object: String,
    /// Namespace that is watched, * for all, whatever the configuration says
    #[arg(long, env = "WATCHED_NAMESPACE", default_value = "")]
    pub watched_namespace: String,
    /// Key of Scalyr, whatever the configuration says
    #[arg(
        long,
        env = "SCALYR_API_KEY",
        default_value = "",
        hide_env_values = true
    )]
    pub scalyr_api_key: String,
    /// Acts only on clusters whose annotation acid.zalan.do/controller says this
    #[arg(long, env = "CONTROLLER_ID", default_value = "")]
    pub controller_id: String,
    /// Where it has rights on more than its own resources: everywhere, or where they were given
    #[arg(long, env = "SCOPE", value_enum, default_value_t = Reach::Cluster)]
    pub scope: Reach,
    /// Where health and metrics are served
    #[arg(long, default_value = "0.0.0.0:8080")]
    pub listen: SocketAddr,
    /// Who may read the endpoints of Zalando's operator (/clusters/, /workers/ …) there
    #[arg(long, env = "API_FROM", value_enum, default_value_t = ApiFrom::Localhost)]
    pub api_from: ApiFrom,
}

/// Who may read the endpoints of Zalando's operator.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum ApiFrom {
    /// Who is in the pod already, as with `kubectl port-forward`.
    Localhost,
    /// Everybody who reaches the pod.
    Anywhere,
}

/// Why the controller cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No way to the API server.
    #[error("no way to the API server: {0}")]
    Config(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The API server said no.
    #[error("{what}: {}", answer::said(source))]
    Kubernetes {
        /// What was tried.
        what: String,
        /// Why not.
        #[source]
        source: Box<kube::Error>,
    },
    /// It did not answer in time.
    #[error("{0}: no answer in time")]
    TimedOut(String),
    /// The port.
    #[error("listen on {0}: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// No runtime.
    #[error("start: {0}")]
    Runtime(#[source] std::io::Error),
}

/// Everything that lives as long as the process.
pub struct Controller {
    pub(crate) actor: Arc<Actor>,
    pub(crate) queue: Arc<Queue>,
    configuration: RwLock<Arc<Configuration>>,
    pub(crate) controller_id: String,
    pub(crate) publisher: Publisher,
    /// Whether the API server keeps what is written.
    pub(crate) definition: Definition,
    api_from: ApiFrom,
    ring: Ring,
    pub(crate) metrics: Metrics,
    /// Where the configuration comes from.
    pub(crate) settings: Settings,
    pub(crate) feed: sources::Feed,
    pub(crate) watches: Mutex<sources::Watches>,
    /// What ConfigMap and Secret give to all database pods.
    pub(crate) environments: Readings,
    /// How the watch on the configuration does.
    settings_progress: Arc<Progress>,
    synced: watch::Receiver<bool>,
    /// When each status was last written.
    pub(crate) written: Mutex<HashMap<Key, Duration>>,
    /// When all clusters were last queued, in seconds since 1970.
    pub(crate) looked_at_all: AtomicI64,
}

/// Runs the controller until the process is told to end.
///
/// # Errors
///
/// When it cannot start.
pub fn run(arguments: &Arguments, ring: Ring) -> Result<(), Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Runtime)?
        .block_on(run_async(arguments, ring))
}

async fn run_async(arguments: &Arguments, ring: Ring) -> Result<(), Error> {
    let epoch = Instant::now();
    let mut config = Config::infer()
        .await
        .map_err(|error| Error::Config(Box::new(error)))?;
    config.connect_timeout = Some(Duration::from_secs(5));
    // Each call has a bound of its own; kube's retries last for minutes.
    config.default_retry = false;
    let client = Client::try_from(config).map_err(|error| Error::Config(Box::new(error)))?;
    let publisher = Publisher::new(client.clone(), &arguments.identity);
    let settings = arguments.settings();
    let configuration = settings.first(&client, &publisher).await?;
    tracing::info!(
        namespace = arguments.namespace,
        identity = arguments.identity,
        "starting"
    );

    let (leading, election) =
        lease::stand(client.clone(), &arguments.namespace, &arguments.identity);
    let scope = Scope::of(&configuration);
    let world = Arc::new(Mutex::new(World::new(scope.labels().clone())));
    let queue = Arc::new(Queue::default());
    let (synced_sender, synced) = watch::channel(false);
    let feed = sources::Feed {
        client: client.clone(),
        world: Arc::clone(&world),
        queue: Arc::clone(&queue),
        epoch,
        synced: synced_sender,
        reach: arguments.scope,
        own_namespace: arguments.namespace.clone(),
        early: Early::default(),
    };
    let watches = sources::start(&feed, &scope);
    let settings_progress = Arc::new(Progress::default());
    let controller = Arc::new(Controller {
        actor: Arc::new(Actor {
            client: client.clone(),
            world,
            epoch,
            leading,
            own_namespace: arguments.namespace.clone(),
            server_ahead: Mutex::default(),
            policies: Mutex::new(None),
            user: OnceCell::new(),
            cluster_uid: OnceCell::new(),
        }),
        queue,
        configuration: RwLock::new(Arc::new(configuration)),
        controller_id: arguments.controller_id.clone(),
        publisher,
        definition: Definition::default(),
        api_from: arguments.api_from,
        ring,
        metrics: Metrics::new(),
        settings,
        feed,
        environments: Readings::default(),
        watches: Mutex::new(watches),
        settings_progress: Arc::clone(&settings_progress),
        synced,
        written: Mutex::default(),
        looked_at_all: AtomicI64::default(),
    });
    let listener = serve::listen(arguments.listen)
        .await
        .map_err(|error| Error::Listen(arguments.listen, error))?;
    tokio::spawn(serve::serve(listener, Arc::clone(&controller)));
    tokio::spawn(rollup::keep(Arc::clone(&controller)));
    tokio::spawn(rollouts::keep(Arc::clone(&controller.actor)));
    tokio::spawn(protection::keep(Arc::clone(&controller)));
    tokio::spawn(definition::keep(Arc::clone(&controller)));
    tokio::spawn(reach::keep(Arc::clone(&controller)));
    tokio::spawn(settings::keep(
        Arc::clone(&controller),
        client,
        settings_progress,
    ));
    tokio::spawn(Arc::clone(&controller).wake_all_when_leading());
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        workers.spawn(Arc::clone(&controller).work());
    }
    terminated().await;
    tracing::info!("told to end");
    // Nobody acts any more when the next one begins.
    workers.shutdown().await;
    election.leave().await;
    Ok(())
}

impl Arguments {
    fn settings(&self) -> Settings {
        Settings {
            origin: Origin::new(
                &self.namespace,
                &self.configuration,
                &self.configuration_object,
            ),
            overrides: Overrides {
                own_namespace: self.namespace.clone(),
                watched_namespace: self.watched_namespace.clone(),
                scalyr_api_key: self.scalyr_api_key.clone(),
            },
        }
    }
}

async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

impl Controller {
    async fn wake_all_when_leading(self: Arc<Self>) {
        let mut leading = self.actor.leading.clone();
        let mut synced = self.synced.clone();
        // Since when it leads, as far as all clusters were looked at since.
        let mut looked = None;
        loop {
            let since = leading.since();
            if *synced.borrow_and_update() && since.is_some() && since != looked {
                tracing::info!("leading");
                self.tell_what_is_left();
                self.look_at_all();
                looked = since;
            }
            let goes_on = tokio::select! {
                goes_on = leading.changed() => goes_on,
                changed = synced.changed() => {
                    looked = None;
                    changed.is_ok()
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    async fn work(self: Arc<Self>) {
        loop {
            let key = self.queue.next().await;
            let look_again = if *self.synced.borrow() {
                self.feed.early.ends(&key);
                self.look(&key).await
            } else {
                self.look_early(&key).await
            };
            self.queue.done(&key, look_again);
        }
    }

    pub(crate) async fn look(&self, key: &Key) -> Option<Duration> {
        if !self.actor.leading.holds() {
            // Another one goes on with it.
            lock(&self.actor.world).update(key, |facts| facts.unfinished = false);
            return None;
        }
        self.metrics.reconciles.inc();
        self.look_at(key).await
    }

    pub(crate) fn now(&self) -> Now {
        Now {
            wall: self.actor.wall(),
            mono: self.actor.mono(),
        }
    }

    pub(crate) fn configuration(&self) -> Arc<Configuration> {
        Arc::clone(
            &self
                .configuration
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }

    pub(crate) fn set_configuration(&self, configuration: Configuration) {
        *self
            .configuration
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(configuration);
    }

    /// How each watch does, by name.
    fn progress(&self) -> Vec<(&'static str, Arc<Progress>)> {
        let mut all = lock(&self.watches).progress();
        all.push(("configuration", Arc::clone(&self.settings_progress)));
        all
    }

    /// Why the process should be started again, if it should.
    pub fn unhealthy(&self) -> Option<String> {
        if self.actor.leading.has_ended() {
            return Some("it takes no part in the election any more".to_owned());
        }
        if let Some(silent) = silent(&self.progress(), self.actor.epoch) {
            return Some(silent);
        }
        let slowest = self.queue.slowest();
        (slowest > STUCK).then(|| format!("a look at a cluster has taken {} s", slowest.as_secs()))
    }

    /// Why it is not ready, if it is not. A standby is ready: it can take over.
    pub fn unready(&self) -> Option<String> {
        (!*self.synced.borrow()).then(|| "not everything was listed yet".to_owned())
    }

    /// Answers as Zalando's operator does, to those who may ask.
    pub fn answer(&self, path: &str, from: IpAddr) -> Option<(StatusCode, Value)> {
        let here = from.to_canonical().is_loopback();
        if !api::is_endpoint(path) || !(here || self.api_from == ApiFrom::Anywhere) {
            return None;
        }
        let world = lock(&self.actor.world);
        let configuration = self.configuration();
        let clusters: BTreeMap<_, _> = world
            .clusters()
            .filter_map(|(key, facts)| Some((key, (facts, facts.postgresql()?))))
            .filter(|(_, (_, manifest))| self.is_ours(manifest))
            .collect();
        let mut busy: BTreeMap<Key, String> = clusters
            .iter()
            .filter_map(|(key, (facts, manifest))| {
                Some(((*key).clone(), api::work_left(facts, manifest)?))
            })
            .collect();
        for key in self.queue.at_hand() {
            busy.entry(key).or_insert_with(|| "looking".to_owned());
        }
        let left = |facts: &Facts| facts.told.is_some() || facts.record.is_some();
        for (key, _) in world.clusters().filter(|(_, facts)| left(facts)) {
            busy.insert(key.clone(), "deleting".to_owned());
        }
        for key in clusters.keys().filter(|key| world.is_awaited(key)) {
            busy.insert((*key).clone(), "listing".to_owned());
        }
        // Nobody can tell before everything was listed, nor beside the one that does the work.
        let blind = match (world.is_complete(), self.actor.leading.holds()) {
            (false, _) => Some("listing"),
            (true, false) => Some("another replica leads"),
            (true, true) => None,
        };
        if let Some(why) = blind {
            let key = Key {
                namespace: String::new(),
                name: "all clusters".to_owned(),
            };
            busy.insert(key, why.to_owned());
        }
        let seen = Seen {
            clusters,
            busy,
            configuration: &configuration,
            log: &self.ring,
            edits: world.edits(),
            looked_at: self.looked_at_all.load(Ordering::Relaxed),
        };
        Some(api::answer(path, &seen))
    }

    /// The metrics' text.
    pub fn metrics(&self) -> String {
        let metrics = &self.metrics;
        metrics.leading.set(i64::from(self.actor.leading.holds()));
        metrics
            .queued
            .set(i64::try_from(self.queue.len()).unwrap_or(i64::MAX));
        let summary = rollup::summarize(&lock(&self.actor.world));
        for health in ["Healthy", "Degraded", "Down", "Unknown", HIBERNATED] {
            let mut counts = summary.health.iter();
            let count = match counts.find(|(word, _)| word.to_string() == health) {
                Some((_, count)) => *count,
                None if health == HIBERNATED => summary.hibernated,
                None => 0,
            };
            let labels = HealthLabels {
                health: health.to_owned(),
            };
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            metrics.clusters.get_or_create(&labels).set(count);
        }
        // Namespaces that are listed one by one have a watch of each name.
        let mut sources: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for (name, progress) in self.progress() {
            let (opened, listed) = sources.entry(name).or_default();
            *opened += progress.opened.load(Ordering::Relaxed);
            *listed += progress.listed.load(Ordering::Relaxed);
        }
        for (name, (opened, listed)) in sources {
            let labels = WatchLabels {
                source: name.to_owned(),
            };
            for (family, value) in [(&metrics.watches, opened), (&metrics.lists, listed)] {
                let gauge = family.get_or_create(&labels);
                gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
            }
        }
        metrics.text()
    }
}
