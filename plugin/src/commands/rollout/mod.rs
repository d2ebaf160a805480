//! Rollouts: one act on many targets, in waves (`pg_core::rollout`). This side plans, drives and
//! tells; nothing of it has to live for what was begun to end well.

mod drive;
mod ended;
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

use crate::{args::RolloutVerb, error::Result, exit::Exit, session::Session};

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
