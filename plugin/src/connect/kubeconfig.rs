//! The kubeconfig, read as kubectl reads it: one file that was named, else the list in
//! `$KUBECONFIG` where missing files are skipped, else `~/.kube/config`.

use std::path::{Path, PathBuf};

use directories::BaseDirs;
use kube::config::{Kubeconfig, KubeconfigError};
use pg_core::causes::innermost;

use super::shown_path;
use crate::error::{Error, Kind, Result};

/// Reads and merges it.
pub fn read(named: Option<&Path>) -> Result<Kubeconfig> {
    if let Some(path) = named {
        return read_file(path)?.ok_or_else(|| {
            Error::new(
                Kind::Kubeconfig,
                format!("there is no kubeconfig {}", shown_path(path)),
            )
        });
    }
    let mut merged: Option<Kubeconfig> = None;
    let paths = places();
    for path in &paths {
        if let Some(next) = read_file(path)? {
            merged = Some(match merged {
                Some(first) => first.merge(next).map_err(|error| broken(path, &error))?,
                None => next,
            });
        }
    }
    merged.ok_or_else(|| {
        let tried: Vec<String> = paths.iter().map(|path| shown_path(path)).collect();
        Error::new(
            Kind::Kubeconfig,
            format!("there is no kubeconfig; looked for {}", tried.join(", ")),
        )
        .hint("name one with --kubeconfig FILE or in $KUBECONFIG")
    })
}

fn places() -> Vec<PathBuf> {
    let listed: Vec<PathBuf> = std::env::var_os("KUBECONFIG")
        .map(|list| std::env::split_paths(&list).collect())
        .unwrap_or_default();
    let listed: Vec<PathBuf> = listed
        .into_iter()
        .filter(|path| !path.as_os_str().is_empty())
        .collect();
    if listed.is_empty() {
        let home = BaseDirs::new()
            .map(|dirs| dirs.home_dir().to_owned())
            .unwrap_or_default();
        vec![home.join(".kube").join("config")]
    } else {
        listed
    }
}

fn read_file(path: &Path) -> Result<Option<Kubeconfig>> {
    match Kubeconfig::read_from(path) {
        Ok(config) => Ok(Some(config)),
        Err(KubeconfigError::ReadConfig(error, _))
            if error.kind() == std::io::ErrorKind::NotFound =>
        {
            Ok(None)
        }
        Err(error) => Err(broken(path, &error)),
    }
}

fn broken(path: &Path, error: &KubeconfigError) -> Error {
    Error::new(
        Kind::Kubeconfig,
        format!(
            "the kubeconfig {} cannot be read: {}",
            shown_path(path),
            innermost(error)
        ),
    )
}
