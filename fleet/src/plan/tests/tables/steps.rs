//! Operations that hold the slot: the steps of each action.

use std::time::Duration;

use super::operations::{failover, reinit, restart, switchover};
use super::{Cluster, PatroniRequest, State, ago, call, end, member, names, written};
use crate::plan::action::Holder;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use pg_core::operation::{Action as Asked, OperationStatus, Phase, Restart, Step};

pub fn on(cluster: &mut Cluster, action: Asked) {
    cluster.asked("op", action, |operation| {
        operation.status = Some(OperationStatus {
            phase: Phase::Running,
            primary_before: Some(member(0)),
            started_at: Some(Time(ago(5))),
            ..OperationStatus::default()
        });
    });
}

/// The operation holds the slot and is at this step since so long.
pub fn at(cluster: &mut Cluster, action: Asked, step: &str, before: &str, seconds: i64) {
    on(cluster, action);
    let guarded = cluster.facts.operations["op"].as_ref();
    let mut status = guarded
        .object
        .clone()
        .expect("one")
        .status
        .expect("running");
    status.steps.push(Step {
        name: step.to_owned(),
        started_at: Time(ago(seconds)),
        before: Some(before.to_owned()),
        finished_at: None,
    });
    cluster.wrote("op", status);
}

/// Every action: announced by a step first, then done once, with the leader that is expected.
#[test]
fn a_step_is_written_before_the_act() {
    let switch = |candidate: i32| PatroniRequest::Switchover {
        leader: member(0),
        candidate: member(candidate),
    };
    let fail = PatroniRequest::Failover {
        candidate: member(2),
    };
    let table = [
        (
            switchover(Some(2)),
            "hand over from db-0 to db-2",
            "db-2 5",
            switch(2),
            0,
        ),
        (
            switchover(None),
            "hand over from db-0 to db-2",
            "db-2 5",
            switch(2),
            0,
        ),
        (failover(None, true), "make db-2 primary", "db-2 5", fail, 2),
        (
            restart(Some(1)),
            "restart db-1",
            "before",
            PatroniRequest::Restart,
            1,
        ),
        (
            restart(None),
            "restart db-1",
            "before",
            PatroniRequest::Restart,
            1,
        ),
        (
            restart(Some(0)),
            "restart db-0",
            "before",
            PatroniRequest::Restart,
            0,
        ),
        (
            reinit(1),
            "copy db-1 again",
            "before",
            PatroniRequest::Reinitialize,
            1,
        ),
    ];
    for (action, name, before, request, called) in table {
        let mut cluster = Cluster::of(3).with(|c| {
            // db-2 is ahead.
            c.says(1, |a| {
                a.xlog.as_mut().expect("xlog").received_location = Some(900)
            });
            on(c, action.clone());
        });
        let status = written(&cluster, "op").expect("a step");
        assert_eq!(names(&cluster), ["write operation"], "{action:?}");
        let step = status.steps.last().expect("a step").clone();
        assert_eq!(
            (step.name.as_str(), step.before.as_deref()),
            (name, Some(before))
        );
        cluster.wrote("op", status);
        let made = call(&cluster).expect("a call");
        assert_eq!(
            (made.request, made.member),
            (request, member(called)),
            "{action:?}"
        );
        let holder = Holder {
            member: Some(member(0)),
            transitions: 5,
        };
        assert_eq!((made.by.as_str(), made.expect), ("op", holder));
        cluster.called("op", &member(called), 1, None);
        assert_eq!(
            names(&cluster),
            [""; 0],
            "{action:?}: asked once, then seen"
        );
        // Asked again after a while: Patroni refuses what was done already.
        cluster.called("op", &member(called), 31, None);
        assert!(call(&cluster).is_some(), "{action:?}");
    }
}

#[test]
fn the_synchronous_follower_is_the_best() {
    let cluster = Cluster::of(3).with(|c| {
        c.synchronous(&[1]);
        on(c, switchover(None));
    });
    let status = written(&cluster, "op").expect("a step");
    assert_eq!(status.steps[0].before.as_deref(), Some("db-1 5"));
}

#[test]
fn restart_replicas_first_one_at_a_time_only_where_needed() {
    let mut cluster = Cluster::of(3).with(|c| on(c, restart(None)));
    let mut order = Vec::new();
    while let Some(status) = written(&cluster, "op") {
        if status.phase.is_final() {
            assert_eq!(status.phase, Phase::Succeeded);
            assert_eq!(status.message.as_deref(), Some("3 members restarted"));
            break;
        }
        cluster.wrote("op", status);
        if let Some(call) = call(&cluster) {
            order.push(call.member.clone());
            let ordinal = call.member.rsplit('-').next().and_then(|n| n.parse().ok());
            cluster.called("op", &call.member, 1, None);
            let restarted = ordinal.expect("an ordinal");
            cluster.says(restarted, |a| {
                a.postmaster_start_time = Some("later".to_owned())
            });
        }
    }
    assert_eq!(order, [member(1), member(2), member(0)]);

    let pending = Cluster::of(3).with(|c| {
        c.says(2, |answer| answer.pending_restart = true);
        on(
            c,
            Asked::Restart(Restart {
                member: None,
                if_pending: true,
            }),
        );
    });
    let status = written(&pending, "op").expect("a step");
    assert_eq!(status.steps[0].name, "restart db-2");
    let none = Cluster::of(3).with(|c| {
        on(
            c,
            Asked::Restart(Restart {
                member: None,
                if_pending: true,
            }),
        );
    });
    assert_eq!(
        end(&none, "op"),
        Some((Phase::Succeeded, "Done".to_owned()))
    );
}

#[test]
fn restart_waits_for_the_member_to_serve() {
    let mut cluster = Cluster::of(3).with(|c| {
        at(c, restart(None), "restart db-1", "before", 5);
        c.called("op", "db-1", 4, None);
    });
    cluster.put(1, State::Broken);
    assert_eq!(names(&cluster), [""; 0], "no other is touched meanwhile");
    cluster.put(1, State::Follows);
    cluster.says(1, |answer| {
        answer.postmaster_start_time = Some("later".to_owned());
        answer.timeline = Some(2);
    });
    assert_eq!(names(&cluster), [""; 0], "it runs, but does not follow yet");
    cluster.says(1, |answer| answer.timeline = Some(3));
    let status = written(&cluster, "op").expect("done");
    assert!(status.steps[0].finished_at.is_some() && status.phase == Phase::Running);
}

#[test]
fn a_controller_that_has_just_started_asks_before_it_acts_or_gives_up() {
    for action in [switchover(None), failover(None, true)] {
        let mut cluster = Cluster::of(2).with(|c| on(c, action.clone()));
        let answers = std::mem::take(&mut cluster.facts.members);
        assert_eq!(written(&cluster, "op"), None, "{action:?}");
        cluster.facts.members = answers;
        cluster.put(1, State::Broken);
        let end = end(&cluster, "op");
        assert_eq!(end, Some((Phase::Failed, "NoCandidate".to_owned())));
    }
    // The one before may have asked Patroni: what the member says now decides.
    let mut cluster = Cluster::of(2).with(|c| at(c, restart(None), "restart db-1", "before", 5));
    cluster.says(1, |answer| {
        answer.postmaster_start_time = Some("before".to_owned())
    });
    assert!(call(&cluster).is_some(), "nobody did");
    cluster.says(1, |answer| answer.state = "restarting".to_owned());
    assert_eq!(call(&cluster), None, "somebody did");
    cluster.facts.members.clear();
    assert_eq!(call(&cluster), None, "nobody knows");
}

#[test]
fn the_age_of_a_question_to_a_restarted_member() {
    // The step of another member took long; this one is not failed for that.
    let cluster = Cluster::of(2).with(|c| {
        at(c, restart(None), "restart db-1", "before", 179);
        let guarded = c.facts.operations["op"].as_ref();
        let mut status = guarded
            .object
            .clone()
            .expect("one")
            .status
            .expect("running");
        status.started_at = Some(Time(ago(999)));
        status.steps[0].finished_at = Some(Time(ago(1)));
        c.wrote("op", status);
        c.put(0, State::Silent);
        c.age(Duration::ZERO);
    });
    assert_eq!(written(&cluster, "op"), None);
}

#[test]
fn reinit_of_a_broken_member_asks_patroni() {
    let mut cluster = Cluster::of(2).with(|c| {
        c.put(1, State::Broken);
        on(c, reinit(1));
    });
    let status = written(&cluster, "op").expect("a step");
    assert_eq!(status.steps[0].before.as_deref(), Some(""));
    cluster.wrote("op", status);
    assert!(
        call(&cluster).is_some(),
        "that it does not run is why it was asked for"
    );
    cluster.called("op", "db-1", 31, None);
    assert_eq!(names(&cluster), [""; 0]);
    cluster.says(1, |answer| answer.state = "creating replica".to_owned());
    cluster.called("op", "db-1", 9_000, None);
    assert_eq!(names(&cluster), [""; 0], "a copy takes as long as it takes");
    cluster.put(1, State::Follows);
    assert_eq!(
        end(&cluster, "op"),
        Some((Phase::Succeeded, "Done".to_owned()))
    );
}

/// The lock may be free at the start, or come free between step and call.
#[test]
fn a_failover_expects_nobody_where_nobody_leads() {
    let nobody = |transitions| Holder {
        member: None,
        transitions,
    };
    let free = Cluster::of(3).with(|c| {
        at(c, failover(Some(2), true), "make db-2 primary", "db-2 5", 3);
        c.lock(None, 5);
    });
    assert_eq!(call(&free).expect("a call").expect, nobody(5));
    let never = free.with(|c| {
        let mut status = c.facts.operations["op"]
            .object
            .clone()
            .expect("one")
            .status
            .expect("running");
        status.primary_before = None;
        c.wrote("op", status);
    });
    assert_eq!(call(&never).expect("a call").expect, nobody(5));
}
