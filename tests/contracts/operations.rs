//! Operations: exactly one act, what a switchover must say, and that what was asked stays asked.

use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use pg_core::operation::Operation;
use pg_tests::{
    ensure,
    operation::{operation, who},
    site::Place,
    test::run,
};
use serde_json::json;

/// Wrong operations are refused with a reason, right ones cannot be changed.
#[test]
fn rules() {
    run(async |test| {
        let site = test.share(Place::West).await?;
        test.namespace_in(&site).await?;
        let by = who(&site.client).await?;
        let resource = kube::api::ApiResource::erase::<Operation>(&());
        let api = Api::<kube::api::DynamicObject>::namespaced_with(
            site.client.clone(),
            &test.namespace,
            &resource,
        );
        let seen = json!({ "expect": { "primary": "main-0" } });
        let table = [
            (json!({ "switchover": {} }), json!({}), "expect.primary"),
            (
                json!({ "switchover": {} }),
                json!({ "expect": {} }),
                "expect.primary",
            ),
            (
                json!({ "switchover": {}, "restart": {} }),
                seen.clone(),
                "spec.action",
            ),
            (json!({}), json!({}), "spec.action"),
            (
                json!({ "reinit": {} }),
                json!({}),
                "spec.action.reinit.member",
            ),
            (
                json!({ "restart": {} }),
                json!({ "startWithinSeconds": 0 }),
                "spec.startWithinSeconds",
            ),
        ];
        for (action, more, word) in table {
            let object = operation("main", "some-uid", action, &by, more);
            let object = serde_json::from_value(object)?;
            let error = match api.create(&PostParams::default(), &object).await {
                Ok(_) => return Err(format!("accepted: {object:?}").into()),
                Err(error) => error.to_string(),
            };
            ensure!(error.contains(word), "{word:?} is not in: {error}");
        }

        let object = operation("main", "some-uid", json!({ "switchover": {} }), &by, seen);
        let object = serde_json::from_value(object)?;
        let made = api.create(&PostParams::default(), &object).await?;
        let name = made.metadata.name.ok_or("no name")?;
        for change in [
            json!({ "spec": { "target": { "name": "other" } } }),
            json!({ "spec": { "requestedBy": "somebody-else" } }),
            json!({ "spec": { "reason": "I changed my mind" } }),
        ] {
            let patch = Patch::Merge(change.clone());
            let error = match api.patch(&name, &PatchParams::default(), &patch).await {
                Ok(_) => return Err(format!("accepted: {change}").into()),
                Err(error) => error.to_string(),
            };
            ensure!(error.contains("cannot be changed"), "{error}");
        }
        Ok(())
    });
}
