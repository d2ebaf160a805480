//! Events for people who look with kubectl: what changed in a cluster's life. Which, is pure.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::{
    Client,
    runtime::events::{Event, EventType, Recorder, Reporter},
};
use pg_core::postgresql::status::{Health, PostgresqlStatus};

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

/// Publishes notices.
#[derive(Clone)]
pub struct Publisher(Recorder);

impl Publisher {
    /// In the name of this controller replica.
    pub fn new(client: Client, identity: &str) -> Self {
        Self(Recorder::new(
            client,
            Reporter {
                controller: "pg-fleet".to_owned(),
                instance: Some(identity.to_owned()),
            },
        ))
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
            if let Err(error) = self.0.publish(&event, reference).await {
                let name = reference.name.as_deref().unwrap_or_default();
                tracing::warn!(name, %error, "event not published");
            }
        }
    }
}
