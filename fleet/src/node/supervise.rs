//! PID 1 of the database pod: starts Patroni, reaps what is left behind, passes signals on, and tells Patroni at once when the
//! server was killed.

use super::configuration::RestApi;
use super::prepare::Account;
use super::renewal::{self, Certificates, Look};
use super::upgrade::{self, Places, journal::State};
use super::{Error, postmaster, volume, wake};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, wait};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tokio::signal::unix::{Signal as Listener, SignalKind, signal};
use tokio::time::MissedTickBehavior;
use tracing::{info, warn};

/// How long the address of a primary that has stopped is kept. Until every node has learned who the new primary is, its clients
/// are sent here: now they are refused and try again at once; an address that is gone would let each wait for its time-out.
const LINGER: Duration = Duration::from_secs(2);

/// Where the account is at home: root's files are not for it.
const HOME: &str = "/home/postgres";

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
    /// What the server and Patroni identify themselves by.
    pub certificates: Certificates,
    /// Where an order to end Patroni stands.
    pub upgrade: Places,
}

/// Why Patroni runs no longer.
#[derive(Debug)]
pub enum Ended {
    /// The container ends with this code.
    Container(u8),
    /// The journal of an upgrade keeps it from running; the volume stays locked.
    Journal(volume::Lock),
}

/// Runs until Patroni has ended on request, or has ended with the server down. The volume is free for another pod from the
/// moment Patroni has ended, unless it goes on with an upgrade.
pub async fn supervise(
    mut this: Supervised,
    lock: volume::Lock,
    orders: &mut Listener,
) -> Result<Ended, Error> {
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
    let mut looks = tokio::time::interval(renewal::EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stopping = false;
    let mut linger = false;
    let mut upgrades = false;
    loop {
        tokio::select! {
            _ = children.recv() => {}
            _ = orders.recv() => {
                match ordered(&this.upgrade) {
                    Some(Ordered::End(signal)) if !stopping && !upgrades => {
                        upgrades = true;
                        send(patroni, signal);
                    }
                    Some(Ordered::Complete) if !stopping => {
                        if let Err(error) = upgrade::start(&["complete"]) {
                            warn!(%error, "the upgrade is not made whole");
                        }
                    }
                    _ => {}
                }
                continue;
            }
            _ = reload.recv() => { send(patroni, Signal::HUP); continue }
            _ = looks.tick() => {
                this.renew(patroni);
                // Whoever has noted an order may have been killed before this process was told.
                if !stopping && !upgrades
                    && let Some(Ordered::End(signal)) = ordered(&this.upgrade)
                {
                    upgrades = true;
                    send(patroni, signal);
                }
                continue;
            }
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
        let mut ended = reap();
        let is_of = |ended: &[(Pid, WaitStatus)], pid| ended.iter().any(|(one, _)| *one == pid);
        if !stopping
            && !is_of(&ended, patroni)
            && server.is_some_and(|server| is_of(&ended, server))
            && postmaster::recorded(&this.data) == server
        {
            warn!(
                pid = server.map(Pid::as_raw_nonzero),
                "the server's postmaster was killed; waking Patroni"
            );
            // Patroni may have been killed with it.
            ended.extend(this.after_kill().await);
        }
        if let Some((_, status)) = ended.iter().find(|(pid, _)| *pid == patroni) {
            let code = exit_code(*status);
            if upgrades && !stopping {
                return Ok(Ended::Journal(lock));
            }
            if stopping || !postmaster::runs(&this.data) {
                info!(code, linger, "Patroni has ended");
                drop(lock);
                if linger {
                    tokio::time::sleep(LINGER).await;
                }
                return Ok(Ended::Container(code));
            }
            // Patroni may crash; that is no reason to take the server down with it
            warn!(
                code,
                "Patroni has ended while the server runs; starting it again"
            );
            tokio::time::sleep(Duration::from_secs(1)).await;
            patroni = this.start()?;
        }
    }
}

impl Supervised {
    fn start(&self) -> Result<Pid, Error> {
        let mut command = as_account(self.account, "patroni")?;
        // Patroni reads this one itself, in place of the file it has been merged into
        command
            .arg(&self.configuration)
            .env_remove("PATRONI_CONFIGURATION");
        let child = command.spawn().map_err(Error::io("start Patroni"))?;
        i32::try_from(child.id())
            .ok()
            .and_then(Pid::from_raw)
            .ok_or(Error::NoAccount("Patroni's process".into()))
    }

    /// Looks whether certificates were renewed, and lets the server and Patroni's REST API take them up. Patroni is never told of
    /// broken ones: it closes its REST API before it reads them (4.1, patroni/api.py, __initialize).
    fn renew(&mut self, patroni: Pid) {
        match self.certificates.look() {
            Look::Same => {}
            Look::Broken(why) => {
                warn!(why, "renewed certificates are not taken up");
            }
            Look::Renewed => {
                info!("renewed certificates are taken up");
                send(patroni, Signal::HUP);
                // Patroni passes it on, but only in its next loop
                if let Some(server) = postmaster::recorded(&self.data)
                    && postmaster::runs(&self.data)
                {
                    send(server, Signal::HUP);
                }
            }
        }
    }

    /// Leaves Patroni nothing to wait for, then wakes it. Gives what has ended meanwhile.
    async fn after_kill(&self) -> Vec<(Pid, WaitStatus)> {
        let mut ended = Vec::new();
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
            ended.extend(reap());
        }
        if let Err(error) = wake::wake(&self.rest_api) {
            warn!(%error, "Patroni was not woken; it will look by itself within loop_wait");
        }
        ended
    }
}

/// What the journal of an upgrade asks for.
enum Ordered {
    /// Patroni is to end: a replica's server goes on without it, as does a primary's, which is shut
    /// down next. Patroni would first give the lock away, and wait for the one who takes it.
    End(Signal),
    /// What serves is to be made whole.
    Complete,
}

fn ordered(places: &Places) -> Option<Ordered> {
    match places.journal() {
        Ok(journal) => {
            let journal = journal?;
            if !journal.state.blocks() {
                return Some(Ordered::Complete);
            }
            info!(state = ?journal.state, operation = journal.operation, "an upgrade asks for the end of Patroni");
            Some(Ordered::End(match journal.state {
                State::Holding | State::Asked => Signal::KILL,
                _ => Signal::TERM,
            }))
        }
        Err(error) => {
            warn!(%error, "the journal of an upgrade cannot be read");
            None
        }
    }
}

/// A program as the account that owns the data.
pub fn as_account(account: Account, program: &str) -> Result<Command, Error> {
    let mut command = if account.change {
        let mut command = Command::new("setpriv");
        command.args(account.switch()?).args(["--", program]);
        command
    } else {
        Command::new(program)
    };
    command.env("HOME", HOME).current_dir(HOME);
    Ok(command)
}

/// Any signal that asks for an end.
pub(super) async fn stop(terminate: &mut Listener, interrupt: &mut Listener, quit: &mut Listener) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = quit.recv() => {}
    }
}

fn send(pid: Pid, signal: Signal) {
    if let Err(error) = kill_process(pid, signal) {
        warn!(%error, ?signal, pid = pid.as_raw_nonzero(), "a process could not be signalled");
    }
}

pub(super) fn reap() -> Vec<(Pid, WaitStatus)> {
    std::iter::from_fn(|| wait(WaitOptions::NOHANG).ok().flatten()).collect()
}

/// As a shell tells it.
pub(super) fn exit_code(status: WaitStatus) -> u8 {
    let code = status
        .exit_status()
        .or_else(|| status.terminating_signal().map(|signal| 128 + signal))
        .unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}
