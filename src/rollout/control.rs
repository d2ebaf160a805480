//! Who drives a rollout, and whether it may go on: words of people and processes over many slices
//! that cannot all be written at once.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    resource::{Control, Desired, Driver, Rollout, Word},
    strategy::Gate,
};

/// What all slices together say.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Wanted {
    /// Whether the rollout may go on.
    pub desired: Desired,
    /// The newest word's number.
    pub seq: i64,
    /// Whose word it is.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Merges the words of slices: an end is an end; else the newest, and of two as new the one that
/// stops.
pub fn wanted<'a>(controls: impl IntoIterator<Item = &'a Control>) -> Wanted {
    let rank = |control: &Control| {
        (
            control.desired == Desired::Abort,
            control.desired_seq,
            control.desired,
        )
    };
    let mut seq = 0;
    let mut newest: Option<&Control> = None;
    for control in controls {
        seq = seq.max(control.desired_seq);
        if newest.is_none_or(|newest| rank(control) > rank(newest)) {
            newest = Some(control);
        }
    }
    newest.map_or_else(Wanted::default, |control| Wanted {
        desired: control.desired,
        seq,
        by: control.by.clone(),
        reason: control.reason.clone(),
    })
}

/// All that were given up, by any slice's word.
pub fn excluded<'a>(controls: impl IntoIterator<Item = &'a Control>) -> BTreeSet<String> {
    let all = controls.into_iter().flat_map(|control| &control.excluded);
    all.cloned().collect()
}

/// Whether a start ended before anything could begin, by all slices of the plan; one that is missing
/// counts as if it were just made. A driver needs every slice before it opens a wave in any, unless
/// somebody has given up one: so this start may be made again.
pub fn never_ran<'a>(controls: impl IntoIterator<Item = &'a Control>) -> bool {
    let mut waits = false;
    for control in controls {
        let begun = control.wave > 0 || !control.excluded.is_empty();
        if begun || control.desired == Desired::Abort {
            return false;
        }
        waits |= control.epoch == 0;
    }
    waits
}

/// Gates behind the newest wave that a person may let it through: those that ask for a person, and
/// those that were looked at and said no. What nobody has looked at yet is still looked at.
pub fn to_approve<'a, 'b>(
    gates: &'a [Gate],
    controls: impl IntoIterator<Item = &'b Control>,
) -> (u32, Vec<&'a Gate>) {
    let controls: Vec<&Control> = controls.into_iter().collect();
    let wave = controls.iter().map(|one| one.wave).max().unwrap_or(0);
    let is_open = |gate: &&Gate| {
        let name = gate.to_string();
        let all = controls.iter().flat_map(|control| &control.gates);
        let mut found = all.filter(|one| one.wave == wave && one.gate == name);
        let first = found.next().map(|one| one.passed);
        match first {
            None => **gate == Gate::Approval {},
            Some(first) => !first && !found.any(|one| one.passed),
        }
    };
    match wave {
        0 => (0, Vec::new()),
        _ => (wave, gates.iter().filter(is_open).collect()),
    }
}

/// A driver's claim to a rollout: written into every slice, in the order of their uids.
#[derive(Clone, Debug, PartialEq)]
pub struct Bid {
    /// Who.
    pub driver: Driver,
    /// As which generation.
    pub epoch: i64,
    /// The number of its word that the rollout goes on.
    pub seq: i64,
    /// Whose word that is.
    pub by: String,
    /// Participants that it goes on without.
    pub excluded: Vec<String>,
    /// What people said of targets now, by their uids.
    pub words: BTreeMap<String, Word>,
}

/// What becomes of a bid in one slice.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// This is to be written, for the version that was read.
    Write(Box<Control>),
    /// It stands there already.
    Stands,
    /// Somebody else drives.
    Theirs(Driver),
    /// Somebody has spoken since: this stops it.
    Stopped(Desired, Option<String>),
}

impl Bid {
    /// A bid for slices as they were read, the next generation after all of theirs.
    pub fn new<'a>(
        driver: Driver,
        by: &str,
        controls: impl IntoIterator<Item = &'a Control> + Clone,
        without: &BTreeSet<String>,
    ) -> Self {
        let all = controls.clone().into_iter();
        let epoch = all.map(|one| one.epoch).max().unwrap_or(0);
        Self {
            driver,
            epoch: epoch + 1,
            seq: wanted(controls.clone()).seq + 1,
            by: by.to_owned(),
            excluded: without.iter().cloned().collect(),
            words: BTreeMap::new(),
        }
    }

    /// What it meets in a slice as it is now.
    pub fn on(&self, slice: &Rollout) -> Reply {
        let control = &slice.spec.control;
        let driver = control.driver.clone().unwrap_or_default();
        let stands = control.epoch == self.epoch && driver.id == self.driver.id;
        if control.desired == Desired::Abort {
            return Reply::Stopped(control.desired, control.by.clone());
        }
        if control.epoch >= self.epoch && !stands {
            return Reply::Theirs(driver);
        }
        if control.desired_seq > self.seq || (stands && control.desired != Desired::Run) {
            return Reply::Stopped(control.desired, control.by.clone());
        }
        if stands {
            return Reply::Stands;
        }
        let mut words: Vec<Word> = control.words.clone();
        words.retain(|word| !self.words.contains_key(&word.uid));
        let targets = slice.spec.plan.targets.iter();
        words.extend(targets.filter_map(|target| self.words.get(&target.uid).cloned()));
        Reply::Write(Box::new(Control {
            epoch: self.epoch,
            driver: Some(self.driver.clone()),
            desired: Desired::Run,
            desired_seq: self.seq,
            by: Some(self.by.clone()),
            reason: None,
            excluded: self.excluded.clone(),
            words,
            finished_at: control
                .finished_at
                .clone()
                .filter(|_| self.words.is_empty()),
            ..control.clone()
        }))
    }
}

impl Control {
    /// The same with a person's word that it stops: for good, or until it is taken up again.
    pub fn stopped(&self, desired: Desired, seq: i64, by: &str, reason: Option<&str>) -> Self {
        let desired = desired.max(self.desired);
        Self {
            desired,
            desired_seq: seq.max(self.desired_seq),
            by: Some(by.to_owned()),
            reason: reason.map(str::to_owned),
            ..self.clone()
        }
    }
}
