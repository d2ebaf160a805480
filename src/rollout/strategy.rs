//! In which manner: how targets are cut into waves, how many at once, what is waited for between.

use std::{fmt, num::NonZeroU32, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// In which manner a rollout goes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Strategy {
    /// So many go first, alone, and none of them may fail.
    #[serde(default)]
    pub canary: u32,
    /// How the others are cut.
    #[serde(default)]
    pub waves: Cut,
    /// How many at once, over all.
    #[serde(default = "tenth")]
    pub max_parallel: Amount,
    /// How many at once in one Kubernetes cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_per_context: Option<NonZeroU32>,
    /// It stops when more than so many have failed.
    #[serde(default)]
    pub max_failures: u32,
    /// What has to hold between two waves, beside that all are healthy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
    /// So long all have to be healthy before the next wave.
    #[serde(default)]
    pub soak_seconds: u32,
    /// What takes longer has failed.
    #[serde(default = "half_an_hour")]
    pub deadline_seconds: u32,
    /// Something starts only then: `Sat:01:00-05:00` or `01:00-05:00`, UTC; none: always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<String>,
    /// What becomes of the others while a Kubernetes cluster does not answer.
    #[serde(default)]
    pub offline: Offline,
}

fn tenth() -> Amount {
    Amount::Percent(10)
}

fn half_an_hour() -> u32 {
    1800
}

impl Default for Strategy {
    fn default() -> Self {
        Self {
            canary: 1,
            waves: Cut::default(),
            max_parallel: tenth(),
            max_per_context: None,
            max_failures: 0,
            gates: Vec::new(),
            soak_seconds: 600,
            deadline_seconds: half_an_hour(),
            windows: Vec::new(),
            offline: Offline::Wait,
        }
    }
}

impl Strategy {
    /// How many may fail while this wave is the newest.
    pub fn may_fail(&self, wave: u32) -> usize {
        match (wave, self.canary) {
            (0 | 1, 1..) => 0,
            _ => self.max_failures as usize,
        }
    }
}

/// How targets are cut into waves.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Cut {
    /// So many in each, of all; the last one takes what is left.
    Sizes(Vec<Amount>),
    /// A wave for each Kubernetes cluster.
    Contexts {},
    /// A wave for each value of a label of the targets.
    Label(String),
}

impl Default for Cut {
    fn default() -> Self {
        Self::Sizes(vec![Amount::Percent(25)])
    }
}

/// What becomes of the others while a Kubernetes cluster does not answer.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Offline {
    /// Nothing new starts anywhere; after the deadline its targets have failed.
    #[default]
    Wait,
    /// They go on without it.
    Skip,
}

/// A question between two waves.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Gate {
    /// A person says yes.
    Approval {},
    /// Each has a leader that takes writes; of a standby, one that follows its source.
    Leader {},
    /// No replica lacks more than so many bytes.
    Lag(u64),
    /// WAL is archived, where it is to be.
    Archiving {},
    /// At most so many percent of the connections are in use.
    Connections(u32),
    /// At most so many lines of level ERROR, FATAL or PANIC in PostgreSQL's logs since each was
    /// done.
    Log(u32),
    /// A query that answers true on each primary of the wave.
    Sql(String),
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approval {} => f.write_str("approval"),
            Self::Leader {} => f.write_str("leader"),
            Self::Log(lines) => write!(f, "log={lines}"),
            Self::Lag(bytes) => write!(f, "lag={bytes}"),
            Self::Archiving {} => f.write_str("archiving"),
            Self::Connections(percent) => write!(f, "connections={percent}%"),
            Self::Sql(query) => write!(f, "sql={query}"),
        }
    }
}

/// A number, or a share of all: rounded down, but at least one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Amount {
    /// So many.
    Count(u32),
    /// So many in a hundred.
    Percent(u32),
}

impl Amount {
    /// How many of these.
    pub fn of(self, all: usize) -> usize {
        match self {
            Self::Count(count) => (count as usize).max(1),
            Self::Percent(percent) => (all * percent as usize / 100).max(1),
        }
    }
}

/// What is no amount.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0:?} is neither a number from 1 nor a share from 1% to 100%")]
pub struct NoAmount(String);

impl FromStr for Amount {
    type Err = NoAmount;

    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let no = || NoAmount(text.to_owned());
        let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
        match text.strip_suffix('%') {
            Some(percent) => number(percent)
                .filter(|percent| *percent <= 100)
                .map(Self::Percent),
            None => number(text).map(Self::Count),
        }
        .ok_or_else(no)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^([1-9][0-9]{0,5}|[1-9][0-9]?%|100%)$",
        })
    }
}
