//! What database pods run as: no StatefulSet before the account has its rights.

use serde_json::json;

use super::{Action, Cluster, child, live};
use crate::{desired::ChildKind, plan::tests::cluster::NOW};

/// Pods that were made before would run without rights, and those that are made anew.
#[test]
fn a_stateful_set_waits_for_the_account_of_its_pods() {
    let applied = |cluster: &Cluster| -> Vec<&'static str> {
        let kinds = cluster.actions().into_iter();
        kinds
            .filter_map(|action| match action {
                Action::Apply(child) => Some(child.kind.kind()),
                _ => None,
            })
            .collect()
    };
    let mut cluster = Cluster::of(2);
    for child in &mut cluster.children {
        if child.kind == ChildKind::StatefulSet {
            child.body["spec"]["x"] = json!(1);
        }
    }
    assert_eq!(applied(&cluster), ["StatefulSet"]);
    let binding = child(ChildKind::RoleBinding, "db-rights", json!({"x": 1}));
    cluster.children.insert(0, binding.clone());
    assert_eq!(applied(&cluster), ["RoleBinding"]);
    let what = Action::Apply(binding.clone()).what();
    cluster.facts.failed(what, NOW, "no".to_owned());
    assert_eq!(applied(&cluster), [""; 0], "also while that is refused");
    let there = ("RoleBinding", "db-rights".to_owned());
    cluster.facts.children.insert(there, live(&binding));
    assert_eq!(applied(&cluster), ["StatefulSet"]);
}
