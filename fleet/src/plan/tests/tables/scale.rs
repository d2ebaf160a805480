//! Scale: each reason to stay or to go.

use std::time::Duration;

use super::{Action, Cluster, PatroniRequest, State, call, member, names, replicas};
use crate::{
    desired::ChildKind,
    observe::facts::{Answer, Replication},
    plan::action::Holder,
};
use pg_core::operation::{Action as Asked, Failover, OperationStatus, Phase, Restart};
use serde_json::json;

/// More than Patroni lets a candidate lack.
const FAR: i64 = (1 << 20) + 1;

/// `present` healthy members of which `wanted` are wanted.
fn scaled(present: i32, wanted: i64) -> Cluster {
    Cluster::of(present).with(|cluster| cluster.manifest.spec.number_of_instances = wanted)
}

fn leads(cluster: &mut Cluster, ordinal: i32) {
    cluster.put(0, State::Follows);
    cluster.put(ordinal, State::Leads);
    told(cluster, ordinal, 0);
}

/// What each of the others lacks, as this member told as primary.
fn told(cluster: &mut Cluster, primary: i32, bytes: i64) {
    let others = (0..5).filter(|other| *other != primary);
    let result = Ok(Replication {
        primary: member(primary),
        lacks: others.map(|other| (member(other), bytes)).collect(),
    });
    let at = cluster.now.mono;
    cluster.facts.replication = Some(Answer { at, result });
}

#[test]
fn up_goes_at_once_and_all_the_way() {
    for (present, wanted) in [(1, 3), (2, 3), (0, 2)] {
        assert_eq!(replicas(&scaled(present, wanted).actions()), Some(wanted));
    }
    let down = scaled(1, 3).with(|cluster| cluster.put(0, State::Silent));
    assert_eq!(
        replicas(&down.actions()),
        Some(3),
        "a sick cluster may grow"
    );
}

#[test]
fn down_goes_by_one_alone_in_its_plan() {
    for (present, wanted) in [(3, 2), (5, 2), (2, 1), (2, 0), (1, 0)] {
        let plan = scaled(present, wanted).plan();
        assert_eq!(plan.actions.len(), 1, "{:?}", plan.actions);
        assert_eq!(replicas(&plan.actions), Some(i64::from(present) - 1));
        assert_eq!(plan.current.expect("the slot").kind, "scale");
    }
}

/// Scaling to zero never deletes data: each write that has no members says that volumes stay. The
/// other steps on the way say what `desired` says, which knows the number that is wanted.
#[test]
fn the_write_of_the_last_step_keeps_the_volumes() {
    for (present, wanted, scaled_down) in [(1, 0, "Retain"), (3, 2, "Delete"), (0, 2, "Delete")] {
        let cluster = scaled(present, wanted).with(|c| {
            let kind = ChildKind::StatefulSet;
            let set = c.children.iter_mut().find(|child| child.kind == kind);
            let policy = json!({"whenDeleted": "Delete", "whenScaled": "Delete"});
            set.expect("one").body["spec"]["persistentVolumeClaimRetentionPolicy"] = policy;
        });
        let applied = cluster
            .actions()
            .into_iter()
            .find_map(|action| match action {
                Action::Apply(child) if child.kind == ChildKind::StatefulSet => Some(child.body),
                _ => None,
            });
        let policy = &applied.expect("a write")["spec"]["persistentVolumeClaimRetentionPolicy"];
        let expected = json!({"whenDeleted": "Delete", "whenScaled": scaled_down});
        assert_eq!(*policy, expected, "{present} → {wanted}");
    }
}

#[test]
fn who_took_over_after_it_was_given_up_comes_back() {
    type Change = fn(&mut Cluster);
    let ends = |c: &mut Cluster| {
        c.synchronous(&[]);
        c.put(0, State::Silent);
        c.put(1, State::Gone);
        c.lock(None, 6);
        c.facts.sync.as_mut().expect("there").leader = Some(member(1));
    };
    let table: [(&str, Option<i64>, Change); 6] = [
        ("it leads", Some(2), |c| leads(c, 1)),
        ("it wrote last", Some(2), |_| {}),
        ("asynchronous", None, |c| c.config(json!({}))),
        ("another leads", None, |c| c.put(0, State::Leads)),
        ("its volume is gone", None, |c| c.facts.claims.clear()),
        ("no member is wanted", None, |c| {
            c.manifest.spec.number_of_instances = 0;
        }),
    ];
    for (why, expected, change) in table {
        let cluster = scaled(1, 1).with(ends).with(change);
        let more = replicas(&cluster.actions()).filter(|members| *members > 1);
        assert_eq!(more, expected, "{why}");
    }
}

#[test]
fn reasons_to_stay() {
    type Change = fn(&mut Cluster);
    let table: [(&str, i32, i64, Change); 17] = [
        ("waits for a primary", 3, 2, |c| c.put(0, State::Silent)),
        ("waits for a primary", 3, 2, |c| c.lock(None, 6)),
        // No other streams, as its own answer says …
        ("db-2 is the only synchronous standby", 3, 2, |c| {
            c.put(1, State::Broken);
            c.synchronous(&[2]);
        }),
        // … or as the primary says.
        ("db-2 is the only synchronous standby", 3, 2, |c| {
            c.synchronous(&[2]);
            c.says(0, |a| a.replication[1].state = "catchup".to_owned());
        }),
        ("db-2 is the only synchronous standby", 3, 2, |c| {
            c.synchronous(&[2]);
            c.says(0, |a| drop(a.replication.remove(1)));
        }),
        // The other that streams is told not to become one.
        ("db-2 is the only synchronous standby", 3, 2, |c| {
            c.synchronous(&[2]);
            let nosync = ("nosync".to_owned(), json!(true));
            c.says(1, |a| a.tags.extend([nosync]));
        }),
        // A paused Patroni does not wait to be replaced when it ends.
        (
            "wait for the end of maintenance: Patroni is paused",
            3,
            2,
            |c| {
                c.synchronous(&[2]);
                c.config(json!({"synchronous_mode": true, "pause": true}));
            },
        ),
        // Patroni's object comes late; the primary says it now.
        ("db-2 is the only synchronous standby", 3, 2, |c| {
            c.put(1, State::Broken);
            c.synchronous(&[2]);
            c.facts.sync.as_mut().expect("sync").standbys = vec![member(1), member(2)];
        }),
        // Its pod is only being made anew: it holds what was acknowledged, and cannot say that
        // it does not want to any more.
        ("db-2 is the only synchronous standby", 3, 2, |c| {
            c.synchronous(&[2]);
            c.put(2, State::Gone);
        }),
        ("no other healthy copy than db-2", 3, 2, |c| {
            c.put(1, State::Silent)
        }),
        ("no other healthy copy than db-2", 3, 2, |c| {
            c.put(1, State::Gone)
        }),
        // It follows, says so itself, and is far behind …
        ("no other healthy copy than db-2", 3, 2, |c| {
            c.lacks(&[(1, FAR), (2, 0)])
        }),
        // … or it does not stream, and is by its own word …
        ("no other healthy copy than db-2", 3, 2, |c| {
            c.lacks(&[(2, 0)]);
            c.says(0, |a| {
                a.xlog.as_mut().expect("xlog").location = Some(FAR + 1000)
            });
        }),
        // … or nobody may ask, and the two say it of themselves.
        ("no other healthy copy than db-2", 3, 2, |c| {
            c.configuration.enable_database_access = false;
            c.says(0, |a| {
                a.xlog.as_mut().expect("xlog").location = Some(FAR + 1000)
            });
        }),
        ("db-2 leads and no other member can take over", 3, 2, |c| {
            leads(c, 2);
            told(c, 2, FAR);
        }),
        ("db-2 leads and no other member can take over", 3, 2, |c| {
            leads(c, 2);
            c.put(0, State::Silent);
            c.put(1, State::Broken);
        }),
        ("the last member given up is still going", 2, 1, |c| {
            c.put(2, State::Silent)
        }),
    ];
    for (why, present, wanted, change) in table {
        let plan = scaled(present, wanted).with(change).plan();
        assert_eq!(replicas(&plan.actions), None, "{why}");
        assert_eq!(plan.current.expect("the slot").step, why);
        assert!(
            !plan
                .actions
                .iter()
                .any(|action| matches!(action, Action::ReadLeader)),
            "waiting costs nothing: {:?}",
            plan.actions
        );
    }
}

#[test]
fn reasons_to_go() {
    type Change = fn(&mut Cluster);
    let table: [(&str, i32, i64, Change); 11] = [
        ("another standby is synchronous", 3, 2, |c| {
            c.synchronous(&[1, 2])
        }),
        ("another one that streams takes over from it", 3, 2, |c| {
            c.synchronous(&[2])
        }),
        ("one is wanted, so none stays synchronous", 2, 1, |c| {
            c.synchronous(&[1])
        }),
        ("never scheduled, the other replica broken", 3, 2, |c| {
            c.put(1, State::Broken);
            c.put(2, State::Pending);
        }),
        ("far behind itself", 3, 2, |c| c.lacks(&[(1, 0), (2, FAR)])),
        ("as far behind as is configured", 3, 2, |c| {
            c.config(json!({"maximum_lag_on_failover": FAR}));
            c.lacks(&[(1, FAR), (2, 0)]);
        }),
        ("the primary does not tell", 3, 2, |c| {
            let result = Err("password authentication failed".to_owned());
            let at = c.now.mono - Duration::from_secs(9);
            c.facts.replication = Some(Answer { at, result });
        }),
        ("one that follows by the archive is close", 3, 2, |c| {
            c.lacks(&[(2, 0)])
        }),
        ("never made", 4, 2, |c| c.put(3, State::Gone)),
        ("silent itself", 3, 2, |c| c.put(2, State::Silent)),
        ("the last one, whatever it is", 1, 0, |c| {
            c.put(0, State::Silent)
        }),
    ];
    for (why, present, wanted, change) in table {
        let cluster = scaled(present, wanted).with(change);
        assert_eq!(
            replicas(&cluster.actions()),
            Some(i64::from(present) - 1),
            "{why}"
        );
    }
}

#[test]
fn looks_closely_before_a_member_goes() {
    let mut cluster = scaled(3, 2);
    cluster.age(Duration::from_millis(2100));
    let Some(Action::Ask(asked)) = cluster.actions().first().cloned() else {
        panic!("a question comes first");
    };
    assert_eq!(asked, [member(0), member(1), member(2)]);
    for answer in cluster.facts.members.values_mut() {
        answer.at = super::super::cluster::NOW;
    }
    assert_eq!(names(&cluster), ["read leader"]);
    let read = cluster.facts.leader.as_mut().expect("a leader");
    read.read_live = Some(super::super::cluster::NOW);
    for replication in [
        None,
        Some((Duration::from_millis(2100), Ok(Replication::default()))),
        Some((Duration::from_secs(11), Err("no answer".to_owned()))),
    ] {
        let answer = replication.map(|(age, result)| Answer {
            at: cluster.now.mono - age,
            result,
        });
        cluster.facts.replication = answer;
        assert_eq!(cluster.actions(), [Action::AskReplication(member(0))]);
    }
}

#[test]
fn a_leader_hands_over_first() {
    let mut cluster = scaled(3, 2).with(|c| leads(c, 2));
    let made = call(&cluster).expect("a call");
    let request = |candidate: i32| PatroniRequest::Switchover {
        leader: member(2),
        candidate: member(candidate),
    };
    assert_eq!(made.request, request(0));
    let holder = Holder {
        member: Some(member(2)),
        transitions: 5,
    };
    assert_eq!(made.expect, holder);

    cluster.synchronous(&[1]);
    assert_eq!(
        call(&cluster).expect("a call").request,
        request(1),
        "Patroni takes no other"
    );

    cluster.called("manifest", "db-1", 3, None);
    assert!(call(&cluster).is_none(), "not again within its patience");
    cluster.called("manifest", "db-1", 16, None);
    assert!(call(&cluster).is_some());
}

#[test]
fn the_slot_is_one() {
    let running = |action: Asked| {
        scaled(3, 2).with(|c| {
            c.asked("op", action, |operation| {
                operation.status = Some(OperationStatus {
                    phase: Phase::Running,
                    primary_before: Some(member(0)),
                    ..OperationStatus::default()
                });
            });
        })
    };
    let cluster = running(Asked::Restart(Restart::default()));
    assert_eq!(replicas(&cluster.actions()), None, "an operation holds it");
    assert_eq!(cluster.plan().current.expect("the slot").reason, "op");

    // Up harms nobody.
    let growing = running(Asked::Restart(Restart::default()))
        .with(|c| c.manifest.spec.number_of_instances = 4);
    assert_eq!(replicas(&growing.actions()), Some(4));

    // A failover does not wait for what waits for a primary.
    let failover = scaled(3, 2).with(|c| {
        c.put(0, State::Silent);
        let accept_data_loss = true;
        let action = Asked::Failover(Failover {
            to: None,
            accept_data_loss,
        });
        c.asked("op", action, |_| {});
    });
    let status = super::written(&failover, "op").expect("a decision");
    assert_eq!(status.phase, Phase::Running);
    assert_eq!(replicas(&failover.actions()), None);
}

#[test]
fn a_stateful_set_that_goes_is_left_alone() {
    let cluster = scaled(3, 2).with(|c| {
        let set = c.facts.children.get_mut(&("StatefulSet", "db".to_owned()));
        set.expect("one").deleting = true;
    });
    assert_eq!(replicas(&cluster.actions()), None);
}

#[test]
fn a_stateful_set_that_is_replaced_comes_back_with_all_its_pods() {
    let id = ("StatefulSet", "db".to_owned());
    let orphans = |wanted| {
        scaled(4, wanted).with(|c| {
            c.facts.children.remove(&id);
            c.facts.looked_for.insert(id.clone(), c.now.mono);
        })
    };
    assert_eq!(replicas(&orphans(4).actions()), Some(4));
    assert_eq!(replicas(&orphans(1).actions()), Some(3));
    let busy = orphans(1).with(|c| super::steps::on(c, super::operations::restart(None)));
    assert_eq!(replicas(&busy.actions()), Some(4));
}
