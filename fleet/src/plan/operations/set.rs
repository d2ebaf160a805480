//! Fields of the manifest, written and carried out. What follows from them is the manifest's own
//! work, which goes on as after any edit; the operation only looks on.

use std::time::Duration;

use pg_core::{
    operation::{Phase, Set},
    postgresql::status::condition,
};

use super::{Item, Progress};
use crate::plan::{View, action::Action};

const WRITE: &str = "write the fields into the manifest";
/// While it is at this step, the manifest's work goes on.
pub const CARRY_OUT: &str = "wait until the manifest is carried out";
const GIVE_UP: Duration = Duration::from_secs(1800);

/// Fields that other acts own, or none.
const NOT_HERE: [&str; 6] = [
    "numberOfInstances",
    "volume",
    "dockerImage",
    "standby",
    "clone",
    "postgresql.version",
];

/// Why it cannot begin.
pub fn objection(asked: &Set) -> Option<(&'static str, String)> {
    let owned = |path: &String| {
        NOT_HERE.iter().any(|field| {
            let rest = path.strip_prefix(field);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let paths = asked.fields.iter().map(|field| field.path.join("."));
    if let Some(path) = paths.clone().find(owned) {
        return Some(("OtherAct", format!("{path} is changed by another act")));
    }
    asked
        .patch()
        .is_none()
        .then(|| ("Unreadable", "a value is no JSON".to_owned()))
}

/// The next step.
pub fn next(view: &View<'_>, item: &Item<'_>, asked: &Set) -> Progress {
    let failed = |reason: &str, message: String| {
        let mut status = item.ended(view, Phase::Failed, reason, message);
        status.steps = item.step_done(view).steps;
        Progress::Write(status)
    };
    let is_written = asked.is_in(view.manifest);
    match item.open_step().map(|step| step.name.as_str()) {
        None => Progress::Write(item.begun(view, WRITE.to_owned(), None)),
        Some(WRITE) if !is_written => {
            if let Some(trouble) = view.facts.troubles.get("edit manifest")
                && trouble.times > 2
            {
                return failed("NotWritten", trouble.message.clone());
            }
            let meta = view.facts.meta();
            Progress::Act(Action::EditManifest {
                resource_version: meta.map_or_else(String::new, |it| it.resource_version.clone()),
                spec: asked.patch().unwrap_or_default(),
            })
        }
        Some(WRITE) => {
            let mut status = item.step_done(view);
            let next = item.begun(view, CARRY_OUT.to_owned(), None).steps.pop();
            status.steps.extend(next);
            status.message = Some(CARRY_OUT.to_owned());
            Progress::Write(status)
        }
        Some(_) if !is_written => {
            let message = "somebody wrote something else into the manifest".to_owned();
            failed("ManifestChanged", message)
        }
        Some(_) => look_on(view, item, &failed),
    }
}

fn look_on(
    view: &View<'_>,
    item: &Item<'_>,
    failed: &dyn Fn(&str, String) -> Progress,
) -> Progress {
    let status = view.manifest.status.clone().unwrap_or_default();
    let is = |kind: &str| {
        let mut all = status.conditions.iter();
        all.find(|one| one.type_ == kind && one.status == "True")
    };
    let told = status.observed_generation == view.manifest.metadata.generation;
    if told && let Some(invalid) = is(condition::INVALID) {
        return failed(&invalid.reason, invalid.message.clone());
    }
    if told && is(condition::READY).is_some() {
        let message = "the manifest is carried out".to_owned();
        let mut status = item.ended(view, Phase::Succeeded, "Done", message);
        status.steps = item.step_done(view).steps;
        status.primary_after = view.facts.leader().map(str::to_owned);
        return Progress::Write(status);
    }
    if item.step_age(view) > GIVE_UP {
        let minutes = GIVE_UP.as_secs() / 60;
        return failed("TimedOut", format!("not carried out within {minutes} min"));
    }
    Progress::Wait
}
