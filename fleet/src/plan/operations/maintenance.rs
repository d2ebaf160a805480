//! Patroni's pause, on and off. It stands in Patroni's configuration, which proves that it is so.

use std::time::Duration;

use pg_core::operation::Phase;

use super::{Item, Progress};
use crate::plan::{
    View,
    action::{Action, PatroniCall, PatroniRequest},
};

const PATIENCE: Duration = Duration::from_secs(5);
const GIVE_UP: Duration = Duration::from_secs(60);

/// The next step.
pub fn next(view: &View<'_>, item: &Item<'_>, on: bool) -> Progress {
    if view.is_paused() == on {
        let message = if on {
            "Patroni is paused: it promotes, demotes and restarts nobody by itself"
        } else {
            "Patroni looks after the cluster"
        };
        let mut status = item.ended(view, Phase::Succeeded, "Done", message.to_owned());
        status.steps = item.step_done(view).steps;
        status.primary_after = view.facts.leader().map(str::to_owned);
        return Progress::Write(status);
    }
    if item.open_step().is_none() {
        let step = if on {
            "pause Patroni"
        } else {
            "resume Patroni"
        };
        return Progress::Write(item.begun(view, step.to_owned(), None));
    }
    let made = view
        .facts
        .patroni_call
        .as_ref()
        .filter(|made| made.by == item.name);
    let failed = |reason: &str, message: String| {
        Progress::Write(item.ended(view, Phase::Failed, reason, message))
    };
    match made {
        Some(made) if made.refused.is_some() => {
            let why = made.refused.clone().unwrap_or_default();
            failed("PatroniRefused", format!("Patroni refused: {why}"))
        }
        _ if item.step_age(view) > GIVE_UP => {
            failed("NoAnswer", "no member carried it out in time".to_owned())
        }
        Some(made) if view.now.age(made.at) < PATIENCE => Progress::Wait,
        _ => match whom(view, made.map(|made| made.step.as_str())) {
            Some(member) => Progress::Act(Action::Patroni(PatroniCall {
                by: item.name.to_owned(),
                member,
                request: PatroniRequest::Pause(on),
                expect: view.expected_leader(),
            })),
            None => Progress::Wait,
        },
    }
}

/// The leader; where it did not answer, or there is none, any other member that runs.
fn whom(view: &View<'_>, silent: Option<&str>) -> Option<String> {
    let pods = view.facts.ordered_pods(&view.key.name);
    let runs = pods
        .into_iter()
        .filter(|(_, _, pod)| pod.is_running())
        .map(|(_, name, _)| name);
    let mut members: Vec<&str> = runs.collect();
    members.sort_by_key(|name| (silent == Some(*name), view.facts.leader() != Some(*name)));
    members.first().map(|name| (*name).to_owned())
}
