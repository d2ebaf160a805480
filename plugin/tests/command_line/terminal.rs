//! The program on a terminal: `script` of util-linux makes one.

use std::{
    io::{Read, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::{
    api::{Api, There},
    home, kubeconfig,
};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

struct World {
    apis: Vec<Api>,
    kubeconfig: std::path::PathBuf,
    home: std::path::PathBuf,
}

impl World {
    fn new(name: &str) -> Self {
        let apis = ["one", "two"].map(|uid| {
            Api::start(There {
                uid,
                ..There::default()
            })
        });
        let list = [("east", &*apis[0].address), ("west", &*apis[1].address)];
        Self {
            kubeconfig: kubeconfig(name, &list),
            home: home(name),
            apis: apis.into(),
        }
    }

    fn writes(&self) -> usize {
        self.apis.iter().map(|api| api.writes().len()).sum()
    }

    fn execs(&self) -> Vec<String> {
        self.apis.iter().flat_map(Api::execs).collect()
    }

    /// Runs a line on a terminal so wide; answers what is asked. Gives the code and all that was
    /// on the screen.
    fn run(&self, line: &str, columns: u16, talk: &[(&str, &str)]) -> (Option<i32>, String) {
        on_terminal(&self.home, &self.kubeconfig, line, columns, talk, &[])
    }
}

/// Runs a line on a terminal so wide; answers what is asked. Gives the code and all that was on the
/// screen.
pub fn on_terminal(
    home: &Path,
    kubeconfig: &Path,
    line: &str,
    columns: u16,
    talk: &[(&str, &str)],
    variables: &[(&str, &str)],
) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_kubectl-pg");
    let line = format!("stty cols {columns} rows 24; exec {program} {line}");
    in_shell(home, kubeconfig, &line, talk, variables)
}

/// The same of a line for the shell.
pub fn in_shell(
    home: &Path,
    kubeconfig: &Path,
    line: &str,
    talk: &[(&str, &str)],
    variables: &[(&str, &str)],
) -> (Option<i32>, String) {
    let mut child = Command::new("script")
        .args(["-qec", line, "/dev/null"])
        .env_clear()
        .env("HOME", home)
        .env("KUBECONFIG", kubeconfig)
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script, of bsdutils");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = child.stdout.take().expect("a pipe");
    let said: Arc<Mutex<Vec<u8>>> = Arc::default();
    let heard = Arc::clone(&said);
    let reader = std::thread::spawn(move || {
        let mut part = [0; 4096];
        while let Ok(count @ 1..) = stdout.read(&mut part) {
            heard.lock().expect("a lock").extend(&part[..count]);
        }
    });
    let so_far = || String::from_utf8_lossy(&said.lock().expect("a lock")).into_owned();
    let began = Instant::now();
    for (asks, answer) in talk {
        while !so_far().contains(asks) {
            assert!(
                began.elapsed() < PATIENCE,
                "{line}: no {asks:?} in {}",
                so_far()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        stdin.write_all(answer.as_bytes()).expect("it listens");
        stdin.flush().expect("it listens");
    }
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{line} does not end: {}",
            so_far()
        );
        std::thread::sleep(Duration::from_millis(10));
    };
    drop(stdin);
    reader.join().expect("a reader");
    (status.code(), so_far())
}

/// What is typed decides: no, nothing and the wrong word change nothing.
#[test]
fn a_person_is_asked() {
    let world = World::new("terminal-asked");
    let yes_no = "[y/N]";
    let number = "Type the number of targets";
    let name = "Type the name of the cluster";
    for (line, asks, answer, code) in [
        ("scale main --replicas 2", yes_no, "n\r", 5),
        ("restart main", yes_no, "\r", 5),
        ("switchover main --to 1", yes_no, "yn\r", 5),
        ("reload main --context east,west", yes_no, "n\r", 5),
        ("restart main --context east,west", number, "y\r", 5),
        ("restart main --context east,west", number, "3\r", 5),
        ("delete main", name, "yes\r", 5),
        ("delete main", name, "\r", 5),
        ("reinit main 1", name, "small\r", 5),
        ("failover main --accept-data-loss --to 1", name, "y\r", 5),
        ("restart main", yes_no, "\u{3}", 130),
    ] {
        let (ended, said) = world.run(line, 80, &[(asks, answer)]);
        assert_eq!(ended, Some(code), "{line} {answer:?}: {said}");
        // The cursor is left as it was.
        let (shown, hidden) = (said.rfind("\u{1b}[?25h"), said.rfind("\u{1b}[?25l"));
        assert!(shown >= hidden, "{line} {answer:?}: {said:?}");
        assert_eq!(world.writes(), 0, "{line} {answer:?}: {said}");
    }
    for (line, asks, answer) in [
        ("scale main --replicas 2 --wait=false", yes_no, "y\r"),
        ("switchover main --to 1 --wait=false", yes_no, "y\r"),
        (
            "switchover main --context east,west --wait=false",
            number,
            "2\r",
        ),
        ("delete main --wait=false", name, "main\r"),
        ("reinit main 1 --wait=false", name, "main\r"),
    ] {
        let before = world.writes();
        let (_, said) = world.run(line, 80, &[(asks, answer)]);
        assert!(world.writes() > before, "{line}: {said}");
    }
}

/// What is not named is picked from a list, by typing a part of it; then all goes on as if it had
/// been typed. Without a terminal, and where something else is wrong, the line is refused as ever.
#[test]
fn what_is_not_named_is_picked() {
    let world = World::new("terminal-picked");
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
        let (ended, said) = world.run(line, 80, &talk);
        assert_eq!(ended, Some(code), "{line}: {said}");
        assert!(said.contains(says), "{line}: no {says:?} in {said}");
        let (shown, hidden) = (said.rfind("\u{1b}[?25h"), said.rfind("\u{1b}[?25l"));
        assert!(shown >= hidden, "{line}: {said:?}");
        assert_eq!(world.writes(), 0, "{line}: {said}");
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
        let (code, said) = world.run(line, 80, &talk);
        assert_eq!(code, Some(1), "{line}: {said}");
        let execs = world.execs();
        assert!(
            execs.iter().any(|exec| exec.contains(opened)),
            "{line}: {execs:?}"
        );
    }
    let (code, said) = world.run("user list", 80, &[(cluster, "main\r")]);
    assert_eq!(code, Some(0), "{said}");
    let piped = super::run_at(&world.home, &world.kubeconfig, "switchover");
    assert_eq!(piped.status.code(), Some(2));
    let (code, said) = world.run("failover", 80, &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--accept-data-loss"), "{said}");
}

/// Whoever is told to end at a list of which a line is picked leaves a terminal on which one can
/// type and see.
#[test]
fn ended_at_a_list_the_terminal_is_as_it_was() {
    let world = World::new("terminal-ended");
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
    let (shown, hidden) = (said.rfind("\u{1b}[?25h"), said.rfind("\u{1b}[?25l"));
    assert!(hidden.is_some() && shown > hidden, "{said:?}");
}

/// The context is asked for where kubectl itself would know none, and nowhere else.
#[test]
fn a_context_is_picked_where_none_is_current() {
    let world = World::new("terminal-context");
    let (context, cluster) = ("Which context?", "Which Postgres cluster?");
    let (code, said) = world.run("user list main", 80, &[]);
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
        let (ended, said) = world.run(line, 80, &talk);
        assert_eq!(ended, Some(code), "{line}: {said}");
        assert!(said.contains(says), "{line}: no {says:?} in {said}");
        assert_eq!(world.writes(), 0, "{line}: {said}");
    }
    let piped = super::run_at(&world.home, &world.kubeconfig, "restart main");
    assert_eq!(piped.status.code(), Some(2));
}

/// What `create` is not told is asked, and what verbs of roles, databases and operations leave out.
#[test]
fn what_is_to_be_is_picked() {
    let world = World::new("terminal-create");
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
        let (ended, said) = world.run(line, 80, &talk);
        assert_eq!(ended, Some(code), "{line}: {said}");
        assert!(said.contains(says), "{line}: no {says:?} in {said}");
        assert_eq!(world.writes(), 0, "{line}: {said}");
    }
    // Who has said enough, or looks for a document, is asked nothing.
    for line in [
        "create new --dry-run=server",
        "create new --version 16 --replicas 1 --size 1Gi --dry-run=server",
        "create new -o json --dry-run=server",
    ] {
        let (ended, said) = world.run(line, 80, &[]);
        assert_eq!(ended, Some(0), "{line}: {said}");
    }
    let spec = |line: &str, talk: &[(&str, &str)]| {
        let seen = world.apis[0].bodies().len();
        let (_, said) = world.run(line, 80, talk);
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

/// The question names context, namespace and cluster in full, and what clients will feel.
#[test]
fn a_question_says_what_will_be() {
    let world = World::new("terminal-question");
    let (_, said) = world.run("switchover main --to 1", 80, &[("[y/N]", "n\r")]);
    for words in ["default/main@east", "primary main-0", "connections"] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
    assert!(said.contains("nothing was changed"), "{said}");
}

/// Tables fit the terminal, and what must stay stays.
#[test]
fn tables_fit() {
    let world = World::new("terminal-tables");
    for columns in [80, 40] {
        for line in [
            "fleet show",
            "diff main@east --against main@west",
            "user list main --context east,west",
            "version --server --context east,west",
        ] {
            // Sentences may go on in the next line; who is slow says whom it waits for, and wipes that away.
            let line = &format!("{line} --no-progress -q");
            let (code, said) = world.run(line, columns, &[]);
            assert_eq!(code, Some(0), "{line}: {said}");
            for row in said.lines().map(without_colour) {
                let width = row.trim_end().chars().count();
                assert!(
                    width <= usize::from(columns),
                    "{line}: {width} columns: {row}"
                );
            }
        }
    }
}

/// Colour is for terminals that want it.
#[test]
fn colour_is_not_forced_on_anybody() {
    let world = World::new("terminal-colour");
    let line = "status main";
    let (_, said) = world.run(line, 80, &[]);
    assert!(said.contains("\u{1b}["), "no colour: {said}");
    let (_, said) = world.run(&format!("{line} --color never"), 80, &[]);
    assert!(!said.contains("\u{1b}[3"), "colour: {said}");
    let piped = super::run_at(&world.home, &world.kubeconfig, line);
    assert!(
        !super::text(&piped.stdout).contains('\u{1b}'),
        "colour in a pipe"
    );
}

/// A line without its colours.
pub fn without_colour(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line.chars();
    while let Some(char) = rest.next() {
        if char != '\u{1b}' {
            text.push(char);
        } else if rest.next() == Some('[') {
            rest.by_ref().find(|char| char.is_ascii_alphabetic());
        }
    }
    text
}
