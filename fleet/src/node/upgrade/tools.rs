//! PostgreSQL's own programs, as the account that owns the data.

use super::disk::{self, Places};
use crate::node::Error;
use crate::node::environment::{Environment, MAJORS};
use crate::node::postmaster;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Goes ahead of what `ALTER DATABASE … SET` says.
const OPTIONS: &str = "-c search_path=pg_catalog";

/// What programs are run with.
pub struct Tools<'a> {
    /// The environment.
    pub env: &'a Environment,
    /// Where things lie.
    pub places: &'a Places,
}

impl Tools<'_> {
    /// The programs of a major version.
    pub fn bin(&self, major: u32) -> PathBuf {
        Path::new(MAJORS).join(major.to_string()).join("bin")
    }

    /// The superuser's name.
    pub fn superuser(&self) -> &str {
        self.env.or("PGUSER_SUPERUSER", "postgres")
    }

    /// A program, as the account; it ends when this process does.
    pub fn command(&self, program: impl AsRef<Path>) -> Result<Command, Error> {
        let mut command = Command::new("setpriv");
        command
            .args(self.places.account.switch()?)
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program.as_ref())
            .env("HOME", "/home/postgres")
            .env_remove("PGDATABASE")
            .env_remove("PGHOST")
            .env("PGUSER", self.superuser())
            .current_dir(&self.places.own)
            .stdin(Stdio::null());
        if let Some(password) = self.env.get("PGPASSWORD_SUPERUSER") {
            command.env("PGPASSWORD", password);
        }
        Ok(command)
    }

    /// Runs it to its end; what it printed.
    pub fn run(&self, name: &'static str, command: &mut Command) -> Result<String, Error> {
        let output = command.output().map_err(Error::io("run a program"))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            return Ok(text(&output.stdout));
        }
        let said = format!("{}\n{}", text(&output.stdout), text(&output.stderr));
        Err(Error::Program {
            program: name,
            output: last_lines(&said, 20),
        })
    }

    /// psql, rows without frills and nothing in the search path that a database's owner may have
    /// put there; the database comes next.
    pub fn psql(&self) -> Result<Command, Error> {
        let mut psql = self.command("psql")?;
        psql.env("PGOPTIONS", OPTIONS);
        psql.args(["-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-d"]);
        Ok(psql)
    }

    /// One SQL statement in a database of the server that runs; rows without frills.
    pub fn sql(&self, database: &str, statement: &str) -> Result<Vec<String>, Error> {
        let mut psql = self.psql()?;
        psql.arg(connection(database, self.env))
            .args(["-c", statement]);
        let text = self.run("psql", &mut psql)?;
        let lines = text.lines().filter(|line| !line.is_empty());
        Ok(lines.map(str::to_owned).collect())
    }

    /// One value.
    pub fn value(&self, statement: &str) -> Result<String, Error> {
        let rows = self.sql("postgres", statement)?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// What `pg_controldata` says.
    pub fn control_data(&self, major: u32, data: &Path) -> Result<ControlData, Error> {
        let mut command = self.command(self.bin(major).join("pg_controldata"))?;
        let text = self.run("pg_controldata", command.env("LC_ALL", "C").arg(data))?;
        Ok(ControlData(text))
    }

    /// What it says in one of its lines.
    pub fn control(&self, major: u32, data: &Path, line: &str) -> Result<String, Error> {
        Ok(self.control_data(major, data)?.line(line))
    }

    /// Starts a converted cluster that has never run to its end, and stops it again, as pg_upgrade
    /// does last (`issue_warnings_and_set_wal_level`): it has left `wal_level` at minimal in
    /// pg_control, with which no server starts in recovery, and Patroni starts one so.
    pub fn start_once(&self, major: u32, data: &Path) -> Result<(), Error> {
        let control = self.control_data(major, data)?;
        let is_whole = control.line("wal_level setting") != "minimal"
            && control.line("Database cluster state") == "shut down";
        if is_whole {
            return Ok(());
        }
        let options = format!(
            "-b -c listen_addresses='' -c unix_socket_directories='{}'",
            sockets(self.env)
        );
        self.start(major, data, &options)?;
        self.stop(major, data)
    }

    /// Starts a server of this data directory, and waits until it can be asked.
    pub fn start(&self, major: u32, data: &Path, options: &str) -> Result<(), Error> {
        let log = self.places.own.join("start.log");
        let mut start = self.command(self.bin(major).join("pg_ctl"))?;
        start
            .args(["start", "-w", "-t", "86400", "-o", options, "-D"])
            .arg(data)
            .arg("-l")
            .arg(&log);
        let started = self.run("pg_ctl", &mut start);
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        disk::delete_file(&log)?;
        started.map(drop).map_err(|error| {
            let said = last_lines(&said, 5);
            Error::Upgrade(format!("{error}\n{said}"))
        })
    }

    /// Stops the server of this data directory, if one runs.
    pub fn stop(&self, major: u32, data: &Path) -> Result<(), Error> {
        for mode in ["fast", "immediate"] {
            if !postmaster::runs(data) {
                return Ok(());
            }
            let stopped = self.stop_by(mode, "60", major, data);
            if stopped.is_err() && mode == "immediate" && postmaster::runs(data) {
                return stopped;
            }
        }
        Ok(())
    }

    /// The same, but its last checkpoint may take ten minutes. One that waits longer, for an archive
    /// or somebody who reads its WAL, is broken off: the old version goes on then.
    pub fn stop_cleanly(&self, major: u32, data: &Path) -> Result<(), Error> {
        if postmaster::runs(data) && self.stop_by("fast", "600", major, data).is_ok() {
            return Ok(());
        }
        self.stop(major, data)
    }

    fn stop_by(&self, mode: &str, seconds: &str, major: u32, data: &Path) -> Result<(), Error> {
        let mut stop = self.command(self.bin(major).join("pg_ctl"))?;
        stop.args(["stop", "-w", "-t", seconds, "-m", mode, "-D"])
            .arg(data);
        self.run("pg_ctl", &mut stop).map(drop)
    }
}

/// The words of `pg_controldata`.
pub struct ControlData(String);

impl ControlData {
    /// One of its lines; empty where there is none.
    pub fn line(&self, name: &str) -> String {
        field(&self.0, name).unwrap_or_default().to_owned()
    }
}

/// Where psql finds the server: its socket, which every user of the container may use.
fn connection(database: &str, env: &Environment) -> String {
    let quoted = database.replace('\\', "\\\\").replace('\'', "\\'");
    let (host, port) = (sockets(env), env.or("PGPORT", "5432"));
    format!("dbname='{quoted}' host={host} port={port} connect_timeout=10")
}

/// Where the server keeps its sockets.
pub fn sockets(env: &Environment) -> String {
    env.scratch().join("postgresql").display().to_string()
}

/// `Database cluster state:               shut down`
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key == name).then(|| value.trim())
    })
}

/// The end of what a program said.
pub fn last_lines(text: &str, most: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|it| !it.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(most)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::prepare::Account;

    #[test]
    fn nothing_of_a_databases_owner_is_called() {
        let env: Environment = [("PGROOT", "/nowhere")].into_iter().collect();
        let account = Account {
            uid: 1,
            gid: 1,
            change: false,
        };
        let places = Places::of(&env, account);
        let (env, places) = (&env, &places);
        let psql = Tools { env, places }.psql().unwrap();
        let said = psql.get_envs().find(|(name, _)| *name == "PGOPTIONS");
        let said = said.and_then(|(_, value)| value?.to_str());
        assert_eq!(said, Some("-c search_path=pg_catalog"));
    }

    #[test]
    fn control_data_is_read_by_its_names() {
        let text = "pg_control version number:            1300\n\
                    Database system identifier:           7\n\
                    Database cluster state:               shut down in recovery\n";
        let field = |name| super::field(text, name);
        assert_eq!(field("Database system identifier"), Some("7"));
        assert_eq!(
            field("Database cluster state"),
            Some("shut down in recovery")
        );
        assert_eq!(field("cluster state"), None);
    }

    #[test]
    fn only_the_end_of_a_long_story_is_told() {
        assert_eq!(super::last_lines("a\n\nb\nc\n", 2), "b\nc");
        assert_eq!(super::last_lines("", 2), "");
    }
}
