//! The shell completions in `completions/`, held to the command line by a test:
//! `UPDATE=1 cargo test -p kubectl-pg completions` writes them anew.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::Cli;

#[test]
fn are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../completions");
    for (shell, name) in [
        (Shell::Bash, "kubectl-pg.bash"),
        (Shell::Zsh, "_kubectl-pg"),
        (Shell::Fish, "kubectl-pg.fish"),
    ] {
        let mut made = Vec::new();
        let mut command = Cli::command().bin_name("kubectl-pg");
        generate(shell, &mut command, "kubectl-pg", &mut made);
        let file = folder.join(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, &made).expect("written");
        }
        let kept = std::fs::read(&file).unwrap_or_default();
        assert!(
            kept == made,
            "{} is not current: UPDATE=1 cargo test -p kubectl-pg completions",
            file.display()
        );
    }
}
