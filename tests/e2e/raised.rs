//! A version raised in the manifest starts an upgrade, as with Zalando's operator.

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use kube::ResourceExt;
use pg_tests::{Result, cluster::Cluster, ensure, manifest, site::Place, test::run, wait};
use serde_json::{Value, json};

const SUCCESS: &str = "last-major-upgrade-success";
const FAILURE: &str = "last-major-upgrade-failure";

/// Only in a window; a failure is told in the manifest and stands until it is taken away. Nothing
/// but the upgrade itself restarts anything.
#[test]
fn a_version_raised_in_the_manifest() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let more = json!({
            "postgresql": { "version": "15" },
            "maintenanceWindows": [closed()],
        });
        let cluster = test.running(&west, "main", manifest::with(1, more)).await?;
        cluster
            .sql("main-0", "CREATE TABLE bad (f regproc)")
            .await?;
        let pods = cluster.incarnations().await?;
        let version = |version: &str| json!({ "spec": { "postgresql": { "version": version } } });
        cluster.patch(version("17")).await?;
        let waits = "it waits for its window";
        cluster
            .wait(waits, |status| {
                let mut all = status.conditions.iter();
                all.any(|one| one.message.contains("when the next window opens"))
            })
            .await?;
        runs(&cluster, "15").await?;

        let windows = json!({ "spec": { "maintenanceWindows": null } });
        cluster.patch(windows).await?;
        until(&cluster, FAILURE).await?;
        runs(&cluster, "15").await?;
        let stands = "the failure stands";
        cluster
            .wait(stands, |status| {
                let mut all = status.conditions.iter();
                all.any(|one| one.message.contains(FAILURE))
            })
            .await?;

        cluster.sql("main-0", "DROP TABLE bad").await?;
        let again: Value = json!({ "metadata": { "annotations": { FAILURE: null } } });
        cluster.patch(again).await?;
        until(&cluster, SUCCESS).await?;
        cluster.running().await?;
        runs(&cluster, "17").await?;
        let annotations = cluster.manifest().await?.annotations().clone();
        ensure!(!annotations.contains_key(FAILURE), "{annotations:?}");
        ensure!(
            cluster.incarnations().await? == pods,
            "a pod was made anew or a container restarted"
        );
        Ok(())
    });
}

async fn until(cluster: &Cluster, annotation: &str) -> Result {
    wait::until(&format!("{annotation} is told"), async || {
        let manifest = cluster.manifest().await?;
        let told = manifest.annotations().contains_key(annotation);
        let conditions = manifest.status.unwrap_or_default().conditions;
        ensure!(told, "{:?}", conditions.first());
        Ok(())
    })
    .await
}

async fn runs(cluster: &Cluster, major: &str) -> Result {
    let version = cluster.sql("main-0", "SHOW server_version").await?;
    ensure!(version.starts_with(major), "it runs {version}");
    Ok(())
}

/// A window that does not open today or tomorrow.
fn closed() -> String {
    let then = Timestamp::now() + 72.hours();
    let day = then.to_zoned(TimeZone::UTC).strftime("%a").to_string();
    format!("{day}:01:00-02:00")
}
