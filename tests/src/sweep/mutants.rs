//! Manifests with one thing wrong: each is rejected or shown, nothing falls over, nothing of it is
//! executed, and the good manifest heals.

use std::{sync::Arc, time::Duration};

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
/// Rejected by then, or shown.
const PATIENCE: Duration = Duration::from_secs(60);

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

impl Ground {
    /// So many, on some clusters side by side.
    pub async fn mutate(&self, count: usize, seed: u64, clusters: usize) -> Result<Mutants> {
        self.server
            .home(NAMESPACE, configuration(NAMESPACE))
            .await?;
        let postgres = self.template.start(NAMESPACE, None).await?;
        self.standin.serve(NAMESPACE, "", postgres.port);
        let log = self.server.directory.join("mutants.log");
        let kubeconfig = self.server.kubeconfig.clone();
        let process = Arc::new(Process::new(NAMESPACE, "mutants", kubeconfig, log)?);
        process.start()?;

        let mut chance = Chance(seed);
        let all: Vec<(String, Value)> = (0..count).map(|_| mutated(&mut chance)).collect();
        let lanes = (0..clusters).map(async |lane| {
            let name = format!("m{lane}");
            let mut fates = vec![("good".to_owned(), self.create(&name).await)];
            for (what, spec) in all.iter().skip(lane).step_by(clusters) {
                fates.push((what.clone(), self.suffer_mutant(&name, spec).await));
            }
            fates
        });
        let fates: Vec<_> = stream::iter(lanes)
            .buffer_unordered(clusters)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .flatten()
            .filter(|(what, fate)| what != "good" || fate.is_err())
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
        let traces = postgres.named(INJECTED).await?;
        if !traces.is_empty() {
            let found = traces.join(", ");
            mutants
                .wrong
                .push(format!("a statement was injected: {found}"));
        }
        process.stop().await;
        Ok(mutants)
    }

    async fn create(&self, name: &str) -> Result<Fate> {
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
        self.healed(name).await
    }

    /// One, and the good one after it.
    async fn suffer_mutant(&self, name: &str, spec: &Value) -> Result<Fate> {
        let generation = match self.replace(name, spec).await {
            Ok(generation) => generation,
            Err(kube::Error::Api(status)) if (400..500).contains(&status.code) => {
                return Ok(Fate::Rejected);
            }
            Err(error) => return Err(error.into()),
        };
        let fate = self.fate(name, generation).await?;
        self.replace(name, &good()).await?;
        let _ = self.healed(name).await?;
        Ok(fate)
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
                if status["PostgresClusterStatus"] == "Running" && !has_complaint(&status) {
                    return Ok(Fate::CarriedOut);
                }
                if has_complaint(&status) {
                    return Ok(Fate::Shown);
                }
            }
            ensure!(Instant::now() < end, "nobody says anything: {status}");
            sleep(Duration::from_millis(100)).await;
        }
    }

    async fn healed(&self, name: &str) -> Result<Fate> {
        let end = Instant::now() + PATIENCE;
        loop {
            let object = self.object(name).await?;
            let status = &object["status"];
            if status["observedGeneration"] == object["metadata"]["generation"]
                && status["PostgresClusterStatus"] == "Running"
                && !has_complaint(status)
            {
                return Ok(Fate::CarriedOut);
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

/// Whether a condition says that not all is well, or that a part was left out, and why.
fn has_complaint(status: &Value) -> bool {
    let conditions = status["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| {
        let (type_, is) = (&condition["type"], &condition["status"]);
        let ill = type_ == "Ready" && is == "False";
        let in_part = (type_ == "Invalid" || type_ == "Skipped") && is == "True";
        (ill || in_part)
            && condition["message"]
                .as_str()
                .is_some_and(|why| !why.is_empty())
    })
}
