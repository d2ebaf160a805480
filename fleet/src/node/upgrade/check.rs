//! What stands against an upgrade, by name (safety.md §6), and the new, empty cluster.

use super::disk::{self, Places};
use super::followers;
use super::libraries;
use super::soundness;
use super::tools::{Tools, sockets};
use crate::node::Error;
use crate::node::configuration::configuration;
use crate::node::environment::{Environment, Facts};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Something that stands against it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Objection {
    /// One word.
    pub reason: String,
    /// For a person.
    pub message: String,
}

impl Objection {
    /// One.
    pub fn new(reason: &str, message: String) -> Self {
        Self {
            reason: reason.to_owned(),
            message,
        }
    }
}

/// Beside the catalogs' copies: WAL and what initdb makes.
const ROOM: u64 = 256 * 1024 * 1024;
/// Files that PostgreSQL or Patroni keep in the data directory and that are to go along.
const ALONG: [&str; 2] = ["postgresql.auto.conf", "patroni.dynamic.json"];

/// All that stands against it, as far as the primary itself can tell. The server runs on.
pub fn objections(env: &Environment, places: &Places, to: u32) -> Result<Vec<Objection>, Error> {
    let facts = Facts::read(&places.data);
    let tools = Tools { env, places };
    let mut found = Vec::new();
    let mut against = |reason: &str, message: String| found.push(Objection::new(reason, message));
    let Some(from) = facts.data_version else {
        against("NoData", "there is no data directory here".to_owned());
        return Ok(found);
    };
    if from >= to {
        against("NotNewer", format!("the data is of version {from} already"));
        return Ok(found);
    }
    let Some(loadable) = facts.majors.get(&to) else {
        let has: Vec<String> = facts.majors.keys().map(u32::to_string).collect();
        let has = has.join(", ");
        against("NoSuchMajor", format!("the image has {has}, and not {to}"));
        return Ok(found);
    };
    if tools.value("SELECT pg_is_in_recovery()")? != "f" {
        against("NotPrimary", "this member is not the primary".to_owned());
        return Ok(found);
    }
    let count = tools.value("SELECT count(*) FROM pg_prepared_xacts")?;
    if count != "0" {
        let message = format!("{count} prepared transactions: commit them or roll them back");
        against("PreparedTransactions", message);
    }
    let logical = "SELECT slot_name FROM pg_replication_slots WHERE slot_type = 'logical'";
    let slots = tools.sql("postgres", logical)?;
    if from < 17 && !slots.is_empty() {
        let message = format!(
            "slots of logical replication would be lost: {}",
            slots.join(", ")
        );
        against("LogicalSlots", message);
    }
    let strangers = followers::strangers(&tools, &facts.hostname)?;
    if !strangers.is_empty() {
        let message = format!(
            "others stream from this primary and could not follow it any longer: {}",
            strangers.join(", ")
        );
        against("Followers", message);
    }
    let spaces =
        "SELECT spcname FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')";
    let spaces = tools.sql("postgres", spaces)?;
    if !spaces.is_empty() {
        let message = format!("tablespaces cannot be brought along: {}", spaces.join(", "));
        against("Tablespaces", message);
    }
    let mut missing = BTreeSet::new();
    let mut catalogs = 0u64;
    let databases = databases(&tools)?;
    for database in &databases {
        for extension in tools.sql(database, "SELECT extname FROM pg_extension")? {
            if !control_file(to, &extension).exists() {
                missing.insert(extension);
            }
        }
        let size = "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class \
                    WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'";
        let size = tools.sql(database, size)?;
        let size: Option<u64> = size.first().and_then(|size| size.parse().ok());
        catalogs += size.unwrap_or(0);
    }
    if !missing.is_empty() {
        let all: Vec<String> = missing.into_iter().collect();
        let message = format!("extensions that {to} lacks here: {}", all.join(", "));
        against("MissingExtensions", message);
    }
    let (needed, free) = (catalogs * 3 + ROOM, free(&tools)?);
    if free < needed {
        let message = format!("{free} bytes are free on the volume, and {needed} are needed");
        against("NoSpace", message);
    }
    found.extend(libraries::objection(&tools, to, loadable)?);
    found.extend(soundness::objections(&tools, from, &databases)?);
    if found.is_empty() {
        found.extend(tried(&tools, from, to)?);
    }
    Ok(found)
}

fn control_file(major: u32, extension: &str) -> PathBuf {
    Path::new("/usr/share/postgresql")
        .join(major.to_string())
        .join("extension")
        .join(format!("{extension}.control"))
}

/// Databases that one can connect to.
pub fn databases(tools: &Tools<'_>) -> Result<Vec<String>, Error> {
    tools.sql(
        "postgres",
        "SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1",
    )
}

fn free(tools: &Tools<'_>) -> Result<u64, Error> {
    let mut df = Command::new("df");
    df.args(["-B1", "--output=avail"]).arg(&tools.places.own);
    let text = tools.run("df", &mut df)?;
    let last = text
        .lines()
        .last()
        .and_then(|line| line.trim().parse().ok());
    last.ok_or_else(|| Error::Upgrade(format!("df says {text:?}")))
}

/// What `pg_upgrade --check` says, against the server that runs.
fn tried(tools: &Tools<'_>, from: u32, to: u32) -> Result<Option<Objection>, Error> {
    prepare(tools, to)?;
    let mut check = pg_upgrade(tools, from, to)?;
    check.arg("--check");
    let said = tools.run("pg_upgrade --check", &mut check);
    let new = tools.places.new_data();
    let said = said.err().map(|error| in_words(&new, error));
    disk::delete(&new)?;
    Ok(said.map(|said| Objection::new("PgUpgradeCheck", said)))
}

/// What pg_upgrade said when it failed, with what it left in files.
pub fn in_words(new: &Path, error: Error) -> String {
    let said = match error {
        Error::Program { output, .. } => output,
        other => other.to_string(),
    };
    objected(&lists(new), &said)
}

/// What it objects to, and why, in one line: the first words are all that some see of it.
fn objected(lists: &str, said: &str) -> String {
    let is_news = |line: &&str| {
        !line.is_empty()
            && !line.ends_with(" ok")
            && !line.starts_with("---")
            && !line.starts_with("Performing Consistency Checks")
            && !line.starts_with("Failure, exiting")
            // The file is deleted by now; this is what it says.
            && !line.starts_with("A list of")
            && !line.starts_with('/')
    };
    let all = lists.lines().chain(said.lines()).map(str::trim);
    let words = all.filter(is_news).flat_map(str::split_whitespace);
    words.collect::<Vec<_>>().join(" ")
}

/// The files in which pg_upgrade names what it objects to.
fn lists(new: &Path) -> String {
    let mut said = String::new();
    let mut open = vec![new.join("pg_upgrade_output.d")];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|kind| kind == "txt")
                && let Ok(text) = fs::read_to_string(&path)
            {
                said.extend(["\n", &super::tools::last_lines(&text, 10)]);
            }
        }
    }
    said
}

/// [`prepare`] beside a copy, of which no server runs: one with these options runs for it.
pub fn prepare_beside(
    tools: &Tools<'_>,
    from: u32,
    to: u32,
    options: &str,
) -> Result<String, Error> {
    let old = &tools.places.data;
    tools.start(from, old, options)?;
    let made = prepare(tools, to);
    tools.stop(from, old)?;
    made
}

/// Makes the new, empty cluster beside the old one that runs; its system identifier.
pub fn prepare(tools: &Tools<'_>, to: u32) -> Result<String, Error> {
    let new = tools.places.new_data();
    disk::delete(&new)?;
    let row = "SELECT to_jsonb(d) || jsonb_build_object('encoding_name', pg_encoding_to_char(encoding)) \
               FROM pg_database d WHERE datname = 'template1'";
    let row: serde_json::Value = serde_json::from_str(&tools.value(row)?)
        .map_err(|error| Error::Upgrade(format!("template1: {error}")))?;
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let mut initdb = tools.command(tools.bin(to).join("initdb"))?;
    initdb
        .arg("-D")
        .arg(&new)
        .args(["-U", tools.superuser(), "--auth=trust", "--no-sync"])
        .arg(format!("--encoding={}", text("encoding_name")))
        .arg(format!("--lc-collate={}", text("datcollate")))
        .arg(format!("--lc-ctype={}", text("datctype")));
    if text("datlocprovider") == "i" {
        let locale = [text("datlocale"), text("daticulocale")].concat();
        initdb.args(["--locale-provider=icu", &format!("--icu-locale={locale}")]);
    }
    if tools.value("SHOW data_checksums")? == "on" {
        initdb.arg("--data-checksums");
    } else if to >= 18 {
        initdb.arg("--no-data-checksums");
    }
    let segment =
        "SELECT setting::bigint / 1048576 FROM pg_settings WHERE name = 'wal_segment_size'";
    initdb.arg(format!("--wal-segsize={}", tools.value(segment)?));
    tools.run("initdb", &mut initdb)?;
    for name in ALONG {
        let (from, to) = (tools.places.data.join(name), new.join(name));
        if from.exists() {
            fs::copy(&from, &to).map_err(Error::at("copy", &from))?;
            tools.places.account.own(&to)?;
        }
    }
    tools.control(to, &new, "Database system identifier")
}

/// pg_upgrade with all that it is told in either case, under the journal.
pub fn pg_upgrade(tools: &Tools<'_>, from: u32, to: u32) -> Result<Command, Error> {
    let mut command = pg_upgrade_with(tools, from, to, &guarded(tools, to)?)?;
    // The commit point makes all of it durable, once (PostgreSQL 15, pg_upgrade).
    if to >= 15 {
        command.arg("--no-sync");
    }
    Ok(command)
}

/// The same, with these programs for the new version.
pub fn pg_upgrade_with(
    tools: &Tools<'_>,
    from: u32,
    to: u32,
    bin: &Path,
) -> Result<Command, Error> {
    let facts = Facts {
        data_version: Some(to),
        ..Facts::read(&tools.places.data)
    };
    let patroni = configuration(tools.env, &facts)?.patroni;
    let preload = patroni["postgresql"]["parameters"]["shared_preload_libraries"]
        .as_str()
        .unwrap_or_default();
    let mut command = tools.command("flock")?;
    command
        .args(["--no-fork", "--exclusive"])
        .arg(tools.places.own.join(WORK))
        .arg(tools.bin(to).join("pg_upgrade"))
        .args(["--link", "--jobs=2", "--retain", "-U", tools.superuser()])
        .arg("-b")
        .arg(tools.bin(from))
        .arg("-B")
        .arg(bin)
        .arg("-d")
        .arg(&tools.places.data)
        .arg("-D")
        .arg(tools.places.new_data())
        .args(["-s", &sockets(tools.env)])
        .args(["-O", &format!("-c shared_preload_libraries='{preload}'")]);
    Ok(command)
}

/// The lock that pg_upgrade and all that it starts hold: who gets it knows that none of them lives.
pub const WORK: &str = "work.lock";

/// The new version's programs, of which `pg_ctl` writes the commit point before it starts a new
/// cluster that shares the old one's files: pg_upgrade does that as its last step, and without
/// making it durable. Before it stops it again, that cluster gets the slots that keep its WAL for
/// replicas.
fn guarded(tools: &Tools<'_>, to: u32) -> Result<PathBuf, Error> {
    use std::os::unix::fs::{PermissionsExt, symlink};
    // Where also a container may write that does not start as root.
    let directory = tools.env.scratch().join("postgresql").join("upgrade-bin");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).map_err(Error::at("create", &directory))?;
    let bin = tools.bin(to);
    for entry in fs::read_dir(&bin)
        .map_err(Error::at("read", &bin))?
        .flatten()
    {
        let link = directory.join(entry.file_name());
        if entry.file_name() != "pg_ctl" {
            symlink(entry.path(), &link).map_err(Error::at("link", &link))?;
        }
    }
    let script = directory.join("pg_ctl");
    let text = format!(
        "#!/bin/sh\n\
         if [ -e '{data}/global/pg_control.old' ]; then\n\
         case \" $* \" in\n\
         *' start '*) '{this}' node upgrade commit || exit 1\n\
         set -- \"$@\" -o '-c fsync=on -c full_page_writes=on' ;;\n\
         *' stop '*) '{this}' node upgrade reserve ;;\n\
         esac\n\
         fi\n\
         exec '{bin}/pg_ctl' \"$@\"\n",
        data = tools.places.data.display(),
        this = std::env::current_exe()
            .map_err(Error::io("find this program"))?
            .display(),
        bin = bin.display(),
    );
    fs::write(&script, text).map_err(Error::at("write", &script))?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))
        .map_err(Error::at("change the mode of", &script))?;
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_words_say_what_it_objects_to() {
        let said = "Performing Consistency Checks on Old Live Server\n\
            ------------------------------------------------\n\
            Checking for prepared transactions                            ok\n\
            Checking data type usage                                      failed check: reg*\n\
            Your installation contains one of the reg* data types in user tables.\n\
            A list of the problem columns is in the file:\n    \
            /home/postgres/pgdata/pgroot/upgrade/new/tables_using_reg.txt\n\
            Failure, exiting";
        assert_eq!(
            objected("\nIn database: postgres\n  public.bad.f", said),
            "In database: postgres public.bad.f Checking data type usage failed check: reg* \
             Your installation contains one of the reg* data types in user tables."
        );
    }
}
