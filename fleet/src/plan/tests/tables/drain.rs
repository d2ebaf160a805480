//! Drain: when the primary moves, and when it stays.

use std::time::Duration;

use serde_json::json;

use super::{Cluster, PatroniRequest, State, call, member, names, operations};
use crate::plan::action::Holder;

/// Three members on nodes of their own; that of the primary takes no more pods.
fn drained() -> Cluster {
    Cluster::of(3).with(|c| {
        for ordinal in 0..3 {
            let pod = c.facts.pods.get_mut(&member(ordinal)).expect("a pod");
            pod.node = Some(format!("n{ordinal}"));
        }
        c.facts.cordoned.insert("n0".to_owned());
    })
}

/// Somebody asked for their restart.
fn outdated(cluster: &mut Cluster, members: &[i32]) {
    for ordinal in members {
        let pod = cluster.facts.pods.get_mut(&member(*ordinal));
        pod.expect("a pod").must_restart = true;
    }
}

fn windows(cluster: &mut Cluster, window: &str) {
    cluster.manifest.spec.maintenance_windows = Some(vec![window.to_owned()]);
}

#[test]
fn the_primary_moves_to_the_first_that_follows_elsewhere() {
    type Change = fn(&mut Cluster);
    let table: [(Option<i32>, Change); 16] = [
        (Some(1), |_| {}),
        // A Saturday at noon.
        (None, |c| windows(c, "Sat:13:00-14:00")),
        (Some(1), |c| windows(c, "Sat:11:00-14:00")),
        (Some(1), |c| {
            windows(c, "Sat:13:00-14:00");
            c.configuration.enable_maintenance_windows = false;
        }),
        // One that is to be restarted would have to hand over again.
        (Some(2), |c| outdated(c, &[1])),
        (None, |c| outdated(c, &[1, 2])),
        // But no restart comes in Patroni's pause.
        (Some(1), |c| {
            outdated(c, &[1, 2]);
            c.config(json!({"pause": true}));
        }),
        (Some(2), |c| c.put(1, State::Silent)),
        (Some(2), |c| c.facts.cordoned.extend(["n1".to_owned()])),
        (Some(2), |c| c.synchronous(&[2])),
        (Some(2), |c| c.lacks(&[(1, 1 << 21), (2, 0)])),
        // Nobody else can, or nobody has to.
        (None, |c| {
            c.put(1, State::Silent);
            c.put(2, State::Broken);
        }),
        (None, |c| {
            c.facts.cordoned.extend(["n1".to_owned(), "n2".to_owned()])
        }),
        (None, |c| c.facts.cordoned = ["n1".to_owned()].into()),
        (None, |c| c.facts.cordoned.clear()),
        (None, |c| c.put(0, State::Silent)),
    ];
    for (row, (to, change)) in table.into_iter().enumerate() {
        let cluster = drained().with(change);
        let found = call(&cluster).map(|call| (call.request, call.expect));
        let expected = to.map(|to| {
            let request = PatroniRequest::Switchover {
                leader: member(0),
                candidate: member(to),
            };
            let expect = Holder {
                member: Some(member(0)),
                transitions: 5,
            };
            (request, expect)
        });
        assert_eq!(found, expected, "row {row}");
        let holds = cluster
            .plan()
            .current
            .is_some_and(|current| current.kind == "drain");
        assert_eq!(holds, to.is_some(), "row {row}: the slot");
    }
}

/// The endpoints of Zalando's operator tell of it; the cluster itself is in order all the while.
#[test]
fn a_move_that_waits_is_still_to_be_done() {
    type Change = fn(&mut Cluster);
    let table: [(Option<&str>, Change); 6] = [
        (Some("the next maintenance window opens"), |c| {
            windows(c, "Sat:13:00-14:00");
        }),
        (Some("another member can take over"), |c| {
            c.facts.cordoned.extend(["n1".to_owned(), "n2".to_owned()]);
        }),
        // It is done now, or there is nothing to do.
        (None, |_| {}),
        (None, |c| c.facts.cordoned = ["n1".to_owned()].into()),
        (None, |c| c.facts.cordoned.clear()),
        (None, |c| {
            c.facts.cordoned.clear();
            windows(c, "Sat:13:00-14:00");
        }),
    ];
    for (row, (until, change)) in table.into_iter().enumerate() {
        let cluster = drained().with(change);
        let expected = until.map(|it| format!("drain: db-0 leaves node n0 when {it}"));
        assert_eq!(cluster.plan().postponed, expected, "row {row}");
        let status = cluster.status();
        let ready = &status.conditions[0];
        assert_eq!((&*ready.type_, &*ready.status), ("Ready", "True"), "{row}");
    }
    let waits = drained().with(|c| windows(c, "Sat:13:00-14:00"));
    let soon = Duration::from_secs(3600);
    assert!(waits.plan().look_again.is_some_and(|delay| delay <= soon));
    // One that is alone goes with its node.
    let alone = Cluster::of(1).with(|c| {
        c.facts.pods.get_mut("db-0").expect("a pod").node = Some("n0".to_owned());
        c.facts.cordoned.insert("n0".to_owned());
    });
    assert_eq!(alone.plan().postponed, None);
}

#[test]
fn it_is_looked_at_closely_and_asked_once() {
    let stale = drained().with(|c| c.age(Duration::from_secs(10)));
    assert_eq!(names(&stale), ["ask"]);
    let unasked = drained().with(|c| c.facts.replication = None);
    assert_eq!(names(&unasked), ["ask replication"]);
    let asked = drained().with(|c| c.called("drain", "db-1", 3, None));
    assert_eq!(names(&asked), [""; 0]);
    assert_eq!(asked.plan().current.expect("the slot").reason, "node n0");
    let again = drained().with(|c| c.called("drain", "db-1", 16, None));
    assert!(call(&again).is_some());
}

#[test]
fn it_waits_for_whoever_holds_the_slot() {
    let held = drained().with(|c| {
        c.asked("first", operations::restart(None), operations::running(1));
        c.called("first", "db-1", 1, None);
    });
    assert!(call(&held).is_none());
    assert_eq!(held.plan().current.expect("the slot").reason, "first");
    let scaled = drained().with(|c| c.manifest.spec.number_of_instances = 2);
    assert_eq!(scaled.plan().current.expect("the slot").kind, "scale");
}
