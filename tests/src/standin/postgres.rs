//! PostgreSQL itself is real: one server for all primaries of a namespace, on loopback. A member's
//! address leads to it while the member leads.

use std::{
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    task::JoinHandle,
};
use tokio_postgres::NoTls;

use super::{Key, StandIn};
use crate::{Result, api_server::dies_with_us, ensure, port, proxy::Line, wait};

/// PostgreSQL does not run as root.
const NOBODY: u32 = 65534;
/// Those of the system are trusted, whatever their Secrets say; roles of manifests have passwords.
const HBA: &str = "host all postgres,standby 127.0.0.1/32 trust\n\
    host all all 127.0.0.1/32 scram-sha-256\n";
/// What is there without anybody's doing.
const ROLES: &str = "SELECT rolname::text, concat_ws(' ', rolsuper, rolinherit, rolcreaterole, \
    rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolpassword IS NOT NULL, \
    (SELECT array_agg(roleid::regrole::text ORDER BY 1) FROM pg_auth_members WHERE member = r.oid)) \
    FROM pg_authid r WHERE rolname !~ '^pg_'";
const DATABASES: &str = "SELECT datname::text, pg_get_userbyid(datdba)::text FROM pg_database";
const CONNECTABLE: &str = "SELECT datname::text FROM pg_database WHERE datallowconn";
const NAMED: &str = "SELECT 'role' FROM pg_roles WHERE rolname = $1 \
    UNION ALL SELECT 'database' FROM pg_database WHERE datname = $1 \
    UNION ALL SELECT 'schema' FROM pg_namespace WHERE nspname = $1 \
    UNION ALL SELECT 'relation' FROM pg_class WHERE relname = $1 \
    UNION ALL SELECT 'function' FROM pg_proc WHERE proname = $1";

/// An empty data directory, to be copied.
pub struct Template {
    programs: PathBuf,
    directory: PathBuf,
    /// Its system identifier, and so that of all copies.
    pub(super) system: u64,
}

/// A server.
pub struct Postgres {
    /// Where it listens.
    pub port: u16,
    process: Child,
    directory: PathBuf,
    log: JoinHandle<()>,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.log.abort();
        let _ = self.process.start_kill();
        // Hundreds of them would fill the disk before the last one ends.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl Template {
    /// Makes one.
    pub async fn make(below: &Path) -> Result<Self> {
        let programs = programs()?;
        let home = below.join("postgres");
        std::fs::create_dir_all(&home)?;
        if is_root() {
            // Nobody must be able to come by.
            std::fs::set_permissions(below, std::fs::Permissions::from_mode(0o711))?;
            chown(&home, Some(NOBODY), Some(NOBODY))?;
        }
        let directory = home.join("template");
        let mut initdb = as_nobody(&programs.join("initdb"));
        initdb.arg("--pgdata").arg(&directory);
        initdb.args(["--username=postgres", "--auth=trust", "--no-sync"]);
        done(initdb, &home).await?;
        std::fs::write(directory.join("pg_hba.conf"), HBA)?;
        let mut openssl = as_nobody(Path::new("openssl"));
        openssl.args(["req", "-x509", "-nodes", "-subj", "/CN=standin"]);
        openssl.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        openssl.arg("-keyout").arg(directory.join("server.key"));
        openssl.arg("-out").arg(directory.join("server.crt"));
        done(openssl, &home).await?;
        let mut control = as_nobody(&programs.join("pg_controldata"));
        control.arg(&directory).stdout(Stdio::piped());
        let said = control.output().await?.stdout;
        let system = String::from_utf8_lossy(&said).lines().find_map(|line| {
            line.strip_prefix("Database system identifier:")?
                .trim()
                .parse()
                .ok()
        });
        Ok(Self {
            programs,
            directory,
            system: system.ok_or("the template has no system identifier")?,
        })
    }

    /// Starts a server on a copy of it. The line is told of each statement that changes something.
    pub async fn start(&self, name: &str, line: Option<Arc<Line>>) -> Result<Postgres> {
        let directory = self.directory.with_file_name(name);
        let mut copy = as_nobody(Path::new("cp"));
        copy.arg("-r").arg(&self.directory).arg(&directory);
        done(copy, &self.directory).await?;
        let port = port::free()?;
        let mut command = as_nobody(&self.programs.join("postgres"));
        command
            .arg("-D")
            .arg(&directory)
            .arg("-p")
            .arg(port.to_string());
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "ssl=on",
            "fsync=off",
            "autovacuum=off",
            "shared_buffers=16MB",
            "max_connections=300",
            "log_destination=stderr",
            "logging_collector=off",
            // Told when it is done, whatever a session says of log_statement.
            "log_min_duration_statement=0",
            "log_line_prefix=",
        ] {
            command.arg("-c").arg(setting);
        }
        command.current_dir(&directory).stderr(Stdio::piped());
        let mut process = command.spawn()?;
        let stderr = process.stderr.take().ok_or("no stderr")?;
        let log = tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(text)) = lines.next_line().await {
                if let (Some(line), Some(statement)) = (&line, changing(&text)) {
                    line.wrote(statement);
                }
            }
        });
        let postgres = Postgres {
            port,
            process,
            directory,
            log,
        };
        let client = wait::until("PostgreSQL answers", async || {
            postgres.connect("postgres").await
        })
        .await?;
        // Patroni makes it when a cluster begins.
        let role = "CREATE ROLE standby LOGIN REPLICATION";
        client.batch_execute(role).await?;
        Ok(postgres)
    }
}

/// A statement that changes something, from its line in the log: `LOG:  duration: 1.2 ms
/// statement: CREATE ROLE …`.
fn changing(text: &str) -> Option<String> {
    let (_, statement) = text.split_once(" statement: ").or_else(|| {
        let (_, rest) = text.split_once(" execute ")?;
        rest.split_once(": ")
    })?;
    let word = statement.split_whitespace().next()?.to_uppercase();
    let changes = ["CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "DO"].contains(&word.as_str());
    changes.then(|| {
        let short: Vec<&str> = statement.split_whitespace().take(3).collect();
        format!("sql {}", short.join(" "))
    })
}

impl Postgres {
    async fn connect(&self, database: &str) -> Result<tokio_postgres::Client> {
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(self.port).user("postgres");
        // Not as text: its name may be any.
        config.dbname(database);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Whether it takes a role with this password.
    pub async fn takes(&self, role: &str, password: &[u8]) -> Result<bool> {
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(self.port).user(role);
        config.password(password).dbname("postgres");
        match config.connect(NoTls).await {
            Ok(_) => Ok(true),
            Err(error) if error.as_db_error().is_some() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Its roles and databases, in words.
    pub async fn contents(&self) -> Result<Vec<(String, String)>> {
        let client = self.connect("postgres").await?;
        let mut all = Vec::new();
        for (kind, query) in [("role", ROLES), ("database", DATABASES)] {
            for row in client.query(query, &[]).await? {
                let name: String = row.get(0);
                all.push((format!("{kind} {name}"), row.get(1)));
            }
        }
        Ok(all)
    }
}

impl Postgres {
    /// What bears this name, in any database: roles, databases, schemas, tables, functions.
    pub async fn named(&self, name: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let databases: Vec<String> = self
            .connect("postgres")
            .await?
            .query(CONNECTABLE, &[])
            .await?
            .into_iter()
            .map(|row| row.get(0))
            .collect();
        for database in databases {
            let client = self.connect(&database).await?;
            for row in client.query(NAMED, &[&name]).await? {
                let what: String = row.get(0);
                found.push(format!("{what} {name} in {database}"));
            }
        }
        Ok(found)
    }
}

/// Leads connections to a member's address to the server, while the member leads.
pub(super) fn lead_on(
    standin: Arc<StandIn>,
    key: Key,
    name: String,
    listener: TcpListener,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let leads = standin.with(&key, |all| all.leader.as_deref() == Some(&name));
            let Some(port) = standin.port_of(&key).filter(|_| leads) else {
                continue;
            };
            tokio::spawn(async move {
                if let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await {
                    let _ = copy_bidirectional(&mut stream, &mut server).await;
                }
            });
        }
    })
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self")
        .is_ok_and(|about| std::os::unix::fs::MetadataExt::uid(&about) == 0)
}

fn as_nobody(program: &Path) -> Command {
    let mut command = dies_with_us(program);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

async fn done(mut command: Command, at: &Path) -> Result {
    let output = command
        .current_dir(at)
        .stderr(Stdio::piped())
        .spawn()?
        .wait_with_output()
        .await?;
    let why = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}", why.trim());
    Ok(())
}

/// Where `postgres` and `initdb` are: Debian keeps them out of the way.
fn programs() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    debian.sort();
    debian.reverse();
    all.splice(0..0, debian);
    all.into_iter()
        .find(|path| path.join("initdb").exists() && path.join("postgres").exists())
        .ok_or_else(|| "PostgreSQL's server is missing: Debian's package postgresql".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_change_something() {
        let log = |text: &str| changing(&format!("LOG:  duration: 1.234 ms  {text}"));
        let told = log("statement: CREATE ROLE \"app\" LOGIN PASSWORD 'SCRAM-SHA-256$x'");
        assert_eq!(told.as_deref(), Some("sql CREATE ROLE \"app\""));
        let told = log("execute s1: GRANT a TO b");
        assert_eq!(told.as_deref(), Some("sql GRANT a TO"));
        assert_eq!(log("execute <unnamed>: SELECT 1"), None);
        assert_eq!(changing("LOG:  database system is ready"), None);
    }
}
