//! Accidents in the middle of an upgrade to another major version that strike more than a pod: a node,
//! the API server, the controller, a network. Each time the cluster serves by itself afterwards.

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use pg_core::operation::Phase;
use pg_tests::{
    Result, cluster::Cluster, controller, ensure, manifest, site::Place, test::run, wait,
    workload::Writer,
};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    major::{ask, commits, ends, reaches, serves},
    writer,
};

/// The primary's node loses power; the API server is gone for a minute; at last both controllers die,
/// and the replica is cut off from the API server until the primary has committed.
#[test]
fn major_upgrade_through_accidents() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let east = test.take(Place::East).await?;
        let lab = east.lab()?;
        let of_15 = manifest::spread(json!({ "postgresql": { "version": "15" } }));
        let cluster = test.running(&east, "main", of_15).await?;
        let node = cluster.other_node().await?;
        let rows = Writer::start(&cluster, writer(), &node, "rows", 50).await?;

        // Before the commit point each of these leads back.
        for accident in ["node", "API server"] {
            let primary = cluster.primary().await?;
            let node = cluster.node(&primary).await?;
            let name = ask(&cluster).await?;
            reaches(&cluster, &primary, &name, "converting").await?;
            if accident == "node" {
                lab.node_off(&node).await?;
                sleep(Duration::from_secs(10)).await;
                lab.node_on(&node).await?;
            } else {
                lab.api_off(&east.context).await?;
                sleep(Duration::from_secs(60)).await;
                lab.api_on(&east.context).await?;
            }
            let status = ends(&cluster, &name).await?;
            ensure!(status.phase == Phase::Failed, "{accident}: {status:?}");
            cluster.running().await?;
            rows.goes_on().await?;
            serves(&cluster, "15").await?;
        }

        let primary = cluster.primary().await?;
        let replica = cluster.replicas().await?.swap_remove(0);
        let (node, name) = (cluster.node(&replica).await?, ask(&cluster).await?);
        reaches(&cluster, &primary, &name, "converting").await?;
        controller::kill_all(&east).await?;
        lab.cut(&node, Some(&east.context)).await?;
        let result = async {
            commits(&cluster, &primary, &name).await?;
            leads(&cluster, &primary).await
        }
        .await;
        lab.heal(&node).await?;
        result?;
        let status = ends(&cluster, &name).await?;
        ensure!(status.phase == Phase::Succeeded, "{status:?}");
        cluster.running().await?;
        leads(&cluster, &primary).await?;
        rows.goes_on().await?;
        serves(&cluster, "17").await?;
        rows.stop_and_compare().await?;
        controller::available(&east).await
    });
}

/// Waits until somebody holds the lock, who must be this member.
async fn leads(cluster: &Cluster, member: &str) -> Result {
    let leader = wait::until("somebody leads", async || {
        let object = cluster.children::<ConfigMap>().get("main-leader").await?;
        let leader = object.annotations().get("leader").cloned();
        let leader = leader.filter(|name| !name.is_empty());
        leader.ok_or_else(|| "nobody holds the lock".into())
    })
    .await?;
    ensure!(leader == member, "{leader} leads, and not {member}");
    Ok(())
}
