//! The status: Zalando's word, health, conditions, columns. It says nothing that is not so.

use std::time::Duration;

use super::{Cluster, State, member};
use crate::{
    observe::facts::Trouble,
    plan::{assess::Assessment, tests::cluster::NOW},
    status,
};
use k8s_openapi::jiff::SignedDuration;
use pg_core::postgresql::status::{Health, condition};

type Change = fn(&mut Cluster);

fn word(cluster: &mut Cluster, word: &str) {
    let status = cluster.manifest.status.as_mut().expect("a status");
    status.postgres_cluster_status = word.to_owned();
}

fn trouble(cluster: &mut Cluster, times: u32) {
    cluster.facts.trouble = Some(Trouble {
        at: NOW,
        what: "apply".to_owned(),
        message: "forbidden".to_owned(),
        times,
    });
}

fn unsettled(cluster: &mut Cluster, seconds: u64) {
    cluster.unsettled_since = Some(NOW - Duration::from_secs(seconds));
}

fn condition(cluster: &Cluster, type_: &str) -> (String, String, String) {
    let status = cluster.status();
    let found = status.conditions.into_iter().find(|c| c.type_ == type_);
    let found = found.expect("a condition");
    (found.status, found.reason, found.message)
}

#[test]
fn words_and_health() {
    let table: [(&str, Health, &str, Change); 16] = [
        ("Running", Health::Healthy, "2/2", |_| {}),
        ("Creating", Health::Down, "0/2", |c| {
            c.manifest.status = None;
            c.put(0, State::Pending);
            c.put(1, State::Gone);
        }),
        ("Creating", Health::Degraded, "1/2", |c| {
            word(c, "Creating");
            c.put(1, State::Gone);
        }),
        ("CreateFailed", Health::Healthy, "2/2", |c| {
            word(c, "Creating");
            trouble(c, 2);
        }),
        ("Running", Health::Healthy, "2/2", |c| trouble(c, 1)),
        ("UpdateFailed", Health::Healthy, "2/2", |c| trouble(c, 2)),
        // A member that does not serve for a moment is no update …
        ("Running", Health::Degraded, "1/2", |c| {
            c.put(1, State::Silent)
        }),
        ("Running", Health::Down, "1/2", |c| c.put(0, State::Silent)),
        ("Running", Health::Degraded, "1/2", |c| {
            c.put(1, State::Broken);
            unsettled(c, 179);
        }),
        // … but for long it is not "Running", nor is it ever while a pod is missing or waits.
        ("SyncFailed", Health::Degraded, "1/2", |c| {
            c.put(1, State::Broken);
            unsettled(c, 181);
        }),
        ("SyncFailed", Health::Degraded, "1/2", |c| {
            c.put(1, State::Broken);
            word(c, "SyncFailed");
        }),
        ("Updating", Health::Degraded, "1/2", |c| {
            c.put(1, State::Pending)
        }),
        ("Updating", Health::Degraded, "1/2", |c| {
            c.put(1, State::Gone)
        }),
        ("SyncFailed", Health::Degraded, "1/2", |c| {
            c.put(1, State::Gone);
            unsettled(c, 181);
        }),
        ("Running", Health::Healthy, "2/2", |c| word(c, "SyncFailed")),
        ("Updating", Health::Degraded, "2/3", |c| {
            c.manifest.spec.number_of_instances = 3;
        }),
    ];
    for (index, (word, health, ready, change)) in table.into_iter().enumerate() {
        let cluster = Cluster::of(2).with(change);
        let status = cluster.status();
        let said = (
            &*status.postgres_cluster_status,
            status.health,
            status.ready,
        );
        assert_eq!(
            said,
            (word, Some(health), Some(ready.to_owned())),
            "row {index}"
        );
        let is_ready = condition(&cluster, condition::READY).0 == "True";
        assert!(!is_ready || word == "Running", "row {index}");
        assert!(!is_ready || health == Health::Healthy, "row {index}");
    }
}

#[test]
fn conditions() {
    let table: [(&str, &str, &str, &str, Change); 8] = [
        (
            condition::READY,
            "True",
            "AsWanted",
            "all members serve",
            |_| {},
        ),
        (
            condition::READY,
            "False",
            "NoPrimary",
            "no primary serves (the lock names db-0)",
            |c| {
                c.put(0, State::Silent);
            },
        ),
        (
            condition::READY,
            "False",
            "MemberMissing",
            "db-1: Unschedulable: no node",
            |c| {
                c.put(1, State::Pending);
            },
        ),
        (
            condition::READY,
            "False",
            "MemberMissing",
            "db-1: start failed",
            |c| {
                c.put(1, State::Broken);
            },
        ),
        (
            condition::READY,
            "False",
            "OnTheWay",
            "apply: forbidden",
            |c| trouble(c, 2),
        ),
        (
            condition::DEGRADED,
            "True",
            "MemberMissing",
            "db-1: no pod",
            |c| {
                c.put(1, State::Gone);
            },
        ),
        (condition::DEGRADED, "False", "Healthy", "", |_| {}),
        (
            condition::PROGRESSING,
            "True",
            "Working",
            "scale: give up db-1",
            |c| {
                c.manifest.spec.number_of_instances = 1;
            },
        ),
    ];
    for (type_, wanted, reason, message, change) in table {
        let cluster = Cluster::of(2).with(change);
        let (status, why, said) = condition(&cluster, type_);
        assert_eq!(
            (status.as_str(), why.as_str()),
            (wanted, reason),
            "{type_} {message}"
        );
        assert!(said.starts_with(message), "{said}");
    }
}

#[test]
fn what_was_found_in_order_is_said_only_when_it_is() {
    let settled = |change: Change| {
        let cluster = Cluster::of(2).with(|c| {
            c.manifest.status.as_mut().expect("one").settled = Some("older".to_owned());
            change(c);
        });
        cluster.status().settled != Some("older".to_owned())
    };
    assert!(settled(|_| {}));
    assert!(!settled(|c| c.put(1, State::Silent)));
    assert!(
        !settled(|c| trouble(c, 1)),
        "the effect that failed may be the one it speaks of"
    );
    assert!(!settled(|c| {
        c.manifest.spec.databases = Some([("shop".to_owned(), "app".to_owned())].into());
    }));
}

#[test]
fn the_primary_is_the_one_that_holds_a_live_lock_and_says_so() {
    let table: [(&str, Option<i32>, Change); 6] = [
        ("both", Some(0), |_| {}),
        ("it says otherwise", None, |c| {
            c.says(0, |a| a.role = "replica".to_owned())
        }),
        ("the answer is old", None, |c| {
            c.age(Duration::from_secs(41))
        }),
        ("the lock is not renewed", None, |c| {
            c.facts.leader.as_mut().expect("one").renewed_seen = NOW - Duration::from_secs(30);
        }),
        ("the lock is free", None, |c| c.lock(None, 5)),
        ("the lock names another", None, |c| c.lock(Some("db-1"), 6)),
    ];
    for (why, primary, change) in table {
        let cluster = Cluster::of(2).with(change);
        assert_eq!(
            Assessment::new(&cluster.view()).primary,
            primary.map(member),
            "{why}"
        );
    }
}

#[test]
fn times_of_conditions_and_of_the_slot_stay_until_they_change() {
    let mut cluster = Cluster::of(3).with(|c| {
        c.manifest.spec.number_of_instances = 2;
        c.synchronous(&[2]);
    });
    let first = cluster.status();
    cluster.manifest.status = Some(first.clone());
    cluster.now.wall += SignedDuration::from_secs(20);
    cluster.now.mono += Duration::from_secs(20);
    let second = cluster.status();
    assert_eq!(first, second);
    assert!(!status::is_due(Some(&first), &second, None));
    cluster.synchronous(&[1]);
    let third = cluster.status();
    assert_eq!(
        third.current.expect("the slot").since,
        first.current.expect("the slot").since
    );
}
