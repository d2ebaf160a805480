//! One run: a namespace, a controller behind a proxy, one operation.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::try_join;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use pg_core::{names, postgresql::Postgresql, store::Store};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    Ground, Operation, Snapshot, difference,
    operations::{Act, BESIDE, CLUSTER, UNDONE},
    snapshot,
};
use crate::{
    Result, api_server, ensure,
    process::Process,
    proxy::{Fault, Proxy},
    standin::Postgres,
};

/// Another controller.
pub(super) const OTHER: &str = "other";
/// Nothing is written for so long: it was the last write.
const QUIET: Duration = Duration::from_secs(2);
/// A run that was disturbed is as the other within this time more, or never.
const DEADLINE: Duration = Duration::from_secs(45);

/// One run.
pub struct Run<'a> {
    ground: &'a Ground,
    pub(super) operation: &'a Operation,
    /// Where.
    pub namespace: String,
    /// The write after which the controller is killed.
    number: usize,
    /// Between the two.
    pub proxy: Proxy,
    /// The controller.
    pub process: Process,
    /// Databases, by cluster.
    postgres: BTreeMap<&'static str, Postgres>,
}

/// What came of a run in which nobody was killed.
#[derive(Debug)]
pub struct Peace {
    /// The end.
    pub end: Snapshot,
    /// Writes on the way.
    pub writes: Vec<String>,
    /// From the act to the end.
    pub took: Duration,
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
        settings["enable_finalizers"] = operation.finalizer.to_string().into();
        server.home(&namespace, settings).await?;
        let proxy = Proxy::start(server.client.clone()).await?;
        ground.standin.tell(&namespace, &proxy.line);
        ground.standin.take_orders(&proxy.line);
        if operation.ends == UNDONE {
            ground.standin.undoes_conversions(&namespace, CLUSTER);
        }
        let mut postgres = BTreeMap::new();
        let beside = operation.beside.map(|_| BESIDE);
        for cluster in [CLUSTER].into_iter().chain(beside) {
            let (name, line) = (format!("{namespace}-{cluster}"), Arc::clone(&proxy.line));
            let server = ground.template.start(&name, Some(line)).await?;
            ground.standin.serve(&namespace, cluster, server.port);
            postgres.insert(cluster, server);
        }
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
        if beside.is_some() {
            run.create_beside().await?;
            run.until_runs(BESIDE).await?;
            run.until_quiet().await?;
        }
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

    /// Nobody is killed.
    pub async fn in_peace(self) -> Result<Peace> {
        let began = Instant::now();
        self.proxy.line.arm(|_| false);
        self.act().await?;
        self.until_done().await?;
        self.until_quiet().await?;
        let writes = self.proxy.line.writes();
        let end = self.snapshot().await?;
        // To be read by people, where KEEP leaves it there.
        let objects = end.iter().map(|(name, text)| format!("{name} {text}\n"));
        let lines: Vec<String> = writes
            .iter()
            .map(|write| format!("{write}\n"))
            .chain(objects)
            .collect();
        std::fs::write(self.process.log.with_extension("end"), lines.concat())?;
        self.end().await?;
        Ok(Peace {
            end,
            writes,
            took: began.elapsed(),
        })
    }

    /// The controller is killed after its write of this number; false if it had fewer.
    pub async fn disturbed(self, peace: &Peace) -> Result<bool> {
        let (number, process) = (self.number, self.process.clone());
        self.proxy.line.arm(move |n| {
            let now = n == number;
            if now {
                process.kill();
            }
            now
        });
        // Whoever asks may wait for an answer before he asks for more.
        let ((), killed) = try_join!(self.act(), self.mended(peace))?;
        self.end().await?;
        Ok(killed)
    }

    /// Starts a controller that was killed again, until all is as in peace, and stays so; tells
    /// whether one was killed.
    async fn mended(&self, peace: &Peace) -> Result<bool> {
        let mut killed = false;
        let end = Instant::now() + DEADLINE + peace.took;
        let last = loop {
            if self.proxy.line.is_cut() {
                self.process.stop().await;
                killed = true;
                self.proxy.line.mend();
                self.process.start()?;
            }
            if let Some(how) = self.process.ended() {
                break format!("the controller ended by itself: {how}");
            }
            let found = self.snapshot().await?;
            match difference(&peace.end, &found) {
                None if self.stays(&peace.end).await? => return Ok(killed),
                Some(difference) if Instant::now() > end => break difference,
                _ => sleep(Duration::from_millis(200)).await,
            }
        };
        let writes = self.proxy.line.writes();
        let after = self.number.checked_sub(1).and_then(|at| writes.get(at));
        Err(format!(
            "{}: killed after write {} ({}); log: {}\n{last}",
            self.operation.name,
            self.number,
            after.map_or("", String::as_str),
            self.process.log.display()
        )
        .into())
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
        for (cluster, server) in &self.postgres {
            for (what, how) in server.contents().await? {
                all.insert(format!("sql of {cluster}: {what}"), how);
            }
        }
        if let Act::Rotate(role) = self.operation.act {
            let logs_in = self.logs_in(role).await?.to_string();
            all.insert(
                format!("{role} logs in with its Secret's password"),
                logs_in,
            );
            let writes = self.proxy.line.writes();
            let changed = |write: &&String| write.starts_with("PATCH secrets/");
            let changes = writes.iter().filter(changed).count();
            all.insert("changes of Secrets".to_owned(), changes.to_string());
        }
        let deletes = matches!(self.operation.act, Act::Delete(_));
        for (what, how) in self.ground.standin.history(&self.namespace) {
            // Which pod goes first is chance, and whoever is left leads for a moment.
            if deletes && !what.ends_with("created") {
                continue;
            }
            let what = format!("history of {}", snapshot::masked(&what));
            all.insert(what, snapshot::masked(&how));
        }
        Ok(all)
    }

    /// The database of one of its clusters.
    pub(super) fn server(&self, cluster: &str) -> Result<&Postgres> {
        let server = self.postgres.get(cluster);
        server.ok_or_else(|| format!("{cluster} has no database").into())
    }

    pub(super) fn client(&self) -> &Client {
        &self.ground.server.client
    }

    pub(super) fn manifests(&self) -> Api<Postgresql> {
        Api::namespaced(self.client().clone(), &self.namespace)
    }

    /// Where the member of the cluster beside it listens.
    pub(super) async fn address_beside(&self) -> Result<String> {
        let pods = Api::<Pod>::namespaced(self.client().clone(), &self.namespace);
        let status = pods.get(&format!("{BESIDE}-0")).await?.status;
        let address = status.and_then(|status| status.pod_ip);
        address.ok_or_else(|| format!("{BESIDE}-0 has no address").into())
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
        "enable_finalizers": "true",
        "enable_secrets_deletion": "false",
        "enable_persistent_volume_claim_deletion": "false",
        "persistent_volume_claim_retention_policy": "when_deleted:retain,when_scaled:retain",
        "kubernetes_use_configmaps": "true",
        "enable_teams_api": "false",
        "enable_master_load_balancer": "false",
    })
}
