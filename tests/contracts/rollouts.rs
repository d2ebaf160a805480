//! Slices of rollouts: what was planned stays, epochs and waves only grow, an end is an end.

use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use pg_core::rollout::Rollout;
use pg_tests::{ensure, site::Place, test::run};
use serde_json::{Value, json};

fn slice(control: Value) -> Value {
    json!({
        "apiVersion": "pgfleet.io/v1alpha1",
        "kind": "Rollout",
        "metadata": { "name": "restart-1" },
        "spec": {
            "plan": {
                "action": { "restart": {} },
                "planHash": "0123",
                "requestedBy": "anna",
                "strategy": {
                    "canary": 1,
                    "waves": { "sizes": ["25%", "3"] },
                    "maxParallel": "10%",
                    "gates": [{ "approval": {} }, { "sql": "SELECT true" }],
                    "offline": "wait",
                },
                "participants": [
                    { "clusterUID": "a", "hint": "east", "waves": [1], "sliceHash": "4567" },
                ],
                "clusterUID": "a",
                "targets": [{
                    "wave": 1, "order": 0, "namespace": "team", "name": "main",
                    "uid": "01234567-0123", "generation": 1,
                }],
            },
            "control": control,
        },
    })
}

/// Whoever writes to a slice changes its control alone, and that only forwards.
#[test]
fn rules() {
    run(async |test| {
        let site = test.share(Place::West).await?;
        test.namespace_in(&site).await?;
        let api = Api::<Rollout>::namespaced(site.client.clone(), &test.namespace);
        let post = PostParams::default();
        let wrong = [
            ("/spec/plan/targets", json!([]), "spec.plan.targets"),
            ("/spec/plan/action", json!({}), "spec.plan.action"),
            (
                "/spec/plan/strategy/maxParallel",
                json!("0%"),
                "maxParallel",
            ),
            ("/spec/plan/strategy/offline", json!("maybe"), "offline"),
            ("/spec/control/desired", json!("Go"), "desired"),
        ];
        for (path, value, word) in wrong {
            let mut object = slice(json!({ "desired": "Pause" }));
            *object.pointer_mut(path).ok_or("no such field")? = value;
            let resource = kube::api::ApiResource::erase::<Rollout>(&());
            let loose = Api::<kube::api::DynamicObject>::namespaced_with(
                site.client.clone(),
                &test.namespace,
                &resource,
            );
            let error = match loose.create(&post, &serde_json::from_value(object)?).await {
                Ok(made) => return Err(format!("accepted: {made:?}").into()),
                Err(error) => error.to_string(),
            };
            ensure!(error.contains(word), "{word:?} is not in: {error}");
        }

        let sent: Rollout = serde_json::from_value(slice(json!({})))?;
        let made = api.create(&post, &sent).await?;
        ensure!(made.spec == sent.spec, "it came back as {:?}", made.spec);
        let write = async |control: Value| {
            let patch = Patch::Merge(json!({ "spec": { "control": control } }));
            api.patch("restart-1", &PatchParams::default(), &patch)
                .await
        };
        let refused = async |control: Value, word: &str| match write(control.clone()).await {
            Ok(_) => Err(format!("accepted: {control}")),
            Err(error) if error.to_string().contains(word) => Ok(()),
            Err(error) => Err(format!("{word:?} is not in: {error}")),
        };
        write(json!({ "epoch": 2, "wave": 1, "desired": "Run", "desiredSeq": 1 })).await?;
        refused(json!({ "epoch": 1 }), "only grows").await?;
        refused(json!({ "wave": 0 }), "stays open").await?;
        write(json!({ "desired": "Pause" })).await?;
        write(json!({ "desired": "Abort" })).await?;
        refused(json!({ "desired": "Run" }), "stays aborted").await?;
        let change = json!({ "spec": { "plan": { "targets": [] , "planHash": "x" } } });
        let patch = Patch::Merge(change);
        let error = match api
            .patch("restart-1", &PatchParams::default(), &patch)
            .await
        {
            Ok(_) => return Err("another plan was accepted".into()),
            Err(error) => error.to_string(),
        };
        ensure!(error.contains("plan"), "{error}");
        Ok(())
    });
}
