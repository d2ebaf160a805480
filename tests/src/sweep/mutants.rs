//! Manifests with one thing wrong: each is rejected or shown, nothing falls over, nothing of it is
//! executed, and the good manifest heals.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, stream};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{Ground, run::configuration};
use crate::{
    Result, ensure,
    mutation::{Chance, INJECTED, good, mutated},
    process::Process,
};

const NAMESPACE: &str = "mutants";
/// Rejected by then, or shown; longer than windows of a good one are closed.
const PATIENCE: Duration = Duration::from_secs(90);

/// What became of all.
#[derive(Debug, Default)]
pub struct Mutants {
    /// The API server refused them.
    pub rejected: usize,
    /// A condition says what is wrong.
    pub shown: usize,
    /// They are carried out: what was wrong does not matter.
    pub carried_out: usize,
    /// What should not be, each.
    pub wrong: Vec<String>,
}

enum Fate {
    Rejected,
    Shown,
    CarriedOut,
}

/// What the good manifest brought back.
enum Healed {
    Wholly,
    /// All but a volume that has grown meanwhile: it stays as it is, and that is said.
    ButTheVolume,
}

impl Ground {
    /// So many, on some clusters side by side.
    pub async fn mutate(&self, count: usize, seed: u64, clusters: usize) -> Result<Mutants> {
        let mut chance = Chance(seed);
        let all = (0..count).map(|_| mutated(&mut chance)).collect();
        self.mutate_with(all, clusters).await
    }

    /// These, each with what is wrong with it.
    pub async fn mutate_with(&self, all: Vec<(String, Value)>, clusters: usize) -> Result<Mutants> {
        let count = all.len();
        self.server
            .home(NAMESPACE, configuration(NAMESPACE))
            .await?;
        // Each lane has one of its own: roles and databases are the whole server's.
        let mut servers = Vec::new();
        for lane in 0..clusters {
            servers.push(
                self.template
                    .start(&format!("{NAMESPACE}-{lane}"), None)
                    .await?,
            );
        }
        let log = self.server.directory.join("mutants.log");
        let kubeconfig = self.server.kubeconfig.clone();
        let process = Arc::new(Process::new(NAMESPACE, "mutants", kubeconfig, log)?);
        process.start()?;

        let suffered = AtomicUsize::new(0);
        let lanes = (0..clusters).map(async |lane| {
            let mut cluster: Option<String> = None;
            let mut fates = Vec::new();
            for (turn, (what, spec)) in all.iter().skip(lane).step_by(clusters).enumerate() {
                let name = match cluster.take() {
                    Some(name) => name,
                    None => {
                        let name = format!("m{lane}-{turn}");
                        if let Some(server) = servers.get(lane) {
                            self.standin.serve(NAMESPACE, &name, server.port);
                        }
                        if let Err(error) = self.create(&name).await {
                            fates.push((format!("the good one before {what}"), Err(error)));
                            continue;
                        }
                        name
                    }
                };
                let fate = self.suffer_mutant(&name, spec).await;
                // What one left behind says nothing of the next.
                cluster = matches!(fate, Ok((_, Healed::Wholly))).then_some(name);
                fates.push((what.clone(), fate.map(|(fate, _)| fate)));
                let so_far = suffered.fetch_add(1, Ordering::Relaxed) + 1;
                if so_far.is_multiple_of(100) {
                    eprintln!("mutations: {so_far} of {count}");
                }
            }
            fates
        });
        let fates: Vec<_> = stream::iter(lanes)
            .buffer_unordered(clusters)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .flatten()
            .collect();
        let mut mutants = Mutants::default();
        for (what, fate) in fates {
            match fate {
                Ok(Fate::Rejected) => mutants.rejected += 1,
                Ok(Fate::Shown) => mutants.shown += 1,
                Ok(Fate::CarriedOut) => mutants.carried_out += 1,
                Err(error) => mutants.wrong.push(format!("{what}: {error}")),
            }
        }
        if let Some(how) = process.ended() {
            mutants.wrong.push(format!("the controller ended: {how}"));
        }
        for server in &servers {
            let traces = server.named(INJECTED).await?;
            if !traces.is_empty() {
                let found = traces.join(", ");
                mutants
                    .wrong
                    .push(format!("a statement was injected: {found}"));
            }
        }
        process.stop().await;
        Ok(mutants)
    }

    async fn create(&self, name: &str) -> Result {
        let body = json!({
            "apiVersion": "acid.zalan.do/v1",
            "kind": "postgresql",
            "metadata": {"name": name},
            "spec": good(),
        });
        let request = http::Request::post(collection())
            .header("content-type", "application/json")
            .body(body.to_string().into_bytes())?;
        self.server.client.request::<Value>(request).await?;
        self.healed(name).await.map(drop)
    }

    /// One, and the good one after it.
    async fn suffer_mutant(&self, name: &str, spec: &Value) -> Result<(Fate, Healed)> {
        let generation = match self.replace(name, spec).await {
            Ok(generation) => generation,
            Err(kube::Error::Api(status)) if (400..500).contains(&status.code) => {
                return Ok((Fate::Rejected, Healed::Wholly));
            }
            Err(error) => return Err(error.into()),
        };
        let fate = self.fate(name, generation).await?;
        self.replace(name, &good()).await?;
        Ok((fate, self.healed(name).await?))
    }

    async fn replace(&self, name: &str, spec: &Value) -> Result<Option<i64>, kube::Error> {
        let patch = json!([{"op": "replace", "path": "/spec", "value": spec}]);
        let request = kube::core::Request::new(collection())
            .patch(
                name,
                &PatchParams::default(),
                &Patch::<()>::Json(serde_json::from_value(patch).map_err(kube::Error::SerdeError)?),
            )
            .map_err(kube::Error::BuildRequest)?;
        let object: Value = self.server.client.request(request).await?;
        Ok(object["metadata"]["generation"].as_i64())
    }

    async fn fate(&self, name: &str, generation: Option<i64>) -> Result<Fate> {
        let end = Instant::now() + PATIENCE;
        loop {
            let status = self.status(name).await?;
            if status["observedGeneration"].as_i64() >= generation {
                if !complaints(&status).is_empty() {
                    return Ok(Fate::Shown);
                }
                if status["PostgresClusterStatus"] == "Running" {
                    return Ok(Fate::CarriedOut);
                }
            }
            ensure!(Instant::now() < end, "nobody says anything: {status}");
            sleep(Duration::from_millis(100)).await;
        }
    }

    async fn healed(&self, name: &str) -> Result<Healed> {
        let end = Instant::now() + PATIENCE;
        loop {
            let object = self.object(name).await?;
            let status = &object["status"];
            if status["observedGeneration"] == object["metadata"]["generation"]
                && status["PostgresClusterStatus"] == "Running"
            {
                match complaints(status).as_slice() {
                    [] => return Ok(Healed::Wholly),
                    [one] if one.ends_with("volumes do not shrink") => {
                        return Ok(Healed::ButTheVolume);
                    }
                    _ => {}
                }
            }
            ensure!(Instant::now() < end, "the good one does not heal: {status}");
            sleep(Duration::from_millis(100)).await;
        }
    }

    async fn object(&self, name: &str) -> Result<Value> {
        let path = format!("{}/{name}", collection());
        let request = http::Request::get(path).body(Vec::new())?;
        Ok(self.server.client.request(request).await?)
    }

    async fn status(&self, name: &str) -> Result<Value> {
        Ok(self.object(name).await?["status"].clone())
    }
}

fn collection() -> String {
    format!("/apis/acid.zalan.do/v1/namespaces/{NAMESPACE}/postgresqls")
}

/// What conditions say that is not well, or that a part was left out, and why.
fn complaints(status: &Value) -> Vec<&str> {
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let ill = conditions.filter(|condition| {
        let (type_, is) = (&condition["type"], &condition["status"]);
        let in_part = ["Invalid", "Skipped", "Altered"]
            .iter()
            .any(|one| type_ == one)
            && is == "True";
        (type_ == "Ready" && is == "False") || in_part
    });
    ill.filter_map(|condition| condition["message"].as_str())
        .filter(|why| !why.is_empty())
        .collect()
}
