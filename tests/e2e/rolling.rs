//! Changes of the manifest that reach pods and PostgreSQL, while an application writes.

use std::time::Duration;

use k8s_openapi::{
    api::core::v1::{ConfigMap, PersistentVolumeClaim, Pod},
    jiff::Timestamp,
};
use kube::ResourceExt;
use pg_tests::{
    Result, cluster::Cluster, ensure, kubernetes, manifest, plugin::Plugin, site::Place, test::run,
    wait, workload::Writer,
};
use serde_json::json;
use tokio::time::sleep;

use crate::writer;

/// Long enough for three pods, one after the other.
const ROLLED: Duration = Duration::from_secs(400);
const PAUSE: Duration = Duration::from_millis(100);

/// Another image: replicas go first, then the primary hands over and goes as the last, and never
/// are two members down. No acknowledged row is lost.
#[test]
fn another_image_under_load() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let west = test.share(Place::West).await?;
        let more = json!({
            "patroni": { "synchronous_mode": true },
            "podAnnotations": { "former": "old" },
        });
        let cluster = test.running(&west, "main", manifest::with(3, more)).await?;
        let node = west.nodes().await?.swap_remove(0);
        let rows = Writer::start(&cluster, writer(), &node, "rows", 50).await?;

        // Annotations of the pods alone restart nothing: they come to the pods that run, and go.
        let before = cluster.incarnations().await?;
        let note = json!({ "spec": { "podAnnotations": { "note": "new", "former": null } } });
        cluster.patch(note).await?;
        cluster.running().await?;
        is_noted(&cluster).await?;
        ensure!(
            cluster.incarnations().await? == before,
            "pods were restarted"
        );

        let primary = cluster.primary().await?;
        let replicas = cluster.replicas().await?;
        // The same image by its short name, which no node has to fetch.
        let image = image(&cluster.pod(&primary).await?)?;
        let other = image.trim_start_matches("docker.io/").to_owned();
        ensure!(other != image, "{image} has no shorter name");
        let change = json!({ "spec": { "dockerImage": other } });
        cluster.patch(change).await?;
        tokio::select! {
            rolled = has_image(&cluster, &other) => rolled?,
            fault = one_at_a_time(&cluster, 3) => fault?,
        }
        cluster.running().await?;
        let last = made(&cluster, &primary).await?;
        for replica in &replicas {
            let at = made(&cluster, replica).await?;
            ensure!(
                at < last,
                "{replica} at {at}, and {primary} before at {last}"
            );
        }
        let leads = cluster.primary().await?;
        ensure!(replicas.contains(&leads), "{leads} leads again");
        rows.goes_on().await?;
        rows.stop_and_compare().await?;
        Ok(())
    });
}

/// The same as an operation: it says each restart, and ends when all run the image.
#[test]
fn upgrade_to_another_image() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        // A manifest's windows hold up what nobody asked for now.
        let never = json!({ "maintenanceWindows": ["Mon:00:00-00:01"] });
        let cluster = test
            .running(&west, "main", manifest::with(2, never))
            .await?;
        let node = west.nodes().await?.swap_remove(0);
        let rows = Writer::start(&cluster, writer(), &node, "rows", 50).await?;
        let primary = cluster.primary().await?;
        let now = image(&cluster.pod(&primary).await?)?;
        let other = now.trim_start_matches("docker.io/").to_owned();
        let line = format!("upgrade {} --image {other} --yes", cluster.target());
        let said = plugin.ok(&line).await?;
        ensure!(said.contains("all 2 members run"), "{said}");
        has_image(&cluster, &other).await?;
        cluster.running().await?;
        let leads = cluster.primary().await?;
        ensure!(leads != primary, "{primary} was not spared");
        rows.goes_on().await?;
        rows.stop_and_compare().await.map(drop)
    });
}

/// Parameters that need restarts of PostgreSQL, one that is dropped from the manifest, and a larger
/// volume: no pod is made anew.
#[test]
fn parameters_and_volume_under_load() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let west = test.share(Place::West).await?;
        let spec = json!({ "postgresql": { "parameters": { "work_mem": "8MB" } } });
        let spec = manifest::with(2, spec);
        let cluster = test.running(&west, "main", spec).await?;
        let node = west.nodes().await?.swap_remove(0);
        let rows = Writer::start(&cluster, writer(), &node, "rows", 50).await?;

        let pods = cluster.incarnations().await?;
        for connections in ["123", "111"] {
            let change = json!({ "max_connections": connections });
            parameters(&cluster, change).await?;
            shows(&cluster, "max_connections", connections).await?;
            rows.goes_on().await?;
        }
        shows(&cluster, "work_mem", "8MB").await?;
        parameters(&cluster, json!({ "work_mem": null })).await?;
        shows(&cluster, "work_mem", "4MB").await?;
        let config = cluster.children::<ConfigMap>().get("main-config").await?;
        let config = config.annotations().get("config").cloned();
        let config = config.ok_or("Patroni has no configuration")?;
        ensure!(!config.contains("work_mem"), "{config}");

        cluster
            .patch(json!({ "spec": { "volume": { "size": "2Gi" } } }))
            .await?;
        cluster.running().await?;
        grown(&cluster, "2Gi").await?;
        rows.goes_on().await?;
        ensure!(
            cluster.incarnations().await? == pods,
            "pods were restarted for a parameter or a volume"
        );
        rows.stop_and_compare().await?;
        Ok(())
    });
}

/// The image of a pod's database.
fn image(pod: &Pod) -> Result<String> {
    let container = pod.spec.iter().flat_map(|spec| &spec.containers).next();
    let image = container.and_then(|container| container.image.clone());
    image.ok_or_else(|| format!("{} has no image", pod.name_any()).into())
}

/// Waits until all pods were made anew.
async fn has_image(cluster: &Cluster, wanted: &str) -> Result {
    let what = format!("all pods have {wanted}");
    wait::until_within(&what, ROLLED, async || {
        let pods = cluster.pods().await?;
        for pod in &pods {
            let has = image(pod)?;
            ensure!(has == wanted, "{} has {has}", pod.name_any());
        }
        Ok(())
    })
    .await
}

/// Waits until all pods have the annotation that is wanted by now, beside Patroni's own, and not the
/// one that they were made with.
async fn is_noted(cluster: &Cluster) -> Result {
    wait::until("all pods are annotated", async || {
        for pod in &cluster.pods().await? {
            let has = |key: &str| pod.annotations().get(key).map(String::as_str);
            let all = (has("note"), has("former"), has("status").is_some());
            ensure!(
                all == (Some("new"), None, true),
                "{}: {all:?}",
                pod.name_any()
            );
        }
        Ok(())
    })
    .await
}

/// Looks on; ends when two members are down.
async fn one_at_a_time(cluster: &Cluster, members: i32) -> Result {
    loop {
        let pods = cluster.pods().await?;
        let is_up = |name: &String| {
            let serves = |pod: &&Pod| kubernetes::is_running(pod) && has_role(pod);
            pods.iter()
                .filter(serves)
                .any(|pod| pod.name_any() == *name)
        };
        let all = (0..members).map(|ordinal| cluster.member(ordinal));
        let down: Vec<String> = all.filter(|name| !is_up(name)).collect();
        ensure!(down.len() < 2, "down at the same time: {down:?}");
        sleep(PAUSE).await;
    }
}

/// Patroni gives a new pod its role when it runs.
fn has_role(pod: &Pod) -> bool {
    pod.labels().contains_key("spilo-role")
}

/// Waits until the volumes have this size, and those of new members will.
async fn grown(cluster: &Cluster, size: &str) -> Result {
    let what = format!("the volumes have {size}");
    wait::until(&what, async || {
        for name in cluster.claims().await? {
            let claims = cluster.children::<PersistentVolumeClaim>();
            let status = claims.get(&name).await?.status;
            let capacity = status.and_then(|status| status.capacity?.remove("storage"));
            let has = capacity.map(|capacity| capacity.0);
            ensure!(has.as_deref() == Some(size), "{name} has {has:?}");
        }
        let spec = cluster.stateful_set().await?.spec.unwrap_or_default();
        let template = spec.volume_claim_templates.unwrap_or_default().pop();
        let requests = template
            .and_then(|template| template.spec?.resources?.requests)
            .unwrap_or_default();
        let next = requests.get("storage").map(|quantity| quantity.0.as_str());
        ensure!(next == Some(size), "new members would get {next:?}");
        Ok(())
    })
    .await
}

/// Changes parameters and waits until that is carried out.
async fn parameters(cluster: &Cluster, change: serde_json::Value) -> Result {
    let change = json!({ "spec": { "postgresql": { "parameters": change } } });
    cluster.patch(change).await?;
    cluster.running().await?;
    Ok(())
}

async fn shows(cluster: &Cluster, parameter: &str, value: &str) -> Result {
    for pod in cluster.pods().await? {
        let name = pod.metadata.name.unwrap_or_default();
        let has = cluster.sql(&name, &format!("SHOW {parameter}")).await?;
        ensure!(has == value, "{parameter} is {has} on {name}, not {value}");
    }
    Ok(())
}

/// When a pod was made.
async fn made(cluster: &Cluster, pod: &str) -> Result<Timestamp> {
    let pod: Pod = cluster.pod(pod).await?;
    let at = pod.metadata.creation_timestamp;
    Ok(at.ok_or("a pod without a time")?.0)
}
