//! The controller as a process of this machine, to be killed at any moment.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Child,
};

use crate::{Result, api_server::dies_with_us, port};

/// How a controller is started, and the one that runs.
#[derive(Clone)]
pub struct Process {
    program: PathBuf,
    arguments: Vec<String>,
    kubeconfig: PathBuf,
    /// Where it logs; each start is added.
    pub log: PathBuf,
    address: SocketAddr,
    child: Arc<Mutex<Option<Child>>>,
}

impl Process {
    /// One with its Lease and configuration in this namespace. It does not run yet.
    pub fn new(namespace: &str, identity: &str, kubeconfig: PathBuf, log: PathBuf) -> Result<Self> {
        let program = std::env::var_os("PG_FLEET_PROGRAM")
            .ok_or("PG_FLEET_PROGRAM is not set: the controller's program")?;
        let address = SocketAddr::from(([127, 0, 0, 1], port::free()?));
        let listen = address.to_string();
        let words = [
            "controller",
            "--namespace",
            namespace,
            "--identity",
            identity,
            "--listen",
            &listen,
        ];
        Ok(Self {
            program: program.into(),
            arguments: words.map(str::to_owned).to_vec(),
            kubeconfig,
            log,
            address,
            child: Arc::default(),
        })
    }

    /// The same with more arguments.
    pub fn with(mut self, words: &[&str]) -> Self {
        self.arguments
            .extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    /// Starts it.
    pub fn start(&self) -> Result {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&self.log)?;
        let mut command = dies_with_us(&self.program);
        command.args(&self.arguments);
        command.env("KUBECONFIG", &self.kubeconfig);
        command.stdin(std::process::Stdio::null()).stderr(log);
        *self.child() = Some(command.spawn()?);
        Ok(())
    }

    /// Kills it at once. The kernel does the rest before it can say another word.
    pub fn kill(&self) {
        if let Some(child) = self.child().as_mut() {
            let _ = child.start_kill();
        }
    }

    /// Kills it and waits until it is gone.
    pub async fn stop(&self) {
        let child = self.child().take();
        if let Some(mut child) = child {
            let _ = child.kill().await;
        }
    }

    /// How it ended, if it has ended by itself.
    pub fn ended(&self) -> Option<String> {
        let status = self.child().as_mut()?.try_wait().ok()??;
        Some(status.to_string())
    }

    /// One of its metrics, summed up over its labels.
    pub async fn metric(&self, name: &str) -> Result<f64> {
        let text = self.get("/metrics").await?;
        let of = |line: &str| {
            let value = line.strip_prefix(name)?;
            let is_it = value.starts_with([' ', '{']);
            is_it.then(|| value.rsplit(' ').next()?.parse::<f64>().ok())?
        };
        Ok(text.lines().filter_map(of).sum())
    }

    /// What it answers on its port, with its status line.
    pub async fn get(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect(self.address).await?;
        let request = format!("GET {path} HTTP/1.0\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        Ok(text)
    }

    /// The most memory that it ever had resident, in MiB.
    pub fn peak_memory(&self) -> Result<f64> {
        let id = self.child().as_ref().and_then(Child::id);
        let path = format!("/proc/{}/status", id.ok_or("it does not run")?);
        let text = std::fs::read_to_string(path)?;
        let peak = text
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        Ok(peak.ok_or("no VmHWM")? / 1024.0)
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
