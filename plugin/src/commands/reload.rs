//! `reload`: members read their configuration again.

use std::time::Duration;

use pg_core::operation::{Action, Reload as Act};

use super::operate::{Plan, Verb, run as operate};
use crate::{args::Reload, error::Result, exit::Exit, output::prompt::Class, session::Session};

/// Reloads.
pub async fn run(session: &Session, args: Reload) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    let verb = Verb {
        title: "Reload",
        right: "reload",
        class: Class::Low,
        time: Duration::from_secs(120),
        change: &args.change,
    };
    operate(session, &selection, verb, |_| {
        Ok(Plan::Act {
            effect: "members read their configuration again; no connection ends".to_owned(),
            action: Action::Reload(Act {}),
        })
    })
    .await
}
