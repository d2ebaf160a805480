//! Members read their configuration again, one after the other. Harmless, so a repeat is too.

use std::time::Duration;

use pg_core::operation::Phase;

use super::{Item, Progress};
use crate::plan::{
    View,
    action::{Action, PatroniCall, PatroniRequest},
};

const PATIENCE: Duration = Duration::from_secs(5);
const GIVE_UP: Duration = Duration::from_secs(30);

/// The next step.
pub fn next(view: &View<'_>, item: &Item<'_>) -> Progress {
    match item.open_step() {
        None => begin(view, item),
        Some(step) => {
            let member = step.name.trim_start_matches("reload ").to_owned();
            watch(view, item, member)
        }
    }
}

fn begin(view: &View<'_>, item: &Item<'_>) -> Progress {
    let steps = &item.status.steps;
    let pods = view.facts.ordered_pods(&view.key.name);
    let next = pods.iter().find(|(_, name, _)| {
        let step = format!("reload {name}");
        !steps.iter().any(|done| done.name == step)
    });
    Progress::Write(match next {
        Some((_, member, _)) => item.begun(view, format!("reload {member}"), None),
        None => {
            let message = format!("{} members read their configuration again", steps.len());
            let mut status = item.ended(view, Phase::Succeeded, "Done", message);
            status.primary_after = view.facts.leader().map(str::to_owned);
            status
        }
    })
}

fn watch(view: &View<'_>, item: &Item<'_>, member: String) -> Progress {
    let made = view
        .facts
        .patroni_call
        .as_ref()
        .filter(|made| made.by == item.name && made.step == member);
    let failed = |reason: &str, message: String| {
        Progress::Write(item.ended(view, Phase::Failed, reason, message))
    };
    match made {
        Some(made) if made.agreed => Progress::Write(item.step_done(view)),
        Some(made) if made.refused.is_some() => failed(
            "PatroniRefused",
            format!(
                "Patroni refused to reload {member}: {}",
                made.refused.clone().unwrap_or_default()
            ),
        ),
        _ if item.step_age(view) > GIVE_UP => failed(
            "NoAnswer",
            format!("{member} does not answer; the members after it were left alone"),
        ),
        Some(made) if view.now.age(made.at) < PATIENCE => Progress::Wait,
        _ => Progress::Act(Action::Patroni(PatroniCall {
            by: item.name.to_owned(),
            member: member.clone(),
            request: PatroniRequest::Reload,
            expect: view.expected_leader(),
        })),
    }
}
