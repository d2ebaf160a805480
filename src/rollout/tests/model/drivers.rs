//! The drivers' side, a request at a time: read all slices, bid, read again, act.

use super::*;

impl Sim {
    pub(super) fn terminal(&mut self, taking: Taking, cut: BTreeSet<usize>) -> Terminal {
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

    /// One request of one driver.
    pub(super) fn drive(&mut self, number: usize, net: Net) {
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
}
