//! A node is drained, as `kubectl drain` does it.

use pg_tests::{Result, ensure, kubectl, manifest, site::Place, test::run, wait, workload::Writer};
use serde_json::json;

use crate::writer;

/// The primary moves by a switchover before it is evicted, and no acknowledged row is lost; when
/// the node is back, so is the member, on its volume.
#[test]
fn the_primary_moves_before_it_is_evicted() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let east = test.take(Place::East).await?;
        let cluster = test
            .running(&east, "main", manifest::spread(json!({})))
            .await?;
        let primary = cluster.primary().await?;
        let node = cluster.node(&primary).await?;
        let other = cluster.other_node().await?;
        let rows = Writer::start(&cluster, writer(), &other, "rows", 20).await?;

        let drain = format!(
            "drain {node} --ignore-daemonsets --delete-emptydir-data --timeout 120s \
             --pod-selector cluster-name=main"
        );
        let drained = kubectl::run(&east, &drain, "").await;
        // The budget of a primary forbids its eviction: it ends only once another member leads.
        let moved: Result = async {
            drained?;
            rows.goes_on().await?;
            wait::until("another member leads", async || {
                let now = cluster.primary().await?;
                ensure!(now != primary, "{now} still leads");
                Ok(())
            })
            .await?;
            Ok(())
        }
        .await;
        kubectl::run(&east, &format!("uncordon {node}"), "").await?;
        moved?;
        cluster.running().await?;
        rows.stop_and_compare().await.map(drop)
    });
}
