//! `status -v`: what the primary itself says, by one program in its pod, and what the manifest
//! asks for.

use serde_json::Value;

use crate::{
    cluster::Cluster,
    commands::{exec::script, psql::pod},
    output::{
        table::{Cell, Column, Table, Tone},
        text::bytes,
    },
    session::Session,
};

/// Each line begins with the section that it belongs to.
const SCRIPT: &str = r#"
ask() { psql -XAtq -h /var/run/postgresql -U postgres -d postgres -c "$2" 2>&1 | sed "s/^/$1|/"; }
ask replica "select application_name, state, sync_state, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::bigint, coalesce(extract(epoch from replay_lag), 0)::int from pg_stat_replication order by 1"
ask slot "select slot_name, slot_type, active, coalesce(wal_status, ''), coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint from pg_replication_slots order by 1"
ask database "select datname, pg_database_size(oid), (select count(*) from pg_stat_activity a where a.datid = d.oid) from pg_database d where not datistemplate order by 2 desc"
ask fact "select 'Connections', (select count(*) from pg_stat_activity where backend_type = 'client backend') || ' of ' || current_setting('max_connections')"
ask fact "select 'Archiving', case when current_setting('archive_mode') = 'off' then 'off' else coalesce('last ' || last_archived_wal || ' at ' || last_archived_time, 'nothing yet') || ', ' || failed_count || ' failed' end from pg_stat_archiver"
ask fact "select 'Oldest transaction', coalesce(max(now() - xact_start)::text, 'none') from pg_stat_activity where state <> 'idle' and pid <> pg_backend_pid()"
ask fact "select 'Transactions left', 2^31 - max(age(datfrozenxid)) from pg_database"
ask fact "select 'Started', pg_postmaster_start_time()"
"#;

/// Prints the sections.
pub async fn print(session: &Session, cluster: &Cluster) {
    let screen = &session.screen;
    let mut style = screen.style();
    let wished = wished(cluster);
    if !wished.is_empty() {
        style.headers = false;
        screen.data("\nManifest\n");
        screen.data(&wished.render(style));
        style.headers = screen.style().headers;
    }
    let answer = async {
        let pod = pod(cluster, false).await?;
        script(cluster, &pod, SCRIPT, &[]).await
    };
    let answer = match answer.await {
        Ok(answer) => answer,
        Err(error) => {
            screen.warn(&format!("the primary was not asked: {error}"));
            return;
        }
    };
    for (title, table) in sections(&answer) {
        if table.is_empty() {
            continue;
        }
        screen.data(&format!("\n{title}\n"));
        style.headers = screen.style().headers && title != "Primary";
        screen.data(&table.render(style));
    }
}

/// What the manifest asks for, beside what every status tells.
fn wished(cluster: &Cluster) -> Table {
    let mut table = Table::new(vec![Column::new("").stays(), Column::new("")]);
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut fact = |name: String, value: Option<&Value>| {
        if let Some(value) = value {
            table.row(vec![name.into(), text(value).into()]);
        }
    };
    fact("Volume".to_owned(), cluster.spec(&["volume", "size"]));
    fact(
        "Storage class".to_owned(),
        cluster.spec(&["volume", "storageClass"]),
    );
    fact(
        "CPU".to_owned(),
        cluster.spec(&["resources", "requests", "cpu"]),
    );
    fact(
        "Memory".to_owned(),
        cluster.spec(&["resources", "requests", "memory"]),
    );
    for (title, path) in [
        ("Parameter", ["postgresql", "parameters"].as_slice()),
        ("Role", &["users"]),
        ("Database", &["databases"]),
    ] {
        let entries = cluster.spec(path).and_then(Value::as_object);
        for (name, value) in entries.into_iter().flatten() {
            fact(format!("{title} {name}"), Some(value));
        }
    }
    table
}

/// The tables of an answer.
fn sections(answer: &str) -> Vec<(&'static str, Table)> {
    let table = |titles: &[&str]| Table::new(titles.iter().copied().map(Column::new).collect());
    let mut replicas = table(&["REPLICA", "STATE", "SYNC", "LAG", "BEHIND"]);
    let mut slots = table(&["SLOT", "TYPE", "ACTIVE", "WAL", "HOLDS"]);
    let mut databases = table(&["DATABASE", "SIZE", "CONNECTIONS"]);
    let mut facts = Table::new(vec![Column::new("").stays(), Column::new("")]);
    let size = |text: &str| text.parse().map_or_else(|_| text.to_owned(), bytes);
    for line in answer.lines() {
        let words: Vec<&str> = line.split('|').collect();
        match words.as_slice() {
            ["replica", name, state, sync, lag, seconds] => replicas.row(vec![
                (*name).into(),
                Cell::new(*state).tone(if *state == "streaming" {
                    Tone::Plain
                } else {
                    Tone::Warning
                }),
                (*sync).into(),
                size(lag).into(),
                format!("{seconds}s").into(),
            ]),
            ["slot", name, kind, active, wal, holds] => slots.row(vec![
                (*name).into(),
                (*kind).into(),
                if *active == "t" {
                    "yes".into()
                } else {
                    Cell::new("no").tone(Tone::Warning)
                },
                (*wal).into(),
                size(holds).into(),
            ]),
            ["database", name, bytes, connections] => {
                databases.row(vec![
                    (*name).into(),
                    size(bytes).into(),
                    (*connections).into(),
                ]);
            }
            ["fact", name, rest @ ..] => facts.row(vec![(*name).into(), rest.join("|").into()]),
            // What psql complains of has no such form.
            [section, rest @ ..] if !rest.is_empty() => {
                let said = rest.join("|");
                facts.row(vec![(*section).into(), Cell::new(said).tone(Tone::Bad)]);
            }
            _ => {}
        }
    }
    vec![
        ("Primary", facts),
        ("Replication", replicas),
        ("Slots", slots),
        ("Databases", databases),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::table::Style;

    #[test]
    fn answers_become_tables() {
        let answer = "replica|main-1|streaming|async|1048576|2\n\
                      slot|main_1|physical|t|reserved|0\n\
                      slot|old|logical|f|extended|99999999\n\
                      database|app|10485760|3\n\
                      fact|Connections|4 of 100\n\
                      replica|ERROR:  permission denied\n";
        let style = Style {
            width: None,
            color: false,
            headers: true,
        };
        let text: String = sections(answer)
            .into_iter()
            .map(|(title, table)| format!("{title}\n{}", table.render(style)))
            .collect();
        for part in [
            "streaming",
            "1024 KiB",
            "old",
            "95 MiB",
            "app",
            "4 of 100",
            "permission denied",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
