//! Reads of all that flags choose.

use std::time::Duration;

use super::{
    api::{Api, There},
    home, kubeconfig, run_at,
    terminal::on_terminal,
    text,
};

fn apis(runs: Duration) -> [Api; 2] {
    ["one", "two"].map(|uid| {
        Api::start(There {
            uid,
            runs,
            ..There::default()
        })
    })
}

#[test]
fn namespaces_and_contexts_choose_too() {
    let home = home("many");
    for (line, execs, words) in [
        ("psql -n default -c TABLE", [2, 0], ""),
        ("psql --context east,west -c TABLE", [2, 2], ""),
        ("psql --fleet prod -c TABLE", [0, 2], ""),
        ("psql --not-context west -c TABLE", [2, 0], ""),
        ("psql main -n default -c TABLE", [1, 0], ""),
        ("psql -c TABLE", [0, 0], "<TARGETS>"),
        (
            "psql -n default -c TABLE --write --yes --expect-count 2",
            [0, 0],
            "takes targets by name",
        ),
        ("logs", [0, 0], "<TARGETS>"),
        ("logs -n default", [0, 0], "no pod with logs"),
        ("logs --all-contexts", [0, 0], "no pod with logs"),
        ("logs --fleet prod", [0, 0], "no pod with logs"),
    ] {
        let [east, west] = apis(Duration::ZERO);
        let list = [("east", &*east.address), ("west", &*west.address)];
        let path = kubeconfig("many", &list);
        let fleet = run_at(&home, &path, "fleet add prod west");
        assert!(fleet.status.success(), "{}", text(&fleet.stderr));
        let said = text(&run_at(&home, &path, line).stderr);
        let run = [east.execs().len(), west.execs().len()];
        assert_eq!(run, execs, "{line}: {said}");
        assert!(said.contains(words), "{line}: {said}");
        if line.contains("logs -") {
            // Its pods were looked for by the label of each.
            for (api, there) in [
                (&east, !line.contains("fleet")),
                (&west, line != "logs -n default"),
            ] {
                let heads = api.heads().join("");
                for name in ["main", "small"] {
                    let label = format!("cluster-name%3d{name}");
                    assert_eq!(heads.contains(&label), there, "{line} {name}: {heads}");
                }
            }
        }
    }
}

/// Who sits at the screen sees that it is at work, a program does not.
#[test]
fn who_waits_for_many_is_told_for_whom() {
    let home = home("many-wait");
    let [east, _] = apis(Duration::from_secs(1));
    let path = kubeconfig("many-wait", &[("east", &east.address)]);
    let line = "psql main small -c TABLE";
    let (_, screen) = on_terminal(&home, &path, line, 100, &[], &[]);
    let waiting = "waiting for 2: default/main@east, default/small@east";
    assert!(screen.contains(waiting), "{screen}");
    let said = text(&run_at(&home, &path, line).stderr);
    assert!(!said.contains("waiting for"), "{said}");
}
