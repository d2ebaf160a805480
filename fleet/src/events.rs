//! Events for people who look with kubectl, and for scripts that know those of Zalando's operator
//! (reference/zalando.md §3.13): what changed in a cluster's life. Which, is pure (`notices.rs`).

mod notices;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use k8s_openapi::api::core::v1::ObjectReference;
use kube::{
    Client,
    runtime::events::{Event, EventType, Recorder, Reporter},
};

pub use notices::{between, of_action};

use crate::observe::facts::Key;

/// One thing worth telling.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// A warning, or just news.
    pub warning: bool,
    /// A word.
    pub reason: &'static str,
    /// A sentence.
    pub note: String,
    /// What else it is about.
    pub related: Option<ObjectReference>,
}

impl Notice {
    /// Just news.
    pub fn news(reason: &'static str, note: impl Into<String>) -> Self {
        Self {
            warning: false,
            reason,
            note: note.into(),
            related: None,
        }
    }

    /// A warning.
    pub fn warning(reason: &'static str, note: impl Into<String>) -> Self {
        Self {
            warning: true,
            ..Self::news(reason, note)
        }
    }
}

/// A recorder folds what it tells of one object for one reason into a single event, for so long.
const FOLDED: Duration = Duration::from_secs(6 * 60);

/// What was told last, by object and reason: a recorder does not look at the note, and would tell
/// the first one again where another is meant.
struct Told<R>(HashMap<(String, &'static str), (String, Instant, R)>);

impl<R: Clone> Told<R> {
    /// The recorder that tells this; another one where another note came before.
    fn by(&mut self, uid: &str, notice: &Notice, now: Instant, another: impl FnOnce() -> R) -> R {
        self.0
            .retain(|_, (_, at, _)| now.saturating_duration_since(*at) < FOLDED);
        let key = (uid.to_owned(), notice.reason);
        match self.0.get_mut(&key) {
            Some((note, at, recorder)) if *note == notice.note => {
                *at = now;
                recorder.clone()
            }
            _ => {
                let recorder = another();
                let told = (notice.note.clone(), now, recorder.clone());
                self.0.insert(key, told);
                recorder
            }
        }
    }
}

/// Publishes notices.
#[derive(Clone)]
pub struct Publisher {
    client: Client,
    reporter: Reporter,
    told: Arc<Mutex<Told<Recorder>>>,
}

impl Publisher {
    /// In the name of this controller replica.
    pub fn new(client: Client, identity: &str) -> Self {
        Self {
            client,
            reporter: Reporter {
                controller: "pg-fleet".to_owned(),
                instance: Some(identity.to_owned()),
            },
            told: Arc::new(Mutex::new(Told(HashMap::new()))),
        }
    }

    /// Publishes; an event that cannot be written is only a line in the log.
    pub async fn publish(&self, key: &Key, uid: &str, notices: Vec<Notice>) {
        let reference = ObjectReference {
            api_version: Some("acid.zalan.do/v1".to_owned()),
            kind: Some("postgresql".to_owned()),
            namespace: Some(key.namespace.clone()),
            name: Some(key.name.clone()),
            uid: Some(uid.to_owned()),
            ..ObjectReference::default()
        };
        self.publish_on(&reference, notices).await;
    }

    /// The same, and nobody waits for it.
    pub fn spread(&self, key: &Key, uid: &str, notices: Vec<Notice>) {
        if notices.is_empty() {
            return;
        }
        let (publisher, key, uid) = (self.clone(), key.clone(), uid.to_owned());
        tokio::spawn(async move { publisher.publish(&key, &uid, notices).await });
    }

    /// Publishes on any object.
    pub async fn publish_on(&self, reference: &ObjectReference, notices: Vec<Notice>) {
        for notice in notices {
            let recorder = self.told.lock().unwrap_or_else(PoisonError::into_inner).by(
                reference.uid.as_deref().unwrap_or_default(),
                &notice,
                Instant::now(),
                || Recorder::new(self.client.clone(), self.reporter.clone()),
            );
            let event = Event {
                type_: if notice.warning {
                    EventType::Warning
                } else {
                    EventType::Normal
                },
                reason: notice.reason.to_owned(),
                // The API server refuses notes of more than a kilobyte.
                note: Some(notice.note.chars().take(1000).collect()),
                action: "Reconcile".to_owned(),
                secondary: notice.related,
            };
            if let Err(error) = recorder.publish(&event, reference).await {
                let name = reference.name.as_deref().unwrap_or_default();
                tracing::warn!(name, %error, "event not published");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_note_is_another_event() {
        let mut told = Told(HashMap::new());
        let (start, mut made) = (Instant::now(), 0);
        let mut by = |uid: &str, note: &str, seconds: u64| {
            let notice = Notice::news("PrimaryChanged", note);
            let now = start + Duration::from_secs(seconds);
            told.by(uid, &notice, now, || {
                made += 1;
                made
            })
        };
        assert_eq!(by("a", "main-1 is primary", 0), 1);
        assert_eq!(by("a", "main-1 is primary", 60), 1);
        assert_eq!(by("b", "main-1 is primary", 60), 2);
        assert_eq!(by("a", "main-0 is primary", 61), 3);
        assert_eq!(by("a", "main-1 is primary", 62), 4);
        assert_eq!(by("a", "main-1 is primary", 62 + FOLDED.as_secs()), 5);
        assert_eq!(told.0.len(), 1, "the others are forgotten");
    }
}
