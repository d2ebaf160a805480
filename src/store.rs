//! Where Patroni keeps what it knows of a cluster: in ConfigMaps, or in Endpoints, of which the one
//! of the primary's Service is the lock as well (Patroni, kubernetes.use_endpoints).

use crate::configuration::Configuration;

/// The kind of its objects.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Store {
    /// `<cluster>-leader`, `<cluster>-config` …
    #[default]
    ConfigMaps,
    /// `<cluster>`, `<cluster>-config` …
    Endpoints,
}

/// What one of its objects says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// Lock, timeline, position.
    Leader,
    /// Dynamic configuration and history.
    Config,
    /// Which standbys are synchronous.
    Sync,
    /// A planned change of primary, and whatever else it keeps.
    Other,
}

/// Annotations with which Patroni writes its lock, in the object that also is the Service's.
pub const LOCK_ANNOTATIONS: [&str; 9] = [
    "leader",
    "acquireTime",
    "renewTime",
    "ttl",
    "transitions",
    "optime",
    "slots",
    "retain_slots",
    "failsafe",
];

impl Store {
    /// As configured. With an etcd nothing of it is to be seen in Kubernetes; the Endpoints are
    /// made all the same, as Zalando's operator does.
    pub fn of(configuration: &Configuration) -> Self {
        if configuration.etcd_host.is_empty() && configuration.kubernetes_use_configmaps {
            Self::ConfigMaps
        } else {
            Self::Endpoints
        }
    }

    /// The one that is not in use: members may have met there once.
    pub fn other(self) -> Self {
        match self {
            Self::ConfigMaps => Self::Endpoints,
            Self::Endpoints => Self::ConfigMaps,
        }
    }

    /// Whether an object is surely Patroni's, also where it is not in use: the primary's Service has
    /// Endpoints of its name in any case, and ConfigMaps may be anybody's.
    pub fn is_patronis_alone(self, cluster: &str, object: &str) -> bool {
        let Some(rest) = object.strip_prefix(cluster) else {
            return false;
        };
        let lock = self == Self::ConfigMaps && rest == "-leader";
        lock || ["-config", "-sync", "-failover"].contains(&rest)
    }

    /// Kind of the objects.
    pub fn kind(self) -> &'static str {
        match self {
            Self::ConfigMaps => "ConfigMap",
            Self::Endpoints => "Endpoints",
        }
    }

    /// Name of the object with the lock.
    pub fn leader(self, cluster: &str) -> String {
        match self {
            Self::ConfigMaps => format!("{cluster}-leader"),
            Self::Endpoints => cluster.to_owned(),
        }
    }

    /// Name of the object that says which standbys are synchronous.
    pub fn sync(cluster: &str) -> String {
        format!("{cluster}-sync")
    }

    /// What an object of this kind says; `None` when it is not Patroni's (the Endpoints of the
    /// replicas' Service are Kubernetes' own).
    pub fn part(self, cluster: &str, object: &str) -> Option<Part> {
        let rest = object.strip_prefix(cluster)?;
        match (self, rest) {
            (Self::ConfigMaps, "-leader") | (Self::Endpoints, "") => Some(Part::Leader),
            (_, "-config") => Some(Part::Config),
            (_, "-sync") => Some(Part::Sync),
            (_, "-failover") => Some(Part::Other),
            (Self::ConfigMaps, other) => other.starts_with('-').then_some(Part::Other),
            (Self::Endpoints, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_both() {
        let table = [
            ("main", None, Some(Part::Leader)),
            ("main-leader", Some(Part::Leader), None),
            ("main-config", Some(Part::Config), Some(Part::Config)),
            ("main-sync", Some(Part::Sync), Some(Part::Sync)),
            ("main-failover", Some(Part::Other), Some(Part::Other)),
            ("main-failsafe", Some(Part::Other), None),
            ("main-repl", Some(Part::Other), None),
            ("other-config", None, None),
            ("maintenance", None, None),
        ];
        for (object, map, endpoints) in table {
            assert_eq!(Store::ConfigMaps.part("main", object), map, "{object}");
            assert_eq!(Store::Endpoints.part("main", object), endpoints, "{object}");
        }
        for store in [Store::ConfigMaps, Store::Endpoints] {
            assert_eq!(
                store.part("main", &store.leader("main")),
                Some(Part::Leader)
            );
        }
    }

    #[test]
    fn what_may_be_taken_away_as_patronis() {
        let of = |store: Store, object: &str| store.is_patronis_alone("main", object);
        for object in ["main-config", "main-sync", "main-failover"] {
            assert!(of(Store::ConfigMaps, object) && of(Store::Endpoints, object));
        }
        assert!(of(Store::ConfigMaps, "main-leader") && !of(Store::Endpoints, "main-leader"));
        for object in ["main", "main-repl", "main-settings", "other-config"] {
            assert!(!of(Store::ConfigMaps, object) && !of(Store::Endpoints, object));
        }
    }

    #[test]
    fn as_configured() {
        let of = |maps, etcd: &str| {
            Store::of(&Configuration {
                kubernetes_use_configmaps: maps,
                etcd_host: etcd.to_owned(),
                ..Configuration::default()
            })
        };
        assert_eq!(of(true, ""), Store::ConfigMaps);
        assert_eq!(of(false, ""), Store::Endpoints);
        assert_eq!(of(true, "etcd:2379"), Store::Endpoints);
    }
}
