//! What is said of work that goes on without this program.

use std::path::PathBuf;

use super::{
    api::{Api, There},
    home, kubeconfig, run_at, text,
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
