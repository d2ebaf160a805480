//! `rollout`: six Postgres clusters in two contexts go from 15 to 17 in three waves while
//! applications write into all of them. One fails on the way: what was not begun stays as it was,
//! and the rollout goes on when the reason is gone.

use std::{path::PathBuf, time::Instant};

use kube::{Api, api::PostParams};
use pg_core::{operation::Operation, postgresql::Postgresql};
use pg_tests::{
    Result,
    cluster::Cluster,
    ensure, manifest,
    plugin::Plugin,
    site::Site,
    two::{Two, drivers},
    workload::Writer,
};
use serde_json::json;

use crate::{
    ground, load, probe,
    report::{Figure, Report},
    stats,
};

const CONTEXTS: [&str; 2] = ["rollout-east", "rollout-west"];
const NAMESPACE: &str = "team";
/// The last one of the second wave.
const BREAKS: usize = 2;
/// The sizes of the waves are one, two and three.
const WAVES: &str = "--waves 2,3 --max-parallel 3 --soak 0";
const INTERVAL_MS: u32 = 50;
/// Transactions of pgbench a second, in each.
const RATE: u32 = 20;

pub async fn measure(report: &mut Report) -> Result {
    let sites = [
        ground::prepare(CONTEXTS[0], 2, &[]).await?,
        ground::prepare(CONTEXTS[1], 2, &[]).await?,
    ];
    let result = waves(&sites, report).await;
    for context in CONTEXTS {
        ground::down(context).await?;
    }
    result?;
    driven(report).await
}

/// Terminals that are killed and drivers that meet: hundreds of rollouts, where pods are stand-ins.
async fn driven(report: &mut Report) -> Result {
    let two = Two::start().await?;
    let killed = drivers::killed_after_each_write(&two).await;
    let gone = drivers::killed_after_each_write_with_one_gone(&two).await;
    let met = drivers::two_drivers_at_once(&two).await;
    let figures = [
        (
            "rollout-killed",
            killed,
            "times the terminal was killed after a write, each time another machine ended it and each member was restarted once",
        ),
        (
            "rollout-killed-one-gone",
            gone,
            "times the same, by a machine that knew one of the two contexts alone, until the other took part again",
        ),
        (
            "rollout-drivers",
            met,
            "times three drivers at once: no operation twice, never two at a time",
        ),
    ];
    for (name, found, what) in figures {
        report.figure(&Figure {
            name: name.to_owned(),
            measured: match &found {
                Ok(count) => format!("{count} {what}"),
                Err(error) => error.to_string(),
            },
            target: "each time".to_owned(),
            against: "two real API servers with controllers; pods and Patroni are stand-ins"
                .to_owned(),
            ok: found.is_ok(),
        })?;
    }
    Ok(())
}

async fn waves(sites: &[Site; 2], report: &mut Report) -> Result {
    let all = create(sites).await?;
    let mut writers = Vec::new();
    for cluster in &all {
        let node = cluster.site.nodes().await?.swap_remove(0);
        writers.push(Writer::start(cluster, &writer()?, &node, "rows", INTERVAL_MS).await?);
        load::start(cluster, RATE).await?;
    }
    let broken = &all[BREAKS];
    let bad = "CREATE TABLE bad (f regproc)";
    broken.sql(&broken.primary().await?, bad).await?;
    ground::quiet(3).await;

    let plugin = Plugin::new(&sites[0])?;
    let targets: Vec<String> = all.iter().map(Cluster::target).collect();
    let upgrade = format!(
        "upgrade {} --to 17 --no-way-back {WAVES} --yes --expect-count 6",
        targets.join(" ")
    );
    let (from, begun) = (probe::now(), Instant::now());
    let ended = plugin.run(&upgrade, &[]).await?.exits(6)?;
    let ended = ended.says(&["1 failure", "PgUpgradeCheck"])?;
    let id = ended
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("rollout "));
    let id = id.ok_or("it does not say its id")?.to_owned();
    let stopped = begun.elapsed().as_secs_f64();
    let mut touched = Vec::new();
    for cluster in &all[BREAKS + 1..] {
        let asked = operations(cluster, &id).await?;
        let version = version(cluster).await?;
        if asked > 0 || version != "15" {
            touched.push(format!(
                "{} runs {version}, {asked} operations",
                cluster.name
            ));
        }
    }
    report.figure(&Figure {
        name: "rollout-stops".to_owned(),
        measured: match touched.is_empty() {
            true => format!("the third wave's 3 untouched, stopped after {stopped:.0} s"),
            false => touched.join(", "),
        },
        target: "all 3 untouched".to_owned(),
        against: "operations and versions, when one of the second wave fails".to_owned(),
        ok: touched.is_empty(),
    })?;

    broken
        .sql(&broken.primary().await?, "DROP TABLE bad")
        .await?;
    let retry = format!("rollout retry {id} --context {}", CONTEXTS.join(","));
    let again = Instant::now();
    plugin.run(&retry, &[]).await?.exits(0)?;
    let took = stopped + again.elapsed().as_secs_f64();
    let mut upgraded = 0;
    for cluster in &all {
        cluster.running().await?;
        upgraded += usize::from(version(cluster).await? == "17");
    }
    for writer in &writers {
        writer.goes_on().await?;
    }
    let until = probe::now();
    let (mut rows, mut lost, mut gaps) = (0, Vec::new(), Vec::new());
    for (cluster, writer) in all.iter().zip(writers) {
        let answers = writer.answers();
        let good = answers.iter().filter(|answer| answer.error.is_none());
        let times: Vec<u64> = good.map(|answer| answer.at).collect();
        rows += times.len();
        gaps.push(stats::longest_gap(&times, from, until) as f64 / 1e3);
        if let Err(error) = writer.stop_and_compare().await {
            lost.push(format!("{}: {error}", cluster.name));
        }
    }
    let median = stats::median(&gaps).ok_or("no gaps")?;
    let worst = stats::worst(&gaps).ok_or("no gaps")?;
    report.row(
        "rollout",
        json!({ "took_s": took, "gaps_s": gaps, "rows": rows, "lost": lost }),
    )?;
    let all_there = match lost.is_empty() {
        true => format!("all {rows} acknowledged rows on every member"),
        false => lost.join("; "),
    };
    report.figure(&Figure {
        name: "rollout".to_owned(),
        measured: format!(
            "{upgraded} of 6 on 17 after {took:.0} s; {all_there}; writes fail for {median:.1} s each (median; worst {worst:.1})"
        ),
        target: "6 of 6, every row".to_owned(),
        against: "six clusters in two contexts, 15 to 17 in three waves, a writer into each; one was tried again".to_owned(),
        ok: upgraded == all.len() && lost.is_empty(),
    })
}

/// Three in each context: two with a replica, the others alone.
async fn create(sites: &[Site; 2]) -> Result<Vec<Cluster>> {
    let mut all = Vec::new();
    for site in sites {
        ground::namespace(site, NAMESPACE).await?;
    }
    for (number, name) in ["a", "b", "c", "d", "e", "f"].into_iter().enumerate() {
        let site = &sites[number % 2];
        let members = if number < 2 { 2 } else { 1 };
        let object: Postgresql = serde_json::from_value(json!({
            "apiVersion": "acid.zalan.do/v1",
            "kind": "postgresql",
            "metadata": { "name": name },
            "spec": manifest::with(members, json!({ "postgresql": { "version": "15" } })),
        }))?;
        let api = Api::<Postgresql>::namespaced(site.client.clone(), NAMESPACE);
        api.create(&PostParams::default(), &object).await?;
        all.push(Cluster::find(site, NAMESPACE, name).await?);
    }
    for cluster in &all {
        cluster.running().await?;
    }
    Ok(all)
}

async fn operations(cluster: &Cluster, id: &str) -> Result<usize> {
    let all = cluster.children::<Operation>();
    let all = all.list(&Default::default()).await?;
    let of_it = all.iter().filter(|one| {
        let of = one.spec.rollout.as_ref();
        one.spec.target.uid == cluster.uid && of.is_some_and(|of| of.id == id)
    });
    Ok(of_it.count())
}

/// The major version that its primary runs.
async fn version(cluster: &Cluster) -> Result<String> {
    let sql = "SELECT current_setting('server_version_num')::int / 10000";
    let primary = cluster.primary().await?;
    Ok(cluster.sql(&primary, sql).await?.trim().to_owned())
}

/// The client of Postgres.
fn writer() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("writer");
    ensure!(path.exists(), "{} is missing", path.display());
    Ok(path)
}
