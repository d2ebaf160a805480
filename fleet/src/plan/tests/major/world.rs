//! Members that are converted, held and killed, and what is seen of them.

use std::time::Duration;

use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::SignedDuration};
use pg_core::operation::{Action as Asked, OperationStatus, Phase, Upgrade};

use super::super::{
    cluster::{Cluster, State as Seen, member},
    model::rng::Rng,
};
use crate::{
    node::upgrade::{
        Report,
        journal::{Journal, Last, Linked, State},
    },
    observe::facts::{Answer, OrderFact},
    plan::action::{Action, Order, Ordered},
};

pub(super) const OLD: u32 = 15;
pub(super) const NEW: u32 = 17;

/// A member's volume and what runs on it.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) version: u32,
    pub(super) state: Option<State>,
    pub(super) last: Option<Last>,
    pub(super) patroni: bool,
    pub(super) runs: bool,
    /// Its data is being copied.
    pub(super) copying: u32,
}

pub(super) struct World {
    pub(super) cluster: Cluster,
    pub(super) nodes: Vec<Node>,
    /// Who holds the lock.
    leader: Option<usize>,
    /// The version that Patroni's `initialize` stands for.
    initialize: u32,
    /// Orders that are still on their way.
    late: Vec<(usize, Ordered)>,
    /// When somebody takes the operation back, and when somebody deletes it.
    pub(super) cancelled: Option<u32>,
    pub(super) deleted: Option<u32>,
    rng: Rng,
    /// Faults happen only so long.
    pub(super) quiet: bool,
    /// Everything was refused by the primary's check.
    pub(super) objects: bool,
    pub(super) ever_committed: bool,
    /// Extensions and statistics are up to date.
    pub(super) whole: bool,
}

impl World {
    pub(super) fn new(members: i32, seed: u64) -> Self {
        let mut cluster = Cluster::of(members);
        cluster.manifest.spec.postgresql.version = OLD.to_string();
        cluster.settle();
        cluster.unsettled_since = Some(cluster.now.mono);
        let asked = Asked::Upgrade(Upgrade {
            to: Some(NEW.to_string()),
            no_way_back: members < 3,
            ..Upgrade::default()
        });
        let wall = cluster.now.wall;
        cluster.asked("op", asked, |operation| {
            operation.status = Some(OperationStatus {
                phase: Phase::Running,
                primary_before: Some(member(0)),
                started_at: Some(Time(wall)),
                ..OperationStatus::default()
            });
        });
        let node = Node {
            version: OLD,
            patroni: true,
            runs: true,
            ..Node::default()
        };
        Self {
            cluster,
            nodes: vec![node; usize::try_from(members).expect("few")],
            leader: Some(0),
            initialize: OLD,
            late: Vec::new(),
            cancelled: None,
            deleted: None,
            rng: Rng::new(seed),
            quiet: false,
            objects: false,
            ever_committed: false,
            whole: false,
        }
    }

    fn fault(&mut self, percent: u64) -> bool {
        !self.quiet && self.rng.chance(percent)
    }

    pub(super) fn phase(&self) -> OperationStatus {
        let guarded = self.cluster.facts.operations["op"].as_ref();
        let operation = guarded.object.as_ref().expect("one");
        operation.status.clone().expect("running")
    }

    /// What time and crashes do.
    pub(super) fn moves(&mut self) {
        self.cluster.now.mono += Duration::from_secs(1);
        self.cluster.now.wall += SignedDuration::from_secs(1);
        for at in 0..self.nodes.len() {
            let killed = self.fault(6);
            self.step(at, killed);
        }
        self.elect();
        if !self.late.is_empty() && (self.quiet || self.rng.chance(5)) {
            let (at, step) = self.late.swap_remove(0);
            drop(self.carry_out(at, step));
        }
        if self.fault(8) {
            // Another controller: it knows nothing of what was ordered.
            let facts = &mut self.cluster.facts;
            facts.orders.clear();
            facts.given.clear();
            facts.reports.clear();
        }
        self.see();
        self.judge();
    }

    /// Whoever leads goes on, mostly; else another one that can.
    fn elect(&mut self) {
        let (moves, expires) = (self.fault(4), self.rng.chance(20));
        let can = |at: &usize| {
            let node = &self.nodes[*at];
            node.patroni && node.runs && node.copying == 0 && node.version == self.initialize
        };
        let others: Vec<usize> = (0..self.nodes.len())
            .filter(|at| can(at) && Some(*at) != self.leader)
            .collect();
        // Its Patroni was killed for the conversion: the lock is its own until it expires.
        let converts = |at: usize| {
            let node = &self.nodes[at];
            !node.patroni && node.state.is_some_and(State::blocks)
        };
        if self.leader.is_some_and(converts) && !expires {
            return;
        }
        let goes_on = self.leader.is_some_and(|at| can(&at));
        if goes_on && (!moves || others.is_empty()) {
            return;
        }
        let which = self.rng.below(others.len().max(1) as u64);
        self.leader = others.get(usize::try_from(which).expect("few")).copied();
    }

    fn step(&mut self, at: usize, killed: bool) {
        let serves_new = self.leader.is_some_and(|at| self.nodes[at].version == NEW);
        let (slow, leads) = (self.rng.chance(50), self.leader == Some(at));
        let node = &mut self.nodes[at];
        if killed {
            (node.patroni, node.runs) = (false, false);
            // What a start does with an upgrade that has not committed.
            if matches!(node.state, Some(State::Asked | State::Converting)) {
                node.state = None;
                node.last = Some(last(false));
            }
            return;
        }
        match node.state {
            None => {
                if node.copying > 0 && serves_new {
                    node.copying -= 1;
                    if node.copying == 0 {
                        node.version = NEW;
                    }
                }
                (node.patroni, node.runs) = (true, node.copying == 0);
            }
            Some(State::Asked) if slow => {}
            Some(State::Asked) => {
                (node.patroni, node.runs) = (false, false);
                node.state = Some(State::Converting);
            }
            Some(State::Converting) if slow => {}
            Some(State::Converting) => {
                node.state = Some(State::Committed);
                self.ever_committed = true;
            }
            Some(State::Committed) => {
                node.state = Some(State::Swapped);
                node.version = NEW;
            }
            Some(State::Swapped) if slow => {}
            Some(State::Swapped) => {
                node.state = Some(State::Serving);
                self.initialize = NEW;
            }
            Some(State::Serving) => {
                let served = node.patroni;
                (node.patroni, node.runs) = (true, true);
                if served && !slow && (leads || self.leader.is_some()) {
                    node.state = None;
                    node.last = Some(Last {
                        whole: leads,
                        ..last(true)
                    });
                    self.whole |= leads;
                }
            }
            Some(State::Holding) if slow => {}
            Some(State::Holding) => {
                (node.patroni, node.state) = (false, Some(State::Following));
            }
            Some(State::Following | State::Held) => node.patroni = false,
            Some(State::Linking) if slow => {}
            Some(State::Linking) => {
                node.state = Some(match at % 2 {
                    0 => State::Discarding,
                    _ => State::Linked,
                });
            }
            Some(State::Linked) => {
                (node.state, node.version) = (None, NEW);
                let linked = Some(Linked {
                    fetched: 5_500_000,
                    of: 2_000_000_000,
                });
                node.last = Some(Last {
                    notes: Vec::new(),
                    linked,
                    ..last(true)
                });
            }
            Some(State::Discarding) => {
                node.last = Some(last(true));
                node.state = None;
                node.copying = 2;
            }
        }
    }

    /// The members as they are seen now.
    pub(super) fn see(&mut self) {
        let wanted: Vec<Seen> = (0..self.nodes.len())
            .map(|at| {
                let node = &self.nodes[at];
                match node.patroni && node.runs {
                    true if self.leader == Some(at) => Seen::Leads,
                    true => Seen::Follows,
                    false => Seen::Silent,
                }
            })
            .collect();
        let now = self.cluster.now.mono;
        for (at, seen) in wanted.into_iter().enumerate() {
            let ordinal = i32::try_from(at).expect("few");
            self.cluster.put(ordinal, seen);
            if seen != Seen::Silent {
                let version = i64::from(self.nodes[at].version) * 10_000;
                self.cluster
                    .says(ordinal, |answer| answer.server_version = Some(version));
            }
        }
        self.cluster.lacks(&[(1, 0), (2, 0)]);
        let facts = &mut self.cluster.facts;
        for answer in facts.members.values_mut() {
            answer.at = now;
        }
        if let Some(leader) = &mut facts.leader {
            let at = self.leader.map(|at| i32::try_from(at).expect("few"));
            leader.leader.member = at.map(member);
            leader.read_live = Some(now);
            leader.renewed_seen = now;
        }
        if let Some(replication) = &mut facts.replication {
            replication.at = now;
        }
        if let Some(sql) = &mut facts.sql {
            sql.at = now;
        }
    }

    /// What may never be.
    fn judge(&self) {
        let primary = &self.nodes[0];
        let may_commit = matches!(
            primary.state,
            Some(State::Converting | State::Committed | State::Swapped)
        );
        for (at, node) in self.nodes.iter().enumerate().skip(1) {
            let may_lead = node.patroni && node.runs && node.version == OLD;
            assert!(
                !(may_lead && (may_commit || primary.version == NEW)),
                "db-{at} runs in the old version: {:?}",
                self.nodes
            );
        }
    }

    pub(super) fn acts(&mut self) {
        for action in self.cluster.actions() {
            match action {
                Action::WriteOperation { status, .. } => {
                    let lost = self.fault(10);
                    if !lost {
                        self.cluster.wrote("op", *status);
                    }
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
        self.judge();
    }

    pub(super) fn order(&mut self, order: &Order) {
        let at = (0..self.nodes.len())
            .find(|at| member(i32::try_from(*at).expect("few")) == order.member)
            .expect("a member");
        let mut fact = OrderFact {
            operation: order.operation.clone(),
            step: order.step,
            at: self.cluster.now.mono,
            ended: None,
        };
        let lost_before = self.fault(10);
        let lost_after = self.fault(10);
        let late = self.fault(30);
        let carried = match lost_before {
            true => {
                self.late.extend(late.then_some((at, order.step)));
                Err("the connection broke".to_owned())
            }
            false => self.carry_out(at, order.step),
        };
        let came = match lost_after {
            true => Err("the connection broke".to_owned()),
            false => carried,
        };
        fact.ended = Some(came.clone());
        let facts = &mut self.cluster.facts;
        facts.orders.insert(order.member.clone(), fact.clone());
        if !order.step.is_question() {
            facts.given.insert(order.member.clone(), fact);
        }
        let answer = Answer {
            at: self.cluster.now.mono,
            result: came,
        };
        facts.reports.insert(order.member.clone(), answer);
    }

    /// As `pg-fleet node upgrade` does it.
    fn carry_out(&mut self, at: usize, step: Ordered) -> Result<Report, String> {
        let initialize = self.initialize;
        let (objects, leads) = (self.objects, self.leader == Some(at));
        let node = &mut self.nodes[at];
        let no = |why: &str| Err(why.to_owned());
        let waits = node.state.is_some_and(State::waits);
        match step {
            Ordered::Report => {}
            Ordered::Check(_) if !node.runs => return no("no server"),
            Ordered::Check(_) if node.state.is_some() => return no("under way"),
            Ordered::Check(_) => {
                let mut report = self.report(at);
                report.objections = Some(Vec::new());
                if objects {
                    let said = serde_json::json!([{"reason": "LogicalSlots", "message": "a"}]);
                    report.objections = serde_json::from_value(said).ok();
                }
                return Ok(report);
            }
            Ordered::Begin(_) | Ordered::Hold(_) if node.state.is_some() => {}
            Ordered::Begin(_) | Ordered::Hold(_) if node.last.is_some() => return no("has ended"),
            Ordered::Begin(_) | Ordered::Hold(_) if !node.runs => return no("no server"),
            Ordered::Begin(_) if !leads => return no("not the primary"),
            Ordered::Hold(_) if leads => return no("not a replica"),
            Ordered::Begin(_) => node.state = Some(State::Asked),
            Ordered::Hold(_) => node.state = Some(State::Holding),
            Ordered::Cancel if node.state.is_some() => return no("under way"),
            Ordered::Cancel => drop(node.last.get_or_insert_with(|| last(false))),
            Ordered::Stop if !waits => return no("not held"),
            Ordered::Stop => (node.state, node.runs) = (Some(State::Held), false),
            Ordered::Release if node.state.is_none() => {
                node.last.get_or_insert_with(|| last(false));
            }
            Ordered::Rejoin if node.state.is_none() => {}
            Ordered::Finish(_) if node.state == Some(State::Serving) => {}
            Ordered::Finish(_) if node.state.is_some() => return no("under way"),
            Ordered::Finish(_) if node.last.as_ref().is_some_and(|last| last.whole) => {}
            Ordered::Finish(to) if !leads || node.version != to => return no("does not lead"),
            Ordered::Finish(_) => node.state = Some(State::Serving),
            Ordered::Release if !waits || initialize == NEW => return no("not held"),
            Ordered::Release => {
                (node.state, node.last) = (None, Some(last(false)));
            }
            Ordered::Rejoin if !waits || initialize == OLD => return no("not yet"),
            Ordered::Rejoin => (node.state, node.runs) = (Some(State::Linking), false),
            Ordered::Look | Ordered::Script { .. } => return no("sh: no such image"),
        }
        Ok(self.report(at))
    }

    fn report(&self, at: usize) -> Report {
        let node = &self.nodes[at];
        Report {
            data: Some(node.version),
            journal: node.state.map(|state| Journal {
                state,
                operation: "op".to_owned(),
                from: OLD,
                to: NEW,
                old_system: String::new(),
                new_system: String::new(),
                notes: Vec::new(),
                linked: None,
            }),
            last: node.last.clone(),
            runs: node.runs,
            ..Report::default()
        }
    }

    /// To the end of the operation and a while beyond; its status, if it is still there.
    pub(super) fn run(&mut self) -> Option<OperationStatus> {
        let mut over = 0;
        for round in 0..900 {
            self.quiet = round > 120;
            if self.cancelled == Some(round) {
                self.cluster.taken_back("op");
            }
            if self.deleted == Some(round) {
                self.cluster.facts.operations.clear();
            }
            self.moves();
            self.acts();
            let there = self.cluster.facts.operations.contains_key("op");
            let ended = !there || self.phase().phase.is_final();
            over = if ended && self.quiet && self.rests() {
                over + 1
            } else {
                0
            };
            if over > 10 {
                return there.then(|| self.phase());
            }
        }
        panic!(
            "no end: {:?} {:?}",
            self.cluster.facts.operations, self.nodes
        )
    }

    /// Whether nothing is to come.
    fn rests(&self) -> bool {
        let serves = |node: &Node| node.patroni && node.runs && node.state.is_none();
        self.late.is_empty() && self.nodes.iter().all(serves)
    }
}

fn last(done: bool) -> Last {
    Last {
        operation: "op".to_owned(),
        done,
        notes: vec!["why".to_owned()],
        ..Last::default()
    }
}
