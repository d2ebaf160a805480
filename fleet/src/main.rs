//! The controller of one Kubernetes cluster, and the steps inside a database pod of our own image.

use clap::Parser;
use std::process::ExitCode;

pub mod node;

/// Keeps Patroni-based Postgres clusters as their manifests say.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Steps inside a database pod
    #[command(subcommand)]
    Node(node::Command),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Node(command) => node::run(command).map_or_else(
            |error| {
                eprintln!("pg-fleet: {error}");
                ExitCode::FAILURE
            },
            ExitCode::from,
        ),
    }
}
