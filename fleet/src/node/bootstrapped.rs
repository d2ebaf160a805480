//! What a new Postgres cluster gets once, after initdb: the roles and extensions that Spilo's clusters have.

use super::Error;
use std::io::Write;
use std::process::{Command, Stdio};

/// psql, not a client of our own: it is in the image, and Patroni hands over a connection string and a pgpass file for it.
const SQL: &str = r"
SET synchronous_commit = 'local';
SELECT format('CREATE ROLE %I', name) FROM (VALUES ('admin'), (:'human'), ('robot_zmon')) AS wanted (name)
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE admin CREATEDB NOLOGIN NOCREATEROLE NOSUPERUSER NOREPLICATION INHERIT;
SELECT format('ALTER ROLE %I NOCREATEDB NOLOGIN NOCREATEROLE NOSUPERUSER NOREPLICATION INHERIT', name)
  FROM (VALUES (:'human'), ('robot_zmon')) AS wanted (name) \gexec
SELECT format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA %I', name, schema)
  FROM (VALUES ('pg_cron', 'pg_catalog')) AS wanted (name, schema)
  JOIN pg_available_extensions USING (name)
 WHERE 'pg_cron' = ANY (string_to_array(current_setting('shared_preload_libraries'), ',')) \gexec
";

/// In `postgres`, and in `template1` for the databases to come.
const SQL_PER_DATABASE: &str = r"
SET synchronous_commit = 'local';
SELECT format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA public', name)
  FROM (VALUES ('pg_stat_statements'), ('set_user')) AS wanted (name)
  JOIN pg_available_extensions USING (name) \gexec
SELECT format('GRANT EXECUTE ON FUNCTION %s TO admin', oid::regprocedure) FROM pg_proc
 WHERE pronamespace = 'public'::regnamespace
   AND (proname = 'pg_stat_statements_reset' OR proname = 'set_user' AND proargtypes = '25'::oidvector) \gexec
";

/// Runs as Patroni's post_init.
pub fn bootstrapped(human_role: &str, connection: &str) -> Result<(), Error> {
    let mut psql = Command::new("psql")
        .args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--set=ON_ERROR_STOP=1",
        ])
        .arg(format!("--set=human={human_role}"))
        .arg("--dbname")
        .arg(connection)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(Error::io("run psql"))?;
    if let Some(mut input) = psql.stdin.take() {
        let sql = format!("{SQL}{SQL_PER_DATABASE}\\connect template1\n{SQL_PER_DATABASE}");
        input
            .write_all(sql.as_bytes())
            .map_err(Error::io("talk to psql"))?;
    }
    let status = psql.wait().map_err(Error::io("wait for psql"))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Program {
            program: "psql",
            output: format!("{status}; what went wrong stands above"),
        })
    }
}
