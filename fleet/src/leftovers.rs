//! What Patroni left in the store that is not in use (any more): members that met there once met in
//! the other since. Watches show the one in use alone, so it is listed once, after everything else.

use std::time::Duration;

use tokio::{
    task::AbortHandle,
    time::{sleep, timeout},
};

use crate::{
    act::lock,
    kinds::collection,
    observe::{
        object::{Meta, RawMeta},
        watch::{Event, LIST_TIMEOUT, Source, list},
        way::Way,
    },
    sources::Feed,
};

/// Nobody waits for it.
const AGAIN: Duration = Duration::from_secs(60);

/// Looks once. Clusters of which something is found are queued.
pub fn look(feed: &Feed, generation: u64, namespace: &str, selector: &str) -> AbortHandle {
    let client = feed.client.clone();
    let (world, queue) = (feed.world.clone(), feed.queue.clone());
    let mut synced = feed.synced.subscribe();
    let other = lock(&world).store().other();
    let source = Source {
        name: "leftovers",
        path: collection(other.kind(), namespace),
        selector: selector.to_owned(),
        field: String::new(),
        way: Way::default(),
        optional: true,
    };
    let task = async move {
        if synced.wait_for(|all| *all).await.is_err() {
            return;
        }
        let found = loop {
            let mut found: Vec<Meta> = Vec::new();
            let mut sink = |event| {
                if let Event::<RawMeta>::Applied(one) = event {
                    found.push(one.metadata);
                }
            };
            match timeout(LIST_TIMEOUT, list(&client, &source, &mut sink)).await {
                Ok(Ok(_)) => break found,
                Ok(Err(error)) => tracing::warn!(source = source.name, %error, "list failed"),
                Err(_) => tracing::warn!(source = source.name, "list took too long"),
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
