//! A sample of the crash sweep on real pods: the controller is a process of this machine behind the
//! sweep's proxy, and is killed after single writes. `make sweep` does it after every write of every
//! operation, with stand-ins for pods.

use std::{path::PathBuf, time::Duration};

use pg_tests::{
    Result, api_server,
    cluster::Cluster,
    controller, ensure, manifest,
    process::Process,
    proxy::Proxy,
    site::{Place, Site, Who},
    test::run,
};
use serde_json::json;
use tokio::time::sleep;

/// The user that the installed controller is.
const USER: &str = "system:serviceaccount:pg-fleet:pg-fleet";
/// In an order that has early and late ones among the first, for each act.
const AFTER: [usize; 3] = [2, 1, 4];
/// Nothing more is done after that.
const QUIET: Duration = Duration::from_secs(5);

/// Members come and go, and are restarted, while the controller is killed after a write: each is
/// done once, and no pod goes that need not.
#[test]
fn killed_after_single_writes() {
    run(async |test| {
        // Pods are reached from this machine.
        if test.lacks_lab() {
            return Ok(());
        }
        let east = test.take(Place::East).await?;
        let cluster = test.running(&east, "main", manifest::members(1)).await?;
        controller::scale(&east, 0).await?;
        let result = sample(&east, &cluster).await;
        controller::restore(&east).await?;
        result
    });
}

async fn sample(site: &Site, cluster: &Cluster) -> Result {
    let controller = Killed::start(site, cluster).await?;
    for (n, after) in AFTER.into_iter().enumerate() {
        let pods = cluster.incarnations().await?;
        let grow = async || members(cluster, 2).await;
        controller.through(Some(after), grow).await?;
        kept(cluster, &pods).await?;
        let claims = cluster.claims().await?;
        ensure!(claims == ["pgdata-main-0", "pgdata-main-1"], "{claims:?}");

        let (pods, began) = (cluster.incarnations().await?, started(cluster).await?);
        let restart = async || {
            let name = cluster.ask(json!({"restart": {}}), json!({})).await?;
            Ok(Some(name))
        };
        controller.through(Some(after), restart).await?;
        ensure!(cluster.incarnations().await? == pods, "a pod was restarted");
        let restarted = started(cluster).await?;
        let anew = began.iter().zip(&restarted).all(|(old, new)| old != new);
        ensure!(anew, "since {began:?} and still {restarted:?}");
        sleep(QUIET).await;
        ensure!(started(cluster).await? == restarted, "restarted twice");

        // One goes again for the next round, with nobody killed.
        if n + 1 < AFTER.len() {
            let pods = &pods[..1];
            controller
                .through(None, async || members(cluster, 1).await)
                .await?;
            kept(cluster, pods).await?;
        }
    }
    controller.process.stop().await;
    Ok(())
}

async fn members(cluster: &Cluster, count: i64) -> Result<Option<String>> {
    let patch = json!({ "spec": { "numberOfInstances": count } });
    cluster.patch(patch).await?;
    Ok(None)
}

/// The pods that were there are there.
async fn kept(cluster: &Cluster, pods: &[String]) -> Result {
    let now = cluster.incarnations().await?;
    let kept = pods.iter().all(|pod| now.contains(pod));
    ensure!(kept, "a pod was restarted: {pods:?}, now {now:?}");
    Ok(())
}

/// Since when each PostgreSQL runs.
async fn started(cluster: &Cluster) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for member in ["main-0", "main-1"] {
        let at = cluster.sql(member, "SELECT pg_postmaster_start_time()");
        all.push(at.await?);
    }
    Ok(all)
}

/// A controller that can be killed after a write, in place of the installed one.
struct Killed<'a> {
    cluster: &'a Cluster,
    proxy: Proxy,
    process: Process,
    directory: PathBuf,
}

impl Drop for Killed<'_> {
    fn drop(&mut self) {
        self.process.kill();
        if std::env::var_os("KEEP").is_none() {
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }
}

impl<'a> Killed<'a> {
    async fn start(site: &Site, cluster: &'a Cluster) -> Result<Self> {
        let directory = std::env::temp_dir().join(&cluster.namespace);
        std::fs::create_dir_all(&directory)?;
        let proxy = Proxy::start(site.client_as(Who::User(USER)).await?).await?;
        let kubeconfig = directory.join("kubeconfig");
        api_server::write_kubeconfig(&kubeconfig, &proxy.url)?;
        let log = directory.join("log");
        let process = Process::new(controller::NAMESPACE, "killed", kubeconfig, log)?;
        process.start()?;
        Ok(Self {
            cluster,
            proxy,
            process,
            directory,
        })
    }

    /// Asks for something, which may be an operation, and waits until it has come about, though the
    /// controller is killed after so many writes.
    async fn through(
        &self,
        after: Option<usize>,
        act: impl AsyncFnOnce() -> Result<Option<String>>,
    ) -> Result {
        let process = self.process.clone();
        self.proxy.line.arm(move |n| {
            let now = Some(n) == after;
            if now {
                process.kill();
            }
            now
        });
        let done = async {
            if let Some(name) = act().await? {
                let status = self.cluster.ended(&name).await?;
                ensure!(status.reason.as_deref() == Some("Done"), "{status:?}");
            }
            self.cluster.running().await
        };
        let (mut done, mut killed) = (std::pin::pin!(done), false);
        loop {
            tokio::select! {
                result = &mut done => {
                    result?;
                    break;
                }
                () = sleep(Duration::from_millis(100)) => killed |= self.mend().await?,
            }
        }
        // It may die of its last word.
        let mut before = 0;
        while before != self.proxy.line.writes().len() {
            before = self.proxy.line.writes().len();
            sleep(QUIET).await;
            killed |= self.mend().await?;
        }
        ensure!(killed == after.is_some(), "only {before} writes");
        self.cluster.running().await.map(drop)
    }

    /// Starts it again where it was killed, and tells whether it was.
    async fn mend(&self) -> Result<bool> {
        if self.proxy.line.is_cut() {
            self.process.stop().await;
            self.proxy.line.mend();
            self.process.start()?;
            return Ok(true);
        }
        let ended = self.process.ended();
        ensure!(ended.is_none(), "it ended by itself: {ended:?}");
        Ok(false)
    }
}
