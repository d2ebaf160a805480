//! The driver: reads all slices, does what the engine says, and asks it again, until nothing is
//! left to do or it may not go on. It decides nothing itself and remembers nothing that matters:
//! another one goes on wherever this one ends.

use std::{collections::BTreeMap, time::Duration};

use futures::future::join_all;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{ResourceExt, api::PostParams};
use pg_core::{
    names,
    operation::{Expect, OfRollout, Operation, OperationSpec, Target as Aim},
    rollout::{
        Act, Bid, Driver, Failure, Finding, Fleet, Me, Reply, Rollout, Seen, Standing, State, Stop,
        Target, standpoints, step,
    },
};
use tokio::time::Instant;

use super::{ended::Told, gate, progress::Lines, say, site::Site};
use crate::{
    args::Change,
    cluster::Cluster,
    commands::{change::new_id, create::MANAGER},
    error::{Error, Kind, Result},
    fanout,
    preflight::who,
    session::Session,
};

/// A driver that has not been heard of for so long has gone.
pub const GONE: Duration = Duration::from_secs(90);
const RENEW: Duration = Duration::from_secs(30);
const WRITES: usize = 16;
/// Between two looks while no window is open.
const AT_REST: Duration = Duration::from_secs(10);
/// Ctrl-C ends within a second.
const LEAVE: Duration = Duration::from_millis(400);

/// How a drive ended.
pub struct Ended {
    /// All slices as they were last read.
    pub fleet: Fleet,
    /// Why it did not go on to the end.
    pub stop: Option<Error>,
    /// Of which targets it was told how they ended.
    pub told: Told,
}

/// One driver.
pub struct Drive<'a> {
    session: &'a Session,
    sites: Vec<Site>,
    /// This process.
    pub driver: Driver,
    me: Me,
    /// Who asks, as each Kubernetes cluster knows them.
    users: BTreeMap<String, String>,
    fleet: Fleet,
    answered: BTreeMap<String, Instant>,
    /// Operations that were sent to each since it was last read.
    sent: BTreeMap<String, Vec<Operation>>,
    renewed: Instant,
}

impl<'a> Drive<'a> {
    /// A driver of these slices. Nothing is written yet.
    pub async fn new(session: &'a Session, mut sites: Vec<Site>) -> Result<Self> {
        sites.sort_by(|a, b| a.cluster_uid.cmp(&b.cluster_uid));
        let asked = join_all(sites.iter().map(|site| async move {
            let user = who(&site.context).await?;
            Ok::<_, Error>((site.cluster_uid.clone(), user))
        }));
        let users: BTreeMap<String, String> = asked.await.into_iter().collect::<Result<_>>()?;
        let host = std::env::var("HOSTNAME")
            .ok()
            .or_else(|| std::fs::read_to_string("/etc/hostname").ok())
            .unwrap_or_default();
        let driver = Driver {
            id: new_id(),
            user: users.values().next().cloned().unwrap_or_default(),
            host: host.trim().to_owned(),
            renewed_at: None,
        };
        let me = Me {
            id: driver.id.clone(),
            epoch: 0,
        };
        Ok(Self {
            session,
            sites,
            driver,
            me,
            users,
            fleet: Fleet::new(),
            answered: BTreeMap::new(),
            sent: BTreeMap::new(),
            renewed: Instant::now(),
        })
    }

    /// Writes the bid into every slice, in the order of their uids: whoever is first in the first
    /// one, drives.
    pub async fn take(&mut self, bid: &Bid) -> Result<()> {
        for site in &self.sites {
            loop {
                let read = site.read().await?;
                let refused = match bid.on(&read.body) {
                    Reply::Stands => break,
                    Reply::Write(mut control) => {
                        if let Some(driver) = &mut control.driver {
                            driver.renewed_at = read.at.map(Time);
                        }
                        match site.write(&read.body, &control).await {
                            Ok(_) => break,
                            Err(error) if error.kind == Kind::Conflict => continue,
                            Err(error) => return Err(error),
                        }
                    }
                    Reply::Theirs(driver) => Stop::TakenOver(driver),
                    Reply::Stopped(desired, by) => Stop::Told {
                        desired,
                        by,
                        reason: None,
                    },
                };
                return Err(say::stopped(&refused, &self.fleet, self.session, &site.id));
            }
        }
        self.me.epoch = bid.epoch;
        Ok(())
    }

    /// Drives to the end, or until it may not go on.
    pub async fn run(mut self, until: Option<Instant>, change: &Change) -> Result<Ended> {
        let id = self
            .sites
            .first()
            .map_or_else(String::new, |it| it.id.clone());
        // A terminal that is killed leaves on the screen what was said before.
        let follow = say::resume(self.session, &id);
        let screen = &self.session.screen;
        screen.note(&format!(
            "should this end before it is done, it goes on by: {follow}"
        ));
        let mut lines = Lines::that_tell(self.session);
        loop {
            self.read().await?;
            let step = step(&self.me, &self.fleet);
            lines.show(&self.fleet, &step.standing);
            match &step.standing {
                Standing::Done => return Ok(self.ended(lines, None).await),
                // What has begun is seen to its end.
                Standing::Stopped(Stop::Failures(failures)) if in_flight(&self.fleet, failures) => {
                }
                Standing::Stopped(stop) => {
                    let error = say::stopped(stop, &self.fleet, self.session, &id);
                    return Ok(self.ended(lines, Some(error)).await);
                }
                Standing::Closed(left) if !change.wait => {
                    let error = say::closed(*left, self.session, &id);
                    return Ok(self.ended(lines, Some(error)).await);
                }
                _ => {}
            }
            let session = self.session;
            let leaves = |kind, what: &str| {
                let what = format!("{what}; what was begun goes on, nothing new begins");
                Error::new(kind, what).hint(say::resume(session, &id))
            };
            if self.session.stop.is_asked() {
                let error = leaves(Kind::Interrupted, "interrupted");
                return Ok(self.ended(lines, Some(error)).await);
            }
            let acted = !step.acts.is_empty();
            self.act(step.acts).await?;
            self.renew().await;
            if until.is_some_and(|until| Instant::now() >= until) {
                let error = leaves(Kind::TimedOut, "time ran out");
                return Ok(self.ended(lines, Some(error)).await);
            }
            let pause = match step.standing {
                _ if acted => Duration::from_millis(200),
                Standing::Soaks(left) => {
                    left.clamp(Duration::from_millis(200), Duration::from_secs(5))
                }
                Standing::Closed(left) => left.clamp(Duration::from_secs(1), AT_REST),
                _ => Duration::from_secs(1),
            };
            let many = Duration::from_millis(20) * u32::try_from(self.sites.len()).unwrap_or(1);
            self.session.stop.sleep(pause.max(many)).await;
        }
    }

    /// Says in the slices that it drives no longer, so that nobody asks before going on.
    async fn ended(self, mut lines: Lines<'_>, stop: Option<Error>) -> Ended {
        lines.end();
        let _ = tokio::time::timeout(LEAVE, self.sign(|_| None)).await;
        Ended {
            fleet: self.fleet,
            stop,
            told: lines.told,
        }
    }

    /// Every slice, with its operations.
    async fn read(&mut self) -> Result<()> {
        let reads = self.sites.iter().map(|site| async move {
            let seen = site.seen().await;
            (site.cluster_uid.clone(), seen)
        });
        for (uid, answer) in join_all(reads).await {
            match answer {
                Ok(seen) => {
                    self.answered.insert(uid.clone(), Instant::now());
                    self.sent.remove(&uid);
                    self.fleet.insert(uid, seen);
                }
                Err(error) if !error.is_passing() => return Err(error),
                Err(error) => {
                    let since = *self
                        .answered
                        .entry(uid.clone())
                        .or_insert_with(Instant::now);
                    let Some(seen) = self.fleet.get_mut(&uid) else {
                        return Err(error);
                    };
                    self.session.screen.detail(&error.to_string());
                    seen.silent = Some(since.elapsed());
                    seen.operations
                        .extend(self.sent.remove(&uid).unwrap_or_default());
                }
            }
        }
        Ok(())
    }

    async fn act(&mut self, acts: Vec<Act>) -> Result<()> {
        if acts.is_empty() {
            return Ok(());
        }
        self.session.touch();
        let driver = &*self;
        let results = fanout::each(
            acts,
            WRITES,
            |act| async move { driver.perform(&act).await },
            |_| (),
        )
        .await;
        for (uid, sent, result) in results {
            self.sent.entry(uid).or_default().extend(sent);
            match result {
                Ok(()) => {}
                // Written by somebody else meanwhile: it is read again.
                Err(error) if error.kind == Kind::Conflict => {}
                Err(error) if error.is_passing() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// One effect; in which slice, and the operation that was sent.
    async fn perform(&self, act: &Act) -> (String, Option<Operation>, Result<()>) {
        match act {
            Act::Open { cluster_uid, wave } => {
                let change = |control: &mut pg_core::rollout::Control| control.wave = *wave;
                (
                    cluster_uid.clone(),
                    None,
                    self.write(cluster_uid, change).await,
                )
            }
            Act::Finish { cluster_uid } => {
                let at = self.fleet.get(cluster_uid).map(|seen| Time(seen.at));
                let change = |control: &mut pg_core::rollout::Control| control.finished_at = at;
                (
                    cluster_uid.clone(),
                    None,
                    self.write(cluster_uid, change).await,
                )
            }
            Act::Create {
                cluster_uid,
                target,
                attempt,
            } => {
                let expect = match self.expectation(cluster_uid, target).await {
                    Ok(expect) => expect,
                    Err(error) => return (cluster_uid.clone(), None, Err(error)),
                };
                let Some(operation) = self.operation(cluster_uid, target, *attempt, expect) else {
                    return (cluster_uid.clone(), None, Ok(()));
                };
                let sent = self.create(cluster_uid, &operation).await;
                (cluster_uid.clone(), Some(operation), sent)
            }
            Act::Look { wave, gate } => {
                let result = self.look(*wave, gate).await;
                (String::new(), None, result)
            }
        }
    }

    fn site(&self, cluster_uid: &str) -> Option<(&Site, &Rollout)> {
        let site = self.sites.iter().find(|it| it.cluster_uid == cluster_uid)?;
        Some((site, &self.fleet.get(cluster_uid)?.slice))
    }

    async fn write(
        &self,
        cluster_uid: &str,
        change: impl FnOnce(&mut pg_core::rollout::Control),
    ) -> Result<()> {
        let Some((site, read)) = self.site(cluster_uid) else {
            return Ok(());
        };
        let mut control = read.spec.control.clone();
        change(&mut control);
        site.write(read, &control).await.map(drop)
    }

    fn target(&self, cluster_uid: &str, uid: &str) -> Option<(&Site, &Rollout, &Target)> {
        let (site, slice) = self.site(cluster_uid)?;
        let target = slice.spec.plan.targets.iter().find(|one| one.uid == uid)?;
        Some((site, slice, target))
    }

    /// The primary and the timeline that a target has now: where somebody moves it before the
    /// operation begins, it does not begin, and the target is looked at again.
    async fn expectation(&self, cluster_uid: &str, uid: &str) -> Result<Option<Expect>> {
        let Some((site, _, target)) = self.target(cluster_uid, uid) else {
            return Ok(None);
        };
        let context = &site.context;
        let clusters = context.clusters(&target.namespace);
        match context.ask(clusters.get(&target.name)).await {
            Ok(object) => {
                let status = Cluster::new(context, object).status;
                Ok(Some(Expect {
                    primary: status.primary,
                    timeline: status.timeline,
                }))
            }
            Err(error) if error.is_passing() => Err(error),
            // What is gone, or may not be looked at, its controller judges.
            Err(_) => Ok(None),
        }
    }

    fn operation(
        &self,
        cluster_uid: &str,
        uid: &str,
        attempt: u32,
        expect: Option<Expect>,
    ) -> Option<Operation> {
        let (_, slice, target) = self.target(cluster_uid, uid)?;
        let plan = &slice.spec.plan;
        let id = slice.name_any();
        let spec = OperationSpec {
            target: Aim {
                name: target.name.clone(),
                uid: uid.to_owned(),
            },
            action: plan.action.clone(),
            expect,
            requested_by: self.users.get(cluster_uid).cloned().unwrap_or_default(),
            reason: plan.reason.clone(),
            start_within_seconds: i64::from(plan.strategy.deadline_seconds).clamp(1, 604_800),
            queue: true,
            rollout: Some(OfRollout {
                id: id.clone(),
                epoch: self.me.epoch,
                wave: target.wave,
            }),
        };
        let mut operation = Operation::new(&names::operation(&id, uid, attempt), spec);
        operation.metadata.namespace = Some(target.namespace.clone());
        let labels = operation.labels_mut();
        labels.insert(names::REQUEST_LABEL.to_owned(), id.clone());
        labels.insert(names::ROLLOUT_LABEL.to_owned(), id);
        labels.insert(names::CLUSTER_LABEL.to_owned(), target.name.clone());
        Some(operation)
    }

    async fn create(&self, cluster_uid: &str, operation: &Operation) -> Result<()> {
        let Some((site, _)) = self.site(cluster_uid) else {
            return Ok(());
        };
        let namespace = operation.namespace().unwrap_or_default();
        let api: kube::Api<Operation> = site.context.api(&namespace);
        let parameters = PostParams {
            dry_run: false,
            field_manager: Some(MANAGER.to_owned()),
        };
        match site.context.ask(api.create(&parameters, operation)).await {
            Err(error) if error.kind == Kind::AlreadyExists => {
                let name = operation.name_any();
                let there = site.context.ask_opt(api.get(&name)).await?;
                let same = there.is_none_or(|there| {
                    let of = |one: &Operation| one.spec.rollout.as_ref().map(|of| of.id.clone());
                    of(&there) == of(operation) && there.spec.target == operation.spec.target
                });
                if same {
                    return Ok(());
                }
                let error = Error::new(Kind::Failed, "another operation has this name");
                Err(error.context(&site.context.name).object(&namespace, &name))
            }
            answer => answer.map(drop),
        }
    }

    async fn look(&self, wave: u32, gate: &pg_core::rollout::Gate) -> Result<()> {
        let found = gate::look(&self.fleet, &self.sites, wave, gate).await;
        found
            .why()
            .for_each(|why| self.session.screen.detail(&format!("gate {gate}: {why}")));
        for (uid, seen) in self.fleet.iter().filter(|(_, seen)| seen.silent.is_none()) {
            let finding = Finding {
                epoch: self.me.epoch,
                at: Some(Time(seen.at)),
                ..found.finding(uid, wave, gate)
            };
            self.write(uid, |control| control.gates.push(finding))
                .await?;
        }
        Ok(())
    }

    /// Says that this process lives: nothing depends on it but the question before a take-over.
    async fn renew(&mut self) {
        if self.renewed.elapsed() < RENEW {
            return;
        }
        self.renewed = Instant::now();
        self.sign(|seen| Some(Time(seen.at))).await;
    }

    /// Writes when this process was last heard of, where it still drives.
    async fn sign(&self, at: impl Fn(&Seen) -> Option<Time>) {
        let mine = |seen: &Seen| {
            let driver = seen.slice.spec.control.driver.as_ref();
            driver.is_some_and(|driver| driver.id == self.me.id)
        };
        let own = self.fleet.iter().filter(|(_, seen)| mine(seen));
        let writes = own.map(|(uid, seen)| {
            let at = at(seen);
            let change = |control: &mut pg_core::rollout::Control| {
                if let Some(driver) = &mut control.driver {
                    driver.renewed_at = at;
                }
            };
            self.write(uid, change)
        });
        for result in join_all(writes).await {
            if let Err(error) = result {
                self.session.screen.detail(&error.to_string());
            }
        }
    }
}

/// Whether anything is under way that has not failed.
fn in_flight(fleet: &Fleet, failures: &[Failure]) -> bool {
    standpoints(fleet).iter().any(|one| {
        let late = failures.iter().any(|it| it.target.uid == one.target.uid);
        one.status.state == State::Running && !late
    })
}
