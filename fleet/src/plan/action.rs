//! Actions: each is one effect, idempotent, and carries what it expects to find.

use std::{collections::BTreeMap, time::Duration};

use pg_core::{
    operation::{OperationSpec, OperationStatus},
    postgresql::status::{PostgresqlStatus, SourceStatus},
};

use super::adoption::Way;
use crate::{
    desired::{Child, RoleSecret},
    node::upgrade::script,
    plan::{roles::Wish, rotation::Rotation},
};

/// One effect.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Puts our finalizer on the manifest.
    AddFinalizer,
    /// Takes our finalizer off the manifest: the end of a deletion. Where the manifest is gone, what
    /// was written down of it goes.
    RemoveFinalizer,
    /// Takes our finalizer off a manifest that nobody deletes.
    TakeOffFinalizer,
    /// Writes down that a manifest was deleted, once it is proved live that it is gone, and by itself:
    /// not with its namespace, nor with the definition of its kind.
    RecordDeletion,
    /// Takes back what was written down of another manifest under this name.
    DropRecord {
        /// Its name.
        name: String,
        /// Its identity.
        uid: String,
    },
    /// Makes sure that a secret exists; one that does is left as it is.
    EnsureSecret(RoleSecret),
    /// Applies a child server-side.
    Apply(Child),
    /// Puts fields of an object into other hands: ours, or Zalando's operator's.
    MoveFields {
        /// `StatefulSet`, `Service` …
        kind: &'static str,
        /// Its name.
        name: String,
        /// Its identity.
        uid: String,
        /// Which way.
        way: Way,
    },
    /// Writes this status, and no other word.
    SetStatus(Box<PostgresqlStatus>),
    /// Names the controller that goes on with the cluster, and ends the release.
    HandOver(String),
    /// Deletes an object, this one and no later one of the same name.
    Delete {
        /// `StatefulSet`, `Service` …
        kind: &'static str,
        /// Its name.
        name: String,
        /// Its identity.
        uid: String,
        /// Whether what belongs to it stays.
        orphan: bool,
    },
    /// Deletes a volume claim, and with it the data, once the manifest, read live, proves that it
    /// is the one that is being deleted.
    DeleteClaim {
        /// Its name.
        name: String,
        /// Its identity.
        uid: String,
        /// Identity of the manifest.
        of: String,
    },
    /// Deletes a secret of a role.
    DeleteSecret {
        /// Its namespace, which may be another than the cluster's.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// Deletes the Secret that lent this cluster its source's password, if it is this cluster's.
    ReturnLoan(String),
    /// Asks members how they are (`GET /patroni`), all at once.
    Ask(Vec<String>),
    /// Asks the primary what its replicas lack, in one query.
    AskReplication(String),
    /// Asks the server that this cluster followed whether it is still a primary.
    AskSource(SourceStatus),
    /// Reads the leader object live.
    ReadLeader,
    /// Reads the object that names the synchronous standbys live.
    ReadSync,
    /// Reads an operation live: the answer to its last write was lost.
    ReadOperation(String),
    /// Reads the slice of a rollout live, for the sake of one of its operations.
    ReadRollout {
        /// The rollout.
        id: String,
        /// The operation.
        operation: String,
    },
    /// Looks for a child live: a late watch may not have told of it yet.
    LookFor {
        /// `StatefulSet` …
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Looks whether the namespace of a cluster is being deleted.
    LookAtNamespace,
    /// Lists live what there is of a cluster: watches may be late.
    LookAround,
    /// Reads what a pod was made from: a ControllerRevision, by name.
    ReadRevision(String),
    /// Deletes a member's pod, this one and no later one of the same name: it comes back from the
    /// StatefulSet's template, on its volume. The leader is read live just before.
    RestartPod {
        /// The pod.
        pod: String,
        /// Its identity.
        uid: String,
        /// The version that was judged, where it goes because it does not run: a watch may be
        /// late, and it runs by now.
        version: Option<String>,
        /// Who must hold the lock, read live just before.
        expect: Holder,
    },
    /// Changes Patroni's dynamic configuration: a merge patch, `null` takes out.
    PatchConfig {
        /// The member whose REST API is called.
        member: String,
        /// What to change.
        patch: serde_json::Value,
    },
    /// Changes the manifest, if it is still at this version: a merge patch of its `spec`.
    EditManifest {
        /// The version that was decided on.
        resource_version: String,
        /// What to change.
        spec: serde_json::Value,
    },
    /// Writes annotations of the manifest; `None` takes one away.
    Annotate(BTreeMap<String, Option<String>>),
    /// Asks for an operation, in the controller's own name. One of that name is this one.
    AskFor {
        /// Its name.
        name: String,
        /// What for; who asks is filled in.
        operation: Box<OperationSpec>,
    },
    /// Writes annotations to a pod or a volume claim, this one and no later one of the same name;
    /// what is not named stays.
    Note {
        /// `Pod` or `PersistentVolumeClaim`.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Its identity.
        uid: String,
        /// What to write; `None` takes one away.
        annotations: BTreeMap<String, Option<String>>,
    },
    /// Asks for a larger volume.
    GrowClaim {
        /// The claim.
        name: String,
        /// Its identity.
        uid: String,
        /// The size.
        size: String,
    },
    /// Takes the role label off a pod, with uid and version as preconditions.
    TakeRoleLabel {
        /// The pod.
        pod: String,
        /// Its identity.
        uid: String,
        /// The version that was judged.
        resource_version: String,
    },
    /// Looks whether the admission policies are in place.
    CheckPolicies,
    /// Asks Patroni for something that harms; the leader is read live just before and must be
    /// the expected one.
    Patroni(PatroniCall),
    /// Orders a step of an upgrade inside a pod.
    Order(Order),
    /// Makes roles and databases as wished.
    SettleRoles(Wish),
    /// Gives a role a new password, once for a request: in its Secret, then in the database.
    RotatePassword(Rotation),
    /// Writes an operation's status, if it is still at this version.
    WriteOperation {
        /// The operation.
        name: String,
        /// The version that was decided on.
        resource_version: String,
        /// What to write.
        status: Box<OperationStatus>,
    },
}

impl Action {
    /// What it is about: by this it is known again when it failed.
    pub fn what(&self) -> String {
        match self {
            Self::Apply(child) => format!("apply {} {}", child.kind.kind(), child.name),
            Self::EnsureSecret(secret) => format!("ensure secret {}", secret.name),
            Self::MoveFields { kind, name, .. } => format!("move fields of {kind} {name}"),
            Self::Delete { kind, name, .. } => format!("delete {kind} {name}"),
            Self::Note { kind, name, .. } => format!("annotate {kind} {name}"),
            Self::DeleteClaim { name, .. } => format!("delete PersistentVolumeClaim {name}"),
            Self::DeleteSecret { namespace, name } => {
                format!("delete Secret {namespace}/{name}")
            }
            Self::RotatePassword(rotation) => format!("rotate password of {}", rotation.role),
            other => other.name().to_owned(),
        }
    }

    /// Its kind, for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AddFinalizer => "add finalizer",
            Self::RemoveFinalizer => "remove finalizer",
            Self::TakeOffFinalizer => "take off finalizer",
            Self::RecordDeletion => "record deletion",
            Self::DropRecord { .. } => "drop record",
            Self::EnsureSecret(_) => "ensure secret",
            Self::Apply(_) => "apply",
            Self::MoveFields { .. } => "move fields",
            Self::SetStatus(_) => "set status",
            Self::HandOver(_) => "hand over",
            Self::Delete { .. } | Self::DeleteClaim { .. } | Self::DeleteSecret { .. } => "delete",
            Self::ReturnLoan(_) => "return loan",
            Self::Ask(_) => "ask",
            Self::AskReplication(_) => "ask replication",
            Self::AskSource(_) => "ask source",
            Self::ReadLeader => "read leader",
            Self::ReadSync => "read sync",
            Self::ReadOperation(_) => "read operation",
            Self::ReadRollout { .. } => "read rollout",
            Self::LookFor { .. } => "look for child",
            Self::LookAtNamespace => "look at namespace",
            Self::LookAround => "look around",
            Self::ReadRevision(_) => "read revision",
            Self::RestartPod { .. } => "restart pod",
            Self::PatchConfig { .. } => "patch configuration",
            Self::EditManifest { .. } => "edit manifest",
            Self::Annotate(_) => "annotate",
            Self::AskFor { .. } => "ask for operation",
            Self::Note { .. } => "note",
            Self::GrowClaim { .. } => "grow volume",
            Self::TakeRoleLabel { .. } => "take role label",
            Self::CheckPolicies => "check policies",
            Self::Patroni(_) => "ask Patroni",
            Self::Order(_) => "order",
            Self::SettleRoles(_) => "settle roles",
            Self::RotatePassword(_) => "rotate password",
            Self::WriteOperation { .. } => "write operation",
        }
    }
}

/// A call to Patroni that changes something.
#[derive(Clone, Debug, PartialEq)]
pub struct PatroniCall {
    /// Which operation, or `manifest`.
    pub by: String,
    /// The member whose REST API is called.
    pub member: String,
    /// What for.
    pub request: PatroniRequest,
    /// Who must hold the lock, read live just before.
    pub expect: Holder,
}

/// Who holds the lock; nobody is an answer as well.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Holder {
    /// The member, if there is one.
    pub member: Option<String>,
    /// How often the lock has changed hands by then.
    pub transitions: i64,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let member = self.member.as_deref().unwrap_or("nobody");
        write!(f, "{member} after {} changes", self.transitions)
    }
}

/// What Patroni is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum PatroniRequest {
    /// `POST /switchover`.
    Switchover {
        /// Who leads now.
        leader: String,
        /// Who shall.
        candidate: String,
    },
    /// `POST /failover`.
    Failover {
        /// Who shall lead.
        candidate: String,
    },
    /// `POST /restart`.
    Restart,
    /// The same, unless nothing waits for it any more.
    RestartPending,
    /// `POST /reinitialize`.
    Reinitialize,
    /// `POST /reload`.
    Reload,
    /// `PATCH /config`: pauses, or goes on.
    Pause(bool),
}

/// An order to `pg-fleet node upgrade` in a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The operation.
    pub operation: String,
    /// The member.
    pub member: String,
    /// What to do.
    pub step: Ordered,
    /// Who must hold the lock, read live just before.
    pub expect: Option<Holder>,
}

/// What is ordered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ordered {
    /// Say how things are.
    Report,
    /// Say what stands against this version.
    Check(u32),
    /// Convert the primary.
    Begin(u32),
    /// Never begin this operation any more.
    Cancel,
    /// Run a replica without Patroni.
    Hold(u32),
    /// Stop the server of a replica that is held.
    Stop,
    /// Go on in the old version.
    Release,
    /// Copy the new primary's data.
    Rejoin,
    /// Bring extensions and statistics up to date.
    Finish(u32),
    /// Say how Zalando's script of this operation is.
    Look,
    /// Begin it, unless it was begun.
    Script {
        /// The major version.
        to: u32,
        /// How many members it must find.
        members: u32,
    },
}

impl Ordered {
    /// How long it may take.
    pub fn patience(self) -> Duration {
        Duration::from_secs(match self {
            Self::Report | Self::Look => 10,
            Self::Check(_) | Self::Begin(_) => 300,
            Self::Stop => 150,
            Self::Cancel
            | Self::Hold(_)
            | Self::Release
            | Self::Rejoin
            | Self::Finish(_)
            | Self::Script { .. } => 30,
        })
    }

    /// Whether it changes nothing.
    pub fn is_question(self) -> bool {
        matches!(self, Self::Report | Self::Look)
    }

    /// The command line.
    pub fn words(self, operation: &str, fence: u64) -> Vec<String> {
        let (verb, to) = match self {
            Self::Report => ("report", None),
            Self::Check(to) => ("check", Some(to)),
            Self::Begin(to) => ("begin", Some(to)),
            Self::Cancel => ("cancel", None),
            Self::Hold(to) => ("hold", Some(to)),
            Self::Stop => ("stop", None),
            Self::Release => ("release", None),
            Self::Rejoin => ("rejoin", None),
            Self::Finish(to) => ("finish", Some(to)),
            Self::Look => return script::words(operation, None),
            Self::Script { to, members } => {
                return script::words(operation, Some((to, members)));
            }
        };
        let mut words: Vec<String> = ["pg-fleet", "node", "upgrade", verb]
            .map(str::to_owned)
            .into();
        if self != Self::Report {
            words.extend(["--operation".to_owned(), operation.to_owned()]);
            words.extend(["--fence".to_owned(), fence.to_string()]);
        }
        words.extend(to.map(|to| format!("--to={to}")));
        words
    }
}

/// The work that holds the cluster's slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Current {
    /// switchover, restart, scale down …
    pub kind: String,
    /// Name of the operation, or `manifest`.
    pub reason: String,
    /// The step that it is at.
    pub step: String,
}
