//! `postgresql`: the custom resource of one Postgres cluster, as Zalando's operator defines it.

pub mod spec;
pub mod status;

pub(crate) mod schema;

pub use spec::*;
pub use status::*;

#[cfg(test)]
mod tests;
