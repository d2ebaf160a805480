//! PID 1 of the database pod: starts Patroni, reaps what is left behind, passes signals on, and tells Patroni at once when the
//! server was killed.

use super::configuration::RestApi;
use super::prepare::Account;
use super::{Error, postmaster, volume, wake};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, wait};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tokio::signal::unix::{Signal as Listener, SignalKind, signal};
use tracing::{info, warn};

/// How long the address of a primary that has stopped is kept. Until every node has learned who the new primary is, its clients
/// are sent here: now they are refused and try again at once; an address that is gone would let each wait for its time-out.
const LINGER: Duration = Duration::from_secs(2);

/// What to supervise.
#[derive(Debug)]
pub struct Supervised {
    /// Patroni's configuration file.
    pub configuration: PathBuf,
    /// The server's data directory.
    pub data: PathBuf,
    /// Who Patroni runs as.
    pub account: Account,
    /// Where Patroni is woken.
    pub rest_api: RestApi,
}

/// Runs until Patroni has ended on request, or has ended with the server down. Returns its exit code. The volume is free for
/// another pod from the moment Patroni has ended.
pub async fn supervise(this: Supervised, lock: volume::Lock) -> Result<u8, Error> {
    // also where the pod shares one process namespace and this is not PID 1
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
        .map_err(|error| Error::io("become the reaper of orphans")(error.into()))?;
    let listen = |kind| signal(kind).map_err(Error::io("listen for signals"));
    let mut children = listen(SignalKind::child())?;
    let mut reload = listen(SignalKind::hangup())?;
    let (mut terminate, mut interrupt, mut quit) = (
        listen(SignalKind::terminate())?,
        listen(SignalKind::interrupt())?,
        listen(SignalKind::quit())?,
    );
    let mut patroni = this.start()?;
    tokio::spawn(wake::after_start(this.data.clone(), this.rest_api.clone()));
    let mut stopping = false;
    let mut linger = false;
    loop {
        tokio::select! {
            _ = children.recv() => {}
            _ = reload.recv() => { send(patroni, Signal::HUP); continue }
            _ = stop(&mut terminate, &mut interrupt, &mut quit) => {
                // only a primary has replicas that stream from it
                linger |= postmaster::has_replicas();
                stopping = true;
                send(patroni, Signal::TERM);
                continue;
            }
        }
        // read before reaping: a new server would overwrite it
        let server = postmaster::recorded(&this.data);
        let ended = reap();
        if let Some((_, status)) = ended.iter().find(|(pid, _)| *pid == patroni) {
            let code = exit_code(*status);
            if stopping || !postmaster::runs(&this.data) {
                info!(code, linger, "Patroni has ended");
                drop(lock);
                if linger {
                    tokio::time::sleep(LINGER).await;
                }
                return Ok(code);
            }
            // Patroni may crash; that is no reason to take the server down with it
            warn!(
                code,
                "Patroni has ended while the server runs; starting it again"
            );
            tokio::time::sleep(Duration::from_secs(1)).await;
            patroni = this.start()?;
        } else if !stopping
            && ended.iter().any(|(pid, _)| Some(*pid) == server)
            && postmaster::recorded(&this.data) == server
        {
            warn!(
                pid = server.map(Pid::as_raw_nonzero),
                "the server's postmaster was killed; waking Patroni"
            );
            this.after_kill().await;
        }
    }
}

impl Supervised {
    fn start(&self) -> Result<Pid, Error> {
        let mut command = if self.account.change {
            // keeps the groups that fsGroup adds, which Rust's Command would drop: a TLS key may be readable through them only
            let groups = rustix::process::getgroups()
                .map_err(|error| Error::io("read the groups")(error.into()))?;
            let groups: Vec<String> = groups
                .iter()
                .map(|group| group.as_raw())
                .filter(|group| *group != 0)
                .chain([self.account.gid])
                .map(|group| group.to_string())
                .collect();
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={}", self.account.uid))
                .arg(format!("--regid={}", self.account.gid))
                .arg(format!("--groups={}", groups.join(",")))
                .args(["--", "patroni"]);
            command
        } else {
            Command::new("patroni")
        };
        // Patroni reads this one itself, in place of the file it has been merged into
        command
            .arg(&self.configuration)
            .env_remove("PATRONI_CONFIGURATION")
            .env("HOME", "/home/postgres")
            .current_dir("/home/postgres");
        let child = command.spawn().map_err(Error::io("start Patroni"))?;
        i32::try_from(child.id())
            .ok()
            .and_then(Pid::from_raw)
            .ok_or(Error::NoAccount("Patroni's process".into()))
    }

    /// Leaves Patroni nothing to wait for, then wakes it.
    async fn after_kill(&self) {
        // the server's processes notice within milliseconds; only one that computes, or the logger, needs telling
        for attempt in 0..40 {
            let orphans = postmaster::orphans();
            match attempt {
                _ if orphans.is_empty() => break,
                2 => postmaster::end(&orphans, Signal::QUIT),
                8 => postmaster::end(&orphans, Signal::KILL),
                _ => {}
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            reap();
        }
        if let Err(error) = wake::wake(&self.rest_api) {
            warn!(%error, "Patroni was not woken; it will look by itself within loop_wait");
        }
    }
}

/// Any signal that asks for an end.
async fn stop(terminate: &mut Listener, interrupt: &mut Listener, quit: &mut Listener) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = quit.recv() => {}
    }
}

fn send(pid: Pid, signal: Signal) {
    if let Err(error) = kill_process(pid, signal) {
        warn!(%error, ?signal, "Patroni could not be signalled");
    }
}

fn reap() -> Vec<(Pid, WaitStatus)> {
    std::iter::from_fn(|| wait(WaitOptions::NOHANG).ok().flatten()).collect()
}

/// As a shell tells it.
fn exit_code(status: WaitStatus) -> u8 {
    let code = status
        .exit_status()
        .or_else(|| status.terminating_signal().map(|signal| 128 + signal))
        .unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}
