//! A major upgrade by Zalando's script, in pods that have no pg-fleet: orders are lost before or after they were carried out,
//! the script is killed at any moment, or fails before or after it has converted; controllers forget what they knew. It is
//! begun once at most, nothing is called done that is not, and the manifest says what serves.

use std::time::Duration;

use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::SignedDuration};
use pg_core::operation::{Action as Asked, OperationStatus, Phase, Upgrade};
use proptest::prelude::*;

use super::{
    cluster::{Cluster, State as Seen, member},
    model::rng::Rng,
};
use crate::{
    node::upgrade::{Report, script::Script},
    observe::facts::{Answer, OrderFact},
    plan::action::{Action, Order, Ordered},
};

const OLD: i64 = 15;
const NEW: i64 = 17;

struct World {
    cluster: Cluster,
    rng: Rng,
    /// Faults happen only so long.
    quiet: bool,
    script: Script,
    begun: u32,
    version: i64,
}

impl World {
    fn new(seed: u64, script: Script, change: impl FnOnce(&mut Upgrade)) -> Self {
        let mut cluster = Cluster::of(2);
        cluster.manifest.spec.postgresql.version = OLD.to_string();
        cluster.settle();
        let mut asked = Upgrade {
            to: Some(NEW.to_string()),
            no_way_back: true,
            ..Upgrade::default()
        };
        change(&mut asked);
        let wall = cluster.now.wall;
        cluster.asked("op", Asked::Upgrade(asked), |operation| {
            operation.status = Some(OperationStatus {
                phase: Phase::Running,
                primary_before: Some(member(0)),
                started_at: Some(Time(wall)),
                ..OperationStatus::default()
            });
        });
        Self {
            cluster,
            rng: Rng::new(seed),
            quiet: false,
            script,
            begun: 0,
            version: OLD,
        }
    }

    fn fault(&mut self, percent: u64) -> bool {
        !self.quiet && self.rng.chance(percent)
    }

    fn status(&self) -> OperationStatus {
        let guarded = self.cluster.facts.operations["op"].as_ref();
        let operation = guarded.object.as_ref().expect("one");
        operation.status.clone().expect("running")
    }

    /// What time, the script and crashes do.
    fn moves(&mut self) {
        self.cluster.now.mono += Duration::from_secs(1);
        self.cluster.now.wall += SignedDuration::from_secs(1);
        if self.script == Script::Running && self.rng.chance(20) {
            if self.rng.chance(70) {
                self.version = NEW;
            }
            let said = "ERROR: why".to_owned();
            self.script = match (self.fault(30), self.fault(30)) {
                (true, _) => Script::Broken { said },
                (_, true) => Script::Ended { code: 1, said },
                _ => Script::Ended {
                    code: i32::from(self.version == OLD),
                    said,
                },
            };
        }
        let facts = &mut self.cluster.facts;
        if !self.quiet && self.rng.chance(8) {
            // Another controller: it knows nothing of what was ordered.
            facts.orders.clear();
            facts.given.clear();
            facts.reports.clear();
        }
        let serves = self.script != Script::Running;
        let now = self.cluster.now.mono;
        for (ordinal, seen) in [(0, Seen::Leads), (1, Seen::Follows)] {
            let seen = if serves { seen } else { Seen::Silent };
            self.cluster.put(ordinal, seen);
            if serves {
                let version = self.version * 10_000;
                self.cluster
                    .says(ordinal, |answer| answer.server_version = Some(version));
            }
        }
        self.cluster.lacks(&[(1, 0)]);
        let facts = &mut self.cluster.facts;
        for answer in facts.members.values_mut() {
            answer.at = now;
        }
        if let Some(leader) = &mut facts.leader {
            leader.leader.member = Some(member(0));
            (leader.read_live, leader.renewed_seen) = (Some(now), now);
        }
        if let Some(replication) = &mut facts.replication {
            replication.at = now;
        }
    }

    fn acts(&mut self) {
        for action in self.cluster.actions() {
            match action {
                Action::WriteOperation { status, .. } if !self.fault(10) => {
                    self.cluster.wrote("op", *status);
                }
                Action::EditManifest { spec, .. } => {
                    let version = spec["postgresql"]["version"].as_str().expect("a version");
                    self.cluster.manifest.spec.postgresql.version = version.to_owned();
                    self.cluster.settle();
                }
                Action::Order(order) => self.order(&order),
                _ => {}
            }
        }
    }

    fn order(&mut self, order: &Order) {
        assert_eq!(order.member, member(0), "{order:?}");
        let lost = || Err("the connection broke".to_owned());
        let (before, after) = (self.fault(10), self.fault(10));
        let came = match order.step {
            _ if before => lost(),
            Ordered::Check(_) | Ordered::Report => {
                Err("exec: \"pg-fleet\": executable file not found in $PATH".to_owned())
            }
            Ordered::Look | Ordered::Script { .. } => {
                if matches!(order.step, Ordered::Script { .. }) {
                    assert_eq!(order.step, Ordered::Script { to: 17, members: 2 });
                    if self.script == Script::Idle {
                        self.begun += 1;
                        self.script = Script::Running;
                    }
                }
                Ok(Report {
                    script: Some(self.script.clone()),
                    ..Report::default()
                })
            }
            step => panic!("{step:?} to a pod without pg-fleet"),
        };
        let came = if after { lost() } else { came };
        let at = self.cluster.now.mono;
        let fact = OrderFact {
            operation: order.operation.clone(),
            step: order.step,
            at,
            ended: Some(came.clone()),
        };
        let facts = &mut self.cluster.facts;
        facts.orders.insert(order.member.clone(), fact.clone());
        if !order.step.is_question() {
            facts.given.insert(order.member.clone(), fact);
        }
        let answer = Answer { at, result: came };
        facts.reports.insert(order.member.clone(), answer);
    }

    fn run(&mut self) -> OperationStatus {
        for round in 0..1500 {
            self.quiet |= round > 100;
            self.moves();
            self.acts();
            if self.status().phase.is_final() {
                return self.status();
            }
        }
        panic!("no end: {:?} {:?}", self.status(), self.script)
    }
}

#[test]
fn undisturbed() {
    let mut world = World::new(3, Script::Idle, |_| {});
    world.quiet = true;
    let status = world.run();
    let names: Vec<&str> = status.steps.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        names[..3],
        [
            "check that it can be done",
            "run Zalando's script on db-0",
            "wait for the new version",
        ],
        "{status:?}"
    );
}

#[test]
fn what_is_refused_before_the_script_is_begun() {
    type Change = fn(&mut Upgrade);
    let table: [(Script, Change, &str); 3] = [
        (Script::Absent, |_| {}, "NotOurImage"),
        (Script::Idle, |asked| asked.check = true, "NotCheckable"),
        (Script::Idle, |asked| asked.no_way_back = false, "NoWayBack"),
    ];
    for (script, change, reason) in table {
        let mut world = World::new(1, script, change);
        world.quiet = true;
        let status = world.run();
        assert_eq!(status.phase, Phase::Refused, "{status:?}");
        assert_eq!(status.reason.as_deref(), Some(reason), "{status:?}");
        assert_eq!(world.begun, 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn it_is_begun_once_and_its_end_is_what_serves(seed in any::<u64>()) {
        let mut world = World::new(seed, Script::Idle, |_| {});
        let status = world.run();
        prop_assert!(world.begun <= 1);
        prop_assert!(world.script != Script::Running, "{:?}", status);
        let done = matches!(world.script, Script::Ended { code: 0, .. });
        prop_assert_eq!(status.phase == Phase::Succeeded, done, "{:?}", status);
        let says = &world.cluster.manifest.spec.postgresql.version;
        prop_assert_eq!(says, &world.version.to_string(), "{:?}", status);
        let message = status.message.unwrap_or_default();
        if let Script::Ended { code: 1, .. } | Script::Broken { .. } = world.script {
            prop_assert_eq!(status.reason.as_deref(), Some("ScriptFailed"));
            prop_assert!(message.contains("ERROR: why"), "{}", message);
        }
    }
}
