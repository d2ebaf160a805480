//! Plans: cutting into waves, hashes, what fits.

use proptest::prelude::{Strategy, *};

use super::*;

fn candidates(count: usize) -> Vec<Candidate> {
    (0..count)
        .map(|number| draft(number % 2, number).candidate)
        .collect()
}

fn with(canary: u32, waves: Cut) -> crate::rollout::Strategy {
    crate::rollout::Strategy {
        canary,
        waves,
        ..crate::rollout::Strategy::default()
    }
}

#[test]
fn sizes_are_of_all_and_rounded_down() {
    let quarter = || Cut::Sizes(vec![Amount::Percent(25)]);
    let table: [(usize, u32, Cut, &[usize]); 8] = [
        (1, 1, quarter(), &[1]),
        (2, 1, quarter(), &[1, 1]),
        (3, 1, quarter(), &[1, 1, 1]),
        (9, 1, quarter(), &[1, 2, 6]),
        (9, 0, quarter(), &[2, 7]),
        (
            9,
            2,
            Cut::Sizes(vec![Amount::Count(3), Amount::Percent(100)]),
            &[2, 3, 4],
        ),
        (6, 1, Cut::Contexts {}, &[1, 2, 3]),
        (4, 0, Cut::Sizes(Vec::new()), &[4]),
    ];
    for (count, canary, waves, expected) in table {
        let strategy = with(canary, waves);
        let cut = cut(&candidates(count), &strategy);
        let most = cut.iter().copied().max().unwrap_or(0);
        let sizes: Vec<usize> = (1..=most)
            .map(|wave| cut.iter().filter(|one| **one == wave).count())
            .collect();
        assert_eq!(sizes, expected, "{count} {strategy:?}");
    }
}

#[test]
fn labels_go_in_their_order() {
    let mut all = candidates(4);
    for (candidate, label) in all.iter_mut().zip(["prod", "dev", "prod", "dev"]) {
        candidate.label = label.to_owned();
    }
    let strategy = with(0, Cut::Label("tier".to_owned()));
    assert_eq!(cut(&all, &strategy), [2, 1, 2, 1]);
}

#[test]
fn two_ends_are_never_in_one_wave() {
    let mut all = candidates(4);
    all[1].follows = vec![named("pg-0")];
    all[2].group = Some("shop".to_owned());
    all[3].group = Some("shop".to_owned());
    let strategy = with(0, Cut::Sizes(vec![Amount::Percent(100)]));
    assert_eq!(cut(&all, &strategy), [1, 2, 1, 2]);
    for follows in [named("pg-2-repl"), Follows::Uid(all[2].uid.clone())] {
        let mut all = candidates(4);
        all[3].follows = vec![follows];
        assert_eq!(cut(&all, &strategy), [1, 1, 1, 2]);
    }
}

fn named(name: &str) -> Follows {
    Follows::Named {
        namespace: "team".to_owned(),
        name: name.to_owned(),
    }
}

#[test]
fn what_is_suffered_is_said_once() {
    let mut plan = plan(crate::rollout::Strategy::default(), &[3]);
    let all = [("a", "hurts"), ("b", "itches"), ("c", "hurts")];
    plan.suffers(all.map(|(uid, effect)| (uid.to_owned(), effect.to_owned())));
    let effect = |effect: &str, targets: &[&str]| Effect {
        effect: effect.to_owned(),
        targets: targets.iter().map(|uid| (*uid).to_owned()).collect(),
    };
    assert_eq!(
        plan.effects,
        [effect("hurts", &["a", "c"]), effect("itches", &["b"])]
    );
}

prop_compose! {
    fn candidate()(cluster in 0..3usize, name in 0..6usize, group in prop::option::of(0..3u8), follows in prop::option::of(0..6usize), label in 0..3u8) -> Candidate {
        Candidate {
            group: group.map(|group| group.to_string()),
            follows: follows.map(|name| named(&format!("pg-{name}"))).into_iter().collect(),
            label: label.to_string(),
            ..draft(cluster, name).candidate
        }
    }
}

fn cuts() -> impl Strategy<Value = Cut> {
    let amount = prop_oneof![
        (1..9u32).prop_map(Amount::Count),
        (1..=100u32).prop_map(Amount::Percent)
    ];
    prop_oneof![
        prop::collection::vec(amount, 0..4).prop_map(Cut::Sizes),
        Just(Cut::Contexts {}),
        Just(Cut::Label("tier".to_owned())),
    ]
}

proptest! {
    #[test]
    fn each_has_a_wave_and_no_wave_holds_two_that_depend(
        all in prop::collection::vec(candidate(), 1..40),
        canary in 0..4u32,
        waves in cuts(),
    ) {
        let strategy = with(canary, waves);
        let cut = cut(&all, &strategy);
        let most = cut.iter().copied().max().unwrap_or(0);
        prop_assert!(cut.iter().all(|wave| *wave > 0));
        for wave in 1..=most {
            let here: Vec<&Candidate> = all.iter().zip(&cut).filter(|(_, of)| **of == wave).map(|(one, _)| one).collect();
            prop_assert!(!here.is_empty(), "wave {} is empty", wave);
            for (index, one) in here.iter().enumerate() {
                prop_assert!(!here[index + 1..].iter().any(|other| one.conflicts_with(other)));
            }
            if wave == 1 && canary > 0 {
                prop_assert!(here.len() <= canary as usize);
            }
        }
    }
}

#[test]
fn amounts() {
    let of = |text: &str, all| text.parse::<Amount>().map(|amount| amount.of(all));
    assert_eq!(of("10%", 9), Ok(1));
    assert_eq!(of("10%", 29), Ok(2));
    assert_eq!(of("100%", 7), Ok(7));
    assert_eq!(of("3", 1), Ok(3));
    for bad in ["", "0", "0%", "101%", "-1", "x", "1.5%", "%"] {
        assert!(bad.parse::<Amount>().is_err(), "{bad}");
    }
}

#[test]
fn a_hash_tells_every_change() {
    let plan = plan(crate::rollout::Strategy::default(), &[2, 1]);
    assert_eq!(plan.check(), Ok(()));
    assert_eq!(plan.waves(), 3);
    let text = serde_json::to_string(&plan).expect("JSON");
    let read: Plan = serde_json::from_str(&text).expect("a plan");
    assert_eq!((read.check(), &read), (Ok(()), &plan));
    // Of a plan that an earlier version made: the same for good.
    assert_eq!(
        plan.plan_hash,
        "ae5f5f88e866d1339572b887c7d03bbf260207874fe259ba5c1d38c035dabd7b"
    );
    let mut told = plan.clone();
    told.suffers([("00000000-0000".to_owned(), "hurts".to_owned())]);
    assert_eq!(told.check(), Ok(()), "what is said for people alone");
    let changes: [fn(&mut Plan); 7] = [
        |plan| plan.id.push('x'),
        |plan| plan.reason = Some("other".to_owned()),
        |plan| plan.strategy.soak_seconds += 1,
        |plan| plan.slices[1].targets[0].wave = 1,
        |plan| plan.slices[0].targets[0].uid.push('0'),
        |plan| plan.slices[0].requested_by.push('x'),
        |plan| {
            plan.action = Action::Restart(Restart {
                if_pending: true,
                ..Restart::default()
            });
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut other = plan.clone();
        change(&mut other);
        assert!(other.check().is_err(), "change {number}");
    }
    // A slice alone tells as much, and nothing of the targets of others.
    for (uid, mut slice) in plan.rollouts() {
        assert!(is_genuine(&slice), "{uid}");
        let text = serde_json::to_string(&slice).expect("JSON");
        let other = if uid == uid_of(0) {
            "00010000"
        } else {
            "00000000"
        };
        assert!(!text.contains(other), "{text}");
        slice.spec.plan.targets[0].generation += 1;
        assert!(!is_genuine(&slice));
    }
}

#[test]
fn a_slice_over_several_namespaces_lies_where_its_controller_does() {
    let mut drafts: Vec<Draft> = (0..6).map(|number| draft(number % 3, number)).collect();
    // Both targets of the first one stay in one namespace.
    for draft in &mut drafts[4..] {
        draft.target.namespace = "other".to_owned();
    }
    let place = Place {
        home: "databases".to_owned(),
        ..Place::default()
    };
    let places = BTreeMap::from([(uid_of(0), place.clone()), (uid_of(1), place)]);
    let plan = Plan::new(
        "restart-1",
        Action::Restart(Restart::default()),
        crate::rollout::Strategy::default(),
        drafts,
        &places,
    )
    .expect("a plan");
    let all = plan.rollouts().into_values();
    let all: Vec<Option<String>> = all.map(|slice| slice.metadata.namespace).collect();
    let expected = ["team", "databases", crate::names::SYSTEM_NAMESPACE];
    assert_eq!(all, expected.map(|it| Some(it.to_owned())));
}

#[test]
fn what_does_not_fit_is_refused() {
    let places = BTreeMap::new();
    let restart = || Action::Restart(Restart::default());
    let made = |drafts: Vec<Draft>| {
        let strategy = crate::rollout::Strategy::default();
        Plan::new("restart-1", restart(), strategy, drafts, &places)
    };
    assert_eq!(made(Vec::new()), Err(PlanError::Empty));
    let many = |count: usize, length: usize| -> Vec<Draft> {
        let mut all: Vec<Draft> = (0..count).map(|number| draft(0, number)).collect();
        for draft in &mut all {
            draft.target.name = "n".repeat(length);
        }
        all
    };
    assert!(made(many(1000, 20)).is_ok());
    assert!(matches!(
        made(many(1001, 20)),
        Err(PlanError::TooMany { count: 1001, .. })
    ));
    assert!(matches!(
        made(many(1000, 250)),
        Err(PlanError::TooLarge { .. })
    ));
    let mut alike = many(2, 20);
    alike[1].target.uid = alike[0].target.uid.clone();
    assert!(matches!(made(alike), Err(PlanError::Alike(..))));
}

#[test]
fn participants_and_their_waves_have_to_fit_as_well() {
    let by_context = |contexts: usize| {
        let strategy = with(0, Cut::Contexts {});
        let drafts = (0..contexts).map(|cluster| draft(cluster, 0)).collect();
        Plan::new(
            "restart-1",
            Action::Restart(Restart::default()),
            strategy,
            drafts,
            &BTreeMap::new(),
        )
    };
    let plan = by_context(200).expect("a plan");
    for slice in plan.rollouts().values() {
        let bytes = serde_json::to_vec(slice).expect("JSON").len();
        assert!(bytes < MOST_BYTES, "{bytes}");
    }
    assert!(matches!(by_context(400), Err(PlanError::TooLarge { .. })));
}

/// The largest slice, when all of it has failed with the longest reasons, or is done; and when a
/// person has tried it all again.
#[test]
fn a_slice_fits_into_half_a_mebibyte() {
    let mut drafts: Vec<Draft> = (0..1000).map(|number| draft(0, number)).collect();
    for (number, draft) in drafts.iter_mut().enumerate() {
        draft.target.uid = format!("{number:08}-0123-0123-0123-0123456789ab");
        draft.target.namespace = "a-team-with-a-name".to_owned();
        draft.target.name = format!("a-cluster-with-a-name-{number}");
        draft.target.from = "15.18".to_owned();
        draft.target.to = "17".to_owned();
    }
    let plan = Plan::new(
        "upgrade-20261121-031207-k7f3",
        Action::Restart(Restart::default()),
        crate::rollout::Strategy::default(),
        drafts,
        &BTreeMap::new(),
    )
    .expect("a plan");
    let made = plan.rollouts().into_values().next().expect("a slice");
    let status_of = |slice: &Rollout, text: &str, attempt: u32| {
        let operations: Vec<Operation> = slice
            .spec
            .plan
            .targets
            .iter()
            .map(|target| {
                let mut one = operation(slice, &target.uid, attempt, 1);
                let mut status = ended(Phase::Failed, "NotBack", Some(noon()), at(60));
                status.message = Some(text.to_owned());
                one.status = Some(status);
                one
            })
            .collect();
        let all: Vec<&Operation> = operations.iter().collect();
        let sight = |_: &Target| slice::Sight::Gone;
        slice::status(slice, None, &all, &sight, noon())
    };
    let bytes = |slice: &Rollout| serde_json::to_vec(slice).expect("JSON").len();
    for text in ["ö", "n", "\u{1}", "🐘"] {
        let mut slice = made.clone();
        let status = status_of(&slice, &text.repeat(500), 1);
        let shortest = status.targets.iter().filter_map(|one| one.reason.as_ref());
        let shortest = shortest.map(String::len).min().unwrap_or(0);
        assert!(shortest > "Failed: ".len(), "{text:?}: {shortest} are left");
        slice.status = Some(status);
        assert!(bytes(&slice) < MOST_SLICE_BYTES, "{}", bytes(&slice));
    }
    // Few keep their reasons as they are.
    let mut few = made.clone();
    few.spec.plan.targets.truncate(100);
    for one in status_of(&few, &"ö".repeat(500), 1).targets {
        let reason = one.reason.expect("a reason");
        assert_eq!(reason.chars().count(), 120, "{reason}");
    }
    let mut done = made.clone();
    let mut status = status_of(&done, "", 1);
    for one in &mut status.targets {
        one.reason = None;
        one.healthy_since = one.finished_at.clone();
    }
    done.status = Some(status);
    assert!(bytes(&done) < MOST_SLICE_BYTES, "{}", bytes(&done));
    let mut again = made;
    let words = again.spec.plan.targets.iter().map(|target| Word {
        uid: target.uid.clone(),
        retry: 1,
        by: "anna".to_owned(),
        at: Some(Time(noon())),
        ..Word::default()
    });
    again.spec.control.words = words.collect();
    let status = status_of(&again, &"ö".repeat(500), 2);
    again.status = Some(status);
    println!("again {}", bytes(&again));
    assert!(bytes(&again) < MOST_SLICE_BYTES, "{}", bytes(&again));
}
