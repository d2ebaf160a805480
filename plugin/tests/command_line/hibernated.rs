//! A cluster that is stopped on purpose is told as that, and is no problem.

use super::{api::There, world::World};

#[test]
fn who_is_stopped_on_purpose_is_no_problem() {
    let there = There {
        clusters: vec![("main", 3), ("asleep", 0)],
        ..There::default()
    };
    let world = World::east("hibernated", there);
    for (line, code, says, never) in [
        ("list", 0, "asleep   Hibernated   0/0", "Down "),
        ("list --problems", 0, "No problems found.", "asleep"),
        ("list --problems -o json", 0, "\"items\": []", "asleep"),
        ("list --where health=hibernated", 0, "asleep", "main"),
        (
            "list --where health=down",
            0,
            "No Postgres clusters",
            "asleep",
        ),
        ("status asleep", 0, "Health       Hibernated", "Down"),
        ("status", 0, "1 cluster healthy, 1 hibernated", "DOWN     1"),
        ("status", 0, "HIBERNATED", "unwell"),
        ("status -o json", 0, "\"hibernated\": 1", "Down"),
        ("doctor asleep", 0, "Hibernated", "FAIL"),
    ] {
        let (ended, said) = world.run(line);
        assert_eq!(ended, Some(code), "{line}: {said}");
        assert!(said.contains(says), "{line}: no {says:?} in {said}");
        assert!(!said.contains(never), "{line}: {never:?} in {said}");
    }
}
