//! Where the data of a new Postgres cluster are those of another: a base backup, taken before Patroni starts.
//!
//! Before, because Patroni's own bootstrap that is cut short leaves a claim in its store that nobody takes away, and a
//! directory that is no cluster and is not empty. Here the copy grows beside the data directory and becomes it in one rename:
//! whoever kills it at any point finds an empty data directory, and the next start begins again.

use super::Error;
use super::environment::Environment;
use super::objects::Objects;
use super::prepare::Account;
use super::supervise::as_account;
use super::upgrade::rename;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

/// Between two attempts: the source may be on its way up.
const PAUSE: Duration = Duration::from_secs(5);
/// What a copy has that says something of the source's surroundings alone. Patroni would take its configuration (slots,
/// pause, whom it follows) from the first, and the server would not leave recovery with the others.
const OF_THE_SOURCE: [&str; 4] = [
    "patroni.dynamic.json",
    "standby.signal",
    "recovery.signal",
    "postmaster.opts",
];

/// What the copy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A cluster of its own, with its own passwords.
    Clone,
    /// One that goes on following.
    Standby,
}

/// A server that a copy is taken from.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// What for.
    pub purpose: Purpose,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: String,
    user: String,
    password: String,
}

impl Source {
    /// The source that an environment names, if it names a live one.
    pub fn of(env: &Environment) -> Option<Self> {
        let standby = env.or("PGUSER_STANDBY", "standby");
        if let Some(host) = env.get("STANDBY_HOST") {
            return Some(Self {
                purpose: Purpose::Standby,
                host: host.to_owned(),
                port: env.or("STANDBY_PORT", "5432").to_owned(),
                user: standby.to_owned(),
                password: env.or("PGPASSWORD_STANDBY", "").to_owned(),
            });
        }
        if env.get("CLONE_METHOD") != Some("CLONE_WITH_BASEBACKUP") {
            return None;
        }
        Some(Self {
            purpose: Purpose::Clone,
            host: env.get("CLONE_HOST")?.to_owned(),
            port: env.or("CLONE_PORT", "5432").to_owned(),
            user: env.or("CLONE_USER", standby).to_owned(),
            password: env.or("CLONE_PASSWORD", "").to_owned(),
        })
    }

    /// libpq's own variables: nothing of it stands in a command line.
    fn variables<'a>(&'a self, scope: &'a str) -> [(&'static str, &'a str); 6] {
        [
            ("PGHOST", &self.host),
            ("PGPORT", &self.port),
            ("PGUSER", &self.user),
            ("PGPASSWORD", &self.password),
            ("PGAPPNAME", scope),
            ("PGCONNECT_TIMEOUT", "10"),
        ]
    }
}

/// Whether this member makes the copy; the others wait for it. Of a name without a number, nobody else is there.
pub fn is_first(hostname: &str) -> bool {
    let number = hostname
        .rsplit_once('-')
        .and_then(|(_, n)| n.parse::<u32>().ok());
    number.is_none_or(|number| number == 0)
}

/// The copy while it grows.
fn growing(data: &Path) -> PathBuf {
    beside(data, "copying")
}

/// A whole copy that a standby cluster's first member is to take.
fn whole(data: &Path) -> PathBuf {
    beside(data, "copied")
}

fn beside(data: &Path, what: &str) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(".");
    name.push(what);
    name.into()
}

/// What a first start finds on the volume.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// A data directory that is in use.
    Data,
    /// A copy that waits to be taken.
    Copy,
    /// Nothing.
    Nothing,
}

/// Takes away what an interrupted copy has left, and says what is there. A growing copy was never a cluster.
fn found(data: &Path) -> Result<Found, Error> {
    remove(&growing(data))?;
    let is_empty = fs::read_dir(data).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty {
        remove(&whole(data))?;
        return Ok(Found::Data);
    }
    Ok(if whole(data).exists() {
        Found::Copy
    } else {
        Found::Nothing
    })
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::at("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Makes the copy where one is asked for and nothing is there yet. `false` when asked to end meanwhile.
pub async fn prepare(
    env: &Environment,
    hostname: &str,
    major: u32,
    account: Account,
) -> Result<bool, Error> {
    let data = env.data();
    let is_new = found(&data)? == Found::Nothing;
    let Some(source) = Source::of(env).filter(|_| is_new && is_first(hostname)) else {
        return Ok(true);
    };
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::io("listen for signals"))?;
    tokio::select! {
        made = persevere(env, &source, major, account) => made.map(|()| true),
        _ = terminate.recv() => Ok(false),
    }
}

/// Until it is there. Whoever waits for the cluster reads in the log why it is not.
async fn persevere(
    env: &Environment,
    source: &Source,
    major: u32,
    account: Account,
) -> Result<(), Error> {
    loop {
        let made = async {
            // A volume that was lost does not make the source the data of a cluster that has data of its own.
            if !is_initialized(env).await? {
                make(env, source, major, account).await?;
            }
            Ok::<_, Error>(())
        };
        match made.await {
            Ok(()) => return Ok(()),
            Err(error) => warn!(%error, "base backup failed; trying again"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn make(
    env: &Environment,
    source: &Source,
    major: u32,
    account: Account,
) -> Result<(), Error> {
    let data = env.data();
    let scope = env.or("SCOPE", "clone");
    is_of_version(source, scope, major, account).await?;
    let copy = growing(&data);
    remove(&copy)?;
    info!(host = %source.host, port = %source.port, "base backup begins");
    backup(source, scope, &copy, account).await?;
    for file in OF_THE_SOURCE {
        match fs::remove_file(copy.join(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::at("remove", &copy.join(file))(error));
            }
            _ => {}
        }
    }
    let to = match source.purpose {
        Purpose::Clone => {
            make_own(env, &copy, major, account).await?;
            data
        }
        Purpose::Standby => whole(&data),
    };
    rename(&copy, &to)?;
    info!("base backup is whole");
    Ok(())
}

/// A base backup cannot change the version: the server of another one would not start on it.
async fn is_of_version(
    source: &Source,
    scope: &str,
    major: u32,
    account: Account,
) -> Result<(), Error> {
    let output = child(as_account(account, "psql")?)
        .args(["--no-psqlrc", "--no-password", "-Atqc"])
        .args([
            "SHOW server_version_num",
            "--dbname",
            "dbname=postgres replication=true",
        ])
        .envs(source.variables(scope))
        .output()
        .await
        .map_err(Error::io("run psql"))?;
    if !output.status.success() {
        return Err(Error::Program {
            program: "psql",
            output: one_line(&String::from_utf8_lossy(&output.stderr)),
        });
    }
    let told = String::from_utf8_lossy(&output.stdout);
    match told.trim().parse::<u32>().map(|number| number / 10_000) {
        Ok(theirs) if theirs == major => Ok(()),
        Ok(theirs) => Err(Error::OtherVersion {
            theirs,
            ours: major,
        }),
        Err(_) => Err(Error::Program {
            program: "psql",
            output: format!("no version: {told}"),
        }),
    }
}

/// What a program said, for a log of one line each.
fn one_line(said: &str) -> String {
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("; ")
}

async fn backup(source: &Source, scope: &str, copy: &Path, account: Account) -> Result<(), Error> {
    let mut process = child(as_account(account, "pg_basebackup")?)
        .args([
            "--no-password",
            "--progress",
            "--checkpoint=fast",
            "--wal-method=stream",
        ])
        .arg("--pgdata")
        .arg(copy)
        .envs(source.variables(scope))
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::io("run pg_basebackup"))?;
    let said = told(process.stderr.take()).await;
    ended("pg_basebackup", process, said).await
}

/// Its progress goes on to the log; gives the last thing that it said beside.
async fn told(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let mut last = String::new();
    let Some(pipe) = pipe else { return last };
    let mut lines = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match progress(&line) {
            Some((done, of)) => info!("base backup: {done} of {of} kB"),
            None => {
                info!("{line}");
                last = line;
            }
        }
    }
    last
}

/// `  1234/5678 kB (21%), 0/1 tablespace`
fn progress(line: &str) -> Option<(u64, u64)> {
    let (done, rest) = line.trim().split_once('/')?;
    let (of, _) = rest.split_once(" kB (")?;
    Some((done.parse().ok()?, of.parse().ok()?))
}

async fn ended(program: &'static str, mut process: Child, said: String) -> Result<(), Error> {
    let status = process.wait().await.map_err(Error::io("wait for a copy"))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Program {
            program,
            output: format!("{status}: {said}"),
        })
    }
}

/// Gives the copy the passwords of its own cluster, and ends its subscriptions, which would take from their publishers what
/// the source is owed. In a server that nobody can connect to; it also brings the copy to its consistent end.
async fn make_own(
    env: &Environment,
    copy: &Path,
    major: u32,
    account: Account,
) -> Result<(), Error> {
    let program = format!("{}/{major}/bin/postgres", super::environment::MAJORS);
    let mut process = child(as_account(account, &program)?)
        .args(["--single", "-j", "-D"])
        .arg(copy)
        // the source's libraries and certificates may not be here, and no statement goes to a log
        .args(SINGLE_USER.iter().flat_map(|setting| ["-c", *setting]))
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

const SINGLE_USER: [&str; 12] = [
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
    format!(
        "SET search_path = pg_catalog;\n\n{superuser}{standby}\
         UPDATE pg_catalog.pg_subscription SET subenabled = false, subslotname = NULL;\n\n"
    )
}

/// Patroni's way to a replica that Spilo calls `basebackup_fast_xlog`: takes the copy that is there, or makes one with
/// Patroni's connection.
pub fn replica(env: &Environment, arguments: &[String]) -> Result<(), Error> {
    let data = env.data();
    if whole(&data).exists() {
        return rename(&whole(&data), &data);
    }
    let connection = arguments
        .iter()
        .find_map(|argument| argument.strip_prefix("--connstring="))
        .unwrap_or_default();
    let status = std::process::Command::new("pg_basebackup")
        .args([
            "--no-password",
            "--checkpoint=fast",
            "--wal-method=stream",
            "--pgdata",
        ])
        .arg(&data)
        .args(["--dbname", connection])
        .status()
        .map_err(Error::io("run pg_basebackup"))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Program {
            program: "pg_basebackup",
            output: format!("{status}; what went wrong stands above"),
        })
    }
}

/// Whether the cluster has data already, by Patroni's word.
async fn is_initialized(env: &Environment) -> Result<bool, Error> {
    let asked = async {
        let objects = Objects::connect(env)?;
        objects.annotation(&objects.config(), "initialize").await
    };
    match asked.await {
        Ok(told) => Ok(told.is_some_and(|told| !told.is_empty())),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(Error::io("ask Kubernetes whether the cluster has data")(
            io::Error::other(error),
        )),
    }
}

/// Ends with this process' wish to go on.
fn child(command: std::process::Command) -> Command {
    let mut command = Command::from(command);
    command.kill_on_drop(true).stdin(Stdio::null());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_read() {
        let line = "  1234/5678 kB (21%), 0/1 tablespace (/home/postgres/pg)";
        assert_eq!(progress(line), Some((1234, 5678)));
        assert_eq!(progress("pg_basebackup: error: a/b"), None);
    }

    #[test]
    fn the_first_member_copies() {
        for (name, first) in [
            ("main-0", true),
            ("main-1", false),
            ("main-10", false),
            ("main", true),
            ("a-b-0", true),
            ("a-b", true),
        ] {
            assert_eq!(is_first(name), first, "{name}");
        }
    }

    #[test]
    fn sources() {
        let of = |all: &[(&str, &str)]| Source::of(&all.iter().copied().collect());
        let base = ("CLONE_METHOD", "CLONE_WITH_BASEBACKUP");
        assert!(of(&[]).is_none());
        assert!(of(&[base]).is_none());
        assert!(of(&[("CLONE_METHOD", "CLONE_WITH_WALE"), ("CLONE_HOST", "h")]).is_none());
        let clone = of(&[base, ("CLONE_HOST", "h"), ("PGPASSWORD_STANDBY", "own")]);
        let clone = clone.expect("a source");
        assert_eq!(
            (clone.purpose, clone.port.as_str(), clone.user.as_str()),
            (Purpose::Clone, "5432", "standby")
        );
        assert_eq!(
            clone.password, "",
            "a clone's own password is not its source's"
        );
        let standby = of(&[
            base,
            ("CLONE_HOST", "h"),
            ("STANDBY_HOST", "other"),
            ("STANDBY_PORT", "6"),
            ("PGPASSWORD_STANDBY", "same"),
        ])
        .expect("a source");
        assert_eq!(
            (
                standby.purpose,
                standby.port.as_str(),
                standby.password.as_str()
            ),
            (Purpose::Standby, "6", "same")
        );
    }

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
    fn what_is_left_of_a_copy_is_no_cluster() {
        let volume = std::env::temp_dir().join(format!("pg-fleet-copy-{}", std::process::id()));
        let data = volume.join("data");
        let make = |path: &Path| {
            fs::create_dir_all(path).expect("a directory");
            fs::write(path.join("PG_VERSION"), "17").expect("a file");
        };
        fs::create_dir_all(&data).expect("a directory");
        make(&growing(&data));
        assert_eq!(found(&data).expect("found"), Found::Nothing);
        assert!(!growing(&data).exists());
        make(&whole(&data));
        assert_eq!(found(&data).expect("found"), Found::Copy);
        rename(&whole(&data), &data).expect("an empty directory is replaced");
        assert_eq!(found(&data).expect("found"), Found::Data);
        make(&whole(&data));
        assert_eq!(found(&data).expect("found"), Found::Data);
        assert!(!whole(&data).exists(), "a cluster in use needs no copy");
        assert!(rename(&growing(&data), &data).is_err());
        fs::remove_dir_all(&volume).expect("removed");
    }
}
