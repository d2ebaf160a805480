//! kubectl's own policy for login programs: `credentialPluginPolicy` of its kuberc file.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use directories::BaseDirs;
use serde::Deserialize;

use crate::error::{Error, Kind, Result};

/// What kubectl's policy says of a login program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It may run.
    Allowed,
    /// It may not.
    Denied,
    /// There is no policy.
    Unsaid,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Kuberc {
    credential_plugin_policy: Option<String>,
    credential_plugin_allowlist: Vec<Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    name: String,
}

/// What the policy says; `$KUBERC` names the file, or is `off`.
pub fn verdict(command: &str) -> Result<Verdict> {
    let path = match std::env::var_os("KUBERC") {
        Some(word) if word == "off" => return Ok(Verdict::Unsaid),
        Some(path) if !path.is_empty() => PathBuf::from(path),
        _ => match BaseDirs::new() {
            Some(dirs) => dirs.home_dir().join(".kube").join("kuberc"),
            None => return Ok(Verdict::Unsaid),
        },
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => judge(&text, command, look_up)
            .map_err(|why| Error::new(Kind::Kubeconfig, format!("{}: {why}", path.display()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Verdict::Unsaid),
        Err(error) => Err(Error::new(
            Kind::Kubeconfig,
            format!("{} cannot be read: {error}", path.display()),
        )),
    }
}

fn judge(
    text: &str,
    command: &str,
    look_up: impl Fn(&str) -> Option<PathBuf>,
) -> Result<Verdict, String> {
    let kuberc: Kuberc = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    let listed = |entry: &Entry| {
        let same = look_up(command).is_some_and(|path| Some(path) == look_up(&entry.name));
        !entry.name.is_empty() && (entry.name == command || same)
    };
    match kuberc.credential_plugin_policy.as_deref() {
        None | Some("") => Ok(Verdict::Unsaid),
        Some("AllowAll") => Ok(Verdict::Allowed),
        Some("DenyAll") => Ok(Verdict::Denied),
        Some("Allowlist") if kuberc.credential_plugin_allowlist.iter().any(listed) => {
            Ok(Verdict::Allowed)
        }
        Some("Allowlist") => Ok(Verdict::Denied),
        Some(other) => Err(format!("credentialPluginPolicy {other:?} is not known")),
    }
}

/// The program that a word starts.
fn look_up(word: &str) -> Option<PathBuf> {
    if word.contains(std::path::MAIN_SEPARATOR) {
        return Some(PathBuf::from(word));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(word))
        .find(|path| Path::is_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies() {
        let list = "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: aws}]\n";
        let table = [
            ("kind: Preference\n", "aws", Some(Verdict::Unsaid)),
            (
                "credentialPluginPolicy: AllowAll",
                "x",
                Some(Verdict::Allowed),
            ),
            (
                "credentialPluginPolicy: DenyAll",
                "aws",
                Some(Verdict::Denied),
            ),
            ("credentialPluginPolicy: Maybe", "aws", None),
            (list, "aws", Some(Verdict::Allowed)),
            (list, "/bin/aws", Some(Verdict::Allowed)),
            (list, "/tmp/aws", Some(Verdict::Denied)),
            (list, "gke", Some(Verdict::Denied)),
        ];
        let look_up = |word: &str| match word {
            "aws" => Some(PathBuf::from("/bin/aws")),
            word => word.starts_with('/').then(|| PathBuf::from(word)),
        };
        for (text, command, expected) in table {
            let verdict = judge(text, command, look_up).ok();
            assert_eq!(verdict, expected, "{text} {command}");
        }
    }
}
