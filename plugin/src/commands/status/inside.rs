//! What the primary itself says: one program in its pod, every answer a line that begins with its
//! section.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use serde::Serialize;

use super::configured::{Rule, Setting};
use crate::{
    certificate::ends_at,
    cluster::Cluster,
    commands::{exec::script, psql::pod},
    error::{Error, Kind, Result},
};

/// One session, so that all is said of one place in the WAL.
const SCRIPT: &str = r#"
psql -XAtq -h /var/run/postgresql -U postgres -d postgres 2>&1 <<'SQL'
select pg_is_in_recovery() as follows, case when pg_is_in_recovery() then coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(), '0/0') else pg_current_wal_lsn() end as lsn \gset
select 'fact', 'systemIdentifier', system_identifier from pg_control_system();
select 'fact', 'writeLsn', :'lsn';
\if :follows
\else
select 'fact', 'walFile', pg_walfile_name(:'lsn');
\endif
select 'fact', 'connections', (select count(*) from pg_stat_activity where backend_type = 'client backend') || ' of ' || current_setting('max_connections');
select 'fact', 'archiving', case when current_setting('archive_mode') = 'off' then 'off' else coalesce('last ' || last_archived_wal || ' at ' || last_archived_time, 'nothing yet') || ', ' || failed_count || ' failed' || coalesce(', last ' || last_failed_wal || ' at ' || last_failed_time, '') end from pg_stat_archiver;
select 'fact', 'walsToArchive', count(*) from pg_ls_archive_statusdir() where name like '%.ready';
select 'fact', 'oldestTransaction', coalesce(max(now() - xact_start)::text, 'none') from pg_stat_activity where state <> 'idle' and pid <> pg_backend_pid();
select 'fact', 'transactionsLeft', 2^31 - max(age(datfrozenxid)) from pg_database;
select 'fact', 'started', pg_postmaster_start_time();
select 'fact', 'dataBytes', sum(pg_database_size(oid)) from pg_database;
select 'replica', application_name, state, sync_state, coalesce(sent_lsn, '0/0'), coalesce(write_lsn, '0/0'), coalesce(flush_lsn, '0/0'), coalesce(replay_lsn, '0/0'), coalesce(pg_wal_lsn_diff(:'lsn', replay_lsn), 0)::bigint, coalesce(extract(epoch from write_lag) * 1000, 0)::bigint, coalesce(extract(epoch from flush_lag) * 1000, 0)::bigint, coalesce(extract(epoch from replay_lag) * 1000, 0)::bigint, sync_priority, coalesce((select slot_name from pg_replication_slots s where s.active_pid = r.pid limit 1), '') from pg_stat_replication r where state <> 'backup' order by 1;
select 'backup', pid, phase, coalesce(backup_streamed, 0), coalesce(backup_total, 0), coalesce((select to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') from pg_stat_activity a where a.pid = b.pid), '') from pg_stat_progress_basebackup b order by 2;
select 'slot', slot_name, slot_type, active, coalesce(wal_status, ''), coalesce(pg_wal_lsn_diff(:'lsn', restart_lsn), 0)::bigint, coalesce(restart_lsn::text, ''), coalesce(safe_wal_size::text, '') from pg_replication_slots order by 2;
select 'database', datname, pg_database_size(oid), (select count(*) from pg_stat_activity a where a.datid = d.oid) from pg_database d where not datistemplate order by 3 desc;
select 'role', rolname, rolcanlogin, rolsuper, rolreplication, (select count(*) from pg_stat_activity a where a.usename = rolname), coalesce(rolvaliduntil::text, '') from pg_roles where rolname !~ '^pg_' order by 2;
select 'tablespace', spcname, pg_tablespace_size(oid), pg_tablespace_location(oid) from pg_tablespace order by 2;
select 'rule', line_number, coalesce(type, ''), coalesce(array_to_string(database, ','), ''), coalesce(array_to_string(user_name, ','), ''), coalesce(address || coalesce('/' || netmask, ''), ''), coalesce(auth_method, ''), coalesce(error, '') from pg_hba_file_rules order by 2;
select 'setting', name, source, pending_restart, translate(current_setting(name), E'\n\r', '  ') from pg_settings where source not in ('default', 'override', 'client', 'session') order by 2;
select 'certificate', line from regexp_split_to_table(pg_read_file(current_setting('ssl_cert_file'), 0, 65536, true), '\n') line;
SQL
true
"#;

/// The answer.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inside {
    /// Single values, by name.
    pub facts: BTreeMap<String, String>,
    /// When the certificate ends that clients are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_ends: Option<Timestamp>,
    /// Who streams.
    pub replicas: Vec<Replica>,
    /// Base backups under way.
    pub base_backups: Vec<BaseBackup>,
    /// Replication slots.
    pub slots: Vec<Slot>,
    /// Databases, the largest first.
    pub databases: Vec<Database>,
    /// Roles as PostgreSQL has them.
    pub roles: Vec<Role>,
    /// Tablespaces.
    pub tablespaces: Vec<Tablespace>,
    /// Who is let in.
    pub rules: Vec<Rule>,
    /// Settings that are not PostgreSQL's own.
    pub settings: Vec<Setting>,
    /// What psql complained of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub complaints: Vec<String>,
}

/// One that streams; places in the WAL, and times in ms.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Replica {
    pub name: String,
    pub state: String,
    pub sync_state: String,
    pub sent_lsn: String,
    pub write_lsn: String,
    pub flush_lsn: String,
    pub replay_lsn: String,
    pub behind_bytes: i64,
    pub write_lag_ms: i64,
    pub flush_lag_ms: i64,
    pub replay_lag_ms: i64,
    pub sync_priority: i64,
    /// Empty: it streams without one.
    pub slot: String,
}

/// A base backup under way.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct BaseBackup {
    pub pid: i64,
    pub phase: String,
    pub sent_bytes: i64,
    /// 0: not known.
    pub total_bytes: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
}

/// A replication slot.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Slot {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub active: bool,
    pub wal_status: String,
    pub holds_bytes: i64,
    /// Empty: it has held nothing yet.
    pub restart_lsn: String,
    /// How much more may be written until it is lost; none: it is never lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safe_bytes: Option<i64>,
}

/// A database.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct Database {
    pub name: String,
    pub bytes: i64,
    pub connections: i64,
}

/// A role.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Role {
    pub name: String,
    pub login: bool,
    pub superuser: bool,
    pub replication: bool,
    pub connections: i64,
    /// Empty: for ever.
    pub valid_until: String,
}

/// A tablespace.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct Tablespace {
    pub name: String,
    pub bytes: i64,
    /// Empty: in the data directory.
    pub location: String,
}

/// Asks the primary, for so long.
pub async fn ask(cluster: &Cluster, patience: Duration) -> Result<Inside> {
    let asked = async {
        let pod = pod(cluster, false).await?;
        script(cluster, &pod, SCRIPT, &[]).await
    };
    let late = || Error::new(Kind::TimedOut, format!("no answer within {patience:?}"));
    let answer = tokio::time::timeout(patience, asked).await;
    Ok(read(&answer.unwrap_or_else(|_| Err(late()))?))
}

/// The lines of an answer; one without a known form is a complaint.
pub fn read(answer: &str) -> Inside {
    let mut inside = Inside::default();
    let mut certificate = String::new();
    for line in answer.lines().filter(|line| !line.is_empty()) {
        if let Some(line) = line.strip_prefix("certificate|") {
            certificate.push_str(line);
            certificate.push('\n');
        } else if inside.take(line).is_none() {
            inside.complaints.push(line.to_owned());
        }
    }
    inside.certificate_ends = ends_at(&certificate);
    inside
}

impl Inside {
    /// How far a member is: where the primary writes, or what a replica has replayed.
    pub fn lsn_of(&self, member: &str, primary: Option<&str>) -> Option<&str> {
        if primary == Some(member) {
            return self.facts.get("writeLsn").map(String::as_str);
        }
        let replica = self.replicas.iter().find(|one| one.name == member)?;
        Some(&replica.replay_lsn)
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let words: Vec<&str> = line.split('|').collect();
        let number = |text: &str| text.parse::<i64>().ok();
        let text = |text: &str| text.to_owned();
        match *words.as_slice() {
            ["fact", name, ref rest @ ..] => {
                self.facts.insert(text(name), rest.join("|"));
            }
            [
                "replica",
                name,
                state,
                sync,
                sent,
                write,
                flush,
                replay,
                behind,
                lag,
                flushed,
                replayed,
                priority,
                slot,
            ] => {
                self.replicas.push(Replica {
                    name: text(name),
                    state: text(state),
                    sync_state: text(sync),
                    sent_lsn: text(sent),
                    write_lsn: text(write),
                    flush_lsn: text(flush),
                    replay_lsn: text(replay),
                    behind_bytes: number(behind)?,
                    write_lag_ms: number(lag)?,
                    flush_lag_ms: number(flushed)?,
                    replay_lag_ms: number(replayed)?,
                    sync_priority: number(priority)?,
                    slot: text(slot),
                });
            }
            ["backup", pid, phase, sent, total, started] => self.base_backups.push(BaseBackup {
                pid: number(pid)?,
                phase: text(phase),
                sent_bytes: number(sent)?,
                total_bytes: number(total)?,
                started_at: started.parse().ok(),
            }),
            ["slot", name, kind, active, wal, holds, restart, safe] => self.slots.push(Slot {
                name: text(name),
                kind: text(kind),
                active: active == "t",
                wal_status: text(wal),
                holds_bytes: number(holds)?,
                restart_lsn: text(restart),
                safe_bytes: number(safe),
            }),
            ["database", name, bytes, connections] => self.databases.push(Database {
                name: text(name),
                bytes: number(bytes)?,
                connections: number(connections)?,
            }),
            [
                "role",
                name,
                login,
                superuser,
                replication,
                connections,
                until,
            ] => {
                self.roles.push(Role {
                    name: text(name),
                    login: login == "t",
                    superuser: superuser == "t",
                    replication: replication == "t",
                    connections: number(connections)?,
                    valid_until: text(until),
                });
            }
            ["tablespace", name, bytes, location] => self.tablespaces.push(Tablespace {
                name: text(name),
                bytes: number(bytes)?,
                location: text(location),
            }),
            ["rule", line, kind, database, user, address, method, error] => {
                self.rules.push(Rule {
                    line: number(line)?,
                    kind: text(kind),
                    database: text(database),
                    user: text(user),
                    address: text(address),
                    method: text(method),
                    error: text(error),
                });
            }
            ["setting", name, source, pending, ref value @ ..] => {
                let value = value.join("|");
                self.settings
                    .push(Setting::new(name, source, pending, &value));
            }
            _ => return None,
        }
        Some(())
    }
}
