//! What a failover is made of: who holds the lock, which pods carry the primary's label, and which
//! addresses the Service leads to, each with the time at which the API server told of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{StreamExt, stream, stream::BoxStream};
use k8s_openapi::api::{
    core::v1::{ConfigMap, Pod},
    discovery::v1::EndpointSlice,
};
use kube::{
    Api, ResourceExt,
    api::{WatchEvent, WatchParams},
};
use pg_tests::cluster::Cluster;
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::sleep};

use crate::probe;

/// After an API server that did not answer.
const AGAIN: Duration = Duration::from_millis(100);

type Seen = Arc<Mutex<Vec<(u64, &'static str, String)>>>;

/// Follows a cluster until it is stopped.
pub struct Parts {
    seen: Seen,
    follows: JoinHandle<()>,
}

impl Parts {
    /// Begins.
    pub fn start(cluster: &Cluster) -> Self {
        let seen = Seen::default();
        let labels = WatchParams::default().labels(&cluster.labels());
        let lock = follow(
            cluster.children::<ConfigMap>(),
            WatchParams::default().fields(&format!("metadata.name={}-leader", cluster.name)),
            |map| map.annotations().get("leader").cloned(),
        );
        let label = follow(cluster.children::<Pod>(), labels, |pod| {
            let role = pod.labels().get("spilo-role")?;
            Some(format!("{} {role}", pod.name_any()))
        });
        let service = format!("kubernetes.io/service-name={}", cluster.name);
        let endpoints = follow(
            cluster.children::<EndpointSlice>(),
            WatchParams::default().labels(&service),
            |slice| Some(addresses(slice)),
        );
        let all = stream::select_all([
            lock.map(|what| ("lock", what)).boxed(),
            label.map(|what| ("label", what)).boxed(),
            endpoints.map(|what| ("endpoints", what)).boxed(),
        ]);
        let noted = Arc::clone(&seen);
        let follows = tokio::spawn(all.for_each(move |(part, what)| {
            let at = probe::now();
            let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
            noted.push((at, part, what));
            std::future::ready(())
        }));
        Self { seen, follows }
    }

    /// What changed since, in milliseconds from then.
    pub fn stop(self, from: u64) -> Vec<Value> {
        self.follows.abort();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = BTreeMap::new();
        let mut changes = Vec::new();
        for (at, part, what) in seen.iter() {
            let subject = match *part {
                "label" => what.split(' ').next().unwrap_or(what).to_owned(),
                _ => String::new(),
            };
            if last.insert((part, subject), what) != Some(what) && *at >= from {
                changes.push(json!([at - from, part, what]));
            }
        }
        changes
    }
}

/// What is said of each object that comes or changes.
fn follow<K>(
    api: Api<K>,
    params: WatchParams,
    said: fn(&K) -> Option<String>,
) -> BoxStream<'static, String>
where
    K: kube::Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned + Send + 'static,
{
    let watches = stream::unfold((api, params), |(api, params)| async {
        let events = api.watch(&params, "0").await;
        if events.is_err() {
            sleep(AGAIN).await;
        }
        let events = stream::iter(events.ok()).flatten();
        Some((events, (api, params)))
    });
    watches
        .flatten()
        .filter_map(move |event| {
            std::future::ready(match event {
                Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)) => {
                    Some(said(&object).unwrap_or_default())
                }
                _ => None,
            })
        })
        .boxed()
}

/// Ready ones as they are, those that end or are not ready in brackets.
fn addresses(slice: &EndpointSlice) -> String {
    let mut all: Vec<String> = slice
        .endpoints
        .iter()
        .map(|endpoint| {
            let pod = endpoint
                .target_ref
                .as_ref()
                .and_then(|target| target.name.clone())
                .unwrap_or_default();
            let ready = endpoint
                .conditions
                .as_ref()
                .is_none_or(|conditions| conditions.ready != Some(false));
            if ready { pod } else { format!("({pod})") }
        })
        .collect();
    all.sort();
    all.join(" ")
}
