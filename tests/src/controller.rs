//! The controller as tests see it: its pods, its Lease, its death.

use std::collections::BTreeMap;

use k8s_openapi::api::{
    apps::v1::Deployment,
    coordination::v1::Lease,
    core::v1::{ConfigMap, Pod},
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams},
};
use pg_core::rollup::{self, Rollup};
use serde_json::{Value, json};

use crate::{Result, ensure, kubernetes, site::Site, wait};

/// Where it is installed.
pub const NAMESPACE: &str = "pg-fleet";
const NAME: &str = "pg-fleet";
const LABELS: &str = "app.kubernetes.io/name=pg-fleet";
/// As installed.
const REPLICAS: i32 = 2;

/// Its pods.
pub async fn pods(site: &Site) -> Result<Vec<Pod>> {
    kubernetes::pods(site, NAMESPACE, LABELS).await
}

fn config_maps(site: &Site) -> Api<ConfigMap> {
    Api::namespaced(site.client.clone(), NAMESPACE)
}

/// The operator configuration, as it stands in its ConfigMap.
pub async fn configuration(site: &Site) -> Result<BTreeMap<String, String>> {
    let map = config_maps(site).get(NAME).await?;
    Ok(map.data.unwrap_or_default())
}

/// Changes parameters of it; null takes one out.
pub async fn configure(site: &Site, data: Value) -> Result {
    let patch = Patch::Merge(json!({ "data": data }));
    let maps = config_maps(site);
    maps.patch(NAME, &PatchParams::default(), &patch).await?;
    Ok(())
}

/// Brings it back to what it was.
pub async fn configure_back(site: &Site, before: BTreeMap<String, String>) -> Result {
    let mut data = json!(before);
    let now = configuration(site).await?;
    for key in now.keys().filter(|key| !before.contains_key(*key)) {
        data[key] = Value::Null;
    }
    configure(site, data).await
}

/// Who holds the Lease, if anybody does.
pub async fn holder(site: &Site) -> Result<Option<String>> {
    let leases = Api::<Lease>::namespaced(site.client.clone(), NAMESPACE);
    let lease = leases.get_opt(NAME).await?;
    let holder = lease.and_then(|lease| lease.spec?.holder_identity);
    Ok(holder.filter(|name| !name.is_empty()))
}

/// Ends all its pods at once, without grace: none of them can finish anything.
pub async fn kill_all(site: &Site) -> Result {
    let api = Api::<Pod>::namespaced(site.client.clone(), NAMESPACE);
    let now = DeleteParams::default().grace_period(0);
    let deleted = pods(site).await?.into_iter().map(|pod| {
        let (api, now) = (&api, &now);
        async move { api.delete(&pod.name_any(), now).await }
    });
    for result in futures::future::join_all(deleted).await {
        result?;
    }
    Ok(())
}

/// Makes its last report an old one.
pub async fn age_report(site: &Site) -> Result {
    let api = Api::<Rollup>::all(site.client.clone());
    let patch = json!({ "observedAt": "2020-01-01T00:00:00Z" });
    api.patch(rollup::NAME, &PatchParams::default(), &Patch::Merge(&patch))
        .await?;
    Ok(())
}

/// Sets how many there are and waits for it.
pub async fn scale(site: &Site, replicas: i32) -> Result {
    let api = Api::<Deployment>::namespaced(site.client.clone(), NAMESPACE);
    let patch = json!({ "spec": { "replicas": replicas } });
    api.patch(NAME, &PatchParams::default(), &Patch::Merge(&patch))
        .await?;
    if replicas > 0 {
        return available(site).await;
    }
    wait::until("the controller is gone", async || {
        ensure!(pods(site).await?.is_empty(), "pods are left");
        Ok(())
    })
    .await
}

/// Brings it back to what was installed.
pub async fn restore(site: &Site) -> Result {
    scale(site, REPLICAS).await
}

/// Waits until as many as wanted are available and one of them leads.
pub async fn available(site: &Site) -> Result {
    let api = Api::<Deployment>::namespaced(site.client.clone(), NAMESPACE);
    wait::until("the controller is available", async || {
        let deployment = api.get(NAME).await?;
        let wanted = deployment.spec.and_then(|spec| spec.replicas).unwrap_or(1);
        let available = deployment
            .status
            .and_then(|status| status.available_replicas)
            .unwrap_or(0);
        ensure!(available >= wanted, "{available}/{wanted} available");
        let pods = pods(site).await?;
        let holder = holder(site).await?;
        let leads = |pod: &Pod| Some(pod.name_any()) == holder && kubernetes::is_running(pod);
        ensure!(pods.iter().any(leads), "the Lease names {holder:?}");
        Ok(())
    })
    .await
}
