//! Verbs that read, and what flags choose.

use serde_json::Value;

use crate::server::{Server, text};

pub fn reading(server: &Server) {
    let output = server.run("list -A -o json");
    let document: Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!(document["items"][0]["cluster"]["metadata"]["name"], "main");
    assert_eq!(document["items"][0]["context"], server.context.as_str());
    server.expect(
        "list scratch/nobody",
        1,
        "scratch/nobody: there is no such Postgres cluster",
    );
    server.expect(
        "list -A -o name",
        0,
        &format!("{}\n", server.target("main")),
    );
    server.expect("status scratch/main", 0, "Healthy");
    server.alive();
    server.expect("status", 0, "ago   test");
    server.expect("version --server", 0, "test");
    server.expect("psql scratch/main -c select", 1, "main-0");
    server.expect("logs scratch/main", 1, "no pod");
}

/// What `--where` and labels choose, and what a protected context asks for.
pub fn choosing(server: &Server) {
    let context = &server.context;
    server.expect("list -A --where version=17,name=ma*", 0, "main");
    server.expect("list -A --where version=15", 0, "No Postgres clusters");
    server.expect("list -A --problems", 0, "No problems");
    for line in [
        "list -A --problems -o name",
        "list -A --where version=15 -o name",
    ] {
        assert!(server.run(line).stdout.is_empty(), "{line}");
    }
    let output = server.run("list -A -o jsonpath={.items[0].cluster.metadata.name}");
    assert_eq!(text(&output.stdout), "main");
    server.expect(
        "scale -n scratch --where version=15 --replicas 4 --yes",
        5,
        "no Postgres cluster was found",
    );
    server.expect(
        "scale scratch/main -l env=prod --replicas 4 --yes",
        5,
        "left out: scratch/main",
    );
    server.expect("delete main --where version=17", 2, "one target in full");
    server.expect("ops list --where version=17", 2, "--where");
    server.expect(&format!("fleet add here {context} --protected"), 0, "here");
    server.expect("scale scratch/main --replicas 4 --wait=false", 5, "--yes");
    server.expect(
        "switchover scratch/main --yes",
        5,
        &format!("--confirm {}", server.target("main")),
    );
    server.expect(
        &format!("fleet add here {context} --protected=false"),
        0,
        "here",
    );
    // A context that answered once and does not now.
    let dead = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("was-here.yaml");
    let config = server.kubectl("config view --raw --minify");
    let config: String = config
        .lines()
        .map(|line| match line.split_once("server: ") {
            Some((blanks, _)) => format!("{blanks}server: https://127.0.0.1:1\n"),
            None => format!("{line}\n"),
        })
        .collect();
    std::fs::write(&dead, config).expect("a file");
    server.expect("list -A", 0, "main");
    let dead = dead.display();
    server.expect(&format!("list -A --kubeconfig {dead}"), 1, "(had 1, ");
    server.expect(&format!("status --kubeconfig {dead}"), 1, "(had 1, ");
}

pub fn looking(server: &Server) {
    server.alive();
    let said = server.expect("doctor", 0, "controller");
    assert!(!said.contains("FAIL"), "{said}");
    server.heartbeat("2026-01-01T00:00:00Z");
    server.expect("doctor", 1, "the controller is down");
    server.alive();
    server.expect("doctor scratch/main", 0, "inside");
    server.expect("history scratch/main", 0, "switchover asked for by");
    server.expect("df scratch/main", 1, "none of its members has a pod");
    server.expect("report scratch/main --out -", 0, "scratch/main@");
}
