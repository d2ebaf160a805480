//! `Rollup`: what one controller reports of its whole Kubernetes cluster, in one small object.
//!
//! Merging rollups is associative and commutative with [`Summary::default`] as identity, so that
//! any reader may fold any number of them in any order. No averages: sums and counts.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::postgresql::status::Health;

/// The one rollup of a Kubernetes cluster has this name.
pub const NAME: &str = "local";
/// How many of the worst clusters a rollup names.
pub const WORST: usize = 20;
/// How many versions, and images, a rollup counts apart; the others are one number.
pub const KINDS: usize = 20;
/// What the others are called.
pub const OTHER: &str = "other";
/// How much of a text stays.
const TEXT: usize = 200;
/// A rollup not renewed for this long speaks of the past: three heartbeats.
pub const STALE_AFTER_SECONDS: i64 = 180;

/// Report of one controller on all Postgres clusters of its Kubernetes cluster.
#[derive(Clone, CustomResource, Debug, Default, Deserialize, PartialEq, Serialize, KubeSchema)]
#[kube(
    group = "pgfleet.io",
    version = "v1alpha1",
    kind = "Rollup",
    plural = "rollups",
    no_spec,
    derive = "PartialEq",
    printcolumn(name = "Clusters", type_ = "integer", json_path = ".summary.clusters"),
    printcolumn(
        name = "Healthy",
        type_ = "integer",
        json_path = ".summary.health.Healthy"
    ),
    printcolumn(
        name = "Degraded",
        type_ = "integer",
        json_path = ".summary.health.Degraded"
    ),
    printcolumn(name = "Down", type_ = "integer", json_path = ".summary.health.Down"),
    printcolumn(name = "Observed", type_ = "date", json_path = ".observedAt")
)]
#[serde(rename_all = "camelCase")]
pub struct RollupReport {
    /// Uid of the namespace kube-system: the identity of this Kubernetes cluster.
    #[serde(default)]
    pub cluster_uid: String,
    /// Version of the controller.
    #[serde(default)]
    pub controller_version: String,
    /// The controller that Postgres clusters must name for this one to act on them; empty: those
    /// that name none.
    #[serde(default)]
    pub controller_id: String,
    /// Its own namespace, where slices of rollouts over targets of several namespaces lie; empty: an
    /// older controller, which does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// What the controller can do, by name; readers ask for these, never for a version.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// When the controller last looked, by its clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<Time>,
    /// What people's commands go by of the controller's configuration, so that they need not read
    /// it: parameters by name, and in `from` the object that says them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub configuration: BTreeMap<String, String>,
    /// The counts.
    #[serde(default)]
    pub summary: Summary,
    /// What the admission policy for deletions reads: `date`, `dateKey`, `nameKey`, `controller`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub protection: BTreeMap<String, String>,
}

/// Counts over Postgres clusters; a commutative monoid.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Postgres clusters.
    #[serde(default)]
    pub clusters: u64,
    /// Members wanted.
    #[serde(default)]
    pub members: u64,
    /// Members that serve.
    #[serde(default)]
    pub members_ready: u64,
    /// Clusters by health.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, u64>")]
    pub health: BTreeMap<Health, u64>,
    /// Clusters that are stopped on purpose; none of them counts in `health`.
    #[serde(default, skip_serializing_if = "is_none")]
    pub hibernated: u64,
    /// Clusters by major version.
    #[serde(default)]
    pub versions: BTreeMap<String, u64>,
    /// Clusters by image.
    #[serde(default)]
    pub images: BTreeMap<String, u64>,
    /// Clusters by the lag of their worst replica: key = upper bound in bytes, a power of 16.
    #[serde(default, deserialize_with = "numeric_keys")]
    #[schemars(with = "BTreeMap<String, u64>")]
    pub lag: BTreeMap<u64, u64>,
    /// Clusters by the size of a member's volume: key = upper bound in bytes, a power of 4 times
    /// 1 GiB.
    #[serde(default, deserialize_with = "numeric_keys")]
    #[schemars(with = "BTreeMap<String, u64>")]
    pub sizes: BTreeMap<u64, u64>,
    /// The worst clusters, worst first, at most [`WORST`].
    #[serde(default)]
    pub worst: Vec<Problem>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Keys of JSON objects are texts; read back through a flattened struct they stay texts.
fn numeric_keys<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<u64, u64>, D::Error> {
    BTreeMap::<String, u64>::deserialize(deserializer)?
        .into_iter()
        .map(|(key, count)| Ok((key.parse().map_err(D::Error::custom)?, count)))
        .collect()
}

/// One cluster that is not well. The order of the fields is the order of badness.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Its health.
    pub health: Health,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Uid of its Kubernetes cluster; filled in by readers that merge.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cluster_uid: String,
    /// Why, in one sentence.
    pub reason: String,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

impl Problem {
    /// A total order: down before unknown before degraded, then by name.
    fn rank(&self) -> (u8, &str, &str, &str, &str, Option<&Time>) {
        let badness = match self.health {
            Health::Down => 0,
            Health::Unknown => 1,
            Health::Degraded => 2,
            Health::Healthy => 3,
        };
        (
            badness,
            &self.cluster_uid,
            &self.namespace,
            &self.name,
            &self.reason,
            self.since.as_ref(),
        )
    }
}

/// Upper bound of the bucket of the lag histogram that a lag falls into.
pub fn lag_bucket(bytes: u64) -> u64 {
    let mut bound = 0x1000;
    while bound < bytes && bound < 1 << 40 {
        bound *= 16;
    }
    bound
}

/// Upper bound of the bucket of the histogram of volumes that a size falls into.
pub fn size_bucket(bytes: u64) -> u64 {
    let mut bound = 1 << 30;
    while bound < bytes && bound < 1 << 46 {
        bound *= 4;
    }
    bound
}

impl Summary {
    /// The same within bounds, whatever manifests say: at most [`KINDS`] versions and images, the
    /// most frequent ones, and no long texts. For who publishes; merged it is cut no more, since
    /// that would not be associative.
    pub fn bounded(mut self) -> Self {
        self.versions = most_frequent(self.versions);
        self.images = most_frequent(self.images);
        for problem in &mut self.worst {
            problem.reason = cut(&problem.reason);
        }
        self
    }

    /// Adds what another summary counts.
    pub fn merge(&mut self, other: Self) {
        self.clusters += other.clusters;
        self.members += other.members;
        self.members_ready += other.members_ready;
        add(&mut self.health, other.health);
        self.hibernated += other.hibernated;
        add(&mut self.versions, other.versions);
        add(&mut self.images, other.images);
        add(&mut self.lag, other.lag);
        add(&mut self.sizes, other.sizes);
        self.worst.extend(other.worst);
        self.worst.sort_by(|a, b| a.rank().cmp(&b.rank()));
        self.worst.truncate(WORST);
    }
}

fn add<K: Ord>(counts: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    for (key, count) in more {
        *counts.entry(key).or_default() += count;
    }
}

fn cut(text: &str) -> String {
    if text.chars().nth(TEXT).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(TEXT - 1).collect();
    format!("{kept}…")
}

fn most_frequent(counts: BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let mut all: Vec<(String, u64)> = counts.into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut kept = BTreeMap::new();
    for (index, (name, count)) in all.into_iter().enumerate() {
        let name = if index < KINDS {
            cut(&name)
        } else {
            OTHER.to_owned()
        };
        *kept.entry(name).or_default() += count;
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn health() -> impl Strategy<Value = Health> {
        prop_oneof![
            Just(Health::Healthy),
            Just(Health::Degraded),
            Just(Health::Down),
            Just(Health::Unknown)
        ]
    }

    prop_compose! {
        fn problem()(health in health(), namespace in "[a-c]", name in "[a-z]{1,2}", reason in "[xy]") -> Problem {
            Problem { health, namespace, name, cluster_uid: String::new(), reason, since: None }
        }
    }

    prop_compose! {
        fn summary()(
            clusters in 0u64..100, members in 0u64..100, members_ready in 0u64..100, hibernated in 0u64..9,
            health in proptest::collection::btree_map(health(), 1u64..9, 0..4),
            versions in proptest::collection::btree_map("1[4-8]", 1u64..9, 0..4),
            images in proptest::collection::btree_map("[a-z]{1,3}", 1u64..9, 0..40),
            lag in proptest::collection::btree_map((0u64..1 << 45).prop_map(lag_bucket), 1u64..9, 0..4),
            sizes in proptest::collection::btree_map((0u64..1 << 50).prop_map(size_bucket), 1u64..9, 0..4),
            worst in proptest::collection::vec(problem(), 0..30),
        ) -> Summary {
            let mut summary = Summary { clusters, members, members_ready, health, hibernated, versions, images, lag, sizes, ..Summary::default() };
            summary.merge(Summary { worst, ..Summary::default() });
            summary
        }
    }

    fn merged(mut a: Summary, b: Summary) -> Summary {
        a.merge(b);
        a
    }

    proptest! {
        #[test]
        fn merging_is_a_commutative_monoid(a in summary(), b in summary(), c in summary()) {
            prop_assert_eq!(merged(a.clone(), b.clone()), merged(b.clone(), a.clone()));
            prop_assert_eq!(
                merged(merged(a.clone(), b.clone()), c.clone()),
                merged(a.clone(), merged(b, c))
            );
            prop_assert_eq!(merged(Summary::default(), a.clone()), a);
        }

        #[test]
        fn what_is_written_can_be_read(summary in summary()) {
            let rollup = Rollup::new(NAME, RollupReport { summary, ..RollupReport::default() });
            let text = serde_json::to_string(&rollup).expect("JSON");
            let back: Rollup = serde_json::from_str(&text).expect("a rollup");
            prop_assert_eq!(back, rollup);
        }

        #[test]
        fn bounds_lose_no_count_and_change_nothing_twice(parts in proptest::collection::vec(summary(), 0..9)) {
            let all = parts.into_iter().fold(Summary::default(), merged);
            let bounded = all.clone().bounded();
            prop_assert_eq!(bounded.images.values().sum::<u64>(), all.images.values().sum::<u64>());
            prop_assert!(bounded.images.len() <= KINDS + 1);
            let least = bounded.images.iter().filter(|(name, _)| *name != OTHER).map(|(_, count)| *count).min();
            for (name, count) in &all.images {
                prop_assert!(bounded.images.contains_key(name) || Some(*count) <= least, "{name}");
            }
            prop_assert_eq!(bounded.clone().bounded().worst, bounded.worst);
            prop_assert_eq!(Summary { worst: all.worst.clone(), versions: all.versions.clone(), images: all.images.clone(), ..bounded }, all);
        }
    }

    /// Names, images and reasons as long as they may be, and more of them than fit.
    #[test]
    fn a_rollup_stays_small() {
        let mut all = Summary::default();
        for number in 0..500_u64 {
            let long = |letter: &str, length: usize| format!("{number}{}", letter.repeat(length));
            all.merge(Summary {
                clusters: u64::MAX / 1000,
                members: u64::MAX / 1000,
                members_ready: u64::MAX / 1000,
                health: BTreeMap::from([(Health::Down, u64::MAX / 1000)]),
                hibernated: u64::MAX / 1000,
                versions: BTreeMap::from([(long("v", 4000), u64::MAX / 1000)]),
                images: BTreeMap::from([(long("ö", 4000), u64::MAX / 1000)]),
                lag: BTreeMap::from([(lag_bucket(1 << (number % 60)), u64::MAX / 1000)]),
                sizes: BTreeMap::from([(size_bucket(1 << (number % 60)), u64::MAX / 1000)]),
                worst: vec![Problem {
                    health: Health::Down,
                    namespace: long("n", 60),
                    name: long("m", 250),
                    cluster_uid: "01234567-0123-0123-0123-0123456789ab".to_owned(),
                    reason: long("😀", 4000),
                    since: Some(Time("2026-11-21T12:00:00.123456Z".parse().expect("a time"))),
                }],
            });
        }
        let report = RollupReport {
            summary: all.bounded(),
            ..RollupReport::default()
        };
        assert_eq!(
            report.summary.clone().bounded().worst,
            report.summary.worst,
            "cut once"
        );
        let text = serde_json::to_string(&Rollup::new(NAME, report)).expect("JSON");
        // The API server adds who holds which field: the keys of the maps once more.
        assert!(text.len() < 48 << 10, "{} bytes", text.len());
    }

    #[test]
    fn buckets() {
        let gib = 1 << 30;
        let sizes = [
            (0, gib),
            (gib, gib),
            (gib + 1, 4 * gib),
            (100 * gib, 256 * gib),
        ];
        for (bytes, bucket) in sizes {
            assert_eq!(size_bucket(bytes), bucket, "{bytes}");
        }
        assert_eq!(size_bucket(u64::MAX), 1 << 46);
    }
}
