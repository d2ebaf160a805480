//! Events for people who look with kubectl: what changed in a cluster's life. Which, is pure.

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
use pg_core::postgresql::status::{Health, PostgresqlStatus, condition};

use crate::observe::facts::Key;

/// One thing worth telling.
#[derive(Debug, PartialEq)]
pub struct Notice {
    /// A warning, or just news.
    pub warning: bool,
    /// A word.
    pub reason: &'static str,
    /// A sentence.
    pub note: String,
}

/// What two statuses in a row tell.
pub fn between(old: Option<&PostgresqlStatus>, new: &PostgresqlStatus) -> Vec<Notice> {
    let mut notices = of_life(old, new);
    let said = |status: &PostgresqlStatus| {
        let mut all = status.conditions.iter();
        all.find(|one| one.type_ == condition::RESOURCE_LIMITS)
            .map(|one| one.message.clone())
    };
    if let Some(note) = said(new)
        && old.and_then(said).as_ref() != Some(&note)
    {
        notices.push(Notice {
            warning: true,
            reason: "ResourceLimits",
            note,
        });
    }
    notices
}

fn of_life(old: Option<&PostgresqlStatus>, new: &PostgresqlStatus) -> Vec<Notice> {
    let mut notices = Vec::new();
    let Some(old) = old.filter(|old| !old.postgres_cluster_status.is_empty()) else {
        return vec![Notice {
            warning: false,
            reason: "Create",
            note: "the cluster is being created".to_owned(),
        }];
    };
    if let (Some(before), Some(now)) = (&old.primary, &new.primary)
        && before != now
    {
        notices.push(Notice {
            warning: false,
            reason: "PrimaryChanged",
            note: format!(
                "{now} is primary on timeline {}; it was {before}",
                new.timeline.unwrap_or_default()
            ),
        });
    }
    if old.health != new.health {
        let message = new
            .conditions
            .iter()
            .find(|condition| condition.type_ == "Ready")
            .map(|condition| condition.message.clone())
            .unwrap_or_default();
        match new.health {
            Some(Health::Healthy) => notices.push(Notice {
                warning: false,
                reason: "Healthy",
                note: "all members serve".to_owned(),
            }),
            Some(health) if old.health == Some(Health::Healthy) || health == Health::Down => {
                notices.push(Notice {
                    warning: old.health.is_some(),
                    reason: "Unhealthy",
                    note: format!("{health}: {message}"),
                });
            }
            _ => {}
        }
    }
    if old.postgres_cluster_status != new.postgres_cluster_status
        && new.postgres_cluster_status.ends_with("Failed")
    {
        notices.push(Notice {
            warning: true,
            reason: "Failed",
            note: new
                .conditions
                .first()
                .map(|condition| condition.message.clone())
                .unwrap_or_default(),
        });
    }
    notices
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
                secondary: None,
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
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

    use super::*;

    /// A status with this word, health and primary.
    fn status(word: &str, health: Health, primary: Option<&str>) -> PostgresqlStatus {
        PostgresqlStatus {
            postgres_cluster_status: word.to_owned(),
            health: Some(health),
            primary: primary.map(str::to_owned),
            timeline: Some(4),
            conditions: vec![Condition {
                type_: "Ready".to_owned(),
                status: "False".to_owned(),
                reason: "MemberMissing".to_owned(),
                message: "main-1: no pod".to_owned(),
                last_transition_time: Time("2026-11-21T12:00:00Z".parse().expect("a time")),
                observed_generation: None,
            }],
            ..PostgresqlStatus::default()
        }
    }

    #[test]
    fn another_note_is_another_event() {
        let mut told = Told(HashMap::new());
        let (start, mut made) = (Instant::now(), 0);
        let mut by = |uid: &str, note: &str, seconds: u64| {
            let notice = Notice {
                warning: false,
                reason: "PrimaryChanged",
                note: note.to_owned(),
            };
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

    #[test]
    fn what_two_statuses_in_a_row_tell() {
        use Health::{Degraded, Down, Healthy, Unknown};
        let well = |primary| status("Running", Healthy, Some(primary));
        let ill = |health| status("Running", health, Some("main-0"));
        let nobody = |health| status("Running", health, None);
        let changed = (
            false,
            "PrimaryChanged",
            "main-1 is primary on timeline 4; it was main-0",
        );
        let healthy = (false, "Healthy", "all members serve");
        let degraded = (true, "Unhealthy", "Degraded: main-1: no pod");
        let down = (true, "Unhealthy", "Down: main-1: no pod");
        let unknown = (true, "Unhealthy", "Unknown: main-1: no pod");
        let failed = (true, "Failed", "main-1: no pod");
        let table: [(PostgresqlStatus, PostgresqlStatus, &[_]); 12] = [
            (well("main-0"), well("main-0"), &[]),
            (well("main-0"), well("main-1"), &[changed]),
            // Nobody for a moment is no change of primary.
            (well("main-0"), nobody(Down), &[down]),
            (nobody(Down), well("main-1"), &[healthy]),
            (well("main-0"), ill(Degraded), &[degraded]),
            (well("main-0"), ill(Unknown), &[unknown]),
            (ill(Degraded), ill(Down), &[down]),
            (ill(Down), ill(Degraded), &[]),
            (ill(Degraded), well("main-0"), &[healthy]),
            (ill(Degraded), well("main-1"), &[changed, healthy]),
            (
                ill(Degraded),
                status("UpdateFailed", Degraded, None),
                &[failed],
            ),
            (
                status("UpdateFailed", Degraded, None),
                status("UpdateFailed", Degraded, None),
                &[],
            ),
        ];
        for (row, (old, new, expected)) in table.into_iter().enumerate() {
            let told: Vec<_> = between(Some(&old), &new)
                .into_iter()
                .map(|notice| (notice.warning, notice.reason, notice.note))
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(warning, reason, note)| (*warning, *reason, (*note).to_owned()))
                .collect();
            assert_eq!(told, expected, "row {row}");
        }
    }

    #[test]
    fn resources_that_are_not_as_asked_for_are_told_when_they_change() {
        let with = |message: &str| {
            let mut status = status("Running", Health::Healthy, Some("main-0"));
            let mut said = status.conditions[0].clone();
            said.type_ = condition::RESOURCE_LIMITS.to_owned();
            said.message = message.to_owned();
            status.conditions.push(said);
            status
        };
        let none = status("Running", Health::Healthy, Some("main-0"));
        let (low, high) = (with("low"), with("high"));
        let table = [
            (Some(&none), &low, vec!["ResourceLimits"]),
            (Some(&low), &low, vec![]),
            (Some(&low), &high, vec!["ResourceLimits"]),
            (Some(&high), &none, vec![]),
            (None, &low, vec!["Create", "ResourceLimits"]),
        ];
        for (row, (old, new, reasons)) in table.into_iter().enumerate() {
            let told: Vec<_> = between(old, new).iter().map(|one| one.reason).collect();
            assert_eq!(told, reasons, "row {row}");
        }
    }

    #[test]
    fn a_cluster_begins_once() {
        let first = status("Creating", Health::Down, None);
        for old in [None, Some(PostgresqlStatus::default())] {
            let told = between(old.as_ref(), &first);
            assert_eq!(told.len(), 1);
            assert_eq!((told[0].warning, told[0].reason), (false, "Create"));
        }
        assert_eq!(between(Some(&first), &first), []);
    }
}
