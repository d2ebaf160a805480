//! What the tests and measurements on real Kubernetes clusters share. Two contexts are used: those
//! of the lab (`tests/lab`), or the ones that CONTEXTS names.

pub mod api_server;
pub mod bare;
pub mod cable;
pub mod cluster;
pub mod controller;
pub mod crowd;
pub mod diagnosis;
pub mod initialize;
pub mod kubectl;
pub mod kubernetes;
pub mod lab;
pub mod manifest;
pub mod mutation;
pub mod operation;
pub mod page;
pub mod plugin;
pub mod port;
pub mod process;
pub mod proxy;
pub mod rights;
pub mod site;
pub mod standin;
pub mod sweep;
pub mod terminal;
pub mod test;
pub mod tls;
pub mod two;
pub mod wait;
pub mod workload;
pub mod zalando;

/// What went wrong, in words. A test ends with it.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
/// Most of what is done here may fail in ways that only a person can judge.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Ends the test with a sentence when something does not hold.
#[macro_export]
macro_rules! ensure {
    ($holds:expr, $($why:tt)+) => {
        if !$holds {
            return Err(format!($($why)+).into());
        }
    };
}
