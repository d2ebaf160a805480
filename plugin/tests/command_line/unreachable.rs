//! Kubeconfigs and servers that are not what they should be: dead, silent, unknown.

use std::{io::Read, time::Instant};

use super::{closed, kubeconfig, run, silent, text};

#[test]
fn without_a_kubeconfig_it_says_where_it_looked() {
    let output = run(None, "list");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("/nonexistent/.kube/config"));
    let output = run(None, "scale main --replicas 2");
    assert_eq!(output.status.code(), Some(5), "nothing was changed");
    let output = run(None, "list --kubeconfig /nonexistent/other");
    assert!(text(&output.stderr).contains("/nonexistent/other"));
}

#[test]
fn broken_kubeconfigs_are_named() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("broken.yaml");
    std::fs::write(&path, "{ not yaml").expect("a file");
    let output = run(Some(&path), "list");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("broken.yaml"));
}

#[test]
fn unknown_contexts_are_2_and_the_known_are_told() {
    let path = kubeconfig(
        "unknown",
        &[
            ("east", "http://127.0.0.1:1"),
            ("west", "http://127.0.0.1:1"),
        ],
    );
    for line in [
        "list --context south",
        "list main@south",
        "list --context so*",
        "create main@south",
    ] {
        let output = run(Some(&path), line);
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(
            text(&output.stderr).contains("known are: east, west"),
            "{line}: {}",
            text(&output.stderr)
        );
    }
    let output = run(Some(&path), "list main@east --context west");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_dead_server_keeps_its_row() {
    let path = kubeconfig("dead", &[("east", &closed())]);
    let output = run(Some(&path), "list");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).contains("Unreachable"),
        "{}",
        text(&output.stdout)
    );
    assert!(
        text(&output.stderr).contains("Connection refused"),
        "{}",
        text(&output.stderr)
    );
    let output = run(Some(&path), "list -o json");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!(document["errors"][0]["kind"], "Unreachable");
    assert_eq!(document["errors"][0]["context"], "east");
}

#[test]
fn every_reading_verb_fails_where_nobody_answers() {
    let path = kubeconfig("reads", &[("east", &closed())]);
    // diff could not compare: that is its own failure, not a difference.
    for (line, code) in [
        ("status", 1),
        ("status main", 1),
        ("history main", 1),
        ("df", 1),
        ("diff -A", 3),
        ("diff main --against other", 3),
        ("doctor", 1),
        ("doctor main", 3),
        ("report --out -", 1),
        ("user list main", 1),
        ("ops list", 1),
        ("ops show abc", 1),
        ("ops watch abc", 1),
        ("logs main", 1),
        ("psql main -c TABLE", 1),
        ("version --server", 1),
    ] {
        let output = run(Some(&path), line);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        let said = format!("{said}{}", text(&output.stdout));
        assert!(said.contains("Connection refused"), "{line}: {said}");
        // A program reads the same; logs are no document, and a context that is dead fails a check.
        if ["logs main", "doctor"].contains(&line) {
            continue;
        }
        let output = run(Some(&path), &format!("{line} -o json"));
        let (data, said) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{line} -o json: {said}");
        let document: serde_json::Value = serde_json::from_str(&data).unwrap_or_default();
        let kind = &document["errors"][0]["kind"];
        assert_eq!(kind, "Unreachable", "{line} -o json: {data}{said}");
    }
}

#[test]
fn changes_where_nobody_answers_change_nothing() {
    let path = kubeconfig("changes", &[("east", &closed())]);
    for line in [
        "create main",
        "scale main --replicas 3",
        "switchover main --yes",
        "restart main --yes",
        "failover main --accept-data-loss --confirm default/main@east",
        "reinit main main-1 --confirm default/main@east",
        "delete main --confirm default/main@east",
        "install",
        "uninstall --yes",
        "set main teamId=x",
        "resize main --size 1Gi",
        "user add main bob",
        "user drop main bob --yes",
        "db add main app --owner bob",
        "hibernate on main --yes",
        "reload main",
        "maintenance on main --yes",
    ] {
        let output = run(Some(&path), line);
        assert_eq!(
            output.status.code(),
            Some(5),
            "{line}: {}",
            text(&output.stderr)
        );
    }
    let output = run(Some(&path), "scale main --replicas 3 -o json");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!(document["errors"][0]["kind"], "Unreachable");
}

#[test]
fn a_server_that_never_answers_is_left_in_time() {
    let address = silent();
    let path = kubeconfig("silent", &[("east", &address)]);
    let began = Instant::now();
    let output = run(Some(&path), "list --request-timeout 1s");
    assert_eq!(output.status.code(), Some(1));
    assert!(began.elapsed().as_secs() < 10);
    assert!(
        text(&output.stderr).contains("--request-timeout"),
        "{}",
        text(&output.stderr)
    );
}

/// Starts a line, waits for the first text of it, and sends Ctrl-C.
pub fn interrupted(path: &std::path::Path, line: &str) -> std::process::Output {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubectl-pg"))
        .args(line.split_whitespace())
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("KUBECONFIG", path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut first = [0; 1];
    let stdout = child.stdout.as_mut().expect("a pipe");
    let stderr = child.stderr.as_mut().expect("a pipe");
    let read = if line.contains("--watch") {
        stdout.read(&mut first)
    } else {
        stderr.read(&mut first)
    };
    assert_eq!(read.expect("it says something"), 1, "{line}");
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("kill").success());
    child.wait_with_output().expect("an end")
}

#[test]
fn ctrl_c_ends_it_whatever_it_waits_for() {
    let path = kubeconfig("ctrl-c", &[("east", &silent())]);
    // Longer than the time that the test has.
    let output = interrupted(&path, "scale main --replicas 3 --request-timeout 1h");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    let path = kubeconfig("ctrl-c-watch", &[("east", &closed())]);
    let output = interrupted(&path, "list --watch");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("Unreachable"));
}

#[test]
fn names_of_contexts_cannot_act_on_the_terminal() {
    let path = kubeconfig("control", &[("east", &closed())]);
    let yaml = std::fs::read_to_string(&path).expect("a file");
    std::fs::write(&path, yaml.replace("'east'", "\"ev\\u001b[31mil\"")).expect("a file");
    let output = run(Some(&path), "list");
    assert!(!text(&output.stdout).contains('\u{1b}') && !text(&output.stderr).contains('\u{1b}'));
    assert!(
        text(&output.stdout).contains("ev\\u{1b}[31mil"),
        "{}",
        text(&output.stdout)
    );
}

/// The time that psql has is that of all its targets, the look for them among it.
#[test]
fn psql_has_one_time_for_all() {
    let path = kubeconfig("psql-time", &[("east", &silent())]);
    let began = Instant::now();
    let line = "psql main -c TABLE --timeout 1s --request-timeout 20s";
    let output = run(Some(&path), line);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(began.elapsed().as_secs() < 15, "{said}");
}
