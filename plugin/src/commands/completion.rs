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
        Ok(made) if made.is_found => {
            let link = made.link.display();
            screen.note(&format!("kubectl asks {link} from now on"));
            Exit::Done
        }
        Ok(made) => {
            let link = made.link.display();
            screen.warn(&format!(
                "{link} is there, but kubectl does not see it: its folder is not in $PATH"
            ));
            Exit::Done
        }
        Err(error) => {
            screen.error(&error);
            error.exit(true)
        }
    }
}
