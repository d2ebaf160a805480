//! The rights that the help of each verb names: with them it works, and without any one of them it
//! does not.

use std::time::Duration;

use k8s_openapi::api::{
    core::v1::{ConfigMap, Secret},
    rbac::v1::{ClusterRole, ClusterRoleBinding},
};
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use pg_core::{
    postgresql::Postgresql,
    rollout::{Plan, Rollout},
};
use pg_tests::{
    Result,
    api_server::{ApiServer, USER},
    ensure, manifest,
    plugin::Plugin,
    wait,
};
use serde_json::{Value, json};

use crate::run;

/// Command lines, and the conditions of their rights that hold. `VERB` is what ID asked for; ROLLOUT
/// is one that nobody drives, DONE one that may be given up for good.
const LINES: [(&str, &[&str]); 34] = [
    ("list -n team", &[]),
    ("status team/main", &["cluster"]),
    ("history team/main", &[]),
    ("diff team/main --against team/other", &[]),
    ("create team/new --dry-run=server", &[]),
    ("clone team/main new --dry-run=server", &[]),
    ("clone team/main shop/new --dry-run=server", &["elsewhere"]),
    ("promote team/follows --dry-run=server", &[]),
    ("set team/main teamId=shop --dry-run=server", &[]),
    ("scale team/main --replicas 3 --dry-run=server", &[]),
    ("resize team/main --size 20Gi --dry-run=server", &[]),
    ("user list team/main", &[]),
    ("user add team/main bob --dry-run=server", &[]),
    ("user drop team/main eve --dry-run=server", &[]),
    ("db list team/main", &[]),
    ("db add team/main app --owner ann --dry-run=server", &[]),
    ("hibernate on team/main --dry-run=server", &[]),
    ("switchover team/main --dry-run=server", &[]),
    (
        "failover team/main --accept-data-loss --dry-run=server",
        &[],
    ),
    ("restart team/main --dry-run=server", &[]),
    ("reload team/main --dry-run=server", &[]),
    ("maintenance on team/main --dry-run=server", &[]),
    ("reinit team/main 1 --dry-run=server", &[]),
    ("upgrade team/main --image lab/new:1 --dry-run=server", &[]),
    ("delete team/main --dry-run=server", &[]),
    ("ops list -n team", &[]),
    ("ops show ID -n team", &[]),
    ("ops cancel ID -n team --dry-run=server", &[]),
    ("rollout list -n team", &[]),
    ("rollout show ROLLOUT -n team", &[]),
    ("rollout pause ROLLOUT -n team", &[]),
    ("rollout skip ROLLOUT team/main -n team --yes", &[]),
    ("rollout approve ROLLOUT -n team", &[]),
    ("rollout abort DONE -n team --yes", &[]),
];
/// Words of rights; all others are resources.
const VERBS: [&str; 15] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "switchover",
    "failover",
    "restart",
    "reload",
    "maintenance",
    "reinit",
    "scale",
    "upgrade",
];

const ROLLOUT: &str = "restart-1";
const DONE: &str = "restart-2";

/// Rights reach the API server within this time.
const SOON: Duration = Duration::from_secs(20);

/// A verb and a resource.
type Right = (String, String);

#[test]
fn rights_of_help() {
    run(async || {
        let server = ApiServer::start().await?;
        prepare(&server).await?;
        for id in [ROLLOUT, DONE] {
            rollout(&server, id).await?;
        }
        let plugin = Plugin::with_kubeconfig(Some(&server.kubeconfig))?;
        let may = [
            ("get", "postgresqls"),
            ("restart", "postgresqls"),
            ("create", "operations"),
        ];
        let may = may.map(|(verb, resource)| (verb.to_owned(), resource.to_owned()));
        give(&server, "asker", &may).await?;
        let asked = wait::until("somebody asks", async || {
            let line = "restart team/main --yes --wait=false --as asker";
            plugin.ok(line).await
        })
        .await?;
        let id = asked.split_once("accepted as ").map(|(_, rest)| rest);
        let id = id.and_then(|rest| rest.split(';').next()).ok_or("no id")?;
        let (mut suffice, mut fall_short) = (Vec::new(), Vec::new());
        for (number, (line, conditions)) in LINES.iter().enumerate() {
            let rights = told(&plugin, line, conditions).await?;
            ensure!(!rights.is_empty(), "{line} needs no right");
            let line = line.replace("ID", id);
            let line = line.replace("ROLLOUT", ROLLOUT).replace("DONE", DONE);
            for (at, (verb, resource)) in rights.iter().enumerate() {
                let user = format!("without-{number}-{at}");
                let mut rest = rights.clone();
                rest.remove(at);
                give(&server, &user, &rest).await?;
                fall_short.push((format!("{line} --as {user}"), format!("{verb} {resource}")));
            }
            let user = format!("with-{number}");
            give(&server, &user, &rights).await?;
            suffice.push(format!("{line} --as {user}"));
        }
        // Rights reach the API server a moment later, in their order: when the last ones are there,
        // all are.
        for line in suffice {
            wait::until_within(&format!("{line}: the rights suffice"), SOON, async || {
                plugin.run(&line, &[]).await?.exits(0).map(drop)
            })
            .await?;
        }
        let mut too_many = Vec::new();
        for (line, right) in fall_short {
            if plugin.run(&line, &[]).await?.code == Some(0) {
                too_many.push(format!("{line}: works without {right}"));
            }
        }
        ensure!(too_many.is_empty(), "{too_many:#?}");
        // Whoever may not see all of it is told so.
        for line in ["status team/main", "history team/main"] {
            let line = format!("{line} --as with-1");
            let ended = plugin.run(&line, &[]).await?.exits(0)?;
            ended.says(&["without operations", "without events"])?;
        }
        Ok(())
    });
}

/// What the help of a line's verb says.
async fn told(plugin: &Plugin, line: &str, conditions: &[&str]) -> Result<Vec<Right>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let within = matches!(words[0], "ops" | "user" | "db" | "rollout");
    let verb = words[..if within { 2 } else { 1 }].join(" ");
    let help = plugin.ok(&format!("{verb} --help")).await?;
    let rest = help.split_once("Rights: ").map(|(_, rest)| rest);
    let text = rest.and_then(|rest| rest.split("Flags of all verbs").next());
    let text = text.ok_or(format!("{verb} names no rights"))?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(rights(&text, conditions))
}

/// `get, list a, b; of c: get d`: verbs and what they are on; behind a condition, if it holds.
fn rights(text: &str, conditions: &[&str]) -> Vec<Right> {
    let mut all = Vec::new();
    for clause in text.split(';') {
        let (clause, _) = clause.split_once('(').unwrap_or((clause, ""));
        let clause = match clause.split_once(':') {
            Some((when, rest)) if conditions.contains(&when.trim()) => rest,
            Some(_) => continue,
            None => clause,
        };
        let mut verbs: Vec<String> = Vec::new();
        let mut named = false;
        for word in clause.split([' ', ',']).filter(|word| !word.is_empty()) {
            let word = if word == "VERB" { "restart" } else { word };
            if VERBS.contains(&word) {
                if named {
                    (verbs, named) = (Vec::new(), false);
                }
                verbs.push(word.to_owned());
            } else {
                named = true;
                let on = |verb: &String| (verb.clone(), word.to_owned());
                all.extend(verbs.iter().map(on));
            }
        }
    }
    all
}

/// Two clusters, of which a controller has spoken.
async fn prepare(server: &ApiServer) -> Result {
    server.namespace("team").await?;
    server.namespace("shop").await?;
    let secret = json!({
        "metadata": { "name": "standby.main.credentials.postgresql.acid.zalan.do" },
        "stringData": { "username": "standby", "password": "secret" },
    });
    let secrets = Api::<Secret>::namespaced(server.client.clone(), "team");
    secrets
        .create(&PostParams::default(), &serde_json::from_value(secret)?)
        .await?;
    let api = Api::<Postgresql>::namespaced(server.client.clone(), "team");
    let mut uid = String::new();
    for name in ["main", "other", "follows"] {
        let more = json!({ "users": { "ann": [], "eve": [] }, "databases": { "shop": "ann" } });
        let mut spec = manifest::with(2, more);
        let mut metadata = json!({ "name": name });
        if name == "follows" {
            spec["standby"] = json!({ "standby_host": "main" });
            let from = format!("team/main@{} {uid}", USER);
            metadata["annotations"] = json!({ "pgfleet.io/cloned-from": from });
        }
        let cluster = serde_json::from_value(json!({ "metadata": metadata, "spec": spec }))?;
        let created = api.create(&PostParams::default(), &cluster).await?;
        if name == "main" {
            uid = created.metadata.uid.unwrap_or_default();
        }
        let status = json!({"status": {
            "conditions": [{
                "type": "Standby", "status": "True", "reason": "Following", "message": "",
                "lastTransitionTime": "2026-11-21T10:00:00Z",
            }],
            "PostgresClusterStatus": "Running", "health": "Healthy", "primary": format!("{name}-0"),
            "timeline": 1, "ready": "2/2",
            "members": [{"name": format!("{name}-0")}, {"name": format!("{name}-1")}],
        }});
        api.patch_status(name, &PatchParams::default(), &Patch::Merge(status))
            .await?;
        let leader = json!({
            "metadata": { "name": format!("{name}-leader"), "annotations": { "optime": "100" } },
        });
        let maps = Api::<ConfigMap>::namespaced(server.client.clone(), "team");
        maps.create(&PostParams::default(), &serde_json::from_value(leader)?)
            .await?;
    }
    Ok(())
}

/// A rollout over both clusters that waits for approval behind its first wave.
async fn rollout(server: &ApiServer, id: &str) -> Result {
    let target = |wave: u32, name: &str| {
        json!({
            "wave": wave, "order": 0, "namespace": "team", "name": name,
            "uid": format!("uid-{name}"), "generation": 1,
        })
    };
    let mut plan: Plan = serde_json::from_value(json!({
        "kind": "pgfleet.io/v1alpha1/RolloutPlan", "id": id, "planHash": "", "createdBy": "a test",
        "action": { "restart": {} },
        "strategy": {
            "canary": 1, "waves": { "sizes": ["100%"] }, "maxParallel": "10%",
            "gates": [{ "approval": {} }], "offline": "wait",
        },
        "slices": [{
            "clusterUID": "here", "hint": USER, "namespace": "team", "requestedBy": USER,
            "targets": [target(1, "main"), target(2, "other")],
        }],
    }))?;
    plan.seal();
    let api = Api::<Rollout>::namespaced(server.client.clone(), "team");
    for slice in plan.rollouts().values() {
        api.create(&PostParams::default(), slice).await?;
        let control = json!({ "epoch": 1, "wave": 1, "desired": "Run", "desiredSeq": 1 });
        let patch = Patch::Merge(json!({ "spec": { "control": control } }));
        api.patch(id, &PatchParams::default(), &patch).await?;
    }
    Ok(())
}

/// Gives a user these rights, everywhere.
async fn give(server: &ApiServer, user: &str, rights: &[Right]) -> Result {
    let group = |resource: &str| match resource {
        "postgresqls" => "acid.zalan.do",
        "operations" | "rollouts" | "rollups" => "pgfleet.io",
        "events" => "events.k8s.io",
        _ => "",
    };
    let rules: Vec<Value> = rights
        .iter()
        .map(|(verb, resource)| {
            json!({ "apiGroups": [group(resource)], "resources": [resource], "verbs": [verb] })
        })
        .collect();
    let role = json!({ "metadata": { "name": user }, "rules": rules });
    let binding = json!({
        "metadata": { "name": user },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": user },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user }],
    });
    Api::<ClusterRole>::all(server.client.clone())
        .create(&PostParams::default(), &serde_json::from_value(role)?)
        .await?;
    Api::<ClusterRoleBinding>::all(server.client.clone())
        .create(&PostParams::default(), &serde_json::from_value(binding)?)
        .await?;
    Ok(())
}
