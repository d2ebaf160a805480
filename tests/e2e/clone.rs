//! Copies of Postgres clusters: with passwords of their own, and as standbys that are promoted.

use std::collections::BTreeMap;

use k8s_openapi::{
    ByteString,
    api::core::v1::{PersistentVolumeClaim, Pod, ResourceQuota, Secret, Service},
};
use kube::api::{Patch, PatchParams, PostParams};
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

/// Large enough to be caught in the act.
const ROWS: &str = "CREATE TABLE t AS SELECT n, repeat(md5(n::text), 20) AS text \
                    FROM generate_series(1, 200000) AS n";
const SUM: &str = "SELECT count(*) || ' ' || sum(n) FROM t";

/// The manifest's `clone`: rows of the source, passwords of its own, a history of its own. The pod
/// is killed in the middle of the copy, which leaves nothing that is taken for a cluster.
#[test]
fn of_a_live_source() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let source = test.running(&west, "source", manifest::members(1)).await?;
        source.sql("source-0", ROWS).await?;
        let rows = source.sql("source-0", SUM).await?;

        let spec = manifest::with(2, json!({ "clone": { "cluster": "source" } }));
        let copy = test.created(&west, "copy", spec).await?;
        wait::until("the copy has begun", async || {
            let list = ["ls", "/home/postgres/pgdata/pgroot"];
            let files = copy.exec("copy-0", &list).await?;
            ensure!(files.contains("data.copying"), "{files}");
            Ok(())
        })
        .await?;
        kubernetes::kill_pod(&west, &test.namespace, "copy-0").await?;
        let status = copy.running().await?;

        let primary = copy.primary().await?;
        let copied = copy.sql(&primary, SUM).await?;
        ensure!(copied == rows, "{copied} in place of {rows}");
        let files = copy
            .exec("copy-0", &["ls", "/home/postgres/pgdata/pgroot"])
            .await?;
        ensure!(!files.contains("data."), "left behind: {files}");
        ensure!(
            status.timeline > Some(1),
            "its history is the source's: {:?}",
            status.timeline
        );
        for role in ["postgres", "standby"] {
            let hash = format!("SELECT rolpassword FROM pg_authid WHERE rolname = '{role}'");
            let (theirs, ours) = (
                source.sql("source-0", &hash).await?,
                copy.sql(&primary, &hash).await?,
            );
            ensure!(theirs != ours, "{role} has the source's password");
        }
        // The source goes on, and what is written here stays here.
        copy.sql(&primary, "DELETE FROM t").await?;
        let kept = source.sql("source-0", SUM).await?;
        ensure!(kept == rows, "the source has {kept}");
        Ok(())
    });
}

/// `clone --version`: the copy is upgraded before it serves, whatever is killed meanwhile, and is whole; the source goes on as
/// it is. What pg_upgrade refuses is said, and nothing of it stays.
#[test]
fn with_an_upgrade_on_the_way() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        let of_15 = manifest::with(1, json!({ "postgresql": { "version": "15" } }));
        let source = test.running(&west, "source", of_15).await?;
        source.sql("source-0", ROWS).await?;
        source
            .sql("source-0", "CREATE EXTENSION hstore; CREATE INDEX ON t (n)")
            .await?;
        let rows = source.sql("source-0", SUM).await?;
        let from = source.target();

        let line = format!("clone {from} follower --version 17 --standby --yes");
        plugin.fails(&line, 5, &["only its own version"]).await?;
        let bad = "CREATE TABLE bad (f regproc)";
        source.sql("source-0", bad).await?;
        let line = format!("clone {from} refused --version 17 --yes");
        let why = ["cannot be upgraded", "bad", "nothing of it is left"];
        plugin.fails(&line, 1, &why).await?;
        nothing_of(&west, &test.namespace, "refused").await?;
        source.sql("source-0", "DROP TABLE bad").await?;

        let line = format!("clone {from} copy --version 17 --replicas 2 --yes");
        let going = plugin.start(&line)?;
        wait::until("the copy has begun", async || {
            let copy = Cluster::find(&west, &test.namespace, "copy").await?;
            let list = ["ls", "/home/postgres/pgdata/pgroot"];
            let files = copy.exec("copy-0", &list).await?;
            ensure!(files.contains("data.copying"), "{files}");
            Ok(())
        })
        .await?;
        kubernetes::kill_pod(&west, &test.namespace, "copy-0").await?;
        let code = going.ended().await?;
        ensure!(code == Some(0), "it ended with {code:?}");
        let copy = Cluster::find(&west, &test.namespace, "copy").await?;
        copy.running().await?;

        let primary = copy.primary().await?;
        let version = "SELECT current_setting('server_version_num')::int / 10000";
        let found = copy.sql(&primary, version).await?;
        ensure!(found == "17", "the copy runs {found}");
        let copied = copy.sql(&primary, SUM).await?;
        ensure!(copied == rows, "{copied} in place of {rows}");
        wait::until("it is whole", async || {
            let analyzed = "SELECT count(*) > 0 FROM pg_stats WHERE tablename = 't'";
            let analyzed = copy.sql(&primary, analyzed).await?;
            ensure!(analyzed == "t", "no statistics");
            let left = "SELECT count(*) FROM pg_available_extensions \
                        WHERE installed_version <> default_version";
            let left = copy.sql(&primary, left).await?;
            ensure!(left == "0", "{left} old extensions");
            let files = copy
                .exec(&primary, &["ls", "/home/postgres/pgdata/pgroot/upgrade"])
                .await?;
            for name in ["journal.json", "new", "delete_old_cluster.sh"] {
                ensure!(!files.lines().any(|file| file == name), "left: {files}");
            }
            Ok(())
        })
        .await?;
        ensure!(
            copy.password().await? != source.password().await?,
            "the source's password"
        );
        copy.sql(&primary, "DELETE FROM t").await?;
        let found = source.sql("source-0", version).await?;
        ensure!(found == "15", "the source runs {found}");
        let kept = source.sql("source-0", SUM).await?;
        ensure!(kept == rows, "the source has {kept}");
        Ok(())
    });
}

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

/// `clone`: refused before anything is there, beside its source, in another context, and given up
/// where the source is not reached. Nothing stays of what was refused or given up.
#[test]
fn by_the_plugin() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let (east, west) = (
            test.share(Place::East).await?,
            test.share(Place::West).await?,
        );
        test.namespace_in(&east).await?;
        let plugin = Plugin::new(&west)?;
        let source = test.running(&west, "source", manifest::members(1)).await?;
        source.sql("source-0", ROWS).await?;
        let rows = source.sql("source-0", SUM).await?;
        let (ns, from) = (&test.namespace, source.target());

        let quota = json!({
            "metadata": { "name": "full" },
            "spec": { "hard": { "persistentvolumeclaims": "2" } },
        });
        let quotas = kube::Api::<ResourceQuota>::namespaced(west.client.clone(), ns);
        quotas
            .create(&PostParams::default(), &serde_json::from_value(quota)?)
            .await?;
        wait::until("the quota counts", async || {
            let status = quotas.get("full").await?.status.unwrap_or_default();
            ensure!(status.used.is_some_and(|used| !used.is_empty()), "not yet");
            Ok(())
        })
        .await?;
        for (line, why) in [
            (format!("clone {from} source"), "a place of its own"),
            (format!("clone {from} copy --version 15"), "older version"),
            (
                format!("clone {from} copy --storage-class none"),
                "no storage class",
            ),
            (format!("clone {from} copy --size 1Mi"), "smaller"),
            (format!("clone {from} copy --replicas 2"), "quota full"),
            (format!("clone {from} copy second"), "2 copies take 2 more"),
            (
                format!("clone {from} copy copy@{} --standby", east.context),
                "no load balancer",
            ),
        ] {
            plugin
                .fails(&format!("{line} --yes --expect-count 2"), 5, &[why])
                .await?;
        }
        nothing_of(&west, ns, "copy").await?;

        let host = address(&source).await?;
        let both = format!(
            "clone {from} copy @{} --host {host} --yes --expect-count 2",
            east.context
        );
        plugin.ok(&both).await?;
        for (site, name) in [(&west, "copy"), (&east, "source")] {
            let copy = Cluster::find(site, ns, name).await?;
            copy.running().await?;
            let copied = copy.sql(&copy.primary().await?, SUM).await?;
            ensure!(copied == rows, "{name}: {copied} in place of {rows}");
            ensure!(
                copy.password().await? != source.password().await?,
                "the source's password"
            );
            let secrets = copy.names::<Secret>().await?;
            ensure!(
                !secrets.iter().any(|name| name.ends_with("pgfleet.io")),
                "{secrets:?}"
            );
        }

        // Without an address the connections go through this terminal.
        plugin
            .ok(&format!("clone {from} carried@{} --yes", east.context))
            .await?;
        let carried = Cluster::find(&east, ns, "carried").await?;
        let copied = carried.sql("carried-0", SUM).await?;
        ensure!(copied == rows, "carried: {copied} in place of {rows}");

        let lost = format!("clone {from} lost@{} --host {host}:1 --yes", east.context);
        plugin
            .fails(
                &lost,
                1,
                &[
                    "base backup fails",
                    "nothing of it is left",
                    "--through-terminal",
                ],
            )
            .await?;
        nothing_of(&east, ns, "lost").await
    });
}

/// Without flags: an address that leads nowhere is noticed by the copy's own pod, and by a pod that is
/// there already, and the copy goes through the terminal; one that leads there is taken. A standby is
/// refused where a pod there does not reach its source.
#[test]
fn the_way_is_found() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let (east, west) = (
            test.share(Place::East).await?,
            test.share(Place::West).await?,
        );
        test.namespace_in(&east).await?;
        let plugin = Plugin::new(&west)?;
        let spec = manifest::with(1, json!({ "enableMasterLoadBalancer": true }));
        let source = test.running(&west, "source", spec).await?;
        source.sql("source-0", ROWS).await?;
        let rows = source.sql("source-0", SUM).await?;
        let (ns, from) = (&test.namespace, source.target());
        let services = kube::Api::<Service>::namespaced(west.client.clone(), ns);
        let leads_to = async |ip: &str| {
            // Of a balancer with addresses of its own: kube-proxy takes none of them.
            let ingress = json!([{ "ip": ip, "ipMode": "Proxy" }]);
            let status = json!({ "status": { "loadBalancer": { "ingress": ingress } } });
            let patch = Patch::Merge(status);
            let how = PatchParams::default();
            services.patch_status("source", &how, &patch).await?;
            Ok::<_, pg_tests::Error>(())
        };
        // No host has it.
        let nowhere = "192.0.2.1";
        let ip = address(&source).await?;
        for (name, to, said) in [
            ("tried", nowhere, "its pod does not reach the source"),
            ("asked", nowhere, "do not reach 192.0.2.1:5432 (asked of"),
            ("direct", ip.as_str(), "else through this terminal"),
        ] {
            leads_to(to).await?;
            let line = format!("clone {from} {name}@{} --yes", east.context);
            let way = match to == nowhere {
                true => "; through this terminal".to_owned(),
                false => format!("; through {ip}:5432"),
            };
            let ended = plugin.run(&line, &[]).await?.exits(0)?;
            ended.says(&[said, &way])?;
            let copy = Cluster::find(&east, ns, name).await?;
            let copied = copy.sql(&copy.primary().await?, SUM).await?;
            ensure!(copied == rows, "{name}: {copied} in place of {rows}");
        }
        leads_to(nowhere).await?;
        let line = format!("clone {from} follower@{} --standby --yes", east.context);
        let why = ["do not reach 192.0.2.1:5432", "--host"];
        plugin.fails(&line, 5, &why).await?;
        nothing_of(&east, ns, "follower").await
    });
}

/// A copy that goes through the terminal does not come about without it: Ctrl-C takes away what was
/// begun.
#[test]
fn through_a_terminal_that_ends() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let (east, west) = (
            test.share(Place::East).await?,
            test.share(Place::West).await?,
        );
        test.namespace_in(&east).await?;
        let plugin = Plugin::new(&west)?;
        let source = test.running(&west, "source", manifest::members(1)).await?;
        source.sql("source-0", ROWS).await?;
        let line = format!("clone {} cut@{} --yes", source.target(), east.context);
        let going = plugin.start(&line)?;
        wait::until("the copy's pod is there", async || {
            let cut = Cluster::find(&east, &test.namespace, "cut").await?;
            cut.pod("cut-0").await.map(drop)
        })
        .await?;
        let code = going.interrupt().await?;
        ensure!(code == Some(130), "it ended with {code:?}");
        wait::until("it is gone", async || {
            let there = Cluster::find(&east, &test.namespace, "cut").await;
            ensure!(there.is_err(), "still there");
            Ok(())
        })
        .await?;
        nothing_of(&east, &test.namespace, "cut").await
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

/// Nothing of a cluster is there: no manifest, no pod, no volume, no password.
async fn nothing_of(site: &Site, namespace: &str, name: &str) -> Result {
    let cluster = Cluster {
        site: site.clone(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: String::new(),
    };
    ensure!(cluster.manifest().await.is_err(), "{name} is there");
    wait::until("nothing is left", async || {
        let mut left = cluster.names::<Pod>().await?;
        left.extend(cluster.names::<PersistentVolumeClaim>().await?);
        left.extend(cluster.names::<Secret>().await?);
        let infix = format!(".{name}.");
        let of_it = |it: &String| {
            it.starts_with(&format!("{name}-"))
                || it.starts_with(&format!("{name}."))
                || it.starts_with(&format!("pgdata-{name}-"))
                || it.contains(&infix)
        };
        left.retain(of_it);
        ensure!(left.is_empty(), "{left:?}");
        Ok(())
    })
    .await
}

/// The address at which pods elsewhere find the source.
async fn address(source: &Cluster) -> Result<String> {
    let pod = source.pod(&source.primary().await?).await?;
    let ip = pod.status.and_then(|status| status.pod_ip);
    ip.ok_or_else(|| "the source has no address".into())
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
