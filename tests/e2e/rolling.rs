//! Changes of the manifest that reach pods and PostgreSQL, while an application writes.

use k8s_openapi::{api::core::v1::Pod, jiff::Timestamp};
use pg_tests::{
    Result, cluster::Cluster, ensure, manifest, site::Place, test::run, workload::Writer,
};
use serde_json::json;

use crate::writer;

/// Pods are made anew, replicas before the primary; then a parameter that needs restarts of
/// PostgreSQL, and one that is dropped from the manifest. No acknowledged row is lost.
#[test]
fn rolling_update_and_parameters_under_load() {
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

        // Annotations of the pods alone restart nothing.
        let before = cluster.incarnations().await?;
        let note = json!({ "spec": { "podAnnotations": { "note": "new" } } });
        cluster.patch(note).await?;
        cluster.running().await?;
        ensure!(
            cluster.incarnations().await? == before,
            "pods were restarted"
        );

        let primary = cluster.primary().await?;
        let replica = cluster.replicas().await?.pop().ok_or("no replica")?;
        let change = json!({ "spec": {
            "resources": { "requests": { "cpu": "20m" }, "limits": { "memory": "600Mi" } },
            "env": [{ "name": "TRIED", "value": "yes" }],
        }});
        cluster.patch(change).await?;
        cluster.running().await?;
        for pod in cluster.pods().await? {
            let container = pod.spec.iter().flat_map(|spec| &spec.containers).next();
            let env = container.iter().flat_map(|c| c.env.iter().flatten());
            let has = env.clone().any(|variable| variable.name == "TRIED");
            ensure!(has, "{:?} was not restarted", pod.metadata.name);
        }
        let (first, last) = (
            made(&cluster, &replica).await?,
            made(&cluster, &primary).await?,
        );
        ensure!(
            first < last,
            "{replica} at {first}, and {primary} before at {last}"
        );
        ensure!(
            cluster.primary().await? == replica,
            "the primary has not handed over"
        );
        rows.goes_on().await?;

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
        ensure!(
            cluster.incarnations().await? == pods,
            "pods were restarted for a parameter"
        );
        rows.stop_and_compare().await?;
        Ok(())
    });
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
