//! What `kubectl-pg` and `pg-fleet` share: the custom resources, names and labels, Patroni's data.
//!
//! Nothing here does I/O or looks at a clock: times, answers and chance are arguments. So every
//! rule in this crate can be tested as a table or a property.

pub mod causes;
pub mod configuration;
pub mod crd;
pub mod difference;
#[cfg(test)]
mod fields;
pub mod names;
pub mod operation;
pub mod patroni;
pub mod postgresql;
pub mod postgresteam;
pub mod rollout;
pub mod rollup;
pub mod store;
pub mod window;
