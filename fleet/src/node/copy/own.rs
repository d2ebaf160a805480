//! What makes a copy a cluster of its own: its passwords, and an end to its subscriptions.

use super::child;
use crate::node::Error;
use crate::node::environment::{Environment, MAJORS};
use crate::node::prepare::Account;
use crate::node::supervise::as_account;
use std::io;
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;

/// Gives the copy the passwords of its own cluster (and all other roles none, where that is asked for), and ends its
/// subscriptions, which would take from their publishers what the source is owed. In a server that nobody can connect to; it
/// also brings the copy to its consistent end.
pub async fn make_own(
    env: &Environment,
    copy: &Path,
    major: u32,
    account: Account,
) -> Result<(), Error> {
    let program = format!("{}/{major}/bin/postgres", MAJORS);
    let mut process = child(as_account(account, &program)?)
        .args(["--single", "-j", "-D"])
        .arg(copy)
        .args(ALONE.iter().flat_map(|setting| ["-c", *setting]))
        .arg("template1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::io("run postgres"))?;
    let stdin = process.stdin.take();
    let sql = own(env);
    let feed = async move {
        if let Some(mut stdin) = stdin {
            stdin.write_all(sql.as_bytes()).await?;
            stdin.shutdown().await?;
        }
        Ok::<_, io::Error>(())
    };
    let (fed, output) = tokio::join!(feed, process.wait_with_output());
    let output = output.map_err(Error::io("wait for postgres"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    // A statement that fails does not end a server in single-user mode.
    let wrong = said.lines().find(|line| {
        ["ERROR:", "FATAL:", "PANIC:"]
            .iter()
            .any(|word| line.contains(word))
    });
    match (fed, wrong, output.status.success()) {
        (Ok(()), None, true) => Ok(()),
        (_, wrong, _) => Err(Error::Program {
            program: "postgres --single",
            output: wrong
                .or(said.lines().last())
                .unwrap_or("it ended early")
                .to_owned(),
        }),
    }
}

/// For a server that nobody is to notice: the source's libraries and certificates may not be here, its archive is its own, and
/// no statement goes to a log.
pub const ALONE: [&str; 12] = [
    "shared_buffers=128MB",
    "shared_preload_libraries=",
    "ssl=off",
    "logging_collector=off",
    "log_destination=stderr",
    "log_statement=none",
    "log_duration=off",
    "log_min_duration_statement=-1",
    "log_min_error_statement=panic",
    "log_line_prefix=",
    "lc_messages=C",
    "archive_mode=off",
];

/// One statement each; an empty line ends it.
fn own(env: &Environment) -> String {
    let role = |user: &str, password: &str, attribute: &str| {
        let name = user.replace('"', "\"\"");
        let (text, escaped) = (user.replace('\'', "''"), password.replace('\'', "''"));
        format!(
            "DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{text}') \
             THEN CREATE ROLE \"{name}\"; END IF; END $do$;\n\n\
             SET standard_conforming_strings = on;\n\n\
             ALTER ROLE \"{name}\" {attribute} LOGIN PASSWORD '{escaped}';\n\n"
        )
    };
    let superuser = role(
        env.or("PGUSER_SUPERUSER", "postgres"),
        env.or("PGPASSWORD_SUPERUSER", ""),
        "SUPERUSER",
    );
    let standby = role(
        env.or("PGUSER_STANDBY", "standby"),
        env.or("PGPASSWORD_STANDBY", ""),
        "REPLICATION",
    );
    // Whoever knows one of the source's is not to be let in here. Roles that the manifest names get
    // their own from the controller.
    let others = match env.get("CLONE_OWN_PASSWORDS") {
        Some("true") => {
            "UPDATE pg_catalog.pg_authid SET rolpassword = NULL WHERE rolpassword IS NOT NULL;\n\n"
        }
        _ => "",
    };
    format!(
        "SET search_path = pg_catalog;\n\n{others}{superuser}{standby}\
         UPDATE pg_catalog.pg_subscription SET subenabled = false, subslotname = NULL;\n\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_stay_within_their_quotes() {
        let env: Environment = [
            ("PGUSER_SUPERUSER", "po\"st'gres"),
            ("PGPASSWORD_SUPERUSER", "a'b\\c"),
            ("PGPASSWORD_STANDBY", "x"),
        ]
        .into_iter()
        .collect();
        let sql = own(&env);
        assert!(sql.starts_with("SET search_path = pg_catalog;\n\n"));
        assert!(sql.contains("ALTER ROLE \"po\"\"st'gres\" SUPERUSER LOGIN PASSWORD 'a''b\\c';"));
        assert!(sql.contains("rolname = 'po\"st''gres'"));
        assert!(sql.contains("ALTER ROLE \"standby\" REPLICATION LOGIN PASSWORD 'x';"));
    }

    #[test]
    fn the_sources_passwords_go_first_where_that_is_asked_for() {
        let sql = |all: &[(&str, &str)]| own(&all.iter().copied().collect());
        assert!(!sql(&[]).contains("rolpassword"));
        let sql = sql(&[("CLONE_OWN_PASSWORDS", "true")]);
        let (gone, own) = (sql.find("rolpassword = NULL"), sql.find("ALTER ROLE"));
        assert!(gone.is_some() && gone < own, "{sql}");
    }
}
