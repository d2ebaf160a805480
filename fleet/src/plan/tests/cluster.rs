//! A Postgres cluster as the controller sees it, for tables: whole and healthy at first, then
//! changed in one place.

use std::time::Duration;

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use pg_core::{
    configuration::Configuration,
    names::{self, ROLE_PRIMARY, ROLE_REPLICA},
    patroni::{ClusterConfig, Leader, MemberAnswer, MemberWord, Sync},
    postgresql::{Postgresql, status::PostgresqlStatus},
};
use serde_json::json;

use super::asked::answer;
use crate::{
    desired::{Child, ChildKind, RoleSecret},
    observe::{
        facts::{
            Answer, Claim, Facts, Key, LeaderFact, LiveChild, Now, OrderFact, Replication, SqlFacts,
        },
        object::Owners,
        pod::Pod,
    },
    plan::{
        self, Plan, View,
        action::{Action, Ordered},
        assess::Assessment,
        children, dynamic_config, roles,
    },
    status,
};

/// Now, in every table.
pub const NOW: Duration = Duration::from_secs(10_000);
/// Identity of the cluster.
pub const UID: &str = "uid-of-db";

/// What a member is seen to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    /// Runs as primary.
    Leads,
    /// Streams from the primary.
    Follows,
    /// Its pod runs; Patroni does not answer.
    Silent,
    /// Patroni answers, PostgreSQL does not run.
    Broken,
    /// Its pod waits for a node.
    Pending,
    /// No pod.
    Gone,
}

/// All that a decision may depend on.
pub struct Cluster {
    pub key: Key,
    pub facts: Facts,
    pub manifest: Postgresql,
    pub configuration: Configuration,
    pub children: Vec<Child>,
    pub secrets: Vec<RoleSecret>,
    pub now: Now,
    pub policies: Option<bool>,
    pub unsettled_since: Option<Duration>,
}

pub fn member(ordinal: i32) -> String {
    names::member("db", ordinal)
}

pub fn wall() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

pub fn ago(seconds: i64) -> Timestamp {
    wall() - SignedDuration::from_secs(seconds)
}

pub fn child(kind: ChildKind, name: &str, body: serde_json::Value) -> Child {
    Child {
        kind,
        name: name.to_owned(),
        body,
    }
}

/// A child as the API server has it.
pub fn live(child: &Child) -> LiveChild {
    LiveChild {
        uid: format!("uid-of-{}-{}", child.kind.kind(), child.name),
        resource_version: "1".to_owned(),
        deleting: false,
        body: child.body.to_string().into(),
        has_finalizers: false,
        owners: Owners {
            zalando: false,
            ours: true,
        },
        revision: (child.kind == ChildKind::StatefulSet).then(|| "new".to_owned()),
    }
}

impl Cluster {
    /// So many members: the first leads, the others follow, everything is as wanted and known as
    /// of now.
    pub fn of(members: i32) -> Self {
        let mut cluster = Self {
            key: Key {
                namespace: "shop".to_owned(),
                name: "db".to_owned(),
            },
            facts: Facts::default(),
            manifest: Postgresql::default(),
            configuration: Configuration {
                enable_finalizers: true,
                ..Configuration::default()
            },
            children: vec![
                child(
                    ChildKind::Service,
                    "db",
                    json!({"kind": "Service", "spec": {"x": 1}}),
                ),
                child(
                    ChildKind::StatefulSet,
                    "db",
                    json!({"kind": "StatefulSet", "spec": {"replicas": members}}),
                ),
            ],
            secrets: Vec::new(),
            now: Now {
                wall: wall(),
                mono: NOW,
            },
            policies: Some(true),
            unsettled_since: None,
        };
        cluster.manifest.metadata.name = Some("db".to_owned());
        cluster.manifest.metadata.uid = Some(UID.to_owned());
        cluster.manifest.metadata.generation = Some(1);
        cluster.facts.namespace_goes = Some((NOW, false));
        cluster.manifest.metadata.finalizers = Some(vec![plan::deletion::FINALIZER.to_owned()]);
        cluster.manifest.spec.number_of_instances = members.into();
        cluster.manifest.spec.volume.size = "1Gi".to_owned();
        for child in &cluster.children {
            let id = (child.kind.kind(), child.name.clone());
            cluster.facts.children.insert(id.clone(), live(child));
            let applied = children::applied_hash(child);
            cluster.facts.applied.insert(id, applied);
        }
        for ordinal in 0..members {
            let state = if ordinal == 0 {
                State::Leads
            } else {
                State::Follows
            };
            cluster.put(ordinal, state);
        }
        cluster.config(json!({}));
        cluster.lacks(&[(1, 0), (2, 0), (3, 0)]);
        cluster.facts.sync = Some(Sync::default());
        cluster.settle();
        cluster
    }

    /// Roles and databases are in order, and the status says so.
    pub fn settle(&mut self) {
        let wish = roles::wish(&self.view()).hash();
        self.facts.sql = Some(Answer {
            at: NOW,
            result: Ok(SqlFacts {
                settled: Some(wish),
                ..SqlFacts::default()
            }),
        });
        self.manifest.status = Some(PostgresqlStatus {
            postgres_cluster_status: "Running".to_owned(),
            settled: Some(children::wanted_hash(&self.view())),
            observed_generation: Some(1),
            dynamic_configuration: dynamic_config::record(&self.view()),
            ..PostgresqlStatus::default()
        });
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Gives a member this state.
    pub fn put(&mut self, ordinal: i32, state: State) {
        let name = member(ordinal);
        self.facts.members.remove(&name);
        self.facts.pods.remove(&name);
        self.facts.claims.insert(
            names::data_claim("db", ordinal),
            Claim {
                uid: format!("uid-of-claim-{ordinal}"),
                size: Some("1Gi".to_owned()),
                ..Claim::default()
            },
        );
        if state == State::Gone {
            return;
        }
        let leads = state == State::Leads;
        let mut pod = Pod {
            uid: format!("uid-of-{name}"),
            resource_version: "7".to_owned(),
            phase: "Running".to_owned(),
            ip: Some("10.0.0.1".to_owned()),
            revision: Some("new".to_owned()),
            role: Some(if leads { ROLE_PRIMARY } else { ROLE_REPLICA }.to_owned()),
            word: Some(MemberWord {
                state: "running".to_owned(),
                role: if leads { "primary" } else { "replica" }.to_owned(),
                timeline: Some(3),
                ..MemberWord::default()
            }),
            ..Pod::default()
        };
        if state == State::Pending {
            pod = Pod {
                phase: "Pending".to_owned(),
                ip: None,
                word: None,
                trouble: Some("Unschedulable: no node".to_owned()),
                ..pod
            };
        }
        self.facts.pods.insert(name.clone(), pod);
        let result = match state {
            State::Silent => Err("no answer in 2 s".to_owned()),
            State::Pending | State::Gone => return,
            State::Broken => Ok(MemberAnswer {
                state: "start failed".to_owned(),
                role: "replica".to_owned(),
                ..MemberAnswer::default()
            }),
            State::Leads | State::Follows => Ok(answer(leads)),
        };
        self.facts
            .members
            .insert(name.clone(), Answer { at: NOW, result });
        if leads {
            self.lock(Some(&name), 5);
        }
    }

    /// Every member was asked just now what it says of upgrades.
    pub fn told_of_upgrades(&mut self) {
        for name in self.facts.pods.keys() {
            let fact = OrderFact {
                operation: String::new(),
                step: Ordered::Report,
                at: NOW,
                ended: Some(Err("no pg-fleet".to_owned())),
            };
            self.facts.orders.insert(name.clone(), fact);
        }
    }

    /// The lock names this member.
    pub fn lock(&mut self, member: Option<&str>, transitions: i64) {
        self.facts.leader = Some(LeaderFact {
            leader: Leader {
                member: member.map(str::to_owned),
                transitions,
                ttl: 30,
                ..Leader::default()
            },
            renewed_seen: NOW,
            read_live: Some(NOW),
        });
    }

    /// What the first member, as primary, told of its replicas.
    pub fn lacks(&mut self, bytes: &[(i32, i64)]) {
        let lacks = bytes
            .iter()
            .map(|(o, bytes)| (member(*o), *bytes))
            .collect();
        let primary = member(0);
        let result = Ok(Replication { primary, lacks });
        self.facts.replication = Some(Answer { at: NOW, result });
    }

    /// What a member answered last, to be changed.
    pub fn says(&mut self, ordinal: i32, change: impl FnOnce(&mut MemberAnswer)) {
        let answer = self.facts.members.get_mut(&member(ordinal)).expect("asked");
        change(answer.result.as_mut().expect("answered"));
    }

    /// Everything that was asked was asked so long ago.
    pub fn age(&mut self, age: Duration) {
        for answer in self.facts.members.values_mut() {
            answer.at = NOW - age;
        }
        if let Some(leader) = &mut self.facts.leader {
            leader.read_live = Some(NOW - age);
        }
    }

    pub fn config(&mut self, config: serde_json::Value) {
        self.facts.config = Some(ClusterConfig {
            config: Some(config),
            ..ClusterConfig::default()
        });
    }

    pub fn view(&self) -> View<'_> {
        View {
            key: &self.key,
            facts: &self.facts,
            manifest: &self.manifest,
            configuration: &self.configuration,
            children: &self.children,
            secrets: &self.secrets,
            now: self.now,
            policies: self.policies,
            unsettled_since: self.unsettled_since,
        }
    }

    pub fn plan(&self) -> Plan {
        plan::next(&self.view())
    }

    pub fn actions(&self) -> Vec<Action> {
        self.plan().actions
    }

    pub fn status(&self) -> PostgresqlStatus {
        let view = self.view();
        let plan = plan::next(&view);
        status::of(&view, &Assessment::new(&view), plan.current.as_ref())
    }
}
