//! The program on a terminal: `script` of util-linux makes one.

use std::{
    io::{Read, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::{api::There, silent, world::World};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

impl World {
    /// Runs a line on a terminal so wide; answers what is asked. Gives the code and all that was
    /// on the screen.
    pub fn types(&self, line: &str, columns: u16, talk: &[(&str, &str)]) -> (Option<i32>, String) {
        on_terminal(&self.home, &self.kubeconfig, line, columns, talk, &[])
    }
}

/// Two contexts, and who sits before them.
pub fn world(name: &str) -> World {
    World::both(name, &There::default())
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
    let world = world("terminal-asked");
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
        let (ended, said) = world.types(line, 80, &[(asks, answer)]);
        assert_eq!(ended, Some(code), "{line} {answer:?}: {said}");
        assert!(left_as_it_was(&said), "{line} {answer:?}: {said:?}");
        assert_eq!(world.writes(), [""; 0], "{line} {answer:?}: {said}");
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
        let before = world.writes().len();
        let (_, said) = world.types(line, 80, &[(asks, answer)]);
        assert!(world.writes().len() > before, "{line}: {said}");
    }
}

/// The question names context, namespace and cluster in full, and what clients will feel.
#[test]
fn a_question_says_what_will_be() {
    let world = world("terminal-question");
    let (_, said) = world.types("switchover main --to 1", 80, &[("[y/N]", "n\r")]);
    for words in ["default/main@east", "primary main-0", "connections"] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
    assert!(said.contains("nothing was changed"), "{said}");
}

/// Tables fit the terminal, and what must stay stays.
#[test]
fn tables_fit() {
    let world = world("terminal-tables");
    for columns in [80, 40] {
        for line in [
            "fleet show",
            "diff main@east --against main@west",
            "user list main --context east,west",
            "version --server --context east,west",
        ] {
            // Sentences may go on in the next line; who is slow says whom it waits for, and wipes that away.
            let line = &format!("{line} --no-progress -q");
            let (code, said) = world.types(line, columns, &[]);
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

/// Who is slow, and later cannot be reached, takes no column away from the others.
#[test]
fn rows_of_others_keep_their_columns_while_somebody_is_slow() {
    let east = [("east", There::default())];
    let world = World::beside("terminal-slow", &east, &[("slow", &silent())]);
    let line = "list --context east,slow --request-timeout 1s --no-progress";
    let (code, said) = world.types(line, 80, &[]);
    assert_eq!(code, Some(3), "{said}");
    let rows: Vec<String> = said.lines().map(without_colour).collect();
    for words in [
        &["PRIMARY", "AGE"][..],
        &["main-0", "21d"],
        &["slow", "Unreachable"],
    ] {
        let is_it = |row: &&String| words.iter().all(|word| row.contains(word));
        let row = rows
            .iter()
            .find(is_it)
            .unwrap_or_else(|| panic!("no {words:?}: {said}"));
        assert!(row.trim_end().chars().count() <= 80, "{row}");
    }
}

/// Colour is for terminals that want it.
#[test]
fn colour_is_not_forced_on_anybody() {
    let world = world("terminal-colour");
    let line = "status main";
    let (_, said) = world.types(line, 80, &[]);
    assert!(said.contains("\u{1b}["), "no colour: {said}");
    let (_, said) = world.types(&format!("{line} --color never"), 80, &[]);
    assert!(!said.contains("\u{1b}[3"), "colour: {said}");
    let piped = super::run_at(&world.home, &world.kubeconfig, line);
    assert!(
        !super::text(&piped.stdout).contains('\u{1b}'),
        "colour in a pipe"
    );
}

/// Whether the cursor can be seen again.
pub fn left_as_it_was(said: &str) -> bool {
    said.rfind("\u{1b}[?25h") >= said.rfind("\u{1b}[?25l")
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
