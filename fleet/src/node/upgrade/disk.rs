//! The volume's part of an upgrade: the journal's file, and directories that change their names.
//! Each change is durable before the next one begins.

use super::journal::{Dir, Found, Journal, Last};
use crate::node::Error;
use crate::node::environment::Environment;
use crate::node::prepare::Account;
use serde::{Serialize, de::DeserializeOwned};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where everything of an upgrade lies.
#[derive(Clone, Debug)]
pub struct Places {
    /// Where the server's data belongs.
    pub data: PathBuf,
    /// All the rest.
    pub own: PathBuf,
    /// Who owns it.
    pub account: Account,
}

impl Places {
    /// On this pod's volume.
    pub fn of(env: &Environment, account: Account) -> Self {
        Self {
            data: env.data(),
            own: env.root().join("upgrade"),
            account,
        }
    }

    /// The same, and makes the directory.
    pub fn new(env: &Environment, account: Account) -> Result<Self, Error> {
        let places = Self::of(env, account);
        let own = &places.own;
        if !own.is_dir() {
            fs::create_dir_all(own).map_err(Error::at("create", own))?;
            account.own(own)?;
            fs::set_permissions(own, fs::Permissions::from_mode(0o700))
                .map_err(Error::at("change the mode of", own))?;
            sync(&env.root())?;
        }
        Ok(places)
    }

    /// The new cluster.
    pub fn new_data(&self) -> PathBuf {
        self.own.join("new")
    }

    /// The old cluster.
    pub fn old_data(&self) -> PathBuf {
        self.own.join("old")
    }

    /// What lies there.
    pub fn found(&self) -> Found {
        Found {
            data: look(&self.data),
            new: look(&self.new_data()),
            old: look(&self.old_data()),
        }
    }

    /// The journal, if one is open. One that cannot be read is an error: nobody starts anything.
    pub fn journal(&self) -> Result<Option<Journal>, Error> {
        self.read("journal.json")
    }

    /// How the last one ended.
    pub fn last(&self) -> Result<Option<Last>, Error> {
        self.read("last.json")
    }

    /// Writes the journal.
    pub fn note(&self, journal: &Journal) -> Result<(), Error> {
        self.write("journal.json", journal)
    }

    /// Closes the journal, and keeps how it ended.
    pub fn close(&self, last: &Last) -> Result<(), Error> {
        self.write("last.json", last)?;
        delete_file(&self.own.join("journal.json"))?;
        sync(&self.own)
    }

    /// Refuses orders of a controller that another one has followed.
    pub fn fence(&self, number: u64) -> Result<(), Error> {
        let highest: u64 = self.read("fence.json")?.unwrap_or(0);
        if number < highest {
            return Err(Error::Upgrade(format!(
                "this order is of controller {number}, and controller {highest} has taken over"
            )));
        }
        if number > highest {
            self.write("fence.json", &number)?;
        }
        Ok(())
    }

    /// Waits for what only one process may do at a time; held until it is dropped.
    pub fn lock(&self, name: &str) -> Result<File, Error> {
        let file = self.open_lock(name)?;
        file.lock()
            .map_err(Error::at("lock", &self.own.join(name)))?;
        Ok(file)
    }

    /// The same without waiting: `None` while another process has it.
    pub fn try_lock(&self, name: &str) -> Result<Option<File>, Error> {
        let file = self.open_lock(name)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => {
                Err(Error::at("lock", &self.own.join(name))(error))
            }
        }
    }

    fn open_lock(&self, name: &str) -> Result<File, Error> {
        let path = self.own.join(name);
        let file = File::options()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(Error::at("open", &path))?;
        self.account.own(&path)?;
        Ok(file)
    }

    /// A file of its own; `None` where there is none.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        let path = self.own.join(name);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::at("read", &path)(error)),
        };
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| Error::Upgrade(format!("{}: {error}", path.display())))
    }

    /// Writes such a file, durably, whole or not at all.
    pub fn write(&self, name: &str, value: &impl Serialize) -> Result<(), Error> {
        let (path, part) = (self.own.join(name), self.own.join(format!("{name}.part")));
        let text = serde_json::to_vec(value)
            .map_err(|error| Error::Upgrade(format!("{name}: {error}")))?;
        let mut file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)
            .map_err(Error::at("write", &part))?;
        file.write_all(&text)
            .and_then(|()| file.sync_all())
            .map_err(Error::at("write", &part))?;
        self.account.own(&part)?;
        rename(&part, &path)
    }
}

/// Gives a file another name, durably.
pub fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(Error::at("rename", from))?;
    for path in [to, from] {
        if let Some(parent) = path.parent() {
            sync(parent)?;
        }
    }
    Ok(())
}

/// Deletes a directory with all that is in it; the cluster in it is none from the first moment on.
pub fn delete(path: &Path) -> Result<(), Error> {
    delete_file(&path.join("PG_VERSION"))?;
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::at("delete", path)(error))
        }
        _ => path.parent().map_or(Ok(()), sync),
    }
}

/// Deletes a file, if it is there.
pub fn delete_file(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::at("delete", path)(error))
        }
        _ => Ok(()),
    }
}

/// Makes the names in a directory durable.
pub fn sync(directory: &Path) -> Result<(), Error> {
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(Error::at("make durable", directory))
}

/// Makes all that was written to the volume durable.
pub fn sync_all(on: &Path) -> Result<(), Error> {
    let mut sync = Command::new("sync");
    let synced = sync.arg("--file-system").arg(on).status();
    let synced = synced.map_err(Error::io("run sync"))?;
    match synced.success() {
        true => Ok(()),
        false => Err(Error::Upgrade(format!("sync: {synced}"))),
    }
}

fn look(path: &Path) -> Dir {
    let is_empty = fs::read_dir(path).map_or_else(
        |error| error.kind() == io::ErrorKind::NotFound,
        |mut entries| entries.next().is_none(),
    );
    if is_empty {
        return Dir::Empty;
    }
    let version = fs::read_to_string(path.join("PG_VERSION"));
    let version = version.ok().and_then(|text| text.trim().parse().ok());
    let control = |name: &str| path.join("global").join(name).exists();
    match version {
        Some(version) if control("pg_control") => Dir::Cluster(version),
        Some(version) if control("pg_control.old") => Dir::Disabled(version),
        _ => Dir::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::upgrade::journal::State;

    fn places(name: &str) -> Places {
        let root = std::env::temp_dir().join(format!("pg-fleet-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("upgrade")).unwrap();
        Places {
            data: root.join("data"),
            own: root.join("upgrade"),
            account: Account {
                uid: 0,
                gid: 0,
                change: false,
            },
        }
    }

    fn cluster(path: &Path, version: u32, control: &str) {
        fs::create_dir_all(path.join("global")).unwrap();
        fs::write(path.join("PG_VERSION"), format!("{version}\n")).unwrap();
        fs::write(path.join("global").join(control), "").unwrap();
    }

    #[test]
    fn directories_are_told_apart() {
        let places = places("look");
        assert_eq!(look(&places.data), Dir::Empty);
        fs::create_dir(&places.data).unwrap();
        assert_eq!(look(&places.data), Dir::Empty);
        cluster(&places.data, 15, "pg_control.old");
        assert_eq!(look(&places.data), Dir::Disabled(15));
        cluster(&places.data, 15, "pg_control");
        assert_eq!(look(&places.data), Dir::Cluster(15));
        fs::remove_file(places.data.join("PG_VERSION")).unwrap();
        assert_eq!(look(&places.data), Dir::Unknown);
        delete(&places.data).unwrap();
        delete(&places.data).unwrap();
        assert_eq!(look(&places.data), Dir::Empty);
        fs::remove_dir_all(places.own.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_journal_is_whole_or_not_there_and_a_broken_one_is_no_none() {
        let places = places("journal");
        assert_eq!(places.journal().unwrap(), None);
        let journal = Journal {
            state: State::Asked,
            operation: "op".into(),
            from: 15,
            to: 17,
            old_system: "1".into(),
            new_system: "2".into(),
            notes: Vec::new(),
            linked: None,
        };
        places.note(&journal).unwrap();
        assert_eq!(places.journal().unwrap(), Some(journal));
        let last = Last {
            operation: "op".into(),
            notes: vec!["why".into()],
            ..Last::default()
        };
        places.close(&last).unwrap();
        assert_eq!(places.journal().unwrap(), None);
        assert_eq!(places.last().unwrap(), Some(last));
        fs::write(places.own.join("journal.json"), "{").unwrap();
        assert!(places.journal().is_err());
        fs::remove_dir_all(places.own.parent().unwrap()).unwrap();
    }

    #[test]
    fn an_order_of_a_controller_that_was_followed_is_refused() {
        let places = places("fence");
        for (number, taken) in [(3, true), (3, true), (2, false), (4, true), (3, false)] {
            assert_eq!(places.fence(number).is_ok(), taken, "{number}");
        }
        fs::remove_dir_all(places.own.parent().unwrap()).unwrap();
    }

    #[test]
    fn one_process_at_a_time() {
        let places = places("lock");
        let first = places.try_lock("work.lock").unwrap();
        assert!(first.is_some());
        assert!(places.try_lock("work.lock").unwrap().is_none());
        drop(first);
        assert!(places.try_lock("work.lock").unwrap().is_some());
        fs::remove_dir_all(places.own.parent().unwrap()).unwrap();
    }
}
