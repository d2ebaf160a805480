//! Effects: one thin function per action. What comes back is fed to the world at once, so that
//! the next plan does not wait for a watch to tell the same.

mod adoption;
mod ask;
mod binding;
mod connection;
pub mod kubernetes;
mod look;
pub mod members;
mod order;
pub mod patroni;
mod policies;
mod read;
mod record;
mod request;
mod rotation;
mod secrets;
pub mod sql;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use kube::{Client, core::Status};
use pg_core::configuration::Configuration;
use tokio::{sync::OnceCell, time::Instant};

use crate::{
    answer,
    desired::ChildKind,
    lease::Leading,
    observe::{
        facts::{Answer, Facts, Key, PatroniCallFact, SourceFact},
        world::World,
    },
    plan::action::{Action, Holder, PatroniCall, PatroniRequest},
};

/// What went wrong with an effect.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another replica leads, or none: nothing is written.
    #[error("this replica does not hold the lease")]
    NotLeading,
    /// The API server said no, or nothing.
    #[error("{what}: {}", answer::said(source))]
    Kubernetes {
        /// What was tried.
        what: String,
        /// Why not.
        #[source]
        source: Box<kube::Error>,
    },
    /// It did not answer in time.
    #[error("{0}: no answer in time")]
    TimedOut(String),
    /// The leader is not the one that was decided on.
    #[error("the leader has changed since the decision: {0}")]
    LeaderChanged(String),
    /// The manifest is not the one that was decided on.
    #[error("the manifest has changed since the decision")]
    ManifestChanged,
    /// What is left of a cluster stays, for this reason.
    #[error("{0}")]
    Kept(String),
    /// PostgreSQL could not be reached or refused.
    #[error("sql on {member}: {message}")]
    Sql {
        /// The member.
        member: String,
        /// Why, with what PostgreSQL said.
        message: String,
    },
    /// Patroni could not be reached or refused.
    #[error("Patroni on {member}: {message}")]
    Patroni {
        /// The member.
        member: String,
        /// Why.
        message: String,
    },
    /// Something that should be known is not.
    #[error("{0}")]
    Missing(String),
}

impl Error {
    /// Whether trying again at once is right: somebody else wrote in between.
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Kubernetes { source, .. } => {
                matches!(&**source, kube::Error::Api(status) if status.code == 409)
            }
            Self::ManifestChanged => true,
            _ => false,
        }
    }

    /// Whether it was answered, with a no: whatever else is asked may well be answered with a yes.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Kubernetes { source, .. } if matches!(&**source, kube::Error::Api(_)))
            || matches!(
                self,
                Self::Sql { .. } | Self::Missing(_) | Self::LeaderChanged(_)
            )
    }

    /// Whether nothing can be made there any more: the namespace is being deleted.
    pub fn is_terminating(&self) -> bool {
        let is_so = |status: &Status| {
            let details = status.details.as_ref();
            let causes = details.map_or(&[][..], |details| &details.causes);
            causes.iter().any(|it| it.reason == "NamespaceTerminating")
        };
        matches!(self, Self::Kubernetes { source, .. }
            if matches!(&**source, kube::Error::Api(status) if is_so(status)))
    }

    /// Whether what was asked for is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Kubernetes { source, .. }
            if matches!(&**source, kube::Error::Api(status) if status.code == 404))
    }
}

/// Carries out actions.
pub struct Actor {
    /// The API server.
    pub client: Client,
    /// Where what came back goes.
    pub world: Arc<Mutex<World>>,
    /// The zero of [`crate::observe::facts::Now::mono`].
    pub epoch: Instant,
    /// Whether this replica holds the lease.
    pub leading: Leading,
    /// How far the API server's clock is ahead of ours.
    pub server_ahead: Mutex<SignedDuration>,
    /// The controller's own namespace.
    pub own_namespace: String,
    /// Whether the admission policies are in place, and when that was looked at.
    pub policies: Mutex<Option<(Duration, bool)>>,
    /// The controller's own name as a user, once that was asked.
    pub user: OnceCell<String>,
    /// Identity of this Kubernetes cluster, once that was asked.
    pub cluster_uid: OnceCell<String>,
}

/// Whether an action takes something away or changes members because the manifest says so. A list
/// may be an old one, and with it the manifest: what it asked for then is not what it asks for now.
/// Once it is being deleted, it cannot be taken back.
fn rests_on_the_manifest(action: &Action, facts: &Facts) -> bool {
    let is_going = facts
        .meta()
        .is_none_or(|meta| meta.deletion_timestamp.is_some());
    match action {
        Action::Apply(child) => child.kind == ChildKind::StatefulSet,
        Action::Patroni(call) => call.by == "manifest",
        Action::SettleRoles(_)
        | Action::RestartPod { .. }
        | Action::PatchConfig { .. }
        | Action::GrowClaim { .. } => true,
        Action::Delete { .. } | Action::DeleteSecret { .. } => !is_going,
        _ => false,
    }
}

/// Whether an action takes something away that the manifest, if it were back, would have kept.
fn takes_away(action: &Action) -> bool {
    matches!(
        action,
        Action::Delete { .. } | Action::DeleteClaim { .. } | Action::DeleteSecret { .. }
    )
}

/// A lock is never held over a wait, and nothing that holds one can fail half-way: a poisoned
/// lock still guards whole data.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Actor {
    /// The API server's time, as far as it is known.
    pub fn wall(&self) -> Timestamp {
        Timestamp::now() + *lock(&self.server_ahead)
    }

    /// Time since the process started.
    pub fn mono(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// Does what only the leader may; breaks it off when this replica leads no longer, because by
    /// the end of its time another one may have begun (safety.md §5).
    pub async fn while_leading<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.leading.lost() => Err(Error::NotLeading),
            done = work => done,
        }
    }

    fn update(&self, key: &Key, change: impl FnOnce(&mut Facts)) {
        lock(&self.world).update(key, change);
    }

    /// Carries out one action.
    ///
    /// # Errors
    ///
    /// When the effect did not come about, or nobody can tell.
    pub async fn perform(
        &self,
        key: &Key,
        facts: &Facts,
        configuration: &Configuration,
        action: Action,
    ) -> Result<(), Error> {
        if facts.is_ghost() && takes_away(&action) {
            self.prove_gone(key, facts).await?;
        } else if rests_on_the_manifest(&action, facts) {
            self.prove_manifest(key, facts).await?;
        }
        match action {
            Action::Ask(members) => {
                ask::ask(&self.world, self.epoch, key, facts, &members).await;
                Ok(())
            }
            Action::AskReplication(primary) => {
                let result = sql::replication(self, key, facts, configuration, &primary).await;
                let answer = Answer {
                    at: self.mono(),
                    result: result.map_err(|error| error.to_string()),
                };
                self.update(key, |facts| facts.replication = Some(answer));
                Ok(())
            }
            Action::AskSource(of) => {
                let result = sql::source(self, key, configuration, &of).await;
                let answer = Answer {
                    at: self.mono(),
                    result: result.map_err(|error| error.to_string()),
                };
                let fact = SourceFact { of, answer };
                self.update(key, |facts| facts.source = Some(fact));
                Ok(())
            }
            Action::ReadLeader => self.read_leader(key).await.map(|_| ()),
            Action::ReadSync => self.read_sync(key).await,
            Action::ReadOperation(name) => self.read_operation(key, &name).await,
            Action::ReadRollout { id, operation } => self.read_rollout(key, &id, operation).await,
            Action::LookFor { kind, name } => self.look_for(key, kind, name).await,
            Action::LookAtNamespace => self.look_at_namespace(key).await,
            Action::LookAround => {
                self.look_into_other_store(key, configuration).await?;
                self.look_around(key, configuration).await
            }
            Action::CheckPolicies => self.check_policies().await,
            Action::Patroni(call) => {
                self.while_leading(self.call_patroni(key, facts, call))
                    .await
            }
            Action::Order(order) => self.while_leading(self.order(key, order)).await,
            Action::ReadRevision(name) => self.read_revision(key, name).await,
            Action::RestartPod {
                pod,
                uid,
                version,
                expect,
            } => {
                let restart = async {
                    self.must_still_lead(key, &expect).await?;
                    self.restart_pod(key, &pod, uid, version).await
                };
                self.while_leading(restart).await
            }
            Action::PatchConfig { member, patch } => {
                let patched = self.patch_config(key, facts, &member, &patch);
                self.while_leading(patched).await
            }
            Action::SettleRoles(wish) => {
                let primary = facts
                    .leader()
                    .ok_or_else(|| Error::Missing("no leader to log in to".to_owned()))?;
                let settled = sql::settle(self, key, facts, configuration, primary, &wish);
                let result = self.while_leading(settled).await;
                if matches!(result, Err(Error::NotLeading)) {
                    return Err(Error::NotLeading);
                }
                let answer = Answer {
                    at: self.mono(),
                    result: result.as_ref().cloned().map_err(ToString::to_string),
                };
                self.update(key, |facts| facts.sql = Some(answer));
                result.map(|_| ())
            }
            Action::RotatePassword(rotation) => {
                self.prove_asked(key, &rotation).await?;
                let primary = facts
                    .leader()
                    .ok_or_else(|| Error::Missing("no leader to log in to".to_owned()))?;
                let rotated = sql::rotate(self, key, facts, configuration, primary, &rotation);
                self.while_leading(rotated).await?;
                self.update(key, |facts| {
                    facts.rotated.insert(rotation.role, rotation.request);
                });
                Ok(())
            }
            other => self.while_leading(self.write(key, facts, other)).await,
        }
    }

    /// Reads the leader object live: it must be as decided on.
    async fn must_still_lead(&self, key: &Key, expect: &Holder) -> Result<(), Error> {
        let leader = self.read_leader(key).await?;
        let found = Holder {
            member: leader.member,
            transitions: leader.transitions,
        };
        if found == *expect {
            return Ok(());
        }
        Err(Error::LeaderChanged(format!(
            "expected {expect}, found {found}"
        )))
    }

    /// Calls Patroni for something that harms. What it says is kept as a hint; the planner sees
    /// what happened elsewhere.
    async fn call_patroni(&self, key: &Key, facts: &Facts, call: PatroniCall) -> Result<(), Error> {
        self.must_still_lead(key, &call.expect).await?;
        let address = facts
            .pods
            .get(&call.member)
            .and_then(|pod| pod.ip.clone())
            .ok_or_else(|| Error::Missing(format!("{} has no address", call.member)))?;
        let step = match &call.request {
            PatroniRequest::Switchover { candidate, .. }
            | PatroniRequest::Failover { candidate } => candidate.clone(),
            PatroniRequest::Restart
            | PatroniRequest::RestartPending
            | PatroniRequest::Reinitialize
            | PatroniRequest::Reload
            | PatroniRequest::Pause(_) => call.member.clone(),
        };
        tracing::info!(cluster = %key, by = call.by, member = call.member, request = ?call.request, "asking Patroni");
        // Written before the answer: whatever becomes of this process or the connection, the
        // planner must assume that Patroni was asked.
        let mut fact = PatroniCallFact {
            by: call.by,
            step,
            at: self.mono(),
            agreed: false,
            refused: None,
        };
        self.update(key, |facts| {
            facts.patroni_call = Some(fact.clone());
            if call.request == PatroniRequest::RestartPending {
                facts.asked_to_restart(&call.member);
            }
        });
        // Sent and left: a switchover takes Patroni seconds, and the leader object tells that it
        // happened long before the answer does.
        let (world, key) = (Arc::clone(&self.world), key.clone());
        tokio::spawn(async move {
            match patroni::change(&address, &call.request).await {
                Ok(()) => fact.agreed = true,
                Err(patroni::Error::Refused { status, text }) => {
                    tracing::warn!(cluster = %key, status, text, "Patroni refused");
                    fact.refused = Some(format!("{text} ({status})"));
                }
                Err(error) => {
                    tracing::info!(cluster = %key, %error, "Patroni's answer was not waited for");
                    return;
                }
            }
            lock(&world).update(&key, |facts| {
                if facts
                    .patroni_call
                    .as_ref()
                    .is_some_and(|last| last.at == fact.at)
                {
                    facts.patroni_call = Some(fact);
                }
            });
        });
        Ok(())
    }
}
