//! `ops retry`: what did not come about is asked for once more, as a request of its own.

use std::collections::HashMap;

use pg_core::operation::{Action, Phase};

use super::{Item, contexts_of, named_to_change};
use crate::{
    args::{Change, OpsRetry},
    cluster::Cluster,
    commands::{
        change::nothing,
        failover, maintenance,
        operate::{Plan, Verb, run as operate},
        reinit, reload, restart, set, switchover, upgrade,
    },
    error::{Error, Kind, Result},
    exit::Exit,
    output::prompt::Class,
    session::Session,
    target::{Chosen, Selection},
};

/// Asks again.
pub async fn run(session: &Session, args: OpsRetry) -> Result<Exit> {
    let items = named_to_change(session, &args.id, args.change.where_found).await?;
    if let Some(item) = items.iter().find(|item| !item.phase().is_final()) {
        let target = item.target();
        return Err(
            Error::new(Kind::Refused, format!("{target}: it has not ended yet"))
                .hint(item.follow()),
        );
    }
    let again: Vec<&Item> = items
        .iter()
        .filter(|item| item.phase() != Phase::Succeeded)
        .collect();
    let Some(first) = again.first() else {
        return nothing(session, "Nothing to ask again: all of it succeeded.");
    };
    let mut change = args.change.clone();
    if change.reason.is_none() {
        change.reason.clone_from(&first.operation.spec.reason);
    }
    let verb = verb(&first.operation.spec.action, &change);
    let named = again.iter().map(|item| Chosen {
        context: item.context.clone(),
        namespace: item.target().namespace,
        name: item.target().name,
    });
    let selection = Selection {
        named: named.collect(),
        contexts: contexts_of(&again),
    };
    let asked: HashMap<String, &Item> = again
        .iter()
        .map(|item| (item.target().to_string(), *item))
        .collect();
    operate(session, &selection, verb, |cluster| {
        let item = asked.get(&cluster.target().to_string());
        let spec = item.map(|item| &item.operation.spec);
        match spec {
            Some(spec) if spec.target.uid == cluster.uid() => plan(cluster, &spec.action),
            _ => Err(Error::new(
                Kind::Refused,
                "it is another cluster than the one of which it was asked",
            )),
        }
    })
    .await
}

fn verb<'a>(action: &Action, change: &'a Change) -> Verb<'a> {
    match action {
        Action::Switchover(_) => switchover::verb(change),
        Action::Failover(_) => failover::verb(change),
        Action::Restart(_) => restart::verb(change),
        Action::Reinit(_) => reinit::verb(change),
        Action::Reload(_) => reload::verb(change),
        Action::Maintenance(act) => maintenance::verb(act.on, change),
        Action::Upgrade(_) => upgrade::verb(change),
        Action::Set(_) => set::verb(change, Class::Disruptive),
    }
}

fn plan(cluster: &Cluster, action: &Action) -> Result<Plan> {
    match action.clone() {
        Action::Switchover(act) => switchover::plan(cluster, act),
        Action::Failover(act) => failover::plan(cluster, act),
        Action::Restart(act) => Ok(restart::plan(cluster, act)),
        Action::Reinit(act) => reinit::plan(cluster, act),
        Action::Reload(_) => Ok(reload::plan()),
        Action::Maintenance(act) => Ok(maintenance::plan(cluster, act.on)),
        Action::Upgrade(act) => upgrade::plan(cluster, act),
        Action::Set(act) => Ok(set::plan_act(cluster, act)),
    }
}
