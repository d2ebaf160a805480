//! `logs`: many members followed at once, some of which start again. An API server without nodes
//! has no logs; a stand-in serves them, with every line that was due by its clock.

mod world;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;
use pg_tests::{Result, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    time::{Instant, sleep},
};

use super::ran::{Start, peak_of};
use crate::{
    number,
    report::{Figure, Report},
    stats,
};
use world::{CLUSTERS, CONTEXTS, World, serve};

const SECONDS: usize = 30;
const AGAINST: &str = "150 members in 15 contexts, 200 lines a second each; a stand-in serves the logs; 12 containers start again and 6 pods are made anew";

pub async fn measure(report: &mut Report) -> Result {
    let world = Arc::new(World::new());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(serve(Arc::clone(&world), listener));
    let directory = std::env::temp_dir().join(format!("pg-bench-logs-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let result = run(report, &world, &url, directory.join("kubeconfig")).await;
    std::fs::remove_dir_all(&directory)?;
    result
}

async fn run(report: &mut Report, world: &Arc<World>, url: &str, kubeconfig: PathBuf) -> Result {
    let names: Vec<String> = (0..CONTEXTS).map(|index| format!("c{index:02}")).collect();
    let contexts: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "context": {"cluster": "c", "user": "u", "namespace": name}}))
        .collect();
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c00",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": "none"}}],
        "contexts": contexts,
    });
    std::fs::write(&kubeconfig, config.to_string())?;
    let clusters: Vec<String> = (0..CLUSTERS).map(|index| format!("db{index}")).collect();
    let mut words = vec!["logs", "-f", "--since", "1s", "--all-contexts"];
    words.extend(clusters.iter().map(String::as_str));
    let seconds = number("COUNT", SECONDS)?;
    let mut child = Start::new(&kubeconfig)?.spawn(&words)?;
    let id = child.id().ok_or("it has ended")?;
    let stdout = child.stdout.take().ok_or("no stdout")?;
    let reader = tokio::spawn(judge(BufReader::new(stdout)));

    let begun = Instant::now();
    let third = Duration::from_secs(u64::try_from(seconds)?) / 3;
    sleep(third).await;
    let (busy, at) = (processor(id)?, Instant::now());
    world.restart_some().await;
    sleep(third).await;
    world.replace_some().await;
    sleep(third).await;
    let cores = (processor(id)? - busy) / at.elapsed().as_secs_f64();
    let peak = peak_of(id).ok_or("it has ended")?;
    let until = Timestamp::now();
    // What was written until now has a second to come.
    sleep(Duration::from_secs(1)).await;
    child.kill().await?;
    let read = reader.await?;
    ensure!(read.lines > 0, "no line came");
    let lost = world.lost(&read, until);
    let p99 = stats::percentile(&read.late, 99.0).ok_or("no lines")?;
    let worst = stats::worst(&read.late).ok_or("no lines")?;
    report.row(
        "logs",
        json!({"lines": read.lines, "p99_s": p99, "worst_s": worst, "cores": cores, "peak_mib": peak,
               "disorder": read.disorder, "doubled": read.doubled, "lost": lost, "took_s": begun.elapsed().as_secs_f64()}),
    )?;
    let mut figure = |name: &str, measured: String, target: &str, ok: bool| {
        report.figure(&Figure {
            name: name.to_owned(),
            measured,
            target: target.to_owned(),
            against: AGAINST.to_owned(),
            ok,
        })
    };
    figure(
        "logs",
        format!(
            "{} lines, each within {worst:.2} s (p99 {p99:.2}), {} out of order",
            read.lines, read.disorder
        ),
        "in order, within 1 s",
        worst <= 1.0 && read.disorder == 0,
    )?;
    figure(
        "logs-lost",
        format!("{lost} lost, {} doubled", read.doubled),
        "0 lost, 0 doubled",
        lost == 0 && read.doubled == 0,
    )?;
    figure(
        "logs-load",
        format!("{cores:.2} cores, {peak:.1} MiB"),
        "≤ 1 core, ≤ 80 MiB",
        cores <= 1.0 && peak <= 80.0,
    )
}

/// Seconds of processor that a process has used.
fn processor(id: u32) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let rest = text.rsplit_once(')').ok_or("no stat")?.1;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let of = |index: usize| -> Result<f64> { Ok(fields.get(index).ok_or("no stat")?.parse()?) };
    // Hundredths of a second, in user and system mode.
    Ok((of(11)? + of(12)?) / 100.0)
}

/// What came out.
#[derive(Default)]
struct Seen {
    lines: usize,
    disorder: usize,
    doubled: usize,
    /// Seconds from the time of a line until it came, once everything runs.
    late: Vec<f64>,
    /// First and next number of each member, and those that were left out between.
    members: BTreeMap<String, (u64, u64, u64)>,
}

async fn judge(mut reader: BufReader<tokio::process::ChildStdout>) -> Seen {
    let mut seen = Seen::default();
    let mut line = String::new();
    let mut last = 0_i64;
    let mut first = None;
    while let Ok(1..) = reader.read_line(&mut line).await {
        let now = Timestamp::now();
        let fields = line.split(" | ").nth(1).map(|text| text.split(' '));
        let mut fields = fields.into_iter().flatten();
        let parsed = (|| {
            let member = fields.next()?.to_owned();
            let number: u64 = fields.next()?.parse().ok()?;
            let micros: i64 = fields.next()?.parse().ok()?;
            Some((member, number, micros))
        })();
        line.clear();
        let Some((member, number, micros)) = parsed else {
            continue;
        };
        seen.lines += 1;
        if micros < last {
            seen.disorder += 1;
        }
        last = last.max(micros);
        let begun = *first.get_or_insert(now);
        // What was there before it began is late by nature.
        if now.duration_since(begun).as_secs() >= 4 {
            seen.late.push((now.as_microsecond() - micros) as f64 / 1e6);
        }
        let (_, next, gaps) = seen.members.entry(member).or_insert((number, number, 0));
        if number < *next {
            seen.doubled += 1;
        } else {
            *gaps += number - *next;
            *next = number + 1;
        }
    }
    seen
}
