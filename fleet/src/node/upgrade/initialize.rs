//! Patroni's `initialize`: the system identifier that members must have. It is swapped, never
//! taken away: without it the next empty member would begin a cluster of its own.

use crate::node::Error;
use crate::node::environment::{Environment, Facts};
use kube::Client;
use kube::api::{Patch, PatchParams};
use kube::core::Request;
use serde_json::{Value, json};
use std::time::Duration;
use tracing::warn;

/// Of the leader object, which in Endpoints has the cluster's own name.
const LEADER: &str = "/metadata/annotations/leader";
const AT: &str = "/metadata/annotations/initialize";
const PAUSE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(10);

/// Why it could not be swapped.
enum No {
    /// Worth another attempt.
    Later(String),
    /// Somebody else has changed it.
    Foreign(String),
}

/// Names the new cluster where the old one is named. Tried until the API server agrees: without it
/// Patroni could not serve either.
pub fn swap(env: &Environment, old: &str, new: &str) -> Result<(), Error> {
    runtime()?.block_on(async {
        let mut said = None;
        loop {
            match attempt(env, old, new).await {
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
    })
}

/// What it says now.
pub fn read(env: &Environment) -> Result<String, Error> {
    let found = runtime()?.block_on(async {
        let (client, object) = connect(env)?;
        current(&client, &object).await
    });
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
            last = leader(env).await;
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

async fn leader(env: &Environment) -> Result<Option<String>, No> {
    let (client, (collection, _)) = connect(env)?;
    let scope = env.or("SCOPE", "dummy");
    let name = match env.get("KUBERNETES_USE_CONFIGMAPS") {
        Some(_) => format!("{scope}-leader"),
        None => scope.to_owned(),
    };
    let request = Request::new(collection)
        .get(&name, &kube::api::GetParams::default())
        .map_err(|error| No::Later(error.to_string()))?;
    let found = ask(&client, request).await?;
    let leader = found.pointer(LEADER).and_then(Value::as_str);
    Ok(leader.filter(|name| !name.is_empty()).map(str::to_owned))
}

async fn attempt(env: &Environment, old: &str, new: &str) -> Result<(), No> {
    let (client, object) = connect(env)?;
    let found = current(&client, &object).await?;
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
    let request = Request::new(object.0)
        .patch(
            &object.1,
            &PatchParams::default(),
            &Patch::Json::<()>(patch),
        )
        .map_err(|error| No::Later(error.to_string()))?;
    ask(&client, request).await.map(drop)
}

/// The collection, and the name in it.
type Object = (String, String);

fn connect(env: &Environment) -> Result<(Client, Object), No> {
    let later = |error: &dyn std::fmt::Display| No::Later(error.to_string());
    let mut config = kube::Config::incluster().map_err(|error| later(&error))?;
    config.read_timeout = Some(PATIENCE);
    let client = Client::try_from(config).map_err(|error| later(&error))?;
    let namespace = env.get("NAMESPACE").or(env.get("POD_NAMESPACE"));
    let kind = match env.get("KUBERNETES_USE_CONFIGMAPS") {
        Some(_) => "configmaps",
        None => "endpoints",
    };
    let collection = format!(
        "/api/v1/namespaces/{}/{kind}",
        namespace.unwrap_or("default")
    );
    let name = format!("{}-config", env.or("SCOPE", "dummy"));
    Ok((client, (collection, name)))
}

async fn current(client: &Client, object: &Object) -> Result<String, No> {
    let request = Request::new(object.0.clone())
        .get(&object.1, &kube::api::GetParams::default())
        .map_err(|error| No::Later(error.to_string()))?;
    let found = ask(client, request).await?;
    let text = found.pointer(AT).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| No::Later(format!("{} says nothing of initialize", object.1)))
}

async fn ask(client: &Client, request: http::Request<Vec<u8>>) -> Result<Value, No> {
    match tokio::time::timeout(PATIENCE, client.request::<Value>(request)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(No::Later(error.to_string())),
        Err(_) => Err(No::Later("the API server does not answer".to_owned())),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::io("start the runtime"))
}
