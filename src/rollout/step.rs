//! The engine: from all slices and operations, as they were just read, to what is done now.
//!
//! It remembers nothing. Whoever calls it reads everything, does what it says, in its order, and
//! calls it again; so a driver may die anywhere, and any other goes on. It looks at no clock: each
//! slice comes with the time of the API server that it was read from, and only such times are
//! compared that come from the same one.

use std::{collections::BTreeSet, time::Duration};

use super::{
    control::{excluded, wanted},
    resource::{Desired, State, Target},
    standing::{Act, Failure, Standing, Step, Stop},
    standpoint::{Fleet, Seen, Standpoint, failed, standpoints},
    strategy::{Gate, Offline, Strategy},
    target::seen_by_driver,
};
use crate::window;

/// One driver, until somebody takes over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Me {
    /// The process.
    pub id: String,
    /// The generation that it drives under.
    pub epoch: i64,
}

/// What is done now.
pub fn step(me: &Me, fleet: &Fleet) -> Step {
    match decide(me, fleet) {
        Ok(step) => step,
        Err(stop) => Step {
            acts: Vec::new(),
            standing: Standing::Stopped(stop),
        },
    }
}

fn nothing(standing: Standing) -> Step {
    Step {
        acts: Vec::new(),
        standing,
    }
}

fn goes(acts: Vec<Act>) -> Step {
    Step {
        acts,
        standing: Standing::Goes,
    }
}

fn decide(me: &Me, fleet: &Fleet) -> Result<Step, Stop> {
    let Some(plan) = fleet.values().next().map(|seen| &seen.slice.spec.plan) else {
        return Err(Stop::Missing(Vec::new()));
    };
    let strategy = &plan.strategy;
    let given_up = excluded(fleet.values().map(|seen| &seen.slice.spec.control));
    let mine: Vec<(&String, &Seen)> = fleet
        .iter()
        .filter(|(uid, _)| !given_up.contains(*uid))
        .collect();
    may_act(
        me,
        plan.participants.iter().map(|one| &one.cluster_uid),
        fleet,
        &given_up,
    )?;

    let silent: Vec<(&String, &Seen)> = mine
        .iter()
        .filter(|(_, seen)| seen.silent.is_some())
        .copied()
        .collect();
    let names = || silent.iter().map(|(uid, _)| (*uid).clone()).collect();
    let waits = silent.iter().map(|(_, seen)| waits(strategy, seen));
    match waits.max().unwrap_or(Waits::No) {
        Waits::InVain => return Err(Stop::Offline(names())),
        Waits::Yes => return Ok(nothing(Standing::Silent(names()))),
        Waits::No => {}
    }
    let answering: Vec<(&String, &Seen)> = mine
        .into_iter()
        .filter(|(_, seen)| seen.silent.is_none())
        .collect();
    if answering.is_empty() {
        let deadline = Duration::from_secs(strategy.deadline_seconds.into());
        let in_vain = |(_, seen): &(&String, &Seen)| seen.silent > Some(deadline);
        return match silent.iter().all(in_vain) {
            true => Err(Stop::Offline(names())),
            false => Ok(nothing(Standing::Silent(names()))),
        };
    }

    // Every slice opens a wave before anything of it begins anywhere.
    let opened = answering
        .iter()
        .map(|(_, seen)| seen.slice.spec.control.wave);
    let wave = opened.max().unwrap_or(0).max(1);
    let lagging = |wave: u32| -> Vec<Act> {
        answering
            .iter()
            .filter(|(_, seen)| seen.slice.spec.control.wave < wave)
            .map(|(uid, _)| Act::Open {
                cluster_uid: (*uid).clone(),
                wave,
            })
            .collect()
    };
    let open = lagging(wave);
    if !open.is_empty() {
        return Ok(goes(open));
    }

    let all = standpoints(fleet);
    let failures = failed(&all);
    let may = strategy.may_fail(wave);
    if failures.len() > may {
        let is_lost = |one: &&Failure| silent.iter().any(|(uid, _)| **uid == one.cluster_uid);
        let lost = failures.iter().filter(is_lost).count();
        return Err(match failures.len() - lost > may {
            true => Stop::Failures(failures),
            false => Stop::Offline(names()),
        });
    }

    let opened = || {
        all.iter()
            .filter(|one| one.target.wave <= wave && one.seen.silent.is_none())
    };
    let running = all.iter().filter(|one| one.status.state == State::Running);
    let running: Vec<&str> = running.map(|one| one.cluster_uid).collect();
    let waiting: Vec<&Standpoint<'_>> = opened()
        .filter(|one| one.status.state == State::Pending)
        .collect();
    // What has failed for being late is not waited for, nor what was left out or does not answer.
    let busy: Vec<&Standpoint<'_>> = all
        .iter()
        .filter(|one| {
            one.seen.silent.is_none()
                && (one.is_unwell() || one.status.state == State::Running)
                && !one.is_left_out()
                && one.failure(strategy).is_none()
        })
        .collect();
    // What is made up for later goes in the order of its waves as well.
    let first = waiting.iter().chain(&busy).map(|one| one.target.wave).min();
    let until_open = |one: &&&Standpoint<'_>| window::until_open(&strategy.windows, one.seen.at);
    let closed = waiting.iter().filter_map(|one| until_open(&one)).min();
    let open: Vec<&Standpoint<'_>> = waiting
        .iter()
        .filter(|one| Some(one.target.wave) == first && until_open(one).is_none())
        .copied()
        .collect();
    let create = next_ones(strategy, all.len(), &running, &open);
    if !create.is_empty() {
        return Ok(goes(create));
    }
    let busy = busy.len();
    if let Some(opens_in) = closed.filter(|_| busy == 0 && open.is_empty()) {
        return Ok(nothing(Standing::Closed(opens_in)));
    }
    if busy > 0 || !waiting.is_empty() {
        return Ok(nothing(Standing::Works(busy)));
    }

    // All of the waves that were opened have ended.
    let last = all.iter().all(|one| one.target.wave <= wave);
    if last {
        let finish: Vec<Act> = answering
            .iter()
            .filter(|(_, seen)| seen.slice.spec.control.finished_at.is_none())
            .map(|(uid, _)| Act::Finish {
                cluster_uid: (*uid).clone(),
            })
            .collect();
        return Ok(match finish.is_empty() {
            true => nothing(Standing::Done),
            false => goes(finish),
        });
    }
    let soak = Duration::from_secs(strategy.soak_seconds.into());
    let left = opened()
        .filter(|one| one.status.state == State::Succeeded)
        .filter_map(|one| Some(one.since(one.status.healthy_since.as_ref()?.0)))
        .map(|healthy| soak.saturating_sub(healthy))
        .max()
        .unwrap_or_default();
    if !left.is_zero() {
        return Ok(nothing(Standing::Soaks(left)));
    }
    for gate in &strategy.gates {
        if let Some(act) = passes(me, wave, gate, &answering)? {
            return Ok(goes(vec![act]));
        }
    }
    Ok(goes(lagging(wave + 1)))
}

/// Whether the others wait for a slice that does not answer.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Waits {
    No,
    Yes,
    /// They did, for longer than the deadline.
    InVain,
}

/// They wait until the deadline, after which its targets have failed; not where somebody said so
/// before, but always for canaries, which nobody goes on without.
fn waits(strategy: &Strategy, seen: &Seen) -> Waits {
    let deadline = Duration::from_secs(strategy.deadline_seconds.into());
    let is_canary = |target: &Target| {
        let state = || seen_by_driver(target, &seen.slice, &seen.operations).state;
        strategy.canary > 0
            && target.wave == 1
            && !matches!(state(), State::Succeeded | State::Skipped)
    };
    let canary = seen.slice.spec.plan.targets.iter().any(is_canary);
    match (strategy.offline, seen.silent > Some(deadline)) {
        (_, true) if canary => Waits::InVain,
        (_, false) if canary => Waits::Yes,
        (Offline::Wait, false) => Waits::Yes,
        _ => Waits::No,
    }
}

/// Whether this driver may do anything at all: every slice that is needed was read, is driven by
/// it, may go on, and has its targets for itself.
fn may_act<'a>(
    me: &Me,
    participants: impl Iterator<Item = &'a String>,
    fleet: &Fleet,
    given_up: &BTreeSet<String>,
) -> Result<(), Stop> {
    let needed = participants.filter(|uid| !given_up.contains(*uid));
    let missing: Vec<String> = needed
        .filter(|uid| !fleet.contains_key(*uid))
        .cloned()
        .collect();
    if !missing.is_empty() {
        return Err(Stop::Missing(missing));
    }
    let mine = || fleet.iter().filter(|(uid, _)| !given_up.contains(*uid));
    for (uid, seen) in mine() {
        let control = &seen.slice.spec.control;
        let driver = control.driver.clone().unwrap_or_default();
        if control.epoch > me.epoch || (control.epoch == me.epoch && driver.id != me.id) {
            return Err(Stop::TakenOver(driver));
        }
        if control.epoch < me.epoch {
            return Err(Stop::Behind(uid.clone()));
        }
    }
    let said = wanted(mine().map(|(_, seen)| &seen.slice.spec.control));
    if said.desired != Desired::Run {
        return Err(Stop::Told {
            desired: said.desired,
            by: said.by,
            reason: said.reason,
        });
    }
    for (uid, seen) in mine() {
        if seen.slice.spec.control.desired != Desired::Run {
            return Err(Stop::Behind(uid.clone()));
        }
        let claimed = seen.slice.status.as_ref();
        let claimed = claimed.and_then(|status| status.claimed.clone());
        if let Some(claimed) = claimed.filter(|claimed| !claimed.held) {
            return Err(Stop::Claimed {
                cluster_uid: uid.clone(),
                by: claimed.by,
                targets: claimed.targets,
            });
        }
    }
    Ok(())
}

/// The next operations, as many as the limits allow.
fn next_ones(
    strategy: &Strategy,
    total: usize,
    running: &[&str],
    waiting: &[&Standpoint<'_>],
) -> Vec<Act> {
    let most = strategy.max_parallel.of(total);
    let here = strategy
        .max_per_context
        .map_or(usize::MAX, |most| most.get() as usize);
    let mut running: Vec<&str> = running.to_vec();
    let mut acts = Vec::new();
    for one in waiting {
        let beside = running.iter().filter(|uid| **uid == one.cluster_uid);
        if running.len() >= most {
            break;
        }
        if beside.count() >= here {
            continue;
        }
        running.push(one.cluster_uid);
        acts.push(Act::Create {
            cluster_uid: one.cluster_uid.to_owned(),
            target: one.target.uid.clone(),
            attempt: one.status.attempt + 1,
        });
    }
    acts
}

/// Whether a gate lets the rollout through behind a wave; else what is to be done about it.
fn passes(
    me: &Me,
    wave: u32,
    gate: &Gate,
    answering: &[(&String, &Seen)],
) -> Result<Option<Act>, Stop> {
    let name = gate.to_string();
    let findings = || {
        answering
            .iter()
            .flat_map(|(_, seen)| &seen.slice.spec.control.gates)
            .filter(|finding| finding.wave == wave && finding.gate == name)
    };
    if findings().any(|finding| finding.passed) {
        return Ok(None);
    }
    if *gate == (Gate::Approval {}) {
        return Err(Stop::Approval(wave));
    }
    // Each slice is told of its own targets alone: the longest one says most.
    let mine = findings().filter(|finding| finding.epoch == me.epoch);
    match mine.max_by_key(|finding| finding.evidence.len()) {
        Some(finding) => Err(Stop::Gate(finding.clone())),
        None => Ok(Some(Act::Look {
            wave,
            gate: gate.clone(),
        })),
    }
}
