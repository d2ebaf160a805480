//! Watches on an API server in memory, with a clock that jumps.

use std::{
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures::{Stream, StreamExt as _, stream};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Bytes, Frame};
use kube::client::Body;

use super::*;
use crate::observe::object::RawMeta;

type Oops = Box<dyn std::error::Error + Send + Sync>;

/// What the API server does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Server {
    /// Lists at once, and sends a bookmark each minute.
    Fine,
    /// The same, and no word on any watch.
    Mute,
    /// Takes requests and never answers.
    Hangs,
    /// Answers lists with a no.
    Refuses,
}

type Shared = Arc<Mutex<Server>>;

fn now(server: &Shared) -> MutexGuard<'_, Server> {
    server.lock().unwrap_or_else(PoisonError::into_inner)
}

const BOOKMARK: &str = concat!(
    r#"{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","#,
    r#""metadata":{"resourceVersion":"7","annotations":{}}}}"#,
    "\n"
);

fn client(server: &Shared) -> Client {
    let server = Arc::clone(server);
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let server = Arc::clone(&server);
        async move {
            if *now(&server) == Server::Hangs {
                std::future::pending::<()>().await;
            }
            let query = request.uri().query().unwrap_or_default();
            let (code, body) = if query.contains("watch=") {
                (200, UnsyncBoxBody::new(StreamBody::new(bookmarks(server))))
            } else if *now(&server) == Server::Refuses {
                let no = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
                    "message":"no","reason":"Forbidden","code":403}"#;
                (403, whole(no))
            } else {
                (
                    200,
                    whole(r#"{"metadata":{"resourceVersion":"5"},"items":[]}"#),
                )
            };
            let mut response = http::Response::new(body);
            *response.status_mut() = http::StatusCode::from_u16(code)?;
            Ok::<_, Oops>(response)
        }
    });
    Client::new(service, "default")
}

fn whole(text: &'static str) -> UnsyncBoxBody<Bytes, Oops> {
    let body = Full::new(Bytes::from_static(text.as_bytes()));
    body.map_err(|never| match never {}).boxed_unsync()
}

fn bookmarks(server: Shared) -> Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Oops>> + Send>> {
    stream::repeat(server)
        .then(|server| async move {
            sleep(Duration::from_secs(60)).await;
            if *now(&server) != Server::Fine {
                std::future::pending::<()>().await;
            }
            Ok(Frame::data(Bytes::from_static(BOOKMARK.as_bytes())))
        })
        .boxed()
}

struct Watched {
    server: Shared,
    progress: Arc<Progress>,
    epoch: Instant,
}

impl Watched {
    fn begin(server: Server) -> Self {
        Self::told(server, false, |_| {})
    }

    fn told(
        server: Server,
        optional: bool,
        sink: impl FnMut(Event<RawMeta>) + Send + 'static,
    ) -> Self {
        let server = Arc::new(Mutex::new(server));
        let (progress, epoch) = (Arc::new(Progress::default()), Instant::now());
        let source = Source {
            name: "pods",
            path: "/api/v1/pods".to_owned(),
            selector: String::new(),
            field: String::new(),
            way: Way::default(),
            optional,
        };
        let (client, shared) = (client(&server), Arc::clone(&progress));
        tokio::spawn(follow::<RawMeta>(client, source, shared, epoch, sink));
        Self {
            server,
            progress,
            epoch,
        }
    }

    /// What health says after so many seconds more.
    async fn health(&self, seconds: u64) -> Option<String> {
        sleep(Duration::from_secs(seconds)).await;
        let all = [
            ("nodes", Arc::new(Progress::default())),
            ("pods", Arc::clone(&self.progress)),
        ];
        silent(&all, self.epoch)
    }

    fn opened(&self) -> u64 {
        self.progress.opened.load(Ordering::Relaxed)
    }

    fn silence(&self) -> Option<u64> {
        self.progress.silent_for(self.epoch)
    }
}

/// What most watches do most of the time: nothing but bookmarks.
#[tokio::test(start_paused = true)]
async fn a_quiet_watch_is_alive() {
    let watched = Watched::begin(Server::Fine);
    assert_eq!(watched.silence(), None, "it has not begun");
    for _ in 0..120 {
        assert_eq!(watched.health(30).await, None);
    }
    assert!(watched.silence().is_some_and(|silence| silence <= 60));
    assert_eq!(watched.opened(), 1);
    assert_eq!(watched.progress.listed.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_falls_silent_is_opened_again_and_then_red() {
    let watched = Watched::begin(Server::Fine);
    assert_eq!(watched.health(90).await, None);
    *now(&watched.server) = Server::Mute;
    assert_eq!(watched.health(100).await, None, "bookmarks may be late");
    assert_eq!(watched.opened(), 1);
    assert_eq!(watched.health(60).await, None, "opened again, it may speak");
    assert_eq!(watched.opened(), 2);
    let red = watched.health(30).await.expect("red");
    assert!(
        red.starts_with("the watch on pods has been silent for 2"),
        "{red}"
    );
    *now(&watched.server) = Server::Fine;
    assert_eq!(watched.health(300).await, None, "it speaks again");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_never_answers_is_red() {
    let watched = Watched::begin(Server::Hangs);
    assert_eq!(watched.health(200).await, None);
    let red = watched.health(30).await.expect("red");
    assert!(red.contains("pods"), "{red}");
}

#[tokio::test(start_paused = true)]
async fn one_that_is_refused_is_not() {
    let watched = Watched::begin(Server::Refuses);
    assert_eq!(watched.health(600).await, None);
    assert_eq!(watched.opened(), 0);
}

/// Nobody waits for what rests on nothing, though rights of an older installation lack it.
#[tokio::test(start_paused = true)]
async fn one_that_is_optional_and_refused_is_listed_as_none_once() {
    for (optional, expected) in [(false, 0), (true, 1)] {
        let lists = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&lists);
        let sink = move |event| {
            if matches!(event, Event::Listed(seen) if seen.is_empty()) {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        };
        let watched = Watched::told(Server::Refuses, optional, sink);
        assert_eq!(watched.health(600).await, None);
        assert_eq!(lists.load(Ordering::Relaxed), expected);
    }
}
