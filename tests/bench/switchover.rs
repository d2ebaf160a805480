//! `switchover`: the seconds in which an application's writes fail when the primary hands over as
//! planned, by the members' own addresses and through the Service, beside `patronictl` in the same
//! cluster; and what these seconds are made of.

use std::{collections::BTreeMap, time::Duration};

use kube::{Api, api::PostParams};
use pg_core::postgresql::Postgresql;
use pg_tests::{Result, cluster::Cluster, ensure, manifest, plugin::Plugin, site::Site, wait};
use serde_json::{Value, json};

use crate::{
    clients::{self, Done},
    ground, load, number,
    parts::Parts,
    probe::{self, Answer, Probes},
    report::{Figure, Report},
    stats,
};

const CONTEXT: &str = "switchover";
const NAMESPACE: &str = "team";
const COUNT: usize = 20;
const DIRECT: f64 = 1.5;
const MORE: f64 = 0.1;
/// Transactions of pgbench a second, beside the clients that are measured.
const RATE: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// Who hands over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum By {
    Us,
    Hand,
}

impl By {
    fn word(self) -> &'static str {
        match self {
            Self::Us => "kubectl pg",
            Self::Hand => "patronictl",
        }
    }
}

/// One switchover, in seconds.
struct Found {
    by: By,
    /// No member takes a write.
    direct: f64,
    /// The longest gap of the worst client of the Service.
    service: f64,
    /// From one to the next: the last write of the old primary, it gives the lock away, the new one
    /// has it, its first write, its label, the Service leads to it.
    parts: Vec<(&'static str, f64)>,
}

pub async fn measure(report: &mut Report) -> Result {
    let count = number("COUNT", COUNT)?;
    let site = ground::prepare(CONTEXT, 2, &[]).await?;
    let result = all(&site, count, report).await;
    ground::down(CONTEXT).await?;
    result
}

async fn all(site: &Site, count: usize, report: &mut Report) -> Result {
    ground::namespace(site, NAMESPACE).await?;
    let object: Postgresql = serde_json::from_value(json!({
        "apiVersion": "acid.zalan.do/v1",
        "kind": "postgresql",
        "metadata": { "name": "main" },
        "spec": manifest::spread(json!({})),
    }))?;
    let api = Api::<Postgresql>::namespaced(site.client.clone(), NAMESPACE);
    api.create(&PostParams::default(), &object).await?;
    let cluster = Cluster::find(site, NAMESPACE, "main").await?;
    cluster.running().await?;
    let table = format!(
        "CREATE TABLE IF NOT EXISTS {} (at timestamptz)",
        probe::TABLE
    );
    cluster.sql(&cluster.primary().await?, &table).await?;
    load::start(&cluster, RATE).await?;
    let mut found = Vec::new();
    for number in 0..count {
        // Each goes first in every other pair, so that both hand over in both directions.
        let pair = match number % 2 {
            0 => [By::Us, By::Hand],
            _ => [By::Hand, By::Us],
        };
        for by in pair {
            let (one, row) = once(&cluster, by)
                .await
                .map_err(|error| format!("{} {}/{count}: {error}", by.word(), number + 1))?;
            let parts: Vec<String> = one
                .parts
                .iter()
                .map(|(part, seconds)| format!("{part} {seconds:.2}"))
                .collect();
            eprintln!(
                "bench: {} {}/{count}: direct {:.2} s, service {:.2} s ({})",
                by.word(),
                number + 1,
                one.direct,
                one.service,
                parts.join(", ")
            );
            report.row("switchover", row)?;
            found.push(one);
        }
    }
    figures(&found, count, report)
}

async fn once(cluster: &Cluster, by: By) -> Result<(Found, Value)> {
    cluster.running().await?;
    let old = cluster.primary().await?;
    let new = cluster.replicas().await?.pop().ok_or("no replica")?;
    let clients = clients::start(cluster).await?;
    let probes = Probes::start(cluster, PAUSE).await?;
    let parts = Parts::start(cluster);
    ground::quiet(3).await;

    let from = probe::now();
    match by {
        By::Us => {
            let line = format!("switchover {} --to {new} --yes", cluster.target());
            Plugin::new(&cluster.site)?.ok(&line).await?;
        }
        By::Hand => {
            let line = format!(
                "patronictl switchover --leader {old} --candidate {new} --force {}",
                cluster.name
            );
            cluster.exec(&old, &["bash", "-ec", &line]).await?;
        }
    }
    wait::until("it has handed over", async || {
        let primary = cluster.primary().await?;
        ensure!(primary == new, "{primary} is the primary");
        cluster.running().await.map(drop)
    })
    .await?;
    clients::go_on(&clients).await?;
    ground::quiet(1).await;
    let until = probe::now();
    let changes = parts.stop(from);
    let clients = clients::stop(clients).await?;
    let probes = probes.stop().await;
    let lost = clients::lost(cluster, &clients).await?;

    let times: Vec<Vec<u64>> = clients.iter().map(Done::times).collect();
    let service = stats::worst_gap(&times, from, until).ok_or("no clients")?;
    let mut direct: Vec<u64> = probes.values().flat_map(|all| writes(all)).collect();
    direct.sort_unstable();
    let direct = stats::longest_gap(&direct, from, until);
    let of = |member: &str| {
        let mut all = probes.iter();
        let own = all.find(|(name, _)| name.split(' ').next() == Some(member));
        own.map(|(_, answers)| writes(answers)).unwrap_or_default()
    };
    let first = of(&new).into_iter().find(|at| *at > from);
    let first = first.ok_or_else(|| format!("{new} took no write"))?;
    let last = of(&old).into_iter().rfind(|at| *at < first);
    let last = last.ok_or_else(|| format!("{old} took no write"))?;
    let at = |part: &str, what: &str| told(&changes, part, what).map(|at| at + from);
    let lock = at("lock", &new).unwrap_or(first);
    // Where nobody saw the lock free it passed from one to the other at once.
    let free = at("lock", "").filter(|at| *at <= lock).unwrap_or(lock);
    let label = at("label", &format!("{new} master"));
    let label = label.or(at("label", &format!("{new} primary")));
    let label = label.ok_or_else(|| format!("{new} has no label: {changes:?}"))?;
    let endpoint = at("endpoints", &new).unwrap_or(label);
    let seconds = |from: u64, until: u64| (until as f64 - from as f64) / 1e3;
    let found = Found {
        by,
        direct: direct as f64 / 1e3,
        service: service as f64 / 1e3,
        parts: vec![
            ("shutdown", seconds(last, free)),
            ("lock", seconds(free, lock)),
            ("promotion", seconds(lock, first)),
            ("label", seconds(lock, label)),
            ("endpoint", seconds(label, endpoint)),
        ],
    };
    let named: BTreeMap<&str, f64> = found.parts.iter().copied().collect();
    let row = json!({
        "by": by.word(), "old": old, "new": new, "direct_s": found.direct,
        "service_s": found.service, "parts_s": named, "asked_ms": last - from,
        "lost": lost, "changes": changes,
    });
    let kept = lost.iter().all(|(_, rows)| *rows == 0);
    // Without synchronous replication rows may be lost in an emergency, not when it is planned.
    ensure!(kept, "acknowledged rows are lost: {lost:?}");
    Ok((found, row))
}

/// When a member answered that it took a write.
fn writes(answers: &[Answer]) -> Vec<u64> {
    let good = answers.iter().filter(|answer| answer.writable);
    good.map(|answer| answer.answered).collect()
}

/// When a change was seen.
fn told(changes: &[Value], part: &str, what: &str) -> Option<u64> {
    let mut all = changes.iter().filter_map(Value::as_array);
    let found = all.find(|one| matches!(one.as_slice(), [_, a, b] if a == part && b == what));
    found.and_then(|one| one.first()?.as_u64())
}

fn figures(found: &[Found], count: usize, report: &mut Report) -> Result {
    let of = |by: By, value: fn(&Found) -> f64| -> Vec<f64> {
        found.iter().filter(|one| one.by == by).map(value).collect()
    };
    let p95 = |values: &[f64]| stats::percentile(values, 95.0).ok_or("nothing was measured");
    let middle = |values: &[f64]| stats::median(values).ok_or("nothing was measured");
    let parts = |by: By| -> String {
        let mut by_part: BTreeMap<usize, (&str, Vec<f64>)> = BTreeMap::new();
        for one in found.iter().filter(|one| one.by == by) {
            for (index, (part, seconds)) in one.parts.iter().enumerate() {
                let all = &mut by_part.entry(index).or_insert((*part, Vec::new())).1;
                all.push(*seconds);
            }
        }
        let all: Vec<String> = by_part
            .values()
            .filter_map(|(part, all)| Some(format!("{part} {:.2}", stats::median(all)?)))
            .collect();
        all.join(", ")
    };
    let (ours, hand) = (of(By::Us, |one| one.direct), of(By::Hand, |one| one.direct));
    let worst = p95(&ours)?;
    report.figure(&Figure {
        name: "switchover-direct".to_owned(),
        measured: format!(
            "p95 {worst:.2} s (median {:.2}; medians of its parts: {})",
            middle(&ours)?,
            parts(By::Us)
        ),
        target: format!("≤ {DIRECT} s"),
        against: format!(
            "patronictl: p95 {:.2} s (median {:.2}; {}); {count} pairs, each member asked every {} ms",
            p95(&hand)?,
            middle(&hand)?,
            parts(By::Hand),
            PAUSE.as_millis()
        ),
        ok: worst <= DIRECT,
    })?;
    let (ours, hand) = (
        of(By::Us, |one| one.service),
        of(By::Hand, |one| one.service),
    );
    let (worst, theirs) = (p95(&ours)?, p95(&hand)?);
    report.figure(&Figure {
        name: "switchover-service".to_owned(),
        measured: format!("p95 {worst:.2} s (median {:.2})", middle(&ours)?),
        target: format!("≤ patronictl + {MORE} s"),
        against: format!(
            "patronictl: p95 {theirs:.2} s (median {:.2}); a client on each node, by the Service's name",
            middle(&hand)?
        ),
        ok: worst <= theirs + MORE,
    })
}
