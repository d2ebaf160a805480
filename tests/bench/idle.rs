//! `idle`: what the controller needs while nothing happens: memory, and requests to the API server,
//! by the API server's own audit log.

use jiff::Timestamp;
use pg_tests::{Result, cluster::Cluster, controller, kubernetes, manifest, site::Site};
use serde_json::json;

use crate::{
    audit, ground, number,
    report::{Figure, Report},
};

const CONTEXT: &str = "idle";
const NAMESPACE: &str = "idle";
const CLUSTERS: usize = 10;
const MINUTES: usize = 10;
/// Requests beside watches, Lease and rollup, in ten minutes.
const REQUESTS: usize = 30;
const EMPTY_MIB: f64 = 15.0;
const FULL_MIB: f64 = 20.0;
/// What was just done settles in this time.
const SETTLE: u64 = 90;

pub async fn measure(report: &mut Report) -> Result {
    let minutes = number("MINUTES", MINUTES)?;
    let site = ground::prepare(CONTEXT, 2, &[("LAB_AUDIT", "1")]).await?;
    let result = figures(&site, minutes, report).await;
    ground::down(CONTEXT).await?;
    result
}

async fn figures(site: &Site, minutes: usize, report: &mut Report) -> Result {
    ground::quiet(SETTLE).await;
    memory(site, 0, EMPTY_MIB, report).await?;

    ground::namespace(site, NAMESPACE).await?;
    // One after the other: ten that start at once take a small machine for minutes.
    for number in 0..CLUSTERS {
        let name = format!("c{number}");
        let cluster = Cluster::create(site, NAMESPACE, &name, None, manifest::members(1)).await?;
        cluster.running().await?;
    }
    ground::quiet(SETTLE).await;
    let from = Timestamp::now();
    ground::quiet(u64::try_from(minutes)? * 60).await;
    let until = Timestamp::now();
    memory(site, CLUSTERS, FULL_MIB, report).await?;
    requests(site, (from, until), minutes, report)
}

/// Resident memory of the controller that leads, as the kernel counts it.
async fn memory(site: &Site, clusters: usize, target: f64, report: &mut Report) -> Result {
    let holder = controller::holder(site).await?.ok_or("nobody leads")?;
    let pod = kubernetes::pod(site, controller::NAMESPACE, &holder).await?;
    let node = kubernetes::node_of(&pod)?;
    let script = r#"for p in /proc/[0-9]*; do
        if [ "$(cat "$p/comm" 2>/dev/null)" = pg-fleet ] && grep -qzx "POD_NAME=$0" "$p/environ"
        then cat "$p/status"; exit 0; fi
      done; echo "$0 is no process here" >&2; exit 1"#;
    let status = ground::lab(&["exec-node", &node, "sh", "-c", script, &holder], &[]).await?;
    let (now, peak, own) = (
        kib(&status, "VmRSS:")?,
        kib(&status, "VmHWM:")?,
        kib(&status, "RssAnon:")?,
    );
    report.row(
        "idle-memory",
        json!({ "clusters": clusters, "rss_kib": now, "peak_kib": peak, "anonymous_kib": own }),
    )?;
    let mib = |kib: u64| kib as f64 / 1024.0;
    report.figure(&Figure {
        name: format!("idle-memory-{clusters}"),
        measured: format!(
            "{:.1} MiB (peak {:.1}, of its own {:.1})",
            mib(now),
            mib(peak),
            mib(own)
        ),
        target: format!("≤ {target} MiB"),
        against: format!("the kernel's VmRSS of the one that leads, {clusters} clusters"),
        ok: mib(now) <= target,
    })
}

fn kib(status: &str, field: &str) -> Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| format!("no {field} in the process' status").into())
}

fn requests(
    site: &Site,
    (from, until): (Timestamp, Timestamp),
    minutes: usize,
    report: &mut Report,
) -> Result {
    let found = audit::of_the_controller(site, CONTEXT, from, until)?;
    report.row(
        "idle-requests",
        json!({ "minutes": minutes, "kinds": found.kinds }),
    )?;
    let against = format!(
        "the audit log: {minutes} minutes, {CLUSTERS} clusters, both replicas; beside {} watches, \
         {} writes and {} reads of the Lease, {} of the rollup",
        found.watches, found.lease, found.lease_reads, found.rollup
    );
    report.figure(&Figure {
        name: "idle-writes".to_owned(),
        measured: found.writes.to_string(),
        target: "0".to_owned(),
        against: against.clone(),
        ok: found.writes == 0,
    })?;
    let allowed = (REQUESTS * minutes).div_ceil(MINUTES);
    let requests = found.writes + found.reads;
    report.figure(&Figure {
        name: "idle-requests".to_owned(),
        measured: requests.to_string(),
        target: format!("≤ {allowed}"),
        against,
        ok: requests <= allowed,
    })
}
