//! Orders to pods: there is no kubelet, so that commands inside of them are carried out here, and
//! answered as an API server does (WebSocket, `v5.channel.k8s.io`).

use futures::SinkExt;
use http_body_util::BodyExt;
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{self, HeaderValue},
};
use hyper_util::rt::TokioIo;
use kube::Client;
use serde_json::json;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, handshake::derive_accept_key, protocol::Role},
};

use super::{Body, Line};
use crate::{Error, Result, rights};

const PROTOCOL: &str = "v5.channel.k8s.io";
/// Channels of that protocol.
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;

/// A command for a pod.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Order {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The command line.
    pub words: Vec<String>,
}

impl Order {
    /// Reads one from the path and the query of a request; `None` where it is none.
    pub(super) fn read(path: &str, query: &str) -> Option<Self> {
        let rest = path.strip_prefix("/api/v1/namespaces/")?;
        let (namespace, rest) = rest.split_once("/pods/")?;
        let words = query
            .split('&')
            .filter_map(|part| part.strip_prefix("command="));
        Some(Self {
            namespace: namespace.to_owned(),
            pod: rest.strip_suffix("/exec")?.to_owned(),
            words: words.map(decoded).collect(),
        })
    }

    /// What it changes, as a write; a question changes nothing.
    fn written(&self) -> Option<String> {
        let verb = self.words.get(3)?;
        let asks = verb == "report" || verb == "check";
        (!asks).then(|| format!("EXEC {verb} {}", self.pod))
    }
}

/// `%3D` and `+` as what they stand for.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap_or_default().replace('+', " ");
    for part in parts {
        let code = part.get(..2);
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        decoded.push(byte.map_or('%', char::from));
        decoded.push_str(&part.get(2..).unwrap_or_default().replace('+', " "));
    }
    decoded
}

/// The right that a user lacks for an order, if any. API servers before 1.35 ask
/// for one of the two, later ones for the other too.
pub(super) async fn lacks(
    upstream: &Client,
    order: &Order,
    user: &str,
) -> Result<Option<String>, Error> {
    for verb in ["get", "create"] {
        let right = (verb.to_owned(), "pods/exec".to_owned());
        if !rights::may(upstream, user, &order.namespace, &right).await? {
            return Ok(Some(format!("{verb} pods/exec")));
        }
    }
    Ok(None)
}

/// Carries out an order and says what came of it.
pub(super) fn answer(
    line: &Line,
    order: &Order,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Error> {
    let came = line.carry_out(order);
    let written = order.written().filter(|_| came.is_ok());
    if written.is_some_and(|what| line.wrote(what)) {
        return Err("the line is cut".into());
    }
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY);
    let accept = derive_accept_key(key.ok_or("no WebSocket")?.as_bytes());
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(stream) = upgrade.await {
            let stream = TokioIo::new(stream);
            let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
            // Whoever has gone does not listen.
            let _ = tell(socket, came).await;
        }
    });
    let empty = http_body_util::Empty::<Bytes>::new();
    let body = empty.map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    for (name, value) in [
        (header::CONNECTION, "Upgrade"),
        (header::UPGRADE, "websocket"),
        (header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL),
        (header::SEC_WEBSOCKET_ACCEPT, &accept),
    ] {
        let value = HeaderValue::from_str(value)?;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

async fn tell(
    mut socket: WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>,
    came: Result<String, String>,
) -> Result {
    let (channel, text, status) = match came {
        Ok(text) => (STDOUT, text, json!({"status": "Success"})),
        Err(why) => {
            let status = json!({
                "status": "Failure",
                "reason": "NonZeroExitCode",
                "message": "command terminated with non-zero exit code",
            });
            (STDERR, format!("pg-fleet: {why}\n"), status)
        }
    };
    for (channel, text) in [(channel, text), (STATUS, status.to_string())] {
        let mut frame = vec![channel];
        frame.extend_from_slice(text.as_bytes());
        socket.send(Message::binary(frame)).await?;
    }
    Ok(socket.close(None).await?)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;
    use kube::{Api, Client, Config, api::AttachParams};
    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::proxy::Proxy;

    #[test]
    fn an_order_is_read() {
        let path = "/api/v1/namespaces/team/pods/main-0/exec";
        let query = "&stdout=true&command=pg-fleet&command=node&command=upgrade&command=begin\
                     &command=--fence&command=3&command=--to%3D18";
        let order = Order::read(path, query).expect("an order");
        assert_eq!((&*order.namespace, &*order.pod), ("team", "main-0"));
        assert_eq!(order.words[3..], ["begin", "--fence", "3", "--to=18"]);
        assert_eq!(order.written().as_deref(), Some("EXEC begin main-0"));
        assert_eq!(Order::read("/api/v1/namespaces/team/pods/main-0", ""), None);
    }

    #[tokio::test]
    async fn it_is_answered_as_an_api_server_answers() -> Result {
        let nowhere = Config::new("http://127.0.0.1:1".parse()?);
        let proxy = Proxy::start(Client::try_from(nowhere)?).await?;
        proxy.line.arm(|_| false);
        proxy.line.orders(|order| match order.words[3].as_str() {
            "begin" => Ok(order.pod.clone()),
            other => Err(format!("no {other}")),
        });
        let client = Client::try_from(Config::new(proxy.url.parse()?))?;
        let pods = Api::<Pod>::namespaced(client, "team");
        for (verb, said, status) in [
            ("begin", "main-0", "Success"),
            ("stop", "pg-fleet: no stop\n", "Failure"),
        ] {
            let words = ["pg-fleet", "node", "upgrade", verb];
            let attach = AttachParams::default().stdout(true).stderr(true);
            let mut process = pods.exec("main-0", words, &attach).await?;
            let mut text = String::new();
            for pipe in [process.stdout(), process.stderr()].iter_mut().flatten() {
                pipe.read_to_string(&mut text).await?;
            }
            assert_eq!(text, said);
            let ended = process.take_status().ok_or("no status")?.await;
            let ended = ended.and_then(|ended| ended.status);
            assert_eq!(ended.as_deref(), Some(status));
        }
        assert_eq!(proxy.line.writes(), ["EXEC begin main-0"]);
        Ok(())
    }
}
