//! Inside a database pod: the entrypoint of the image `postgres` and its steps.

mod attend;
mod bootstrap;
mod bootstrapped;
mod configuration;
mod copy;
mod environment;
mod hba;
mod labels;
mod missing;
mod objects;
mod parameters;
mod postmaster;
mod prepare;
mod relay;
mod renewal;
mod supervise;
mod tls;
pub mod upgrade;
mod volume;
mod wake;

#[cfg(test)]
mod tests;

use environment::{Environment, Facts};
use prepare::Account;
use std::io;
use std::path::{Path, PathBuf};

/// `pg-fleet node …`
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Prepare the volume, write Patroni's configuration, start Patroni and look after it (the container's entrypoint)
    Run,
    /// Print the Patroni configuration that this environment leads to
    Configuration,
    /// Steps of an upgrade to another major version (the controller calls these)
    #[command(subcommand)]
    Upgrade(upgrade::Command),
    /// Make the roles and extensions of a new Postgres cluster (Patroni calls this after initdb)
    #[command(hide = true)]
    Bootstrapped {
        /// The role that people are members of.
        human_role: String,
        /// How to connect.
        connection: String,
    },
    /// Make a replica, or take the copy that is there (Patroni calls this as one of its ways to a replica)
    #[command(hide = true)]
    Replica {
        /// What Patroni adds.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Carry one connection of this pod's own through this process' input and output (`kubectl pg clone` calls this)
    #[command(hide = true)]
    Relay {
        /// Where it listens on the loopback.
        port: u16,
    },
    /// Fail, and say that this image cannot begin a Postgres cluster this way (Patroni calls this in place of initdb)
    #[command(hide = true)]
    Refuse {
        /// The variable that asks for it.
        variable: String,
        /// What Patroni adds.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The environment does not lead to a configuration.
    #[error(transparent)]
    Configuration(#[from] configuration::Error),
    /// Something could not be done to a file or directory.
    #[error("cannot {what} {}: {source}{}", path.display(), hint(source))]
    File {
        /// In words.
        what: &'static str,
        /// To which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system refused something.
    #[error("cannot {what}: {source}")]
    System {
        /// In words.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A program of the image failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Which.
        program: &'static str,
        /// What it said.
        output: String,
    },
    /// An account is not in /etc/passwd.
    #[error(
        "{0} is not in /etc/passwd: start the container as root or with runAsUser 101, runAsGroup 103, fsGroup 103"
    )]
    NoAccount(String),
    /// A copy of another version was asked for.
    #[error(
        "the source is PostgreSQL {theirs} and this cluster is to be {ours}: a copy cannot go back to an older version, and a standby follows only its own version"
    )]
    OtherVersion {
        /// Of the source.
        theirs: u32,
        /// Of this cluster.
        ours: u32,
    },
    /// A copy would have to be upgraded from a version that the image lacks.
    #[error(
        "the source is PostgreSQL {theirs}, and this image has no PostgreSQL {theirs} to upgrade the copy to {ours} with"
    )]
    NoOldVersion {
        /// Of the source.
        theirs: u32,
        /// Of this cluster.
        ours: u32,
    },
    /// A copy did not let itself be upgraded.
    #[error("{0}")]
    NotConverted(String),
    /// Something was asked for that only Spilo can do.
    #[error(
        "{0} asks for a first start that this image cannot do yet; use Spilo's image for it. No database was created."
    )]
    Refused(String),
    /// An upgrade cannot go on, or an order of one is not carried out.
    #[error("{0}")]
    Upgrade(String),
}

fn hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => {
            " (a container that does not start as root needs fsGroup 103, or a volume that uid 101 may write)"
        }
        _ => "",
    }
}

impl Error {
    fn io(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::System { what, source }
    }

    fn at(what: &'static str, path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::File {
            what,
            path: path.to_owned(),
            source,
        }
    }
}

/// Standard error is the container's log; whoever set a subscriber before keeps it.
fn log() {
    let _ = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_target(false)
        .with_ansi(false)
        .try_init();
}

/// Carries out one step and returns the process's exit code.
pub fn run(command: Command) -> Result<u8, Error> {
    let env = Environment::of_process();
    match command {
        Command::Run => {
            log();
            let account = Account::find()?;
            prepare::directories(&env, account)?;
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(Error::io("start the runtime"))?;
            // what is read and written from here on is this pod's alone
            let Some(lock) = runtime.block_on(volume::lock(&env.root()))? else {
                return Ok(0);
            };
            tls::certificates(&env, account)?;
            runtime.block_on(attend::attend(&env, account, lock))
        }
        Command::Configuration => {
            let configuration = configuration::configuration(&env, &Facts::read(&env.data()))?;
            println!("{:#}", configuration.patroni);
            Ok(0)
        }
        Command::Upgrade(step) => {
            log();
            upgrade::run(step, &env).map(|()| 0)
        }
        Command::Bootstrapped {
            human_role,
            connection,
        } => bootstrapped::bootstrapped(&human_role, &connection).map(|()| 0),
        Command::Replica { rest } => copy::replica(&env, &rest).map(|()| 0),
        Command::Relay { port } => relay::relay(port).map(|()| 0),
        Command::Refuse { variable, .. } => Err(Error::Refused(variable)),
    }
}
