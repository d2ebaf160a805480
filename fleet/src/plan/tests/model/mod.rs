//! A world that moves by itself: members that fail over, lag, freeze, vanish and come back; an
//! API server whose watches are late, each kind on its own; acts that fail, or whose answer is
//! lost; a controller that dies between any two of them; people who want something else.
//!
//! Safe at every step; and once the misfortunes stop, within a bounded time, the cluster is as its
//! manifest says, every operation has an end, the status is true, and nothing more is done.

mod acts;
mod api;
mod cluster;
mod controller;
mod goal;
mod judges;
mod members;
mod people;
mod performs;
mod pods;
mod requests;
pub mod rng;
mod rollout;

use std::time::Duration;

use proptest::prelude::*;

use self::{cluster::Truth, controller::Controller};
pub use self::{controller::Planner, people::Event};
use crate::plan;

/// A life of a cluster.
#[derive(Clone, Debug)]
pub struct Story {
    pub seed: u64,
    pub members: i64,
    pub synchronous: bool,
    /// Seconds in which it may come to be undisturbed.
    pub peace: u64,
    /// What happens, each so many tenths of a second after the one before.
    pub events: Vec<(u64, Event)>,
}

pub fn story() -> impl Strategy<Value = Story> {
    let events = prop::collection::vec((0..150u64, people::event()), 1..25);
    let peace = prop_oneof![4 => Just(40), 1 => 0..10u64];
    (any::<u64>(), 1..4i64, any::<bool>(), peace, events).prop_map(
        |(seed, members, synchronous, peace, events)| Story {
            seed,
            members,
            synchronous,
            peace,
            events,
        },
    )
}

/// Lives worth telling in any case.
pub fn told() -> Vec<Story> {
    let tell = |members, synchronous, events: &[(u64, Event)]| Story {
        seed: 7,
        members,
        synchronous,
        peace: 40,
        events: events.to_vec(),
    };
    let ask = |what, member| Event::Ask {
        what,
        member,
        queue: true,
        odd: 4,
    };
    let (failover, all, one, copy) = (ask(1, 0), ask(2, 0), ask(3, 1), ask(4, 1));
    vec![
        // Restarts of all members, one after another; a second one queues.
        tell(
            3,
            false,
            &[(0, all.clone()), (20, one), (600, Event::Nothing)],
        ),
        // One member of three stays, and the leader is not the first.
        tell(
            3,
            true,
            &[
                (0, ask(0, 0)),
                (200, Event::Scale(1)),
                (600, Event::Nothing),
            ],
        ),
        // The one to go has become the synchronous standby.
        tell(
            3,
            true,
            &[
                (0, Event::StopPod(1)),
                (200, Event::Scale(2)),
                (600, Event::Nothing),
            ],
        ),
        // The leader's node is cut off: its pod keeps the label beside the new leader's.
        tell(3, false, &[(0, Event::Cut(0, 90)), (900, Event::Nothing)]),
        // A replica that does not start any more is copied again.
        tell(
            2,
            true,
            &[(0, Event::Break(1)), (99, copy), (600, Event::Nothing)],
        ),
        // A failover while a member shall go and the leader is frozen.
        tell(
            3,
            false,
            &[
                (0, Event::Freeze(0, 60)),
                (9, Event::Scale(2)),
                (9, failover.clone()),
            ],
        ),
        // Another image, parameters up and down, and a pod that somebody wants restarted.
        tell(
            3,
            true,
            &[
                (0, Event::Image(1)),
                (900, Event::Connections(1)),
                (400, Event::Connections(3)),
                (400, Event::Flag(1)),
                (300, Event::Connections(4)),
                (600, Event::Note(1)),
            ],
        ),
        // Annotations of the pods: from none to some and others, beside another image and while a pod
        // is made anew and the API server says no; then none any more.
        tell(
            3,
            false,
            &[
                (0, Event::Note(0)),
                (300, Event::StopPod(1)),
                (300, Event::Note(1)),
                (0, Event::Image(1)),
                (600, Event::LateWatch(1, 30)),
                (0, Event::Note(2)),
                (0, Event::StopPod(2)),
                (100, Event::Refuse(9)),
                (600, Event::Note(3)),
                (600, Event::Nothing),
            ],
        ),
        // One of two stays, and is to be restarted before the other is gone.
        tell(
            2,
            true,
            &[
                (0, Event::Scale(1)),
                (0, Event::Image(1)),
                (600, Event::Nothing),
            ],
        ),
        // Another image, and a replica does not come up from it for a while.
        tell(
            3,
            false,
            &[
                (0, Event::Unschedulable(1, 59)),
                (0, Event::Image(2)),
                (100, Event::Freeze(0, 30)),
                (300, Event::Image(0)),
                (0, Event::Connections(1)),
            ],
        ),
        // Another image, and a late watch calls members pending that serve by then.
        tell(
            4,
            false,
            &[
                (0, Event::Scale(2)),
                (300, Event::Unschedulable(2, 9)),
                (0, Event::Unschedulable(3, 9)),
                (0, Event::Scale(4)),
                (50, Event::LateWatch(1, 59)),
                (400, Event::Image(1)),
                (600, Event::Nothing),
            ],
        ),
        // Another image while the replica's node takes no more pods: the primary goes there once at
        // most, and not back before it was restarted.
        tell(
            2,
            false,
            &[
                (0, Event::Cordon(1, 200)),
                (0, Event::Image(1)),
                (600, Event::Nothing),
            ],
        ),
        // A lower value, and the primary moves again and again, to a member that was restarted in
        // vain because the former one had more.
        Story {
            seed: 3_544_967_091_988_468_041,
            ..tell(
                2,
                false,
                &[
                    (195, ask(0, 2)),
                    (83, Event::Connections(113)),
                    (174, Event::Cordon(1, 253)),
                    (37, Event::Cordon(0, 156)),
                    (127, failover.clone()),
                    (209, Event::Flag(1)),
                    (300, Event::Nothing),
                ],
            )
        },
        // Another image just when all were restarted: replicas find the primary again by themselves.
        tell(
            3,
            true,
            &[(0, ask(2, 0)), (0, Event::Image(1)), (600, Event::Nothing)],
        ),
        // The primary is stopped while the other member, which is given up, is not gone yet.
        tell(
            2,
            true,
            &[
                (0, Event::Scale(1)),
                (20, Event::StopPod(0)),
                (600, Event::Nothing),
            ],
        ),
        // Deleted in the middle of a restart, every watch late.
        tell(
            2,
            false,
            &[
                (0, all),
                (30, Event::LateWatch(1, 9)),
                (0, Event::LateWatch(3, 6)),
                (0, Event::Delete { with_data: true }),
                (99, Event::Die),
            ],
        ),
        // Deleted before the watch on pods, or on what Patroni made, has told anything.
        Story {
            peace: 0,
            ..tell(
                2,
                false,
                &[
                    (0, Event::LateWatch(1, 30)),
                    (0, Event::LateWatch(2, 30)),
                    (90, Event::Delete { with_data: true }),
                    (300, Event::Nothing),
                ],
            )
        },
        // Deleted before the controller knows what it made.
        Story {
            peace: 0,
            ..tell(
                2,
                false,
                &[
                    (0, Event::LateWatch(3, 15)),
                    (0, Event::Lose(3)),
                    (25, Event::Delete { with_data: false }),
                    (300, Event::Nothing),
                ],
            )
        },
    ]
}

/// Lives it, with this planner. Every broken promise is a line.
pub fn live(story: &Story, planner: Planner<'_>, waits_for_lists: bool) -> Vec<String> {
    life(story, planner, waits_for_lists).violations
}

fn life(story: &Story, planner: Planner<'_>, waits_for_lists: bool) -> Truth {
    let mut truth = Truth::new(story.seed, story.members, story.synchronous);
    let mut controller = Controller::new(planner, &truth);
    controller.waits_for_lists = waits_for_lists;
    pass(
        &mut truth,
        &mut controller,
        Duration::from_secs(story.peace),
    );
    for (tenths, event) in &story.events {
        pass(
            &mut truth,
            &mut controller,
            Duration::from_millis(tenths * 100),
        );
        event.happen(&mut truth, &mut controller);
        if !truth.violations.is_empty() {
            return truth;
        }
    }
    goal::misfortunes_stop(&mut truth, &mut controller);
    pass_in_steps(&mut truth, &mut controller, goal::BOUND, 500);
    goal::judge(&mut truth, &mut controller);
    truth
}

fn pass(truth: &mut Truth, controller: &mut Controller<'_>, time: Duration) {
    pass_in_steps(truth, controller, time, 250);
}

fn pass_in_steps(truth: &mut Truth, controller: &mut Controller<'_>, time: Duration, step: u64) {
    let until = truth.now + time;
    while truth.now < until {
        truth.pass(Duration::from_millis(step));
        controller.pass(truth);
    }
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(40),
        failure_persistence: None,
        max_shrink_iters: 50,
        ..ProptestConfig::default()
    }
}

#[test]
fn told_lives_end_well() {
    for story in told() {
        let broken = live(&story, &plan::next, true);
        assert!(broken.is_empty(), "{story:?}: {broken:#?}");
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn safe_at_every_step_and_live_in_the_end(story in story()) {
        let broken = live(&story, &plan::next, true);
        prop_assert!(broken.is_empty(), "{broken:#?}");
    }
}

#[test]
fn deleted_before_the_controller_knows_what_it_made() {
    for seed in 0..30 {
        let story = Story {
            seed,
            ..told().pop().expect("a life")
        };
        let broken = live(&story, &plan::next, true);
        assert!(broken.is_empty(), "{story:?}: {broken:#?}");
    }
}

/// Without the finalizer: what a watch has told is written down, and then comes to its end, whatever
/// happens to the controller.
#[test]
fn a_deletion_that_is_seen_comes_to_its_end() {
    for (n, dies) in (0..40).flat_map(|n| [(n, false), (n, true)]) {
        let mut events = vec![
            (0, Event::LateWatch((n % 8) as usize, 9)),
            (
                n,
                Event::Delete {
                    with_data: n % 2 == 0,
                },
            ),
            (5 + n, Event::Lose(5)),
        ];
        events.extend(dies.then_some((0, Event::Die)));
        events.push((300, Event::Nothing));
        let story = Story {
            seed: 4 * n,
            members: 2,
            synchronous: false,
            peace: 30,
            events,
        };
        let truth = life(&story, &plan::next, true);
        assert!(
            truth.violations.is_empty(),
            "{story:?}: {:#?}",
            truth.violations
        );
        assert!(truth.manifest().is_none() && truth.deleted.is_some());
        assert!(truth.recorded || dies, "{story:?}: nobody wrote it down");
    }
}
