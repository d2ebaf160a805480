//! The bare limit of a controller's edits: a loop that watches and writes, and does nothing else.

use std::{collections::HashMap, time::Duration};

use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api, Client, ResourceExt,
    api::{Patch, PatchParams, PostParams, WatchEvent, WatchParams},
};
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use crate::Result;

/// What an edit writes, and the loop copies.
const MARK: &str = "mark";
/// What tells an edited object from the one that is written for it.
const EDITED: &str = "bare=edited";
const WRITTEN: &str = "bare=written";
const PAIRS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(60);

/// So many edits of ConfigMaps, one each `pause`; seconds of each until a watch has shown what the
/// loop wrote for it.
pub async fn edits(
    client: &Client,
    namespace: &str,
    count: usize,
    pause: Duration,
) -> Result<Vec<f64>> {
    let api = Api::<ConfigMap>::namespaced(client.clone(), namespace);
    for n in 0..PAIRS {
        for (name, label) in [(format!("edited-{n}"), "edited"), (written(n), "written")] {
            let object = json!({"metadata": {"name": name, "labels": {"bare": label}}});
            api.create(&PostParams::default(), &serde_json::from_value(object)?)
                .await?;
        }
    }
    let (sender, marks) = watch::channel(HashMap::new());
    let tasks = [
        tokio::spawn(copy(api.clone())),
        tokio::spawn(note(api.clone(), sender)),
    ];
    let one = async |n: usize| {
        sleep(pause * u32::try_from(n)?).await;
        let (name, written) = (format!("edited-{}", n % PAIRS), written(n % PAIRS));
        let mark = n.to_string();
        let began = Instant::now();
        put(&api, &name, &mark).await?;
        let mut marks = marks.clone();
        let seen = marks.wait_for(|marks| marks.get(&written).is_some_and(|is| *is >= n));
        timeout(PATIENCE, seen)
            .await
            .map_err(|_| format!("{written}: nothing was written"))??;
        Ok::<_, crate::Error>(began.elapsed().as_secs_f64())
    };
    let seconds = stream::iter(0..count)
        .map(one)
        .buffer_unordered(count)
        .try_collect()
        .await;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    seconds
}

fn written(n: usize) -> String {
    format!("written-{n}")
}

async fn put(api: &Api<ConfigMap>, name: &str, mark: &str) -> Result {
    let patch: Value = json!({ "data": { MARK: mark } });
    api.patch(name, &PatchParams::default(), &Patch::Merge(&patch))
        .await?;
    Ok(())
}

fn mark(object: &ConfigMap) -> Option<&String> {
    object.data.as_ref()?.get(MARK)
}

/// Writes into each `written` what stands in its `edited`.
async fn copy(api: Api<ConfigMap>) -> Result {
    let params = WatchParams::default().labels(EDITED);
    let mut events = api.watch(&params, "0").await?.boxed();
    while let Some(event) = events.try_next().await? {
        if let WatchEvent::Added(object) | WatchEvent::Modified(object) = event
            && let Some(mark) = mark(&object).cloned()
        {
            let (api, name) = (api.clone(), object.name_any().replace("edited", "written"));
            tokio::spawn(async move { put(&api, &name, &mark).await });
        }
    }
    Ok(())
}

/// Tells which edit each `written` carries.
async fn note(api: Api<ConfigMap>, marks: watch::Sender<HashMap<String, usize>>) -> Result {
    let params = WatchParams::default().labels(WRITTEN);
    let mut events = api.watch(&params, "0").await?.boxed();
    while let Some(event) = events.try_next().await? {
        if let WatchEvent::Added(object) | WatchEvent::Modified(object) = event
            && let Some(mark) = mark(&object).and_then(|mark| mark.parse().ok())
        {
            marks.send_modify(|all| {
                all.insert(object.name_any(), mark);
            });
        }
    }
    Ok(())
}
