//! Kubernetes clusters that do not answer.

use super::*;

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
