//! `lab-up`: both clusters of the tests from nothing to Ready, everything cached, in a lab of its
//! own.

use std::time::Instant;

use pg_tests::Result;
use serde_json::json;

use crate::{
    ground::{lab, variable},
    report::{Figure, Report},
};

const TARGET: f64 = 30.0;

pub async fn measure(report: &mut Report) -> Result {
    let id = format!("{}-up", variable("PG_LAB")?);
    let here = [("PG_LAB", id.as_str())];
    let result = times(&here).await;
    lab(&["down", "--all"], &here).await?;
    let (alone, both) = result?;
    report.row("lab-up", json!({ "alone_s": alone, "both_s": both }))?;
    report.figure(&Figure {
        name: "lab-up".to_owned(),
        measured: format!("{both:.1} s"),
        target: format!("≤ {TARGET} s"),
        against: format!("one node alone: {alone:.1} s; both at once have 3 and 2 nodes"),
        ok: both <= TARGET,
    })
}

async fn times(here: &[(&str, &str)]) -> Result<(f64, f64)> {
    // The first one makes what is cached: programs, and the template with the images.
    lab(&["up", "alone", "1"], here).await?;
    lab(&["down", "--all"], here).await?;
    let start = Instant::now();
    lab(&["up", "alone", "1"], here).await?;
    let alone = start.elapsed().as_secs_f64();
    lab(&["down", "--all"], here).await?;
    let start = Instant::now();
    let (east, west) = (["up", "east", "3"], ["up", "west", "2"]);
    let (east, west) = tokio::join!(lab(&east, here), lab(&west, here));
    let both = start.elapsed().as_secs_f64();
    east?;
    west?;
    Ok((alone, both))
}
