//! What is asked of a run's controller, and when that has come about.

use k8s_openapi::api::{
    apps::v1::StatefulSet,
    core::v1::{ConfigMap, Secret},
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use pg_core::{names, operation::Operation as Asked};
use serde_json::{Value, json};

use super::{
    Run,
    operations::{Act, BESIDE, Beside, CLUSTER, spec},
    rollout,
    run::OTHER,
};
use crate::{Result, api_server, ensure, manifest, operation::operation, wait};

const ASKED: &str = "asked";

impl Run<'_> {
    /// Makes the cluster, with its data from the one beside it where the operation says so.
    pub(super) async fn create(&self, members: i64) -> Result {
        let mut spec = spec(members);
        match self.operation.beside {
            Some(Beside::Origin) => spec["clone"] = json!({"cluster": BESIDE}),
            Some(Beside::Source) => {
                let address = self.address_beside().await?;
                spec["standby"] = json!({"standby_host": address});
            }
            Some(Beside::Target) | None => {}
        }
        self.apply(CLUSTER, spec).await
    }

    /// Makes the cluster beside it.
    pub(super) async fn create_beside(&self) -> Result {
        self.apply(BESIDE, manifest::members(1)).await
    }

    async fn apply(&self, name: &str, spec: Value) -> Result {
        let manifest = json!({"metadata": {"name": name}, "spec": spec});
        self.manifests()
            .create(&PostParams::default(), &serde_json::from_value(manifest)?)
            .await?;
        Ok(())
    }

    /// Asks for what the operation is.
    pub async fn act(&self) -> Result {
        match &self.operation.act {
            Act::Create(members) => self.create(*members).await,
            Act::Patch(patch) => {
                let patch = Patch::Merge(patch());
                self.manifests()
                    .patch(CLUSTER, &PatchParams::default(), &patch)
                    .await?;
                Ok(())
            }
            Act::Ask(action) => self.ask(action()).await,
            Act::Roll(action) => rollout::drive(self, action()).await,
            Act::Rotate(role) => {
                let key = format!("{}{role}", names::ROTATE);
                self.name_controller(&key, Some(ASKED)).await
            }
            Act::Release => self.name_controller(names::RELEASE, Some(OTHER)).await,
            Act::Adopt => {
                self.name_controller(names::CONTROLLER_ANNOTATION, None)
                    .await
            }
            Act::Configure(data) => {
                let api = Api::<ConfigMap>::namespaced(self.client().clone(), &self.namespace);
                let patch = Patch::Merge(json!({"data": data()}));
                api.patch("pg-fleet", &PatchParams::default(), &patch)
                    .await?;
                Ok(())
            }
            Act::Delete(with) => {
                if !with.is_empty() {
                    let mark = json!({"metadata": {"annotations": {names::DELETE_WITH: with}}});
                    let mark = Patch::Merge(mark);
                    let parameters = PatchParams::default();
                    self.manifests().patch(CLUSTER, &parameters, &mark).await?;
                }
                self.manifests()
                    .delete(CLUSTER, &DeleteParams::default())
                    .await?;
                Ok(())
            }
        }
    }

    pub(super) async fn name_controller(&self, annotation: &str, name: Option<&str>) -> Result {
        let patch = Patch::Merge(json!({"metadata": {"annotations": {annotation: name}}}));
        self.manifests()
            .patch(CLUSTER, &PatchParams::default(), &patch)
            .await?;
        Ok(())
    }

    async fn ask(&self, action: Value) -> Result {
        let uid = self.manifests().get(CLUSTER).await?.uid();
        let uid = uid.ok_or("no uid")?;
        let more = json!({"expect": {"primary": format!("{CLUSTER}-0")}});
        let mut object = operation(CLUSTER, &uid, action, api_server::USER, more);
        object["metadata"] = json!({"name": ASKED});
        let object: Asked = serde_json::from_value(object)?;
        self.operations()
            .create(&PostParams::default(), &object)
            .await?;
        Ok(())
    }

    pub(super) fn operations(&self) -> Api<Asked> {
        Api::namespaced(self.client().clone(), &self.namespace)
    }

    /// Waits until that has come about.
    pub(super) async fn until_done(&self) -> Result {
        match self.operation.act {
            Act::Create(_) => self.until_running().await,
            Act::Patch(_) | Act::Ask(_) => {
                // A manifest may be an operation of the controller's own.
                self.until_running().await?;
                self.until_ended().await?;
                self.until_running().await
            }
            Act::Rotate(role) => self.until_rotated(role).await,
            // Its driver has waited.
            Act::Roll(_) => self.until_runs(BESIDE).await,
            Act::Release => self.until_released().await,
            // It acts at once, and in two seconds it has.
            Act::Configure(_) | Act::Adopt => Ok(()),
            Act::Delete(_) => {
                wait::until("the manifest is gone", async || {
                    let left = self.manifests().get_opt(CLUSTER).await?;
                    ensure!(left.is_none(), "it is there");
                    Ok(())
                })
                .await?;
                self.until_taken_away().await
            }
        }
    }

    /// Waits until what belonged to a deleted cluster is gone, and what was written down of it.
    pub async fn until_taken_away(&self) -> Result {
        let (client, namespace) = (self.client().clone(), &self.namespace);
        let sets = Api::<StatefulSet>::namespaced(client.clone(), namespace);
        let records = Api::<ConfigMap>::namespaced(client, namespace);
        wait::until("what belonged to it is gone", async || {
            let left = sets.get_opt(CLUSTER).await?;
            ensure!(left.is_none(), "its StatefulSet is there");
            let written = ListParams::default().labels(names::DELETED);
            let written = records.list(&written).await?.items;
            ensure!(written.is_empty(), "it is written down still");
            Ok(())
        })
        .await
    }

    /// Waits until all operations have ended as they should.
    async fn until_ended(&self) -> Result {
        let ended = wait::until("operations have ended", async || {
            let all = self.operations().list(&ListParams::default()).await?;
            let all = all.into_iter().map(|one| one.status.unwrap_or_default());
            let all: Vec<_> = all.collect();
            for status in &all {
                ensure!(status.phase.is_final(), "{status:?}");
            }
            Ok(all)
        })
        .await?;
        for status in ended {
            let as_expected = status.reason.as_deref() == Some(self.operation.ends);
            ensure!(as_expected, "{:?} {:?}", status.reason, status.message);
        }
        Ok(())
    }

    /// Waits until the role has a new password, which is that of its Secret.
    async fn until_rotated(&self, role: &str) -> Result {
        let told = format!("{}{role}", names::ROTATED);
        wait::until("the password is told to be new", async || {
            let manifest = self.manifests().get(CLUSTER).await?;
            let by = manifest.annotations().get(&told);
            ensure!(by.is_some_and(|by| by == ASKED), "{by:?}");
            Ok(())
        })
        .await?;
        let logs_in = self.logs_in(role).await?;
        ensure!(logs_in, "{role} does not log in with what its Secret says");
        Ok(())
    }

    /// Whether a role logs in with the password of its Secret.
    pub(super) async fn logs_in(&self, role: &str) -> Result<bool> {
        let name = format!("{role}.{CLUSTER}.credentials.postgresql.acid.zalan.do");
        let secrets = Api::<Secret>::namespaced(self.client().clone(), &self.namespace);
        let data = secrets.get(&name).await?.data.unwrap_or_default();
        let password = data.get("password").ok_or("no password")?;
        self.server(CLUSTER)?.takes(role, &password.0).await
    }

    pub(super) async fn until_released(&self) -> Result {
        wait::until("the cluster is another controller's", async || {
            let manifest = self.manifests().get(CLUSTER).await?;
            let named = manifest.annotations().get(names::CONTROLLER_ANNOTATION);
            let is_other = named.is_some_and(|name| name == OTHER);
            ensure!(is_other, "{:?}", manifest.annotations());
            Ok(())
        })
        .await
    }

    /// Waits until the manifest is carried out.
    pub async fn until_running(&self) -> Result {
        self.until_runs(CLUSTER).await
    }

    /// The same of the manifest of this name.
    pub(super) async fn until_runs(&self, name: &str) -> Result {
        wait::until(&format!("{name} runs in {}", self.namespace), async || {
            let manifest = self.manifests().get(name).await?;
            let wanted = manifest.spec.number_of_instances;
            let status = manifest.status.unwrap_or_default();
            let runs = status.postgres_cluster_status == "Running"
                && status.observed_generation == manifest.metadata.generation
                && status.ready == Some(format!("{wanted}/{wanted}"));
            ensure!(runs, "{status:?}");
            Ok(())
        })
        .await
    }
}
