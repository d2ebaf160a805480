//! What others wrote is shown with its control characters, never obeyed, whichever verb shows it.

use serde_json::{Value, json};

use super::{
    answering::listening,
    api::{ROLLOUT, There, rollout_because},
    home, kubeconfig, run_at,
    terminal::on_terminal,
    text,
};

/// Clears the screen, paints, rings, goes backwards and to the line's begin.
const EVIL: &str = "ev\u{1b}[2J\u{9b}31m\u{7}\u{202e}il\rX";
const CONTEXT: &str = "ev\u{1b}[2J\u{202e}il";

fn list(version: &str, kind: &str, items: &Value) -> String {
    json!({"apiVersion": version, "kind": kind, "metadata": {}, "items": items}).to_string()
}

/// An API server whose every text is hostile.
fn server() -> String {
    let now = jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    let cluster = json!({
        "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
        "metadata": {"name": "main", "namespace": "default", "uid": "u", "resourceVersion": "1", "generation": 1},
        "spec": {"teamId": EVIL, "numberOfInstances": 2, "postgresql": {"version": EVIL}, "users": {EVIL: [EVIL], "ada": []},
            "databases": {EVIL: EVIL, "shop": "ada"}},
        "status": {
            "PostgresClusterStatus": EVIL, "ready": EVIL, "primary": "main-0", "timeline": 1, "observedGeneration": 1,
            "members": [
                {"name": "main-0", "role": "primary", "state": EVIL},
                {"name": "main-1", "role": "replica", "state": "running", "node": EVIL},
                {"name": "main-2", "role": "replica", "state": EVIL, "node": EVIL},
            ],
            "conditions": [{
                "type": EVIL, "status": "True", "reason": EVIL, "message": EVIL, "lastTransitionTime": now,
            }],
        },
    });
    let mut small = cluster.clone();
    small["metadata"]["name"] = json!("small");
    small["metadata"]["uid"] = json!("s");
    small["spec"]["teamId"] = json!("other");
    let operation = json!({
        "apiVersion": "pgfleet.io/v1alpha1", "kind": "Operation",
        "metadata": {"name": "k3j9x2m4aq-1", "namespace": "default", "uid": "o", "creationTimestamp": now,
            "labels": {"pgfleet.io/cluster": "main", "pgfleet.io/request": "k3j9x2m4aq"}},
        "spec": {"target": {"name": "main", "uid": "u"}, "action": {"switchover": {"to": "main-1"}},
            "requestedBy": EVIL, "reason": EVIL, "startWithinSeconds": 600},
        "status": {"phase": "Succeeded", "reason": EVIL, "message": EVIL, "startedAt": now, "finishedAt": now,
            "primaryBefore": "main-0", "primaryAfter": EVIL,
            "steps": [{"name": EVIL, "startedAt": now, "finishedAt": now}]},
    });
    let event = json!({
        "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "main.1", "namespace": "default"},
        "eventTime": now, "type": "Normal", "reason": EVIL, "note": EVIL,
        "regarding": {"name": "main", "namespace": "default"},
    });
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "main-0", "uid": "p"},
        "status": {"phase": "Running"}});
    let report = json!({
        "apiVersion": "pgfleet.io/v1alpha1", "kind": "Rollup", "metadata": {"name": "local"},
        "clusterUid": "k", "controllerVersion": EVIL, "observedAt": now,
        "summary": {"clusters": 1, "worst": [{"namespace": "default", "name": EVIL, "health": "Down", "reason": EVIL}]},
    });
    let mut slice = rollout_because(&There::default(), EVIL);
    for (place, word) in [
        ("/spec/control", "by"),
        ("/spec/control", "reason"),
        ("/status/targets/0", "reason"),
    ] {
        slice.pointer_mut(place).expect("a place")[word] = json!(EVIL);
    }
    for word in ["user", "host"] {
        slice["spec"]["control"]["driver"][word] = json!(EVIL);
    }
    let inside = format!(
        "fact|archiving|{EVIL}\nprimary={EVIL}\nstreaming={EVIL}\n{EVIL}|{EVIL}|{EVIL}\n\
         replica|{EVIL}|{EVIL}|{EVIL}|0/1|0/1|0/1|0/1|0|0|0|0|0|{EVIL}\n\
         database|{EVIL}|1|1\nrole|{EVIL}|t|t|t|1|{EVIL}\nrule|1|{EVIL}|{EVIL}|{EVIL}|{EVIL}|{EVIL}|{EVIL}\n\
         setting|{EVIL}|{EVIL}|t|{EVIL}\n{EVIL}\n"
    );
    let review = json!({"metadata": {}, "spec": {}, "status": {"allowed": true, "userInfo": {"username": "ada"}}});
    // As a list and as the server prints it, whichever is read.
    let mut both: Value = serde_json::from_str(&list(
        "acid.zalan.do/v1",
        "postgresqlList",
        &json!([cluster]),
    ))
    .expect("a list");
    both["columnDefinitions"] = json!([{"name": "Name"}, {"name": "Version"}]);
    both["rows"] = json!([{"cells": ["main", EVIL], "object": {
        "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": cluster["metadata"]}}]);
    let clusters = "/apis/acid.zalan.do/v1/namespaces/default/postgresqls";
    let operations = "/apis/pgfleet.io/v1alpha1/namespaces/default/operations";
    listening(
        vec![
            (
                "/apis/acid.zalan.do/v1/namespaces/default/postgresqls/main",
                cluster.to_string(),
            ),
            (
                "/apis/acid.zalan.do/v1/namespaces/default/postgresqls/small",
                small.to_string(),
            ),
            (clusters, both.to_string()),
            (
                "/apis/pgfleet.io/v1alpha1/namespaces/default/operations/",
                operation.to_string(),
            ),
            (
                operations,
                list("pgfleet.io/v1alpha1", "OperationList", &json!([operation])),
            ),
            (
                "/apis/pgfleet.io/v1alpha1/operations",
                list("pgfleet.io/v1alpha1", "OperationList", &json!([operation])),
            ),
            ("/apis/pgfleet.io/v1alpha1/rollups/", report.to_string()),
            ("/apis/authorization.k8s.io", review.to_string()),
            ("/apis/authentication.k8s.io", review.to_string()),
            (
                "/apis/events.k8s.io",
                list("events.k8s.io/v1", "EventList", &json!([event])),
            ),
            (
                "/apis/pgfleet.io/v1alpha1/rollouts",
                list("pgfleet.io/v1alpha1", "RolloutList", &json!([slice])),
            ),
            ("/api/v1/namespaces/default/pods/main-0/exec", inside),
            (
                "/api/v1/namespaces/default/pods/main-0/log",
                format!("{now} {EVIL}\n"),
            ),
            (
                "/api/v1/namespaces/pg-fleet/pods/main-0/log",
                format!("{now} {EVIL}\n"),
            ),
            (
                "/api/v1/namespaces/pg-fleet/pods?",
                list("v1", "PodList", &json!([pod])),
            ),
            (
                "/api/v1/namespaces/default/pods?",
                list("v1", "PodList", &json!([pod])),
            ),
        ],
        |_| (),
    )
}

/// Whether nothing in it acts but line ends and tabs.
fn is_plain(said: &str) -> bool {
    let acts = |c: char| {
        c.is_control() && c != '\n' && c != '\t' || ('\u{202a}'..='\u{202e}').contains(&c)
    };
    !said.contains(acts)
}

const LINES: [&str; 37] = [
    "list",
    "list -o wide",
    "status main -v",
    "status main -v -o yaml",
    "df main",
    "df main -o json",
    "diff main small",
    "doctor main",
    "doctor main -o json",
    "db list main",
    "rollout list",
    "rollout show ROLLOUT",
    "ops watch k3j9x2m4aq",
    "logs --controller",
    "list -o name",
    "list -o json",
    "list -o yaml",
    "status",
    "status -o name",
    "status main",
    "status main -o json",
    "history main",
    "user list main",
    "user list main -o name",
    "fleet show",
    "fleet show -o name",
    "ops list",
    "ops show k3j9x2m4aq",
    "ops show k3j9x2m4aq -o yaml",
    "logs main",
    "logs main --color always",
    "switchover main --to 1 --yes --request k3j9x2m4aq",
    "switchover main --to 1 --yes --dry-run=client",
    "scale main --replicas 3 --dry-run=server",
    "delete main --dry-run=server",
    "doctor",
    "report main --out -",
];

/// A kubeconfig whose context has a hostile name; it is the current one, or there are two and none is.
fn hostile_kubeconfig(name: &str, is_current: bool) -> std::path::PathBuf {
    let server = server();
    let mut contexts = vec![("plain", &*server)];
    contexts.extend((!is_current).then_some(("other", &*server)));
    let path = kubeconfig(name, &contexts);
    let yaml = std::fs::read_to_string(&path).expect("a file");
    let evil = json!(CONTEXT).to_string();
    let yaml = yaml.replace(
        "- {name: 'plain', context:",
        &format!("- {{name: {evil}, context:"),
    );
    let current = if is_current { &*evil } else { "''" };
    let yaml = yaml.replace(
        "current-context: 'plain'",
        &format!("current-context: {current}"),
    );
    std::fs::write(&path, yaml).expect("a file");
    path
}

/// What would act on a terminal and is never written by ourselves.
fn acts(said: &str) -> bool {
    ["\u{1b}[2J", "\u{9b}", "\u{7}", "\u{202e}", "il\rX"]
        .iter()
        .any(|evil| said.contains(evil))
}

/// Lists to pick from, questions and colours included.
#[test]
fn nothing_acts_where_somebody_sits() {
    let (path, home) = (hostile_kubeconfig("sits", true), home("sits"));
    let escape = "\u{1b}";
    for (line, talk) in [
        (
            "switchover main",
            vec![("Which member becomes primary?", escape)],
        ),
        ("reinit main", vec![("Which member?", escape)]),
        ("user drop main", vec![("Which role?", escape)]),
        ("db add main app", vec![("Which role owns it?", escape)]),
        ("psql main", vec![("Which database?", escape)]),
        ("ops show", vec![("Which operation?", escape)]),
        ("scale main --replicas 1", vec![("[y/N]", "n\r")]),
        ("delete main", vec![("Type the name", "\r")]),
        ("psql main -c TABLE", vec![]),
        ("list", vec![]),
        ("status main -v", vec![]),
        ("status", vec![]),
        ("doctor main", vec![]),
        ("logs main -H ev", vec![]),
        ("history main", vec![]),
        ("rollout show ROLLOUT", vec![]),
    ] {
        let line = line.replace("ROLLOUT", ROLLOUT);
        let (_, said) = on_terminal(&home, &path, &line, 200, &talk, &[]);
        assert!(!acts(&said), "{line}: {said:?}");
        assert!(said.contains("u{1b}[2J"), "{line}: {said:?}");
    }
    let path = hostile_kubeconfig("sits-nowhere", false);
    let talk = [("Which context?", escape)];
    let (_, said) = on_terminal(&home, &path, "status main", 200, &talk, &[]);
    assert!(!acts(&said) && said.contains("u{1b}[2J"), "{said:?}");
}

#[test]
fn nothing_that_others_wrote_acts_on_a_terminal() {
    let (path, home) = (hostile_kubeconfig("hostile", true), home("hostile"));
    for line in LINES {
        let line = line.replace("ROLLOUT", ROLLOUT);
        let output = run_at(&home, &path, &line);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(is_plain(&said), "{line}: {said:?}");
        assert!(
            said.contains("u{1b}[2J") || said.contains("u001b[2J") || said.contains("\\e[2J"),
            "{line}: {said}"
        );
    }
}

/// A template's text goes through a pipe as it is, and is shown on a terminal.
#[test]
fn what_a_template_chooses_is_exact_in_a_pipe_alone() {
    let server = server();
    let (path, home) = (
        kubeconfig("template", &[("plain", &server)]),
        home("template"),
    );
    let line = "list -o jsonpath={.items[0].cluster.spec.teamId}";
    assert_eq!(text(&run_at(&home, &path, line).stdout), EVIL);
    let line = "list -o 'jsonpath={.items[0].cluster.spec.teamId}'";
    let (_, said) = on_terminal(&home, &path, line, 80, &[], &[]);
    assert!(
        said.contains("ev\\u{1b}[2J\\u{9b}31m") && is_plain(&said),
        "{said:?}"
    );
}
