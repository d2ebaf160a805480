//! Manners that all verbs share: colours that nobody wants, targets from stdin, whose operations,
//! pictures that go on.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::atomic::Ordering,
    time::Duration,
};

use super::{
    api::{Api, There},
    home, kubeconfig, program, run_at,
    terminal::on_terminal,
    text,
};

/// On a terminal that does not want them, or cannot show them, there are none.
#[test]
fn colours_are_left_out_where_nobody_wants_them() {
    let api = Api::start(There::default());
    let (path, home) = (
        kubeconfig("colours", &[("east", &api.address)]),
        home("colours"),
    );
    for (variables, line, coloured) in [
        (&[][..], "list", true),
        (&[("NO_COLOR", "1")], "list", false),
        (&[("NO_COLOR", "")], "list", true),
        (&[("NO_COLOR", "1")], "list --color always", true),
        (&[("TERM", "dumb")], "list", false),
        (&[("TERM", "dumb")], "status none", false),
    ] {
        let line = format!("{line} --no-progress");
        let (_, said) = on_terminal(&home, &path, &line, 80, &[], variables);
        assert_eq!(
            said.contains("\u{1b}["),
            coloured,
            "{line} {variables:?}: {said:?}"
        );
    }
    let piped = run_at(&home, &path, "list --color always");
    assert!(
        text(&piped.stdout).contains("\u{1b}["),
        "asked for in a pipe"
    );
}

/// A terminal of a machine that builds has nobody before it.
#[test]
fn nobody_is_asked_in_ci() {
    let api = Api::start(There::default());
    let (path, home) = (kubeconfig("ci", &[("east", &api.address)]), home("ci"));
    let ci = [("CI", "true")];
    for (line, code, words) in [
        ("restart main", 5, "this needs --yes"),
        ("delete main", 5, "this needs --confirm default/main@east"),
        ("switchover", 2, "<TARGETS>"),
    ] {
        let (ended, said) = on_terminal(&home, &path, line, 80, &[], &ci);
        assert_eq!(ended, Some(code), "{line}: {said}");
        assert!(said.contains(words), "{line}: no {words:?} in {said}");
    }
    assert_eq!(api.writes(), [""; 0]);
}

/// What one line has printed, the next one takes.
#[test]
fn targets_come_from_stdin() {
    let world = ["one", "two"].map(|uid| {
        Api::start(There {
            uid,
            ..There::default()
        })
    });
    let contexts = [("east", &*world[0].address), ("west", &*world[1].address)];
    let (path, home) = (kubeconfig("stdin", &contexts), home("stdin"));
    let fed = |line: &str, stdin: &str| {
        let mut command = program(Some(&path));
        let command = command.env("HOME", &home).args(line.split(' '));
        let output = command.write_stdin(stdin).output().expect("the program");
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let names = text(&run_at(&home, &path, "list -o name --context east,west").stdout);
    assert_eq!(names.lines().count(), 4, "{names}");
    let (code, again, said) = fed("list - -o name", &names);
    assert_eq!((code, again), (Some(0), names), "{said}");
    let dry = "scale - --replicas 4 --dry-run=server -o name";
    for (stdin, code, parts) in [
        (
            "default/main@east\n\n  default/main@west  \n",
            0,
            &["default/main@east", "default/main@west"][..],
        ),
        (
            "postgresql.acid.zalan.do/small\n",
            0,
            &["default/small@east"],
        ),
        ("", 2, &["names no target"]),
        ("a/b/c\n", 2, &["a/b/c"]),
        // One that is not there stops all.
        ("default/main@east\ndefault/none@east\n", 5, &["none"]),
    ] {
        let (ended, out, err) = fed(dry, stdin);
        let said = out + &err;
        assert_eq!(ended, Some(code), "{stdin:?}: {said}");
        for part in parts {
            assert!(said.contains(part), "{stdin:?}: no {part:?} in {said}");
        }
    }
    assert!(world.iter().all(|api| api.writes().is_empty()));
}

#[test]
fn whose_operations_are_told_apart() {
    for (asker, mine) in [("ada", 1), ("bob", 0)] {
        let api = Api::start(There {
            asker,
            ..There::default()
        });
        let name = format!("mine-{asker}");
        let (path, home) = (kubeconfig(&name, &[("east", &api.address)]), home(&name));
        for (line, count) in [
            ("ops list", 1),
            ("ops list --mine", mine),
            ("ops list --mine --request k3j9x2m4aq", mine),
            ("ops list --mine main", mine),
            ("ops list --mine small", 0),
        ] {
            let output = run_at(&home, &path, &format!("{line} -o name"));
            let said = text(&output.stdout);
            assert_eq!(said.lines().count(), count, "{asker}: {line}: {said}");
        }
    }
}

/// Whoever looks on sees what changes: a new picture on a terminal, new rows in a pipe.
#[test]
fn whoever_looks_on_sees_what_changes() {
    for (number, line) in [
        "list --watch",
        "status main --watch",
        "list -w --context east,west",
    ]
    .into_iter()
    .enumerate()
    {
        let world = |kind: &str| {
            let there = There::default();
            let unwell = there.unwell.clone();
            let api = Api::start(there);
            let other = Api::start(There {
                uid: "two",
                ..There::default()
            });
            let name = format!("looks-on-{kind}-{number}");
            let contexts = [("east", &*api.address), ("west", &*other.address)];
            (
                kubeconfig(&name, &contexts),
                home(&name),
                unwell,
                api,
                other,
            )
        };
        let (path, home, unwell, api, _other) = world("screen");
        let turns = std::thread::spawn(move || {
            while !api.heads().iter().any(|head| head.contains("/postgresqls")) {
                std::thread::sleep(Duration::from_millis(10));
            }
            // The first picture has been answered.
            std::thread::sleep(Duration::from_millis(500));
            unwell.store(true, Ordering::SeqCst);
            api
        });
        let talk = [("Healthy", ""), ("Degraded", "\u{3}")];
        let (code, said) = on_terminal(&home, &path, line, 80, &talk, &[]);
        assert_eq!(code, Some(130), "{line}: {said}");
        drop(turns.join().expect("it turns"));

        let (path, home, unwell, _api, _other) = world("pipe");
        let mut child = Command::new(env!("CARGO_BIN_EXE_kubectl-pg"))
            .args(line.split(' '))
            .env_clear()
            .env("HOME", &home)
            .env("KUBECONFIG", &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        let rows = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut rows = rows.map_while(Result::ok);
        let mut comes = |part: &str| rows.find(|row| row.contains(part)).is_some();
        assert!(comes("Healthy"), "{line}");
        unwell.store(true, Ordering::SeqCst);
        assert!(comes("Degraded"), "{line}");
        let killed = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(killed.expect("kill").success());
        assert_eq!(child.wait().expect("an end").code(), Some(130), "{line}");
    }
}
