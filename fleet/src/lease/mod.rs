//! One controller acts: whoever holds the Lease. The others watch everything and write nothing,
//! so that one of them goes on at once when the holder is gone.
//!
//! Two rules keep it at one, whatever hangs or is cut off, and whatever the clocks say
//! (docs/decisions/0007-election.md): a holder stops [`MARGIN`] before [`DURATION`] has passed
//! since it began to ask for its last renewal; the others wait until they have seen the Lease
//! unchanged for [`DURATION`], by their own clock.

use std::time::Duration;

use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::MicroTime,
    jiff::Timestamp,
};
use kube::{
    Api, Client,
    api::{Patch, PatchParams, PostParams},
};
use pg_core::names;
use serde_json::{Value, json};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::{Instant, sleep, sleep_until, timeout},
};

#[cfg(test)]
mod tests;

/// The name of the Lease.
const NAME: &str = "pg-fleet";
/// What a Lease is good for; a dead holder is followed after at most this and [`LOOK_EVERY`].
const DURATION: Duration = Duration::from_secs(15);
/// So long before the end a holder that could not renew stops: what it has sent by then arrives.
const MARGIN: Duration = Duration::from_secs(3);
/// A holder renews.
const RENEW_EVERY: Duration = Duration::from_secs(5);
/// The others look.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// An API server that does not answer by then is asked again.
const PATIENCE: Duration = Duration::from_secs(2);
/// After what went wrong.
const AGAIN: Duration = Duration::from_millis(500);

/// For how long this replica leads.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Term {
    /// Without a gap since then.
    since: Instant,
    /// And until then, unless it is renewed.
    until: Instant,
    /// Which term it is: it only grows, also where somebody deletes the Lease.
    number: u64,
}

impl Term {
    fn holds(&self) -> bool {
        Instant::now() < self.until
    }
}

/// Whether this replica leads.
#[derive(Clone, Debug)]
pub struct Leading(watch::Receiver<Option<Term>>);

impl Leading {
    fn term(&self) -> Option<Term> {
        self.0.borrow().filter(Term::holds)
    }

    /// Whether it does now.
    pub fn holds(&self) -> bool {
        self.term().is_some()
    }

    /// Since when it does, without a gap.
    pub fn since(&self) -> Option<Instant> {
        self.term().map(|term| term.since)
    }

    /// Which term it is, for orders that reach where no Lease is seen.
    pub fn number(&self) -> Option<u64> {
        self.term().map(|term| term.number)
    }

    /// Whether nobody takes part in the election any more: it will never lead again.
    pub fn has_ended(&self) -> bool {
        self.0.has_changed().is_err()
    }

    /// Waits for a renewal, a beginning or an end; false when none will come any more.
    pub async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }

    /// Waits until it does not lead.
    pub async fn lost(&self) {
        let mut terms = self.0.clone();
        loop {
            let Some(term) = terms.borrow_and_update().filter(Term::holds) else {
                return;
            };
            tokio::select! {
                () = sleep_until(term.until) => {}
                changed = terms.changed() => if changed.is_err() {
                    sleep_until(term.until).await;
                },
            }
        }
    }
}

/// Taking part in the election.
pub struct Election {
    leave: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Election {
    /// Gives the Lease back, if this replica holds it: another one need not wait.
    pub async fn leave(self) {
        let _ = self.leave.send(());
        if timeout(PATIENCE * 2, self.task).await.is_err() {
            tracing::warn!("the lease was not given back");
        }
    }
}

/// The Lease's age goes before its changes of holder: one that was deleted counts them anew.
fn number(lease: &Lease) -> u64 {
    let created = lease.metadata.creation_timestamp.as_ref();
    let created = created.map_or(0, |time| time.0.as_second());
    let transitions = lease.spec.as_ref().and_then(|spec| spec.lease_transitions);
    u64::try_from(created).unwrap_or(0) * 1_000_000
        + u64::try_from(transitions.unwrap_or(0)).unwrap_or(0)
}

/// Takes part in the election.
pub fn stand(client: Client, namespace: &str, identity: &str) -> (Leading, Election) {
    let (sender, receiver) = watch::channel(None);
    let (leave, left) = oneshot::channel();
    let candidate = Candidate {
        api: Api::namespaced(client, namespace),
        identity: identity.to_owned(),
        term: sender,
        seen: None,
        held: None,
        not_before: Instant::now(),
    };
    let task = tokio::spawn(candidate.run(left));
    (Leading(receiver), Election { leave, task })
}

/// What there was of the Lease when it was looked at, and since when there was just that.
struct Seen {
    version: Option<String>,
    since: Instant,
}

struct Candidate {
    api: Api<Lease>,
    identity: String,
    term: watch::Sender<Option<Term>>,
    seen: Option<Seen>,
    /// The version that this replica wrote last, while it holds the Lease.
    held: Option<String>,
    /// Before this it does not lead, though it holds the Lease.
    not_before: Instant,
}

/// What to do about a Lease.
#[derive(Debug, PartialEq)]
enum Step {
    Renew,
    Take,
    Wait(Duration),
}

/// Decides, on a Lease that was seen unchanged for so long.
fn step(identity: &str, spec: &LeaseSpec, unchanged: Duration) -> Step {
    let holder = spec.holder_identity.as_deref().unwrap_or_default();
    if holder == identity {
        return Step::Renew;
    }
    if holder.is_empty() {
        return Step::Take;
    }
    // Another one may have been promised more than ours.
    let promised = spec.lease_duration_seconds.unwrap_or_default();
    let promised = Duration::from_secs(u64::try_from(promised).unwrap_or_default()).max(DURATION);
    match promised.saturating_sub(unchanged) {
        Duration::ZERO => Step::Take,
        left => Step::Wait(left),
    }
}

impl Candidate {
    async fn run(mut self, mut left: oneshot::Receiver<()>) {
        loop {
            let next = tokio::select! {
                _ = &mut left => break,
                turn = timeout(PATIENCE, self.turn()) => match turn {
                    Ok(Ok(pause)) => pause,
                    Ok(Err(error)) => {
                        tracing::warn!(%error, "lease");
                        self.held = None;
                        AGAIN
                    }
                    Err(_) => {
                        tracing::warn!("lease: no answer in time");
                        self.held = None;
                        AGAIN
                    }
                },
            };
            tokio::select! {
                _ = &mut left => break,
                () = sleep(next) => {}
            }
        }
        let led = self.term.send_replace(None).is_some();
        if led {
            match timeout(PATIENCE, self.give_back()).await {
                Ok(Ok(())) => tracing::info!("the lease was given back"),
                Ok(Err(error)) => tracing::warn!(%error, "the lease was not given back"),
                Err(_) => tracing::warn!("the lease was not given back: no answer in time"),
            }
        }
    }

    /// Reads, and renews or takes where that is right. Tells when to do so again.
    async fn turn(&mut self) -> Result<Duration, kube::Error> {
        if let Some(version) = self.held.take() {
            return self.write(Some(&version), self.renewal(None)).await;
        }
        let lease = self.api.get_opt(NAME).await?;
        let version = lease
            .as_ref()
            .and_then(|l| l.metadata.resource_version.clone());
        let unchanged = self.note(version.clone());
        let Some(lease) = lease else {
            if unchanged.is_some() && !self.leads() {
                // Somebody has deleted it, and its holder may not know yet.
                self.not_before = Instant::now() + DURATION;
            }
            return self.write(None, self.renewal(Some(0))).await;
        };
        let spec = lease.spec.unwrap_or_default();
        match step(&self.identity, &spec, unchanged.unwrap_or_default()) {
            Step::Renew => self.write(version.as_deref(), self.renewal(None)).await,
            Step::Take => {
                let transitions = spec.lease_transitions.unwrap_or_default().max(0);
                let body = self.renewal(Some(transitions.saturating_add(1)));
                self.write(version.as_deref(), body).await
            }
            Step::Wait(left) => {
                if self.term.send_replace(None).is_some() {
                    tracing::warn!(holder = spec.holder_identity, "another one leads");
                }
                Ok(left.min(LOOK_EVERY))
            }
        }
    }

    /// Notes what was seen; tells for how long it has been just that, or nothing where it is the
    /// first look.
    fn note(&mut self, version: Option<String>) -> Option<Duration> {
        let now = Instant::now();
        match &self.seen {
            Some(seen) if seen.version == version => Some(now - seen.since),
            before => {
                let first = before.is_none();
                self.seen = Some(Seen {
                    version,
                    since: now,
                });
                (!first).then_some(Duration::ZERO)
            }
        }
    }

    fn leads(&self) -> bool {
        self.term.borrow().as_ref().is_some_and(Term::holds)
    }

    /// What a holder writes; with the number of changes of holder where it becomes one.
    fn renewal(&self, transitions: Option<i32>) -> Value {
        let now = MicroTime(Timestamp::now());
        let mut spec = json!({
            "holderIdentity": self.identity,
            "leaseDurationSeconds": DURATION.as_secs(),
            "renewTime": now,
        });
        if let Some(transitions) = transitions {
            spec["acquireTime"] = json!(now);
            spec["leaseTransitions"] = json!(transitions);
        }
        spec
    }

    /// Writes, if nobody else did since this version, and leads from then on.
    async fn write(&mut self, version: Option<&str>, spec: Value) -> Result<Duration, kube::Error> {
        let began = Instant::now();
        let written = match version {
            Some(version) => self.patch(version, &spec).await,
            None => self.create(spec).await,
        };
        let lease = match written {
            Ok(lease) => lease,
            // Somebody else did: read what.
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {
                return Ok(AGAIN);
            }
            Err(error) => return Err(error),
        };
        self.held.clone_from(&lease.metadata.resource_version);
        self.note(lease.metadata.resource_version.clone());
        if Instant::now() < self.not_before {
            return Ok(LOOK_EVERY);
        }
        let before = self.term.borrow().filter(Term::holds);
        let since = before.map_or_else(Instant::now, |term| term.since);
        let until = began + (DURATION - MARGIN);
        let number = number(&lease);
        self.term.send_replace(Some(Term {
            since,
            until,
            number,
        }));
        Ok(RENEW_EVERY)
    }

    async fn create(&self, spec: Value) -> Result<Lease, kube::Error> {
        let body = json!({ "metadata": { "name": NAME }, "spec": spec });
        let lease = serde_json::from_value(body).map_err(kube::Error::SerdeError)?;
        let params = PostParams {
            field_manager: Some(names::FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        self.api.create(&params, &lease).await
    }

    async fn patch(&self, version: &str, spec: &Value) -> Result<Lease, kube::Error> {
        let params = PatchParams {
            field_manager: Some(names::FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let body = json!({ "metadata": { "resourceVersion": version }, "spec": spec });
        self.api.patch(NAME, &params, &Patch::Merge(body)).await
    }

    /// Nobody holds it from now on.
    async fn give_back(&mut self) -> Result<(), kube::Error> {
        let Some(lease) = self.api.get_opt(NAME).await? else {
            return Ok(());
        };
        let spec = lease.spec.unwrap_or_default();
        let version = lease.metadata.resource_version.unwrap_or_default();
        if spec.holder_identity.as_deref() != Some(self.identity.as_str()) {
            return Ok(());
        }
        let nobody = json!({
            "holderIdentity": null,
            "leaseDurationSeconds": null,
            "acquireTime": null,
            "renewTime": null,
        });
        self.patch(&version, &nobody).await.map(drop)
    }
}
