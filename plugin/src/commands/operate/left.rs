//! Operations that a terminal has left behind: they count against the limits of the next one.

use std::collections::BTreeMap;

use kube::Api;
use pg_core::operation::Operation;

use crate::{
    cluster::Cluster,
    connect::Context,
    error::{Error, Kind},
};

/// An operation as a turn's note tells it: context, namespace and name, which hold no tabs.
pub(super) fn note(cluster: &Cluster, operation: &str) -> String {
    let (context, namespace) = (&cluster.context.name, &cluster.namespace);
    format!("{context}\t{namespace}\t{operation}")
}

/// Whether an operation that a terminal has left behind has ended, as far as can be told here:
/// nobody waits for what lies in contexts that are not asked anyway.
pub(super) async fn has_ended(note: String, contexts: &BTreeMap<&str, &Context>) -> bool {
    let [context, namespace, name] = note.split('\t').collect::<Vec<_>>()[..] else {
        return true;
    };
    let Some(context) = contexts.get(context) else {
        return true;
    };
    let api: Api<Operation> = context.api(namespace);
    match context.ask_opt(api.get(name)).await {
        Ok(Some(operation)) => operation
            .status
            .is_some_and(|status| status.phase.is_final()),
        Ok(None) | Err(_) => true,
    }
}

/// Whether an operation may go on although its follower ended with this: it was not waited for to
/// its end, or nobody could be asked about it.
pub(super) fn may_go_on(error: &Error) -> bool {
    matches!(
        error.kind,
        Kind::TimedOut | Kind::Interrupted | Kind::Unreachable | Kind::Forbidden
    )
}
