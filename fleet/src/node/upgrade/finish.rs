//! What makes a converted cluster whole while it serves already: extensions, statistics, and the
//! old cluster's directory. Begun anew after a crash; done twice it is done once.

use super::check::databases;
use super::disk::{self, Places};
use super::initialize;
use super::journal::{Last, State};
use super::package;
use super::tools::Tools;
use crate::node::Error;
use crate::node::environment::Environment;
use std::time::Duration;
use tracing::{info, warn};

const PAUSE: Duration = Duration::from_millis(500);

/// Waits until the server leads, then brings everything up to date and closes the journal. A server that is restarted
/// meanwhile is waited for. Where another member leads, that one is ordered to do it.
pub fn finish(env: &Environment, places: &Places) -> Result<(), Error> {
    let Some(_alone) = places.try_lock("finish.lock")? else {
        return Ok(());
    };
    while let Err(error) = once(env, places) {
        warn!(%error, "the upgrade is not whole yet; trying on");
        std::thread::sleep(PAUSE * 10);
    }
    Ok(())
}

fn once(env: &Environment, places: &Places) -> Result<(), Error> {
    let tools = Tools { env, places };
    let Some(journal) = places.journal()? else {
        return Ok(());
    };
    if journal.state != State::Serving {
        return Ok(());
    }
    if !leads(&tools) {
        info!("another member leads; it makes the upgrade whole");
        clean(places)?;
        return places.close(&Last {
            operation: journal.operation,
            done: true,
            version: Some(journal.to),
            ..Last::default()
        });
    }
    // Nobody waits for the rest as replicas wait for this.
    if let Err(error) = package::pack(&tools) {
        warn!(%error, "replicas will be copied again");
        package::clear(places)?;
    }
    let mut notes = Vec::new();
    for database in databases(&tools)? {
        notes.extend(extensions(&tools, &database)?);
    }
    let mut analyze = tools.command(tools.bin(journal.to).join("vacuumdb"))?;
    analyze
        .args(statistics(journal.to))
        .args(["--all", "-h"])
        .arg(super::tools::sockets(env))
        .args(["-p", env.or("PGPORT", "5432")]);
    if let Err(error) = tools.run("vacuumdb", &mut analyze) {
        warn!(%error, "statistics are not whole");
        notes.push(format!("statistics are not whole, run ANALYZE: {error}"));
    }
    clean(places)?;
    info!(?notes, "the upgrade is whole");
    places.close(&Last {
        operation: journal.operation,
        done: true,
        whole: true,
        version: Some(journal.to),
        notes,
        linked: None,
    })
}

/// Whether this server leads, once that is decided: each one is in recovery until it is promoted.
fn leads(tools: &Tools<'_>) -> bool {
    loop {
        match tools.value("SELECT pg_is_in_recovery()").as_deref() {
            Ok("f") => return true,
            Ok(_) if initialize::another_leads(tools.env) => return false,
            _ => std::thread::sleep(PAUSE),
        }
    }
}

/// Takes away what is left of the old cluster.
fn clean(places: &Places) -> Result<(), Error> {
    disk::delete(&places.old_data())?;
    disk::delete(&places.data.join("pg_upgrade_output.d"))?;
    disk::delete_file(&places.own.join("update_extensions.sql"))
}

/// What is asked of vacuumdb: from 18 on pg_upgrade brings statistics along, all but a few.
fn statistics(to: u32) -> &'static [&'static str] {
    match to {
        ..18 => &["--analyze-in-stages"],
        18.. => &["--analyze-in-stages", "--missing-stats-only"],
    }
}

/// Extensions whose files are newer than what the database has of them.
fn extensions(tools: &Tools<'_>, database: &str) -> Result<Vec<String>, Error> {
    let outdated = "SELECT format('ALTER EXTENSION %I UPDATE', name) FROM pg_available_extensions \
                    WHERE installed_version IS NOT NULL AND installed_version <> default_version";
    let mut notes = Vec::new();
    for statement in tools.sql(database, outdated)? {
        if let Err(error) = tools.sql(database, &statement) {
            notes.push(format!("{database}: {statement}: {error}"));
        }
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn statistics_that_came_along_are_not_made_anew() {
        for (to, missing_only) in [(17, false), (18, true), (19, true)] {
            let asked = super::statistics(to).contains(&"--missing-stats-only");
            assert_eq!(asked, missing_only, "{to}");
        }
    }
}
