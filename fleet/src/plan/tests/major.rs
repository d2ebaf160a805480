//! A major upgrade against members that move by themselves: orders are lost before or after they
//! were carried out, or come late, containers are killed at any moment, another member takes over,
//! controllers forget what they knew, somebody takes the operation back or deletes it.
//! At no time does a replica of the old version run under Patroni while the primary may commit or
//! has; in the end all serve, in one version.

mod world;

use std::time::Duration;

use pg_core::operation::Phase;
use proptest::prelude::*;

use self::world::{NEW, OLD, World};
use crate::{node::upgrade::journal::State, plan::action::Action};

#[test]
fn undisturbed() {
    for members in 1..=3 {
        let mut world = World::new(members, 1);
        world.quiet = true;
        let mut steps = Vec::new();
        for _ in 0..200 {
            world.quiet = true;
            world.moves();
            world.acts();
            if world.phase().phase.is_final() {
                steps = world.phase().steps;
                break;
            }
        }
        let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
        let expected: &[&str] = match members {
            1 => &[
                "check that it can be done",
                "convert db-0",
                "write the version into the manifest",
                "bring extensions and statistics up to date",
            ],
            2 => &[
                "check that it can be done",
                "hold db-1",
                "convert db-0",
                "write the version into the manifest",
                "bring back db-1",
                "bring extensions and statistics up to date",
            ],
            _ => &[
                "check that it can be done",
                "hold db-1",
                "hold db-2",
                "convert db-0",
                "write the version into the manifest",
                "bring back db-1",
                "bring extensions and statistics up to date",
                "bring back db-2",
            ],
        };
        assert_eq!(names, expected, "{:?}", world.phase());
        assert_eq!(world.phase().phase, Phase::Succeeded);
        let message = world.phase().message.unwrap_or_default();
        let said = [
            "; db-1 linked, 6 of 2000 MB came over the network",
            "; db-2 copied again, because why",
        ];
        for (at, said) in said.iter().enumerate() {
            let there = members > i32::try_from(at).expect("few") + 1;
            assert_eq!(message.contains(said), there, "{members}: {message}");
        }
    }
}

/// Each question starts a program on the node where writers wait for another one.
#[test]
fn a_conversion_is_asked_of_once_in_two_seconds() {
    let mut world = World::new(3, 1);
    world.quiet = true;
    let converts = |world: &World| {
        let steps = world.phase().steps;
        steps.iter().any(|step| step.name == "convert db-0")
    };
    while !converts(&world) {
        world.moves();
        world.acts();
    }
    let states = [State::Converting, State::Held, State::Held];
    for (node, state) in world.nodes.iter_mut().zip(states) {
        (node.state, node.patroni, node.runs) = (Some(state), false, false);
    }
    let mut asked = 0;
    for _ in 0..40 {
        world.cluster.now.mono += Duration::from_millis(250);
        world.see();
        for action in world.cluster.actions() {
            if let Action::Order(order) = action {
                asked += 1;
                world.order(&order);
            }
        }
    }
    // Of the replicas once, to know that they are stopped.
    assert!(asked <= 2 + 5, "{asked} times in 10 s");
}

#[test]
fn what_the_primary_objects_to_is_told_and_nothing_is_done() {
    let mut world = World::new(3, 1);
    (world.objects, world.quiet) = (true, true);
    for _ in 0..20 {
        world.quiet = true;
        world.moves();
        world.acts();
    }
    let status = world.phase();
    assert_eq!(status.phase, Phase::Refused);
    assert_eq!(status.reason.as_deref(), Some("LogicalSlots"));
    assert!(world.nodes.iter().all(|node| node.state.is_none()));
}

/// What came of it is of one version, and serves.
fn judged(world: &World, version: u32) {
    assert_eq!(world.ever_committed, version == NEW, "{:?}", world.nodes);
    for node in &world.nodes {
        assert_eq!(node.version, version, "{:?}", world.nodes);
        assert!(node.patroni && node.runs, "{:?}", world.nodes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn ends_in_one_version_and_no_old_replica_could_lead(seed in any::<u64>(), members in 1..=3) {
        let mut world = World::new(members, seed);
        let status = world.run().expect("there");
        let version = match status.phase {
            Phase::Succeeded => NEW,
            _ => OLD,
        };
        judged(&world, version);
        assert_eq!(world.whole, version == NEW, "{status:?}");
    }

    #[test]
    fn is_taken_back_until_the_primary_is_touched(
        seed in any::<u64>(), members in 1..=3, round in 0u32..40,
    ) {
        let mut world = World::new(members, seed);
        world.cancelled = Some(round);
        let status = world.run().expect("there");
        let converted = status.steps.iter().any(|step| step.name.starts_with("convert "));
        match status.phase {
            Phase::Succeeded => judged(&world, NEW),
            _ => judged(&world, OLD),
        }
        if status.phase == Phase::Cancelled {
            prop_assert!(!converted, "{:?}", status);
            prop_assert_eq!(status.reason.as_deref(), Some("TakenBack"));
        }
    }

    #[test]
    fn nobody_stays_held_when_the_operation_is_deleted(
        seed in any::<u64>(), members in 1..=3, round in 0u32..60,
    ) {
        let mut world = World::new(members, seed);
        world.deleted = Some(round);
        world.run();
        let version = if world.ever_committed { NEW } else { OLD };
        judged(&world, version);
    }
}
