//! One test: its namespace, what it made, what is shown when it fails, and that nothing stays.

use std::{cell::RefCell, io::Write, time::Instant};

use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api,
    api::{DeleteParams, PostParams},
};
use serde_json::{Value, json};

use crate::{
    Result,
    cluster::Cluster,
    diagnosis,
    lab::Lab,
    site::{Hold, Place, Site},
};

/// A running test.
pub struct Test {
    name: String,
    /// Its namespace, the same in each context.
    pub namespace: String,
    sites: RefCell<Vec<(Site, Hold)>>,
    namespaces: RefCell<Vec<Site>>,
}

/// Runs a test. When it fails, the state of what it made is shown; what it made is removed, unless
/// it failed and KEEP is set.
pub fn run(body: impl AsyncFnOnce(&Test) -> Result) {
    let name = std::thread::current().name().unwrap_or("test").to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap_or_else(|error| panic!("no runtime: {error}"));
    runtime.block_on(async {
        let test = Test {
            name: name.clone(),
            namespace: namespace_for(&name),
            sites: RefCell::default(),
            namespaces: RefCell::default(),
        };
        let result = body(&test).await;
        let namespaces = test.namespaces.take();
        let kept = result.is_err() && std::env::var_os("KEEP").is_some_and(|keep| !keep.is_empty());
        if let Err(error) = result {
            for site in &namespaces {
                eprintln!("{}", diagnosis::of(site, &test.namespace).await);
            }
            if !kept {
                remove(&namespaces, &test.namespace).await;
            }
            told_last(&name, error.as_ref());
            panic!("{error}");
        }
        remove(&namespaces, &test.namespace).await;
    });
}

/// Where FAILURES names a file: what failed, to be shown behind everything that was printed.
fn told_last(name: &str, error: &dyn std::error::Error) {
    let Some(path) = std::env::var_os("FAILURES") else {
        return;
    };
    let file = std::fs::OpenOptions::new().append(true).open(path);
    let told = file.and_then(|mut file| writeln!(file, "{name}: {error}"));
    if let Err(error) = told {
        eprintln!("FAILURES: {error}");
    }
}

async fn remove(sites: &[Site], namespace: &str) {
    for site in sites {
        let api = Api::<Namespace>::all(site.client.clone());
        let deleted = api.delete(namespace, &DeleteParams::background()).await;
        let gone = matches!(&deleted, Err(kube::Error::Api(status)) if status.code == 404);
        if let (Err(error), false) = (deleted, gone) {
            eprintln!("{}: namespace {namespace} stays: {error}", site.context);
        }
    }
}

/// `scale::up_and_down` → `t-up-and-down-3f2a`.
fn namespace_for(test: &str) -> String {
    use std::hash::{BuildHasher, RandomState};
    let last = test.rsplit("::").next().unwrap_or(test);
    let words: String = last
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(40)
        .collect();
    let chance = RandomState::new().hash_one(Instant::now()) & 0xffff;
    format!("t-{}-{chance:04x}", words.trim_end_matches('-'))
}

impl Test {
    /// Whether there is no lab; then it says that the test is skipped, and CONTEXTS is the reason.
    pub fn lacks_lab(&self) -> bool {
        let lacks = Lab::here().is_none();
        if lacks {
            eprintln!("{}: skipped, it needs the lab (CONTEXTS is set)", self.name);
        }
        lacks
    }

    /// A Kubernetes cluster, beside other tests.
    pub async fn share(&self, place: Place) -> Result<Site> {
        self.hold(place, place.share().await).await
    }

    /// A Kubernetes cluster, alone.
    pub async fn take(&self, place: Place) -> Result<Site> {
        self.hold(place, place.take().await).await
    }

    async fn hold(&self, place: Place, hold: Hold) -> Result<Site> {
        let site = Site::open(place).await?;
        self.sites.borrow_mut().push((site.clone(), hold));
        Ok(site)
    }

    /// Makes the test's namespace there.
    pub async fn namespace_in(&self, site: &Site) -> Result {
        let known = |other: &Site| other.context == site.context;
        if self.namespaces.borrow().iter().any(known) {
            return Ok(());
        }
        let api = Api::<Namespace>::all(site.client.clone());
        let namespace = serde_json::from_value(json!({ "metadata": { "name": self.namespace } }))?;
        api.create(&PostParams::default(), &namespace).await?;
        self.namespaces.borrow_mut().push(site.clone());
        Ok(())
    }

    /// A Postgres cluster by its manifest, Running.
    pub async fn running(&self, site: &Site, name: &str, spec: Value) -> Result<Cluster> {
        let cluster = self.created(site, name, spec).await?;
        cluster.running().await?;
        Ok(cluster)
    }

    /// A Postgres cluster by its manifest.
    pub async fn created(&self, site: &Site, name: &str, spec: Value) -> Result<Cluster> {
        self.namespace_in(site).await?;
        Cluster::create(site, &self.namespace, name, None, spec).await
    }

    /// A manifest that names another controller, so that ours leaves it alone.
    pub async fn created_for(
        &self,
        site: &Site,
        name: &str,
        controller: &str,
        spec: Value,
    ) -> Result<Cluster> {
        self.namespace_in(site).await?;
        Cluster::create(site, &self.namespace, name, Some(controller), spec).await
    }
}
