//! What is said of work that goes on without this program.

use std::path::PathBuf;

use super::{
    api::{Api, There},
    closed, home, kubeconfig, run_at, text,
};

/// An API server that takes everything, and where it is.
fn world(name: &str, there: There) -> (Api, PathBuf, PathBuf) {
    let api = Api::start(There {
        accepts: true,
        ..there
    });
    let path = kubeconfig(name, &[("east", &api.address)]);
    (api, path, home(name))
}

/// It may take long; what is kept is of use at once.
#[test]
fn a_deletion_that_nobody_waits_for_says_what_is_kept() {
    let (_api, path, home) = world("goes-on-delete", There::default());
    let line = "delete main --confirm default/main@east";
    for (more, code) in [("--wait=false", 0), ("--timeout 1s", 4)] {
        let output = run_at(&home, &path, &format!("{line} {more}"));
        let said = text(&output.stderr) + &text(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{more}: {said}");
        let follow = "follow it with: kubectl pg status default/main@east";
        assert!(said.contains(follow), "{more}: {said}");
        let file = said
            .lines()
            .find_map(|line| line.split_once("--from "))
            .map(|(_, file)| PathBuf::from(file.trim()));
        assert!(file.is_some_and(|file| file.is_file()), "{more}: {said}");
    }
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
        let (_api, path, home) = world("goes-on-ops", there);
        let output = run_at(&home, &path, line);
        let said = text(&output.stderr) + &text(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        assert!(said.contains(follow), "{line}: {said}");
    }
}

/// Of whom nobody heard, nobody knows that there is nothing.
#[test]
fn nothing_is_found_only_where_all_answered() {
    let api = Api::start(There::default());
    let list = [("east", &*api.address), ("dead", &*closed())];
    let (path, home) = (kubeconfig("goes-on-none", &list), home("goes-on-none"));
    for (line, found) in [
        ("ops list nobody --context east", true),
        ("ops list nobody --context east,dead", false),
        ("ops list --context dead", false),
    ] {
        let said = text(&run_at(&home, &path, line).stderr);
        assert_eq!(
            said.contains("No operations found"),
            found,
            "{line}: {said}"
        );
    }
}
