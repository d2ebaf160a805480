//! `failover`: emergency change of primary, one target at a time.

use std::time::Duration;

use pg_core::operation::{Action, Failover as Act};

use super::operate::{Plan, Verb, has_replica, member, run_on_one};
use crate::{
    args::Failover,
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    output::prompt::Class,
    session::Session,
};

/// Fails over.
pub async fn run(session: &Session, args: Failover) -> Result<Exit> {
    let verb = Verb {
        title: "Fail over",
        right: "failover",
        class: Class::Destructive,
        time: Duration::from_secs(120),
        change: &args.change,
    };
    run_on_one(session, &args.target, verb, |cluster| plan(&args, cluster)).await
}

fn plan(args: &Failover, cluster: &Cluster) -> Result<Plan> {
    has_replica(cluster)?;
    let to = args.to.as_ref().map(|to| member(cluster, to)).transpose()?;
    let now = cluster.status.primary.as_deref();
    if to.is_some() && to.as_deref() == now {
        return Err(Error::new(
            Kind::Refused,
            format!(
                "{} is the primary; a failover leads away from it",
                now.unwrap_or_default()
            ),
        ));
    }
    let lag = cluster
        .status
        .lag_bytes
        .map(|bytes| {
            format!(
                " (the worst replica was last seen {} behind)",
                crate::output::text::bytes(bytes)
            )
        })
        .unwrap_or_default();
    Ok(Plan::Act {
        effect: format!(
            "primary {} → {}; rows that only the old primary has are lost{lag}; connections end",
            now.unwrap_or("unknown"),
            to.as_deref().unwrap_or("its most advanced replica"),
        ),
        action: Action::Failover(Act {
            to,
            accept_data_loss: args.accept_data_loss,
        }),
    })
}
