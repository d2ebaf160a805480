//! Operations: which one holds the cluster's slot, whether it may start, and its next step.
//!
//! All state of an operation is in its status, written before the act it announces. So a
//! controller that died anywhere goes on from what the status and the facts say.

mod admit;
mod maintenance;
mod major;
pub mod preflight;
mod reinit;
mod reload;
mod restart;
mod set;
mod switchover;
mod upgrade;

pub use switchover::can_take_over;

use std::{sync::Arc, time::Duration};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use pg_core::{
    names,
    operation::{Action as Asked, Operation, OperationSpec, OperationStatus, Phase, Step},
};

use super::{
    View,
    action::{Action, Current},
    assess::Assessment,
};
use crate::observe::facts::{Facts, Now};

/// What to do about operations now.
#[derive(Debug, Default)]
pub struct Next {
    /// Effects.
    pub actions: Vec<Action>,
    /// The slot, when an operation holds it.
    pub current: Option<Current>,
    /// When to look again.
    pub look_again: Option<Duration>,
    /// The member that must serve again before anything else is done.
    pub waits_for: Option<String>,
}

/// One operation as the planner sees it.
pub struct Item<'a> {
    /// Its name.
    pub name: &'a str,
    /// The object's version.
    pub resource_version: &'a str,
    /// What was asked.
    pub spec: &'a OperationSpec,
    /// How it went so far.
    pub status: OperationStatus,
    /// When it was created, by the API server.
    pub created: k8s_openapi::jiff::Timestamp,
    /// Who takes it back.
    pub cancelled_by: Option<&'a str>,
}

/// What an operation that holds the slot does next.
pub enum Progress {
    /// Something to write down before the act it announces, or an end.
    Write(OperationStatus),
    /// An effect; the status stays.
    Act(Action),
    /// Nothing but time.
    Wait,
}

impl Item<'_> {
    fn write(&self, status: OperationStatus) -> Action {
        Action::WriteOperation {
            name: self.name.to_owned(),
            resource_version: self.resource_version.to_owned(),
            status: Box::new(status),
        }
    }

    /// The status with an end.
    fn ended(
        &self,
        view: &View<'_>,
        phase: Phase,
        reason: &str,
        message: String,
    ) -> OperationStatus {
        let mut status = self.status.clone();
        status.phase = phase;
        status.reason = Some(reason.to_owned());
        status.message = Some(message);
        status.action = Some(self.spec.action.verb().to_owned());
        status.finished_at = Some(Time(view.now.wall));
        status
    }

    /// The step that was begun and has not ended.
    fn open_step(&self) -> Option<&Step> {
        self.status
            .steps
            .iter()
            .find(|step| step.finished_at.is_none())
    }

    /// The status with one more step begun.
    fn begun(&self, view: &View<'_>, name: String, before: Option<String>) -> OperationStatus {
        let mut status = self.status.clone();
        status.message = Some(name.clone());
        status.steps.push(Step {
            name,
            started_at: Time(view.now.wall),
            before,
            finished_at: None,
        });
        status
    }

    /// The status with the open step ended.
    fn step_done(&self, view: &View<'_>) -> OperationStatus {
        let mut status = self.status.clone();
        for step in &mut status.steps {
            step.finished_at.get_or_insert(Time(view.now.wall));
        }
        status
    }

    /// Its end, when somebody takes it back and that can still be done: before its first step, and a
    /// restart between two members. What was begun is not left half done.
    fn taken_back(&self, view: &View<'_>) -> Option<OperationStatus> {
        let by = self.cancelled_by?;
        let steps: Vec<&str> = self
            .status
            .steps
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        let done = if self.status.phase != Phase::Running {
            "before it began".to_owned()
        } else if steps.is_empty() {
            "before its first step".to_owned()
        } else if self.open_step().is_none() && matches!(self.spec.action, Asked::Restart(_)) {
            format!("after {}", steps.join(", "))
        } else {
            return None;
        };
        let message = format!("taken back by {by} {done}");
        let mut status = self.ended(view, Phase::Cancelled, "TakenBack", message);
        status.steps = self.step_done(view).steps;
        Some(status)
    }

    /// Whether the manifest's own work goes on while it only looks on.
    fn looks_on(&self) -> bool {
        matches!(self.spec.action, Asked::Set(_))
            && self
                .open_step()
                .is_some_and(|step| step.name == set::CARRY_OUT)
    }

    /// How long nothing has happened: since the last step ended, or since the start.
    fn waited(&self, view: &View<'_>) -> Duration {
        let last = self.status.steps.last();
        let since = last
            .map(|step| step.finished_at.as_ref().unwrap_or(&step.started_at))
            .or(self.status.started_at.as_ref())
            .map_or(view.now.wall, |at| at.0);
        Duration::try_from(view.now.wall.duration_since(since)).unwrap_or_default()
    }

    /// How long the open step has taken, by the wall clock of the controllers that saw it.
    fn step_age(&self, view: &View<'_>) -> Duration {
        let started = self
            .open_step()
            .map_or(view.now.wall, |step| step.started_at.0);
        Duration::try_from(view.now.wall.duration_since(started)).unwrap_or_default()
    }
}

fn items<'a>(view: &'a View<'_>) -> Vec<Item<'a>> {
    let mut items: Vec<Item<'a>> = view
        .facts
        .operations
        .iter()
        .filter_map(|(name, guarded)| {
            let operation: &Operation = Arc::as_ref(guarded).object.as_ref().ok()?;
            Some(Item {
                name,
                resource_version: &guarded.metadata.resource_version,
                spec: &operation.spec,
                status: operation.status.clone().unwrap_or_default(),
                created: guarded.metadata.creation_timestamp.unwrap_or(view.now.wall),
                cancelled_by: guarded
                    .metadata
                    .annotations
                    .get(names::CANCELLED_BY)
                    .map(String::as_str),
            })
        })
        .filter(|item| !item.status.phase.is_final())
        .collect();
    items.sort_by(|a, b| (a.created, a.name).cmp(&(b.created, b.name)));
    items
}

/// Whether an operation holds the slot.
pub fn is_running(view: &View<'_>) -> bool {
    items(view)
        .iter()
        .any(|item| item.status.phase == Phase::Running && !item.looks_on())
}

/// Whether members are as many as they are until an operation has ended: one that came while data
/// is converted would be of the old version, and nobody would hold it.
pub fn keeps_members(view: &View<'_>) -> bool {
    items(view).iter().any(|item| {
        let converts = matches!(&item.spec.action, Asked::Upgrade(asked) if asked.to.is_some());
        item.status.phase == Phase::Running && converts
    })
}

/// The next step of this cluster's operations. `busy` is disruptive work that the manifest
/// itself is at.
pub fn next(view: &View<'_>, assessment: &Assessment, busy: Option<&Current>) -> Next {
    let items = items(view);
    let mut next = Next::default();
    // An operation whose write was not answered may hold the slot by now.
    if let Some(name) = &view.facts.unsure_operation {
        next.actions.push(Action::ReadOperation(name.clone()));
        next.current = items.iter().find(|item| item.name == name).map(current);
        next.look_again = Some(Duration::from_millis(250));
        return next;
    }
    let holder = items
        .iter()
        .find(|item| item.status.phase == Phase::Running);
    if let Some(item) = holder {
        next.current = (!item.looks_on()).then(|| current(item));
        // A failover goes ahead of what has not done anything yet.
        let displaced_by = items.iter().find(|other| {
            matches!(other.spec.action, Asked::Failover(_))
                && !matches!(item.spec.action, Asked::Failover(_))
                && (item.status.steps.is_empty() || goes_on_without(&item.spec.action))
                && admit::still_meant(view, other).is_ok()
        });
        if let Some(failover) = displaced_by {
            let message = format!("displaced by failover {}", failover.name);
            next.actions
                .push(item.write(item.ended(view, Phase::Cancelled, "Displaced", message)));
            return next;
        }
        let progress = match &item.spec.action {
            Asked::Switchover(asked) => switchover::planned(view, assessment, item, asked),
            Asked::Failover(asked) => switchover::emergency(view, assessment, item, asked),
            Asked::Restart(asked) => restart::next(view, assessment, item, asked),
            Asked::Reinit(asked) => reinit::next(view, assessment, item, &asked.member),
            Asked::Reload(_) => reload::next(view, item),
            Asked::Maintenance(asked) => maintenance::next(view, item, asked.on),
            Asked::Set(asked) => set::next(view, item, asked),
            Asked::Upgrade(asked) => {
                let (progress, waits_for) = upgrade::next(view, assessment, item, asked);
                next.waits_for = waits_for;
                progress
            }
        };
        let progress = match (progress, item.taken_back(view)) {
            (Progress::Write(end), Some(_)) if end.phase.is_final() => Progress::Write(end),
            (_, Some(end)) => Progress::Write(end),
            (progress, None) => progress,
        };
        match progress {
            Progress::Write(status) => next.actions.push(item.write(status)),
            Progress::Act(action) => next.actions.push(action),
            Progress::Wait => {}
        }
        next.look_again = Some(Duration::from_millis(250));
    }

    let mut waiting: Vec<&Item<'_>> = items
        .iter()
        .filter(|item| item.status.phase != Phase::Running)
        .collect();
    // Failover first, else in the order of asking.
    waiting.sort_by_key(|item| !matches!(item.spec.action, Asked::Failover(_)));
    let said = |current: &Current| {
        format!(
            "{} ({}) is at \"{}\"",
            current.kind, current.reason, current.step
        )
    };
    for item in waiting {
        if let Some(end) = item.taken_back(view) {
            next.actions.push(item.write(end));
            continue;
        }
        // A failover goes ahead of what the manifest asks for: that may wait for a primary.
        let busy = busy.filter(|_| !matches!(item.spec.action, Asked::Failover(_)));
        let blocker = holder.map(current).as_ref().or(busy).map(said);
        let decision = admit::admit(view, assessment, item, blocker);
        next.actions.extend(decision.action);
        if let Some(delay) = decision.look_again {
            next.look_again = Some(next.look_again.map_or(delay, |other| other.min(delay)));
        }
        if decision.takes_slot {
            next.current = Some(current(item));
            break;
        }
    }
    next
}

/// Operations that were asked of a cluster that is not there.
pub fn without_cluster(facts: &Facts, now: Now) -> Vec<Action> {
    end_all(facts, now, Phase::Superseded, "NoCluster", |name| {
        format!("there is no Postgres cluster {name} (any more)")
    })
}

/// Operations on a cluster about which nothing can be decided, for this reason.
pub fn refused(facts: &Facts, now: Now, reason: &str, why: &str) -> Vec<Action> {
    end_all(facts, now, Phase::Refused, reason, |name| {
        format!("nothing can be done to {name}: {why}")
    })
}

/// Operations on a cluster that is being deleted.
pub fn while_deleting(facts: &Facts, now: Now) -> Vec<Action> {
    end_all(facts, now, Phase::Refused, "Deleting", |name| {
        format!("the Postgres cluster {name} is being deleted")
    })
}

/// Ends all: those that had started failed, the others never begin.
fn end_all(
    facts: &Facts,
    now: Now,
    not_started: Phase,
    reason: &str,
    message: impl Fn(&str) -> String,
) -> Vec<Action> {
    facts
        .operations
        .iter()
        .filter_map(|(name, guarded)| {
            let operation = guarded.object.as_ref().ok()?;
            let mut status = operation.status.clone().unwrap_or_default();
            if status.phase.is_final() {
                return None;
            }
            status.phase = match status.phase {
                Phase::Running => Phase::Failed,
                _ => not_started,
            };
            status.action = Some(operation.spec.action.verb().to_owned());
            status.reason = Some(reason.to_owned());
            status.message = Some(message(&operation.spec.target.name));
            status.finished_at = Some(Time(now.wall));
            for step in &mut status.steps {
                step.finished_at.get_or_insert(Time(now.wall));
            }
            Some(Action::WriteOperation {
                name: name.clone(),
                resource_version: guarded.metadata.resource_version.clone(),
                status: Box::new(status),
            })
        })
        .collect()
}

/// Whether the manifest goes on with it when the operation ends: its members are made anew one by
/// one, whoever leads.
fn goes_on_without(action: &Asked) -> bool {
    match action {
        Asked::Upgrade(asked) => asked.image.is_some(),
        Asked::Set(_) => true,
        _ => false,
    }
}

fn current(item: &Item<'_>) -> Current {
    Current {
        kind: item.spec.action.verb().to_owned(),
        reason: item.name.to_owned(),
        step: item
            .open_step()
            .map_or_else(|| "start".to_owned(), |step| step.name.clone()),
    }
}
