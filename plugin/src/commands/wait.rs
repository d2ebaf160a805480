//! Waiting: looking again and again, and until a Postgres cluster is as its manifest says.

mod changes;

use std::{borrow::Cow, future::pending, time::Duration};

use kube::Api;
use pg_core::postgresql::{PostgresqlStatus, status::condition};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};

use self::changes::Changes;
use crate::{
    cluster::Cluster,
    error::{Error, Kind, Result},
    output::progress::Task,
    session::Session,
};

/// Looks at what changes all the time are so far apart.
const APART: Duration = Duration::from_millis(50);

/// The times between looks, ever longer; ends when time runs out or somebody asks to stop.
pub struct Pace<'a> {
    session: &'a Session,
    until: Instant,
    pause: Duration,
    longest: Duration,
    then: &'static str,
    hint: Option<&'static str>,
    changes: Option<Changes>,
}

impl<'a> Pace<'a> {
    /// For work that somebody else goes on with when nobody looks.
    pub fn new(session: &'a Session, until: Instant) -> Self {
        Self {
            session,
            until,
            pause: Duration::from_millis(200),
            longest: Duration::from_secs(2),
            then: "the work goes on in the cluster",
            hint: None,
            changes: None,
        }
    }

    /// Looks as soon as this object changes, where that is told.
    pub fn of<K>(self, api: &Api<K>, name: &str) -> Self
    where
        K: Clone + DeserializeOwned + std::fmt::Debug + Send + Sync + 'static,
    {
        let changes = Some(Changes::of(api, name));
        Self { changes, ..self }
    }

    /// What becomes of the work, for the one who is told that it was not waited for.
    pub fn then(self, then: &'static str) -> Self {
        Self { then, ..self }
    }

    /// What to do when time has run out.
    pub fn hint(self, hint: &'static str) -> Self {
        let hint = Some(hint);
        Self { hint, ..self }
    }

    /// Looks more often: what is waited for may be over in a moment.
    pub fn closely(self) -> Self {
        let longest = Duration::from_secs(1);
        Self { longest, ..self }
    }

    /// Until the next look.
    ///
    /// # Errors
    /// Time ran out, where `state` says what was last seen; or somebody asked to stop.
    pub async fn next(&mut self, state: &str) -> Result<()> {
        let rest = self.until.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            let message = format!("time ran out, {}: {state}", self.then);
            let error = Error::new(Kind::TimedOut, message);
            return Err(match self.hint {
                Some(hint) => error.hint(hint),
                None => error,
            });
        }
        let pause = self.pause.min(rest);
        let changed = async {
            sleep(APART).await;
            match &mut self.changes {
                Some(changes) => changes.next().await,
                None => pending().await,
            }
        };
        let stopped = tokio::select! {
            stopped = self.session.stop.sleep(pause) => stopped,
            () = changed => false,
        };
        if stopped {
            let message = format!("interrupted; {}", self.then);
            return Err(Error::new(Kind::Interrupted, message));
        }
        self.pause = (self.pause * 5 / 4).min(self.longest);
        Ok(())
    }
}

/// Where a cluster stands with a generation of its manifest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum State {
    /// As wanted, and serving.
    Ready,
    /// It will not come about.
    Failed(String),
    /// On the way.
    Going(String),
}

/// Where a cluster stands. Done means: the controller speaks of this generation, Ready is true
/// for it, and every member serves.
pub fn state(cluster: &Cluster, generation: i64) -> State {
    state_with(&cluster.status, cluster.members_wanted(), generation)
}

fn state_with(status: &PostgresqlStatus, wanted: i64, generation: i64) -> State {
    if status
        .observed_generation
        .is_none_or(|observed| observed < generation)
    {
        return State::Going("waits for the controller".to_owned());
    }
    let is = |kind: &str| {
        status
            .conditions
            .iter()
            .find(|condition| condition.type_ == kind && condition.status == "True")
    };
    if let Some(invalid) = is(condition::INVALID) {
        return State::Failed(format!("{}: {}", invalid.reason, invalid.message));
    }
    if matches!(
        status.postgres_cluster_status.as_str(),
        "CreateFailed" | "Invalid"
    ) {
        return State::Failed(format!(
            "the controller says {}",
            status.postgres_cluster_status
        ));
    }
    let ready = status.ready.as_deref().unwrap_or("0/?");
    if is(condition::READY).is_some() && ready == format!("{wanted}/{wanted}") {
        return State::Ready;
    }
    let mut text = format!("{ready} members");
    if let Some(work) = &status.current {
        text.push_str(&format!(", {}: {}", work.kind, work.step));
    } else if let Some(progressing) =
        is(condition::PROGRESSING).filter(|condition| !condition.message.is_empty())
    {
        text.push_str(&format!(", {}", progressing.message));
    }
    State::Going(text)
}

/// What the controller says holds it up; nothing where it is merely on the way.
fn held_up(status: &PostgresqlStatus) -> Option<&str> {
    let mut conditions = status.conditions.iter();
    let ready = conditions.find(|one| one.type_ == condition::READY && one.status == "False")?;
    let told = !ready.message.is_empty() && ready.reason != "OnTheWay";
    told.then_some(ready.message.as_str())
}

/// Waits until the cluster is ready for a generation, and gives it back as it is then.
pub async fn ready(
    session: &Session,
    mut cluster: Cluster,
    generation: i64,
    until: Instant,
    task: &Task,
) -> Result<Cluster> {
    let api = cluster.context.clusters(&cluster.namespace);
    let uid = cluster.uid().to_owned();
    let mut pace = Pace::new(session, until).of(&api, &cluster.name);
    let mut unreachable: Option<Error> = None;
    loop {
        let text = match state(&cluster, generation) {
            State::Ready => return Ok(cluster),
            State::Failed(why) => return Err(Error::new(Kind::Failed, why)),
            State::Going(text) => text,
        };
        task.says(&text);
        let why = held_up(&cluster.status).map(|why| format!("{text}; {why}"));
        if let Some(why) = &why {
            task.moves(why);
        }
        let state = why.as_ref().unwrap_or(&text);
        pace.next(unreachable.as_ref().map_or(state, |error| &error.message))
            .await?;
        match cluster.context.ask_opt(api.get(&cluster.name)).await {
            Ok(Some(object)) => {
                unreachable = None;
                cluster = Cluster::new(&cluster.context, object);
                if cluster.uid() != uid {
                    return Err(Error::new(
                        Kind::Failed,
                        "it was deleted and made anew by somebody else",
                    ));
                }
            }
            Ok(None) => return Err(Error::new(Kind::Failed, "it was deleted by somebody else")),
            Err(error) if error.kind == Kind::Unreachable => unreachable = Some(error),
            Err(error) => return Err(error),
        }
    }
}

/// Waits until the controller has taken annotations off; gives the cluster as it is then.
pub async fn without(
    session: &Session,
    mut cluster: Cluster,
    annotations: &[Cow<'static, str>],
    until: Instant,
    task: &Task,
) -> Result<Cluster> {
    let api = cluster.context.clusters(&cluster.namespace);
    let mut pace = Pace::new(session, until).of(&api, &cluster.name);
    let mut state = "waits for the controller".to_owned();
    let is_there = |cluster: &Cluster| {
        let mut all = annotations.iter();
        all.any(|annotation| cluster.annotation(annotation).is_some())
    };
    while is_there(&cluster) {
        task.says(&state);
        pace.next(&state).await?;
        match cluster.context.ask_opt(api.get(&cluster.name)).await {
            Ok(Some(object)) => {
                cluster = Cluster::new(&cluster.context, object);
                let mut conditions = cluster.status.conditions.iter();
                let held_up =
                    conditions.find(|one| one.type_ == condition::READY && one.status == "False");
                if let Some(why) = held_up {
                    state = format!("waits for the controller: {}", why.message);
                }
            }
            Ok(None) => return Err(Error::new(Kind::Failed, "it was deleted by somebody else")),
            Err(error) if error.kind == Kind::Unreachable => state = error.message,
            Err(error) => return Err(error),
        }
    }
    Ok(cluster)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state_of(status: serde_json::Value) -> State {
        let status: PostgresqlStatus = serde_json::from_value(status).expect("a status");
        state_with(&status, 2, 7)
    }

    fn condition(kind: &str, status: &str) -> serde_json::Value {
        json!({"type": kind, "status": status, "reason": "Because", "message": "words",
               "lastTransitionTime": "2026-11-21T10:00:00Z"})
    }

    #[test]
    fn done_needs_all_three() {
        let ready = condition("Ready", "True");
        let base = json!({"PostgresClusterStatus": "Running", "observedGeneration": 7,
                          "ready": "2/2", "conditions": [ready]});
        let with = |key: &str, value: serde_json::Value| {
            let mut status = base.clone();
            status[key] = value;
            state_of(status)
        };
        assert_eq!(state_of(base.clone()), State::Ready);
        assert_eq!(with("observedGeneration", json!(8)), State::Ready);
        for (key, value) in [
            ("observedGeneration", json!(6)),
            ("observedGeneration", json!(null)),
            ("ready", json!("1/2")),
            ("ready", json!("3/3")),
            ("conditions", json!([condition("Ready", "False")])),
            ("conditions", json!([])),
        ] {
            assert!(
                matches!(with(key, value.clone()), State::Going(_)),
                "{key} {value}"
            );
        }
    }

    #[test]
    fn what_holds_it_up_is_told() {
        let of = |status: &str, reason: &str| {
            let mut ready = condition("Ready", status);
            ready["reason"] = json!(reason);
            let status: PostgresqlStatus =
                serde_json::from_value(json!({"conditions": [ready]})).expect("a status");
            held_up(&status).map(str::to_owned)
        };
        assert_eq!(of("False", "NoPrimary").as_deref(), Some("words"));
        assert_eq!(of("False", "OnTheWay"), None);
        assert_eq!(of("True", "AsWanted"), None);
    }

    #[test]
    fn what_cannot_come_about_ends_the_waiting() {
        let invalid = json!({"PostgresClusterStatus": "Invalid", "observedGeneration": 7,
                             "conditions": [condition("Invalid", "True")]});
        assert_eq!(
            state_of(invalid),
            State::Failed("Because: words".to_owned())
        );
        let of_an_older_manifest =
            json!({"PostgresClusterStatus": "Invalid", "observedGeneration": 6});
        assert!(matches!(state_of(of_an_older_manifest), State::Going(_)));
    }
}
