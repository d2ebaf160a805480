//! What needs no server: the words of the command line, its documents, its errors.

use super::{closed, kubeconfig, run, text};

#[test]
fn version_needs_nothing() {
    for line in ["version", "--version", "-V"] {
        let output = run(None, line);
        assert!(output.status.success(), "{line}");
        assert_eq!(
            text(&output.stdout),
            format!("kubectl-pg {}\n", env!("CARGO_PKG_VERSION"))
        );
        assert!(output.stderr.is_empty(), "{line}");
        let output = run(None, &format!("{line} -o json"));
        assert!(text(&output.stdout).contains("\"kind\": \"Version\""));
    }
}

/// What krew's own validation asks for (docs/PLUGIN_MANIFEST of krew). `KREW_ENTRY` names another
/// entry, such as the one that `make krew` writes.
#[test]
fn the_krew_manifest_is_one() {
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../manifests/krew.yaml");
    let path = std::env::var_os("KREW_ENTRY").map_or(own, Into::into);
    let yaml = std::fs::read_to_string(path).expect("a file");
    let manifest: serde_json::Value = serde_saphyr::from_str(&yaml).expect("YAML");
    let version = "krew.googlecontainertools.github.com/v1alpha2";
    assert_eq!(manifest["apiVersion"], version);
    assert_eq!(manifest["kind"], "Plugin");
    // `kubectl krew install pg` makes `kubectl pg`.
    assert_eq!(manifest["metadata"]["name"], "pg");
    let spec = &manifest["spec"];
    assert_eq!(spec["version"], concat!("v", env!("CARGO_PKG_VERSION")));
    let short = spec["shortDescription"].as_str().expect("a text");
    assert!(short.len() <= 50 && !short.ends_with('.'), "{short}");
    assert!(!short.contains('\n'), "{short}");
    for field in ["description", "caveats"] {
        let text = spec[field].as_str().expect("a text");
        assert!(text.lines().all(|line| line.len() <= 80), "{field}: {text}");
    }
    let homepage = spec["homepage"].as_str().expect("a text");
    assert!(homepage.starts_with("https://"), "{homepage}");
    let platforms = spec["platforms"].as_array().expect("platforms");
    assert!(!platforms.is_empty());
    let mut chosen = std::collections::BTreeSet::new();
    for platform in platforms {
        let text = |field: &str| platform[field].as_str().unwrap_or_default().to_owned();
        // A machine is chosen by its system and its processor, in Go's words, and by one platform.
        let labels = platform["selector"]["matchLabels"].as_object();
        let labels = labels.expect("labels");
        let known = labels.iter().all(|(key, value)| match key.as_str() {
            "os" => value == "linux",
            "arch" => value == "amd64" || value == "arm64",
            _ => false,
        });
        assert!(known && labels.len() == 2, "{labels:?}");
        assert!(chosen.insert(labels["arch"].to_string()), "{labels:?}");
        let arch = labels["arch"].as_str().expect("a text");
        let uri = text("uri");
        assert!(uri.starts_with("https://"), "{uri}");
        let archive = format!("-linux-{arch}.tar.gz");
        assert!(uri.ends_with(&archive), "{uri}");
        let version = spec["version"].as_str().expect("a text");
        assert!(uri.contains(&format!("/{version}/")), "{uri}");
        let sum = text("sha256");
        let is_hex = |letter: char| letter.is_ascii_digit() || ('a'..='f').contains(&letter);
        assert!(sum.len() == 64 && sum.chars().all(is_hex), "{sum}");
        let files = platform["files"].as_array().expect("files");
        assert!(files.iter().all(|file| file["to"].is_string()), "{files:?}");
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
