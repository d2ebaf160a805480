//! Zalando's operator itself, as released: built by `tests/lab/images zalando`, with the manifests
//! that come with it.

use std::{path::PathBuf, process::Stdio};

use k8s_openapi::api::{apps::v1::Deployment, core::v1::Pod};
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
};
use serde_json::json;
use tokio::process::Command;

use crate::{Result, ensure, kubectl, kubernetes, lab, site::Site, wait};

/// Where it runs, as its manifests say.
pub const NAMESPACE: &str = "default";
const NAME: &str = "postgres-operator";
const LABELS: &str = "name=postgres-operator";
const MODULE: &str = "github.com/zalando/postgres-operator";
/// Runs for ever and does nothing: stands for images that the lab cannot have.
const PAUSE: &str = "docker.io/lab/pause:1";

/// The folder of its manifests.
///
/// # Errors
///
/// Where Go is missing, or the module cannot be had.
pub async fn manifests() -> Result<PathBuf> {
    let output = Command::new("go")
        .args(["list", "-mod=mod", "-m", "-f", "{{.Dir}}", MODULE])
        .current_dir(lab::root().join("tests/lab/zalando"))
        .stdin(Stdio::null())
        .output()
        .await?;
    let why = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "go list: {}", why.trim());
    let folder = PathBuf::from(String::from_utf8(output.stdout)?.trim()).join("manifests");
    ensure!(folder.is_dir(), "{} is no folder", folder.display());
    Ok(folder)
}

/// One of its manifests, with images that the lab has.
pub async fn manifest(name: &str) -> Result<String> {
    let path = manifests().await?.join(name);
    let text = std::fs::read_to_string(&path);
    let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
    with_images_of_the_lab(&text)
}

/// Other images are put in; nothing else changes.
fn with_images_of_the_lab(text: &str) -> Result<String> {
    let postgres = image("POSTGRES_IMAGE")?;
    let operator = image("ZALANDO_IMAGE")?;
    let fit = |line: &str| {
        let Some((before, named)) = line.split_once(": ") else {
            return line.to_owned();
        };
        let ours = if named.contains("/spilo") {
            &postgres
        } else if named.contains("postgres-operator:") {
            &operator
        } else if named == "busybox" {
            // has /bin/date
            &postgres
        } else if named.contains("postgres-exporter:") {
            PAUSE
        } else {
            return line.to_owned();
        };
        format!("{before}: {ours}")
    };
    let lines: Vec<String> = text.lines().map(fit).collect();
    Ok(lines.join("\n") + "\n")
}

fn image(variable: &str) -> Result<String> {
    std::env::var(variable).map_err(|_| format!("{variable} is not set: tests/run sets it").into())
}

/// Starts it for the first time, with its own manifests.
pub async fn install(site: &Site) -> Result {
    for name in [
        "configmap.yaml",
        "operator-service-account-rbac.yaml",
        "postgres-operator.yaml",
    ] {
        kubectl::apply(site, &manifest(name).await?).await?;
    }
    running(site).await
}

/// Stops it.
pub async fn stop(site: &Site) -> Result {
    scale(site, 0).await?;
    wait::until("Zalando's operator is gone", async || {
        let pods = kubernetes::pods(site, NAMESPACE, LABELS).await?;
        ensure!(pods.is_empty(), "its pod is there");
        Ok(())
    })
    .await
}

/// Starts it again, and waits until it has gone through every cluster that it finds.
pub async fn start(site: &Site, clusters: usize) -> Result {
    scale(site, 1).await?;
    running(site).await?;
    wait::until("Zalando's operator went through all", async || {
        let log = log(site).await?;
        let synced = log.matches("cluster has been synced").count();
        ensure!(synced >= clusters, "{synced} of {clusters}");
        Ok(())
    })
    .await
}

async fn scale(site: &Site, replicas: i32) -> Result {
    let api = Api::<Deployment>::namespaced(site.client.clone(), NAMESPACE);
    let patch = json!({ "spec": { "replicas": replicas } });
    api.patch(NAME, &PatchParams::default(), &Patch::Merge(&patch))
        .await?;
    Ok(())
}

async fn running(site: &Site) -> Result {
    wait::until("Zalando's operator runs", async || {
        pod(site).await.map(drop)
    })
    .await
}

async fn pod(site: &Site) -> Result<Pod> {
    let pods = kubernetes::pods(site, NAMESPACE, LABELS).await?;
    let found = pods.into_iter().find(kubernetes::is_running);
    found.ok_or_else(|| "no pod of it runs".into())
}

/// What it said since it started.
pub async fn log(site: &Site) -> Result<String> {
    let pod = pod(site).await?.name_any();
    kubernetes::log(site, NAMESPACE, &pod, 100_000).await
}
