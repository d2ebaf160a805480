//! What is said where something is not as it should be leads on from there.

use std::time::Duration;

use super::{api::There, world::World};

/// For looking alone nobody needs what changes something.
#[test]
fn who_lacks_a_right_is_told_of_the_smallest_role() {
    let there = There {
        allowed: false,
        ..There::default()
    };
    let (_, said) = World::east("hints-rights", there).run("doctor");
    for (check, role) in [
        ("right to see", "pg-viewer holds it"),
        ("right to change", "pg-operator holds it"),
        ("right to operate", "pg-operator holds it"),
        ("right for psql", "pg-dba holds them"),
    ] {
        let mut lines = said
            .lines()
            .skip_while(|line| !line.starts_with(&format!("east {check}: missing right")));
        let mend = lines.nth(1).unwrap_or_default();
        assert!(mend.contains(role), "{check}: {mend:?} in {said}");
    }
}

/// A node may have gone since the controller asked.
#[test]
fn a_primary_that_does_not_answer_is_not_called_healthy() {
    let there = There {
        runs: Duration::from_secs(5),
        ..There::default()
    };
    let line = "status main --request-timeout 1s";
    let (code, told) = World::east("hints-silent", there).run(line);
    assert_eq!(code, Some(0), "{told}");
    let health = "Healthy, as far as is known: its primary does not answer now";
    assert!(told.contains(health), "{told}");
    // Who may not look inside has not heard that nobody is there.
    let (_, told) = World::east("hints-well", There::default()).run(line);
    assert!(!told.contains("as far as is known"), "{told}");
}
