//! The controller comes and goes, and who may do what.

use crate::server::Server;

pub fn install(server: &Server) {
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

/// What guards deletions guards them as before: API servers lose sight of some parameters of
/// policies that were taken away.
pub fn installed_again(server: &Server) {
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
    let target = server.target("again");
    server.expect(&format!("delete {target} --confirm {target}"), 0, "deleted");
}

pub fn rights(server: &Server) {
    let weak = "--as system:serviceaccount:scratch:weak";
    server.expect(&format!("list -n scratch {weak}"), 1, "forbidden");
    server.kubectl(
        "create clusterrolebinding weak --clusterrole pg-viewer --serviceaccount scratch:weak",
    );
    server.expect(&format!("list -n scratch {weak}"), 0, "main");
    for line in [
        "create scratch/other".to_owned(),
        "scale scratch/main --replicas 3".to_owned(),
        format!("delete scratch/main --confirm {}", server.target("main")),
    ] {
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

pub fn uninstall(server: &Server) {
    server.kubectl("create configmap -n pg-fleet scratch.gone.deleted.pgfleet.io");
    server.kubectl(
        "label configmap -n pg-fleet scratch.gone.deleted.pgfleet.io pgfleet.io/deleted=gone",
    );
    server.expect("uninstall --yes", 5, "only the controller can take away");
    server.kubectl("delete configmap -n pg-fleet scratch.gone.deleted.pgfleet.io");
    server.kubectl_with(
        &["create", "-n", "scratch", "-f", "-"],
        "apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {name: left, finalizers: [postgres-operator.acid.zalan.do, other.example/x]}\nspec: {teamId: acid, numberOfInstances: 1, volume: {size: 1Gi}, postgresql: {version: '17'}}\n",
    );
    server.expect("uninstall --yes --timeout 50s", 0, &server.target("left"));
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
