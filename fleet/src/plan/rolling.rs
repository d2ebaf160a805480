//! Rolling updates: which pods must be made anew, and which of them now.
//!
//! The rule is that of zalando.md §3.5: a pod is restarted only if the template that it was made
//! from differs from the desired one in a field that only a restart mends, or if somebody asked for
//! it by annotation. Replicas go first, one at a time, each waited for until it follows again; then
//! the primary hands over to the best of them and goes as the last. All is read from facts, so a
//! controller that died anywhere goes on from there.

use std::time::Duration;

use serde_json::Value;

use super::{
    View,
    action::{Action, PatroniCall, PatroniRequest},
    assess::{Assessment, LIVE_ENOUGH},
    lag, operations, raised, window,
    work::{self, HOPELESS, Left, Work},
};
use crate::{
    desired::{self, ChildKind},
    observe::{facts::LeaderFact, pod::Pod},
};

const KIND: &str = "rolling update";
/// A switchover that Patroni was asked for is not asked for again within this time.
const PATIENCE: Duration = Duration::from_secs(15);

/// A pod that must be made anew.
struct Outdated<'a> {
    name: &'a str,
    pod: &'a Pod,
    why: String,
}

/// What was seen of the pods' templates.
#[derive(Default)]
struct Look<'a> {
    /// Pods to be made anew.
    outdated: Vec<Outdated<'a>>,
    /// Revisions to be read before more is known.
    unread: Vec<String>,
    /// One that is to be made anew for its version alone, and not outside the maintenance windows.
    waits: Option<&'a str>,
}

/// Decides.
pub fn next(view: &View<'_>, assessment: &Assessment) -> Work {
    let Some(revision) = newest(view) else {
        return unknown(view);
    };
    let Look {
        outdated,
        unread,
        waits,
    } = look(view, &revision);
    if !unread.is_empty() {
        return Work {
            actions: unread.into_iter().map(Action::ReadRevision).collect(),
            left: Left::on_the_way("looks what the pods were made from"),
            ..Work::default()
        };
    }
    if outdated.is_empty() {
        let waits = waits.and_then(|member| work::outside_windows(view, member));
        return waits.unwrap_or_default();
    }
    if let Some(work) = work::paused(view).or_else(|| work::leaving(view, KIND)) {
        return work;
    }
    let step = match choose(view, assessment, &revision, &outdated) {
        Ok(step) => step,
        Err(work) => return *work,
    };
    let question = view.look_closely().or_else(|| match step {
        Step::HandOver { .. } => lag::question(view, assessment),
        Step::Restart(_) => None,
    });
    let action = question.unwrap_or_else(|| step.action(view));
    Work {
        // How long it was waited for counts until it goes.
        waits_for: step.restarts().map(str::to_owned),
        ..Work::doing(KIND, step.announced(), vec![action])
    }
}

/// Whether a member is to be made anew, as far as that is known.
pub fn is_due(view: &View<'_>, member: &str) -> bool {
    newest(view).is_some_and(|revision| {
        let outdated = look(view, &revision).outdated;
        outdated.iter().any(|one| one.name == member)
    })
}

/// What the next pod would be made from.
pub(super) fn newest(view: &View<'_>) -> Option<String> {
    let id = ("StatefulSet", view.key.name.clone());
    let set = view.facts.children.get(&id).filter(|set| !set.deleting);
    set?.revision.clone()
}

/// Pods come from a StatefulSet that is not there, or that its controller has not seen yet: what
/// the next pod would be made from is not known.
fn unknown(view: &View<'_>) -> Work {
    let any = view.facts.pods.values().any(|pod| pod.revision.is_some());
    let left = Left::on_the_way("the StatefulSet's controller has not seen the new template yet");
    Work {
        left: left.filter(|_| any),
        ..Work::default()
    }
}

/// Looks what must be made anew. What a revision was that is not there any more nobody can tell: its
/// pods stay.
fn look<'a>(view: &'a View<'_>, revision: &str) -> Look<'a> {
    let child = view
        .children
        .iter()
        .find(|child| child.kind == ChildKind::StatefulSet);
    let desired = child.and_then(|child| child.body.pointer("/spec/template"));
    let present = view.present_members().unwrap_or(0);
    let is_closed = window::opens_in(view).is_some();
    let needed = |made_from: &Value| {
        desired.and_then(|desired| desired::restart_needed(made_from, desired, view.configuration))
    };
    let mut look = Look::default();
    for (ordinal, name, pod) in view.facts.ordered_pods(&view.key.name) {
        if ordinal >= present || pod.deleting {
            continue;
        }
        if pod.must_restart {
            let why = "asked for by annotation".to_owned();
            look.outdated.push(Outdated { name, pod, why });
            continue;
        }
        let Some(made_from) = pod.revision.as_ref().filter(|of| *of != revision) else {
            continue;
        };
        let mut template: Value = match view.facts.revisions.get(made_from) {
            None => {
                look.unread.push(made_from.clone());
                continue;
            }
            Some(template) => match template.as_deref().map(serde_json::from_str) {
                Some(Ok(template)) => template,
                _ => continue,
            },
        };
        let Some(mut why) = needed(&template) else {
            continue;
        };
        let runs = runs(view, name);
        if let Some(desired) = desired.filter(|_| runs || is_closed) {
            take_version(&mut template, desired);
            match needed(&template) {
                Some(more) => why = more,
                None => {
                    look.waits = look.waits.or((!runs).then_some(name));
                    continue;
                }
            }
        }
        look.outdated.push(Outdated { name, pod, why });
    }
    look.unread.sort();
    look.unread.dedup();
    look
}

/// Whether a member runs the manifest's version, or an upgrade will bring it there. Then what its
/// template says of the version is no reason to make it anew.
fn runs(view: &View<'_>, member: &str) -> bool {
    let answer = view.facts.answer(member);
    let version = answer.and_then(|answer| answer.result.as_ref().ok()?.server_version);
    let wanted = view.manifest.spec.postgresql.version.parse().ok();
    version.is_some() && (raised::is_on(view) || version.map(|number| number / 10_000) == wanted)
}

/// Lets a template say of the version what another one says: `PGVERSION`, or with
/// `enable_pgversion_env_var: false` the directory of the programs.
fn take_version(template: &mut Value, other: &Value) {
    if let Some(wanted) = variable(other, VERSION).cloned()
        && let Some(value) = variable_mut(template, VERSION)
    {
        *value = wanted;
    }
    let read = |value: &Value| serde_json::from_str::<Value>(value.as_str()?).ok();
    let wanted = variable(other, CONFIGURATION).and_then(read);
    let wanted = wanted.and_then(|mut it| Some(it.pointer_mut(PROGRAMS)?.take()));
    if let (Some(wanted), Some(value)) = (wanted, variable_mut(template, CONFIGURATION))
        && let Some(mut configuration) = read(value)
        && let Some(programs) = configuration.pointer_mut(PROGRAMS)
    {
        *programs = wanted;
        *value = configuration.to_string().into();
    }
}

const ENVIRONMENT: &str = "/spec/containers/0/env";
const VERSION: &str = "PGVERSION";
const CONFIGURATION: &str = "SPILO_CONFIGURATION";
const PROGRAMS: &str = "/postgresql/bin_dir";

fn variable<'a>(template: &'a Value, name: &str) -> Option<&'a Value> {
    let env = template.pointer(ENVIRONMENT)?.as_array()?;
    env.iter().find(|one| one["name"] == name)?.get("value")
}

fn variable_mut<'a>(template: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    let env = template.pointer_mut(ENVIRONMENT)?.as_array_mut()?;
    env.iter_mut()
        .find(|one| one["name"] == name)?
        .get_mut("value")
}

/// What may be done once everything was looked at.
enum Step<'a> {
    Restart(&'a Outdated<'a>),
    HandOver { from: String, to: String },
}

impl Step<'_> {
    fn announced(&self) -> String {
        match self {
            Self::Restart(outdated) => format!("restart {}: {}", outdated.name, outdated.why),
            Self::HandOver { from, to } => format!("switch over from {from} to {to}"),
        }
    }

    fn restarts(&self) -> Option<&str> {
        match self {
            Self::Restart(outdated) => Some(outdated.name),
            Self::HandOver { .. } => None,
        }
    }

    fn action(&self, view: &View<'_>) -> Action {
        let expect = view.expected_leader();
        match self {
            Self::Restart(outdated) => Action::RestartPod {
                pod: outdated.name.to_owned(),
                uid: outdated.pod.uid.clone(),
                // One that runs has answered just now.
                version: (!outdated.pod.is_running())
                    .then(|| outdated.pod.resource_version.clone()),
                expect,
            },
            Self::HandOver { from, to } => Action::Patroni(PatroniCall {
                by: "manifest".to_owned(),
                member: from.clone(),
                request: PatroniRequest::Switchover {
                    leader: from.clone(),
                    candidate: to.clone(),
                },
                expect,
            }),
        }
    }
}

fn choose<'a>(
    view: &View<'_>,
    assessment: &Assessment,
    revision: &str,
    outdated: &'a [Outdated<'a>],
) -> Result<Step<'a>, Box<Work>> {
    // One that does not serve harms nobody, and may be what the new template mends.
    let down = work::down(view, assessment);
    let is_down = |one: &&Outdated<'_>| down.iter().any(|name| name == one.name);
    if let Some(one) = outdated
        .iter()
        .find(|one| is_down(one) && has_nothing_to_lose(view, assessment, one))
    {
        return Ok(Step::Restart(one));
    }
    if let Some(name) = down.first() {
        let ours = work::is_new(view.facts.pods.get(name), revision);
        return Err(Box::new(work::wait(view, assessment, KIND, name, ours)));
    }
    let leader = view.facts.leader();
    if let Some(one) = outdated.iter().find(|one| Some(one.name) != leader) {
        return Ok(Step::Restart(one));
    }
    let Some(primary) = outdated.first() else {
        return Err(Box::default());
    };
    if let Some(work) = work::outside_windows(view, primary.name) {
        return Err(Box::new(work));
    }
    if view.present_members() == Some(1) {
        return Ok(Step::Restart(primary));
    }
    hand_over(view, assessment, primary)
}

/// Whether a member that does not serve may go as it is: its server does not run, or another
/// member has led for a while and it does not follow.
fn has_nothing_to_lose(view: &View<'_>, assessment: &Assessment, one: &Outdated<'_>) -> bool {
    // Judged by the watch alone, so it goes only if it is still as it was judged.
    if !one.pod.is_running() {
        return true;
    }
    if one.pod.trouble.is_some() && !is_heard_of(view, assessment, one.name) {
        return true;
    }
    let answer = view
        .facts
        .answer(one.name)
        .and_then(|answer| answer.within(view.now, LIVE_ENOUGH));
    answer.is_some_and(|answer| {
        let failed = answer.state.contains("failed") || answer.state == "crashed";
        let strays = answer.state == "running" && !answer.leads() && assessment.primary.is_some();
        // It may only have lost a primary that was restarted itself, and find it again.
        let for_long = work::waited(view, one.name) > HOPELESS;
        let strays = strays && for_long && view.facts.leader() != Some(one.name);
        (failed && !answer.leads()) || strays
    })
}

/// Whether a member lives although it may not answer here: it renews the lock, or the primary sends
/// it WAL.
fn is_heard_of(view: &View<'_>, assessment: &Assessment, member: &str) -> bool {
    let leads = |fact: &LeaderFact| {
        fact.leader.member.as_deref() == Some(member) && fact.is_fresh(view.now)
    };
    let primary = assessment
        .primary
        .as_deref()
        .and_then(|primary| view.facts.answer(primary)?.within(view.now, LIVE_ENOUGH));
    view.facts.leader.as_ref().is_some_and(leads)
        || primary.is_some_and(|primary| {
            let mut rows = primary.replication.iter();
            rows.any(|row| row.application_name == member)
        })
}

fn hand_over<'a>(
    view: &View<'_>,
    assessment: &Assessment,
    primary: &Outdated<'a>,
) -> Result<Step<'a>, Box<Work>> {
    let able = |name: &str| operations::can_take_over(view, assessment, name);
    // One on a node that is drained would have to hand over again.
    let cordoned = |name: &str| {
        let node = view.facts.pods.get(name).and_then(|pod| pod.node.as_ref());
        node.is_some_and(|node| view.facts.cordoned.contains(node))
    };
    let candidate = view.best_follower(assessment, |name| able(name) && !cordoned(name));
    let Some(candidate) = candidate.or_else(|| view.best_follower(assessment, able)) else {
        let message = format!("{} leads and no other member can take over", primary.name);
        let mut work = Work::doing(KIND, message, Vec::new());
        (work.current, work.look_again) = (None, Some(Duration::from_secs(2)));
        return Err(Box::new(work));
    };
    let (from, to) = (primary.name.to_owned(), candidate);
    let step = Step::HandOver { from, to };
    match &view.facts.patroni_call {
        Some(call) if call.by == "manifest" && view.now.age(call.at) < PATIENCE => {
            Err(Box::new(Work::doing(KIND, step.announced(), Vec::new())))
        }
        _ => Ok(step),
    }
}
