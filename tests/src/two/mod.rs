//! Two Kubernetes clusters for rollouts: real controllers, API servers and plugin; pods and Patroni
//! are stand-ins.

pub mod drivers;
pub mod gates;
pub mod team;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use kube::{Api, ResourceExt, api::PostParams};
use pg_core::{
    operation::{Operation, Phase},
    postgresql::{Postgresql, status::Health},
    rollout::{Desired, Rollout},
    rollup::Rollup,
};
use serde_json::json;

use crate::{
    Result,
    api_server::{self, ApiServer, TOKEN, USER},
    crowd::configuration,
    ensure, manifest,
    plugin::{Ended, Plugin},
    process::Process,
    proxy::Proxy,
    standin::StandIn,
    wait,
};

/// The namespace of the controllers.
pub const HOME: &str = "home";
/// The namespace of the Postgres clusters.
pub const TEAM: &str = "team";
/// The names of the two.
pub const PLACES: [&str; 2] = ["east", "west"];
const NAMES: [&str; 2] = ["one", "two"];
/// Of a person who does not want to wait.
pub const QUICK: &str = "--soak 0 --yes --expect-count 4";

/// One Kubernetes cluster.
pub struct Site {
    /// Its API server.
    pub server: ApiServer,
    /// Its pods and Patroni.
    pub standin: Arc<StandIn>,
    /// Between the plugin and the API server.
    pub proxy: Proxy,
    _controller: Process,
}

impl Site {
    async fn start() -> Result<Self> {
        let server = ApiServer::start().await?;
        let standin = StandIn::start(server.client.clone());
        server.home(HOME, configuration()).await?;
        server.namespace(TEAM).await?;
        let own = server.directory.join("own");
        api_server::write_kubeconfig(&own, &format!("https://{}", server.address))?;
        let log = server.directory.join("controller.log");
        let controller = Process::new(HOME, "first", own, log)?;
        controller.start()?;
        let proxy = Proxy::start(server.client.clone()).await?;
        let site = Self {
            server,
            standin,
            proxy,
            _controller: controller,
        };
        let api = Api::<Postgresql>::namespaced(site.server.client.clone(), TEAM);
        for name in NAMES {
            let object = json!({"metadata": {"name": name}, "spec": manifest::members(2)});
            api.create(&PostParams::default(), &serde_json::from_value(object)?)
                .await?;
        }
        Ok(site)
    }

    async fn until_healthy(&self) -> Result {
        let api = Api::<Postgresql>::namespaced(self.server.client.clone(), TEAM);
        wait::until("all are healthy", async || {
            for one in api.list(&Default::default()).await? {
                let status = one.status.clone().unwrap_or_default();
                ensure!(
                    status.health == Some(Health::Healthy),
                    "{}: {status:?}",
                    one.name_any()
                );
                ensure!(status.postgres_cluster_status == "Running", "{status:?}");
            }
            let report = Api::<Rollup>::all(self.server.client.clone())
                .get("local")
                .await?;
            ensure!(
                report.spec.observed_at.is_some(),
                "the controller has not reported"
            );
            Ok(())
        })
        .await
    }

    /// Its slices of rollouts.
    pub fn slices(&self) -> Api<Rollout> {
        Api::namespaced(self.server.client.clone(), TEAM)
    }

    /// Of a rollout, its operations here.
    pub async fn operations(&self, id: &str) -> Result<Vec<Operation>> {
        let api = Api::<Operation>::namespaced(self.server.client.clone(), TEAM);
        let mut all = api.list(&Default::default()).await?.items;
        all.retain(|one| one.spec.rollout.as_ref().is_some_and(|of| of.id == id));
        Ok(all)
    }

    /// How often Patroni was asked to restart each member.
    fn starts(&self) -> BTreeMap<String, String> {
        let mut all = self.standin.history(TEAM);
        all.retain(|what, _| what.contains("/restart of"));
        all
    }
}

/// Two of them, and kubeconfigs that lead there.
pub struct Two {
    /// Each in its place.
    pub sites: [Site; 2],
    /// Where its files lie.
    pub directory: PathBuf,
}

impl Two {
    /// Two with two healthy Postgres clusters each.
    pub async fn start() -> Result<Self> {
        let sites = [Site::start().await?, Site::start().await?];
        for site in &sites {
            site.until_healthy().await?;
        }
        let directory = sites[0].server.directory.clone();
        Ok(Self { sites, directory })
    }

    /// A plugin with these contexts, each to a site, directly or through its proxy.
    pub fn plugin(&self, contexts: &[(&str, usize)], through_proxy: bool) -> Result<Plugin> {
        let name: Vec<&str> = contexts.iter().map(|(name, _)| *name).collect();
        let path = self
            .directory
            .join(format!("kubeconfig-{}-{through_proxy}", name.join("-")));
        let url = |site: &Site| match through_proxy {
            true => site.proxy.url.clone(),
            false => format!("https://{}", site.server.address),
        };
        let clusters = contexts.iter().map(|(name, at)| {
            json!({"name": name, "cluster": {"server": url(&self.sites[*at]), "insecure-skip-tls-verify": true}})
        });
        let entries = contexts
            .iter()
            .map(|(name, _)| json!({"name": name, "context": {"cluster": name, "user": USER}}));
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": contexts[0].0,
            "clusters": clusters.collect::<Vec<_>>(),
            "users": [{"name": USER, "user": {"token": TOKEN}}],
            "contexts": entries.collect::<Vec<_>>(),
        });
        std::fs::write(&path, config.to_string())?;
        Plugin::with_kubeconfig(Some(Path::new(&path)))
    }

    /// One that knows both.
    pub fn both(&self) -> Result<Plugin> {
        self.plugin(&[("east", 0), ("west", 1)], false)
    }

    /// Somebody else's machine: other names for the same.
    pub fn other_names(&self) -> Result<Plugin> {
        self.plugin(&[("b", 1), ("a", 0)], false)
    }

    /// The rollout that has not ended.
    pub async fn open(&self) -> Result<Option<String>> {
        for site in &self.sites {
            for slice in site.slices().list(&Default::default()).await? {
                let control = &slice.spec.control;
                if control.finished_at.is_none() && control.desired != Desired::Abort {
                    return Ok(Some(slice.name_any()));
                }
            }
        }
        Ok(None)
    }

    /// Of a rollout, all operations.
    pub async fn operations(&self, id: &str) -> Result<Vec<Operation>> {
        let mut all = Vec::new();
        for site in &self.sites {
            all.extend(site.operations(id).await?);
        }
        Ok(all)
    }

    /// How often Patroni was asked to restart each member, in each place.
    pub fn starts(&self) -> Vec<BTreeMap<String, String>> {
        self.sites.iter().map(Site::starts).collect()
    }
}

/// How far an operation is.
pub fn phase(operation: &Operation) -> Phase {
    operation
        .status
        .as_ref()
        .map(|it| it.phase)
        .unwrap_or_default()
}

/// The id in what a rollout says first.
pub fn id_of(ended: &Ended) -> Result<String> {
    let lines = ended.stderr.lines();
    let mut ids = lines.filter_map(|line| line.strip_prefix("rollout "));
    Ok(ids.next().ok_or(format!("no id: {ended:?}"))?.to_owned())
}

/// Each member was restarted once more.
pub fn once_more(
    before: &[BTreeMap<String, String>],
    after: &[BTreeMap<String, String>],
) -> Result {
    for (before, after) in before.iter().zip(after) {
        ensure!(
            after.len() == 4,
            "four members, of which these were restarted: {after:?}"
        );
        for (what, count) in after {
            let was: u32 = before.get(what).map_or(Ok(0), |it| it.parse())?;
            let now: u32 = count.parse()?;
            ensure!(now == was + 1, "{what}: {was} times before, {now} after");
        }
    }
    Ok(())
}
