//! The controller as a process of this machine, to be killed at any moment.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::process::Child;

use crate::{Result, api_server::dies_with_us};

/// How a controller is started, and the one that runs.
#[derive(Clone)]
pub struct Process {
    program: PathBuf,
    arguments: Vec<String>,
    kubeconfig: PathBuf,
    /// Where it logs; each start is added.
    pub log: PathBuf,
    child: Arc<Mutex<Option<Child>>>,
}

impl Process {
    /// One with its Lease and configuration in this namespace. It does not run yet.
    pub fn new(namespace: &str, identity: &str, kubeconfig: PathBuf, log: PathBuf) -> Result<Self> {
        let program = std::env::var_os("PG_FLEET_PROGRAM")
            .ok_or("PG_FLEET_PROGRAM is not set: the controller's program")?;
        let words = [
            "controller",
            "--namespace",
            namespace,
            "--identity",
            identity,
            "--listen",
            "127.0.0.1:0",
        ];
        Ok(Self {
            program: program.into(),
            arguments: words.map(str::to_owned).to_vec(),
            kubeconfig,
            log,
            child: Arc::default(),
        })
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

    /// Its number.
    pub fn id(&self) -> Option<u32> {
        self.child().as_ref()?.id()
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
