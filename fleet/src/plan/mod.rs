//! Decisions: from facts, manifest, configuration and time to the next actions. Pure; everything
//! that may harm a database is decided here and nowhere else.
//!
//! A plan is short-sighted on purpose: it names what to do now, the effects are carried out, and
//! the planner is asked again with what came of it. Waiting is a plan without actions.

pub mod action;
pub mod adoption;
pub mod assess;
pub mod children;
pub mod claims;
pub mod collect;
pub mod deletion;
pub mod drain;
pub mod dynamic_config;
pub mod first_start;
pub mod held;
pub mod lag;
pub mod leftovers;
pub mod loan;
pub mod notes;
pub mod operations;
pub mod raised;
pub mod roles;
pub mod rolling;
pub mod rotation;
pub mod scale;
pub mod stale_label;
pub mod standby;
pub mod store;
pub mod told;
pub mod window;
pub mod work;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use pg_core::{configuration::Configuration, postgresql::Postgresql};

use self::{action::Action, assess::Assessment};
use crate::{
    desired::{Child, RoleSecret},
    observe::facts::{Facts, Key, Now},
};

/// How old an answer may be before a member of a settled cluster is asked again, at most.
const ASK_SETTLED: Duration = Duration::from_secs(25);
/// By so much less for one or another, so that hundreds that settled together are not asked together.
const APART: Duration = Duration::from_secs(5);
/// The same while something is under way.
const ASK_BUSY: Duration = Duration::from_millis(400);
/// The same when something has been wrong for long.
const ASK_TROUBLED: Duration = Duration::from_secs(5);
/// Back-off after an effect that failed, doubled each time.
const BACKOFF: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(60);
/// How long a cluster that is not as wanted is watched closely.
pub const CLOSELY: Duration = Duration::from_secs(180);

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
    /// In this order.
    pub actions: Vec<Action>,
    /// When to look again, though nothing was heard.
    pub look_again: Option<Duration>,
    /// The work that holds the cluster's slot.
    pub current: Option<action::Current>,
    /// What failed and is still to be done.
    pub in_trouble: BTreeSet<String>,
    /// The member that the work waits for.
    pub waits_for: Option<String>,
    /// What is still to be done, later, though the cluster is as its manifest says.
    pub postponed: Option<String>,
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
        let mut plan = deletion::next(view);
        plan.actions
            .splice(0..0, operations::while_deleting(view.facts, view.now));
        hold_back(view, &mut plan);
        return plan;
    }
    if let Some(plan) = deletion::in_namespace_that_goes(view) {
        return plan;
    }
    let mut plan = Plan::default();
    match deletion::finalizer(view) {
        // Nothing is made before it is there.
        Some(Action::AddFinalizer) => return plan.then(Action::AddFinalizer),
        other => plan.actions.extend(other),
    }
    if let Some(action) = store::look(view) {
        return plan.then(action);
    }
    let assessment = Assessment::new(view);

    let held = || (scale::held(view).replicas, work::Work::default());
    let (mut replicas, mut work) = if operations::is_running(view) {
        held()
    } else {
        work::next(view, &assessment)
    };
    let operations = operations::next(view, &assessment, work.current.as_ref());
    if operations.current.is_some() {
        // One slot: while an operation holds it, no member is given up or restarted.
        (replicas, work) = held();
    }
    plan.current = operations.current.clone().or(work.current.clone());
    plan.waits_for = work.waits_for.or(operations.waits_for);
    plan.postponed = work.postponed;

    let ask = due_questions(view, &assessment);
    if !ask.is_empty() {
        plan.actions.push(Action::Ask(ask));
    }
    plan.actions.extend(adoption::taking(view));
    plan.actions.extend(children::next(view, replicas));
    plan.actions.extend(claims::next(view));
    plan.actions.extend(stale_label::next(view));
    plan.actions.extend(work.actions);
    plan.actions.extend(operations.actions);
    plan.actions.extend(held::next(view, &assessment));
    plan.actions.extend(loan::next(view, &assessment));
    plan.actions.extend(raised::tell(view, &assessment));
    plan.actions.extend(roles::next(view, &assessment));
    let asked = |action: &Action| matches!(action, Action::AskSource(_));
    if !plan.actions.iter().any(asked) {
        plan.actions.extend(standby::question(view));
    }
    plan.actions.extend(collect::next(view));
    for delay in [operations.look_again, work.look_again]
        .into_iter()
        .flatten()
    {
        plan.look_again_in(delay);
    }
    if let Some(delay) = stale_label::look_again(view) {
        plan.look_again_in(delay);
    }
    plan.look_again_in(question_interval(view, &assessment, plan.current.is_some()));
    hold_back(view, &mut plan);
    plan.actions = in_order(view, plan.actions);
    if plan.current.is_none() && !operations::is_running(view) {
        let mut last = notes::next(view, &assessment, replicas);
        last.extend(leftovers::next(view, &assessment));
        add_last(view, &mut plan, last);
    }
    plan
}

/// Adds what waits until nothing else is to be done. What of it failed is known meanwhile.
fn add_last(view: &View<'_>, plan: &mut Plan, actions: Vec<Action>) {
    let mut last = Plan {
        actions,
        ..Plan::default()
    };
    hold_back(view, &mut last);
    plan.in_trouble.append(&mut last.in_trouble);
    if plan.actions.is_empty() {
        plan.actions = last.actions;
    }
    if let Some(delay) = last.look_again {
        plan.look_again_in(delay);
    }
}

/// The next actions for a cluster whose manifest cannot be carried out: what runs goes on running,
/// is looked after, and people may operate on it; nothing is made, scaled or changed.
pub fn while_invalid(view: &View<'_>) -> Plan {
    let mut plan = Plan::default();
    let assessment = Assessment::new(view);
    let operations = operations::next(view, &assessment, None);
    plan.current = operations.current;
    // It may be deleted, invalid as it is.
    plan.actions.extend(deletion::finalizer(view));
    let ask = due_questions(view, &assessment);
    if !ask.is_empty() {
        plan.actions.push(Action::Ask(ask));
    }
    plan.actions.extend(stale_label::next(view));
    plan.actions.extend(operations.actions);
    plan.actions.extend(held::next(view, &assessment));
    plan.actions.extend(collect::next(view));
    if let Some(delay) = operations.look_again {
        plan.look_again_in(delay);
    }
    if let Some(delay) = stale_label::look_again(view) {
        plan.look_again_in(delay);
    }
    plan.look_again_in(question_interval(view, &assessment, plan.current.is_some()));
    hold_back(view, &mut plan);
    plan.actions = in_order(view, plan.actions);
    plan
}

/// What failed is tried again after a while; everything else goes on meanwhile: a failover does
/// not wait for a role that cannot be made, nor one child for another.
fn hold_back(view: &View<'_>, plan: &mut Plan) {
    for action in std::mem::take(&mut plan.actions) {
        let what = action.what();
        let Some(trouble) = view.facts.troubles.get(&what) else {
            plan.actions.push(action);
            continue;
        };
        plan.in_trouble.insert(what);
        let wait = backoff(trouble.times).saturating_sub(view.now.age(trouble.at));
        if wait.is_zero() {
            plan.actions.push(action);
        } else {
            plan.look_again_in(wait);
        }
    }
}

/// How long to wait after so many failures in a row.
pub fn backoff(times: u32) -> Duration {
    (BACKOFF * 2u32.saturating_pow(times.saturating_sub(1).min(10))).min(BACKOFF_MAX)
}

/// What rests on the facts of this moment goes alone: whatever is done before it takes time, and
/// whatever comes after it was decided on facts that it changes. Everything else goes together,
/// and nobody is asked twice.
fn in_order(view: &View<'_>, actions: Vec<Action>) -> Vec<Action> {
    if let Some(harmful) = actions.iter().find(|action| {
        matches!(
            action,
            Action::Patroni(_) | Action::RestartPod { .. } | Action::TakeRoleLabel { .. }
        ) || matches!(action, Action::Order(order) if !order.step.is_question())
            || scale::gives_up(view, action)
    }) {
        return vec![harmful.clone()];
    }
    let (questions, mut rest): (Vec<_>, Vec<_>) = actions
        .into_iter()
        .partition(|action| matches!(action, Action::Ask(_)));
    let mut members: Vec<String> = questions
        .into_iter()
        .flat_map(|question| match question {
            Action::Ask(members) => members,
            _ => Vec::new(),
        })
        .collect();
    members.sort();
    members.dedup();
    if !members.is_empty() {
        rest.insert(0, Action::Ask(members));
    }
    rest
}

fn question_interval(view: &View<'_>, assessment: &Assessment, busy: bool) -> Duration {
    let unsettled = busy || !assessment.is_settled();
    match view.unsettled_since {
        _ if !unsettled => settled_interval(view.key),
        Some(since) if view.now.age(since) > CLOSELY && !busy => ASK_TROUBLED,
        _ => ASK_BUSY,
    }
}

/// The same for one cluster always.
fn settled_interval(key: &Key) -> Duration {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    let apart = u32::try_from(hasher.finish() % 1000).unwrap_or_default();
    ASK_SETTLED - APART * apart / 1000
}

/// Members whose last answer is too old to go on with.
fn due_questions(view: &View<'_>, assessment: &Assessment) -> Vec<String> {
    let busy = operations::is_running(view);
    let interval = question_interval(view, assessment, busy);
    view.facts
        .ordered_pods(&view.key.name)
        .into_iter()
        .filter(|(_, name, pod)| pod.is_running() && !view.facts.asking.contains_key(*name))
        .filter(|(_, name, _)| view.is_due(name, interval))
        .map(|(_, name, _)| name.to_owned())
        .collect()
}
