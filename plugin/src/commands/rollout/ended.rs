//! How the targets of a rollout ended: each is told once, when that is seen or at the end of all.

use std::collections::BTreeMap;

use pg_core::rollout::{Standpoint, State, standpoints};

use super::{drive, say};
use crate::{
    commands::change::Outcome,
    error::{Error, Kind, Result},
    exit::Exit,
    output::document::Document,
    session::Session,
    target::Target,
};

/// Targets of which it was told how they ended.
pub type Told = BTreeMap<String, State>;

/// What tells targets apart, over all Kubernetes clusters.
pub fn uid(one: &Standpoint<'_>) -> String {
    format!("{}/{}", one.cluster_uid, one.target.uid)
}

/// How one target ended, or where it is.
pub fn outcome(session: &Session, one: &Standpoint<'_>) -> Outcome {
    let place = say::target(one, session);
    let target = Target {
        namespace: Some(one.target.namespace.clone()),
        name: one.target.name.clone(),
        context: place.split_once('@').map(|(_, place)| place.to_owned()),
    };
    let reason = || one.status.reason.clone().unwrap_or_default();
    let verb = one.seen.slice.spec.plan.action.verb();
    let result = match one.status.state {
        State::Running if one.is_left_out() => Ok(format!("skipped: {}", reason())),
        State::Succeeded => Ok(format!("{verb} done{}", say::took(&one.status))),
        State::Skipped => Ok(format!("skipped: {}", reason())),
        State::Failed => Err(Error::new(Kind::Failed, reason())),
        State::Running => Err(Error::new(Kind::TimedOut, "still under way")),
        State::Pending | State::Unknown => Err(Error::new(Kind::Stopped, "not begun")),
    };
    let outcome = Outcome::new(&target, result);
    match &one.status.operation {
        Some(name) => outcome.operation(name),
        None => outcome,
    }
}

/// Prints it. Of what has not ended nothing is said.
pub fn tell(session: &Session, one: &Outcome) {
    let place = format!("{}/{}@{}", one.namespace, one.name, one.context);
    match &one.error {
        None => session.screen.data(&format!("{place} {}\n", one.message)),
        Some(error) if error.kind == Kind::Failed => session.screen.error(error),
        Some(_) => {}
    }
}

/// Prints how a rollout ended, and with which code.
pub fn report(session: &Session, id: &str, ended: &drive::Ended) -> Result<Exit> {
    let all = standpoints(&ended.fleet);
    let outcomes: Vec<Outcome> = all.iter().map(|one| outcome(session, one)).collect();
    let exit = match &ended.stop {
        Some(stop) => stop.exit(false),
        None => Exit::of_change(outcomes.iter().map(|one| one.exit)),
    };
    let screen = &session.screen;
    if screen.format.is_document() {
        let mut document = Document::new("Result", outcomes, ended.stop.iter().cloned().collect());
        document.request = Some(id.to_owned());
        screen.document(&document)?;
    } else {
        let untold = all
            .iter()
            .zip(&outcomes)
            .filter(|(one, _)| ended.told.get(&uid(one)) != Some(&one.status.state));
        untold.for_each(|(_, outcome)| tell(session, outcome));
    }
    for wave in say::waves(&ended.fleet) {
        screen.detail(&format!("wave {} {}", wave.number, wave.line()));
    }
    if let Some(stop) = &ended.stop {
        screen.error(stop);
    }
    Ok(exit)
}
