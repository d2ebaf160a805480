//! Between two waves of a rollout each gate is closed and opened on real pods, and a window is.

use pg_tests::{
    Result, cluster::Cluster, ensure, manifest, plugin::Plugin, site::Place, test::run, wait,
};
use serde_json::json;

use crate::rollout::open;

const STARTED: &str = "SELECT pg_postmaster_start_time()";
/// What is asked of the application's own table.
const QUERY: &str = "sql=SELECT EXISTS (SELECT FROM ready)";

/// The second of two clusters has to wait for the first: while its replica lags, connections are
/// taken, WAL is not archived, a query says no, and errors are in its log.
#[test]
fn gates_and_windows_close_and_open() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        let settings = json!({ "archive_mode": "on", "max_connections": "100" });
        let more = json!({ "postgresql": { "parameters": settings } });
        let one = test
            .created(&west, "one", manifest::with(2, more.clone()))
            .await?;
        let two = test.created(&west, "two", manifest::with(1, more)).await?;
        one.running().await?;
        two.running().await?;
        let began = two.sql("two-0", STARTED).await?;
        let here = format!("--context {}", west.context);
        let restart = format!("restart {} {} --soak 0", one.target(), two.target());
        let sure = "--yes --expect-count 2";
        let directory = std::env::temp_dir().join(&test.namespace);
        std::fs::create_dir_all(&directory)?;

        // On another day nothing begins.
        let file = directory.join("plan.yaml");
        let file = file.display();
        let day = |days: u8| {
            format!("SELECT to_char(now() AT TIME ZONE 'UTC' + interval '{days} days', 'Dy')")
        };
        let (today, later) = (
            two.sql("two-0", &day(0)).await?,
            two.sql("two-0", &day(2)).await?,
        );
        let window = format!("--window {later}:00:00-23:59 --plan {file}");
        plugin.ok(&format!("{restart} {window}")).await?;
        let start = format!("rollout start {file} {here} {sure} --wait=false");
        plugin.fails(&start, 6, &["window"]).await?;
        let id = open(&two).await?.ok_or("its slice is gone")?;
        plugin
            .ok(&format!("rollout abort {id} {here} --yes"))
            .await?;

        // Today it does; the approval gives time to close all others.
        let line = format!("{restart} {sure} --window {today}:00:00-23:59");
        let gates = "approval leader lag=65536 connections=20% archiving";
        let gates: Vec<&str> = gates.split(' ').chain([QUERY, "log=0"]).collect();
        let words: Vec<&str> = gates.iter().flat_map(|gate| ["--gate", *gate]).collect();
        let ended = plugin.run(&line, &words).await?;
        ended.exits(6)?.says(&["wave 1 is done"])?;
        let id = open(&two).await?.ok_or("its slice is gone")?;
        close(&one).await?;
        plugin.ok(&format!("rollout approve {id} {here}")).await?;

        let resume = format!("rollout resume {id} {here}");
        for gate in &gates[2..] {
            plugin.fails(&resume, 6, &["gate ", gate]).await?;
            ensure!(
                two.sql("two-0", STARTED).await? == began,
                "{gate} let it through"
            );
            match *gate {
                // What is written stays written: a person has to let it through.
                "log=0" => drop(plugin.ok(&format!("rollout approve {id} {here}")).await?),
                _ => opens(&one, gate).await?,
            }
        }
        plugin.ok(&resume).await?;
        ensure!(
            two.sql("two-0", STARTED).await? != began,
            "two was not restarted"
        );
        std::fs::remove_dir_all(directory)?;
        Ok(())
    });
}

/// All gates but the leader's.
async fn close(cluster: &Cluster) -> Result {
    let (primary, replica) = (
        cluster.primary().await?,
        cluster.replicas().await?.swap_remove(0),
    );
    // Patroni would resume a replay that is paused.
    replays(cluster, &replica, "STOP").await?;
    let rows = "CREATE TABLE ready (); CREATE TABLE t AS SELECT generate_series(1, 20000) AS n";
    cluster.sql(&primary, rows).await?;
    let sleeps = "for n in $(seq 30); do setsid psql -XAtq -h /run/postgresql -U postgres -d postgres \
                  -c 'SELECT pg_sleep(600)' </dev/null >/dev/null 2>&1 & done";
    cluster.exec(&primary, &["bash", "-c", sleeps]).await?;
    archive_with(cluster, &primary, "/bin/false").await
}

/// One of them.
async fn opens(cluster: &Cluster, gate: &str) -> Result {
    let (primary, replica) = (
        cluster.primary().await?,
        cluster.replicas().await?.swap_remove(0),
    );
    let is_open = match gate.split('=').next() {
        Some("lag") => {
            replays(cluster, &replica, "CONT").await?;
            "SELECT bool_and(replay_lsn = sent_lsn) FROM pg_stat_replication"
        }
        Some("connections") => {
            // Each leaves a line of FATAL, for the last gate.
            let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                       WHERE query = 'SELECT pg_sleep(600)'";
            cluster.sql(&primary, end).await?;
            "SELECT count(*) < 15 FROM pg_stat_activity WHERE backend_type = 'client backend'"
        }
        Some("archiving") => return archive_with(cluster, &primary, "/bin/true").await,
        _ => {
            let row = "INSERT INTO ready DEFAULT VALUES";
            return cluster.sql(&primary, row).await.map(drop);
        }
    };
    wait::until(&format!("{gate} may pass"), async || {
        ensure!(cluster.sql(&primary, is_open).await? == "t", "not yet");
        Ok(())
    })
    .await
}

/// Stops the process that replays WAL, or lets it go on.
async fn replays(cluster: &Cluster, replica: &str, signal: &str) -> Result {
    let kill = format!("pkill -{signal} -f '^postgres: .*startup recovering'");
    cluster.exec(replica, &["sh", "-c", &kill]).await.map(drop)
}

/// WAL goes this way from now on, and some of it does.
pub async fn archive_with(cluster: &Cluster, primary: &str, command: &str) -> Result {
    let set = format!("ALTER SYSTEM SET archive_command = '{command}'");
    cluster.sql(primary, &set).await?;
    cluster.sql(primary, "SELECT pg_reload_conf()").await?;
    let some = "SELECT pg_logical_emit_message(true, 'some', 'WAL')";
    cluster.sql(primary, some).await?;
    cluster.sql(primary, "SELECT pg_switch_wal()").await?;
    let state = match command {
        "/bin/true" => "SELECT last_failed_time <= last_archived_time FROM pg_stat_archiver",
        _ => "SELECT failed_count > 0 FROM pg_stat_archiver",
    };
    wait::until(&format!("{command} was run"), async || {
        ensure!(cluster.sql(primary, state).await? == "t", "not yet");
        Ok(())
    })
    .await
}
