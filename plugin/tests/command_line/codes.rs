//! Exit codes: each by what the program really returns.

use super::{
    api::{Api, There},
    closed, home, kubeconfig, program, run_at, text,
    unreachable::interrupted,
};

/// Descriptors that are too few to listen for signals: tokio panics, whatever we do.
const STARVED: &str = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n 6; exec \"$0\" list";

#[test]
fn every_code_is_returned() {
    let home = home("codes");
    let with = |uid, phase| {
        Api::start(There {
            uid,
            phase,
            ..There::default()
        })
    };
    let (well, runs, ended) = (
        with("1", "Succeeded"),
        with("2", "Running"),
        with("3", "Cancelled"),
    );
    let dead = closed();
    let path = kubeconfig(
        "codes",
        &[
            ("east", &well.address),
            ("runs", &runs.address),
            ("ended", &ended.address),
            ("dead", &dead),
        ],
    );
    for (line, code) in [
        ("list", 0),
        ("ops watch k3j9x2m4aq", 0),
        ("scale main --replicas 3", 0),
        // It is refused when it is written, which is after the first change may have been made.
        ("scale main --replicas 4", 1),
        ("list --context dead", 1),
        ("status none", 1),
        ("diff main@east --against small@east", 1),
        ("scale main", 2),
        ("list --context nowhere", 2),
        ("list --context east,dead", 3),
        ("diff main --context east,dead", 3),
        ("ops watch k3j9x2m4aq --context runs --timeout 1s", 4),
        ("restart main", 5),
        ("restart main --if-pending", 0),
        ("scale main --replicas 4 --context east,dead --yes", 5),
        ("delete none --confirm default/none@east", 5),
        ("ops watch k3j9x2m4aq --context ended", 6),
    ] {
        let output = run_at(&home, &path, line);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
    }

    let output = interrupted(&path, "list --context dead --watch");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));

    let shell = program(Some(&path)).get_program().to_owned();
    let output = std::process::Command::new("sh")
        .arg("-c")
        .arg(STARVED)
        .arg(shell)
        .output()
        .expect("sh");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(70), "{said}");
    assert!(said.contains("this is a bug of kubectl-pg"), "{said}");
}
