//! Restart of PostgreSQL, one member at a time, replicas before the primary.

use std::time::Duration;

use pg_core::operation::{Phase, Restart};

use super::{Item, Progress};
use crate::plan::{
    View,
    action::{Action, PatroniCall, PatroniRequest},
    assess::{Assessment, LIVE},
};

const PATIENCE: Duration = Duration::from_secs(15);
const GIVE_UP: Duration = Duration::from_secs(180);

/// The next step.
pub fn next(
    view: &View<'_>,
    assessment: &Assessment,
    item: &Item<'_>,
    asked: &Restart,
) -> Progress {
    match item.open_step() {
        None => begin(view, assessment, item, asked),
        Some(step) => {
            let member = step.name.trim_start_matches("restart ").to_owned();
            watch(view, assessment, item, member, step.before.clone())
        }
    }
}

fn begin(view: &View<'_>, assessment: &Assessment, item: &Item<'_>, asked: &Restart) -> Progress {
    let done = |member: &str| {
        item.status
            .steps
            .iter()
            .any(|step| step.name == format!("restart {member}"))
    };
    let leader = view.facts.leader();
    let pods = view.facts.ordered_pods(&view.key.name);
    let mut members: Vec<&str> = match &asked.member {
        // Also while its pod is missing: it may come back.
        Some(member) => vec![member],
        None => pods.into_iter().map(|(_, name, _)| name).collect(),
    };
    members.sort_by_key(|name| leader == Some(*name));
    let next = members.into_iter().find(|member| {
        !done(member)
            && (!asked.if_pending
                || assessment
                    .members
                    .iter()
                    .any(|status| status.name == *member && status.pending_restart))
    });
    let Some(member) = next else {
        let count = item.status.steps.len();
        let message = match count {
            0 => "no member waits for a restart".to_owned(),
            1 => format!("{} done", item.status.steps[0].name),
            _ => format!("{count} members restarted"),
        };
        let mut status = item.ended(view, Phase::Succeeded, "Done", message);
        status.primary_after = leader.map(str::to_owned);
        return Progress::Write(status);
    };
    let answer = view
        .facts
        .answer(member)
        .and_then(|answer| answer.within(view.now, LIVE));
    match answer {
        Some(answer) => Progress::Write(item.begun(
            view,
            format!("restart {member}"),
            Some(answer.postmaster_start_time.clone().unwrap_or_default()),
        )),
        None if item.waited(view) > GIVE_UP => Progress::Write(item.ended(
            view,
            Phase::Failed,
            "NoAnswer",
            format!("{member} does not answer; nothing was done to it"),
        )),
        None => Progress::Wait,
    }
}

fn watch(
    view: &View<'_>,
    assessment: &Assessment,
    item: &Item<'_>,
    member: String,
    before: Option<String>,
) -> Progress {
    let answer = view
        .facts
        .answer(&member)
        .and_then(|answer| answer.within(view.now, LIVE));
    let restarted = answer.is_some_and(|answer| {
        answer.state == "running"
            && answer.postmaster_start_time.is_some()
            && answer.postmaster_start_time != before
    });
    if restarted && assessment.serving.contains(&member) {
        return Progress::Write(item.step_done(view));
    }
    if item.step_age(view) > GIVE_UP {
        return Progress::Write(item.ended(
            view,
            Phase::Failed,
            "NotBack",
            format!(
                "{member} was not back within {} s; the members after it were left alone",
                GIVE_UP.as_secs()
            ),
        ));
    }
    if restarted {
        return Progress::Wait;
    }
    let made = view
        .facts
        .patroni_call
        .as_ref()
        .filter(|made| made.by == item.name && made.step == member);
    match made {
        Some(made) if made.refused.is_some() => Progress::Write(item.ended(
            view,
            Phase::Failed,
            "PatroniRefused",
            format!(
                "Patroni refused to restart {member}: {}",
                made.refused.clone().unwrap_or_default()
            ),
        )),
        Some(made) if view.now.age(made.at) < PATIENCE => Progress::Wait,
        // A controller that has died since may have asked: another restart would be one too many.
        _ if answer.is_none_or(|answer| is_under_way(&answer.state)) => Progress::Wait,
        _ => Progress::Act(Action::Patroni(PatroniCall {
            by: item.name.to_owned(),
            member: member.clone(),
            request: PatroniRequest::Restart,
            // The primary is restarted only while it is the primary that was decided on.
            // And a replica only while it is one.
            expect: view.expected_leader(),
        })),
    }
}

/// Patroni's words for a member that will run soon.
fn is_under_way(state: &str) -> bool {
    matches!(
        state,
        "starting" | "stopping" | "restarting" | "creating replica"
    )
}
