//! `scale-500`: many clusters under one controller, some of which are stuck.

use std::time::Duration;

use pg_tests::{Result, crowd::Crowd};
use serde_json::json;

use crate::{
    number,
    report::{Figure, Report},
    stats,
};

const CLUSTERS: usize = 500;
const STUCK: usize = 16;
const FOREIGN: usize = 10_000;
const EDITS: usize = 300;
/// Ten people edit each second.
const PAUSE: Duration = Duration::from_millis(100);
/// Each time, as many are edited as fall into the time of the lists.
const RESTARTS: usize = 15;
const EDITS_AT_START: usize = 6;
const LEASE: f64 = 15.0;
const AGAINST: &str =
    "a real API server; pods and Patroni are stand-ins, as are a line that counts";

pub async fn measure(report: &mut Report) -> Result {
    let count = number("COUNT", CLUSTERS)?;
    let stuck = STUCK.min(count / 4);
    let mut crowd = Crowd::start(count, stuck).await?;
    let peak = crowd.process.peak_memory()?;

    let bare = crowd.bare_edits(EDITS, PAUSE).await?;
    report.row("scale-500-bare", json!({ "edits_s": bare }))?;
    let bare = stats::percentile(&bare, 99.0).ok_or("no edits")?;
    let against = format!("a loop that only watches and writes, in the same run: p99 {bare:.3} s");
    let edits = crowd.edits(EDITS, PAUSE).await?;
    p99(report, "scale-500-edit", &edits, 0.1, &against)?;
    let restart = crowd.restart().await?;
    report.row(
        "scale-500-restart",
        json!({ "observed_s": restart.observed, "writes": restart.writes }),
    )?;
    figure(
        report,
        "scale-500-restart",
        format!("{:.2} s, {} writes", restart.observed, restart.writes),
        "≤ 5 s until all are observed, 0 writes",
        restart.observed <= 5.0 && restart.writes == 0,
    )?;
    let mut edits = Vec::new();
    for _ in 0..RESTARTS {
        edits.extend(crowd.edits_at_start(EDITS_AT_START, PAUSE).await?);
    }
    p99(report, "scale-500-edit-at-start", &edits, 0.5, AGAINST)?;

    let before = peak.max(crowd.process.peak_memory()?);
    crowd.make_foreign(FOREIGN).await?;
    crowd.restart().await?;
    let after = crowd.process.peak_memory()?;
    report.row(
        "scale-500-memory",
        json!({ "before_mib": before, "after_mib": after }),
    )?;
    figure(
        report,
        "scale-500-memory",
        format!(
            "{before:.1} MiB at most, {after:.1} beside {FOREIGN} foreign Secrets and ConfigMaps each"
        ),
        "≤ 60 MiB, and no more beside the foreign ones",
        before <= 60.0 && after <= before + 1.0,
    )?;

    let took = crowd.take_over().await?;
    figure(
        report,
        "scale-500-take-over",
        format!("{took:.1} s"),
        &format!("≤ {} s, the lease and 2", LEASE + 2.0),
        took <= LEASE + 2.0,
    )
}

fn p99(report: &mut Report, name: &str, edits: &[f64], target: f64, against: &str) -> Result {
    let p99 = stats::percentile(edits, 99.0).ok_or("no edits")?;
    let median = stats::median(edits).ok_or("no edits")?;
    report.row(name, json!({ "edits_s": edits }))?;
    judged(
        report,
        name,
        against,
        format!("p99 {p99:.3} s, median {median:.3} s of {}", edits.len()),
        &format!("p99 ≤ {target} s from the edit to the first child written"),
        p99 <= target,
    )
}

fn figure(report: &mut Report, name: &str, measured: String, target: &str, ok: bool) -> Result {
    judged(report, name, AGAINST, measured, target, ok)
}

fn judged(
    report: &mut Report,
    name: &str,
    against: &str,
    measured: String,
    target: &str,
    ok: bool,
) -> Result {
    report.figure(&Figure {
        name: name.to_owned(),
        measured,
        target: target.to_owned(),
        against: against.to_owned(),
        ok,
    })
}
