//! Decisions: from facts, manifest, configuration and time to the next actions. Pure; everything
//! that may harm a database is decided here and nowhere else.
//!
//! A plan is short-sighted on purpose: it names what to do now, the effects are carried out, and
//! the planner is asked again with what came of it. Waiting is a plan without actions.

pub mod action;
pub mod assess;
pub mod children;
pub mod deletion;
pub mod operations;
pub mod roles;
pub mod scale;
pub mod stale_label;

use std::time::Duration;

use pg_core::{configuration::Configuration, postgresql::Postgresql};

use self::{action::Action, assess::Assessment};
use crate::{
    desired::{Child, RoleSecret},
    observe::facts::{Facts, Key, Now},
};

/// How old an answer may be before a member of a settled cluster is asked again.
const ASK_SETTLED: Duration = Duration::from_secs(25);
/// The same while something is under way.
const ASK_BUSY: Duration = Duration::from_millis(400);
/// The same when something has been wrong for long.
const ASK_TROUBLED: Duration = Duration::from_secs(5);
/// How long a cluster that is not as wanted is watched closely.
const CLOSELY: Duration = Duration::from_secs(180);

/// All that a decision may depend on.
pub struct View<'a> {
    /// Which cluster.
    pub key: &'a Key,
    /// What is known of it.
    pub facts: &'a Facts,
    /// Its manifest.
    pub manifest: &'a Postgresql,
    /// The controller's configuration.
    pub configuration: &'a Configuration,
    /// The children that it should have, in the order of making them.
    pub children: &'a [Child],
    /// The secrets that it should have.
    pub secrets: &'a [RoleSecret],
    /// The time.
    pub now: Now,
    /// Whether the admission policies that guard operations are in place; `None` = not known.
    pub policies: Option<bool>,
    /// Since when the cluster has not been as wanted, by the clock of [`Now::mono`].
    pub unsettled_since: Option<Duration>,
}

/// What to do now.
#[derive(Debug, Default, PartialEq)]
pub struct Plan {
    /// In this order; the first that fails ends the round.
    pub actions: Vec<Action>,
    /// When to look again, though nothing was heard.
    pub look_again: Option<Duration>,
    /// The work that holds the cluster's slot.
    pub current: Option<action::Current>,
}

impl Plan {
    fn then(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    fn look_again_in(&mut self, delay: Duration) {
        self.look_again = Some(self.look_again.map_or(delay, |other| other.min(delay)));
    }
}

/// The next actions for one cluster. The status is not among them: it is said by the caller from
/// the same facts, after the effects.
pub fn next(view: &View<'_>) -> Plan {
    if view.manifest.metadata.deletion_timestamp.is_some() {
        return deletion::next(view);
    }
    let mut plan = Plan::default();
    if let Some(action) = deletion::finalizer(view) {
        return plan.then(action);
    }
    let assessment = Assessment::new(view);

    let ask = due_questions(view, &assessment);
    if !ask.is_empty() {
        plan.actions.push(Action::Ask(ask));
    }
    let scale = scale::next(view, &assessment);
    plan.actions.extend(children::next(view, scale.replicas));
    if let Some(action) = stale_label::next(view) {
        plan.actions.push(action);
    }
    let busy_elsewhere = scale.current.clone();
    let operations = operations::next(view, &assessment, busy_elsewhere.as_ref());
    plan.current = operations.current.clone().or(busy_elsewhere);
    if operations.current.is_none() {
        plan.actions.extend(scale.actions);
    }
    plan.actions.extend(operations.actions);
    if let Some(action) = roles::next(view, &assessment) {
        plan.actions.push(action);
    }
    for delay in [operations.look_again, scale.look_again]
        .into_iter()
        .flatten()
    {
        plan.look_again_in(delay);
    }
    plan.look_again_in(question_interval(view, &assessment, plan.current.is_some()));
    plan
}

fn question_interval(view: &View<'_>, assessment: &Assessment, busy: bool) -> Duration {
    let unsettled = busy || !assessment.is_settled();
    match view.unsettled_since {
        _ if !unsettled => ASK_SETTLED,
        Some(since) if view.now.age(since) > CLOSELY && !busy => ASK_TROUBLED,
        _ => ASK_BUSY,
    }
}

/// Members whose last answer is too old to go on with.
fn due_questions(view: &View<'_>, assessment: &Assessment) -> Vec<String> {
    let busy = operations::is_running(view);
    let interval = question_interval(view, assessment, busy);
    view.facts
        .ordered_pods(&view.key.name)
        .into_iter()
        .filter(|(_, _, pod)| pod.is_running())
        .filter(|(_, name, _)| {
            view.facts
                .answer(name)
                .is_none_or(|answer| view.now.age(answer.at) >= interval)
        })
        .map(|(_, name, _)| name.to_owned())
        .collect()
}
