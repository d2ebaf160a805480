//! Where the data of a new Postgres cluster are those of another: a base backup, taken before Patroni starts.
//!
//! Before, because Patroni's own bootstrap that is cut short leaves a claim in its store that nobody takes away, and a
//! directory that is no cluster and is not empty. Here the copy grows beside the data directory and becomes it in one rename:
//! whoever kills it at any point finds an empty data directory, and the next start begins again.

mod backup;
mod own;
mod source;

use super::Error;
use super::environment::{Environment, Facts};
use super::objects::Objects;
use super::prepare::Account;
use super::upgrade::rename;
use backup::{backup, told};
pub use own::ALONE;
use own::make_own;
use source::reach;
pub use source::{Purpose, Source};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info, warn};

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

/// Until it is there. Whoever waits for the cluster reads in the log why it is not. A copy that pg_upgrade refuses is not made
/// again: the next one would be refused, too.
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
            Err(error @ Error::NotConverted(_)) => {
                remove(&growing(&env.data()))?;
                error!(%error, "the copy cannot be upgraded; a new start of this pod tries again");
                std::future::pending::<()>().await;
            }
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
    let (source, theirs) = reach(source, scope, account).await?;
    fits(source.purpose, theirs, major, &Facts::read(&data))?;
    let copy = growing(&data);
    remove(&copy)?;
    info!(host = %source.host, port = %source.port, "base backup begins");
    backup(&source, scope, &copy, account).await?;
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
            make_own(env, &copy, theirs, account).await?;
            if theirs < major {
                convert(&copy, theirs, major).await?;
            }
            data
        }
        Purpose::Standby => whole(&data),
    };
    rename(&copy, &to)?;
    info!("base backup is whole");
    Ok(())
}

/// Whether a copy of that version can become one of this version: it is upgraded on the way, unless it is to go on following.
fn fits(purpose: Purpose, theirs: u32, ours: u32, facts: &Facts) -> Result<(), Error> {
    if theirs == ours {
        return Ok(());
    }
    if theirs > ours || purpose == Purpose::Standby {
        return Err(Error::OtherVersion { theirs, ours });
    }
    match facts.majors.contains_key(&theirs) {
        true => Ok(()),
        false => Err(Error::NoOldVersion { theirs, ours }),
    }
}

/// Upgrades the copy in place, in a process of its own that ends with this one.
async fn convert(copy: &Path, from: u32, to: u32) -> Result<(), Error> {
    const STEP: &str = "pg-fleet node upgrade copied";
    info!(from, to, "upgrade of the copy begins");
    let this = std::env::current_exe().map_err(Error::io("find this program"))?;
    let mut process = child(std::process::Command::new(this))
        .args(["node", "upgrade", "copied", "--data"])
        .arg(copy)
        .args(["--from", &from.to_string(), "--to", &to.to_string()])
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::io("start the upgrade of a copy"))?;
    let said = told(process.stderr.take()).await;
    let status = process.wait().await.map_err(Error::io("wait for a copy"))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(_) => Err(Error::NotConverted(said)),
        None => Err(Error::Program {
            program: STEP,
            output: format!("{status}: {said}"),
        }),
    }
}

/// What a program said, for a log of one line each.
pub fn one_line(said: &str) -> String {
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("; ")
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
    use std::collections::BTreeSet;

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
    fn versions_that_a_copy_can_have() {
        let facts = Facts {
            majors: [15, 17].map(|major| (major, BTreeSet::new())).into(),
            ..Facts::default()
        };
        let table = [
            (Purpose::Clone, 17, 17, ""),
            (Purpose::Clone, 15, 17, ""),
            (Purpose::Clone, 16, 17, "no PostgreSQL 16"),
            (Purpose::Clone, 17, 15, "cannot go back"),
            (Purpose::Standby, 17, 17, ""),
            (Purpose::Standby, 15, 17, "follows only its own version"),
        ];
        for (purpose, theirs, ours, why) in table {
            let found = fits(purpose, theirs, ours, &facts);
            let said = found
                .err()
                .map_or_else(String::new, |error| error.to_string());
            assert_eq!(why.is_empty(), said.is_empty(), "{theirs} {ours}: {said}");
            assert!(said.contains(why), "{theirs} {ours}: {said}");
        }
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
