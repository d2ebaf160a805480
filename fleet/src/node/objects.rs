//! Patroni's objects in Kubernetes, as its pod reaches them.

use super::environment::Environment;
use crate::{answer, kinds::collection};
use kube::api::{GetParams, Patch, PatchParams};
use kube::core::Request;
use pg_core::{names, store::Store};
use serde_json::Value;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The API server said no, or could not be reached.
    #[error("{}", answer::said(.0))]
    Kubernetes(#[from] Box<kube::Error>),
    /// It said nothing in time.
    #[error("the API server does not answer")]
    Late,
}

impl NoAnswer {
    /// Whether the object is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Kubernetes(error)
            if matches!(&**error, kube::Error::Api(status) if status.code == 404))
    }
}

impl From<kube::Error> for NoAnswer {
    fn from(error: kube::Error) -> Self {
        Self::Kubernetes(Box::new(error))
    }
}

/// The objects of the cluster that this pod belongs to.
pub struct Objects {
    client: kube::Client,
    collection: String,
    pods: String,
    store: Store,
    scope: String,
}

impl Objects {
    /// With the rights of the pod.
    pub fn connect(env: &Environment) -> Result<Self, NoAnswer> {
        let mut config =
            kube::Config::incluster().map_err(|error| kube::Error::Service(Box::new(error)))?;
        config.read_timeout = Some(PATIENCE);
        let namespace = env.get("NAMESPACE").or(env.get("POD_NAMESPACE"));
        let store = match env.get("KUBERNETES_USE_CONFIGMAPS") {
            Some(_) => Store::ConfigMaps,
            None => Store::Endpoints,
        };
        let namespace = namespace.unwrap_or("default");
        Ok(Self {
            client: kube::Client::try_from(config)?,
            collection: collection(store.kind(), namespace),
            pods: collection("Pod", namespace),
            store,
            scope: env.or("SCOPE", "dummy").to_owned(),
        })
    }

    /// Of a cluster of this name, by another client.
    #[cfg(test)]
    pub fn of(client: kube::Client, scope: &str) -> Self {
        let store = Store::ConfigMaps;
        Self {
            client,
            collection: collection(store.kind(), "team"),
            pods: collection("Pod", "team"),
            store,
            scope: scope.to_owned(),
        }
    }

    /// Name of the object with configuration, history and `initialize`.
    pub fn config(&self) -> String {
        names::config_object(&self.scope)
    }

    /// Name of the object with the lock.
    pub fn leader(&self) -> String {
        self.store.leader(&self.scope)
    }

    /// An annotation of one of them; an object that is not there is no answer.
    pub async fn annotation(&self, object: &str, name: &str) -> Result<Option<String>, NoAnswer> {
        let request = Request::new(self.collection.clone())
            .get(object, &GetParams::default())
            .map_err(kube::Error::BuildRequest)?;
        let found = self.ask(request).await?;
        let told = found["metadata"]["annotations"][name].as_str();
        Ok(told.map(str::to_owned))
    }

    /// The address of a member's pod.
    pub async fn address(&self, member: &str) -> Result<Option<String>, NoAnswer> {
        let request = Request::new(self.pods.clone())
            .get(member, &GetParams::default())
            .map_err(kube::Error::BuildRequest)?;
        let found = self.ask(request).await?;
        Ok(found["status"]["podIP"].as_str().map(str::to_owned))
    }

    /// Changes one of them, by a JSON patch.
    pub async fn patch(&self, object: &str, patch: Patch<()>) -> Result<(), NoAnswer> {
        let request = Request::new(self.collection.clone())
            .patch(object, &PatchParams::default(), &patch)
            .map_err(kube::Error::BuildRequest)?;
        self.ask(request).await.map(drop)
    }

    async fn ask(&self, request: http::Request<Vec<u8>>) -> Result<Value, NoAnswer> {
        match tokio::time::timeout(PATIENCE, self.client.request::<Value>(request)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(NoAnswer::Late),
        }
    }
}
