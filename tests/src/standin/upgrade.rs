//! What `pg-fleet node upgrade` does inside a pod, as far as a controller sees it: orders are
//! admitted, refused or repeated, journals go from state to state by themselves, Patroni runs or
//! does not. The model of it is `carry_out` in `fleet/src/plan/tests/major.rs`.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Key, Members, StandIn, complain, members::MOMENT};
use crate::{Result, proxy::Order};

/// Long enough for the controller to stop replicas meanwhile.
const CONVERSION: Duration = Duration::from_millis(1500);

/// A member's volume.
#[derive(Debug, Default)]
pub(super) struct Volume {
    /// Version of the data.
    pub(super) version: u32,
    /// The highest number of a controller that has ordered something.
    fence: u64,
    journal: Option<Journal>,
    last: Option<Last>,
    /// Whether a server is kept from running on the data.
    stopped: bool,
    /// Whether somebody goes on with the journal.
    settling: bool,
}

#[derive(Clone, Debug)]
struct Journal {
    state: State,
    operation: String,
    from: u32,
    to: u32,
    system: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
enum State {
    Asked,
    Converting,
    Committed,
    Swapped,
    Serving,
    Holding,
    Following,
    Held,
    Linking,
    Linked,
    Discarding,
}

/// How one ended.
#[derive(Clone, Debug)]
struct Last {
    operation: String,
    done: bool,
    /// Whether extensions and statistics were brought up to date from here.
    whole: bool,
    notes: Vec<&'static str>,
    linked: bool,
}

impl Volume {
    /// With data of this version.
    pub(super) fn of(version: u32) -> Self {
        Self {
            version,
            ..Self::default()
        }
    }

    fn waits(&self) -> bool {
        let state = self.journal.as_ref().map(|journal| journal.state);
        matches!(state, Some(State::Holding | State::Following | State::Held))
    }

    /// The journal is closed.
    fn ends(&mut self, done: bool, notes: Vec<&'static str>, linked: bool) {
        if let Some(journal) = self.journal.take() {
            self.last = Some(Last {
                operation: journal.operation,
                done,
                whole: done && journal.state == State::Serving,
                notes,
                linked,
            });
        }
    }

    fn report(&self, is_checked: bool) -> Value {
        let journal = self.journal.as_ref().map(|journal| {
            json!({
                "state": journal.state,
                "operation": journal.operation,
                "from": journal.from,
                "to": journal.to,
                "oldSystem": journal.system.to_string(),
                "newSystem": (journal.system + 1).to_string(),
            })
        });
        let last = self.last.as_ref().map(|last| {
            let linked = json!({"fetched": 5_500_000, "of": 2_000_000_000});
            json!({
                "operation": last.operation,
                "done": last.done,
                "whole": last.whole,
                "notes": last.notes,
                "linked": last.linked.then_some(linked),
            })
        });
        json!({
            "data": self.version,
            "majors": [17, 18],
            "journal": journal,
            "last": last,
            "runs": !self.stopped,
            "objections": is_checked.then(Vec::<Value>::new),
        })
    }
}

impl StandIn {
    /// Carries out what is ordered in a pod; what the command prints, or why it fails.
    pub(super) fn carry_out(self: &Arc<Self>, order: &Order) -> Result<String, String> {
        let key = {
            let state = self.state();
            let mut all = state.clusters.iter();
            let found = all.find(|((namespace, _), all)| {
                *namespace == order.namespace && all.members.contains_key(&order.pod)
            });
            let (key, _) = found.ok_or_else(|| format!("no pod {}", order.pod))?;
            key.clone()
        };
        let words: Vec<&str> = order.words.iter().map(String::as_str).collect();
        let ["pg-fleet", "node", "upgrade", verb, ref flags @ ..] = words[..] else {
            return Err(format!("{words:?} is no order"));
        };
        let (report, goes_on) = self.with(&key, |all| {
            let report = all.obey(&order.pod, verb, &Flags::read(flags));
            let volume = all.volumes.get_mut(&order.pod);
            let goes_on = volume.is_some_and(|volume| {
                report.is_ok() && verb != "report" && !std::mem::replace(&mut volume.settling, true)
            });
            (report, goes_on)
        });
        if goes_on {
            let (standin, pod) = (Arc::clone(self), order.pod.clone());
            tokio::spawn(async move {
                if let Err(error) = standin.settle(&key, &pod).await {
                    complain(&pod, &error);
                }
            });
        }
        report.map(|report| report.to_string())
    }

    /// PID 1 goes on with the journal until somebody else says what comes next.
    async fn settle(&self, key: &Key, name: &str) -> Result {
        loop {
            sleep(MOMENT).await;
            let converts = self.with(key, |all| {
                let journal = all.volumes.get(name).and_then(|it| it.journal.as_ref());
                journal.is_some_and(|journal| journal.state == State::Converting)
            });
            if converts {
                sleep(CONVERSION).await;
            }
            let (goes_on, led) = self.with(key, |all| {
                let led = all.leader.clone();
                (all.goes_on(name), led)
            });
            if self.with(key, |all| all.leader != led) {
                self.write_config(key).await?;
                self.write_leader(key).await?;
            }
            if self.with(key, |all| {
                all.members.get(name).is_some_and(|it| it.patroni)
            }) {
                self.write_word(key, name).await?;
            }
            if !goes_on {
                return Ok(());
            }
        }
    }
}

/// What an order says beside its verb.
#[derive(Default)]
struct Flags {
    operation: String,
    fence: u64,
    to: u32,
}

impl Flags {
    fn read(words: &[&str]) -> Self {
        let mut flags = Self::default();
        let mut words = words.iter().flat_map(|word| word.split('='));
        while let Some((flag, value)) = words.next().zip(words.next()) {
            match flag {
                "--operation" => value.clone_into(&mut flags.operation),
                "--fence" => flags.fence = value.parse().unwrap_or_default(),
                "--to" => flags.to = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        flags
    }
}

impl Members {
    /// The order itself: what is noted before it is answered.
    fn obey(&mut self, name: &str, verb: &str, flags: &Flags) -> Result<Value, String> {
        let leads = self.leader.as_deref() == Some(name);
        let system = self.system;
        let volume = self.volumes.get_mut(name).ok_or("there is no volume")?;
        if verb == "report" {
            return Ok(volume.report(false));
        }
        if flags.fence < volume.fence {
            return Err(format!("a younger controller has ordered {}", volume.fence));
        }
        volume.fence = flags.fence;
        let has_ended = volume
            .last
            .as_ref()
            .is_some_and(|last| last.operation == flags.operation);
        let under_way = volume.journal.as_ref().map(|journal| journal.state);
        let is_own = volume
            .journal
            .as_ref()
            .is_some_and(|journal| journal.operation == flags.operation);
        match (verb, under_way) {
            ("check", None) if volume.stopped => return Err("no server runs".to_owned()),
            ("check", None) => return Ok(volume.report(true)),
            ("begin" | "hold", Some(_)) if is_own => {}
            ("begin" | "hold", None) if has_ended => {
                return Err("this operation has ended here already".to_owned());
            }
            ("begin", None) if !leads => return Err("this member is not the primary".to_owned()),
            ("hold", None) if leads => return Err("this member is not a replica".to_owned()),
            ("begin" | "hold", None) => {
                let state = match verb {
                    "begin" => State::Asked,
                    _ => State::Holding,
                };
                volume.journal = Some(Journal {
                    state,
                    operation: flags.operation.clone(),
                    from: volume.version,
                    to: flags.to,
                    system,
                });
                self.count(format!("{name} upgrade {verb}"));
            }
            // What comes late is refused by then.
            ("cancel" | "release", None) => drop(volume.last.get_or_insert_with(|| Last {
                operation: flags.operation.clone(),
                done: false,
                whole: false,
                notes: vec!["it was called off"],
                linked: false,
            })),
            ("rejoin", None)
            | ("rejoin", Some(State::Linking | State::Linked | State::Discarding)) => {}
            ("finish", Some(State::Serving)) if is_own => {}
            ("finish", None) if volume.last.as_ref().is_some_and(|it| it.whole) && has_ended => {}
            ("finish", None) if !leads || volume.version != flags.to => {
                return Err("this member does not lead with data of that version".to_owned());
            }
            ("finish", None) => {
                volume.journal = Some(Journal {
                    state: State::Serving,
                    operation: flags.operation.clone(),
                    from: flags.to,
                    to: flags.to,
                    system,
                });
                self.count(format!("{name} upgrade finish"));
            }
            ("stop" | "release" | "rejoin", Some(_)) if is_own && volume.waits() => {
                let Some(journal) = &mut volume.journal else {
                    return Err("no journal".to_owned());
                };
                let is_old = journal.system == system;
                match verb {
                    "stop" => (journal.state, volume.stopped) = (State::Held, true),
                    "release" if !is_old => return Err("it is another cluster now".to_owned()),
                    "release" => volume.ends(false, Vec::new(), false),
                    _ if is_old => return Err("the old version is what it is".to_owned()),
                    _ => {
                        (journal.state, volume.stopped) = (State::Linking, true);
                        self.count(format!("{name} upgrade rejoin"));
                    }
                }
            }
            (_, at) => return Err(format!("{verb} while the journal is at {at:?}")),
        }
        let volume = self.volumes.get(name).ok_or("there is no volume")?;
        Ok(volume.report(false))
    }

    /// One step of the journal; whether another one follows by itself.
    fn goes_on(&mut self, name: &str) -> bool {
        let Some(volume) = self.volumes.get_mut(name) else {
            return false;
        };
        let state = volume.journal.as_ref().map(|journal| journal.state);
        let mut patroni = None;
        let mut goes_on = false;
        match (state, &mut volume.journal) {
            (Some(State::Asked), Some(journal)) => {
                journal.state = State::Converting;
                (volume.stopped, patroni, goes_on) = (true, Some(false), true);
                self.leader = None;
            }
            (Some(State::Converting), _) if self.undoes => {
                volume.ends(false, vec!["so it was made"], false);
                (volume.stopped, patroni) = (false, Some(true));
                self.led_by_another();
                self.leader = Some(name.to_owned());
                self.acquired = jiff::Timestamp::now().to_string();
            }
            (Some(State::Converting), Some(journal)) => {
                (journal.state, goes_on) = (State::Committed, true);
                let to = journal.to;
                self.judge(to);
            }
            (Some(State::Committed), Some(journal)) => {
                (journal.state, goes_on) = (State::Swapped, true);
                volume.version = journal.to;
            }
            (Some(State::Swapped), Some(journal)) => {
                (journal.state, volume.stopped) = (State::Serving, false);
                (patroni, goes_on) = (Some(true), true);
                self.system += 1;
                self.transitions += 1;
                self.timeline = 1;
                self.leader = Some(name.to_owned());
                self.acquired = jiff::Timestamp::now().to_string();
            }
            (Some(State::Serving), Some(_)) => volume.ends(true, vec!["statistics kept"], false),
            (Some(State::Holding), Some(journal)) => {
                journal.state = State::Following;
                patroni = Some(false);
            }
            (Some(State::Linking), Some(journal)) => {
                goes_on = true;
                // Each way for one of them.
                journal.state = match name.ends_with('1') {
                    true => State::Linked,
                    false => State::Discarding,
                };
            }
            (Some(state @ (State::Linked | State::Discarding)), Some(journal)) => {
                (volume.version, volume.stopped) = (journal.to, false);
                match state {
                    State::Linked => volume.ends(true, Vec::new(), true),
                    _ => volume.ends(true, vec!["so it was made"], false),
                }
                patroni = Some(true);
            }
            (None, _) => (volume.stopped, patroni) = (false, Some(true)),
            _ => {}
        }
        if let Some(volume) = self.volumes.get_mut(name) {
            volume.settling = goes_on;
        }
        if let (Some(member), Some(runs)) = (self.members.get_mut(name), patroni) {
            member.patroni = runs;
        }
        goes_on
    }

    /// Past the commit point nobody of another version runs under Patroni.
    fn judge(&mut self, to: u32) {
        let old: Vec<String> = self
            .members
            .iter()
            .filter(|(name, member)| {
                let version = self.volumes.get(*name).map(|volume| volume.version);
                member.patroni && version != Some(to)
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in old {
            complain(&name, &"it may lead in the old version");
            self.count(format!("{name} may lead in the old version"));
        }
    }
}
