//! What a controller shows of itself: health, metrics, Events and its log.

use std::time::Duration;

use k8s_openapi::api::core::v1::Event;
use kube::Api;
use pg_core::postgresql::Postgresql;
use pg_tests::{
    ensure,
    proxy::Fault,
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

/// Scripts wait for the reasons of Zalando's operator (reference/zalando.md §3.13).
#[test]
fn events_have_the_reasons_of_zalandos_operator() {
    run(async || {
        let ground = Ground::start().await?;
        let image = OPERATIONS.iter().find(|one| one.name == "image");
        let run = Run::new(&ground, image.ok_or("no image")?, 813).await?;
        let events = Api::<Event>::namespaced(ground.server.client.clone(), &run.namespace);
        let all_of = async |reasons: &[&str]| -> pg_tests::Result {
            wait::until(&format!("Events tell {reasons:?}"), async || {
                let all = events.list(&Default::default()).await?.items;
                let told = |reason: &str| {
                    all.iter().any(|event| {
                        event.reason.as_deref() == Some(reason)
                            && event.involved_object.name.as_deref() == Some("main")
                            && event.type_.as_deref() == Some("Normal")
                    })
                };
                let missing: Vec<_> = reasons.iter().filter(|it| !told(it)).collect();
                ensure!(missing.is_empty(), "no {missing:?}");
                Ok(())
            })
            .await
        };
        all_of(&["Create", "Services", "Secrets", "StatefulSet"]).await?;
        run.act().await?;
        all_of(&["Update", "Switchover"]).await?;
        run.until_running().await?;
        run.until_quiet().await?;
        let manifests = Api::<Postgresql>::namespaced(ground.server.client.clone(), &run.namespace);
        manifests.delete("main", &Default::default()).await?;
        all_of(&["Delete"]).await?;
        wait::until("it is gone", async || {
            ensure!(manifests.get_opt("main").await?.is_none(), "it is there");
            Ok(())
        })
        .await?;
        run.end().await
    });
}

/// A connection that died without a word looks like a watch on which nothing happens; so that
/// somebody starts the process again, its health says which one it is. Takes as long as a bookmark
/// may keep away, and needs no processor for it.
#[test]
fn a_watch_that_died_silently_turns_health_red() {
    run(async || {
        let ground = Ground::start().await?;
        let create = OPERATIONS.iter().find(|one| one.name == "create");
        let run = Run::new(&ground, create.ok_or("no create")?, 811).await?;
        run.proxy.line.suffers(Fault::FrozenWatches);
        let limit = Duration::from_secs(400);
        wait::until_within("health is red", limit, async || {
            let answer = run.process.get("/healthz").await?;
            let named = answer.contains(" 503 ") && answer.contains("the watch on ");
            ensure!(named, "{answer}");
            Ok(())
        })
        .await?;
        run.proxy.line.suffers(Fault::None);
        wait::until_within("health is green again", limit, async || {
            let answer = run.process.get("/healthz").await?;
            ensure!(answer.contains(" 200 "), "{answer}");
            Ok(())
        })
        .await?;
        run.end().await
    });
}

/// A change of the configuration that meets other writers again and again is not done until it is:
/// no moment between two attempts counts as idle.
#[test]
fn idle_is_said_only_when_nothing_is_left() {
    run(async || {
        let ground = Ground::start().await?;
        let change = OPERATIONS.iter().find(|one| one.name == "configuration");
        let run = Run::new(&ground, change.ok_or("no configuration")?, 812).await?;
        let is_idle = async || -> pg_tests::Result<bool> {
            let said = run.process.get("/workers/all/status").await?;
            Ok(said.contains("\"idle\"") && !said.contains("CurrentCluster"))
        };
        wait::until("it is idle", async || {
            ensure!(is_idle().await?, "it works");
            Ok(())
        })
        .await?;
        run.proxy.line.suffers(Fault::Conflicts("PATCH services/"));
        let log = || -> pg_tests::Result<usize> {
            let log = std::fs::read_to_string(&run.process.log)?;
            Ok(log.matches("\"apply\"").count())
        };
        let before = log()?;
        run.act().await?;
        wait::until("it is tried", async || {
            ensure!(log()? > before, "not yet");
            Ok(())
        })
        .await?;
        for _ in 0..100 {
            ensure!(!is_idle().await?, "idle, and the Services are as before");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        ensure!(log()? > before + 5, "it is not tried again");
        run.proxy.line.suffers(Fault::None);
        wait::until("it is idle again", async || {
            ensure!(is_idle().await?, "it works");
            Ok(())
        })
        .await?;
        run.end().await
    });
}
