//! Login programs of kubeconfigs: run once, and only those that were allowed.

use super::{home, run_at, text, with_login};

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
