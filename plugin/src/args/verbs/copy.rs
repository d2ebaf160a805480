//! The arguments of verbs that copy whole Postgres clusters.

use std::str::FromStr;

use clap::Args;

use crate::args::{
    change::Change,
    value::{host_port, quantity, replicas, version},
};
use crate::target::{Target, TargetArg};

/// Arguments of `clone`.
#[derive(Args, Debug)]
pub struct Copies {
    /// The Postgres cluster that is copied
    pub source: TargetArg,
    /// Its copies: a target each, or @CONTEXT for the same name there
    #[arg(required = true)]
    pub new: Vec<NewCopy>,
    /// Copies follow, with the same passwords
    #[arg(long)]
    pub standby: bool,
    /// The source for pods elsewhere
    #[arg(long, value_name = "HOST[:PORT]", value_parser = host_port)]
    pub host: Option<(String, u16)>,
    /// This terminal carries the copy
    #[arg(long, conflicts_with_all = ["host", "standby"])]
    pub through_terminal: bool,
    /// Roles have the source's passwords
    #[arg(long, conflicts_with = "standby")]
    pub copy_passwords: bool,
    /// Major version [none: the source's]
    #[arg(long, value_parser = version)]
    pub version: Option<String>,
    /// Members of each copy
    #[arg(long, value_parser = replicas, value_name = "N", allow_negative_numbers = true)]
    pub replicas: Option<i32>,
    /// Size of each member's volume [none: the source's]
    #[arg(long, value_parser = quantity, value_name = "QUANTITY")]
    pub size: Option<String>,
    /// Storage class of the volumes
    #[arg(long, value_name = "NAME")]
    pub storage_class: Option<String>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// A copy to be: `[NAMESPACE/]NAME[@CONTEXT]`, or `@CONTEXT`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NewCopy {
    /// With a name of its own.
    Named(Target),
    /// Of the source's name, in this context.
    There(String),
}

impl FromStr for NewCopy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix('@') {
            Some("") => Err("\"@\" names no context".to_owned()),
            Some(context) => Ok(Self::There(context.to_owned())),
            None => text.parse().map(Self::Named),
        }
    }
}

/// Arguments of `promote`.
#[derive(Args, Debug)]
pub struct Promote {
    /// The standby cluster; exactly one
    pub target: TargetArg,
    /// The cluster that it follows [none: noted, or by its Service]
    #[arg(long, value_name = "TARGET")]
    pub source: Option<Target>,
    /// Goes on though the source cannot be fenced, or has rows that are not here
    #[arg(long)]
    pub accept_data_loss: bool,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}
