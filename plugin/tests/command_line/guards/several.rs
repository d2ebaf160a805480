//! Guard rails of changes in several places: all or none.

use super::{There, World, world};
use crate::run_at;

/// A policy of one context that refuses is heard before anything is sent to another.
#[test]
fn what_one_context_refuses_is_sent_to_none() {
    let west = There {
        uid: "two",
        refuses: true,
        ..There::default()
    };
    let contexts = [("east", There::default()), ("west", west)];
    let world = world("guards-policy", &contexts);
    let both = "--context east,west --yes --expect-count 2 --wait=false";
    for verb in ["switchover main", "reload main", "maintenance on main"] {
        world.stops(&format!("{verb} {both}"), 5, "Forbidden");
    }
}

/// Several are a rollout, which this program drives: what would not be driven is not begun.
#[test]
fn a_rollout_is_driven_from_here() {
    let world = World::two("guards-rollout");
    let both = "--context east,west --yes --expect-count 2";
    for (line, words) in [
        (format!("restart main {both} --wait=false"), "--plan FILE"),
        (
            format!("restart main {both} --request k3j9x2m4aq"),
            "rollout resume",
        ),
        (
            format!("restart main {both} --max-parallel 0"),
            "max-parallel",
        ),
        (format!("restart main {both} --waves 0%"), "share"),
        (format!("restart main {both} --window noon"), "window"),
        (format!("restart main {both} --gate hope"), "approval"),
        (format!("restart main {both} --wave-by moon"), "label=KEY"),
    ] {
        world.stops(&line, 2, words);
    }
    // What goes over its targets at once has no plan, and says where there is one.
    for line in [
        "scale main --replicas 4",
        "switchover main",
        "delete main",
        "ops retry k3j9x2m4aq",
        "apply -f /nowhere",
    ] {
        for flag in ["--plan p.yaml", "--canary 1", "--gate approval"] {
            let line = format!("{line} {flag}");
            world.stops(&line, 2, "in waves: restart, set and upgrade");
            world.stops(&line, 2, "--dry-run=server");
        }
    }
    let line = format!("restart main --plan - {both}");
    let ended = run_at(&world.home, &world.kubeconfig, &line);
    let text = String::from_utf8_lossy(&ended.stdout);
    assert!(
        ended.status.success() && text.contains("RolloutPlan"),
        "{ended:?}"
    );
    assert!(
        text.contains("soakSeconds: 30"),
        "few soak for less: {text}"
    );
}

#[test]
fn a_protected_context_asks_for_more() {
    let world = World::two("guards-protected");
    let add = "fleet add prod east --protected";
    assert!(run_at(&world.home, &world.kubeconfig, add).status.success());
    world.stops("scale main --replicas 4", 5, "--yes");
    world.stops("restart main --yes", 5, "--confirm default/main@east");
    world.stops(
        "user rotate main eve --yes",
        5,
        "--confirm default/main@east",
    );
    world.stops(
        "restart main --yes --context east,west --expect-count 2",
        5,
        "one target at a time",
    );
    world.sends("restart main@west --yes --wait=false");
    world.sends("restart main --confirm default/main@east --wait=false");
}

/// Every target is there, reachable, looked after and allowed, or nothing happens anywhere.
#[test]
fn one_that_cannot_be_stops_all() {
    let sound = || {
        (
            "east",
            There {
                uid: "sound",
                ..There::default()
            },
        )
    };
    let with = |name: &str, there: There| world(name, &[sound(), ("west", there)]);
    let sure = "--yes --expect-count 2 --wait=false";
    for (name, there, line, words) in [
        (
            "guards-right",
            There {
                allowed: false,
                ..There::default()
            },
            "switchover main --context east,west",
            "missing right",
        ),
        (
            "guards-stale",
            There {
                heard: Some(600),
                ..There::default()
            },
            "switchover main --context east,west",
            "controller is down",
        ),
        (
            "guards-none",
            There {
                heard: None,
                ..There::default()
            },
            "switchover main --context east,west",
            "not installed",
        ),
        (
            "guards-missing",
            There {
                clusters: vec![],
                ..There::default()
            },
            "switchover main --context east,west",
            "no such Postgres cluster",
        ),
        (
            "guards-missing-edit",
            There {
                clusters: vec![],
                ..There::default()
            },
            "scale main --replicas 4 --context east,west",
            "--where-found",
        ),
        (
            "guards-going",
            There {
                going: true,
                ..There::default()
            },
            "restart main --context east,west",
            "being deleted",
        ),
        (
            "guards-alone",
            There {
                clusters: vec![("main", 1)],
                ..There::default()
            },
            "switchover main --context east,west",
            "no replica",
        ),
    ] {
        with(name, there).stops(&format!("{line} {sure}"), 5, words);
    }
    let world = World::two("guards-dead");
    for line in ["switchover main", "scale main --replicas 4", "reload main"] {
        let line = format!("{line} --context east,dead {sure}");
        world.stops(&line, 5, "cannot be reached");
    }
    let world = with(
        "guards-found",
        There {
            clusters: vec![],
            ..There::default()
        },
    );
    world.sends("scale main --replicas 4 --context east,west --where-found --yes --wait=false");
}

/// Who waits for turns that another terminal holds has no more time than `--timeout` says, and
/// begins nothing when it is over.
#[test]
fn time_runs_while_turns_are_waited_for() {
    let there = There {
        phase: "Running",
        ..There::default()
    };
    let world = world("guards-turns", &[("east", there)]);
    let manifest = super::manifest("guards-turns");
    let one = "--yes --wait=false --max-parallel 1 --max-per-context 1";
    world.sends(&format!("scale main --replicas 4 {one}"));
    let sent = world.acts();
    let mut held = Vec::new();
    let mut folders = vec![world.home.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.parent().is_some_and(|place| place.ends_with("turns")) {
                let file = std::fs::File::open(path).expect("a file");
                file.lock().expect("a lock");
                held.push(file);
            }
        }
    }
    assert_eq!(held.len(), 2, "one of all, and one of the context");
    for line in [
        "scale main --replicas 4".to_owned(),
        "create new".to_owned(),
        format!("apply -f {manifest}"),
        "ops cancel k3j9x2m4aq".to_owned(),
    ] {
        let line = format!("{line} {one} --timeout 1s");
        let output = run_at(&world.home, &world.kubeconfig, &line);
        let said = crate::text(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{line}: {said}");
        assert!(said.contains("before it was begun"), "{line}: {said}");
        assert_eq!(world.acts(), sent, "{line}");
    }
}
