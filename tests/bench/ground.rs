//! Where measurements are taken: clusters of the lab with the released controller, made for one
//! figure and removed after it.

use std::{process::Stdio, time::Duration};

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::{
    Api,
    api::{DeleteParams, PostParams},
};
use pg_tests::{
    Result, controller, ensure,
    lab::{self, Lab},
    plugin::Plugin,
    site::Site,
    wait,
};
use serde_json::json;
use tokio::process::Command;

/// A variable of the environment that `tests/bench/run` sets.
pub fn variable(name: &str) -> Result<String> {
    let unset = |_| format!("{name} is not set: tests/bench/run sets it");
    Ok(std::env::var(name).map_err(unset)?)
}

/// A verb of the lab with more environment; gives its stdout.
pub async fn lab(words: &[&str], more: &[(&str, &str)]) -> Result<String> {
    let output = Command::new(lab::root().join("tests/lab/lab"))
        .args(words)
        .envs(more.iter().copied())
        .stdin(Stdio::null())
        .output()
        .await?;
    let why = String::from_utf8_lossy(&output.stderr);
    let words = words.join(" ");
    ensure!(output.status.success(), "lab {words}: {}", why.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Brings a cluster up and installs the controller there.
pub async fn prepare(context: &str, nodes: u8, more: &[(&str, &str)]) -> Result<Site> {
    let (fleet, postgres) = (variable("FLEET_IMAGE")?, variable("POSTGRES_IMAGE")?);
    lab(&["up", context, &nodes.to_string()], more).await?;
    let site = Site::of_the_lab(&Lab::of_this_checkout(), context).await?;
    let install = format!(
        "install --context {context} --yes --expect-count 1 --image {fleet} --set docker_image={postgres}"
    );
    Plugin::new(&site)?.ok(&install).await?;
    controller::available(&site).await?;
    Ok(site)
}

/// Removes a cluster.
pub async fn down(context: &str) -> Result {
    lab(&["down", context], &[]).await.map(drop)
}

/// Makes a namespace in which pods can start at once.
pub async fn namespace(site: &Site, name: &str) -> Result {
    let api = Api::<Namespace>::all(site.client.clone());
    let object = serde_json::from_value(json!({ "metadata": { "name": name } }))?;
    api.create(&PostParams::default(), &object).await?;
    let roots = Api::<ConfigMap>::namespaced(site.client.clone(), name);
    wait::until(&format!("namespace {name} is furnished"), async || {
        roots.get("kube-root-ca.crt").await?;
        Ok(())
    })
    .await
}

/// Removes it with all that is in it, and waits until it is gone.
pub async fn remove(site: &Site, name: &str) -> Result {
    let api = Api::<Namespace>::all(site.client.clone());
    leave(site, name).await?;
    wait::until(&format!("namespace {name} is gone"), async || {
        ensure!(api.get_opt(name).await?.is_none(), "still there");
        Ok(())
    })
    .await
}

/// Removes it without waiting for that: Kubernetes looks again only when half of its pods' grace is over.
pub async fn leave(site: &Site, name: &str) -> Result {
    let api = Api::<Namespace>::all(site.client.clone());
    api.delete(name, &DeleteParams::background()).await?;
    Ok(())
}

/// Time in which what just happened settles.
pub async fn quiet(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
