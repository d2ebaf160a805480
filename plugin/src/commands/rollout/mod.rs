//! Rollouts: one act on many targets, in waves (`pg_core::rollout`). This side plans, drives and
//! tells; nothing of it has to live for what was begun to end well.

mod drive;
mod gate;
mod make;
mod outline;
mod progress;
mod say;
mod show;
mod site;
mod slices;
mod start;
mod state;
mod told;
mod word;

pub use make::{Chosen, begin};

use pg_core::rollout::State;

use crate::{
    args::RolloutVerb,
    commands::change::Outcome,
    error::{Error, Kind, Result},
    exit::Exit,
    output::document::Document,
    session::Session,
    target::Target,
};

/// Runs one of the verbs.
pub async fn run(session: &Session, what: RolloutVerb) -> Result<Exit> {
    match what {
        RolloutVerb::List => show::list(session).await,
        RolloutVerb::Show(args) => show::show(session, &args.id).await,
        RolloutVerb::Watch(args) => show::watch(session, &args.id).await,
        RolloutVerb::Start(args) => start::start_file(session, args).await,
        RolloutVerb::Pause(args) => word::pause(session, args).await,
        RolloutVerb::Abort(args) => word::abort(session, args).await,
        RolloutVerb::Approve(args) => word::approve(session, args).await,
        RolloutVerb::Skip(args) => word::skip(session, args).await,
        RolloutVerb::Resume(args) => word::resume(session, args).await,
        RolloutVerb::Retry(args) => word::retry(session, args).await,
    }
}

/// Prints how a rollout ended, and with which code.
fn report(session: &Session, id: &str, ended: &drive::Ended) -> Result<Exit> {
    let outcomes: Vec<Outcome> = pg_core::rollout::standpoints(&ended.fleet)
        .iter()
        .map(|one| {
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
        })
        .collect();
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
        for one in &outcomes {
            let place = format!("{}/{}@{}", one.namespace, one.name, one.context);
            match &one.error {
                None => screen.data(&format!("{place} {}\n", one.message)),
                Some(error) if error.kind == Kind::Failed => screen.error(error),
                Some(_) => {}
            }
        }
    }
    for wave in say::waves(&ended.fleet) {
        screen.detail(&format!("wave {} {}", wave.number, wave.line()));
    }
    if let Some(stop) = &ended.stop {
        screen.error(stop);
    }
    Ok(exit)
}
