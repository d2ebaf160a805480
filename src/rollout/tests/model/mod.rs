//! Drivers over Kubernetes clusters, request by request: answers are lost, clusters cut off,
//! terminals killed, two people drive at once and give up each other's side, targets fail, are left
//! out, tried again, changed by others, gates say no, controllers lag, clocks are a day apart. At
//! every step nothing is done that may not be; once it is quiet, drivers that take over end where
//! one that was never disturbed does.

mod clusters;
mod drivers;

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

/// How a rollout is taken up.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Taking {
    Resume,
    /// Without the clusters that the terminal before did not reach.
    Without,
    Retry,
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
    Replace(usize, Taking),
    /// A cluster is cut off from a driver, or no longer.
    Cut(usize, usize),
    /// A person says something in one slice.
    Say(usize, Desired),
    /// A person leaves a target out.
    Skip(usize, usize),
    /// Somebody changes a manifest.
    Edit(usize, usize),
    /// What gates say from now on.
    Gate(bool),
    /// A person lets it through.
    Approve,
    Time(u16),
}

fn event() -> impl Strategy<Value = Event> {
    let net = prop_oneof![8 => Just(Net::Good), 1 => Just(Net::AnswerLost), 1 => Just(Net::Lost)];
    let taking = prop_oneof![
        4 => Just(Taking::Resume),
        1 => Just(Taking::Without),
        1 => Just(Taking::Retry),
    ];
    prop_oneof![
        30 => (0..2usize, net).prop_map(|(driver, net)| Event::Drive(driver, net)),
        8 => (0..3usize).prop_map(Event::Look),
        8 => (0..3usize, 0..9usize).prop_map(|(cluster, which)| Event::Admit(cluster, which)),
        6 => (0..3usize, 0..9usize, prop::bool::weighted(0.9)).prop_map(|(cluster, which, good)| Event::End(cluster, which, good)),
        1 => (0..2usize, taking).prop_map(|(driver, taking)| Event::Replace(driver, taking)),
        1 => (0..2usize, 0..3usize).prop_map(|(driver, cluster)| Event::Cut(driver, cluster)),
        1 => (0..3usize, prop_oneof![5 => Just(Desired::Pause), 1 => Just(Desired::Abort)]).prop_map(|(cluster, word)| Event::Say(cluster, word)),
        1 => (0..3usize, 0..5usize).prop_map(|(cluster, which)| Event::Skip(cluster, which)),
        1 => (0..3usize, 0..5usize).prop_map(|(cluster, which)| Event::Edit(cluster, which)),
        1 => any::<bool>().prop_map(Event::Gate),
        1 => Just(Event::Approve),
        4 => (1..400u16).prop_map(Event::Time),
    ]
}

#[derive(Clone)]
struct Site {
    slice: Rollout,
    operations: BTreeMap<String, Operation>,
    /// Generations of manifests that somebody changed.
    edited: BTreeMap<String, i64>,
    /// How far its clock is off.
    skew: i64,
}

impl Site {
    fn generation(&self, target: &Target) -> i64 {
        self.edited.get(&target.uid).copied().unwrap_or(1)
    }
}

/// Where a driver is.
#[derive(Clone)]
enum At {
    /// Reads all slices before it bids; which of those that it drives is next.
    Meets(usize),
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
    taking: Taking,
    /// The clusters that it reads and writes.
    drives: Vec<usize>,
    /// Since when each does not answer.
    silent: BTreeMap<String, i64>,
}

struct Sim {
    sites: Vec<Site>,
    terminals: Vec<Terminal>,
    now: i64,
    count: usize,
    last: Option<Standing>,
    gate_passes: bool,
    /// Whether anybody ever gave up a cluster.
    gave_up: bool,
    /// How often something was tried again.
    retries: usize,
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
                edited: BTreeMap::new(),
                skew: *skew,
            }
        });
        let mut sim = Self {
            sites: sites.collect(),
            terminals: Vec::new(),
            now: 0,
            count: 0,
            last: None,
            gate_passes: true,
            gave_up: false,
            retries: 0,
        };
        for cluster in 0..sim.sites.len() {
            sim.look(cluster);
        }
        for _ in 0..2 {
            let terminal = sim.terminal(Taking::Resume, BTreeSet::new());
            sim.terminals.push(terminal);
        }
        sim
    }

    fn apply(&mut self, event: &Event) -> Result<(), TestCaseError> {
        let sites = self.sites.len();
        let target = |sim: &Self, cluster: usize, which: usize| {
            let targets = &sim.sites[cluster].slice.spec.plan.targets;
            targets[which % targets.len()].uid.clone()
        };
        match event {
            Event::Drive(number, net) => self.drive(*number, *net),
            Event::Look(cluster) => self.look(cluster % sites),
            Event::Admit(cluster, which) => self.admit(cluster % sites, *which)?,
            Event::End(cluster, which, good) => self.end(cluster % sites, *which, *good),
            Event::Replace(number, taking) => {
                let cut = match taking {
                    Taking::Without => self.terminals[*number].cut.clone(),
                    _ => BTreeSet::new(),
                };
                self.terminals[*number] = self.terminal(*taking, cut);
            }
            Event::Skip(cluster, which) => {
                let cluster = cluster % sites;
                let uid = target(self, cluster, *which);
                let read = self.sites[cluster].slice.clone();
                let mut control = read.spec.control.clone();
                control.words.retain(|word| word.uid != uid);
                control.words.push(Word {
                    uid,
                    skip: true,
                    ..Word::default()
                });
                self.write(cluster, &read, control);
            }
            Event::Edit(cluster, which) => {
                let cluster = cluster % sites;
                let uid = target(self, cluster, *which);
                *self.sites[cluster].edited.entry(uid).or_insert(1) += 1;
            }
            Event::Gate(passes) => self.gate_passes = *passes,
            Event::Approve => self.approve(&(0..sites).collect::<Vec<_>>()),
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

    /// A person lets it through, in each of these slices.
    fn approve(&mut self, clusters: &[usize]) {
        let gates = self.sites[0].slice.spec.plan.strategy.gates.clone();
        let control = |cluster: &usize| &self.sites[*cluster].slice.spec.control;
        let (wave, open) = to_approve(&gates, clusters.iter().map(control));
        for cluster in clusters.iter().copied() {
            let read = self.sites[cluster].slice.clone();
            let mut control = read.spec.control.clone();
            control.gates.extend(open.iter().map(|gate| Finding {
                wave,
                gate: gate.to_string(),
                passed: true,
                evidence: "a person".to_owned(),
                epoch: control.epoch,
                at: None,
            }));
            self.write(cluster, &read, control);
        }
    }

    /// A driver that nothing disturbs takes over; tells how it ended.
    fn settle(&mut self, taking: Taking) -> Result<Standing, TestCaseError> {
        self.terminals.truncate(0);
        let terminal = self.terminal(taking, BTreeSet::new());
        self.terminals.push(terminal);
        self.last = None;
        self.gate_passes = true;
        for round in 0..4000 {
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
            self.now += match &self.last {
                Some(Standing::Closed(left)) => left.as_secs().try_into().unwrap_or(1),
                _ if round % 7 == 0 => 300,
                _ => 1,
            };
        }
        Err(TestCaseError::fail("it does not come to an end"))
    }

    /// The same, past every person whom it waits for.
    fn settle_with_people(&mut self, taking: Taking) -> Result<Standing, TestCaseError> {
        for _ in 0..10 {
            match self.settle(taking)? {
                Standing::Stopped(Stop::Approval(_)) => {
                    let driven = self.terminals[0].drives.clone();
                    self.approve(&driven);
                }
                end => return Ok(end),
            }
        }
        Err(TestCaseError::fail("people are asked again and again"))
    }

    /// Whether the newest attempt on a target came about.
    fn is_done(&self, cluster: usize, target: &Target) -> bool {
        let own = self.sites[cluster].operations.values();
        own.filter(|one| one.spec.target.uid == target.uid)
            .any(|one| one.status.as_ref().map(|it| it.phase) == Some(Phase::Succeeded))
    }

    fn missing(&self) -> usize {
        let all = self.sites.iter().enumerate();
        let all = all.flat_map(|(cluster, site)| {
            let targets = site.slice.spec.plan.targets.iter();
            targets.map(move |target| (cluster, target))
        });
        all.filter(|(cluster, target)| !self.is_done(*cluster, target))
            .count()
    }
}

fn strategy_of() -> impl Strategy<Value = crate::rollout::Strategy> {
    let most = prop_oneof![
        (1..4u32).prop_map(Amount::Count),
        (1..60u32).prop_map(Amount::Percent)
    ];
    let per = prop::option::of(1..3u32);
    let offline = prop_oneof![Just(Offline::Wait), Just(Offline::Skip)];
    let gate = prop_oneof![Just(Gate::Approval {}), Just(Gate::Leader {})];
    let gates = prop::collection::vec(gate, 0..3);
    let windows = prop_oneof![3 => Just(Vec::new()), 1 => Just(vec!["10:00-20:00".to_owned()])];
    let deadline = prop_oneof![Just(1000u32), Just(1_000_000)];
    let limits = (most, per, 0..3u32);
    (
        0..2u32,
        limits,
        0..500u32,
        offline,
        gates,
        windows,
        deadline,
    )
        .prop_map(
            |(canary, (most, per, failures), soak, offline, gates, windows, deadline)| {
                crate::rollout::Strategy {
                    canary,
                    max_parallel: most,
                    max_per_context: per.and_then(std::num::NonZeroU32::new),
                    max_failures: failures,
                    soak_seconds: soak,
                    deadline_seconds: deadline,
                    offline,
                    gates,
                    windows,
                    ..crate::rollout::Strategy::default()
                }
            },
        )
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
        let may_fail = strategy.max_failures as usize;
        let mut sim = Sim::new(strategy, &counts, &skews);
        for event in &events {
            sim.apply(event)?;
        }
        let aborted = sim.sites.iter().any(|site| site.slice.spec.control.desired == Desired::Abort);
        let given_up = excluded(sim.sites.iter().map(|site| &site.slice.spec.control));
        let end = sim.settle_with_people(Taking::Resume)?;
        let fleet = sim.terminals[0].fleet.clone();
        match end {
            _ if aborted => {
                let nobody = given_up.len() == sim.sites.len();
                prop_assert!(nobody || matches!(end, Standing::Stopped(_)) || !given_up.is_empty(), "{:?}", end);
                return Ok(());
            }
            Standing::Stopped(Stop::Failures(_)) => prop_assert!(has_failed(&fleet)),
            Standing::Stopped(Stop::Missing(_)) => prop_assert_eq!(given_up.len(), sim.sites.len()),
            Standing::Done => prop_assert!(failures(&fleet).len() <= may_fail),
            other => prop_assert!(false, "it ended with {:?}", other),
        }
        // What failed, was left out or was given up is tried again: then all is done.
        let end = sim.settle_with_people(Taking::Retry)?;
        prop_assert_eq!(end, Standing::Done);
        prop_assert_eq!(sim.missing(), 0);
        prop_assert!(sim.sites.iter().all(|site| slice::is_over(&site.slice)));
    }
}
