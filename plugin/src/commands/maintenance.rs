//! `maintenance`: Patroni's pause, on and off.

use std::time::Duration;

use pg_core::{
    operation::{Action, Maintenance as Act},
    postgresql::status::condition,
};

use super::operate::{Plan, Verb, run as operate};
use crate::{
    args::{Change, Maintenance, Switch},
    cluster::Cluster,
    error::Result,
    exit::Exit,
    output::prompt::Class,
    session::Session,
};

/// Pauses, or goes on.
pub async fn run(session: &Session, args: Maintenance) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    let on = args.state == Switch::On;
    operate(session, &selection, verb(on, &args.change), |cluster| {
        Ok(plan(cluster, on))
    })
    .await
}

/// The verb.
pub fn verb(on: bool, change: &Change) -> Verb<'_> {
    let (title, class) = match on {
        // A primary that fails in maintenance is replaced by nobody.
        true => ("Begin maintenance of", Class::Disruptive),
        false => ("End maintenance of", Class::Low),
    };
    Verb {
        title,
        right: "maintenance",
        class,
        time: Duration::from_secs(120),
        change,
    }
}

/// What it does to one cluster.
pub fn plan(cluster: &Cluster, on: bool) -> Plan {
    let paused = cluster
        .status
        .conditions
        .iter()
        .any(|one| one.type_ == condition::MAINTENANCE && one.status == "True");
    match (on, paused) {
        (true, true) => Plan::Nothing("is in maintenance already".to_owned()),
        (false, false) => Plan::Nothing("is not in maintenance".to_owned()),
        (true, false) => Plan::Act {
            effect: "Patroni is paused: a primary that fails is replaced by nobody until it ends"
                .to_owned(),
            action: Action::Maintenance(Act { on }),
        },
        (false, true) => Plan::Act {
            effect: "Patroni looks after it again; a primary that failed meanwhile is replaced"
                .to_owned(),
            action: Action::Maintenance(Act { on }),
        },
    }
}
