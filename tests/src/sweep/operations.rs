//! What a controller is killed in.

use serde_json::{Value, json};

use crate::manifest;

/// The cluster of every run that something is asked of.
pub const CLUSTER: &str = "main";
/// The one beside it, where there is one.
pub const BESIDE: &str = "beside";

/// Something that a controller carries out in several writes.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Its name.
    pub name: &'static str,
    /// The members of the cluster that it begins with; `None` = there is none.
    pub before: Option<i64>,
    /// What a cluster beside it is to it; `None` = there is none.
    pub beside: Option<Beside>,
    /// What is asked for.
    pub act: Act,
    /// The word that an operation ends with.
    pub ends: &'static str,
    /// Whether the finalizer is on the cluster.
    pub finalizer: bool,
}

/// What another cluster of the namespace, with one member, is to the one that something is asked of.
#[derive(Clone, Copy, Debug)]
pub enum Beside {
    /// It is copied.
    Origin,
    /// It is followed.
    Source,
    /// It takes part in the rollout.
    Target,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// A manifest, with this many members.
    Create(i64),
    /// A change of the manifest.
    Patch(fn() -> Value),
    /// An operation; the primary is `main-0`.
    Ask(fn() -> Value),
    /// A rollout: the same on both clusters, one after the other.
    Roll(fn() -> Value),
    /// A new password of this role.
    Rotate(&'static str),
    /// A change of the operator configuration.
    Configure(fn() -> Value),
    /// The cluster is given back to another controller.
    Release,
    /// A cluster that another controller has is taken over.
    Adopt,
    /// The end, of what these words name too (`pgfleet.io/delete-with`).
    Delete(&'static str),
}

impl Operation {
    /// On a cluster with so many members, alone in its namespace.
    pub const fn new(name: &'static str, before: Option<i64>, act: Act) -> Self {
        Self {
            name,
            before,
            beside: None,
            act,
            ends: "Done",
            finalizer: true,
        }
    }

    /// The same without the finalizer.
    pub const fn without_finalizer(self) -> Self {
        Self {
            finalizer: false,
            ..self
        }
    }

    /// The same beside another cluster.
    const fn beside(self, what: Beside) -> Self {
        Self {
            beside: Some(what),
            ..self
        }
    }

    /// The same where that does not come about.
    const fn ends(self, word: &'static str) -> Self {
        Self { ends: word, ..self }
    }
}

/// How an upgrade ends whose primary could not be converted.
pub const UNDONE: &str = "NotConverted";

/// All of them.
pub const OPERATIONS: [Operation; 29] = [
    Operation::new("create", None, Act::Create(2)),
    Operation::new("clone", None, Act::Create(2)).beside(Beside::Origin),
    Operation::new("standby", None, Act::Create(2)).beside(Beside::Source),
    Operation::new(
        "promotion",
        Some(2),
        Act::Patch(|| json!({"spec": {"standby": null}})),
    )
    .beside(Beside::Source),
    Operation::new(
        "scale-up",
        Some(1),
        Act::Patch(|| json!({"spec": {"numberOfInstances": 3}})),
    ),
    Operation::new(
        "scale-down",
        Some(3),
        Act::Patch(|| json!({"spec": {"numberOfInstances": 1}})),
    ),
    Operation::new(
        "switchover",
        Some(2),
        Act::Ask(|| json!({"switchover": {}})),
    ),
    Operation::new(
        "failover",
        Some(2),
        Act::Ask(|| json!({"failover": {"acceptDataLoss": true}})),
    ),
    Operation::new("restart", Some(3), Act::Ask(|| json!({"restart": {}}))),
    Operation::new(
        "reinit",
        Some(3),
        Act::Ask(|| json!({"reinit": {"member": "main-2"}})),
    ),
    Operation::new("reload", Some(2), Act::Ask(|| json!({"reload": {}}))),
    Operation::new(
        "maintenance",
        Some(2),
        Act::Ask(|| json!({"maintenance": {"on": true}})),
    ),
    Operation::new(
        "users",
        Some(2),
        Act::Patch(|| {
            json!({"spec": {
                "users": {"late": ["createrole"], "reader": ["createdb"]},
                "databases": {"late": "late", "app": "reader"},
            }})
        }),
    ),
    Operation::new("rotate", Some(2), Act::Rotate("app")),
    Operation::new(
        "image",
        Some(3),
        Act::Patch(|| json!({"spec": {"dockerImage": "docker.io/lab/another:1"}})),
    ),
    Operation::new(
        "upgrade-image",
        Some(3),
        Act::Ask(|| json!({"upgrade": {"image": "docker.io/lab/another:1"}})),
    ),
    Operation::new(
        "upgrade-major",
        Some(3),
        Act::Ask(|| json!({"upgrade": {"to": "18"}})),
    ),
    Operation::new(
        "upgrade-undone",
        Some(3),
        Act::Ask(|| json!({"upgrade": {"to": "18"}})),
    )
    .ends(UNDONE),
    Operation::new(
        "upgrade-raised",
        Some(3),
        Act::Patch(|| json!({"spec": {"postgresql": {"version": "18"}}})),
    ),
    Operation::new("rollout", Some(2), Act::Roll(|| json!({"restart": {}}))).beside(Beside::Target),
    Operation::new(
        "parameter",
        Some(3),
        Act::Patch(|| {
            let parameters = json!({"max_connections": "60", "work_mem": "8MB"});
            json!({"spec": {"postgresql": {"parameters": parameters}}})
        }),
    ),
    Operation::new(
        "volume",
        Some(2),
        Act::Patch(|| json!({"spec": {"volume": {"size": "2Gi"}}})),
    ),
    Operation::new(
        "configuration",
        Some(2),
        Act::Configure(|| json!({"custom_service_annotations": "owner:dba"})),
    ),
    Operation::new("release", Some(2), Act::Release),
    Operation::new("adopt", Some(2), Act::Adopt),
    Operation::new("delete", Some(2), Act::Delete("")),
    Operation::new("delete-all", Some(2), Act::Delete("data,secrets")),
    Operation::new("delete-without-finalizer", Some(2), Act::Delete("")).without_finalizer(),
    Operation::new(
        "delete-all-without-finalizer",
        Some(2),
        Act::Delete("data,secrets"),
    )
    .without_finalizer(),
];

/// The manifest that all of them begin with.
pub fn spec(members: i64) -> Value {
    manifest::with(
        members,
        json!({
            "users": {"app": ["createdb"], "reader": []},
            "databases": {"app": "app"},
        }),
    )
}
