//! Taking a cluster over from Zalando's operator, and giving it back.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Action, Cluster, names, operations};
use crate::observe::object::Owners;
use crate::plan::{
    adoption::{self, Way, rewritten},
    tests::cluster::NOW,
};
use pg_core::names::RELEASE;

const ZALANDOS: Owners = Owners {
    zalando: true,
    ours: false,
};

fn own(cluster: &mut Cluster, owners: Owners) {
    for child in cluster.facts.children.values_mut() {
        child.owners = owners;
    }
}

fn settled(cluster: &Cluster) -> bool {
    let status = cluster.manifest.status.as_ref();
    status.is_some_and(|status| status.settled.is_some())
}

/// One look, with everything carried out.
fn step(cluster: &mut Cluster, plan: impl Fn(&Cluster) -> Vec<Action>) -> Vec<&'static str> {
    let actions = plan(cluster);
    for action in &actions {
        match action {
            Action::SetStatus(status) => cluster.manifest.status = Some((**status).clone()),
            Action::MoveFields {
                kind, name, way, ..
            } => {
                let id = (*kind, name.clone());
                let child = cluster.facts.children.get_mut(&id).expect("a child");
                child.owners = Owners {
                    zalando: *way == Way::Given,
                    ours: *way == Way::Taken,
                };
            }
            _ => {}
        }
    }
    actions.iter().map(Action::name).collect()
}

#[test]
fn taken_over_fields_first_then_applied() {
    let mut cluster = Cluster::of(2);
    own(&mut cluster, ZALANDOS);
    assert!(settled(&cluster));
    // Its memory is that of a controller that was just started.
    cluster.facts.applied.clear();
    assert_eq!(step(&mut cluster, Cluster::actions), ["set status"]);
    assert!(!settled(&cluster));
    let moved = step(&mut cluster, Cluster::actions);
    let children = cluster.facts.children.len();
    let fields = moved.iter().filter(|name| **name == "move fields").count();
    assert_eq!(fields, children);
    assert!(!moved.contains(&"apply"), "{moved:?}");
    // Also when it was killed in between: applied anew, because nothing says that it was.
    let applied = step(&mut cluster, Cluster::actions);
    let applied = applied.iter().filter(|name| **name == "apply").count();
    assert_eq!(applied, children);
}

#[test]
fn what_differs_waits_for_its_fields() {
    let mut cluster = Cluster::of(2);
    own(&mut cluster, ZALANDOS);
    cluster.manifest.status.as_mut().expect("a status").settled = None;
    let service = ("Service", "db".to_owned());
    let child = cluster.facts.children.get_mut(&service).expect("a child");
    child.body = json!({"kind": "Service", "spec": {"x": 2}})
        .to_string()
        .into();
    assert!(!names(&cluster).contains(&"apply"));
    // Shared objects are not taken, and one that goes is left alone.
    cluster
        .facts
        .children
        .values_mut()
        .for_each(|child| child.deleting = true);
    assert!(!names(&cluster).contains(&"move fields"));
}

#[test]
fn given_back_fields_then_status_then_name() {
    let giving = |cluster: &Cluster| adoption::giving(&cluster.view()).actions;
    let mut cluster = Cluster::of(2);
    assert_eq!(adoption::given_to(&cluster.view()), None);
    let annotations = cluster
        .manifest
        .metadata
        .annotations
        .get_or_insert_default();
    annotations.insert(RELEASE.to_owned(), "theirs".to_owned());
    assert_eq!(adoption::given_to(&cluster.view()), Some("theirs"));

    let mut running = Cluster::of(2);
    running.asked("o", operations::restart(None), operations::running(1));
    running.manifest.metadata.annotations = cluster.manifest.metadata.annotations.clone();
    assert_eq!(
        adoption::given_to(&running.view()),
        None,
        "work is ended first"
    );

    let moved = step(&mut cluster, giving);
    assert_eq!(moved, vec!["move fields"; cluster.facts.children.len()]);
    assert_eq!(step(&mut cluster, giving), ["set status"]);
    let status = cluster.manifest.status.clone().expect("a status");
    assert_eq!(status.postgres_cluster_status, "Running");
    assert!(status.health.is_none() && status.settled.is_none());
    assert_eq!(giving(&cluster), [Action::HandOver("theirs".to_owned())]);
}

#[test]
fn what_failed_is_held_back() {
    let mut cluster = Cluster::of(1);
    let annotations = cluster
        .manifest
        .metadata
        .annotations
        .get_or_insert_default();
    annotations.insert(RELEASE.to_owned(), String::new());
    let first = adoption::giving(&cluster.view()).actions.remove(0);
    cluster.facts.failed(first.what(), NOW, "no".to_owned());
    let plan = adoption::giving(&cluster.view());
    assert!(!plan.actions.contains(&first));
    assert!(plan.look_again.is_some_and(|wait| wait > Duration::ZERO));
}

fn entry(manager: &str, operation: &str, part: &str, fields: Value) -> Value {
    let mut entry = json!({
        "manager": manager, "operation": operation, "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1", "fieldsV1": fields,
    });
    if !part.is_empty() {
        entry["subresource"] = json!(part);
    }
    entry
}

#[test]
fn fields_change_hands() {
    let theirs = |fields| entry("postgres-operator", "Update", "", fields);
    let ours = |fields| entry("pg-fleet", "Apply", "", fields);
    let kubelet = entry(
        "kube-controller-manager",
        "Update",
        "status",
        json!({"f:status": {}}),
    );
    let status = entry(
        "postgres-operator",
        "Update",
        "status",
        json!({"f:status": {}}),
    );
    let a = json!({"f:spec": {"f:a": {}, "f:list": {"k:{\"n\":1}": {".": {}}}}});
    let b = json!({"f:spec": {"f:b": {}, "f:list": {"k:{\"n\":2}": {".": {}}}}});
    let both = json!({"f:spec": {"f:a": {}, "f:b": {}, "f:list":
        {"k:{\"n\":1}": {".": {}}, "k:{\"n\":2}": {".": {}}}}});
    // Endpoints: what is Patroni's stays so, and nothing else.
    let metadata = json!({"f:metadata": {"f:labels": {"f:team": {}}}});
    let mut with_addresses = metadata.clone();
    with_addresses["f:subsets"] = json!({});
    let patronis = |fields| entry("Patroni", "Update", "", fields);
    let lock = json!({"f:metadata": {"f:annotations": {"f:leader": {}}}});
    let mut lock_and_addresses = lock.clone();
    lock_and_addresses["f:subsets"] = json!({});
    let table = [
        (
            Way::Taken,
            vec![theirs(with_addresses.clone())],
            Some(vec![
                patronis(json!({"f:subsets": {}})),
                ours(metadata.clone()),
            ]),
        ),
        (
            Way::Taken,
            vec![theirs(with_addresses), patronis(lock.clone())],
            Some(vec![
                patronis(lock_and_addresses.clone()),
                ours(metadata.clone()),
            ]),
        ),
        (
            Way::Given,
            vec![patronis(lock_and_addresses.clone()), ours(metadata.clone())],
            Some(vec![patronis(lock_and_addresses), theirs(metadata)]),
        ),
        (Way::Taken, vec![], None),
        (Way::Taken, vec![kubelet.clone(), status.clone()], None),
        (Way::Taken, vec![ours(a.clone())], None),
        (Way::Given, vec![theirs(a.clone())], None),
        (
            Way::Taken,
            vec![theirs(a.clone()), kubelet.clone()],
            Some(vec![kubelet.clone(), ours(a.clone())]),
        ),
        (
            Way::Taken,
            vec![theirs(a.clone()), status.clone(), ours(b.clone())],
            Some(vec![status, ours(both.clone())]),
        ),
        (
            Way::Given,
            vec![ours(a.clone()), theirs(b.clone()), kubelet.clone()],
            Some(vec![kubelet, theirs(both)]),
        ),
    ];
    for (way, before, after) in table {
        assert_eq!(rewritten(&before, way), after, "{way:?} {before:?}");
    }
    // There and back is what it was.
    let there = rewritten(&[theirs(a.clone())], Way::Taken).expect("taken");
    assert_eq!(rewritten(&there, Way::Given), Some(vec![theirs(a)]));
}

#[test]
fn owners_are_told_by_name_and_operation() {
    let table = [
        ("postgres-operator", "Update", "", (true, false)),
        ("postgres-operator", "Update", "status", (false, false)),
        ("postgres-operator", "Apply", "", (false, false)),
        ("pg-fleet", "Apply", "", (false, true)),
        ("pg-fleet", "Update", "", (false, false)),
        ("kubectl-edit", "Update", "", (false, false)),
    ];
    for (manager, operation, part, expected) in table {
        let mut owners = Owners::default();
        owners.add(manager, operation, part);
        assert_eq!(
            (owners.zalando, owners.ours),
            expected,
            "{manager} {operation} {part}"
        );
    }
}
