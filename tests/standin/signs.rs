//! What a controller shows of itself: health, metrics, Events and its log.

use k8s_openapi::api::core::v1::Event;
use kube::Api;
use pg_tests::{
    ensure,
    sweep::{Ground, OPERATIONS, Run},
    wait,
};
use serde_json::Value;

use crate::run;

#[test]
fn a_switchover_is_seen_from_outside() {
    run(async || {
        let ground = Ground::start().await?;
        let switchover = OPERATIONS.iter().find(|one| one.name == "switchover");
        let run = Run::new(&ground, switchover.ok_or("no switchover")?, 810).await?;
        for path in ["/healthz", "/readyz"] {
            let answer = run.process.get(path).await?;
            ensure!(answer.contains(" 200 "), "{path}: {answer}");
        }
        run.act().await?;
        let events = Api::<Event>::namespaced(ground.server.client.clone(), &run.namespace);
        let told = wait::until("an Event tells the change", async || {
            let all = events.list(&Default::default()).await?.items;
            let mut all = all.into_iter();
            let found = all.find(|event| event.reason.as_deref() == Some("PrimaryChanged"));
            Ok(found.ok_or("no Event PrimaryChanged")?)
        })
        .await?;
        let note = told.message.unwrap_or_default();
        ensure!(note.starts_with("main-1 is primary on timeline "), "{note}");
        ensure!(note.ends_with("; it was main-0"), "{note}");
        ensure!(told.type_.as_deref() == Some("Normal"), "{:?}", told.type_);
        let about = told.involved_object;
        ensure!(about.name.as_deref() == Some("main"), "{about:?}");

        run.until_running().await?;
        wait::until("the cluster counts as healthy", async || {
            let metrics = run.process.get("/metrics").await?;
            let healthy = metrics.contains("pg_fleet_clusters{health=\"Healthy\"} 1\n");
            ensure!(healthy, "{metrics}");
            Ok(())
        })
        .await?;
        for name in [
            "pg_fleet_reconciles_total",
            "pg_fleet_actions_total",
            "pg_fleet_leading",
        ] {
            ensure!(run.process.metric(name).await? >= 1.0, "{name} is 0");
        }
        let log = std::fs::read_to_string(&run.process.log)?;
        for line in log.lines() {
            let line: Value = serde_json::from_str(line).map_err(|why| format!("{line}: {why}"))?;
            ensure!(line["timestamp"].is_string(), "{line}");
        }
        ensure!(
            log.contains("\"operation\""),
            "it says nothing of the operation"
        );
        run.end().await
    });
}
