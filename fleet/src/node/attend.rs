//! PID 1 from its start to its end: first what the journal of an upgrade asks for, then Patroni, and again when an upgrade is
//! ordered.

use super::configuration;
use super::environment::{Environment, Facts};
use super::prepare::{self, Account};
use super::renewal::Certificates;
use super::supervise::{self, Ended, Supervised, exit_code, reap, supervise};
use super::upgrade::journal::{Journal, State};
use super::upgrade::{self, Places};
use super::{Error, copy, labels, volume};
use std::time::Duration;
use tokio::signal::unix::{Signal as Listener, SignalKind, signal};
use tokio::time::sleep;
use tracing::{info, warn};

/// Between two looks at what ends and what is ordered.
const PAUSE: Duration = Duration::from_millis(100);
/// Before what failed is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// Until the container ends; its exit code.
pub async fn attend(
    env: &Environment,
    account: Account,
    mut lock: volume::Lock,
) -> Result<u8, Error> {
    let listen = |kind| signal(kind).map_err(Error::io("listen for signals"));
    let mut orders = listen(SignalKind::user_defined1())?;
    let places = Places::of(env, account);
    let mut live = false;
    loop {
        if let Some(code) = until_free(&places, &mut orders, live).await? {
            return Ok(code);
        }
        let awaited = places.last()?.and_then(|last| last.version);
        let read = || Facts {
            awaited,
            ..Facts::read(&env.data())
        };
        let facts = read();
        let major = configuration::major(env, &facts)?;
        if !copy::prepare(env, &facts.hostname, major, account).await? {
            return Ok(0);
        }
        let facts = read();
        let configuration = configuration::configuration(env, &facts)?;
        for warning in configuration.warnings {
            warn!("{warning}");
        }
        // JSON is YAML, and needs no rules for when `on` or `1e3` must be quoted
        let text = format!("{:#}\n", configuration.patroni);
        prepare::secret_file(&env.patroni_file(), &text, account)?;
        if let Some(labels) = labels::Bootstrap::of(env, &configuration.patroni) {
            tokio::spawn(labels.keep());
        }
        if places.journal()?.is_some() {
            // it serves, and is made whole beside
            upgrade::start(&["complete"]).map(drop)?;
        }
        let supervised = Supervised {
            configuration: env.patroni_file(),
            data: env.data(),
            account,
            rest_api: configuration::rest_api(&configuration.patroni),
            certificates: Certificates::of(&configuration.patroni),
            upgrade: places.clone(),
        };
        match supervise(supervised, lock, &mut orders).await? {
            Ended::Container(code) => return Ok(code),
            Ended::Journal(kept) => (lock, live) = (kept, true),
        }
    }
}

/// Goes on with an upgrade until Patroni may start. The container's exit code when it is asked to end meanwhile: what is under
/// way dies with it, and is taken up at the next start.
async fn until_free(
    places: &Places,
    orders: &mut Listener,
    mut live: bool,
) -> Result<Option<u8>, Error> {
    let listen = |kind| signal(kind).map_err(Error::io("listen for signals"));
    let (mut terminate, mut interrupt, mut quit) = (
        listen(SignalKind::terminate())?,
        listen(SignalKind::interrupt())?,
        listen(SignalKind::quit())?,
    );
    let mut children = listen(SignalKind::child())?;
    let mut settling = None;
    let mut said = false;
    loop {
        let ended = reap();
        if let Some(child) = settling {
            if let Some((_, status)) = ended.iter().find(|(pid, _)| *pid == child) {
                settling = None;
                let code = exit_code(*status);
                if code != 0 {
                    warn!(code, "the upgrade could not go on; trying again");
                    sleep(AGAIN).await;
                }
            }
        } else {
            match places.journal() {
                Ok(None) => return Ok(None),
                Ok(Some(journal)) if !journal.state.blocks() => return Ok(None),
                // Patroni does not run here, or this would not: that is what the controller waits for. Whoever is at the
                // journal goes first.
                Ok(Some(journal)) if journal.state == State::Holding => {
                    if let Some(_alone) = places.try_lock("settle.lock")?
                        && places.journal()?.as_ref() == Some(&journal)
                    {
                        places.note(&Journal {
                            state: State::Following,
                            ..journal
                        })?;
                    }
                }
                Ok(Some(journal)) if journal.state.waits() => {
                    if !said {
                        info!(state = ?journal.state, operation = journal.operation, "held for an upgrade");
                    }
                    said = true;
                }
                Ok(Some(_)) => {
                    let words: &[&str] = if live {
                        &["settle", "--live"]
                    } else {
                        &["settle"]
                    };
                    settling = Some(upgrade::start(words)?);
                    live = false;
                }
                Err(error) => {
                    warn!(%error, "the journal of an upgrade cannot be read, so nothing is started");
                    sleep(AGAIN).await;
                }
            }
        }
        tokio::select! {
            () = sleep(PAUSE) => {}
            _ = children.recv() => {}
            _ = orders.recv() => {}
            () = supervise::stop(&mut terminate, &mut interrupt, &mut quit) => return Ok(Some(0)),
        }
    }
}
