//! What Zalando's operator made is taken over and given back on a real API server. The objects are
//! those that it was recorded to make (fleet/src/desired/testdata), written as it writes them: by
//! Update, as the manager `postgres-operator`. No member runs, so nothing but the objects counts.

use std::collections::BTreeMap;

use k8s_openapi::api::{apps::v1::StatefulSet, core::v1::Service, policy::v1::PodDisruptionBudget};
use kube::{
    Api, Resource, ResourceExt,
    api::{ApiResource, DynamicObject, ListParams, PostParams},
};
use pg_core::names::{CONTROLLER_ANNOTATION, RELEASE};
use pg_tests::{
    Result,
    cluster::Cluster,
    ensure, lab, manifest,
    site::{Place, Site},
    test::{Test, run},
    wait,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const ZALANDO: &str = "postgres-operator";
/// One feature each, all of which a manifest may drop later.
const FEATURES: [&str; 11] = [
    "affinity", "env", "image", "init", "lb", "nodeport", "params", "probe", "security", "sidecar",
    "tls",
];

/// The manifest's spec and the objects of a recording.
fn recorded(name: &str) -> Result<(Value, Vec<Value>)> {
    let file = lab::root().join(format!("fleet/src/desired/testdata/a/{name}.yaml"));
    let documents: Vec<Value> = serde_saphyr::from_multiple(&std::fs::read_to_string(file)?)?;
    let mut documents = documents.into_iter();
    let mut spec = documents.next().ok_or("no manifest")?["spec"].clone();
    spec["numberOfInstances"] = json!(0);
    let kinds = ["StatefulSet", "Service", "PodDisruptionBudget"];
    let objects = documents.filter(|object| kinds.contains(&object["kind"].as_str().unwrap_or("")));
    Ok((spec, objects.collect()))
}

/// A cluster as Zalando's operator leaves it, not adopted yet.
async fn zalandos(test: &Test, site: &Site, name: &str) -> Result<(Cluster, Value)> {
    let (spec, objects) = recorded(name)?;
    let cluster = test.created_for(site, name, "nobody", spec.clone()).await?;
    let by = PostParams {
        field_manager: Some(ZALANDO.to_owned()),
        ..PostParams::default()
    };
    for mut object in objects {
        if object["kind"] == "StatefulSet" {
            object["spec"]["replicas"] = json!(0);
        }
        for port in object["spec"]["ports"].as_array_mut().into_iter().flatten() {
            // Another test's cluster may have it.
            port.as_object_mut().map(|port| port.remove("nodePort"));
        }
        let (version, kind) = (&object["apiVersion"], &object["kind"]);
        let (version, kind) = (version.as_str().unwrap_or(""), kind.as_str().unwrap_or(""));
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let gvk = kube::core::GroupVersionKind::gvk(group, version, kind);
        let resource = ApiResource::from_gvk(&gvk);
        let api =
            Api::<DynamicObject>::namespaced_with(site.client.clone(), &test.namespace, &resource);
        api.create(&by, &serde_json::from_value(object)?).await?;
    }
    Ok((cluster, spec))
}

/// Who holds fields, and what the objects are, by kind and name, without what the server gives.
async fn objects(cluster: &Cluster) -> Result<(Vec<String>, BTreeMap<String, Value>)> {
    let mut managers = Vec::new();
    let mut bodies = BTreeMap::new();
    add::<StatefulSet>(cluster, &mut managers, &mut bodies).await?;
    add::<Service>(cluster, &mut managers, &mut bodies).await?;
    add::<PodDisruptionBudget>(cluster, &mut managers, &mut bodies).await?;
    managers.sort();
    managers.dedup();
    Ok((managers, bodies))
}

async fn add<K>(
    cluster: &Cluster,
    managers: &mut Vec<String>,
    bodies: &mut BTreeMap<String, Value>,
) -> Result
where
    K: Resource<Scope = k8s_openapi::NamespaceResourceScope>
        + Clone
        + DeserializeOwned
        + serde::Serialize
        + std::fmt::Debug,
    K::DynamicType: Default,
{
    let api: Api<K> = cluster.children();
    for object in api
        .list(&ListParams::default().labels(&cluster.labels()))
        .await?
    {
        for entry in object
            .managed_fields()
            .iter()
            .filter(|entry| entry.subresource.is_none())
        {
            let of = |part: &Option<String>| part.clone().unwrap_or_default();
            managers.push(format!("{}/{}", of(&entry.manager), of(&entry.operation)));
        }
        let id = format!(
            "{} {}",
            K::kind(&K::DynamicType::default()),
            object.name_any()
        );
        let mut body = serde_json::to_value(&object)?;
        let metadata = body["metadata"].as_object_mut().ok_or("no metadata")?;
        metadata.retain(|key, _| ["name", "labels", "annotations"].contains(&key.as_str()));
        let body = body.as_object_mut().ok_or("no object")?;
        body.remove("status");
        if let Some(spec) = body["spec"].as_object_mut() {
            spec.remove("clusterIP");
            spec.remove("clusterIPs");
        }
        bodies.insert(id, Value::Object(body.clone()));
    }
    Ok(())
}

/// Names a controller; ours has no name here.
async fn name_controller(cluster: &Cluster, id: Option<&str>) -> Result {
    let notes = json!({ CONTROLLER_ANNOTATION: id });
    cluster
        .patch(json!({ "metadata": { "annotations": notes } }))
        .await
}

async fn held_by(cluster: &Cluster, expected: &str) -> Result {
    wait::until(
        &format!("all fields of {} are {expected}'s", cluster.name),
        async || {
            let (managers, _) = objects(cluster).await?;
            ensure!(managers == [expected], "{managers:?}");
            Ok(())
        },
    )
    .await
}

/// Adopted, then everything optional dropped from the manifest: the objects are those of a cluster
/// that never had it. (Were the fields still Zalando's, they would stay.)
#[test]
fn what_is_dropped_after_an_adoption_goes() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let east = test.share(Place::East).await?;
        for feature in FEATURES {
            let (adopted, spec) = zalandos(test, &west, feature).await?;
            name_controller(&adopted, None).await?;
            held_by(&adopted, "pg-fleet/Apply").await?;
            let fresh = test.created(&east, feature, manifest::members(0)).await?;
            let plain = manifest::members(0);
            let mut drops: Vec<Value> = Vec::new();
            for key in spec.as_object().ok_or("no spec")?.keys() {
                if plain.get(key).is_none() {
                    drops.push(json!({ key: null }));
                }
            }
            if spec["postgresql"].get("parameters").is_some() {
                drops.push(json!({ "postgresql": { "parameters": null } }));
            }
            ensure!(!drops.is_empty(), "{feature} has nothing to drop");
            for drop in drops {
                adopted.patch(json!({ "spec": drop })).await?;
            }
            wait::until(
                &format!("{feature} is as one that never had it"),
                async || {
                    let (_, is) = objects(&adopted).await?;
                    let (_, shall) = objects(&fresh).await?;
                    ensure!(
                        shall.len() >= 5,
                        "the fresh one is not made yet: {:?}",
                        shall.keys()
                    );
                    ensure!(
                        is.keys().eq(shall.keys()),
                        "{:?} {:?}",
                        is.keys(),
                        shall.keys()
                    );
                    for (id, shall) in &shall {
                        ensure!(is[id] == *shall, "{id}: {} is not {shall}", is[id]);
                    }
                    Ok(())
                },
            )
            .await?;
        }
        Ok(())
    });
}

/// There and back: the fields are whose the cluster is, the objects stay the same ones, and their
/// pods' template is not touched by changing hands.
#[test]
fn given_back_and_taken_again() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let (cluster, _) = zalandos(test, &west, "minimal").await?;
        let sets: Api<StatefulSet> = cluster.children();
        let made = sets.get("minimal").await?;
        held_by(&cluster, "postgres-operator/Update").await?;
        name_controller(&cluster, None).await?;
        held_by(&cluster, "pg-fleet/Apply").await?;
        let adopted = wait::until("all is as wanted", async || {
            let status = cluster.status().await?;
            ensure!(status.postgres_cluster_status == "Running", "{status:?}");
            Ok(sets.get("minimal").await?)
        })
        .await?;
        ensure!(adopted.uid() == made.uid(), "it was made anew");

        let notes = json!({ RELEASE: "nobody" });
        cluster
            .patch(json!({ "metadata": { "annotations": notes } }))
            .await?;
        wait::until("it is given back", async || {
            let manifest = cluster.manifest().await?;
            let note = |key| manifest.annotations().get(key).map(String::as_str);
            ensure!(note(RELEASE).is_none(), "still under way");
            ensure!(
                note(CONTROLLER_ANNOTATION) == Some("nobody"),
                "to somebody else"
            );
            let status = manifest.status.unwrap_or_default();
            ensure!(
                status.health.is_none() && status.settled.is_none(),
                "{status:?}"
            );
            Ok(())
        })
        .await?;
        held_by(&cluster, "postgres-operator/Update").await?;
        let given = sets.get("minimal").await?;
        ensure!(given.spec == adopted.spec, "giving it back has changed it");
        ensure!(
            given.metadata.generation == adopted.metadata.generation,
            "giving it back was an edit"
        );

        name_controller(&cluster, None).await?;
        held_by(&cluster, "pg-fleet/Apply").await?;
        cluster
            .wait("is Running again", |status| status.settled.is_some())
            .await?;
        let again = sets.get("minimal").await?;
        ensure!(again.uid() == made.uid(), "it was made anew");
        ensure!(again.spec == adopted.spec, "taking it again has changed it");
        Ok(())
    });
}
