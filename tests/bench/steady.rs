//! `steady`: what the controller asks of the API server while people use their databases and nobody
//! changes a manifest, by the audit log.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;
use kube::{Api, api::ListParams};
use pg_tests::{Result, cluster::Cluster, manifest, site::Site};
use serde_json::json;

use crate::{
    audit, ground, load, number,
    report::{Figure, Report},
};

const CONTEXT: &str = "steady";
const NAMESPACE: &str = "steady";
const CLUSTERS: usize = 20;
const MINUTES: usize = 35;
/// Reads per cluster, in that time.
const GETS: f64 = 6.0;
/// Transactions a second.
const RATE: u32 = 20;
/// What was just done settles in this time.
const SETTLE: u64 = 90;
const STATUS: &str = "patch postgresqls/status";

pub async fn measure(report: &mut Report) -> Result {
    let minutes = number("MINUTES", MINUTES)?;
    let clusters = number("COUNT", CLUSTERS)?;
    let site = ground::prepare(CONTEXT, 2, &[("LAB_AUDIT", "1")]).await?;
    let result = figures(&site, clusters, minutes, report).await;
    ground::down(CONTEXT).await?;
    result
}

async fn figures(site: &Site, clusters: usize, minutes: usize, report: &mut Report) -> Result {
    ground::namespace(site, NAMESPACE).await?;
    // Half of them are used, and have a replica that follows.
    for number in 0..clusters {
        let (name, used) = (format!("c{number}"), number % 2 == 0);
        let spec = manifest::members(if used { 2 } else { 1 });
        let cluster = Cluster::create(site, NAMESPACE, &name, None, spec).await?;
        cluster.running().await?;
        if used {
            load::start(&cluster, RATE).await?;
        }
    }
    ground::quiet(SETTLE).await;
    let from = Timestamp::now();
    ground::quiet(u64::try_from(minutes)? * 60).await;
    let until = Timestamp::now();
    let found = audit::of_the_controller(site, CONTEXT, from, until)?;
    report.row(
        "steady-requests",
        json!({ "minutes": minutes, "clusters": clusters, "kinds": found.kinds }),
    )?;

    // Which Events, for whoever wants to know why they were written.
    let told = Api::<Event>::namespaced(site.client.clone(), NAMESPACE);
    let told = told.list(&ListParams::default()).await?;
    let told = told.iter().filter(|event| {
        let at = event.event_time.as_ref().map(|time| time.0);
        at.is_some_and(|at| at >= from)
    });
    let told: Vec<_> = told
        .map(|event| json!([event.involved_object.name, event.reason, event.message]))
        .collect();
    report.row("steady-events", json!({ "events": told }))?;

    let status = found.kinds.get(STATUS).copied().unwrap_or_default();
    let writes = found.writes.saturating_sub(status);
    let against = format!(
        "the audit log: {minutes} minutes, {clusters} clusters, pgbench on half of them; beside {} \
         watches, {} writes of the Lease, {} of the rollup",
        found.watches, found.lease, found.rollup
    );
    let per_cluster = |count: usize| count as f64 / clusters as f64;
    report.figure(&Figure {
        name: "steady-writes".to_owned(),
        measured: writes.to_string(),
        target: "0 beside status".to_owned(),
        against: against.clone(),
        ok: writes == 0,
    })?;
    let gets = per_cluster(found.reads);
    report.figure(&Figure {
        name: "steady-gets".to_owned(),
        measured: format!("{gets:.1} per cluster"),
        target: format!("≤ {GETS} per cluster"),
        against: against.clone(),
        ok: gets <= GETS,
    })?;
    let rate = per_cluster(status) / minutes as f64;
    report.figure(&Figure {
        name: "steady-status".to_owned(),
        measured: format!("{rate:.2} per cluster and minute"),
        target: "≤ 1 per cluster and minute".to_owned(),
        against,
        ok: rate <= 1.0,
    })
}
