//! A stale role label: each clause of safety.md §3.

use std::time::Duration;

use super::{Action, Cluster, State, member, names};
use pg_core::names::{ROLE_PRIMARY, ROLE_REPLICA};

const TAKES: [&str; 1] = ["take role label"];

/// db-1 leads on timeline 4; db-0, cut off, still carries the label of timeline 3.
fn stale() -> Cluster {
    Cluster::of(2).with(|c| {
        c.put(1, State::Leads);
        c.says(1, |answer| answer.timeline = Some(4));
        let cut = c.facts.pods.get_mut(&member(0)).expect("a pod");
        cut.role = Some(ROLE_PRIMARY.to_owned());
        c.facts.members.get_mut(&member(0)).expect("asked").result = Err("cut off".to_owned());
        c.told_of_upgrades();
    })
}

#[test]
fn taken_off_on_proof_with_identity_and_version() {
    assert_eq!(
        stale().actions(),
        [Action::TakeRoleLabel {
            pod: member(0),
            uid: "uid-of-db-0".to_owned(),
            resource_version: "7".to_owned(),
        }]
    );
}

#[test]
fn every_clause_is_needed() {
    type Change = fn(&mut Cluster);
    let table: [(&str, Change); 9] = [
        ("the lock names nobody", |c| c.lock(None, 5)),
        ("the lock names the one with the label", |c| {
            c.lock(Some("db-0"), 5)
        }),
        ("no lock was ever seen", |c| c.facts.leader = None),
        ("the leader does not carry the label", |c| {
            c.facts.pods.get_mut("db-1").expect("a pod").role = Some(ROLE_REPLICA.to_owned());
        }),
        ("the leader has no pod", |c| {
            drop(c.facts.pods.remove("db-1"))
        }),
        ("the leader says that it follows", |c| {
            c.says(1, |a| a.role = "replica".to_owned())
        }),
        ("the same timeline", |c| c.says(1, |a| a.timeline = Some(3))),
        ("the stale one's timeline is not known", |c| {
            c.facts.pods.get_mut("db-0").expect("a pod").word = None;
        }),
        ("the leader does not answer", |c| {
            c.facts.members.get_mut("db-1").expect("asked").result = Err("refused".to_owned());
        }),
    ];
    for (why, change) in table {
        let cluster = stale().with(change);
        let done = names(&cluster);
        let harmless = done.iter().all(|name| *name == "ask");
        assert!(harmless, "{why}: {done:?}");
        assert!(
            done.is_empty(),
            "{why}: nothing to ask either, or it spins: {done:?}"
        );
    }
}

#[test]
fn old_facts_are_asked_again_first() {
    let mut cluster = stale();
    cluster.age(Duration::from_millis(2100));
    assert_eq!(names(&cluster), ["ask"]);
    let fresh = cluster.now.mono;
    cluster.facts.members.get_mut("db-1").expect("asked").at = fresh;
    cluster.unsettled_since = Some(Duration::ZERO);
    assert_eq!(names(&cluster), ["read leader"]);
    cluster.facts.leader.as_mut().expect("a lock").read_live = Some(fresh);
    assert_eq!(names(&cluster), TAKES);
}

#[test]
fn one_without_a_word_does_not_hide_another() {
    let cluster = stale().with(|c| {
        c.put(2, State::Silent);
        c.facts.pods.get_mut("db-2").expect("a pod").role = Some(ROLE_PRIMARY.to_owned());
        c.facts.pods.get_mut("db-0").expect("a pod").word = None;
    });
    assert_eq!(names(&cluster), TAKES);
}

#[test]
fn a_leader_that_does_not_say_so_yet_is_asked_again_soon() {
    let mut cluster = stale().with(|c| c.says(1, |a| a.role = "replica".to_owned()));
    cluster.age(Duration::from_millis(300));
    cluster.unsettled_since = Some(cluster.now.mono);
    assert_eq!(names(&cluster), ["ask"]);
    let soon = cluster.plan().look_again;
    // Not for ever: what has been so for long is no failover.
    cluster.unsettled_since = Some(Duration::ZERO);
    assert!(names(&cluster).is_empty(), "{:?}", names(&cluster));
    assert!(soon < cluster.plan().look_again, "{soon:?}");
}

#[test]
fn one_that_has_not_answered_yet_is_not_asked_again() {
    let mut cluster = Cluster::of(2);
    cluster.age(Duration::from_secs(3600));
    assert_eq!(names(&cluster), ["ask"]);
    let now = cluster.now.mono;
    for member in ["db-0", "db-1"] {
        cluster.facts.asking.insert(member.to_owned(), now);
    }
    assert!(names(&cluster).is_empty());
}
