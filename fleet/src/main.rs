//! The controller of one Kubernetes cluster, and the steps inside a database pod of our own image.

mod act;
mod api;
mod controller;
mod desired;
mod environment;
mod events;
mod hash;
mod kinds;
mod lease;
mod metrics;
mod node;
mod observe;
mod plan;
mod protection;
mod queue;
mod reconcile;
mod ring;
mod rollup;
mod secret;
mod serve;
mod settings;
mod sources;
mod status;
mod tls;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Keeps Patroni-based Postgres clusters as their manifests say.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Runs the controller
    Controller(controller::Arguments),
    /// Prints the definitions of the custom resources
    Crds,
    /// Steps inside a database pod
    #[command(subcommand)]
    Node(node::Command),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Controller(arguments) => {
            let ring = ring::Ring::default();
            let filter = tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "info".into());
            let lines = tracing_subscriber::fmt::layer()
                .json()
                .flatten_event(true)
                .with_writer(std::io::stderr);
            tracing_subscriber::registry()
                .with(filter)
                .with(lines)
                .with(ring.clone())
                .init();
            failed_or_done(controller::run(&arguments, ring))
        }
        Command::Crds => failed_or_done(crds()),
        Command::Node(command) => node::run(command).map_or_else(
            |error| {
                eprintln!("pg-fleet: {error}");
                ExitCode::FAILURE
            },
            ExitCode::from,
        ),
    }
}

fn crds() -> Result<(), Box<dyn std::error::Error>> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    for crd in pg_core::crd::crds()? {
        out.write_all(pg_core::crd::yaml(&crd)?.as_bytes())?;
    }
    Ok(())
}

fn failed_or_done<E: std::fmt::Display>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pg-fleet: {error}");
            ExitCode::FAILURE
        }
    }
}
