//! `kubectl-pg`: PostgreSQL on many Kubernetes clusters from one terminal.

mod args;
mod cluster;
mod commands;
mod connect;
mod error;
mod exit;
mod fanout;
mod operators;
mod output;
mod preflight;
mod session;
mod settings;
mod stop;
mod target;

use std::process::ExitCode;

use args::Verb;
use clap::error::ErrorKind;
use exit::Exit;
use output::Screen;

fn main() -> ExitCode {
    say_when_it_is_a_bug();
    let cli = match args::parse(std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done,
                _ => Exit::Usage,
            }
            .into();
        }
    };
    // What needs no API server needs no runtime either.
    if let Verb::Version(version) = &cli.verb
        && !version.server
    {
        return commands::version::local(&cli.common).into();
    }
    if matches!(cli.verb, Verb::Options) {
        Screen::new(&cli.common).data(&args::options());
        return Exit::Done.into();
    }
    commands::run(cli).into()
}

/// A panic is a bug: it ends with 70 and says so.
fn say_when_it_is_a_bug() {
    std::panic::set_hook(Box::new(|info| {
        use std::io::Write;
        let _ = crossterm::terminal::disable_raw_mode();
        let _ = writeln!(
            std::io::stderr(),
            "error: this is a bug of kubectl-pg {}: {info}",
            env!("CARGO_PKG_VERSION")
        );
        std::process::exit(i32::from(Exit::Bug.code()));
    }));
}
