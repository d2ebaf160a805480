//! Rollouts: one act on many Postgres clusters of many Kubernetes clusters, in waves, without a
//! hub.
//!
//! - [`Plan`]: which targets, in which waves; made once, never changed.
//! - [`Rollout`]: its slice in each Kubernetes cluster, where all that is known of it lies.
//! - [`step()`]: the engine. Whoever drives reads all slices, does what it says, and asks again.
//! - [`Bid`]: how one driver takes over from another.
//! - [`slice`]: the part of the controllers, who refuse what a driver that was overtaken asks for.

mod control;
mod plan;
mod resource;
pub mod slice;
mod standing;
mod standpoint;
mod step;
mod strategy;
mod target;
#[cfg(test)]
mod tests;
mod waves;

pub use control::{Bid, Reply, Wanted, excluded, never_ran, to_approve, wanted};
pub use plan::{
    Draft, Effect, LeftOut, MOST_BYTES, Place, Plan, PlanError, PlanKind, Slice, is_genuine,
};
pub use resource::*;
pub use standing::{Act, Failure, Standing, Step, Stop};
pub use standpoint::{
    Fleet, Seen, Standpoint, failures, has_failed, standpoints, tried_again, was_passed_over,
};
pub use step::{Me, step};
pub use strategy::{Amount, Cut, Gate, NoAmount, Offline, Strategy};
pub use target::{CHANGED, NOT_YET, of_operations, seen_by_driver, shortened};
pub use waves::{Candidate, Follows, cut};
