//! The definition of `postgresqls` as the API server has it. Zalando's operator puts its own in place
//! when it starts; the API server then drops, or refuses, most of what a status says. Writing it
//! again and again would bring nothing back: it is said once, and status rests until the definition
//! keeps it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use kube::{CustomResourceExt, api::GetParams, core::Request};
use pg_core::{
    crd,
    postgresql::{Postgresql, status::PostgresqlStatus},
};
use serde_json::Value;
use tokio::{sync::Notify, time::sleep};

use crate::{
    act::{Error, lock},
    controller::Controller,
    events::Notice,
    observe::facts::Key,
};

/// How often the definition is looked at while it drops something.
const PACE: Duration = Duration::from_secs(30);

/// Whether the API server keeps what is written.
#[derive(Default)]
pub struct Definition {
    /// The cluster at which it showed, and its identity.
    dropped: Mutex<Option<(Key, String)>>,
    noticed: Notify,
}

impl Definition {
    /// Whether a status is worth writing.
    pub fn keeps_status(&self) -> bool {
        lock(&self.dropped).is_none()
    }

    /// A status did not come back as it was written.
    pub fn drops(&self, key: &Key, uid: &str) {
        lock(&self.dropped).get_or_insert_with(|| (key.clone(), uid.to_owned()));
        self.noticed.notify_one();
    }
}

/// Whether a status was kept as it was written.
pub fn kept(written: &PostgresqlStatus, answer: Option<&PostgresqlStatus>) -> bool {
    // As JSON, which has no fractions of seconds.
    let tree = |status| serde_json::to_value(status).unwrap_or_default();
    answer.is_some_and(|answer| tree(answer) == tree(written))
}

/// Looks at the definition whenever a status was not kept, until it is again.
pub async fn keep(controller: Arc<Controller>) {
    let definition = &controller.definition;
    loop {
        definition.noticed.notified().await;
        let mut said = false;
        loop {
            match look(&controller).await {
                Ok(lacking) if lacking.is_empty() => break,
                Ok(lacking) if !said => {
                    said = true;
                    say(&controller, &lacking).await;
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "not known whether status is kept"),
            }
            sleep(PACE).await;
        }
        if !said {
            // Something else changes what is written; that is no reason to write all the time.
            sleep(PACE).await;
        }
        *lock(&definition.dropped) = None;
        controller.look_at_all();
    }
}

async fn look(controller: &Controller) -> Result<Vec<String>, Error> {
    let name = Postgresql::crd_name();
    let what = format!("look at the definition {name}");
    let ours = crd::crds().map_err(|error| Error::Missing(error.to_string()))?;
    let ours = ours
        .iter()
        .find(|crd| crd.spec.names.plural == "postgresqls");
    let ours = serde_json::to_value(ours).map_err(|error| Error::Missing(error.to_string()))?;
    let live: Value = controller
        .actor
        .send(
            what,
            Request::new("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
                .get(name, &GetParams::default()),
        )
        .await?;
    Ok(lacking("status", status_of(&ours), status_of(&live)))
}

async fn say(controller: &Controller, lacking: &[String]) {
    let Some((key, uid)) = lock(&controller.definition.dropped).clone() else {
        return;
    };
    let note = format!(
        "the definition {} lacks {}: no status is written until it is put right: kubectl pg install",
        Postgresql::crd_name(),
        lacking.join(", ")
    );
    tracing::error!(cluster = %key, note, "the definition is outdated");
    let notice = Notice::warning("CRDOutdated", note);
    controller.publisher.publish(&key, &uid, vec![notice]).await;
}

/// The schema of the status.
fn status_of(crd: &Value) -> &Value {
    let versions = crd["spec"]["versions"].as_array();
    let version = versions
        .into_iter()
        .flatten()
        .find(|version| version["name"] == "v1");
    version.map_or(&Value::Null, |version| {
        &version["schema"]["openAPIV3Schema"]["properties"]["status"]
    })
}

/// Fields of our schema that the other one does not keep.
fn lacking(path: &str, ours: &Value, live: &Value) -> Vec<String> {
    if live["x-kubernetes-preserve-unknown-fields"] == true {
        return Vec::new();
    }
    let fields = ours["properties"].as_object().into_iter().flatten();
    let mut lacks: Vec<String> = fields
        .flat_map(|(name, ours)| {
            let path = format!("{path}.{name}");
            match &live["properties"][name] {
                Value::Null => vec![path],
                live => lacking(&path, ours, live),
            }
        })
        .collect();
    if ours["items"].is_object() {
        lacks.extend(lacking(path, &ours["items"], &live["items"]));
    }
    lacks
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_another_definition_does_not_keep() {
        let ours = json!({"properties": {
            "word": {"type": "string"},
            "members": {"items": {"properties": {"name": {}, "node": {}}}},
        }});
        let table = [
            (ours.clone(), vec![]),
            (
                json!({"properties": {"word": {"type": "string"}}}),
                vec!["status.members"],
            ),
            (
                json!({"properties": {"word": {}, "members": {"items": {"properties": {"name": {}}}}}}),
                vec!["status.members.node"],
            ),
            // Zalando's operator once took texts only: anything else is refused.
            (
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
                vec!["status.word", "status.members"],
            ),
            (
                json!({"x-kubernetes-preserve-unknown-fields": true}),
                vec![],
            ),
            (Value::Null, vec!["status.word", "status.members"]),
        ];
        for (live, expected) in table {
            assert_eq!(lacking("status", &ours, &live), expected, "{live}");
        }
    }

    #[test]
    fn our_own_definition_keeps_everything() {
        let crds = serde_json::to_value(crd::crds().expect("definitions")).expect("JSON");
        let ours = crds.as_array().into_iter().flatten();
        let ours = ours
            .map(status_of)
            .find(|schema| schema["properties"]["PostgresClusterStatus"].is_object())
            .expect("a status");
        assert_eq!(lacking("status", ours, ours), Vec::<String>::new());
        let zalandos = json!({"properties": {"PostgresClusterStatus": {"type": "string"}}});
        let lacks = lacking("status", ours, &zalandos);
        assert!(lacks.contains(&"status.conditions".to_owned()), "{lacks:?}");
    }

    #[test]
    fn a_status_that_lost_something_was_not_kept() {
        let whole = PostgresqlStatus {
            postgres_cluster_status: "Running".to_owned(),
            ready: Some("1/1".to_owned()),
            ..PostgresqlStatus::default()
        };
        let pruned = PostgresqlStatus {
            ready: None,
            ..whole.clone()
        };
        assert!(kept(&whole, Some(&whole)));
        assert!(!kept(&whole, Some(&pruned)) && !kept(&whole, None));
    }
}
