//! What stands against an upgrade before anything is asked of a member.

use pg_core::{operation::Upgrade, postgresql::MAJOR_VERSIONS};

use super::major;
use crate::plan::{View, assess::Assessment, lag, work};

/// Why an upgrade cannot begin.
pub fn of_upgrade(
    view: &View<'_>,
    assessment: &Assessment,
    asked: &Upgrade,
) -> Option<(&'static str, String)> {
    if let Some(to) = &asked.to {
        return of_major(view, assessment, to, asked);
    }
    if asked.check {
        let message = "--check is for major versions: there is nothing to look at before an image";
        return Some(("NothingToCheck", message.to_owned()));
    }
    if view.facts.pods.is_empty() {
        let message = format!("{} has no members now", view.key);
        return Some(("NoMembers", message));
    }
    let message = "Patroni is paused: it would not start PostgreSQL again; maintenance off first";
    view.is_paused().then(|| ("Paused", message.to_owned()))
}

/// Why one to another major version cannot begin, as far as that is known from outside.
fn of_major(
    view: &View<'_>,
    assessment: &Assessment,
    to: &str,
    asked: &Upgrade,
) -> Option<(&'static str, String)> {
    let no = |reason, message: String| Some((reason, message));
    let (Some(version), true) = (major::major(to), MAJOR_VERSIONS.contains(&to)) else {
        return no("NoSuchVersion", format!("{to} is no version of a manifest"));
    };
    if view.manifest.spec.standby.is_some() {
        let message = "a standby follows its source: upgrade that one".to_owned();
        return no("Standby", message);
    }
    if view.is_paused() {
        let message = "Patroni is paused; maintenance off first".to_owned();
        return no("Paused", message);
    }
    let Some(now) = assessment.server_version.map(|number| number / 10_000) else {
        return no("NoPrimary", "no primary serves".to_owned());
    };
    if i64::from(version) <= now {
        return no("NotNewer", format!("the primary runs {now}"));
    }
    let down = work::down(view, assessment);
    if !down.is_empty() {
        return no("NotHealthy", format!("{} does not serve", down.join(", ")));
    }
    if work::leaving(view, "upgrade").is_some() {
        let message = "a member is being given up".to_owned();
        return no("NotHealthy", message);
    }
    let behind: Vec<&str> = assessment
        .followers()
        .filter(|name| !lag::is_close(view, assessment, name))
        .collect();
    if !behind.is_empty() {
        return no("Lagging", format!("{} lags behind", behind.join(", ")));
    }
    if assessment.followers().count() < 2 && !asked.no_way_back && !asked.check {
        let message = "with fewer than two replicas nothing leads back to the old version, and no backup is known of; accept that with --no-way-back";
        return no("NoWayBack", message.to_owned());
    }
    None
}
