//! Work that harms while it is done and that nobody asked for by an operation: fewer members, a
//! node that is drained, pods made from a new template, restarts for a parameter. One kind at a
//! time, one member at a time, and nothing while an operation holds the cluster's slot.

use std::time::Duration;

use pg_core::names;

use super::{
    View,
    action::{Action, Current},
    adoption,
    assess::Assessment,
    children, drain, dynamic_config, raised, rolling, scale,
};
use crate::{desired::ChildKind, observe::pod::Pod};

/// A member that does not come up for this long, and will not by itself.
pub const HOPELESS: Duration = Duration::from_secs(60);

/// What to do now.
#[derive(Debug, Default, PartialEq)]
pub struct Work {
    /// Effects.
    pub actions: Vec<Action>,
    /// The slot.
    pub current: Option<Current>,
    /// When to look again.
    pub look_again: Option<Duration>,
    /// The member that must serve again before anything else is done.
    pub waits_for: Option<String>,
    /// What of the manifest is not carried out yet, if it is nothing that comes by itself.
    pub left: Option<Left>,
    /// What is still to be done though the cluster is as its manifest says.
    pub postponed: Option<String>,
}

/// Something that is still to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Left {
    /// One word, for a condition.
    pub reason: &'static str,
    /// For a person.
    pub message: String,
    /// Nothing more is done about it until somebody does something else.
    pub stopped: bool,
}

impl Left {
    /// Something that is on its way.
    pub fn on_the_way(message: impl Into<String>) -> Option<Self> {
        Some(Self {
            reason: "OnTheWay",
            message: message.into(),
            stopped: false,
        })
    }
}

impl Work {
    /// Something is done for this reason.
    pub fn doing(kind: &str, step: String, actions: Vec<Action>) -> Self {
        Self {
            actions,
            left: Left::on_the_way(format!("{kind}: {step}")),
            current: Some(Current {
                kind: kind.to_owned(),
                reason: "manifest".to_owned(),
                step,
            }),
            look_again: Some(Duration::from_millis(500)),
            waits_for: None,
            postponed: None,
        }
    }

    /// Nothing is done now, and the slot is free.
    pub fn held_up(reason: &'static str, message: String, stopped: bool) -> Self {
        Self {
            left: Some(Left {
                reason,
                message,
                stopped,
            }),
            ..Self::default()
        }
    }
}

/// The members that the StatefulSet may have now, and the work.
pub fn next(view: &View<'_>, assessment: &Assessment) -> (i32, Work) {
    let scale = scale::next(view, assessment);
    let replicas = scale.replicas;
    if scale.current.is_some() {
        let work = Work {
            actions: scale.actions,
            current: scale.current,
            look_again: scale.look_again,
            ..Work::default()
        };
        return (replicas, work);
    }
    let work = match is_applied(view, replicas) {
        true => of_members(view, assessment),
        false => Work::default(),
    };
    let drain = drain::next(view, assessment);
    // Work on the members goes first where it would move the primary again.
    if drain.current.is_some() && !(drain.may_wait && work.current.is_some()) {
        let work = Work {
            actions: drain.actions,
            current: drain.current,
            look_again: drain.look_again,
            ..Work::default()
        };
        return (replicas, work);
    }
    let look_again = work.look_again.into_iter().chain(drain.look_again).min();
    let work = Work {
        postponed: drain.postponed,
        look_again,
        ..work
    };
    (replicas, work)
}

/// Whether what pods are made from is as wanted.
pub fn is_applied(view: &View<'_>, replicas: i32) -> bool {
    // What Zalando's operator holds is not applied yet: nobody can tell what a pod should be.
    if !adoption::taking(view).is_empty() {
        return false;
    }
    // What a new pod needs comes first; another child that cannot be applied holds up nothing.
    let needed = |action: &Action| match action {
        Action::Apply(child) => !matches!(
            child.kind,
            ChildKind::Service | ChildKind::PodDisruptionBudget
        ),
        _ => true,
    };
    let troubles = &view.facts.troubles;
    let first = |action: &Action| needed(action) || !troubles.contains_key(&action.what());
    !children::next(view, replicas).iter().any(first)
}

/// What is still to be done, whoever holds the slot.
pub fn left(view: &View<'_>, assessment: &Assessment) -> Option<Left> {
    of_members(view, assessment).left
}

fn of_members(view: &View<'_>, assessment: &Assessment) -> Work {
    let configuration = dynamic_config::next(view, assessment);
    if !configuration.actions.is_empty() {
        return configuration;
    }
    if let Some(work) = dynamic_config::under_way(view, assessment) {
        return work;
    }
    // Pods that are made anew take up parameters as well.
    let rolling = rolling::next(view, assessment);
    if rolling.left.is_some() {
        return rolling;
    }
    // An upgrade restarts everybody.
    let raised = raised::next(view, assessment);
    if raised.left.is_some() {
        return raised;
    }
    let restarts = dynamic_config::restarts(view, assessment);
    if restarts.left.is_some() {
        return restarts;
    }
    configuration
}

/// Members of the StatefulSet that do not serve.
pub fn down(view: &View<'_>, assessment: &Assessment) -> Vec<String> {
    (0..view.present_members().unwrap_or(0))
        .map(|ordinal| names::member(&view.key.name, ordinal))
        .filter(|name| !assessment.serving.contains(name))
        .collect()
}

/// Whether a member that was given up is still going: it could take over, and would take along
/// what it then has.
pub fn leaving(view: &View<'_>, kind: &str) -> Option<Work> {
    let present = view.present_members()?;
    let pods = view.facts.ordered_pods(&view.key.name);
    let (_, name, _) = pods.into_iter().find(|(ordinal, ..)| *ordinal >= present)?;
    Some(Work::doing(
        kind,
        format!("wait until {name} is gone"),
        Vec::new(),
    ))
}

/// How long a member that does not serve has been waited for.
pub fn waited(view: &View<'_>, member: &str) -> Duration {
    match &view.facts.waits_for {
        Some((of, since)) if of == member => view.now.age(*since),
        _ => Duration::ZERO,
    }
}

/// Waits for a member that does not serve. `ours` = because of what was done to it. After a while
/// the slot is given back, so that somebody can mend it; when it serves, the work goes on.
pub fn wait(
    view: &View<'_>,
    assessment: &Assessment,
    kind: &str,
    member: &str,
    ours: bool,
) -> Work {
    let pod = view.facts.pods.get(member);
    let waited = waited(view, member);
    let trouble = pod.is_some_and(|pod| pod.trouble.is_some());
    let limit = match trouble || !ours {
        true => HOPELESS,
        false => view.configuration.pod_label_wait_timeout,
    };
    let state = assessment.members.iter().find(|m| m.name == member);
    let state = state.map_or("no pod", |member| member.state.as_str());
    let mut work = if waited > limit {
        let reason = match kind {
            "restart" => "RestartStopped",
            _ => "RollingUpdateStopped",
        };
        let message =
            format!("{member} does not serve: {state}; nothing more is restarted before it does");
        Work::held_up(reason, message, true)
    } else {
        Work::doing(kind, format!("wait for {member}: {state}"), Vec::new())
    };
    work.waits_for = Some(member.to_owned());
    work
}

/// Whether Patroni's pause forbids restarts: it would not start PostgreSQL again.
pub fn paused(view: &View<'_>) -> Option<Work> {
    view.is_paused().then(|| {
        let message = "restarts wait for the end of Patroni's pause".to_owned();
        Work::held_up("Paused", message, false)
    })
}

/// Whether the primary is left alone because no maintenance window is open.
pub fn outside_windows(view: &View<'_>, primary: &str) -> Option<Work> {
    let delay = super::window::opens_in(view)?;
    let message = format!("{primary} is restarted when the next maintenance window opens");
    let mut work = Work::held_up("WaitsForWindow", message, false);
    work.look_again = Some(delay);
    Some(work)
}

/// Whether a pod was made from the newest template, or is on its way.
pub fn is_new(pod: Option<&Pod>, revision: &str) -> bool {
    pod.is_none_or(|pod| pod.deleting || pod.revision.as_deref() == Some(revision))
}
