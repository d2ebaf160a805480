//! The controller's loop as in `controller.rs`, over a world that watches fill late; it may die
//! between any two acts.

use std::time::Duration;

use pg_core::postgresql::Postgresql;
use serde_json::json;

use super::{
    api::{KINDS, Kind, tell},
    cluster::Truth,
};
use crate::{
    desired::{Child, ChildKind, replicas},
    observe::{
        facts::{Key, Now},
        object::{Meta, RawNode, RawNodeSpec},
        record::Told,
        world::{Labels, World},
    },
    plan::{
        Plan, View,
        action::{Action, PatroniRequest},
        assess::Assessment,
        operations,
        tests::cluster::child,
        told::{Fate, fate},
    },
    status,
};

/// The planner, or a faulty one.
pub type Planner<'a> = &'a dyn Fn(&View<'_>) -> Plan;

/// What lives as long as the process.
pub struct Controller<'a> {
    planner: Planner<'a>,
    pub world: World,
    pub key: Key,
    pub policies: Option<Duration>,
    /// When to look though nothing is heard; at once when something was.
    pub due: Option<Duration>,
    /// In percent, for each act.
    pub dies: u64,
    /// Kinds that are not listed yet.
    unlisted: Vec<Kind>,
    /// A faulty one does not wait for all lists.
    pub waits_for_lists: bool,
    /// An act of this round was refused.
    pub refused: bool,
    /// Effects on the API server, and calls to Patroni.
    pub effects: u64,
    pub last_calls: Vec<(Duration, String, PatroniRequest)>,
}

pub enum Next {
    Again,
    Wait(Option<Duration>),
    Died,
}

pub fn desired(manifest: &Postgresql, members: i32) -> Vec<Child> {
    let (image, notes) = (&manifest.spec.docker_image, &manifest.spec.pod_annotations);
    let containers = json!([{"name": "postgres", "image": image.clone().unwrap_or_default()}]);
    let set = json!({"kind": "StatefulSet", "spec": {"replicas": members, "template": {
        "metadata": {"annotations": notes.clone().unwrap_or_default()},
        "spec": {"containers": containers},
    }}});
    vec![
        child(
            ChildKind::Service,
            "db",
            json!({"kind": "Service", "spec": {"x": 1}}),
        ),
        child(ChildKind::StatefulSet, "db", set),
    ]
}

fn raw_node(number: usize, unschedulable: bool) -> RawNode {
    let name = format!("n{number}");
    let metadata = Meta {
        uid: name.clone(),
        name,
        ..Meta::default()
    };
    RawNode {
        metadata,
        spec: RawNodeSpec { unschedulable },
    }
}

impl<'a> Controller<'a> {
    pub fn new(planner: Planner<'a>, truth: &Truth) -> Self {
        Self {
            planner,
            world: World::new(Labels {
                cluster_name: "cluster-name".to_owned(),
                role: truth.configuration.pod_role_label.clone(),
                ready_node: Default::default(),
            }),
            key: Key {
                namespace: "shop".to_owned(),
                name: "db".to_owned(),
            },
            policies: None,
            due: Some(truth.now),
            dies: 0,
            unlisted: KINDS.to_vec(),
            waits_for_lists: true,
            refused: false,
            effects: 0,
            last_calls: Vec::new(),
        }
    }

    /// The process dies and another one starts, with nothing but what it lists.
    pub fn die(&mut self, truth: &Truth) {
        let (dies, waits) = (self.dies, self.waits_for_lists);
        *self = Self {
            dies,
            waits_for_lists: waits,
            ..Self::new(self.planner, truth)
        };
    }

    /// Watches bring what they bring; then a look, if one is due.
    pub fn pass(&mut self, truth: &mut Truth) {
        if !self.unlisted.is_empty() {
            // One list after another.
            let kind = self.unlisted.remove(0);
            truth.api.list(&mut self.world, &[kind], truth.now);
            self.due = Some(truth.now);
            if self.waits_for_lists {
                return;
            }
        }
        let now = truth.now;
        for (node, until) in truth.cordoned_until.iter().enumerate() {
            if !self.world.node(&raw_node(node, now < *until)).is_empty() {
                self.due = Some(now);
            }
        }
        if truth.api.deliver(&mut self.world, &mut truth.rng, now) {
            self.due = Some(now);
        }
        if self.due.is_none_or(|due| now < due) {
            return;
        }
        self.due = None;
        let delay = self.look(truth);
        let due = delay.map(|delay| truth.now + delay.max(Duration::from_millis(10)));
        self.due = match (self.due, due) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    fn look(&mut self, truth: &mut Truth) -> Option<Duration> {
        for _ in 0..40 {
            match self.round(truth) {
                Next::Again => {}
                Next::Wait(delay) => return delay,
                Next::Died => {
                    self.die(truth);
                    return None;
                }
            }
        }
        truth.violate("spins: 40 rounds in one look");
        Some(Duration::from_secs(1))
    }

    fn round(&mut self, truth: &mut Truth) -> Next {
        let now = Now {
            wall: truth.wall(),
            mono: truth.now,
        };
        let key = self.key.clone();
        let Some(facts) = self.world.snapshot(&key) else {
            return Next::Wait(None);
        };
        self.refused = false;
        if let Some(told) = &facts.told {
            return self.take_in(truth, told, now);
        }
        let Some(manifest) = facts.postgresql() else {
            for action in operations::without_cluster(&facts, now) {
                if let Some(next) = self.perform(truth, &action) {
                    return next;
                }
            }
            return Next::Wait(self.refused.then_some(Duration::from_secs(5)));
        };
        let children = desired(manifest, replicas(manifest, &truth.configuration));
        let configuration = truth.configuration.clone();
        let view = View {
            key: &key,
            facts: &facts,
            manifest,
            configuration: &configuration,
            children: &children,
            secrets: &[],
            now,
            policies: self
                .policies
                .filter(|at| now.age(*at) < Duration::from_secs(60))
                .map(|_| true),
            unsettled_since: facts.unsettled_since,
        };
        let plan = (self.planner)(&view);
        self.update(|facts| {
            facts
                .troubles
                .retain(|what, _| plan.in_trouble.contains(what));
        });
        for action in &plan.actions {
            if let Some(next) = self.perform(truth, action) {
                return next;
            }
        }
        if self.refused {
            return Next::Wait(Some(Duration::from_millis(500)));
        }
        if !plan
            .actions
            .iter()
            .all(|action| matches!(action, Action::Ask(_)))
        {
            return Next::Again;
        }
        let Some(facts) = self.world.snapshot(&key) else {
            return Next::Wait(None);
        };
        let Some(manifest) = facts.postgresql() else {
            return Next::Again;
        };
        if manifest.metadata.generation != view.manifest.metadata.generation {
            return Next::Again;
        }
        let now = Now {
            wall: truth.wall(),
            mono: truth.now,
        };
        let view = View {
            facts: &facts,
            manifest,
            now,
            ..view
        };
        if manifest.metadata.deletion_timestamp.is_none() {
            self.say(truth, &view, &plan);
        }
        if plan.actions.is_empty() {
            return Next::Wait(plan.look_again);
        }
        let again = (self.planner)(&view);
        match again.actions.is_empty() {
            true => Next::Wait(again.look_again),
            false => Next::Again,
        }
    }

    /// What was told to be deleted is written down, or nothing comes of it.
    fn take_in(&mut self, truth: &mut Truth, told: &Told, now: Now) -> Next {
        let manifest = told.manifest.object.as_ref().expect("a manifest");
        if fate(told, manifest, &truth.configuration, now) != Fate::Goes {
            let key = self.key.clone();
            self.world.untold(&key);
            return Next::Again;
        }
        if let Some(next) = self.perform(truth, &Action::RecordDeletion) {
            return next;
        }
        match self.refused {
            true => Next::Wait(Some(Duration::from_millis(500))),
            false => Next::Again,
        }
    }

    fn say(&mut self, truth: &mut Truth, view: &View<'_>, plan: &Plan) {
        let assessment = Assessment::new(view);
        let new = status::of(view, &assessment, plan.current.as_ref());
        let settled = new.postgres_cluster_status == "Running" && assessment.is_settled();
        let at = view.now.mono;
        self.update(|facts| {
            let since = facts.unsettled_since.unwrap_or(at);
            facts.unsettled_since = (!settled).then_some(since);
            facts.wait_for(plan.waits_for.as_deref(), at);
        });
        let old = view.manifest.status.as_ref();
        if !status::is_due(old, &new, Some(Duration::from_secs(60))) {
            return;
        }
        let Some(mut manifest) = truth.manifest().cloned() else {
            return;
        };
        let version = truth
            .api
            .get(Kind::Manifest, "db")
            .map(|o| o.meta().resource_version.clone());
        let seen = view.facts.meta().map(|meta| meta.resource_version.clone());
        if version != seen || truth.rng.chance(self.dies) {
            self.due = Some(truth.now + Duration::from_millis(100));
            return;
        }
        self.effects += 1;
        manifest.status = Some(new);
        let object = truth.put_manifest(manifest);
        tell(&mut self.world, Kind::Manifest, true, &object, truth.now);
    }
}
