//! The custom resource: one slice of a rollout in each Kubernetes cluster that has targets, under
//! the same name everywhere.
//!
//! `spec.plan` is written once, by whoever planned. `spec.control` is written by plugins, always
//! for the version that they have read. `status` is written by that cluster's controller alone.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::strategy::Strategy;
use crate::operation::Action;

/// Most targets of one slice.
pub const MOST_TARGETS: usize = 1000;
/// Largest slice with all that is said of its targets, as JSON.
pub const MOST_SLICE_BYTES: usize = 512 << 10;

/// One slice of a rollout: what it does in this Kubernetes cluster, and how far it is.
#[derive(Clone, CustomResource, Debug, Deserialize, PartialEq, Serialize, KubeSchema)]
#[kube(
    group = "pgfleet.io",
    version = "v1alpha1",
    kind = "Rollout",
    plural = "rollouts",
    shortname = "pgro",
    namespaced,
    status = "RolloutStatus",
    derive = "PartialEq",
    printcolumn(
        name = "Desired",
        type_ = "string",
        json_path = ".spec.control.desired"
    ),
    printcolumn(name = "Wave", type_ = "integer", json_path = ".spec.control.wave"),
    printcolumn(
        name = "Succeeded",
        type_ = "integer",
        json_path = ".status.counts.succeeded"
    ),
    printcolumn(
        name = "Failed",
        type_ = "integer",
        json_path = ".status.counts.failed"
    ),
    printcolumn(name = "By", type_ = "string", json_path = ".spec.plan.requestedBy"),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    )
)]
#[x_kube(
    validation = ("self.plan == oldSelf.plan", "the plan of a rollout cannot be changed; make another one"),
    validation = ("self.control.epoch >= oldSelf.control.epoch", "the epoch of a rollout only grows"),
    validation = ("self.control.wave >= oldSelf.control.wave", "an opened wave stays open"),
    validation = (
        "oldSelf.control.desired != 'Abort' || self.control.desired == 'Abort'",
        "an aborted rollout stays aborted"
    )
)]
pub struct RolloutSpec {
    /// What is to be done, where, in which order.
    pub plan: SlicePlan,
    /// Who drives it, and whether it may go on.
    #[serde(default)]
    pub control: Control,
}

/// The part of a plan that one Kubernetes cluster has to know.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlicePlan {
    /// What is done to each target.
    pub action: Action,
    /// Hash of the whole plan; the same in every slice.
    #[schemars(length(max = 64))]
    pub plan_hash: String,
    /// User who asked, as this Kubernetes cluster knows them.
    #[schemars(length(min = 1))]
    pub requested_by: String,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The program that made the plan.
    #[serde(default)]
    pub created_by: String,
    /// In which manner.
    pub strategy: Strategy,
    /// All Kubernetes clusters that take part, sorted by uid; nobody learns names of targets that
    /// are not his own.
    #[schemars(length(min = 1, max = 1000))]
    pub participants: Vec<Participant>,
    /// Which of them this one is.
    #[serde(rename = "clusterUID")]
    pub cluster_uid: String,
    /// The targets here.
    #[schemars(length(min = 1, max = 1000))]
    pub targets: Vec<Target>,
}

/// A Kubernetes cluster that takes part.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// Uid of its namespace kube-system: contexts have other names on other machines.
    #[serde(rename = "clusterUID")]
    pub cluster_uid: String,
    /// What the planner called it.
    #[serde(default)]
    pub hint: String,
    /// How many targets it has in each wave.
    pub waves: Vec<u32>,
    /// Hash of its targets.
    pub slice_hash: String,
}

/// One Postgres cluster that something is done to.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Its wave, from 1.
    #[schemars(range(min = 1))]
    pub wave: u32,
    /// Its place among all targets of all slices.
    pub order: u32,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid: this one and no later one of the same name.
    #[schemars(length(min = 8))]
    pub uid: String,
    /// Generation of the manifest that was planned on.
    pub generation: i64,
    /// What it is now, in a word such as its version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// What it will be.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// No two of a group are in one wave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Who drives a rollout, and whether it may go on. The same in all slices, but for a moment.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Control {
    /// Generation of the driver; 0: nobody has driven it yet.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub epoch: i64,
    /// The process that drives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<Driver>,
    /// Whether it may go on.
    #[serde(default)]
    pub desired: Desired,
    /// Orders the words of several people: the highest counts.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub desired_seq: i64,
    /// Whose word that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Participants that were given up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<String>,
    /// The highest wave that was opened.
    #[serde(default)]
    pub wave: u32,
    /// What was found between waves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Finding>,
    /// What people said of single targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Word>,
    /// When the last target was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
}

/// Whether a rollout may go on.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Deserialize,
    Eq,
    Hash,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
    JsonSchema,
)]
pub enum Desired {
    /// It goes on.
    Run,
    /// Nothing new starts.
    #[default]
    Pause,
    /// Nothing new starts, ever.
    Abort,
}

/// The process that drives a rollout.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Driver {
    /// Unlike that of any other process.
    pub id: String,
    /// Whose it is.
    #[serde(default)]
    pub user: String,
    /// Where it runs.
    #[serde(default)]
    pub host: String,
    /// When it was last heard of, by this Kubernetes cluster's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed_at: Option<Time>,
}

/// What was found at a gate.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Behind this wave.
    pub wave: u32,
    /// Which gate.
    pub gate: String,
    /// Whether it lets the rollout through.
    pub passed: bool,
    /// What was seen, of targets of others only how many said no; or who let it through.
    #[serde(default)]
    pub evidence: String,
    /// Under which driver; a later one looks again at what did not pass.
    #[serde(default)]
    pub epoch: i64,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
}

/// What a person said of one target.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Word {
    /// The target.
    pub uid: String,
    /// It is left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip: bool,
    /// What failed up to this attempt is tried again, and what is late waited for once more.
    #[serde(default)]
    pub retry: u32,
    /// Who said so.
    #[serde(default)]
    pub by: String,
    /// When, by this Kubernetes cluster's clock: what is late gets its deadline once more from then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
}

/// How far a slice is.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutStatus {
    /// Whether its targets are its own; nothing: the controller has not looked yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Claimed>,
    /// Each target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetStatus>,
    /// How many are how.
    #[serde(default)]
    pub counts: Counts,
    /// Operations of older epochs are refused.
    #[serde(default)]
    pub fenced_epoch: i64,
    /// When nothing more was to come of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
}

/// Whether the targets of a slice are its own.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Claimed {
    /// They are.
    pub held: bool,
    /// Else the rollout that has some of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Some of these, as namespace/name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
}

/// How one target is.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetStatus {
    /// Which.
    pub uid: String,
    /// In a word.
    #[serde(default)]
    pub state: State,
    /// The newest operation on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Which attempt that is.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u32,
    /// Why it is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the operation began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// Since when it has been healthy after that, without a break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthy_since: Option<Time>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// State of a target.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Deserialize,
    Eq,
    Hash,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
    JsonSchema,
)]
pub enum State {
    /// Its turn has not come.
    #[default]
    Pending,
    /// An operation is asked for.
    Running,
    /// Done, and seen to be.
    Succeeded,
    /// Tried, and did not come about.
    Failed,
    /// Nobody can tell: its Kubernetes cluster does not answer.
    Unknown,
    /// Left out.
    Skipped,
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
            Self::Skipped => "Skipped",
        })
    }
}

impl std::fmt::Display for Desired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Run => "Run",
            Self::Pause => "Pause",
            Self::Abort => "Abort",
        })
    }
}

/// How many targets are how.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Whose turn has not come.
    #[serde(default)]
    pub pending: u32,
    /// With an operation.
    #[serde(default)]
    pub running: u32,
    /// Done.
    #[serde(default)]
    pub succeeded: u32,
    /// Not come about.
    #[serde(default)]
    pub failed: u32,
    /// Nobody can tell.
    #[serde(default)]
    pub unknown: u32,
    /// Left out.
    #[serde(default)]
    pub skipped: u32,
}

impl Counts {
    /// Counts.
    pub fn of(states: impl IntoIterator<Item = State>) -> Self {
        let mut counts = Self::default();
        for state in states {
            *match state {
                State::Pending => &mut counts.pending,
                State::Running => &mut counts.running,
                State::Succeeded => &mut counts.succeeded,
                State::Failed => &mut counts.failed,
                State::Unknown => &mut counts.unknown,
                State::Skipped => &mut counts.skipped,
            } += 1;
        }
        counts
    }

    /// All of them.
    pub fn total(self) -> u32 {
        self.pending + self.running + self.succeeded + self.failed + self.unknown + self.skipped
    }
}
