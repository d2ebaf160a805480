//! Members that an upgrade holds and nobody releases any more: its operation was deleted, or has
//! ended without them, or an order to hold one came late. A member that is held runs no Patroni; so
//! one that is silent is asked.
//!
//! It goes on in the old version only if every member says that it converts nothing, and has noted
//! that it will not; in the new one, if that is what serves. Until then it waits, and the status
//! says so.

use std::time::Duration;

use pg_core::names;

use super::{
    CLOSELY, View,
    action::{Action, Order, Ordered},
    assess::Assessment,
    operations,
};
use crate::node::upgrade::{Report, journal::Journal};

/// Between two questions to one that is silent.
const EVERY: Duration = Duration::from_secs(30);
/// To one that could not be asked: its image may have no pg-fleet.
const RARELY: Duration = Duration::from_secs(300);
/// While somebody is held: what was said longer ago is asked again.
const FRESH: Duration = Duration::from_secs(10);
/// Between two orders or questions then.
const AGAIN: Duration = Duration::from_secs(5);

/// What to ask or order.
pub fn next(view: &View<'_>, assessment: &Assessment) -> Vec<Action> {
    if operations::keeps_members(view) {
        return Vec::new();
    }
    let members: Vec<String> = (0..view.present_members().unwrap_or(0))
        .map(|ordinal| names::member(&view.key.name, ordinal))
        .collect();
    if !members.iter().any(|member| journal(view, member).is_some()) {
        return of_silent(view, &members);
    }
    let stale = |member: &&String| fresh(view, member).is_none();
    if members.iter().any(|member| stale(&member)) {
        let due = members.iter().filter(stale);
        let due = due.filter(|member| is_due(view, member, AGAIN));
        return due
            .map(|member| order(member, "", Ordered::Report))
            .collect();
    }
    let reports = || members.iter().filter_map(|it| Some((it, fresh(view, it)?)));
    released(assessment, reports)
        .filter(|(member, operation, step)| {
            let given = view.facts.given.get(*member);
            given.is_none_or(|given| {
                (given.operation.as_str(), given.step) != (*operation, *step)
                    || view.now.age(given.at) > AGAIN
            })
        })
        .map(|(member, operation, step)| order(member, operation, step))
        .into_iter()
        .collect()
}

/// The journal that a member was held by when it was last asked.
pub fn journal<'a>(view: &View<'a>, member: &str) -> Option<&'a Journal> {
    let report = view.facts.reports.get(member)?.result.as_ref().ok()?;
    let journal = report.journal.as_ref();
    journal.filter(|journal| journal.state.waits())
}

/// The next order, when all have said just now how they are.
fn released<'a, I: Iterator<Item = (&'a String, &'a Report)>>(
    assessment: &Assessment,
    reports: impl Fn() -> I,
) -> Option<(&'a str, &'a str, Ordered)> {
    let goes_on = |report: &Report| {
        let journal = report.journal.as_ref();
        journal.is_some_and(|journal| journal.state.blocks() && !journal.state.waits())
    };
    // It comes to an end by itself, in one version or the other.
    if reports().any(|(_, report)| goes_on(report)) {
        return None;
    }
    let (member, held) = reports().find_map(|(member, report)| {
        let journal = report.journal.as_ref()?;
        journal.state.waits().then_some((member, journal))
    })?;
    let operation = held.operation.as_str();
    let version = assessment.server_version.map(|number| number / 10_000);
    match version.filter(|_| assessment.primary.is_some()) {
        Some(version) if version > i64::from(held.from) => {
            return Some((member, operation, Ordered::Rejoin));
        }
        // The new version serves, or did just now.
        None if reports().any(|(_, report)| report.data > Some(held.from)) => return None,
        _ => {}
    }
    let may_begin = reports().find(|(_, report)| {
        let last = report.last.as_ref();
        report.journal.is_none() && last.is_none_or(|last| last.operation != operation)
    });
    Some(match may_begin {
        Some((other, _)) => (other, operation, Ordered::Cancel),
        None => (member, operation, Ordered::Release),
    })
}

/// Members that run, and whose Patroni does not answer for long.
fn of_silent(view: &View<'_>, members: &[String]) -> Vec<Action> {
    let since = view.unsettled_since;
    // One that starts is silent, too.
    if since.is_none_or(|since| view.now.age(since) <= CLOSELY) {
        return Vec::new();
    }
    let is_silent = |member: &&String| {
        let pod = view.facts.pods.get(*member);
        let answer = view.facts.answer(member);
        pod.is_some_and(|pod| pod.is_running() && !pod.deleting)
            && answer.is_some_and(|answer| answer.result.is_err())
    };
    let all = members.iter().filter(is_silent);
    all.filter(|member| is_due(view, member, EVERY))
        .map(|member| order(member, "", Ordered::Report))
        .collect()
}

fn fresh<'a>(view: &View<'a>, member: &str) -> Option<&'a Report> {
    let report = view.facts.reports.get(member)?;
    report.within(view.now, FRESH)
}

/// Whether nothing is under way to a member, and it was last asked so long ago.
fn is_due(view: &View<'_>, member: &str, every: Duration) -> bool {
    let order = view.facts.orders.get(member);
    let is_busy = order.is_some_and(|order| {
        order.ended.is_none() && view.now.age(order.at) < order.step.patience()
    });
    let every = match view.facts.reports.get(member) {
        Some(report) if report.result.is_err() && every == EVERY => RARELY,
        _ => every,
    };
    let asked = order.map(|order| order.at);
    !is_busy && asked.is_none_or(|at| view.now.age(at) >= every)
}

fn order(member: &str, operation: &str, step: Ordered) -> Action {
    Action::Order(Order {
        operation: operation.to_owned(),
        member: member.to_owned(),
        step,
        expect: None,
    })
}
