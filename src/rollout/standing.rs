//! What a step comes to: what is done now, where the rollout stands, and why it does not go on.

use std::time::Duration;

use super::{
    resource::{Desired, Driver, Finding, Target},
    strategy::Gate,
};

/// What to do now, and where the rollout stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// In this order.
    pub acts: Vec<Act>,
    /// Where it stands.
    pub standing: Standing,
}

/// One effect.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Act {
    /// Lets targets of this wave begin, in one slice.
    Open {
        /// Which slice.
        cluster_uid: String,
        /// The wave.
        wave: u32,
    },
    /// Asks for the operation on one target.
    Create {
        /// Which slice.
        cluster_uid: String,
        /// The target's uid.
        target: String,
        /// Which attempt it is.
        attempt: u32,
    },
    /// Answers the question of a gate, and writes into every slice what is found: of its own
    /// targets in full, of others only how many said no.
    Look {
        /// Behind this wave.
        wave: u32,
        /// The gate.
        gate: Gate,
    },
    /// Says in one slice that all is done.
    Finish {
        /// Which slice.
        cluster_uid: String,
    },
}

/// Where a rollout stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Something is to be done, or was just done.
    Goes,
    /// Operations are under way, or clusters not healthy again yet: this many.
    Works(usize),
    /// All are healthy, and have to stay so for this long.
    Soaks(Duration),
    /// These Kubernetes clusters do not answer; nothing new starts.
    Silent(Vec<String>),
    /// No window is open; so long from now one is.
    Closed(Duration),
    /// It will not go on by itself.
    Stopped(Stop),
    /// Nothing is left to do.
    Done,
}

/// Why it does not go on by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// Somebody else drives it.
    TakenOver(Driver),
    /// A slice that is needed is not among those that were read.
    Missing(Vec<String>),
    /// A slice is not as this driver wrote it: it has to be taken up again.
    Behind(String),
    /// A person said so.
    Told {
        /// Paused, or aborted.
        desired: Desired,
        /// Who.
        by: Option<String>,
        /// Why.
        reason: Option<String>,
    },
    /// Another rollout has some of the targets.
    Claimed {
        /// Where.
        cluster_uid: String,
        /// Which other.
        by: Option<String>,
        /// Some of them.
        targets: Vec<String>,
    },
    /// More have failed than may.
    Failures(Vec<Failure>),
    /// These Kubernetes clusters have not answered for longer than the deadline, and more of their
    /// targets are open than may fail.
    Offline(Vec<String>),
    /// A person has to say yes before the wave behind this one.
    Approval(u32),
    /// A gate does not let it through.
    Gate(Finding),
}

/// A target that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Its Kubernetes cluster.
    pub cluster_uid: String,
    /// The target.
    pub target: Target,
    /// Why.
    pub reason: String,
}
