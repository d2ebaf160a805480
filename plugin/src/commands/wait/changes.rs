//! Changes of one object, told by its API server: whoever looks again and again looks sooner.
//! It is a courtesy: without the right to watch, or without an answer, the pauses say when.

use std::future::pending;

use futures::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{BoxStream, once},
};
use kube::{
    Api,
    api::{WatchEvent, WatchParams},
};
use serde::de::DeserializeOwned;

/// What a watch told: a change, or that it cannot go on.
type Told = kube::Result<()>;

/// A watch of one object, opened when it is first asked and again after its end.
pub struct Changes {
    open: Box<dyn Fn() -> BoxFuture<'static, BoxStream<'static, Told>> + Send + Sync>,
    watch: Option<BoxStream<'static, Told>>,
    refused: bool,
}

impl Changes {
    /// Of the object of that name. The first change that is told is that it is there, so that
    /// nothing is missed between a look and the watch.
    pub fn of<K>(api: &Api<K>, name: &str) -> Self
    where
        K: Clone + DeserializeOwned + std::fmt::Debug + Send + Sync + 'static,
    {
        let (api, parameters) = (
            api.clone(),
            WatchParams::default().fields(&format!("metadata.name={name}")),
        );
        let open = move || {
            let (api, parameters) = (api.clone(), parameters.clone());
            async move {
                match api.watch_metadata(&parameters, "0").await {
                    Ok(events) => events.map(told).boxed(),
                    Err(error) => once(async { Err(error) }).boxed(),
                }
            }
            .boxed()
        };
        Self {
            open: Box::new(open),
            watch: None,
            refused: false,
        }
    }

    /// Until something changes; for ever where nobody tells. May be dropped at any time.
    pub async fn next(&mut self) {
        if self.refused {
            return pending().await;
        }
        let watch = match &mut self.watch {
            Some(watch) => watch,
            None => self.watch.insert((self.open)().await),
        };
        match watch.next().await {
            Some(Ok(())) => return,
            Some(Err(kube::Error::Api(status))) if matches!(status.code, 401 | 403) => {
                self.refused = true;
            }
            Some(Err(_)) | None => {}
        }
        // The next one who waits opens another: never more often than the pauses allow.
        self.watch = None;
        pending().await
    }
}

fn told<K>(event: kube::Result<WatchEvent<K>>) -> Told {
    match event? {
        WatchEvent::Error(status) => Err(kube::Error::Api(status)),
        _ => Ok(()),
    }
}
