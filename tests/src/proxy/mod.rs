//! Stands between a controller and its API server: counts writes, cuts the line after one, and
//! brings every trouble that a line or a server may have.

mod exec;
mod fault;
mod watch;

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
use serde_json::json;
use tokio::net::TcpListener;

pub use exec::Order;
pub use fault::Fault;

use crate::{Error, Result};

type Body = UnsyncBoxBody<Bytes, Error>;
/// Called with each write after it was carried out, and its number; true cuts the line.
type Hook = dyn Fn(usize) -> bool + Send + Sync;
/// Called with each command for a pod; what it prints, or why it fails.
type Orders = dyn Fn(&Order) -> Result<String, String> + Send + Sync;

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
    fault: tokio::sync::watch::Sender<Fault>,
}

#[derive(Default)]
struct State {
    writes: Vec<String>,
    reads: usize,
    hook: Option<Arc<Hook>>,
    orders: Option<Arc<Orders>>,
    cut: bool,
    lists: fault::Lists,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts from here on.
    pub fn arm(&self, hook: impl Fn(usize) -> bool + Send + Sync + 'static) {
        let mut state = self.state();
        state.writes.clear();
        state.reads = 0;
        state.cut = false;
        state.hook = Some(Arc::new(hook));
    }

    /// Commands for pods are carried out by this from now on.
    pub fn orders(
        &self,
        orders: impl Fn(&Order) -> Result<String, String> + Send + Sync + 'static,
    ) {
        self.state().orders = Some(Arc::new(orders));
    }

    fn carry_out(&self, order: &Order) -> Result<String, String> {
        let orders = self.state().orders.clone();
        orders.map_or_else(
            || Err("no kubelet is here".to_owned()),
            |orders| orders(order),
        )
    }

    /// Mends the line.
    pub fn mend(&self) {
        let mut state = self.state();
        state.cut = false;
        state.hook = None;
    }

    /// From now on this is wrong.
    pub fn suffers(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// Whether it is cut.
    pub fn is_cut(&self) -> bool {
        self.state().cut
    }

    /// Writes since counting began, in order.
    pub fn writes(&self) -> Vec<String> {
        self.state().writes.clone()
    }

    /// Reads since counting began, watches not among them.
    pub fn reads(&self) -> usize {
        self.state().reads
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
                    // The date is the API server's, where it has one.
                    let _ = http1::Builder::new()
                        .auto_date_header(false)
                        .serve_connection(TokioIo::new(stream), service)
                        .with_upgrades()
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
    let fault = line.fault.borrow().clone();
    match fault {
        Fault::Answers(code) => return Ok(refusal(code)),
        Fault::Away => return Err("nobody is here".into()),
        Fault::Silent => {
            let mut over = line.fault.subscribe();
            let _ = over.wait_for(|fault| *fault != Fault::Silent).await;
            return Err("nothing came of it".into());
        }
        _ => {}
    }
    let (path, query) = (request.uri().path(), request.uri().query());
    if let Some(order) = Order::read(path, query.unwrap_or_default()) {
        let user = request.headers().get("impersonate-user").cloned();
        if let Some(user) = user
            && let Some(lacks) = exec::lacks(&upstream, &order, user.to_str()?).await?
        {
            return Ok(refusal_saying(403, &format!("it may not {lacks}")));
        }
        return exec::answer(&line, &order, request);
    }
    let asked = Asked::of(&request);
    let is_of = |start: &str| {
        let written = asked.written.as_ref();
        written.is_some_and(|it| it.starts_with(start))
    };
    match fault {
        Fault::Forbids(start) if is_of(start) => return Ok(refusal(403)),
        Fault::Conflicts(start) if is_of(start) => return Ok(refusal(409)),
        _ => {}
    }
    if asked.is_list && matches!(fault, Fault::Withholds(plural) if plural == asked.plural) {
        let mut over = line.fault.subscribe();
        let _ = over.wait_for(|now| *now != fault).await;
        return Err("nothing came of it".into());
    }
    if asked.is_list && fault.is_stale(&asked.plural) {
        let kept = line.state().lists.get(&asked.list);
        if let Some((parts, body)) = kept {
            return Ok(Response::from_parts(parts, whole(body)));
        }
    }
    let (mut parts, body) = request.into_parts();
    // The upstream client has credentials of its own.
    parts.headers.remove(header::AUTHORIZATION);
    parts.headers.remove(header::HOST);
    let body = body.collect().await?.to_bytes();
    let request = Request::from_parts(parts, kube::client::Body::from(body.to_vec()));
    let response = match upstream.send(request).await {
        Ok(response) => response,
        Err(error) => return Ok(answer(StatusCode::BAD_GATEWAY, error.to_string())),
    };
    if let Some(what) = asked.written
        && line.wrote(format!("{what} {}", response.status().as_u16()))
    {
        return Err("the line is cut".into());
    }
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::TRANSFER_ENCODING);
    if fault == Fault::Undated {
        parts.headers.remove(header::DATE);
    }
    if asked.is_watch {
        let body = watch::through(body, asked.plural, line.fault.subscribe());
        return Ok(Response::from_parts(parts, body));
    }
    let body = body.collect().await?.to_bytes();
    let mut state = line.state();
    state.reads += 1;
    if asked.is_list && parts.status.is_success() && !fault.is_stale(&asked.plural) {
        state.lists.keep(asked.list, parts.clone(), body.clone());
    }
    Ok(Response::from_parts(parts, whole(body)))
}

/// What a request is about.
struct Asked {
    /// What it writes: nothing, for reads and for heartbeats, which say nothing of a cluster.
    written: Option<String>,
    /// The kind, where it is a collection that is asked for.
    plural: String,
    is_list: bool,
    is_watch: bool,
    /// Which list, whatever version is asked for.
    list: String,
}

impl Asked {
    fn of(request: &Request<Incoming>) -> Self {
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or(""));
        let reads = request.method() == Method::GET;
        // From the resource on: what stands before is the same for all of a namespace.
        let (is_namespaced, short) = match path.split_once("/namespaces/") {
            Some((_, rest)) => (true, rest.split_once('/').map_or(rest, |(_, rest)| rest)),
            None => (false, path),
        };
        let is_heartbeat = path.starts_with("/apis/coordination.k8s.io/")
            || path.starts_with("/apis/pgfleet.io/v1alpha1/rollups");
        let plural = short.rsplit('/').next().unwrap_or(short).to_owned();
        let is_watch = reads && query.split('&').any(|word| word.starts_with("watch="));
        let is_collection = !is_namespaced || short == plural;
        Self {
            written: (!reads && !is_heartbeat).then(|| format!("{} {short}", request.method())),
            is_list: reads && !is_watch && is_collection && query.contains("limit="),
            is_watch,
            list: format!("{path}?{query}"),
            plural,
        }
    }
}

/// As the API server says it.
fn refusal(code: u16) -> Response<Body> {
    refusal_saying(code, "so the test wants it")
}

fn refusal_saying(code: u16, message: &str) -> Response<Body> {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reason = match code {
        401 => "Unauthorized",
        403 => "Forbidden",
        409 => "Conflict",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        _ => "InternalError",
    };
    let body = json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    });
    let mut response = answer(status, body.to_string());
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    if code == 429 {
        let seconds = header::HeaderValue::from_static("1");
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

fn answer(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(whole(Bytes::from(text)));
    *response.status_mut() = status;
    response
}

fn whole(body: Bytes) -> Body {
    Full::new(body)
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}
