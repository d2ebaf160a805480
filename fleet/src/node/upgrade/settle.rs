//! Carries an upgrade out, forward or back, until Patroni may start or somebody else says what
//! comes next. A process of its own below `pg-fleet node run`, which may be killed at any moment.

use super::check::{WORK, pg_upgrade};
use super::disk::{self, Places};
use super::initialize;
use super::journal::{Dir, Journal, Last, State, Step, next};
use super::link;
use super::package::{self, Origin};
use super::tools::Tools;
use crate::node::Error;
use crate::node::environment::Environment;
use std::time::Duration;
use tracing::{info, warn};

const PAUSE: Duration = Duration::from_millis(300);

/// Goes on until nothing is left to do now. `live` = the request came while the server ran, and it
/// has just been shut down for it; at a start everything that is not committed is undone.
pub fn settle(env: &Environment, places: &Places, live: bool) -> Result<(), Error> {
    let _alone = places.lock("settle.lock")?;
    let tools = Tools { env, places };
    let mut why = "it was broken off before its commit point".to_owned();
    if live
        && let Some(journal) = places.journal()?
        && journal.state == State::Asked
        && let Err(error) = convert(&tools, journal)
    {
        warn!(%error, "the upgrade did not come about");
        why = error.to_string();
    }
    let _work = wait_for_others(&tools)?;
    // It would delete what lies where the old cluster lay, which is the new one by then.
    disk::delete_file(&places.own.join("delete_old_cluster.sh"))?;
    while let Some(journal) = places.journal()? {
        let found = places.found();
        if journal.state == State::Committed && found.new == Dir::Cluster(journal.to) {
            tools.start_once(journal.to, &places.new_data())?;
        }
        let step = next(journal.state, journal.from, journal.to, found);
        info!(?step, state = ?journal.state, ?found, "upgrade");
        match step {
            Step::Rest => return Ok(()),
            Step::Stuck => {
                return Err(Error::Upgrade(format!(
                    "the journal of an upgrade says {:?}, and there are {found:?}: a person must look at {}",
                    journal.state,
                    places.own.display()
                )));
            }
            Step::Enable => {
                let global = places.data.join("global");
                disk::rename(&global.join("pg_control.old"), &global.join("pg_control"))?;
            }
            Step::DeleteNew => disk::delete(&places.new_data())?,
            Step::DeleteOld => disk::delete(&places.old_data())?,
            Step::MoveOut => disk::rename(&places.data, &places.old_data())?,
            Step::MoveIn => disk::rename(&places.new_data(), &places.data)?,
            Step::Note(state) => places.note(&Journal { state, ..journal })?,
            Step::Admit => {
                initialize::swap(env, &journal.old_system, &journal.new_system)?;
                let state = State::Serving;
                places.note(&Journal { state, ..journal })?;
            }
            Step::Link => {
                let mut journal = journal;
                (journal.state, journal.notes) = match link::link(&tools, &journal) {
                    Ok(linked) => {
                        journal.linked = Some(linked);
                        (State::Linked, Vec::new())
                    }
                    Err(why) => {
                        warn!(
                            why,
                            "the files cannot be linked, so the data are copied again"
                        );
                        (State::Discarding, vec![why])
                    }
                };
                places.note(&journal)?;
            }
            Step::Undone => places.close(&Last {
                operation: journal.operation,
                notes: vec![why.clone()],
                ..Last::default()
            })?,
            Step::Joined => places.close(&Last {
                operation: journal.operation,
                done: true,
                version: Some(journal.to),
                notes: journal.notes,
                linked: journal.linked,
                ..Last::default()
            })?,
            Step::Emptied => places.close(&Last {
                operation: journal.operation,
                done: true,
                version: Some(journal.to),
                notes: journal.notes,
                ..Last::default()
            })?,
        }
    }
    Ok(())
}

/// Stops what a pg_upgrade that was killed has left, and waits until nothing of it lives.
fn wait_for_others(tools: &Tools<'_>) -> Result<std::fs::File, Error> {
    loop {
        let journal = tools.places.journal()?;
        // A replica that is held may go on following.
        if let Some(journal) = journal.filter(|journal| !journal.state.waits()) {
            for (major, data) in [
                (journal.from, &tools.places.data),
                (journal.to, &tools.places.new_data()),
            ] {
                if matches!(journal.state, State::Converting | State::Committed) {
                    tools.stop(major, data)?;
                }
            }
        }
        if let Some(lock) = tools.places.try_lock(WORK)? {
            return Ok(lock);
        }
        std::thread::sleep(PAUSE);
    }
}

/// From the old cluster that was shut down to the commit point.
fn convert(tools: &Tools<'_>, journal: Journal) -> Result<(), Error> {
    let places = tools.places;
    // Patroni was killed; what it has not written yet is written now, however much that is.
    tools.stop_cleanly(journal.from, &places.data)?;
    let state = tools.control(journal.from, &places.data, "Database cluster state")?;
    if state != "shut down" {
        return Err(Error::Upgrade(format!(
            "the old cluster is \"{state}\", and not shut down"
        )));
    }
    let (from, to) = (journal.from, journal.to);
    let origin = Origin::of(tools, &journal)?;
    places.note(&Journal {
        state: State::Converting,
        ..journal
    })?;
    let mut command = pg_upgrade(tools, from, to)?;
    let ran = tools.run("pg_upgrade", &mut command);
    match places.journal()? {
        // What pg_upgrade does after its commit point is made up for: it starts the new cluster
        // once more and stops it again.
        Some(journal) if journal.state == State::Committed => {
            match ran {
                Ok(_) => put_aside(tools, &origin, &journal),
                Err(error) => warn!(%error, "after the commit point"),
            }
            Ok(())
        }
        _ => {
            ran?;
            commit(tools.env, places)
        }
    }
}

/// What replicas need to go on with their own files. Without it they are copied again.
fn put_aside(tools: &Tools<'_>, origin: &Origin, journal: &Journal) {
    if let Err(error) = package::make(tools, origin, journal) {
        warn!(%error, "replicas will be copied again");
        if let Err(error) = package::clear(tools.places) {
            warn!(%error, "what was put aside for replicas stays");
        }
    }
}

/// Writes the commit point: the new cluster is whole, on the disk, and is started next.
pub fn commit(env: &Environment, places: &Places) -> Result<(), Error> {
    let _alone = places.lock("journal.lock")?;
    let Some(journal) = places.journal()? else {
        return Err(Error::Upgrade("no upgrade is under way".to_owned()));
    };
    if journal.state == State::Committed {
        return Ok(());
    }
    let found = places.found();
    let whole = found.data == Dir::Disabled(journal.from) && found.new == Dir::Cluster(journal.to);
    if journal.state == State::Converting && whole {
        // Every other member is held. If one leads all the same, its rows would be lost.
        initialize::nobody_leads(env)?;
    }
    if journal.state != State::Converting || !whole {
        return Err(Error::Upgrade(format!(
            "nothing to commit: {:?}, {found:?}",
            journal.state
        )));
    }
    // pg_upgrade leaves it to this: what it links and moves aside is made durable with it, at once.
    disk::sync_all(&places.own)?;
    places.note(&Journal {
        state: State::Committed,
        ..journal
    })
}
