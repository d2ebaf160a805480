//! `failover`: the longest time in which an application's writes are not accepted, acknowledged rows
//! that are lost, and the time in which two members take writes.

use std::collections::BTreeMap;

use kube::{Api, api::PostParams};
use pg_core::postgresql::Postgresql;
use pg_tests::{Result, cluster::Cluster, ensure, manifest, site::Site};
use serde_json::{Value, json};

use crate::{
    fault::{Fault, Found},
    ground, number,
    report::{Figure, Report},
    stats,
};

const CONTEXT: &str = "failover";
const FAULTS: [Fault; 4] = [
    Fault::Deleted,
    Fault::ForceDeleted,
    Fault::Killed,
    Fault::Cut,
];
/// How often each fault happens; a cut takes minutes.
const COUNT: usize = 10;
const CUTS: usize = 3;
/// Seconds beyond Patroni's ttl.
const CUT_MORE: f64 = 2.0;

/// What was found before with Patroni's defaults, by hand.
fn by_hand(fault: Fault) -> &'static str {
    match fault {
        Fault::Deleted => "2.6 s",
        Fault::ForceDeleted => "1.9 s",
        Fault::Killed => "2.4 to 10.9 s",
        Fault::Cut => "27.6 s",
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mode {
    Asynchronous,
    Synchronous,
}

impl Mode {
    fn word(self) -> &'static str {
        match self {
            Self::Asynchronous => "asynchronous",
            Self::Synchronous => "synchronous",
        }
    }

    /// How often a fault happens: with synchronous replication it is rows that matter, not times.
    fn repetitions(self, fault: Fault, count: usize) -> usize {
        let all = if fault == Fault::Cut {
            count.min(CUTS)
        } else {
            count
        };
        match self {
            Self::Asynchronous => all,
            Self::Synchronous => all.div_ceil(3),
        }
    }
}

/// All that was found, in order.
#[derive(Default)]
struct Results {
    found: Vec<(Mode, Fault, Found)>,
    ttl: f64,
    /// What kept it from its end.
    broke: Vec<String>,
}

pub async fn measure(report: &mut Report) -> Result {
    let count = number("COUNT", COUNT)?;
    let site = ground::prepare(CONTEXT, 3, &[]).await?;
    let mut results = Results::default();
    for mode in [Mode::Asynchronous, Mode::Synchronous] {
        if let Err(error) = under(mode, &site, count, &mut results, report).await {
            results.broke.push(format!("{}: {error}", mode.word()));
        }
    }
    ground::down(CONTEXT).await?;
    for fault in chosen() {
        gaps(fault, &results, report)?;
    }
    losses(&results, report)?;
    two_primaries(&results, report)?;
    for why in &results.broke {
        report.unmeasured("failover", why)?;
    }
    Ok(())
}

/// Those that FAULTS names, or all.
fn chosen() -> Vec<Fault> {
    let words = std::env::var("FAULTS").unwrap_or_default();
    let is_chosen =
        |fault: &Fault| words.is_empty() || words.split(',').any(|one| one == fault.word());
    FAULTS.into_iter().filter(is_chosen).collect()
}

/// All faults to one cluster.
async fn under(
    mode: Mode,
    site: &Site,
    count: usize,
    results: &mut Results,
    report: &mut Report,
) -> Result {
    ground::namespace(site, mode.word()).await?;
    let cluster = create(mode, site).await?;
    results.ttl = ttl(&cluster).await?;
    for fault in chosen() {
        let all = mode.repetitions(fault, count);
        for number in 1..=all {
            let found = fault.run(&cluster).await.map_err(|error| {
                format!(
                    "{}, {} of {number}/{all}: {error}",
                    mode.word(),
                    fault.word()
                )
            })?;
            eprintln!(
                "bench: {} {} {number}/{all}: gap {:.2} s, lost {}, two primaries {:.1} s",
                mode.word(),
                fault.word(),
                found.gap,
                found.lost,
                found.two
            );
            let mut row = found.row.clone();
            row["mode"] = json!(mode.word());
            report.row("failover", row)?;
            results.found.push((mode, fault, found));
        }
    }
    ground::remove(site, mode.word()).await
}

/// Two members on two nodes.
async fn create(mode: Mode, site: &Site) -> Result<Cluster> {
    let name = "main";
    let spec = manifest::with(
        2,
        json!({
            "patroni": { "synchronous_mode": mode == Mode::Synchronous },
            "topologySpreadConstraints": [{
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": { "matchLabels": { "cluster-name": name } },
            }],
        }),
    );
    let object: Postgresql = serde_json::from_value(json!({
        "apiVersion": "acid.zalan.do/v1",
        "kind": "postgresql",
        "metadata": { "name": name },
        "spec": spec,
    }))?;
    let api = Api::<Postgresql>::namespaced(site.client.clone(), mode.word());
    api.create(&PostParams::default(), &object).await?;
    let cluster = Cluster::find(site, mode.word(), name).await?;
    cluster.running().await?;
    let nodes = (cluster.node("main-0").await?, cluster.node("main-1").await?);
    ensure!(nodes.0 != nodes.1, "both members are on {}", nodes.0);
    Ok(cluster)
}

/// Patroni's, as it is in force.
async fn ttl(cluster: &Cluster) -> Result<f64> {
    let command = ["curl", "-sfk", "http://localhost:8008/config"];
    let text = cluster.exec(&cluster.primary().await?, &command).await?;
    let config: Value = serde_json::from_str(&text)?;
    let ttl = config.get("ttl").and_then(Value::as_f64);
    Ok(ttl.ok_or("Patroni's configuration has no ttl")?)
}

fn gaps(fault: Fault, results: &Results, report: &mut Report) -> Result {
    let target = match fault {
        Fault::Deleted | Fault::Killed => 3.0,
        Fault::ForceDeleted => 5.0,
        Fault::Cut => results.ttl + CUT_MORE,
    };
    let mut parts = Vec::new();
    let mut all = Vec::new();
    for mode in [Mode::Asynchronous, Mode::Synchronous] {
        let gaps: Vec<f64> = results
            .found
            .iter()
            .filter(|(m, f, _)| *m == mode && *f == fault)
            .map(|(_, _, found)| found.gap)
            .collect();
        if let (Some(worst), Some(median)) = (stats::worst(&gaps), stats::median(&gaps)) {
            let (word, n) = (mode.word(), gaps.len());
            parts.push(format!("{worst:.1} s {word} (median {median:.1}, n = {n})"));
        }
        all.extend(gaps);
    }
    let name = format!("failover-{}", fault.word());
    let Some(worst) = stats::worst(&all) else {
        return report.unmeasured(&name, "no run came to its end");
    };
    let elsewhere = if fault == Fault::Cut {
        " that is not cut off"
    } else {
        ""
    };
    report.figure(&Figure {
        name,
        measured: format!("worst {}", parts.join(", ")),
        target: format!("≤ {target} s"),
        against: format!(
            "by hand, earlier: {}; a client on each node{elsewhere}, by the Service's name, 1 s to connect",
            by_hand(fault)
        ),
        ok: worst <= target,
    })
}

fn losses(results: &Results, report: &mut Report) -> Result {
    for mode in [Mode::Synchronous, Mode::Asynchronous] {
        let mut runs = 0;
        let mut by_fault: BTreeMap<&str, (usize, i64)> = BTreeMap::new();
        for (_, fault, found) in results.found.iter().filter(|(m, _, _)| *m == mode) {
            let sum = by_fault.entry(fault.word()).or_default();
            sum.0 += found.lost;
            sum.1 += found.bytes;
            runs += 1;
        }
        let name = format!("failover-lost-{}", mode.word());
        if runs == 0 {
            report.unmeasured(&name, "no run came to its end")?;
            continue;
        }
        let rows: usize = by_fault.values().map(|(rows, _)| rows).sum();
        let bytes: i64 = by_fault.values().map(|(_, bytes)| bytes).sum();
        let each: Vec<String> = by_fault
            .iter()
            .map(|(fault, (rows, bytes))| format!("{fault} {rows} rows {bytes} bytes"))
            .collect();
        let strict = mode == Mode::Synchronous;
        report.figure(&Figure {
            name,
            measured: format!("{rows} rows, {bytes} bytes of WAL ({})", each.join(", ")),
            target: if strict { "0 rows" } else { "told" }.to_owned(),
            against: format!("every acknowledged row on every member, {runs} faults"),
            ok: !strict || rows == 0,
        })?;
    }
    Ok(())
}

fn two_primaries(results: &Results, report: &mut Report) -> Result {
    let name = "failover-two-primaries";
    let times: Vec<f64> = results.found.iter().map(|(_, _, one)| one.two).collect();
    if times.is_empty() {
        return report.unmeasured(name, "no run came to its end");
    }
    let seconds: f64 = times.iter().sum();
    report.figure(&Figure {
        name: name.to_owned(),
        measured: format!("{seconds:.1} s"),
        target: "0 s".to_owned(),
        against: format!(
            "a write on each member every 0.5 s, on its own node, {} faults",
            times.len()
        ),
        ok: seconds <= 0.0,
    })
}
