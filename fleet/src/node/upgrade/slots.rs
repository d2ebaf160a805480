//! What keeps the new cluster's WAL, from its first record on, for replicas that go on with their own
//! files: slots of Patroni's names. Patroni leaves these alone, as it has such members.

use super::disk::Places;
use super::tools::{Tools, sockets};
use crate::node::Error;
use crate::node::environment::{Environment, Facts};
use std::fs;

/// Where pg_upgrade lets a server listen.
const PORT: &str = "50432";

/// Makes one in the new cluster, which pg_upgrade runs just now, for each replica of the old one.
pub fn reserve(env: &Environment, places: &Places) -> Result<(), Error> {
    let tools = Tools { env, places };
    let slots = fs::read_dir(places.data.join("pg_replslot"));
    let slots = slots.into_iter().flatten().flatten();
    let slots: Vec<String> = slots
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    for slot in members(&slots, &Facts::read(&places.data).hostname) {
        let mut psql = tools.psql()?;
        psql.args(["postgres", "-h"])
            .arg(sockets(env))
            .args(["-p", PORT, "-c"])
            .arg(format!(
                "SELECT pg_create_physical_replication_slot('{slot}', true) \
                 WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '{slot}')"
            ));
        tools.run("psql", &mut psql)?;
    }
    Ok(())
}

/// Which of these slots are of other members.
pub fn members<'a>(slots: &'a [String], hostname: &str) -> Vec<&'a str> {
    let own = slot(hostname);
    let Some((prefix, _)) = own.rsplit_once('_') else {
        return Vec::new();
    };
    let is_member = |name: &&str| {
        let number = name
            .strip_prefix(prefix)
            .and_then(|it| it.strip_prefix('_'));
        let is_number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
        *name != own && number.is_some_and(is_number)
    };
    slots.iter().map(String::as_str).filter(is_member).collect()
}

/// Patroni's name for a member's slot.
pub fn slot(member: &str) -> String {
    member.replace(['-', '.'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_of_other_members() {
        let slots = [
            "main_1", "main_10", "main_0", "main_", "maine_1", "main_1a", "own", "x_main_1",
        ];
        let slots = slots.map(str::to_owned);
        assert_eq!(members(&slots, "main-0"), ["main_1", "main_10"]);
        assert_eq!(members(&slots, "main"), Vec::<&str>::new());
    }

    #[test]
    fn slots_have_patronis_names() {
        assert_eq!(slot("main-1"), "main_1");
        assert_eq!(slot("a-b-10"), "a_b_10");
    }
}
