//! `restart`: PostgreSQL anew, replicas first.

use std::time::Duration;

use pg_core::operation::{Action, Restart as Act};

use super::operate::{Plan, Verb, member, run as operate};
use crate::{
    args::Restart, cluster::Cluster, error::Result, exit::Exit, output::prompt::Class,
    session::Session,
};

/// Restarts.
pub async fn run(session: &Session, args: Restart) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    let verb = Verb {
        title: "Restart",
        right: "restart",
        class: Class::Disruptive,
        time: Duration::from_secs(600),
        change: &args.change,
    };
    operate(session, &selection, verb, |cluster| plan(&args, cluster)).await
}

fn plan(args: &Restart, cluster: &Cluster) -> Result<Plan> {
    let member = args
        .member
        .as_ref()
        .map(|one| member(cluster, one))
        .transpose()?;
    let primary = cluster.status.primary.as_deref();
    let who = match &member {
        Some(pod) if Some(pod.as_str()) == primary => {
            format!("the primary {pod}; connections end, writes fail for seconds")
        }
        Some(pod) => format!("the replica {pod}; its connections end"),
        None => format!(
            "all members, replicas first; connections end, writes fail for seconds when {} restarts",
            primary.unwrap_or("the primary")
        ),
    };
    let only = if args.if_pending {
        " (only those that wait for a restart)"
    } else {
        ""
    };
    Ok(Plan::Act {
        effect: format!("{who}{only}"),
        action: Action::Restart(Act {
            member,
            if_pending: args.if_pending,
        }),
    })
}
