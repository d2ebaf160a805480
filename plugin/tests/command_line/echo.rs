//! What is typed while lines move is not shown between them, and however the program ends, the
//! terminal is as it was.

use super::{api::There, home, kubeconfig, logs_in_by, terminal::in_shell, world::World};

/// Runs a line on a terminal whose modes are compared before and after; `meanwhile` is done once
/// nothing is echoed any more. The shell says `quiet` then.
fn watched(name: &str, verb: &str, meanwhile: &str, typed: &str) -> (Option<i32>, String) {
    let there = There {
        accepts: true,
        behind: true,
        runs: std::time::Duration::from_secs(10),
        ..There::default()
    };
    let world = World::east(name, there);
    let program = env!("CARGO_BIN_EXE_kubectl-pg");
    let line = format!(
        "stty cols 80 rows 24; stty -a >$HOME/before; shell=$$; trap : INT
         (until stty -a </dev/tty | grep -q -- ' -echo '; do sleep 0.05; done
          stty -a </dev/tty | grep -q '^isig icanon ' && echo quiet; {meanwhile}) &
         {program} {verb}; code=$?; stty -a | diff $HOME/before - && exit $code"
    );
    in_shell(
        &world.home,
        &world.kubeconfig,
        &line,
        &[("quiet", typed)],
        &[],
    )
}

#[test]
fn keys_are_not_shown_between_lines_that_move() {
    let scale = "scale main --replicas 4";
    for (name, verb, meanwhile, typed, code) in [
        (
            "echo-time",
            "scale main --replicas 4 --timeout 3s",
            "",
            "typed\r",
            4,
        ),
        ("echo-interrupt", scale, "", "typed\r\u{3}", 130),
        (
            "echo-end",
            scale,
            "sleep 0.2; pkill -TERM -P $shell -x kubectl-pg",
            "typed\r",
            130,
        ),
        (
            "echo-twice",
            "psql main small -c TABLE",
            "sleep 0.2; pkill -INT -P $shell -x kubectl-pg; sleep 0.1; pkill -INT -P $shell -x kubectl-pg",
            "typed\r",
            130,
        ),
    ] {
        let (ended, said) = watched(name, verb, meanwhile, typed);
        assert_eq!(ended, Some(code), "{name}: {said:?}");
        assert!(!said.contains("typed"), "{name}: {said:?}");
    }
}

/// Who looks on for long sees the picture alone.
#[test]
fn keys_are_not_shown_in_a_picture_that_is_drawn_anew() {
    let (ended, said) = watched("echo-watch", "list --watch", "", "typed\r\u{3}");
    assert_eq!(ended, Some(130), "{said:?}");
    assert!(!said.contains("typed"), "{said:?}");
}

/// A login program asks a person while somebody waits for its context.
#[test]
fn who_logs_in_sees_what_is_typed() {
    let (path, home) = (
        kubeconfig("echo-login", &[("east", "http://127.0.0.1:1")]),
        home("echo-login"),
    );
    let script = "sleep 1; stty -a >$HOME/modes </dev/tty; echo '{\"status\": {\"token\": \"t\"}}'";
    logs_in_by(&path, script, "IfAvailable");
    let program = env!("CARGO_BIN_EXE_kubectl-pg");
    let line = format!("stty cols 80 rows 24; exec {program} list");
    let (_, said) = in_shell(&home, &path, &line, &[("waiting for", "")], &[]);
    let modes = std::fs::read_to_string(home.join("modes")).expect("it ran");
    assert!(modes.contains(" echo "), "{modes} {said:?}");
}
