//! What the primary says, as tables.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    configured,
    inside::{Inside, Replica},
};
use crate::{
    cluster::Cluster,
    output::{
        table::{Cell, Column, Table, Tone},
        text::bytes,
    },
    session::Session,
};

/// Titles of the facts, in their order.
const FACTS: [(&str, &str); 10] = [
    ("systemIdentifier", "System identifier"),
    ("started", "Started"),
    (DATA, "Size of data"),
    ("writeLsn", "Write LSN"),
    ("walFile", "WAL file"),
    ("connections", "Connections"),
    ("archiving", "Archiving"),
    ("walsToArchive", "To archive"),
    ("oldestTransaction", "Oldest transaction"),
    ("transactionsLeft", "Transactions left"),
];

/// The one that is a number of bytes.
const DATA: &str = "dataBytes";

/// Prints the sections; all of them with `-v`.
pub fn print(session: &Session, cluster: &Cluster, inside: Option<&Inside>) {
    let verbose = session.screen.verbose;
    if verbose {
        section(session, "Manifest", wished(cluster));
    }
    let Some(inside) = inside else {
        return;
    };
    section(session, "Primary", facts(session, inside));
    section(session, "Replication", replicas(&inside.replicas));
    section(
        session,
        "Base backups",
        base_backups(|at| session.screen.time(at), inside),
    );
    if verbose {
        section(session, "Slots", slots(inside));
        section(session, "Databases", databases(inside));
        section(session, "Roles", roles(cluster, inside));
        section(session, "Tablespaces", tablespaces(inside));
        section(session, "Settings", configured::settings(inside));
        section(session, "Who is let in", configured::rules(inside));
    }
}

/// One section, where there is anything in it.
pub fn section(session: &Session, title: &str, table: Table) {
    if table.is_empty() {
        return;
    }
    let mut style = session.screen.style();
    style.headers = style.headers && !["Manifest", "Primary"].contains(&title);
    session.screen.data(&format!("\n{title}\n"));
    session.screen.exact(&table.render(style));
}

fn with(titles: &[&'static str]) -> Table {
    let columns = titles.iter().copied().map(Column::new);
    Table::new(columns.collect())
}

fn pairs() -> Table {
    Table::new(vec![
        Column::new("").stays(),
        Column::new("").stays().folds(20),
    ])
}

fn facts(session: &Session, inside: &Inside) -> Table {
    let mut table = pairs();
    for (key, title) in FACTS {
        if let Some(text) = inside.facts.get(key) {
            let size = text.parse().ok().filter(|_| key == DATA).map(bytes);
            let text = size.unwrap_or_else(|| text.clone());
            table.row(vec![title.into(), text.into()]);
        }
    }
    if let Some(at) = inside.certificate_ends {
        let text = session.screen.time(at);
        table.row(vec!["Certificate until".into(), text.into()]);
    }
    for complaint in &inside.complaints {
        let cell = Cell::new(complaint.as_str()).tone(Tone::Bad);
        table.row(vec!["psql".into(), cell]);
    }
    table
}

fn replicas(all: &[Replica]) -> Table {
    let mut table = with(&[
        "REPLICA",
        "STATE",
        "SYNC",
        "BEHIND",
        "LAG",
        "SENT",
        "WRITE",
        "FLUSH",
        "REPLAY",
        "WRITE LAG",
        "FLUSH LAG",
        "PRIORITY",
        "SLOT",
    ]);
    for one in all {
        let tone = match one.state.as_str() {
            "streaming" => Tone::Plain,
            _ => Tone::Warning,
        };
        let lag = |ms: i64| Cell::new(format!("{ms} ms"));
        table.row(vec![
            one.name.as_str().into(),
            Cell::new(one.state.as_str()).tone(tone),
            one.sync_state.as_str().into(),
            bytes(one.behind_bytes).into(),
            lag(one.replay_lag_ms),
            one.sent_lsn.as_str().into(),
            one.write_lsn.as_str().into(),
            one.flush_lsn.as_str().into(),
            one.replay_lsn.as_str().into(),
            lag(one.write_lag_ms),
            lag(one.flush_lag_ms),
            one.sync_priority.to_string().into(),
            one.slot.as_str().into(),
        ]);
    }
    table
}

fn base_backups(time: impl Fn(Timestamp) -> String, inside: &Inside) -> Table {
    let mut table = with(&["PID", "PHASE", "SENT", "OF", "SINCE"]);
    for one in &inside.base_backups {
        let total = match one.total_bytes {
            0 => "?".to_owned(),
            total => bytes(total),
        };
        table.row(vec![
            one.pid.to_string().into(),
            one.phase.as_str().into(),
            bytes(one.sent_bytes).into(),
            total.into(),
            one.started_at.map(&time).unwrap_or_default().into(),
        ]);
    }
    table
}

fn slots(inside: &Inside) -> Table {
    let mut table = with(&["SLOT", "TYPE", "ACTIVE", "WAL", "HOLDS", "FROM", "SAFE FOR"]);
    for one in &inside.slots {
        table.row(vec![
            one.name.as_str().into(),
            one.kind.as_str().into(),
            match one.active {
                true => "yes".into(),
                false => Cell::new("no").tone(Tone::Warning),
            },
            one.wal_status.as_str().into(),
            bytes(one.holds_bytes).into(),
            one.restart_lsn.as_str().into(),
            one.safe_bytes.map(bytes).unwrap_or_default().into(),
        ]);
    }
    table
}

fn databases(inside: &Inside) -> Table {
    let mut table = with(&["DATABASE", "SIZE", "CONNECTIONS"]);
    for one in &inside.databases {
        table.row(vec![
            one.name.as_str().into(),
            bytes(one.bytes).into(),
            one.connections.to_string().into(),
        ]);
    }
    table
}

/// Roles as PostgreSQL has them, and those of the manifest that it does not have.
fn roles(cluster: &Cluster, inside: &Inside) -> Table {
    let wanted = cluster.spec(&["users"]).and_then(Value::as_object);
    let mut table = with(&["ROLE", "MANIFEST", "CAN", "CONNECTIONS", "VALID UNTIL"]);
    for one in &inside.roles {
        let is_wanted = wanted.is_some_and(|all| all.contains_key(&one.name));
        let can = [
            (one.login, "login"),
            (one.superuser, "superuser"),
            (one.replication, "replication"),
        ];
        let can: Vec<&str> = can
            .iter()
            .filter(|(can, _)| *can)
            .map(|(_, word)| *word)
            .collect();
        table.row(vec![
            one.name.as_str().into(),
            if is_wanted { "yes" } else { "-" }.into(),
            can.join(",").into(),
            one.connections.to_string().into(),
            one.valid_until.as_str().into(),
        ]);
    }
    let missing = wanted.into_iter().flat_map(|all| all.keys());
    for name in missing.filter(|name| inside.roles.iter().all(|one| one.name != **name)) {
        let cell = Cell::new("not created yet").tone(Tone::Warning);
        table.row(vec![
            name.as_str().into(),
            cell,
            "".into(),
            "".into(),
            "".into(),
        ]);
    }
    table
}

fn tablespaces(inside: &Inside) -> Table {
    let mut table = with(&["TABLESPACE", "SIZE", "WHERE"]);
    for one in &inside.tablespaces {
        table.row(vec![
            one.name.as_str().into(),
            bytes(one.bytes).into(),
            one.location.as_str().into(),
        ]);
    }
    table
}

/// What the manifest asks for, beside what every status tells.
fn wished(cluster: &Cluster) -> Table {
    let mut table = pairs();
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::commands::status::inside::read;

    #[tokio::test]
    async fn answers_become_tables() {
        let inside = read(
            "fact|systemIdentifier|7123\n\
             fact|dataBytes|10485760\n\
             replica|main-1|streaming|sync|0/5|0/4|0/3|0/2|1048576|1|2|3|1|main_1\n\
             backup|77|streaming database files|1048576|0|2026-11-21T10:00:00Z\n\
             slot|main_1|physical|t|reserved|0|0/2|\n\
             slot|old|logical|f|extended|99999999|0/1|1048576\n\
             database|app|10485760|3\n\
             role|ada|t|f|f|2|\n\
             tablespace|pg_default|1048576|\n\
             psql:<stdin>:3: ERROR:  permission denied\n",
        );
        assert_eq!(
            inside.complaints,
            ["psql:<stdin>:3: ERROR:  permission denied"]
        );
        let cluster = Cluster::nowhere(json!({"spec": {"users": {"ada": [], "bob": []}}}));
        insta::assert_snapshot!(replicas(&inside.replicas).plain(), @r"
        REPLICA   STATE       SYNC   BEHIND     LAG    SENT   WRITE   FLUSH   REPLAY   WRITE LAG   FLUSH LAG   PRIORITY   SLOT
        main-1    streaming   sync   1024 KiB   3 ms   0/5    0/4     0/3     0/2      1 ms        2 ms        1          main_1
        ");
        let backups = base_backups(|at| at.to_string(), &inside);
        insta::assert_snapshot!(backups.plain(), @r"
        PID   PHASE                      SENT       OF   SINCE
        77    streaming database files   1024 KiB   ?    2026-11-21T10:00:00Z
        ");
        insta::assert_snapshot!(slots(&inside).plain(), @r"
        SLOT     TYPE       ACTIVE   WAL        HOLDS    FROM   SAFE FOR
        main_1   physical   yes      reserved   0 B      0/2    -
        old      logical    no       extended   95 MiB   0/1    1024 KiB
        ");
        insta::assert_snapshot!(databases(&inside).plain(), @r"
        DATABASE   SIZE     CONNECTIONS
        app        10 MiB   3
        ");
        insta::assert_snapshot!(roles(&cluster, &inside).plain(), @r"
        ROLE   MANIFEST          CAN     CONNECTIONS   VALID UNTIL
        ada    yes               login   2             -
        bob    not created yet   -       -             -
        ");
        insta::assert_snapshot!(tablespaces(&inside).plain(), @r"
        TABLESPACE   SIZE       WHERE
        pg_default   1024 KiB   -
        ");
    }

    #[test]
    fn what_has_another_form_is_no_row() {
        let inside = read("replica|main-1|streaming\nslot|a|b|t|c|many\n\nnonsense");
        assert_eq!(inside.complaints.len(), 3);
        assert!(inside.replicas.is_empty() && inside.slots.is_empty());
    }
}
