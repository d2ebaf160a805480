//! The facts about one Postgres cluster, as plain data: what the planner decides on.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use k8s_openapi::jiff::Timestamp;
use pg_core::{
    names,
    operation::{Action, Operation, Phase},
    patroni::{ClusterConfig, Leader, MemberAnswer, Sync},
    postgresql::{Postgresql, status::SourceStatus},
    rollout::Rollout,
};

use super::{
    annotations::Annotations,
    object::{Guarded, Meta, Owners},
    pod::Pod,
    record::{Record, Told},
    world::Teams,
};
use crate::{hash, node::upgrade::Report, plan::action::Ordered};

/// Which Postgres cluster.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// The time, twice: the wall clock for people and objects, and one that never jumps for ages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Now {
    /// Wall clock, corrected by the API server's.
    pub wall: Timestamp,
    /// Since the process started.
    pub mono: Duration,
}

impl Now {
    /// How old a fact of that moment is.
    pub fn age(&self, at: Duration) -> Duration {
        self.mono.saturating_sub(at)
    }
}

/// Something that was asked: the answer or the error, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<T> {
    /// When it came.
    pub at: Duration,
    /// What it was.
    pub result: Result<T, String>,
}

impl<T> Answer<T> {
    /// The answer, if it was one and is not older than this.
    pub fn within(&self, now: Now, limit: Duration) -> Option<&T> {
        self.result
            .as_ref()
            .ok()
            .filter(|_| now.age(self.at) <= limit)
    }
}

/// Patroni's leader object and when it was last seen to move.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaderFact {
    /// What it says.
    pub leader: Leader,
    /// Our time when the renewal last changed: no clock of another machine is compared with ours.
    pub renewed_seen: Duration,
    /// When it was last read live, not from a watch.
    pub read_live: Option<Duration>,
}

impl LeaderFact {
    /// Whether the lock is held and its renewals go on.
    pub fn is_fresh(&self, now: Now) -> bool {
        let ttl = Duration::from_secs(u64::try_from(self.leader.ttl).unwrap_or(30));
        self.leader.member.is_some() && now.age(self.renewed_seen) < ttl
    }
}

/// A child object as the API server has it.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveChild {
    /// Identity.
    pub uid: String,
    /// Version.
    pub resource_version: String,
    /// Being deleted.
    pub deleting: bool,
    /// The object without managed fields and status, as compact JSON: smaller than a tree.
    pub body: Arc<str>,
    /// Finalizers on it.
    pub has_finalizers: bool,
    /// Who holds its fields.
    pub owners: Owners,
    /// Of a StatefulSet: what its next pod is made from, once its controller has seen this version.
    pub revision: Option<String>,
}

impl LiveChild {
    /// The body as a tree.
    pub fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or(serde_json::Value::Null)
    }
}

/// What something beside us (a mutating webhook, a default that is not known here) made of an object
/// on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Altered {
    /// Hash of all that was applied.
    pub asked: String,
    /// What came of it, as in [`LiveChild::body`].
    pub body: Arc<str>,
    /// The first field that is not as it was applied.
    pub field: String,
}

/// Which object, and which version of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity {
    /// Identity.
    pub uid: String,
    /// Version.
    pub resource_version: String,
}

/// A volume claim.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claim {
    /// Identity.
    pub uid: String,
    /// Being deleted.
    pub deleting: bool,
    /// The size that is asked for.
    pub size: Option<String>,
    /// Its annotations.
    pub annotations: Annotations,
}

/// What SQL told of roles and databases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SqlFacts {
    /// Hash of the roles and databases that were wanted when it was asked and found in order.
    pub settled: Option<String>,
    /// What was passed over, each with why.
    pub skipped: Vec<String>,
    /// Version of the server, as it says itself.
    pub server_version: String,
}

/// What the server told that a cluster followed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceAnswer {
    /// Whether it takes writes.
    pub is_primary: bool,
    /// The system identifier of its data.
    pub system: String,
}

/// A server that was asked, and what it said.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFact {
    /// Which.
    pub of: SourceStatus,
    /// What.
    pub answer: Answer<SourceAnswer>,
}

/// What one query of `pg_stat_replication` told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replication {
    /// The member that was asked: the primary then.
    pub primary: String,
    /// Bytes that each replica that streams lacked, all at the same moment.
    pub lacks: BTreeMap<String, i64>,
}

/// Everything known about one Postgres cluster.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The manifest, or why it cannot be read.
    pub manifest: Option<Arc<Guarded<Postgresql>>>,
    /// A manifest that went without the finalizer, as far as nothing is written down of it yet.
    pub told: Option<Told>,
    /// What is written down of a manifest that went without the finalizer.
    pub record: Option<Record>,
    /// Members by name.
    pub pods: BTreeMap<String, Pod>,
    /// The leader object.
    pub leader: Option<LeaderFact>,
    /// The config object.
    pub config: Option<ClusterConfig>,
    /// The sync object.
    pub sync: Option<Sync>,
    /// When it was last read live, not from a watch.
    pub sync_read: Option<Duration>,
    /// Patroni's objects by name.
    pub patroni_objects: BTreeMap<String, Identity>,
    /// What Patroni left in its other store, by kind and name, when all was last listed live.
    pub left_by_patroni: BTreeMap<(&'static str, String), String>,
    /// Children by kind and name.
    pub children: BTreeMap<(&'static str, String), LiveChild>,
    /// The StatefulSet, where it was found live under labels that the watches do not show.
    pub unseen: Option<LiveChild>,
    /// Children that were looked for live, and when.
    pub looked_for: BTreeMap<(&'static str, String), Duration>,
    /// When everything that belongs to this cluster was listed live and no pod was there.
    pub looked_around: Option<Duration>,
    /// Nodes of its pods that take no more pods.
    pub cordoned: BTreeSet<String>,
    /// Whether the namespace is being deleted, and when that was looked at.
    pub namespace_goes: Option<(Duration, bool)>,
    /// Pod templates by the name of their ControllerRevision; `None` where there is none.
    pub revisions: BTreeMap<String, Option<Arc<str>>>,
    /// The member that work waits for, and since when.
    pub waits_for: Option<(String, Duration)>,
    /// What the last look found to be done later, though the cluster is as its manifest says.
    pub postponed: Option<String>,
    /// Whether the last look ended before nothing was left to do.
    pub unfinished: bool,
    /// The last change of Patroni's dynamic configuration by us.
    pub patched: Option<Patched>,
    /// Members that were restarted to take up a parameter.
    pub restarted: BTreeMap<String, Restarts>,
    /// Volume claims by name.
    pub claims: BTreeMap<String, Claim>,
    /// Operations by name.
    pub operations: BTreeMap<String, Arc<Guarded<Operation>>>,
    /// Slices of rollouts that name this cluster and have not ended.
    pub rollouts: Vec<Arc<Rollout>>,
    /// All `PostgresTeam` resources.
    pub teams: Arc<Teams>,
    /// The operation for whose sake its slice was last read live, and when.
    pub slice_read: Option<(String, Duration)>,
    /// An operation that was written without an answer: nobody knows what its status is.
    pub unsure_operation: Option<String>,
    /// What each member answered last.
    pub members: BTreeMap<String, Answer<MemberAnswer>>,
    /// Members that have not answered yet, and when they were asked.
    pub asking: BTreeMap<String, Duration>,
    /// Secrets known to exist, and since when that is known.
    pub secrets: BTreeMap<String, Duration>,
    /// Secrets that were not there when they were read: they are not watched.
    pub lost_secrets: BTreeSet<String>,
    /// What the primary told of its replicas last.
    pub replication: Option<Answer<Replication>>,
    /// What each member said of upgrades last.
    pub reports: BTreeMap<String, Answer<Report>>,
    /// The last order or question to each member.
    pub orders: BTreeMap<String, OrderFact>,
    /// The last order to each member that was no question.
    pub given: BTreeMap<String, OrderFact>,
    /// What the server told last that this cluster followed.
    pub source: Option<SourceFact>,
    /// What SQL told last.
    pub sql: Option<Answer<SqlFacts>>,
    /// Roles whose password is known to be that of a request, and which.
    pub rotated: BTreeMap<String, String>,
    /// Hash of each child as it was last applied by us.
    pub applied: BTreeMap<(&'static str, String), String>,
    /// Children that were another thing the moment they were applied.
    pub altered: BTreeMap<(&'static str, String), Altered>,
    /// Secrets that were deleted, while the cluster is.
    pub deleted_secrets: BTreeMap<String, Duration>,
    /// When the password that this cluster was lent was taken away.
    pub loan_returned: Option<Duration>,
    /// The last call to Patroni that was to change something, and what it said.
    pub patroni_call: Option<PatroniCallFact>,
    /// Since when the cluster has not been as wanted.
    pub unsettled_since: Option<Duration>,
    /// Effects that failed, by what they were about, until each succeeds or is no longer wanted.
    pub troubles: BTreeMap<String, Trouble>,
}

/// A change of Patroni's dynamic configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patched {
    /// When.
    pub at: Duration,
    /// Hash of what was asked for.
    pub asked: String,
}

/// A call to Patroni that was to change something. Its answer is a hint; what happened is seen in
/// the leader object and in the members' answers.
#[derive(Clone, Debug, PartialEq)]
pub struct PatroniCallFact {
    /// The operation, or `manifest`.
    pub by: String,
    /// Which step of it.
    pub step: String,
    /// When.
    pub at: Duration,
    /// Whether Patroni said yes: to what shows nowhere else.
    pub agreed: bool,
    /// `Some` when Patroni refused; `None` when it agreed or did not answer in time.
    pub refused: Option<String>,
}

/// An order to a member, in an upgrade.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderFact {
    /// The operation.
    pub operation: String,
    /// What was ordered.
    pub step: Ordered,
    /// When.
    pub at: Duration,
    /// What came of it, once it has ended.
    pub ended: Option<Result<Report, String>>,
}

/// Restarts of one member to take up a parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restarts {
    /// Under which configuration.
    pub under: String,
    /// How often the lock had changed hands by then.
    pub leadership: i64,
    /// How often since: a replica may be restarted in vain because of what the primary has.
    pub times: u32,
    /// How often it led then, whoever led in between.
    pub as_leader: u32,
}

/// An effect that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// When.
    pub at: Duration,
    /// What came of it.
    pub message: String,
    /// How often in a row.
    pub times: u32,
}

impl Facts {
    /// The manifest, where it can be read.
    pub fn postgresql(&self) -> Option<&Postgresql> {
        self.manifest.as_ref()?.object.as_ref().ok()
    }

    /// The manifest's metadata.
    pub fn meta(&self) -> Option<&Meta> {
        self.manifest.as_ref().map(|manifest| &manifest.metadata)
    }

    /// Whether another major version is being brought in.
    pub fn is_converted(&self) -> bool {
        let mut all = self.operations.values();
        all.any(|operation| {
            let Ok(operation) = operation.object.as_ref() else {
                return false;
            };
            let status = operation.status.as_ref();
            let runs = status.is_some_and(|status| status.phase == Phase::Running);
            let Action::Upgrade(upgrade) = &operation.spec.action else {
                return false;
            };
            runs && upgrade.to.is_some() && !upgrade.check
        })
    }

    /// Whether somebody edited the manifest, and nothing was said of it yet.
    pub fn is_edited(&self) -> bool {
        self.postgresql().is_some_and(|manifest| {
            let status = manifest.status.as_ref();
            let observed = status.and_then(|status| status.observed_generation);
            observed != manifest.metadata.generation
        })
    }

    /// What a member said before is no answer any more, nor is what it is being asked for.
    pub fn forget_answer(&mut self, member: &str) {
        self.members.remove(member);
        self.asking.remove(member);
    }

    /// The same for all of them.
    pub fn forget_answers(&mut self) {
        self.members.clear();
        self.asking.clear();
    }

    /// The effect that failed most often in a row, and what it is about.
    pub fn trouble(&self) -> Option<(&str, &Trouble)> {
        let all = self.troubles.iter();
        all.map(|(what, trouble)| (what.as_str(), trouble))
            .max_by_key(|(_, trouble)| trouble.times)
    }

    /// One more failure.
    pub fn failed(&mut self, what: String, at: Duration, message: String) {
        let times = self.troubles.get(&what).map_or(0, |trouble| trouble.times) + 1;
        let trouble = Trouble { at, message, times };
        self.troubles.insert(what, trouble);
    }

    /// The member that holds the lock.
    pub fn leader(&self) -> Option<&str> {
        self.leader.as_ref()?.leader.member.as_deref()
    }

    /// The last answer of a member.
    pub fn answer(&self, member: &str) -> Option<&Answer<MemberAnswer>> {
        self.members.get(member)
    }

    /// Pods of this cluster in the order of their ordinals.
    pub fn ordered_pods<'a>(&'a self, cluster: &str) -> Vec<(i32, &'a str, &'a Pod)> {
        let mut pods: Vec<_> = self
            .pods
            .iter()
            .filter_map(|(name, pod)| Some((names::ordinal(cluster, name)?, name.as_str(), pod)))
            .collect();
        pods.sort_by_key(|(ordinal, ..)| *ordinal);
        pods
    }

    /// Which dynamic configuration Patroni has now, as a hash.
    pub fn config_hash(&self) -> String {
        let config = self.config.as_ref().and_then(|all| all.config.as_ref());
        hash::of(config.unwrap_or(&serde_json::Value::Null))
    }

    /// Work waits for this member, since now if it did not before.
    pub fn wait_for(&mut self, member: Option<&str>, now: Duration) {
        if self.waits_for.as_ref().map(|(of, _)| of.as_str()) != member {
            self.waits_for = member.map(|member| (member.to_owned(), now));
        }
    }

    /// A member is asked to restart: what it said before is no answer any more.
    pub fn asked_to_restart(&mut self, member: &str) {
        self.note_restart(member);
        self.forget_answer(member);
    }

    /// A member is restarted to take up what the configuration says now.
    pub fn note_restart(&mut self, member: &str) {
        let mut restarts = self.restarts(member);
        restarts.times += 1;
        restarts.as_leader += u32::from(self.leader() == Some(member));
        self.restarted.insert(member.to_owned(), restarts);
    }

    /// How often a member was restarted to take up what the configuration says now.
    pub fn restarts(&self, member: &str) -> Restarts {
        let (under, leadership) = (self.config_hash(), self.leadership());
        let before = self.restarted.get(member);
        let before = before.filter(|restarts| restarts.under == under);
        let same = before.filter(|restarts| restarts.leadership == leadership);
        Restarts {
            under,
            leadership,
            times: same.map_or(0, |restarts| restarts.times),
            as_leader: before.map_or(0, |restarts| restarts.as_leader),
        }
    }

    fn leadership(&self) -> i64 {
        let leader = self.leader.as_ref();
        leader.map_or(0, |fact| fact.leader.transitions)
    }

    /// Whether nothing is left that this cluster was made of.
    pub fn is_empty(&self) -> bool {
        self.manifest.is_none()
            && self.told.is_none()
            && self.record.is_none()
            && self.pods.is_empty()
            && self.children.is_empty()
            && self.patroni_objects.is_empty()
            && self.operations.is_empty()
            && self.claims.is_empty()
    }
}
