//! The controller of one Kubernetes cluster, and the steps inside a database pod of our own image.

mod act;
mod answer;
mod api;
mod controller;
mod definition;
mod desired;
mod early;
mod environment;
mod events;
mod hash;
mod kinds;
mod lease;
mod leftovers;
mod mask;
mod metrics;
mod node;
mod observe;
mod plan;
mod protection;
mod queue;
mod reach;
mod reconcile;
mod ring;
mod rollouts;
mod rollup;
mod secret;
mod serve;
mod settings;
mod sources;
mod status;
mod tls;
mod told;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::{
    Layer, fmt::MakeWriter, layer::SubscriberExt as _, registry::LookupSpan,
    util::SubscriberInitExt as _,
};

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
            tracing_subscriber::registry()
                .with(filter)
                .with(lines(std::io::stderr))
                .with(ring.clone())
                .init();
            failed_or_done(controller::run(&arguments, ring))
        }
        Command::Crds => failed_or_done(crds()),
        Command::Node(command) => {
            let is_first = matches!(command, node::Command::Run);
            node::run(command).map_or_else(
                |error| {
                    eprintln!("pg-fleet: {error}");
                    if is_first {
                        leave_word(&error.to_string());
                    }
                    ExitCode::FAILURE
                },
                ExitCode::from,
            )
        }
    }
}

/// The last words of a container's first process, where Kubernetes has made a file for them: they come with the
/// pod's status. It keeps 4096 bytes.
fn leave_word(word: &str) {
    const FILE: &str = "/dev/termination-log";
    let open = std::fs::OpenOptions::new().write(true).open(FILE);
    if let Ok(mut file) = open {
        use std::io::Write as _;
        let _ = file.write_all(word.as_bytes().get(..4096).unwrap_or(word.as_bytes()));
    }
}

/// The log: one JSON object on each line.
fn lines<S, W>(writer: W) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer(writer)
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

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use serde_json::Value;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("one writer").extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn each_line_of_the_log_is_an_object() {
        let written = Written::default();
        let to = written.clone();
        let log = tracing_subscriber::registry().with(lines(move || to.clone()));
        tracing::subscriber::with_default(log, || {
            tracing::info!(cluster = "team/main", name = "a \"b\"\nc", "apply");
            tracing::warn!(error = %io::Error::other("no\nanswer"), "failed");
        });
        let bytes = written.0.lock().expect("one writer").clone();
        let text = String::from_utf8(bytes).expect("text");
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert_eq!(lines[0]["level"], "INFO");
        assert_eq!(lines[0]["message"], "apply");
        assert_eq!(lines[0]["cluster"], "team/main");
        assert_eq!(lines[0]["name"], "a \"b\"\nc");
        assert!(lines[0]["timestamp"].is_string());
        assert_eq!(lines[1]["error"], "no\nanswer");
    }
}
