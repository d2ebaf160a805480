//! The arguments of verbs that read.

use std::path::PathBuf;

use clap::Args;
use regex_lite::Regex;

use crate::args::value::Since;
use crate::target::{Target, TargetArg};

/// Flags that say which Postgres clusters are meant where none is named.
const CHOOSE: [&str; 9] = [
    "namespace",
    "all_namespaces",
    "selector",
    "filter",
    "context",
    "not_context",
    "all_contexts",
    "context_selector",
    "fleet",
];

/// Arguments of `list`.
#[derive(Args, Debug)]
pub struct List {
    /// Only these
    pub targets: Vec<TargetArg>,
    /// Only clusters that are not healthy
    #[arg(long)]
    pub problems: bool,
    /// Goes on and shows what changes
    #[arg(short, long)]
    pub watch: bool,
}

/// Arguments of `status`.
#[derive(Args, Debug)]
pub struct Status {
    /// None: the whole fleet, worst first
    pub targets: Vec<TargetArg>,
    /// Goes on and shows what changes
    #[arg(short, long)]
    pub watch: bool,
}

/// Arguments of `history`.
#[derive(Args, Debug)]
pub struct History {
    /// Which; one
    pub target: TargetArg,
    /// From this moment: 2d, or 2026-11-21T10:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<Since>,
}

/// Arguments of `df`. Growth is told by earlier runs on this machine.
#[derive(Args, Debug)]
pub struct Df {
    /// None: all in the namespace, or those of -A, -l, --where
    pub targets: Vec<TargetArg>,
    /// Only members that use at least so many percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub threshold: Option<u8>,
}

/// Arguments of `diff`.
#[derive(Args, Debug)]
pub struct Diff {
    /// Which; none: all that -A, -l or --where choose
    pub targets: Vec<TargetArg>,
    /// The one to compare with [none: what most have]
    #[arg(long, value_name = "TARGET")]
    pub against: Option<Target>,
}

/// Arguments of `doctor`.
#[derive(Args, Debug)]
pub struct Doctor {
    /// None: the contexts themselves
    pub targets: Vec<TargetArg>,
}

/// Arguments of `report`.
#[derive(Args, Debug)]
pub struct Report {
    /// None: the contexts alone
    pub targets: Vec<TargetArg>,
    /// Where to write it; - is stdout
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Arguments of `logs`.
#[derive(Args, Clone, Debug)]
pub struct Logs {
    /// Clusters or members; none: all that -n, -A, contexts … choose
    #[arg(required_unless_present = "controller", required_unless_present_any = CHOOSE)]
    pub targets: Vec<TargetArg>,
    /// The controllers' logs instead
    #[arg(long, conflicts_with_all = ["targets", "selector", "filter"])]
    pub controller: bool,
    /// PostgreSQL's own log files, not what Patroni says
    #[arg(long, conflicts_with_all = ["controller", "container"])]
    pub postgres: bool,
    /// Goes on with what is written from now on
    #[arg(short, long)]
    pub follow: bool,
    /// From this moment: 10m, or 2026-11-21T10:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<Since>,
    /// Last lines of each member [of --postgres: 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    pub tail: Option<i64>,
    /// Only lines with this; may be repeated
    #[arg(short, long, value_name = "REGEX")]
    pub include: Vec<Regex>,
    /// No lines with this; may be repeated
    #[arg(short, long, value_name = "REGEX")]
    pub exclude: Vec<Regex>,
    /// Lets this stand out; may be repeated
    #[arg(short = 'H', long, value_name = "REGEX")]
    pub highlight: Vec<Regex>,
    /// Container of the pods
    #[arg(long, value_name = "NAME")]
    pub container: Option<String>,
    /// Namespace of the controller
    #[arg(long, value_name = "NS", default_value = pg_core::names::SYSTEM_NAMESPACE, hide = true)]
    pub system_namespace: String,
}

/// Arguments of `psql`.
#[derive(Args, Debug)]
pub struct Psql {
    /// Several, or all that -n, -A … choose: with -c or -f, read-only
    #[arg(required_unless_present_any = CHOOSE)]
    pub targets: Vec<TargetArg>,
    /// SQL or a backslash command; may be repeated
    #[arg(short, long, value_name = "SQL")]
    pub command: Vec<String>,
    /// File with SQL; - is stdin
    #[arg(short, long, value_name = "FILE", conflicts_with = "command")]
    pub file: Option<PathBuf>,
    /// Role to log in as, with the psql of this machine
    #[arg(id = "user", long = "user", value_name = "ROLE")]
    pub role: Option<String>,
    /// The psql of this machine, through a forwarded socket
    #[arg(id = "local", long)]
    pub here: bool,
    /// Database [none: picked on a terminal, else postgres]
    #[arg(short, long)]
    pub db: Option<String>,
    /// On a replica
    #[arg(long)]
    pub replica: bool,
    /// Several targets that are named may be changed
    #[arg(long)]
    pub write: bool,
    /// Yes to the question before several are changed
    #[arg(short, long, help_heading = "Change")]
    pub yes: bool,
    /// Goes on only if there are this many targets
    #[arg(long, value_name = "N", help_heading = "Change")]
    pub expect_count: Option<usize>,
    /// Longest time for all targets together, with -c or -f
    #[arg(long, value_parser = crate::args::value::duration, value_name = "DURATION")]
    pub timeout: Option<std::time::Duration>,
    /// Arguments of psql
    #[arg(last = true)]
    pub args: Vec<String>,
}
