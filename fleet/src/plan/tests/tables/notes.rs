//! Annotations of pods and claims that are there: which are written, and what goes first.

use std::{collections::BTreeMap, time::Duration};

use pg_core::operation::{Action as Asked, OperationStatus, Phase, Restart};
use serde_json::{Value, json};

use super::{Action, Cluster, State, live, member, names};
use crate::{
    desired::ChildKind,
    observe::{annotations::Annotations, facts::Trouble},
    plan::{children, tests::cluster::NOW},
};

type Change = fn(&mut Cluster);

/// What an object is annotated with.
fn notes(all: Value) -> Annotations {
    let all: BTreeMap<String, String> = serde_json::from_value(all).expect("annotations");
    Annotations::new(&all)
}

/// What pods and claims are made from.
fn says(cluster: &mut Cluster, of_pods: Value, of_claims: Value) {
    for child in &mut cluster.children {
        if child.kind == ChildKind::StatefulSet {
            child.body["spec"]["template"] = json!({"metadata": {"annotations": of_pods}});
            child.body["spec"]["volumeClaimTemplates"] =
                json!([{"metadata": {"annotations": of_claims}}]);
            let id = (child.kind.kind(), child.name.clone());
            cluster.facts.children.insert(id.clone(), live(child));
            let applied = children::applied_hash(child);
            cluster.facts.applied.insert(id, applied);
        }
    }
    cluster.settle();
}

/// Two members whose pods shall have `a` and `b`; the second was made before that, from a template
/// with `a` and `c`, and somebody else wrote to it.
fn behind() -> Cluster {
    Cluster::of(2).with(|c| {
        says(c, json!({"a": "1", "b": "2"}), json!({}));
        let template = json!({"metadata": {"annotations": {"a": "0", "c": "3"}}});
        let template = Some(template.to_string().into());
        c.facts.revisions.insert("old".to_owned(), template);
        let pod = c.facts.pods.get_mut(&member(0)).expect("a pod");
        pod.annotations = notes(json!({"a": "1", "b": "2", "c": "theirs"}));
        let pod = c.facts.pods.get_mut(&member(1)).expect("a pod");
        pod.revision = Some("old".to_owned());
        pod.annotations = notes(json!({"a": "0", "c": "3", "x": "theirs"}));
    })
}

/// What is written, by object.
fn written(cluster: &Cluster) -> Vec<(String, Value)> {
    let actions = cluster.actions().into_iter();
    let notes = actions.map(|action| match action {
        Action::Note {
            name,
            uid,
            annotations,
            ..
        } => {
            assert!(uid.starts_with("uid-of-"), "{uid}");
            (name, json!(annotations))
        }
        other => panic!("{other:?}"),
    });
    notes.collect()
}

fn change(cluster: &mut Cluster, ordinal: i32, annotations: Value) {
    let pod = cluster.facts.pods.get_mut(&member(ordinal)).expect("a pod");
    pod.annotations = notes(annotations);
}

#[test]
fn what_is_ours_and_nothing_else() {
    let all = json!({"a": "1", "b": "2", "c": null});
    let table: [(&str, Value, Change); 8] = [
        ("what is wanted, and not what was", all, |_| {}),
        (
            "what the template never had stays",
            json!({"b": "2"}),
            |c| {
                let template = json!({"metadata": {}}).to_string();
                let revision = ("old".to_owned(), Some(template.into()));
                c.facts.revisions.extend([revision]);
                change(c, 1, json!({"a": "1", "c": "3"}));
            },
        ),
        (
            "so does all of which nobody knows what it was made from",
            json!({"a": "1", "b": "2"}),
            |c| drop(c.facts.revisions.insert("old".to_owned(), None)),
        ),
        ("it is so already", json!(null), |c| {
            change(c, 1, json!({"a": "1", "b": "2", "x": "theirs"}));
        }),
        (
            "others' words about one pod are never ours",
            json!(null),
            |c| {
                let flag = pg_core::names::RESTART_ANNOTATION;
                says(c, json!({"status": "x", flag: "true"}), json!({}));
                let template = json!({"metadata": {"annotations": {"status": "y"}}});
                let revision = ("old".to_owned(), Some(template.to_string().into()));
                c.facts.revisions.extend([revision]);
                change(c, 1, json!({"status": "running", "x": "theirs"}));
            },
        ),
        ("one that goes is left", json!(null), |c| {
            let pod = c.facts.pods.get_mut(&member(1)).expect("a pod");
            pod.deleting = true;
        }),
        (
            "nothing is wanted any more",
            json!({"a": null, "c": null}),
            |c| {
                says(c, json!({}), json!({}));
            },
        ),
        ("the template is not seen yet", json!(null), |c| {
            let id = ("StatefulSet", "db".to_owned());
            c.facts.children.get_mut(&id).expect("one").revision = None;
        }),
    ];
    for (why, expected, change) in table {
        let found = written(&behind().with(change));
        let expected = [(member(1), expected)];
        let expected = expected.into_iter().filter(|(_, notes)| !notes.is_null());
        assert_eq!(found, expected.collect::<Vec<_>>(), "{why}");
    }
}

#[test]
fn claims_get_theirs() {
    let mut cluster = Cluster::of(2);
    says(&mut cluster, json!({}), json!({"owned-by": "me"}));
    let claim = |ordinal| pg_core::names::data_claim("db", ordinal);
    let both = [0, 1].map(|ordinal| (claim(ordinal), json!({"owned-by": "me"})));
    assert_eq!(written(&cluster), both);
    let claims = &mut cluster.facts.claims;
    claims.get_mut(&claim(0)).expect("a claim").annotations =
        notes(json!({"owned-by": "me", "x": "y"}));
    claims.get_mut(&claim(1)).expect("a claim").deleting = true;
    assert_eq!(written(&cluster), []);
}

#[test]
fn everything_else_goes_first() {
    assert_eq!(names(&behind()), ["note"]);
    let table: [(&str, Change); 8] = [
        ("a member is asked", |c| c.age(Duration::from_secs(60))),
        ("a child is missing", |c| {
            drop(c.facts.children.remove(&("Service", "db".to_owned())));
        }),
        ("a member does not serve", |c| c.put(1, State::Silent)),
        ("a rolling update", |c| {
            let template = json!({"spec": {"containers": [{"name": "postgres", "image": "x"}]}});
            let revision = ("old".to_owned(), Some(template.to_string().into()));
            c.facts.revisions.extend([revision]);
            let wanted = &mut c.children[1].body["spec"]["template"];
            wanted["spec"] = json!({"containers": [{"name": "postgres", "image": "y"}]});
            let (wanted, id) = (&c.children[1], ("StatefulSet", "db".to_owned()));
            c.facts.children.insert(id.clone(), live(wanted));
            let applied = children::applied_hash(wanted);
            c.facts.applied.insert(id, applied);
        }),
        ("an operation runs", |c| {
            c.asked("op", Asked::Restart(Restart::default()), |operation| {
                operation.status = Some(OperationStatus {
                    phase: Phase::Running,
                    ..OperationStatus::default()
                });
            });
        }),
        ("an operation waits", |c| {
            c.asked("op", Asked::Restart(Restart::default()), |_| {});
        }),
        ("Zalando's operator holds fields", |c| {
            let id = ("StatefulSet", "db".to_owned());
            c.facts.children.get_mut(&id).expect("one").owners.zalando = true;
        }),
        ("it is being deleted", |c| {
            let at = k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(super::ago(1));
            c.manifest.metadata.deletion_timestamp = Some(at);
        }),
    ];
    for (why, change) in table {
        let found = names(&behind().with(change));
        assert!(!found.contains(&"note"), "{why}: {found:?}");
    }
}

#[test]
fn one_that_failed_waits_and_holds_up_nothing() {
    let failed = |times: u32, ago: u64| {
        behind().with(|c| {
            let trouble = Trouble {
                at: NOW - Duration::from_secs(ago),
                message: "forbidden".to_owned(),
                times,
            };
            let what = format!("annotate Pod {}", member(1));
            c.facts.troubles.insert(what, trouble);
        })
    };
    for (times, ago, expected) in [(3, 1, &[][..]), (3, 3, &["note"]), (30, 61, &["note"])] {
        let cluster = failed(times, ago);
        assert_eq!(names(&cluster), expected, "{times} times, {ago} s ago");
        let what = cluster.plan().in_trouble;
        assert_eq!(what.len(), 1, "it is still known: {what:?}");
    }
    // Neither the other pods nor what has to be done meanwhile; and the failure is not forgotten.
    let both = failed(3, 1).with(|c| change(c, 0, json!({})));
    assert_eq!(written(&both), [(member(0), json!({"a": "1", "b": "2"}))]);
    let other = failed(3, 1).with(|c| c.age(Duration::from_secs(30)));
    assert_eq!(names(&other), ["ask"]);
    assert_eq!(other.plan().in_trouble.len(), 1);
}
