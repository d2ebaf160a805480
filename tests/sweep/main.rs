//! The crash sweep, and what a controller does while the line to the API server suffers.
//!
//!   sweep [NAME …]     all operations and troubles, or these; `make sweep ONLY=…` prepares them
//!
//! Environment: PG_FLEET_PROGRAM (the controller), LAB_PROGRAMS (folder with etcd and
//! kube-apiserver, else the lab's), AT_ONCE (runs side by side, 3), AT (kills after this write
//! only), STORE=endpoints (where Patroni keeps what it knows, else ConfigMaps), KEEP=1 (leaves logs there). Exit code 1: a run ended elsewhere; 2: no such name.

use std::{process::ExitCode, time::Instant};

use futures::{StreamExt, stream};
use pg_core::store::Store;
use pg_tests::{
    Result,
    sweep::{Ground, OPERATIONS, Operation, STALE, TROUBLES, Trouble},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&str> = OPERATIONS
        .iter()
        .map(|one| one.name)
        .chain(TROUBLES.iter().map(|one| one.name))
        .chain(STALE.iter().map(|(name, _)| *name))
        .collect();
    if let Some(unknown) = words.iter().find(|word| !names.contains(&word.as_str())) {
        eprintln!("sweep: no {unknown}: {}", names.join(", "));
        return ExitCode::from(2);
    }
    match all(|name| words.is_empty() || words.iter().any(|word| word == name)).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("sweep: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn all(is_chosen: impl Fn(&str) -> bool) -> Result<bool> {
    let at_once = number("AT_ONCE")?.unwrap_or(3);
    let only = number("AT")?;
    let mut ground = Ground::start().await?;
    if std::env::var("STORE").is_ok_and(|store| store == "endpoints") {
        ground.store = Store::Endpoints;
    }
    let mut good = true;
    for operation in OPERATIONS.iter().filter(|one| is_chosen(one.name)) {
        good &= sweep(&ground, operation, at_once, only).await?;
    }
    let troubles: Vec<&Trouble> = TROUBLES.iter().filter(|one| is_chosen(one.name)).collect();
    if !troubles.is_empty() {
        good &= suffer(&ground, &troubles, at_once).await?;
    }
    let mut results = stream::iter(STALE.iter().filter(|(name, _)| is_chosen(name)))
        .map(async |(name, plural)| (name, ground.stale(name, plural).await))
        .buffer_unordered(at_once);
    while let Some((name, result)) = results.next().await {
        match result {
            Ok(took) => println!("{name:<16} no harm; caught up in {} ms", took.as_millis()),
            Err(error) => {
                good = false;
                println!("{name:<16} {error}");
            }
        }
    }
    Ok(good)
}

async fn sweep(
    ground: &Ground,
    operation: &Operation,
    at_once: usize,
    only: Option<usize>,
) -> Result<bool> {
    let began = Instant::now();
    let chosen = |n| only.is_none_or(|only| only == n);
    let outcome = ground.sweep(operation, at_once, chosen).await?;
    println!(
        "{:<16} {:>3} crash points tried, {} ended elsewhere ({} writes in peace, {} s)",
        operation.name,
        outcome.tried,
        outcome.wrong,
        outcome.writes,
        began.elapsed().as_secs()
    );
    Ok(outcome.wrong == 0)
}

async fn suffer(ground: &Ground, troubles: &[&Trouble], at_once: usize) -> Result<bool> {
    let expected = ground.untroubled().await?;
    let mut results = stream::iter(troubles.iter().enumerate())
        .map(async |(n, trouble)| (trouble, ground.suffer(trouble, n + 1, &expected).await))
        .buffer_unordered(at_once);
    let mut good = true;
    while let Some((trouble, result)) = results.next().await {
        match result {
            Ok(took) => {
                let milliseconds = took.as_millis();
                let (name, seconds) = (trouble.name, trouble.seconds);
                println!("{name:<16} for {seconds} s: as in peace {milliseconds} ms after its end");
            }
            Err(error) => {
                good = false;
                println!("{:<16} {error}", trouble.name);
            }
        }
    }
    Ok(good)
}

fn number(name: &str) -> Result<Option<usize>> {
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => Ok(Some(text.parse()?)),
        _ => Ok(None),
    }
}
