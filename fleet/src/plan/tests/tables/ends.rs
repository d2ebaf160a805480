//! Operations that hold the slot: each end of each action. None holds it for ever.

use super::operations::{failover, reinit, restart, switchover};
use super::steps::{at, on};
use super::{Cluster, Phase, State, end, member, names};
use pg_core::operation::Action as Asked;

type Change = fn(&mut Cluster);

/// What each end looks like: an action at its step since so long, and what is seen.
fn ends(action: &Asked, step: &str, before: &str, table: &[(Phase, &str, i64, Change)]) {
    for (phase, reason, seconds, change) in table {
        let cluster = Cluster::of(3).with(|c| {
            at(c, action.clone(), step, before, *seconds);
            change(c);
        });
        let wanted = Some((*phase, (*reason).to_owned()));
        assert_eq!(end(&cluster, "op"), wanted, "{action:?} {reason} {seconds}");
    }
}

fn now_leads(cluster: &mut Cluster, ordinal: i32, transitions: i64) {
    cluster.put(0, State::Follows);
    cluster.put(ordinal, State::Leads);
    cluster.lock(Some(&member(ordinal)), transitions);
}

#[test]
fn of_a_change_of_primary() {
    let table: [(Phase, &str, i64, Change); 7] = [
        (Phase::Succeeded, "Done", 3, |c| now_leads(c, 2, 6)),
        (Phase::Succeeded, "Done", 999, |c| now_leads(c, 2, 6)),
        (Phase::Failed, "OtherPrimary", 3, |c| now_leads(c, 1, 6)),
        (Phase::Failed, "PrimaryChanged", 3, |c| {
            c.lock(Some("db-0"), 7)
        }),
        (Phase::Failed, "PatroniRefused", 3, |c| {
            c.called("op", "db-2", 1, Some("no (412)"))
        }),
        (Phase::Failed, "NotSeen", 91, |_| {}),
        (Phase::Failed, "NotSeen", 91, |c| {
            now_leads(c, 2, 6);
            c.put(2, State::Silent);
        }),
    ];
    ends(
        &switchover(Some(2)),
        "hand over from db-0 to db-2",
        "db-2 5",
        &table,
    );
    ends(
        &failover(Some(2), true),
        "make db-2 primary",
        "db-2 5",
        &table,
    );
    let damaged: [(Phase, &str, i64, Change); 1] = [(Phase::Failed, "Damaged", 1, |_| {})];
    ends(&switchover(None), "hand over", "db-2", &damaged);
}

#[test]
fn of_a_change_of_primary_that_somebody_else_made() {
    let overtaken = Some((Phase::Superseded, "PrimaryChanged".to_owned()));
    for action in [switchover(None), failover(None, true)] {
        let cluster = Cluster::of(3).with(|c| {
            on(c, action.clone());
            now_leads(c, 2, 6);
        });
        assert_eq!(end(&cluster, "op"), overtaken, "{action:?}");
    }
    let free: Change = |c| c.lock(None, 5);
    let planned = Cluster::of(3).with(|c| on(c, switchover(None))).with(free);
    assert_eq!(end(&planned, "op"), overtaken);
    let emergency = Cluster::of(3)
        .with(|c| on(c, failover(None, true)))
        .with(free);
    assert_eq!(
        end(&emergency, "op").map(|end| end.0),
        Some(Phase::Running),
        "its case"
    );

    for (action, step) in [
        (switchover(None), "hand over"),
        (failover(None, true), "make"),
    ] {
        // An older view says nothing of what came after the step.
        let older = Cluster::of(3).with(|c| {
            at(c, action.clone(), step, "db-2 5", 3);
            c.called("op", "db-2", 1, None);
            now_leads(c, 2, 4);
        });
        assert_eq!(names(&older), [""; 0], "{action:?}");
        // The new leader must say itself that it leads.
        let early = Cluster::of(3).with(|c| {
            at(c, action.clone(), step, "db-2 5", 3);
            now_leads(c, 2, 6);
            c.says(2, |answer| answer.role = "replica".to_owned());
        });
        assert_eq!(names(&early), [""; 0], "{action:?}");
    }
}

#[test]
fn of_a_change_of_primary_without_candidates() {
    for action in [switchover(None), failover(None, true)] {
        let cluster = Cluster::of(2).with(|c| {
            on(c, action.clone());
            c.put(1, State::Silent);
        });
        let wanted = Some((Phase::Failed, "NoCandidate".to_owned()));
        assert_eq!(end(&cluster, "op"), wanted, "{action:?}");
    }
}

#[test]
fn of_a_restart() {
    let table: [(Phase, &str, i64, Change); 3] = [
        (Phase::Failed, "PatroniRefused", 3, |c| {
            c.called("op", "db-1", 1, Some("no (503)"))
        }),
        (Phase::Failed, "NotBack", 181, |c| c.put(1, State::Broken)),
        (Phase::Failed, "NotBack", 181, |c| c.put(1, State::Gone)),
    ];
    ends(&restart(Some(1)), "restart db-1", "before", &table);
    // A refusal of another member's restart is no answer for this one.
    let other = Cluster::of(3).with(|c| {
        at(c, restart(None), "restart db-1", "before", 3);
        c.called("op", "db-2", 1, Some("no (503)"));
    });
    assert_eq!(names(&other), ["ask Patroni"]);
}

#[test]
fn of_a_restart_of_a_member_that_never_answers() {
    for state in [State::Silent, State::Pending, State::Gone] {
        for (waited, wanted) in [
            (170, None),
            (181, Some((Phase::Failed, "NoAnswer".to_owned()))),
        ] {
            let mut cluster = Cluster::of(2).with(|c| {
                on(c, restart(Some(1)));
                c.put(1, state);
            });
            let wall = cluster.now.wall;
            cluster.now.wall = wall + k8s_openapi::jiff::SignedDuration::from_secs(waited - 5);
            assert_eq!(end(&cluster, "op"), wanted, "{state:?} after {waited} s");
        }
    }
}

#[test]
fn of_a_reinit() {
    let table: [(Phase, &str, i64, Change); 9] = [
        (Phase::Succeeded, "Done", 3, |c| {
            c.says(1, |a| a.postmaster_start_time = Some("later".to_owned()));
        }),
        (Phase::Failed, "IsPrimary", 3, |c| now_leads(c, 1, 6)),
        (Phase::Failed, "OnlySyncStandby", 3, |c| c.synchronous(&[1])),
        (Phase::Failed, "PatroniRefused", 3, |c| {
            c.called("op", "db-1", 1, Some("no (503)"))
        }),
        (Phase::Failed, "NotBegun", 61, |_| {}),
        (Phase::Failed, "NotBegun", 61, |c| c.put(0, State::Silent)),
        (Phase::Failed, "NotBack", 400, |c| {
            c.put(1, State::Broken);
            c.called("op", "db-1", 301, None);
        }),
        (Phase::Failed, "NoAnswer", 301, |c| c.put(1, State::Silent)),
        (Phase::Failed, "NoAnswer", 301, |c| c.put(1, State::Gone)),
    ];
    ends(&reinit(1), "copy db-1 again", "before", &table);
    // Without a primary there is nothing to copy from: its data is left alone.
    let orphan = Cluster::of(3).with(|c| {
        at(c, reinit(1), "copy db-1 again", "before", 3);
        c.put(0, State::Silent);
    });
    assert_eq!(names(&orphan), [""; 0]);
}

#[test]
fn of_operations_without_a_cluster() {
    let cluster = Cluster::of(1).with(|c| {
        on(c, restart(None));
        c.asked("waits", restart(None), |_| {});
    });
    let now = cluster.now;
    let phases: Vec<_> = crate::plan::operations::without_cluster(&cluster.facts, now)
        .into_iter()
        .filter_map(|action| match action {
            super::Action::WriteOperation { name, status, .. } => Some((name, status.phase)),
            _ => None,
        })
        .collect();
    let wanted = [("op", Phase::Failed), ("waits", Phase::Superseded)];
    assert_eq!(phases, wanted.map(|(name, phase)| (name.to_owned(), phase)));
}

#[test]
fn of_operations_about_which_nothing_can_be_decided() {
    let cluster = Cluster::of(1).with(|c| {
        on(c, restart(None));
        c.asked("waits", restart(None), |_| {});
    });
    let ends = crate::plan::operations::refused;
    let ends: Vec<_> = ends(&cluster.facts, cluster.now, "Unreadable", "not a map")
        .into_iter()
        .filter_map(|action| match action {
            super::Action::WriteOperation { status, .. } => Some(*status),
            _ => None,
        })
        .collect();
    let phases: Vec<_> = ends.iter().map(|status| status.phase).collect();
    assert_eq!(phases, [Phase::Failed, Phase::Refused]);
    for status in ends {
        assert_eq!(status.reason.as_deref(), Some("Unreadable"));
        assert!(status.message.expect("why").ends_with("not a map"));
    }
}
