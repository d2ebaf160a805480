//! Templates and parameters: what pods are made from, what PostgreSQL runs with, and what no
//! restart may ever be.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use pg_core::{names, patroni::Leader, postgresql::Postgresql};
use serde_json::{Value, json};

use super::{
    acts::Outcome,
    api::{Kind, Object},
    cluster::{Truth, index},
    members::{Patroni, Process},
};
use crate::{
    hash,
    observe::object::Meta,
    plan::{action::Holder, tests::cluster::member},
};

/// Facts may be that old when something is decided on them, and the decision takes a moment.
const MOMENT: Duration = Duration::from_secs(5);
/// Until all members have seen a change of the configuration.
const SPREAD: Duration = Duration::from_secs(8);
/// The annotation of pods that people change.
pub const NOTE: &str = "note";
/// What PostgreSQL runs with unless told otherwise.
const CONNECTIONS: i64 = 100;

/// What there is to know about restarts.
#[derive(Debug, Default)]
pub struct Rollout {
    /// Pod templates, by revision.
    templates: BTreeMap<String, Value>,
    /// Members that the controller took down, until they serve again.
    out: BTreeSet<usize>,
    /// When a member last served.
    served: BTreeMap<usize, Duration>,
    /// To whom the primary was handed over for the manifest or a drain, since somebody wanted
    /// something else.
    handed: Vec<(Duration, String)>,
}

impl Rollout {
    pub fn template(&self, revision: &str) -> Option<String> {
        self.templates.get(revision).map(Value::to_string)
    }

    /// Something happens: there may be a reason to hand over again.
    pub fn calm(&mut self) {
        self.handed.clear();
    }

    /// What a pod of this revision is made with.
    pub fn annotations(&self, revision: &str) -> BTreeMap<String, String> {
        let template = self.templates.get(revision);
        let all = template.and_then(|template| template.pointer("/metadata/annotations"));
        all.and_then(|all| serde_json::from_value(all.clone()).ok())
            .unwrap_or_default()
    }

    fn image(&self, revision: &str) -> Option<&Value> {
        self.templates
            .get(revision)?
            .pointer("/spec/containers/0/image")
    }
}

impl Patroni {
    /// What the configuration says.
    pub fn connections(&self) -> i64 {
        let value = self
            .config
            .pointer("/postgresql/parameters/max_connections");
        let number = value
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok());
        number.unwrap_or(CONNECTIONS)
    }

    /// Whether a member waits for a restart, and knows it.
    pub fn pending(&self, ordinal: usize, now: Duration) -> bool {
        now >= self.configured + SPREAD
            && self.members[ordinal].process == Process::Running
            && self.members[ordinal].runs_with != self.connections()
    }
}

impl Truth {
    /// The StatefulSet's controller sees a new template after a while, and says so.
    pub fn see_template(&mut self) -> Option<String> {
        let (set, _) = self.set()?;
        let status = set.body.get("status");
        let seen = status.and_then(|status| status.get("observedGeneration")?.as_i64());
        let said =
            status.and_then(|status| Some(status.get("updateRevision")?.as_str()?.to_owned()));
        let mut set = set.clone();
        if seen == Some(set.metadata.generation) || self.rng.chance(30) {
            return said;
        }
        let template = set.body.get("spec")?.get("template")?.clone();
        let revision = format!("db-{}", hash::of(&template));
        self.rollout.templates.insert(revision.clone(), template);
        let status = json!({
            "observedGeneration": set.metadata.generation,
            "updateRevision": revision,
        });
        set.body.insert("status".to_owned(), status);
        self.api.put(Kind::StatefulSet, Object::Child(set));
        Some(revision)
    }

    pub fn flag(&mut self, pod: &str) {
        if let Some(mut pod) = self.pod(pod).cloned() {
            let flag = (names::RESTART_ANNOTATION.to_owned(), "true".to_owned());
            pod.metadata.annotations.extend([flag]);
            self.put_pod(pod);
        }
    }

    /// Annotations of a pod are patched: only while nothing else is under way.
    pub fn note(
        &mut self,
        name: &str,
        uid: &str,
        annotations: &BTreeMap<String, Option<String>>,
    ) -> Outcome {
        if !self.running().is_empty() {
            self.violate(format!(
                "{name} is annotated while an operation holds the slot"
            ));
        }
        let Some(mut pod) = self.pod(name).cloned() else {
            return Outcome::Done;
        };
        if pod.metadata.uid != uid {
            return Outcome::Failed("it is another one by now");
        }
        for (key, value) in annotations {
            if key != NOTE {
                self.violate(format!("{key} of {name} is not ours"));
            }
            match value {
                Some(value) => pod.metadata.annotations.insert(key.clone(), value.clone()),
                None => pod.metadata.annotations.remove(key),
            };
        }
        let object = self.api.put(Kind::Pod, Object::Pod(pod));
        Outcome::Wrote(Kind::Pod, true, object)
    }

    /// A pod has what the manifest says, or, where it says nothing, what nobody knows to be ours.
    fn judge_note(&mut self, name: &str, meta: &Meta, wanted: Option<&String>) {
        let revision = meta.labels.get("controller-revision-hash");
        let ours = revision.is_some_and(|of| self.rollout.annotations(of).contains_key(NOTE));
        let has = meta.annotations.get(NOTE);
        if has != wanted && (wanted.is_some() || ours) {
            self.violate(format!("{name} is annotated {has:?}, not {wanted:?}"));
        }
    }

    fn serves(&self, ordinal: usize) -> bool {
        self.patroni.primary(self.now) == Some(ordinal) || self.patroni.follows(ordinal, self.now)
    }

    /// Who serves now.
    pub fn watch_members(&mut self) {
        for ordinal in 0..self.patroni.members.len() {
            if self.serves(ordinal) {
                self.rollout.served.insert(ordinal, self.now);
                // One that is told to end serves a while longer.
                let ends = i32::try_from(ordinal).map(member);
                if !ends.is_ok_and(|name| self.stops.contains_key(&name)) {
                    self.rollout.out.remove(&ordinal);
                }
            }
        }
    }

    /// Whether the leader object names this leader.
    pub fn leads_as(&self, expect: &Holder) -> bool {
        let lock = self.api.get(Kind::Patroni, "db-leader");
        let leader = lock.map(|object| Leader::parse(&object.meta().annotations));
        let leader = leader.unwrap_or_default();
        (leader.member, leader.transitions) == (expect.member.clone(), expect.transitions)
    }

    pub fn patch_config(&mut self, member: &str, patch: &Value) -> Outcome {
        let answers = |index: &usize| self.patroni.members[*index].answers(self.now);
        if index(member).filter(answers).is_none() || self.pod(member).is_none() {
            return Outcome::Failed("no answer");
        }
        if !self.patroni.initialized {
            self.violate("the configuration of a cluster that has none yet is changed");
        }
        merge(&mut self.patroni.config, patch);
        let mode = self.patroni.config.get("synchronous_mode");
        if mode != Some(&json!(self.patroni.synchronous)) {
            self.violate(format!("synchronous mode is made {mode:?}"));
        }
        self.patroni.configured = self.now;
        Outcome::Configured(self.patroni.config.clone())
    }

    pub fn restart_pod(
        &mut self,
        name: &str,
        uid: &str,
        version: Option<&str>,
        expect: &Holder,
    ) -> Outcome {
        if !self.leads_as(expect) {
            return Outcome::Failed("the leader has changed since the decision");
        }
        let Some(pod) = self.pod(name).cloned() else {
            return Outcome::Done;
        };
        let of = &pod.metadata;
        if of.uid != uid || version.is_some_and(|version| of.resource_version != version) {
            // It is looked at instead.
            return Outcome::Wrote(Kind::Pod, true, Object::Pod(pod));
        }
        if self.stops.contains_key(name) {
            return Outcome::Done;
        }
        let made_from = pod.metadata.labels.get("controller-revision-hash");
        let made_from = made_from.and_then(|revision| self.rollout.image(revision));
        let (set, _) = self.set().unzip();
        let next = set.and_then(|set| set.body.get("status")?.get("updateRevision")?.as_str());
        let next = next.and_then(|revision| self.rollout.image(revision));
        let flagged = pod
            .metadata
            .annotations
            .contains_key(names::RESTART_ANNOTATION);
        if made_from == next && !flagged {
            self.violate(format!("{name} is restarted for nothing"));
        }
        if !self.running().is_empty() {
            self.violate("a pod is restarted while an operation holds the slot");
        }
        let present = self.set().map_or(0, |(_, replicas)| replicas);
        let ordinal = index(name);
        if present > 1
            && self.patroni.primary(self.now) == ordinal
            && self.now > self.patroni.held_since + MOMENT
        {
            self.violate("the primary is restarted without a switchover");
        }
        self.judge_down(name);
        self.stop_pod(name);
        match self.pod(name).cloned() {
            Some(pod) => Outcome::Wrote(Kind::Pod, true, Object::Pod(pod)),
            None => Outcome::Done,
        }
    }

    /// What is done for one reason is not undone for another, over and over.
    pub fn judge_hand_over(&mut self, candidate: &str) {
        self.rollout.handed.push((self.now, candidate.to_owned()));
        let lately = |(at, _): &&(Duration, String)| self.now < *at + MOMENT * 12;
        let lately = self.rollout.handed.iter().filter(lately);
        let mut to: Vec<&String> = lately.map(|(_, to)| to).collect();
        to.dedup();
        if to.len() > 3 {
            let to = format!("{to:?}");
            self.violate(format!("the primary goes to and fro: {to}"));
        }
    }

    /// A member that serves may go only while all that were taken down are back, and never the last.
    pub fn judge_down(&mut self, name: &str) {
        let Some(ordinal) = index(name) else { return };
        // Those that were given up meanwhile are not waited for.
        let stay = self
            .set()
            .map_or(0, |(_, replicas)| usize::try_from(replicas).unwrap_or(0));
        let other = |other: &&usize| **other != ordinal && **other < stay;
        let others: Vec<_> = self.rollout.out.iter().filter(other).collect();
        let present = self.api.names(Kind::Pod).len();
        if self.serves(ordinal) && !others.is_empty() {
            let others = format!("{others:?} and {ordinal}");
            self.violate(format!("two members are down by our hand: {others}"));
        }
        let lately = |other: &usize| {
            let served = self.rollout.served.get(other);
            *other != ordinal && served.is_some_and(|at| self.now <= *at + MOMENT)
        };
        let others = (0..self.patroni.members.len()).filter(lately).count();
        if self.serves(ordinal) && present > 1 && others == 0 {
            self.violate(format!("{name} is the last that serves, and goes"));
        }
        self.rollout.out.insert(ordinal);
    }

    /// In the end all pods are as wanted, and PostgreSQL runs with what is wanted.
    pub fn judge_rollout(&mut self, manifest: &Postgresql) {
        let image = json!(manifest.spec.docker_image.clone().unwrap_or_default());
        let wanted = manifest.spec.postgresql.parameters.as_ref();
        let wanted = wanted.and_then(|all| all.get("max_connections"));
        for ordinal in 0..i32::try_from(manifest.spec.number_of_instances).unwrap_or(0) {
            let name = member(ordinal);
            let Some(pod) = self.pod(&name).cloned() else {
                continue;
            };
            let revision = pod.metadata.labels.get("controller-revision-hash");
            let has = revision.and_then(|revision| self.rollout.image(revision));
            if has != Some(&image) {
                let has = format!("{has:?}");
                self.violate(format!("{name} has image {has}, not {image}"));
            }
            let note = manifest.spec.pod_annotations.as_ref();
            self.judge_note(&name, &pod.metadata, note.and_then(|all| all.get(NOTE)));
            if pod
                .metadata
                .annotations
                .contains_key(names::RESTART_ANNOTATION)
            {
                self.violate(format!("{name} was not restarted as asked"));
            }
        }
        let has = self
            .patroni
            .config
            .pointer("/postgresql/parameters/max_connections");
        if has.and_then(Value::as_str) != wanted.map(String::as_str) {
            self.violate(format!("max_connections is {has:?}, not {wanted:?}"));
        }
        for ordinal in 0..self.patroni.members.len() {
            if self.patroni.pending(ordinal, self.now) {
                self.violate(format!("member {ordinal} waits for a restart"));
            }
        }
    }
}

fn merge(into: &mut Value, patch: &Value) {
    match (into, patch) {
        (into @ Value::Object(_), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    into.as_object_mut().map(|map| map.remove(key));
                } else {
                    merge(&mut into[key], value);
                }
            }
        }
        (into, Value::Object(patch)) => {
            *into = json!({});
            merge(into, &Value::Object(patch.clone()));
        }
        (into, patch) => *into = patch.clone(),
    }
}
