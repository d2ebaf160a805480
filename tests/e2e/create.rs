//! A Postgres cluster's life from create to delete, through the plugin, in both contexts at once.

use pg_tests::{
    Result,
    cluster::Cluster,
    ensure,
    plugin::Plugin,
    site::{Place, Site},
    test::{Test, run},
    wait,
    workload::query,
};

use crate::writer;

/// Created at once in both, read and written through both Services, listed, deleted.
#[test]
fn in_both_contexts() {
    run(async |test| {
        let (east, west) = (
            test.share(Place::East).await?,
            test.share(Place::West).await?,
        );
        test.namespace_in(&east).await?;
        test.namespace_in(&west).await?;
        let plugin = Plugin::new(&east)?;
        let (ns, both) = (
            &test.namespace,
            format!("{},{}", east.context, west.context),
        );

        let create = format!("create {ns}/main --context {both} --replicas 2 --size 1Gi");
        plugin.fails(&create, 5, &["--yes"]).await?;
        for site in [&east, &west] {
            let nothing = Cluster::find(site, ns, "main").await.is_err();
            ensure!(
                nothing,
                "a question without an answer has created something"
            );
        }
        plugin
            .ok(&format!("{create} --yes --expect-count 2"))
            .await?;
        for site in [&east, &west] {
            let cluster = Cluster::find(site, ns, "main").await?;
            cluster.running().await?;
            rows_are_replicated(&cluster).await?;
        }

        let list = plugin.ok(&format!("list -n {ns} --context {both}")).await?;
        for site in [&east, &west] {
            let row = list.lines().find(|line| line.starts_with(&site.context));
            let row = row.ok_or(format!("{} is not in the list:\n{list}", site.context))?;
            ensure!(row.contains("main") && row.contains("Healthy"), "{row}");
        }
        for site in [&east, &west] {
            delete(test, &plugin, site).await?;
        }
        Ok(())
    });
}

/// What is written through `<c>` is read through `<c>-repl`, on another member.
async fn rows_are_replicated(cluster: &Cluster) -> Result {
    let primary = cluster.primary().await?;
    let Some(node) = cluster.site.nodes().await?.pop() else {
        return Err("no node".into());
    };
    if cluster.site.lab.is_none() {
        let rows = "CREATE TABLE t AS SELECT generate_series(1, 100) AS n";
        cluster.sql(&primary, rows).await?;
        let replica = cluster.replicas().await?.pop().ok_or("no replica")?;
        return wait::until("rows are on the replica", async || {
            let count = cluster.sql(&replica, "SELECT count(*) FROM t").await?;
            ensure!(count == "100", "{count}");
            Ok(())
        })
        .await;
    }
    let rows = "CREATE TABLE t AS SELECT generate_series(1, 100) AS n; SELECT pg_is_in_recovery()";
    let answer = query(cluster, writer(), &node, &cluster.name, rows).await?;
    ensure!(answer == ["f"], "the primary's Service leads to a replica");
    let replicas = format!("{}-repl", cluster.name);
    wait::until("rows are read through the replicas' Service", async || {
        let sql = "SELECT count(*) || ' ' || pg_is_in_recovery() FROM t";
        let answer = query(cluster, writer(), &node, &replicas, sql).await?;
        ensure!(answer == ["100 true"], "{answer:?}");
        Ok(())
    })
    .await
}

async fn delete(test: &Test, plugin: &Plugin, site: &Site) -> Result {
    let cluster = Cluster::find(site, &test.namespace, "main").await?;
    let target = cluster.target();
    plugin
        .fails(&format!("delete {target} --yes"), 5, &["--confirm"])
        .await?;
    ensure!(
        cluster
            .manifest()
            .await?
            .metadata
            .deletion_timestamp
            .is_none(),
        "it was deleted without its name"
    );
    plugin
        .ok(&format!("delete {target} --confirm {target}"))
        .await?;
    ensure!(cluster.manifest().await.is_err(), "it is still there");
    ensure!(cluster.pods().await?.is_empty(), "pods are left");
    Ok(())
}
