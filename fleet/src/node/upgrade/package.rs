//! What the new cluster has beside the files that it shares with the old one, put aside for
//! replicas before it serves: a replica that shut down at the same checkpoint has the shared files
//! itself, and needs only this. Without it, or if anything of it is in doubt, a replica is copied
//! again: so nothing here may end an upgrade.

use super::disk::{self, Places};
use super::journal::Journal;
use super::shared::{Shared, sort};
use super::tools::Tools;
use crate::node::Error;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::{Instant, SystemTime};
use tracing::info;

/// The package while it is a directory.
const DIRECTORY: &str = "package";
/// In it, written last: the list of shared files.
pub const SHARED: &str = "pg_fleet_shared.json";
/// The package as replicas fetch it.
pub const ARCHIVE: &str = "package.tar.gz";
/// What it says of itself, written after it.
pub const LABEL: &str = "package.json";
/// The old cluster when it had been shut down, before pg_upgrade touched it.
#[derive(Debug)]
pub struct Origin {
    checkpoint: String,
    timeline: String,
    /// When its control file was written, which is the last thing that a shutdown writes.
    since: SystemTime,
}

impl Origin {
    /// Of the primary's data.
    pub fn of(tools: &Tools<'_>, journal: &Journal) -> Result<Self, Error> {
        let data = &tools.places.data;
        let file = data.join("global").join("pg_control");
        let written = fs::metadata(&file).and_then(|found| found.modified());
        let control = tools.control_data(journal.from, data)?;
        Ok(Self {
            checkpoint: control.line("Latest checkpoint location"),
            timeline: control.line("Latest checkpoint's TimeLineID"),
            since: written.map_err(Error::at("read", &file))?,
        })
    }
}

/// What a package says of itself.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Label {
    /// The operation.
    pub operation: String,
    /// The major version before.
    pub from: u32,
    /// The major version after.
    pub to: u32,
    /// System identifier before.
    pub old_system: String,
    /// System identifier after.
    pub new_system: String,
    /// Where the old cluster was shut down.
    pub checkpoint: String,
    /// On which timeline.
    pub timeline: String,
    /// Where the new cluster's WAL goes on.
    pub start: String,
    /// The boot of the machine that the directory was made in: it was not made durable.
    pub boot: String,
    /// Bytes of the files that are in it.
    pub bytes: u64,
    /// SHA-256 of the archive.
    pub digest: String,
    /// Bytes of the archive.
    pub size: u64,
}

/// The package's list.
#[derive(Debug, Deserialize, Serialize)]
pub struct List {
    label: Label,
    /// The files.
    pub shared: Vec<Shared>,
}

/// Takes away what an earlier upgrade has left.
pub fn clear(places: &Places) -> Result<(), Error> {
    disk::delete_file(&places.own.join(LABEL))?;
    disk::delete_file(&places.own.join(ARCHIVE))?;
    disk::delete(&places.own.join(DIRECTORY))
}

/// Puts it aside. Nobody can write meanwhile, so this only copies; the rest is [`pack`]'s.
pub fn make(tools: &Tools<'_>, origin: &Origin, journal: &Journal) -> Result<(), Error> {
    let began = Instant::now();
    let places = tools.places;
    clear(places)?;
    let new = places.new_data();
    let control = tools.control_data(journal.to, &new)?;
    let (state, level) = (
        control.line("Database cluster state"),
        control.line("wal_level setting"),
    );
    if state != "shut down" || level == "minimal" {
        // A replica's server would refuse it.
        let why = format!("the new cluster is \"{state}\", its wal_level {level}");
        return Err(Error::Upgrade(why));
    }
    let segment = control.line("Latest checkpoint's REDO WAL file");
    let contents = sort(&places.data, &new, origin.since, &segment)?;
    let package = places.own.join(DIRECTORY);
    directory(places, &package)?;
    for name in &contents.directories {
        directory(places, &package.join(name))?;
    }
    let bytes = copy(places, &contents.files, &new, &package)?;
    let list = List {
        label: Label {
            operation: journal.operation.clone(),
            from: journal.from,
            to: journal.to,
            old_system: journal.old_system.clone(),
            new_system: journal.new_system.clone(),
            checkpoint: origin.checkpoint.clone(),
            timeline: origin.timeline.clone(),
            start: control.line("Latest checkpoint location"),
            boot: boot(),
            bytes,
            ..Label::default()
        },
        shared: contents.shared,
    };
    places.write(&format!("{DIRECTORY}/{SHARED}"), &list)?;
    info!(
        shared = list.shared.len(),
        files = contents.files.len(),
        bytes,
        ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "put aside what replicas need"
    );
    Ok(())
}

/// Copies files from one directory to the other; how many bytes they have. Thousands of small ones,
/// for which everybody waits: two at a time.
fn copy(places: &Places, files: &[String], from: &Path, to: &Path) -> Result<u64, Error> {
    let some = |files: &[String]| {
        files.iter().try_fold(0, |bytes, name| {
            let (from, to) = (from.join(name), to.join(name));
            let copied = fs::copy(&from, &to).map_err(Error::at("copy", &from))?;
            places.account.own(&to)?;
            Ok(bytes + copied)
        })
    };
    let (one, other) = files.split_at(files.len() / 2);
    std::thread::scope(|scope| {
        let one = scope.spawn(|| some(one));
        let other: Result<u64, Error> = some(other);
        let one = one
            .join()
            .map_err(|_| Error::Upgrade("what replicas need was not copied".to_owned()))?;
        Ok(one? + other?)
    })
}

/// Makes of it what replicas fetch, while the server serves already.
pub fn pack(tools: &Tools<'_>) -> Result<(), Error> {
    let places = tools.places;
    let package = places.own.join(DIRECTORY);
    let list: Option<List> = places.read(&format!("{DIRECTORY}/{SHARED}"))?;
    let Some(List { label, .. }) = list.filter(|list| list.label.boot == boot()) else {
        return disk::delete(&package);
    };
    let archive = places.own.join(ARCHIVE);
    let mut tar = tools.command("tar")?;
    tar.arg("--create").arg("--gzip").arg("--file");
    tar.arg(&archive).arg("--directory").arg(&package).arg(".");
    tools.run("tar", &mut tar)?;
    let (digest, size) = File::open(&archive)
        .and_then(|file| {
            file.sync_all()?;
            digest(file)
        })
        .map_err(Error::at("read", &archive))?;
    places.write(
        LABEL,
        &Label {
            digest,
            size,
            ..label
        },
    )?;
    info!(size, "what replicas need is packed");
    disk::delete(&package)
}

/// SHA-256 and length.
pub fn digest(mut from: impl io::Read) -> io::Result<(String, u64)> {
    let mut hash = Sha256::new();
    let (mut buffer, mut size) = (vec![0; 64 * 1024], 0);
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hash.update(buffer.get(..count).unwrap_or_default());
        size += u64::try_from(count).unwrap_or_default();
    }
    let hash = hash.finalize();
    Ok((
        hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        size,
    ))
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

/// Makes a directory of the account's own.
pub fn directory(places: &Places, path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::DirBuilderExt;
    let made = fs::DirBuilder::new().mode(0o700).create(path);
    made.map_err(Error::at("create", path))?;
    places.account.own(path)
}
