//! The four roles, bound in one namespace, and what each may do there through the plugin.

use k8s_openapi::api::rbac::v1::{ClusterRoleBinding, RoleBinding};
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use pg_core::{postgresql::Postgresql, rollup::Rollup};
use pg_tests::{Result, api_server::ApiServer, ensure, manifest, plugin::Plugin};
use serde_json::{Value, json};

use crate::run;

const ROLES: [&str; 4] = ["pg-viewer", "pg-operator", "pg-dba", "pg-admin"];
const TEAM: &str = "team";
/// What is said where reports of controllers may not be read.
const UNSEEN: &str = "whether the controller lives is not known";

/// A namespace with a cluster that a controller has spoken of.
async fn prepare(server: &ApiServer) -> Result {
    let client = &server.client;
    server.namespace(TEAM).await?;
    let api = Api::<Postgresql>::namespaced(client.clone(), TEAM);
    let cluster = json!({"metadata": {"name": "main"}, "spec": manifest::members(2)});
    api.create(&PostParams::default(), &serde_json::from_value(cluster)?)
        .await?;
    let status = json!({ "status": manifest::serving("main") });
    api.patch_status("main", &PatchParams::default(), &Patch::Merge(status))
        .await?;
    for role in ROLES {
        let binding = serde_json::from_value(binding(role, role))?;
        Api::<RoleBinding>::namespaced(client.clone(), TEAM)
            .create(&PostParams::default(), &binding)
            .await?;
    }
    Ok(())
}

fn binding(role: &str, user: &str) -> Value {
    json!({
        "metadata": {"name": user},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    })
}

/// Whoever holds a role in a namespace alone may do there what the role says, and nothing else; the
/// API server and its policies have judged each of it.
#[test]
fn of_roles() {
    run(async || {
        let server = ApiServer::start().await?;
        prepare(&server).await?;
        let plugin = Plugin::with_kubeconfig(Some(&server.kubeconfig))?;
        // The roles from which on it is allowed.
        let table = [
            ("list -n team", 0),
            ("status team/main", 0),
            ("ops list -n team", 0),
            ("scale team/main --replicas 3", 1),
            ("set team/main teamId=shop", 1),
            ("resize team/main --size 20Gi", 1),
            ("hibernate on team/main", 1),
            ("user add team/main bob", 1),
            ("switchover team/main", 1),
            ("restart team/main", 1),
            ("reload team/main", 1),
            ("maintenance on team/main", 2),
            ("create team/other", 2),
            ("failover team/main --accept-data-loss", 2),
            ("reinit team/main 1", 2),
            ("delete team/main", 3),
        ];
        for (line, from) in table {
            let reads = from == 0;
            for (rank, role) in ROLES.into_iter().enumerate() {
                let dry = if reads { "" } else { "--dry-run=server" };
                let ended = plugin
                    .run(&format!("{line} {dry} --as {role}"), &[])
                    .await?;
                if rank >= from {
                    let ended = ended.exits(0)?;
                    ensure!(reads || ended.stderr.contains(UNSEEN), "{role}: {ended:?}");
                } else {
                    ended.exits(5)?.says(&["missing right", UNSEEN])?;
                }
            }
        }
        // Not only dry.
        let asked = "switchover team/main --yes --wait=false --as pg-operator";
        plugin
            .run(asked, &[])
            .await?
            .exits(0)?
            .says(&["accepted"])?;
        let confirmed = "failover team/main --accept-data-loss --confirm team/main@sweep";
        let asked = format!("{confirmed} --wait=false --as pg-dba");
        let ended = plugin.run(&asked, &[]).await?.exits(0)?;
        let ended = ended.says(&["are lost (nobody has told how far"])?;
        let words = ended
            .stdout
            .split_once("accepted as ")
            .map(|(_, rest)| rest);
        let name = words.and_then(|rest| rest.split(';').next());
        let cancel = format!("ops cancel {} --wait=false", name.ok_or("no name")?);
        for (role, code, words) in [
            ("pg-viewer", 5, "missing right"),
            ("pg-operator", 5, "missing right"),
            ("pg-dba", 0, "is to be taken back"),
        ] {
            let line = format!("{cancel} -n team --as {role}");
            plugin.run(&line, &[]).await?.exits(code)?.says(&[words])?;
        }
        let asked = format!("{confirmed} --wait=false --as pg-operator");
        plugin
            .run(&asked, &[])
            .await?
            .exits(5)?
            .says(&["failover"])?;
        seen_with_a_right_everywhere(&server, &plugin).await
    });
}

/// With the role in all namespaces the report is read, and a controller that is down is known.
async fn seen_with_a_right_everywhere(server: &ApiServer, plugin: &Plugin) -> Result {
    let everywhere = serde_json::from_value(binding("pg-operator", "olga"))?;
    Api::<ClusterRoleBinding>::all(server.client.clone())
        .create(&PostParams::default(), &everywhere)
        .await?;
    let line = "restart team/main --dry-run=server --as olga";
    plugin
        .run(line, &[])
        .await?
        .exits(5)?
        .says(&["not installed here"])?;
    let rollup = json!({
        "apiVersion": "pgfleet.io/v1alpha1", "kind": "Rollup", "metadata": {"name": "local"},
        "clusterUid": "here", "controllerVersion": "test",
        "observedAt": jiff::Timestamp::now(), "summary": {"clusters": 1},
    });
    Api::<Rollup>::all(server.client.clone())
        .create(&PostParams::default(), &serde_json::from_value(rollup)?)
        .await?;
    let ended = plugin.run(line, &[]).await?.exits(0)?;
    ensure!(!ended.stderr.contains(UNSEEN), "{ended:?}");
    Ok(())
}
