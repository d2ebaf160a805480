//! `start`: how long `kubectl-pg version` takes beside a program that does nothing, its size, how
//! long its help takes, and completion, also where the API server swallows packets.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use pg_tests::{Result, ensure};
use serde_json::json;

use crate::{
    fleet::Hole,
    report::{Figure, Report},
    stats,
};

const PAIRS: usize = 100;
const RUNS: usize = 50;
const MORE_MS: f64 = 2.0;
const SIZE_MB: f64 = 10.0;
const HELP_MS: f64 = 10.0;
const COMPLETION_MS: f64 = 300.0;

pub async fn measure(report: &mut Report) -> Result {
    let program = PathBuf::from(std::env::var_os("KUBECTL_PG").ok_or("KUBECTL_PG is not set")?);
    version(report, &program)?;
    help(report, &program)?;
    completion(report, &program).await?;

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

fn version(report: &mut Report, program: &PathBuf) -> Result {
    let ours = || run(Command::new(program).arg("version"), &[]);
    let nothing = || run(&mut Command::new("/bin/true"), &[]);
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
    })
}

fn help(report: &mut Report, program: &PathBuf) -> Result {
    let of = |word: &str| -> Result<f64> {
        let mut times = Vec::new();
        for _ in 0..RUNS {
            times.push(run(Command::new(program).args(word.split(' ')), &[])?);
        }
        Ok(stats::median(&times).ok_or("no runs")?)
    };
    let (all, one) = (of("--help")?, of("switchover --help")?);
    report.row("start-help", json!({ "all_ms": all, "one_ms": one }))?;
    report.figure(&Figure {
        name: "start-help".to_owned(),
        measured: format!("--help {all:.1} ms, switchover --help {one:.1} ms"),
        target: format!("≤ {HELP_MS} ms"),
        against: format!("the medians of {RUNS} runs"),
        ok: all <= HELP_MS && one <= HELP_MS,
    })
}

/// Of verbs, and of clusters in a context that never answers.
async fn completion(report: &mut Report, program: &PathBuf) -> Result {
    let hole = Hole::new().await?;
    let kubeconfig = std::env::temp_dir().join(format!("pg-bench-{}", std::process::id()));
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "hole",
        "clusters": [{"name": "hole", "cluster": {"server": format!("https://{}", hole.address)}}],
        "users": [{"name": "hole", "user": {"token": "none"}}],
        "contexts": [{"name": "hole", "context": {"cluster": "hole", "user": "hole"}}],
    });
    std::fs::write(&kubeconfig, config.to_string())?;
    let path = kubeconfig.display().to_string();
    let of = |words: &[&str]| -> Result<f64> {
        let mut times = Vec::new();
        for _ in 0..RUNS / 5 {
            let mut command = Command::new(program);
            command.arg("__complete").args(words);
            times.push(run(&mut command, &[("KUBECONFIG", &path)])?);
        }
        Ok(stats::worst(&times).ok_or("no runs")?)
    };
    let result = of(&["sw"]).and_then(|verbs| Ok((verbs, of(&["switchover", ""])?)));
    std::fs::remove_file(&kubeconfig)?;
    let (verbs, targets) = result?;
    report.row(
        "start-completion",
        json!({ "verbs_ms": verbs, "targets_ms": targets }),
    )?;
    report.figure(&Figure {
        name: "start-completion".to_owned(),
        measured: format!("verbs {verbs:.0} ms, clusters {targets:.0} ms"),
        target: format!("≤ {COMPLETION_MS} ms"),
        against: "the worst of 10 runs; the current context is a black hole".to_owned(),
        ok: verbs <= COMPLETION_MS && targets <= COMPLETION_MS,
    })
}

/// Milliseconds from the start of a program to its end, with nothing of this one's environment.
fn run(command: &mut Command, environment: &[(&str, &str)]) -> Result<f64> {
    command
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let took = start.elapsed().as_secs_f64() * 1e3;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(took)
}
