//! A rollout on its way: a line for each wave, one for each target that is worked on, and one that
//! says what comes next.

use std::collections::BTreeMap;

use pg_core::rollout::{Fleet, Standing, State, standpoints};

use super::{
    ended::{Told, outcome, tell, uid},
    say::{self, Wave},
};
use crate::{commands::operate::in_words, output::progress::Task, session::Session};

/// The lines.
pub struct Lines<'a> {
    session: &'a Session,
    waves: Vec<Task>,
    targets: BTreeMap<String, Task>,
    states: BTreeMap<String, State>,
    next: Option<Task>,
    /// Whether what is told here is all that is told of a target that ended.
    tells: bool,
    /// Of which targets it was told.
    pub told: Told,
}

impl<'a> Lines<'a> {
    /// None yet.
    pub fn new(session: &'a Session) -> Self {
        Self {
            session,
            waves: Vec::new(),
            targets: BTreeMap::new(),
            states: BTreeMap::new(),
            next: None,
            tells: false,
            told: Told::default(),
        }
    }

    /// None yet, where how each target ended is data. A program that waits for a document gets it
    /// there.
    pub fn that_tell(session: &'a Session) -> Self {
        Self {
            tells: !session.screen.format.is_document(),
            ..Self::new(session)
        }
    }

    /// Shows where the rollout is.
    pub fn show(&mut self, fleet: &Fleet, standing: &Standing) {
        let progress = self.session.screen.progress();
        let waves = say::waves(fleet);
        if self.waves.is_empty() {
            let name = |wave: &Wave| format!("wave {}/{}", wave.number, waves.len());
            self.waves = waves
                .iter()
                .map(|wave| progress.task(&name(wave)))
                .collect();
        }
        for (task, wave) in self.waves.iter().zip(&waves) {
            let begun = wave.counts.pending < wave.counts.total();
            if begun || wave.number == 1 {
                task.says(&wave.line());
            } else {
                task.moves(&wave.line());
            }
        }
        self.show_targets(fleet);
        let (what, detail) = say::next(standing, &waves, self.session, fleet);
        let next = self.next.get_or_insert_with(|| progress.task("next"));
        if !what.is_empty() {
            next.says(&what);
        }
        if !detail.is_empty() {
            next.moves(&detail);
        }
    }

    fn show_targets(&mut self, fleet: &Fleet) {
        for one in standpoints(fleet) {
            let uid = uid(&one);
            let state = one.status.state;
            let before = self.states.insert(uid.clone(), state);
            if state == State::Running {
                let progress = self.session.screen.progress();
                let name = say::target(&one, self.session);
                let task = self
                    .targets
                    .entry(uid)
                    .or_insert_with(|| progress.task(&name));
                let mut operations = one.seen.operations.iter();
                let own = operations.find(|it| it.metadata.name == one.status.operation);
                if let Some(status) = own.and_then(|it| it.status.as_ref()) {
                    task.says(&in_words(status));
                }
                continue;
            }
            if let Some(task) = self.targets.remove(&uid) {
                task.end();
            }
            let news = before.is_some_and(|before| before != state)
                || before.is_none() && state == State::Failed;
            let ends = matches!(state, State::Succeeded | State::Skipped | State::Failed);
            if news && ends && self.tells {
                tell(self.session, &outcome(self.session, &one));
                self.told.insert(uid, state);
            } else if news && state != State::Pending {
                let reason = one.status.reason.as_deref().unwrap_or_default();
                let colon = if reason.is_empty() { "" } else { ": " };
                let took = say::took(&one.status);
                let line = format!(
                    "{} {state}{took}{colon}{reason}",
                    say::target(&one, self.session)
                );
                self.session.screen.note(&line);
            }
        }
    }

    /// Takes the lines away.
    pub fn end(&mut self) {
        let all = self.waves.drain(..).chain(self.next.take());
        all.for_each(|task| task.end());
        for task in std::mem::take(&mut self.targets).into_values() {
            task.end();
        }
    }
}
