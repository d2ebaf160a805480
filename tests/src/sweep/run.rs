//! One run: a namespace, a controller behind a proxy, one operation.

use std::{sync::Arc, time::Duration};

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use pg_core::{names, operation::Operation as Asked, postgresql::Postgresql, store::Store};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    Ground, Operation, Snapshot, difference,
    operations::{Act, spec},
    snapshot,
};
use crate::{
    Result, api_server, ensure,
    operation::operation,
    process::Process,
    proxy::{Fault, Proxy},
    standin::Postgres,
    wait,
};

/// The cluster of every run.
pub const CLUSTER: &str = "main";
const ASKED: &str = "asked";
/// Another controller.
const OTHER: &str = "other";
/// Nothing is written for so long: it was the last write.
const QUIET: Duration = Duration::from_secs(2);
/// A run that was disturbed is as the other within this time, or never.
const DEADLINE: Duration = Duration::from_secs(45);

/// One run.
pub struct Run<'a> {
    ground: &'a Ground,
    operation: &'a Operation,
    /// Where.
    pub namespace: String,
    /// The write after which the controller is killed.
    number: usize,
    /// Between the two.
    pub proxy: Proxy,
    /// The controller.
    pub process: Process,
    postgres: Postgres,
}

impl<'a> Run<'a> {
    /// Prepares one: the cluster that the operation begins with is there.
    pub async fn new(ground: &'a Ground, operation: &'a Operation, number: usize) -> Result<Self> {
        let store = match ground.store {
            Store::ConfigMaps => "",
            Store::Endpoints => "-endpoints",
        };
        let namespace = format!("{}{store}-{number}", operation.name);
        let server = &ground.server;
        let mut settings = configuration(&namespace);
        let uses_maps = ground.store == Store::ConfigMaps;
        settings["kubernetes_use_configmaps"] = uses_maps.to_string().into();
        server.home(&namespace, settings).await?;
        let proxy = Proxy::start(server.client.clone()).await?;
        ground.standin.tell(&namespace, &proxy.line);
        let line = Arc::clone(&proxy.line);
        let postgres = ground.template.start(&namespace, Some(line)).await?;
        ground.standin.serve(&namespace, postgres.port);
        let file = |end: &str| ground.server.directory.join(format!("{namespace}.{end}"));
        api_server::write_kubeconfig(&file("kubeconfig"), &proxy.url)?;
        let process = Process::new(&namespace, "sweep", file("kubeconfig"), file("log"))?;
        process.start()?;
        let run = Self {
            ground,
            operation,
            namespace,
            number,
            proxy,
            process,
            postgres,
        };
        if let Some(members) = operation.before {
            run.create(members).await?;
            run.until_running().await?;
            run.until_quiet().await?;
        }
        if matches!(operation.act, Act::Adopt) {
            run.name_controller(names::RELEASE, Some(OTHER)).await?;
            run.until_released().await?;
            run.until_quiet().await?;
        }
        Ok(run)
    }

    /// Another controller beside this run's, with a line of its own.
    pub async fn another(&self, identity: &str) -> Result<(Proxy, Process)> {
        let proxy = Proxy::start(self.client().clone()).await?;
        let file = |end: &str| {
            let name = format!("{}-{identity}.{end}", self.namespace);
            self.ground.server.directory.join(name)
        };
        api_server::write_kubeconfig(&file("kubeconfig"), &proxy.url)?;
        let process = Process::new(&self.namespace, identity, file("kubeconfig"), file("log"))?;
        process.start()?;
        Ok((proxy, process))
    }

    /// Nobody is killed. Gives the end, and the writes on the way.
    pub async fn in_peace(self) -> Result<(Snapshot, Vec<String>)> {
        self.proxy.line.arm(|_| false);
        self.act().await?;
        self.until_done().await?;
        self.until_quiet().await?;
        let writes = self.proxy.line.writes();
        let end = self.snapshot().await?;
        self.end().await?;
        Ok((end, writes))
    }

    /// The controller is killed after its write of this number; false if it had fewer.
    pub async fn disturbed(self, expected: &Snapshot) -> Result<bool> {
        let (number, process) = (self.number, self.process.clone());
        self.proxy.line.arm(move |n| {
            let now = n == number;
            if now {
                process.kill();
            }
            now
        });
        self.act().await?;
        let mut killed = false;
        let end = Instant::now() + DEADLINE;
        let last = loop {
            if self.proxy.line.is_cut() {
                self.process.stop().await;
                killed = true;
                self.proxy.line.mend();
                self.process.start()?;
            }
            if let Some(how) = self.process.ended() {
                break Some(format!("the controller ended by itself: {how}"));
            }
            let found = self.snapshot().await?;
            let last = difference(expected, &found);
            if last.is_none() && self.stays(expected).await? {
                break None;
            }
            if Instant::now() > end {
                break last;
            }
            sleep(Duration::from_millis(200)).await;
        };
        if let Some(difference) = last {
            let writes = self.proxy.line.writes();
            let after = writes.get(number - 1).cloned().unwrap_or_default();
            return Err(format!(
                "{}: killed after write {number} ({after}); log: {}\n{difference}",
                self.operation.name,
                self.process.log.display()
            )
            .into());
        }
        self.end().await?;
        Ok(killed)
    }

    /// The line suffers while the operation is asked for and for some time after, then no longer.
    /// Tells how long it took from then on to be as in peace.
    pub async fn troubled(
        self,
        expected: &Snapshot,
        fault: Fault,
        lasts: Duration,
    ) -> Result<Duration> {
        self.proxy.line.arm(|_| false);
        self.proxy.line.suffers(fault.clone());
        self.act().await?;
        sleep(lasts).await;
        self.proxy.line.suffers(Fault::None);
        let took = self.until_same(expected, &fault).await?;
        self.end().await?;
        Ok(took)
    }

    /// Waits until all is as expected, and stays so; tells how long it took.
    pub async fn until_same(&self, expected: &Snapshot, fault: &Fault) -> Result<Duration> {
        let began = Instant::now();
        let failed = |why: &str| {
            let (name, log) = (self.operation.name, self.process.log.display());
            format!("{name} while {fault:?}: {why}; log: {log}")
        };
        while let Some(difference) = difference(expected, &self.snapshot().await?) {
            if let Some(how) = self.process.ended() {
                return Err(failed(&format!("the controller ended: {how}")).into());
            }
            if began.elapsed() > DEADLINE {
                return Err(failed(&format!("\n{difference}")).into());
            }
            sleep(Duration::from_millis(100)).await;
        }
        let took = began.elapsed();
        ensure!(
            self.stays(expected).await?,
            "{}",
            failed("it did not stay so")
        );
        Ok(took)
    }

    /// Kills the controller, starts it again, and counts from then on.
    pub async fn start_again(&self) -> Result {
        self.process.stop().await;
        self.proxy.line.arm(|_| false);
        self.process.start()?;
        self.until_quiet().await
    }

    /// Whether it is still so after a while without a cut.
    async fn stays(&self, expected: &Snapshot) -> Result<bool> {
        for _ in 0..5 {
            sleep(Duration::from_millis(200)).await;
            if self.proxy.line.is_cut() {
                return Ok(false);
            }
        }
        Ok(difference(expected, &self.snapshot().await?).is_none())
    }

    /// What there is, and what happened to members.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let mut all = snapshot::of(self.client(), &self.namespace).await?;
        for (what, how) in self.postgres.contents().await? {
            all.insert(format!("sql {what}"), how);
        }
        let deletes = matches!(self.operation.act, Act::Delete);
        for (what, how) in self.ground.standin.history(&self.namespace) {
            // Which pod goes first is chance, and whoever is left leads for a moment.
            if deletes && !what.ends_with("created") {
                continue;
            }
            all.insert(format!("history of {what}"), how);
        }
        Ok(all)
    }

    fn client(&self) -> &Client {
        &self.ground.server.client
    }

    fn manifests(&self) -> Api<Postgresql> {
        Api::namespaced(self.client().clone(), &self.namespace)
    }

    async fn create(&self, members: i64) -> Result {
        let manifest = serde_json::from_value(json!({
            "metadata": {"name": CLUSTER},
            "spec": spec(members),
        }))?;
        self.manifests()
            .create(&PostParams::default(), &manifest)
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
            Act::Delete => {
                self.manifests()
                    .delete(CLUSTER, &DeleteParams::default())
                    .await?;
                Ok(())
            }
        }
    }

    async fn name_controller(&self, annotation: &str, name: Option<&str>) -> Result {
        let patch = Patch::Merge(json!({"metadata": {"annotations": {annotation: name}}}));
        self.manifests()
            .patch(CLUSTER, &PatchParams::default(), &patch)
            .await?;
        Ok(())
    }

    async fn until_released(&self) -> Result {
        wait::until("the cluster is another controller's", async || {
            let manifest = self.manifests().get(CLUSTER).await?;
            let named = manifest.annotations().get(names::CONTROLLER_ANNOTATION);
            let is_other = named.is_some_and(|name| name == OTHER);
            ensure!(is_other, "{:?}", manifest.annotations());
            Ok(())
        })
        .await
    }

    async fn ask(&self, action: Value) -> Result {
        let uid = self.manifests().get(CLUSTER).await?.uid();
        let uid = uid.ok_or("no uid")?;
        let more = json!({"expect": {"primary": format!("{CLUSTER}-0")}});
        let mut object = operation(CLUSTER, &uid, action, api_server::USER, more);
        object["metadata"] = json!({"name": ASKED});
        let object: Asked = serde_json::from_value(object)?;
        Api::<Asked>::namespaced(self.client().clone(), &self.namespace)
            .create(&PostParams::default(), &object)
            .await?;
        Ok(())
    }

    async fn until_done(&self) -> Result {
        match self.operation.act {
            Act::Create(_) | Act::Patch(_) => self.until_running().await,
            Act::Ask(_) => {
                let api = Api::<Asked>::namespaced(self.client().clone(), &self.namespace);
                wait::until("the operation has ended", async || {
                    let status = api.get(ASKED).await?.status.unwrap_or_default();
                    ensure!(status.phase.is_final(), "{status:?}");
                    let message = &status.message;
                    ensure!(status.reason.as_deref() == Some("Done"), "{message:?}");
                    Ok(())
                })
                .await?;
                self.until_running().await
            }
            Act::Release => self.until_released().await,
            // It acts at once, and in two seconds it has.
            Act::Configure(_) | Act::Adopt => Ok(()),
            Act::Delete => {
                wait::until("the manifest is gone", async || {
                    let left = self.manifests().get_opt(CLUSTER).await?;
                    ensure!(left.is_none(), "it is there");
                    Ok(())
                })
                .await
            }
        }
    }

    /// Waits until the manifest is carried out.
    pub async fn until_running(&self) -> Result {
        wait::until(&format!("{} runs", self.namespace), async || {
            let manifest = self.manifests().get(CLUSTER).await?;
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

    /// Waits until nothing was written for a while.
    pub async fn until_quiet(&self) -> Result {
        let mut before = self.proxy.line.writes().len();
        loop {
            sleep(QUIET).await;
            let now = self.proxy.line.writes().len();
            if now == before {
                return Ok(());
            }
            before = now;
        }
    }

    /// Takes away what the run made.
    pub async fn end(&self) -> Result {
        self.process.stop().await;
        for manifest in self.manifests().list(&ListParams::default()).await? {
            let patch = Patch::Merge(json!({"metadata": {"finalizers": null}}));
            self.manifests()
                .patch(&manifest.name_any(), &PatchParams::default(), &patch)
                .await?;
        }
        Api::<Namespace>::all(self.client().clone())
            .delete(&self.namespace, &DeleteParams::background())
            .await?;
        self.ground.standin.forget(&self.namespace);
        Ok(())
    }
}

/// The operator configuration of a namespace, as installed.
pub(super) fn configuration(namespace: &str) -> Value {
    json!({
        "watched_namespace": namespace,
        "enable_finalizers": "false",
        "enable_secrets_deletion": "false",
        "enable_persistent_volume_claim_deletion": "false",
        "persistent_volume_claim_retention_policy": "when_deleted:retain,when_scaled:retain",
        "kubernetes_use_configmaps": "true",
        "enable_teams_api": "false",
        "enable_master_load_balancer": "false",
    })
}
