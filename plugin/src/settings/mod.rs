//! Files of the person who runs this program: fleets and aliases, which login programs were
//! allowed, what was last seen of contexts.

mod allowed;
mod counts;
mod kuberc;
mod usage;

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

pub use allowed::{Trust, key_of};
pub use counts::{Counts, Seen};
use directories::{BaseDirs, ProjectDirs};
use serde::de::DeserializeOwned;
pub use usage::{Usage, days_to_full};

use crate::{
    error::{Error, Kind, Result},
    target::fleets::Fleets,
};

const FILE: &str = "config.yaml";

/// None where there is no home: then nothing is read, and nothing written.
fn places() -> Option<ProjectDirs> {
    BaseDirs::new().filter(|dirs| dirs.home_dir().is_dir())?;
    ProjectDirs::from("", "", "kubectl-pg")
}

/// Where fleets, aliases, labels and protection are written down.
pub fn file() -> Option<PathBuf> {
    places().map(|places| places.config_dir().join(FILE))
}

/// Where terminals take turns.
pub fn turns() -> Option<PathBuf> {
    places().map(|places| {
        let directory = places.runtime_dir().unwrap_or(places.cache_dir());
        directory.join("turns")
    })
}

/// Reads fleets; no file is none. A file that others may write is refused: it decides where a
/// change goes.
pub fn fleets() -> Result<Fleets> {
    let Some(path) = file() else {
        return Ok(Fleets::default());
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Fleets::default()),
        Err(error) => return Err(wrong(&path, &format!("cannot be read: {error}"))),
    };
    owned(&path)?;
    if text.trim().is_empty() {
        return Ok(Fleets::default());
    }
    serde_saphyr::from_str(&text).map_err(|error| wrong(&path, &format!("is not valid: {error}")))
}

/// Writes fleets.
pub fn write_fleets(fleets: &Fleets) -> Result<PathBuf> {
    let path = file().ok_or_else(|| {
        Error::new(
            Kind::Configuration,
            "there is no home directory for the configuration",
        )
    })?;
    let text = serde_saphyr::to_string(fleets)
        .map_err(|error| wrong(&path, &format!("cannot be written: {error}")))?;
    replace(&path, &text).map_err(|error| wrong(&path, &format!("cannot be written: {error}")))?;
    Ok(path)
}

/// Keeps the manifest of a cluster that is deleted; gives the file's name, if it could be written.
pub fn keep_deleted(name: &str, text: &str) -> Option<String> {
    let path = places()?.data_local_dir().join("deleted").join(name);
    replace(&path, text).ok()?;
    Some(path.display().to_string())
}

fn wrong(path: &Path, why: &str) -> Error {
    Error::new(
        Kind::Configuration,
        format!("the configuration {} {why}", path.display()),
    )
}

/// A file of what can be had again.
pub fn cache_file(name: &str) -> Option<PathBuf> {
    places().map(|places| places.cache_dir().join(name))
}

/// What such a file holds; what cannot be read is as if it were not there.
pub fn cached<T: DeserializeOwned + Default>(file: Option<&Path>) -> T {
    file.and_then(|file| fs::read(file).ok())
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default()
}

/// Replaces a file by another at once; only its owner may read and write it.
pub fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    private_folder(folder)?;
    let new = path.with_extension(format!("new.{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&new)?.write_all(text.as_bytes())?;
    fs::rename(&new, path)
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Refuses a file, or the folder that holds it, that others than its owner and root may write.
fn owned(path: &Path) -> Result<()> {
    #[cfg(unix)]
    for place in [Some(path), path.parent()].into_iter().flatten() {
        use std::os::unix::fs::MetadataExt;
        let meta = fs::metadata(place)
            .map_err(|error| wrong(place, &format!("cannot be looked at: {error}")))?;
        let me = rustix::process::geteuid().as_raw();
        if meta.mode() & 0o022 != 0 || (meta.uid() != me && meta.uid() != 0) {
            return Err(wrong(place, "may be written by others")
                .hint(format!("chmod go-w {}", place.display())));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn files_of_others_are_refused() {
        let folder = std::env::temp_dir().join(format!("kubectl-pg-{}", std::process::id()));
        let path = folder.join("config.yaml");
        replace(&path, "fleets: {}\n").expect("written");
        let mode = |place: &Path, mode: u32| {
            fs::set_permissions(place, fs::Permissions::from_mode(mode)).expect("a mode");
            owned(&path).is_ok()
        };
        assert!(owned(&path).is_ok(), "as this program writes it");
        assert!(!mode(&path, 0o620));
        assert!(!mode(&path, 0o602));
        assert!(mode(&path, 0o644));
        assert!(!mode(&folder, 0o777));
        fs::remove_dir_all(&folder).expect("removed");
    }
}
