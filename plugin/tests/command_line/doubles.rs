//! Two contexts that are one Kubernetes cluster count once.

use serde_json::Value;

use super::{answering::live, api::There, kubeconfig, run, run_at, text, world::World};

#[test]
fn rows_are_shown_once() {
    let world = World::twice("doubles-rows", There::default());
    let run = |line: &str| run_at(&world.home, &world.kubeconfig, line);
    let items = |line: &str| {
        let output = run(&format!("{line} -o json"));
        let document: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{line}: {}", text(&output.stderr)));
        let items = document["items"].as_array().cloned().unwrap_or_default();
        let sites = document["items"][0]["contexts"].as_array().map(Vec::len);
        (items.len(), sites, text(&output.stderr))
    };
    for line in [
        "list",
        "status main",
        "status",
        "doctor main",
        "df",
        "db list main",
        "ops list",
        "ops show k3j9x2m4aq",
    ] {
        let (one, its_sites, _) = items(&format!("{line} --context east"));
        let (both, sites, said) = items(&format!("{line} --context east,again"));
        assert_eq!((one, its_sites), (both, sites), "{line}: {said}");
        let words = "again is the same Kubernetes cluster as east; it counts once";
        if one > 0 {
            assert!(said.contains(words), "{line}: {said}");
        }
        assert!(!said.contains("not in"), "{line}: {said}");
    }
    let output = run("diff main --context east,again");
    assert_eq!(output.status.code(), Some(2), "there is nothing to compare");
    let output = run("report main --context east,again --out -");
    assert_eq!(text(&output.stdout).matches("generation: 1").count(), 1);
    // In one context a thing may be named twice.
    let output = run("db list main default/main -o name");
    assert_eq!(text(&output.stdout), "blog\nshop\n");
    assert!(!text(&output.stderr).contains("same Kubernetes cluster"));
}

#[test]
fn lines_of_logs_are_shown_once() {
    let live = live();
    let path = kubeconfig("doubles-logs", &[("east", &live), ("again", &live)]);
    let output = run(Some(&path), "logs main --context east,again");
    let said = text(&output.stdout);
    assert_eq!(said.matches("LOG:  hello").count(), 1, "{said}");
}

/// A change is made once, also where no controller tells that it is one Kubernetes cluster.
#[test]
fn changes_are_made_once() {
    for heard in [Some(5), Some(600)] {
        let there = There {
            heard,
            ..There::default()
        };
        let name = format!("doubles-changes-{}", heard.unwrap_or_default());
        let world = World::twice(&name, there);
        let both = "--context east,again --wait=false";
        world.run(&format!("scale main --replicas 4 {both}"));
        assert_eq!(world.writes().len(), 1, "{:?}", world.writes());
        let line = "psql main -c TABLE --write --yes --context east,again";
        let (_, said) = world.run(line);
        assert_eq!(world.execs().len(), 1, "{said}");
        let (_, said) = world.run(&format!("install --dry-run=server {both}"));
        assert!(said.contains("counts once"), "{said}");
    }
}

/// What was named under either name is done, none of it twice.
#[test]
fn targets_of_both_names_are_met() {
    for (number, (line, writes)) in [
        ("scale main@east small@again --replicas 5 --yes", 2),
        ("scale main@east main@again --replicas 5 --yes", 1),
        ("reload main@east small@again --yes", 2),
        ("create new1@east new2@again --yes", 2),
        ("create new@east new@again --yes", 1),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("doubles-targets-{number}");
        let world = World::twice(&name, There::default());
        let (_, said) = world.run(&format!("{line} --wait=false"));
        assert_eq!(world.writes().len(), writes, "{line}: {said}");
    }
    let world = World::twice("doubles-absent", There::default());
    let (code, said) = world.run("scale main@again none@east --replicas 5 --yes --wait=false");
    assert_eq!(code, Some(5), "{said}");
    assert_eq!(world.writes(), [""; 0]);
}

/// What is protected under one of its names is protected under all.
#[test]
fn protection_holds_under_every_name() {
    for name in ["east", "again"] {
        let world = World::twice(&format!("doubles-protected-{name}"), There::default());
        world.run(&format!("fleet add prot {name} --protected"));
        for line in [
            "restart main --yes",
            "switchover main --yes",
            "scale main --replicas 1 --yes",
            "psql main -c TABLE --write --yes",
        ] {
            let line = format!("{line} --context east,again");
            let (code, said) = world.run(&line);
            assert_eq!(code, Some(5), "{line}: {said}");
            assert!(said.contains("--confirm"), "{line}: {said}");
        }
        assert_eq!([world.writes(), world.execs()].concat(), [""; 0]);
    }
}
