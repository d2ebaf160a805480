//! End to end: two Kubernetes clusters, the controller in both, and what people and accidents do.
//!
//! Tests run side by side in namespaces of their own; faults of nodes and controllers have the
//! first cluster (`Place::East`) to themselves.

mod bad_input;
mod canary;
mod certificates;
mod children;
mod clone;
mod clone_elsewhere;
mod configuration;
mod controller;
mod create;
mod delete;
mod drain;
mod faults;
mod frozen;
mod gates;
mod image;
mod killed;
mod major;
mod major_accidents;
mod major_refused;
mod operations;
mod psql;
mod raised;
mod refused;
mod rights;
mod roles;
mod rolling;
mod rollout;
mod scale;
mod seeing;
mod standby;
mod terminal;
mod zalando;

/// The client of Postgres that the tests start on nodes.
fn writer() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_BIN_EXE_writer"))
}
