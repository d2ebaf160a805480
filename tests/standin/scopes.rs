//! `--scope namespaces`: the controller runs with the rights of its account as installed, which are
//! given and taken by namespace.

use std::{path::PathBuf, time::Duration};

use k8s_openapi::api::{
    apps::v1::StatefulSet,
    core::v1::{Namespace, Pod},
    rbac::v1::{ClusterRoleBinding, RoleBinding},
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use pg_core::postgresql::{Postgresql, status::PostgresqlStatus, status::condition};
use pg_tests::{
    Result,
    api_server::{self, ApiServer},
    ensure, manifest,
    plugin::Plugin,
    process::Process,
    standin::StandIn,
    wait,
};
use serde_json::{Value, json};

use crate::run;

const HOME: &str = "pg-fleet";
const CONTROLLER: &str = "system:serviceaccount:pg-fleet:pg-fleet";
const BINDING: &str = "pg-fleet-namespace";
/// As large tests go: no database is asked, and the store is the stand-in's.
const SETTINGS: &str = "--set enable_database_access=false --set kubernetes_use_configmaps=true";

/// A kubeconfig of the controller's account.
pub fn account(server: &ApiServer) -> Result<PathBuf> {
    let path = server.directory.join("account");
    api_server::write_kubeconfig(&path, &format!("https://{}", server.address))?;
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    config["users"][0]["user"]["as"] = json!(CONTROLLER);
    std::fs::write(&path, config.to_string())?;
    Ok(path)
}

fn clusters(server: &ApiServer, namespace: &str) -> Api<Postgresql> {
    Api::namespaced(server.client.clone(), namespace)
}

async fn create(server: &ApiServer, namespace: &str) -> Result {
    let object = json!({"metadata": {"name": "main"}, "spec": manifest::members(2)});
    clusters(server, namespace)
        .create(&PostParams::default(), &serde_json::from_value(object)?)
        .await?;
    Ok(())
}

async fn status(server: &ApiServer, namespace: &str) -> Result<PostgresqlStatus> {
    let found = clusters(server, namespace).get("main").await?;
    let status = found.status.unwrap_or_default();
    let seen = status.observed_generation == found.metadata.generation;
    ensure!(seen, "it has not looked yet: {status:?}");
    Ok(status)
}

fn refusal(status: &PostgresqlStatus) -> Option<&str> {
    let mut all = status.conditions.iter();
    let found = all.find(|one| one.type_ == condition::NOT_PERMITTED && one.status == "True");
    found.map(|one| one.message.as_str())
}

async fn runs(server: &ApiServer, namespace: &str, members: i64) -> Result {
    wait::until(&format!("{namespace}: it runs"), async || {
        let status = status(server, namespace).await?;
        let ready = Some(format!("{members}/{members}"));
        let running = status.postgres_cluster_status == "Running" && status.ready == ready;
        ensure!(running && refusal(&status).is_none(), "{status:?}");
        Ok(())
    })
    .await
}

async fn is_refused(server: &ApiServer, namespace: &str) -> Result {
    wait::until(&format!("{namespace}: NotPermitted"), async || {
        let status = status(server, namespace).await?;
        let message = refusal(&status).ok_or(format!("{status:?}"))?;
        let mends = format!("kubectl pg install --namespaces {namespace}");
        ensure!(message.ends_with(&mends), "{message}");
        Ok(())
    })
    .await
}

async fn take_rights(server: &ApiServer, namespace: &str) -> Result {
    let bindings = Api::<RoleBinding>::namespaced(server.client.clone(), namespace);
    bindings.delete(BINDING, &DeleteParams::default()).await?;
    Ok(())
}

/// Pods by name and uid, and the StatefulSet's uid.
async fn made(server: &ApiServer, namespace: &str) -> Result<Vec<String>> {
    let (client, all) = (&server.client, Default::default());
    let pods = Api::<Pod>::namespaced(client.clone(), namespace)
        .list(&all)
        .await?;
    let sets = Api::<StatefulSet>::namespaced(client.clone(), namespace)
        .list(&all)
        .await?;
    let named = |name: String, uid: Option<String>| format!("{name} {}", uid.unwrap_or_default());
    let mut made: Vec<String> = pods
        .iter()
        .map(|one| named(one.name_any(), one.uid()))
        .collect();
    made.extend(sets.iter().map(|one| named(one.name_any(), one.uid())));
    made.sort();
    Ok(made)
}

#[test]
fn rights_are_given_and_taken_by_namespace() {
    run(async || {
        let server = ApiServer::start().await?;
        let _standin = StandIn::start(server.client.clone());
        for namespace in ["open", "closed"] {
            server.namespace(namespace).await?;
        }
        let plugin = Plugin::with_kubeconfig(Some(&server.kubeconfig))?;
        let missing = "install --scope namespaces --namespaces open,nowhere --yes";
        let ended = plugin.run(missing, &[]).await?.exits(5)?;
        ended.says(&["there is no namespace nowhere"])?;
        let early = "install --namespaces open --yes";
        let ended = plugin.run(early, &[]).await?.exits(5)?;
        ended.says(&["no controller is installed here"])?;
        let line = format!(
            "install --scope namespaces --namespaces open --image nowhere/none {SETTINGS} --yes \
             --wait=false"
        );
        plugin.ok(&line).await?;
        let wide = Api::<ClusterRoleBinding>::all(server.client.clone());
        ensure!(
            wide.get_opt(BINDING).await?.is_none(),
            "rights everywhere stay"
        );

        let log = server.directory.join("controller.log");
        let controller = Process::new(HOME, "first", account(&server)?, log)?;
        let controller = controller.with(&["--scope", "namespaces"]);
        controller.start()?;
        create(&server, "closed").await?;
        create(&server, "open").await?;
        runs(&server, "open", 2).await?;
        is_refused(&server, "closed").await?;
        ensure!(
            made(&server, "closed").await?.is_empty(),
            "something was made"
        );
        let manifest = clusters(&server, "closed").get("main").await?;
        ensure!(manifest.finalizers().is_empty(), "it bears a finalizer");
        let said = std::fs::read_to_string(&controller.log)?;
        ensure!(!said.contains("orbidden"), "rights are missing: {said}");

        // Given, without a restart.
        plugin.ok("install --namespaces closed --yes").await?;
        runs(&server, "closed", 2).await?;

        // Taken: what cannot be listed is not gone.
        let before = made(&server, "open").await?;
        take_rights(&server, "open").await?;
        is_refused(&server, "open").await?;
        let three = Patch::Merge(json!({"spec": {"numberOfInstances": 3}}));
        let manifests = clusters(&server, "open");
        manifests
            .patch("main", &PatchParams::default(), &three)
            .await?;
        is_refused(&server, "open").await?;
        ensure!(made(&server, "open").await? == before, "something was done");
        // The other one is looked after meanwhile.
        let manifests = clusters(&server, "closed");
        manifests
            .patch("main", &PatchParams::default(), &three)
            .await?;
        runs(&server, "closed", 3).await?;
        plugin.ok("install --namespaces open --yes").await?;
        runs(&server, "open", 3).await?;
        let after = made(&server, "open").await?;
        ensure!(
            before.iter().all(|one| after.contains(one)),
            "{before:?}, {after:?}"
        );

        goes_with_its_namespace(&server, "closed").await?;
        controller.stop().await;
        let wide = "install --scope cluster --namespaces open";
        plugin.run(wide, &[]).await?.exits(2)?;
        plugin.ok("uninstall --yes").await?;
        let left = Api::<RoleBinding>::namespaced(server.client.clone(), "open");
        ensure!(left.get_opt(BINDING).await?.is_none(), "rights stay");
        let manifest = clusters(&server, "open").get("main").await?;
        ensure!(manifest.finalizers().is_empty(), "it can never be deleted");
        Ok(())
    });
}

/// A namespace is deleted whose bindings are gone already: nothing but the finalizer is in the way,
/// and it is taken off. One that is deleted by itself stays until somebody gives the rights.
async fn goes_with_its_namespace(server: &ApiServer, namespace: &str) -> Result {
    take_rights(server, namespace).await?;
    is_refused(server, namespace).await?;
    let manifests = clusters(server, namespace);
    manifests.delete("main", &DeleteParams::default()).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let manifest = manifests.get("main").await?;
    ensure!(!manifest.finalizers().is_empty(), "the finalizer is gone");
    let pods = made(server, namespace).await?;
    ensure!(!pods.is_empty(), "the database is gone");

    let namespaces = Api::<Namespace>::all(server.client.clone());
    namespaces
        .delete(namespace, &DeleteParams::default())
        .await?;
    wait::until("the namespace is gone", async || {
        let left = namespaces.get_opt(namespace).await?;
        ensure!(left.is_none(), "{:?}", left.and_then(|left| left.status));
        Ok(())
    })
    .await
}
