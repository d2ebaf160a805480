//! The arguments of verbs that write manifests.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::operate::Switch;
use super::rollout::Waves;
use crate::args::{
    change::Change,
    value::{bounds, quantity, replicas, role, role_flag, version},
};
use crate::target::TargetArg;

/// Arguments of `create`.
#[derive(Args, Debug)]
pub struct Create {
    /// Its name, and where
    #[arg(required = true, value_name = "NAME")]
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
    /// How several are gone over.
    #[command(flatten)]
    pub waves: Waves,
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
    /// A new password, in the role's Secret and in PostgreSQL
    Rotate(UserRotate),
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

/// Arguments of `user rotate`.
#[derive(Args, Debug)]
pub struct UserRotate {
    /// Which
    pub target: TargetArg,
    /// The roles
    #[arg(required = true, value_name = "ROLE")]
    pub roles: Vec<String>,
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
