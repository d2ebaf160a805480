//! `mutations`: manifests with one thing wrong. None makes the controller fall over, none is
//! executed, each is rejected or shown, and the good one heals.

use pg_tests::{Result, sweep::Ground};
use serde_json::json;

use crate::{
    number,
    report::{Figure, Report},
};

const MUTANTS: usize = 500;
/// Side by side: each waits for rolling updates most of the time.
const CLUSTERS: usize = 24;
const SEED: u64 = 4;

pub async fn measure(report: &mut Report) -> Result {
    let count = number("COUNT", MUTANTS)?;
    let ground = Ground::start().await?;
    let found = ground.mutate(count, SEED, CLUSTERS).await?;
    for wrong in &found.wrong {
        report.row("mutations", json!({ "wrong": wrong }))?;
        eprintln!("mutations: {wrong}");
    }
    report.figure(&Figure {
        name: "mutations".to_owned(),
        measured: format!(
            "{} wrong; {} rejected, {} shown as a condition, {} carried out",
            found.wrong.len(),
            found.rejected,
            found.shown,
            found.carried_out
        ),
        target: format!("0 wrong of {count}"),
        against: "a real API server and a real PostgreSQL; pods and Patroni are stand-ins"
            .to_owned(),
        ok: found.wrong.is_empty(),
    })
}
