//! Work that a terminal has left behind in the cluster: it counts against the limits of the next one
//! (docs/decisions/0012-what-one-terminal-knows.md). A turn's note tells what it is, in words
//! between tabs, which none of them holds; of a change of a manifest also until when it counts.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use kube::Api;
use pg_core::{names, operation::Operation};
use tokio::time::Instant;

use super::Request;
use crate::{
    cluster::Cluster,
    commands::{
        edit::requests,
        wait::{self, State},
    },
    connect::Context,
    error::{Error, Kind},
    target::Target,
    turns::Left,
};

/// Contexts by name.
pub type Contexts = BTreeMap<String, Arc<Context>>;

/// An operation as a note.
pub fn operation(cluster: &Cluster, operation: &str) -> String {
    let (context, namespace) = (&cluster.context.name, &cluster.namespace);
    format!("{context}\t{namespace}\t{operation}")
}

/// A change of a manifest as a note. Nothing ends such a change where the cluster cannot follow it,
/// so it counts no longer than its own terminal would have waited.
pub fn edit(target: &Target, request: &Request) -> String {
    let context = target.context.as_deref().unwrap_or_default();
    let namespace = target.namespace.as_deref().unwrap_or_default();
    let rest = request.until.saturating_duration_since(Instant::now());
    let rest = i64::try_from(rest.as_secs()).unwrap_or(i64::MAX);
    let until = Timestamp::now().as_second().saturating_add(rest);
    let (name, id) = (&target.name, &request.id);
    format!("{context}\t{namespace}\t{name}\t{id}\n{until}")
}

/// Whether what a terminal has left behind has ended, as far as can be told here: nobody waits for
/// what lies in contexts that are not asked anyway.
pub async fn has_ended(left: Left, contexts: Arc<Contexts>) -> bool {
    let there = |name: &str| contexts.get(name);
    let (what, until) = left.note.split_once('\n').unwrap_or((&left.note, ""));
    match what.split('\t').collect::<Vec<_>>()[..] {
        [context, namespace, name] => match there(context) {
            Some(context) => operation_has_ended(context, namespace, name).await,
            None => true,
        },
        [context, namespace, name, request] => {
            let place = format!("{context}\t{namespace}\t{name}\t");
            match there(context) {
                Some(context) if counts(until, &place, &left.own, Timestamp::now()) => {
                    edit_has_ended(context, namespace, name, request).await
                }
                _ => true,
            }
        }
        _ => true,
    }
}

/// Whether an edit still counts for whoever wants its turn now. Who changes the same cluster goes on
/// in its place: that may be what mends it.
fn counts(until: &str, place: &str, own: &str, now: Timestamp) -> bool {
    let until: Option<i64> = until.parse().ok();
    until.is_some_and(|until| until > now.as_second()) && !own.starts_with(place)
}

async fn operation_has_ended(context: &Context, namespace: &str, name: &str) -> bool {
    let api: Api<Operation> = context.api(namespace);
    match context.ask_opt(api.get(name)).await {
        Ok(Some(operation)) => operation
            .status
            .is_some_and(|status| status.phase.is_final()),
        Ok(None) | Err(_) => true,
    }
}

async fn edit_has_ended(
    context: &Arc<Context>,
    namespace: &str,
    name: &str,
    request: &str,
) -> bool {
    let api = context.clusters(namespace);
    match context.ask_opt(api.get(name)).await {
        Ok(Some(object)) => !is_under_way(&Cluster::new(context, object), request),
        Ok(None) | Err(_) => true,
    }
}

/// Whether the controller is at what a request has written; what it did not come to write is not
/// waited for.
fn is_under_way(cluster: &Cluster, request: &str) -> bool {
    let metadata = &cluster.object.metadata;
    let mut annotations = metadata.annotations.iter().flatten();
    if annotations.any(|(key, by)| key.starts_with(names::ROTATE) && by == request) {
        return true;
    }
    let made = metadata.labels.as_ref();
    let made = made.and_then(|all| all.get(names::REQUEST_LABEL));
    let wrote = made.is_some_and(|by| by == request)
        || requests::is_kept(cluster.annotation(names::REQUESTS), request);
    let generation = metadata.generation.unwrap_or_default();
    wrote && matches!(wait::state(cluster, generation), State::Going(_))
}

/// Whether work may go on although its follower ended with this: it was not waited for to its end,
/// or nobody could be asked about it.
pub fn may_go_on(error: &Error) -> bool {
    matches!(
        error.kind,
        Kind::TimedOut | Kind::Interrupted | Kind::Unreachable | Kind::Forbidden
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn under_way(annotations: serde_json::Value, observed: i64, members: &str) -> bool {
        let cluster = Cluster::nowhere(json!({
            "metadata": {"generation": 2, "annotations": annotations},
            "spec": {"numberOfInstances": 3},
            "status": {
                "PostgresClusterStatus": "Running", "observedGeneration": observed, "ready": members,
                "conditions": [{
                    "type": "Ready", "status": "True", "reason": "AsWanted", "message": "",
                    "lastTransitionTime": "2026-11-21T10:00:00Z",
                }],
            },
        }));
        is_under_way(&cluster, "k3j9")
    }

    #[tokio::test]
    async fn an_edit_goes_on_until_the_cluster_is_as_it_says() {
        let kept = json!({"pgfleet.io/requests": "a=1 k3j9=2"});
        let other = json!({"pgfleet.io/requests": "a=1", "rotate.pgfleet.io/app": "a"});
        let asked = json!({"rotate.pgfleet.io/app": "k3j9"});
        for (annotations, observed, members, expected) in [
            (&kept, 2, "2/3", true),
            (&kept, 1, "3/3", true),
            (&kept, 2, "3/3", false),
            (&other, 2, "2/3", false),
            (&json!({}), 1, "2/3", false),
            (&asked, 2, "3/3", true),
        ] {
            let found = under_way(annotations.clone(), observed, members);
            assert_eq!(found, expected, "{annotations} {observed} {members}");
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_what_nobody_can_tell() {
        let contexts = Arc::new(Contexts::new());
        let far = i64::MAX;
        for note in [
            "".to_owned(),
            "one\ttwo".to_owned(),
            "east\tpg\toperation".to_owned(),
            format!("east\tpg\tmain\tk3j9\n{far}"),
        ] {
            let left = Left {
                note: note.clone(),
                own: String::new(),
            };
            assert!(has_ended(left, Arc::clone(&contexts)).await, "{note}");
        }
    }

    #[tokio::test]
    async fn an_edit_counts_as_long_as_it_would_be_waited_for() {
        let now = Timestamp::from_second(1000).expect("a time");
        let (place, own) = ("east\tpg\tmain\t", "east\tpg\tmain-2\tnew\n2000");
        assert!(counts("1001", place, "", now));
        assert!(counts("1001", place, own, now));
        assert!(!counts("1000", place, own, now));
        assert!(!counts("", place, own, now));
        assert!(!counts("1001", place, "east\tpg\tmain\tnew\n2000", now));
        let cluster = Cluster::nowhere(json!({}));
        let target = cluster.target();
        let request = Request {
            id: "k3j9".to_owned(),
            again: false,
            until: Instant::now() + std::time::Duration::from_secs(60),
        };
        let note = edit(&target, &request);
        let words: Vec<&str> = note.split(['\t', '\n']).collect();
        assert_eq!(words[1..4], ["pg", "main", "k3j9"], "{note}");
        let until: i64 = words[4].parse().expect("a time");
        let rest = until - Timestamp::now().as_second();
        assert!((58..=60).contains(&rest), "{note}");
    }
}
