//! What the container was given: its environment by Spilo's names, and the facts that are read from the system.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The environment by Spilo's names. An empty value counts as none, as in Spilo.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The environment of this process; names or values that are not UTF-8 are none of Spilo's and left out.
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// A value, if there is one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A value, or what Spilo takes without one.
    pub fn or<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.get(name).unwrap_or(default)
    }

    /// Names that carry a value.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, _)| name.as_str())
    }

    /// Everything of one Postgres member on the volume is below this.
    pub fn root(&self) -> PathBuf {
        self.or("PGROOT", "/home/postgres/pgdata/pgroot").into()
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.get("PGDATA")
            .map_or_else(|| self.root().join("data"), PathBuf::from)
    }

    /// Where the server's own log goes.
    pub fn log(&self) -> PathBuf {
        self.get("PGLOG")
            .map_or_else(|| self.root().join("pg_log"), PathBuf::from)
    }

    /// What is written at start and need not outlive the container.
    pub fn scratch(&self) -> PathBuf {
        self.or("RW_DIR", "/run").into()
    }

    /// Patroni's configuration, where Spilo has it.
    pub fn patroni_file(&self) -> PathBuf {
        self.scratch().join("postgres.yml")
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(values: I) -> Self {
        Self(
            values
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

/// What the configuration depends on beside the environment.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The pod's name.
    pub hostname: String,
    /// The container's limit, or the machine's memory if that is less.
    pub memory: u64,
    /// The major version of the data directory, if there is one.
    pub data_version: Option<u32>,
    /// The major version that an empty data directory waits for: its cluster was upgraded since the pod was made.
    pub awaited: Option<u32>,
    /// The majors in the image, each with the libraries that it can load.
    pub majors: BTreeMap<u32, BTreeSet<String>>,
}

impl Facts {
    /// Reads the system; what cannot be read is absent.
    pub fn read(data: &Path) -> Self {
        Self {
            hostname: text("/proc/sys/kernel/hostname").unwrap_or_default(),
            memory: memory(),
            data_version: text(data.join("PG_VERSION")).and_then(|version| version.parse().ok()),
            awaited: None,
            majors: majors(Path::new(MAJORS)),
        }
    }
}

/// Debian's place for all major versions.
pub const MAJORS: &str = "/usr/lib/postgresql";

fn text(path: impl AsRef<Path>) -> Option<String> {
    std::fs::read_to_string(path)
        .ok()
        .map(|text| text.trim().to_owned())
}

fn memory() -> u64 {
    // the first that exists decides: cgroup v1, then v2, whose `max` means no limit
    let limit = [
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory.max",
    ]
    .iter()
    .find_map(text)
    .and_then(|limit| limit.parse().ok())
    .unwrap_or(u64::MAX);
    let machine = text("/proc/meminfo")
        .and_then(|info| {
            info.lines().find_map(|line| {
                line.strip_prefix("MemTotal:")?
                    .trim()
                    .strip_suffix("kB")?
                    .trim()
                    .parse()
                    .ok()
            })
        })
        .map_or(u64::MAX, |kilobytes: u64| kilobytes.saturating_mul(1024));
    limit.min(machine)
}

fn majors(root: &Path) -> BTreeMap<u32, BTreeSet<String>> {
    let entries = |path: &Path| {
        std::fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect::<Vec<_>>()
    };
    let name = |path: &Path| {
        path.file_stem()
            .and_then(|name| name.to_str())
            .map(str::to_owned)
    };
    entries(root)
        .into_iter()
        .filter(|path| path.join("bin/postgres").exists())
        .filter_map(|path| {
            let libraries = entries(&path.join("lib"))
                .iter()
                .filter(|file| file.extension().is_some_and(|kind| kind == "so"))
                .filter_map(|file| name(file))
                .collect();
            Some((name(&path)?.parse().ok()?, libraries))
        })
        .collect()
}
