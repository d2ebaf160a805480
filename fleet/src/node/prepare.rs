//! Directories, owners and files that Patroni and Postgres need before they start.

use super::Error;
use super::environment::Environment;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::Path;

/// The account that owns the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Whether this process must change to it, i.e. was started as root.
    pub change: bool,
}

impl Account {
    /// `postgres` where the container starts as root; else whoever it was started as, who must have a name, or initdb and
    /// the server refuse.
    pub fn find() -> Result<Self, Error> {
        let passwd = fs::read_to_string("/etc/passwd").map_err(Error::io("read /etc/passwd"))?;
        let uid = rustix::process::getuid().as_raw();
        if uid == 0 {
            let (uid, gid) = lookup(&passwd, |name, _| name == "postgres")
                .ok_or(Error::NoAccount("postgres".into()))?;
            return Ok(Self {
                uid,
                gid,
                change: true,
            });
        }
        lookup(&passwd, |_, id| id == uid).ok_or(Error::NoAccount(format!("uid {uid}")))?;
        Ok(Self {
            uid,
            gid: rustix::process::getgid().as_raw(),
            change: false,
        })
    }

    /// What `setpriv` is told, so that a program runs as this account. Keeps the groups that fsGroup adds, which Rust's Command
    /// would drop: a TLS key may be readable through them only.
    pub fn switch(self) -> Result<Vec<String>, Error> {
        if !self.change {
            return Ok(Vec::new());
        }
        let groups = rustix::process::getgroups()
            .map_err(|error| Error::io("read the groups")(error.into()))?;
        let groups: Vec<String> = groups
            .iter()
            .map(|group| group.as_raw())
            .filter(|group| *group != 0)
            .chain([self.gid])
            .map(|group| group.to_string())
            .collect();
        Ok(vec![
            format!("--reuid={}", self.uid),
            format!("--regid={}", self.gid),
            format!("--groups={}", groups.join(",")),
        ])
    }

    pub(super) fn own(self, path: &Path) -> Result<(), Error> {
        if self.change {
            chown(path, Some(self.uid), Some(self.gid))
                .map_err(Error::at("change the owner of", path))
        } else {
            Ok(())
        }
    }
}

fn lookup(passwd: &str, wanted: impl Fn(&str, u32) -> bool) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, uid, gid) = (
            fields.next()?,
            fields.nth(1)?.parse().ok()?,
            fields.next()?.parse().ok()?,
        );
        wanted(name, uid).then_some((uid, gid))
    })
}

/// Makes everything below the volume and the scratch directory ready.
pub fn directories(env: &Environment, account: Account) -> Result<(), Error> {
    let (root, data, log, scratch) = (env.root(), env.data(), env.log(), env.scratch());
    if let Some(volume) = root.parent() {
        open_volume(volume, account)?;
    }
    make(&root, None, account)?;
    make(&log, None, account)?;
    make(&data, Some(0o700), account)?;
    make(&scratch.join("postgresql"), Some(0o2775), account)?;
    make(&scratch.join("certs"), Some(0o700), account)?;
    // the foreign tables that Spilo makes over the log read all eight, from the first day on
    for day in 0..8 {
        let file = log.join(format!("postgresql-{day}.csv"));
        if !file.exists() {
            fs::write(&file, "").map_err(Error::at("create", &file))?;
            account.own(&file)?;
        }
    }
    Ok(())
}

/// Some provisioners hand out a volume that only root may enter.
fn open_volume(volume: &Path, account: Account) -> Result<(), Error> {
    let Ok(found) = fs::metadata(volume) else {
        return Ok(());
    };
    let open = found.uid() == account.uid
        || found.mode() & 0o001 != 0
        || (found.gid() == account.gid && found.mode() & 0o010 != 0);
    if open { Ok(()) } else { account.own(volume) }
}

fn make(path: &Path, mode: Option<u32>, account: Account) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(Error::at("create", path))?;
    let found = fs::metadata(path).map_err(Error::at("read", path))?;
    if account.change && found.uid() != account.uid {
        // the whole tree only if its top is someone else's: a database of terabytes would take minutes at every start
        own_tree(path, account)?;
    }
    // fsGroup opens a data directory to the group, and Postgres refuses one that is
    if let Some(mode) = mode.filter(|mode| found.mode() & 0o7777 != *mode)
        && found.mode() & 0o7777 != 0o750
        && (account.change || found.uid() == account.uid)
    {
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
            .map_err(Error::at("change the mode of", path))?;
    }
    Ok(())
}

fn own_tree(path: &Path, account: Account) -> Result<(), Error> {
    account.own(path)?;
    for entry in fs::read_dir(path)
        .map_err(Error::at("read", path))?
        .flatten()
    {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => own_tree(&path, account)?,
            // chown follows symbolic links, and a tablespace's may lead off the volume
            Ok(kind) if kind.is_symlink() => {}
            _ => account.own(&path)?,
        }
    }
    Ok(())
}

/// Writes a file that only the account may read. In place: the image hands the file, not its directory, to a non-root start.
pub fn secret_file(path: &Path, content: &str, account: Account) -> Result<(), Error> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::at("write", path))?;
    file.write_all(content.as_bytes())
        .map_err(Error::at("write", path))?;
    account.own(path)
}

#[cfg(test)]
mod tests {
    use super::lookup;

    #[test]
    fn accounts_are_found_by_name_and_by_number() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nbroken\npostgres:x:101:103::/home/postgres:/bin/bash\n";
        assert_eq!(
            lookup(passwd, |name, _| name == "postgres"),
            Some((101, 103))
        );
        assert_eq!(lookup(passwd, |_, uid| uid == 101), Some((101, 103)));
        assert_eq!(lookup(passwd, |name, _| name == "broken"), None);
    }
}
