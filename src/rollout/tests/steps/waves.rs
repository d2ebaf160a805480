//! How waves follow one another, and how much goes on at once.

use super::*;

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
