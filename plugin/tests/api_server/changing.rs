//! Verbs that write manifests: what they refuse, and what they leave.

use crate::server::{Server, text};

pub fn creating(server: &Server) {
    server.expect(
        "create scratch/main",
        5,
        "not installed here, or has never reported",
    );
    server.heartbeat("2026-01-01T00:00:00Z");
    server.expect("create scratch/main", 5, "the controller is down");
    server.alive();
    server.expect("create nowhere/main", 5, "kubectl create namespace nowhere");
    let manifest = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong.yaml");
    let wrong = |field: &str| {
        std::fs::write(
            &manifest,
            format!("apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {{name: x}}\nspec:\n  {field}\n"),
        )
        .expect("a file");
        server.run(&format!(
            "create scratch/wrong --from {}",
            manifest.display()
        ))
    };
    for (field, part) in [
        ("volume: {size: lots}", "spec.volume.size"),
        ("numberOfInstances: -2", "spec.numberOfInstances"),
        ("maintenanceWindows: [whenever]", "spec.maintenanceWindows"),
        ("nonsense: 1", "spec.nonsense"),
    ] {
        let output = wrong(field);
        assert_eq!(output.status.code(), Some(5), "{field}");
        assert!(
            text(&output.stderr).contains(part),
            "{field}: {}",
            text(&output.stderr)
        );
    }
    assert_eq!(wrong("postgresql: {version: '3'}").status.code(), Some(2));
    assert_eq!(
        server.kubectl("get postgresql -n scratch -o name"),
        "",
        "nothing was made"
    );
    server.expect(
        "create scratch/main --wait=false --request first1",
        0,
        "accepted",
    );
    server.expect(
        "create scratch/main --wait=false --request first1",
        0,
        "accepted",
    );
    server.expect("create scratch/main --wait=false", 5, "the name is taken");
    server.expect(
        "create scratch/late --timeout 1s",
        4,
        "goes on in the cluster",
    );
    server.kubectl("delete postgresql -n scratch late");
}

pub fn scaling(server: &Server) {
    server.expect(
        "scale scratch/main --replicas 2 --wait=false",
        0,
        "accepted",
    );
    server.expect("scale scratch/main --replicas 1 --wait=false", 5, "--yes");
    server.expect(
        "scale scratch/nobody --replicas 1 --yes",
        5,
        "no such Postgres cluster",
    );
    server.expect(
        "scale scratch/main --replicas 3 --dry-run=server",
        0,
        "2 → 3",
    );
    server.expect("scale scratch/main --replicas 3 --timeout 1s", 4, "goes on");
    let number = "get postgresql -n scratch main -o jsonpath={.spec.numberOfInstances}";
    assert_eq!(server.kubectl(number), "3");
    let generation =
        server.kubectl("get postgresql -n scratch main -o jsonpath={.metadata.generation}");
    server.status(
        "main",
        &format!(
            r#"{{"status":{{"PostgresClusterStatus":"Running","observedGeneration":{generation},"ready":"3/3","health":"Healthy",
            "primary":"main-0","timeline":1,"members":[{{"name":"main-0"}},{{"name":"main-1"}},{{"name":"main-2"}}],
            "conditions":[{{"type":"Ready","status":"True","reason":"AsWanted","message":"","lastTransitionTime":"2026-11-21T10:00:00Z"}}]}}}}"#
        ),
    );
    server.expect("scale scratch/main --replicas 3", 0, "already");
}

/// Verbs that write one part of the manifest; no controller acts on it.
pub fn editing(server: &Server) {
    let field = |path: &str| {
        let line = format!("get postgresql -n scratch main -o jsonpath={path}");
        server.kubectl(&line)
    };
    let accepted = |line: &str| {
        server.expect(&format!("{line} --wait=false"), 0, "accepted");
    };
    server.expect("set scratch/main teamIdd=x", 5, "teamIdd");
    server.expect(
        "set scratch/main numberOfInstances=9",
        2,
        "kubectl pg scale",
    );
    server.expect(
        "set scratch/main postgresql.parameters.max_connections=50",
        5,
        "--yes",
    );
    server.expect(
        "set scratch/main postgresql.parameters.max_connections=50 --dry-run=server",
        0,
        "waits for a restart",
    );
    assert_eq!(
        field("{.spec.postgresql.parameters}"),
        "",
        "nothing was set"
    );
    accepted("set scratch/main postgresql.parameters.work_mem=8MB --reason because");
    assert_eq!(field("{.spec.postgresql.parameters.work_mem}"), "8MB");
    assert_eq!(
        field("{.metadata.annotations.pgfleet\\.io/reason}"),
        "because"
    );
    accepted("set scratch/main postgresql.parameters.work_mem=");
    assert_eq!(field("{.spec.postgresql.parameters}"), "{}");
    server.expect("resize scratch/main --size 1Gi", 5, "cannot shrink");
    accepted("resize scratch/main --size 20Gi");
    server.expect("resize scratch/main --memory 1Gi", 5, "--yes");
    server.expect(
        "resize scratch/main --memory 2Gi:1Gi --yes",
        2,
        "more than its limit",
    );
    server.expect(
        "db add scratch/main app --owner bob",
        5,
        "kubectl pg user add",
    );
    accepted("user add scratch/main bob --flags createdb");
    accepted("user add scratch/main bob --flags login,nocreatedb");
    accepted("db add scratch/main app --owner bob");
    server.expect("user list scratch/main", 0, "login,nocreatedb");
    server.expect("db list scratch/main", 0, "bob");
    server.expect("user drop scratch/main bob --yes", 5, "owns databases");
    server.expect("hibernate on scratch/main --wait=false", 5, "--yes");
    accepted("hibernate on scratch/main --yes");
    assert_eq!(field("{.spec.numberOfInstances}"), "0");
    accepted("hibernate off scratch/main");
    assert_eq!(field("{.spec.numberOfInstances}"), "3");
}

pub fn applying(server: &Server) {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("applied.yaml");
    let manifest = |team: &str, more: &str| {
        let one = |name: &str| {
            format!(
                "apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {{name: {name}, namespace: scratch}}\nspec:\n  teamId: {team}\n  numberOfInstances: 3\n  volume: {{size: 20Gi}}\n  postgresql: {{version: '17'}}\n{more}"
            )
        };
        std::fs::write(&file, format!("{}---\n{}", one("main"), one("second"))).expect("a file");
    };
    let line = format!("apply -f {} --wait=false", file.display());
    manifest("acid", "  nonsense: 1\n");
    server.expect(&format!("{line} --yes"), 5, "nonsense");
    manifest("acid", "");
    server.expect(&format!("{line} --dry-run=server"), 0, "second@");
    server.expect(&format!("{line} --yes"), 0, "accepted");
    manifest("shop", "");
    server.expect(&line, 5, "several targets need --yes");
    server.expect(&format!("{line} --yes"), 0, "accepted");
    server.expect(&format!("{line} --yes"), 0, "is so already");
    let teams = server.kubectl("get postgresql -n scratch -o jsonpath={.items[*].spec.teamId}");
    assert_eq!(teams, "shop shop");
    server.kubectl("label postgresql -n scratch second x=y");
    let other = r#"{"spec":{"teamId":"other"}}"#;
    server.patch("postgresql/second", "--type=merge", other);
    server.expect(&format!("{line} --yes"), 5, "--force-conflicts");
    server.expect("diff -n scratch", 1, "teamId");
    server.expect(
        "diff scratch/second --against scratch/second",
        2,
        "one Postgres cluster",
    );
    server.kubectl("delete postgresql -n scratch second");
}

pub fn deleting(server: &Server) {
    let (main, other) = (server.target("main"), server.target("other"));
    server.expect("delete scratch/main --yes", 5, "--confirm");
    server.expect(
        &format!("delete scratch/main --confirm {other}"),
        5,
        "the target is",
    );
    let held = r#"{"metadata":{"finalizers":["postgres-operator.acid.zalan.do"]}}"#;
    server.patch("postgresql/main", "--type=merge", held);
    server.expect(
        &format!("delete scratch/main --with data --confirm {main} --timeout 1s"),
        4,
        "postgres-operator.acid.zalan.do",
    );
    assert_eq!(
        server.kubectl(
            "get postgresql -n scratch main -o jsonpath={.metadata.annotations.pgfleet\\.io/delete-with}"
        ),
        "data"
    );
    let kept = server.home.join(".local/share/kubectl-pg/deleted");
    assert_eq!(std::fs::read_dir(kept).expect("a folder").count(), 1);
    server.expect("switchover scratch/main --yes", 5, "being deleted");
    server.expect("scale scratch/main --replicas 5", 5, "being deleted");
    server.expect("uninstall --yes", 5, "only the controller can end that");
    let let_go = r#"[{"op":"remove","path":"/metadata/finalizers"}]"#;
    server.patch("postgresql/main", "--type=json", let_go);
    server.expect("list scratch/main", 1, "there is no such Postgres cluster");
}
