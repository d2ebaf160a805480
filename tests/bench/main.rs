//! Figures: what was measured, the target, and what it was measured against.
//!
//!   bench [FIGURE …]        all of them, or these; `tests/bench/run` prepares what they need
//!   bench probe ADDRESS MS  asks one member again and again whether it takes writes
//!
//! Environment: KUBECTL_PG and PG_FLEET_PROGRAM (the released programs), FLEET_IMAGE and
//! POSTGRES_IMAGE (made of the latter), PG_LAB (a lab of its own), BENCH_ROWS (where rows are
//! kept), COUNT (repetitions, clusters, manifests, kills: fewer than usual), SCALE (of pgbench), MINUTES (of `idle` and `steady`). Exit code 1: one falls short;
//! 2: no such figure.

mod audit;
mod clients;
mod clone;
mod examples;
mod failover;
mod fault;
mod fleet;
mod ground;
mod idle;
mod lab_up;
mod load;
mod major;
mod mutations;
mod parts;
mod probe;
mod ready;
mod report;
mod rollout;
mod scale;
mod start;
mod stats;
mod steady;
mod switchover;

use std::{process::ExitCode, time::Duration};

use pg_tests::Result;
use report::Report;

/// In this order, the quick ones first.
const FIGURES: [&str; 16] = [
    "start",
    "fleet-list",
    "fleet-limits",
    "logs",
    "lab-up",
    "mutations",
    "examples",
    "scale-500",
    "ready",
    "switchover",
    "rollout",
    "clone",
    "failover",
    "major-upgrade",
    "idle",
    "steady",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [verb, address, pause] = words.as_slice()
        && verb == "probe"
        && let Ok(pause) = pause.parse()
    {
        return match probe::ask(address, Duration::from_millis(pause)).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error),
        };
    }
    if let Some(unknown) = words.iter().find(|word| !FIGURES.contains(&word.as_str())) {
        eprintln!("bench: no figure {unknown}: {}", FIGURES.join(", "));
        return ExitCode::from(2);
    }
    let chosen: Vec<&str> = FIGURES
        .into_iter()
        .filter(|name| words.is_empty() || words.iter().any(|word| word == name))
        .collect();
    match all(&chosen).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => failed(&error),
    }
}

fn failed(error: &pg_tests::Error) -> ExitCode {
    eprintln!("bench: {error}");
    ExitCode::FAILURE
}

async fn all(chosen: &[&str]) -> Result<bool> {
    let rows = std::env::var_os("BENCH_ROWS").ok_or("BENCH_ROWS is not set: tests/bench/run")?;
    let mut report = Report::begin(rows.as_ref())?;
    for name in chosen {
        if let Some(load) = report::load().filter(|load| *load > 1.0) {
            eprintln!("bench: {name}: the machine is busy (load {load}): times say little");
        }
        let result = match *name {
            "start" => start::measure(&mut report).await,
            "fleet-list" => fleet::list::measure(&mut report).await,
            "fleet-limits" => fleet::limits::measure(&mut report).await,
            "logs" => fleet::logs::measure(&mut report).await,
            "lab-up" => lab_up::measure(&mut report).await,
            "mutations" => mutations::measure(&mut report).await,
            "examples" => examples::measure(&mut report).await,
            "scale-500" => scale::measure(&mut report).await,
            "ready" => ready::measure(&mut report).await,
            "switchover" => switchover::measure(&mut report).await,
            "rollout" => rollout::measure(&mut report).await,
            "clone" => clone::measure(&mut report).await,
            "failover" => failover::measure(&mut report).await,
            "major-upgrade" => major::measure(&mut report).await,
            "idle" => idle::measure(&mut report).await,
            _ => steady::measure(&mut report).await,
        };
        if let Err(error) = result {
            report.unmeasured(name, &error.to_string())?;
        }
    }
    Ok(report.end())
}

/// A whole number from the environment.
fn number(name: &str, usual: usize) -> Result<usize> {
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => match text.parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(format!("{name} is a whole number above 0, not {text:?}").into()),
        },
        _ => Ok(usual),
    }
}
