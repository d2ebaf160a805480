//! Two contexts that are one Kubernetes cluster count once.

use serde_json::Value;

use super::{
    answering::live,
    api::{Api, There},
    home, kubeconfig, run, run_at, text,
};

#[test]
fn rows_are_shown_once() {
    let api = Api::start(There::default());
    let list = [("east", &*api.address), ("again", &*api.address)];
    let (path, home) = (kubeconfig("doubles-rows", &list), home("doubles-rows"));
    let items = |line: &str| {
        let output = run_at(&home, &path, &format!("{line} -o json"));
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
    let output = run_at(&home, &path, "diff main --context east,again");
    assert_eq!(output.status.code(), Some(2), "there is nothing to compare");
    let output = run_at(&home, &path, "report main --context east,again --out -");
    assert_eq!(text(&output.stdout).matches("generation: 1").count(), 1);
    // In one context a thing may be named twice.
    let output = run_at(&home, &path, "db list main default/main -o name");
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
        let api = Api::start(There {
            heard,
            ..There::default()
        });
        let list = [("east", &*api.address), ("again", &*api.address)];
        let name = format!("doubles-changes-{}", heard.unwrap_or_default());
        let (path, home) = (kubeconfig(&name, &list), home(&name));
        let both = "--context east,again --wait=false";
        run_at(&home, &path, &format!("scale main --replicas 4 {both}"));
        assert_eq!(api.writes().len(), 1, "{:?}", api.writes());
        let line = "psql main -c TABLE --write --yes --context east,again";
        let output = run_at(&home, &path, line);
        assert_eq!(api.execs().len(), 1, "{}", text(&output.stderr));
        let line = format!("install --dry-run=server {both}");
        let said = text(&run_at(&home, &path, &line).stderr);
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
        let api = Api::start(There::default());
        let list = [("east", &*api.address), ("again", &*api.address)];
        let name = format!("doubles-targets-{number}");
        let (path, home) = (kubeconfig(&name, &list), home(&name));
        let output = run_at(&home, &path, &format!("{line} --wait=false"));
        let said = text(&output.stderr);
        assert_eq!(api.writes().len(), writes, "{line}: {said}");
    }
    let api = Api::start(There::default());
    let list = [("east", &*api.address), ("again", &*api.address)];
    let (path, home) = (kubeconfig("doubles-absent", &list), home("doubles-absent"));
    let line = "scale main@again none@east --replicas 5 --yes --wait=false";
    let output = run_at(&home, &path, line);
    assert_eq!(output.status.code(), Some(5), "{}", text(&output.stderr));
    assert_eq!(api.writes(), [""; 0]);
}

/// What is protected under one of its names is protected under all.
#[test]
fn protection_holds_under_every_name() {
    for name in ["east", "again"] {
        let api = Api::start(There::default());
        let list = [("east", &*api.address), ("again", &*api.address)];
        let world = format!("doubles-protected-{name}");
        let (path, home) = (kubeconfig(&world, &list), home(&world));
        run_at(&home, &path, &format!("fleet add prot {name} --protected"));
        for line in [
            "restart main --yes",
            "switchover main --yes",
            "scale main --replicas 1 --yes",
            "psql main -c TABLE --write --yes",
        ] {
            let line = format!("{line} --context east,again");
            let output = run_at(&home, &path, &line);
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(5), "{line}: {said}");
            assert!(said.contains("--confirm"), "{line}: {said}");
        }
        assert_eq!([api.writes(), api.execs()].concat(), [""; 0]);
    }
}
