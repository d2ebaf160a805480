//! Who streams from this primary and is no member of its cluster: a standby cluster, a copy that is
//! being made, an archive of WAL. An upgrade would strand each of them without a word.

use super::disk::Places;
use super::slots;
use super::tools::Tools;
use crate::node::Error;
use serde::Deserialize;
use std::fs;

/// One connection that physical replication goes through. One that only asks something (Patroni
/// does, now and then) has the state `startup`.
const SENDERS: &str = "SELECT json_build_object('name', s.application_name, \
     'address', coalesce(host(s.client_addr), 'this pod'), 'slot', l.slot_name) \
     FROM pg_stat_replication s LEFT JOIN pg_replication_slots l ON l.active_pid = s.pid \
     WHERE s.state <> 'startup' AND l.slot_type IS DISTINCT FROM 'logical'";

/// A connection that the primary sends WAL through.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Sender {
    /// What it calls itself. A standby cluster's members may have the same names as this one's.
    name: String,
    address: String,
    slot: Option<String>,
}

/// Those that are no members of this cluster, for a person.
pub fn strangers(tools: &Tools<'_>, hostname: &str) -> Result<Vec<String>, Error> {
    let rows = tools.sql("postgres", SENDERS)?;
    let senders: Result<Vec<Sender>, _> = rows
        .iter()
        .map(|row| {
            serde_json::from_str(row).map_err(|error| Error::Upgrade(format!("{row}: {error}")))
        })
        .collect();
    let by_slot = uses_slots(tools.places);
    Ok(senders?
        .iter()
        .filter(|sender| !is_member(sender, hostname, by_slot))
        .map(|sender| format!("{} at {}", sender.name, sender.address))
        .collect())
}

/// A member has the slot of its name, which nobody else is given; without Patroni's slots its name
/// is all that tells.
fn is_member(sender: &Sender, hostname: &str, by_slot: bool) -> bool {
    let slot = match (&sender.slot, by_slot) {
        (Some(slot), _) => slot.clone(),
        (None, true) => return false,
        (None, false) => slots::slot(&sender.name),
    };
    !slots::members(&[slot], hostname).is_empty()
}

/// Whether Patroni gives its members slots, as its dynamic configuration says; it does by default.
fn uses_slots(places: &Places) -> bool {
    let text = fs::read_to_string(places.data.join("patroni.dynamic.json")).unwrap_or_default();
    let settings: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    settings["postgresql"]["use_slots"].as_bool() != Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_from_others_that_stream() {
        let table = [
            // (name, slot, with slots, without)
            ("main-1", Some("main_1"), true, true),
            ("main-1", None, false, true),
            // A standby cluster of the same name, in another context.
            ("main-0", None, false, false),
            ("main-0", Some("main_0"), false, false),
            ("main-2", Some("standby"), false, false),
            ("copy-0", None, false, false),
            ("pg_basebackup", Some("pg_basebackup_71"), false, false),
            ("pg_receivewal", None, false, false),
            ("", None, false, false),
        ];
        for (name, slot, with, without) in table {
            let sender = Sender {
                name: name.to_owned(),
                address: "10.0.0.1".to_owned(),
                slot: slot.map(str::to_owned),
            };
            assert_eq!(is_member(&sender, "main-0", true), with, "{sender:?}");
            assert_eq!(is_member(&sender, "main-0", false), without, "{sender:?}");
        }
    }

    #[test]
    fn a_row_is_read_whatever_the_name_is() {
        let row = r#"{"name" : "a|b\n\"c\"", "address" : "::1", "slot" : null}"#;
        let sender: Sender = serde_json::from_str(row).unwrap();
        assert_eq!(sender.name, "a|b\n\"c\"");
        assert_eq!(sender.slot, None);
    }
}
