//! After the commit point: whoever leads, and whatever does not come, all that follows leads
//! forward, and nobody stays held.

use pg_core::operation::{Phase, Step, Upgrade};
use serde_json::json;

use super::{BRING, LONG, Progress, Upgrading, WHOLE, WRITE};
use crate::{
    node::upgrade::journal::Last,
    plan::action::{Action, Ordered},
};

/// Of a replica that does not come, however long.
const NOT_BACK: &str = "does not follow yet";
/// Of a primary that is not done, however long.
const NOT_WHOLE: &str = "extensions and statistics are not up to date yet";

impl Upgrading<'_> {
    /// The new version serves: all that follows leads forward.
    pub(super) fn complete(&self, to: &str, asked: &Upgrade) -> Progress {
        if self.step(WRITE).is_none() && !self.serves() {
            return Progress::Wait;
        }
        if let Some(progress) = self.written(to) {
            return progress;
        }
        let replicas = self.replicas(self.primary().unwrap_or_default());
        let kept = match replicas.len() >= 2 && !asked.no_way_back {
            true => replicas.last(),
            false => None,
        };
        for member in replicas.iter().filter(|member| Some(*member) != kept) {
            if let Some(progress) = self.brought_back(member) {
                return progress;
            }
        }
        match self.step(WHOLE) {
            None => return self.begin(WHOLE.to_owned()),
            Some(step) if step.finished_at.is_none() => return self.whole(),
            Some(_) => {}
        }
        if let Some(progress) = kept.and_then(|member| self.brought_back(member)) {
            return progress;
        }
        self.complete_as(to, &replicas)
    }

    /// What is to be done until the manifest says the new version; `None` when it does.
    pub(super) fn written(&self, to: &str) -> Option<Progress> {
        let is_written = self.view.manifest.spec.postgresql.version == to;
        Some(match self.step(WRITE) {
            None => self.begin(WRITE.to_owned()),
            Some(step) if step.finished_at.is_some() => return None,
            Some(_) if is_written => self.done(),
            Some(_) => {
                let meta = self.view.facts.meta();
                Progress::Act(Action::EditManifest {
                    resource_version: meta
                        .map_or_else(String::new, |meta| meta.resource_version.clone()),
                    spec: json!({"postgresql": {"version": to}}),
                })
            }
        })
    }

    /// The end, once nobody is held any longer.
    fn complete_as(&self, to: &str, replicas: &[String]) -> Progress {
        let said = |step: &Step| step.before.clone().unwrap_or_default();
        let whole = self.step(WHOLE).map(said).unwrap_or_default();
        let back = |member: &String| {
            let step = self.step(&format!("{BRING}{member}"));
            step.is_none_or(|step| said(step) != NOT_BACK)
        };
        let (phase, reason) = match (replicas.iter().all(back), whole != NOT_WHOLE) {
            (true, true) => (Phase::Succeeded, "Done"),
            (false, _) => (Phase::Failed, "NotBack"),
            (true, false) => (Phase::Failed, "NotWhole"),
        };
        let replicas: String = replicas.iter().map(|member| self.how(member)).collect();
        let whole = match whole.is_empty() {
            true => whole,
            false => format!("; {whole}"),
        };
        self.ended(phase, reason, format!("runs {to}{replicas}{whole}"))
    }

    /// Whether a primary leads in the new version.
    fn serves(&self) -> bool {
        let version = self.assessment.server_version.map(|number| number / 10_000);
        self.assessment.primary.is_some() && version == Some(self.to.into())
    }

    /// What is to be done until a replica follows the new primary, or leads itself; `None` when it
    /// does. One that does not come holds up no other.
    fn brought_back(&self, member: &str) -> Option<Progress> {
        let step = match self.step(&format!("{BRING}{member}")) {
            None => return Some(self.begin(format!("{BRING}{member}"))),
            Some(step) => step,
        };
        if step.finished_at.is_some() {
            return None;
        }
        if self.item.step_age(self.view) > LONG {
            return Some(self.done_with(Some(NOT_BACK.to_owned())));
        }
        let Some(report) = self.report(member) else {
            return Some(self.ask(member));
        };
        let waits = self.journal(report).is_some_and(|it| it.state.waits());
        let serves = self.assessment.serving.iter().any(|name| name == member);
        Some(match &report.journal {
            Some(_) if waits => self.order_or_ask(member, Ordered::Rejoin),
            // One that leads by now may be made whole from here.
            Some(journal) if journal.state.blocks() => self.ask(member),
            _ if serves => self.done_with(self.last(report).map(brought)),
            _ => self.ask(member),
        })
    }

    /// How a replica came back, for the message.
    fn how(&self, member: &str) -> String {
        let step = self.step(&format!("{BRING}{member}"));
        let how = step.and_then(|step| step.before.as_deref());
        format!("; {member} {}", how.unwrap_or("copied again"))
    }

    /// Whoever leads brings extensions and statistics up to date: the member that was converted
    /// does so by itself, but another may have taken over.
    fn whole(&self) -> Progress {
        if self.item.step_age(self.view) > LONG {
            return self.done_with(Some(NOT_WHOLE.to_owned()));
        }
        let Some(leader) = self.assessment.primary.as_deref() else {
            return Progress::Wait;
        };
        let Some(report) = self.report(leader) else {
            return self.ask(leader);
        };
        if let Some(last) = self.last(report).filter(|last| last.whole) {
            return self.done_with((!last.notes.is_empty()).then(|| last.notes.join("; ")));
        }
        let wanted = Ordered::Finish(self.to);
        let given = self.view.facts.given.get(leader);
        let given = given.filter(|it| it.operation == self.item.name && it.step == wanted);
        let is_heard = given.is_some_and(|given| matches!(given.ended, Some(Ok(_))));
        match is_heard && self.journal(report).is_some() {
            true => self.ask(leader),
            false => self.order_or_ask(leader, wanted),
        }
    }
}

/// How a replica came by the new version's data, and why not otherwise.
fn brought(last: &Last) -> String {
    match last.linked {
        Some(linked) => format!(
            "linked, {} of {} MB came over the network",
            linked.fetched.div_ceil(1_000_000),
            linked.of.div_ceil(1_000_000)
        ),
        None if last.notes.is_empty() => "copied again".to_owned(),
        None => format!("copied again, because {}", last.notes.join("; ")),
    }
}
