//! Flags that say how to reach a context in place of the kubeconfig.

use std::sync::{Arc, Mutex};

use super::{answering::listening, run, text};

type Seen = Arc<Mutex<Vec<String>>>;

/// A server that keeps the heads of requests.
fn server() -> (String, Seen) {
    let seen = Seen::default();
    let kept = Arc::clone(&seen);
    let address = listening(Vec::new(), move |head| {
        kept.lock().expect("a lock").push(head.to_lowercase());
    });
    (address, seen)
}

fn heads(seen: &Seen) -> Vec<String> {
    std::mem::take(&mut *seen.lock().expect("a lock"))
}

#[test]
fn flags_stand_in_for_the_kubeconfig() {
    let ((one, at_one), (two, at_two)) = (server(), server());
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("instead.yaml");
    let config = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "east",
        "clusters": [{"name": "k1", "cluster": {"server": one}}, {"name": "k2", "cluster": {"server": two}}],
        "users": [{"name": "u1", "user": {"token": "of-u1"}}, {"name": "u2", "user": {"token": "of-u2"}}],
        "contexts": [
            {"name": "east", "context": {"cluster": "k1", "user": "u1"}},
            {"name": "west", "context": {"cluster": "k1", "user": "u1"}},
        ],
    });
    std::fs::write(&path, config.to_string()).expect("a file");
    let table = [
        ("list".to_owned(), &at_one, "bearer of-u1"),
        ("list --user u2".to_owned(), &at_one, "bearer of-u2"),
        ("list --cluster k2".to_owned(), &at_two, "bearer of-u1"),
        (format!("list -s {two}"), &at_two, "bearer of-u1"),
        (format!("version --server={two}"), &at_two, "bearer of-u1"),
        ("list --token mine".to_owned(), &at_one, "bearer mine"),
        (
            "status main --user u2 --all-contexts".to_owned(),
            &at_one,
            "bearer of-u2",
        ),
    ];
    for (line, at, login) in table {
        run(Some(&path), &line);
        let found = heads(at);
        assert!(!found.is_empty(), "{line}: nobody was asked");
        assert!(
            found.iter().all(|head| head.contains(login)),
            "{line}: {found:?}"
        );
        for other in [&at_one, &at_two] {
            assert_eq!(
                heads(other),
                Vec::<String>::new(),
                "{line}: both were asked"
            );
        }
    }
    for (line, part) in [
        ("list --token mine --context east,west", "one context"),
        (
            "list main@east main@west --server http://127.0.0.1:1",
            "one context",
        ),
        (
            "scale main --replicas 1 --token mine --all-contexts",
            "one context",
        ),
        ("list --server 127.0.0.1", "not a URL"),
        ("list --user nobody", "nobody"),
        ("list --cluster nothing", "nothing"),
        ("list --client-key x", "--client-certificate"),
    ] {
        let output = run(Some(&path), line);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {said}");
        assert!(said.contains(part), "{line}: {said}");
        assert!(!said.contains("mine"), "{line}: {said}");
        assert_eq!(heads(&at_one), Vec::<String>::new(), "{line}");
    }
}
