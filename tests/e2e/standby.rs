//! Standby clusters across contexts: by the manifest and by `clone --standby`, and how they are
//! promoted.

use std::collections::BTreeMap;

use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::api::PostParams;
use pg_core::postgresql::status::condition;
use pg_tests::{
    Result,
    cluster::Cluster,
    ensure, kubernetes, manifest,
    plugin::Plugin,
    site::{Place, Site},
    test::run,
    wait,
};
use serde_json::json;

use crate::clone_elsewhere::address;

/// The manifest's `standby` across contexts: it follows, is no place for rows, and becomes a
/// primary when the section goes, with a word about the source that still is one.
#[test]
fn standby_across_contexts() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let (east, west) = (
            test.share(Place::East).await?,
            test.share(Place::West).await?,
        );
        let source = test.running(&east, "main", manifest::members(1)).await?;
        source.sql("main-0", "CREATE TABLE t (n int)").await?;
        test.namespace_in(&west).await?;
        same_passwords(&source, &west).await?;

        let host = address(&source).await?;
        let spec = manifest::with(1, json!({ "standby": { "standby_host": host } }));
        let standby = test.created(&west, "main", spec).await?;
        let status = standby.running().await?;
        ensure!(
            status.members[0].role == "standby_leader",
            "{:?}",
            status.members
        );
        source.sql("main-0", "INSERT INTO t VALUES (42)").await?;
        wait::until("the row is there", async || {
            let rows = standby.sql("main-0", "SELECT n FROM t").await?;
            ensure!(rows == "42", "{rows}");
            Ok(())
        })
        .await?;

        let gone = json!({ "spec": { "standby": null } });
        standby.patch(gone).await?;
        let two = |status: &pg_core::postgresql::PostgresqlStatus| {
            let mut all = status.conditions.iter();
            all.any(|one| one.type_ == condition::SOURCE_STILL_PRIMARY && one.status == "True")
        };
        standby.wait("tells of two primaries", two).await?;
        standby.running().await?;
        standby.sql("main-0", "INSERT INTO t VALUES (43)").await?;

        source
            .patch(json!({ "spec": { "numberOfInstances": 0 } }))
            .await?;
        standby
            .wait("tells of one primary", |status| !two(status))
            .await?;
        Ok(())
    });
}

/// `clone --standby` and `promote`: the source is stopped first, and its last row is there.
#[test]
fn promoted_by_the_plugin() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let (east, west) = (
            test.share(Place::East).await?,
            test.share(Place::West).await?,
        );
        test.namespace_in(&west).await?;
        let plugin = Plugin::new(&west)?;
        let source = test.running(&east, "main", manifest::members(2)).await?;
        let primary = source.primary().await?;
        source.sql(&primary, "CREATE TABLE t (n int)").await?;
        let (from, host) = (source.target(), address(&source).await?);
        let to = format!("{}/main@{}", test.namespace, west.context);
        plugin
            .fails(&format!("promote {from} --yes"), 5, &["follows nobody"])
            .await?;
        let line = format!(
            "clone {from} @{} --standby --host {host} --yes",
            west.context
        );
        plugin.ok(&line).await?;
        let standby = Cluster::find(&west, &test.namespace, "main").await?;
        ensure!(
            standby.password().await? == source.password().await?,
            "another password"
        );

        let rows = "INSERT INTO t SELECT generate_series(1, 1000)";
        source.sql(&primary, rows).await?;
        plugin.ok(&format!("promote {to} --yes")).await?;
        ensure!(source.pods().await?.is_empty(), "the source runs");
        ensure!(source.claims().await?.len() == 2, "its volumes are gone");
        standby.running().await?;
        let count = standby.sql("main-0", "SELECT count(*) FROM t").await?;
        ensure!(count == "1000", "{count} rows have arrived");
        standby.sql("main-0", "DELETE FROM t").await?;

        // What cannot be fenced is said, and not gone past by `--yes`.
        let alone = format!("clone {to} other --standby --yes");
        plugin.ok(&alone).await?;
        let other = format!("{}/other@{}", test.namespace, west.context);
        let lost = format!(
            "promote {other} --source {}/gone@{}",
            test.namespace, west.context
        );
        plugin
            .fails(&format!("{lost} --yes"), 5, &["cannot be fenced"])
            .await?;
        plugin
            .fails(
                &format!("{lost} --yes --accept-data-loss"),
                5,
                &["--confirm"],
            )
            .await?;
        plugin
            .ok(&format!("{lost} --accept-data-loss --confirm {other}"))
            .await?;
        let other = Cluster::find(&west, &test.namespace, "other").await?;
        other.running().await?;
        other.sql("other-0", "CREATE TABLE mine (n int)").await?;
        Ok(())
    });
}

/// A standby logs in to its source as its source's own standbys do.
async fn same_passwords(source: &Cluster, there: &Site) -> Result {
    let api = kube::Api::<Secret>::namespaced(there.client.clone(), &source.namespace);
    for role in ["postgres", "standby"] {
        let name = format!(
            "{role}.{}.credentials.postgresql.acid.zalan.do",
            source.name
        );
        let password =
            kubernetes::secret(&source.site, &source.namespace, &name, "password").await?;
        let text = |text: &str| ByteString(text.as_bytes().to_vec());
        let data = [("username", text(role)), ("password", text(&password))];
        let secret = Secret {
            metadata: kube::api::ObjectMeta {
                name: Some(name),
                ..Default::default()
            },
            data: Some(BTreeMap::from(
                data.map(|(key, value)| (key.to_owned(), value)),
            )),
            ..Secret::default()
        };
        api.create(&PostParams::default(), &secret).await?;
    }
    Ok(())
}
