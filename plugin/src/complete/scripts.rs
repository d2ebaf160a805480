//! The scripts of shells, and the link that lets kubectl ask this program.

use std::path::PathBuf;

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

/// Puts `kubectl_complete-pg` beside this program, as a link to it.
pub fn install() -> Result<PathBuf> {
    let wrong = |why: String| {
        Error::new(Kind::Failed, why).hint(format!(
            "put a link named {PROGRAM} to this program into a folder of $PATH"
        ))
    };
    let program = std::env::current_exe().map_err(|error| wrong(error.to_string()))?;
    let link = program.with_file_name(PROGRAM);
    if std::fs::read_link(&link).is_ok_and(|to| to == program) {
        return Ok(link);
    }
    #[cfg(unix)]
    let made = std::os::unix::fs::symlink(&program, &link);
    #[cfg(not(unix))]
    let made = std::fs::copy(&program, &link).map(drop);
    made.map_err(|error| wrong(format!("{}: {error}", link.display())))?;
    Ok(link)
}
