//! The program against a real API server where no controller acts: what it refuses, how it ends,
//! and that nothing was changed. The test plays the controller where one must have spoken.
//!
//! Runs only where `KUBECTL_PG_TEST_KUBECONFIG` names a kubeconfig whose current context may be
//! written to: a fresh cluster of the lab will do (`tests/lab/lab up scratch`).

// Helpers of tests may fail loudly, as tests do.
#![allow(clippy::expect_used)]

use std::{process::Output, time::Duration};

use assert_cmd::Command;
use serde_json::Value;

struct Server {
    kubeconfig: String,
    context: String,
    home: std::path::PathBuf,
}

impl Server {
    fn find() -> Option<Self> {
        let kubeconfig = std::env::var("KUBECTL_PG_TEST_KUBECONFIG").ok()?;
        let home = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("home-api-server");
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(&home).expect("a folder");
        let mut server = Self {
            kubeconfig,
            context: String::new(),
            home,
        };
        server.context = server.kubectl("config current-context").trim().to_owned();
        Some(server)
    }

    fn kubectl(&self, line: &str) -> String {
        self.kubectl_with(&line.split_whitespace().collect::<Vec<_>>(), "")
    }

    fn kubectl_with(&self, args: &[&str], stdin: &str) -> String {
        let output = Command::new("kubectl")
            .args(args)
            .env("KUBECONFIG", &self.kubeconfig)
            .write_stdin(stdin)
            .output()
            .expect("kubectl");
        assert!(
            output.status.success(),
            "{args:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    fn apply(&self, manifest: &str) {
        self.kubectl_with(&["apply", "-f", "-"], manifest);
    }

    /// Says as the controller that it is alive, or was at a time, and that a deletion needs nothing.
    fn heartbeat(&self, at: &str) {
        self.apply(&format!(
            "apiVersion: pgfleet.io/v1alpha1\nkind: Rollup\nmetadata: {{name: local}}\nclusterUid: here\ncontrollerVersion: test\nobservedAt: {at}\nsummary: {{clusters: 1, lag: {{\"4096\": 1}}}}\nprotection: {{date: '2026-11-21', dateKey: '', nameKey: '', controller: ''}}\n"
        ));
    }

    fn alive(&self) {
        self.heartbeat(&self.now());
    }

    fn now(&self) -> String {
        let node = self.kubectl_with(
            &[
                "create",
                "-o",
                "jsonpath={.metadata.creationTimestamp}",
                "-f",
                "-",
                "--dry-run=server",
            ],
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: what-time-is-it}\n",
        );
        node.trim().to_owned()
    }

    /// Says as the controller how a cluster is.
    fn status(&self, name: &str, status: &str) {
        self.kubectl_with(
            &[
                "patch",
                "-n",
                "scratch",
                "postgresql",
                name,
                "--subresource=status",
                "--type=merge",
                "-p",
                status,
            ],
            "",
        );
    }

    fn run(&self, line: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_kubectl-pg"))
            .args(line.split_whitespace())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("KUBECONFIG", &self.kubeconfig)
            .env("HOME", &self.home)
            .timeout(Duration::from_secs(60))
            .output()
            .expect("the program")
    }

    /// Runs a line and holds its ending and a part of what it says.
    fn expect(&self, line: &str, code: i32, part: &str) -> String {
        let output = self.run(line);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        assert!(said.contains(part), "{line}: {said}");
        said
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn against_a_real_api_server() {
    let Some(server) = Server::find() else {
        eprintln!("skipped: KUBECTL_PG_TEST_KUBECONFIG is not set");
        return;
    };
    let server = &server;
    install(server);
    creating(server);
    rights(server);
    scaling(server);
    operating(server);
    reading(server);
    choosing(server);
    editing(server);
    applying(server);
    looking(server);
    deleting(server);
    uninstall(server);
    installed_again(server);
}

/// What guards deletions guards them as before: API servers lose sight of some parameters of
/// policies that were taken away.
fn installed_again(server: &Server) {
    server.expect(
        "install --image nowhere/pg-fleet:none --wait=false",
        0,
        "applied",
    );
    server.alive();
    server.expect(
        "create again -n scratch --version 17 --replicas 1 --size 1Gi --wait=false",
        0,
        "again",
    );
    let target = format!("scratch/again@{}", server.context);
    server.expect(&format!("delete {target} --confirm {target}"), 0, "deleted");
}

fn install(server: &Server) {
    server.expect("uninstall --yes", 0, "nothing was installed");
    server.expect(
        "install --image nowhere/pg-fleet:none --timeout 2s",
        4,
        "time ran out",
    );
    server.expect(
        "install --image nowhere/pg-fleet:none --set workers=3 --wait=false",
        0,
        "applied",
    );
    server.expect(
        "install --image nowhere/pg-fleet:none --wait=false",
        0,
        "applied",
    );
    let map = server.kubectl("get configmap -n pg-fleet pg-fleet -o jsonpath={.data.workers}");
    assert_eq!(map, "3", "what was set earlier stays");
    server.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: scratch}\n");
}

fn creating(server: &Server) {
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

fn rights(server: &Server) {
    let weak = "--as system:serviceaccount:scratch:weak";
    server.expect(&format!("list -n scratch {weak}"), 1, "forbidden");
    server.kubectl(
        "create clusterrolebinding weak --clusterrole pg-viewer --serviceaccount scratch:weak",
    );
    server.expect(&format!("list -n scratch {weak}"), 0, "main");
    for line in [
        "create scratch/other",
        "scale scratch/main --replicas 3",
        "delete scratch/main --confirm scratch/main@",
    ] {
        let line = line.replace("main@", &format!("main@{}", server.context));
        server.expect(&format!("{line} {weak}"), 5, "missing right");
    }
    server.status(
        "main",
        r#"{"status":{"PostgresClusterStatus":"Running","primary":"main-0","timeline":1,
        "members":[{"name":"main-0"},{"name":"main-1"}]}}"#,
    );
    server.expect(
        &format!("switchover scratch/main --yes {weak}"),
        5,
        "switchover postgresqls.acid.zalan.do",
    );
    assert_eq!(server.kubectl("get operations -A -o name"), "");
}

fn scaling(server: &Server) {
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

fn operating(server: &Server) {
    let context = &server.context;
    server.expect("switchover scratch/main", 5, "--yes");
    server.expect(
        "switchover scratch/main --to 7 --yes",
        5,
        "no member main-7",
    );
    server.expect("switchover scratch/main --to 0 --yes", 0, "primary already");
    server.expect(
        "switchover scratch/main --yes --dry-run=server",
        0,
        "would switchover",
    );
    server.expect(
        &format!("reinit scratch/main 0 --confirm scratch/main@{context}"),
        5,
        "is the primary",
    );
    server.expect(
        "failover scratch/main --accept-data-loss --yes",
        5,
        "--confirm",
    );
    assert_eq!(
        server.kubectl("get operations -A -o name"),
        "",
        "nothing was asked"
    );
    server.expect(
        "switchover scratch/main --yes --request again1 --wait=false",
        0,
        "accepted as again1-",
    );
    server.expect(
        "switchover scratch/main --yes --request again1 --timeout 1s",
        4,
        "Pending",
    );
    server.expect(
        "restart scratch/main --yes --request again1",
        5,
        "another act",
    );
    let name = server.kubectl("get operations -n scratch -o name");
    let name = name.trim();
    server.kubectl_with(
        &[
            "patch",
            "-n",
            "scratch",
            name,
            "--subresource=status",
            "--type=merge",
            "-p",
            r#"{"status":{"phase":"Refused","reason":"Busy","message":"something else is done"}}"#,
        ],
        "",
    );
    server.expect(
        "switchover scratch/main --yes --request again1",
        5,
        "something else is done",
    );
    server.expect("ops list -n scratch", 0, "Refused");
    server.expect("ops show again1", 0, "something else is done");
    server.expect("ops show never", 1, "no operation or request never");
}

fn reading(server: &Server) {
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
        &format!("scratch/main@{}\n", server.context),
    );
    server.expect("status scratch/main", 0, "Healthy");
    server.alive();
    server.expect("status", 0, "ago   test");
    server.expect("version --server", 0, "test");
    server.expect("psql scratch/main -c select", 1, "main-0");
    server.expect("logs scratch/main", 1, "no pod");
}

/// What `--where` and labels choose, and what a protected context asks for.
fn choosing(server: &Server) {
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
        &format!("--confirm scratch/main@{context}"),
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

/// Verbs that write one part of the manifest; no controller acts on it.
fn editing(server: &Server) {
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

fn applying(server: &Server) {
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
    server.kubectl(
        "patch postgresql -n scratch second --type=merge -p {\"spec\":{\"teamId\":\"other\"}}",
    );
    server.expect(&format!("{line} --yes"), 5, "--force-conflicts");
    server.expect("diff -n scratch", 1, "teamId");
    server.expect(
        "diff scratch/second --against scratch/second",
        2,
        "one Postgres cluster",
    );
    server.kubectl("delete postgresql -n scratch second");
}

fn looking(server: &Server) {
    server.alive();
    let said = server.expect("doctor", 0, "controller");
    assert!(!said.contains("FAIL"), "{said}");
    server.heartbeat("2026-01-01T00:00:00Z");
    server.expect("doctor", 1, "the controller is down");
    server.alive();
    server.expect("doctor scratch/main", 0, "inside");
    server.expect("history scratch/main", 0, "switchover asked for by");
    server.expect("df scratch/main", 0, "USE%");
    server.expect("report scratch/main --out -", 0, "scratch/main@");
}

fn deleting(server: &Server) {
    let context = &server.context;
    server.expect("delete scratch/main --yes", 5, "--confirm");
    server.expect(
        &format!("delete scratch/main --confirm scratch/other@{context}"),
        5,
        "the target is",
    );
    server.kubectl_with(
        &[
            "patch",
            "-n",
            "scratch",
            "postgresql",
            "main",
            "--type=merge",
            "-p",
            r#"{"metadata":{"finalizers":["postgres-operator.acid.zalan.do"]}}"#,
        ],
        "",
    );
    server.expect(
        &format!("delete scratch/main --with data --confirm scratch/main@{context} --timeout 1s"),
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
    server.kubectl_with(
        &[
            "patch",
            "-n",
            "scratch",
            "postgresql",
            "main",
            "--type=json",
            "-p",
            r#"[{"op":"remove","path":"/metadata/finalizers"}]"#,
        ],
        "",
    );
    server.expect("list scratch/main", 1, "there is no such Postgres cluster");
}

fn uninstall(server: &Server) {
    server.kubectl_with(
        &["create", "-n", "scratch", "-f", "-"],
        "apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {name: left, finalizers: [postgres-operator.acid.zalan.do, other.example/x]}\nspec: {teamId: acid, numberOfInstances: 1, volume: {size: 1Gi}, postgresql: {version: '17'}}\n",
    );
    server.expect(
        "uninstall --yes --timeout 50s",
        0,
        &format!("scratch/left@{}", server.context),
    );
    let left = server.kubectl("get postgresql -n scratch left -o jsonpath={.metadata.finalizers}");
    assert_eq!(
        left, r#"["other.example/x"]"#,
        "no other finalizer is touched"
    );
    assert_eq!(
        server.kubectl("get validatingadmissionpolicies -o name"),
        ""
    );
    assert!(
        server
            .kubectl("get crd -o name")
            .contains("postgresqls.acid.zalan.do")
    );
}
