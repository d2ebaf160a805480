//! Many Postgres clusters under one controller: pods and Patroni are stand-ins, the API server is
//! real. Numbers only; who judges them is elsewhere.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::core::v1::{ConfigMap, Secret, Service};
use kube::{
    Api, Client, ResourceExt,
    api::{ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams},
};
use pg_core::postgresql::{Postgresql, status::Health};
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use crate::{
    Result, api_server, api_server::ApiServer, bare, ensure, manifest, process::Process,
    proxy::Proxy, standin::StandIn, wait,
};

const NAMESPACE: &str = "crowd";
const MEMBERS: i64 = 2;
const PATIENCE: Duration = Duration::from_secs(600);
/// What an edit writes, and the controller copies to the Service.
const MARK: &str = "pgfleet.io/edit";

/// Many clusters.
pub struct Crowd {
    server: ApiServer,
    proxy: Proxy,
    standin: Arc<StandIn>,
    /// The controller.
    pub process: Process,
    names: Vec<String>,
    stuck: usize,
    marks: watch::Receiver<HashMap<String, (String, Instant)>>,
}

/// A controller that was started again.
#[derive(Clone, Copy, Debug)]
pub struct Restart {
    /// Seconds until it had looked at all clusters.
    pub observed: f64,
    /// Writes until then and some time after.
    pub writes: usize,
}

/// The operator configuration for many clusters.
pub fn configuration() -> Value {
    json!({
        "watched_namespace": "*",
        "kubernetes_use_configmaps": "true",
        "enable_master_load_balancer": "false",
        "enable_teams_api": "false",
        "enable_finalizers": "true",
        // One PostgreSQL for all would be the bottleneck; none is asked.
        "enable_database_access": "false",
    })
}

impl Crowd {
    /// Makes so many clusters, all Running, of which the last `stuck` then take connections and
    /// answer nothing.
    pub async fn start(count: usize, stuck: usize) -> Result<Self> {
        let server = ApiServer::start().await?;
        let standin = StandIn::start(server.client.clone());
        let proxy = Proxy::start(server.client.clone()).await?;
        let client = server.client.clone();
        server.home(NAMESPACE, configuration()).await?;
        let kubeconfig = server.directory.join("proxied");
        api_server::write_kubeconfig(&kubeconfig, &proxy.url)?;
        let log = server.directory.join("controller.log");
        let process = Process::new(NAMESPACE, "first", kubeconfig, log)?;
        let (sender, marks) = watch::channel(HashMap::new());
        tokio::spawn(follow_marks(client, sender));
        let crowd = Self {
            names: (0..count).map(|n| format!("db-{n:03}")).collect(),
            server,
            proxy,
            standin,
            process,
            stuck,
            marks,
        };
        crowd.process.start()?;
        crowd.make().await?;
        Ok(crowd)
    }

    fn manifests(&self) -> Api<Postgresql> {
        Api::namespaced(self.server.client.clone(), NAMESPACE)
    }

    async fn make(&self) -> Result {
        let api = self.manifests();
        stream::iter(self.names.iter().map(Ok))
            .try_for_each_concurrent(8, async |name| {
                let spec = manifest::members(MEMBERS);
                let object = json!({"metadata": {"name": name}, "spec": spec});
                api.create(&PostParams::default(), &serde_json::from_value(object)?)
                    .await?;
                Ok::<_, crate::Error>(())
            })
            .await?;
        self.until("all are healthy", self.names.len()).await?;
        for name in &self.names[self.names.len() - self.stuck..] {
            self.standin.gets_stuck(NAMESPACE, name);
        }
        self.until("the stuck ones show", self.names.len() - self.stuck)
            .await?;
        self.until_quiet().await
    }

    async fn until(&self, what: &str, healthy: usize) -> Result {
        wait::until_within(what, PATIENCE, async || {
            let list = self.manifests().list(&ListParams::default()).await?;
            let are = list
                .iter()
                .filter_map(|one| one.status.as_ref())
                .filter(|status| status.health == Some(Health::Healthy))
                .count();
            ensure!(are == healthy, "{are} of {healthy}");
            Ok(())
        })
        .await
    }

    async fn until_quiet(&self) -> Result {
        wait::until_within("nothing is written any more", PATIENCE, async || {
            let before = self.proxy.line.writes().len();
            sleep(Duration::from_secs(5)).await;
            let writes = self.proxy.line.writes();
            ensure!(before == writes.len(), "{:?}", writes.last());
            Ok(())
        })
        .await
    }

    /// Edits one manifest; seconds until the first child was written.
    async fn edit(&self, name: &str, mark: &str) -> Result<f64> {
        let patch = json!({"spec": {"serviceAnnotations": {MARK: mark}}});
        let began = Instant::now();
        self.manifests()
            .patch(name, &PatchParams::default(), &Patch::Merge(&patch))
            .await?;
        let mut marks = self.marks.clone();
        let seen = marks.wait_for(|marks| marks.get(name).is_some_and(|(is, _)| is == mark));
        let seen = timeout(Duration::from_secs(60), seen)
            .await
            .map_err(|_| format!("{name}: no child was written within 60 s of the edit"))??;
        let at = seen.get(name).map_or(began, |(_, at)| *at);
        Ok(at.duration_since(began).as_secs_f64())
    }

    fn alive(&self) -> &[String] {
        &self.names[..self.names.len() - self.stuck]
    }

    /// So many edits of clusters that are not stuck, one each `pause`; seconds of each.
    pub async fn edits(&self, count: usize, pause: Duration) -> Result<Vec<f64>> {
        let begun = Instant::now();
        let one = async |n: usize| {
            sleep(pause * u32::try_from(n)?).await;
            let name = &self.alive()[n * 7 % self.alive().len()];
            self.edit(name, &format!("{n}-{:?}", begun.elapsed())).await
        };
        stream::iter(0..count)
            .map(one)
            .buffer_unordered(count)
            .try_collect()
            .await
    }

    /// The same of ConfigMaps, with a loop that copies from one to another in the controller's
    /// place; seconds of each.
    pub async fn bare_edits(&self, count: usize, pause: Duration) -> Result<Vec<f64>> {
        bare::edits(&self.server.client, "default", count, pause).await
    }

    /// Kills the controller once it has nothing left to write, and starts it again.
    pub async fn restart(&self) -> Result<Restart> {
        self.until_quiet().await?;
        self.process.stop().await;
        self.proxy.line.arm(|_| false);
        self.process.start()?;
        let observed = self.observed().await?;
        sleep(Duration::from_secs(10)).await;
        let writes = self.proxy.line.writes();
        for write in writes.iter().take(5) {
            eprintln!("crowd: written after a restart: {write}");
        }
        Ok(Restart {
            observed,
            writes: writes.len(),
        })
    }

    /// What is written in so long, while nobody asks for anything, and how often is read.
    pub async fn steady(&self, time: Duration) -> (Vec<String>, usize) {
        self.proxy.line.arm(|_| false);
        sleep(time).await;
        (self.proxy.line.writes(), self.proxy.line.reads())
    }

    /// Kills the controller, starts it again, and edits while it lists; seconds of each edit.
    pub async fn edits_at_start(&self, count: usize, pause: Duration) -> Result<Vec<f64>> {
        self.process.stop().await;
        self.process.start()?;
        self.edits(count, pause).await
    }

    /// Seconds from now until the controller has looked at every cluster.
    async fn observed(&self) -> Result<f64> {
        let began = Instant::now();
        let all = self.names.len();
        loop {
            let looks = self.process.metric("pg_fleet_reconciles_total").await;
            if looks.is_ok_and(|looks| looks >= all as f64) {
                return Ok(began.elapsed().as_secs_f64());
            }
            ensure!(began.elapsed() < PATIENCE, "it has not looked at all");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Kills the controller while another one stands by; seconds until that one carries out an
    /// edit. The other one is the controller from then on.
    pub async fn take_over(&mut self) -> Result<f64> {
        let (kubeconfig, log) = (
            self.server.directory.join("proxied"),
            self.server.directory.join("second.log"),
        );
        let second = Process::new(NAMESPACE, "second", kubeconfig, log)?;
        let needed = self.process.metric("pg_fleet_lists_read").await?;
        second.start()?;
        wait::until("the second one has listed everything", async || {
            let lists = second.metric("pg_fleet_lists_read").await?;
            // As many as the first one has read.
            let all = lists >= needed;
            ensure!(all, "{lists} lists of {needed}");
            Ok(())
        })
        .await?;
        // Just renewed: the longest wait there is.
        sleep(Duration::from_secs(1)).await;
        self.process.stop().await;
        self.process = second;
        self.edit(&self.names[0], "taken over").await
    }

    /// Makes so many Secrets, and as many ConfigMaps, that are nobody's business here.
    pub async fn make_foreign(&self, count: usize) -> Result {
        let client = self.server.client.clone();
        let secrets = Api::<Secret>::namespaced(client.clone(), "default");
        let maps = Api::<ConfigMap>::namespaced(client, "default");
        stream::iter((0..count).map(Ok))
            .try_for_each_concurrent(16, async |n| {
                let name = format!("foreign-{n}");
                let text = "x".repeat(1000);
                let object = json!({"metadata": {"name": name}, "stringData": {"text": text}});
                secrets
                    .create(&PostParams::default(), &serde_json::from_value(object)?)
                    .await?;
                let object = json!({"metadata": {"name": name}, "data": {"text": text}});
                maps.create(&PostParams::default(), &serde_json::from_value(object)?)
                    .await?;
                Ok::<_, crate::Error>(())
            })
            .await
    }
}

/// Tells which mark each Service carries, and when it was first seen there.
async fn follow_marks(client: Client, marks: watch::Sender<HashMap<String, (String, Instant)>>) {
    let api = Api::<Service>::namespaced(client, NAMESPACE);
    loop {
        let Ok(stream) = api.watch(&WatchParams::default(), "0").await else {
            sleep(Duration::from_millis(200)).await;
            continue;
        };
        let mut stream = stream.boxed();
        while let Ok(Some(event)) = stream.try_next().await {
            if let WatchEvent::Added(service) | WatchEvent::Modified(service) = event
                && let Some(mark) = service.annotations().get(MARK)
            {
                let name = service.name_any().trim_end_matches("-repl").to_owned();
                marks.send_if_modified(|all| {
                    let is_new = all.get(&name).is_none_or(|(known, _)| known != mark);
                    if is_new {
                        all.insert(name, (mark.clone(), Instant::now()));
                    }
                    is_new
                });
            }
        }
    }
}
