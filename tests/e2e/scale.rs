//! More members and fewer, while an application writes.

use pg_tests::{ensure, manifest, plugin::Plugin, site::Place, test::run, workload::Writer};

use crate::writer;

/// 1 → 3 → 2 while rows are written. The last member leads when it has to go, so the primary moves
/// first; its volume stays, and no acknowledged row is lost.
#[test]
fn up_and_down_under_load() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        let cluster = test.running(&west, "main", manifest::members(1)).await?;
        let target = cluster.target();
        let node = west.nodes().await?.swap_remove(0);
        let rows = Writer::start(&cluster, writer(), &node, "rows", 50).await?;

        plugin
            .ok(&format!("scale {target} --replicas 3 --yes"))
            .await?;
        let status = cluster.running().await?;
        ensure!(status.ready.as_deref() == Some("3/3"), "{:?}", status.ready);
        rows.goes_on().await?;

        plugin
            .ok(&format!("switchover {target} --to 2 --yes"))
            .await?;
        ensure!(
            cluster.primary().await? == "main-2",
            "the switchover went elsewhere"
        );
        plugin
            .ok(&format!("scale {target} --replicas 2 --yes"))
            .await?;
        let status = cluster.running().await?;
        ensure!(status.members.len() == 2, "{:?}", status.members);
        ensure!(
            cluster.primary().await? != "main-2",
            "a member that is gone is primary"
        );
        rows.goes_on().await?;
        rows.stop_and_compare().await?;

        let claims = cluster.claims().await?;
        let expected = ["pgdata-main-0", "pgdata-main-1", "pgdata-main-2"];
        ensure!(claims == expected, "volumes after scaling down: {claims:?}");
        Ok(())
    });
}

/// To nothing and back: the database stops, its volume stays, the rows are there again.
#[test]
fn to_zero_and_back() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        let cluster = test.running(&west, "main", manifest::members(1)).await?;
        let target = cluster.target();
        cluster
            .sql("main-0", "CREATE TABLE t AS SELECT 42 AS n")
            .await?;

        plugin
            .ok(&format!("scale {target} --replicas 0 --yes"))
            .await?;
        ensure!(cluster.pods().await?.is_empty(), "pods are left");
        ensure!(
            cluster.claims().await? == ["pgdata-main-0"],
            "its volume is gone"
        );

        plugin
            .ok(&format!("scale {target} --replicas 1 --yes"))
            .await?;
        cluster.running().await?;
        let rows = cluster.sql("main-0", "SELECT n FROM t").await?;
        ensure!(rows == "42", "the rows are {rows:?}");
        Ok(())
    });
}
