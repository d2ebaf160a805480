//! What a line lacks is picked from a list on a terminal, or asked for.

use super::terminal::{in_shell, left_as_it_was, world};

/// What is not named is picked from a list, by typing a part of it; then all goes on as if it had
/// been typed. Without a terminal, and where something else is wrong, the line is refused as ever.
#[test]
fn what_is_not_named_is_picked() {
    let world = world("terminal-picked");
    let (cluster, member) = ("Which Postgres cluster?", "Which member?");
    let (candidate, database) = ("Which member becomes primary?", "Which database?");
    let (escape, interrupt) = ("\u{1b}", "\u{3}");
    let both = "--context east,west";
    for (line, talk, code, says) in [
        (
            "switchover",
            vec![
                (cluster, "main\r"),
                (candidate, "main-2\r"),
                ("[y/N]", "n\r"),
            ],
            5,
            "default/main@east: primary main-0 → main-2",
        ),
        (
            "switchover main",
            vec![(candidate, "\r"), ("[y/N]", "n\r")],
            5,
            "primary main-0 → its best replica",
        ),
        (
            "failover main --accept-data-loss",
            vec![(candidate, "main-1\r"), ("Type the name", "\r")],
            5,
            "primary main-0 → main-1",
        ),
        (
            "switchover main",
            vec![(candidate, escape)],
            5,
            "nothing was picked",
        ),
        (
            "failover main --accept-data-loss",
            vec![(candidate, interrupt)],
            130,
            "interrupted",
        ),
        (
            "psql main",
            vec![(database, escape)],
            5,
            "nothing was picked",
        ),
        (
            "psql",
            vec![(cluster, "main\r"), (database, interrupt)],
            130,
            "interrupted",
        ),
        (
            &format!("restart {both}"),
            vec![(cluster, "west\r"), ("[y/N]", "n\r")],
            5,
            "default/main@west",
        ),
        (
            "reinit",
            vec![
                (cluster, "main\r"),
                (member, "main-1\r"),
                ("Type the name", "\r"),
            ],
            5,
            "replica main-1",
        ),
        (
            "switchover",
            vec![(cluster, escape)],
            5,
            "nothing was picked",
        ),
        ("switchover", vec![(cluster, interrupt)], 130, "interrupted"),
    ] {
        let (ended, said) = world.types(line, 80, &talk);
        assert_eq!(ended, Some(code), "{line}: {said}");
        assert!(said.contains(says), "{line}: no {says:?} in {said}");
        assert!(left_as_it_was(&said), "{line}: {said:?}");
        assert_eq!(world.writes(), [""; 0], "{line}: {said}");
    }
    assert!(
        world.execs().iter().all(|exec| !exec.contains("TERM")),
        "psql was opened"
    );
    for (line, talk, opened) in [
        ("psql main", vec![(database, "shop\r")], "-d&command=shop"),
        ("psql main --db blog", vec![], "-d&command=blog"),
        ("psql small", vec![], "-d&command=postgres"),
    ] {
        let (code, said) = world.types(line, 80, &talk);
        assert_eq!(code, Some(1), "{line}: {said}");
        let execs = world.execs();
        assert!(
            execs.iter().any(|exec| exec.contains(opened)),
            "{line}: {execs:?}"
        );
    }
    let (code, said) = world.types("user list", 80, &[(cluster, "main\r")]);
    assert_eq!(code, Some(0), "{said}");
    let piped = super::run_at(&world.home, &world.kubeconfig, "switchover");
    assert_eq!(piped.status.code(), Some(2));
    let (code, said) = world.types("failover", 80, &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--accept-data-loss"), "{said}");
}

/// Whoever is told to end at a list of which a line is picked leaves a terminal on which one can
/// type and see.
#[test]
fn ended_at_a_list_the_terminal_is_as_it_was() {
    let world = world("terminal-ended");
    let program = env!("CARGO_BIN_EXE_kubectl-pg");
    // Where keys are taken raw, the list is there and waits for one.
    let line = format!(
        "stty cols 80 rows 24; stty -a >$HOME/before; shell=$$
         (until stty -a </dev/tty | grep -q -- -icanon; do sleep 0.05; done
          pkill -TERM -P $shell -x kubectl-pg) &
         {program} switchover; code=$?; stty -a | diff $HOME/before - && exit $code"
    );
    let (code, said) = in_shell(&world.home, &world.kubeconfig, &line, &[], &[]);
    assert_eq!(code, Some(130), "{said:?}");
    assert!(said.contains("\u{1b}[?25l"), "no list: {said:?}");
    assert!(left_as_it_was(&said), "{said:?}");
}

/// The context is asked for where kubectl itself would know none, and nowhere else.
#[test]
fn a_context_is_picked_where_none_is_current() {
    let world = world("terminal-context");
    let (context, cluster) = ("Which context?", "Which Postgres cluster?");
    let (code, said) = world.types("user list main", 80, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains(context), "{said}");
    let yaml = std::fs::read_to_string(&world.kubeconfig).expect("a file");
    let yaml = yaml.replace("current-context: 'east'", "current-context: ''");
    std::fs::write(&world.kubeconfig, yaml).expect("a file");
    for (line, talk, code, says) in [
        (
            "user list main",
            vec![(context, "west\r")],
            0,
            "context west",
        ),
        (
            "scale main --replicas 2",
            vec![(context, "west\r"), ("[y/N]", "n\r")],
            5,
            "default/main@west",
        ),
        (
            "restart",
            vec![(context, "west\r"), (cluster, "main\r"), ("[y/N]", "n\r")],
            5,
            "default/main@west",
        ),
        (
            "restart main",
            vec![(context, "\u{1b}")],
            5,
            "nothing was picked",
        ),
        ("restart main", vec![(context, "\u{3}")], 130, "interrupted"),
        (
            "restart main@west",
            vec![("[y/N]", "n\r")],
            5,
            "default/main@west",
        ),
        ("user list main --context east", vec![], 0, "CLUSTER"),
    ] {
        let (ended, said) = world.types(line, 80, &talk);
        assert_eq!(ended, Some(code), "{line}: {said}");
        assert!(said.contains(says), "{line}: no {says:?} in {said}");
        assert_eq!(world.writes(), [""; 0], "{line}: {said}");
    }
    let piped = super::run_at(&world.home, &world.kubeconfig, "restart main");
    assert_eq!(piped.status.code(), Some(2));
}

/// What `create` is not told is asked, and what verbs of roles, databases and operations leave out.
#[test]
fn what_is_to_be_is_picked() {
    let world = world("terminal-create");
    let escape = "\u{1b}";
    let (cluster, name) = (
        "Which Postgres cluster?",
        "Name of the new Postgres cluster",
    );
    let (version, members) = ("Which version of PostgreSQL?", "How many members?");
    let size = "Size of each member's volume (default storage class: standard)";
    let operation = "Which operation?";
    for (line, talk, code, says) in [
        (
            "create",
            vec![(name, "Upper\r"), ("lower-case", "\u{3}")],
            130,
            "interrupted",
        ),
        (
            "create new",
            vec![(version, escape)],
            5,
            "nothing was picked",
        ),
        (
            "create new --version 16",
            vec![(members, escape)],
            5,
            "nothing was picked",
        ),
        (
            "set teamId=shop --context east,west --dry-run=server",
            vec![(cluster, "west\r")],
            0,
            "default/main@west",
        ),
        (
            "user drop",
            vec![
                (cluster, "main\r"),
                ("Which role?", "eve\r"),
                ("[y/N]", "n\r"),
            ],
            5,
            "role eve leaves the manifest",
        ),
        (
            "user add --dry-run=server",
            vec![(cluster, "main\r"), ("Name of the role", "bob\r")],
            0,
            "role bob",
        ),
        (
            "db add --dry-run=server",
            vec![
                (cluster, "main\r"),
                ("Name of the database", "app\r"),
                ("Which role owns it?", "ada\r"),
            ],
            0,
            "database app of ada",
        ),
        (
            "ops show",
            vec![(operation, "\r")],
            0,
            "main-0 is the primary",
        ),
        (
            "ops show",
            vec![(operation, escape)],
            5,
            "nothing was picked",
        ),
        ("ops cancel", vec![], 5, "no operation is under way"),
    ] {
        let (ended, said) = world.types(line, 80, &talk);
        assert_eq!(ended, Some(code), "{line}: {said}");
        assert!(said.contains(says), "{line}: no {says:?} in {said}");
        assert_eq!(world.writes(), [""; 0], "{line}: {said}");
    }
    // Who has said enough, or looks for a document, is asked nothing.
    for line in [
        "create new --dry-run=server",
        "create new --version 16 --replicas 1 --size 1Gi --dry-run=server",
        "create new -o json --dry-run=server",
    ] {
        let (ended, said) = world.types(line, 80, &[]);
        assert_eq!(ended, Some(0), "{line}: {said}");
    }
    let spec = |line: &str, talk: &[(&str, &str)]| {
        let seen = world.apis[0].bodies().len();
        let (_, said) = world.types(line, 80, talk);
        let body = world.apis[0].bodies().get(seen).cloned();
        body.unwrap_or_else(|| panic!("{line}: nothing was sent: {said}"))
    };
    let picked = [
        (name, "new\r"),
        (version, "16\r"),
        (members, "3\r"),
        (size, "20Gi\r"),
    ];
    let body = spec("create --wait=false", &picked);
    let found = [
        &body["metadata"]["name"],
        &body["spec"]["postgresql"]["version"],
        &body["spec"]["numberOfInstances"],
        &body["spec"]["volume"]["size"],
    ];
    assert_eq!(
        found.map(ToString::to_string),
        ["\"new\"", "\"16\"", "3", "\"20Gi\""]
    );
    let entered = [(version, "\r"), (members, "\r"), (size, "\r")];
    let body = spec("create new --wait=false", &entered);
    let unasked = spec("create new --yes --wait=false", &[]);
    assert_eq!(
        body["spec"], unasked["spec"],
        "Enter takes what is the default"
    );
}
