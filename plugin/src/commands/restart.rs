//! `restart`: PostgreSQL anew, replicas first.

use std::time::Duration;

use pg_core::operation::{Action, Restart as Act};

use super::operate::{Plan, Verb, member, run_in_waves as operate};
use crate::{
    args::{Change, Restart},
    cluster::Cluster,
    error::Result,
    exit::Exit,
    output::prompt::Class,
    session::Session,
};

/// Restarts.
pub async fn run(session: &Session, args: Restart) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    let waves = &args.waves;
    let planned = |cluster: &Cluster| {
        let one = args.member.as_ref();
        let act = Act {
            member: one.map(|one| member(cluster, one)).transpose()?,
            if_pending: args.if_pending,
        };
        Ok(plan(cluster, act))
    };
    operate(
        session,
        &selection,
        verb(&args.change),
        waves,
        planned,
        |_| None,
    )
    .await
}

/// The verb.
pub fn verb(change: &Change) -> Verb<'_> {
    Verb {
        title: "Restart",
        right: "restart",
        class: Class::Disruptive,
        time: Duration::from_secs(600),
        change,
    }
}

/// What it does to one cluster.
pub fn plan(cluster: &Cluster, act: Act) -> Plan {
    let primary = cluster.status.primary.as_deref();
    let who = match &act.member {
        Some(pod) if Some(pod.as_str()) == primary => {
            format!("the primary {pod}; connections end, writes fail for seconds")
        }
        Some(pod) => format!("the replica {pod}; its connections end"),
        None => format!(
            "all members, replicas first; connections end, writes fail for seconds when {} restarts",
            primary.unwrap_or("the primary")
        ),
    };
    let only = if act.if_pending {
        " (only those that wait for a restart)"
    } else {
        ""
    };
    Plan::Act {
        effect: format!("{who}{only}"),
        action: Action::Restart(act),
    }
}
