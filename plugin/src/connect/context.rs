//! One kube context: its client, and requests within their time.

use std::{fmt, future::Future};

use http_body_util::BodyExt;
use jiff::Timestamp;
use k8s_openapi::serde::de::DeserializeOwned;
use kube::{
    Api, Client, Resource,
    api::{ApiResource, DynamicObject, ListParams, PostParams},
    client::Body,
    core::{NamespaceResourceScope, Request, Status},
};
use pg_core::postgresql::Postgresql;

use super::{
    Limits,
    fault::{fault, refusal},
};
use crate::error::{Error, Kind, Result};

/// One kube context, ready for requests.
#[derive(Clone)]
pub struct Context {
    /// Its name, in full.
    pub name: String,
    /// Its default namespace.
    pub namespace: String,
    /// The client; every use of it goes through [`Context::ask`].
    pub client: Client,
    /// Address of the API server.
    pub server: String,
    /// Certificates that its API server must come from.
    pub authority: Vec<Vec<u8>>,
    pub(super) limits: Limits,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// An answer with the server's time.
#[derive(Clone, Debug)]
pub struct Dated<T> {
    /// The answer.
    pub body: T,
    /// The server's clock when it answered.
    pub at: Option<Timestamp>,
}

impl Context {
    /// Tells API servers apart whose clusters have one uid: a snapshot that was restored has the
    /// uids of its original, but other certificates.
    pub fn mark(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.authority.hash(&mut hasher);
        hasher.finish()
    }

    /// Awaits an answer within the time of one request.
    pub async fn ask<T>(&self, answer: impl Future<Output = kube::Result<T>>) -> Result<T> {
        match tokio::time::timeout(self.limits.request, answer).await {
            Ok(answer) => {
                answer.map_err(|error| fault(error, &self.server, self.limits).context(&self.name))
            }
            Err(_) => Err(self.too_slow()),
        }
    }

    /// The same, where nothing may be there.
    pub async fn ask_opt<T>(
        &self,
        answer: impl Future<Output = kube::Result<T>>,
    ) -> Result<Option<T>> {
        match self.ask(answer).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.kind == Kind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The time of one request.
    pub fn patience(&self) -> std::time::Duration {
        self.limits.request
    }

    /// One that leads nowhere, for tests of what is pure but for its types.
    #[cfg(test)]
    pub fn nowhere() -> Self {
        let config = kube::Config::new("http://127.0.0.1:1".parse().expect("an address"));
        Self {
            name: "nowhere".to_owned(),
            namespace: "default".to_owned(),
            client: Client::try_from(config).expect("a client"),
            server: String::new(),
            authority: Vec::new(),
            limits: Limits {
                connect: std::time::Duration::from_secs(1),
                request: std::time::Duration::from_secs(1),
            },
        }
    }

    fn too_slow(&self) -> Error {
        Error::new(
            Kind::Unreachable,
            format!(
                "the API server {} did not answer within {:?} (--request-timeout)",
                self.server, self.limits.request
            ),
        )
        .context(&self.name)
    }

    /// Postgres clusters as they are, whatever fields they have.
    pub fn clusters(&self, namespace: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), namespace, &clusters_resource())
    }

    /// Creates a Postgres cluster; a field that the API server does not know refuses it, where its
    /// default would be to drop the field.
    pub async fn create_cluster(
        &self,
        namespace: &str,
        parameters: &PostParams,
        object: &DynamicObject,
    ) -> Result<DynamicObject> {
        let path = DynamicObject::url_path(&clusters_resource(), Some(namespace));
        let made = serde_json::to_vec(object)
            .map_err(kube::core::request::Error::SerializeBody)
            .and_then(|body| Request::new(path).create(parameters, body));
        let mut request = made.map_err(|error| Error::new(Kind::Failed, error.to_string()))?;
        let uri = format!("{}&fieldValidation=Strict", request.uri());
        *request.uri_mut() = uri
            .parse()
            .map_err(|_| Error::new(Kind::Failed, format!("bad request {uri}")))?;
        self.ask(self.client.request(request)).await
    }

    /// Postgres clusters of all namespaces.
    pub fn all_clusters(&self) -> Api<DynamicObject> {
        Api::all_with(self.client.clone(), &clusters_resource())
    }

    /// Objects of a type in a namespace.
    pub fn api<K>(&self, namespace: &str) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// GET with the server's time beside the answer. `parameters` come as `&key=value`.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        list: &ListParams,
        parameters: &str,
        accept: Option<&'static str>,
    ) -> Result<Dated<T>> {
        match tokio::time::timeout(
            self.limits.request,
            self.get_unlimited(path, list, parameters, accept),
        )
        .await
        {
            Ok(answer) => answer.map_err(|error| error.context(&self.name)),
            Err(_) => Err(self.too_slow()),
        }
    }

    async fn get_unlimited<T: DeserializeOwned>(
        &self,
        path: &str,
        list: &ListParams,
        parameters: &str,
        accept: Option<&'static str>,
    ) -> Result<Dated<T>> {
        let wrong = |why: String| Error::new(Kind::Failed, why);
        let mut request = Request::new(path)
            .list(list)
            .map_err(|error| wrong(error.to_string()))?;
        if !parameters.is_empty() {
            let uri = format!("{}{parameters}", request.uri());
            *request.uri_mut() = uri
                .parse()
                .map_err(|_| wrong(format!("bad request {uri}")))?;
        }
        if let Some(accept) = accept.and_then(|accept| accept.parse().ok()) {
            request.headers_mut().insert("accept", accept);
        }
        let to_fault = |error| fault(error, &self.server, self.limits);
        let answer = self
            .client
            .send(request.map(Body::from))
            .await
            .map_err(to_fault)?;
        let at = answer
            .headers()
            .get("date")
            .and_then(|date| http_date(date.to_str().ok()?));
        let status = answer.status();
        let body = answer
            .into_body()
            .collect()
            .await
            .map_err(to_fault)?
            .to_bytes();
        if !status.is_success() {
            let told: Status = serde_json::from_slice(&body).unwrap_or_else(|_| {
                Status::failure(String::from_utf8_lossy(&body).trim(), "")
                    .with_code(status.as_u16())
            });
            return Err(refusal(&told.with_code(status.as_u16())));
        }
        let body = serde_json::from_slice(&body)
            .map_err(|error| to_fault(kube::Error::SerdeError(error)))?;
        Ok(Dated { body, at })
    }
}

fn clusters_resource() -> ApiResource {
    ApiResource::erase::<Postgresql>(&())
}

/// The time of a `Date` header.
fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text)
        .ok()
        .map(|time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_servers() {
        assert_eq!(
            http_date("Sat, 21 Nov 2026 10:00:00 GMT"),
            "2026-11-21T10:00:00Z".parse().ok()
        );
        assert_eq!(http_date("today"), None);
    }
}
