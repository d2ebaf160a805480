//! What of a cluster lies beside its pods, and which changes reach pods, on a real API server:
//! Services of every type, Secrets in other namespaces, owners, lazy images, pods that are flagged.

use std::collections::BTreeMap;

use k8s_openapi::api::{
    apps::v1::StatefulSet,
    core::v1::{ConfigMap, PersistentVolumeClaim, Pod, Secret, Service},
    policy::v1::PodDisruptionBudget,
};
use kube::{
    Api, Resource, ResourceExt,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use pg_core::{names, postgresql::Postgresql};
use pg_tests::{
    Result,
    api_server::{self, ApiServer},
    crowd::configuration,
    ensure, manifest,
    process::Process,
    standin::StandIn,
    wait,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::run;

const HOME: &str = "home";
const TEAM: &str = "team";
const OTHER: &str = "other";

struct Scene {
    server: ApiServer,
    _controller: Process,
}

impl Scene {
    fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.server.client.clone(), TEAM)
    }

    /// Merges a change into an object of the cluster.
    async fn change<K>(&self, name: &str, change: Value) -> Result
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>
            + Clone
            + DeserializeOwned
            + std::fmt::Debug,
    {
        let patch = Patch::Merge(change);
        self.api::<K>()
            .patch(name, &PatchParams::default(), &patch)
            .await?;
        Ok(())
    }

    async fn configure(&self, change: Value) -> Result {
        let api = Api::<ConfigMap>::namespaced(self.server.client.clone(), HOME);
        let patch = Patch::Merge(json!({ "data": change }));
        api.patch("pg-fleet", &PatchParams::default(), &patch)
            .await?;
        Ok(())
    }

    async fn until_settled(&self) -> Result {
        wait::until("it runs as the manifest says", async || {
            let manifest = self.api::<Postgresql>().get("main").await?;
            let (generation, status) = (manifest.metadata.generation, manifest.status);
            let status = status.unwrap_or_default();
            let runs = status.postgres_cluster_status == "Running" && status.current.is_none();
            ensure!(
                runs && status.observed_generation == generation,
                "{status:?}"
            );
            Ok(())
        })
        .await
    }

    /// Who is whom, by name.
    async fn uids(&self) -> Result<BTreeMap<String, String>> {
        let pods = self.api::<Pod>().list(&ListParams::default()).await?;
        let uid = |pod: &Pod| pod.metadata.uid.clone().unwrap_or_default();
        Ok(pods.iter().map(|pod| (pod.name_any(), uid(pod))).collect())
    }

    async fn owners<K>(&self, name: &str) -> Result<Vec<String>>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>
            + Clone
            + DeserializeOwned
            + std::fmt::Debug,
    {
        let object = self.api::<K>().get(name).await?;
        let owners = object.owner_references().iter();
        Ok(owners
            .map(|owner| format!("{} {}", owner.kind, owner.name))
            .collect())
    }
}

#[test]
fn what_lies_beside_the_pods() {
    run(async || {
        let server = ApiServer::start().await?;
        let _standin = StandIn::start(server.client.clone());
        let mut settings = configuration();
        settings["enable_cross_namespace_secret"] = "true".into();
        settings["downscaler_annotations"] = "downscaler/*".into();
        server.home(HOME, settings).await?;
        server.namespace(TEAM).await?;
        server.namespace(OTHER).await?;
        let own = server.directory.join("own");
        api_server::write_kubeconfig(&own, &format!("https://{}", server.address))?;
        let log = server.directory.join("controller.log");
        let controller = Process::new(HOME, "first", own, log)?;
        controller.start()?;
        let scene = Scene {
            server,
            _controller: controller,
        };
        let spec = manifest::with(
            2,
            json!({
                "enableMasterLoadBalancer": true,
                "allowedSourceRanges": ["10.0.0.0/8"],
                "enableReplicaNodePort": true,
                "replicaNodePort": 32345,
                "users": { "app": [], "other.reader": [] },
            }),
        );
        let annotations = json!({ "downscaler/uptime": "Mon-Fri 08:00-18:00 UTC" });
        let object = json!({
            "metadata": { "name": "main", "annotations": annotations },
            "spec": spec,
        });
        scene
            .api::<Postgresql>()
            .create(&PostParams::default(), &serde_json::from_value(object)?)
            .await?;
        scene.until_settled().await?;
        services(&scene).await?;
        secrets(&scene).await?;
        owners(&scene).await?;
        pods(&scene).await
    });
}

/// Types of Services as the manifest says, there and back.
async fn services(scene: &Scene) -> Result {
    let of = async |name: &str| -> Result<(String, Value)> {
        let service = scene.api::<Service>().get(name).await?;
        let spec = serde_json::to_value(service.spec)?;
        Ok((spec["type"].as_str().unwrap_or_default().to_owned(), spec))
    };
    let (type_, spec) = of("main").await?;
    let ranges = &spec["loadBalancerSourceRanges"];
    ensure!(
        type_ == "LoadBalancer" && *ranges == json!(["10.0.0.0/8"]),
        "{spec}"
    );
    let (type_, spec) = of("main-repl").await?;
    let port = &spec["ports"][0]["nodePort"];
    ensure!(type_ == "NodePort" && *port == json!(32345), "{spec}");

    let back =
        json!({ "spec": { "enableMasterLoadBalancer": false, "enableReplicaNodePort": false } });
    scene.change::<Postgresql>("main", back).await?;
    scene.until_settled().await?;
    for name in ["main", "main-repl"] {
        let (type_, spec) = of(name).await?;
        let gone =
            spec["loadBalancerSourceRanges"].is_null() && spec["ports"][0]["nodePort"].is_null();
        ensure!(type_ == "ClusterIP" && gone, "{name}: {spec}");
    }
    let set = scene.api::<StatefulSet>().get("main").await?;
    ensure!(
        set.annotations().contains_key("downscaler/uptime"),
        "{:?}",
        set.annotations()
    );
    Ok(())
}

/// A role `namespace.name` has its Secret there, and one that was there first wins.
async fn secrets(scene: &Scene) -> Result {
    let other = Api::<Secret>::namespaced(scene.server.client.clone(), OTHER);
    let names = other.list(&ListParams::default()).await?;
    let names: Vec<String> = names.iter().map(ResourceExt::name_any).collect();
    let wanted = "other.reader.main.credentials.postgresql.acid.zalan.do";
    ensure!(names == [wanted], "{names:?}");
    let late = "late.main.credentials.postgresql.acid.zalan.do";
    let given = json!({
        "metadata": { "name": late },
        "stringData": { "username": "late", "password": "given before" },
    });
    let own = scene.api::<Secret>();
    own.create(&PostParams::default(), &serde_json::from_value(given)?)
        .await?;
    let change = json!({ "spec": { "users": { "late": [] } } });
    scene.change::<Postgresql>("main", change).await?;
    scene.until_settled().await?;
    let data = own.get(late).await?.data.unwrap_or_default();
    let password = data.get("password").map(|bytes| bytes.0.as_slice());
    ensure!(
        password == Some(b"given before".as_slice()),
        "it was replaced"
    );
    Ok(())
}

/// Owner references come and go with the configuration, and no pod is touched for them.
async fn owners(scene: &Scene) -> Result {
    let before = scene.uids().await?;
    let all = async || -> Result<Vec<Vec<String>>> {
        Ok(vec![
            scene.owners::<StatefulSet>("main").await?,
            scene.owners::<Service>("main").await?,
            scene
                .owners::<PodDisruptionBudget>("postgres-main-pdb")
                .await?,
            scene
                .owners::<Secret>("app.main.credentials.postgresql.acid.zalan.do")
                .await?,
        ])
    };
    ensure!(all().await?.concat().is_empty(), "{:?}", all().await?);
    scene
        .configure(json!({ "enable_owner_references": "true" }))
        .await?;
    wait::until("all have their owner", async || {
        let all = all().await?;
        let owned = all.iter().all(|one| *one == ["postgresql main"]);
        ensure!(owned, "{all:?}");
        Ok(())
    })
    .await?;
    // What holds data outlives its manifest all the same.
    let claim = scene
        .owners::<PersistentVolumeClaim>("pgdata-main-0")
        .await?;
    ensure!(claim.is_empty(), "{claim:?}");
    scene
        .configure(json!({ "enable_owner_references": "false" }))
        .await?;
    wait::until("none has one", async || {
        let all = all().await?;
        ensure!(all.concat().is_empty(), "{all:?}");
        Ok(())
    })
    .await?;
    ensure!(scene.uids().await? == before, "a pod was made anew");
    Ok(())
}

/// A lazy image waits in the StatefulSet; a pod that is flagged is made anew, and takes it up.
async fn pods(scene: &Scene) -> Result {
    let before = scene.uids().await?;
    let image = "docker.io/lab/lazy:1";
    scene
        .configure(json!({ "enable_lazy_spilo_upgrade": "true", "docker_image": image }))
        .await?;
    wait::until("the StatefulSet has the image", async || {
        let set = scene.api::<StatefulSet>().get("main").await?;
        let spec = serde_json::to_value(set.spec)?;
        let is = &spec["template"]["spec"]["containers"][0]["image"];
        ensure!(*is == json!(image), "{is}");
        Ok(())
    })
    .await?;
    scene.until_settled().await?;
    ensure!(scene.uids().await? == before, "a pod was made anew");

    let manifest = scene.api::<Postgresql>().get("main").await?;
    let primary = manifest.status.and_then(|status| status.primary);
    let replica = ["main-0", "main-1"]
        .into_iter()
        .find(|name| primary.as_deref() != Some(name))
        .ok_or("no replica")?;
    let flag = json!({ "metadata": { "annotations": { names::RESTART_ANNOTATION: "true" } } });
    scene.change::<Pod>(replica, flag).await?;
    wait::until("the flagged pod is made anew, and no other", async || {
        let now = scene.uids().await?;
        let changed: Vec<&String> = now
            .iter()
            .filter(|(name, uid)| before.get(*name) != Some(uid))
            .map(|(name, _)| name)
            .collect();
        ensure!(now.len() == 2 && changed == [replica], "{changed:?}");
        Ok(())
    })
    .await?;
    let pod = scene.api::<Pod>().get(replica).await?;
    let spec = serde_json::to_value(pod.spec)?;
    ensure!(spec["containers"][0]["image"] == json!(image), "{spec}");
    Ok(())
}
