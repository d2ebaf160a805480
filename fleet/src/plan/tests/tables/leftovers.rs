//! What Patroni left in another store goes when it is surely of no use any more.

use serde_json::json;

use super::{Action, Cluster, State, member};
use crate::plan::tests::cluster::NOW;

type Change = fn(&mut Cluster);

/// Two members that serve, and what Patroni kept of them in Endpoints once.
fn switched() -> Cluster {
    Cluster::of(2).with(|c| {
        let config = c.facts.config.get_or_insert_default();
        config.initialize = Some("7".to_owned());
        for (name, uid) in [("db-config", "one"), ("db-sync", "two")] {
            let id = ("Endpoints", name.to_owned());
            c.facts.left_by_patroni.insert(id, uid.to_owned());
        }
    })
}

#[test]
fn it_goes_when_all_meet_elsewhere() {
    let made_from = |c: &mut Cluster, maps: &str| {
        let env = json!([{"name": "KUBERNETES_USE_CONFIGMAPS", "value": maps}]);
        let template = json!({"spec": {"containers": [{"env": env}]}});
        let template = Some(template.to_string().into());
        c.facts.revisions.insert("old".to_owned(), template);
        let pod = c.facts.pods.get_mut(&member(1)).expect("a pod");
        pod.revision = Some("old".to_owned());
    };
    let deleted = |cluster: &Cluster| -> Vec<(String, String)> {
        let all = cluster.actions().into_iter();
        all.filter_map(|action| match action {
            Action::Delete {
                kind: "Endpoints",
                name,
                uid,
                orphan: false,
            } => Some((name, uid)),
            _ => None,
        })
        .collect()
    };
    let pair = |name: &str, uid: &str| (name.to_owned(), uid.to_owned());
    let both = [pair("db-config", "one"), pair("db-sync", "two")];
    assert_eq!(deleted(&switched()), both);
    let table: [(&str, Change); 6] = [
        ("nobody leads there", |c| c.lock(None, 6)),
        ("the lock is not renewed", |c| {
            let leader = c.facts.leader.as_mut().expect("a leader");
            leader.renewed_seen = NOW - std::time::Duration::from_secs(31);
        }),
        ("one does not serve", |c| c.put(1, State::Silent)),
        ("nobody has begun there", |c| {
            c.facts.config.as_mut().expect("one").initialize = None;
        }),
        ("nobody knows what one was made from", |c| {
            let pod = c.facts.pods.get_mut(&member(1)).expect("a pod");
            pod.revision = Some("unread".to_owned());
            c.facts.revisions.insert("unread".to_owned(), None);
        }),
        ("all are stopped", |c| {
            c.manifest.spec.number_of_instances = 0;
            c.facts.pods.clear();
        }),
    ];
    for (why, change) in table {
        assert_eq!(deleted(&switched().with(change)), [], "{why}");
    }
    let mixed = switched().with(|c| made_from(c, "false"));
    assert_eq!(deleted(&mixed), [], "one was made for the other store");
    let older = switched().with(|c| made_from(c, "true"));
    assert_eq!(deleted(&older), both);
}
