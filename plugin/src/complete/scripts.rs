//! The scripts of shells, and the link that lets kubectl ask this program.

use std::path::{Path, PathBuf};

use super::PROGRAM;
use crate::{
    args::Shell,
    error::{Error, Kind, Result},
};

/// The script of a shell.
pub fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("../../../completions/kubectl-pg.bash"),
        Shell::Zsh => include_str!("../../../completions/_kubectl-pg"),
        Shell::Fish => include_str!("../../../completions/kubectl-pg.fish"),
        Shell::Install => "",
    }
}

/// What was made for kubectl.
pub struct Installed {
    /// The link.
    pub link: PathBuf,
    /// Whether it lies where kubectl looks.
    pub is_found: bool,
}

/// Puts `kubectl_complete-pg` beside this program, as a link to it. Beside the entry that it was
/// started by, not beside the file: what brings plugins keeps that one in a folder of its version,
/// with a link on the path.
pub fn install() -> Result<Installed> {
    let wrong = |why: String| {
        Error::new(Kind::Failed, why).hint(format!(
            "put a link named {PROGRAM} to this program into a folder of $PATH"
        ))
    };
    let folders: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default();
    let word = std::env::args_os().next().map(PathBuf::from);
    let program = match word.and_then(|word| entry(&word, &folders)) {
        Some(entry) => entry,
        None => std::env::current_exe().map_err(|error| wrong(error.to_string()))?,
    };
    let link = program.with_file_name(PROGRAM);
    let at = |error: std::io::Error| wrong(format!("{}: {error}", link.display()));
    put(&program, &link).map_err(at)?;
    let folder = link.parent().and_then(|folder| folder.canonicalize().ok());
    let is_found = folders.iter().any(|one| {
        one.canonicalize()
            .ok()
            .is_some_and(|one| Some(one) == folder)
    });
    Ok(Installed { link, is_found })
}

/// The entry of a folder that a program was started by: a path as it is, a name as it lies on the
/// path.
fn entry(word: &Path, folders: &[PathBuf]) -> Option<PathBuf> {
    let entry = match word.components().count() {
        1 if !word.is_absolute() => folders
            .iter()
            .map(|folder| folder.join(word))
            .find(|entry| entry.is_file())?,
        _ => word.to_owned(),
    };
    std::path::absolute(entry).ok().filter(|it| it.is_file())
}

/// Makes the link, in place of an earlier one; what is no link stays.
#[cfg(unix)]
fn put(program: &Path, link: &Path) -> std::io::Result<()> {
    match std::fs::read_link(link) {
        Ok(to) if to == program => return Ok(()),
        Ok(_) => std::fs::remove_file(link)?,
        Err(_) => {}
    }
    std::os::unix::fs::symlink(program, link)
}

#[cfg(not(unix))]
fn put(program: &Path, link: &Path) -> std::io::Result<()> {
    std::fs::copy(program, link).map(drop)
}
