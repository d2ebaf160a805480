//! `start`: how long `kubectl-pg version` takes beside a program that does nothing, and its size.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use pg_tests::{Result, ensure};
use serde_json::json;

use crate::{
    report::{Figure, Report},
    stats,
};

const PAIRS: usize = 100;
const MORE_MS: f64 = 4.0;
const SIZE_MB: f64 = 15.0;

pub fn measure(report: &mut Report) -> Result {
    let program = PathBuf::from(std::env::var_os("KUBECTL_PG").ok_or("KUBECTL_PG is not set")?);
    let ours = || run(Command::new(&program).arg("version"));
    let nothing = || run(&mut Command::new("/bin/true"));
    for _ in 0..5 {
        ours()?;
        nothing()?;
    }
    let mut differences = Vec::new();
    for pair in 0..PAIRS {
        // Each goes first in every other pair.
        let (ours, nothing) = if pair % 2 == 0 {
            let ours = ours()?;
            (ours, nothing()?)
        } else {
            let nothing = nothing()?;
            (ours()?, nothing)
        };
        report.row("start", json!({ "ours_ms": ours, "true_ms": nothing }))?;
        differences.push(ours - nothing);
    }
    let median = stats::median(&differences).ok_or("no pairs")?;
    let most = stats::percentile(&differences, 95.0).ok_or("no pairs")?;
    report.figure(&Figure {
        name: "start".to_owned(),
        measured: format!("{median:.2} ms more (p95 {most:.2})"),
        target: format!("≤ {MORE_MS} ms more"),
        against: format!("/bin/true, {PAIRS} interleaved pairs, median of differences"),
        ok: median <= MORE_MS,
    })?;

    let bytes = std::fs::metadata(&program)
        .map_err(|error| format!("{}: {error}", program.display()))?
        .len();
    let size = bytes as f64 / 1e6;
    report.figure(&Figure {
        name: "start-size".to_owned(),
        measured: format!("{size:.1} MB"),
        target: format!("≤ {SIZE_MB} MB"),
        against: "the released program as it is, stripped".to_owned(),
        ok: size <= SIZE_MB,
    })
}

/// Milliseconds from the start of a program to its end, with nothing of this one's environment.
fn run(command: &mut Command) -> Result<f64> {
    command
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let took = start.elapsed().as_secs_f64() * 1e3;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(took)
}
