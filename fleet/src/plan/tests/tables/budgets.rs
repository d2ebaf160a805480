//! Disruption budgets: what a drain may not take, and budgets of an older name.

use pg_core::operation::{Action as Asked, Phase, Upgrade};
use serde_json::json;

use super::{Cluster, child, live, names, objects::id};
use crate::{
    desired::{ChildKind, Inputs},
    plan::children,
};

#[test]
fn no_member_is_drained_while_it_is_converted() {
    let upgrade = |to: Option<&str>, check| {
        Asked::Upgrade(Upgrade {
            to: to.map(str::to_owned),
            image: None,
            check,
            no_way_back: true,
        })
    };
    let holds = |asked: Asked, phase: Phase| {
        let mut cluster = Cluster::of(2).with(|c| {
            c.manifest.spec.volume.size = "1Gi".to_owned();
            c.asked("up", asked, |operation| {
                let status = operation.status.get_or_insert_default();
                status.phase = phase;
            });
        });
        cluster.facts.children.clear();
        let inputs = Inputs::plain(&cluster.manifest, &cluster.configuration);
        let made = children::wanted(&inputs, &cluster.facts).expect("children");
        let name = pg_core::names::critical_budget("db");
        let budget = made.iter().find(|child| child.name == name).expect("one");
        let labels = &budget.body["spec"]["selector"]["matchLabels"];
        assert_eq!(labels["cluster-name"], "db");
        labels.get("critical-operation").is_none()
    };
    assert!(holds(upgrade(Some("18"), false), Phase::Running));
    assert!(!holds(upgrade(Some("18"), true), Phase::Running), "a check");
    assert!(!holds(upgrade(None, false), Phase::Running), "an image");
    for phase in [Phase::Queued, Phase::Succeeded, Phase::Failed] {
        assert!(!holds(upgrade(Some("18"), false), phase), "{phase}");
    }
}

#[test]
fn budgets_under_an_older_name_go() {
    let budget = |name: &str| child(ChildKind::PodDisruptionBudget, name, json!({"x": 1}));
    let with = |wanted: &[&str], there: &[&str], ours: bool| {
        Cluster::of(1).with(|c| {
            c.children.extend(wanted.iter().map(|name| budget(name)));
            c.settle();
            let kind = ChildKind::PodDisruptionBudget.kind();
            c.facts.children.retain(|(of, _), _| *of != kind);
            for name in there {
                let mut live = live(&budget(name));
                live.owners.ours = ours;
                c.facts.children.insert(id((kind, name)), live);
            }
        })
    };
    for (why, wanted, there, ours, expected) in [
        (
            "the name changed",
            &["new"][..],
            &["new", "old"][..],
            true,
            &["delete"][..],
        ),
        ("first the new one", &["new"], &["old"], true, &["apply"]),
        ("none is wanted", &[], &["old"], true, &["delete"]),
        ("somebody else's", &["new"], &["new", "other"], false, &[]),
    ] {
        assert_eq!(names(&with(wanted, there, ours)), expected, "{why}");
    }
    let nothing = with(&[], &["old"], true).with(|c| c.children.clear());
    assert!(!names(&nothing).contains(&"delete"), "nobody knows");
}
