//! Upgrade to another image: the manifest names it, and its members are made anew as after any
//! edit of it (see [`rolling`]): replicas first, then the primary hands over. The operation says
//! how far that is, and waits neither for windows nor for a lazy upgrade: somebody asked for it
//! now.

use std::time::Duration;

use pg_core::operation::{Phase, Upgrade};
use serde_json::json;

use super::{Item, Progress, major};
use crate::plan::{View, action::Action, assess::Assessment, rolling, scale, work};

const WRITE: &str = "write the image into the manifest";
/// Without anything that happens, for so long.
const GIVE_UP: Duration = Duration::from_secs(900);

/// The next step, and the member that it waits for.
pub fn next(
    view: &View<'_>,
    assessment: &Assessment,
    item: &Item<'_>,
    asked: &Upgrade,
) -> (Progress, Option<String>) {
    if let Some(to) = &asked.to {
        return (major::next(view, assessment, item, to, asked), None);
    }
    let image = asked.image.as_deref().unwrap_or_default();
    let named = view.manifest.spec.docker_image.as_deref() == Some(image);
    let written = |step: &pg_core::operation::Step| step.name == WRITE;
    match item.status.steps.iter().find(|step| written(step)) {
        None => {
            let before = view.manifest.spec.docker_image.clone();
            let step = item.begun(view, WRITE.to_owned(), before);
            (Progress::Write(step), None)
        }
        Some(step) if step.finished_at.is_none() && !named => {
            let meta = view.facts.meta();
            let edit = Action::EditManifest {
                resource_version: meta.map_or_else(String::new, |it| it.resource_version.clone()),
                spec: json!({ "dockerImage": image }),
            };
            (Progress::Act(edit), None)
        }
        Some(step) if step.finished_at.is_none() => (Progress::Write(item.step_done(view)), None),
        Some(_) if !named => {
            let other = view.manifest.spec.docker_image.as_deref();
            let message = format!(
                "somebody wrote another image into the manifest: {}",
                other.unwrap_or("none")
            );
            (failed(view, item, "ManifestChanged", message), None)
        }
        Some(_) => roll(view, assessment, item, image),
    }
}

/// As the manifest's own rolling update, but now.
fn roll(
    view: &View<'_>,
    assessment: &Assessment,
    item: &Item<'_>,
    image: &str,
) -> (Progress, Option<String>) {
    let mut configuration = view.configuration.clone();
    configuration.enable_maintenance_windows = false;
    configuration.enable_lazy_spilo_upgrade = false;
    let now = View {
        configuration: &configuration,
        ..*view
    };
    if !work::is_applied(&now, scale::held(&now).replicas) {
        return (
            patiently(view, item, "the StatefulSet is not as wanted yet"),
            None,
        );
    }
    let work = rolling::next(&now, assessment);
    let Some(left) = &work.left else {
        return (all_made(view, assessment, item, image), None);
    };
    if left.stopped || left.reason == "Paused" {
        let end = failed(view, item, left.reason, left.message.clone());
        return (end, None);
    }
    let progress = match work.actions.into_iter().next() {
        None => patiently(view, item, &left.message),
        Some(action @ (Action::RestartPod { .. } | Action::Patroni(_))) => {
            let step = work
                .current
                .map_or_else(String::new, |current| current.step);
            if item.open_step().is_some_and(|open| open.name == step) {
                Progress::Act(action)
            } else {
                let mut status = item.step_done(view);
                status
                    .steps
                    .extend(item.begun(view, step, None).steps.pop());
                status.message = status.steps.last().map(|step| step.name.clone());
                Progress::Write(status)
            }
        }
        Some(question) => Progress::Act(question),
    };
    (progress, work.waits_for)
}

/// Every member was made from the newest template: they must serve, too.
fn all_made(view: &View<'_>, assessment: &Assessment, item: &Item<'_>, image: &str) -> Progress {
    let down = work::down(view, assessment);
    if let Some(name) = down.first() {
        return patiently(view, item, &format!("{name} does not serve yet"));
    }
    let count = view.facts.pods.len();
    let message = format!("all {count} members run {image}");
    let mut status = item.ended(view, Phase::Succeeded, "Done", message);
    status.steps = item.step_done(view).steps;
    status.primary_after = view.facts.leader().map(str::to_owned);
    Progress::Write(status)
}

fn patiently(view: &View<'_>, item: &Item<'_>, why: &str) -> Progress {
    if item.waited(view) > GIVE_UP {
        return failed(view, item, "TimedOut", why.to_owned());
    }
    Progress::Wait
}

/// The image stays in the manifest, which goes on with it, or has it taken out by whoever wants.
fn failed(view: &View<'_>, item: &Item<'_>, reason: &str, why: String) -> Progress {
    let before = item
        .status
        .steps
        .first()
        .and_then(|step| step.before.as_deref());
    let back = before.map_or_else(String::new, |image| format!("; before it was {image}"));
    let message = format!("{why}{back}");
    let mut status = item.ended(view, Phase::Failed, reason, message);
    status.steps = item.step_done(view).steps;
    Progress::Write(status)
}
