//! Who may not drive on, and what has to be let through between waves.

use super::*;

#[test]
fn whoever_may_not_drive_stops() {
    type Change = fn(&mut Control);
    type Is = fn(&Stop) -> bool;
    let table: [(Change, Is); 6] = [
        (|it| it.epoch = 4, |stop| matches!(stop, Stop::TakenOver(_))),
        (
            |it| it.driver = Some(driver("other")),
            |stop| matches!(stop, Stop::TakenOver(by) if by.id == "other"),
        ),
        (
            |it| it.epoch = 2,
            |stop| matches!(stop, Stop::Behind(uid) if uid == "cluster-1"),
        ),
        (
            |it| {
                it.desired = Desired::Pause;
                it.desired_seq = 6;
                it.by = Some("bob".to_owned());
            },
            |stop| matches!(stop, Stop::Told { desired: Desired::Pause, by: Some(by), .. } if by == "bob"),
        ),
        (
            |it| {
                it.desired = Desired::Abort;
                it.desired_seq = 1;
            },
            |stop| {
                matches!(
                    stop,
                    Stop::Told {
                        desired: Desired::Abort,
                        ..
                    }
                )
            },
        ),
        (
            |it| {
                it.desired = Desired::Pause;
                it.desired_seq = 4;
            },
            |stop| matches!(stop, Stop::Behind(_)),
        ),
    ];
    for (number, (change, expected)) in table.into_iter().enumerate() {
        let mut fleet = fleet(three_waves(), 1);
        change(
            &mut fleet
                .get_mut("cluster-1")
                .expect("a slice")
                .slice
                .spec
                .control,
        );
        let found = stop(&fleet);
        assert!(expected(&found), "{number}: {found:?}");
    }
    let mut missing = fleet(three_waves(), 1);
    missing.remove("cluster-1");
    assert_eq!(stop(&missing), Stop::Missing(vec!["cluster-1".to_owned()]));
    let mut claimed = fleet(three_waves(), 1);
    let status = claimed
        .get_mut("cluster-1")
        .expect("a slice")
        .slice
        .status
        .as_mut();
    status.expect("a status").claimed = Some(Claimed {
        by: Some("other".to_owned()),
        ..Claimed::default()
    });
    assert!(matches!(stop(&claimed), Stop::Claimed { by: Some(by), .. } if by == "other"));
}

#[test]
fn gates_are_asked_once_for_each_driver() {
    let strategy = crate::rollout::Strategy {
        gates: vec![Gate::Archiving {}, Gate::Approval {}],
        soak_seconds: 0,
        ..three_waves()
    };
    let mut fleet = fleet(strategy, 1);
    has(&mut fleet, 0, Phase::Succeeded, "Done");
    assert_eq!(done(&fleet), ["look at archiving behind 1"]);
    let mut finding = Finding {
        wave: 1,
        gate: "archiving".to_owned(),
        passed: false,
        evidence: "last failed".to_owned(),
        epoch: 3,
        at: None,
    };
    let find = |fleet: &mut Fleet, finding: &Finding| {
        let seen = fleet.get_mut("cluster-1").expect("a slice");
        seen.slice.spec.control.gates.push(finding.clone());
    };
    find(&mut fleet, &finding);
    assert_eq!(stop(&fleet), Stop::Gate(finding.clone()));
    // The slice that it comes from tells more than the others.
    let full = Finding {
        evidence: "last failed: team/pg-0".to_owned(),
        ..finding.clone()
    };
    for (number, of) in [("cluster-0", &full), ("cluster-1", &finding)] {
        let seen = fleet.get_mut(number).expect("a slice");
        seen.slice.spec.control.gates = vec![of.clone()];
    }
    assert_eq!(stop(&fleet), Stop::Gate(full.clone()));
    for (number, of) in [("cluster-0", &finding), ("cluster-1", &full)] {
        let seen = fleet.get_mut(number).expect("a slice");
        seen.slice.spec.control.gates = vec![of.clone()];
    }
    assert_eq!(stop(&fleet), Stop::Gate(full));
    let mut later = fleet.clone();
    for seen in later.values_mut() {
        seen.slice.spec.control.epoch = 4;
    }
    let step = step(&Me { epoch: 4, ..me() }, &later);
    assert_eq!(
        words(&step),
        ["look at archiving behind 1"],
        "the next one looks again"
    );
    finding.passed = true;
    find(&mut fleet, &finding);
    assert_eq!(stop(&fleet), Stop::Approval(1));
    finding.gate = "approval".to_owned();
    find(&mut fleet, &finding);
    assert_eq!(done(&fleet), ["open 2 in cluster-0", "open 2 in cluster-1"]);
}

#[test]
fn windows_hold_up_what_has_not_begun() {
    let strategy = crate::rollout::Strategy {
        windows: vec!["13:00-14:00".to_owned()],
        ..three_waves()
    };
    let mut fleet = fleet(strategy, 1);
    assert_eq!(
        standing(&fleet),
        Standing::Closed(Duration::from_secs(3600))
    );
    fleet.get_mut("cluster-0").expect("a slice").at = at(3600);
    assert_eq!(done(&fleet), ["create 00000000-0000 1"]);
}
