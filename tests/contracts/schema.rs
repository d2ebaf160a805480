//! Manifests that are wrong are refused, with the field and the reason; those that are right come
//! back as they were sent.

use kube::{
    Api,
    api::{ApiResource, DynamicObject, PostParams},
    core::GroupVersionKind,
};
use pg_tests::{
    Result, ensure, lab, manifest,
    site::{Place, Site},
    test::run,
};
use serde_json::{Value, json};

/// Lets the API server judge a manifest; nothing is kept.
async fn judge(site: &Site, name: &str, spec: Value) -> Result<DynamicObject> {
    let kind = GroupVersionKind::gvk("acid.zalan.do", "v1", "postgresql");
    let resource = ApiResource::from_gvk(&kind);
    let api = Api::<DynamicObject>::namespaced_with(site.client.clone(), "default", &resource);
    let object = serde_json::from_value(json!({
        "apiVersion": "acid.zalan.do/v1",
        "kind": "postgresql",
        "metadata": { "name": name },
        "spec": spec,
    }))?;
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    Ok(api.create(&dry, &object).await?)
}

fn with(more: Value) -> Value {
    manifest::with(1, more)
}

/// Each names what is wrong and says why.
#[test]
fn wrong_manifests() {
    run(async |test| {
        let site = test.share(Place::West).await?;
        let without_team = {
            let mut spec = manifest::members(1);
            spec.as_object_mut().and_then(|spec| spec.remove("teamId"));
            spec
        };
        let table: [(&str, Value, &[&str]); 11] = [
            (
                "main",
                with(json!({ "postgresql": { "version": "3" } })),
                &["spec.postgresql.version", "\"17\""],
            ),
            (
                "main",
                with(json!({ "volume": { "size": "big" } })),
                &["spec.volume.size", "big"],
            ),
            (
                "main",
                with(json!({ "numberOfInstances": -1 })),
                &["spec.numberOfInstances", "0"],
            ),
            (
                "main",
                with(json!({ "numberOfInstances": "two" })),
                &["spec.numberOfInstances", "integer"],
            ),
            (
                "main",
                with(json!({ "resources": { "requests": { "cpu": "much" } } })),
                &["spec.resources.requests.cpu", "much"],
            ),
            (
                "main",
                with(json!({ "users": { "app": ["emperor"] } })),
                &["spec.users.app", "emperor"],
            ),
            ("main", with(json!({ "standby": {} })), &["spec.standby"]),
            (
                "main",
                with(json!({ "maintenanceWindows": ["whenever"] })),
                &["spec.maintenanceWindows", "whenever"],
            ),
            ("main", without_team, &["spec.teamId", "Required"]),
            ("1main", manifest::members(1), &["metadata.name", "letter"]),
            (
                "a-name-of-sixty-four-characters-is-too-long-for-a-service-called",
                manifest::members(1),
                &["metadata.name", "58"],
            ),
        ];
        for (name, spec, words) in table {
            let error = match judge(&site, name, spec.clone()).await {
                Ok(_) => return Err(format!("accepted: {name} {spec}").into()),
                Err(error) => error.to_string(),
            };
            for word in words {
                ensure!(error.contains(word), "{word:?} is not in: {error}");
            }
        }
        Ok(())
    });
}

/// What is valid is kept to the letter, the odd parts too.
#[test]
fn right_manifests_come_back_unchanged() {
    run(async |test| {
        let site = test.share(Place::West).await?;
        let spec = with(json!({
            "users": { "app": ["createdb"], "none": null, "empty": [] },
            "databases": { "app": "app" },
            "postgresql": { "version": "17", "parameters": { "work_mem": "4MB" } },
            "volume": { "size": "1.5Gi", "iops": 3000 },
            "env": [{ "name": "A", "value": "b" }],
            "sidecars": [{ "name": "s", "image": "i", "resources": { "limits": { "cpu": "1" } } }],
            "tolerations": [{ "key": "k", "operator": "Exists" }],
            "maintenanceWindows": ["01:00-06:00", "Sat:00:00-04:00"],
            "usersIgnoringSecretRotation": null,
        }));
        let kept = judge(&site, "main", spec.clone()).await?;
        ensure!(
            kept.data["spec"] == spec,
            "sent {spec}, kept {}",
            kept.data["spec"]
        );
        Ok(())
    });
}

/// The examples are what the API server takes, no field unknown.
#[test]
fn examples() {
    run(async |test| {
        let site = test.share(Place::West).await?;
        let folder = lab::root().join("manifests/examples");
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let request = http::Request::post(
                "/apis/acid.zalan.do/v1/namespaces/default/postgresqls?dryRun=All&fieldValidation=Strict",
            )
            .header("content-type", "application/yaml")
            .body(std::fs::read(&path)?)?;
            let made: Value = site
                .client
                .request(request)
                .await
                .map_err(|error| format!("{}: {error}", path.display()))?;
            names.extend(made["metadata"]["name"].as_str().map(str::to_owned));
        }
        ensure!(names.len() >= 3, "{names:?}");
        Ok(())
    });
}
