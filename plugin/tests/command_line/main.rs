//! The program as a person starts it, without any Kubernetes: what it says and how it ends.

// Helpers of tests may fail loudly, as tests do.
#![allow(clippy::expect_used)]

mod answering;
mod api;
mod connecting;
mod guards;
mod here;

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

/// docs/output.md names every kind of document that the sources print.
#[test]
fn every_kind_of_document_is_described() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("../docs/output.md")).expect("a page");
    let (mut folders, mut kinds) = (vec![root.join("src")], std::collections::BTreeSet::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(path).expect("a source");
            for part in source.split("Document::").skip(1) {
                let Some((_, rest)) = part.split_once("new(") else {
                    continue;
                };
                let kind = rest.trim_start().strip_prefix('"');
                kinds.extend(kind.and_then(|kind| Some(kind.split_once('"')?.0.to_owned())));
            }
        }
    }
    assert!(kinds.len() > 10, "{kinds:?}");
    for kind in kinds {
        assert!(page.contains(&format!("`{kind}`")), "{kind}");
    }
}

/// What krew's own validation asks for (docs/PLUGIN_MANIFEST of krew).
#[test]
fn the_krew_manifest_is_one() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../manifests/krew.yaml");
    let yaml = std::fs::read_to_string(path).expect("a file");
    let manifest: serde_json::Value = serde_saphyr::from_str(&yaml).expect("YAML");
    assert_eq!(manifest["kind"], "Plugin");
    // `kubectl krew install pg` makes `kubectl pg`.
    assert_eq!(manifest["metadata"]["name"], "pg");
    let spec = &manifest["spec"];
    assert_eq!(spec["version"], concat!("v", env!("CARGO_PKG_VERSION")));
    let short = spec["shortDescription"].as_str().expect("a text");
    assert!(short.len() <= 50 && !short.ends_with('.'), "{short}");
    for platform in spec["platforms"].as_array().expect("platforms") {
        let text = |field: &str| platform[field].as_str().unwrap_or_default().to_owned();
        assert!(text("uri").starts_with("https://"));
        assert_eq!(text("sha256").len(), 64);
        let files = platform["files"].as_array().expect("files");
        assert!(
            files
                .iter()
                .any(|file| file["from"] == text("bin").as_str())
        );
        assert!(
            files.iter().any(|file| file["from"] == "LICENSE"),
            "krew asks for it"
        );
    }
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
        "list --where age=5",
        "list -o jsonpath={.items[",
        "list -o fancy",
        "list --context-selector =x",
        "resize main",
        "resize main --size 20GB",
        "user add main Bob",
        "user add main bob --flags nothing",
        "db add main app",
        "delete main --with backups",
        "delete -f main.yaml",
        "connect -m",
        "fleet add Prod east",
        "logs main --include (",
        "list --token t --server here",
    ] {
        let output = run(None, line);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{line}: {}",
            text(&output.stderr)
        );
        assert!(output.stdout.is_empty(), "{line}");
        // Whoever waits for a document gets one.
        for (form, reads) in [
            ("-o json", "\"kind\": \"Usage\""),
            ("--output=yaml", "kind: Usage"),
            ("-o=jsonpath={.errors[0].kind}", "Usage"),
        ] {
            if line.is_empty() || line.contains(" -o ") || line.contains("connect") {
                continue;
            }
            let output = run(None, &format!("{line} {form}"));
            let said = text(&output.stdout);
            assert_eq!(output.status.code(), Some(2), "{line} {form}");
            assert!(said.contains(reads), "{line} {form}: {said:?}");
        }
    }
    let output = run(None, "scale main -o json");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!(document["apiVersion"], "cli.pgfleet.io/v1alpha1");
    let message = document["errors"][0]["message"]
        .as_str()
        .unwrap_or_default();
    assert!(message.contains("--replicas"), "{message}");
    assert!(
        !message.contains('\n') && !message.starts_with("error"),
        "{message}"
    );
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
fn every_reading_verb_fails_where_nobody_answers() {
    let path = kubeconfig("reads", &[("east", &closed())]);
    // diff could not compare: that is its own failure, not a difference.
    for (line, code) in [
        ("status", 1),
        ("status main", 1),
        ("history main", 1),
        ("df", 1),
        ("diff -A", 3),
        ("doctor", 1),
        ("doctor main", 3),
        ("report --out -", 1),
        ("user list main", 1),
        ("ops list", 1),
        ("logs main", 1),
        ("psql main -c TABLE", 1),
        ("version --server", 1),
    ] {
        let output = run(Some(&path), line);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        let said = format!("{said}{}", text(&output.stdout));
        assert!(said.contains("Connection refused"), "{line}: {said}");
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
    let exec = serde_json::json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh",
        "args": ["-c", script], "interactiveMode": "Never",
    });
    let yaml = std::fs::read_to_string(&path).expect("a file");
    let yaml = yaml.replace("{token: t}", &format!("{{exec: {exec}}}"));
    std::fs::write(&path, yaml).expect("a file");
    (path, move || {
        std::fs::read_to_string(&count).map_or(0, |text| text.lines().count())
    })
}

fn run_at(home: &std::path::Path, kubeconfig: &std::path::Path, line: &str) -> Output {
    program(Some(kubeconfig))
        .env("HOME", home)
        .args(line.split_whitespace())
        .output()
        .expect("the program")
}

#[test]
fn login_programs_run_once() {
    let home = home("logins");
    let (path, runs) = with_login("logins");
    let output = run_at(&home, &path, "list --context c0,c1,c2,c3,c4");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(runs(), 1);
}

#[test]
fn a_pattern_starts_only_login_programs_that_are_known() {
    let home = home("trust");
    let (path, runs) = with_login("trust");
    let output = run_at(&home, &path, "list --all-contexts");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("name the context once"),
        "{}",
        text(&output.stderr)
    );
    run_at(&home, &path, "list --context c*");
    assert_eq!(runs(), 0, "nobody has named a context yet");
    run_at(&home, &path, "list --context c3");
    assert_eq!(runs(), 1);
    run_at(&home, &path, "list --all-contexts");
    assert_eq!(runs(), 2, "it is known now");

    let kuberc = home.join(".kube");
    std::fs::create_dir_all(&kuberc).expect("a folder");
    let policy = |policy: &str| {
        let text = format!("kind: Preference\ncredentialPluginPolicy: {policy}\n");
        std::fs::write(kuberc.join("kuberc"), text).expect("a file");
    };
    policy("DenyAll");
    let output = run_at(&home, &path, "list --context c3");
    assert!(text(&output.stderr).contains("kuberc denies"));
    assert_eq!(runs(), 2);
    std::fs::remove_dir_all(home.join(".config")).expect("it was there");
    policy("AllowAll");
    run_at(&home, &path, "list --all-contexts");
    assert_eq!(runs(), 3, "kubectl's own policy allows it");
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

#[test]
fn former_spellings_go_on_working() {
    let path = kubeconfig("former", &[("east", &closed())]);
    for (line, today) in [
        ("scale 3 -c main", "kubectl pg scale main --replicas 3"),
        (
            "add-user bob -p login -c main",
            "kubectl pg user add main bob --flags login",
        ),
        (
            "ext-volume 5Gi -c main",
            "kubectl pg resize main --size 5Gi",
        ),
    ] {
        let output = run(Some(&path), line);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "{line}: {said}");
        assert!(
            said.contains(today) && said.contains("refused"),
            "{line}: {said}"
        );
    }
}

#[test]
fn parts_of_the_document_are_printed_by_a_template() {
    let path = kubeconfig("jsonpath", &[("east", &closed())]);
    let output = run(Some(&path), "list -o jsonpath={.errors[*].kind}:{.kind}");
    assert_eq!(text(&output.stdout), "Unreachable:ClusterList");
}

#[test]
fn completion_tells_what_may_follow() {
    let path = kubeconfig("completion", &[("east", &closed()), ("west", &closed())]);
    let ask = |words: &[&str]| {
        let mut command = program(Some(&path));
        let output = command.arg("__complete").args(words).output();
        text(&output.expect("the program").stdout)
    };
    assert!(ask(&["sw"]).starts_with("switchover\t"));
    assert!(ask(&["sw"]).ends_with("\n:4\n"));
    assert_eq!(ask(&["list", "--context", "east,w"]), "east,west\t\n:4\n");
    assert_eq!(ask(&["list", "-o", "ya"]), "yaml\t\n:4\n");
    assert_eq!(ask(&["apply", "-f", ""]), ":0\n");
    // Nobody answers, and nobody waits.
    assert_eq!(ask(&["switchover", ""]), ":4\n");
    for (shell, part) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef"),
        ("fish", "complete -c"),
    ] {
        let output = run(None, &format!("completion {shell}"));
        assert!(text(&output.stdout).contains(part), "{shell}");
    }
}

#[test]
fn completion_runs_no_login_program() {
    let home = home("completion-login");
    let (path, runs) = with_login("completion-login");
    let output = run_at(&home, &path, "__complete switchover m");
    assert_eq!(text(&output.stdout), ":4\n");
    assert_eq!(runs(), 0);
}

#[test]
fn completion_knows_clusters_of_servers_that_answer() {
    let api = api::Api::start(api::There::default());
    let path = kubeconfig("completion-live", &[("east", &api.address)]);
    let home = home("completion-live");
    let output = run_at(&home, &path, "__complete switchover m");
    assert_eq!(text(&output.stdout), "main\t\n:4\n");
    // From now on it is remembered.
    let path = kubeconfig("completion-live", &[("east", &closed())]);
    let output = run_at(&home, &path, "__complete switchover s");
    assert_eq!(text(&output.stdout), "small\t\n:4\n");
}

/// The scripts are read by the shells themselves, where there are any.
#[test]
fn completion_scripts_are_sound() {
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "-n")] {
        let script = run(None, &format!("completion {shell}")).stdout;
        let file =
            std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("script.{shell}"));
        std::fs::write(&file, script).expect("a file");
        if let Ok(output) = std::process::Command::new(shell)
            .arg(check)
            .arg(&file)
            .output()
        {
            assert!(output.status.success(), "{shell}: {}", text(&output.stderr));
        }
    }
}

#[test]
fn bash_completes_words_with_at_and_commas() {
    let path = kubeconfig(
        "completion-bash",
        &[("east", &closed()), ("west", &closed())],
    );
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("completion-bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    let link = folder.join("kubectl-pg");
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-pg"), &link).expect("a link");
    let complete = |line: &str, words: &str| {
        let script = format!(
            "source <(kubectl-pg completion bash); compopt() {{ :; }}\n\
             COMP_LINE='{line}' COMP_POINT=${{#COMP_LINE}}; COMP_POINT={} COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1))\n\
             _kubectl_pg; echo \"${{COMPREPLY[*]}}\"",
            line.len()
        );
        let output = std::process::Command::new("bash")
            .args(["-c", &script])
            .env_clear()
            .env("HOME", "/nonexistent")
            .env("KUBECONFIG", &path)
            .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
            .output()
            .expect("bash");
        text(&output.stdout).trim().to_owned()
    };
    assert_eq!(complete("kubectl-pg swi", "kubectl-pg swi"), "switchover");
    // bash takes the line apart at @ and =.
    assert_eq!(
        complete("kubectl-pg status main@we", "kubectl-pg status main @ we"),
        "west"
    );
    assert_eq!(
        complete("kubectl-pg status main@", "kubectl-pg status main @"),
        "east west"
    );
    assert_eq!(
        complete(
            "kubectl-pg list --context=ea",
            "kubectl-pg list --context = ea"
        ),
        "east"
    );
}

#[test]
fn flags_that_all_have_are_told_once() {
    let output = run(None, "options");
    let printed = text(&output.stdout);
    for flag in [
        "--context",
        "--where",
        "--expect-count",
        "--max-per-context",
        "--as-uid",
    ] {
        assert!(printed.contains(flag), "{flag}");
    }
    let output = run(None, "scale --help");
    assert!(!text(&output.stdout).contains("--as-uid"));
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

/// Starts a line, waits for the first text of it, and sends Ctrl-C.
fn interrupted(path: &std::path::Path, line: &str) -> std::process::Output {
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
