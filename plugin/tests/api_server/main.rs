//! The program against a real API server where no controller acts: what it refuses, how it ends,
//! and that nothing was changed. The test plays the controller where one must have spoken.
//!
//! Runs only where `KUBECTL_PG_TEST_KUBECONFIG` names a kubeconfig whose current context may be
//! written to: a fresh cluster of the lab will do (`tests/lab/lab up scratch`).

// Helpers of tests may fail loudly, as tests do.
#![allow(clippy::expect_used)]

mod changing;
mod installing;
mod operating;
mod reading;
mod server;

use changing::{applying, creating, deleting, editing, scaling};
use installing::{install, installed_again, rights, uninstall};
use operating::operating;
use reading::{choosing, looking, reading};
use server::Server;

#[test]
fn against_a_real_api_server() {
    let Some(server) = Server::find() else {
        eprintln!("skipped: KUBECTL_PG_TEST_KUBECONFIG is not set");
        return;
    };
    let server = &server;
    install(server);
    creating(server);
    rights(server);
    scaling(server);
    operating(server);
    reading(server);
    choosing(server);
    editing(server);
    applying(server);
    looking(server);
    deleting(server);
    uninstall(server);
    installed_again(server);
}
