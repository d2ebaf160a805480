//! Drivers over Kubernetes clusters, request by request: answers are lost, clusters cut off,
//! terminals killed, two people drive at once and give up each other's side, targets fail, are left
//! out, tried again, changed by others, gates say no, controllers lag, clocks are a day apart. At
//! every step nothing is done that may not be; once it is quiet, drivers that take over end where
//! one that was never disturbed does.

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

    fn terminal(&mut self, taking: Taking, cut: BTreeSet<usize>) -> Terminal {
        self.count += 1;
        let without = taking == Taking::Without;
        let all = 0..self.sites.len();
        let drives: Vec<usize> = all.filter(|one| !without || !cut.contains(one)).collect();
        let id = format!("driver-{}", self.count);
        Terminal {
            me: Me {
                id: id.clone(),
                epoch: 0,
            },
            id,
            at: match drives.is_empty() {
                true => At::Ended,
                false => At::Meets(0),
            },
            fleet: Fleet::new(),
            sent: BTreeMap::new(),
            cut,
            taking,
            drives,
            silent: BTreeMap::new(),
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
        let edited = site.edited.clone();
        let sight = |target: &Target| slice::Sight::There {
            generation: edited.get(&target.uid).copied().unwrap_or(1),
            healthy_since: Some(at(-100_000)),
            reverted: None,
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
        let uid = site.operations[name].spec.target.uid.clone();
        let mut targets = slice.spec.plan.targets.iter();
        let target = targets.find(|one| one.uid == uid).expect("a target");
        let generation = site.generation(target);
        let operation = site.operations.get_mut(name).expect("an operation");
        let held = slice::claims([&slice], now).values().any(|it| it.held);
        let asked = operation.spec.rollout.clone().expect("of a rollout");
        match slice::refusal(&operation.spec, Some(&slice), held, generation) {
            Some((reason, _)) => operation.status = Some(ended(Phase::Refused, reason, None, now)),
            None => {
                operation.status = Some(ended(Phase::Running, "", Some(now), now));
                let control = &slice.spec.control;
                prop_assert_eq!(
                    control.desired,
                    Desired::Run,
                    "it starts though it is stopped"
                );
                prop_assert_eq!(asked.epoch, control.epoch, "an old driver starts something");
                let skipped = control.words.iter().any(|one| one.uid == uid && one.skip);
                prop_assert!(!skipped, "it starts though it was left out");
                let own = || {
                    site.operations
                        .values()
                        .filter(|one| one.spec.target.uid == uid)
                };
                let status = |one: &&Operation| one.status.clone().unwrap_or_default();
                let began = own().filter(|one| status(one).started_at.is_some()).count();
                prop_assert!(began <= 1 + self.retries, "begun {} times", began);
                let runs = own()
                    .filter(|one| status(one).phase == Phase::Running)
                    .count();
                prop_assert_eq!(runs, 1, "two at once");
                self.earlier_waves_are_done(asked.wave, &slice)?;
            }
        }
        self.within_limits()
    }

    /// Of earlier waves nothing is left, where nobody gave anything up, nothing may fail and nothing
    /// was tried again; in any case all gates before this one have let it through.
    fn earlier_waves_are_done(&self, wave: u32, slice: &Rollout) -> Result<(), TestCaseError> {
        let strategy = &slice.spec.plan.strategy;
        for gate in strategy.gates.iter().filter(|_| wave > 1) {
            let name = gate.to_string();
            let all = self
                .sites
                .iter()
                .flat_map(|it| &it.slice.spec.control.gates);
            let mut own = all.filter(|one| one.wave == wave - 1 && one.gate == name);
            prop_assert!(own.any(|one| one.passed), "{} did not pass", name);
        }
        if self.retries > 0 {
            return Ok(());
        }
        let excluded = excluded(self.sites.iter().map(|site| &site.slice.spec.control));
        let all = strategy.offline == Offline::Wait && strategy.max_failures == 0;
        for (cluster, site) in self.sites.iter().enumerate() {
            if excluded.contains(&uid_of(cluster)) {
                continue;
            }
            let needed = |target: &&Target| {
                let is_canary = strategy.canary > 0 && target.wave == 1;
                target.wave < wave && (all || is_canary)
            };
            let control = &site.slice.spec.control;
            for target in site.slice.spec.plan.targets.iter().filter(needed) {
                let left_out = control.words.iter().any(|one| one.uid == target.uid)
                    || site.generation(target) != 1;
                let mut own = site.operations.values();
                let done = own.any(|one| {
                    let phase = one.status.as_ref().map(|it| it.phase);
                    one.spec.target.uid == target.uid && phase == Some(Phase::Succeeded)
                });
                prop_assert!(
                    done || left_out,
                    "wave {} began before {:?} was done",
                    wave,
                    target
                );
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
        // Two that gave up each other's side may use it twice, but nobody twice in one cluster.
        let at_once = match self.gave_up {
            true => running.iter().copied().max().unwrap_or(0),
            false => running.iter().sum(),
        };
        prop_assert!(at_once <= most, "{:?} at once, {} may", running, most);
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
        let reaches = |terminal: &Terminal, cluster: usize| {
            net == Net::Good && !terminal.cut.contains(&cluster)
        };
        let arrives = |terminal: &Terminal, cluster: usize| {
            net != Net::Lost && !terminal.cut.contains(&cluster)
        };
        let at = |terminal: &Terminal, index: usize| terminal.drives.get(index).copied();
        match terminal.at.clone() {
            At::Ended => At::Ended,
            At::Meets(index) => {
                let Some(cluster) = at(terminal, index) else {
                    return self.bids(terminal);
                };
                if !reaches(terminal, cluster) {
                    return At::Meets(0);
                }
                let site = &self.sites[cluster];
                let seen = Seen {
                    slice: site.slice.clone(),
                    operations: site.operations.values().cloned().collect(),
                    at: self.clock(cluster),
                    silent: None,
                };
                terminal.fleet.insert(uid_of(cluster), seen);
                At::Meets(index + 1)
            }
            At::Bids(bid, index) => {
                let Some(cluster) = at(terminal, index) else {
                    terminal.fleet.clear();
                    return At::Reads(0, None);
                };
                // Read and written at once here; the version is checked where it matters, below.
                if !arrives(terminal, cluster) {
                    return At::Bids(bid, index);
                }
                let read = self.sites[cluster].slice.clone();
                match bid.on(&read) {
                    Reply::Write(control) => {
                        self.gave_up |= !control.excluded.is_empty();
                        self.retries += usize::from(!bid.words.is_empty());
                        self.write(cluster, &read, *control);
                        // Read again: it stands, or somebody was faster.
                        At::Bids(bid, index)
                    }
                    Reply::Stands => At::Bids(bid, index + 1),
                    Reply::Theirs(_) | Reply::Stopped(..) => At::Ended,
                }
            }
            At::Reads(index, half) => {
                let Some(cluster) = at(terminal, index) else {
                    return At::Reads(0, None);
                };
                let uid = uid_of(cluster);
                let answers = reaches(terminal, cluster);
                let next = match (half, answers) {
                    (None, true) => {
                        let read = (self.sites[cluster].slice.clone(), self.clock(cluster));
                        return At::Reads(index, Some(Box::new(read)));
                    }
                    (Some(read), true) => {
                        let (slice, at) = *read;
                        terminal.sent.remove(&uid);
                        terminal.silent.remove(&uid);
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
                        index + 1
                    }
                    (_, false) => {
                        let since = *terminal.silent.entry(uid.clone()).or_insert(self.now);
                        let Some(seen) = terminal.fleet.get_mut(&uid) else {
                            return At::Reads(index, None);
                        };
                        let silent = u64::try_from(self.now - since).expect("time goes on");
                        seen.silent = Some(Duration::from_secs(silent + 1));
                        seen.operations
                            .extend(terminal.sent.remove(&uid).unwrap_or_default());
                        index + 1
                    }
                };
                if next < terminal.drives.len() {
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

    /// What it writes, after it has met all slices.
    fn bids(&self, terminal: &mut Terminal) -> At {
        let controls = || terminal.fleet.values().map(|seen| &seen.slice.spec.control);
        let mut given_up = excluded(controls());
        let all = 0..self.sites.len();
        given_up.extend(all.filter(|one| !terminal.drives.contains(one)).map(uid_of));
        let mut words = BTreeMap::new();
        if terminal.taking == Taking::Retry {
            let mut fleet = terminal.fleet.clone();
            given_up.retain(|uid| !fleet.contains_key(uid));
            for seen in fleet.values_mut() {
                seen.slice.spec.control.excluded.clear();
            }
            words = tried_again(&fleet, None, &BTreeMap::new());
        }
        terminal
            .drives
            .retain(|one| !given_up.contains(&uid_of(*one)));
        if terminal.drives.is_empty() {
            return At::Ended;
        }
        let own = terminal
            .drives
            .iter()
            .map(|one| &terminal.fleet[&uid_of(*one)]);
        let own: Vec<&Control> = own.map(|seen| &seen.slice.spec.control).collect();
        let mut bid = Bid::new(driver(&terminal.id), &terminal.id, own, &given_up);
        bid.words = words;
        terminal.me.epoch = bid.epoch;
        At::Bids(bid, 0)
    }

    /// What a gate says, written into every slice that answers.
    fn finds(&mut self, terminal: &Terminal, wave: u32, gate: &Gate) {
        let finding = Finding {
            wave,
            gate: gate.to_string(),
            passed: self.gate_passes,
            evidence: String::new(),
            epoch: terminal.me.epoch,
            at: None,
        };
        for cluster in &terminal.drives {
            let seen = &terminal.fleet[&uid_of(*cluster)];
            if seen.silent.is_none() && !terminal.cut.contains(cluster) {
                let read = seen.slice.clone();
                let mut control = read.spec.control.clone();
                control.gates.push(finding.clone());
                self.write(*cluster, &read, control);
            }
        }
    }

    /// Whether it came about, as far as the driver knows.
    fn act(&mut self, terminal: &mut Terminal, act: &Act, net: Net) -> bool {
        let uid = match act {
            Act::Open { cluster_uid, .. }
            | Act::Create { cluster_uid, .. }
            | Act::Finish { cluster_uid } => cluster_uid,
            Act::Look { wave, gate } => {
                self.finds(terminal, *wave, gate);
                return false;
            }
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
