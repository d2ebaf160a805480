//! The lab's verbs: power, networks, API servers. Where CONTEXTS names other clusters there is no
//! lab, and tests that need one say that they were skipped.

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use tokio::process::{Child, Command};

use crate::Result;

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("/"))
}

/// The lab of this checkout, or the one that PG_LAB names.
#[derive(Clone, Debug)]
pub struct Lab {
    script: PathBuf,
}

impl Lab {
    /// The lab, whatever CONTEXTS says: its programs are there without a cluster.
    pub fn of_this_checkout() -> Self {
        Self {
            script: root().join("tests/lab/lab"),
        }
    }

    /// The lab, unless CONTEXTS names other clusters.
    pub fn here() -> Option<Self> {
        std::env::var_os("CONTEXTS")
            .is_none_or(|contexts| contexts.is_empty())
            .then(Self::of_this_checkout)
    }

    /// The kubeconfig with one context per cluster.
    pub async fn kubeconfig(&self) -> Result<PathBuf> {
        let path = self.run(&["kubeconfig"]).await.map_err(|error| {
            format!("{error}; tests/run brings the lab up, and KEEP=1 leaves it there")
        })?;
        Ok(PathBuf::from(path.trim()))
    }

    /// A verb; gives its stdout.
    pub async fn run(&self, words: &[&str]) -> Result<String> {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(&self.script)
            .args(words)
            .stdin(Stdio::null())
            .output()
            .await?;
        if !status.success() {
            let why = String::from_utf8_lossy(&stderr);
            return Err(format!("lab {}: {}", words.join(" "), why.trim()).into());
        }
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    }

    /// Power off.
    pub async fn node_off(&self, node: &str) -> Result {
        self.run(&["node-off", node]).await.map(drop)
    }

    /// Power on again.
    pub async fn node_on(&self, node: &str) -> Result {
        self.run(&["node-on", node]).await.map(drop)
    }

    /// Drops all packets between a host and another, or everyone.
    pub async fn cut(&self, host: &str, from: Option<&str>) -> Result {
        let words: Vec<&str> = ["cut", host].into_iter().chain(from).collect();
        self.run(&words).await.map(drop)
    }

    /// Undoes all cuts of a host.
    pub async fn heal(&self, host: &str) -> Result {
        self.run(&["heal", host]).await.map(drop)
    }

    /// Kills the API server of a cluster.
    pub async fn api_off(&self, cluster: &str) -> Result {
        self.run(&["api-off", cluster]).await.map(drop)
    }

    /// Starts it again.
    pub async fn api_on(&self, cluster: &str) -> Result {
        self.run(&["api-on", cluster]).await.map(drop)
    }

    /// Starts a program in the namespaces of a node, where Services have their addresses. The
    /// program shall end with its stdin: it is below the node, not below this process.
    pub fn on_node(&self, node: &str, program: &[&str], secret: (&str, &str)) -> Result<Child> {
        Ok(Command::new(&self.script)
            .arg("exec-node")
            .arg(node)
            .args(program)
            .env(secret.0, secret.1)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?)
    }
}
