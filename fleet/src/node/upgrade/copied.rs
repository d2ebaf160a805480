//! A copy of an older version, upgraded before anything serves from it. Nothing needs a way back here: whatever is killed, the
//! copy is made anew. What a converted cluster lacks at first is made up for as after any upgrade: a journal says that it is
//! due.

use super::check;
use super::disk::{self, Places};
use super::journal::{Journal, State};
use super::tools::{Tools, sockets};
use crate::node::Error;
use crate::node::copy::{ALONE, one_line};
use crate::node::environment::Environment;
use std::fs;
use std::path::{Path, PathBuf};

/// In the journal in place of an operation.
const OPERATION: &str = "clone";
/// Who may connect to a server of the copy while it is converted.
const HBA: &str = "copied.hba.conf";
/// What pg_upgrade leaves for people to run.
const DELETE_OLD: &str = "delete_old_cluster.sh";

/// Puts a cluster of the new version in the copy's place. What is said of a failure is one line.
pub fn convert(
    env: &Environment,
    on: &Places,
    copy: PathBuf,
    from: u32,
    to: u32,
) -> Result<(), Error> {
    let places = Places {
        data: copy,
        ..on.clone()
    };
    let tools = Tools {
        env,
        places: &places,
    };
    let (new, hba) = (places.new_data(), places.own.join(HBA));
    fs::write(&hba, "local all all trust\n").map_err(Error::at("write", &hba))?;
    places.account.own(&hba)?;
    let options = options(&hba);
    let prepared = check::prepare_beside(&tools, from, to, &listening(env, &options));
    let new_system = prepared.map_err(said)?;
    let old_system = tools.control(from, &places.data, "Database system identifier")?;
    let mut command = check::pg_upgrade_with(&tools, from, to, &tools.bin(to))?;
    command.args(["-o", &options]);
    let ran = tools.run("pg_upgrade", &mut command);
    ran.map_err(|error| Error::Upgrade(check::in_words(&new, error)))?;
    for name in [HBA, DELETE_OLD] {
        disk::delete_file(&places.own.join(name))?;
    }
    // Its last start of the new cluster was without fsync.
    disk::sync_all(&places.own)?;
    disk::delete(&places.data)?;
    disk::rename(&new, &places.data)?;
    on.note(&Journal {
        state: State::Serving,
        operation: OPERATION.to_owned(),
        from,
        to,
        old_system,
        new_system,
        notes: Vec::new(),
        linked: None,
    })
}

fn said(error: Error) -> Error {
    Error::Upgrade(one_line(&error.to_string()))
}

/// For a server of the copy: no statement of the source's own surroundings counts.
fn options(hba: &Path) -> String {
    let all = ALONE.iter().map(|setting| (*setting).to_owned());
    let all = all.chain([format!("hba_file={}", hba.display())]);
    let all: Vec<String> = all.map(|setting| format!("-c '{setting}'")).collect();
    all.join(" ")
}

/// The same for one that is asked what its databases are like.
fn listening(env: &Environment, options: &str) -> String {
    let (sockets, port) = (sockets(env), env.or("PGPORT", "5432"));
    format!(
        "-b {options} -c listen_addresses='' -c unix_socket_directories='{sockets}' -c port={port}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_the_copy_loads_archives_and_listens_to_nothing_of_the_sources() {
        let env: Environment = [("RW_DIR", "/run"), ("PGPORT", "6432")]
            .into_iter()
            .collect();
        let options = options(Path::new("/v/hba"));
        for setting in [
            "shared_preload_libraries=",
            "archive_mode=off",
            "ssl=off",
            "hba_file=/v/hba",
        ] {
            assert!(options.contains(&format!("-c '{setting}'")), "{options}");
        }
        let listening = listening(&env, &options);
        assert!(listening.starts_with(&format!("-b {options} -c listen_addresses=''")));
        assert!(listening.ends_with("='/run/postgresql' -c port=6432"));
    }
}
