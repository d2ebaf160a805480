//! Copies of Postgres clusters, with passwords of their own: by the manifest, and upgraded on the way.

use pg_tests::{
    Result, cluster::Cluster, ensure, kubernetes, manifest, plugin::Plugin, site::Place, test::run,
    wait,
};
use serde_json::json;

use crate::clone_elsewhere::nothing_of;

/// Large enough to be caught in the act.
pub const ROWS: &str = "CREATE TABLE t AS SELECT n, repeat(md5(n::text), 20) AS text \
                    FROM generate_series(1, 200000) AS n";
pub const SUM: &str = "SELECT count(*) || ' ' || sum(n) FROM t";

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
        has_begun(&copy).await?;
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
        let copy = wait::until("the copy is there", async || {
            Cluster::find(&west, &test.namespace, "copy").await
        })
        .await?;
        has_begun(&copy).await?;
        kubernetes::kill_pod(&west, &test.namespace, "copy-0").await?;
        let code = going.ended().await?;
        ensure!(code == Some(0), "it ended with {code:?}");
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

/// Waits until the first member of a copy makes its base backup.
async fn has_begun(copy: &Cluster) -> Result {
    wait::until("the copy has begun", async || {
        let list = ["ls", "/home/postgres/pgdata/pgroot"];
        let files = copy.exec(&copy.member(0), &list).await?;
        ensure!(files.contains("data.copying"), "{files}");
        Ok(())
    })
    .await
}
