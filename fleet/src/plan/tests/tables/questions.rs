//! How often members are asked: never in a spin, seldom when all is well.

use std::time::Duration;

use super::{Action, Cluster, State, member, names};
use crate::{
    observe::facts::{Key, Trouble},
    plan::{settled_interval, tests::cluster::NOW},
};

const BUSY: Duration = Duration::from_millis(400);
const TROUBLED: Duration = Duration::from_secs(5);

fn old(cluster: &mut Cluster) {
    cluster.put(1, State::Silent);
    cluster.unsettled_since = Some(NOW - Duration::from_secs(181));
    cluster.told_of_upgrades();
}

#[test]
fn intervals() {
    type Change = fn(&mut Cluster);
    let young: Change = |c| {
        c.put(1, State::Silent);
        c.unsettled_since = Some(NOW - Duration::from_secs(100));
    };
    let busy: Change = |c| {
        old(c);
        super::steps::at(
            c,
            super::operations::restart(None),
            "restart db-0",
            "before",
            1,
        );
        c.called("op", "db-0", 1, None);
    };
    let settled = settled_interval(&Cluster::of(2).key);
    let table: [(&str, Duration, Change); 4] = [
        ("settled", settled, |_| {}),
        ("unsettled", BUSY, young),
        ("unsettled for long", TROUBLED, old),
        ("an operation, whatever else", BUSY, busy),
    ];
    for (what, interval, change) in table {
        let mut cluster = Cluster::of(2).with(change);
        cluster.age(interval - Duration::from_millis(1));
        assert_eq!(names(&cluster), [""; 0], "{what}: too early");
        let again = cluster.plan().look_again.expect("a time");
        assert!(again <= interval, "{what}: looks again after {again:?}");
        cluster.age(interval + Duration::from_millis(1));
        assert_eq!(
            cluster.actions(),
            [Action::Ask(vec![member(0), member(1)])],
            "{what}"
        );
        // The answers have come, such as they are: no spin.
        cluster.age(Duration::ZERO);
        assert_eq!(names(&cluster), [""; 0], "{what}");
    }
}

#[test]
fn hundreds_that_settled_together_are_not_asked_together() {
    let interval = |number: u32| {
        settled_interval(&Key {
            namespace: "team".to_owned(),
            name: format!("db-{number}"),
        })
    };
    let seconds: Vec<u64> = (0..500).map(|n| interval(n).as_secs()).collect();
    for second in 20..25 {
        let at_once = seconds.iter().filter(|asked| **asked == second).count();
        assert!(
            at_once > 50 && at_once < 150,
            "{at_once} in second {second}"
        );
    }
    assert_eq!(interval(7), interval(7));
}

#[test]
fn only_running_members_are_asked() {
    let cluster = Cluster::of(3).with(|c| {
        c.put(1, State::Pending);
        c.facts.members.clear();
        c.facts.pods.get_mut(&member(2)).expect("a pod").deleting = true;
    });
    assert_eq!(cluster.actions(), [Action::Ask(vec![member(0)])]);
}

#[test]
fn a_cluster_of_none_is_left_in_peace() {
    let cluster = Cluster::of(0);
    let plan = cluster.plan();
    assert_eq!(plan.actions, []);
    assert_eq!(plan.look_again, Some(settled_interval(&cluster.key)));
}

#[test]
fn what_failed_waits_and_holds_nobody_up() {
    let failed = |times, seconds| {
        Cluster::of(2).with(|c| {
            c.manifest.spec.databases = Some([("shop".to_owned(), "app".to_owned())].into());
            c.asked("op", super::operations::restart(None), |_| {});
            let trouble = Trouble {
                at: NOW - Duration::from_secs(seconds),
                message: "password authentication failed".to_owned(),
                times,
            };
            c.facts.troubles.insert("settle roles".to_owned(), trouble);
        })
    };
    let early = failed(9, 30).plan();
    assert_eq!(
        names(&failed(9, 30)),
        ["write operation"],
        "a wrong password stops no restart"
    );
    assert!(!early.in_trouble.is_empty(), "it is still to be done");
    assert_eq!(names(&failed(9, 61)), ["write operation", "settle roles"]);
    assert_eq!(names(&failed(1, 1)), ["write operation", "settle roles"]);
    let over = failed(9, 30).with(|c| c.manifest.spec.databases = None);
    assert!(
        over.plan().in_trouble.is_empty(),
        "nobody wishes it any more"
    );
}

/// One child that cannot be applied holds up no other.
#[test]
fn each_child_fails_for_itself() {
    let cluster = Cluster::of(2).with(|c| {
        c.facts.applied.clear();
        c.manifest.status.as_mut().expect("a status").settled = None;
        let trouble = Trouble {
            at: NOW,
            message: "a quota is used up".to_owned(),
            times: 3,
        };
        let what = "apply Service db".to_owned();
        c.facts.troubles.insert(what, trouble);
    });
    let plan = cluster.plan();
    let [Action::Apply(child)] = &plan.actions[..] else {
        panic!("{:?}", plan.actions);
    };
    assert_eq!(child.kind, crate::desired::ChildKind::StatefulSet);
    assert_eq!(
        plan.in_trouble.into_iter().collect::<Vec<_>>(),
        ["apply Service db"]
    );
}
