//! Patroni is frozen (SIGSTOP): its pod's labels and annotations stay as they were, and PostgreSQL
//! goes on. The status must not believe them.

use std::time::Duration;

use pg_core::postgresql::status::Health;
use pg_tests::{Result, cluster::Cluster, ensure, manifest, site::Place, test::run, wait};

/// A frozen member shows in the status within this time (safety.md §2); the rest is for the look
/// that this test takes, on a busy machine.
const SHOWS: Duration = Duration::from_secs(60 + 15);

/// Sends a signal to Patroni, wherever it is in the pod.
async fn signal(cluster: &Cluster, member: &str, signal: &str) -> Result {
    let script = format!(
        "for p in /proc/[0-9]*; do
           if tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q '^[^ ]*python[^ ]* /usr/bin/patroni '
           then kill -{signal} ${{p#/proc/}} && found=1; fi
         done; [ -n \"$found\" ]"
    );
    cluster
        .exec(member, &["bash", "-c", &script])
        .await
        .map(drop)
}

/// On a replica: it no longer counts as serving. Thawed, it does.
#[test]
fn replica() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let cluster = test.running(&west, "main", manifest::members(2)).await?;
        let replica = cluster.replicas().await?.pop().ok_or("no replica")?;
        signal(&cluster, &replica, "STOP").await?;
        let shown = wait::until_within("the status says so", SHOWS, async || {
            let status = cluster.status().await?;
            let said = status.members.iter().any(|member| {
                member.name == replica && !matches!(&*member.state, "running" | "streaming")
            });
            let degraded = status.health == Some(Health::Degraded);
            ensure!(said && degraded, "{:?} {:?}", status.health, status.members);
            Ok(status)
        })
        .await;
        signal(&cluster, &replica, "CONT").await?;
        let shown = shown?;
        ensure!(
            shown.ready.as_deref() == Some("1/2"),
            "ready {:?}",
            shown.ready
        );
        cluster.running().await.map(drop)
    });
}

/// On the primary: the status says so, the replica takes over when the lock has expired, and the
/// frozen pod, which still carries the primary's label, loses it. Thawed, it follows.
#[test]
fn primary() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let cluster = test.running(&west, "main", manifest::members(2)).await?;
        let old = cluster.primary().await?;
        signal(&cluster, &old, "STOP").await?;
        let result = async {
            wait::until_within("the status says so", SHOWS, async || {
                let status = cluster.status().await?;
                let well = status.health == Some(Health::Healthy);
                ensure!(!well, "{:?} {:?}", status.health, status.members);
                Ok(())
            })
            .await?;
            wait::until("the other one alone has the primary's label", async || {
                let primaries = cluster.with_role("master").await?;
                let moved = !primaries.is_empty() && !primaries.contains(&old);
                ensure!(moved, "{primaries:?}");
                Ok(())
            })
            .await
        }
        .await;
        signal(&cluster, &old, "CONT").await?;
        result?;
        let status = cluster.running().await?;
        ensure!(status.primary.as_ref() != Some(&old), "{old} leads again");
        Ok(())
    });
}
