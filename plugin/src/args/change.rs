//! Flags of every verb that changes something.

use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use super::value::{duration, request_id};
use crate::target::Target;

/// Flags of changing verbs.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Change")]
pub struct Change {
    /// Shows what would be done: as seen from here, or as the API servers judge it
    #[arg(long, value_enum, default_value = "none", value_name = "WHERE")]
    pub dry_run: DryRun,
    /// Yes to the question, where one target or --expect-count makes that enough
    #[arg(short, long)]
    pub yes: bool,
    /// Goes on only if there are this many targets
    #[arg(long, value_name = "N")]
    pub expect_count: Option<usize>,
    /// The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT
    #[arg(long, value_name = "TARGET")]
    pub confirm: Option<Target>,
    /// Id of an earlier request, to take it up again
    #[arg(long, value_name = "ID", value_parser = request_id)]
    pub request: Option<String>,
    /// Waits its turn behind other work on the same Postgres cluster
    #[arg(long)]
    pub queue: bool,
    /// Whether to wait until it is done
    #[arg(long, default_value = "true", default_missing_value = "true", num_args = 0..=1,
          require_equals = true, action = ArgAction::Set, value_name = "BOOL")]
    pub wait: bool,
    /// Longest time to wait, for all targets together
    #[arg(long, value_parser = duration, value_name = "DURATION")]
    pub timeout: Option<Duration>,
    /// How many targets at once [16; of a rollout 10%]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub max_parallel: Option<u16>,
    /// How many targets of one context at once [16; of a rollout no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub max_per_context: Option<u16>,
    /// Why; kept with the change
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Targets that are missing in some contexts are left out there
    #[arg(long)]
    pub where_found: bool,
}

/// How far a dry run goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum DryRun {
    /// It is not one.
    None,
    /// Nothing is sent.
    Client,
    /// Sent, judged, not kept.
    Server,
}

impl Change {
    /// One that asks for nothing.
    pub fn plain() -> Self {
        Self {
            dry_run: DryRun::None,
            yes: false,
            expect_count: None,
            confirm: None,
            request: None,
            queue: false,
            wait: true,
            timeout: None,
            max_parallel: None,
            max_per_context: None,
            reason: None,
            where_found: false,
        }
    }
}

/// Writes run on so many targets, and on so many of one place, unless it is said otherwise.
const AT_ONCE: u16 = 16;

impl Change {
    /// How many targets at once, where it is no rollout.
    pub fn at_once(&self) -> usize {
        usize::from(self.max_parallel.unwrap_or(AT_ONCE))
    }

    /// The same of one place.
    pub fn at_once_in_one(&self) -> usize {
        usize::from(self.max_per_context.unwrap_or(AT_ONCE))
    }
}

impl DryRun {
    /// Whether it is one.
    pub fn is_dry(self) -> bool {
        self != Self::None
    }
}
