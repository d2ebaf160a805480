//! What the admission policy for deletions is told: the day, and which annotations a manifest must
//! bear before it may be deleted. CEL has no clock, so the controller keeps both in its rollup; one
//! that nobody keeps says an old day, and what names today is refused (safety.md §4). Not in a
//! ConfigMap: once no policy with such a parameter is bound, an API server looks at none of them any
//! more until it starts again (docs/decisions/0013-the-policys-parameter.md).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use k8s_openapi::jiff::Timestamp;
use kube::{
    api::{Patch, PatchParams},
    core::Request,
};
use pg_core::{configuration::Configuration, names, rollup};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{act::Error, controller::Controller, observe::object::RawMeta};

/// How often it is compared with the clock and the configuration.
const LOOK: Duration = Duration::from_secs(1);
/// It is written anew after this time, whatever somebody made of it.
const AT_LEAST_EVERY: Duration = Duration::from_secs(3600);
/// After a write that failed.
const AGAIN: Duration = Duration::from_secs(30);

/// What the policy is told.
fn parameters(
    configuration: &Configuration,
    controller_id: &str,
    now: Timestamp,
) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("controller", controller_id.to_owned()),
        // Of the same form as in Zalando's operator, whose clock is UTC as well.
        ("date", now.strftime("%Y-%m-%d").to_string()),
        ("dateKey", configuration.delete_annotation_date_key.clone()),
        ("nameKey", configuration.delete_annotation_name_key.clone()),
    ])
}

/// Keeps it until the process ends.
pub async fn keep(controller: Arc<Controller>) {
    let mut written = None;
    loop {
        sleep(LOOK).await;
        if !controller.actor.leading.holds() {
            written = None;
            continue;
        }
        let now = controller.actor.wall();
        let wanted = parameters(&controller.configuration(), &controller.controller_id, now);
        let is_kept = written.as_ref().is_some_and(|(at, last): &(Instant, _)| {
            *last == wanted && at.elapsed() < AT_LEAST_EVERY
        });
        if is_kept {
            continue;
        }
        match write(&controller, &wanted).await {
            Ok(()) => written = Some((Instant::now(), wanted)),
            Err(error) => {
                tracing::warn!(%error, "deletions may be refused");
                sleep(AGAIN).await;
            }
        }
    }
}

async fn write(controller: &Controller, data: &BTreeMap<&str, String>) -> Result<(), Error> {
    let body = json!({
        "apiVersion": "pgfleet.io/v1alpha1", "kind": "Rollup",
        "metadata": {"name": rollup::NAME},
        "protection": data,
    });
    let request = Request::new("/apis/pgfleet.io/v1alpha1/rollups").patch(
        rollup::NAME,
        &PatchParams::apply(names::PROTECTION_MANAGER).force(),
        &Patch::Apply(&body),
    );
    let what = "say what guards deletions";
    let actor = &controller.actor;
    let written = actor.send::<RawMeta>(what, request);
    actor.while_leading(written).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_told_the_day_and_the_annotations() {
        let configuration = Configuration {
            delete_annotation_date_key: "delete-date".to_owned(),
            ..Configuration::default()
        };
        let told = |at: &str| {
            let now: Timestamp = at.parse().expect("a time");
            parameters(&configuration, "us", now)
        };
        let before = told("2026-11-21T23:59:59Z");
        let expected = [
            ("controller", "us"),
            ("date", "2026-11-21"),
            ("dateKey", "delete-date"),
            ("nameKey", ""),
        ];
        assert_eq!(
            before,
            expected.map(|(key, value)| (key, value.to_owned())).into()
        );
        let after = told("2026-11-22T00:00:00Z");
        assert_eq!(after["date"], "2026-11-22");
        assert_ne!(before, after, "a new day is written");
    }
}
