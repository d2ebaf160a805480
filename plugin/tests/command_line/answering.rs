//! Reads over contexts of which one answers and one does not.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
};

use serde_json::{Value, json};

use super::{
    api::inside::{carry_out, decoded},
    closed, kubeconfig, run, text,
};

/// An API server of canned answers: the first whose path begins so. What is run in a pod says its.
fn answering(answers: Vec<(&'static str, String)>) -> String {
    listening(answers, |_| ())
}

/// The same; `heard` gets the head of each request.
pub fn listening(
    answers: Vec<(&'static str, String)>,
    heard: impl Fn(&str) + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let first = lines.next().unwrap_or_default();
            let more: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            heard(&format!("{first}\n{}", more.join("\n")));
            let path = first.split(' ').nth(1).unwrap_or_default();
            let found = answers.iter().find(|(begin, _)| path.starts_with(begin));
            if let (Some((_, said)), Some((_, order))) = (found, path.split_once("/exec?")) {
                let key = more.iter().find_map(|line| {
                    let (name, value) = line.split_once(": ")?;
                    name.eq_ignore_ascii_case("sec-websocket-key")
                        .then_some(value)
                });
                let (key, said) = (key.unwrap_or_default().to_owned(), said.clone());
                let order = decoded(order);
                // Others are answered while somebody listens.
                std::thread::spawn(move || carry_out(&stream, &key, &order, &said));
                continue;
            }
            let missing = json!({
                "kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404,
                "message": format!("nothing at {path}"),
            });
            let (status, body) = match found {
                Some((_, body)) => ("200 OK", body.clone()),
                None => ("404 Not Found", missing.to_string()),
            };
            let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
            let head = format!(
                "HTTP/1.1 {status}\r\ndate: {date}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = (&stream).write_all(format!("{head}{body}").as_bytes());
        }
    });
    address
}

/// One cluster with one member and a role, and a controller.
pub fn live() -> String {
    let cluster = json!({
        "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
        "metadata": {"name": "main", "namespace": "default", "uid": "u"},
        "spec": {"users": {"al": ["superuser"], "bob": ["login"]}},
    });
    let pod = |name: &str| {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "uid": name}, "status": {"phase": "Running"},
        })
    };
    let pods = |name: &str| {
        json!({"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": [pod(name)]})
            .to_string()
    };
    answering(vec![
        (
            "/apis/acid.zalan.do/v1/namespaces/default/postgresqls/main",
            cluster.to_string(),
        ),
        (
            "/api/v1/namespaces/default/pods/main-0/log",
            "2026-11-21T10:00:00Z LOG:  hello\n2026-11-21T10:00:01Z ERROR:  oh\n".to_owned(),
        ),
        ("/api/v1/namespaces/default/pods?", pods("main-0")),
        (
            "/api/v1/namespaces/default/secrets/app-owner.main.credentials.postgresql.acid.zalan.do",
            // a:b
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {}, "data": {"password": "YTpi"}})
                .to_string(),
        ),
        (
            "/api/v1/namespaces/pg-fleet/pods/pg-fleet-a/log",
            "2026-11-21T10:00:00Z leads\n".to_owned(),
        ),
        ("/api/v1/namespaces/pg-fleet/pods?", pods("pg-fleet-a")),
    ])
}

/// A cluster that is not there, in a context that answers.
fn empty() -> String {
    answering(Vec::new())
}

#[test]
fn a_dead_context_keeps_nobody_from_the_others() {
    let (live, empty, dead) = (live(), empty(), closed());
    let path = kubeconfig(
        "mixed",
        &[("live", &live), ("empty", &empty), ("dead", &dead)],
    );
    let refused = "Connection refused";
    for (line, code, parts) in [
        (
            "logs main --context live --include ERR --exclude hello",
            0,
            ["ERROR:  oh"].as_slice(),
        ),
        (
            "logs main --context live,dead",
            3,
            &["LOG:  hello", refused],
        ),
        (
            "logs main --context live,dead --allow-unreachable",
            0,
            &["LOG:  hello", refused],
        ),
        (
            "logs main --context live,empty",
            0,
            &["LOG:  hello", "main: not in 1 context"],
        ),
        ("logs main --context empty,dead", 1, &[refused, "no such"]),
        ("logs main --context dead", 1, &[refused]),
        (
            "logs --controller --context live,dead",
            3,
            &["leads", refused],
        ),
        // What is missing of one is no mixture.
        ("history main --context live", 1, &["cannot be read"]),
        ("user list main --context live,dead", 3, &["bob", refused]),
        // The stand-in runs nothing in its pods: both fail, and both are told.
        (
            "psql main -c TABLE --context live,dead",
            1,
            &[
                "nothing at /api/v1/namespaces/default/pods/main-0/exec",
                refused,
            ],
        ),
        ("psql main -c TABLE --context empty,dead", 1, &[refused]),
        (
            "psql main -c TABLE --context empty",
            1,
            &["no such Postgres cluster"],
        ),
        (
            "psql main -c TABLE --write --yes --expect-count 2 --context live,dead",
            5,
            &["nothing was run", refused],
        ),
        (
            "psql main -c TABLE --write --yes --expect-count 2 --context live,empty",
            5,
            &["nothing was run"],
        ),
    ] {
        let output = run(Some(&path), line);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        for part in parts {
            assert!(said.contains(part), "{line}: {part:?} is not in {said}");
        }
    }
    let output = run(Some(&path), "logs main --context live --include ERR");
    assert_eq!(text(&output.stdout), "ERROR:  oh\n");
    let output = run(
        Some(&path),
        "psql main -c TABLE --context live,dead -o json",
    );
    let document: Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!(document["items"][0]["context"], "live");
    assert_eq!(
        document["items"][0]["error"]["kind"], "NotFound",
        "{document}"
    );
    assert_eq!(document["errors"][0]["context"], "dead");
    assert_eq!(document["errors"][0]["kind"], "Unreachable");
}

#[test]
fn tables_are_sorted_by_a_column() {
    let path = kubeconfig("sorted", &[("live", &live())]);
    let names = |line: &str| {
        let output = run(Some(&path), line);
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        let said = text(&output.stdout);
        let place = |name: &str| said.find(name).expect(name);
        place(" al ") < place(" bob ")
    };
    assert!(names("user list main"));
    assert!(!names("user list main --sort-by FLAGS"));
    for (line, part) in [
        ("user list main --sort-by size", "context, cluster, "),
        ("scale main --replicas 2 --sort-by age", "--sort-by"),
        ("status main --sort-by age", "--sort-by"),
    ] {
        let output = run(Some(&path), line);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {said}");
        assert!(said.contains(part), "{line}: {said}");
    }
}

/// What a controller said that has died since is not said as if it were of now.
#[test]
fn a_dead_controller_makes_health_stale() {
    use super::api::{Api, There};
    for (name, heard, part) in [
        ("status-fresh", Some(5), "Healthy\n"),
        (
            "status-stale",
            Some(600),
            "Healthy, as far as is known: the controller is down",
        ),
        (
            "status-none",
            None,
            "Healthy, as far as is known: the controller is not installed",
        ),
    ] {
        let api = Api::start(There {
            heard,
            ..There::default()
        });
        let path = kubeconfig(name, &[("east", &api.address)]);
        let said = text(&run(Some(&path), "status main").stdout);
        assert!(said.contains(part), "{name}: {said}");
        let output = run(Some(&path), "status main -o json");
        let document: Value = serde_json::from_slice(&output.stdout).expect("one document");
        let item = &document["items"][0];
        assert_eq!(item["controller"]["stale"], heard != Some(5), "{item}");
        assert!(
            item["unseen"][0]
                .as_str()
                .is_some_and(|why| why.contains("primary")),
            "{item}"
        );
    }
}
