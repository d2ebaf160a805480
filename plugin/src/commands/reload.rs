//! `reload`: members read their configuration again.

use std::time::Duration;

use pg_core::operation::{Action, Reload as Act};

use super::operate::{Plan, Verb, run as operate};
use crate::{
    args::{Change, Reload},
    error::Result,
    exit::Exit,
    output::prompt::Class,
    session::Session,
};

/// Reloads.
pub async fn run(session: &Session, args: Reload) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    operate(session, &selection, verb(&args.change), |_| Ok(plan())).await
}

/// The verb.
pub fn verb(change: &Change) -> Verb<'_> {
    Verb {
        title: "Reload",
        right: "reload",
        class: Class::Low,
        time: Duration::from_secs(120),
        change,
    }
}

/// What it does to one cluster.
pub fn plan() -> Plan {
    Plan::Act {
        effect: "members read their configuration again; no connection ends".to_owned(),
        action: Action::Reload(Act {}),
    }
}
