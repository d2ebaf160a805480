//! What a controller is killed in.

use serde_json::{Value, json};

use crate::manifest;

/// Something that a controller carries out in several writes.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name.
    pub name: &'static str,
    /// The members of the cluster that it begins with; `None` = there is none.
    pub before: Option<i64>,
    /// What is asked for.
    pub act: Act,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub enum Act {
    /// A manifest, with this many members.
    Create(i64),
    /// A change of the manifest.
    Patch(fn() -> Value),
    /// An operation; the primary is `main-0`.
    Ask(fn() -> Value),
    /// A change of the operator configuration.
    Configure(fn() -> Value),
    /// The cluster is given back to another controller.
    Release,
    /// A cluster that another controller has is taken over.
    Adopt,
    /// The end.
    Delete,
}

/// All of them.
pub const OPERATIONS: [Operation; 18] = [
    Operation {
        name: "create",
        before: None,
        act: Act::Create(2),
    },
    Operation {
        name: "scale-up",
        before: Some(1),
        act: Act::Patch(|| json!({"spec": {"numberOfInstances": 3}})),
    },
    Operation {
        name: "scale-down",
        before: Some(3),
        act: Act::Patch(|| json!({"spec": {"numberOfInstances": 1}})),
    },
    Operation {
        name: "switchover",
        before: Some(2),
        act: Act::Ask(|| json!({"switchover": {}})),
    },
    Operation {
        name: "failover",
        before: Some(2),
        act: Act::Ask(|| json!({"failover": {"acceptDataLoss": true}})),
    },
    Operation {
        name: "restart",
        before: Some(3),
        act: Act::Ask(|| json!({"restart": {}})),
    },
    Operation {
        name: "reinit",
        before: Some(3),
        act: Act::Ask(|| json!({"reinit": {"member": "main-2"}})),
    },
    Operation {
        name: "reload",
        before: Some(2),
        act: Act::Ask(|| json!({"reload": {}})),
    },
    Operation {
        name: "maintenance",
        before: Some(2),
        act: Act::Ask(|| json!({"maintenance": {"on": true}})),
    },
    Operation {
        name: "users",
        before: Some(2),
        act: Act::Patch(|| {
            json!({"spec": {
                "users": {"late": ["createrole"], "reader": ["createdb"]},
                "databases": {"late": "late", "app": "reader"},
            }})
        }),
    },
    Operation {
        name: "image",
        before: Some(3),
        act: Act::Patch(|| json!({"spec": {"dockerImage": "docker.io/lab/another:1"}})),
    },
    Operation {
        name: "upgrade-image",
        before: Some(3),
        act: Act::Ask(|| json!({"upgrade": {"image": "docker.io/lab/another:1"}})),
    },
    Operation {
        name: "parameter",
        before: Some(3),
        act: Act::Patch(|| {
            let parameters = json!({"max_connections": "60", "work_mem": "8MB"});
            json!({"spec": {"postgresql": {"parameters": parameters}}})
        }),
    },
    Operation {
        name: "volume",
        before: Some(2),
        act: Act::Patch(|| json!({"spec": {"volume": {"size": "2Gi"}}})),
    },
    Operation {
        name: "configuration",
        before: Some(2),
        act: Act::Configure(|| json!({"custom_service_annotations": "owner:dba"})),
    },
    Operation {
        name: "release",
        before: Some(2),
        act: Act::Release,
    },
    Operation {
        name: "adopt",
        before: Some(2),
        act: Act::Adopt,
    },
    Operation {
        name: "delete",
        before: Some(2),
        act: Act::Delete,
    },
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
