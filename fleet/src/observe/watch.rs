//! One watch on one kind of object: list, then follow, for ever.
//!
//! Not kube-runtime's watcher, for one reason: a connection may die without a word, and then its
//! stream looks like one on which nothing happens. The API server sends a bookmark about once a
//! minute; a watch without any event for longer than [`SILENCE`] is dead, is opened again, and
//! shows in [`Progress`], which the health endpoint reads (reference/reliability.md §3 row 4).

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::TryStreamExt;
use kube::{
    Client,
    api::{ListParams, WatchParams},
    core::{Request, WatchEvent},
};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::time::{Instant, sleep, timeout};

use super::{object::Object, way::Way};

/// A watch that says nothing for so long is dead: bookmarks come about every 60 s.
const SILENCE: Duration = Duration::from_secs(150);
/// So long a watch that was opened again may take to say something.
const GRACE: Duration = Duration::from_secs(60);
/// A list answers within this time or is tried again.
pub const LIST_TIMEOUT: Duration = Duration::from_secs(60);
/// Objects per page of a list; bounds what is in memory at once.
const PAGE: u32 = 200;
const BACKOFF_MIN: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// What a watch follows.
#[derive(Clone, Debug)]
pub struct Source {
    /// For logs and the health endpoint.
    pub name: &'static str,
    /// `/api/v1/pods`, or with a namespace.
    pub path: String,
    /// Label selector; empty for all.
    pub selector: String,
    /// Field selector; empty for all.
    pub field: String,
    /// What its lists give way to.
    pub way: Way,
    /// Nothing rests on it: where it may not be listed, or its kind is not known, there is none.
    pub optional: bool,
}

/// How a watch does.
#[derive(Debug, Default)]
pub struct Progress {
    /// Seconds since the process started when something was last heard; 0 = never.
    heard: AtomicI64,
    /// How often it was opened.
    pub opened: AtomicU64,
    /// How often the whole list was read.
    pub listed: AtomicU64,
}

impl Progress {
    fn note(&self, since: Instant) {
        let seconds = i64::try_from(since.elapsed().as_secs()).unwrap_or(i64::MAX);
        self.heard.store(seconds.max(1), Ordering::Relaxed);
    }

    /// Seconds without a sign of life; `None` before the first.
    pub fn silent_for(&self, since: Instant) -> Option<u64> {
        match self.heard.load(Ordering::Relaxed) {
            0 => None,
            heard => Some(
                since
                    .elapsed()
                    .as_secs()
                    .saturating_sub(u64::try_from(heard).unwrap_or(0)),
            ),
        }
    }
}

/// The first of these watches that has been silent for so long that the process should be started
/// again, in words.
pub fn silent(watches: &[(&'static str, Arc<Progress>)], epoch: Instant) -> Option<String> {
    let limit = (SILENCE + GRACE).as_secs();
    watches.iter().find_map(|(name, progress)| {
        let silent = progress
            .silent_for(epoch)
            .filter(|silent| *silent > limit)?;
        Some(format!(
            "the watch on {name} has been silent for {silent} s"
        ))
    })
}

/// What a watch tells.
pub enum Event<T> {
    /// An object as it is now.
    Applied(T),
    /// An object that is gone.
    Deleted(T),
    /// The list was read to its end: what is not among these uids is gone.
    Listed(HashSet<String>),
}

#[derive(Deserialize)]
struct Page<T> {
    metadata: PageMeta,
    #[serde(default = "Vec::new")]
    items: Vec<T>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PageMeta {
    resource_version: String,
    r#continue: Option<String>,
}

/// Follows a source until the process ends, telling `sink` of everything.
pub async fn follow<T>(
    client: Client,
    source: Source,
    progress: Arc<Progress>,
    epoch: Instant,
    mut sink: impl FnMut(Event<T>) + Send,
) where
    T: Object + Clone + DeserializeOwned + Send + 'static,
{
    let mut version: Option<String> = None;
    let mut backoff = BACKOFF_MIN;
    let mut told = false;
    // Silence counts from the beginning: a list may never be answered.
    progress.note(epoch);
    loop {
        let from = match version.take() {
            Some(version) => version,
            None => match timeout(LIST_TIMEOUT, list(&client, &source, &mut sink)).await {
                Ok(Ok(version)) => {
                    progress.listed.fetch_add(1, Ordering::Relaxed);
                    progress.note(epoch);
                    version
                }
                Ok(Err(error)) => {
                    // A no is an answer: to start again would not help.
                    if matches!(error, kube::Error::Api(_)) {
                        progress.note(epoch);
                    }
                    if source.optional && is_without(&error) && !std::mem::replace(&mut told, true)
                    {
                        sink(Event::Listed(HashSet::new()));
                    }
                    tracing::warn!(source = source.name, %error, "list failed");
                    pause(&mut backoff).await;
                    continue;
                }
                Err(_) => {
                    tracing::warn!(source = source.name, "list took too long");
                    pause(&mut backoff).await;
                    continue;
                }
            },
        };
        progress.opened.fetch_add(1, Ordering::Relaxed);
        let opened = Instant::now();
        match stream(&client, &source, from, &progress, epoch, &mut sink).await {
            Ok(last) => version = Some(last),
            Err(End::Expired) => {}
            Err(End::Failed(last, error)) => {
                tracing::warn!(source = source.name, %error, "watch ended");
                version = last;
            }
        }
        if opened.elapsed() > BACKOFF_MAX {
            backoff = BACKOFF_MIN;
        }
        if opened.elapsed() < Duration::from_secs(5) {
            pause(&mut backoff).await;
        }
    }
}

/// Tells of all that a source has now; the version from which a watch goes on.
pub async fn list<T>(
    client: &Client,
    source: &Source,
    sink: &mut (impl FnMut(Event<T>) + Send),
) -> Result<String, kube::Error>
where
    T: Object + DeserializeOwned,
{
    let mut seen = HashSet::new();
    let mut params = ListParams::default()
        .limit(PAGE)
        .labels(&source.selector)
        .fields(&source.field);
    let mut way = source.way.clone();
    loop {
        way.free().await;
        let request = Request::new(&source.path)
            .list(&params)
            .map_err(kube::Error::BuildRequest)?;
        let page: Page<T> = client.request(request).await?;
        for item in page.items {
            seen.insert(item.meta().uid.clone());
            sink(Event::Applied(item));
        }
        match page.metadata.r#continue.filter(|token| !token.is_empty()) {
            Some(token) => params.continue_token = Some(token),
            None => {
                sink(Event::Listed(seen));
                return Ok(page.metadata.resource_version);
            }
        }
    }
}

enum End {
    /// The version is too old: list again.
    Expired,
    /// Broken off; goes on from the version where there is one.
    Failed(Option<String>, String),
}

async fn stream<T>(
    client: &Client,
    source: &Source,
    from: String,
    progress: &Progress,
    epoch: Instant,
    sink: &mut (impl FnMut(Event<T>) + Send),
) -> Result<String, End>
where
    T: Object + Clone + DeserializeOwned + Send + 'static,
{
    let mut version = from;
    let params = WatchParams {
        bookmarks: true,
        label_selector: (!source.selector.is_empty()).then(|| source.selector.clone()),
        field_selector: (!source.field.is_empty()).then(|| source.field.clone()),
        ..WatchParams::default()
    };
    let request = Request::new(&source.path)
        .watch(&params, &version)
        .map_err(|error| End::Failed(None, error.to_string()))?;
    let events = match timeout(SILENCE, client.request_events::<T>(request)).await {
        Ok(Ok(events)) => events,
        Ok(Err(error)) if is_gone(&error) => return Err(End::Expired),
        Ok(Err(error)) => return Err(End::Failed(Some(version), error.to_string())),
        Err(_) => return Err(End::Failed(Some(version), "no answer".to_owned())),
    };
    let mut events = Box::pin(events);
    loop {
        let event = match timeout(SILENCE, events.try_next()).await {
            Err(_) => return Err(End::Failed(Some(version), "silent for too long".to_owned())),
            Ok(Ok(None)) => return Ok(version),
            Ok(Err(error)) if is_gone(&error) => return Err(End::Expired),
            // An event that cannot be read may be one that was needed: read the whole list.
            Ok(Err(error)) => return Err(End::Failed(None, error.to_string())),
            Ok(Ok(Some(event))) => event,
        };
        progress.note(epoch);
        match event {
            WatchEvent::Added(item) | WatchEvent::Modified(item) => {
                version.clone_from(&item.meta().resource_version);
                sink(Event::Applied(item));
            }
            WatchEvent::Deleted(item) => {
                version.clone_from(&item.meta().resource_version);
                sink(Event::Deleted(item));
            }
            WatchEvent::Bookmark(mark) => version = mark.metadata.resource_version,
            WatchEvent::Error(status) if status.code == 410 => return Err(End::Expired),
            WatchEvent::Error(status) => return Err(End::Failed(None, status.message.clone())),
        }
    }
}

fn is_gone(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 410)
}

/// Whether rights or the kind are missing.
fn is_without(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if [403, 404].contains(&status.code))
}

async fn pause(backoff: &mut Duration) {
    sleep(*backoff).await;
    *backoff = (*backoff * 2).min(BACKOFF_MAX);
}

#[cfg(test)]
mod tests;
