//! The controller dies, at the worst moments: the end is the same as without.

use k8s_openapi::api::{
    apps::v1::StatefulSet,
    core::v1::{PersistentVolumeClaim, Secret, Service, ServiceAccount},
    policy::v1::PodDisruptionBudget,
    rbac::v1::RoleBinding,
};
use kube::{Resource, ResourceExt};
use pg_core::operation::Phase;
use pg_tests::{
    Result, cluster::Cluster, controller, ensure, kubernetes, manifest, plugin::Plugin,
    site::Place, test::run, wait,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// Both controllers are killed as soon as the StatefulSet of a new cluster is there, and again
/// when its first member leads. What comes out equals a cluster that was left in peace.
#[test]
fn killed_during_create() {
    run(async |test| {
        let east = test.take(Place::East).await?;
        let west = test.share(Place::West).await?;
        let spec = manifest::with(
            2,
            json!({ "users": { "app": [] }, "databases": { "app": "app" } }),
        );
        let peaceful = test.created(&west, "main", spec.clone()).await?;
        let disturbed = test.created(&east, "main", spec).await?;

        wait::until("its first secret is there", async || {
            disturbed.password().await.map(drop)
        })
        .await?;
        controller::kill_all(&east).await?;
        wait::until("its StatefulSet is there", async || {
            disturbed.stateful_set().await.map(drop)
        })
        .await?;
        controller::kill_all(&east).await?;
        wait::until("its first member leads", async || {
            let leads = disturbed.with_role("master").await?;
            ensure!(leads == ["main-0"], "{leads:?}");
            Ok(())
        })
        .await?;
        controller::kill_all(&east).await?;

        disturbed.running().await?;
        peaceful.running().await?;
        let (peaceful, disturbed) = (all(&peaceful).await?, all(&disturbed).await?);
        for (peaceful, disturbed) in peaceful.iter().zip(&disturbed) {
            ensure!(
                peaceful == disturbed,
                "in peace\n{peaceful}\ndisturbed\n{disturbed}"
            );
        }
        ensure!(peaceful.len() == disturbed.len(), "more or fewer objects");
        controller::available(&east).await
    });
}

/// Everything that the controller makes for a cluster, without what differs by nature.
async fn all(cluster: &Cluster) -> Result<Vec<Value>> {
    let mut all = objects::<StatefulSet>(cluster).await?;
    all.extend(objects::<Service>(cluster).await?);
    all.extend(objects::<ServiceAccount>(cluster).await?);
    all.extend(objects::<RoleBinding>(cluster).await?);
    all.extend(objects::<PodDisruptionBudget>(cluster).await?);
    all.extend(objects::<PersistentVolumeClaim>(cluster).await?);
    all.extend(objects::<Secret>(cluster).await?);
    let databases = "SELECT datname, pg_get_userbyid(datdba) FROM pg_database ORDER BY 1";
    all.push(
        cluster
            .sql(&cluster.primary().await?, databases)
            .await?
            .into(),
    );
    let roles = "SELECT rolname, rolsuper, rolcanlogin FROM pg_roles ORDER BY 1";
    all.push(cluster.sql(&cluster.primary().await?, roles).await?.into());
    Ok(all)
}

async fn objects<K>(cluster: &Cluster) -> Result<Vec<Value>>
where
    K: Resource<Scope = k8s_openapi::NamespaceResourceScope> + Clone + Serialize,
    K: DeserializeOwned + std::fmt::Debug,
    K::DynamicType: Default,
{
    let list = cluster.children::<K>().list(&Default::default()).await?;
    let mut objects: Vec<K> = list.items;
    objects.sort_by_key(ResourceExt::name_any);
    objects.iter().map(essence).collect()
}

fn essence<K: Resource + Serialize>(object: &K) -> Result<Value> {
    let mut tree = serde_json::to_value(object)?;
    let meta = object.meta();
    tree["metadata"] = json!({
        "name": meta.name,
        "labels": meta.labels,
        "finalizers": meta.finalizers,
        "owners": meta.owner_references.iter().flatten().map(|owner| &owner.name).collect::<Vec<_>>(),
    });
    for key in ["status", "data"] {
        if let Some(map) = tree.as_object_mut() {
            map.remove(key);
        }
    }
    for key in ["clusterIP", "clusterIPs", "volumeName"] {
        if let Some(map) = tree["spec"].as_object_mut() {
            map.remove(key);
        }
    }
    // The image is named by the installation.
    if let Some(containers) = tree.pointer_mut("/spec/template/spec/containers") {
        for container in containers.as_array_mut().into_iter().flatten() {
            container["image"] = Value::Null;
        }
    }
    Ok(tree)
}

/// Both controllers are killed when a switchover has begun: it happens once, and is told of.
#[test]
fn killed_during_switchover() {
    run(async |test| {
        let east = test.take(Place::East).await?;
        let cluster = test.running(&east, "main", manifest::members(2)).await?;
        let status = cluster.status().await?;
        let (before, timeline) = (status.primary.ok_or("no primary")?, status.timeline);
        let to = cluster.replicas().await?.pop().ok_or("no replica")?;
        let pods = cluster.incarnations().await?;

        let expect = json!({ "expect": { "primary": before, "timeline": timeline } });
        let name = cluster
            .ask(json!({ "switchover": { "to": to } }), expect)
            .await?;
        cluster.began(&name).await?;
        controller::kill_all(&east).await?;

        let ended = cluster.ended(&name).await?;
        ensure!(ended.phase == Phase::Succeeded, "{ended:?}");
        let status = cluster.running().await?;
        ensure!(
            status.primary.as_deref() == Some(&to),
            "{:?} leads",
            status.primary
        );
        ensure!(
            status.timeline == timeline.map(|timeline| timeline + 1),
            "timeline {timeline:?}, then {:?}: not one switchover",
            status.timeline
        );
        ensure!(cluster.incarnations().await? == pods, "a pod was restarted");
        controller::available(&east).await
    });
}

/// The holder of the Lease is killed: the other one takes over and carries the next change out.
#[test]
fn the_other_takes_over() {
    run(async |test| {
        let east = test.take(Place::East).await?;
        controller::available(&east).await?;
        let cluster = test.running(&east, "main", manifest::members(1)).await?;
        let pods = cluster.incarnations().await?;
        let first = controller::holder(&east).await?.ok_or("nobody leads")?;
        kubernetes::kill_pod(&east, controller::NAMESPACE, &first).await?;
        cluster
            .patch(json!({ "spec": { "numberOfInstances": 2 } }))
            .await?;
        let second = wait::until("another one leads", async || {
            let holder = controller::holder(&east).await?.ok_or("nobody leads")?;
            ensure!(holder != first, "{first} still holds the Lease");
            Ok(holder)
        })
        .await?;
        let status = cluster.running().await?;
        ensure!(status.members.len() == 2, "{:?}", status.members);
        let after = cluster.incarnations().await?;
        ensure!(
            pods.iter().all(|pod| after.contains(pod)),
            "a pod was restarted"
        );
        ensure!(second != first, "the dead one leads");
        controller::available(&east).await
    });
}

/// While there is no controller, databases serve, reads work, and the plugin asks for nothing that
/// nobody would do.
#[test]
fn down() {
    run(async |test| {
        let east = test.take(Place::East).await?;
        let cluster = test.running(&east, "main", manifest::members(1)).await?;
        let plugin = Plugin::new(&east)?;
        controller::scale(&east, 0).await?;
        // As if it had been gone for longer than its report stays fresh.
        controller::age_report(&east).await?;
        let result: Result = async {
            let sql = "CREATE TABLE t AS SELECT 1 AS n";
            cluster.sql("main-0", sql).await?;
            let target = cluster.target();
            plugin.ok(&format!("list {target}")).await?;
            let hint = "logs --controller";
            plugin
                .fails(&format!("restart {target} --yes"), 5, &["down", hint])
                .await?;
            let create = format!("create {}/new@{} --yes", test.namespace, east.context);
            plugin.fails(&create, 5, &["down", hint]).await?;
            let new = Cluster::find(&east, &test.namespace, "new").await;
            ensure!(new.is_err(), "it was created though nobody would make it");
            Ok(())
        }
        .await;
        controller::restore(&east).await?;
        result?;
        cluster.running().await.map(drop)
    });
}
