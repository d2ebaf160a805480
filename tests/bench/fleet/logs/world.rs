//! Members that write, and the API server that serves their logs.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response,
    body::{Bytes, Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use jiff::{Timestamp, Unit};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify, time::sleep};

use super::Seen;

/// Contexts.
pub const CONTEXTS: usize = 15;
/// Clusters in each context.
pub const CLUSTERS: usize = 5;
const MEMBERS: usize = 2;
/// Between two lines of one member: 200 in a second.
const EACH: Duration = Duration::from_millis(5);
/// So often a container's lines reach the server.
const FLUSH: Duration = Duration::from_millis(40);
/// What a line is filled up to.
const WIDTH: usize = 120;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// All members and what they wrote.
pub struct World {
    pods: Mutex<BTreeMap<(String, String), Pod>>,
    /// Something happened to pods.
    changed: Notify,
    version: Mutex<Vec<(String, Value)>>,
}

/// One pod. Its lines have numbers that go on over all its lives.
#[derive(Clone)]
struct Pod {
    uid: String,
    /// When each container began to write, and when it stopped.
    lives: Vec<(Timestamp, Option<Timestamp>)>,
    /// The number of the first line of each life.
    numbers: Vec<u64>,
    /// Lives of the pod before this one, of which no log is left.
    before: usize,
}

fn due(from: Timestamp, until: Timestamp) -> u64 {
    let time = until.duration_since(from).as_micros();
    let each = i128::try_from(EACH.as_micros()).unwrap_or(1);
    u64::try_from(time / each).unwrap_or_default()
}

fn line(pod: &str, number: u64, at: Timestamp) -> String {
    let text = format!("{at:.9} {pod} {number} {} ", at.as_microsecond());
    format!("{text:x<WIDTH$}\n")
}

impl Pod {
    fn new(number: u64, before: usize) -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let now = Timestamp::now();
        // Whole microseconds: that is what is printed.
        let now = now.round(Unit::Microsecond).unwrap_or(now);
        Self {
            uid: format!("uid-{}", MADE.fetch_add(1, Ordering::Relaxed)),
            lives: vec![(now, None)],
            numbers: vec![number],
            before,
        }
    }

    /// The next number after everything that it wrote until now.
    fn next(&self, now: Timestamp) -> u64 {
        let (Some((from, until)), Some(number)) = (self.lives.last(), self.numbers.last()) else {
            return 0;
        };
        number + due(*from, until.unwrap_or(now))
    }

    /// The lines of one life from this number until now; the next number.
    fn lines(
        &self,
        name: &str,
        life: usize,
        from: u64,
        since: Timestamp,
        now: Timestamp,
    ) -> (String, u64) {
        let ((begun, ended), first) = (self.lives[life], self.numbers[life]);
        let end = first + due(begun, ended.unwrap_or(now));
        let mut text = String::new();
        for number in from.max(first)..end {
            let at = begun + EACH * u32::try_from(number - first).unwrap_or(u32::MAX);
            if at >= since {
                text.push_str(&line(name, number, at));
            }
        }
        (text, end)
    }
}

impl World {
    /// All that there is at the beginning.
    pub fn new() -> Self {
        let mut pods = BTreeMap::new();
        for context in 0..CONTEXTS {
            for cluster in 0..CLUSTERS {
                for member in 0..MEMBERS {
                    let key = (format!("c{context:02}"), format!("db{cluster}-{member}"));
                    pods.insert(key, Pod::new(0, 0));
                }
            }
        }
        Self {
            pods: Mutex::new(pods),
            changed: Notify::new(),
            version: Mutex::default(),
        }
    }

    fn pods(&self) -> std::sync::MutexGuard<'_, BTreeMap<(String, String), Pod>> {
        self.pods.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn events(&self) -> std::sync::MutexGuard<'_, Vec<(String, Value)>> {
        self.version.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, keys: &[(String, String)]) {
        let mut pods = self.pods();
        for key in keys {
            if let Some(life) = pods.get_mut(key).and_then(|pod| pod.lives.last_mut()) {
                life.1 = Some(Timestamp::now());
            }
        }
    }

    /// Containers end, and start again a moment later.
    pub async fn restart_some(&self) {
        let keys: Vec<_> = self.pods().keys().step_by(13).cloned().collect();
        self.end(&keys);
        sleep(Duration::from_millis(700)).await;
        for key in &keys {
            if let Some(pod) = self.pods().get_mut(key) {
                let now = Timestamp::now();
                let next = pod.next(now);
                pod.lives
                    .push((now.round(Unit::Microsecond).unwrap_or(now), None));
                pod.numbers.push(next);
            }
        }
        self.changed.notify_waiters();
    }

    /// Pods end, go, and are made anew under the same names.
    pub async fn replace_some(&self) {
        let keys: Vec<_> = self.pods().keys().skip(5).step_by(27).cloned().collect();
        self.end(&keys);
        // Its log is there until it is read, as kubelets do it on the way out.
        sleep(Duration::from_millis(500)).await;
        for key in &keys {
            let mut pods = self.pods();
            let Some(old) = pods.remove(key) else {
                continue;
            };
            let new = Pod::new(old.next(Timestamp::now()), old.before + old.lives.len());
            self.tell("DELETED", key, &old);
            self.tell("ADDED", key, &new);
            pods.insert(key.clone(), new);
        }
        self.changed.notify_waiters();
    }

    fn tell(&self, what: &str, key: &(String, String), pod: &Pod) {
        let event = json!({"type": what, "object": object(key, pod)});
        self.events().push((key.0.clone(), event));
    }

    /// Lines that should have come and did not.
    pub fn lost(&self, seen: &Seen, until: Timestamp) -> u64 {
        let mut lost = 0;
        for ((context, name), pod) in self.pods().iter() {
            let member = format!("{context}/{name}");
            let wanted = pod.next(until);
            match seen.members.get(&member) {
                Some((_, next, gaps)) => lost += gaps + wanted.saturating_sub(*next),
                None => lost += wanted,
            }
        }
        lost
    }
}

fn object((namespace, name): &(String, String), pod: &Pod) -> Value {
    let cluster = name.rsplit_once('-').map_or("", |(cluster, _)| cluster);
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": namespace, "name": name, "uid": pod.uid, "resourceVersion": "1",
                     "labels": {"cluster-name": cluster}},
        "spec": {"containers": [{"name": "postgres"}]},
    })
}

/// Answers whoever comes.
pub async fn serve(world: Arc<World>, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let world = Arc::clone(&world);
                async move { Ok::<_, Infallible>(answer(&world, &request)) }
            });
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn answer(world: &Arc<World>, request: &Request<Incoming>) -> Response<Body> {
    let uri = request.uri();
    let parts: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    let query: BTreeMap<String, String> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| {
            (
                key.to_owned(),
                value.replace("%3A", ":").replace("%3D", "="),
            )
        })
        .collect();
    match parts.as_slice() {
        [
            "apis",
            "acid.zalan.do",
            "v1",
            "namespaces",
            namespace,
            "postgresqls",
            name,
        ] => whole(
            200,
            &json!({
                "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
                "metadata": {"namespace": namespace, "name": name, "uid": name},
                "spec": {"teamId": "t", "postgresql": {"version": "17"}},
            }),
        ),
        ["api", "v1", "namespaces", namespace, "pods"] => {
            let cluster = query.get("labelSelector").map_or("", String::as_str);
            let cluster = cluster.trim_start_matches("cluster-name=");
            if query.contains_key("watch") {
                return watch(world, (*namespace).to_owned(), cluster.to_owned());
            }
            let items: Vec<Value> = world
                .pods()
                .iter()
                .map(|(key, pod)| object(key, pod))
                .filter(|pod| {
                    pod["metadata"]["namespace"] == **namespace
                        && pod["metadata"]["labels"]["cluster-name"] == cluster
                })
                .collect();
            let version = world.events().len().to_string();
            whole(
                200,
                &json!({
                    "apiVersion": "v1", "kind": "PodList", "metadata": {"resourceVersion": version}, "items": items,
                }),
            )
        }
        ["api", "v1", "namespaces", namespace, "pods", name] => {
            let key = ((*namespace).to_owned(), (*name).to_owned());
            match world.pods().get(&key) {
                Some(pod) => whole(200, &object(&key, pod)),
                None => refusal(404, "NotFound"),
            }
        }
        ["api", "v1", "namespaces", namespace, "pods", name, "log"] => {
            log(world, ((*namespace).to_owned(), (*name).to_owned()), &query)
        }
        _ => refusal(404, "NotFound"),
    }
}

fn whole(code: u16, value: &Value) -> Response<Body> {
    text(code, value.to_string())
}

fn text(code: u16, text: String) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from(text)).boxed_unsync());
    if let Ok(code) = code.try_into() {
        *response.status_mut() = code;
    }
    response
}

fn refusal(code: u16, reason: &str) -> Response<Body> {
    whole(
        code,
        &json!({
            "apiVersion": "v1", "kind": "Status", "status": "Failure", "code": code,
            "reason": reason, "message": "so it is here",
        }),
    )
}

fn streamed(pieces: impl futures::Stream<Item = String> + Send + 'static) -> Response<Body> {
    let frames = pieces.map(|text| Ok::<_, Infallible>(Frame::data(Bytes::from(text))));
    Response::new(StreamBody::new(frames).boxed_unsync())
}

fn watch(world: &Arc<World>, namespace: String, cluster: String) -> Response<Body> {
    let seen = world.events().len();
    let world = Arc::clone(world);
    streamed(stream::unfold(seen, move |seen| {
        let (world, namespace, cluster) = (Arc::clone(&world), namespace.clone(), cluster.clone());
        async move {
            loop {
                let changed = world.changed.notified();
                let all: Vec<(String, Value)> = world.events().iter().skip(seen).cloned().collect();
                let text: String = all
                    .iter()
                    .filter(|(of, event)| {
                        *of == namespace
                            && event["object"]["metadata"]["labels"]["cluster-name"] == *cluster
                    })
                    .map(|(_, event)| format!("{event}\n"))
                    .collect();
                if !text.is_empty() {
                    return Some((text, seen + all.len()));
                }
                changed.await;
            }
        }
    }))
}

fn log(
    world: &Arc<World>,
    key: (String, String),
    query: &BTreeMap<String, String>,
) -> Response<Body> {
    let Some(pod) = world.pods().get(&key).cloned() else {
        return refusal(404, "NotFound");
    };
    let now = Timestamp::now();
    let since = match (query.get("sinceTime"), query.get("sinceSeconds")) {
        (Some(time), _) => time.parse().unwrap_or(Timestamp::MIN),
        (_, Some(seconds)) => now - Duration::from_secs(seconds.parse().unwrap_or_default()),
        _ => Timestamp::MIN,
    };
    let name = format!("{}/{}", key.0, key.1);
    let last = pod.lives.len() - 1;
    if query.contains_key("previous") {
        return match last.checked_sub(1) {
            Some(life) => text(200, pod.lines(&name, life, 0, since, now).0),
            None => refusal(400, "BadRequest"),
        };
    }
    if pod.lives[last].1.is_some() && pod.lives[last].1 < Some(now - Duration::from_millis(200)) {
        // Waits to be started again.
        return refusal(400, "BadRequest");
    }
    let (world, uid) = (Arc::clone(world), pod.uid);
    streamed(stream::unfold(Some(0_u64), move |next| {
        let (world, key, name, uid) = (Arc::clone(&world), key.clone(), name.clone(), uid.clone());
        async move {
            let next = next?;
            loop {
                // Each member has its own beat.
                let pod = world.pods().get(&key).cloned();
                let pod = pod.filter(|pod| pod.uid == uid)?;
                let now = Timestamp::now();
                let (text, end) = pod.lines(&name, last, next, since, now);
                let over = pod.lives[last].1.is_some_and(|ended| ended <= now);
                if over {
                    return Some((text, None));
                }
                if !text.is_empty() {
                    sleep(FLUSH).await;
                    return Some((text, Some(end)));
                }
                sleep(FLUSH).await;
            }
        }
    }))
}
