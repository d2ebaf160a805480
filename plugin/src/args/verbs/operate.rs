//! The arguments of verbs that operate on what runs.

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use pg_core::postgresql::MAJOR_VERSIONS;

use super::rollout::Waves;
use crate::args::change::Change;
use crate::target::{Member, TargetArg};

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
    /// How several are gone over.
    #[command(flatten)]
    pub waves: Waves,
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

/// Arguments of `upgrade`.
#[derive(Args, Debug)]
pub struct Upgrade {
    /// Which
    #[arg(required_unless_present_any = ["selector", "filter"])]
    pub targets: Vec<TargetArg>,
    /// The major version: the data is converted in place
    #[arg(long, value_name = "VERSION", value_parser = major, required_unless_present = "image")]
    pub to: Option<String>,
    /// The image that members are made anew from (minor versions)
    #[arg(long, value_name = "IMAGE", conflicts_with = "to")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub image: Option<String>,
    /// Only look whether it can be done
    #[arg(long, requires = "to")]
    pub check: bool,
    /// Keep nothing by which the old version could be had back
    #[arg(long, requires = "to")]
    pub no_way_back: bool,
    /// How several are gone over.
    #[command(flatten)]
    pub waves: Waves,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

fn major(text: &str) -> Result<String, String> {
    let known = MAJOR_VERSIONS.contains(&text);
    known
        .then(|| text.to_owned())
        .ok_or_else(|| format!("a major version is one of {}", MAJOR_VERSIONS.join(", ")))
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
