//! The election, with an API server of its own in memory and a clock that jumps: never do two
//! lead at the same time.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use kube::client::Body;
use proptest::prelude::*;
use tokio::time::advance;

use super::*;
use crate::{
    act::{Actor, Error},
    observe::world::{Labels, World},
};

/// How the line of one replica is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Line {
    #[default]
    Fine,
    /// Nothing arrives, nothing is answered.
    Hangs,
    /// What is asked is done, and the answer never comes.
    LosesAnswers,
    /// Every request fails.
    Fails,
}

/// The API server: one Lease.
#[derive(Default)]
struct Server {
    lease: Option<Value>,
    version: u64,
    lines: BTreeMap<&'static str, Line>,
}

type Shared = Arc<Mutex<Server>>;

fn lock(server: &Shared) -> MutexGuard<'_, Server> {
    server.lock().unwrap_or_else(PoisonError::into_inner)
}

fn merge(into: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *into = patch;
        return;
    };
    for (key, value) in patch {
        match value {
            Value::Null => drop(into.as_object_mut().map(|map| map.remove(&key))),
            value => merge(&mut into[key], value),
        }
    }
}

impl Server {
    fn answer(&mut self, method: &Method, body: Value) -> (StatusCode, Value) {
        let refused = |code: StatusCode| {
            let status = json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": "no", "code": code.as_u16(),
                "reason": if code == StatusCode::NOT_FOUND { "NotFound" } else { "Conflict" },
            });
            (code, status)
        };
        let mut lease = match (method, &self.lease) {
            (&Method::GET, Some(lease)) => return (StatusCode::OK, lease.clone()),
            (&Method::POST, None) => json!({}),
            (&Method::POST, Some(_)) => return refused(StatusCode::CONFLICT),
            (_, None) => return refused(StatusCode::NOT_FOUND),
            (_, Some(lease)) => {
                if body["metadata"]["resourceVersion"] != lease["metadata"]["resourceVersion"] {
                    return refused(StatusCode::CONFLICT);
                }
                lease.clone()
            }
        };
        merge(&mut lease, body);
        self.version += 1;
        lease["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.lease = Some(lease.clone());
        (StatusCode::OK, lease)
    }
}

fn client(server: &Shared, name: &'static str) -> Client {
    let server = Arc::clone(server);
    let service = tower::service_fn(move |request: Request<Body>| {
        let server = Arc::clone(&server);
        async move {
            let method = request.method().clone();
            let bytes = request.into_body().collect().await?.to_bytes();
            let body = serde_json::from_slice(&bytes).unwrap_or_default();
            let line = lock(&server).lines.get(name).copied().unwrap_or_default();
            if line == Line::Hangs {
                std::future::pending::<()>().await;
            }
            if line == Line::Fails {
                return Err(std::io::Error::other("refused").into());
            }
            let (code, answer) = lock(&server).answer(&method, body);
            if line == Line::LosesAnswers {
                std::future::pending::<()>().await;
            }
            let mut response = Response::new(Body::from(answer.to_string().into_bytes()));
            *response.status_mut() = code;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(response)
        }
    });
    Client::new(service, "default")
}

fn takes_part(server: &Shared, name: &'static str) -> (Leading, Election) {
    stand(client(server, name), "pg-fleet", name)
}

async fn pass(time: Duration) {
    // In small steps: everybody gets a turn at each.
    const STEP: Duration = Duration::from_millis(100);
    let end = Instant::now() + time;
    while Instant::now() < end {
        advance(STEP).await;
        for _ in 0..12 {
            tokio::task::yield_now().await;
        }
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn one_leads_from_the_start_and_goes_on() {
    let server = Shared::default();
    let (leading, _election) = takes_part(&server, "a");
    pass(seconds(1)).await;
    let since = leading.since();
    assert!(since.is_some());
    pass(seconds(3600)).await;
    assert_eq!(leading.since(), since, "without a gap");
    let spec = lock(&server).lease.clone().expect("a Lease")["spec"].clone();
    assert_eq!(spec["holderIdentity"], "a");
    assert_eq!(spec["leaseDurationSeconds"], 15);
    assert_eq!(spec["leaseTransitions"], 0);
}

/// Nothing tells it: not an error, not another holder. It stops because time passes.
#[tokio::test(start_paused = true)]
async fn one_that_is_not_answered_stops_before_another_may_lead() {
    for line in [Line::Hangs, Line::Fails] {
        let server = Shared::default();
        let (a, _a) = takes_part(&server, "a");
        pass(seconds(1)).await;
        let (b, _b) = takes_part(&server, "b");
        pass(seconds(20)).await;
        assert!(a.holds() && !b.holds());
        lock(&server).lines.insert("a", line);
        let cut = Instant::now();
        a.lost().await;
        assert!(!a.holds());
        assert!(cut.elapsed() <= DURATION - MARGIN, "{:?}", cut.elapsed());
        while !b.holds() {
            pass(Duration::from_millis(50)).await;
            assert!(cut.elapsed() < seconds(20));
        }
        let waited = cut.elapsed();
        assert!(waited > DURATION - RENEW_EVERY, "{waited:?}");
        assert!(waited <= DURATION + LOOK_EVERY + seconds(1), "{waited:?}");
        lock(&server).lines.clear();
        pass(seconds(60)).await;
        assert!(b.holds() && !a.holds() && !a.has_ended(), "it stays so");
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_trouble_changes_nothing_and_a_gap_is_told() {
    let server = Shared::default();
    let (a, _a) = takes_part(&server, "a");
    pass(seconds(1)).await;
    let since = a.since();
    for line in [Line::Hangs, Line::Fails, Line::LosesAnswers] {
        lock(&server).lines.insert("a", line);
        pass(seconds(4)).await;
        lock(&server).lines.clear();
        pass(seconds(10)).await;
        assert_eq!(a.since(), since, "{line:?}");
    }
    lock(&server).lines.insert("a", Line::Hangs);
    pass(seconds(30)).await;
    assert_eq!(a.since(), None);
    lock(&server).lines.clear();
    pass(seconds(5)).await;
    assert!(a.since() > since, "what was not done meanwhile is due");
}

#[tokio::test(start_paused = true)]
async fn who_leaves_lets_the_next_one_in_at_once() {
    let server = Shared::default();
    let (a, election) = takes_part(&server, "a");
    pass(seconds(1)).await;
    let (b, _b) = takes_part(&server, "b");
    pass(seconds(7)).await;
    election.leave().await;
    assert!(!a.holds() && a.has_ended());
    pass(LOOK_EVERY + Duration::from_millis(100)).await;
    assert!(b.holds());
    assert_eq!(
        lock(&server).lease.clone().expect("a Lease")["spec"]["leaseTransitions"],
        1
    );
}

/// One that does not hold it leaves it alone.
#[tokio::test(start_paused = true)]
async fn who_does_not_lead_takes_nothing_along() {
    let server = Shared::default();
    let (a, _a) = takes_part(&server, "a");
    pass(seconds(1)).await;
    let (_, election) = takes_part(&server, "b");
    pass(seconds(3)).await;
    election.leave().await;
    pass(seconds(60)).await;
    assert!(a.holds());
}

/// What is under way when the time is over is broken off, and nothing is begun after it.
#[tokio::test(start_paused = true)]
async fn effects_end_with_the_term() {
    let server = Shared::default();
    let (leading, _election) = takes_part(&server, "a");
    pass(seconds(1)).await;
    let actor = Actor {
        client: client(&server, "a"),
        world: Arc::new(Mutex::new(World::new(Labels {
            cluster_name: "cluster-name".to_owned(),
            role: "role".to_owned(),
            ready_node: Default::default(),
        }))),
        epoch: Instant::now(),
        leading: leading.clone(),
        own_namespace: String::new(),
        server_ahead: Mutex::default(),
        policies: Mutex::default(),
        user: tokio::sync::OnceCell::new(),
        cluster_uid: tokio::sync::OnceCell::new(),
    };
    let slow = actor.while_leading(async {
        sleep(seconds(40)).await;
        Ok(())
    });
    assert!(slow.await.is_ok(), "as long as it is renewed");
    lock(&server).lines.insert("a", Line::Hangs);
    let began = Instant::now();
    let stuck = actor.while_leading(std::future::pending::<Result<(), Error>>());
    assert!(matches!(stuck.await, Err(Error::NotLeading)));
    assert!(began.elapsed() <= DURATION - MARGIN);
    let mut done = false;
    let late = actor.while_leading(async {
        done = true;
        Ok(())
    });
    assert!(matches!(late.await, Err(Error::NotLeading)));
    assert!(!done);
}

/// Started again under its name it goes on at once: that is what the name is for.
#[tokio::test(start_paused = true)]
async fn a_holder_that_was_killed_goes_on() {
    let server = Shared::default();
    let (_, election) = takes_part(&server, "a");
    pass(seconds(7)).await;
    election.task.abort();
    let (a, _a) = takes_part(&server, "a");
    pass(Duration::from_millis(100)).await;
    assert!(a.holds());
}

#[tokio::test(start_paused = true)]
async fn an_election_that_died_shows() {
    let server = Shared::default();
    let (a, election) = takes_part(&server, "a");
    pass(seconds(1)).await;
    assert!(!a.has_ended());
    election.task.abort();
    pass(seconds(1)).await;
    assert!(a.has_ended());
    assert!(a.holds(), "what it has is good for a while");
    a.lost().await;
    assert!(!a.holds());
}

#[test]
fn whose_turn_it_is() {
    let lease = |holder: Option<&str>, promised: Option<i32>| LeaseSpec {
        holder_identity: holder.map(str::to_owned),
        lease_duration_seconds: promised,
        // What clocks of others say does not count.
        renew_time: Some(MicroTime("2000-01-01T00:00:00Z".parse().expect("a time"))),
        ..LeaseSpec::default()
    };
    let table = [
        (lease(None, None), 0, Step::Take),
        (lease(Some(""), Some(15)), 0, Step::Take),
        (lease(Some("a"), Some(15)), 0, Step::Renew),
        (lease(Some("a"), Some(15)), 99, Step::Renew),
        (lease(Some("b"), Some(15)), 0, Step::Wait(seconds(15))),
        (lease(Some("b"), Some(15)), 14, Step::Wait(seconds(1))),
        (lease(Some("b"), Some(15)), 15, Step::Take),
        (lease(Some("b"), Some(60)), 15, Step::Wait(seconds(45))),
        (lease(Some("b"), Some(1)), 14, Step::Wait(seconds(1))),
        (lease(Some("b"), Some(-1)), 14, Step::Wait(seconds(1))),
        (lease(Some("b"), None), 15, Step::Take),
    ];
    for (spec, unchanged, expected) in table {
        assert_eq!(step("a", &spec, seconds(unchanged)), expected, "{spec:?}");
    }
}

/// What happens to whom, and for how many tenths of a second.
#[derive(Clone, Copy, Debug)]
enum Happens {
    To(&'static str, Line),
    /// Somebody deletes the Lease.
    Deleted,
}

fn happens() -> impl Strategy<Value = (Happens, u64)> {
    let who = prop_oneof![Just("a"), Just("b"), Just("c")];
    let line = prop_oneof![
        2 => Just(Line::Fine),
        1 => Just(Line::Hangs),
        1 => Just(Line::Fails),
        1 => Just(Line::LosesAnswers),
    ];
    let what = prop_oneof![
        9 => (who, line).prop_map(|(who, line)| Happens::To(who, line)),
        1 => Just(Happens::Deleted),
    ];
    (what, 1u64..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn never_two_at_once_and_one_in_the_end(events in proptest::collection::vec(happens(), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let problem = runtime.block_on(async {
            let server = Shared::default();
            let mut all = Vec::new();
            for name in ["a", "b", "c"] {
                all.push(takes_part(&server, name));
                pass(Duration::from_millis(150)).await;
            }
            let leaders = || all.iter().filter(|(leading, _)| leading.holds()).count();
            let quiet = (Happens::To("a", Line::Fine), 0);
            for (event, tenths) in events.iter().copied().chain([quiet]) {
                match event {
                    Happens::To(who, line) => drop(lock(&server).lines.insert(who, line)),
                    Happens::Deleted => lock(&server).lease = None,
                }
                for _ in 0..tenths {
                    pass(Duration::from_millis(100)).await;
                    if leaders() > 1 {
                        return Some("two lead".to_owned());
                    }
                }
            }
            lock(&server).lines.clear();
            pass(DURATION * 2 + seconds(5)).await;
            (leaders() != 1).then(|| format!("{} lead in the end", leaders()))
        });
        prop_assert_eq!(problem, None);
    }
}
