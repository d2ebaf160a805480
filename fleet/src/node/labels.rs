//! KUBERNETES_BOOTSTRAP_LABELS: labels that the pod carries while it has no data yet, which keep a PodDisruptionBudget on it.
//! Patroni does this itself from 4.1 on; Debian's is 4.0.

use super::environment::Environment;
use super::postmaster;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, Patch, PatchParams};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tracing::warn;

/// The labels of one pod.
#[derive(Debug)]
pub struct Bootstrap {
    labels: Map<String, Value>,
    namespace: String,
    pod: String,
    data: PathBuf,
    empty: bool,
}

impl Bootstrap {
    /// What there is to do, if anything. Before Patroni starts: afterwards nobody knows that the volume was empty.
    pub fn of(env: &Environment, patroni: &Value) -> Option<Self> {
        let labels = patroni
            .pointer("/kubernetes/bootstrap_labels")?
            .as_object()?;
        (!labels.is_empty()).then(|| Self {
            labels: labels.clone(),
            namespace: patroni["kubernetes"]["namespace"]
                .as_str()
                .unwrap_or("default")
                .to_owned(),
            pod: patroni["name"].as_str().unwrap_or_default().to_owned(),
            data: env.data(),
            empty: !env.data().join("PG_VERSION").exists(),
        })
    }

    /// Sets the labels where the volume is empty, and removes them once the server runs. Also removes what a container that
    /// died in between has left. Never gives up: a label that stays would keep the node from being drained.
    pub async fn keep(self) {
        if self.empty {
            self.patch(|value| value.clone()).await;
        }
        while !postmaster::runs(&self.data) {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        self.patch(|_| Value::Null).await;
    }

    async fn patch(&self, value: impl Fn(&Value) -> Value) {
        let labels: Map<String, Value> = self
            .labels
            .iter()
            .map(|(key, old)| (key.clone(), value(old)))
            .collect();
        let patch = json!({ "metadata": { "labels": labels } });
        let mut said = false;
        while let Err(error) = self.attempt(&patch).await {
            if !said {
                warn!(%error, "the pod's bootstrap labels could not be changed; trying on");
                said = true;
            }
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    }

    async fn attempt(&self, patch: &Value) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut config = kube::Config::incluster()?;
        config.read_timeout = Some(Duration::from_secs(10));
        let pods: Api<Pod> = Api::namespaced(kube::Client::try_from(config)?, &self.namespace);
        pods.patch_metadata(&self.pod, &PatchParams::default(), &Patch::Merge(patch))
            .await?;
        Ok(())
    }
}
