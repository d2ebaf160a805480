//! The arguments of rollouts.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand, ValueEnum};
use pg_core::rollout::{Amount, Gate};

use crate::args::{
    change::Change,
    value::{duration, gate, soak, window},
};
use crate::target::{Target, TargetArg};

/// How more than one target is gone over.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Rollout")]
pub struct Waves {
    /// Writes the plan into a file and stops; - is stdout
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// So many go first; if one of them fails, nothing else begins
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub canary: u32,
    /// Sizes of the waves behind it: numbers, or shares of all (rounded down); the last one takes
    /// the rest
    #[arg(
        long,
        value_name = "N|N%,…",
        value_delimiter = ',',
        default_value = "25%"
    )]
    pub waves: Vec<Amount>,
    /// A wave for each context, or for each value of a label
    #[arg(long, value_name = "context|label=KEY", conflicts_with = "waves")]
    pub wave_by: Option<WaveBy>,
    /// So long all have to be healthy before the next wave [10m; 30s where there are at most three
    /// targets]
    #[arg(long, value_name = "DURATION", value_parser = soak)]
    pub soak: Option<Duration>,
    /// What takes longer has failed
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "30m")]
    pub deadline: Duration,
    /// Stops when more than so many have failed
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub max_failures: u32,
    /// What has to hold between waves: approval, leader, lag=BYTES, archiving, connections=PERCENT,
    /// log=LINES of errors at most, or sql=QUERY that says true on each primary; may be repeated
    #[arg(long = "gate", value_name = "GATE", value_parser = gate)]
    pub gates: Vec<Gate>,
    /// Begins something only then, UTC: Sat:01:00-05:00, or 01:00-05:00; may be repeated
    #[arg(long = "window", value_name = "WINDOW", value_parser = window)]
    pub windows: Vec<String>,
    /// What becomes of the others while a context does not answer
    #[arg(long, value_enum, value_name = "WHAT", default_value = "wait")]
    pub offline: Offline,
}

/// What waves are cut by, beside sizes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum WaveBy {
    /// Contexts.
    Context,
    /// Values of a label.
    Label(String),
}

impl std::str::FromStr for WaveBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None if text == "context" => Ok(Self::Context),
            Some(("label", key)) if !key.is_empty() => Ok(Self::Label(key.to_owned())),
            _ => Err(format!("{text:?} is neither context nor label=KEY")),
        }
    }
}

/// What becomes of the others while a context does not answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Offline {
    /// They wait.
    Wait,
    /// They go on.
    Skip,
}

/// Arguments of `rollout`.
#[derive(Args, Debug)]
pub struct Rollout {
    /// What to do.
    #[command(subcommand)]
    pub what: RolloutVerb,
}

/// What to do with rollouts.
#[derive(Debug, Subcommand)]
pub enum RolloutVerb {
    /// Table of rollouts over contexts
    #[command(visible_alias = "ls")]
    List,
    /// One rollout: its waves and targets
    Show(RolloutId),
    /// Carries out a plan that --plan wrote, and nothing else
    Start(RolloutStart),
    /// Looks on until it ends; drives nothing
    Watch(RolloutId),
    /// Nothing new begins until it is resumed
    Pause(RolloutWord),
    /// Goes on, whoever drove it before
    Resume(RolloutResume),
    /// Nothing new begins, for good
    Abort(RolloutWord),
    /// Tries again what failed or was skipped, and goes on
    Retry(RolloutRetry),
    /// Leaves one target out
    Skip(RolloutSkip),
    /// Lets it go on to the next wave where it waits for a person, or a gate said no
    Approve(RolloutWord),
}

impl RolloutVerb {
    /// Whether it changes anything.
    pub fn changes(&self) -> bool {
        !matches!(self, Self::List | Self::Show(_) | Self::Watch(_))
    }
}

/// Arguments of `rollout show` and `rollout watch`.
#[derive(Args, Debug)]
pub struct RolloutId {
    /// The rollout
    pub id: String,
}

/// Arguments of `rollout start`.
#[derive(Args, Debug)]
pub struct RolloutStart {
    /// The file that --plan wrote
    pub file: PathBuf,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `rollout pause`, `abort`, `approve`.
#[derive(Args, Debug)]
pub struct RolloutWord {
    /// The rollout
    pub id: String,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// What taking a rollout up asks for.
#[derive(Args, Clone, Debug)]
pub struct Taking {
    /// Gives up a context that is gone, named as in the plan or by its uid; may be repeated. Where
    /// two people each give up the other's side, both go on: --max-parallel then holds on each
    #[arg(long, value_name = "CONTEXT|UID")]
    pub without: Vec<String>,
    /// Goes on though somebody else drives it now
    #[arg(long)]
    pub take_over: bool,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// Arguments of `rollout resume`.
#[derive(Args, Debug)]
pub struct RolloutResume {
    /// The rollout
    pub id: String,
    /// How it is taken up.
    #[command(flatten)]
    pub taking: Taking,
}

/// Arguments of `rollout retry`.
#[derive(Args, Debug)]
pub struct RolloutRetry {
    /// The rollout
    pub id: String,
    /// Only these [none: all that failed]
    pub targets: Vec<TargetArg>,
    /// How it is taken up.
    #[command(flatten)]
    pub taking: Taking,
}

/// Arguments of `rollout skip`.
#[derive(Args, Debug)]
pub struct RolloutSkip {
    /// The rollout
    pub id: String,
    /// Which target; @CONTEXT as it is called here or in the plan
    pub target: Target,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}
