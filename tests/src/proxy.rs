//! Stands between a controller and its API server: counts writes, and cuts the line after one.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use kube::Client;
use tokio::net::TcpListener;

use crate::{Error, Result};

type Body = UnsyncBoxBody<Bytes, Error>;
/// Called with each write after it was carried out, and its number; true cuts the line.
type Hook = dyn Fn(usize) -> bool + Send + Sync;

/// A proxy that listens.
pub struct Proxy {
    /// Where it listens.
    pub url: String,
    /// What was done and what shall be done.
    pub line: Arc<Line>,
    task: tokio::task::JoinHandle<()>,
}

/// The line between the two, and who listens in.
#[derive(Default)]
pub struct Line {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    writes: Vec<String>,
    hook: Option<Arc<Hook>>,
    cut: bool,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts from here on.
    pub fn arm(&self, hook: impl Fn(usize) -> bool + Send + Sync + 'static) {
        let mut state = self.state();
        state.writes.clear();
        state.cut = false;
        state.hook = Some(Arc::new(hook));
    }

    /// Mends the line.
    pub fn mend(&self) {
        let mut state = self.state();
        state.cut = false;
        state.hook = None;
    }

    /// Whether it is cut.
    pub fn is_cut(&self) -> bool {
        self.state().cut
    }

    /// Writes since counting began, in order.
    pub fn writes(&self) -> Vec<String> {
        self.state().writes.clone()
    }

    /// A write was carried out, here or elsewhere; true when the line is cut, by it or before.
    pub fn wrote(&self, what: String) -> bool {
        let mut state = self.state();
        if state.cut {
            return true;
        }
        state.writes.push(what);
        let number = state.writes.len();
        if state.hook.as_ref().is_some_and(|hook| hook(number)) {
            state.cut = true;
        }
        state.cut
    }
}

impl Proxy {
    /// Starts one in front of an API server.
    pub async fn start(upstream: Client) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address: SocketAddr = listener.local_addr()?;
        let line = Arc::new(Line::default());
        let served = Arc::clone(&line);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (upstream, line) = (upstream.clone(), Arc::clone(&served));
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        pass(upstream.clone(), Arc::clone(&line), request)
                    });
                    // A line that is cut ends in an error on purpose.
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Ok(Self {
            url: format!("http://{address}"),
            line,
            task,
        })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Passes one request on. An error closes the connection without an answer.
async fn pass(
    upstream: Client,
    line: Arc<Line>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Error> {
    if line.is_cut() {
        return Err("the line is cut".into());
    }
    let written = written(&request);
    let (mut parts, body) = request.into_parts();
    // The upstream client has credentials of its own.
    parts.headers.remove(header::AUTHORIZATION);
    parts.headers.remove(header::HOST);
    let body = body.collect().await?.to_bytes();
    let request = Request::from_parts(parts, kube::client::Body::from(body.to_vec()));
    let response = match upstream.send(request).await {
        Ok(response) => response,
        Err(error) => return Ok(bad_gateway(&error.to_string())),
    };
    let status = response.status();
    if let Some(what) = written
        && line.wrote(format!("{what} {}", status.as_u16()))
    {
        return Err("the line is cut".into());
    }
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::TRANSFER_ENCODING);
    Ok(Response::from_parts(
        parts,
        body.map_err(Error::from).boxed_unsync(),
    ))
}

/// What a request writes: nothing, for reads and for heartbeats, which say nothing of a cluster.
fn written(request: &Request<Incoming>) -> Option<String> {
    let path = request.uri().path();
    let is_heartbeat = path.starts_with("/apis/coordination.k8s.io/")
        || path.starts_with("/apis/pgfleet.io/v1alpha1/rollups")
        || path.ends_with("/configmaps/pg-fleet-protection");
    if request.method() == Method::GET || is_heartbeat {
        return None;
    }
    // From the resource on: what stands before is the same for all of a namespace.
    let short = match path.split_once("/namespaces/") {
        Some((_, rest)) => rest.split_once('/').map_or(rest, |(_, rest)| rest),
        None => path,
    };
    Some(format!("{} {short}", request.method()))
}

fn bad_gateway(why: &str) -> Response<Body> {
    let body = Full::new(Bytes::from(why.to_owned()))
        .map_err(|never: Infallible| match never {})
        .boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}
