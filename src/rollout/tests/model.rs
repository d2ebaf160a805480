//! Drivers over Kubernetes clusters, request by request: answers are lost, clusters cut off,
//! terminals killed, two people drive at once, controllers lag, clocks are a day apart. At every
//! step nothing is done that may not be; once it is quiet, a driver that takes over ends where one
//! that was never disturbed does.

use std::{collections::VecDeque, time::Duration};

use proptest::prelude::{Strategy, *};

use super::*;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Net {
    Good,
    /// It arrives, and the answer does not.
    AnswerLost,
    Lost,
}

#[derive(Clone, Debug)]
enum Event {
    /// A driver sends its next request.
    Drive(usize, Net),
    /// A controller looks at its slices.
    Look(usize),
    /// A controller decides on an operation that it has not begun.
    Admit(usize, usize),
    /// An operation ends.
    End(usize, usize, bool),
    /// A terminal is killed, and another one takes over.
    Replace(usize),
    /// A cluster is cut off from a driver, or no longer.
    Cut(usize, usize),
    /// A person says something in one slice.
    Say(usize, Desired),
    Time(u16),
}

fn event() -> impl Strategy<Value = Event> {
    let net = prop_oneof![8 => Just(Net::Good), 1 => Just(Net::AnswerLost), 1 => Just(Net::Lost)];
    prop_oneof![
        30 => (0..2usize, net).prop_map(|(driver, net)| Event::Drive(driver, net)),
        8 => (0..3usize).prop_map(Event::Look),
        8 => (0..3usize, 0..9usize).prop_map(|(cluster, which)| Event::Admit(cluster, which)),
        6 => (0..3usize, 0..9usize, prop::bool::weighted(0.97)).prop_map(|(cluster, which, good)| Event::End(cluster, which, good)),
        1 => (0..2usize).prop_map(Event::Replace),
        1 => (0..2usize, 0..3usize).prop_map(|(driver, cluster)| Event::Cut(driver, cluster)),
        1 => (0..3usize, prop_oneof![5 => Just(Desired::Pause), 1 => Just(Desired::Abort)]).prop_map(|(cluster, word)| Event::Say(cluster, word)),
        4 => (1..400u16).prop_map(Event::Time),
    ]
}

#[derive(Clone)]
struct Site {
    slice: Rollout,
    operations: BTreeMap<String, Operation>,
    /// How far its clock is off.
    skew: i64,
}

/// Where a driver is.
#[derive(Clone)]
enum At {
    /// Reads all slices before it bids.
    Meets(usize, BTreeMap<String, Rollout>),
    /// Writes its bid.
    Bids(Bid, usize),
    /// Reads slice (and then operations) of this number.
    Reads(usize, Option<Box<(Rollout, Timestamp)>>),
    Acts(VecDeque<Act>),
    Ended,
}

#[derive(Clone)]
struct Terminal {
    id: String,
    at: At,
    me: Me,
    fleet: Fleet,
    /// Sent since that slice was last read, with an answer or without.
    sent: BTreeMap<String, Vec<Operation>>,
    cut: BTreeSet<usize>,
}

struct Sim {
    sites: Vec<Site>,
    terminals: Vec<Terminal>,
    now: i64,
    count: usize,
    last: Option<Standing>,
}

impl Sim {
    fn new(strategy: crate::rollout::Strategy, counts: &[usize], skews: &[i64]) -> Self {
        let slices = plan(strategy, counts).rollouts().into_values();
        let sites = slices.zip(skews).map(|(mut slice, skew)| {
            slice.metadata.uid = Some("a".to_owned());
            slice.metadata.resource_version = Some("1".to_owned());
            slice.metadata.creation_timestamp = Some(Time(at(*skew)));
            Site {
                slice,
                operations: BTreeMap::new(),
                skew: *skew,
            }
        });
        let mut sim = Self {
            sites: sites.collect(),
            terminals: Vec::new(),
            now: 0,
            count: 0,
            last: None,
        };
        for cluster in 0..sim.sites.len() {
            sim.look(cluster);
        }
        for _ in 0..2 {
            let terminal = sim.terminal();
            sim.terminals.push(terminal);
        }
        sim
    }

    fn terminal(&mut self) -> Terminal {
        self.count += 1;
        let id = format!("driver-{}", self.count);
        Terminal {
            me: Me {
                id: id.clone(),
                epoch: 0,
            },
            id,
            at: At::Meets(0, BTreeMap::new()),
            fleet: Fleet::new(),
            sent: BTreeMap::new(),
            cut: BTreeSet::new(),
        }
    }

    fn clock(&self, cluster: usize) -> Timestamp {
        at(self.now + self.sites[cluster].skew)
    }

    fn written(site: &mut Site) {
        let version: u64 = site
            .slice
            .metadata
            .resource_version
            .as_deref()
            .unwrap_or("0")
            .parse()
            .expect("a number");
        site.slice.metadata.resource_version = Some((version + 1).to_string());
    }

    /// What the controller does beside operations.
    fn look(&mut self, cluster: usize) {
        let now = self.clock(cluster);
        let site = &mut self.sites[cluster];
        let claims = slice::claims([&site.slice], now);
        let operations: Vec<&Operation> = site.operations.values().collect();
        let sight = |_: &Target| slice::Sight::There {
            generation: 1,
            healthy_since: Some(at(-100_000)),
            kept: true,
        };
        let claimed = claims.get("a").cloned();
        let status = slice::status(&site.slice, claimed, &operations, &sight, now);
        if site.slice.status.as_ref() != Some(&status) {
            site.slice.status = Some(status);
            Self::written(site);
        }
    }

    fn in_phase(&self, cluster: usize, running: bool) -> Vec<String> {
        let all = self.sites[cluster].operations.iter();
        let phase = |one: &Operation| one.status.as_ref().map_or(Phase::Pending, |it| it.phase);
        all.filter(|(_, one)| {
            phase(one)
                == if running {
                    Phase::Running
                } else {
                    Phase::Pending
                }
        })
        .map(|(name, _)| name.clone())
        .collect()
    }

    fn admit(&mut self, cluster: usize, which: usize) -> Result<(), TestCaseError> {
        let waiting = self.in_phase(cluster, false);
        let Some(name) = waiting.get(which % waiting.len().max(1)) else {
            return Ok(());
        };
        let now = self.clock(cluster);
        let site = &mut self.sites[cluster];
        let slice = site.slice.clone();
        let operation = site.operations.get_mut(name).expect("an operation");
        let held = slice::claims([&slice], now).values().any(|it| it.held);
        let asked = operation.spec.rollout.clone().expect("of a rollout");
        match slice::refusal(&operation.spec, Some(&slice), held, 1) {
            Some((reason, _)) => operation.status = Some(ended(Phase::Refused, reason, None, now)),
            None => {
                operation.status = Some(ended(Phase::Running, "", Some(now), now));
                let uid = operation.spec.target.uid.clone();
                let control = &slice.spec.control;
                prop_assert_eq!(
                    control.desired,
                    Desired::Run,
                    "it starts though it is stopped"
                );
                prop_assert_eq!(asked.epoch, control.epoch, "an old driver starts something");
                let twice = site.operations.values().filter(|one| {
                    let began = one
                        .status
                        .as_ref()
                        .is_some_and(|it| it.started_at.is_some());
                    began && one.spec.target.uid == uid
                });
                prop_assert_eq!(twice.count(), 1, "begun twice");
                self.earlier_waves_are_done(asked.wave)?;
            }
        }
        self.within_limits()
    }

    /// Of earlier waves all have succeeded: nothing may fail in these plans. Where nobody waits for
    /// who does not answer, that holds of the canary.
    fn earlier_waves_are_done(&self, wave: u32) -> Result<(), TestCaseError> {
        for site in &self.sites {
            let plan = &site.slice.spec.plan;
            let all = plan.strategy.offline == Offline::Wait;
            let needed = |target: &&Target| {
                let is_canary = plan.strategy.canary > 0 && target.wave == 1;
                target.wave < wave && (all || is_canary)
            };
            for target in plan.targets.iter().filter(needed) {
                let done = site.operations.values().any(|one| {
                    one.spec.target.uid == target.uid
                        && one
                            .status
                            .as_ref()
                            .is_some_and(|it| it.phase == Phase::Succeeded)
                });
                prop_assert!(done, "wave {} began before {:?} was done", wave, target);
            }
        }
        Ok(())
    }

    fn within_limits(&self) -> Result<(), TestCaseError> {
        let strategy = &self.sites[0].slice.spec.plan.strategy;
        let total = self
            .sites
            .iter()
            .map(|site| site.slice.spec.plan.targets.len())
            .sum();
        let running: Vec<usize> = (0..self.sites.len())
            .map(|cluster| self.in_phase(cluster, true).len())
            .collect();
        let most = strategy.max_parallel.of(total);
        prop_assert!(
            running.iter().sum::<usize>() <= most,
            "{:?} at once, {} may",
            running,
            most
        );
        if let Some(most) = strategy.max_per_context {
            prop_assert!(
                running.iter().all(|count| *count <= most.get() as usize),
                "{:?} at once",
                running
            );
        }
        Ok(())
    }

    fn end(&mut self, cluster: usize, which: usize, good: bool) {
        let now = self.clock(cluster);
        let running = self.in_phase(cluster, true);
        let Some(name) = running.get(which % running.len().max(1)) else {
            return;
        };
        let operation = self.sites[cluster]
            .operations
            .get_mut(name)
            .expect("an operation");
        let phase = if good {
            Phase::Succeeded
        } else {
            Phase::Failed
        };
        let began = operation
            .status
            .as_ref()
            .and_then(|it| it.started_at.clone());
        operation.status = Some(ended(phase, "Done", began.map(|it| it.0), now));
    }

    /// Writes a slice's control if it is still at the version that was read; whether it was.
    fn write(&mut self, cluster: usize, read: &Rollout, control: Control) -> bool {
        let site = &mut self.sites[cluster];
        if site.slice.metadata.resource_version != read.metadata.resource_version {
            return false;
        }
        // What the API server checks.
        let old = &site.slice.spec.control;
        assert!(control.epoch >= old.epoch && control.wave >= old.wave);
        assert!(old.desired != Desired::Abort || control.desired == Desired::Abort);
        site.slice.spec.control = control;
        Self::written(site);
        true
    }

    /// One request of one driver.
    fn drive(&mut self, number: usize, net: Net) {
        let mut terminal = self.terminals[number].clone();
        terminal.at = self.driven(&mut terminal, net);
        self.terminals[number] = terminal;
    }

    fn driven(&mut self, terminal: &mut Terminal, net: Net) -> At {
        let sites = self.sites.len();
        let reaches = |terminal: &Terminal, cluster: usize| {
            net == Net::Good && !terminal.cut.contains(&cluster)
        };
        let arrives = |terminal: &Terminal, cluster: usize| {
            net != Net::Lost && !terminal.cut.contains(&cluster)
        };
        match terminal.at.clone() {
            At::Ended => At::Ended,
            At::Meets(cluster, mut met) => {
                if !reaches(terminal, cluster) {
                    return At::Meets(0, BTreeMap::new());
                }
                met.insert(uid_of(cluster), self.sites[cluster].slice.clone());
                if cluster + 1 < sites {
                    return At::Meets(cluster + 1, met);
                }
                let controls: Vec<&Control> =
                    met.values().map(|slice| &slice.spec.control).collect();
                let bid = Bid::new(
                    driver(&terminal.id),
                    &terminal.id,
                    controls,
                    &BTreeSet::new(),
                );
                terminal.me.epoch = bid.epoch;
                At::Bids(bid, 0)
            }
            At::Bids(bid, cluster) if cluster == sites => {
                let _ = bid;
                At::Reads(0, None)
            }
            At::Bids(bid, cluster) => {
                // Read and written at once here; the version is checked where it matters, below.
                if !arrives(terminal, cluster) {
                    return At::Bids(bid, cluster);
                }
                let read = self.sites[cluster].slice.clone();
                match bid.on(&read) {
                    Reply::Write(control) => {
                        self.write(cluster, &read, *control);
                        // Read again: it stands, or somebody was faster.
                        At::Bids(bid, cluster)
                    }
                    Reply::Stands => At::Bids(bid, cluster + 1),
                    Reply::Theirs(_) | Reply::Stopped(..) => At::Ended,
                }
            }
            At::Reads(cluster, half) => {
                let uid = uid_of(cluster);
                let answers = reaches(terminal, cluster);
                let next = match (half, answers) {
                    (None, true) => {
                        let read = (self.sites[cluster].slice.clone(), self.clock(cluster));
                        return At::Reads(cluster, Some(Box::new(read)));
                    }
                    (Some(read), true) => {
                        let (slice, at) = *read;
                        terminal.sent.remove(&uid);
                        let operations = self.sites[cluster].operations.values().cloned().collect();
                        terminal.fleet.insert(
                            uid,
                            Seen {
                                slice,
                                operations,
                                at,
                                silent: None,
                            },
                        );
                        cluster + 1
                    }
                    (_, false) => {
                        let Some(seen) = terminal.fleet.get_mut(&uid) else {
                            return At::Reads(cluster, None);
                        };
                        seen.silent = Some(Duration::from_secs(1));
                        seen.operations
                            .extend(terminal.sent.remove(&uid).unwrap_or_default());
                        cluster + 1
                    }
                };
                if next < sites {
                    return At::Reads(next, None);
                }
                let step = step(&terminal.me, &terminal.fleet);
                self.last = Some(step.standing.clone());
                match step.standing {
                    Standing::Stopped(_) | Standing::Done => At::Ended,
                    _ if step.acts.is_empty() => At::Reads(0, None),
                    _ => At::Acts(step.acts.into()),
                }
            }
            At::Acts(mut acts) => {
                let Some(act) = acts.pop_front() else {
                    return At::Reads(0, None);
                };
                let good = self.act(terminal, &act, net);
                match good {
                    true => At::Acts(acts),
                    false => At::Reads(0, None),
                }
            }
        }
    }

    /// Whether it came about, as far as the driver knows.
    fn act(&mut self, terminal: &mut Terminal, act: &Act, net: Net) -> bool {
        let uid = match act {
            Act::Open { cluster_uid, .. }
            | Act::Create { cluster_uid, .. }
            | Act::Finish { cluster_uid } => cluster_uid,
            Act::Look { .. } => return false,
        };
        let cluster: usize = uid
            .trim_start_matches("cluster-")
            .parse()
            .expect("a number");
        let arrives = net != Net::Lost && !terminal.cut.contains(&cluster);
        let answered = net == Net::Good && arrives;
        let read = terminal.fleet[uid].slice.clone();
        let mut control = read.spec.control.clone();
        match act {
            Act::Create {
                target, attempt, ..
            } => {
                let operation = operation(&read, target, *attempt, terminal.me.epoch);
                let name = operation.metadata.name.clone().expect("a name");
                let sent = terminal.sent.entry(uid.clone()).or_default();
                sent.push(operation.clone());
                if arrives {
                    self.sites[cluster]
                        .operations
                        .entry(name)
                        .or_insert(operation);
                }
                answered
            }
            Act::Open { wave, .. } => {
                control.wave = *wave;
                arrives && self.write(cluster, &read, control) && answered
            }
            Act::Finish { .. } => {
                control.finished_at = Some(Time(noon()));
                arrives && self.write(cluster, &read, control) && answered
            }
            Act::Look { .. } => false,
        }
    }

    fn apply(&mut self, event: &Event) -> Result<(), TestCaseError> {
        let sites = self.sites.len();
        match event {
            Event::Drive(number, net) => self.drive(*number, *net),
            Event::Look(cluster) => self.look(cluster % sites),
            Event::Admit(cluster, which) => self.admit(cluster % sites, *which)?,
            Event::End(cluster, which, good) => self.end(cluster % sites, *which, *good),
            Event::Replace(number) => self.terminals[*number] = self.terminal(),
            Event::Cut(number, cluster) => {
                let cut = &mut self.terminals[*number].cut;
                let cluster = cluster % sites;
                if !cut.remove(&cluster) {
                    cut.insert(cluster);
                }
            }
            Event::Say(cluster, word) => {
                let cluster = cluster % sites;
                let read = self.sites[cluster].slice.clone();
                let control = &read.spec.control;
                let said = control.stopped(*word, control.desired_seq + 1, "bob", None);
                self.write(cluster, &read, said);
            }
            Event::Time(seconds) => self.now += i64::from(*seconds),
        }
        Ok(())
    }

    /// A driver that nothing disturbs takes over; tells how it ended.
    fn settle(&mut self) -> Result<Standing, TestCaseError> {
        self.terminals.truncate(0);
        let terminal = self.terminal();
        self.terminals.push(terminal);
        self.last = None;
        for round in 0..2000 {
            if matches!(self.terminals[0].at, At::Ended) {
                let none = Standing::Stopped(Stop::Missing(Vec::new()));
                return Ok(self.last.clone().unwrap_or(none));
            }
            self.drive(0, Net::Good);
            for cluster in 0..self.sites.len() {
                self.admit(cluster, 0)?;
                self.end(cluster, 0, true);
                self.look(cluster);
            }
            self.now += if round % 7 == 0 { 300 } else { 1 };
        }
        Err(TestCaseError::fail("it does not come to an end"))
    }

    fn phases(&self) -> Vec<Phase> {
        let all = self.sites.iter().flat_map(|site| site.operations.values());
        all.filter_map(|one| Some(one.status.as_ref()?.phase))
            .collect()
    }
}

fn strategy_of() -> impl Strategy<Value = crate::rollout::Strategy> {
    let most = prop_oneof![
        (1..4u32).prop_map(Amount::Count),
        (1..60u32).prop_map(Amount::Percent)
    ];
    let per = prop::option::of(1..3u32);
    let offline = prop_oneof![Just(Offline::Wait), Just(Offline::Skip)];
    (0..2u32, most, per, 0..500u32, offline).prop_map(|(canary, most, per, soak, offline)| {
        crate::rollout::Strategy {
            canary,
            max_parallel: most,
            max_per_context: per.and_then(std::num::NonZeroU32::new),
            soak_seconds: soak,
            deadline_seconds: 1_000_000,
            offline,
            ..crate::rollout::Strategy::default()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_time: 5_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens(
        strategy in strategy_of(),
        counts in prop::collection::vec(1..5usize, 1..4),
        skews in prop::collection::vec(-86_400..86_400i64, 3),
        events in prop::collection::vec(event(), 0..400),
    ) {
        let mut sim = Sim::new(strategy, &counts, &skews);
        for event in &events {
            sim.apply(event)?;
        }
        let aborted = sim.sites.iter().any(|site| site.slice.spec.control.desired == Desired::Abort);
        let failed = sim.phases().contains(&Phase::Failed);
        let end = sim.settle()?;
        let done = sim.phases().iter().filter(|phase| **phase == Phase::Succeeded).count();
        match end {
            _ if aborted => prop_assert!(matches!(end, Standing::Stopped(_)), "{:?}", end),
            Standing::Stopped(Stop::Failures(_)) => prop_assert!(failed),
            Standing::Done => {
                prop_assert!(!failed);
                prop_assert_eq!(done, counts.iter().sum::<usize>());
                prop_assert!(sim.sites.iter().all(|site| slice::is_over(&site.slice)));
            }
            other => prop_assert!(false, "it ended with {:?}", other),
        }
    }
}
