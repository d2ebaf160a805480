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
use serde_json::json;

type Change = fn(&mut Cluster);

fn word(cluster: &mut Cluster, word: &str) {
    let status = cluster.manifest.status.as_mut().expect("a status");
    status.postgres_cluster_status = word.to_owned();
}

fn trouble(cluster: &mut Cluster, times: u32) {
    let trouble = Trouble {
        at: NOW,
        message: "forbidden".to_owned(),
        times,
    };
    let what = "apply Service db".to_owned();
    cluster.facts.troubles.insert(what, trouble);
}

fn not_renewed(cluster: &mut Cluster) {
    let lock = cluster.facts.leader.as_mut().expect("a lock");
    lock.renewed_seen = NOW - Duration::from_secs(30);
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
    let table: [(&str, Health, &str, Change); 21] = [
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
        // Renewed by somebody whom we cannot reach …
        ("Running", Health::Unknown, "1/2", |c| {
            c.put(0, State::Silent)
        }),
        // … and not renewed any more, without a pod, or by its own word no primary.
        ("Running", Health::Down, "1/2", |c| {
            c.put(0, State::Silent);
            not_renewed(c);
        }),
        ("Updating", Health::Down, "1/2", |c| c.put(0, State::Gone)),
        ("Running", Health::Down, "1/2", |c| {
            c.says(0, |answer| answer.role = "replica".to_owned());
        }),
        // What was acknowledged is on two volumes, or it is said that it is not.
        ("Running", Health::Healthy, "2/2", |c| c.synchronous(&[1])),
        ("Running", Health::Degraded, "2/2", |c| c.synchronous(&[])),
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
    let table: [(&str, &str, &str, &str, Change); 10] = [
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
                not_renewed(c);
            },
        ),
        (
            condition::READY,
            "False",
            "Unreachable",
            "db-0 holds the lock and renews it, but does not answer here",
            |c| {
                c.put(0, State::Silent);
            },
        ),
        (
            condition::DEGRADED,
            "True",
            "NoSyncStandby",
            "no standby is synchronous yet",
            |c| c.synchronous(&[]),
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
            "apply Service db: forbidden",
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
fn what_does_nothing_yet_is_said_and_holds_nothing_up() {
    let cluster = Cluster::of(2).with(|c| {
        c.manifest.spec.enable_logical_backup = Some(true);
        c.configuration.enable_password_rotation = true;
    });
    let (is, reason, message) = condition(&cluster, condition::NOT_YET);
    assert_eq!((is.as_str(), reason.as_str()), ("True", "Accepted"));
    assert_eq!(
        message,
        "accepted, and without effect here yet: enableLogicalBackup, enable_password_rotation"
    );
    assert_eq!(cluster.status().postgres_cluster_status, "Running");
    let none = Cluster::of(2).status().conditions;
    assert!(none.iter().all(|one| one.type_ != condition::NOT_YET));
}

#[test]
fn amounts_that_are_not_as_asked_for_are_said_with_what_they_are() {
    let bounded = |c: &mut Cluster| {
        c.configuration.min_cpu_limit = "250m".to_owned();
        c.configuration.max_memory_request = "1Gi".to_owned();
        let asked = json!({ "limits": { "cpu": "100m" }, "requests": { "memory": "2Gi" } });
        c.manifest.spec.resources = serde_json::from_value(asked).expect("resources");
    };
    let cluster = Cluster::of(2).with(bounded);
    let (is, reason, message) = condition(&cluster, condition::RESOURCE_LIMITS);
    assert_eq!((is.as_str(), reason.as_str()), ("True", "OutOfBounds"));
    assert_eq!(
        message,
        "by the operator's minimum and maximum: limits.cpu is 250m instead of 100m, requests.memory is 1Gi instead of 2Gi"
    );
    let exempt = Cluster::of(2).with(|c| {
        bounded(c);
        c.configuration.ignore_resources_limits_annotation_key = "free".to_owned();
        let annotations = c.manifest.metadata.annotations.get_or_insert_default();
        annotations.insert("free".to_owned(), "true".to_owned());
    });
    for cluster in [exempt, Cluster::of(2)] {
        let mut all = cluster.status().conditions.into_iter();
        assert!(all.all(|one| one.type_ != condition::RESOURCE_LIMITS));
    }
}

#[test]
fn what_was_passed_over_is_said_until_somebody_looks_again() {
    let mut cluster = Cluster::of(2);
    let sql = |cluster: &mut Cluster, skipped: &[&str]| {
        let answer = cluster.facts.sql.as_mut().expect("an answer");
        let sql = answer.result.as_mut().expect("what was found");
        sql.skipped = skipped.iter().map(ToString::to_string).collect();
    };
    sql(&mut cluster, &["database a: there is no role b"]);
    let (is, reason, message) = condition(&cluster, condition::SKIPPED);
    assert_eq!((is.as_str(), reason.as_str()), ("True", "NoOwner"));
    assert_eq!(message, "database a: there is no role b");
    cluster.manifest.status = Some(cluster.status());
    let answer = cluster.facts.sql.take();
    assert_eq!(condition(&cluster, condition::SKIPPED).2, message);
    cluster.facts.sql = answer;
    sql(&mut cluster, &[]);
    let gone = cluster.status().conditions;
    assert!(gone.iter().all(|one| one.type_ != condition::SKIPPED));
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
            not_renewed(c);
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
        c.put(1, State::Broken);
        c.synchronous(&[2]);
    });
    let first = cluster.status();
    cluster.manifest.status = Some(first.clone());
    cluster.now.wall += SignedDuration::from_secs(20);
    cluster.now.mono += Duration::from_secs(20);
    let second = cluster.status();
    assert_eq!(first, second);
    assert!(!status::is_due(Some(&first), &second, None));
    cluster.put(1, State::Follows);
    cluster.synchronous(&[1]);
    let third = cluster.status();
    assert_eq!(
        third.current.expect("the slot").since,
        first.current.expect("the slot").since
    );
}

#[test]
fn a_manifest_that_cannot_be_carried_out_hides_nothing() {
    let mut cluster = Cluster::of(2).with(|c| {
        c.manifest.status.as_mut().expect("one").settled = Some("older".to_owned());
    });
    let said = |cluster: &Cluster| {
        let view = cluster.view();
        let well = status::of(&view, &Assessment::new(&view), None);
        status::invalid(&view, well, "no such size: 1x")
    };
    let well = said(&cluster);
    assert_eq!(well.postgres_cluster_status, "Invalid");
    assert_eq!(
        (well.health, well.ready.as_deref()),
        (Some(Health::Healthy), Some("2/2"))
    );
    assert_eq!(
        well.settled.as_deref(),
        Some("older"),
        "nothing was compared"
    );
    let ready = &well.conditions[0];
    let ready = (
        ready.type_.as_str(),
        ready.status.as_str(),
        ready.reason.as_str(),
    );
    assert_eq!(ready, (condition::READY, "False", "InvalidManifest"));
    cluster.put(1, State::Silent);
    assert_eq!(said(&cluster).health, Some(Health::Degraded));
}

/// A controller that has just started says nothing new of members that it is only now asking.
#[test]
fn who_has_not_been_heard_yet_changes_no_status() {
    let asked = |seconds, change: Change| {
        let mut cluster = Cluster::of(2).with(change);
        let at = NOW - Duration::from_secs(seconds);
        cluster.facts.asking.insert(member(1), at);
        status::is_premature(&cluster.view())
    };
    let unheard: Change = |c| {
        c.facts.members.remove(&member(1));
    };
    assert!(asked(0, unheard));
    assert!(!asked(0, |_| ()), "it has said something before");
    assert!(!asked(9, unheard), "it does not answer");
    let gone: Change = |c| {
        c.facts.members.remove(&member(1));
        c.facts.pods.remove(&member(1));
    };
    assert!(!asked(0, gone), "it is not there");
    assert!(!status::is_premature(&Cluster::of(2).view()));
}

/// Where rights are missing nothing is seen: what was said stays, and nobody counts it as healthy.
#[test]
fn without_rights_nothing_is_claimed() {
    let table = [
        ("", "CreateFailed"),
        ("Creating", "CreateFailed"),
        ("Running", "SyncFailed"),
        ("UpdateFailed", "SyncFailed"),
    ];
    for (before, after) in table {
        let mut cluster = Cluster::of(2);
        word(&mut cluster, before);
        let view = cluster.view();
        let old = view.manifest.status.clone().expect("a status");
        let said = status::not_permitted(&view, "no pods");
        assert_eq!(said.postgres_cluster_status, after, "{before}");
        assert_eq!(said.health, Some(Health::Unknown));
        assert_eq!(said.members, old.members);
        let found = |type_: &str| {
            let mut all = said.conditions.iter().filter(|one| one.type_ == type_);
            let one = all.next().expect("said");
            assert!(all.next().is_none(), "{type_} is said twice");
            (one.status.as_str(), one.message.as_str())
        };
        assert_eq!(found(condition::READY), ("False", "no pods"));
        assert_eq!(found(condition::NOT_PERMITTED), ("True", "no pods"));
        // Said again it is the same: it is written once.
        cluster.manifest.status = Some(said.clone());
        assert_eq!(status::not_permitted(&cluster.view(), "no pods"), said);
        let again = cluster.status();
        let gone = again
            .conditions
            .iter()
            .all(|one| one.type_ != condition::NOT_PERMITTED);
        assert!(gone, "rights are back");
    }
}
