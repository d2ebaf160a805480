//! What a request has done is not done again, nor does it stand in the way of other changes.

use std::time::Duration;

use kube::{Api, api::PostParams};
use pg_core::{postgresql::Postgresql, rollup::Rollup};
use pg_tests::{Result, api_server::ApiServer, ensure, manifest, plugin::Plugin};
use serde_json::{Value, json};

use crate::run;

#[test]
fn a_request_changes_a_manifest_once() {
    run(async || {
        let server = ApiServer::start().await?;
        server.namespace("team").await?;
        let report = json!({
            "apiVersion": "pgfleet.io/v1alpha1", "kind": "Rollup", "metadata": { "name": "local" },
            "clusterUid": "here", "controllerVersion": "test", "summary": {},
            // For as long as the test may take.
            "observedAt": jiff::Timestamp::now() + Duration::from_secs(3600),
        });
        Api::<Rollup>::all(server.client.clone())
            .create(&PostParams::default(), &serde_json::from_value(report)?)
            .await?;
        let plugin = Plugin::with_kubeconfig(Some(&server.kubeconfig))?;
        let folder = std::env::temp_dir().join(format!("requests-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let manifest = |members: i64| -> Result<String> {
            let path = folder.join(format!("{members}.yaml"));
            let text = json!({
                "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
                "metadata": { "name": "main", "namespace": "team" }, "spec": manifest::members(members),
            });
            std::fs::write(&path, text.to_string())?;
            Ok(path.display().to_string())
        };
        let api = Api::<Postgresql>::namespaced(server.client.clone(), "team");
        let now = async || -> Result<(Value, Value)> {
            let spec = serde_json::to_value(&api.get("main").await?)?["spec"].clone();
            Ok((
                spec["numberOfInstances"].clone(),
                spec["schedulerName"].clone(),
            ))
        };
        let (two, three) = (manifest(2)?, manifest(3)?);
        for (line, members, scheduler) in [
            (format!("apply -f {two}"), 2, Value::Null),
            (
                "set team/main schedulerName=a --request aaa".to_owned(),
                2,
                json!("a"),
            ),
            // It meets the notes of the other verb, which has changed them last.
            (format!("apply -f {three} --request bbb"), 3, json!("a")),
            ("scale team/main --replicas 5".to_owned(), 5, json!("a")),
            (format!("apply -f {three} --request bbb"), 5, json!("a")),
            ("set team/main schedulerName=b".to_owned(), 5, json!("b")),
            (
                "set team/main schedulerName=a --request aaa".to_owned(),
                5,
                json!("b"),
            ),
            (
                "set team/main schedulerName=a --request ccc".to_owned(),
                5,
                json!("a"),
            ),
        ] {
            plugin.ok(&format!("{line} --yes --wait=false")).await?;
            let found = now().await?;
            ensure!(found == (json!(members), scheduler), "{line}: {found:?}");
        }
        std::fs::remove_dir_all(&folder)?;
        Ok(())
    });
}
