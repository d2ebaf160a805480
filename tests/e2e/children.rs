//! What somebody deletes or bends by hand comes back, and no pod is restarted for it.

use std::fmt::Debug;

use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        apps::v1::StatefulSet, core::v1::Service, policy::v1::PodDisruptionBudget,
        rbac::v1::RoleBinding,
    },
};
use kube::{
    Api, Resource, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PropagationPolicy},
};
use pg_tests::{
    Result, cluster::Cluster, ensure, manifest, site::Place, test::run, wait, workload::query,
};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::writer;

/// StatefulSet (its pods orphaned), both Services, the budgets and the role binding are deleted and
/// come back; the pods are the same, and the new Service leads to them.
#[test]
fn come_back() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let cluster = test.running(&west, "main", manifest::members(2)).await?;
        let before = cluster.incarnations().await?;

        deleted_and_back::<StatefulSet>(&cluster, "main").await?;
        wait::until("the new StatefulSet has the old pods", async || {
            let status = cluster.stateful_set().await?.status.unwrap_or_default();
            ensure!(status.ready_replicas == Some(2), "{status:?}");
            for pod in cluster.pods().await? {
                let owner = pod
                    .owner_references()
                    .first()
                    .map(|owner| owner.uid.clone());
                let set = cluster.stateful_set().await?.uid();
                ensure!(owner == set, "{} belongs to {owner:?}", pod.name_any());
            }
            Ok(())
        })
        .await?;
        for service in ["main", "main-repl"] {
            deleted_and_back::<Service>(&cluster, service).await?;
        }
        for budget in some::<PodDisruptionBudget>(&cluster).await? {
            deleted_and_back::<PodDisruptionBudget>(&cluster, &budget).await?;
        }
        for binding in some::<RoleBinding>(&cluster).await? {
            deleted_and_back::<RoleBinding>(&cluster, &binding).await?;
        }
        cluster.running().await?;
        let after = cluster.incarnations().await?;
        ensure!(
            before == after,
            "pods were restarted: {before:?}, then {after:?}"
        );

        if west.lab.is_some() {
            let node = west.nodes().await?.swap_remove(0);
            wait::until("the new Service leads to the primary", async || {
                let sql = "SELECT pg_is_in_recovery()";
                let answer = query(&cluster, writer(), &node, "main", sql).await?;
                ensure!(answer == ["f"], "{answer:?}");
                Ok(())
            })
            .await?;
        }
        Ok(())
    });
}

async fn deleted_and_back<K>(cluster: &Cluster, name: &str) -> Result
where
    K: Resource<Scope = k8s_openapi::NamespaceResourceScope> + Clone + DeserializeOwned,
    K: std::fmt::Debug,
    K::DynamicType: Default,
{
    let api: Api<K> = cluster.children();
    let uid = api.get(name).await?.uid();
    let orphan = DeleteParams {
        propagation_policy: Some(PropagationPolicy::Orphan),
        ..DeleteParams::default()
    };
    api.delete(name, &orphan).await?;
    let kind = K::kind(&K::DynamicType::default()).into_owned();
    wait::until(&format!("{kind} {name} is back"), async || {
        let found = api.get(name).await?;
        let new = found.uid() != uid && found.meta().deletion_timestamp.is_none();
        ensure!(new, "the old one is still there");
        Ok(())
    })
    .await
}

/// `kubectl delete statefulset` takes the pods along: they come back on their volumes.
#[test]
fn come_back_with_their_rows() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let cluster = test.running(&west, "main", manifest::members(2)).await?;
        let rows = "CREATE TABLE t AS SELECT generate_series(1, 100) AS n";
        cluster.sql(&cluster.primary().await?, rows).await?;
        let before = cluster.incarnations().await?;
        let sets = cluster.children::<StatefulSet>();
        sets.delete("main", &DeleteParams::background()).await?;
        wait::until("all pods are new", async || {
            let now = cluster.incarnations().await?;
            let same = now.iter().any(|one| before.contains(one));
            ensure!(now.len() == 2 && !same, "{now:?}");
            Ok(())
        })
        .await?;
        cluster.running().await?;
        for member in ["main-0", "main-1"] {
            let count = cluster.sql(member, "SELECT count(*) FROM t").await?;
            ensure!(count == "100", "{member} has {count}");
        }
        Ok(())
    });
}

async fn some<K>(cluster: &Cluster) -> Result<Vec<String>>
where
    K: Resource<Scope = NamespaceResourceScope> + Clone + DeserializeOwned + Debug,
    K::DynamicType: Default,
{
    let names = cluster.names::<K>().await?;
    ensure!(!names.is_empty(), "there are none");
    Ok(names)
}

/// A field of ours that somebody else takes over is taken back, once: no fight. Their own fields
/// stay as they are.
#[test]
fn fields_of_others() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let cluster = test.running(&west, "main", manifest::members(1)).await?;
        let services: Api<Service> = cluster.children();
        let theirs = json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": "main",
                "labels": { "team": "bent", "cluster-name": "bent" },
                "annotations": { "example.org/theirs": "kept" },
            },
        });
        let force = PatchParams::apply("somebody-else").force();
        services
            .patch("main", &force, &Patch::Apply(&theirs))
            .await?;
        let mended = wait::until("the labels are as wanted again", async || {
            let service = services.get("main").await?;
            let labels = service.labels();
            let mended = labels["team"] == "acid" && labels["cluster-name"] == "main";
            ensure!(mended, "{labels:?}");
            Ok(service)
        })
        .await?;
        let annotation = mended.annotations().get("example.org/theirs");
        ensure!(
            annotation.is_some_and(|text| text == "kept"),
            "their annotation is gone"
        );

        // Some other change is carried out meanwhile; had the two fought, versions would run on.
        cluster
            .patch(json!({ "spec": { "users": { "x": [] } } }))
            .await?;
        cluster.running().await?;
        let later = services.get("main").await?;
        ensure!(
            later.resource_version() == mended.resource_version(),
            "the Service is written again and again"
        );
        Ok(())
    });
}
