//! One slot for each cluster: refused, queued, one after another, displaced by a failover.

use super::operations::{any, created, failover, reinit, restart, running, switchover};
use super::{Action, Cluster, Phase, State, end, member, written};
use crate::observe::object::Guarded;
use pg_core::operation::{Action as Asked, Operation};

#[test]
fn one_slot() {
    let second = |change: fn(&mut Operation)| {
        Cluster::of(3).with(|c| {
            c.asked("first", restart(None), running(1));
            c.called("first", "db-1", 1, None);
            c.asked("second", switchover(None), change);
        })
    };
    let busy = second(any);
    assert_eq!(
        end(&busy, "second"),
        Some((Phase::Refused, "Busy".to_owned()))
    );
    let said = written(&busy, "second")
        .expect("an end")
        .message
        .expect("why");
    assert!(
        said.contains("restart (first) is at \"restart db-1\""),
        "{said}"
    );

    let mut queued = second(|o| o.spec.queue = true);
    let waits = written(&queued, "second").expect("a word");
    assert_eq!(waits.phase, Phase::Queued);
    queued.wrote("second", waits);
    assert_eq!(written(&queued, "second"), None, "said once");
    queued.facts.operations.remove("first");
    assert_eq!(
        written(&queued, "second").expect("its turn").phase,
        Phase::Running
    );

    // Giving a member up holds the slot as well.
    let scaling = Cluster::of(3).with(|c| {
        c.manifest.spec.number_of_instances = 2;
        c.put(1, State::Broken);
        c.synchronous(&[2]);
        c.asked("op", restart(None), any);
    });
    assert_eq!(
        end(&scaling, "op"),
        Some((Phase::Refused, "Busy".to_owned()))
    );
}

#[test]
fn one_that_ends_at_once_blocks_nobody() {
    let cluster = Cluster::of(2).with(|c| {
        c.asked("a", switchover(Some(7)), any);
        c.asked("b", restart(None), any);
        c.asked("c", restart(None), |o| o.spec.queue = true);
        created(c, "a", 30);
        created(c, "b", 20);
    });
    assert_eq!(
        end(&cluster, "a"),
        Some((Phase::Refused, "NoSuchMember".to_owned()))
    );
    assert_eq!(
        written(&cluster, "b").expect("its turn").phase,
        Phase::Running
    );
    assert_eq!(written(&cluster, "c"), None, "waits for what b comes to");
}

#[test]
fn a_failover_goes_ahead() {
    let cluster = |steps, change: fn(&mut Operation)| {
        Cluster::of(3).with(|c| {
            c.asked("slow", restart(None), running(steps));
            c.called("slow", "db-1", 1, None);
            c.asked("urgent", failover(None, true), change);
        })
    };
    let displaced = cluster(0, any);
    assert_eq!(
        end(&displaced, "slow"),
        Some((Phase::Cancelled, "Displaced".to_owned()))
    );
    let said = written(&displaced, "slow")
        .expect("an end")
        .message
        .expect("why");
    assert!(said.contains("urgent"), "{said}");
    // Past its point of no return it is waited for, asked or not.
    let waits = written(&cluster(1, any), "urgent").expect("a word");
    assert_eq!(waits.phase, Phase::Queued);
    // One that will not be carried out displaces nobody.
    let meant_for_another = cluster(0, |o| o.spec.target.uid = "older".to_owned());
    assert_eq!(
        end(&meant_for_another, "slow").map(|end| end.0),
        Some(Phase::Running)
    );
    // Among those that wait it is first.
    let waiting = Cluster::of(3).with(|c| {
        c.asked("early", restart(None), any);
        c.asked("urgent", failover(None, true), any);
        created(c, "early", 99);
    });
    assert_eq!(
        written(&waiting, "urgent").expect("its turn").phase,
        Phase::Running
    );
    assert_eq!(written(&waiting, "early"), None);
}

#[test]
fn one_that_cannot_be_read_stops_nobody() {
    let cluster = Cluster::of(2).with(|c| {
        c.asked("odd", restart(None), any);
        let mut guarded: Guarded<Operation> = c.facts.operations["odd"].as_ref().clone();
        guarded.object = Err("of another version".to_owned());
        c.facts.operations.insert("odd".to_owned(), guarded.into());
        c.asked("op", restart(None), any);
    });
    let wrote: Vec<_> = cluster.actions();
    assert!(matches!(&wrote[..], [Action::WriteOperation { name, .. }] if name == "op"));
}

/// A write without an answer may have been carried out: only then is the slot known.
#[test]
fn an_operation_that_was_written_without_an_answer_is_read_first() {
    let mut cluster = Cluster::of(3).with(|c| {
        c.asked("first", restart(None), any);
        c.asked("urgent", failover(None, true), any);
        c.facts.unsure_operation = Some("first".to_owned());
    });
    let read = Action::ReadOperation("first".to_owned());
    assert_eq!(cluster.actions(), [read]);
    assert_eq!(cluster.plan().current.expect("the slot").reason, "first");
    // It has begun, and its primary is the one that was restarted: no second one beside it.
    cluster.facts.unsure_operation = None;
    cluster.asked("first", restart(None), running(1));
    cluster.called("first", &member(1), 1, None);
    let waits = written(&cluster, "urgent").expect("a word");
    assert_eq!(waits.phase, Phase::Queued);
}

#[test]
fn a_manifest_that_cannot_be_carried_out_stops_no_operation() {
    let invalid = |change: fn(&mut Cluster)| {
        let cluster = Cluster::of(3).with(|c| {
            c.children.clear();
            c.manifest.spec.number_of_instances = 2;
            change(c);
        });
        crate::plan::while_invalid(&cluster.view())
    };
    let quiet = invalid(|_| {});
    assert_eq!(
        (quiet.actions, quiet.current),
        (vec![], None),
        "nothing is scaled or made"
    );
    let asked = invalid(|c| c.asked("op", switchover(Some(1)), any));
    let [Action::WriteOperation { status, .. }] = &asked.actions[..] else {
        panic!("{asked:?}");
    };
    assert_eq!(status.phase, Phase::Running);
    let expired = invalid(|c| {
        c.asked("op", switchover(Some(1)), any);
        created(c, "op", 601);
    });
    let [Action::WriteOperation { status, .. }] = &expired.actions[..] else {
        panic!("{expired:?}");
    };
    assert_eq!(status.phase, Phase::Expired);
}

/// Taken back before its first step, while it waits, or between two members: nothing more is done.
/// What was begun is not left half done, and what is done is not called taken back.
#[test]
fn one_that_is_taken_back() {
    let back = |action: &Asked, change: &dyn Fn(&mut Operation)| {
        let mut cluster = Cluster::of(3).with(|c| {
            c.asked("op", action.clone(), change);
            c.called("op", "db-1", 1, None);
        });
        cluster.taken_back("op");
        written(&cluster, "op")
    };
    let closed = |steps: usize| {
        move |operation: &mut Operation| {
            running(steps)(operation);
            let status = operation.status.as_mut().expect("a status");
            for (number, step) in status.steps.iter_mut().enumerate() {
                step.name = format!("restart db-{}", 2 - number);
                step.finished_at = Some(step.started_at.clone());
            }
        }
    };
    let all = [
        switchover(None),
        failover(None, true),
        restart(None),
        reinit(1),
    ];
    for action in &all {
        for change in [any, |o: &mut Operation| o.spec.queue = true] {
            let end = back(action, &change).expect("an end");
            assert_eq!(end.phase, Phase::Cancelled, "{action:?}");
            let said = end.message.expect("why");
            assert_eq!(said, "taken back by bob before it began");
        }
        let end = back(action, &running(0)).expect("an end");
        assert_eq!(end.phase, Phase::Cancelled, "{action:?}");
        let half = back(action, &running(1));
        assert_ne!(
            half.map(|it| it.phase),
            Some(Phase::Cancelled),
            "{action:?}"
        );
    }
    let between = back(&restart(None), &closed(2)).expect("an end");
    assert_eq!(between.phase, Phase::Cancelled);
    let said = between.message.expect("why");
    assert_eq!(said, "taken back by bob after restart db-2, restart db-1");
    let late = back(&restart(None), &closed(3)).expect("an end");
    assert_eq!(late.phase, Phase::Succeeded);
}
