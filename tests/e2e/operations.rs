//! The planned acts through the plugin, on one cluster that an application writes to.

use pg_core::operation::Phase;
use pg_tests::{
    Result, cluster::Cluster, ensure, manifest, plugin::Plugin, site::Place, test::run,
    workload::Writer,
};
use serde_json::json;

use crate::writer;

/// Switchover, restart, reinit: each does what it says and no acknowledged row is lost.
#[test]
fn switchover_restart_reinit_under_load() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        let cluster = test.running(&west, "main", manifest::members(2)).await?;
        let target = cluster.target();
        let node = west.nodes().await?.swap_remove(0);
        let rows = Writer::start(&cluster, writer(), &node, "rows", 50).await?;

        let (before, timeline) = primary_and_timeline(&cluster).await?;
        plugin.ok(&format!("switchover {target} --yes")).await?;
        let (after, next) = primary_and_timeline(&cluster).await?;
        ensure!(after != before, "{before} is still the primary");
        ensure!(next == timeline + 1, "timeline {timeline}, then {next}");
        cluster.running().await?;
        rows.goes_on().await?;
        ensure!(
            cluster.with_role("master").await? == [after.clone()],
            "the label of the primary is on {:?}",
            cluster.with_role("master").await?
        );

        let started = start_times(&cluster).await?;
        let pods = cluster.incarnations().await?;
        plugin.ok(&format!("restart {target} --yes")).await?;
        cluster.running().await?;
        let again = start_times(&cluster).await?;
        for ((member, before), (_, after)) in started.iter().zip(&again) {
            ensure!(before != after, "{member} was not restarted");
        }
        ensure!(
            cluster.incarnations().await? == pods,
            "a pod was restarted, not PostgreSQL"
        );
        rows.goes_on().await?;

        reinit_copies_again(&cluster, &plugin).await?;
        rows.goes_on().await?;
        rows.stop_and_compare().await?;

        let list = plugin.ok(&format!("ops list {target}")).await?;
        for verb in ["switchover", "restart", "reinit"] {
            let row = list.lines().find(|line| line.contains(verb));
            let row = row.ok_or(format!("no {verb} in\n{list}"))?;
            ensure!(row.contains("Succeeded"), "{row}");
        }
        Ok(())
    });
}

/// A file that only the old data directory has is gone when the data was copied again.
async fn reinit_copies_again(cluster: &Cluster, plugin: &Plugin) -> Result {
    let replica = cluster.replicas().await?.pop().ok_or("no replica")?;
    let mark = "/home/postgres/pgdata/pgroot/data/mark";
    cluster.exec(&replica, &["touch", mark]).await?;
    let target = cluster.target();
    plugin
        .fails(
            &format!("reinit {target} {replica} --yes"),
            5,
            &["--confirm"],
        )
        .await?;
    cluster.exec(&replica, &["test", "-e", mark]).await?;
    plugin
        .ok(&format!("reinit {target} {replica} --confirm {target}"))
        .await?;
    cluster.running().await?;
    let there = cluster.exec(&replica, &["test", "-e", mark]).await.is_ok();
    ensure!(!there, "{replica} has its old data directory");

    let primary = cluster.primary().await?;
    plugin
        .fails(
            &format!("reinit {target} {primary} --confirm {target}"),
            5,
            &["is the primary"],
        )
        .await?;
    Ok(())
}

async fn primary_and_timeline(cluster: &Cluster) -> Result<(String, i64)> {
    let status = cluster.status().await?;
    let primary = status.primary.ok_or("no primary")?;
    let timeline = cluster
        .sql(&primary, "SELECT timeline_id FROM pg_control_checkpoint()")
        .await?;
    let timeline = status.timeline.unwrap_or(timeline.parse()?);
    Ok((primary, timeline))
}

async fn start_times(cluster: &Cluster) -> Result<Vec<(String, String)>> {
    let mut all = Vec::new();
    for member in cluster.status().await?.members {
        let sql = "SELECT pg_postmaster_start_time()";
        let time = cluster.sql(&member.name, sql).await?;
        all.push((member.name, time));
    }
    Ok(all)
}

/// A second operation while one runs is refused and says which; with `queue` it waits its turn.
#[test]
fn one_at_a_time() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let cluster = test.running(&west, "main", manifest::members(2)).await?;
        let first = cluster.ask(json!({ "restart": {} }), json!({})).await?;
        cluster.began(&first).await?;
        let refused = cluster.ask(json!({ "restart": {} }), json!({})).await?;
        let queued = cluster
            .ask(json!({ "restart": {} }), json!({ "queue": true }))
            .await?;
        let status = cluster.ended(&refused).await?;
        ensure!(
            status.phase == Phase::Refused && status.reason.as_deref() == Some("Busy"),
            "{status:?}"
        );
        let message = status.message.unwrap_or_default();
        ensure!(
            message.contains(&first),
            "it does not name {first}: {message}"
        );
        ensure!(status.steps.is_empty(), "a refused operation has steps");
        let (first, queued) = (cluster.ended(&first).await?, cluster.ended(&queued).await?);
        ensure!(first.phase == Phase::Succeeded, "{first:?}");
        ensure!(queued.phase == Phase::Succeeded, "{queued:?}");
        let order = queued.started_at.map(|t| t.0) >= first.finished_at.map(|t| t.0);
        ensure!(order, "the queued one has not waited");
        Ok(())
    });
}

/// A restart that is taken back ends after the member that it was at; what is left is asked for
/// again, and watched to its end.
#[test]
fn taken_back_and_asked_again() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        let cluster = test.running(&west, "main", manifest::members(3)).await?;
        let target = cluster.target();
        let started = start_times(&cluster).await?;

        let asked = plugin
            .run(&format!("restart {target} --yes --wait=false"), &[])
            .await?
            .exits(0)?;
        let name = accepted_as(&asked.stdout)?;
        let there = format!("--context {}", west.context);
        let back = plugin.ok(&format!("ops cancel {name} {there}")).await?;
        ensure!(back.contains("taken back by"), "{back}");
        let status = cluster.ended(&name).await?;
        ensure!(status.phase == Phase::Cancelled, "{status:?}");
        ensure!(status.steps.len() < 3, "{status:?}");
        cluster.running().await?;
        let since = start_times(&cluster).await?;
        let restarted = started.iter().zip(&since).filter(|(a, b)| a != b).count();
        ensure!(
            restarted == status.steps.len(),
            "{restarted} restarted: {status:?}"
        );
        plugin
            .fails(
                &format!("ops cancel {name} {there}"),
                5,
                &["it has ended", "Cancelled"],
            )
            .await?;

        let again = plugin
            .run(&format!("ops retry {name} {there} --yes --wait=false"), &[])
            .await?
            .exits(0)?;
        let next = accepted_as(&again.stdout)?;
        ensure!(next != name, "{next} is the same operation");
        let watched = plugin.ok(&format!("ops watch {next} {there}")).await?;
        ensure!(
            watched.contains("restart done: 3 members restarted"),
            "{watched}"
        );
        let list = plugin.ok(&format!("ops list {target}")).await?;
        for phase in ["Cancelled", "Succeeded"] {
            ensure!(list.contains(phase), "no {phase} in\n{list}");
        }
        let done = plugin
            .run(&format!("ops retry {next} {there}"), &[])
            .await?
            .exits(0)?;
        done.says(&["Nothing to ask again"])?;
        Ok(())
    });
}

/// The name of the operation that was made.
fn accepted_as(said: &str) -> Result<String> {
    let rest = said.split_once("accepted as ").map(|(_, rest)| rest);
    let name = rest.and_then(|rest| rest.split(';').next());
    Ok(name.ok_or(format!("no operation in: {said}"))?.to_owned())
}
