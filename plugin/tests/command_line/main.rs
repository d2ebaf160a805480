//! The program as a person starts it, without any Kubernetes: what it says and how it ends.

// Helpers of tests may fail loudly, as tests do.
#![allow(clippy::expect_used)]

mod again;
mod answering;
mod api;
mod candidates;
mod codes;
mod completion;
mod connecting;
#[path = "../../../tests/src/page.rs"]
mod described;
mod documents;
mod doubles;
mod echo;
mod goes_on;
mod guards;
mod here;
mod hibernated;
mod hints;
mod hostile;
mod left;
mod logins;
mod manners;
mod many;
mod picking;
mod schema;
mod screens;
mod terminal;
mod through_kubectl;
mod typed;
mod unreachable;
mod usage;
mod world;

use std::{io::Read, net::TcpListener, process::Output};

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

/// An address where nobody listens, nor will: the port is taken until the tests end.
fn closed() -> String {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    let any = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(any).expect("a port");
    let port = socket.local_addr().expect("an address").port();
    std::mem::forget(socket);
    format!("http://127.0.0.1:{port}")
}

/// A home of a test's own.
fn home(name: &str) -> std::path::PathBuf {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("home-{name}"));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("a folder");
    path
}

/// Five contexts with one login program, which notes that it ran.
fn with_login(name: &str) -> (std::path::PathBuf, impl Fn() -> usize) {
    let count = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-runs"));
    let _ = std::fs::remove_file(&count);
    let path = kubeconfig(
        name,
        &["c0", "c1", "c2", "c3", "c4"].map(|name| (name, "http://127.0.0.1:1")),
    );
    let script = format!(
        "echo once >> {}; echo '{{\"status\": {{\"token\": \"t\"}}}}'",
        count.display()
    );
    logs_in_by(&path, &script, "Never");
    (path, move || {
        std::fs::read_to_string(&count).map_or(0, |text| text.lines().count())
    })
}

/// Lets whoever goes by a kubeconfig log in by a script.
fn logs_in_by(kubeconfig: &std::path::Path, script: &str, mode: &str) {
    let exec = serde_json::json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh",
        "args": ["-c", script], "interactiveMode": mode,
    });
    let yaml = std::fs::read_to_string(kubeconfig).expect("a file");
    let yaml = yaml.replace("{token: t}", &format!("{{exec: {exec}}}"));
    std::fs::write(kubeconfig, yaml).expect("a file");
}

/// A manifest of `main` with so many members, in a folder.
fn manifest_in(folder: &std::path::Path, members: u32) -> std::path::PathBuf {
    let file = folder.join("main.yaml");
    let yaml = format!(
        "apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {{name: main}}\n\
         spec: {{teamId: shop, numberOfInstances: {members}, postgresql: {{version: '17'}}, volume: {{size: 5Gi}}}}\n"
    );
    std::fs::write(&file, yaml).expect("a file");
    file
}

fn run_at(home: &std::path::Path, kubeconfig: &std::path::Path, line: &str) -> Output {
    program(Some(kubeconfig))
        .env("HOME", home)
        .args(line.split_whitespace())
        .output()
        .expect("the program")
}

#[test]
fn fleets_name_contexts() {
    let home = home("fleets");
    let dead = closed();
    let names = ["east", "west", "arn:aws:eks:eu:1:cluster/prod-1"];
    let path = kubeconfig("fleets", &names.map(|name| (name, dead.as_str())));
    let ok = |line: &str| {
        let output = run_at(&home, &path, line);
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    ok("fleet add prod prod-1 --label env=prod --alias p --protected");
    ok("fleet add prod w*");
    assert!(
        ok("fleet list").contains("prod    2"),
        "{}",
        ok("fleet list")
    );
    let shown = ok("fleet show prod");
    assert!(shown.contains("env=prod") && shown.contains("west") && !shown.contains("east"));
    let contexts = |line: &str| -> Vec<String> {
        let output = run_at(&home, &path, line);
        let document: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("one document");
        let errors = document["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| error["context"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(contexts("list -o json --fleet prod"), ["west", names[2]]);
    assert_eq!(
        contexts("list -o json --context-selector env=prod"),
        [names[2]]
    );
    assert_eq!(contexts("list -o json --context p"), [names[2]]);
    assert_eq!(
        contexts("list -o json --fleet prod --not-context p"),
        ["west"]
    );
    for line in [
        "delete main --fleet prod",
        "delete main --context-selector env=prod",
        "delete main@east --fleet prod",
        "list --fleet none",
        "fleet add x nowhere",
        "fleet add x east west --alias e",
        "fleet add x east --alias west",
    ] {
        let output = run_at(&home, &path, line);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {said}");
    }
    ok("fleet remove prod w*");
    assert!(!ok("fleet show prod").contains("west"));

    use std::os::unix::fs::PermissionsExt;
    let file = home.join(".config/kubectl-pg/config.yaml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).expect("a mode");
    let output = run_at(&home, &path, "list");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("written by others"));
    let output = run_at(&home, &path, "scale main --replicas 2");
    assert_eq!(output.status.code(), Some(5));
}

/// A server that takes connections and says nothing.
fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 64]);
            open.push(stream);
        }
    });
    address
}
