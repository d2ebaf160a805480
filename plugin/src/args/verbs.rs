//! The arguments of each verb.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    change::Change,
    value::{Since, key_value, quantity, replicas, version},
};
use crate::target::{Member, TargetArg};

/// Arguments of `list`.
#[derive(Args, Debug)]
pub struct List {
    /// Only these
    pub targets: Vec<TargetArg>,
    /// Only clusters that are not healthy
    #[arg(long)]
    pub problems: bool,
    /// Column to sort by, largest last
    #[arg(long, value_name = "COLUMN")]
    pub sort_by: Option<String>,
}

/// Arguments of `status`.
#[derive(Args, Debug)]
pub struct Status {
    /// None: the whole fleet, worst first
    pub targets: Vec<TargetArg>,
}

/// Arguments of `logs`.
#[derive(Args, Debug)]
pub struct Logs {
    /// Postgres clusters or members
    #[arg(required_unless_present = "controller")]
    pub targets: Vec<TargetArg>,
    /// The controllers' logs instead
    #[arg(long, conflicts_with = "targets")]
    pub controller: bool,
    /// Goes on with what is written from now on
    #[arg(short, long)]
    pub follow: bool,
    /// From this moment: 10m, or 2026-11-21T10:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<Since>,
    /// Last lines of each member
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    pub tail: Option<i64>,
    /// Container of the pods
    #[arg(long, value_name = "NAME")]
    pub container: Option<String>,
    /// Namespace of the controller
    #[arg(long, value_name = "NAMESPACE", default_value = pg_core::names::SYSTEM_NAMESPACE)]
    pub system_namespace: String,
}

/// Arguments of `psql`.
#[derive(Args, Debug)]
pub struct Psql {
    /// Several only with -c or -f, and then read-only unless --write
    #[arg(required = true)]
    pub targets: Vec<TargetArg>,
    /// SQL or a backslash command; may be repeated
    #[arg(short, long, value_name = "SQL")]
    pub command: Vec<String>,
    /// File with SQL; - is stdin
    #[arg(short, long, value_name = "FILE", conflicts_with = "command")]
    pub file: Option<PathBuf>,
    /// Database
    #[arg(short, long, default_value = "postgres")]
    pub db: String,
    /// On a replica
    #[arg(long)]
    pub replica: bool,
    /// Several targets may be changed
    #[arg(long)]
    pub write: bool,
    /// Yes to the question before several targets are changed
    #[arg(short, long)]
    pub yes: bool,
    /// Goes on only if there are this many targets
    #[arg(long, value_name = "N")]
    pub expect_count: Option<usize>,
    /// Longest time for all targets together, with -c or -f
    #[arg(long, value_parser = super::value::duration, value_name = "DURATION")]
    pub timeout: Option<std::time::Duration>,
    /// Arguments of psql
    #[arg(last = true)]
    pub args: Vec<String>,
}

/// Arguments of `create`.
#[derive(Args, Debug)]
#[command(after_help = "\
Each context gets a Postgres cluster of its own; they do not replicate from one another.

  kubectl pg create pg/main --context east,west --version 17 --replicas 2 --size 20Gi
  kubectl pg create main@east main@west --from main.yaml")]
pub struct Create {
    /// Its name, and where
    #[arg(required = true)]
    pub targets: Vec<TargetArg>,
    /// Major version of PostgreSQL
    #[arg(long, value_parser = version)]
    pub version: Option<String>,
    /// Members, the primary among them
    #[arg(long, value_parser = replicas, value_name = "N", allow_negative_numbers = true)]
    pub replicas: Option<i32>,
    /// Size of each member's volume
    #[arg(long, value_parser = quantity, value_name = "QUANTITY")]
    pub size: Option<String>,
    /// Storage class of the volumes
    #[arg(long, value_name = "NAME")]
    pub storage_class: Option<String>,
    /// Team that owns it
    #[arg(long, value_name = "NAME")]
    pub team: Option<String>,
    /// Commits wait for a replica
    #[arg(long)]
    pub synchronous: bool,
    /// Manifest to begin with; flags win over it
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `scale`.
#[derive(Args, Debug)]
pub struct Scale {
    /// Which
    #[arg(required_unless_present = "selector")]
    pub targets: Vec<TargetArg>,
    /// Members, the primary among them
    #[arg(long, value_parser = replicas, value_name = "N", allow_negative_numbers = true)]
    pub replicas: i32,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `switchover`.
#[derive(Args, Debug)]
pub struct Switchover {
    /// Which
    #[arg(required_unless_present = "selector")]
    pub targets: Vec<TargetArg>,
    /// The member that becomes primary: a pod name or its number [none: the best replica]
    #[arg(long, value_name = "MEMBER")]
    pub to: Option<Member>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `failover`.
#[derive(Args, Debug)]
pub struct Failover {
    /// Which
    pub target: TargetArg,
    /// Rows that only the old primary has may be lost
    #[arg(long, required = true)]
    pub accept_data_loss: bool,
    /// The member that becomes primary [none: the most advanced replica]
    #[arg(long, value_name = "MEMBER")]
    pub to: Option<Member>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `restart`.
#[derive(Args, Debug)]
pub struct Restart {
    /// Which
    #[arg(required_unless_present = "selector")]
    pub targets: Vec<TargetArg>,
    /// Only this member
    #[arg(long, value_name = "MEMBER")]
    pub member: Option<Member>,
    /// Only members that wait for a restart
    #[arg(long)]
    pub if_pending: bool,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `reinit`.
#[derive(Args, Debug)]
pub struct Reinit {
    /// Which
    pub target: TargetArg,
    /// The replica: a pod name or its number
    pub member: Member,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `delete`.
#[derive(Args, Debug)]
pub struct Delete {
    /// Which; exactly one
    pub target: TargetArg,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `ops`.
#[derive(Args, Debug)]
pub struct Ops {
    /// What to see.
    #[command(subcommand)]
    pub what: OpsVerb,
}

/// What to see of operations.
#[derive(Debug, Subcommand)]
pub enum OpsVerb {
    /// Table of operations over contexts
    #[command(visible_alias = "ls")]
    List(OpsList),
    /// One operation, or all of one request
    Show(OpsShow),
}

/// Arguments of `ops list`.
#[derive(Args, Debug)]
pub struct OpsList {
    /// Only those on these Postgres clusters
    pub targets: Vec<TargetArg>,
    /// Only those that I asked for
    #[arg(long)]
    pub mine: bool,
    /// Only those of this request
    #[arg(long, value_name = "ID")]
    pub request: Option<String>,
}

/// Arguments of `ops show`.
#[derive(Args, Debug)]
pub struct OpsShow {
    /// Name of an operation, or id of a request
    pub id: String,
}

/// Arguments of `install`.
#[derive(Args, Debug)]
pub struct Install {
    /// Image of the controller
    #[arg(long, default_value = crate::commands::install::IMAGE)]
    pub image: String,
    /// Entry of the controller's configuration; may be repeated
    #[arg(long = "set", value_parser = key_value, value_name = "KEY=VALUE")]
    pub set: Vec<(String, String)>,
    /// Controllers; one works, the others wait to take over
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=5))]
    pub replicas: Option<i32>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `uninstall`.
#[derive(Args, Debug)]
pub struct Uninstall {
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `version`.
#[derive(Args, Debug)]
pub struct Version {
    /// Asks the controllers too
    #[arg(long)]
    pub server: bool,
}
