//! Upgrades to another major version, while an application writes: no acknowledged row is lost,
//! and whatever is killed, the cluster serves in one version afterwards.

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use pg_core::operation::Phase;
use pg_tests::{
    Result, cluster::Cluster, ensure, initialize::Initialize, kubernetes, manifest, plugin::Plugin,
    site::Place, test::run, wait, workload::Writer,
};
use serde_json::{Value, json};

use crate::{gates::archive_with, writer};

/// A conversion, and a copy, on a machine with much to do.
const DONE: Duration = Duration::from_secs(300);

fn of_15(members: i64) -> Value {
    manifest::with(members, json!({ "postgresql": { "version": "15" } }))
}

/// What is refused is refused by name, a check changes nothing, and the upgrade takes all along:
/// rows, extensions, statistics, the manifest, the replica.
#[test]
fn from_15_to_17_under_load() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        let cluster = test.running(&west, "main", of_15(2)).await?;
        let target = cluster.target();
        let node = west.nodes().await?.swap_remove(0);
        let rows = Writer::start(&cluster, writer(), &node, "rows", 50).await?;
        let pods = cluster.incarnations().await?;

        let upgrade = format!("upgrade {target} --to 17");
        plugin
            .fails(&format!("{upgrade} --yes"), 5, &["--no-way-back"])
            .await?;
        let primary = cluster.primary().await?;
        let bad = "CREATE TABLE bad (f regproc)";
        cluster.sql(&primary, bad).await?;
        plugin
            .fails(&format!("{upgrade} --check"), 5, &["PgUpgradeCheck", "bad"])
            .await?;
        cluster.sql(&primary, "DROP TABLE bad").await?;
        out_of_order(&plugin, &cluster, &primary).await?;
        let checked = plugin.ok(&format!("{upgrade} --check")).await?;
        ensure!(checked.contains("from 15 to 17"), "{checked}");
        rows.goes_on().await?;
        serves(&cluster, "15").await?;

        cluster.sql(&primary, OLD_DATA).await?;
        let expected = cluster.sql(&primary, WHAT_IT_IS).await?;
        let before = system(&cluster).await?;
        let initialize = Initialize::watch(&cluster);
        plugin.ok(&format!("{upgrade} --no-way-back --yes")).await?;
        cluster.running().await?;
        rows.goes_on().await?;
        serves(&cluster, "17").await?;
        ensure!(
            cluster.incarnations().await? == pods,
            "a pod was made anew or a container restarted"
        );
        let version = cluster.manifest().await?.spec.postgresql.version;
        ensure!(version == "17", "the manifest says {version}");
        let after = system(&cluster).await?;
        ensure!(after != before, "initialize was not swapped");
        let said = initialize.stop();
        ensure!(
            said == [Some(before), Some(after)],
            "it was not swapped at once: {said:?}"
        );
        let primary = cluster.primary().await?;
        let left = "SELECT count(*) FROM pg_available_extensions \
                    WHERE installed_version <> default_version";
        ensure!(cluster.sql(&primary, left).await? == "0", "old extensions");
        let analyzed = "SELECT count(*) > 0 FROM pg_stats WHERE tablename = 'rows'";
        ensure!(
            cluster.sql(&primary, analyzed).await? == "t",
            "no statistics"
        );
        rows.stop_and_compare().await?;
        linked(&cluster, &expected).await?;
        // What pg_upgrade leaves would delete the data by now.
        let script = "/home/postgres/pgdata/pgroot/upgrade/delete_old_cluster.sh";
        let left = cluster.exec(&primary, &["test", "-e", script]).await;
        ensure!(left.is_err(), "{script} is there");
        // Nothing waits for a restart because of it.
        cluster.running().await?;
        ensure!(cluster.incarnations().await? == pods, "a pod was made anew");
        // The replica's files are those of a primary.
        let replica = cluster.replicas().await?.swap_remove(0);
        plugin.ok(&format!("switchover {target} --yes")).await?;
        cluster.running().await?;
        ensure!(
            cluster.primary().await? == replica,
            "{replica} does not lead"
        );
        let unlogged = "INSERT INTO fleeting VALUES (1); SELECT count(*) FROM fleeting";
        let count = cluster.sql(&replica, unlogged).await?;
        ensure!(count.ends_with('1'), "an unlogged table has {count} rows");
        let found = cluster.sql(&replica, WHAT_IT_IS).await?;
        ensure!(found == expected, "{found}, and not {expected}");
        let more = "INSERT INTO made SELECT n, md5(n::text) FROM generate_series(1, 5000) n; \
                    DELETE FROM made WHERE id % 7 = 0; \
                    SELECT bt_index_check('made_text', true)";
        cluster.sql(&replica, more).await?;
        cluster.sql(&replica, "VACUUM made").await?;
        Ok(())
    });
}

/// An archive that gets nothing and collations of another image are refused by name until they are
/// mended.
async fn out_of_order(plugin: &Plugin, cluster: &Cluster, primary: &str) -> Result {
    let check = format!("upgrade {} --to 17 --check", cluster.target());
    archive_with(cluster, primary, "/bin/false").await?;
    let other = "UPDATE pg_database SET datcollversion = '1.0' WHERE datname = 'postgres'";
    cluster.sql(primary, other).await?;
    let both = [
        "ArchivingFails",
        "CollationMismatch",
        "postgres (made with 1.0",
    ];
    plugin.fails(&check, 5, &both).await?;
    archive_with(cluster, primary, "/bin/true").await?;
    plugin
        .fails(&check, 5, &["CollationMismatch: text"])
        .await?;
    let mend = "ALTER DATABASE postgres REFRESH COLLATION VERSION";
    cluster.sql(primary, mend).await?;
    let reset = "ALTER SYSTEM RESET archive_command";
    cluster.sql(primary, reset).await?;
    cluster
        .sql(primary, "SELECT pg_reload_conf()")
        .await
        .map(drop)
}

/// Rows, an index, what vacuum makes, a large object, a sequence and an unlogged table from before
/// the upgrade; pages that were added in advance and hold nothing.
const OLD_DATA: &str = "\
    CREATE EXTENSION amcheck; \
    CREATE TABLE made AS SELECT n AS id, md5(n::text) AS text FROM generate_series(1, 50000) n; \
    CREATE INDEX made_text ON made (text); \
    DELETE FROM made WHERE id % 3 = 0; \
    CREATE SEQUENCE counted; SELECT setval('counted', 41); \
    SELECT lo_from_bytea(4711, 'large'); \
    CREATE UNLOGGED TABLE fleeting AS SELECT generate_series(1, 1000) AS n; \
    CREATE INDEX ON fleeting (n); \
    CREATE TABLE emptied AS SELECT generate_series(1, 1000) AS n; TRUNCATE emptied";

/// The same on every member.
const WHAT_IT_IS: &str = "\
    SELECT concat_ws(' ', count(*), md5(string_agg(text, ',' ORDER BY id)), \
      (SELECT last_value FROM counted), convert_from(lo_get(4711), 'UTF8'), \
      (SELECT count(*) FROM emptied)) FROM made";

/// The replica went on with its own files, and they hold what the primary's hold.
async fn linked(cluster: &Cluster, expected: &str) -> Result {
    let replica = cluster.replicas().await?.swap_remove(0);
    let path = format!("{OWN}/last.json");
    let last = cluster.exec(&replica, &["cat", &path]).await?;
    let last: Value = serde_json::from_str(&last)?;
    ensure!(last["linked"]["fetched"].is_u64(), "it was copied: {last}");
    let found = cluster.sql(&replica, WHAT_IT_IS).await?;
    ensure!(found == expected, "{found}, and not {expected}");
    let damage = "SELECT count(*) FROM verify_heapam('made'); \
                  SELECT bt_index_check('made_text', true)";
    let found = cluster.sql(&replica, damage).await?;
    ensure!(found.trim() == "0", "damaged: {found}");
    let by_index = "SET enable_seqscan = off; SET enable_bitmapscan = off; \
                    SELECT id FROM made WHERE text = md5('40000')";
    let found = cluster.sql(&replica, by_index).await?;
    ensure!(found.ends_with("40000"), "by the index: {found}");
    Ok(())
}

/// pg_upgrade killed, the primary's container killed before the commit point and after it: each
/// time the cluster serves by itself, and at last in the new version.
#[test]
fn major_upgrade_killed() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let west = test.share(Place::West).await?;
        let more = json!({
            "postgresql": { "version": "15" },
            "patroni": { "synchronous_mode": true },
        });
        let cluster = test.running(&west, "main", manifest::with(2, more)).await?;
        let node = west.nodes().await?.swap_remove(0);
        let rows = Writer::start(&cluster, writer(), &node, "rows", 50).await?;
        let initialize = Initialize::watch(&cluster);

        for kill in ["pg_upgrade", "container", "replica"] {
            // Whoever was killed may have lost the lock.
            let primary = cluster.primary().await?;
            let replicas = cluster.replicas().await?;
            let name = ask(&cluster).await?;
            reaches(&cluster, &primary, &name, "converting").await?;
            match kill {
                "pg_upgrade" => {
                    // It is begun a moment after that was noted.
                    let script = "for n in $(seq 100); do for p in /proc/[0-9]*; do \
                                  [ \"$(cat $p/comm 2>/dev/null)\" = pg_upgrade ] && kill -9 ${p#/proc/} && exit; \
                                  done; sleep 0.1; done";
                    cluster.exec(&primary, &["sh", "-c", script]).await?;
                }
                "replica" => {
                    kubernetes::kill_pod(&west, &cluster.namespace, &replicas[0]).await?;
                }
                _ => kubernetes::kill_pod(&west, &cluster.namespace, &primary).await?,
            }
            let status = ends(&cluster, &name).await?;
            let done = status.phase == Phase::Succeeded;
            ensure!(done || status.phase == Phase::Failed, "{kill}: {status:?}");
            // A container may have committed before it died; a replica's death stops nothing.
            let expected = match kill {
                "pg_upgrade" => !done,
                "container" => true,
                _ => done,
            };
            ensure!(expected, "{kill}: {status:?}");
            cluster.running().await?;
            rows.goes_on().await?;
            serves(&cluster, if done { "17" } else { "15" }).await?;
            if done {
                break;
            }
        }
        let said = initialize.stop();
        ensure!(!said.contains(&None), "initialize was absent: {said:?}");
        rows.stop_and_compare().await?;
        Ok(())
    });
}

/// Everything that runs in the primary's container is killed the moment it has committed, before
/// pg_upgrade's end, and then the container: it goes forward.
#[test]
fn major_upgrade_killed_after_its_commit_point() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let west = test.share(Place::West).await?;
        let cluster = test.running(&west, "main", of_15(3)).await?;
        let node = west.nodes().await?.swap_remove(0);
        let rows = Writer::start(&cluster, writer(), &node, "rows", 50).await?;
        let primary = cluster.primary().await?;
        // The state lasts for milliseconds: bash looks all the time, without another program.
        let at_once = format!(
            "while :; do text=; IFS= read -r -d '' text 2>/dev/null <{OWN}/journal.json; \
             case $text in *'\"committed\"'*) kill -9 -1; exit;; esac; done"
        );
        let at_once = ["bash", "-c", &at_once];
        let (name, killed) = tokio::join!(ask(&cluster), cluster.exec(&primary, &at_once));
        let name = name?;
        killed?;
        commits(&cluster, &primary, &name).await?;
        // One replica keeps the old version until the new one is whole.
        let mut kept = (0..3).map(|ordinal| cluster.member(ordinal));
        let kept = kept.rfind(|name| *name != primary).ok_or("no replica")?;
        let count = rows.answers();
        let count = count.iter().filter(|answer| answer.error.is_none()).count();
        let found: usize = read_old(&cluster, &kept).await?.parse()?;
        ensure!(found >= count, "{kept} has {found} of {count} rows");
        kubernetes::kill_pod(&west, &cluster.namespace, &primary).await?;
        let status = ends(&cluster, &name).await?;
        ensure!(status.phase == Phase::Succeeded, "{status:?}");
        let last = status.steps.last().map(|step| step.name.clone());
        ensure!(last == Some(format!("bring back {kept}")), "{status:?}");
        cluster.running().await?;
        rows.goes_on().await?;
        serves(&cluster, "17").await?;
        rows.stop_and_compare().await?;
        Ok(())
    });
}

/// What docs/operators.md says of the replica that is kept: its old data can be read, and is not
/// changed by that. Gives the count of rows.
async fn read_old(cluster: &Cluster, kept: &str) -> Result<String> {
    let script = "\
        as_postgres='setpriv --reuid=postgres --regid=postgres --init-groups'; \
        pg_ctl='/usr/lib/postgresql/15/bin/pg_ctl -D /home/postgres/pgdata/pgroot/data'; \
        $as_postgres $pg_ctl -w -l /tmp/old.log -o '-c listen_addresses= -c primary_conninfo=' start >&2; \
        psql -XAtq -h /run/postgresql -U postgres -d postgres -c 'SELECT count(*) FROM rows'; \
        $as_postgres $pg_ctl -m fast stop >&2";
    let said = cluster.exec(kept, &["bash", "-c", script]).await?;
    Ok(said.trim().to_owned())
}

pub async fn ask(cluster: &Cluster) -> Result<String> {
    let members = cluster.manifest().await?.spec.number_of_instances;
    let action = json!({ "upgrade": { "to": "17", "noWayBack": members < 3 } });
    cluster.ask(action, json!({})).await
}

pub async fn ends(cluster: &Cluster, name: &str) -> Result<pg_core::operation::OperationStatus> {
    wait::until_within(&format!("{name} ends"), DONE, async || {
        let status = cluster.operation(name).await?;
        ensure!(status.phase.is_final(), "{status:?}");
        Ok(status)
    })
    .await
}

const OWN: &str = "/home/postgres/pgdata/pgroot/upgrade";

/// Waits until the journal of a member is at this state.
pub async fn reaches(cluster: &Cluster, member: &str, operation: &str, state: &str) -> Result {
    wait::until_within(&format!("{member} is {state}"), DONE, async || {
        let journal = format!("{OWN}/journal.json");
        let text = cluster.exec(member, &["cat", &journal]).await?;
        let journal: Value = serde_json::from_str(&text)?;
        let is_there = journal["operation"] == operation && journal["state"] == state;
        ensure!(is_there, "{journal}");
        Ok(())
    })
    .await
}

/// Waits until a member is past its commit point: in its journal, or in what a journal leaves
/// that was closed between two looks.
pub async fn commits(cluster: &Cluster, member: &str, operation: &str) -> Result {
    wait::until_within(&format!("{member} has committed"), DONE, async || {
        let files = format!("cat {OWN}/journal.json {OWN}/last.json 2>/dev/null; true");
        let text = cluster.exec(member, &["sh", "-c", &files]).await?;
        let found = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
        let committed = found.flatten().any(|one| {
            let state = one["state"].as_str().unwrap_or_default();
            let is_past = ["committed", "swapped", "serving"].contains(&state);
            one["operation"] == operation && (is_past || one["done"] == true)
        });
        ensure!(committed, "{text}");
        Ok(())
    })
    .await
}

/// Every member runs this major version.
pub async fn serves(cluster: &Cluster, major: &str) -> Result {
    for member in cluster.status().await?.members {
        let version = cluster.sql(&member.name, "SHOW server_version").await?;
        ensure!(version.starts_with(major), "{} runs {version}", member.name);
    }
    Ok(())
}

/// The system identifier that Patroni goes by.
async fn system(cluster: &Cluster) -> Result<String> {
    let config = cluster.children::<ConfigMap>().get("main-config").await?;
    let found = config.annotations().get("initialize").cloned();
    Ok(found.ok_or("initialize is absent")?)
}
