//! What Patroni left in the store that is not in use (any more): members that met there once met in
//! the other since. Watches show the one in use alone, so it is listed once, after everything else.

use std::time::Duration;

use kube::{Client, api::ListParams, core::Request};
use serde::Deserialize;
use tokio::{
    task::AbortHandle,
    time::{sleep, timeout},
};

use crate::{
    act::lock,
    kinds::collection,
    observe::object::{Meta, RawMeta},
    sources::Feed,
};

/// Nobody waits for it.
const AGAIN: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(15);
/// Objects in one answer.
const PAGE: u32 = 250;

/// Looks once. Clusters of which something is found are queued.
pub fn look(feed: &Feed, generation: u64, namespace: &str, selector: &str) -> AbortHandle {
    let client = feed.client.clone();
    let (world, queue) = (feed.world.clone(), feed.queue.clone());
    let mut synced = feed.synced.subscribe();
    let other = lock(&world).store().other();
    let (path, selector) = (collection(other.kind(), namespace), selector.to_owned());
    let task = async move {
        if synced.wait_for(|all| *all).await.is_err() {
            return;
        }
        let found = loop {
            match list(&client, &path, &selector).await {
                Ok(found) => break found,
                Err(why) => tracing::warn!(path, why, "not listed"),
            }
            sleep(AGAIN).await;
        };
        let changed = {
            let mut world = lock(&world);
            if !world.is_generation(generation) {
                return;
            }
            world.left_by_patroni(&found)
        };
        changed.into_iter().for_each(|key| queue.now(key));
    };
    tokio::spawn(task).abort_handle()
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: PageMeta,
    #[serde(default = "Vec::new")]
    items: Vec<RawMeta>,
}

#[derive(Default, Deserialize)]
struct PageMeta {
    #[serde(default, rename = "continue")]
    more: String,
}

/// Metadata of all of them.
async fn list(client: &Client, path: &str, selector: &str) -> Result<Vec<Meta>, String> {
    let mut found = Vec::new();
    let mut params = ListParams::default().labels(selector).limit(PAGE);
    loop {
        let request = Request::new(path).list_metadata(&params);
        let request = request.map_err(|error| error.to_string())?;
        let page = match timeout(PATIENCE, client.request::<Page>(request)).await {
            Ok(page) => page.map_err(|error| error.to_string())?,
            Err(_) => return Err("no answer in time".to_owned()),
        };
        found.extend(page.items.into_iter().map(|one| one.metadata));
        if page.metadata.more.is_empty() {
            return Ok(found);
        }
        params.continue_token = Some(page.metadata.more);
    }
}
