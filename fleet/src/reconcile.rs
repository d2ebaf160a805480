//! One look at a Postgres cluster: observe → plan → act, again and again, until nothing is left to
//! do now; then its status is said.

use std::{sync::Arc, time::Duration};

use pg_core::{
    configuration::{Configuration, PodSecurity},
    postgresql::status::PostgresqlStatus,
};
use serde_json::Value;

use crate::{
    act::{self, kubernetes::is_code, lock},
    controller::Controller,
    definition,
    desired::{self, Inputs, PodEnvironment},
    environment::Missing,
    events,
    metrics::ActionLabels,
    observe::{
        facts::{Facts, Key, LiveChild},
        object::Meta,
    },
    plan::{self, View, action::Action, assess::Assessment},
    status,
};

/// Rounds of plan and act in one look; more means that the two do not agree, and time helps.
const ROUNDS: usize = 40;
/// The policies are looked for again after this time.
const POLICIES_AGE: Duration = Duration::from_secs(60);

impl Controller {
    /// Plan and act until nothing is left to do now. Tells when to look again.
    pub(crate) async fn look_at(&self, key: &Key) -> Option<Duration> {
        let configuration = self.configuration();
        let own_namespace = &self.settings.overrides.own_namespace;
        lock(&self.actor.world).update(key, |facts| facts.unfinished = false);
        for _ in 0..ROUNDS {
            let refusal = {
                let world = lock(&self.actor.world);
                world.refusal_in(&key.namespace).map(str::to_owned)
            };
            if let Some(why) = refusal {
                return self.look_from_outside(key, &why, &configuration).await;
            }
            if !lock(&self.actor.world).is_known(key) {
                return None;
            }
            let environment = self
                .environments
                .of(&self.actor, own_namespace, key, &configuration)
                .await;
            if !Arc::ptr_eq(&configuration, &self.configuration()) {
                // Nothing is planned on facts of one configuration with another.
                return self.unfinished(key, Duration::ZERO);
            }
            let facts = lock(&self.actor.world).snapshot(key)?;
            let deletion = self.look_at_deletion(key, &facts, &configuration).await;
            if let Some(look_again) = deletion {
                return look_again;
            }
            let Some(manifest) = facts.postgresql() else {
                return self.without_manifest(key, &facts).await;
            };
            if !self.is_ours(manifest) {
                return None;
            }
            let pod_security = pod_security(&facts, key, &configuration);
            let (pod_environment, unnamed) = match environment {
                Ok(environment) => (environment, None),
                Err(Missing::Named(error)) => (PodEnvironment::default(), Some(error)),
                Err(Missing::Unread(error)) => {
                    tracing::warn!(cluster = %key, %error, "no environment of pods");
                    return self.unfinished(key, Duration::from_secs(5));
                }
            };
            let inputs = Inputs {
                manifest,
                configuration: &configuration,
                pod_environment,
                pod_security,
            };
            let secrets = desired::secrets(&inputs);
            let is_going = manifest.metadata.deletion_timestamp.is_some();
            let made = match unnamed {
                Some(error) => Err(error),
                None => plan::children::wanted(&inputs, &facts),
            };
            let (children, invalid) = match made {
                Ok(children) => (children, None),
                // What cannot be made can still be deleted, and operated on.
                Err(_) if is_going => (Vec::new(), None),
                Err(error) => (Vec::new(), Some(error.to_string())),
            };
            let decide = match invalid {
                Some(_) => plan::while_invalid,
                None => plan::next,
            };
            let now = self.now();
            let view = View {
                key,
                facts: &facts,
                manifest,
                configuration: &configuration,
                children: &children,
                secrets: &secrets,
                now,
                policies: lock(&self.actor.policies)
                    .filter(|(at, _)| now.age(*at) < POLICIES_AGE)
                    .map(|(_, present)| present),
                unsettled_since: facts.unsettled_since,
            };
            let given = plan::adoption::given_to(&view).is_some();
            let decide = if given {
                plan::adoption::giving
            } else {
                decide
            };
            if let Some(error) = plan::store::objection(&view).filter(|_| !given) {
                return self.objected(&view, &error.to_string()).await;
            }
            let plan = decide(&view);
            lock(&self.actor.world).update(key, |facts| {
                facts
                    .troubles
                    .retain(|what, _| plan.in_trouble.contains(what));
            });
            let acted = !plan.actions.is_empty();
            let mut failed = false;
            for action in plan.actions.clone() {
                let (name, what) = (action.name(), action.what());
                let notices = events::of_action(&action, &facts, !failed);
                let Err(error) = self.perform(key, &facts, &configuration, action).await else {
                    lock(&self.actor.world).update(key, |facts| {
                        facts.troubles.remove(&what);
                    });
                    if let Some(meta) = facts.meta() {
                        self.publisher.spread(key, &meta.uid, notices);
                    }
                    continue;
                };
                if matches!(error, act::Error::NotLeading) {
                    return None;
                }
                if error.is_conflict() {
                    // Somebody wrote in between; the watch brings what.
                    return self.unfinished(key, Duration::from_millis(100));
                }
                let at = self.actor.mono();
                if error.is_terminating() {
                    tracing::info!(cluster = %key, "its namespace is being deleted: nothing is made there");
                    lock(&self.actor.world)
                        .update(key, |facts| facts.namespace_goes = Some((at, true)));
                    return self.unfinished(key, Duration::ZERO);
                }
                tracing::warn!(cluster = %key, action = name, %error, "failed");
                lock(&self.actor.world).update(key, |facts| {
                    facts.failed(what, at, error.to_string());
                });
                // One that is refused holds up no other; where nobody answers, none is tried.
                if !error.is_refusal() {
                    return Some(plan::backoff(1));
                }
                failed = true;
            }
            if failed {
                return Some(plan::backoff(1));
            }
            if !acted
                || plan
                    .actions
                    .iter()
                    .all(|action| matches!(action, Action::Ask(_)))
            {
                let facts = lock(&self.actor.world).snapshot(key)?;
                let Some(manifest) = facts.postgresql() else {
                    continue;
                };
                if manifest.metadata.generation != view.manifest.metadata.generation {
                    // Edited meanwhile: nothing is said of what was not looked at.
                    continue;
                }
                let view = View {
                    facts: &facts,
                    manifest,
                    now: self.now(),
                    ..view
                };
                if manifest.metadata.deletion_timestamp.is_none() {
                    self.say(&view, &plan, invalid.as_deref()).await;
                }
                if !acted {
                    return plan.look_again;
                }
                // Questions were asked: the answers may call for something now.
                let again = decide(&view);
                if again.actions.is_empty() {
                    return again.look_again;
                }
            }
        }
        self.unfinished(key, Duration::from_secs(1))
    }

    /// A look that ends before nothing is left to do: until the next one the cluster is not idle.
    fn unfinished(&self, key: &Key, again: Duration) -> Option<Duration> {
        lock(&self.actor.world).update(key, |facts| facts.unfinished = true);
        Some(again)
    }

    pub(crate) async fn perform(
        &self,
        key: &Key,
        facts: &Facts,
        configuration: &Configuration,
        action: Action,
    ) -> Result<(), act::Error> {
        let name = action.name();
        let result = self.actor.perform(key, facts, configuration, action).await;
        self.metrics
            .actions
            .get_or_create(&ActionLabels {
                action: name.to_owned(),
                outcome: if result.is_ok() { "ok" } else { "failed" }.to_owned(),
            })
            .inc();
        result
    }

    /// Writes the status when it is due, and tells of what changed.
    async fn say(&self, view: &View<'_>, plan: &plan::Plan, invalid: Option<&str>) {
        let assessment = Assessment::new(view);
        let new = status::of(view, &assessment, plan.current.as_ref());
        let new = match invalid {
            Some(why) => status::invalid(view, new, why),
            None => new,
        };
        let cluster_uid = match self.actor.cluster_uid().await {
            Ok(uid) => Some(uid.to_owned()),
            // What was said before stays.
            Err(_) => new.cluster_uid.clone(),
        };
        let new = PostgresqlStatus { cluster_uid, ..new };
        let settled = new.postgres_cluster_status == "Running" && assessment.is_settled();
        lock(&self.actor.world).update(view.key, |facts| {
            if settled {
                facts.unsettled_since = None;
            } else {
                facts.unsettled_since.get_or_insert(view.now.mono);
            }
            facts.wait_for(plan.waits_for.as_deref(), view.now.mono);
            facts.postponed.clone_from(&plan.postponed);
        });
        if status::is_premature(view) {
            return;
        }
        let old = view.manifest.status.as_ref();
        let since_last = lock(&self.written)
            .get(view.key)
            .map(|at| view.now.age(*at));
        if !status::is_due(old, &new, since_last) || !self.actor.leading.holds() {
            return;
        }
        let Some(meta) = view.facts.meta() else {
            return;
        };
        match self.write_status(view.key, meta, old, &new).await {
            Ok(true) => {
                lock(&self.written).insert(view.key.clone(), view.now.mono);
                self.publisher
                    .publish(view.key, &meta.uid, events::between(old, &new))
                    .await;
            }
            Ok(false) => {}
            Err(error) if error.is_conflict() => self.queue.now(view.key.clone()),
            Err(error) => tracing::warn!(cluster = %view.key, %error, "status not written"),
        }
    }

    /// Writes a status where the API server keeps it; tells whether it did.
    async fn write_status(
        &self,
        key: &Key,
        meta: &Meta,
        old: Option<&PostgresqlStatus>,
        new: &PostgresqlStatus,
    ) -> Result<bool, act::Error> {
        if !self.definition.keeps_status() {
            return Ok(false);
        }
        let patch = status::patch(old, new);
        let kept = match self.actor.write_status(key, meta, &patch).await {
            Ok(answer) => definition::kept(new, answer.as_ref()),
            Err(error) if is_code(&error, 422) => {
                tracing::warn!(cluster = %key, %error, "status refused");
                false
            }
            Err(error) => return Err(error),
        };
        if !kept {
            self.definition.drops(key, &meta.uid);
        }
        Ok(kept)
    }

    /// A cluster to which nothing is done, because what is seen of it may not be all of it: said,
    /// and looked at again when the configuration changes.
    async fn objected(&self, view: &View<'_>, why: &str) -> Option<Duration> {
        let (key, facts) = (view.key, view.facts);
        lock(&self.actor.world).update(key, |facts| {
            facts.troubles.clear();
            facts.postponed = None;
        });
        let ends = plan::operations::refused(facts, view.now, "Configuration", why);
        let again = Duration::from_secs(5);
        if !self.end(key, facts, ends).await {
            return self.unfinished(key, again);
        }
        let old = view.manifest.status.clone().unwrap_or_default();
        match self.say_only(view, &status::invalid(view, old, why)).await {
            true => None,
            false => self.unfinished(key, again),
        }
    }

    /// Writes a status about nothing that was seen, if it is another; whether it is said now.
    pub(crate) async fn say_only(&self, view: &View<'_>, new: &PostgresqlStatus) -> bool {
        let old = view.manifest.status.as_ref();
        let worth = old != Some(new) && !view.facts.is_ghost();
        let Some(meta) = view.facts.meta().filter(|_| worth) else {
            return true;
        };
        let written = self.write_status(view.key, meta, old, new).await;
        if let Err(error) = &written {
            tracing::warn!(cluster = %view.key, %error, "status not written");
        }
        written.is_ok()
    }

    /// Operations on a cluster that is not there, or cannot be read.
    pub(crate) async fn without_manifest(&self, key: &Key, facts: &Facts) -> Option<Duration> {
        lock(&self.written).remove(key);
        let now = self.now();
        let ends = match facts.manifest.as_ref().map(|manifest| &manifest.object) {
            Some(Err(why)) => {
                let why = format!("the manifest cannot be read: {why}");
                plan::operations::refused(facts, now, "UnreadableManifest", &why)
            }
            _ => plan::operations::without_cluster(facts, now),
        };
        (!self.end(key, facts, ends).await).then_some(Duration::from_secs(5))
    }

    /// Ends operations; whether all were ended.
    pub(crate) async fn end(&self, key: &Key, facts: &Facts, ends: Vec<Action>) -> bool {
        for action in ends {
            if let Err(error) = self
                .perform(key, facts, &self.configuration(), action)
                .await
            {
                tracing::warn!(cluster = %key, %error, "operation not ended");
                return false;
            }
        }
        true
    }

    /// Beside another operator only what names us is ours (reference/zalando.md §3.1).
    pub(crate) fn is_ours(&self, manifest: &pg_core::postgresql::Postgresql) -> bool {
        let named = manifest
            .metadata
            .annotations
            .as_ref()
            .and_then(|annotations| annotations.get(pg_core::names::CONTROLLER_ANNOTATION))
            .map_or("", String::as_str);
        named == self.controller_id
    }
}

/// The security context is stamped on a cluster when it is made and stays (design.md, database
/// pods): the StatefulSet tells; before there is one, the configuration.
fn pod_security(facts: &Facts, key: &Key, configuration: &Configuration) -> PodSecurity {
    let live: Option<Value> = facts
        .children
        .get(&("StatefulSet", key.name.clone()))
        .map(LiveChild::value);
    match live {
        Some(live) => desired::pod_security_of(&live),
        None => configuration.pod_security,
    }
}
