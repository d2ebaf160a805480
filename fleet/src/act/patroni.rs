//! Patroni's REST API: one small request at a time, with a bound on the wait.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, StatusCode, body::Bytes, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use pg_core::{names::PATRONI_PORT, patroni::MemberAnswer};
use serde_json::json;
use tokio::{net::TcpStream, time::timeout};

use crate::plan::action::PatroniRequest;

/// A member that lives answers within this time. Calls that block longer inside Patroni (a
/// switchover takes up to 20 s) are sent and left.
const PATIENCE: Duration = Duration::from_secs(2);
/// Answers of Patroni are a few kilobytes; more is not read.
const LONGEST_ANSWER: usize = 256 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing came in time.
    #[error("no answer in {} s", PATIENCE.as_secs())]
    TimedOut,
    /// No connection, or it broke.
    #[error("{0}")]
    Connection(String),
    /// Patroni said no.
    #[error("{text} ({status})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Patroni's words.
        text: String,
    },
    /// The answer was not what it should be.
    #[error("unreadable answer: {0}")]
    Unreadable(String),
}

/// `GET /patroni`: the member about itself. Any status code carries the same document.
///
/// # Errors
///
/// When there is no readable answer in time.
pub async fn member(address: &str) -> Result<MemberAnswer, Error> {
    let (_, body) = call(address, Method::GET, "/patroni", None).await?;
    serde_json::from_slice(&body).map_err(|error| Error::Unreadable(error.to_string()))
}

/// Asks for a change.
///
/// # Errors
///
/// [`Error::Refused`] when Patroni said no; anything else means that nobody knows.
pub async fn change(address: &str, request: &PatroniRequest) -> Result<(), Error> {
    let mut method = Method::POST;
    let (path, body) = match request {
        PatroniRequest::Switchover { leader, candidate } => (
            "/switchover",
            json!({"leader": leader, "candidate": candidate}),
        ),
        PatroniRequest::Failover { candidate } => ("/failover", json!({"candidate": candidate})),
        PatroniRequest::Restart => ("/restart", json!({})),
        PatroniRequest::RestartPending => ("/restart", json!({"restart_pending": true})),
        PatroniRequest::Reinitialize => ("/reinitialize", json!({"force": true})),
        PatroniRequest::Reload => ("/reload", json!({})),
        PatroniRequest::Pause(on) => {
            method = Method::PATCH;
            // Nothing is what stands there without a pause.
            ("/config", json!({"pause": on.then_some(true)}))
        }
    };
    let (status, body) = call(address, method, path, Some(body)).await?;
    let text = String::from_utf8_lossy(&body).trim().to_owned();
    // 503 is "status unknown" while a switchover goes on, or "demote already in progress" for a
    // restart that comes too early: not now is no refusal.
    if status.is_success() || status == StatusCode::SERVICE_UNAVAILABLE {
        Ok(())
    } else {
        Err(Error::Refused {
            status: status.as_u16(),
            text,
        })
    }
}

/// `PATCH /config`: the dynamic configuration as it is then.
///
/// # Errors
///
/// When Patroni refused or did not answer in time.
pub async fn patch_config(
    address: &str,
    patch: &serde_json::Value,
) -> Result<serde_json::Value, Error> {
    let (status, body) = call(address, Method::PATCH, "/config", Some(patch.clone())).await?;
    if !status.is_success() {
        return Err(Error::Refused {
            status: status.as_u16(),
            text: String::from_utf8_lossy(&body).trim().to_owned(),
        });
    }
    serde_json::from_slice(&body).map_err(|error| Error::Unreadable(error.to_string()))
}

async fn call(
    address: &str,
    method: Method,
    path: &str,
    body: Option<serde_json::Value>,
) -> Result<(StatusCode, Bytes), Error> {
    timeout(PATIENCE, exchange(address, method, path, body))
        .await
        .unwrap_or(Err(Error::TimedOut))
}

async fn exchange(
    address: &str,
    method: Method,
    path: &str,
    body: Option<serde_json::Value>,
) -> Result<(StatusCode, Bytes), Error> {
    let broken = |error: &dyn std::fmt::Display| Error::Connection(error.to_string());
    let port = u16::try_from(PATRONI_PORT).unwrap_or(8008);
    let stream = TcpStream::connect((address, port))
        .await
        .map_err(|error| broken(&error))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| broken(&error))?;
    let host = if address.contains(':') {
        format!("[{address}]:{port}")
    } else {
        format!("{address}:{port}")
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, host)
        .header(header::CONNECTION, "close")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(
            body.map(|body| body.to_string()).unwrap_or_default(),
        )))
        .map_err(|error| broken(&error))?;
    let answer = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| broken(&error))?;
        let status = response.status();
        let body = http_body_util::Limited::new(response.into_body(), LONGEST_ANSWER)
            .collect()
            .await
            .map_err(|error| broken(&error))?
            .to_bytes();
        Ok((status, body))
    };
    // The connection is driven by the same task: nothing is left behind when the wait ends.
    let mut connection = std::pin::pin!(connection);
    let mut answer = std::pin::pin!(answer);
    tokio::select! {
        result = &mut answer => result,
        ended = &mut connection => match ended {
            Ok(()) => answer.await,
            Err(error) => Err(broken(&error)),
        },
    }
}
