//! Patroni's `initialize`: the system identifier that members must have. It is swapped, never
//! taken away: without it the next empty member would begin a cluster of its own.

use crate::node::Error;
use crate::node::environment::{Environment, Facts};
use crate::node::objects::{NoAnswer, Objects};
use kube::api::Patch;
use serde_json::json;
use std::time::Duration;
use tracing::warn;

const INITIALIZE: &str = "initialize";
const AT: &str = "/metadata/annotations/initialize";
const PAUSE: Duration = Duration::from_secs(1);

/// Why it could not be swapped.
enum No {
    /// Worth another attempt.
    Later(String),
    /// Somebody else has changed it.
    Foreign(String),
}

impl From<NoAnswer> for No {
    fn from(error: NoAnswer) -> Self {
        Self::Later(error.to_string())
    }
}

/// Names the new cluster where the old one is named. Tried until the API server agrees: without it
/// Patroni could not serve either.
pub fn swap(env: &Environment, old: &str, new: &str) -> Result<(), Error> {
    runtime()?.block_on(persevere(|| Objects::connect(env), old, new))
}

async fn persevere(
    connect: impl Fn() -> Result<Objects, NoAnswer>,
    old: &str,
    new: &str,
) -> Result<(), Error> {
    let mut said = None;
    loop {
        let tried = match connect() {
            Ok(objects) => attempt(&objects, old, new).await,
            Err(error) => Err(error.into()),
        };
        match tried {
            Ok(()) => return Ok(()),
            Err(No::Foreign(found)) => {
                return Err(Error::Upgrade(format!(
                    "Patroni's initialize says {found}, neither {old} nor {new}: a person must look"
                )));
            }
            Err(No::Later(why)) => {
                if said.as_ref() != Some(&why) {
                    warn!(why, "initialize was not swapped yet; trying on");
                }
                said = Some(why);
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What it says now.
pub fn read(env: &Environment) -> Result<String, Error> {
    let found = runtime()?.block_on(async { current(&Objects::connect(env)?).await });
    found.map_err(|no| match no {
        No::Later(why) | No::Foreign(why) => Error::Upgrade(why),
    })
}

/// Makes sure that no other member holds the lock. Without an answer nothing is committed.
pub fn nobody_leads(env: &Environment) -> Result<(), Error> {
    let hostname = Facts::read(&env.data()).hostname;
    let leader = runtime()?.block_on(async {
        let mut last = Err(No::Later(String::new()));
        for _ in 0..3 {
            last = match Objects::connect(env) {
                Ok(objects) => leader(&objects).await,
                Err(error) => Err(error.into()),
            };
            if last.is_ok() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        last
    });
    match leader {
        Ok(None) => Ok(()),
        Ok(Some(name)) if name == hostname => Ok(()),
        Ok(Some(name)) => Err(Error::Upgrade(format!(
            "{name} leads in the old version: nothing is committed"
        ))),
        Err(No::Later(why) | No::Foreign(why)) => Err(Error::Upgrade(format!(
            "nobody can tell whether another member leads: {why}"
        ))),
    }
}

/// Whether another member holds the lock. No answer is none.
pub fn another_leads(env: &Environment) -> bool {
    let hostname = Facts::read(&env.data()).hostname;
    let leader = runtime().ok().and_then(|runtime| {
        runtime
            .block_on(async { leader(&Objects::connect(env)?).await })
            .ok()
    });
    leader.flatten().is_some_and(|name| name != hostname)
}

/// The address of whoever leads.
pub fn primary(env: &Environment) -> Result<String, String> {
    let found = runtime()
        .map_err(|error| error.to_string())?
        .block_on(async {
            let objects = Objects::connect(env)?;
            let Some(name) = leader(&objects).await? else {
                return Err(No::Later("nobody leads".to_owned()));
            };
            let address = objects.address(&name).await?;
            address.ok_or_else(|| No::Later(format!("{name} has no address")))
        });
    found.map_err(|(No::Later(why) | No::Foreign(why))| why)
}

async fn leader(objects: &Objects) -> Result<Option<String>, No> {
    let leader = objects.annotation(&objects.leader(), "leader").await?;
    Ok(leader.filter(|name| !name.is_empty()))
}

async fn attempt(objects: &Objects, old: &str, new: &str) -> Result<(), No> {
    let found = current(objects).await?;
    if found == new {
        return Ok(());
    }
    if found != old {
        return Err(No::Foreign(found));
    }
    let patch = serde_json::from_value(json!([
        { "op": "test", "path": AT, "value": old },
        { "op": "replace", "path": AT, "value": new },
    ]))
    .map_err(|error| No::Later(error.to_string()))?;
    Ok(objects.patch(&objects.config(), Patch::Json(patch)).await?)
}

async fn current(objects: &Objects) -> Result<String, No> {
    let found = objects.annotation(&objects.config(), INITIALIZE).await?;
    found.ok_or_else(|| No::Later(format!("{} says nothing of initialize", objects.config())))
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::io("start the runtime"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Method, Request, Response, StatusCode};
    use http_body_util::BodyExt as _;
    use kube::client::Body;
    use serde_json::Value;
    use std::sync::{Arc, Mutex};

    /// An API server that is gone for so many requests, and what `initialize` says there.
    struct Server {
        gone: u32,
        says: Option<String>,
        swaps: u32,
    }

    type Shared = Arc<Mutex<Server>>;

    impl Server {
        fn answer(&mut self, method: &Method, body: &Value) -> (StatusCode, Value) {
            if self.gone > 0 {
                self.gone -= 1;
                return (StatusCode::SERVICE_UNAVAILABLE, json!({}));
            }
            if *method != Method::GET {
                // The key is never taken away, and changed only from what it was seen to say.
                let test = json!({ "op": "test", "path": AT, "value": self.says });
                assert_eq!((&body[0], &body[1]["op"]), (&test, &json!("replace")));
                self.says = body[1]["value"].as_str().map(str::to_owned);
                self.swaps += 1;
            }
            let config = json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": { "name": "main-config", "annotations": { "initialize": self.says } },
            });
            (StatusCode::OK, config)
        }
    }

    fn objects(server: &Shared) -> Objects {
        let server = Arc::clone(server);
        let service = tower::service_fn(move |request: Request<Body>| {
            let server = Arc::clone(&server);
            async move {
                let method = request.method().clone();
                let bytes = request.into_body().collect().await?.to_bytes();
                let body = serde_json::from_slice(&bytes).unwrap_or_default();
                let (code, answer) = server.lock().expect("a lock").answer(&method, &body);
                let mut response = Response::new(Body::from(answer.to_string().into_bytes()));
                *response.status_mut() = code;
                Ok::<_, tower::BoxError>(response)
            }
        });
        Objects::of(kube::Client::new(service, "team"), "main")
    }

    async fn swapped(says: Option<&str>, gone: u32) -> (Result<(), Error>, Option<String>, u32) {
        let server = Arc::new(Mutex::new(Server {
            gone,
            says: says.map(str::to_owned),
            swaps: 0,
        }));
        let ended = persevere(|| Ok(objects(&server)), "7", "8").await;
        let server = server.lock().expect("a lock");
        (ended, server.says.clone(), server.swaps)
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_swapped_once_however_long_nobody_answers() {
        for (says, gone, swaps) in [("7", 0, 1), ("7", 100, 1), ("8", 3, 0)] {
            let (ended, now, found) = swapped(Some(says), gone).await;
            assert!(ended.is_ok(), "{says}");
            assert_eq!((now.as_deref(), found), (Some("8"), swaps), "{says}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_somebody_else_wrote_is_left() {
        let (ended, now, swaps) = swapped(Some("9"), 0).await;
        let said = ended.expect_err("foreign").to_string();
        assert!(said.contains("a person must look"), "{said}");
        assert_eq!((now.as_deref(), swaps), (Some("9"), 0));
    }
}
