//! Everything that Zalando's operator was recorded to make (fleet/src/desired/testdata, both
//! configurations) is taken over: written as it writes, by Update, as the manager
//! `postgres-operator`; then everything optional is dropped from the manifest, and the objects are
//! those of a cluster that never had it. Were fields still Zalando's, they would stay.

mod given_back;

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{
    Api, ResourceExt,
    api::{ApiResource, DynamicObject, ListParams, Patch, PatchParams, PostParams},
    core::GroupVersionKind,
};
use pg_core::{
    names::{CONTROLLER_ANNOTATION, ZALANDO_MANAGER},
    postgresql::Postgresql,
};
use pg_tests::{
    Result,
    api_server::{self, ApiServer},
    ensure, lab,
    process::Process,
    wait,
};
use serde_json::{Value, json};

use crate::run;

const HOME: &str = "home";
/// Where the same cluster is made by ours alone.
const FRESH: &str = "fresh";
/// Kinds of what changes hands. Secrets stay whose they are.
const KINDS: [(&str, &str, &str); 4] = [
    ("", "v1", "Endpoints"),
    ("", "v1", "Service"),
    ("apps", "v1", "StatefulSet"),
    ("policy", "v1", "PodDisruptionBudget"),
];
/// What of a recording is not adopted, with the reason.
const LEFT_OUT: [(&str, &str, &str); 3] = [
    (
        "a/logical",
        "CronJob",
        "logical backups do nothing here yet, and what others made for them is left alone",
    ),
    (
        "a/init",
        "Endpoints",
        "made by the control plane, not by the operator",
    ),
    (
        "a/nodeport",
        "Endpoints",
        "made by the control plane, not by the operator",
    ),
];
/// What nobody can leave out of a manifest.
const REQUIRED: [&str; 4] = ["teamId", "numberOfInstances", "postgresql", "volume"];
/// What Patroni writes into the Endpoints that are its lock.
const ADDRESS: &str = "10.1.2.3";

/// One set of recordings: where it was made, and the configuration (its README.md).
struct Set {
    name: &'static str,
    namespace: &'static str,
    configuration: Value,
}

fn sets() -> [Set; 2] {
    let resources = json!({
        "default_cpu_request": "100m", "default_cpu_limit": "1",
        "default_memory_request": "100Mi", "default_memory_limit": "500Mi",
        "min_cpu_limit": "250m", "min_memory_limit": "250Mi",
    });
    let kubernetes = json!({ "watched_namespace": "*", "enable_cross_namespace_secret": true });
    let debug = json!({ "enable_database_access": false });
    let a = json!({
        "kubernetes": kubernetes, "debug": debug, "postgres_pod_resources": resources,
    });
    let mut b = json!({
        "kubernetes_use_configmaps": false, "enable_shm_volume": true,
        "set_memory_request_to_limit": true, "enable_spilo_wal_path_compat": true,
        "kubernetes": {
            "additional_pod_capabilities": ["SYS_NICE"],
            "cluster_labels": {"application": "spilo", "tier": "db"},
            "inherited_labels": ["environment"], "inherited_annotations": ["owned-by"],
            "downscaler_annotations": ["deployment-time", "downscaler/*"],
            "custom_pod_annotations": {"keya": "va"},
            "toleration": {"key": "db-only", "operator": "Exists", "effect": "NoSchedule"},
            "node_readiness_label": {"status": "ready"},
            "enable_pod_antiaffinity": true,
            "pod_antiaffinity_preferred_during_scheduling": true,
            "pod_management_policy": "parallel",
            "persistent_volume_claim_retention_policy":
                {"when_deleted": "delete", "when_scaled": "delete"},
            "enable_readiness_probe": true,
            "pod_environment_configmap": "default/pod-env", "pod_environment_secret": "pod-sec",
            "share_pgsocket_with_sidecars": true,
            "enable_finalizers": true, "enable_owner_references": true,
            "spilo_allow_privilege_escalation": false,
            "spilo_runasuser": 101, "spilo_runasgroup": 103, "spilo_fsgroup": 103,
            "pod_terminate_grace_period": "3m", "pdb_master_label_selector": false,
            "pod_priority_class_name": "prio",
        },
        "aws_or_gcp": {
            "wal_s3_bucket": "wal-bucket", "log_s3_bucket": "log-bucket",
            "kube_iam_role": "role-x", "aws_region": "eu-west-1",
        },
        "load_balancer": {
            "custom_service_annotations": {"svc": "x"}, "external_traffic_policy": "Local",
        },
        "debug": debug, "postgres_pod_resources": resources,
    });
    for (key, value) in kubernetes.as_object().into_iter().flatten() {
        b["kubernetes"][key] = value.clone();
    }
    b["postgres_pod_resources"]["max_memory_request"] = json!("300Mi");
    b["postgres_pod_resources"]["max_cpu_request"] = json!("1");
    [
        Set {
            name: "a",
            namespace: "default",
            configuration: a,
        },
        Set {
            name: "b",
            namespace: "nsb",
            configuration: b,
        },
    ]
}

/// The recordings of a set.
fn recordings(set: &str) -> Result<Vec<String>> {
    let folder = lab::root().join("fleet/src/desired/testdata").join(set);
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        names.push(name.ok_or("no name")?.to_owned());
    }
    names.sort();
    Ok(names)
}

/// A recorded cluster while it is taken over.
struct Adopted<'a> {
    server: &'a ApiServer,
    set: &'a Set,
    name: String,
}

impl Adopted<'_> {
    fn api(&self, kind: &(&str, &str, &str), namespace: &str) -> Api<DynamicObject> {
        let (group, version, kind) = kind;
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        Api::namespaced_with(self.server.client.clone(), namespace, &resource)
    }

    fn manifests(&self, namespace: &str) -> Api<Postgresql> {
        Api::namespaced(self.server.client.clone(), namespace)
    }

    async fn patch(&self, change: Value) -> Result {
        let manifests = self.manifests(self.set.namespace);
        let patch = Patch::Merge(change);
        manifests
            .patch(&self.name, &PatchParams::default(), &patch)
            .await?;
        Ok(())
    }

    /// What was recorded: the manifest, and the objects that change hands.
    fn recorded(&self, uid: &str) -> Result<(Value, Vec<Value>)> {
        let id = format!("{}/{}", self.set.name, self.name);
        let file = lab::root().join(format!("fleet/src/desired/testdata/{id}.yaml"));
        let text = std::fs::read_to_string(file)?;
        let text = text.replace(&format!("UID-OF-{}", self.name), uid);
        let text = text.replace("uid: UID\n", &format!("uid: {uid}\n"));
        let mut documents: Vec<Value> = serde_saphyr::from_multiple(&text)?;
        let mut manifest = documents.remove(0);
        manifest["spec"]["numberOfInstances"] = json!(0);
        let is_out = |kind: &str| {
            let mut out = LEFT_OUT.iter();
            out.any(|(of, what, _)| *of == id && *what == kind)
        };
        let mut objects = Vec::new();
        for object in documents {
            let kind = object["kind"].as_str().unwrap_or_default();
            let changes_hands = KINDS.iter().any(|(.., one)| *one == kind);
            ensure!(
                changes_hands || kind == "Secret" || is_out(kind),
                "{id}: nobody says what becomes of {kind}"
            );
            if changes_hands && !is_out(kind) {
                objects.push(object);
            }
        }
        Ok((manifest, objects))
    }

    /// As Zalando's operator leaves it, with what Patroni wrote since. Gives its manifest.
    async fn make(&self) -> Result<Value> {
        let (mut manifest, _) = self.recorded("")?;
        manifest["metadata"]["annotations"][CONTROLLER_ANNOTATION] = json!("nobody");
        let made = self
            .manifests(self.set.namespace)
            .create(
                &PostParams::default(),
                &serde_json::from_value(manifest.clone())?,
            )
            .await?;
        let (_, objects) = self.recorded(&made.uid().unwrap_or_default())?;
        let by = PostParams {
            field_manager: Some(ZALANDO_MANAGER.to_owned()),
            ..PostParams::default()
        };
        for mut object in objects {
            let kind = KINDS.iter().find(|(.., kind)| object["kind"] == *kind);
            let kind = kind.ok_or("a kind")?;
            match kind.2 {
                "StatefulSet" => object["spec"]["replicas"] = json!(0),
                "Endpoints" => {
                    let ports = json!([{"name": "postgresql", "port": 5432, "protocol": "TCP"}]);
                    object["subsets"] = json!([{"addresses": [{"ip": ADDRESS}], "ports": ports}]);
                }
                _ => {}
            }
            let api = self.api(kind, self.set.namespace);
            let made = api.create(&by, &serde_json::from_value(object)?).await?;
            if kind.2 == "Endpoints" {
                let patroni = PatchParams {
                    field_manager: Some("Patroni".to_owned()),
                    ..PatchParams::default()
                };
                let lock = Patch::Merge(json!({"metadata": {"annotations": {"optime": "7"}}}));
                api.patch(&made.name_any(), &patroni, &lock).await?;
            }
        }
        Ok(manifest)
    }

    /// Its objects by kind and name, without what the server gives, and who holds fields of them.
    async fn objects(
        &self,
        namespace: &str,
    ) -> Result<(BTreeSet<String>, BTreeMap<String, Value>)> {
        let manifest = self.manifests(namespace).get(&self.name).await?;
        let uid = manifest.uid().unwrap_or_default();
        let (mut managers, mut bodies) = (BTreeSet::new(), BTreeMap::new());
        let labels = ListParams::default().labels(&format!("cluster-name={}", self.name));
        for kind in &KINDS {
            for object in self.api(kind, namespace).list(&labels).await? {
                let whole = object.managed_fields().iter();
                for entry in whole.filter(|entry| entry.subresource.is_none()) {
                    let of = |part: &Option<String>| part.clone().unwrap_or_default();
                    managers.insert(format!("{}/{}", of(&entry.manager), of(&entry.operation)));
                }
                let id = format!("{} {}", kind.2, object.name_any());
                bodies.insert(id, plain(&serde_json::to_value(&object)?, namespace, &uid)?);
            }
        }
        Ok((managers, bodies))
    }

    /// The pods' template, and who the StatefulSet is.
    async fn template(&self) -> Result<(Value, Option<String>)> {
        let sets = self.api(&KINDS[2], self.set.namespace);
        let set = sets.get(&self.name).await?;
        Ok((set.data["spec"]["template"].clone(), set.uid()))
    }

    async fn is_adopted_and_forgets(&self) -> Result {
        let id = format!("{}/{}", self.set.name, self.name);
        let manifest = self.make().await?;
        let before = self.template().await?;
        self.patch(json!({"metadata": {"annotations": {CONTROLLER_ANNOTATION: null}}}))
            .await?;
        let mut ours = BTreeSet::from(["pg-fleet/Apply".to_owned()]);
        if self.set.name == "b" {
            ours.insert("Patroni/Update".to_owned());
        }
        wait::until(&format!("{id}: all fields are pg-fleet's"), async || {
            let (managers, _) = self.objects(self.set.namespace).await?;
            ensure!(managers == ours, "{managers:?}");
            let status = self
                .manifests(self.set.namespace)
                .get(&self.name)
                .await?
                .status;
            ensure!(status.is_some_and(|it| it.settled.is_some()), "not settled");
            Ok(())
        })
        .await?;
        ensure!(
            self.template().await? == before,
            "{id}: pods would be made anew"
        );

        self.patch(dropped(&manifest)).await?;
        self.make_fresh(&manifest).await?;
        wait::until(&format!("{id} is as one that never had it"), async || {
            let (_, is) = self.objects(self.set.namespace).await?;
            let (_, shall) = self.objects(FRESH).await?;
            let enough = if self.set.name == "b" { 6 } else { 5 };
            ensure!(shall.len() == enough, "not made yet: {:?}", shall.keys());
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
        })
        .await?;
        if self.set.name == "b" {
            let endpoints = self
                .api(&KINDS[0], self.set.namespace)
                .get(&self.name)
                .await?;
            let left = endpoints.data["subsets"][0]["addresses"][0]["ip"].clone();
            ensure!(
                left == ADDRESS,
                "{id}: the primary's address is gone: {left}"
            );
            ensure!(
                endpoints.annotations().contains_key("optime"),
                "{id}: the lock"
            );
        }
        Ok(())
    }

    /// The same with nothing but what it must have, made by ours.
    async fn make_fresh(&self, manifest: &Value) -> Result {
        let spec = &manifest["spec"];
        let object = json!({
            "apiVersion": manifest["apiVersion"], "kind": manifest["kind"],
            "metadata": {"name": self.name},
            "spec": {
                "teamId": spec["teamId"], "numberOfInstances": 0,
                "postgresql": {"version": spec["postgresql"]["version"]},
                "volume": {"size": spec["volume"]["size"]},
            },
        });
        self.manifests(FRESH)
            .create(&PostParams::default(), &serde_json::from_value(object)?)
            .await?;
        Ok(())
    }
}

/// The change that takes everything optional out of a manifest.
fn dropped(manifest: &Value) -> Value {
    let nothing = |of: &Value, but: &[&str]| -> Value {
        let keys = of.as_object().into_iter().flatten().map(|(key, _)| key);
        let keys = keys.filter(|key| !but.contains(&key.as_str()));
        keys.map(|key| (key.clone(), Value::Null)).collect()
    };
    let spec = &manifest["spec"];
    let mut change = nothing(spec, &REQUIRED);
    change["postgresql"] = nothing(&spec["postgresql"], &["version"]);
    change["volume"] = nothing(&spec["volume"], &["size"]);
    let metadata = &manifest["metadata"];
    json!({
        "metadata": {
            "annotations": nothing(&metadata["annotations"], &[]),
            "labels": nothing(&metadata["labels"], &[]),
        },
        "spec": change,
    })
}

/// An object as the controller made it: without what the server and Patroni give, and with the same
/// word for its namespace and its cluster.
fn plain(object: &Value, namespace: &str, uid: &str) -> Result<Value> {
    let mut body = object.clone();
    let metadata = body["metadata"].as_object_mut().ok_or("no metadata")?;
    let kept = ["name", "labels", "annotations", "ownerReferences"];
    metadata.retain(|key, _| kept.contains(&key.as_str()));
    if let Some(notes) = metadata
        .get_mut("annotations")
        .and_then(Value::as_object_mut)
    {
        notes.remove("optime");
    }
    if metadata.get("annotations") == Some(&json!({})) {
        metadata.remove("annotations");
    }
    let whole = body.as_object_mut().ok_or("no object")?;
    whole.remove("status");
    whole.remove("subsets");
    if let Some(spec) = body["spec"].as_object_mut() {
        spec.remove("clusterIP");
        spec.remove("clusterIPs");
    }
    let text = body.to_string();
    let namespace = format!("\"namespace\":\"{namespace}\"");
    let text = text.replace(&namespace, "\"namespace\":\"N\"");
    Ok(serde_json::from_str(&text.replace(uid, "UID"))?)
}

async fn prepare(server: &ApiServer, set: &Set) -> Result<Process> {
    for namespace in [HOME, FRESH, set.namespace] {
        if namespace != "default" {
            server.namespace(namespace).await?;
        }
    }
    let by = PostParams::default();
    let environment = json!({
        "metadata": {"name": "pod-env"}, "data": {"CM_VAR": "1", "AWS_REGION": "eu-west-1"},
    });
    Api::<ConfigMap>::namespaced(server.client.clone(), "default")
        .create(&by, &serde_json::from_value(environment)?)
        .await?;
    for namespace in [FRESH, set.namespace] {
        let secret = json!({"metadata": {"name": "pod-sec"}, "stringData": {"SEC_VAR": "x"}});
        Api::<Secret>::namespaced(server.client.clone(), namespace)
            .create(&by, &serde_json::from_value(secret)?)
            .await?;
    }
    let kind = GroupVersionKind::gvk("acid.zalan.do", "v1", "OperatorConfiguration");
    let resource = ApiResource::from_gvk(&kind);
    let configuration = json!({
        "apiVersion": "acid.zalan.do/v1", "kind": "OperatorConfiguration",
        "metadata": {"name": "zalando"}, "configuration": set.configuration,
    });
    Api::<DynamicObject>::namespaced_with(server.client.clone(), HOME, &resource)
        .create(&by, &serde_json::from_value(configuration)?)
        .await?;
    let own = server.directory.join("own");
    api_server::write_kubeconfig(&own, &format!("https://{}", server.address))?;
    let log = server.directory.join("controller.log");
    let controller = Process::new(HOME, "first", own, log)?;
    let controller = controller.with(&["--configuration-object", "zalando"]);
    controller.start()?;
    Ok(controller)
}

#[test]
fn all_that_was_recorded_is_taken_over() {
    run(async || {
        for set in sets() {
            let server = ApiServer::start().await?;
            let _controller = prepare(&server, &set).await?;
            let adopted: Vec<Adopted<'_>> = recordings(set.name)?
                .into_iter()
                .map(|name| Adopted {
                    server: &server,
                    set: &set,
                    name,
                })
                .collect();
            ensure!(!adopted.is_empty(), "no recordings");
            let all = adopted.iter().map(Adopted::is_adopted_and_forgets);
            let ends = futures::future::join_all(all).await;
            let wrong: Vec<String> = ends
                .into_iter()
                .filter_map(|end| end.err().map(|error| error.to_string()))
                .collect();
            ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
        Ok(())
    });
}
