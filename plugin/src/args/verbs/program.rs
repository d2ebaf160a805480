//! The arguments of verbs about fleets, operations, the controller and this program.

use clap::{Args, Subcommand, ValueEnum};

use crate::args::{
    change::Change,
    value::{fleet_name, key_value, namespace, object_name},
};
use crate::target::TargetArg;

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
    /// What to do about them.
    #[command(subcommand)]
    pub what: OpsVerb,
}

/// What to do about operations.
#[derive(Debug, Subcommand)]
pub enum OpsVerb {
    /// Table of operations over contexts
    #[command(visible_alias = "ls")]
    List(OpsList),
    /// One operation, or all of one request
    Show(OpsShow),
    /// Follows one to its end; without a name, all as they come and go
    Watch(OpsWatch),
    /// Takes back what has not begun; a restart stops after the member that it is at
    Cancel(OpsCancel),
    /// Asks again for what did not come about
    Retry(OpsRetry),
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

impl OpsList {
    /// Of everything.
    pub fn all() -> Self {
        Self {
            targets: Vec::new(),
            mine: false,
            request: None,
        }
    }
}

/// Arguments of `ops show`.
#[derive(Args, Debug)]
pub struct OpsShow {
    /// Name of an operation, or id of a request
    pub id: String,
}

/// Arguments of `ops watch`.
#[derive(Args, Debug)]
pub struct OpsWatch {
    /// Name of an operation, or id of a request [none: all]
    pub id: Option<String>,
    /// Longest time to look on
    #[arg(long, value_parser = crate::args::value::duration, value_name = "DURATION")]
    pub timeout: Option<std::time::Duration>,
}

/// Arguments of `ops cancel`.
#[derive(Args, Debug)]
pub struct OpsCancel {
    /// Name of an operation, or id of a request
    pub id: String,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `ops retry`.
#[derive(Args, Debug)]
pub struct OpsRetry {
    /// Name of an operation, or id of a request
    pub id: String,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `install`.
#[derive(Args, Debug)]
pub struct Install {
    /// Image of the controller
    #[arg(long, default_value = crate::commands::install::IMAGE)]
    pub image: String,
    /// Where the controller has rights
    #[arg(long, value_enum)]
    pub scope: Option<Scope>,
    /// Where it gets them; without --scope nothing else is done
    #[arg(long, value_name = "NS", value_delimiter = ',', value_parser = namespace)]
    pub namespaces: Vec<String>,
    /// Entry of the controller's configuration; may be repeated
    #[arg(long = "set", value_parser = key_value, value_name = "KEY=VALUE")]
    pub set: Vec<(String, String)>,
    /// Configuration read where it is: an OperatorConfiguration or ConfigMap
    #[arg(long, value_name = "NAMESPACE/NAME", value_parser = object_name, conflicts_with = "set")]
    pub config: Option<(String, String)>,
    /// Controllers; one works, the others wait to take over
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=5))]
    pub replicas: Option<i32>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Where the controller has rights on more than its own resources.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Scope {
    /// In all namespaces.
    Cluster,
    /// In those that are named.
    Namespaces,
}

impl Install {
    /// What does not go together.
    pub fn check(&self) -> crate::error::Result<()> {
        if self.namespaces.is_empty() || self.scope == Some(Scope::Namespaces) {
            return Ok(());
        }
        if self.scope == Some(Scope::Cluster) {
            return Err(crate::error::Error::usage(
                "--namespaces: with --scope cluster it has rights in all of them",
            ));
        }
        let others = !self.set.is_empty() || self.config.is_some() || self.replicas.is_some();
        if others || self.image != crate::commands::install::IMAGE {
            return Err(crate::error::Error::usage(
                "--namespaces without --scope gives rights there and changes nothing else: leave \
                 the other flags out, or say --scope namespaces too",
            ));
        }
        Ok(())
    }
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
