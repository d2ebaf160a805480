//! `completion`: the scripts of shells, and the link for kubectl.

use crate::{
    args::{Common, Completion, Shell},
    complete,
    exit::Exit,
    output::Screen,
};

/// Prints a script, or makes the link.
pub fn run(flags: &Common, args: &Completion) -> Exit {
    let screen = Screen::new(flags);
    if args.shell != Shell::Install {
        screen.exact(complete::script(args.shell));
        return Exit::Done;
    }
    match complete::install() {
        Ok(link) => {
            screen.note(&format!("kubectl asks {} from now on", link.display()));
            Exit::Done
        }
        Err(error) => {
            screen.error(&error);
            error.exit(true)
        }
    }
}
