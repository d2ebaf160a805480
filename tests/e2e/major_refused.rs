//! What stands against an upgrade to another major version, in a cluster where all of it is there.

use pg_tests::{ensure, manifest, plugin::Plugin, site::Place, test::run};
use serde_json::json;

/// Of 15 and not of 17: an extension, and its library. What reads the slot and the WAL stays, or
/// Patroni would take the slot away.
const STANDS: &str = r#"
set -e
export PGHOST=/run/postgresql PGUSER=postgres PGDATABASE=postgres
sql() { psql -Xq -v ON_ERROR_STOP=1 -c "$1"; }
sql "CREATE EXTENSION adminpack"
sql "ALTER ROLE standby SET session_preload_libraries = 'adminpack'"
PGOPTIONS='-c allow_in_place_tablespaces=on' sql "CREATE TABLESPACE aside LOCATION ''"
mkdir -p /tmp/received
setsid pg_recvlogical -d postgres --slot feed --create-slot --start -P test_decoding -f /dev/null </dev/null >/tmp/reads.log 2>&1 &
PGUSER=standby setsid pg_receivewal -D /tmp/received </dev/null >>/tmp/reads.log 2>&1 &
for n in $(seq 100); do
  if [ "$(psql -XAtqc "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")" = 2 ]; then
    # Last: a slot of logical replication waits for transactions that are open.
    sql "BEGIN; CREATE TABLE half (); PREPARE TRANSACTION 'half'"
    exit
  fi
  sleep 0.2
done
psql -Xc 'TABLE pg_stat_replication' >&2; cat /tmp/reads.log >&2; exit 1
"#;

const MENDED: &str = r#"
export PGHOST=/run/postgresql PGUSER=postgres PGDATABASE=postgres
for sql in "ROLLBACK PREPARED 'half'" "DROP EXTENSION adminpack" "DROP TABLESPACE aside" \
  "ALTER ROLE standby RESET session_preload_libraries"; do psql -Xq -c "$sql" || exit; done
pkill pg_recvlogical; pkill pg_receivewal
until [ "$(psql -XAtqc 'SELECT count(*) FROM pg_replication_slots')" = 0 ]; do
  psql -Xq -c "SELECT pg_drop_replication_slot('feed')" >/dev/null 2>&1; sleep 0.2
done
"#;

/// Each by its name, in one look that nobody feels; once it is gone nothing stands against it.
#[test]
fn what_stands_against_it_is_named() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        let parameters = json!({ "wal_level": "logical", "max_prepared_transactions": "5" });
        let more = json!({ "postgresql": { "version": "15", "parameters": parameters } });
        let cluster = test.running(&west, "main", manifest::with(1, more)).await?;
        let before = cluster.incarnations().await?;
        let check = format!("upgrade {} --to 17 --check", cluster.target());
        cluster.exec("main-0", &["bash", "-c", STANDS]).await?;
        let names = [
            "PreparedTransactions: 1",
            "LogicalSlots: slots of logical replication would be lost: feed",
            "Followers: others stream from this primary",
            "pg_receivewal at",
            "Tablespaces: tablespaces cannot be brought along: aside",
            "MissingLibraries: libraries that 17 lacks: adminpack (session_preload_libraries)",
            "MissingExtensions: extensions that 17 lacks here: adminpack",
        ];
        plugin.fails(&check, 5, &names).await?;
        cluster.exec("main-0", &["bash", "-c", MENDED]).await?;
        let checked = plugin.ok(&check).await?;
        ensure!(checked.contains("from 15 to 17"), "{checked}");
        ensure!(cluster.incarnations().await? == before, "it was restarted");
        Ok(())
    });
}
