//! A password that can be told from everything else is in the Secrets; no verb shows it, however it
//! is written and however much is asked for.

use std::collections::BTreeMap;

use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{Api, api::PostParams};
use pg_tests::{ensure, manifest, plugin::Plugin, site::Place, test::run};
use serde_json::json;

/// Each way to write it down is another word.
const PASSWORD: &str = "canary\"7/+%\\q";
/// In the manifest itself, where no report may repeat it.
const WRITTEN: &str = "c4nary-of-the-manifest";
const USERS: [(&str, &str); 3] = [
    ("postgres", "postgres"),
    ("standby", "standby"),
    ("app-owner", "app_owner"),
];

/// As it is, in base64, in a URL, in JSON.
fn ways() -> [String; 4] {
    [
        PASSWORD.to_owned(),
        serde_json::to_string(&ByteString(PASSWORD.into()))
            .unwrap_or_default()
            .replace('"', ""),
        "canary%227%2F%2B%25%5Cq".to_owned(),
        "canary\\\"7/+%\\\\q".to_owned(),
    ]
}

#[test]
fn no_verb_shows_a_password() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        test.namespace_in(&west).await?;
        let secrets = Api::<Secret>::namespaced(west.client.clone(), &test.namespace);
        for (name, user) in USERS {
            let data = [("username", user), ("password", PASSWORD)];
            let data = data.map(|(key, value)| (key.to_owned(), value.to_owned()));
            let mut secret = Secret {
                string_data: Some(BTreeMap::from(data)),
                ..Secret::default()
            };
            let name = format!("{name}.main.credentials.postgresql.acid.zalan.do");
            secret.metadata.name = Some(name);
            secrets.create(&PostParams::default(), &secret).await?;
        }
        let more = json!({
            "users": { "app_owner": [] }, "databases": { "app": "app_owner" },
            "postgresql": { "parameters": {
                "archive_command": format!("AWS_SECRET_ACCESS_KEY={WRITTEN} true"),
            } },
        });
        let cluster = test.running(&west, "main", manifest::with(2, more)).await?;
        let all = secrets.list(&Default::default()).await?;
        let found = serde_json::to_string(&all)?.matches(&ways()[1]).count();
        ensure!(found >= USERS.len(), "it is in {found} Secrets");

        let target = cluster.target();
        let plugin = Plugin::new(&west)?;
        let report = std::env::temp_dir().join(format!("canary-{}", test.namespace));
        let file = report.display();
        let app = format!("psql {target} --user app_owner --db app");
        let dry = "-v --dry-run=server -o yaml";
        let lines = [
            "list -A -v".to_owned(),
            "list -A -o yaml -v".to_owned(),
            "status -v".to_owned(),
            format!("status {target} -v"),
            format!("status {target} -v -o json"),
            format!("logs {target} -v"),
            format!("logs {target} --postgres -v"),
            "logs --controller -v".to_owned(),
            format!("history {target} -v -o yaml"),
            format!("df {target} -v"),
            format!("diff {target} --against {target} -v"),
            format!("doctor {target} -v -o yaml"),
            format!("report {target} -v --out {file}"),
            format!("user list {target} -v -o json"),
            format!("db list {target} -v"),
            "ops list -A -v -o yaml".to_owned(),
            format!("psql {target} -v -c \\l"),
            format!("{app} -v -c \\conninfo"),
            format!("{app} -v -c nonsense"),
            format!("restart {target} -v --dry-run=server -o yaml"),
            format!("set {target} teamId=shop -v --dry-run=server -o yaml"),
            format!("delete {target} -v --dry-run=server"),
            format!("adopt {target} -v --dry-run=server"),
            "version --server -v".to_owned(),
            format!("create {} {dry}", target.replace("main", "new")),
            // Its passwords go along.
            format!("clone {target} elsewhere/copy --host main --copy-passwords {dry}"),
            format!("apply -f /nowhere {dry}"),
            format!("scale {target} --replicas 3 {dry}"),
            format!("resize {target} --cpu 1 {dry}"),
            format!("user add {target} bob {dry}"),
            format!("user drop {target} standby {dry}"),
            format!("user rotate {target} app_owner {dry}"),
            format!("db add {target} more --owner app_owner {dry}"),
            format!("switchover {target} {dry}"),
            format!("failover {target} --accept-data-loss {dry}"),
            format!("promote {target} {dry}"),
            format!("reload {target} {dry}"),
            format!("reinit {target} 1 {dry}"),
            format!("maintenance on {target} {dry}"),
            format!("upgrade {target} --image registry/new:1 {dry}"),
            format!("hibernate on {target} {dry}"),
            format!("release {target} {dry}"),
            "ops show none -v".to_owned(),
            "ops watch none -v".to_owned(),
            format!("ops cancel none {dry}"),
            format!("ops retry none {dry}"),
            "rollout list -v -o yaml".to_owned(),
            "rollout show none -v".to_owned(),
            "rollout watch none -v".to_owned(),
            "rollout start /nowhere -v".to_owned(),
            format!("rollout pause none {dry}"),
            format!("rollout resume none {dry}"),
            format!("rollout abort none {dry}"),
            format!("rollout retry none {dry}"),
            format!("rollout skip none {target} {dry}"),
            format!("rollout approve none {dry}"),
            "fleet list -v -o yaml".to_owned(),
            "fleet show -v -o yaml".to_owned(),
            "fleet add canary no* -v".to_owned(),
            "fleet remove canary -v".to_owned(),
            "install -v --dry-run=client".to_owned(),
            "install -v --dry-run=server".to_owned(),
            format!("uninstall {dry}"),
            "completion bash".to_owned(),
            "options".to_owned(),
        ];
        for verb in plugin.verbs().await? {
            let has = |line: &String| *line == verb || line.starts_with(&format!("{verb} "));
            ensure!(lines.iter().any(has), "{verb} has no line");
        }
        for line in lines {
            let ended = plugin.run(&line, &[]).await?;
            let code = ended.code.ok_or(format!("{line}: ended by a signal"))?;
            ensure!(code < 70, "{line}: {ended:?}");
            let mut said = ended.stdout + &ended.stderr;
            if line.starts_with("report") {
                said.push_str(&std::fs::read_to_string(&report)?);
                ensure!(
                    said.contains("app_owner") && said.contains("archive_command"),
                    "the report says nothing of its users and parameters"
                );
                ensure!(!said.contains(WRITTEN), "{line} shows {WRITTEN:?}");
            }
            for way in ways() {
                ensure!(!said.contains(&way), "{line} shows {way:?}");
            }
        }
        std::fs::remove_file(report)?;
        Ok(())
    });
}
