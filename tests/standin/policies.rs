//! Without its policies in place the controller carries out no operation.

use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicyBinding as Binding;
use kube::{
    Api,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use pg_core::{
    operation::{Operation, Phase},
    postgresql::Postgresql,
};
use pg_tests::{
    Result,
    api_server::USER,
    ensure,
    operation::operation,
    sweep::{Ground, OPERATIONS, Run},
    wait,
};
use serde_json::json;

use crate::run;

const NAME: &str = "pg-fleet-operations";

/// How an operation ends that is asked for now, of a controller that has not looked yet. Whatever
/// else it does first, it waits for.
async fn ending(ground: &Ground, number: usize) -> Result<(Phase, String)> {
    let restart = OPERATIONS.iter().find(|one| one.name == "restart");
    let run = Run::new(ground, restart.ok_or("no restart")?, number).await?;
    let client = ground.server.client.clone();
    let clusters = Api::<Postgresql>::namespaced(client.clone(), &run.namespace);
    let uid = clusters.get("main").await?.metadata.uid.ok_or("no uid")?;
    let queued = json!({"queue": true});
    let asked = operation("main", &uid, json!({"restart": {}}), USER, queued);
    let api = Api::<Operation>::namespaced(client, &run.namespace);
    let asked: Operation = serde_json::from_value(asked)?;
    api.create(&PostParams::default(), &asked).await?;
    let status = wait::until("the operation has ended", async || {
        let all = api.list(&Default::default()).await?.items;
        let status = all.first().and_then(|one| one.status.clone());
        let status = status.ok_or("it has no status")?;
        ensure!(status.phase.is_final(), "{status:?}");
        Ok(status)
    })
    .await?;
    run.end().await?;
    Ok((status.phase, status.reason.unwrap_or_default()))
}

/// A binding that is gone, or that only warns, lets anybody ask for anything: nothing is done then.
#[test]
fn nothing_is_done_without_them() {
    run(async || {
        let ground = Ground::start().await?;
        let bindings = Api::<Binding>::all(ground.server.client.clone());
        let mut binding = bindings.get(NAME).await?;
        let missing = (Phase::Refused, "PolicyMissing".to_owned());

        bindings.delete(NAME, &DeleteParams::default()).await?;
        let found = ending(&ground, 1).await?;
        ensure!(found == missing, "without the binding: {found:?}");

        binding.metadata.resource_version = None;
        binding.metadata.uid = None;
        bindings.create(&PostParams::default(), &binding).await?;
        let actions = |actions| Patch::Merge(json!({"spec": {"validationActions": actions}}));
        let warn = actions(["Warn"]);
        bindings.patch(NAME, &PatchParams::default(), &warn).await?;
        let found = ending(&ground, 2).await?;
        ensure!(found == missing, "with one that warns: {found:?}");

        let deny = actions(["Deny"]);
        bindings.patch(NAME, &PatchParams::default(), &deny).await?;
        let found = ending(&ground, 3).await?;
        ensure!(found.0 == Phase::Succeeded, "in place: {found:?}");
        Ok(())
    });
}
