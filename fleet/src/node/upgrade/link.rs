//! A replica's new data directory, made of its own old files and of what the primary has put aside
//! for it ([`super::package`]). Only where it is proved that the files are the same: it shut down
//! cleanly, in recovery, at the checkpoint at which the primary was shut down before it was
//! converted (safety.md §6). Whatever is not proved is said, and the data are copied again.

use super::disk;
use super::initialize;
use super::journal::{Journal, Linked};
use super::orders::Control;
use super::package::{ARCHIVE, LABEL, Label, List, SHARED, digest, directory};
use super::shared::{Shared, used};
use super::slots::slot;
use super::tools::Tools;
use crate::node::Error;
use crate::node::environment::Facts;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path};
use std::process::{Command, Stdio};
use std::time::Duration;
use tracing::{info, warn};

/// Between two attempts to reach the primary.
const PAUSE: Duration = Duration::from_secs(2);
/// After so many the data are copied again: by then that is possible, or nothing is.
const ATTEMPTS: u32 = 60;
/// The primary's files are asked for in parts of this size.
const PART: u64 = 1024 * 1024;
/// The archive as it arrives.
const FETCHED: &str = "fetched.tar.gz";

/// Why it was not made.
#[derive(Debug)]
enum Not {
    /// Worth another attempt.
    Yet(String),
    /// The data must be copied.
    Proved(String),
}

impl From<Error> for Not {
    fn from(error: Error) -> Self {
        Self::Proved(error.to_string())
    }
}

/// Makes the new directory beside the old one, whole and on the disk; or says why the data must be
/// copied again.
pub fn link(tools: &Tools<'_>, journal: &Journal) -> Result<Linked, String> {
    let mut last = String::new();
    for _ in 0..ATTEMPTS {
        match attempt(tools, journal) {
            Ok(linked) => return Ok(linked),
            Err(Not::Proved(why)) => return Err(why),
            Err(Not::Yet(why)) => {
                if why != last {
                    warn!(why, "the files cannot be linked yet; trying on");
                }
                last = why;
            }
        }
        std::thread::sleep(PAUSE);
    }
    Err(last)
}

fn attempt(tools: &Tools<'_>, journal: &Journal) -> Result<Linked, Not> {
    let places = tools.places;
    let control = Control::read(tools, journal.from)?;
    let host = initialize::primary(tools.env).map_err(Not::Yet)?;
    let primary = Primary { tools, host };
    let label = primary.label(journal)?;
    if let Some(why) = refusal(&label, journal, &control) {
        return Err(Not::Proved(why));
    }
    primary.keeps_wal(&label)?;
    let new = places.new_data();
    disk::delete(&new)?;
    let fetched = places.own.join(FETCHED);
    primary.fetch(&label, &fetched)?;
    unpack(tools, &fetched, &new)?;
    disk::delete_file(&fetched)?;
    let list = new.join(SHARED);
    let text = fs::read(&list).map_err(Error::at("read", &list))?;
    let List { shared, .. } =
        serde_json::from_slice(&text).map_err(|error| Not::Proved(format!("{SHARED}: {error}")))?;
    let of = share(&shared, &places.data, &new)?;
    disk::delete_file(&list)?;
    disk::sync_all(&places.own)?;
    info!(files = shared.len(), fetched = label.size, of, "linked");
    Ok(Linked {
        fetched: label.size,
        of: of + label.bytes,
    })
}

/// What keeps this replica's files from being those of the primary's old cluster.
fn refusal(label: &Label, journal: &Journal, control: &Control) -> Option<String> {
    let is = |what: &str, here: &str, there: &str| {
        (here != there).then(|| format!("{what} is {here} here and {there} on the primary"))
    };
    let versions = |from: u32, to: u32| format!("{from} to {to}");
    is("the operation", &journal.operation, &label.operation)
        .or_else(|| {
            let (here, there) = (
                versions(journal.from, journal.to),
                versions(label.from, label.to),
            );
            is("the upgrade", &here, &there)
        })
        .or_else(|| is("the new system", &journal.new_system, &label.new_system))
        .or_else(|| is("the system", &control.system, &label.old_system))
        .or_else(|| {
            let state = &control.state;
            (state != "shut down in recovery").then(|| format!("this replica is \"{state}\""))
        })
        .or_else(|| is("the timeline", &control.timeline, &label.timeline))
        .or_else(|| {
            is(
                "the last checkpoint",
                &control.checkpoint,
                &label.checkpoint,
            )
        })
}

/// The new primary, over the network.
struct Primary<'a> {
    tools: &'a Tools<'a>,
    host: String,
}

impl Primary<'_> {
    fn psql(&self) -> Result<Command, Error> {
        let mut psql = self.tools.psql()?;
        let port = self.tools.env.or("PGPORT", "5432");
        psql.arg(format!(
            "host={} port={port} dbname=postgres connect_timeout=10 tcp_user_timeout=30000 keepalives_idle=10",
            self.host
        ));
        Ok(psql)
    }

    /// One value. No answer may be an answer later.
    fn value(&self, statement: &str) -> Result<String, Not> {
        let mut psql = self.psql()?;
        psql.args(["-c", statement]);
        let said = self.tools.run("psql", &mut psql);
        said.map_err(|error| Not::Yet(format!("{}: {error}", self.host)))
    }

    /// A file beside its data, where it lies on this volume, too.
    fn file(&self, name: &str) -> String {
        let path = self.tools.places.own.join(name).display().to_string();
        path.replace('\'', "''")
    }

    fn label(&self, journal: &Journal) -> Result<Label, Not> {
        let who =
            self.value("SELECT pg_is_in_recovery(), system_identifier FROM pg_control_system()")?;
        match who.split_once('|') {
            Some(("f", system)) if system == journal.new_system => {}
            _ => return Err(Not::Yet(format!("{} says it is {who}", self.host))),
        }
        let label = || {
            let file = self.file(LABEL);
            self.value(&format!("SELECT pg_read_file('{file}', 0, 65536, true)"))
        };
        let mut text = label()?;
        if text.is_empty() {
            let list = self.file(&format!("package/{SHARED}"));
            let size = self.value(&format!("SELECT size FROM pg_stat_file('{list}', true)"))?;
            // It may have been packed between the two questions.
            text = label()?;
            if text.is_empty() && !size.is_empty() {
                let why = format!("{} is still packing what is needed", self.host);
                return Err(Not::Yet(why));
            }
        }
        if text.is_empty() {
            let why = "the primary has put nothing aside for it";
            return Err(Not::Proved(why.to_owned()));
        }
        serde_json::from_str(&text).map_err(|error| Not::Proved(format!("{LABEL}: {error}")))
    }

    /// The primary must keep its WAL from its first record on until this replica has it.
    fn keeps_wal(&self, label: &Label) -> Result<(), Not> {
        let slot = slot(&Facts::read(&self.tools.places.data).hostname);
        let segment = "(SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size')";
        let kept = self.value(&format!(
            "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '{slot}' \
             AND slot_type = 'physical' AND wal_status IN ('reserved', 'extended') \
             AND div(restart_lsn - '0/0', {segment}) <= div(pg_lsn '{}' - '0/0', {segment})",
            label.start.replace('\'', "")
        ))?;
        match kept.as_str() {
            "1" => Ok(()),
            _ => Err(Not::Proved(format!(
                "the primary keeps no WAL from {} on for it",
                label.start
            ))),
        }
    }

    /// Fetches the archive. What arrives is what was put aside, or nothing.
    fn fetch(&self, label: &Label, to: &Path) -> Result<(), Not> {
        let file = self.file(ARCHIVE);
        let copy = format!(
            "COPY (SELECT pg_read_binary_file('{file}', part * {PART}, {PART}) \
             FROM generate_series(0, {}) part) TO STDOUT (FORMAT binary)",
            label.size.div_ceil(PART).saturating_sub(1)
        );
        let mut psql = self.psql()?;
        psql.args(["-c", &copy])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = psql.spawn().map_err(Error::io("run psql"))?;
        let out = process.stdout.take();
        let mut archive = File::create(to).map_err(Error::at("write", to))?;
        let came = out.map_or(Ok(()), |out| {
            fields(&mut io::BufReader::new(out), &mut archive)
        });
        let ended = process.wait_with_output().map_err(Error::io("run psql"))?;
        self.tools.places.account.own(to)?;
        if let (false, _) | (_, Err(_)) = (ended.status.success(), &came) {
            let said = String::from_utf8_lossy(&ended.stderr);
            let why = came.err().map_or_else(String::new, |why| why.to_string());
            return Err(Not::Yet(format!("{}: {} {why}", self.host, said.trim())));
        }
        let (digest, size) = File::open(to)
            .and_then(digest)
            .map_err(Error::at("read", to))?;
        match (digest == label.digest, size == label.size) {
            (true, true) => Ok(()),
            _ => Err(Not::Yet("what came is not what was put aside".to_owned())),
        }
    }
}

/// The one column of a `COPY … (FORMAT binary)`.
fn fields(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "no binary copy");
    let mut head = [0; 19];
    from.read_exact(&mut head)?;
    if !head.starts_with(SIGNATURE) {
        return Err(broken());
    }
    loop {
        let mut columns = [0; 2];
        from.read_exact(&mut columns)?;
        match i16::from_be_bytes(columns) {
            -1 => return Ok(()),
            1 => {}
            _ => return Err(broken()),
        }
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        let length = u64::from(u32::from_be_bytes(length));
        if length > PART || io::copy(&mut from.take(length), to)? != length {
            return Err(broken());
        }
    }
}

fn unpack(tools: &Tools<'_>, archive: &Path, new: &Path) -> Result<(), Error> {
    directory(tools.places, new)?;
    let mut tar = tools.command("tar")?;
    tar.arg("--extract")
        .arg("--gzip")
        .arg("--preserve-permissions");
    tar.arg("--file").arg(archive).arg("--directory").arg(new);
    tools.run("tar", &mut tar).map(drop)
}

/// Gives this replica's own files their new names. Bytes that were shared; an error if a file is
/// not what it is on the primary.
fn share(shared: &[Shared], old: &Path, new: &Path) -> Result<u64, Not> {
    let mut bytes = 0;
    for file in shared {
        let (from, to) = (inside(old, &file.old)?, inside(new, &file.new)?);
        let found = match fs::symlink_metadata(&from) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && file.used.is_none() => {
                continue;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Not::Proved(format!("{} is not here", file.old)));
            }
            found => found.map_err(Error::at("read", &from))?,
        };
        if !found.is_file() {
            return Err(Not::Proved(format!("{} is no file here", file.old)));
        }
        if let Some(expected) = file.used {
            let here = used(&from).map_err(Error::at("read", &from))?;
            if here != expected {
                let (name, what) = (&file.old, "bytes here, and on the primary");
                return Err(Not::Proved(format!("{name} has {here} {what} {expected}")));
            }
        }
        fs::hard_link(&from, &to).map_err(Error::at("link", &from))?;
        bytes += found.len();
    }
    Ok(bytes)
}

/// A path below a directory, and nowhere else.
fn inside(root: &Path, name: &str) -> Result<std::path::PathBuf, Not> {
    let path = Path::new(name);
    let plain = path
        .components()
        .all(|it| matches!(it, Component::Normal(_)));
    match plain {
        true => Ok(root.join(path)),
        false => Err(Not::Proved(format!("{name} leads out of the data"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::journal::State;
    use super::*;

    #[test]
    fn only_what_is_proved_to_be_the_same_is_linked() {
        let journal = Journal {
            state: State::Linking,
            operation: "op".into(),
            from: 15,
            to: 17,
            old_system: "1".into(),
            new_system: "2".into(),
            notes: Vec::new(),
            linked: None,
        };
        let label = Label {
            operation: "op".into(),
            from: 15,
            to: 17,
            old_system: "1".into(),
            new_system: "2".into(),
            checkpoint: "0/5000028".into(),
            timeline: "3".into(),
            ..Label::default()
        };
        let control = Control {
            state: "shut down in recovery".into(),
            checkpoint: "0/5000028".into(),
            timeline: "3".into(),
            system: "1".into(),
        };
        assert_eq!(refusal(&label, &journal, &control), None);
        type Change = fn(&mut Label, &mut Control);
        let table: [(&str, Change); 9] = [
            ("operation", |label, _| label.operation = "other".into()),
            ("upgrade", |label, _| label.to = 18),
            ("new system", |label, _| label.new_system = "3".into()),
            ("system", |_, control| control.system = "9".into()),
            ("shut down", |_, control| control.state = "shut down".into()),
            ("in production", |_, control| {
                control.state = "in production".into();
            }),
            ("timeline", |_, control| control.timeline = "2".into()),
            ("checkpoint", |_, control| {
                control.checkpoint = "0/4FFFFF0".into();
            }),
            ("checkpoint", |_, control| control.checkpoint.clear()),
        ];
        for (word, change) in table {
            let (mut label, mut control) = (label.clone(), control.clone());
            change(&mut label, &mut control);
            let why = refusal(&label, &journal, &control).unwrap_or_default();
            assert!(why.contains(word), "{word}: {why:?}");
        }
    }

    #[test]
    fn files_must_be_there_with_what_the_primary_has() {
        let root = std::env::temp_dir().join(format!("pg-fleet-share-{}", std::process::id()));
        let (old, new) = (root.join("old"), root.join("new"));
        let shared = |name: &str, used| Shared {
            new: format!("b/{name}"),
            old: format!("a/{name}"),
            used,
        };
        let attempt = |file: Shared| {
            let _ = fs::remove_dir_all(&root);
            fs::create_dir_all(old.join("a")).unwrap();
            fs::create_dir_all(new.join("b")).unwrap();
            let mut data = vec![1; 8192];
            data.resize(3 * 8192, 0);
            fs::write(old.join("a/1"), &data).unwrap();
            fs::write(old.join("a/1_vm"), &data).unwrap();
            std::os::unix::fs::symlink("1", old.join("a/2")).unwrap();
            let name = file.new.clone();
            share(&[file], &old, &new).map(|bytes| (bytes, new.join(name).exists()))
        };
        let done = |file| attempt(file).expect("it is the same");
        assert_eq!(done(shared("1", Some(8192))), (3 * 8192, true));
        assert_eq!(done(shared("1_vm", None)), (3 * 8192, true));
        assert_eq!(done(shared("1_fsm", None)), (0, false));
        for file in [
            shared("1", Some(2 * 8192)),
            shared("1", Some(0)),
            shared("3", Some(8192)),
            shared("3", Some(0)),
            shared("2", Some(8192)),
            shared("../a/1", None),
            Shared {
                old: "/etc/passwd".to_owned(),
                ..shared("1", None)
            },
        ] {
            let result = attempt(file.clone());
            assert!(matches!(result, Err(Not::Proved(_))), "{file:?} {result:?}");
        }
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn a_binary_copy_is_taken_apart() {
        let mut copy = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
        for part in [&b"ab"[..], b"", b"c"] {
            copy.extend([0, 1, 0, 0, 0, u8::try_from(part.len()).unwrap()]);
            copy.extend(part);
        }
        copy.extend([0xff, 0xff]);
        let read = |copy: &[u8]| {
            let mut out = Vec::new();
            fields(&mut &*copy, &mut out).map(|()| out)
        };
        assert_eq!(read(&copy).unwrap(), b"abc");
        for cut in 0..copy.len() {
            assert!(read(&copy[..cut]).is_err(), "{cut}");
        }
    }
}
