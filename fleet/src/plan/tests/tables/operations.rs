//! Operations: whether one starts. Every refusal, expiry, and what is overtaken.

use std::time::Duration;

use super::{Action, Cluster, OperationStatus, Phase, State, ago, end, member, names, written};
use crate::observe::{facts::Answer, object::Guarded};
use k8s_openapi::jiff::SignedDuration;
use serde_json::json;

use pg_core::operation::{
    Action as Asked, Expect, Failover, Operation, Reinit, Restart, Step, Switchover,
};

pub fn switchover(to: Option<i32>) -> Asked {
    Asked::Switchover(Switchover { to: to.map(member) })
}

pub fn failover(to: Option<i32>, accept_data_loss: bool) -> Asked {
    let to = to.map(member);
    Asked::Failover(Failover {
        to,
        accept_data_loss,
    })
}

pub fn restart(ordinal: Option<i32>) -> Asked {
    Asked::Restart(Restart {
        member: ordinal.map(member),
        if_pending: false,
    })
}

pub fn reinit(ordinal: i32) -> Asked {
    Asked::Reinit(Reinit {
        member: member(ordinal),
    })
}

pub fn any(_: &mut Operation) {}

pub fn created(cluster: &mut Cluster, name: &str, seconds: i64) {
    let guarded = cluster.facts.operations[name].as_ref();
    let mut metadata = guarded.metadata.clone();
    metadata.creation_timestamp = Some(ago(seconds));
    let object = guarded.object.clone();
    let aged = Guarded { metadata, object };
    cluster
        .facts
        .operations
        .insert(name.to_owned(), aged.into());
}

pub fn running(steps: usize) -> impl Fn(&mut Operation) {
    move |operation| {
        let step = Step {
            name: "restart db-1".to_owned(),
            started_at: k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(ago(1)),
            before: Some("before".to_owned()),
            finished_at: None,
        };
        operation.status = Some(OperationStatus {
            phase: Phase::Running,
            primary_before: Some(member(0)),
            steps: vec![step; steps],
            ..OperationStatus::default()
        });
    }
}

#[test]
fn what_starts_says_what_it_saw() {
    for action in [
        switchover(None),
        switchover(Some(1)),
        failover(None, false),
        restart(None),
        restart(Some(0)),
        reinit(1),
    ] {
        let cluster = Cluster::of(3).with(|c| c.asked("op", action.clone(), any));
        let status = written(&cluster, "op").expect("a decision");
        assert_eq!(status.phase, Phase::Running, "{action:?}: {status:?}");
        assert_eq!(status.primary_before, Some(member(0)));
        assert_eq!(status.timeline_before, Some(3));
        assert_eq!(status.action.as_deref(), Some(action.verb()));
        assert!(status.steps.is_empty() && status.started_at.is_some());
        assert_eq!(cluster.plan().current.expect("the slot").reason, "op");
    }
}

#[test]
fn refusals() {
    type Change = fn(&mut Cluster);
    let nothing: Change = |_| {};
    let lagging: Change = |c| c.lacks(&[(1, 100)]);
    let table: [(Asked, &str, i32, Change); 25] = [
        (restart(None), "PolicyMissing", 2, |c| {
            c.policies = Some(false)
        }),
        (switchover(None), "NoPrimary", 2, |c| {
            c.put(0, State::Silent)
        }),
        (switchover(None), "NoReplica", 1, nothing),
        (switchover(Some(0)), "AlreadyPrimary", 2, nothing),
        (switchover(Some(7)), "NoSuchMember", 2, nothing),
        // Patroni keeps the standby that it has named.
        (switchover(Some(1)), "NotSynchronous", 3, |c| {
            c.synchronous(&[2])
        }),
        (failover(None, true), "NoCandidate", 2, |c| {
            c.put(1, State::Silent)
        }),
        (failover(None, true), "NoCandidate", 2, |c| {
            c.facts.pods.get_mut("db-1").expect("a pod").deleting = true;
        }),
        (failover(Some(0), true), "NoCandidate", 2, nothing),
        (failover(Some(9), true), "NoCandidate", 2, nothing),
        (failover(None, false), "DataLoss", 2, lagging),
        (failover(None, false), "DataLoss", 2, |c| {
            c.put(0, State::Silent)
        }),
        // It does not stream, or the primary does not say.
        (failover(None, false), "DataLoss", 2, |c| c.lacks(&[])),
        (failover(None, false), "DataLoss", 2, |c| {
            let result = Err("password authentication failed".to_owned());
            let at = c.now.mono - Duration::from_secs(9);
            c.facts.replication = Some(Answer { at, result });
        }),
        (failover(None, false), "DataLoss", 2, |c| {
            c.configuration.enable_database_access = false;
            c.says(1, |a| {
                a.xlog.as_mut().expect("xlog").received_location = Some(900)
            });
        }),
        // Synchronous is another one, the mode is off, any of several may have confirmed, or the
        // object is an older primary's.
        (failover(Some(1), false), "DataLoss", 3, |c| {
            c.synchronous(&[2]);
            c.put(0, State::Silent);
        }),
        (failover(Some(1), false), "DataLoss", 3, |c| {
            c.synchronous(&[1]);
            c.config(json!({"synchronous_mode": false}));
            c.put(0, State::Silent);
        }),
        (failover(Some(1), false), "DataLoss", 3, |c| {
            c.synchronous(&[1, 2]);
            c.config(json!({"synchronous_mode": "quorum"}));
            c.put(0, State::Silent);
        }),
        (failover(Some(1), false), "DataLoss", 3, |c| {
            c.synchronous(&[1]);
            c.facts.sync.as_mut().expect("sync").leader = Some(member(2));
            c.put(0, State::Silent);
        }),
        (restart(Some(7)), "NoSuchMember", 2, nothing),
        (reinit(7), "NoSuchMember", 2, nothing),
        (reinit(0), "IsPrimary", 2, nothing),
        (reinit(1), "LastCopy", 2, |c| c.put(0, State::Silent)),
        (reinit(1), "OnlySyncStandby", 2, |c| c.synchronous(&[1])),
        // Patroni's object is late; the primary knows.
        (reinit(1), "OnlySyncStandby", 3, |c| {
            c.synchronous(&[1]);
            c.facts.sync.as_mut().expect("sync").standbys = vec![member(1), member(2)];
        }),
    ];
    for (action, reason, members, change) in table {
        let cluster = Cluster::of(members).with(|c| {
            change(c);
            c.asked("op", action.clone(), any);
        });
        let refused = Some((Phase::Refused, reason.to_owned()));
        assert_eq!(end(&cluster, "op"), refused, "{action:?}");
        let status = written(&cluster, "op").expect("an end");
        assert!(status.steps.is_empty() && status.finished_at.is_some());
    }
    // What was shown and accepted starts.
    for change in [lagging, |c| c.put(0, State::Silent)] {
        let cluster = Cluster::of(2).with(|c| {
            change(c);
            c.asked("op", failover(None, true), any);
        });
        assert_eq!(
            written(&cluster, "op").expect("a decision").phase,
            Phase::Running
        );
    }
}

#[test]
fn the_end_of_what_is_no_longer_meant() {
    type Change = fn(&mut Operation);
    let expect: fn(Option<&str>, Option<i64>) -> Option<Expect> = |primary, timeline| {
        Some(Expect {
            primary: primary.map(str::to_owned),
            timeline,
        })
    };
    let old = |seconds| move |c: &mut Cluster| created(c, "op", seconds);
    let table: [(Phase, &str, Change); 3] = [
        (Phase::Superseded, "TargetReplaced", |o| {
            o.spec.target.uid = "older".to_owned()
        }),
        (Phase::Superseded, "PrimaryChanged", |o| {
            o.spec.expect = Some(Expect {
                primary: Some(member(1)),
                timeline: None,
            });
        }),
        (Phase::Superseded, "TimelineChanged", |o| {
            o.spec.expect = Some(Expect {
                primary: Some(member(0)),
                timeline: Some(2),
            });
        }),
    ];
    for (phase, reason, change) in table {
        let cluster = Cluster::of(2).with(|c| c.asked("op", restart(None), change));
        assert_eq!(end(&cluster, "op"), Some((phase, reason.to_owned())));
    }
    let aged = |seconds, change: Change| {
        Cluster::of(2)
            .with(|c| c.asked("op", restart(None), change))
            .with(old(seconds))
    };
    assert_eq!(
        end(&aged(601, any), "op"),
        Some((Phase::Expired, "Expired".to_owned()))
    );
    assert_eq!(
        written(&aged(600, any), "op").expect("a start").phase,
        Phase::Running
    );
    // Expiry does not wait for policies, questions or others.
    let blind = aged(601, any).with(|c| c.policies = None);
    assert_eq!(names(&blind), ["write operation"]);
    let queued = aged(601, |o| o.spec.queue = true).with(|c| {
        c.asked("holder", restart(None), running(1));
        c.called("holder", "db-1", 1, None);
    });
    assert_eq!(
        end(&queued, "op"),
        Some((Phase::Expired, "Expired".to_owned()))
    );
    let kept = Cluster::of(2).with(|c| {
        c.asked("op", restart(None), |o| {
            o.spec.expect = expect(Some("db-0"), Some(3))
        });
    });
    assert_eq!(written(&kept, "op").expect("a start").phase, Phase::Running);
}

#[test]
fn looks_before_it_decides() {
    let mut cluster = Cluster::of(2).with(|c| c.asked("op", restart(None), any));
    cluster.policies = None;
    assert_eq!(names(&cluster), ["check policies"]);
    cluster.policies = Some(true);
    cluster.age(Duration::from_millis(2100));
    assert_eq!(names(&cluster), ["ask"], "all in one question");
    for answer in cluster.facts.members.values_mut() {
        answer.at = cluster.now.mono;
    }
    assert_eq!(names(&cluster), ["read leader"]);
    assert_eq!(cluster.plan().current.expect("the slot").reason, "op");
}

/// What the synchronous standby confirmed is all that was acknowledged.
#[test]
fn a_failover_to_the_synchronous_standby_loses_nothing() {
    type Change = fn(&mut Cluster);
    let dead: [(&str, Change); 2] = [
        ("the lock still names it", |c| c.put(0, State::Silent)),
        ("the lock is free", |c| {
            c.put(0, State::Gone);
            c.lock(None, 5);
        }),
    ];
    for (why, change) in dead {
        let mut cluster = Cluster::of(3).with(|c| {
            // The other one says that it is ahead; nobody has confirmed what it has.
            c.says(2, |a| {
                a.xlog.as_mut().expect("xlog").received_location = Some(9000)
            });
            c.synchronous(&[1]);
            change(c);
            c.asked("op", failover(None, false), any);
            c.facts.sync_read = None;
        });
        assert_eq!(names(&cluster), ["read sync"], "{why}: as of now");
        cluster.facts.sync_read = Some(cluster.now.mono);
        let status = written(&cluster, "op").expect("a decision");
        assert_eq!(status.phase, Phase::Running, "{why}: {status:?}");
        cluster.wrote("op", status);
        let status = written(&cluster, "op").expect("a step");
        assert_eq!(status.steps[0].name, "make db-1 primary", "{why}");
    }
}

/// After a switchover the old primary takes a while to follow; people switch straight back.
#[test]
fn a_switchover_waits_for_its_candidate_but_not_for_long() {
    type Change = fn(&mut Cluster);
    let table: [(Option<i32>, &str, Change); 8] = [
        (Some(1), "NotACandidate", |c| c.put(1, State::Broken)),
        (Some(1), "NotACandidate", |c| {
            c.says(1, |answer| answer.timeline = Some(2))
        }),
        (None, "NoCandidate", |c| c.put(1, State::Silent)),
        (Some(1), "Lagging", |c| c.lacks(&[(1, 1 << 21)])),
        (Some(1), "Lagging", |c| {
            c.lacks(&[]);
            c.says(0, |a| {
                a.xlog.as_mut().expect("xlog").location = Some(1 << 22)
            });
        }),
        (None, "NoCandidate", |c| c.lacks(&[(1, 1 << 21)])),
        (Some(1), "NotSynchronous", |c| c.synchronous(&[])),
        (None, "NoCandidate", |c| c.synchronous(&[])),
    ];
    for (to, reason, change) in table {
        let mut cluster = Cluster::of(2).with(|c| {
            change(c);
            c.asked("op", switchover(to), any);
        });
        let waits = written(&cluster, "op").expect("a word");
        assert_eq!(waits.phase, Phase::Queued, "{to:?} {reason}");
        let message = waits.message.clone().expect("what for");
        assert!(message.starts_with("wait for "), "{message}");
        cluster.wrote("op", waits);
        assert_eq!(written(&cluster, "op"), None, "said once");
        assert_eq!(cluster.plan().current.expect("the slot").step, message);

        let begun = cluster.now.wall;
        for (seconds, wanted) in [(30, None), (31, Some((Phase::Refused, reason.to_owned())))] {
            cluster.now.wall = begun + SignedDuration::from_secs(seconds);
            assert_eq!(end(&cluster, "op"), wanted, "after {seconds} s");
        }
        let status = written(&cluster, "op").expect("an end");
        assert!(status.steps.iter().all(|step| step.finished_at.is_some()));

        // It came about in time.
        cluster.now.wall = begun + SignedDuration::from_secs(9);
        cluster.put(1, State::Follows);
        cluster.config(json!({}));
        cluster.lacks(&[(1, 0)]);
        let starts = written(&cluster, "op").expect("a start");
        assert_eq!(starts.phase, Phase::Running);
        cluster.wrote("op", starts);
        let status = written(&cluster, "op").expect("a step");
        assert_eq!(status.steps[1].name, "hand over from db-0 to db-1");
    }
}

#[test]
fn what_waits_for_its_candidate_gives_way() {
    let waiting = || {
        Cluster::of(2).with(|c| {
            c.put(1, State::Broken);
            c.asked("op", switchover(Some(1)), any);
            let status = written(c, "op").expect("a word");
            c.wrote("op", status);
        })
    };
    // What the asker saw no longer holds.
    let expects = waiting().with(|c| {
        let mut guarded = c.facts.operations["op"].as_ref().clone();
        if let Ok(operation) = &mut guarded.object {
            operation.spec.expect = Some(Expect {
                primary: Some(member(1)),
                timeline: None,
            });
        }
        c.facts.operations.insert("op".to_owned(), guarded.into());
    });
    let superseded = Some((Phase::Superseded, "PrimaryChanged".to_owned()));
    assert_eq!(end(&expects, "op"), superseded);
    // A failover goes ahead.
    let urgent = waiting().with(|c| c.asked("urgent", failover(None, true), any));
    assert_eq!(
        written(&urgent, "urgent").map(|status| status.reason),
        Some(Some("NoCandidate".to_owned()))
    );
}

/// What the members said of themselves, each at its own moment, is not compared.
#[test]
fn a_failover_asks_the_primary_what_its_replicas_lack() {
    let asked = |accept| {
        Cluster::of(2).with(|c| {
            c.asked("op", failover(None, accept), any);
            c.says(1, |a| a.xlog = None);
        })
    };
    let question = Action::AskReplication(member(0));
    let unknown = asked(false).with(|c| c.facts.replication = None);
    assert_eq!(unknown.actions(), vec![question.clone()]);
    let old = asked(false).with(|c| {
        c.facts.replication.as_mut().expect("told").at -= Duration::from_millis(2100);
    });
    assert_eq!(old.actions(), vec![question.clone()]);
    let anothers = asked(false).with(|c| {
        let told = c.facts.replication.as_mut().expect("told");
        told.result.as_mut().expect("told").primary = member(1);
        told.at -= Duration::from_millis(1);
    });
    assert_eq!(anothers.actions(), [question]);
    // Also when it is accepted beforehand: it is noted.
    let accepted = asked(true).with(|c| c.facts.replication = None);
    assert_eq!(accepted.actions(), [Action::AskReplication(member(0))]);
    // A planned one rests on the same figure.
    let planned = Cluster::of(2).with(|c| {
        c.asked("op", switchover(None), any);
        c.facts.replication = None;
    });
    assert_eq!(planned.actions(), [Action::AskReplication(member(0))]);
    for cluster in [asked(false), asked(true)] {
        let status = written(&cluster, "op").expect("a start");
        assert_eq!(status.phase, Phase::Running);
    }
}

/// Whoever accepts a loss beforehand leaves a note of how much it was.
#[test]
fn what_was_accepted_is_noted() {
    type Change = fn(&mut Cluster);
    let table: [(Option<&str>, Change); 4] = [
        (None, |_| {}),
        (Some("db-1 lacks 4096 bytes that the primary has"), |c| {
            c.lacks(&[(1, 4096)])
        }),
        (
            Some(
                "nobody can tell what db-1 lacks, because the primary does not tell \
                 (the lock was last renewed 42 s ago)",
            ),
            |c| {
                c.put(0, State::Silent);
                let leader = c.facts.leader.as_mut().expect("a leader");
                leader.renewed_seen -= Duration::from_secs(42);
            },
        ),
        (None, |c| {
            c.put(0, State::Silent);
            c.synchronous(&[1]);
            c.facts.sync_read = Some(c.now.mono);
        }),
    ];
    for (noted, change) in table {
        let cluster = Cluster::of(2).with(|c| {
            change(c);
            c.asked("op", failover(None, true), any);
        });
        let status = written(&cluster, "op").expect("a start");
        assert_eq!(status.phase, Phase::Running, "{noted:?}");
        let message = noted.map_or_else(
            || "started".to_owned(),
            |noted| format!("started, though {noted}"),
        );
        assert_eq!(status.message, Some(message));
        let steps: Vec<_> = status.steps.iter().map(|step| step.name.clone()).collect();
        let accepted = noted.map(|noted| format!("accept that {noted}"));
        assert_eq!(steps, Vec::from_iter(accepted));
        assert!(status.steps.iter().all(|step| step.finished_at.is_some()));
        // And it goes on.
        let mut going = cluster;
        going.wrote("op", status);
        let next = written(&going, "op").expect("a step");
        assert_eq!(next.steps.last().expect("one").name, "make db-1 primary");
    }
}
