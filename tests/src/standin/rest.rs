//! Patroni's REST API (rest_api.rst of Patroni), as far as controllers use it.

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{Key, Members, StandIn, objects::POSITION};
use crate::Error;

/// Answers for one member until the task is aborted.
pub(super) fn serve(
    standin: Arc<StandIn>,
    key: Key,
    name: String,
    listener: TcpListener,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (standin, key, name) = (Arc::clone(&standin), key.clone(), name.clone());
            tokio::spawn(async move {
                if standin.is_stuck(&key) {
                    return std::future::pending().await;
                }
                let service = service_fn(move |request| {
                    answer(Arc::clone(&standin), key.clone(), name.clone(), request)
                });
                let _ = http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    })
}

async fn answer(
    standin: Arc<StandIn>,
    key: Key,
    name: String,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Error> {
    let runs = standin.with(&key, |all| {
        let member = all.members.get(&name);
        member.is_none_or(|member| member.patroni)
    });
    if !runs {
        return Err("Patroni does not run".into());
    }
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let body = request.into_body().collect().await;
    let body: Value = body
        .ok()
        .and_then(|body| serde_json::from_slice(&body.to_bytes()).ok())
        .unwrap_or_default();
    let (code, text) = match (&method, path.as_str()) {
        (&Method::GET, "/config") => {
            let config = standin.with(&key, |all| all.config.clone().unwrap_or_default());
            (200, config.to_string())
        }
        (&Method::GET, "/cluster") => (200, standin.with(&key, |all| cluster(all)).to_string()),
        (&Method::GET, _) => (
            200,
            standin
                .with(&key, |all| member(all, &key, &name))
                .to_string(),
        ),
        (&Method::PATCH, "/config") => {
            let answer = match standin.configure(&key, &body).await {
                Ok(config) => (200, config.to_string()),
                Err(error) => (500, error.to_string()),
            };
            standin.told(&key, format!("PATCH /config {body}"));
            answer
        }
        (&Method::POST, "/reload") => {
            standin.told(&key, format!("POST {path} {name}"));
            (202, "reload scheduled".to_owned())
        }
        (&Method::POST, "/switchover" | "/failover" | "/restart" | "/reinitialize") => {
            match standin.begin(&key, &name, &path, &body) {
                Ok(()) => {
                    standin.told(&key, format!("POST {path} {name}"));
                    (200, "done".to_owned())
                }
                Err(refused) => refused,
            }
        }
        _ => (404, "not found".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    if let Ok(code) = code.try_into() {
        *response.status_mut() = code;
    }
    Ok(response)
}

impl StandIn {
    /// A change was carried out that somebody asked Patroni for.
    fn told(&self, key: &Key, what: String) {
        let line = self.state().lines.get(&key.0).cloned();
        if let Some(line) = line {
            line.wrote(what);
        }
    }
}

fn member(all: &Members, (_, cluster): &Key, name: &str) -> Value {
    let Some(member) = all.members.get(name) else {
        return json!({"state": "stopped", "role": "replica"});
    };
    let leads = all.leader.as_deref() == Some(name);
    let version = all.volumes.get(name).map_or(0, |volume| volume.version);
    let mut answer = json!({
        "state": member.state,
        "role": all.role(name),
        "server_version": version * 10_000 + 4,
        "timeline": all.timeline,
        "postmaster_start_time": member.started,
        "dcs_last_seen": jiff::Timestamp::now().as_second(),
        "database_system_identifier": all.system.to_string(),
        "patroni": {"version": "4.0.7", "scope": cluster, "name": name},
    });
    if member.pending_restart {
        answer["pending_restart"] = true.into();
    }
    if leads && !all.standby {
        answer["xlog"] = json!({"location": POSITION});
    } else {
        answer["xlog"] = json!({"received_location": POSITION, "replayed_location": POSITION});
        if member.state == "running" && all.leader.is_some() {
            answer["replication_state"] = "streaming".into();
        }
    }
    if leads {
        answer["replication"] = all
            .members
            .iter()
            .filter(|(other, member)| *other != name && member.state == "running")
            .map(|(other, _)| {
                json!({"application_name": other, "state": "streaming", "sync_state": "async"})
            })
            .collect();
    }
    if all.leader.is_none() {
        answer["cluster_unlocked"] = true.into();
    }
    answer
}

fn cluster(all: &Members) -> Value {
    let members: Vec<Value> = all
        .members
        .iter()
        .map(|(name, member)| {
            let leads = all.leader.as_ref() == Some(name);
            json!({
                "name": name,
                "role": match all.role(name) {
                    "primary" => "leader",
                    role => role,
                },
                "state": if leads || member.state != "running" { &member.state } else { "streaming" },
                "timeline": all.timeline,
                "lag": 0,
                "pending_restart": member.pending_restart,
            })
        })
        .collect();
    json!({"members": members})
}
