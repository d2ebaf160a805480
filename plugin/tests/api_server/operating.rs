//! Verbs that ask for operations.

use crate::server::Server;

pub fn operating(server: &Server) {
    let main = server.target("main");
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
        &format!("reinit scratch/main 0 --confirm {main}"),
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
    let refused =
        r#"{"status":{"phase":"Refused","reason":"Busy","message":"something else is done"}}"#;
    server.patch(name, "--subresource=status --type=merge", refused);
    server.expect(
        "switchover scratch/main --yes --request again1",
        5,
        "something else is done",
    );
    server.expect("ops list -n scratch", 0, "Refused");
    server.expect("ops show again1", 0, "something else is done");
    server.expect("ops show never", 1, "no operation or request never");
}
