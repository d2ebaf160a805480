//! What the controller orders, by exec: each order carries the number of the controller's Lease,
//! of which the volume keeps the highest, is done at most once, and may be repeated.

use super::check::{self, Objection};
use super::disk::Places;
use super::initialize;
use super::journal::{Journal, Last, State};
use super::script::Script;
use super::tools::Tools;
use crate::node::Error;
use crate::node::environment::{Environment, Facts};
use crate::node::postmaster;
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::time::Duration;

/// Who orders.
#[derive(Clone, Debug, clap::Args)]
pub struct Order {
    /// The operation.
    #[arg(long)]
    pub operation: String,
    /// How often the controllers' Lease has changed hands.
    #[arg(long)]
    pub fence: u64,
}

/// What a member says of upgrades.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Version of the data; none where there is none.
    pub data: Option<u32>,
    /// Majors of the image.
    pub majors: Vec<u32>,
    /// The journal, where one is open.
    pub journal: Option<Journal>,
    /// How the last one ended.
    pub last: Option<Last>,
    /// Whether a server runs on the data.
    pub runs: bool,
    /// `pg_controldata`, where no server runs.
    pub control: Option<Control>,
    /// What stands against it, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objections: Option<Vec<Objection>>,
    /// Of Zalando's script, where that is what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<Script>,
}

/// What the control file says.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Control {
    /// `shut down in recovery` …
    pub state: String,
    /// Position of the last checkpoint.
    pub checkpoint: String,
    /// Its timeline.
    #[serde(default)]
    pub timeline: String,
    /// System identifier.
    #[serde(default)]
    pub system: String,
}

impl Control {
    /// Of a data directory.
    pub fn read(tools: &Tools<'_>, major: u32) -> Result<Self, Error> {
        let control = tools.control_data(major, &tools.places.data)?;
        Ok(Self {
            state: control.line("Database cluster state"),
            checkpoint: control.line("Latest checkpoint location"),
            timeline: control.line("Latest checkpoint's TimeLineID"),
            system: control.line("Database system identifier"),
        })
    }
}

/// How things are.
pub fn report(env: &Environment, places: &Places) -> Result<Report, Error> {
    let facts = Facts::read(&places.data);
    let tools = Tools { env, places };
    let runs = postmaster::runs(&places.data);
    let journal = places.journal()?;
    let major = facts
        .data_version
        .filter(|major| facts.majors.contains_key(major));
    let held = journal
        .as_ref()
        .is_some_and(|journal| journal.state == State::Held);
    let control = match major {
        Some(major) if held && !runs => Some(Control::read(&tools, major)?),
        _ => None,
    };
    Ok(Report {
        data: facts.data_version,
        majors: facts.majors.keys().copied().collect(),
        journal,
        last: places.last()?,
        runs,
        control,
        objections: None,
        script: None,
    })
}

/// Looks what stands against it. Changes nothing that outlives it.
pub fn check(env: &Environment, places: &Places, order: &Order, to: u32) -> Result<Report, Error> {
    let _alone = admitted(places, order)?;
    if let Some(journal) = places.journal()? {
        return Err(under_way(&journal));
    }
    let objections = check::objections(env, places, to)?;
    Ok(Report {
        objections: Some(objections),
        ..report(env, places)?
    })
}

/// The primary is to be converted: makes the new cluster, and tells PID 1.
pub fn begin(env: &Environment, places: &Places, order: &Order, to: u32) -> Result<Report, Error> {
    let _alone = admitted(places, order)?;
    match places.journal()? {
        Some(journal) if journal.operation == order.operation => {
            if journal.state == State::Asked {
                tell()?;
            }
            return report(env, places);
        }
        Some(journal) => return Err(under_way(&journal)),
        None => {}
    }
    has_not_ended(places, order)?;
    let tools = Tools { env, places };
    let from = Facts::read(&places.data).data_version;
    let from = from.ok_or_else(|| Error::Upgrade("there is no data here".to_owned()))?;
    if tools.value("SELECT pg_is_in_recovery()")? != "f" {
        return Err(Error::Upgrade("this member is not the primary".to_owned()));
    }
    let new_system = check::prepare(&tools, to)?;
    let old_system = tools.control(from, &places.data, "Database system identifier")?;
    // What is written now need not be written while nobody can write.
    tools.sql("postgres", "CHECKPOINT")?;
    places.note(&Journal {
        state: State::Asked,
        operation: order.operation.clone(),
        from,
        to,
        old_system,
        new_system,
        notes: Vec::new(),
        linked: None,
    })?;
    tell()?;
    report(env, places)
}

/// This operation will not convert this primary any more: a late order to begin is refused.
pub fn cancel(env: &Environment, places: &Places, order: &Order) -> Result<Report, Error> {
    let _alone = admitted(places, order)?;
    if let Some(journal) = places.journal()? {
        return Err(under_way(&journal));
    }
    call_off(places, order, "it was called off")?;
    report(env, places)
}

/// Notes for good that this operation does nothing here any more.
fn call_off(places: &Places, order: &Order, why: &str) -> Result<(), Error> {
    match has_not_ended(places, order) {
        Ok(()) => places.close(&Last {
            operation: order.operation.clone(),
            notes: vec![why.to_owned()],
            // An empty directory still waits for the version that an earlier one ended in.
            version: places.last()?.and_then(|last| last.version),
            ..Last::default()
        }),
        Err(_) => Ok(()),
    }
}

/// The replica is to run without Patroni: nobody promotes it, and it goes on following.
pub fn hold(env: &Environment, places: &Places, order: &Order, to: u32) -> Result<Report, Error> {
    let _alone = admitted(places, order)?;
    match places.journal()? {
        Some(journal) if journal.operation == order.operation => {
            tell()?;
            return report(env, places);
        }
        Some(journal) => return Err(under_way(&journal)),
        None => {}
    }
    has_not_ended(places, order)?;
    let tools = Tools { env, places };
    let from = Facts::read(&places.data).data_version;
    let from = from.ok_or_else(|| Error::Upgrade("there is no data here".to_owned()))?;
    if tools.value("SELECT pg_is_in_recovery()")? != "t" {
        return Err(Error::Upgrade("this member is not a replica".to_owned()));
    }
    let old_system = tools.control(from, &places.data, "Database system identifier")?;
    places.note(&Journal {
        state: State::Holding,
        operation: order.operation.clone(),
        from,
        to,
        old_system,
        new_system: String::new(),
        notes: Vec::new(),
        linked: None,
    })?;
    tell()?;
    report(env, places)
}

/// Stops the server of a replica that is held.
pub fn stop(env: &Environment, places: &Places, order: &Order) -> Result<Report, Error> {
    let _alone = admitted(places, order)?;
    let journal = held(places, order)?;
    let tools = Tools { env, places };
    replay(&tools);
    tools.stop(journal.from, &places.data)?;
    places.note(&Journal {
        state: State::Held,
        ..journal
    })?;
    report(env, places)
}

/// Lets a replica apply what it has received: only then its files can be proved to be the primary's.
/// A server that does not answer is stopped all the same.
fn replay(tools: &Tools<'_>) {
    let behind = "SELECT pg_last_wal_replay_lsn() < pg_last_wal_receive_lsn()";
    for _ in 0..100 {
        match tools.value(behind) {
            Ok(behind) if behind == "t" => std::thread::sleep(Duration::from_millis(300)),
            _ => return,
        }
    }
}

/// The replica goes on in the old version: the upgrade did not come about.
pub fn release(env: &Environment, places: &Places, order: &Order) -> Result<Report, Error> {
    let _alone = admitted(places, order)?;
    if places.journal()?.is_none() {
        // An order to hold it that comes late is refused.
        call_off(places, order, "it was not held")?;
        return report(env, places);
    }
    let journal = held(places, order)?;
    let now = initialize::read(env)?;
    if now != journal.old_system {
        return Err(Error::Upgrade(format!(
            "the cluster is {now} now, and this data is of {}: it can only be copied again",
            journal.old_system
        )));
    }
    places.close(&Last {
        operation: journal.operation,
        ..Last::default()
    })?;
    tell()?;
    report(env, places)
}

/// The replica is to follow the primary, which serves as another cluster: with its own files where
/// they are proved to be the same, else its data is thrown away and copied.
pub fn rejoin(env: &Environment, places: &Places, order: &Order) -> Result<Report, Error> {
    let _alone = admitted(places, order)?;
    match places.journal()? {
        Some(journal)
            if matches!(
                journal.state,
                State::Linking | State::Linked | State::Discarding
            ) =>
        {
            tell()?;
            return report(env, places);
        }
        None => return report(env, places),
        Some(_) => {}
    }
    let journal = held(places, order)?;
    let now = initialize::read(env)?;
    if now == journal.old_system {
        return Err(Error::Upgrade(
            "the old version is still what the cluster is: this data stays".to_owned(),
        ));
    }
    let tools = Tools { env, places };
    tools.stop(journal.from, &places.data)?;
    places.note(&Journal {
        state: State::Linking,
        new_system: now,
        ..journal
    })?;
    tell()?;
    report(env, places)
}

/// This primary is to bring extensions and statistics up to date: the one that was converted may
/// lead no longer.
pub fn finish(env: &Environment, places: &Places, order: &Order, to: u32) -> Result<Report, Error> {
    let _alone = admitted(places, order)?;
    match places.journal()? {
        Some(journal) if journal.operation == order.operation && !journal.state.blocks() => {}
        Some(journal) => return Err(under_way(&journal)),
        None => {
            let last = places.last()?;
            if last.is_some_and(|last| last.operation == order.operation && last.whole) {
                return report(env, places);
            }
            let tools = Tools { env, places };
            let data = Facts::read(&places.data).data_version;
            if data != Some(to) || tools.value("SELECT pg_is_in_recovery()")? != "f" {
                return Err(Error::Upgrade(format!(
                    "this member does not lead with data of version {to}"
                )));
            }
            let system = tools.control(to, &places.data, "Database system identifier")?;
            places.note(&Journal {
                state: State::Serving,
                operation: order.operation.clone(),
                from: to,
                to,
                old_system: system.clone(),
                new_system: system,
                notes: Vec::new(),
                linked: None,
            })?;
        }
    }
    tell()?;
    report(env, places)
}

/// An order that no younger controller has overtaken has the volume's steps to itself.
fn admitted(places: &Places, order: &Order) -> Result<File, Error> {
    let alone = places.lock("settle.lock")?;
    places.fence(order.fence)?;
    Ok(alone)
}

/// The journal of a replica that is held for this operation.
fn held(places: &Places, order: &Order) -> Result<Journal, Error> {
    match places.journal()? {
        Some(journal) if journal.operation == order.operation && journal.state.waits() => {
            Ok(journal)
        }
        Some(journal) => Err(under_way(&journal)),
        None => Err(Error::Upgrade("this member is not held".to_owned())),
    }
}

fn has_not_ended(places: &Places, order: &Order) -> Result<(), Error> {
    match places.last()? {
        Some(last) if last.operation == order.operation => Err(Error::Upgrade(format!(
            "this operation has ended here already: {}",
            last.notes.join("; ")
        ))),
        _ => Ok(()),
    }
}

fn under_way(journal: &Journal) -> Error {
    Error::Upgrade(format!(
        "operation {} is at {:?} here",
        journal.operation, journal.state
    ))
}

/// PID 1 looks at the journal.
fn tell() -> Result<(), Error> {
    let first = Pid::from_raw(1).ok_or_else(|| Error::Upgrade("no process 1".to_owned()))?;
    kill_process(first, Signal::USR1).map_err(|error| Error::io("tell process 1")(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::prepare::Account;
    use std::fs;

    #[test]
    fn what_was_called_off_is_not_begun_by_a_late_order() {
        let root = std::env::temp_dir().join(format!("pg-fleet-orders-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let text = root.display().to_string();
        let env: Environment = [("PGROOT", text.as_str())].into_iter().collect();
        fs::create_dir_all(&root).unwrap();
        let account = Account {
            uid: 0,
            gid: 0,
            change: false,
        };
        let places = Places::new(&env, account).unwrap();
        places
            .close(&Last {
                operation: "earlier".into(),
                done: true,
                version: Some(17),
                ..Last::default()
            })
            .unwrap();
        let order = Order {
            operation: "op".into(),
            fence: 1,
        };
        assert!(has_not_ended(&places, &order).is_ok());
        // Nobody holds it: it is released all the same.
        release(&env, &places, &order).unwrap();
        let late = hold(&env, &places, &order, 17).unwrap_err().to_string();
        assert!(late.contains("has ended here already"), "{late}");
        let last = places.last().unwrap().unwrap();
        assert_eq!((last.done, last.version), (false, Some(17)));
        fs::remove_dir_all(&root).unwrap();
    }
}
