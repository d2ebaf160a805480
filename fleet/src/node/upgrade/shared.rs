//! What a cluster that `pg_upgrade --link` has made shares with the old one, told from what it has
//! alone.

use super::package::SHARED;
use crate::node::Error;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// PostgreSQL's page; of another size, only what is trimmed differs, on both sides alike.
const PAGE: u64 = 8192;
/// More empty pages than a server adds in advance are not looked for.
const EMPTY: u64 = 64 * 1024 * 1024;

/// A file that the new cluster shares with the old one.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Shared {
    /// Its name in the new cluster.
    pub new: String,
    /// Its name in the old one.
    pub old: String,
    /// Its length up to the last page that is not empty. None for the maps of free space and of
    /// visibility: a replica's own are right at any length, and also where there is none.
    pub used: Option<u64>,
}

/// What a new cluster consists of.
#[derive(Debug, Default, PartialEq)]
pub struct Contents {
    /// Files that the old one has as well.
    pub shared: Vec<Shared>,
    /// Files of its own.
    pub files: Vec<String>,
    /// Directories, each before what is in it.
    pub directories: Vec<String>,
}

/// Tells what the new cluster shares with the old one from what it has alone. A shared file that
/// was written since the shutdown counts as the new cluster's alone.
pub fn sort(old: &Path, new: &Path, since: SystemTime, segment: &str) -> Result<Contents, Error> {
    let mut names = HashMap::new();
    for (name, found) in walk(old)? {
        if found.is_file() && found.nlink() > 1 {
            names.insert((found.dev(), found.ino()), name);
        }
    }
    let all = walk(new)?;
    // Their data are thrown away when a server begins to recover, and a replica has none.
    let unlogged: BTreeSet<&str> = all
        .iter()
        .filter_map(|(name, _)| name.strip_suffix("_init"))
        .collect();
    let mut contents = Contents::default();
    for (name, found) in &all {
        if !belongs(name, found.is_dir(), segment) {
            continue;
        }
        if found.is_dir() {
            contents.directories.push(name.clone());
            continue;
        }
        if !found.is_file() {
            let path = new.join(name);
            return Err(Error::Upgrade(format!("{} is a link", path.display())));
        }
        let path = new.join(name);
        let written = found.modified().map_err(Error::at("read", &path))?;
        let old = names.get(&(found.dev(), found.ino()));
        match (old, relation(name)) {
            (Some(_), Some((stem, _))) if unlogged.contains(stem) => {}
            (Some(old), Some((_, fork))) if written <= since => contents.shared.push(Shared {
                new: name.clone(),
                old: old.clone(),
                used: (!matches!(fork, "_fsm" | "_vm")).then_some(found.len()),
            }),
            _ => contents.files.push(name.clone()),
        }
    }
    measure(new, &mut contents.shared)?;
    Ok(contents)
}

/// Puts the used length in place of the length. A read from each file: side by side, because they
/// need not be in memory, and nobody can write meanwhile.
fn measure(new: &Path, shared: &mut [Shared]) -> Result<(), Error> {
    const SIDE_BY_SIDE: usize = 8;
    let size = shared.len().div_ceil(SIDE_BY_SIDE).max(1);
    std::thread::scope(|scope| {
        let parts = shared.chunks_mut(size).map(|part| {
            scope.spawn(move || {
                for file in part.iter_mut().filter(|file| file.used.is_some()) {
                    let path = new.join(&file.new);
                    file.used = Some(used(&path).map_err(Error::at("read", &path))?);
                }
                Ok(())
            })
        });
        let parts: Vec<_> = parts.collect();
        let broke = || Err(Error::Upgrade("reading was broken off".to_owned()));
        let mut done = parts
            .into_iter()
            .map(|part| part.join().unwrap_or_else(|_| broke()));
        done.try_for_each(|part| part)
    })
}

/// What a base backup would take along, too.
fn belongs(name: &str, is_directory: bool, segment: &str) -> bool {
    const EMPTIED: [&str; 7] = [
        "pg_dynshmem",
        "pg_notify",
        "pg_replslot",
        "pg_serial",
        "pg_snapshots",
        "pg_stat_tmp",
        "pg_subtrans",
    ];
    let (first, rest) = name.split_once('/').unwrap_or((name, ""));
    let last = name.rsplit('/').next().unwrap_or_default();
    match first {
        "postmaster.pid" | "postmaster.opts" | "pg_upgrade_output.d" | SHARED => false,
        "pg_wal" => is_directory || rest == segment,
        _ if EMPTIED.contains(&first) => rest.is_empty(),
        _ => !last.starts_with("pg_internal.init"),
    }
}

/// `base/5/16384_fsm.1`: everything up to the number, and the fork.
fn relation(name: &str) -> Option<(&str, &str)> {
    let begin = name.rfind('/').map_or(0, |at| at + 1);
    let digits = name[begin..].bytes().take_while(u8::is_ascii_digit).count();
    let (stem, rest) = name.split_at(begin + digits);
    let fork = rest.split_once('.').map_or(rest, |(fork, _)| fork);
    (digits > 0 && ["", "_fsm", "_vm", "_init"].contains(&fork)).then_some((stem, fork))
}

/// Length up to the last page that is not empty: pages that were added in advance are not logged,
/// so a replica may have others, or none.
pub fn used(path: &Path) -> io::Result<u64> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut page = [0u8; PAGE as usize];
    let mut end = length;
    while end > 0 && length - end < EMPTY {
        let begin = (end - 1) / PAGE * PAGE;
        let size = usize::try_from(end - begin).unwrap_or(page.len());
        let part = page.get_mut(..size).unwrap_or_default();
        file.read_exact_at(part, begin)?;
        if part.iter().any(|byte| *byte != 0) {
            break;
        }
        end = begin;
    }
    Ok(end)
}

/// Everything below a directory, directories before what is in them; links are not followed.
fn walk(root: &Path) -> Result<Vec<(String, Metadata)>, Error> {
    let mut all = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(below) = open.pop() {
        let directory = root.join(&below);
        let read = Error::at("read", &directory);
        for entry in fs::read_dir(&directory).map_err(&read)? {
            let entry = entry.map_err(&read)?;
            let name = below.join(entry.file_name());
            let found = entry.metadata().map_err(&read)?;
            if found.is_dir() {
                open.push(name.clone());
            }
            let name = name.into_os_string().into_string().map_err(|name| {
                Error::Upgrade(format!("{} is no text", Path::new(&name).display()))
            })?;
            all.push((name, found));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn write(path: &Path, bytes: &[u8]) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn what_is_shared_is_told_from_what_is_new() {
        let root = std::env::temp_dir().join(format!("pg-fleet-package-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let (old, new) = (root.join("old"), root.join("new"));
        let page = [7; 8192];
        let shutdown = SystemTime::now() - Duration::from_secs(60);
        // (name in the old cluster, name in the new one)
        let linked = [
            ("base/5/100", "base/16/100"),
            ("base/5/100.1", "base/16/100.1"),
            ("base/5/100_fsm", "base/16/100_fsm"),
            ("base/5/100_vm", "base/16/100_vm"),
            ("base/5/200", "base/16/200"),
            ("base/5/200_fsm", "base/16/200_fsm"),
            ("base/5/300", "base/16/300"),
            ("base/5/400", "base/16/400"),
        ];
        for (from, to) in linked {
            let path = old.join(from);
            write(&path, &page);
            let file = File::options().append(true).open(&path).unwrap();
            if from.ends_with("100.1") {
                file.set_len(8192 * 5).unwrap();
            }
            if !from.ends_with("300") {
                file.set_modified(shutdown).unwrap();
            }
            fs::create_dir_all(new.join(to).parent().unwrap()).unwrap();
            fs::hard_link(&path, new.join(to)).unwrap();
        }
        // Linked by somebody else: no file of the old cluster.
        write(&root.join("elsewhere"), &page);
        fs::hard_link(root.join("elsewhere"), new.join("base/16/500")).unwrap();
        for name in [
            "base/16/200_init",
            "base/16/1259",
            "base/16/pg_internal.init",
            "global/pg_control",
            "pg_wal/000000010000000000000006",
            "pg_wal/000000010000000000000007",
            "pg_wal/archive_status/000000010000000000000006.done",
            "pg_replslot/main_1/state",
            "pg_subtrans/0000",
            "pg_upgrade_output.d/log/a.txt",
            "postmaster.opts",
            "PG_VERSION",
        ] {
            write(&new.join(name), b"x");
        }
        let found = sort(&old, &new, shutdown, "000000010000000000000006").unwrap();
        let mut shared: Vec<(String, Option<u64>)> = found
            .shared
            .iter()
            .map(|one| (format!("{} {}", one.old, one.new), one.used))
            .collect();
        shared.sort();
        let one = |name: &str, used| (format!("base/5/{name} base/16/{name}"), used);
        assert_eq!(
            shared,
            [
                one("100", Some(8192)),
                one("100.1", Some(8192)),
                one("100_fsm", None),
                one("100_vm", None),
                one("400", Some(8192)),
            ],
        );
        let sorted = |mut all: Vec<String>| {
            all.sort();
            all
        };
        assert_eq!(
            sorted(found.files),
            [
                "PG_VERSION",
                "base/16/1259",
                "base/16/200_init",
                // It was written since.
                "base/16/300",
                "base/16/500",
                "global/pg_control",
                "pg_wal/000000010000000000000006",
            ]
        );
        assert_eq!(
            sorted(found.directories),
            [
                "base",
                "base/16",
                "global",
                "pg_replslot",
                "pg_subtrans",
                "pg_wal",
                "pg_wal/archive_status"
            ]
        );
        std::os::unix::fs::symlink("/elsewhere", new.join("base/16/600")).unwrap();
        assert!(sort(&old, &new, shutdown, "").is_err(), "a link is taken");
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn files_of_relations() {
        for (name, expected) in [
            ("base/5/16384", Some(("base/5/16384", ""))),
            ("base/5/16384.2", Some(("base/5/16384", ""))),
            ("base/5/16384_fsm.1", Some(("base/5/16384", "_fsm"))),
            ("base/5/16384_init", Some(("base/5/16384", "_init"))),
            ("base/5/16384_other", None),
            ("base/5/PG_VERSION", None),
            ("base/5/t3_16384", None),
            ("pg_wal", None),
        ] {
            assert_eq!(relation(name), expected, "{name}");
        }
    }

    #[test]
    fn empty_pages_at_the_end_do_not_count() {
        let path = std::env::temp_dir().join(format!("pg-fleet-used-{}", std::process::id()));
        type Case = (&'static [(u64, u8)], u64, u64);
        let table: [Case; 5] = [
            (&[], 0, 0),
            (&[], 3 * PAGE, 0),
            (&[(0, 1)], 3 * PAGE, PAGE),
            (&[(0, 1), (3 * PAGE - 1, 1)], 3 * PAGE, 3 * PAGE),
            (&[(PAGE, 1)], PAGE + 10, PAGE + 10),
        ];
        for (bytes, length, expected) in table {
            let file = File::create(&path).unwrap();
            file.set_len(length).unwrap();
            for (at, byte) in bytes {
                file.write_all_at(&[*byte], *at).unwrap();
            }
            assert_eq!(used(&path).unwrap(), expected, "{bytes:?} {length}");
        }
        fs::remove_file(&path).unwrap();
    }
}
