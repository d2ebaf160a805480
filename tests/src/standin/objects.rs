//! What Patroni keeps in Kubernetes: its ConfigMaps or Endpoints, and on each pod label and
//! annotation. Subsets of Endpoints are left out: addresses on loopback are refused there.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
    core::Request,
};
use pg_core::{
    names,
    store::{Part, Store},
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{Key, StandIn, complain, kubelet::is_code};
use crate::Result;

/// Patroni renews its lock each loop.
const LOOP: Duration = Duration::from_secs(10);
/// Where all positions are: nothing is written to these databases.
pub(super) const POSITION: i64 = 83_886_080;

impl StandIn {
    /// Renews all locks, and makes objects again that somebody took away, as Patroni does while
    /// one of its members lives.
    pub(super) async fn renew_locks(self: Arc<Self>) {
        loop {
            sleep(Duration::from_millis(500)).await;
            let due: Vec<Key> = self
                .state()
                .clusters
                .iter()
                .filter(|(_, all)| {
                    all.leader.is_some() && all.renewed.is_none_or(|at| at.elapsed() > LOOP)
                })
                .map(|(key, _)| key.clone())
                .collect();
            stream::iter(&due)
                .for_each_concurrent(16, async |key| {
                    let mut result = self.write_leader(key).await;
                    if result.is_ok() {
                        result = self.write_config(key).await;
                    }
                    // A namespace on its way out takes nothing new.
                    if let Err(error) = result
                        && !is_code(&error, 403)
                        && !is_code(&error, 404)
                    {
                        complain(&key.1, &error);
                    }
                })
                .await;
        }
    }

    pub(super) async fn write_leader(&self, key: &Key) -> Result {
        let annotations = self.with(key, |all| {
            all.renewed = Some(Instant::now());
            json!({
                "acquireTime": all.acquired,
                "leader": all.leader.clone().unwrap_or_default(),
                "optime": POSITION.to_string(),
                "renewTime": Timestamp::now().to_string(),
                "transitions": all.transitions.to_string(),
                "ttl": "30",
            })
        });
        self.write_object(key, Part::Leader, annotations).await
    }

    pub(super) async fn write_config(&self, key: &Key) -> Result {
        let annotations = self.with(key, |all| {
            json!({
                "config": all.config.clone().unwrap_or_default().to_string(),
                "initialize": all.system.to_string(),
                "history": "[]",
            })
        });
        self.write_object(key, Part::Config, annotations).await
    }

    async fn write_object(&self, key: &Key, part: Part, annotations: Value) -> Result {
        let (namespace, cluster) = key;
        let store = self.with(key, |all| all.store);
        let name = match part {
            Part::Leader => store.leader(cluster),
            _ => names::config_object(cluster),
        };
        let plural = match store {
            Store::ConfigMaps => "configmaps",
            Store::Endpoints => "endpoints",
        };
        let objects = Request::new(format!("/api/v1/namespaces/{namespace}/{plural}"));
        let patch = Patch::Merge(json!({"metadata": {"annotations": annotations}}));
        let object = json!({
            "apiVersion": "v1",
            "kind": store.kind(),
            "metadata": {
                "name": name,
                "labels": {"application": "spilo", "cluster-name": cluster},
                "annotations": annotations,
            },
        });
        loop {
            let patch = objects.patch(&name, &PatchParams::default(), &patch)?;
            match self.send(patch).await {
                Err(error) if is_code(&error, 404) => {}
                other => return other,
            }
            let create = objects.create(&PostParams::default(), object.to_string().into_bytes())?;
            match self.send(create).await {
                // Another part of this was faster.
                Err(error) if is_code(&error, 409) => {}
                other => return other,
            }
        }
    }

    async fn send(&self, request: http::Request<Vec<u8>>) -> Result {
        self.client.request::<Value>(request).await?;
        Ok(())
    }

    /// A member's last word.
    pub(super) async fn write_word(&self, key: &Key, name: &str) -> Result {
        let word = self.with(key, |all| {
            let member = all.members.get(name)?;
            let leads = all.leader.as_deref() == Some(name);
            let mut word = json!({
                "conn_url": format!("postgres://{}:5432/postgres", member.address),
                "api_url": format!("http://{}:8008/patroni", member.address),
                "state": member.state,
                "role": all.role(name),
                "version": "4.0.7",
                "xlog_location": POSITION,
                "timeline": all.timeline,
            });
            if !leads {
                word["replication_state"] = "streaming".into();
            }
            if member.pending_restart {
                word["pending_restart"] = true.into();
            }
            Some((leads, word))
        });
        let Some((leads, word)) = word else {
            return Ok(());
        };
        let api = Api::<Pod>::namespaced(self.client.clone(), &key.0);
        let patch = json!({"metadata": {
            "labels": {"spilo-role": if leads { "master" } else { "replica" }},
            "annotations": {"status": word.to_string()},
        }});
        api.patch(name, &PatchParams::default(), &Patch::Merge(&patch))
            .await?;
        Ok(())
    }
}
