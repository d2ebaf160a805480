//! A version that the manifest raises, or mode `full` by itself, as with Zalando's operator: the
//! upgrade is asked for as an operation, like one that a person asks for, in a maintenance window
//! if there are any. What became of it is told in annotations of the manifest; while they tell of a
//! failure nothing is tried again.

use std::collections::BTreeMap;

use pg_core::{
    names,
    operation::{Action as Asked, Operation, OperationSpec, Phase, Step, Target, Upgrade},
    rollout::slice,
};

use super::{
    View,
    action::Action,
    assess::Assessment,
    lag,
    operations::preflight,
    window,
    work::{Left, Work},
};

/// Annotations of the manifest: when the last upgrade ended, and how.
pub const SUCCESS: &str = "last-major-upgrade-success";
/// See [`SUCCESS`].
pub const FAILURE: &str = "last-major-upgrade-failure";
/// What an operation says once its end is told there.
const TOLD: &str = "tell in the manifest how it ended";
/// How long a request may wait for other work on the cluster.
const WITHIN: i64 = 3600;

/// Whether versions of this cluster are raised.
pub fn is_on(view: &View<'_>) -> bool {
    let configuration = view.configuration;
    let teams = &configuration.major_version_upgrade_team_allow_list;
    configuration.major_version_upgrade_mode != "off" || teams.contains(&view.manifest.spec.team_id)
}

/// The versions that it runs and is to run.
struct Versions {
    from: i64,
    to: i64,
}

fn versions(view: &View<'_>, assessment: &Assessment) -> Option<Versions> {
    let asked = &view.manifest.spec.postgresql.version;
    Some(Versions {
        from: assessment.server_version? / 10_000,
        to: view.configuration.major_version(asked).parse().ok()?,
    })
}

/// Operations that were asked for here, with the number of the attempt, the newest last.
fn attempts<'a>(view: &'a View<'_>, to: i64) -> Vec<(u32, &'a str, &'a Operation)> {
    let name = names::operation(&request(to), uid(view), 0);
    let prefix = name.trim_end_matches('0');
    let mut all: Vec<_> = view
        .facts
        .operations
        .iter()
        .filter(|(name, _)| name.starts_with(prefix))
        .filter_map(|(name, guarded)| {
            let operation = guarded.object.as_ref().ok()?;
            Some((names::attempt(name)?, name.as_str(), operation))
        })
        .collect();
    all.sort_by_key(|(attempt, ..)| *attempt);
    all
}

fn request(to: i64) -> String {
    format!("raised-to-{to}")
}

/// Whether an operation was asked for here.
pub fn is_of_manifest(operation: &str) -> bool {
    operation.starts_with("raised-to-")
}

fn uid<'a>(view: &'a View<'_>) -> &'a str {
    view.manifest.metadata.uid.as_deref().unwrap_or_default()
}

fn annotation<'a>(view: &'a View<'_>, key: &str) -> Option<&'a str> {
    let annotations = view.manifest.metadata.annotations.as_ref()?;
    annotations.get(key).map(String::as_str)
}

/// What is done about a version that is higher than the one that runs.
pub fn next(view: &View<'_>, assessment: &Assessment) -> Work {
    let follows = view.manifest.spec.standby.is_some() || assessment.standby;
    let due = versions(view, assessment).filter(|it| it.from < it.to);
    let Some(Versions { from, to }) = due.filter(|_| is_on(view) && !follows) else {
        return Work::default();
    };
    let attempts = attempts(view, to);
    let waits = |left| Work {
        left,
        ..Work::default()
    };
    if let Some((_, name, operation)) = attempts.last() {
        let is_told = operation.status.as_ref().is_some_and(|status| {
            status.phase.is_final() && status.steps.iter().any(|step| step.name == TOLD)
        });
        if !is_told {
            return waits(Left::on_the_way(format!("operation {name}")));
        }
    }
    if annotation(view, FAILURE).is_some() {
        let last = attempts.last().map(|(_, name, _)| *name);
        let message = format!(
            "the upgrade from {from} to {to} failed (kubectl pg ops show {}); it is tried again when annotation {FAILURE} is gone",
            last.unwrap_or("ID")
        );
        return Work::held_up("MajorUpgradeFailed", message, true);
    }
    if view.policies == Some(false) {
        let message = "the upgrade needs the admission policies: kubectl pg install".to_owned();
        return Work::held_up("PolicyMissing", message, false);
    }
    let slices = view.facts.rollouts.iter().map(AsRef::as_ref);
    if let Some(by) = slice::holder(slices, uid(view)) {
        let by = by.metadata.name.as_deref().unwrap_or_default();
        let message = format!("the upgrade to {to} waits for the end of rollout {by}");
        return Work::held_up("Claimed", message, false);
    }
    if let Some(delay) = window::opens_in(view) {
        let message = format!("upgraded from {from} to {to} when the next window opens");
        let mut work = Work::held_up("WaitsForWindow", message, false);
        work.look_again = Some(delay);
        return work;
    }
    if let Some(question) = lag::question(view, assessment) {
        return Work {
            actions: vec![question],
            ..waits(Left::on_the_way(format!("upgrade from {from} to {to}")))
        };
    }
    let asked = Upgrade {
        to: Some(to.to_string()),
        // Nobody is there who could be asked.
        no_way_back: view.manifest.spec.number_of_instances < 3,
        ..Upgrade::default()
    };
    if let Some((reason, message)) = preflight::of_upgrade(view, assessment, &asked) {
        let message = format!("the upgrade from {from} to {to} waits: {message}");
        return Work::held_up(reason, message, false);
    }
    let attempt = attempts.last().map_or(0, |(attempt, ..)| *attempt) + 1;
    let operation = OperationSpec {
        target: Target {
            name: view.key.name.clone(),
            uid: uid(view).to_owned(),
        },
        action: Asked::Upgrade(asked),
        expect: None,
        requested_by: String::new(),
        reason: Some("the manifest's version".to_owned()),
        start_within_seconds: WITHIN,
        queue: true,
        rollout: None,
    };
    Work {
        actions: vec![Action::AskFor {
            name: names::operation(&request(to), uid(view), attempt),
            operation: Box::new(operation),
        }],
        ..waits(Left::on_the_way(format!("upgrade from {from} to {to}")))
    }
}

/// Tells in the manifest how the last attempt ended; a failure is forgotten when the version is
/// what runs.
pub fn tell(view: &View<'_>, assessment: &Assessment) -> Option<Action> {
    let Versions { from, to } = versions(view, assessment)?;
    let all = attempts(view, to);
    if let Some((_, name, operation)) = all.last() {
        let status = operation.status.clone().unwrap_or_default();
        let at = status.finished_at.as_ref().map(|at| at.0);
        let is_told = status.steps.iter().any(|step| step.name == TOLD);
        if let (Some(at), true, false) = (at, status.phase.is_final(), is_told) {
            let text = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            let key = match status.phase {
                Phase::Succeeded => SUCCESS,
                _ => FAILURE,
            };
            if annotation(view, key) != Some(&text) {
                let mut told = BTreeMap::from([(key.to_owned(), Some(text))]);
                if key == SUCCESS {
                    told.insert(FAILURE.to_owned(), None);
                }
                return Some(Action::Annotate(told));
            }
            let mut status = status;
            let time = k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(view.now.wall);
            status.steps.push(Step {
                name: TOLD.to_owned(),
                started_at: time.clone(),
                before: None,
                finished_at: Some(time),
            });
            let guarded = view.facts.operations.get(*name)?;
            return Some(Action::WriteOperation {
                name: (*name).to_owned(),
                resource_version: guarded.metadata.resource_version.clone(),
                status: Box::new(status),
            });
        }
    }
    let forgotten = from == to && annotation(view, FAILURE).is_some();
    forgotten.then(|| Action::Annotate(BTreeMap::from([(FAILURE.to_owned(), None)])))
}
