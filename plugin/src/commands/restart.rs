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

/// Whether it is known that no member, or not this one, waits for a restart. Of a manifest that the
/// controller has yet to look at that is not known.
fn nobody_waits(cluster: &Cluster, member: Option<&str>) -> bool {
    let status = &cluster.status;
    let seen = status.observed_generation >= cluster.object.metadata.generation;
    let mut asked = status
        .members
        .iter()
        .filter(|one| member.is_none_or(|member| member == one.name));
    seen && !status.members.is_empty() && !asked.any(|one| one.pending_restart)
}

/// What it does to one cluster.
pub fn plan(cluster: &Cluster, act: Act) -> Plan {
    if act.if_pending && nobody_waits(cluster, act.member.as_deref()) {
        return Plan::Nothing("no member waits for a restart".to_owned());
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn where_nobody_waits_nothing_is_to_be_done() {
        let cluster = |observed: i64, pending: &[bool]| {
            let members = pending.iter().enumerate().map(|(ordinal, pending)| {
                json!({"name": format!("main-{ordinal}"), "pendingRestart": pending})
            });
            Cluster::nowhere(json!({
                "metadata": {"generation": 2},
                "status": {"observedGeneration": observed, "members": members.collect::<Vec<_>>()},
            }))
        };
        let (all, one) = (None, Some("main-1"));
        for (observed, pending, member, if_pending, nothing) in [
            (2, &[false, false][..], all, true, true),
            (2, &[true, false], all, true, false),
            (2, &[true, false], one, true, true),
            (2, &[false, true], one, true, false),
            (2, &[false, false], all, false, false),
            // The controller will look whether somebody has to.
            (1, &[false, false], all, true, false),
            (2, &[], all, true, false),
        ] {
            let act = Act {
                member: member.map(str::to_owned),
                if_pending,
            };
            let plan = plan(&cluster(observed, pending), act);
            let found = matches!(plan, Plan::Nothing(_));
            assert_eq!(found, nothing, "{observed} {pending:?} {member:?}");
        }
    }
}
