//! `reinit`: a replica's data is thrown away and copied again.

use std::time::Duration;

use pg_core::operation::{Action, Reinit as Act};

use super::operate::{Plan, Verb, has_replica, member, primary, run_on_one};
use crate::{
    args::{Change, Reinit},
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    output::prompt::Class,
    session::Session,
};

/// Copies a replica again.
pub async fn run(session: &Session, args: Reinit) -> Result<Exit> {
    run_on_one(session, &args.target, verb(&args.change), |cluster| {
        has_replica(cluster)?;
        let member = member(cluster, &args.member)?;
        plan(cluster, Act { member })
    })
    .await
}

/// The verb.
pub fn verb(change: &Change) -> Verb<'_> {
    Verb {
        title: "Copy a replica again of",
        right: "reinit",
        class: Class::Destructive,
        time: Duration::from_secs(3600),
        change,
    }
}

/// What it does to one cluster.
pub fn plan(cluster: &Cluster, act: Act) -> Result<Plan> {
    has_replica(cluster)?;
    let pod = &act.member;
    let now = primary(cluster)?;
    if pod == now {
        return Err(Error::new(
            Kind::Refused,
            format!("{pod} is the primary; its data is what the others are copied from"),
        )
        .hint(format!("kubectl pg switchover {}", cluster.target())));
    }
    Ok(Plan::Act {
        effect: format!(
            "the data of replica {pod} is thrown away and copied from {now}; its connections end"
        ),
        action: Action::Reinit(act),
    })
}
