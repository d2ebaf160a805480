//! The kubelets' part: pods are bound, run, and go when they are told to.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, Preconditions, WatchEvent, WatchParams},
};
use pg_core::store::Store;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Key, StandIn, complain};
use crate::Result;

const LABELS: &str = "application=spilo";
const NODE: &str = "standin";

impl StandIn {
    pub(super) async fn run_pods(self: Arc<Self>) {
        loop {
            if let Err(error) = self.follow().await {
                complain("pods", &error);
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    async fn follow(self: &Arc<Self>) -> Result {
        let api = Api::<Pod>::all(self.client.clone());
        let list = api.list(&ListParams::default().labels(LABELS)).await?;
        let version = list.metadata.resource_version.unwrap_or_default();
        for pod in list.items {
            self.saw(pod);
        }
        let params = WatchParams::default().labels(LABELS);
        let mut events = api.watch(&params, &version).await?.boxed();
        while let Some(event) = events.try_next().await? {
            match event {
                WatchEvent::Added(pod) | WatchEvent::Modified(pod) => self.saw(pod),
                WatchEvent::Deleted(pod) => {
                    let standin = Arc::clone(self);
                    tokio::spawn(async move {
                        if let Some(key) = key_of(&pod) {
                            let uid = pod.uid().unwrap_or_default();
                            standin.leave(&key, &pod.name_any(), &uid).await;
                        }
                    });
                }
                WatchEvent::Bookmark(_) => {}
                WatchEvent::Error(status) => return Err(status.message.into()),
            }
        }
        Ok(())
    }

    fn saw(self: &Arc<Self>, pod: Pod) {
        let standin = Arc::clone(self);
        tokio::spawn(async move {
            let name = pod.name_any();
            match standin.step(pod).await {
                // Somebody was faster, or it is gone.
                Err(error) if is_code(&error, 409) || is_code(&error, 404) => {}
                Err(error) => complain(&name, &error),
                Ok(()) => {}
            }
        });
    }

    async fn step(self: &Arc<Self>, pod: Pod) -> Result {
        let Some(key) = key_of(&pod) else {
            return Ok(());
        };
        let api = Api::<Pod>::namespaced(self.client.clone(), &key.0);
        let (name, uid) = (pod.name_any(), pod.uid().unwrap_or_default());
        let phase = pod.status.as_ref().and_then(|status| status.phase.clone());
        if pod.metadata.deletion_timestamp.is_some() {
            self.leave(&key, &name, &uid).await;
            let params = DeleteParams {
                preconditions: Some(Preconditions {
                    uid: Some(uid),
                    resource_version: None,
                }),
                ..DeleteParams::default().grace_period(0)
            };
            api.delete(&name, &params).await?;
            return Ok(());
        }
        if pod
            .spec
            .as_ref()
            .is_none_or(|spec| spec.node_name.is_none())
        {
            let binding = json!({
                "apiVersion": "v1",
                "kind": "Binding",
                "metadata": {"name": name},
                "target": {"apiVersion": "v1", "kind": "Node", "name": NODE},
            });
            let path = format!("/api/v1/namespaces/{}/pods/{name}/binding", key.0);
            let request = http::Request::post(path)
                .header("content-type", "application/json")
                .body(binding.to_string().into_bytes())?;
            self.client.request::<Value>(request).await?;
            return Ok(());
        }
        if phase.as_deref() == Some("Running") {
            return Ok(());
        }
        let version = variable(&pod, "PGVERSION").and_then(|version| version.parse().ok());
        let version = version.ok_or("no PGVERSION")?;
        let joined = self.join(&key, &name, &uid, store(&pod), version).await?;
        let Some(address) = joined else {
            return Ok(());
        };
        let status = Patch::Merge(running(&pod, &address));
        api.patch_status(&name, &PatchParams::default(), &status)
            .await?;
        self.lead_or_follow(&key, &name, &bootstrap(&pod)).await
    }
}

/// The status of a pod whose containers all run.
fn running(pod: &Pod, address: &str) -> Value {
    let now = jiff::Timestamp::now().to_string();
    let containers: Vec<Value> = pod
        .spec
        .iter()
        .flat_map(|spec| &spec.containers)
        .map(|container| {
            json!({
                "name": container.name,
                "image": container.image,
                "imageID": "sha256:0",
                "ready": true,
                "restartCount": 0,
                "started": true,
                "state": {"running": {"startedAt": now}},
            })
        })
        .collect();
    let conditions: Vec<Value> = ["PodScheduled", "Initialized", "ContainersReady", "Ready"]
        .map(|kind| json!({"type": kind, "status": "True", "lastTransitionTime": now}))
        .to_vec();
    json!({"status": {
        "phase": "Running",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": now,
        "conditions": conditions,
        "containerStatuses": containers,
    }})
}

/// Where its Patroni keeps what it knows, as the image reads it.
fn store(pod: &Pod) -> Store {
    match variable(pod, "KUBERNETES_USE_CONFIGMAPS") {
        Some(_) => Store::ConfigMaps,
        None => Store::Endpoints,
    }
}

fn variable(pod: &Pod, name: &str) -> Option<String> {
    pod.spec
        .iter()
        .flat_map(|spec| &spec.containers)
        .flat_map(|container| container.env.iter().flatten())
        .find(|variable| variable.name == name)
        .and_then(|variable| variable.value.clone())
}

/// The dynamic configuration that a new cluster starts with.
fn bootstrap(pod: &Pod) -> Value {
    let spilo = variable(pod, "SPILO_CONFIGURATION").unwrap_or_default();
    let mut config = json!({"loop_wait": 10, "retry_timeout": 10, "ttl": 30});
    let asked = serde_json::from_str::<Value>(&spilo)
        .ok()
        .and_then(|value| value.pointer("/bootstrap/dcs").cloned());
    if let (Some(config), Some(Value::Object(asked))) = (config.as_object_mut(), asked) {
        config.extend(asked);
    }
    if let Some(host) = variable(pod, "STANDBY_HOST") {
        let port = variable(pod, "STANDBY_PORT");
        config["standby_cluster"] = json!({"host": host});
        if let Some(port) = port {
            config["standby_cluster"]["port"] = port.into();
        }
    }
    config
}

fn key_of(pod: &Pod) -> Option<Key> {
    let cluster = pod.labels().get("cluster-name")?;
    Some((pod.namespace()?, cluster.clone()))
}

/// Whether the API server said this.
pub(super) fn is_code(error: &crate::Error, code: u16) -> bool {
    error
        .downcast_ref::<kube::Error>()
        .is_some_and(|error| matches!(error, kube::Error::Api(status) if status.code == code))
}
