//! Patroni's `initialize`, looked on: a moment without it is one in which an empty member would begin
//! a cluster of its own.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    ResourceExt,
    api::{WatchEvent, WatchParams},
};
use tokio::{task::JoinHandle, time::sleep};

use crate::cluster::Cluster;

/// What it said, each word once; `None` where there was none.
type Said = Arc<Mutex<Vec<Option<String>>>>;

/// Looks on until it is told to stop.
pub struct Initialize {
    said: Said,
    looks: JoinHandle<()>,
}

impl Initialize {
    /// Of this cluster, from now on.
    pub fn watch(cluster: &Cluster) -> Self {
        let said = Said::default();
        let api = cluster.children::<ConfigMap>();
        let name = format!("metadata.name={}-config", cluster.name);
        let noted = Arc::clone(&said);
        let looks = tokio::spawn(async move {
            let params = WatchParams::default().fields(&name);
            loop {
                if let Ok(events) = api.watch(&params, "0").await {
                    let mut events = std::pin::pin!(events);
                    while let Some(Ok(event)) = events.next().await {
                        note(&noted, event);
                    }
                }
                sleep(Duration::from_millis(100)).await;
            }
        });
        Self { said, looks }
    }

    /// All that it said.
    pub fn stop(self) -> Vec<Option<String>> {
        self.looks.abort();
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.clone()
    }
}

fn note(said: &Said, event: WatchEvent<ConfigMap>) {
    let word = match event {
        WatchEvent::Added(object) | WatchEvent::Modified(object) => {
            object.annotations().get("initialize").cloned()
        }
        WatchEvent::Deleted(_) => None,
        WatchEvent::Bookmark(_) | WatchEvent::Error(_) => return,
    };
    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
    if said.last() != Some(&word) {
        said.push(word);
    }
}
