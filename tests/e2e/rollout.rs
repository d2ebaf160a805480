//! Rollouts on real pods, as people meet them: planned, let on, resumed from another machine, one
//! target that fails, one that is left out, paused, watched and aborted.

use k8s_openapi::api::core::v1::Pod;
use kube::{ResourceExt, config::Kubeconfig};
use pg_core::{
    operation::{Operation, Phase},
    rollout::{Desired, Rollout},
};
use pg_tests::{
    Result, cluster::Cluster, ensure, manifest, plugin::Plugin, site::Place, test::run, wait,
};
use serde_json::json;

/// pg_upgrade cannot take it along.
const BAD: &str = "CREATE TABLE bad (f regproc)";
const ROWS: &str = "CREATE TABLE t AS SELECT generate_series(1, 1000) AS n";
const STARTED: &str = "SELECT pg_postmaster_start_time()";

/// Three clusters in two contexts go from 15 to 17, one in each wave. The second one fails, which
/// leaves the third one alone; the way on is found on a machine where contexts have other names.
#[test]
fn rollout_of_three_waves() {
    run(async |test| {
        let (east, west) = (
            test.share(Place::East).await?,
            test.share(Place::West).await?,
        );
        let spec = manifest::with(1, json!({ "postgresql": { "version": "15" } }));
        let mut all = Vec::new();
        for (site, name) in [(&east, "one"), (&west, "two"), (&west, "three")] {
            all.push(test.created(site, name, spec.clone()).await?);
        }
        for cluster in &all {
            cluster.running().await?;
            cluster.sql(&cluster.member(0), ROWS).await?;
        }
        let [one, two, three] = all.as_slice() else {
            return Err("not three".into());
        };
        two.sql("two-0", BAD).await?;
        let targets: Vec<String> = all.iter().map(Cluster::target).collect();
        let targets = targets.join(" ");
        let plugin = Plugin::new(&east)?;
        let here = format!("--context {},{}", east.context, west.context);
        let directory = std::env::temp_dir().join(&test.namespace);
        std::fs::create_dir_all(&directory)?;

        // A plan changes nothing, and starts as it was written; a person has to let each wave go on.
        let file = directory.join("plan.yaml");
        let file = file.display();
        let upgrade = format!("upgrade {targets} --to 17 --no-way-back --waves 1,1 --soak 0");
        let planned = plugin
            .ok(&format!("{upgrade} --gate approval --plan {file}"))
            .await?;
        ensure!(planned.contains("rollout start"), "{planned}");
        ensure!(open(three).await?.is_none(), "planning left something");
        let start = format!("rollout start {file} {here} --yes --expect-count 3");
        plugin
            .fails(&start, 6, &["wave 1 is done", "rollout approve"])
            .await?;
        let id = open(three).await?.ok_or("its slice is gone")?;
        let listed = plugin.ok(&format!("rollout list {here}")).await?;
        ensure!(
            listed.contains(&id) && listed.contains("NeedsApproval"),
            "{listed}"
        );
        runs(one, "17").await?;
        untouched(two, &id).await?;

        // Another machine takes it up; what fails there stops it.
        let other = Plugin::with_kubeconfig(Some(&renamed(&east.kubeconfig, &directory)?))?;
        let there = format!("--context my-{},my-{}", west.context, east.context);
        plugin.ok(&format!("rollout approve {id} {here}")).await?;
        let resume = format!("rollout resume {id} {there}");
        other
            .fails(
                &resume,
                6,
                &["1 failure", "PgUpgradeCheck", "rollout retry"],
            )
            .await?;
        let show = format!("rollout show {id} {there}");
        let shown = other.ok(&show).await?;
        ensure!(shown.contains("Failed"), "{shown}");
        runs(two, "15").await?;
        untouched(three, &id).await?;

        // What was in its way is gone: it goes on, and one is left out.
        two.sql("two-0", "DROP TABLE bad").await?;
        let retry = format!("rollout retry {id} two@my-{} {there}", west.context);
        other.fails(&retry, 6, &["wave 2 is done"]).await?;
        runs(two, "17").await?;
        let skip = format!("rollout skip {id} three@{} {here} --yes", west.context);
        plugin.ok(&skip).await?;
        plugin.ok(&format!("rollout approve {id} {here}")).await?;
        let ended = other.run(&resume, &[]).await?.exits(0)?;
        ended.says(&["three", "skipped"])?;
        let shown = other.ok(&show).await?;
        ensure!(
            shown.contains("Done") && shown.contains("Skipped"),
            "{shown}"
        );
        untouched(three, &id).await?;
        for cluster in &all {
            let count = cluster
                .sql(&cluster.member(0), "SELECT count(*) FROM t")
                .await?;
            ensure!(count == "1000", "{} has {count} rows", cluster.name);
        }
        stopped(&all, &targets, (&plugin, &here), (&other, &there)).await?;
        std::fs::remove_dir_all(directory)?;
        Ok(())
    });
}

/// While the first one has to stay healthy, somebody else pauses, and then aborts: the driver ends,
/// those who look on are told, and the others were never restarted.
async fn stopped(
    all: &[Cluster],
    targets: &str,
    (plugin, here): (&Plugin, &str),
    (other, there): (&Plugin, &str),
) -> Result {
    let mut before = Vec::new();
    for cluster in all {
        before.push(cluster.sql(&cluster.member(0), STARTED).await?);
    }
    let restart = format!("restart {targets} --soak 10m --yes --expect-count 3");
    let driver = plugin.start(&restart)?;
    let id = wait::until("the first one is restarted", async || {
        let id = open(&all[0]).await?.ok_or("nothing runs")?;
        let done = operations(&all[0], &id).await?;
        let done = done
            .iter()
            .filter_map(|one| one.status.as_ref())
            .any(|status| status.phase == Phase::Succeeded);
        ensure!(done, "it is not");
        Ok(id)
    })
    .await?;
    let watch = other.start(&format!("rollout watch {id} {there}"))?;
    let pause = format!("rollout pause {id} {there} --reason lunch");
    other.run(&pause, &[]).await?.exits(0)?;
    let ended = driver.ended().await?;
    ensure!(ended == Some(6), "the driver ended with {ended:?}");
    let ended = watch.ended().await?;
    ensure!(ended == Some(6), "whoever watched ended with {ended:?}");
    plugin
        .ok(&format!("rollout abort {id} {here} --yes"))
        .await?;
    let resume = format!("rollout resume {id} {here}");
    plugin.fails(&resume, 6, &["aborted"]).await?;
    for (cluster, before) in all.iter().zip(before) {
        let now = cluster.sql(&cluster.member(0), STARTED).await?;
        let restarted = now != before;
        ensure!(
            restarted == (cluster.name == "one"),
            "{} runs since {now}, before since {before}",
            cluster.name
        );
    }
    Ok(())
}

/// The rollout that has targets beside this cluster and has not ended.
pub async fn open(cluster: &Cluster) -> Result<Option<String>> {
    let slices = cluster.children::<Rollout>();
    let slices = slices.list(&Default::default()).await?;
    let mut open = slices.iter().filter(|slice| {
        let control = &slice.spec.control;
        control.finished_at.is_none() && control.desired != Desired::Abort
    });
    Ok(open.next().map(ResourceExt::name_any))
}

/// What a rollout has asked for here.
async fn operations(cluster: &Cluster, id: &str) -> Result<Vec<Operation>> {
    let all = cluster.children::<Operation>();
    let mut all = all.list(&Default::default()).await?.items;
    all.retain(|one| {
        let of = one.spec.rollout.as_ref();
        one.spec.target.uid == cluster.uid && of.is_some_and(|of| of.id == id)
    });
    Ok(all)
}

/// Nothing was asked for, and nothing was done.
async fn untouched(cluster: &Cluster, id: &str) -> Result {
    let asked = operations(cluster, id).await?;
    ensure!(asked.is_empty(), "{}: {asked:?}", cluster.name);
    let pod: Pod = cluster.pod(&cluster.member(0)).await?;
    let restarts = pod.status.and_then(|status| status.container_statuses);
    let restarts = restarts.iter().flatten().map(|one| one.restart_count);
    ensure!(restarts.sum::<i32>() == 0, "{} restarted", cluster.name);
    runs(cluster, "15").await
}

/// It serves in this major version.
async fn runs(cluster: &Cluster, major: &str) -> Result {
    cluster.running().await?;
    let version = cluster
        .sql(&cluster.member(0), "SHOW server_version")
        .await?;
    ensure!(
        version.starts_with(major),
        "{} runs {version}",
        cluster.name
    );
    let written = cluster.manifest().await?.spec.postgresql.version;
    ensure!(written == major, "its manifest says {written}");
    Ok(())
}

/// Somebody else's kubeconfig: the same Kubernetes clusters by other names.
fn renamed(
    kubeconfig: &std::path::Path,
    directory: &std::path::Path,
) -> Result<std::path::PathBuf> {
    let mut config = Kubeconfig::read_from(kubeconfig)?;
    for context in &mut config.contexts {
        context.name = format!("my-{}", context.name);
    }
    config.current_context = None;
    let path = directory.join("kubeconfig");
    std::fs::write(&path, serde_json::to_string(&config)?)?;
    Ok(path)
}
