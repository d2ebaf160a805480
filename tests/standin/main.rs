//! A real controller and a real API server; pods and Patroni are stand-ins. Small versions of
//! what `make sweep` and `make bench` do in full.

mod accounts;
mod adoption;
mod clones;
mod crowd;
mod definition;
mod deletions;
mod exposure;
mod help;
mod leaders;
mod mutations;
mod policies;
mod raised;
mod requests;
mod rights;
mod rollouts;
mod scopes;
mod signs;
mod stores;
mod sweep;
mod traps;

use pg_tests::{Result, lab::Lab};

/// Runs a test, where there is a lab to take the API server's program from.
fn run(body: impl AsyncFnOnce() -> Result) {
    if Lab::here().is_none() {
        eprintln!("skipped, it needs the lab's programs (CONTEXTS is set)");
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    if let Err(error) = runtime.block_on(body()) {
        panic!("{error}");
    }
}
