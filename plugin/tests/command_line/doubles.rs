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
