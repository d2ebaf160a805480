//! `kubectl-pg`: PostgreSQL on many Kubernetes clusters from one terminal.

mod args;
mod certificate;
mod cluster;
mod commands;
mod complete;
mod connect;
mod error;
mod exit;
mod fanout;
mod objects;
mod operators;
mod output;
mod pick;
mod preflight;
mod roles;
mod secret;
mod session;
mod settings;
mod stop;
mod target;
mod turns;

use std::{ffi::OsString, process::ExitCode};

use args::Verb;
use clap::error::ErrorKind;
use exit::Exit;
use output::{
    Screen,
    document::{Document, in_form},
    echo,
};

fn main() -> ExitCode {
    say_when_it_is_a_bug();
    let words: Vec<OsString> = std::env::args_os().collect();
    if let Some(words) = complete::asked(&words) {
        return complete::run(&words).into();
    }
    // Scripts ask for it often, and it takes less time than putting all verbs' grammar together.
    if let [_, verb] = words.as_slice()
        && verb == "version"
    {
        return commands::version::local(&args::no_flags()).into();
    }
    let line = args::parse(words.clone());
    if let Some(lacks) = pick::lacks(&line)
        && let Some(begun) = pick::begin(&words, &lacks)
        && pick::can_ask(&begun.common)
    {
        return commands::run_picking(begun, &words, &lacks).into();
    }
    let cli = match line {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done,
                _ => misused(&error, &words),
            }
            .into();
        }
    };
    // What needs no API server needs no runtime either.
    if let Verb::Version(version) = &cli.verb
        && version.server.is_none()
    {
        return commands::version::local(&cli.common).into();
    }
    if matches!(cli.verb, Verb::Options) {
        Screen::new(&cli.common).data(&args::options());
        return Exit::Done.into();
    }
    if let Verb::Completion(completion) = &cli.verb {
        return commands::completion::run(&cli.common, completion).into();
    }
    commands::run(cli, &words).into()
}

/// A program that waits for a document gets one, whatever else is wrong with the line.
fn misused(error: &clap::Error, words: &[OsString]) -> Exit {
    use std::io::Write;
    if let Some(output) = args::output_in(words)
        && output.format.is_document()
    {
        let document = Document::<()>::new("Result", Vec::new(), vec![args::fault_of(error)]);
        if let Ok(text) = in_form(&document, output.format, output.template.as_ref()) {
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
        }
    }
    Exit::Usage
}

/// A panic is a bug: it ends with 70 and says so.
fn say_when_it_is_a_bug() {
    std::panic::set_hook(Box::new(|info| {
        use std::io::Write;
        let _ = crossterm::terminal::disable_raw_mode();
        echo::end();
        let _ = writeln!(
            std::io::stderr(),
            "error: this is a bug of kubectl-pg {}: {info}",
            env!("CARGO_PKG_VERSION")
        );
        std::process::exit(i32::from(Exit::Bug.code()));
    }));
}
