//! The crash sweep.
//!
//!   sweep [OPERATION …]     all of them, or these; `make sweep ONLY=…` prepares what it needs
//!
//! Environment: PG_FLEET_PROGRAM (the controller), LAB_PROGRAMS (folder with etcd and
//! kube-apiserver, else the lab's), AT_ONCE (runs side by side, 3), AT (kills after this write only), KEEP=1 (leaves logs there).
//! Exit code 1: a run ended elsewhere; 2: no such operation.

use std::{process::ExitCode, time::Instant};

use pg_tests::{
    Result,
    sweep::{Ground, OPERATIONS, Operation},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let known = |word: &&String| OPERATIONS.iter().any(|operation| operation.name == **word);
    if let Some(unknown) = words.iter().find(|word| !known(word)) {
        let names = OPERATIONS.map(|operation| operation.name).join(", ");
        eprintln!("sweep: no operation {unknown}: {names}");
        return ExitCode::from(2);
    }
    let chosen: Vec<&Operation> = OPERATIONS
        .iter()
        .filter(|one| words.is_empty() || words.iter().any(|word| word == one.name))
        .collect();
    match all(&chosen).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("sweep: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn all(chosen: &[&Operation]) -> Result<bool> {
    let at_once = match std::env::var("AT_ONCE") {
        Ok(text) if !text.is_empty() => text.parse()?,
        _ => 3,
    };
    let only = std::env::var("AT")
        .ok()
        .and_then(|text| text.parse::<usize>().ok());
    let ground = Ground::start().await?;
    let mut good = true;
    for operation in chosen {
        let began = Instant::now();
        let outcome = ground
            .sweep(operation, at_once, |n| only.is_none_or(|only| only == n))
            .await?;
        let wrong = outcome.wrong;
        println!(
            "{:<12} {:>3} crash points tried, {wrong} ended elsewhere ({} writes in peace, {} s)",
            operation.name,
            outcome.tried,
            outcome.writes,
            began.elapsed().as_secs()
        );
        good &= wrong == 0;
    }
    Ok(good)
}
