//! `switchover`: planned change of primary.

use std::time::Duration;

use pg_core::operation::{Action, Switchover as Act};

use super::operate::{Plan, Verb, has_replica, member, primary, run as operate};
use crate::{
    args::{Change, Switchover},
    cluster::Cluster,
    error::Result,
    exit::Exit,
    output::prompt::Class,
    pick::candidate,
    session::Session,
};

/// Switches over.
pub async fn run(session: &Session, mut args: Switchover) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    if args.to.is_none() {
        args.to = candidate(session, &selection, &args.change).await?;
    }
    operate(session, &selection, verb(&args.change), |cluster| {
        let to = args.to.as_ref().map(|to| member(cluster, to)).transpose()?;
        plan(cluster, Act { to })
    })
    .await
}

/// The verb.
pub fn verb(change: &Change) -> Verb<'_> {
    Verb {
        title: "Switch over",
        right: "switchover",
        class: Class::Disruptive,
        time: Duration::from_secs(120),
        change,
    }
}

/// What it does to one cluster.
pub fn plan(cluster: &Cluster, act: Act) -> Result<Plan> {
    has_replica(cluster)?;
    let now = primary(cluster)?;
    if act.to.as_deref() == Some(now) {
        return Ok(Plan::Nothing(format!("{now} is the primary already")));
    }
    let after = act.to.as_deref().unwrap_or("its best replica");
    Ok(Plan::Act {
        effect: format!(
            "primary {now} → {after}; connections to {now} end, writes fail for 1 to 3 s"
        ),
        action: Action::Switchover(act),
    })
}
