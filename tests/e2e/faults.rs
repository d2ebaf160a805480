//! Accidents: pods and nodes die, networks are cut. Writes go on, and no acknowledged row is lost
//! that a single fault may not lose.

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use pg_core::{
    operation::Phase,
    postgresql::status::{Health, PostgresqlStatus},
};
use pg_tests::{
    Result,
    cluster::Cluster,
    ensure, kubernetes, manifest,
    plugin::Plugin,
    site::{Place, Site},
    test::run,
    wait,
    workload::Writer,
};
use serde_json::json;

use crate::writer;

/// Longer than it takes Kubernetes to call a dead node dead.
const NODE: Duration = Duration::from_secs(300);

/// Waits until commits of a synchronous cluster wait for a replica: before, none may take over.
async fn has_standby(cluster: &Cluster) -> Result {
    wait::until("a synchronous standby is named", async || {
        let objects = cluster.children::<ConfigMap>();
        let sync = objects.get(&format!("{}-sync", cluster.name)).await?;
        let named = sync.annotations().get("sync_standby");
        ensure!(named.is_some_and(|name| !name.is_empty()), "{named:?}");
        Ok(())
    })
    .await
}

/// Two members, each on a node of its own; in a synchronous cluster, both have what was acknowledged.
async fn spread(test: &pg_tests::test::Test, east: &Site, synchronous: bool) -> Result<Cluster> {
    let more = json!({ "patroni": { "synchronous_mode": synchronous } });
    let cluster = test.running(east, "main", manifest::spread(more)).await?;
    let (first, second) = (cluster.node("main-0").await?, cluster.node("main-1").await?);
    ensure!(first != second, "both members are on {first}");
    if synchronous {
        has_standby(&cluster).await?;
    }
    Ok(cluster)
}

async fn other_leads(cluster: &Cluster, old: &str) -> Result<String> {
    wait::until_within("another member leads", NODE, async || {
        let primary = cluster.primary().await?;
        ensure!(primary != old, "{old} is still the primary");
        Ok(primary)
    })
    .await
}

/// The primary's pod is killed.
#[test]
fn primary_pod_killed() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let west = test.share(Place::West).await?;
        let more = json!({ "patroni": { "synchronous_mode": true } });
        let cluster = test.running(&west, "main", manifest::with(2, more)).await?;
        has_standby(&cluster).await?;
        let node = west.nodes().await?.swap_remove(0);
        let rows = Writer::start(&cluster, writer(), &node, "rows", 20).await?;
        let primary = cluster.primary().await?;
        kubernetes::kill_pod(&west, &cluster.namespace, &primary).await?;
        rows.goes_on().await?;
        cluster.running().await?;
        rows.stop_and_compare().await.map(drop)
    });
}

/// The primary's node loses power. The replica takes over; when the node is back, so is the member,
/// on its volume, and follows.
#[test]
fn primary_node_dies() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let east = test.take(Place::East).await?;
        let lab = east.lab()?;
        let cluster = spread(test, &east, true).await?;
        let rows =
            Writer::start(&cluster, writer(), &cluster.other_node().await?, "rows", 50).await?;
        let old = cluster.primary().await?;
        let node = cluster.node(&old).await?;
        lab.node_off(&node).await?;
        let result = async {
            other_leads(&cluster, &old).await?;
            rows.goes_on().await
        }
        .await;
        lab.node_on(&node).await?;
        result?;
        cluster.running().await?;
        rows.stop_and_compare().await?;
        pg_tests::controller::available(&east).await
    });
}

/// The primary's node is cut off from everyone, and comes back with the old label on its pod. The
/// label goes, and the old primary follows the new one.
#[test]
fn primary_node_cut() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let east = test.take(Place::East).await?;
        let lab = east.lab()?;
        let cluster = spread(test, &east, true).await?;
        let rows =
            Writer::start(&cluster, writer(), &cluster.other_node().await?, "rows", 50).await?;
        let old = cluster.primary().await?;
        let node = cluster.node(&old).await?;
        lab.cut(&node, None).await?;
        let result = async {
            let new = other_leads(&cluster, &old).await?;
            rows.goes_on().await?;
            wait::until_within("the new primary alone has the label", NODE, async || {
                let primaries = cluster.with_role("master").await?;
                ensure!(primaries == [new.clone()], "{primaries:?}");
                Ok(())
            })
            .await
        }
        .await;
        lab.heal(&node).await?;
        result?;
        let status = cluster.running().await?;
        ensure!(status.primary.as_ref() != Some(&old), "{old} leads again");
        rows.goes_on().await?;
        rows.stop_and_compare().await?;
        pg_tests::controller::available(&east).await
    });
}

/// The primary is gone and Patroni may not act by itself (its pause). A failover without a word on
/// lost rows is refused; with it, the replica leads.
#[test]
fn failover_says_what_it_may_lose() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let east = test.take(Place::East).await?;
        let plugin = Plugin::new(&east)?;
        let lab = east.lab()?;
        let cluster = spread(test, &east, false).await?;
        let target = cluster.target();
        let old = cluster.primary().await?;
        let node = cluster.node(&old).await?;
        pause(&cluster, &old, true).await?;
        lab.node_off(&node).await?;
        let result = async {
            // Until then its last answer still counts.
            let gone = |status: &PostgresqlStatus| status.health != Some(Health::Healthy);
            cluster.wait("is missed by the controller", gone).await?;
            let status = cluster
                .expect_end(
                    json!({ "failover": {} }),
                    json!({}),
                    Phase::Refused,
                    "DataLoss",
                )
                .await?;
            let message = status.message.unwrap_or_default();
            ensure!(message.contains("--accept-data-loss"), "{message}");
            plugin
                .fails(
                    &format!("failover {target} --accept-data-loss --yes"),
                    5,
                    &["--confirm"],
                )
                .await?;
            plugin
                .ok(&format!(
                    "failover {target} --accept-data-loss --confirm {target}"
                ))
                .await?;
            let new = other_leads(&cluster, &old).await?;
            cluster.sql(&new, "CREATE TABLE t AS SELECT 1 AS n").await?;
            pause(&cluster, &new, false).await
        }
        .await;
        lab.node_on(&node).await?;
        result?;
        let status = cluster.running().await?;
        ensure!(status.primary.as_ref() != Some(&old), "{old} leads again");
        pg_tests::controller::available(&east).await
    });
}

/// Patroni's pause, on or off.
async fn pause(cluster: &Cluster, member: &str, on: bool) -> Result {
    let body = json!({ "pause": on }).to_string();
    let url = "http://localhost:8008/config";
    let command = ["curl", "-sfk", "-XPATCH", "-d", &body, url];
    cluster.exec(member, &command).await.map(drop)
}

/// The API server is gone for a while: databases serve, the plugin says so and changes nothing,
/// and afterwards all is as before.
#[test]
fn api_server_dies() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let east = test.take(Place::East).await?;
        let (lab, plugin) = (east.lab()?, Plugin::new(&east)?);
        let west = Site::open(Place::West).await?;
        let cluster = test.running(&east, "main", manifest::members(2)).await?;
        let pods = cluster.incarnations().await?;
        let (ns, both) = (
            &test.namespace,
            format!("{},{}", east.context, west.context),
        );
        lab.api_off(&east.context).await?;
        let result = async {
            plugin
                .fails(
                    &format!("list -n {ns} --context {both}"),
                    3,
                    &[&east.context],
                )
                .await?;
            let create = format!("create {ns}/new --context {both} --yes --expect-count 2");
            plugin.fails(&create, 5, &[&east.context]).await?;
            let restart = format!("restart {} --yes", cluster.target());
            plugin.fails(&restart, 5, &[&east.context]).await.map(drop)
        }
        .await;
        lab.api_on(&east.context).await?;
        result?;
        cluster.running().await?;
        ensure!(cluster.incarnations().await? == pods, "a pod was restarted");
        let new = Cluster::find(&west, ns, "new").await;
        ensure!(new.is_err(), "it was created where it could be");
        pg_tests::controller::available(&east).await
    });
}
