//! From Zalando's operator to pg-fleet and back, with its own program, manifests and configuration:
//! no pod restarts on the way, and no row is lost.

use k8s_openapi::api::{
    apps::v1::StatefulSet,
    core::v1::{ConfigMap, Endpoints, PersistentVolumeClaim, Service},
};
use kube::Api;
use pg_core::postgresql::Postgresql;
use pg_tests::{
    Result, cluster::Cluster, controller, ensure, kubectl, lab::Lab, manifest, plugin::Plugin,
    site::Site, test::run, wait, zalando,
};
use serde_json::json;

const CONTEXT: &str = "zalando";
const MINIMAL: &str = "acid-minimal-cluster";
const COMPLETE: &str = "acid-test-cluster";

#[test]
fn taken_over_and_given_back() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let lab = Lab::of_this_checkout();
        // One that was kept has a story already.
        lab.run(&["down", CONTEXT]).await?;
        lab.run(&["up", CONTEXT, "2"]).await?;
        let result = story(&lab).await;
        if result.is_err() {
            if let Ok(site) = Site::of_the_lab(&lab, CONTEXT).await {
                let log = zalando::log(&site).await;
                eprintln!("--- Zalando's operator\n{}", log.unwrap_or_default());
                eprintln!(
                    "{}",
                    pg_tests::diagnosis::of(&site, zalando::NAMESPACE).await
                );
            }
            if std::env::var_os("KEEP").is_some_and(|keep| !keep.is_empty()) {
                return result;
            }
        }
        lab.run(&["down", CONTEXT]).await?;
        result
    });
}

async fn story(lab: &Lab) -> Result {
    let site = Site::of_the_lab(lab, CONTEXT).await?;
    let plugin = Plugin::new(&site)?;
    // What a team has: the operator, two clusters of its examples.
    zalando::install(&site).await?;
    let clusters = made_by_zalando(&site).await?;
    let [minimal, complete] = &clusters;
    let before = incarnations(&clusters).await?;
    let same = async |when: &str| {
        let now = incarnations(&clusters).await?;
        ensure!(now == before, "{when}: was {before:?}, is {now:?}");
        Ok::<(), pg_tests::Error>(())
    };
    minimal
        .sql(
            &format!("{MINIMAL}-0"),
            "CREATE TABLE kept AS SELECT generate_series(1, 1000) n",
        )
        .await?;

    // Beside it: one cluster is adopted, and the other one is left alone.
    let image = std::env::var("FLEET_IMAGE")?;
    let install = format!(
        "install --context {CONTEXT} --yes --image {image} --config {}/postgres-operator",
        zalando::NAMESPACE
    );
    plugin.ok(&install).await?;
    let adopt = format!("adopt {}", minimal.target());
    let shown = plugin
        .run(&format!("{adopt} --dry-run=server"), &[])
        .await?;
    shown
        .exits(0)?
        .says(&["StatefulSet acid-minimal-cluster"])?;
    plugin.ok(&format!("{adopt} --yes")).await?;
    minimal.running().await?;
    same("adopted").await?;
    ensure!(
        !is_ours(complete).await?,
        "one that was not adopted is touched"
    );

    // Edits while it is ours.
    minimal
        .patch(json!({ "spec": {
            "numberOfInstances": 3,
            "postgresql": { "parameters": { "work_mem": "7MB" } },
            "users": { "later": ["createdb"] },
        } }))
        .await?;
    minimal.running().await?;
    let show = minimal
        .sql(&minimal.primary().await?, "SHOW work_mem")
        .await?;
    ensure!(show == "7MB", "work_mem is {show}");

    // Back, while the other operator runs: it takes up an edit.
    plugin
        .ok(&format!("release {} --yes", minimal.target()))
        .await?;
    ensure!(!is_ours(minimal).await?, "its objects are still held");
    minimal
        .patch(json!({ "spec": { "numberOfInstances": 2 } }))
        .await?;
    wait::until("Zalando's operator scales down", async || {
        let sets = Api::<StatefulSet>::namespaced(site.client.clone(), &minimal.namespace);
        let wanted = sets.get(MINIMAL).await?.spec.and_then(|spec| spec.replicas);
        ensure!(wanted == Some(2), "{wanted:?} members");
        Ok(())
    })
    .await?;
    run_with_zalando(minimal).await?;
    two_members(minimal).await?;
    same("released").await?;

    // In its place: it is stopped, and pg-fleet goes on with everything.
    plugin
        .ok(&format!("uninstall --context {CONTEXT} --yes"))
        .await?;
    zalando::stop(&site).await?;
    plugin.ok(&install).await?;
    controller::available(&site).await?;
    for cluster in &clusters {
        cluster.running().await?;
        ensure!(
            is_ours(cluster).await?,
            "{} is not taken over",
            cluster.name
        );
    }
    same("taken over").await?;
    // A parameter of its configuration acts at once, where it lies.
    complete
        .patch(json!({ "spec": { "postgresql": { "parameters": { "log_statement": "ddl" } } } }))
        .await?;
    let primary = complete.primary().await?;
    wait::until("a parameter is taken up", async || {
        let now = complete.sql(&primary, "SHOW log_statement").await?;
        ensure!(now == "ddl", "it is {now}");
        Ok(())
    })
    .await?;
    same("edited").await?;

    own(&site, &plugin).await?;

    // And back as a whole.
    plugin
        .ok(&format!("uninstall --context {CONTEXT} --yes"))
        .await?;
    zalando::start(&site, clusters.len()).await?;
    same("given back").await?;
    let rows = minimal
        .sql(&format!("{MINIMAL}-0"), "SELECT count(*) FROM kept")
        .await?;
    ensure!(rows == "1000", "{rows} rows of 1000");
    Ok(())
}

/// One that pg-fleet makes with Zalando's configuration, whose Patroni keeps its state in Endpoints:
/// it comes, its primary moves, and nothing of it is left.
async fn own(site: &Site, plugin: &Plugin) -> Result {
    let spec = manifest::members(2);
    let cluster = Cluster::create(site, zalando::NAMESPACE, "own", None, spec).await?;
    cluster.running().await?;
    let before = cluster.primary().await?;
    let target = cluster.target();
    plugin.ok(&format!("switchover {target} --yes")).await?;
    cluster.running().await?;
    ensure!(cluster.primary().await? != before, "{before} still leads");
    let history = plugin.ok(&format!("history {target}")).await?;
    ensure!(history.contains("timeline 1 ended"), "{history}");

    plugin
        .ok(&format!("delete {target} --confirm {target}"))
        .await?;
    let left = async || -> Result<Vec<String>> {
        let mut left = cluster.names::<Endpoints>().await?;
        left.extend(cluster.names::<Service>().await?);
        left.extend(cluster.names::<ConfigMap>().await?);
        left.extend(cluster.names::<StatefulSet>().await?);
        left.extend(cluster.names::<PersistentVolumeClaim>().await?);
        left.retain(|name| name == "own" || name.contains("own-"));
        Ok(left)
    };
    wait::until("nothing of it is left", async || {
        let left = left().await?;
        ensure!(left.is_empty(), "{left:?}");
        Ok(())
    })
    .await
}

async fn made_by_zalando(site: &Site) -> Result<[Cluster; 2]> {
    for name in [
        "minimal-postgres-manifest.yaml",
        "complete-postgres-manifest.yaml",
    ] {
        let text = zalando::manifest(name).await?;
        // Its definitions come with the operator's start.
        wait::until(&format!("{name} is taken"), async || {
            kubectl::apply(site, &text).await
        })
        .await?;
    }
    let found = async |name| {
        let cluster = Cluster::find(site, zalando::NAMESPACE, name).await?;
        run_with_zalando(&cluster).await?;
        Ok::<_, pg_tests::Error>(cluster)
    };
    let clusters = [found(MINIMAL).await?, found(COMPLETE).await?];
    for cluster in &clusters {
        two_members(cluster).await?;
    }
    Ok(clusters)
}

/// Zalando's status says little more than this.
async fn run_with_zalando(cluster: &Cluster) -> Result {
    wait::until(&format!("{} runs", cluster.target()), async || {
        let manifest: Postgresql = cluster.manifest().await?;
        let status = manifest.status.unwrap_or_default().postgres_cluster_status;
        ensure!(status == "Running", "{status}");
        Ok(())
    })
    .await
}

async fn two_members(cluster: &Cluster) -> Result {
    wait::until(
        &format!("{} has two members", cluster.target()),
        async || {
            let primaries = cluster.with_role("master").await?;
            let replicas = cluster.with_role("replica").await?;
            // One that goes may still be there.
            let pods = cluster.pods().await?.len();
            ensure!(
                primaries.len() == 1 && replicas.len() == 1 && pods == 2,
                "{primaries:?} {replicas:?} of {pods}"
            );
            Ok(())
        },
    )
    .await
}

async fn incarnations(clusters: &[Cluster; 2]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for cluster in clusters {
        all.extend(cluster.incarnations().await?);
    }
    Ok(all)
}

/// Whether pg-fleet holds fields of its StatefulSet.
async fn is_ours(cluster: &Cluster) -> Result<bool> {
    let set = cluster.stateful_set().await?;
    let fields = set.metadata.managed_fields.unwrap_or_default();
    Ok(fields
        .iter()
        .any(|entry| entry.manager.as_deref() == Some(pg_core::names::FIELD_MANAGER)))
}
