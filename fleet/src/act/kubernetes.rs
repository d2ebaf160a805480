//! Effects on the API server: server-side apply, deletes with identity as precondition, status.

use std::time::Duration;

use k8s_openapi::jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use kube::{
    api::{DeleteParams, Patch, PatchParams, Preconditions, PropagationPolicy},
    client::Body,
    core::Request,
};
use pg_core::{
    names,
    operation::Operation,
    postgresql::{Postgresql, status::PostgresqlStatus},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Actor, Error, binding, lock};
use crate::{
    desired::{self, Child, ChildKind},
    hash,
    kinds::collection,
    observe::{
        facts::{Altered, Facts, Key},
        object::{Guarded, Meta, RawChild, RawPod},
        world::World,
    },
    plan::{action::Action, children::applied_hash, deletion::FINALIZER},
    status,
};

/// An API server that does not answer for so long is tried again later.
const PATIENCE: Duration = Duration::from_secs(15);
/// Clocks this close are taken for equal.
const CLOCK_GRAIN: SignedDuration = SignedDuration::from_secs(2);

/// What came of a child that was applied just now, where that is not what was applied.
/// A newer version is somebody's own change.
fn altered(world: &World, key: &Key, child: &Child, version: &str) -> Option<Altered> {
    let facts = world.snapshot(key)?;
    let id = (child.kind.kind(), child.name.clone());
    let live = facts.children.get(&id);
    let live = live.filter(|live| live.resource_version == version)?;
    let field = desired::uncovered(&live.value(), &child.body)?;
    Some(Altered {
        asked: hash::of(&child.body),
        body: live.body.clone(),
        field,
    })
}

impl Actor {
    /// Sends one request with a bound on the wait.
    pub async fn send<T: DeserializeOwned>(
        &self,
        what: impl Into<String>,
        request: Result<http::Request<Vec<u8>>, kube::core::request::Error>,
    ) -> Result<T, Error> {
        let what = what.into();
        let request = request.map_err(|error| Error::Missing(format!("{what}: {error}")))?;
        match timeout(PATIENCE, self.client.request::<T>(request)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(source)) => Err(Error::Kubernetes {
                what,
                source: Box::new(source),
            }),
            Err(_) => Err(Error::TimedOut(what)),
        }
    }

    /// Sends one request and takes the API server's time from the answer: expiry is judged by its
    /// clock, which also stamped the creation, and not by ours.
    pub async fn send_and_set_clock(
        &self,
        what: &str,
        request: Result<http::Request<Vec<u8>>, kube::core::request::Error>,
    ) -> Result<(), Error> {
        let failed = |source| Error::Kubernetes {
            what: what.to_owned(),
            source: Box::new(source),
        };
        let request = request.map_err(|error| failed(kube::Error::BuildRequest(error)))?;
        let response = timeout(PATIENCE, self.client.send(request.map(Body::from)))
            .await
            .map_err(|_| Error::TimedOut(what.to_owned()))?
            .map_err(failed)?;
        if !response.status().is_success() {
            return Err(Error::Missing(format!("{what}: {}", response.status())));
        }
        let server = response
            .headers()
            .get(http::header::DATE)
            .and_then(|date| date.to_str().ok())
            .and_then(|date| rfc2822::parse(date).ok());
        if let Some(server) = server {
            let ahead = server.timestamp().duration_since(Timestamp::now());
            // The header counts whole seconds.
            let ahead = if ahead.abs() <= CLOCK_GRAIN {
                SignedDuration::ZERO
            } else {
                ahead
            };
            *lock(&self.server_ahead) = ahead;
        }
        Ok(())
    }

    pub(super) async fn write(
        &self,
        key: &Key,
        facts: &Facts,
        action: Action,
    ) -> Result<(), Error> {
        match action {
            Action::AddFinalizer => self.set_finalizer(key, facts, true).await,
            Action::RemoveFinalizer if facts.is_ghost() => self.close_record(key, facts).await,
            Action::RemoveFinalizer | Action::TakeOffFinalizer => {
                self.set_finalizer(key, facts, false).await
            }
            Action::RecordDeletion => self.record_deletion(key, facts).await,
            Action::DropRecord { name, uid } => self.drop_record(key, facts, &name, &uid).await,
            Action::EnsureSecret(secret) => {
                self.ensure_secret(key, facts, &secret).await?;
                self.note_there(key, secret);
                Ok(())
            }
            Action::Apply(child) => self.apply(key, child).await,
            Action::MoveFields {
                kind,
                name,
                uid,
                way,
            } => self.move_fields(key, kind, &name, &uid, way).await,
            Action::SetStatus(status) => {
                let meta = facts
                    .meta()
                    .ok_or_else(|| Error::Missing("no manifest".to_owned()))?;
                let old = facts.postgresql().and_then(|one| one.status.as_ref());
                self.write_status(key, meta, &status::patch(old, &status))
                    .await
                    .map(drop)
            }
            Action::HandOver(to) => self.hand_over(key, facts, &to).await,
            Action::Delete {
                kind,
                name,
                uid,
                orphan,
            } => {
                let propagation = if orphan {
                    PropagationPolicy::Orphan
                } else {
                    PropagationPolicy::Background
                };
                self.delete(key, kind, &name, Some(uid), propagation).await
            }
            Action::DeleteClaim { name, uid, of } => {
                if !facts.is_ghost() {
                    self.prove_deletion(key, &of).await?;
                }
                let kind = "PersistentVolumeClaim";
                self.delete(key, kind, &name, Some(uid), PropagationPolicy::Background)
                    .await
            }
            Action::DeleteSecret { namespace, name } => {
                let place = Key {
                    namespace,
                    name: key.name.clone(),
                };
                self.delete(&place, "Secret", &name, None, PropagationPolicy::Background)
                    .await?;
                let at = self.mono();
                lock(&self.world).update(key, |facts| {
                    facts.deleted_secrets.insert(name, at);
                });
                Ok(())
            }
            Action::ReturnLoan(name) => self.return_loan(key, facts, &name).await,
            Action::TakeRoleLabel {
                pod,
                uid,
                resource_version,
            } => {
                tracing::warn!(cluster = %key, pod, "another member leads on a higher timeline: taking the role label off");
                let label = lock(&self.world).role_label().to_owned();
                let body = json!({"metadata": {
                    "uid": uid,
                    "resourceVersion": resource_version,
                    "labels": {label: Value::Null},
                }});
                let live: RawPod = self
                    .send(
                        format!("take the role label off {pod}"),
                        Request::new(collection("Pod", &key.namespace)).patch(
                            &pod,
                            &PatchParams::default(),
                            &Patch::Merge(&body),
                        ),
                    )
                    .await?;
                lock(&self.world).pod(&live);
                Ok(())
            }
            Action::WriteOperation {
                name,
                resource_version,
                status,
            } => {
                // Until there is an answer nobody knows whether it was written.
                self.update(key, |facts| facts.unsure_operation = Some(name.clone()));
                tracing::info!(cluster = %key, operation = name, phase = %status.phase, message = status.message, "operation");
                let body = json!({
                    "metadata": {"resourceVersion": resource_version},
                    "status": status,
                });
                let operation = self
                    .send::<Guarded<Operation>>(
                        format!("write operation {name}"),
                        Request::new(collection("Operation", &key.namespace)).patch_subresource(
                            "status",
                            &name,
                            &PatchParams::default(),
                            &Patch::Merge(&body),
                        ),
                    )
                    .await;
                // A conflict may be with our own write before, whose answer was lost.
                let unsure = operation
                    .as_ref()
                    .is_err_and(|error| !error.is_refusal() || error.is_conflict());
                let mut world = lock(&self.world);
                if !unsure {
                    world.update(key, |facts| facts.unsure_operation = None);
                }
                world.operation(operation?);
                Ok(())
            }
            Action::EditManifest {
                resource_version,
                spec,
            } => {
                self.edit_manifest(key, facts, &resource_version, &spec)
                    .await
            }
            Action::Annotate(annotations) => self.annotate(key, facts, &annotations).await,
            Action::AskFor { name, operation } => self.ask_for(key, &name, *operation).await,
            Action::Note {
                kind,
                name,
                uid,
                annotations,
            } => self.note(key, kind, &name, &uid, &annotations).await,
            Action::GrowClaim { name, uid, size } => self.grow_claim(key, &name, &uid, &size).await,
            // Questions and Patroni's calls do not come here.
            Action::Ask(_)
            | Action::AskReplication(_)
            | Action::AskSource(_)
            | Action::ReadLeader
            | Action::ReadSync
            | Action::ReadOperation(_)
            | Action::ReadRollout { .. }
            | Action::ReadRevision(_)
            | Action::RestartPod { .. }
            | Action::PatchConfig { .. }
            | Action::LookFor { .. }
            | Action::LookAtNamespace
            | Action::LookAround
            | Action::CheckPolicies
            | Action::Patroni(_)
            | Action::Order(_)
            | Action::SettleRoles(_)
            | Action::RotatePassword(_) => Ok(()),
        }
    }

    /// Applies a child; remembers what was applied, and what came of it where that is another thing.
    async fn apply(&self, key: &Key, child: Child) -> Result<(), Error> {
        let kind = child.kind.kind();
        let what = format!("apply {kind} {}", child.name);
        tracing::info!(cluster = %key, kind, name = child.name, "apply");
        let live: RawChild = self
            .send(
                what,
                Request::new(collection(kind, &key.namespace)).patch(
                    &child.name,
                    &PatchParams::apply(names::FIELD_MANAGER).force(),
                    &Patch::Apply(&child.body),
                ),
            )
            .await
            .map_err(|error| match child.kind {
                ChildKind::RoleBinding => {
                    binding::explained(error, &child, &key.namespace, &self.own_namespace)
                }
                _ => error,
            })?;
        let mut world = lock(&self.world);
        if child.kind.is_shared() {
            world.shared(kind, &live);
        } else {
            world.child(kind, &live);
        }
        let altered = altered(&world, key, &child, &live.metadata.resource_version);
        if let Some(Altered { field, .. }) = &altered {
            tracing::warn!(cluster = %key, kind, name = child.name, field, "is not as it was applied");
        }
        world.update(key, |facts| {
            let id = (kind, child.name.clone());
            facts.applied.insert(id.clone(), applied_hash(&child));
            match altered {
                Some(altered) => drop(facts.altered.insert(id, altered)),
                None => drop(facts.altered.remove(&id)),
            }
        });
        Ok(())
    }

    pub(super) async fn delete(
        &self,
        key: &Key,
        kind: &'static str,
        name: &str,
        uid: Option<String>,
        propagation: PropagationPolicy,
    ) -> Result<(), Error> {
        tracing::info!(cluster = %key, kind, name, ?propagation, "delete");
        let params = DeleteParams {
            propagation_policy: Some(propagation),
            preconditions: uid.map(|uid| Preconditions {
                uid: Some(uid),
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        let deleted = self
            .send::<Value>(
                format!("delete {kind} {name}"),
                Request::new(collection(kind, &key.namespace)).delete(name, &params),
            )
            .await;
        match deleted {
            Err(error) if !is_code(&error, 404) => Err(error),
            _ => {
                lock(&self.world).deleted(key, kind, name);
                Ok(())
            }
        }
    }

    /// Changes the manifest by a merge patch; gives what it is then.
    pub(super) async fn patch_manifest(
        &self,
        key: &Key,
        what: impl Into<String>,
        body: &Value,
    ) -> Result<Guarded<Postgresql>, Error> {
        self.send(
            what,
            Request::new(collection("postgresql", &key.namespace)).patch(
                &key.name,
                &PatchParams::default(),
                &Patch::Merge(body),
            ),
        )
        .await
    }

    async fn set_finalizer(&self, key: &Key, facts: &Facts, on: bool) -> Result<(), Error> {
        let meta = facts
            .meta()
            .ok_or_else(|| Error::Missing("no manifest".to_owned()))?;
        let mut finalizers = meta.finalizers.clone();
        finalizers.retain(|finalizer| finalizer != FINALIZER);
        if on {
            finalizers.push(FINALIZER.to_owned());
        }
        // The version as precondition: a list cannot be merged, and somebody else may have theirs.
        let body = json!({"metadata": {
            "uid": meta.uid,
            "resourceVersion": meta.resource_version,
            "finalizers": finalizers,
        }});
        let what = format!("{} the finalizer", if on { "put on" } else { "take off" });
        let manifest = self.patch_manifest(key, what, &body).await?;
        let is_gone = !on && meta.deletion_timestamp.is_some();
        let mut world = lock(&self.world);
        match is_gone {
            true => world.manifest_gone(meta),
            false => world.manifest(manifest),
        };
        Ok(())
    }

    /// Writes a cluster's status; gives what the API server kept of it.
    pub async fn write_status(
        &self,
        key: &Key,
        meta: &Meta,
        status: &Value,
    ) -> Result<Option<PostgresqlStatus>, Error> {
        let body = json!({
            "metadata": {"uid": meta.uid, "resourceVersion": meta.resource_version},
            "status": status,
        });
        let written = self.send(
            "write the status",
            Request::new(collection("postgresql", &key.namespace)).patch_subresource(
                "status",
                &key.name,
                &PatchParams::default(),
                &Patch::Merge(&body),
            ),
        );
        let manifest: Guarded<Postgresql> = self.while_leading(written).await?;
        let kept = manifest.object.as_ref().ok();
        let kept = kept.and_then(|manifest| manifest.status.clone());
        lock(&self.world).manifest(manifest);
        Ok(kept)
    }
}

/// Whether the API server answered with this code.
pub fn is_code(error: &Error, code: u16) -> bool {
    matches!(error, Error::Kubernetes { source, .. }
        if matches!(&**source, kube::Error::Api(status) if status.code == code))
}
