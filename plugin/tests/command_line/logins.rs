//! Login programs of kubeconfigs: run once, and only those that were allowed.

use super::{home, kubeconfig, run_at, text, with_login};

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

/// A former `auth-provider` would run its program beyond every guard: it is refused.
#[test]
fn a_former_auth_provider_runs_nothing() {
    let (home, path) = (
        home("provider"),
        kubeconfig("provider", &[("old", "http://127.0.0.1:1")]),
    );
    let ran = home.join("ran");
    let provider = serde_json::json!({"name": "gcp", "config": {
        "cmd-path": "/bin/sh", "cmd-args": format!("-c touch\t{}", ran.display()),
    }});
    let touch = serde_json::json!({"name": "gcp", "config": {
        "cmd-path": "/usr/bin/touch", "cmd-args": ran.display().to_string(),
    }});
    let yaml = std::fs::read_to_string(&path).expect("a file");
    for provider in [provider, touch] {
        let yaml = yaml.replace("{token: t}", &format!("{{auth-provider: {provider}}}"));
        std::fs::write(&path, yaml).expect("a file");
        for line in ["list", "list --all-contexts", "scale main --replicas 2"] {
            let output = run_at(&home, &path, line);
            let said = text(&output.stderr);
            assert!(!output.status.success(), "{line}: {said}");
            assert!(
                said.contains("auth-provider") && said.contains("gke-gcloud-auth-plugin"),
                "{said}"
            );
            assert!(!ran.exists(), "{line}");
        }
    }
}
