//! One act of the controller, with whatever may become of it.

use std::time::Duration;

use super::{
    acts::Outcome,
    api::{Kind, Object, tell},
    cluster::Truth,
    controller::{Controller, Next},
};
use crate::{
    hash,
    observe::{
        facts::{Answer, Facts, OrderFact, Patched, PatroniCallFact, SqlFacts},
        listed::Listed,
    },
    plan::{
        action::{Action, PatroniRequest},
        children,
    },
};

impl Controller<'_> {
    pub fn update(&mut self, change: impl FnOnce(&mut Facts)) {
        self.world.update(&self.key.clone(), change);
    }

    /// One act, with what may become of it. `Some` ends the round.
    pub fn perform(&mut self, truth: &mut Truth, action: &Action) -> Option<Next> {
        truth.pass(Duration::from_millis(10));
        if truth.rng.chance(self.dies) {
            return Some(Next::Died);
        }
        let question = matches!(action, Action::Ask(_));
        if !question {
            self.effects += 1;
        }
        if !question && truth.now < truth.refuses_until && truth.rng.chance(50) {
            self.failed(truth, action, "the API server says no");
            return None;
        }
        if let Action::WriteOperation { name, .. } = action {
            self.update(|facts| facts.unsure_operation = Some(name.clone()));
        }
        truth.wanted_as_seen = self.wanted();
        let mut outcome = truth.act(action);
        if matches!(outcome, Outcome::Called(_)) {
            self.watch_repeats(truth, action);
        }
        if truth.rng.chance(self.dies) {
            return Some(Next::Died);
        }
        if !question && truth.now < truth.loses_until && truth.rng.chance(50) {
            // That Patroni is asked is known before its answer.
            if !matches!(outcome, Outcome::Called(_)) {
                self.failed(truth, action, "no answer in time");
                return Some(Next::Wait(Some(Duration::from_millis(500))));
            }
            outcome = Outcome::Called(None);
        }
        let at = truth.now;
        if matches!(
            action,
            Action::WriteOperation { .. } | Action::ReadOperation(_)
        ) && !matches!(outcome, Outcome::Conflict)
        {
            self.update(|facts| facts.unsure_operation = None);
        }
        match outcome {
            Outcome::Failed(why) => {
                self.failed(truth, action, why);
                return None;
            }
            Outcome::Conflict => return Some(Next::Wait(Some(Duration::from_millis(100)))),
            Outcome::Wrote(kind, there, object) => {
                tell(&mut self.world, kind, there, &object, at);
            }
            Outcome::Leader(object) => self.read_leader(&object, at),
            Outcome::Replication(told) => self.update(|facts| {
                let result = told.ok_or_else(|| "no answer".to_owned());
                facts.replication = Some(Answer { at, result });
            }),
            Outcome::Around(found) => self.look_around(&found, at),
            Outcome::Answers(answers) => self.update(|facts| {
                for (member, result) in answers {
                    if facts.pods.contains_key(&member) {
                        facts.members.insert(member, Answer { at, result });
                    }
                }
            }),
            Outcome::Revision(template) => {
                if let Action::ReadRevision(name) = action {
                    let template = template.map(Into::into);
                    self.update(|facts| drop(facts.revisions.insert(name.clone(), template)));
                }
            }
            Outcome::Configured(config) => self.update(|facts| {
                let asked = match action {
                    Action::PatchConfig { patch, .. } => hash::of(patch),
                    _ => String::new(),
                };
                facts.patched = Some(Patched { at, asked });
                if let Some(all) = &mut facts.config {
                    all.config = Some(config);
                }
            }),
            Outcome::Called(refused) => {
                if let Some(object) = truth.api.get(Kind::Patroni, "db-leader").cloned() {
                    self.read_leader(&object, at);
                }
                let Action::Patroni(call) = action else {
                    return None;
                };
                let step = match &call.request {
                    PatroniRequest::Switchover { candidate, .. }
                    | PatroniRequest::Failover { candidate } => candidate.clone(),
                    _ => call.member.clone(),
                };
                // As the act does: under way already is no refusal.
                let refused = refused.filter(|why| !why.contains("already in progress"));
                let fact = PatroniCallFact {
                    by: call.by.clone(),
                    step,
                    at,
                    agreed: refused.is_none(),
                    refused,
                };
                let restart = call.request == PatroniRequest::RestartPending;
                self.update(|facts| {
                    facts.patroni_call = Some(fact);
                    if restart {
                        facts.asked_to_restart(&call.member);
                    }
                });
            }
            Outcome::Done => self.note_done(action, at),
        }
        if matches!(action, Action::ReadSync) {
            self.update(|facts| facts.sync_read = Some(at));
        }
        if matches!(action, Action::LookAtNamespace) {
            self.update(|facts| facts.namespace_goes = Some((at, false)));
        }
        if let Action::LookFor { kind, name } = action {
            let id = (*kind, name.clone());
            self.update(|facts| {
                facts.looked_for.insert(id, at);
            });
        }
        if let Action::Apply(child) = action {
            let id = (child.kind.kind(), child.name.clone());
            let hash = children::applied_hash(child);
            self.update(|facts| drop(facts.applied.insert(id, hash)));
        }
        let what = action.what();
        self.update(|facts| drop(facts.troubles.remove(&what)));
        None
    }

    /// Members that are wanted by the manifest as the watch has told it.
    fn wanted(&self) -> i64 {
        let facts = self.world.snapshot(&self.key);
        let wanted = facts.and_then(|facts| Some(facts.postgresql()?.spec.number_of_instances));
        wanted.unwrap_or(0)
    }

    fn note_done(&mut self, action: &Action, at: Duration) {
        match action {
            Action::CheckPolicies => self.policies = Some(at),
            Action::RemoveFinalizer => {
                let facts = self.world.facts(&self.key);
                let record = facts.and_then(|facts| facts.record.clone());
                if let Some(record) = record {
                    self.world.record_forgotten(&record.uid);
                }
            }
            Action::SettleRoles(wish) => {
                let settled = Some(wish.hash());
                let result = Ok(SqlFacts {
                    settled,
                    ..SqlFacts::default()
                });
                self.update(|facts| facts.sql = Some(Answer { at, result }));
            }
            Action::Delete { kind, name, .. } => {
                let key = self.key.clone();
                self.world.deleted(&key, kind, name);
            }
            Action::DeleteClaim { name, .. } => {
                let key = self.key.clone();
                self.world.deleted(&key, "PersistentVolumeClaim", name);
            }
            Action::RestartPod { pod: name, .. } | Action::Note { name, .. } => {
                let key = self.key.clone();
                self.world.deleted(&key, "Pod", name);
            }
            Action::Order(order) => {
                let ended = Err("no pg-fleet".to_owned());
                let fact = OrderFact {
                    operation: order.operation.clone(),
                    step: order.step,
                    at,
                    ended: Some(ended.clone()),
                };
                let answer = Answer { at, result: ended };
                self.update(|facts| {
                    facts.orders.insert(order.member.clone(), fact);
                    facts.reports.insert(order.member.clone(), answer);
                });
            }
            Action::DeleteSecret { name, .. } => {
                self.update(|facts| {
                    facts.deleted_secrets.insert(name.clone(), at);
                });
            }
            _ => {}
        }
    }

    fn look_around(&mut self, found: &[(Kind, Object)], at: Duration) {
        for (kind, object) in found {
            tell(&mut self.world, *kind, true, object, at);
        }
        let key = self.key.clone();
        for (kind, listed) in [
            (Kind::Pod, Listed::Pods),
            (Kind::Patroni, Listed::Patroni),
            (Kind::Claim, Listed::Claims),
            (Kind::Service, Listed::Children("Service")),
        ] {
            let of_kind = found.iter().filter(|(of, _)| *of == kind);
            let seen = of_kind
                .map(|(_, object)| object.meta().uid.clone())
                .collect();
            self.world.listed_of(&key, listed, &seen);
        }
        let pods = found.iter().any(|(kind, _)| *kind == Kind::Pod);
        self.update(|facts| facts.looked_around = (!pods).then_some(at));
    }

    fn read_leader(&mut self, object: &Object, at: Duration) {
        tell(&mut self.world, Kind::Patroni, true, object, at);
        self.update(|facts| {
            if let Some(leader) = &mut facts.leader {
                leader.read_live = Some(at);
            }
        });
    }

    fn failed(&mut self, truth: &Truth, action: &Action, why: &str) {
        let at = truth.now;
        let sql = matches!(action, Action::SettleRoles(_));
        self.refused = true;
        self.update(|facts| {
            if sql {
                let result = Err(why.to_owned());
                facts.sql = Some(Answer { at, result });
            }
            facts.failed(action.what(), at, why.to_owned());
        });
    }

    /// The same call is not repeated at every look.
    fn watch_repeats(&mut self, truth: &mut Truth, action: &Action) {
        let Action::Patroni(call) = action else {
            return;
        };
        let request = (call.by.clone(), call.request.clone());
        let soon = |at: &Duration| truth.now < *at + Duration::from_secs(8);
        let repeated = self.last_calls.iter().any(|(at, by, what)| {
            soon(at)
                && (by, what) == (&request.0, &request.1)
                && call.request != PatroniRequest::Restart
                && call.request != PatroniRequest::RestartPending
        });
        if repeated {
            truth.violate(format!(
                "{} asks Patroni for the same again and again",
                call.by
            ));
        }
        self.last_calls.push((truth.now, request.0, request.1));
    }
}
