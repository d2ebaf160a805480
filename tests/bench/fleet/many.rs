//! Many contexts: an API server under many names, and the kubeconfig that has them.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use futures::{TryStreamExt, stream};
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use pg_core::postgresql::Postgresql;
use pg_tests::{
    Result,
    api_server::{self, ApiServer},
    manifest,
};
use serde_json::{Value, json};

use super::line::{Delay, Hole, Line, Refuses};

/// What every line adds, there and back.
pub const FAR: Duration = Duration::from_millis(20);
/// How long the slow ones take.
pub const SLOW: Duration = Duration::from_secs(5);

/// Where a context leads.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// To the API server.
    Far,
    /// To the API server, which takes its time to answer.
    Slow,
    /// To a port where nobody listens.
    Refused,
    /// Where packets are dropped.
    Hole,
    /// To a name that nobody resolves.
    NoName,
}

/// How a context logs in.
#[derive(Clone, Debug)]
pub enum Login {
    /// With the token.
    Token,
    /// With what this script prints.
    Script(String),
}

/// An API server with many names.
pub struct Many {
    /// It.
    pub server: ApiServer,
    refuses: Refuses,
    hole: Hole,
    lines: Vec<Line>,
    contexts: Vec<Value>,
    clusters: Vec<Value>,
    users: Vec<Value>,
}

impl Many {
    /// Starts it; its audit log keeps what this policy says.
    pub async fn start(audit: &Value) -> Result<Self> {
        Ok(Self {
            server: ApiServer::start_audited(audit).await?,
            refuses: Refuses::new()?,
            hole: Hole::new().await?,
            lines: Vec::new(),
            contexts: Vec::new(),
            clusters: Vec::new(),
            users: vec![json!({"name": "token", "user": {"token": api_server::TOKEN}})],
        })
    }

    /// Makes a namespace with so many Postgres clusters that nobody looks after.
    pub async fn fill(&self, namespace: &str, count: usize) -> Result {
        self.server.namespace(namespace).await?;
        let api = Api::<Postgresql>::namespaced(self.server.client.clone(), namespace);
        stream::iter((0..count).map(Ok))
            .try_for_each_concurrent(8, async |number| {
                let name = format!("db-{number:02}");
                let object = json!({"metadata": {"name": name}, "spec": manifest::members(2)});
                let object = serde_json::from_value(object)?;
                api.create(&PostParams::default(), &object).await?;
                let status = json!({"status": status(&name)});
                api.patch_status(&name, &PatchParams::default(), &Patch::Merge(status))
                    .await?;
                Ok::<_, pg_tests::Error>(())
            })
            .await
    }

    /// Begins the kubeconfig anew.
    pub fn forget(&mut self) {
        self.lines.clear();
        self.contexts.clear();
        self.clusters.clear();
        self.users.truncate(1);
    }

    /// Adds a context whose default namespace this is. `copies`: how often its file of
    /// certificates holds the same ones, which tells it apart from others.
    pub async fn context(
        &mut self,
        name: &str,
        namespace: &str,
        way: Way,
        login: &Login,
        copies: usize,
    ) -> Result {
        let delay = |later| Delay { each: FAR, later };
        let server = match way {
            Way::Far => self.line(delay(Duration::ZERO)).await?,
            Way::Slow => self.line(delay(SLOW)).await?,
            Way::Refused => url(self.refuses.address),
            Way::Hole => url(self.hole.address),
            Way::NoName => format!("https://{name}.nowhere.invalid:6443"),
        };
        let authority = self.authority(copies)?;
        self.clusters.push(json!({
            "name": name, "cluster": {"server": server, "certificate-authority": authority},
        }));
        let user = match login {
            Login::Token => "token".to_owned(),
            Login::Script(script) => self.login(script),
        };
        self.contexts.push(json!({
            "name": name, "context": {"cluster": name, "user": user, "namespace": namespace},
        }));
        Ok(())
    }

    fn login(&mut self, script: &str) -> String {
        let exec = json!({
            "apiVersion": "client.authentication.k8s.io/v1", "command": "sh",
            "args": ["-c", script], "interactiveMode": "Never",
        });
        let known = self.users.iter().find(|one| one["user"]["exec"] == exec);
        if let Some(name) = known.and_then(|one| one["name"].as_str()) {
            return name.to_owned();
        }
        let name = format!("login-{}", self.users.len());
        self.users
            .push(json!({"name": name, "user": {"exec": exec}}));
        name
    }

    async fn line(&mut self, delay: Delay) -> Result<String> {
        let line = Line::to(self.server.address, delay).await?;
        let url = url(line.address);
        self.lines.push(line);
        Ok(url)
    }

    fn authority(&self, copies: usize) -> Result<PathBuf> {
        let path = self
            .server
            .directory
            .join(format!("authority-{copies}.crt"));
        if !path.exists() {
            let text = std::fs::read_to_string(self.server.authority())?;
            std::fs::write(&path, text.repeat(copies))?;
        }
        Ok(path)
    }

    /// Writes the kubeconfig with all contexts, the first one current.
    pub fn write(&self, name: &str) -> Result<PathBuf> {
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": self.contexts.first().map(|one| &one["name"]),
            "clusters": self.clusters,
            "users": self.users,
            "contexts": self.contexts,
        });
        let path = self.server.directory.join(name);
        std::fs::write(&path, config.to_string())?;
        Ok(path)
    }
}

fn url(address: SocketAddr) -> String {
    format!("https://{address}")
}

fn status(name: &str) -> Value {
    json!({
        "PostgresClusterStatus": "Running",
        "ready": "2/2",
        "primary": format!("{name}-0"),
        "runningVersion": "17.4",
        "health": "Healthy",
        "lagBytes": 0,
    })
}
