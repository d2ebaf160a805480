//! Single decisions of the engine.

use std::time::Duration;

use super::*;

/// Two Kubernetes clusters with two targets each, driven by `me`, all waves opened up to this one.
fn fleet(strategy: crate::rollout::Strategy, wave: u32) -> Fleet {
    let slices = plan(strategy, &[2, 2]).rollouts().into_iter();
    slices
        .map(|(uid, mut slice)| {
            slice.spec.control = Control {
                epoch: 3,
                driver: Some(driver("me")),
                desired: Desired::Run,
                desired_seq: 5,
                wave,
                ..Control::default()
            };
            slice.status = Some(RolloutStatus {
                claimed: Some(Claimed {
                    held: true,
                    ..Claimed::default()
                }),
                ..RolloutStatus::default()
            });
            let seen = Seen {
                slice,
                operations: Vec::new(),
                at: at(0),
                silent: None,
            };
            (uid, seen)
        })
        .collect()
}

fn me() -> Me {
    Me {
        id: "me".to_owned(),
        epoch: 3,
    }
}

/// The target has an operation in this phase, and its controller says so.
fn has(fleet: &mut Fleet, number: usize, phase: Phase, reason: &str) {
    let all = standpoints(fleet);
    let (uid, target) = (
        all[number].cluster_uid.to_owned(),
        all[number].target.clone(),
    );
    let seen = fleet.get_mut(&uid).expect("a slice");
    let mut one = operation(&seen.slice, &target.uid, 1, 3);
    one.status = Some(ended(phase, reason, Some(at(-100)), at(-60)));
    seen.operations.push(one);
    told(seen, at(-1000));
}

fn told(seen: &mut Seen, healthy_since: k8s_openapi::jiff::Timestamp) {
    let operations: Vec<&Operation> = seen.operations.iter().collect();
    let sight = |_: &Target| slice::Sight::There {
        generation: 1,
        healthy_since: Some(healthy_since),
        reverted: None,
    };
    let claimed = seen.slice.status.as_ref().and_then(|it| it.claimed.clone());
    let status = slice::status(&seen.slice, claimed, &operations, &sight, seen.at);
    seen.slice.status = Some(status);
}

fn three_waves() -> crate::rollout::Strategy {
    crate::rollout::Strategy {
        max_parallel: Amount::Count(2),
        ..crate::rollout::Strategy::default()
    }
}

fn words(step: &Step) -> Vec<String> {
    let word = |act: &Act| match act {
        Act::Open { cluster_uid, wave } => format!("open {wave} in {cluster_uid}"),
        Act::Create {
            target, attempt, ..
        } => format!("create {target} {attempt}"),
        Act::Look { wave, gate } => format!("look at {gate} behind {wave}"),
        Act::Finish { cluster_uid } => format!("finish {cluster_uid}"),
    };
    step.acts.iter().map(word).collect()
}

fn done(fleet: &Fleet) -> Vec<String> {
    words(&step(&me(), fleet))
}

fn standing(fleet: &Fleet) -> Standing {
    step(&me(), fleet).standing
}

fn stop(fleet: &Fleet) -> Stop {
    match standing(fleet) {
        Standing::Stopped(stop) => stop,
        other => panic!("it is not stopped: {other:?}"),
    }
}

#[test]
fn from_the_first_wave_to_the_last() {
    let mut fleet = fleet(three_waves(), 0);
    assert_eq!(done(&fleet), ["open 1 in cluster-0", "open 1 in cluster-1"]);
    let open = |fleet: &mut Fleet, wave| {
        for seen in fleet.values_mut() {
            seen.slice.spec.control.wave = wave;
        }
    };
    open(&mut fleet, 1);
    assert_eq!(done(&fleet), ["create 00000000-0000 1"], "the canary alone");
    has(&mut fleet, 0, Phase::Running, "");
    assert_eq!(standing(&fleet), Standing::Works(1));
    fleet.values_mut().for_each(|seen| seen.operations.clear());
    has(&mut fleet, 0, Phase::Succeeded, "Done");
    assert_eq!(
        standing(&fleet),
        Standing::Soaks(Duration::from_secs(540)),
        "healthy since its end, a minute ago"
    );
    let seen = fleet.get_mut("cluster-0").expect("a slice");
    seen.at = at(540);
    assert_eq!(done(&fleet), ["open 2 in cluster-0", "open 2 in cluster-1"]);
    // Half of it was written.
    fleet
        .get_mut("cluster-0")
        .expect("a slice")
        .slice
        .spec
        .control
        .wave = 2;
    assert_eq!(done(&fleet), ["open 2 in cluster-1"]);
    open(&mut fleet, 3);
    has(&mut fleet, 1, Phase::Succeeded, "Done");
    assert_eq!(
        done(&fleet),
        ["create 00000001-0000 1", "create 00010001-0000 1"]
    );
    has(&mut fleet, 2, Phase::Succeeded, "Done");
    has(&mut fleet, 3, Phase::Succeeded, "Done");
    assert_eq!(
        done(&fleet),
        ["finish cluster-0", "finish cluster-1"],
        "nobody soaks behind the last"
    );
    for seen in fleet.values_mut() {
        seen.slice.spec.control.finished_at = Some(Time(noon()));
    }
    assert_eq!(standing(&fleet), Standing::Done);
}

#[test]
fn limits_count_what_runs_anywhere() {
    let strategy = crate::rollout::Strategy {
        canary: 0,
        waves: Cut::Sizes(Vec::new()),
        max_parallel: Amount::Count(3),
        max_per_context: std::num::NonZeroU32::new(1),
        ..crate::rollout::Strategy::default()
    };
    let mut fleet = fleet(strategy, 1);
    assert_eq!(
        done(&fleet),
        ["create 00000000-0000 1", "create 00010000-0000 1"]
    );
    has(&mut fleet, 0, Phase::Running, "");
    // The controller has not told yet; the operation was read.
    fleet
        .get_mut("cluster-0")
        .expect("a slice")
        .slice
        .status
        .as_mut()
        .expect("a status")
        .targets
        .clear();
    assert_eq!(done(&fleet), ["create 00010000-0000 1"]);
}

#[test]
fn one_that_fails_stops_all() {
    let mut fleet = fleet(three_waves(), 1);
    has(&mut fleet, 0, Phase::Failed, "NotBack");
    let Stop::Failures(failures) = stop(&fleet) else {
        panic!("not for its failure");
    };
    assert_eq!(failures[0].reason, "Failed: because NotBack");
    // A person leaves it out, or asks for it again.
    let word = |fleet: &mut Fleet, word: Word| {
        let seen = fleet.get_mut("cluster-0").expect("a slice");
        seen.slice.spec.control.words = vec![word];
    };
    let uid = "00000000-0000".to_owned();
    word(
        &mut fleet,
        Word {
            uid: uid.clone(),
            skip: true,
            ..Word::default()
        },
    );
    assert_eq!(done(&fleet), ["open 2 in cluster-0", "open 2 in cluster-1"]);
    word(
        &mut fleet,
        Word {
            uid,
            retry: 1,
            ..Word::default()
        },
    );
    assert_eq!(done(&fleet), ["create 00000000-0000 2"]);
}

#[test]
fn a_canary_may_not_fail_where_others_may() {
    let strategy = crate::rollout::Strategy {
        max_failures: 1,
        ..three_waves()
    };
    let mut fleet = fleet(strategy, 1);
    has(&mut fleet, 0, Phase::Failed, "NotBack");
    assert!(matches!(stop(&fleet), Stop::Failures(_)));
    for seen in fleet.values_mut() {
        seen.slice.spec.control.wave = 2;
    }
    assert_eq!(
        done(&fleet),
        ["create 00010000-0000 1"],
        "one may, behind the canary"
    );
    has(&mut fleet, 1, Phase::Expired, "Expired");
    assert!(matches!(stop(&fleet), Stop::Failures(failures) if failures.len() == 2));
}

#[test]
fn what_takes_too_long_has_failed() {
    let mut fleet = fleet(three_waves(), 1);
    has(&mut fleet, 0, Phase::Running, "");
    let seen = fleet.get_mut("cluster-0").expect("a slice");
    seen.at = at(1700);
    assert_eq!(standing(&fleet), Standing::Works(1));
    fleet.get_mut("cluster-0").expect("a slice").at = at(1701);
    assert!(matches!(stop(&fleet), Stop::Failures(_)));
    // Another cluster's clock says nothing.
    fleet.get_mut("cluster-0").expect("a slice").at = at(0);
    fleet.get_mut("cluster-1").expect("a slice").at = at(86_400);
    assert_eq!(standing(&fleet), Standing::Works(1));
}

fn say(fleet: &mut Fleet, word: Word) {
    let seen = fleet.get_mut("cluster-0").expect("a slice");
    seen.slice.spec.control.words = vec![Word {
        uid: "00000000-0000".to_owned(),
        ..word
    }];
}

fn skip() -> Word {
    Word {
        skip: true,
        ..Word::default()
    }
}

fn again(seconds: i64) -> Word {
    Word {
        retry: 1,
        at: Some(Time(at(seconds))),
        ..Word::default()
    }
}

#[test]
fn one_that_hangs_is_left_out_or_waited_for_once_more() {
    let mut fleet = fleet(three_waves(), 1);
    has(&mut fleet, 0, Phase::Running, "");
    fleet.get_mut("cluster-0").expect("a slice").at = at(1701);
    assert!(matches!(stop(&fleet), Stop::Failures(_)) && has_failed(&fleet));
    say(&mut fleet, again(1700));
    assert_eq!(standing(&fleet), Standing::Works(1));
    fleet.get_mut("cluster-0").expect("a slice").at = at(3501);
    assert!(matches!(stop(&fleet), Stop::Failures(_)), "as long again");
    say(&mut fleet, skip());
    assert_eq!(done(&fleet), ["open 2 in cluster-0", "open 2 in cluster-1"]);
    for seen in fleet.values_mut() {
        seen.slice.spec.control.wave = 3;
    }
    assert_eq!(
        done(&fleet),
        ["create 00010000-0000 1"],
        "of two places it has one"
    );
    has(&mut fleet, 1, Phase::Running, "");
    assert_eq!(done(&fleet), Vec::<String>::new());
}

#[test]
fn one_that_stays_unwell_is_left_out_or_waited_for_once_more() {
    let mut fleet = fleet(three_waves(), 1);
    has(&mut fleet, 0, Phase::Succeeded, "Done");
    let seen = fleet.get_mut("cluster-0").expect("a slice");
    seen.at = at(1701);
    seen.slice.status.as_mut().expect("a status").targets[0].healthy_since = None;
    assert!(matches!(stop(&fleet), Stop::Failures(_)));
    say(&mut fleet, again(1700));
    assert_eq!(
        standing(&fleet),
        Standing::Works(1),
        "nothing is done again"
    );
    say(&mut fleet, skip());
    assert_eq!(done(&fleet), ["open 2 in cluster-0", "open 2 in cluster-1"]);
    // Its controller has read the word as well.
    told(fleet.get_mut("cluster-0").expect("a slice"), at(1701));
    let status = standpoints(&fleet)[0].status.clone();
    assert_eq!(status.state, State::Skipped);
    assert_eq!(done(&fleet), ["open 2 in cluster-0", "open 2 in cluster-1"]);
}

#[test]
fn failures_that_are_allowed_stop_nothing() {
    let strategy = crate::rollout::Strategy {
        max_failures: 1,
        ..three_waves()
    };
    let mut fleet = fleet(strategy, 2);
    assert!(!has_failed(&fleet));
    has(&mut fleet, 1, Phase::Failed, "NotBack");
    assert_eq!(failures(&fleet).len(), 1);
    assert!(!has_failed(&fleet));
    has(&mut fleet, 0, Phase::Failed, "NotBack");
    assert!(has_failed(&fleet));
    for seen in fleet.values_mut() {
        seen.slice.spec.control.wave = 1;
    }
    fleet
        .get_mut("cluster-1")
        .expect("a slice")
        .operations
        .clear();
    assert!(has_failed(&fleet), "a canary may not");
}

#[test]
fn a_context_that_is_lost_counts_as_its_targets() {
    let lost = |max_failures, wave| {
        let strategy = crate::rollout::Strategy {
            max_failures,
            ..three_waves()
        };
        let mut fleet = fleet(strategy, wave);
        has(&mut fleet, 0, Phase::Succeeded, "Done");
        let seen = fleet.get_mut("cluster-1").expect("a slice");
        seen.silent = Some(Duration::from_secs(1800));
        assert!(matches!(standing(&fleet), Standing::Silent(_)));
        let seen = fleet.get_mut("cluster-1").expect("a slice");
        seen.silent = Some(Duration::from_secs(1801));
        fleet
    };
    let offline = Stop::Offline(vec!["cluster-1".to_owned()]);
    assert_eq!(stop(&lost(1, 2)), offline, "two of its targets are open");
    assert_eq!(stop(&lost(2, 1)), offline, "a canary may not fail");
    let mut fleet = lost(2, 3);
    assert_eq!(done(&fleet), ["create 00000001-0000 1"], "they may fail");
    has(&mut fleet, 2, Phase::Failed, "NotBack");
    assert_eq!(stop(&fleet), offline);
    let fleet = lost(0, 1);
    let mut here = fleet.clone();
    here.get_mut("cluster-0").expect("a slice").silent = Some(Duration::from_secs(1801));
    assert!(matches!(stop(&here), Stop::Offline(names) if names.len() == 2));
}

#[test]
fn only_healthy_ones_soak() {
    let mut fleet = fleet(three_waves(), 1);
    has(&mut fleet, 0, Phase::Succeeded, "Done");
    let seen = fleet.get_mut("cluster-0").expect("a slice");
    seen.at = at(700);
    let status = seen.slice.status.as_mut().expect("a status");
    status.targets[0].healthy_since = None;
    assert_eq!(
        standing(&fleet),
        Standing::Works(1),
        "it is not healthy again"
    );
    let seen = fleet.get_mut("cluster-0").expect("a slice");
    told(seen, at(650));
    assert_eq!(
        standing(&fleet),
        Standing::Soaks(Duration::from_secs(550)),
        "from the moment when it was again"
    );
    // What the controller says of an earlier attempt counts for nothing.
    let seen = fleet.get_mut("cluster-0").expect("a slice");
    let mut again = operation(&seen.slice, "00000000-0000", 2, 3);
    again.status = Some(ended(Phase::Succeeded, "Done", Some(at(690)), at(699)));
    seen.operations.push(again);
    seen.slice.spec.control.words = vec![Word {
        uid: "00000000-0000".to_owned(),
        retry: 1,
        ..Word::default()
    }];
    assert_eq!(standing(&fleet), Standing::Works(1));
}

#[test]
fn nothing_starts_while_one_is_silent() {
    let silent = |fleet: &mut Fleet, seconds| {
        fleet.get_mut("cluster-1").expect("a slice").silent = Some(Duration::from_secs(seconds));
    };
    let mut waits = fleet(three_waves(), 1);
    silent(&mut waits, 1);
    assert_eq!(
        step(&me(), &waits),
        Step {
            acts: Vec::new(),
            standing: Standing::Silent(vec!["cluster-1".to_owned()])
        }
    );
    silent(&mut waits, 1801);
    assert_eq!(stop(&waits), Stop::Offline(vec!["cluster-1".to_owned()]));

    let strategy = crate::rollout::Strategy {
        offline: Offline::Skip,
        canary: 0,
        waves: Cut::Sizes(Vec::new()),
        ..three_waves()
    };
    let mut goes_on = fleet(strategy, 1);
    has(&mut goes_on, 1, Phase::Running, "");
    silent(&mut goes_on, 1801);
    assert_eq!(
        done(&goes_on),
        ["create 00000000-0000 1"],
        "what ran there counts"
    );

    let mut without = fleet(three_waves(), 1);
    silent(&mut without, 1801);
    let seen = without.get_mut("cluster-0").expect("a slice");
    seen.slice.spec.control.excluded = vec!["cluster-1".to_owned()];
    assert_eq!(done(&without), ["create 00000000-0000 1"]);
    without.remove("cluster-1");
    assert_eq!(done(&without), ["create 00000000-0000 1"]);
}

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
fn what_is_made_up_for_goes_in_the_order_of_its_waves() {
    let mut fleet = fleet(three_waves(), 3);
    for number in [1, 2] {
        has(&mut fleet, number, Phase::Succeeded, "Done");
    }
    assert_eq!(
        done(&fleet),
        ["create 00000000-0000 1"],
        "alone, as planned"
    );
    has(&mut fleet, 0, Phase::Running, "");
    assert_eq!(done(&fleet), Vec::<String>::new());
}

#[test]
fn what_is_tried_again() {
    let strategy = crate::rollout::Strategy {
        offline: Offline::Skip,
        max_failures: 9,
        canary: 0,
        ..three_waves()
    };
    let mut fleet = fleet(strategy, 3);
    has(&mut fleet, 0, Phase::Succeeded, "Done");
    has(&mut fleet, 1, Phase::Failed, "NotBack");
    has(&mut fleet, 2, Phase::Running, "");
    say(&mut fleet, skip());
    fleet.get_mut("cluster-0").expect("a slice").at = at(1701);
    let users = BTreeMap::from([("cluster-0".to_owned(), "anna".to_owned())]);
    let all = tried_again(&fleet, None, &users);
    let uids: Vec<&str> = all.keys().map(String::as_str).collect();
    assert_eq!(
        uids,
        ["00000000-0000", "00000001-0000", "00010000-0000"],
        "left out, late, failed"
    );
    let late = &all["00000001-0000"];
    assert_eq!((late.retry, late.by.as_str()), (1, "anna"));
    assert_eq!(late.at, Some(Time(at(1701))));
    let only = BTreeSet::from(["00010000-0000".to_owned()]);
    assert_eq!(tried_again(&fleet, Some(&only), &users).len(), 1);

    assert!(!was_passed_over(&fleet), "nobody has ended");
    let seen = fleet.get_mut("cluster-0").expect("a slice");
    seen.slice.spec.control.finished_at = Some(Time(noon()));
    assert!(was_passed_over(&fleet));
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
