//! What is said where something is not as it should be leads on from there.

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
