//! Every decision as a table: one change to a healthy cluster, and what is done about it.

mod account;
mod adoption;
mod budgets;
mod claims;
mod collect;
mod containers;
mod credentials;
mod drain;
mod dynamic_config;
mod ends;
mod held;
mod leftovers;
mod loan;
mod maintenance;
mod notes;
mod objects;
pub mod operations;
mod questions;
mod raised;
mod rolling;
mod rollouts;
mod rotation;
mod scale;
mod slot;
mod stale_label;
mod standby;
mod status;
mod steps;
mod store;
mod told;
mod upgrade;

use super::cluster::{Cluster, State, ago, child, live, member};
use crate::plan::action::{Action, PatroniCall, PatroniRequest};
use pg_core::operation::{OperationStatus, Phase};

/// The actions by their names, for the middle column of a table.
fn names(cluster: &Cluster) -> Vec<&'static str> {
    cluster.actions().iter().map(Action::name).collect()
}

/// The status that is written for an operation, if one is.
fn written(cluster: &Cluster, name: &str) -> Option<OperationStatus> {
    cluster
        .actions()
        .into_iter()
        .find_map(|action| match action {
            Action::WriteOperation {
                name: of, status, ..
            } if of == name => Some(*status),
            _ => None,
        })
}

/// Phase and reason of what is written.
fn end(cluster: &Cluster, name: &str) -> Option<(Phase, String)> {
    written(cluster, name).map(|status| (status.phase, status.reason.unwrap_or_default()))
}

/// The only action, which must be a call to Patroni.
fn call(cluster: &Cluster) -> Option<PatroniCall> {
    match cluster.actions().as_slice() {
        [Action::Patroni(call)] => Some(call.clone()),
        _ => None,
    }
}

/// The number of members that is applied, if it is.
fn replicas(actions: &[Action]) -> Option<i64> {
    actions.iter().find_map(|action| match action {
        Action::Apply(child) => child.body.pointer("/spec/replicas")?.as_i64(),
        _ => None,
    })
}
