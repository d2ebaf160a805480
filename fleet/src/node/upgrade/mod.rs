//! Upgrade to another major version, in place: `pg_upgrade --link` on the primary, under a journal
//! on its volume; replicas are held until the primary serves, and go on with their own files, or are
//! copied again.

mod check;
mod copied;
mod disk;
mod finish;
mod followers;
mod initialize;
pub mod journal;
mod libraries;
mod link;
mod orders;
mod package;
pub mod script;
mod settle;
mod shared;
mod slots;
mod soundness;
mod tools;

use super::Error;
use super::environment::Environment;
use super::prepare::Account;
pub use disk::{Places, rename};
use orders::Order;
pub use orders::Report;
use rustix::process::Pid;
use serde::Serialize;
use std::{path::PathBuf, process};

/// `pg-fleet node upgrade …`
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// How things are here
    Report,
    /// What stands against it
    Check {
        /// Who orders.
        #[command(flatten)]
        order: Order,
        /// The major version.
        #[arg(long)]
        to: u32,
    },
    /// Convert this primary
    Begin {
        /// Who orders.
        #[command(flatten)]
        order: Order,
        /// The major version.
        #[arg(long)]
        to: u32,
    },
    /// Never begin this operation any more
    Cancel {
        /// Who orders.
        #[command(flatten)]
        order: Order,
    },
    /// Run this replica without Patroni
    Hold {
        /// Who orders.
        #[command(flatten)]
        order: Order,
        /// The major version.
        #[arg(long)]
        to: u32,
    },
    /// Stop the server of a replica that is held
    Stop {
        /// Who orders.
        #[command(flatten)]
        order: Order,
    },
    /// Let a replica go on in the old version
    Release {
        /// Who orders.
        #[command(flatten)]
        order: Order,
    },
    /// Let a replica follow the new primary, with its own files or with a copy
    Rejoin {
        /// Who orders.
        #[command(flatten)]
        order: Order,
    },
    /// Go on with what the journal says
    Settle {
        /// The server has just been shut down for it.
        #[arg(long)]
        live: bool,
    },
    /// Write the commit point
    Commit,
    /// Keep the new cluster's WAL for replicas
    Reserve,
    /// Bring extensions and statistics up to date in the cluster that this primary leads
    Finish {
        /// Who orders.
        #[command(flatten)]
        order: Order,
        /// The major version.
        #[arg(long)]
        to: u32,
    },
    /// Do so
    Complete,
    /// Upgrade a copy that nothing serves from yet
    #[command(hide = true)]
    Copied {
        /// Where it lies.
        #[arg(long)]
        data: PathBuf,
        /// Its version.
        #[arg(long)]
        from: u32,
        /// The version that it is to have.
        #[arg(long)]
        to: u32,
    },
}

/// Starts a step of an upgrade; whoever reaps sees its end.
pub fn start(words: &[&str]) -> Result<Pid, Error> {
    let program = std::env::current_exe().map_err(Error::io("find this program"))?;
    let child = process::Command::new(program)
        .args(["node", "upgrade"])
        .args(words)
        .spawn()
        .map_err(Error::io("start a step of an upgrade"))?;
    i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| Error::Upgrade("a process without a number".to_owned()))
}

/// Carries out one step.
pub fn run(command: Command, env: &Environment) -> Result<(), Error> {
    let places = Places::new(env, Account::find()?)?;
    let report = match command {
        Command::Settle { live } => return settle::settle(env, &places, live),
        Command::Commit => return settle::commit(env, &places),
        Command::Reserve => return slots::reserve(env, &places),
        Command::Complete => return finish::finish(env, &places),
        Command::Copied { data, from, to } => {
            return copied::convert(env, &places, data, from, to);
        }
        Command::Report => orders::report(env, &places)?,
        Command::Check { order, to } => orders::check(env, &places, &order, to)?,
        Command::Begin { order, to } => orders::begin(env, &places, &order, to)?,
        Command::Cancel { order } => orders::cancel(env, &places, &order)?,
        Command::Hold { order, to } => orders::hold(env, &places, &order, to)?,
        Command::Stop { order } => orders::stop(env, &places, &order)?,
        Command::Release { order } => orders::release(env, &places, &order)?,
        Command::Rejoin { order } => orders::rejoin(env, &places, &order)?,
        Command::Finish { order, to } => orders::finish(env, &places, &order, to)?,
    };
    println!("{}", in_words(&report)?);
    Ok(())
}

fn in_words(report: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(report).map_err(|error| Error::Upgrade(error.to_string()))
}
