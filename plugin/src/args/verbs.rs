//! The arguments of each verb.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use regex_lite::Regex;

use super::{
    change::Change,
    value::{Since, bounds, fleet_name, key_value, quantity, replicas, role, role_flag, version},
};
use crate::target::{Member, Target, TargetArg};

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
    #[arg(long, value_name = "NS", default_value = pg_core::names::SYSTEM_NAMESPACE)]
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
    /// Role to log in as, with the psql of this machine
    #[arg(id = "user", long = "user", value_name = "ROLE")]
    pub role: Option<String>,
    /// The psql of this machine, through a forwarded socket
    #[arg(id = "local", long)]
    pub here: bool,
    /// Database
    #[arg(short, long, default_value = "postgres")]
    pub db: String,
    /// On a replica
    #[arg(long)]
    pub replica: bool,
    /// Several targets may be changed
    #[arg(long)]
    pub write: bool,
    /// Yes to the question before several are changed
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
    #[arg(required_unless_present_any = ["selector", "filter"])]
    pub targets: Vec<TargetArg>,
    /// Members, the primary among them
    #[arg(long, value_parser = replicas, value_name = "N", allow_negative_numbers = true)]
    pub replicas: i32,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `apply`.
#[derive(Args, Debug)]
pub struct Apply {
    /// Manifests: a file, a folder, or - for stdin; may be repeated
    #[arg(short, long = "filename", required = true, value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
    /// Takes fields that others have set
    #[arg(long)]
    pub force_conflicts: bool,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `set`.
#[derive(Args, Debug)]
pub struct Set {
    /// Targets, and fields of spec with their values; KEY= takes a field away
    #[arg(required = true, value_name = "TARGET|KEY=VALUE")]
    pub words: Vec<String>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `resize`.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(["size", "cpu", "memory"]),
          override_usage = "kubectl pg resize [OPTIONS] [TARGETS]...")]
pub struct Resize {
    /// Which
    #[arg(required_unless_present_any = ["selector", "filter"])]
    pub targets: Vec<TargetArg>,
    /// Size of each member's volume
    #[arg(long, value_parser = quantity, value_name = "QUANTITY")]
    pub size: Option<String>,
    /// CPU: asked for, or asked for and limit
    #[arg(long, value_parser = bounds, value_name = "Q[:Q]")]
    pub cpu: Option<(String, String)>,
    /// Memory: asked for, or asked for and limit
    #[arg(long, value_parser = bounds, value_name = "Q[:Q]")]
    pub memory: Option<(String, String)>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `user`.
#[derive(Args, Debug)]
pub struct User {
    /// What to do.
    #[command(subcommand)]
    pub what: UserVerb,
}

/// What to do with roles.
#[derive(Debug, Subcommand)]
pub enum UserVerb {
    /// Roles of manifests
    #[command(visible_alias = "ls")]
    List(Named),
    /// Adds a role, or flags to it
    Add(UserAdd),
    /// Takes a role out of the manifest; PostgreSQL keeps it
    Drop(UserDrop),
}

/// Targets alone.
#[derive(Args, Debug)]
pub struct Named {
    /// Which
    #[arg(required = true)]
    pub targets: Vec<TargetArg>,
}

/// Arguments of `user add`.
#[derive(Args, Debug)]
pub struct UserAdd {
    /// Which
    pub target: TargetArg,
    /// The role
    #[arg(value_parser = role)]
    pub name: String,
    /// login, createdb, createrole, superuser, inherit, replication, no…
    #[arg(long, value_delimiter = ',', value_name = "FLAGS", value_parser = role_flag)]
    pub flags: Vec<String>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `user drop`.
#[derive(Args, Debug)]
pub struct UserDrop {
    /// Which
    pub target: TargetArg,
    /// The role
    pub name: String,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `db`.
#[derive(Args, Debug)]
pub struct Db {
    /// What to do.
    #[command(subcommand)]
    pub what: DbVerb,
}

/// What to do with databases.
#[derive(Debug, Subcommand)]
pub enum DbVerb {
    /// Databases of manifests
    #[command(visible_alias = "ls")]
    List(Named),
    /// Adds a database
    Add(Box<DbAdd>),
}

/// Arguments of `db add`.
#[derive(Args, Debug)]
pub struct DbAdd {
    /// Which
    pub target: TargetArg,
    /// The database
    #[arg(value_parser = role)]
    pub name: String,
    /// A role of the manifest
    #[arg(long, value_name = "ROLE")]
    pub owner: String,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `hibernate`.
#[derive(Args, Debug)]
pub struct Hibernate {
    /// on stops, off starts
    pub state: Switch,
    /// Which
    #[arg(required_unless_present_any = ["selector", "filter"])]
    pub targets: Vec<TargetArg>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// On or off.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// Arguments of `switchover`.
#[derive(Args, Debug)]
pub struct Switchover {
    /// Which
    #[arg(required_unless_present_any = ["selector", "filter"])]
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
    #[arg(required_unless_present_any = ["selector", "filter"])]
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

/// Arguments of `reload`.
#[derive(Args, Debug)]
pub struct Reload {
    /// Which
    #[arg(required_unless_present_any = ["selector", "filter"])]
    pub targets: Vec<TargetArg>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `maintenance`.
#[derive(Args, Debug)]
pub struct Maintenance {
    /// on pauses, off goes on
    pub state: Switch,
    /// Which
    #[arg(required_unless_present_any = ["selector", "filter"])]
    pub targets: Vec<TargetArg>,
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
    /// What goes too, even where the controller is told to keep it
    #[arg(long, value_delimiter = ',', value_name = "WHAT,…")]
    pub with: Vec<Kept>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// What a deletion may keep.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Kept {
    /// The volumes.
    Data,
    /// The secrets with the passwords.
    Secrets,
}

/// Arguments of `fleet`.
#[derive(Args, Debug)]
pub struct Fleet {
    /// What to do.
    #[command(subcommand)]
    pub what: FleetVerb,
}

/// What to do with fleets.
#[derive(Debug, Subcommand)]
pub enum FleetVerb {
    /// The fleets there are
    #[command(visible_alias = "ls")]
    List,
    /// Contexts with short names, labels, fleets
    Show(FleetShow),
    /// Puts contexts into a fleet, and notes what they are
    Add(FleetAdd),
    /// Takes contexts out of a fleet; without contexts, the fleet away
    Remove(FleetRemove),
}

/// Arguments of `fleet show`.
#[derive(Args, Debug)]
pub struct FleetShow {
    /// Only the contexts of this fleet
    pub name: Option<String>,
}

/// Arguments of `fleet add`.
#[derive(Args, Debug)]
pub struct FleetAdd {
    /// The fleet
    #[arg(value_parser = fleet_name)]
    pub name: String,
    /// Contexts: names, short names, or globs that stay globs
    #[arg(required = true)]
    pub contexts: Vec<String>,
    /// Label of each of the contexts; may be repeated
    #[arg(long = "label", value_parser = key_value, value_name = "KEY=VALUE")]
    pub labels: Vec<(String, String)>,
    /// Short name of the one context
    #[arg(long, value_name = "NAME")]
    pub alias: Option<String>,
    /// Changes there are confirmed one class up
    #[arg(long, default_missing_value = "true", num_args = 0..=1, require_equals = true,
          value_name = "BOOL")]
    pub protected: Option<bool>,
}

/// Arguments of `fleet remove`.
#[derive(Args, Debug)]
pub struct FleetRemove {
    /// The fleet
    pub name: String,
    /// As they stand in the fleet, or short names
    pub contexts: Vec<String>,
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

/// Arguments of `adopt`.
#[derive(Args, Debug)]
pub struct Adopt {
    /// Which
    #[arg(required_unless_present_any = ["selector", "filter"])]
    pub targets: Vec<TargetArg>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `release`.
#[derive(Args, Debug)]
pub struct Release {
    /// Which
    #[arg(required_unless_present_any = ["selector", "filter"])]
    pub targets: Vec<TargetArg>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `version`.
#[derive(Args, Debug)]
pub struct Version {
    /// Asks the controllers too; =URL: by this API server
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "",
          value_name = "URL")]
    pub server: Option<String>,
}

/// Arguments of `completion`.
#[derive(Args, Debug)]
pub struct Completion {
    /// The shell whose script is printed; install links kubectl_complete-pg beside this program
    pub shell: Shell,
}

/// What completion is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Shell {
    /// bash.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
    /// kubectl.
    Install,
}
