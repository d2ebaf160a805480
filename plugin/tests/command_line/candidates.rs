//! Who becomes primary is picked by what speaks for each: lag and sync state as the primary tells
//! them, timeline and node as the controller does.

use super::{
    api::{Api, There},
    home, kubeconfig,
    terminal::{on_terminal, without_colour},
};

#[test]
fn candidates_are_shown_with_what_speaks_for_them() {
    let api = Api::start(There {
        pods: true,
        ..There::default()
    });
    let path = kubeconfig("candidates", &[("east", &api.address)]);
    let home = home("candidates");
    let picked = ("Which member becomes primary?", "main-2\r");
    for (line, asks, effect) in [
        ("switchover main", "[y/N]", "primary main-0 → main-2"),
        (
            "failover main --accept-data-loss",
            "Type the name",
            "primary main-0 → main-2",
        ),
    ] {
        let talk = [picked, (asks, "\r")];
        let (code, said) = on_terminal(&home, &path, line, 100, &talk, &[]);
        assert_eq!(code, Some(5), "{line}: {said}");
        let plain: Vec<String> = said.lines().map(without_colour).collect();
        for parts in [
            [
                "main-1",
                "16 MiB behind",
                "async",
                "timeline 3",
                "on node-1",
            ],
            ["main-2", "0 B behind", "sync", "timeline 3", "on node-2"],
        ] {
            let has = |row: &String| parts.iter().all(|part| row.contains(part));
            assert!(plain.iter().any(has), "{line}: no {parts:?} in {plain:#?}");
        }
        assert!(said.contains(effect), "{line}: {said}");
        assert_eq!(api.writes(), [""; 0], "{line}");
    }
}

/// Where the line names its cluster, the rest of it is picked all the same.
#[test]
fn what_a_named_cluster_lacks_is_picked() {
    let api = Api::start(There::default());
    let path = kubeconfig("lacking", &[("east", &api.address)]);
    let home = home("lacking");
    let dry = "--dry-run=server";
    for (line, talk, code, says) in [
        (
            "reinit main",
            &[("Which member?", "main-1\r"), ("Type the name", "\r")][..],
            5,
            "replica main-1",
        ),
        (
            "user drop main",
            &[("Which role?", "eve\r"), ("[y/N]", "n\r")],
            5,
            "role eve leaves the manifest",
        ),
        (
            &format!("user add main@east {dry}"),
            &[("Name of the role", "bob\r")],
            0,
            "role bob",
        ),
        (
            &format!("db add main {dry}"),
            &[
                ("Name of the database", "app\r"),
                ("Which role owns it?", "ada\r"),
            ],
            0,
            "database app of ada",
        ),
        (
            &format!("db add main app {dry}"),
            &[("Which role owns it?", "ada\r")],
            0,
            "database app of ada",
        ),
        ("reinit main", &[("Which member?", "\u{1b}")], 5, "picked"),
        ("reinit none", &[], 5, "no such Postgres cluster"),
    ] {
        let (ended, said) = on_terminal(&home, &path, line, 100, talk, &[]);
        assert_eq!(ended, Some(code), "{line}: {said}");
        assert!(said.contains(says), "{line}: no {says:?} in {said}");
        assert_eq!(api.writes(), [""; 0], "{line}");
    }
}
