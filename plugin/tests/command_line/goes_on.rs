//! What is said of work that goes on without this program.

use std::path::PathBuf;

use super::{api::There, closed, world::World};

/// An API server that takes everything.
fn world(name: &str, there: There) -> World {
    World::east(
        name,
        There {
            accepts: true,
            ..there
        },
    )
}

/// It may take long; what is kept is of use at once.
#[test]
fn a_deletion_that_nobody_waits_for_says_what_is_kept() {
    let world = world("goes-on-delete", There::default());
    let line = "delete main --confirm default/main@east";
    for (more, code) in [("--wait=false", 0), ("--timeout 1s", 4)] {
        let (ended, said) = world.run(&format!("{line} {more}"));
        assert_eq!(ended, Some(code), "{more}: {said}");
        let follow = "follow it with: kubectl pg status default/main@east";
        assert!(said.contains(follow), "{more}: {said}");
        let file = said
            .lines()
            .find_map(|line| line.split_once("--from "))
            .map(|(_, file)| PathBuf::from(file.trim()));
        assert!(file.is_some_and(|file| file.is_file()), "{more}: {said}");
        comes_back(&said);
    }
}

/// The command that was printed makes the same cluster again, once its name is free.
fn comes_back(said: &str) {
    let printed = said
        .lines()
        .find_map(|line| line.split_once("kubectl pg create "));
    let (_, words) = printed.expect("a command");
    let again = world(
        "goes-on-again",
        There {
            clusters: Vec::new(),
            ..There::default()
        },
    );
    let line = format!("create {words} --wait=false");
    let (ended, told) = again.run(&line);
    assert_eq!(ended, Some(0), "{line}: {told}");
    let bodies = again.apis[0].bodies();
    assert_eq!(bodies.len(), 1, "{line}: {bodies:?}");
    let made = &bodies[0];
    let was = World::east("goes-on-was", There::default());
    let (_, said) = was.run("list main -o json");
    let was: serde_json::Value = serde_json::from_str(&said).expect("a document");
    assert_eq!(made["spec"], was["items"][0]["cluster"]["spec"], "{line}");
    assert_eq!(made["metadata"]["name"], "main");
    assert_eq!(made["metadata"]["namespace"], "default");
}

/// It can be pasted: the terminal's own context and namespace may be others.
#[test]
fn hints_name_context_and_namespace() {
    let follow = "follow it with: kubectl pg ops watch k3j9x2m4aq -n default --context east";
    for (line, code) in [
        ("ops cancel k3j9x2m4aq --yes --wait=false", 0),
        ("ops cancel k3j9x2m4aq --yes --timeout 1s", 4),
        ("ops retry k3j9x2m4aq --yes", 5),
        ("ops watch k3j9x2m4aq --timeout 1s", 4),
    ] {
        let there = There {
            phase: "Running",
            ..There::default()
        };
        let (ended, said) = world("goes-on-ops", there).run(line);
        assert_eq!(ended, Some(code), "{line}: {said}");
        assert!(said.contains(follow), "{line}: {said}");
    }
}

/// The line can be pasted: it takes the request up again, and creates nothing twice.
#[test]
fn a_creation_that_nobody_waits_for_says_how_to_wait_again() {
    let there = There {
        remembers: true,
        ..There::default()
    };
    let world = world("goes-on-create", there);
    let line = "create new --version 16 --replicas 3 --request k3j9x2m4aq";
    let again = "kubectl pg create default/new@east --version 16 --replicas 3 --request k3j9x2m4aq";
    let told = |line: &str| {
        let (ended, said) = world.run(&format!("{line} --timeout 1s"));
        assert_eq!(ended, Some(4), "{line}: {said}");
        assert!(
            said.contains(&format!("waited for again by: {again}\n")),
            "{said}"
        );
    };
    told(line);
    assert_eq!(world.writes().len(), 1);
    told(again.trim_start_matches("kubectl pg "));
    // What the request made is there; what it would make is not looked at.
    assert_eq!(world.writes().len(), 1, "{:?}", world.writes());
}

/// Of whom nobody heard, nobody knows that there is nothing.
#[test]
fn nothing_is_found_only_where_all_answered() {
    let east = [("east", There::default())];
    let world = World::beside("goes-on-none", &east, &[("dead", &closed())]);
    for (line, found) in [
        ("ops list nobody --context east", true),
        ("ops list nobody --context east,dead", false),
        ("ops list --context dead", false),
    ] {
        let (_, said) = world.run(line);
        assert_eq!(
            said.contains("No operations found"),
            found,
            "{line}: {said}"
        );
    }
}
