//! What the controller's acts do to the truth, and what none of them may ever do.

use std::{collections::BTreeMap, time::Duration};

use pg_core::{
    names::{self, ROLE_PRIMARY},
    operation::Phase,
    patroni::MemberAnswer,
};
use serde_json::Value;

use super::{
    api::{Kind, Object},
    cluster::{Truth, index},
};
use crate::{
    desired::{Child, ChildKind},
    observe::{
        facts::{Key, Replication},
        object::{Meta, RawChild},
        record::{self, RawRecord},
    },
    plan::{
        action::{Action, Ordered, PatroniCall},
        deletion::FINALIZER,
        tests::cluster::member,
    },
};

/// What an act brought back.
pub enum Outcome {
    Done,
    /// An object as it is now; `false` when it is gone.
    Wrote(Kind, bool, Object),
    Answers(Vec<(String, Result<MemberAnswer, String>)>),
    Leader(Object),
    /// What the primary says of its replicas, where it is one.
    Replication(Option<Replication>),
    /// All that there is.
    Around(Vec<(Kind, Object)>),
    /// Patroni was called; with its refusal, if it is one.
    Called(Option<String>),
    /// A pod template, as text.
    Revision(Option<String>),
    /// Patroni's configuration as it is then.
    Configured(Value),
    Conflict,
    Failed(&'static str),
}

impl Truth {
    /// Carries out one action.
    pub fn act(&mut self, action: &Action) -> Outcome {
        match action {
            Action::Ask(members) => self.ask(members),
            Action::CheckPolicies
            | Action::LookAtNamespace
            | Action::AskSource(_)
            | Action::EnsureSecret(_)
            | Action::DeleteSecret { .. } => Outcome::Done,
            Action::LookFor { kind, name } => match self.api.get(Kind::of(kind), name) {
                Some(object) => Outcome::Wrote(Kind::of(kind), true, object.clone()),
                None => Outcome::Done,
            },
            Action::AskReplication(primary) => self.ask_replication(primary),
            Action::LookAround => {
                let kinds = [Kind::Pod, Kind::Patroni, Kind::Claim, Kind::Service];
                let objects = self.api.objects.iter();
                let found = objects.filter(|((kind, _), _)| kinds.contains(kind));
                Outcome::Around(found.map(|((kind, _), o)| (*kind, o.clone())).collect())
            }
            Action::DeleteClaim { name, uid, of } => {
                let manifest = self.manifest().or(self.deleted.as_ref());
                let is_it = manifest.is_some_and(|it| it.metadata.uid.as_ref() == Some(of));
                match is_it && self.is_being_deleted() {
                    true => self.delete_object(Kind::Claim, name, uid),
                    false => Outcome::Failed("it is not the one that was being deleted"),
                }
            }
            Action::MoveFields { .. } | Action::SetStatus(_) | Action::HandOver(_) => {
                self.violate(format!("{} where nobody else acts", action.what()));
                Outcome::Done
            }
            Action::Delete { kind, name, .. } if Kind::of(kind) == Kind::Claim => {
                self.violate(format!("{name} deleted without live proof"));
                Outcome::Done
            }
            Action::ReadSync => match self.api.get(Kind::Patroni, "db-sync") {
                Some(object) => Outcome::Wrote(Kind::Patroni, true, object.clone()),
                None => Outcome::Done,
            },
            Action::ReadOperation(name) => match self.api.get(Kind::Operation, name) {
                Some(object) => Outcome::Wrote(Kind::Operation, true, object.clone()),
                None => Outcome::Done,
            },
            Action::ReadLeader => match self.api.get(Kind::Patroni, "db-leader") {
                Some(object) => Outcome::Leader(object.clone()),
                None => Outcome::Failed("no leader object"),
            },
            Action::AddFinalizer => self.finalizer(true),
            Action::RemoveFinalizer if self.manifest().is_none() => self.close(),
            Action::RemoveFinalizer => self.end(),
            Action::TakeOffFinalizer => self.finalizer(false),
            Action::RecordDeletion => self.record(),
            Action::DropRecord { .. } => unreachable!("nobody makes it again here"),
            Action::Apply(child) => self.apply(child),
            Action::Delete {
                kind, name, uid, ..
            } => self.delete_object(Kind::of(kind), name, uid),
            Action::ReadRevision(name) => Outcome::Revision(self.rollout.template(name)),
            Action::RestartPod {
                pod,
                uid,
                version,
                expect,
            } => self.restart_pod(pod, uid, version.as_deref(), expect),
            Action::PatchConfig { member, patch } => self.patch_config(member, patch),
            Action::Note {
                name,
                uid,
                annotations,
                ..
            } => self.note(name, uid, annotations),
            Action::GrowClaim { .. } => unreachable!("claims have no size here"),
            // Nobody is held here.
            Action::Order(order) if order.step == Ordered::Report => Outcome::Done,
            Action::Order(_)
            | Action::ReturnLoan(_)
            | Action::EditManifest { .. }
            | Action::Annotate(_)
            | Action::AskFor { .. } => {
                unreachable!("nobody asks for an upgrade here")
            }
            Action::RotatePassword(_) => unreachable!("nobody asks for a new password here"),
            Action::ReadRollout { .. } => unreachable!("nobody drives a rollout here"),
            Action::TakeRoleLabel {
                pod,
                uid,
                resource_version,
            } => self.take_label(pod, uid, resource_version),
            Action::Patroni(call) => self.call(call),
            Action::SettleRoles(wish) => match self.patroni.primary(self.now) {
                Some(_) if self.now < self.no_login_until => {
                    Outcome::Failed("password authentication failed")
                }
                Some(_) => {
                    self.roles = wish.hash();
                    Outcome::Done
                }
                None => Outcome::Failed("no primary to log in to"),
            },
            Action::WriteOperation {
                name,
                resource_version,
                status,
            } => self.write_operation(name, resource_version, status),
        }
    }

    fn ask(&mut self, members: &[String]) -> Outcome {
        let answer = |name: &String| {
            let pod = self.pod(name).filter(|pod| pod.status.pod_ip.is_some());
            let answer = pod.and_then(|_| self.patroni.answer(index(name)?, self.now));
            (name.clone(), answer.ok_or_else(|| "no answer".to_owned()))
        };
        let answers: Vec<_> = members.iter().map(answer).collect();
        let all = answers.iter().all(|(_, answer)| answer.is_ok());
        self.pass(Duration::from_millis(if all { 20 } else { 2000 }));
        Outcome::Answers(answers)
    }

    fn ask_replication(&mut self, primary: &str) -> Outcome {
        self.pass(Duration::from_millis(20));
        let now = self.now;
        let patroni = &self.patroni;
        let asked = index(primary).filter(|o| patroni.primary(now) == Some(*o));
        Outcome::Replication(asked.map(|asked| {
            let rows = patroni.members[asked].rows;
            let follow = (0..patroni.members.len()).filter(|o| patroni.follows(*o, now));
            let lacks = follow.filter_map(|o| {
                let name = member(i32::try_from(o).ok()?);
                Some((name, rows - patroni.members[o].rows))
            });
            Replication {
                primary: primary.to_owned(),
                lacks: lacks.collect(),
            }
        }))
    }

    fn finalizer(&mut self, on: bool) -> Outcome {
        let Some(mut manifest) = self.manifest().cloned() else {
            return Outcome::Done;
        };
        if self.is_being_deleted() {
            return Outcome::Conflict;
        }
        manifest.metadata.finalizers = on.then(|| vec![FINALIZER.to_owned()]);
        let object = self.put_manifest(manifest);
        Outcome::Wrote(Kind::Manifest, true, object)
    }

    /// The finalizer is taken off, and with that the manifest is gone: its last state bears it still.
    fn end(&mut self) -> Outcome {
        if !self.is_being_deleted() {
            self.violate("the finalizer of a cluster that lives is taken off");
        }
        let Some(object) = self.api.get(Kind::Manifest, "db").cloned() else {
            return Outcome::Done;
        };
        self.api.remove(Kind::Manifest, "db");
        Outcome::Wrote(Kind::Manifest, false, object)
    }

    fn record(&mut self) -> Outcome {
        let key = Key {
            namespace: "shop".to_owned(),
            name: "db".to_owned(),
        };
        let name = names::deletion(&key.namespace, &key.name);
        if let Some(object) = self.api.get(Kind::Record, &name) {
            return Outcome::Wrote(Kind::Record, true, object.clone());
        }
        let Some(manifest) = self.deleted.clone().filter(|_| self.manifest().is_none()) else {
            self.violate("a deletion is written down of a cluster that lives");
            return Outcome::Done;
        };
        if self.recorded {
            self.violate("a deletion is written down again");
        }
        self.recorded = true;
        self.data_goes |= self.is_deleted_with_data();
        let mut manifest = manifest;
        manifest.metadata.namespace = Some(key.namespace.clone());
        let mut body = record::body(&key, &manifest, self.wall()).expect("JSON");
        body["metadata"]["uid"] = self.api.fresh(&name).into();
        body["metadata"]["creationTimestamp"] = self.wall().to_string().into();
        let raw: RawRecord = serde_json::from_value(body).expect("a ConfigMap");
        let object = self.api.put(Kind::Record, Object::Record(raw));
        Outcome::Wrote(Kind::Record, true, object)
    }

    fn close(&mut self) -> Outcome {
        let name = names::deletion("shop", "db");
        let Some(object) = self.api.get(Kind::Record, &name).cloned() else {
            return Outcome::Done;
        };
        self.api.remove(Kind::Record, &name);
        Outcome::Wrote(Kind::Record, false, object)
    }

    fn apply(&mut self, child: &Child) -> Outcome {
        let kind = Kind::of(child.kind.kind());
        if child.kind == ChildKind::StatefulSet {
            self.judge_scale(child);
        }
        let there = self
            .api
            .get(kind, &child.name)
            .map(|object| object.meta().uid.clone());
        let uid = there.unwrap_or_else(|| self.api.fresh(&child.name));
        let body = child.body.as_object().into_iter().flatten();
        let mut body: BTreeMap<String, Value> = body
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let mut generation = 1;
        if let Some(Object::Child(old)) = self.api.get(kind, &child.name) {
            let same = old.body.get("spec") == body.get("spec");
            generation = old.metadata.generation + i64::from(!same);
            let status = old.body.get("status").cloned();
            body.extend(status.map(|status| ("status".to_owned(), status)));
        }
        let metadata = Meta {
            name: child.name.clone(),
            uid,
            generation,
            ..Meta::default()
        };
        let object = self
            .api
            .put(kind, Object::Child(RawChild { metadata, body }));
        Outcome::Wrote(kind, true, object)
    }

    fn delete_object(&mut self, kind: Kind, name: &str, uid: &str) -> Outcome {
        let Some(object) = self.api.get(kind, name) else {
            return Outcome::Done;
        };
        if object.meta().uid != uid {
            return Outcome::Conflict;
        }
        let with_data = self.is_deleted_with_data();
        if !self.is_being_deleted() {
            self.violate(format!("{name} deleted of a cluster that lives"));
        } else if kind == Kind::Claim && !with_data {
            self.violate(format!("{name} deleted without being asked"));
        } else if kind == Kind::Patroni && !self.api.names(Kind::Pod).is_empty() {
            self.violate(format!("{name} deleted before the pods are gone"));
        }
        self.api.remove(kind, name);
        Outcome::Done
    }

    fn take_label(&mut self, pod: &str, uid: &str, version: &str) -> Outcome {
        let Some(mut found) = self.pod(pod).cloned() else {
            return Outcome::Failed("no pod");
        };
        if found.metadata.uid != uid || found.metadata.resource_version != version {
            return Outcome::Conflict;
        }
        let label = self.configuration.pod_role_label.clone();
        let primary = self
            .patroni
            .holder
            .map(|holder| &self.patroni.members[holder]);
        let stale = index(pod).map(|index| &self.patroni.members[index]);
        let proved = primary.zip(stale).is_some_and(|(primary, stale)| {
            index(pod) != self.patroni.holder && primary.timeline > stale.timeline
        });
        if !proved {
            self.violate(format!("the label of {pod} is taken off without proof"));
        }
        if found.metadata.labels.remove(&label).as_deref() != Some(ROLE_PRIMARY) {
            self.violate(format!("{pod} had no label to take off"));
        }
        let object = self.api.put(Kind::Pod, Object::Pod(found));
        Outcome::Wrote(Kind::Pod, true, object)
    }

    fn call(&mut self, call: &PatroniCall) -> Outcome {
        if !self.leads_as(&call.expect) {
            return Outcome::Failed("the leader has changed since the decision");
        }
        self.judge_call(call);
        let Some(ordinal) = index(&call.member) else {
            return Outcome::Failed("no such member");
        };
        if !self.patroni.members[ordinal].answers(self.now) {
            return Outcome::Called(None);
        }
        Outcome::Called(self.patroni.call(ordinal, &call.request, self.now))
    }

    fn write_operation(
        &mut self,
        name: &str,
        version: &str,
        status: &pg_core::operation::OperationStatus,
    ) -> Outcome {
        let Some(mut guarded) = self.operation(name).cloned() else {
            return Outcome::Failed("no operation");
        };
        if guarded.metadata.resource_version != version {
            return Outcome::Conflict;
        }
        let Ok(operation) = &mut guarded.object else {
            return Outcome::Failed("unreadable");
        };
        let before = operation.status.clone().unwrap_or_default().phase;
        let age = guarded
            .metadata
            .creation_timestamp
            .map(|at| self.wall().duration_since(at));
        let limit = operation.spec.start_within_seconds;
        operation.status = Some(status.clone());
        if before.is_final() {
            self.violate(format!("{name} had ended ({before}) and goes on"));
        }
        let starts = before != Phase::Running && status.phase == Phase::Running;
        if starts && age.is_some_and(|age| age.as_secs() > limit + 5) {
            self.violate(format!("{name} starts after its time"));
        }
        let object = self
            .api
            .put(Kind::Operation, Object::Operation(guarded.into()));
        if self.running().len() > 1 {
            self.violate(format!("two hold the slot: {:?}", self.running()));
        }
        Outcome::Wrote(Kind::Operation, true, object)
    }
}
