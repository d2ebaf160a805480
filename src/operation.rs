//! `Operation`: one imperative act on one Postgres cluster, which survives the death of whoever
//! asked for it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::postgresql::Postgresql;

/// One act on one Postgres cluster. The specification never changes; the status tells how it went.
#[derive(Clone, CustomResource, Debug, Deserialize, PartialEq, Serialize, KubeSchema)]
#[kube(
    group = "pgfleet.io",
    version = "v1alpha1",
    kind = "Operation",
    plural = "operations",
    shortname = "pgop",
    namespaced,
    status = "OperationStatus",
    derive = "PartialEq",
    printcolumn(name = "Cluster", type_ = "string", json_path = ".spec.target.name"),
    printcolumn(name = "Action", type_ = "string", json_path = ".status.action"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "By", type_ = "string", json_path = ".spec.requestedBy"),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.message",
        priority = 1
    )
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = ("self == oldSelf", "an operation cannot be changed; create another one"),
    validation = (
        "!has(self.action.switchover) || (has(self.expect) && has(self.expect.primary))",
        "a switchover says in expect.primary which primary it saw"
    ),
    validation = (
        "!has(self.action.upgrade) || has(self.action.upgrade.to) != has(self.action.upgrade.image)",
        "an upgrade names a major version or an image, and not both"
    )
)]
pub struct OperationSpec {
    /// The Postgres cluster, in the operation's namespace.
    pub target: Target,
    /// What to do; exactly one.
    pub action: Action,
    /// What the asker saw; when it no longer holds the operation ends as Superseded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
    /// User who asked; admission holds it equal to the real one.
    #[schemars(length(min = 1))]
    pub requested_by: String,
    /// Why, in the asker's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Not started within this time after its creation, it ends as Expired.
    #[serde(default = "start_within_default")]
    #[schemars(range(min = 1, max = 604_800))]
    pub start_within_seconds: i64,
    /// Waits for other work on the same cluster instead of being refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub queue: bool,
    /// The rollout that it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<OfRollout>,
}

/// Which rollout, and who asked for it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
pub struct OfRollout {
    /// Its id.
    #[schemars(length(min = 1))]
    pub id: String,
    /// Generation of the driver.
    pub epoch: i64,
    /// Wave of the target.
    pub wave: u32,
}

fn start_within_default() -> i64 {
    600
}

/// The Postgres cluster that is meant: this one and no later one of the same name.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
pub struct Target {
    /// Its name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Its uid.
    #[schemars(length(min = 1))]
    pub uid: String,
}

/// What the asker saw when asking.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
pub struct Expect {
    /// The primary's pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<String>,
    /// The timeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline: Option<i64>,
}

/// The acts. The name of each is the RBAC verb on `postgresqls` that it needs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// Planned change of primary.
    Switchover(Switchover),
    /// Emergency change of primary.
    Failover(Failover),
    /// Restart of PostgreSQL in one or all members, replicas first.
    Restart(Restart),
    /// A replica's data is thrown away and copied again.
    Reinit(Reinit),
    /// Members read their configuration again.
    Reload(Reload),
    /// Patroni's pause: nobody is promoted, demoted or restarted but by hand.
    Maintenance(Maintenance),
    /// A newer PostgreSQL: another image, or another major version.
    Upgrade(Upgrade),
    /// Fields of the manifest, written and carried out. Needs the right to patch it.
    Set(Set),
}

impl Action {
    /// Whether a manifest still says what this act wrote into it.
    pub fn is_in(&self, manifest: &Postgresql) -> bool {
        match self {
            Self::Upgrade(asked) => {
                let image = asked.image.as_ref();
                let version = asked.to.as_ref();
                image.is_none_or(|image| manifest.spec.docker_image.as_ref() == Some(image))
                    && version.is_none_or(|to| manifest.spec.postgresql.version == *to)
            }
            Self::Set(asked) => asked.is_in(manifest),
            _ => true,
        }
    }

    /// The verb: for rights, messages and columns.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Switchover(_) => "switchover",
            Self::Failover(_) => "failover",
            Self::Restart(_) => "restart",
            Self::Reinit(_) => "reinit",
            Self::Reload(_) => "reload",
            Self::Maintenance(_) => "maintenance",
            Self::Upgrade(_) => "upgrade",
            Self::Set(_) => "set",
        }
    }
}

/// Fields of the manifest.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
pub struct Set {
    /// Which, and what they shall say.
    #[schemars(length(min = 1, max = 100))]
    pub fields: Vec<SetField>,
}

/// One field of the manifest.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
pub struct SetField {
    /// Where it is under `spec`.
    #[schemars(length(min = 1, max = 20))]
    pub path: Vec<String>,
    /// What it shall say, as JSON; without it the field is taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl SetField {
    fn json(&self) -> Option<Value> {
        match &self.value {
            None => Some(Value::Null),
            Some(text) => serde_json::from_str(text).ok(),
        }
    }
}

impl Set {
    /// What is merged into `spec`; nothing where a value is no JSON.
    pub fn patch(&self) -> Option<Value> {
        let mut patch = Value::Null;
        for field in &self.fields {
            let mut here = &mut patch;
            for part in &field.path {
                if !here.is_object() {
                    *here = Value::Object(serde_json::Map::new());
                }
                here = &mut here[part.as_str()];
            }
            *here = field.json()?;
        }
        Some(patch)
    }

    /// Whether a manifest says it.
    pub fn is_in(&self, manifest: &Postgresql) -> bool {
        let Ok(spec) = serde_json::to_value(&manifest.spec) else {
            return false;
        };
        self.fields.iter().all(|field| {
            let path = &mut field.path.iter();
            let found = path.try_fold(&spec, |value, part| value.get(part));
            field
                .json()
                .is_some_and(|value| found.unwrap_or(&Value::Null) == &value)
        })
    }
}

/// Planned change of primary.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
pub struct Switchover {
    /// The pod that becomes primary; without it the best replica.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// Emergency change of primary.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failover {
    /// The pod that becomes primary; without it the most advanced replica.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Acknowledged rows that only the old primary has may be lost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_data_loss: bool,
}

/// Restart of PostgreSQL, replicas first.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Restart {
    /// Only this pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Only members that wait for a restart to take up a parameter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub if_pending: bool,
}

/// A replica is copied again from the primary.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
pub struct Reinit {
    /// The replica's pod.
    #[schemars(length(min = 1))]
    pub member: String,
}

/// Members read their configuration again.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
pub struct Reload {}

/// Patroni's pause.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
pub struct Maintenance {
    /// Whether it is to be paused from now on.
    pub on: bool,
}

/// A newer PostgreSQL, of one of two kinds.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Upgrade {
    /// The major version: the data is converted in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[1-9][0-9]$"))]
    pub to: Option<String>,
    /// The image: members are made anew from it, replicas first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub image: Option<String>,
    /// Only looks whether it can be done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub check: bool,
    /// Nothing need be kept by which the old version could be had back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_way_back: bool,
}

/// How an operation went.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationStatus {
    /// Where it is.
    #[serde(default)]
    pub phase: Phase,
    /// The act, as a column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// One sentence for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// A word for a program: why it ended as it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was done, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// When it took the cluster's slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// The primary when it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_before: Option<String>,
    /// The timeline when it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline_before: Option<i64>,
    /// The primary when it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_after: Option<String>,
}

/// One step of an operation.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What it does, with its object: `restart main-1`.
    pub name: String,
    /// When it began.
    pub started_at: Time,
    /// What was there before, by which its end is recognized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// When it was seen done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
}

/// Phase of an operation. Once an end is written it stays.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize, JsonSchema)]
pub enum Phase {
    /// Not looked at yet.
    #[default]
    Pending,
    /// Waits for other work on the cluster.
    Queued,
    /// Holds the cluster's slot.
    Running,
    /// Done, and seen to be.
    Succeeded,
    /// Tried, and did not come about.
    Failed,
    /// Not started in time; nothing was done.
    Expired,
    /// What the asker saw no longer held; nothing was done.
    Superseded,
    /// Not allowed now (other work, a guard rail, a policy); nothing was done.
    Refused,
    /// Taken back before its point of no return.
    Cancelled,
}

impl Phase {
    /// Whether nothing more will happen.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Queued | Self::Running)
    }
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Pending => "Pending",
            Self::Queued => "Queued",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Expired => "Expired",
            Self::Superseded => "Superseded",
            Self::Refused => "Refused",
            Self::Cancelled => "Cancelled",
        })
    }
}
