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

async fn attempt(env: &Environment, old: &str, new: &str) -> Result<(), No> {
    let objects = Objects::connect(env)?;
    let found = current(&objects).await?;
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
