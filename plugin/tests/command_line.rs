//! The program as a person starts it, without any Kubernetes: what it says and how it ends.

// Helpers of tests may fail loudly, as tests do.
#![allow(clippy::expect_used)]

use std::{io::Read, net::TcpListener, process::Output, time::Instant};

use assert_cmd::Command;

/// The program in an empty environment with this kubeconfig, if any.
fn program(kubeconfig: Option<&std::path::Path>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-pg"));
    command
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("PATH", "/usr/bin:/bin");
    if let Some(path) = kubeconfig {
        command.env("KUBECONFIG", path);
    }
    command.timeout(std::time::Duration::from_secs(30));
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn run(kubeconfig: Option<&std::path::Path>, line: &str) -> Output {
    program(kubeconfig)
        .args(line.split_whitespace())
        .output()
        .expect("the program")
}

/// A kubeconfig whose contexts lead to these servers.
fn kubeconfig(name: &str, contexts: &[(&str, &str)]) -> std::path::PathBuf {
    let mut yaml =
        String::from("apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: t}}]\n");
    let first = contexts.first().map(|(name, _)| *name).unwrap_or_default();
    yaml.push_str(&format!("current-context: '{first}'\nclusters:\n"));
    for (name, server) in contexts {
        yaml.push_str(&format!(
            "- {{name: '{name}', cluster: {{server: '{server}'}}}}\n"
        ));
    }
    yaml.push_str("contexts:\n");
    for (name, _) in contexts {
        yaml.push_str(&format!(
            "- {{name: '{name}', context: {{cluster: '{name}', user: u}}}}\n"
        ));
    }
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.yaml"));
    std::fs::write(&path, yaml).expect("a file");
    path
}

/// An address where nobody listens.
fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    format!("http://127.0.0.1:{port}")
}

#[test]
fn version_needs_nothing() {
    let output = run(None, "version");
    assert!(output.status.success());
    assert_eq!(
        text(&output.stdout),
        format!("kubectl-pg {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert!(output.stderr.is_empty());
    let output = run(None, "version -o json");
    assert!(text(&output.stdout).contains("\"kind\": \"Version\""));
}

#[test]
fn usage_errors_are_2() {
    for line in [
        "",
        "nonsense",
        "scale main --replicas -1",
        "scale main",
        "create Main",
        "create main --size 20GB",
        "list a/b/c",
        "switchover",
        "delete",
        "failover main",
        "list --request-timeout 0",
    ] {
        let output = run(None, line);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{line}: {}",
            text(&output.stderr)
        );
        assert!(output.stdout.is_empty(), "{line}");
    }
}

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
fn destructive_verbs_take_one_target() {
    let path = kubeconfig(
        "destructive",
        &[
            ("east", "http://127.0.0.1:1"),
            ("west", "http://127.0.0.1:1"),
        ],
    );
    for line in [
        "delete main --context east,west",
        "delete main --all-contexts",
        "delete main --context e*",
        "delete main -l app=x",
        "failover main --accept-data-loss -A",
        "reinit main 1 --all-contexts",
    ] {
        let output = run(Some(&path), line);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{line}: {}",
            text(&output.stderr)
        );
    }
}

#[test]
fn a_server_that_never_answers_is_left_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 64]);
            open.push(stream);
        }
    });
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

#[test]
fn login_programs_run_once() {
    let count = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("logins");
    let _ = std::fs::remove_file(&count);
    let server = closed();
    let mut yaml = String::from("apiVersion: v1\nkind: Config\ncurrent-context: c0\nclusters:\n");
    yaml.push_str(&format!(
        "- {{name: c, cluster: {{server: '{server}'}}}}\ncontexts:\n"
    ));
    for number in 0..5 {
        yaml.push_str(&format!(
            "- {{name: c{number}, context: {{cluster: c, user: u}}}}\n"
        ));
    }
    let script = format!(
        "echo once >> {}; echo '{{\"status\": {{\"token\": \"t\"}}}}'",
        count.display()
    );
    yaml.push_str(&format!(
        "users:\n- name: u\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: sh\n      args: ['-c', {}]\n      interactiveMode: Never\n",
        serde_json::to_string(&script).expect("a string")
    ));
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("logins.yaml");
    std::fs::write(&path, yaml).expect("a file");
    let output = run(Some(&path), "list --all-contexts");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(
        std::fs::read_to_string(&count)
            .expect("it ran")
            .lines()
            .count(),
        1
    );
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

#[test]
fn manifests_are_printed_without_a_server() {
    let path = kubeconfig("manifests", &[("east", "http://127.0.0.1:1")]);
    let output = run(
        Some(&path),
        "create pg/main --version 17 --replicas 3 --size 5Gi --dry-run=client",
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    for part in [
        "kind: postgresql",
        "name: main",
        "namespace: pg",
        "numberOfInstances: 3",
        "size: 5Gi",
    ] {
        assert!(printed.contains(part), "{part} in {printed}");
    }
    let output = run(
        Some(&path),
        "install --dry-run=client --image x/pg-fleet:1 --set docker_image=x/postgres:1",
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    for part in [
        "kind: CustomResourceDefinition",
        "image: x/pg-fleet:1",
        "docker_image: x/postgres:1",
    ] {
        assert!(printed.contains(part), "{part}");
    }
    let output = run(Some(&path), "create main --version 12");
    assert_eq!(output.status.code(), Some(2));
    let output = run(Some(&path), &format!("create {}", "a".repeat(64)));
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("58"));
}
