//! Targets that fail, hang or stay unwell, and what people say of them.

use super::*;

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
