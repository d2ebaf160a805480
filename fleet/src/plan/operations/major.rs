//! Upgrade to another major version, in place: replicas are held without Patroni, the primary
//! converts its data under the journal on its volume (`pg-fleet node upgrade`), and the replicas
//! go on with their own files where that is proved to be the same, or are copied again from it.
//! What a member says of its journal decides; before a step its order is announced. Nobody is
//! released before the primary has said that it did not commit.

use std::time::Duration;

use pg_core::{
    names,
    operation::{Phase, Step, Upgrade},
};

mod back;
mod forward;
mod spilo;

use super::{Item, Progress};
use crate::{
    node::upgrade::{
        Report,
        journal::{Journal, Last, State},
    },
    plan::{
        View,
        action::{Action, Order, Ordered},
        assess::Assessment,
    },
};

const CHECK: &str = "check that it can be done";
const CONVERT: &str = "convert ";
const HOLD: &str = "hold ";
const BRING: &str = "bring back ";
const RELEASE: &str = "release ";
const BACK: &str = "go back: ";
const WRITE: &str = "write the version into the manifest";
const WHOLE: &str = "bring extensions and statistics up to date";

/// The reason of an upgrade that somebody took back.
const TAKEN_BACK: &str = "TakenBack";

/// What was said longer ago is asked again.
const FRESH: Duration = Duration::from_secs(2);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two orders of one kind, unless the first was refused.
const AGAIN: Duration = Duration::from_secs(5);
/// A replica that cannot be held by then ends the upgrade before it has begun.
const HOLD_WITHIN: Duration = Duration::from_secs(90);
/// A copy, or statistics, of a very large cluster.
const LONG: Duration = Duration::from_secs(24 * 3600);

/// The number in a version.
pub fn major(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// The next step.
pub fn next(
    view: &View<'_>,
    assessment: &Assessment,
    item: &Item<'_>,
    to: &str,
    asked: &Upgrade,
) -> Progress {
    let this = Upgrading {
        view,
        assessment,
        item,
        to: major(to).unwrap_or_default(),
    };
    if let Some(step) = this.begins_with(BACK) {
        return this.go_back(step);
    }
    if let Some(progress) = this.by_script(to) {
        return progress;
    }
    let Some(primary) = this.primary() else {
        return this.ended(
            Phase::Failed,
            "NoPrimary",
            "no primary was known".to_owned(),
        );
    };
    let convert = format!("{CONVERT}{primary}");
    match this.step(&convert) {
        None if let Some(by) = item.cancelled_by => {
            this.back_out(TAKEN_BACK, format!("taken back by {by}"))
        }
        None => this.prepare(primary, asked, convert.clone()),
        Some(step) if step.finished_at.is_none() => this.convert(primary),
        Some(_) => this.complete(to, asked),
    }
}

struct Upgrading<'a> {
    view: &'a View<'a>,
    assessment: &'a Assessment,
    item: &'a Item<'a>,
    to: u32,
}

impl Upgrading<'_> {
    fn step(&self, name: &str) -> Option<&Step> {
        self.item.status.steps.iter().find(|step| step.name == name)
    }

    fn begins_with(&self, what: &str) -> Option<&Step> {
        let mut steps = self.item.status.steps.iter();
        steps.find(|step| step.name.starts_with(what))
    }

    /// The primary that is converted: the one that led when it began.
    fn primary(&self) -> Option<&str> {
        let converted = self.begins_with(CONVERT);
        converted
            .and_then(|step| step.name.strip_prefix(CONVERT))
            .or(self.item.status.primary_before.as_deref())
    }

    /// All other members that the StatefulSet has, with or without a pod at this moment.
    fn replicas(&self, primary: &str) -> Vec<String> {
        (0..self.view.present_members().unwrap_or(0))
            .map(|ordinal| names::member(&self.view.key.name, ordinal))
            .filter(|name| name != primary)
            .collect()
    }

    /// What a member said just now.
    fn report(&self, member: &str) -> Option<&Report> {
        self.view
            .facts
            .reports
            .get(member)?
            .within(self.view.now, FRESH)
    }

    /// The journal of this operation.
    fn journal<'b>(&self, report: &'b Report) -> Option<&'b Journal> {
        let journal = report.journal.as_ref();
        journal.filter(|journal| journal.operation == self.item.name)
    }

    /// How this operation ended on a member.
    fn last<'b>(&self, report: &'b Report) -> Option<&'b Last> {
        let last = report.last.as_ref();
        last.filter(|last| last.operation == self.item.name && report.journal.is_none())
    }

    /// A question, unless one was asked just now.
    fn ask(&self, member: &str) -> Progress {
        self.question(member, Ordered::Report)
    }

    fn question(&self, member: &str, what: Ordered) -> Progress {
        let facts = self.view.facts;
        if let Some(order) = facts.orders.get(member)
            && order.ended.is_none()
            && self.view.now.age(order.at) < order.step.patience()
        {
            return Progress::Wait;
        }
        let young = facts.reports.get(member);
        if young.is_some_and(|report| self.view.now.age(report.at) < PAUSE) {
            return Progress::Wait;
        }
        self.order(member, what)
    }

    fn order(&self, member: &str, step: Ordered) -> Progress {
        let expect = matches!(step, Ordered::Begin(_) | Ordered::Script { .. })
            .then(|| self.view.expected_leader());
        Progress::Act(Action::Order(Order {
            operation: self.item.name.to_owned(),
            member: member.to_owned(),
            step,
            expect,
        }))
    }

    /// An order, once in a while until it shows; meanwhile questions.
    fn order_or_ask(&self, member: &str, step: Ordered) -> Progress {
        let given = self.view.facts.given.get(member);
        match given.filter(|given| given.operation == self.item.name && given.step == step) {
            Some(given) if self.view.now.age(given.at) < AGAIN => self.ask(member),
            _ => match self.ask(member) {
                // Something is under way there.
                Progress::Wait if self.is_busy(member) => Progress::Wait,
                _ => self.order(member, step),
            },
        }
    }

    fn is_busy(&self, member: &str) -> bool {
        let order = self.view.facts.orders.get(member);
        order.is_some_and(|order| {
            order.ended.is_none() && self.view.now.age(order.at) < order.step.patience()
        })
    }

    fn begin(&self, step: String) -> Progress {
        let mut status = self.item.step_done(self.view);
        let new = self.item.begun(self.view, step.clone(), None);
        status.steps.extend(new.steps.last().cloned());
        status.message = Some(step);
        Progress::Write(status)
    }

    fn done(&self) -> Progress {
        Progress::Write(self.item.step_done(self.view))
    }

    /// The step is done, and this is to be said of it.
    fn done_with(&self, note: Option<String>) -> Progress {
        let mut status = self.item.step_done(self.view);
        if let Some(step) = status.steps.last_mut()
            && note.is_some()
        {
            step.before = note;
        }
        Progress::Write(status)
    }

    fn ended(&self, phase: Phase, reason: &str, message: String) -> Progress {
        let mut status = self.item.ended(self.view, phase, reason, message);
        status.steps = self.item.step_done(self.view).steps;
        status.primary_after = self.view.facts.leader().map(str::to_owned);
        Progress::Write(status)
    }

    /// Before the primary is touched.
    fn prepare(&self, primary: &str, asked: &Upgrade, convert: String) -> Progress {
        if self.view.facts.leader() != Some(primary) {
            let message = format!("{primary} leads no longer");
            return self.back_out("PrimaryChanged", message);
        }
        match self.step(CHECK) {
            None => return self.begin(CHECK.to_owned()),
            Some(step) if step.finished_at.is_none() => return self.check(primary, asked),
            Some(_) if asked.check => {
                let from = self.assessment.server_version.unwrap_or(0) / 10_000;
                let message = format!("it can be upgraded from {from} to {}", self.to);
                return self.ended(Phase::Succeeded, "Possible", message);
            }
            Some(_) => {}
        }
        for member in self.replicas(primary) {
            match self.step(&format!("{HOLD}{member}")) {
                None => return self.begin(format!("{HOLD}{member}")),
                Some(step) if step.finished_at.is_none() => return self.hold(&member),
                Some(_) => {}
            }
        }
        self.begin(convert)
    }

    fn check(&self, primary: &str, asked: &Upgrade) -> Progress {
        let wanted = Ordered::Check(self.to);
        let given = self.view.facts.given.get(primary);
        let given = given.filter(|given| given.operation == self.item.name && given.step == wanted);
        let Some(given) = given else {
            return match self.is_busy(primary) {
                true => Progress::Wait,
                false => self.order(primary, wanted),
            };
        };
        match &given.ended {
            None if self.view.now.age(given.at) < wanted.patience() => Progress::Wait,
            None => self.ended(
                Phase::Failed,
                "NoAnswer",
                format!("{primary} did not say whether it can be done"),
            ),
            Some(Err(why)) if why.contains("executable file not found") => {
                self.finds_script(primary, asked)
            }
            Some(Err(why)) => self.ended(Phase::Failed, "CheckFailed", why.clone()),
            Some(Ok(report)) => match report.objections.as_deref().unwrap_or_default() {
                [] => self.done(),
                all => {
                    let said: Vec<String> = all
                        .iter()
                        .map(|one| format!("{}: {}", one.reason, one.message))
                        .collect();
                    self.ended(Phase::Refused, &all[0].reason, said.join("; "))
                }
            },
        }
    }

    fn hold(&self, member: &str) -> Progress {
        let report = self.report(member);
        let is_held = report.is_some_and(|report| {
            let journal = self.journal(report);
            journal.is_some_and(|journal| journal.state.holds())
        });
        if is_held {
            return self.done();
        }
        if self.item.step_age(self.view) > HOLD_WITHIN {
            let message = format!("{member} could not be held: {}", self.trouble(member));
            return self.back_out("NotHeld", message);
        }
        self.order_or_ask(member, Ordered::Hold(self.to))
    }

    /// What an order to a member came to, if it came to nothing.
    fn trouble(&self, member: &str) -> String {
        let given = self.view.facts.given.get(member);
        match given.and_then(|given| given.ended.as_ref()) {
            Some(Err(why)) => why.clone(),
            _ => "it does not answer".to_owned(),
        }
    }

    /// From the order until the new version serves, or the old one again.
    fn convert(&self, primary: &str) -> Progress {
        let Some(report) = self.report(primary) else {
            return self.ask(primary);
        };
        if let Some(last) = self.last(report) {
            return match last.done {
                true => self.done(),
                false => self.back_out("NotConverted", last.notes.join("; ")),
            };
        }
        let Some(journal) = self.journal(report) else {
            let wanted = Ordered::Begin(self.to);
            let given = self.view.facts.given.get(primary);
            let given = given.filter(|it| it.operation == self.item.name);
            return match given {
                // It will not begin, and is to say so for good.
                Some(given) if given.step == wanted && matches!(given.ended, Some(Err(_))) => {
                    self.order_or_ask(primary, Ordered::Cancel)
                }
                Some(given) if given.step == Ordered::Cancel => {
                    self.order_or_ask(primary, Ordered::Cancel)
                }
                _ => self.order_or_ask(primary, wanted),
            };
        };
        match journal.state {
            State::Serving => self.done(),
            State::Asked => self.ask(primary),
            // It has shut down: replicas have all of it, and need not follow any longer.
            _ => self.stop_one(primary),
        }
    }

    /// A question costs what a program costs that is started in the member, and whoever waits for the
    /// end of this that time: none is asked whose answer is fresh or known.
    fn stop_one(&self, primary: &str) -> Progress {
        let is_stopped = |member: &str| {
            let said = self.view.facts.reports.get(member);
            let said = said.and_then(|answer| self.journal(answer.result.as_ref().ok()?));
            said.is_some_and(|journal| journal.state == State::Held)
        };
        let follows = self.replicas(primary).into_iter().find(|member| {
            !is_stopped(member)
                && self.report(member).is_none_or(|report| {
                    let journal = self.journal(report);
                    journal.is_some_and(|journal| journal.state == State::Following)
                })
        });
        match follows {
            Some(member) if self.report(&member).is_some() => {
                self.order_or_ask(&member, Ordered::Stop)
            }
            Some(member) => self.ask(&member),
            None => Progress::Wait,
        }
    }
}
