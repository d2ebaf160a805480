//! Words of people and drivers, claims of slices, what is refused.

use super::*;

fn control(desired: Desired, seq: i64) -> Control {
    Control {
        desired,
        desired_seq: seq,
        by: Some(format!("{desired} {seq}")),
        ..Control::default()
    }
}

#[test]
fn the_newest_word_counts_and_an_end_is_an_end() {
    use Desired::{Abort, Pause, Run};
    let table: [(&[(Desired, i64)], Desired); 6] = [
        (&[(Run, 1), (Run, 1)], Run),
        (&[(Run, 2), (Pause, 1)], Run),
        (&[(Run, 2), (Pause, 2)], Pause),
        (&[(Run, 2), (Pause, 3)], Pause),
        (&[(Run, 9), (Abort, 1)], Abort),
        (&[], Pause),
    ];
    for (words, expected) in table {
        let mut all: Vec<Control> = words
            .iter()
            .map(|(word, seq)| control(*word, *seq))
            .collect();
        assert_eq!(wanted(&all).desired, expected, "{words:?}");
        let seq = words.iter().map(|(_, seq)| *seq).max().unwrap_or(0);
        assert_eq!(wanted(&all).seq, seq);
        all.reverse();
        assert_eq!(
            wanted(&all).desired,
            expected,
            "{words:?}, the other way round"
        );
    }
}

#[test]
fn a_start_is_made_again_only_where_nothing_can_have_begun() {
    let made = Control::default;
    let bid = || Control {
        epoch: 1,
        ..control(Desired::Run, 1)
    };
    let opened = || Control { wave: 1, ..bid() };
    let without = || Control {
        excluded: vec!["gone".to_owned()],
        ..bid()
    };
    let table = [
        (vec![made(), made()], true),
        (vec![bid(), made()], true),
        (vec![bid(), bid()], false),
        (vec![opened(), made()], false),
        (vec![without(), made()], false),
        (vec![control(Desired::Abort, 1), made()], false),
        (vec![control(Desired::Pause, 1), made()], true),
    ];
    for (all, expected) in table {
        assert_eq!(never_ran(&all), expected, "{all:?}");
        assert_eq!(never_ran(all.iter().rev()), expected, "{all:?}");
    }
}

fn slice_of(control: Control) -> Rollout {
    let plan = plan(crate::rollout::Strategy::default(), &[3]);
    let mut slice = plan.rollouts().into_values().next().expect("a slice");
    slice.spec.control = control;
    slice.metadata.uid = Some("uid".to_owned());
    slice.metadata.creation_timestamp = Some(Time(noon()));
    slice
}

#[test]
fn one_driver_at_a_time() {
    let read = [control(Desired::Pause, 4), control(Desired::Run, 3)];
    let bid = Bid::new(
        driver("me"),
        "anna",
        &read,
        &BTreeSet::from(["gone".to_owned()]),
    );
    assert_eq!((bid.epoch, bid.seq), (1, 5));
    let Reply::Write(written) = bid.on(&slice_of(control(Desired::Pause, 4))) else {
        panic!("it is not written");
    };
    assert_eq!(
        (written.epoch, written.desired, written.desired_seq),
        (1, Desired::Run, 5)
    );
    assert_eq!(written.excluded, ["gone"]);
    assert_eq!(bid.on(&slice_of((*written).clone())), Reply::Stands);
    let mut theirs = (*written).clone();
    theirs.driver = Some(driver("other"));
    assert_eq!(bid.on(&slice_of(theirs)), Reply::Theirs(driver("other")));
    let later = Control {
        epoch: 2,
        ..control(Desired::Run, 6)
    };
    assert!(matches!(bid.on(&slice_of(later)), Reply::Theirs(_)));
    for stopped in [
        control(Desired::Pause, 6),
        control(Desired::Abort, 1),
        Control {
            desired: Desired::Pause,
            desired_seq: 5,
            ..(*written).clone()
        },
    ] {
        let reply = bid.on(&slice_of(stopped.clone()));
        assert!(
            matches!(reply, Reply::Stopped(..)),
            "{stopped:?}: {reply:?}"
        );
    }
}

#[test]
fn words_on_targets_lie_where_the_targets_are() {
    let mut bid = Bid::new(driver("me"), "anna", &[], &BTreeSet::new());
    for uid in ["00000001-0000", "elsewhere"] {
        let word = Word {
            uid: uid.to_owned(),
            retry: 1,
            ..Word::default()
        };
        bid.words.insert(uid.to_owned(), word);
    }
    let mut before = control(Desired::Pause, 0);
    before.finished_at = Some(Time(noon()));
    before.words = vec![Word {
        uid: "00000001-0000".to_owned(),
        skip: true,
        ..Word::default()
    }];
    let Reply::Write(written) = bid.on(&slice_of(before)) else {
        panic!("it is not written");
    };
    assert_eq!(written.words.len(), 1);
    assert!(!written.words[0].skip, "the newer word");
    assert_eq!(written.finished_at, None, "there is something to do again");
}

#[test]
fn people_stop_it() {
    let aborted = control(Desired::Run, 3).stopped(Desired::Abort, 4, "bob", Some("no"));
    assert_eq!((aborted.desired, aborted.desired_seq), (Desired::Abort, 4));
    let paused = aborted.stopped(Desired::Pause, 5, "anna", None);
    assert_eq!(paused.desired, Desired::Abort, "for good");
}

#[test]
fn a_person_lets_it_through_where_one_was_asked_or_a_gate_said_no() {
    let gates = [Gate::Approval {}, Gate::Sql("select true".to_owned())];
    let finding = |gate: &Gate, passed| Finding {
        wave: 1,
        gate: gate.to_string(),
        passed,
        evidence: String::new(),
        epoch: 1,
        at: None,
    };
    let open = |wave, found: Vec<Finding>| {
        let control = Control {
            wave,
            gates: found,
            ..control(Desired::Run, 1)
        };
        let other = Control {
            wave,
            ..Control::default()
        };
        let open = to_approve(&gates, [&control, &other]).1.into_iter();
        open.map(ToString::to_string).collect::<Vec<_>>()
    };
    let (approval, sql) = (&gates[0], &gates[1]);
    assert_eq!(open(0, vec![]), [""; 0]);
    assert_eq!(open(1, vec![]), ["approval"], "the query is still asked");
    assert_eq!(open(1, vec![finding(approval, true)]), [""; 0]);
    let no = vec![finding(approval, true), finding(sql, false)];
    assert_eq!(open(1, no.clone()), ["sql=select true"]);
    assert_eq!(open(2, no.clone()), ["approval"], "behind a later wave");
    let yes = [no, vec![finding(sql, true)]].concat();
    assert_eq!(open(1, yes), [""; 0]);
}

fn named(name: &str, uid: &str, created: i64, control: Control) -> Rollout {
    let mut slice = slice_of(control);
    slice.metadata.name = Some(name.to_owned());
    slice.metadata.uid = Some(uid.to_owned());
    slice.metadata.creation_timestamp = Some(Time(at(created)));
    slice
}

#[test]
fn the_first_has_the_targets() {
    let paused = || control(Desired::Pause, 0);
    let a = named("a", "2", 0, paused());
    let b = named("b", "1", 1, paused());
    let mut other = named("c", "3", 2, paused());
    for target in &mut other.spec.plan.targets {
        target.uid.push('x');
    }
    let held =
        |claims: &BTreeMap<String, Claimed>, uid: &str| claims.get(uid).is_some_and(|it| it.held);
    let claims = slice::claims([&b, &a, &other], noon());
    assert_eq!(
        (held(&claims, "2"), held(&claims, "1"), held(&claims, "3")),
        (true, false, true)
    );
    assert_eq!(claims["1"].by.as_deref(), Some("a"));
    assert_eq!(claims["1"].targets, ["team/pg-0", "team/pg-1", "team/pg-2"]);

    // Whoever has them keeps them, though another one turns up that is as old.
    let mut kept = b.clone();
    kept.status = Some(RolloutStatus {
        claimed: Some(claims["3"].clone()),
        ..RolloutStatus::default()
    });
    let claims = slice::claims([&kept, &a], noon());
    assert_eq!((held(&claims, "1"), held(&claims, "2")), (true, false));

    // What has ended, or never ran, holds nothing.
    let aborted = named("a", "2", 0, control(Desired::Abort, 1));
    assert!(held(&slice::claims([&aborted, &b], noon()), "1"));
    assert!(!held(&slice::claims([&a, &b], at(3600)), "1"));
    assert!(
        held(&slice::claims([&a, &b], at(3601)), "1"),
        "nobody ran it within an hour"
    );
    let ran = named(
        "a",
        "2",
        0,
        Control {
            epoch: 1,
            ..control(Desired::Pause, 1)
        },
    );
    assert!(!held(&slice::claims([&ran, &b], at(1_000_000)), "1"));
}

#[test]
fn operations_that_were_overtaken_are_refused() {
    let running = || Control {
        epoch: 2,
        wave: 1,
        ..control(Desired::Run, 1)
    };
    let slice = slice_of(running());
    let uid = slice.spec.plan.targets[0].uid.clone();
    let asked = operation(&slice, &uid, 1, 2);
    let judge = |operation: &Operation, slice: &Rollout, held, generation| {
        slice::refusal(&operation.spec, Some(slice), held, generation).map(|(reason, _)| reason)
    };
    assert_eq!(judge(&asked, &slice, true, 1), None);
    assert_eq!(judge(&asked, &slice, false, 1), Some(NOT_YET));
    assert_eq!(judge(&asked, &slice, true, 2), Some(CHANGED));
    let old = operation(&slice, &uid, 1, 1);
    assert_eq!(judge(&old, &slice, true, 1), Some(NOT_YET));
    let paused = slice_of(Control {
        desired: Desired::Pause,
        ..running()
    });
    assert_eq!(judge(&asked, &paused, true, 1), Some(NOT_YET));
    let later = operation(&slice, &slice.spec.plan.targets[1].uid, 1, 2);
    assert_eq!(
        judge(&later, &slice, true, 1),
        Some(NOT_YET),
        "of a later wave"
    );
    let mut other = asked.clone();
    other.spec.target.uid = "another".to_owned();
    assert_eq!(judge(&other, &slice, true, 1), Some("RolloutOther"));
    let mut other = asked.clone();
    other.spec.action = Action::Reload(crate::operation::Reload {});
    assert_eq!(judge(&other, &slice, true, 1), Some("RolloutOther"));
    assert_eq!(
        slice::refusal(&asked.spec, None, true, 1).map(|(reason, _)| reason),
        Some("RolloutGone")
    );
    let mut by_hand = asked.clone();
    by_hand.spec.rollout = None;
    assert_eq!(slice::refusal(&by_hand.spec, None, false, 9), None);
    let said = |word: Word| {
        slice_of(Control {
            words: vec![Word {
                uid: uid.clone(),
                ..word
            }],
            ..running()
        })
    };
    let left_out = said(Word {
        skip: true,
        ..Word::default()
    });
    assert_eq!(judge(&asked, &left_out, true, 1), Some(NOT_YET));
    let slice = said(Word {
        retry: 1,
        ..Word::default()
    });
    assert_eq!(
        judge(&asked, &slice, true, 2),
        None,
        "asked for in spite of it"
    );
}

#[test]
fn states_of_a_target() {
    use slice::Sight;
    let slice = slice_of(Control {
        epoch: 1,
        wave: 1,
        ..control(Desired::Run, 1)
    });
    let uid = slice.spec.plan.targets[0].uid.clone();
    let there = |generation, healthy: Option<i64>, reverted: Option<&str>| Sight::There {
        generation,
        healthy_since: healthy.map(at),
        reverted: reverted.map(str::to_owned),
    };
    let well = || there(1, Some(0), None);
    let table = [
        (None, well(), State::Pending, None),
        (
            None,
            there(2, None, None),
            State::Skipped,
            Some("changed since the plan"),
        ),
        (None, Sight::Gone, State::Skipped, Some("deleted")),
        (
            Some((Phase::Queued, "")),
            there(2, None, None),
            State::Running,
            None,
        ),
        (
            Some((Phase::Running, "")),
            Sight::Gone,
            State::Running,
            None,
        ),
        (
            Some((Phase::Succeeded, "Done")),
            well(),
            State::Succeeded,
            None,
        ),
        (
            Some((Phase::Succeeded, "Done")),
            there(2, Some(0), Some("")),
            State::Failed,
            Some("reverted: the manifest"),
        ),
        (
            Some((Phase::Succeeded, "Done")),
            there(2, Some(0), Some("argocd")),
            State::Failed,
            Some("reverted by argocd: the manifest"),
        ),
        (
            Some((Phase::Refused, NOT_YET)),
            well(),
            State::Pending,
            None,
        ),
        (
            Some((Phase::Refused, CHANGED)),
            well(),
            State::Skipped,
            Some("because"),
        ),
        (
            Some((Phase::Refused, "Busy")),
            well(),
            State::Failed,
            Some("Refused: because Busy"),
        ),
        (
            Some((Phase::Cancelled, "TakenBack")),
            well(),
            State::Failed,
            Some("Cancelled"),
        ),
        (
            Some((Phase::Superseded, "PrimaryChanged")),
            well(),
            State::Pending,
            Some("because PrimaryChanged"),
        ),
        (
            Some((Phase::Superseded, "NoCluster")),
            Sight::Gone,
            State::Failed,
            Some("Superseded"),
        ),
    ];
    for (phase, sight, state, reason) in table {
        let operations: Vec<Operation> = phase
            .iter()
            .map(|(phase, reason)| {
                let mut one = operation(&slice, &uid, 1, 1);
                one.status = Some(ended(*phase, reason, Some(at(1)), at(2)));
                one
            })
            .collect();
        let all: Vec<&Operation> = operations.iter().collect();
        let status = slice::status(&slice, None, &all, &|_| sight.clone(), at(5));
        let found = &status.targets[0];
        let told = found.reason.as_deref().unwrap_or_default();
        assert_eq!(found.state, state, "{phase:?} {sight:?}");
        assert!(
            reason.is_none_or(|reason| told.contains(reason)),
            "{phase:?} {sight:?}: {told}"
        );
        if state == State::Succeeded {
            assert_eq!(found.healthy_since, Some(Time(at(2))), "not before its end");
        }
        assert_eq!(status.counts.total(), 3);
        assert_eq!(status.fenced_epoch, 1);
    }
}

#[test]
fn ended_slices_are_kept_a_while() {
    let day = 86_400;
    let ended = |number: i64| {
        let mut slice = named(
            &format!("r-{number}"),
            &format!("{number:03}"),
            -100 * day,
            Control {
                epoch: 1,
                finished_at: Some(Time(noon())),
                ..control(Desired::Run, 1)
            },
        );
        slice.status = Some(RolloutStatus {
            ended_at: Some(Time(at(-number * day))),
            ..RolloutStatus::default()
        });
        slice
    };
    let mut all: Vec<Rollout> = (0..40).map(ended).collect();
    all.push(named("never", "n", -7200, control(Desired::Pause, 0)));
    all.push(named(
        "open",
        "o",
        -100 * day,
        Control {
            epoch: 1,
            ..control(Desired::Pause, 1)
        },
    ));
    let gone: Vec<&str> = slice::to_collect(&all, noon())
        .iter()
        .filter_map(|one| one.metadata.name.as_deref())
        .collect();
    assert_eq!(gone.first(), Some(&"never"));
    assert_eq!(gone.len(), 1 + 9, "{gone:?}");
    assert!(!gone.contains(&"r-30") && gone.contains(&"r-31"));
    let few: Vec<Rollout> = (60..80).map(ended).collect();
    assert!(
        slice::to_collect(&few, noon()).is_empty(),
        "the last twenty stay"
    );
}
