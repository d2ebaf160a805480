//! What the controller counts, in Prometheus' text format.

use std::sync::atomic::AtomicU64;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// Labels of an action.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct ActionLabels {
    /// Its kind.
    pub action: String,
    /// ok or failed.
    pub outcome: String,
}

/// Labels of a health.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct HealthLabels {
    /// Healthy, Degraded, Down, Unknown; Hibernated.
    pub health: String,
}

/// Labels of a watch.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct WatchLabels {
    /// What is watched.
    pub source: String,
}

/// All counters and gauges.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Looks at a Postgres cluster.
    pub reconciles: Counter<u64, AtomicU64>,
    /// Effects.
    pub actions: Family<ActionLabels, Counter>,
    /// Clusters by health.
    pub clusters: Family<HealthLabels, Gauge>,
    /// Clusters that wait to be looked at.
    pub queued: Gauge,
    /// Whether this replica leads.
    pub leading: Gauge,
    /// Whether the configuration as it stands was refused.
    pub configuration_refused: Gauge,
    /// Configurations that were taken up while running.
    pub configurations: Counter<u64, AtomicU64>,
    /// How often each watch was opened.
    pub watches: Family<WatchLabels, Gauge>,
    /// How often each whole list was read.
    pub lists: Family<WatchLabels, Gauge>,
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let metrics = Self {
            registry: Registry::default(),
            reconciles: Counter::default(),
            actions: Family::default(),
            clusters: Family::default(),
            queued: Gauge::default(),
            leading: Gauge::default(),
            configuration_refused: Gauge::default(),
            configurations: Counter::default(),
            watches: Family::default(),
            lists: Family::default(),
        };
        let mut registry = Registry::with_prefix("pg_fleet");
        registry.register(
            "reconciles",
            "Looks at a Postgres cluster",
            metrics.reconciles.clone(),
        );
        registry.register(
            "actions",
            "Effects by kind and outcome",
            metrics.actions.clone(),
        );
        registry.register(
            "clusters",
            "Postgres clusters by health",
            metrics.clusters.clone(),
        );
        registry.register(
            "queued",
            "Postgres clusters that wait to be looked at",
            metrics.queued.clone(),
        );
        registry.register(
            "leading",
            "Whether this replica leads",
            metrics.leading.clone(),
        );
        registry.register(
            "configuration_refused",
            "Whether the configuration as it stands was refused",
            metrics.configuration_refused.clone(),
        );
        registry.register(
            "configurations_taken_up",
            "Configurations that were taken up while running",
            metrics.configurations.clone(),
        );
        registry.register(
            "watches_opened",
            "How often each watch was opened",
            metrics.watches.clone(),
        );
        registry.register(
            "lists_read",
            "How often each whole list was read",
            metrics.lists.clone(),
        );
        Self {
            registry,
            ..metrics
        }
    }

    /// The text that Prometheus scrapes.
    pub fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(error) => format!("# {error}\n"),
        }
    }
}
