//! A version raised in the manifest is an operation of the controller's own; its end is told in the
//! manifest, and it is tried again when somebody takes a failure away. Nobody takes orders of an
//! upgrade here, so that each attempt fails.

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec,
};
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams, PostParams},
};
use pg_core::{operation::Operation, postgresql::Postgresql};
use pg_tests::{
    Result,
    api_server::{self, ApiServer},
    crowd::configuration,
    ensure, manifest,
    process::Process,
    standin::StandIn,
    wait,
};
use serde_json::json;

use crate::run;

const HOME: &str = "home";
const TEAM: &str = "team";
const FAILURE: &str = "last-major-upgrade-failure";
const CONTROLLER: &str = "system:serviceaccount:pg-fleet:pg-fleet";

#[test]
fn a_raised_version_is_an_operation() {
    run(async || {
        let server = ApiServer::start().await?;
        let _standin = StandIn::start(server.client.clone());
        server.home(HOME, configuration()).await?;
        server.namespace(TEAM).await?;
        may(&server, "acid.zalan.do", "postgresqls", "upgrade").await?;
        may(&server, "pgfleet.io", "operations", "create").await?;
        let own = server.directory.join("own");
        api_server::write_kubeconfig(&own, &format!("https://{}", server.address))?;
        let log = server.directory.join("controller.log");
        let controller = Process::new(HOME, "first", own, log)?;
        controller.start()?;

        let api = Api::<Postgresql>::namespaced(server.client.clone(), TEAM);
        let operations = Api::<Operation>::namespaced(server.client.clone(), TEAM);
        let object = json!({"metadata": {"name": "main"}, "spec": manifest::members(2)});
        api.create(&PostParams::default(), &serde_json::from_value(object)?)
            .await?;
        wait::until("it runs", async || {
            let status = api.get("main").await?.status.unwrap_or_default();
            ensure!(status.postgres_cluster_status == "Running", "{status:?}");
            Ok(())
        })
        .await?;
        let patch = async |patch: serde_json::Value| -> Result {
            api.patch("main", &PatchParams::default(), &Patch::Merge(patch))
                .await?;
            Ok(())
        };
        patch(json!({"spec": {"postgresql": {"version": "18"}}})).await?;
        for attempt in ["-1", "-2"] {
            let name = wait::until("its failure is told", async || {
                let told = api.get("main").await?.annotations().contains_key(FAILURE);
                let all = operations.list(&Default::default()).await?;
                let mut all = all.iter().map(ResourceExt::name_any);
                let name = all.find(|name| name.ends_with(attempt));
                ensure!(told, "{name:?} is asked for");
                Ok(name.ok_or("the annotation is of an earlier one")?)
            })
            .await?;
            ensure!(name.starts_with("raised-to-18-"), "{name}");
            // Nothing is asked for while the annotation stands.
            wait::until("the status says so", async || {
                let status = api.get("main").await?.status.unwrap_or_default();
                let mut all = status.conditions.iter();
                let said = all.any(|one| one.message.contains(&name));
                ensure!(said, "{status:?}");
                Ok(())
            })
            .await?;
            let number = operations.list(&Default::default()).await?.items.len();
            ensure!(attempt == format!("-{number}"), "{number} operations");
            patch(json!({"metadata": {"annotations": {FAILURE: null}}})).await?;
        }
        Ok(())
    });
}

/// What is installed lets the controller do this.
async fn may(server: &ApiServer, group: &str, resource: &str, verb: &str) -> Result {
    let review = SubjectAccessReview {
        spec: SubjectAccessReviewSpec {
            user: Some(CONTROLLER.to_owned()),
            resource_attributes: Some(ResourceAttributes {
                group: Some(group.to_owned()),
                resource: Some(resource.to_owned()),
                verb: Some(verb.to_owned()),
                namespace: Some(TEAM.to_owned()),
                ..ResourceAttributes::default()
            }),
            ..SubjectAccessReviewSpec::default()
        },
        ..SubjectAccessReview::default()
    };
    let api = Api::<SubjectAccessReview>::all(server.client.clone());
    let answer = api.create(&PostParams::default(), &review).await?;
    let allowed = answer.status.is_some_and(|status| status.allowed);
    ensure!(allowed, "it may not {verb} {resource}");
    Ok(())
}
