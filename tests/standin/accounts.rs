//! Database pods under another account than `postgres-pod`: the controller, with the rights of its
//! account as installed, may not give that one a role, says what it lacks, and goes on when it has it.

use k8s_openapi::api::{
    apps::v1::StatefulSet,
    core::v1::{Pod, ServiceAccount},
    rbac::v1::{ClusterRole, RoleBinding},
};
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams, PostParams},
};
use pg_core::postgresql::{Postgresql, status::PostgresqlStatus};
use pg_tests::{
    Result,
    api_server::{self, ApiServer},
    crowd, ensure, manifest,
    process::Process,
    standin::StandIn,
    wait,
};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{run, scopes};

const HOME: &str = "pg-fleet";
const TEAM: &str = "team";
const DEFINITION: &str = r#"{"kind": "RoleBinding", "metadata": {"name": "db-rights"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "db-pods"},
    "subjects": [{"kind": "ServiceAccount", "name": "db"}]}"#;

struct Scene {
    server: ApiServer,
}

impl Scene {
    async fn status(&self) -> Result<PostgresqlStatus> {
        let api = Api::<Postgresql>::namespaced(self.server.client.clone(), TEAM);
        Ok(api.get("main").await?.status.unwrap_or_default())
    }

    async fn configure(&self, data: Value) -> Result {
        let maps = Api::<k8s_openapi::api::core::v1::ConfigMap>::namespaced(
            self.server.client.clone(),
            HOME,
        );
        let patch = Patch::Merge(json!({ "data": data }));
        maps.patch("pg-fleet", &PatchParams::default(), &patch)
            .await?;
        Ok(())
    }

    async fn runs_as(&self, account: &str) -> Result {
        wait::until(&format!("all members run as {account}"), async || {
            let status = self.status().await?;
            let runs = status.postgres_cluster_status == "Running" && status.current.is_none();
            ensure!(runs, "{status:?}");
            let pods = Api::<Pod>::namespaced(self.server.client.clone(), TEAM);
            let pods = pods.list(&Default::default()).await?;
            ensure!(pods.items.len() == 2, "{} pods", pods.items.len());
            for pod in &pods {
                let spec = pod.spec.clone().unwrap_or_default();
                let is = spec.service_account_name.unwrap_or_default();
                ensure!(is == account, "{} runs as {is}", pod.name_any());
            }
            Ok(())
        })
        .await
    }

    /// What `Ready` says of the role that may not be given.
    async fn commands(&self) -> Result<Vec<String>> {
        wait::until("the missing right is named", async || {
            let status = self.status().await?;
            let ready = status.conditions.iter().find(|one| one.type_ == "Ready");
            let message = ready.map_or("", |one| one.message.as_str());
            let commands = message
                .split_once("needs the right to bind ClusterRole db-pods: ")
                .map(|(_, commands)| commands)
                .ok_or(format!("{status:?}"))?;
            Ok(commands.split(" && ").map(str::to_owned).collect())
        })
        .await
    }

    /// As somebody does who reads it.
    async fn do_as_told(&self, command: &str) -> Result {
        let words = command.strip_prefix("kubectl ").ok_or("a command")?;
        let mut kubectl = Command::new(api_server::programs().await?.join("kubectl"));
        kubectl.arg("--kubeconfig").arg(&self.server.kubeconfig);
        let done = kubectl.args(words.split_whitespace()).output().await?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "{command}: {said}");
        Ok(())
    }

    async fn bindings(&self) -> Result<Vec<(String, Option<String>)>> {
        let api = Api::<RoleBinding>::namespaced(self.server.client.clone(), TEAM);
        let all = api.list(&Default::default()).await?;
        let version = |one: &RoleBinding| one.metadata.resource_version.clone();
        let named = all.iter().map(|one| (one.name_any(), version(one)));
        Ok(named
            .filter(|(name, _)| !name.starts_with("pg-fleet"))
            .collect())
    }
}

#[test]
fn another_account_is_given_its_role_once_that_is_allowed() {
    run(async || {
        let server = ApiServer::start().await?;
        let _standin = StandIn::start(server.client.clone());
        server.namespace(TEAM).await?;
        let map = json!({ "metadata": { "name": "pg-fleet" }, "data": crowd::configuration() });
        Api::<k8s_openapi::api::core::v1::ConfigMap>::namespaced(server.client.clone(), HOME)
            .create(&PostParams::default(), &serde_json::from_value(map)?)
            .await?;
        let log = server.directory.join("controller.log");
        let controller = Process::new(HOME, "first", scopes::account(&server)?, log)?;
        controller.start()?;
        let scene = Scene { server };
        let client = scene.server.client.clone();
        let object = json!({"metadata": {"name": "main"}, "spec": manifest::members(2)});
        Api::<Postgresql>::namespaced(client.clone(), TEAM)
            .create(&PostParams::default(), &serde_json::from_value(object)?)
            .await?;
        scene.runs_as("postgres-pod").await?;

        // The role of the other account, as an administrator makes it.
        let roles = Api::<ClusterRole>::all(client.clone());
        let mut role = roles.get("postgres-pod").await?;
        role.metadata = serde_json::from_value(json!({ "name": "db-pods" }))?;
        roles.create(&PostParams::default(), &role).await?;
        let account = json!({
            "pod_service_account_name": "db",
            "pod_service_account_role_binding_definition": DEFINITION,
        });
        scene.configure(account).await?;
        let commands = scene.commands().await?;
        scene.runs_still_as_before(&client).await?;
        for command in &commands {
            scene.do_as_told(command).await?;
        }
        scene.runs_as("db").await?;
        let accounts = Api::<ServiceAccount>::namespaced(client.clone(), TEAM);
        accounts.get("db").await?;
        let bound = scene.bindings().await?;
        let names: Vec<&str> = bound.iter().map(|(name, _)| name.as_str()).collect();
        ensure!(names == ["db-rights", "postgres-pod"], "{names:?}");

        // It is watched under its own name: what somebody takes away comes back, and nothing else
        // is written by one that starts.
        let applies = || -> Result<usize> {
            let log = std::fs::read_to_string(&controller.log)?;
            Ok(log.matches("db-rights").count())
        };
        let before = applies()?;
        controller.stop().await;
        controller.start()?;
        scene.runs_as("db").await?;
        wait::until("it has looked", async || {
            let idle = controller.get("/workers/all/status").await?;
            ensure!(
                !idle.contains("CurrentCluster") && idle.contains("idle"),
                "{idle}"
            );
            Ok(())
        })
        .await?;
        ensure!(applies()? == before, "it was applied again");
        let api = Api::<RoleBinding>::namespaced(client.clone(), TEAM);
        api.delete("db-rights", &Default::default()).await?;
        wait::until("it is made again", async || {
            ensure!(scene.bindings().await?.len() == 2, "it is missing");
            Ok(())
        })
        .await
    });
}

impl Scene {
    /// No pod is made anew for an account that has no rights.
    async fn runs_still_as_before(&self, client: &kube::Client) -> Result {
        let pods = Api::<Pod>::namespaced(client.clone(), TEAM);
        for pod in pods.list(&Default::default()).await? {
            let spec = pod.spec.unwrap_or_default();
            let is = spec.service_account_name.unwrap_or_default();
            ensure!(is == "postgres-pod", "it runs as {is}");
        }
        let sets = Api::<StatefulSet>::namespaced(client.clone(), TEAM);
        sets.get("main").await?;
        Ok(())
    }
}
