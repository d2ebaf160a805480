//! `failover`: emergency change of primary, one target at a time.

use std::time::Duration;

use jiff::Timestamp;
use pg_core::operation::{Action, Failover as Act};

use super::operate::{Plan, Verb, has_replica, member, run as operate, the_one};
use crate::{
    args::{Change, Failover},
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    output::{
        prompt::Class,
        text::{age_at, bytes},
    },
    pick::candidate,
    session::Session,
};

/// Fails over.
pub async fn run(session: &Session, mut args: Failover) -> Result<Exit> {
    let selection = the_one(session, &args.target)?;
    if args.to.is_none() {
        args.to = candidate(session, &selection, &args.change).await?;
    }
    operate(session, &selection, verb(&args.change), |cluster| {
        has_replica(cluster)?;
        let act = Act {
            to: args.to.as_ref().map(|to| member(cluster, to)).transpose()?,
            accept_data_loss: args.accept_data_loss,
        };
        plan(cluster, act)
    })
    .await
}

/// The verb.
pub fn verb(change: &Change) -> Verb<'_> {
    Verb {
        title: "Fail over",
        right: "failover",
        class: Class::Destructive,
        time: Duration::from_secs(120),
        change,
    }
}

/// What it does to one cluster.
pub fn plan(cluster: &Cluster, act: Act) -> Result<Plan> {
    has_replica(cluster)?;
    let now = cluster.status.primary.as_deref();
    if act.to.is_some() && act.to.as_deref() == now {
        return Err(Error::new(
            Kind::Refused,
            format!(
                "{} is the primary; a failover leads away from it",
                now.unwrap_or_default()
            ),
        ));
    }
    let lag = lag(cluster, Timestamp::now());
    Ok(Plan::Act {
        effect: format!(
            "primary {} → {}; rows that only the old primary has are lost ({lag}); connections end",
            now.unwrap_or("unknown"),
            act.to.as_deref().unwrap_or("its most advanced replica"),
        ),
        action: Action::Failover(act),
    })
}

/// What may be lost, as far as it can be told from here: the controller's last word, with its age.
fn lag(cluster: &Cluster, now: Timestamp) -> String {
    let Some(lag) = cluster.status.lag_bytes else {
        return "nobody has told how far the replicas are behind".to_owned();
    };
    let age = cluster.told_at().map_or_else(
        || "some time ago".to_owned(),
        |then| format!("{} ago", age_at(then, now)),
    );
    format!("the worst replica was {} behind {age}", bytes(lag))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn cluster(status: Value) -> Cluster {
        Cluster::nowhere(json!({
            "metadata": {"managedFields": [
                {"manager": "pg-fleet", "operation": "Update", "time": "2026-11-21T09:00:00Z"},
                {"manager": "pg-fleet", "operation": "Update", "subresource": "status",
                 "time": "2026-11-21T10:00:00Z"},
            ]},
            "status": status,
        }))
    }

    #[tokio::test]
    async fn what_may_be_lost_has_its_age() {
        let now = "2026-11-21T10:05:00Z".parse().expect("a time");
        let known = cluster(json!({"lagBytes": 16 * 1024 * 1024}));
        assert_eq!(
            lag(&known, now),
            "the worst replica was 16 MiB behind 5m ago"
        );
        assert!(lag(&cluster(json!({})), now).contains("nobody has told"));
        let mut bare = known;
        bare.object.metadata.managed_fields = None;
        assert!(lag(&bare, now).ends_with("behind some time ago"));
    }
}
