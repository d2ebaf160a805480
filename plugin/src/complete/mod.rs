//! Completion, for shells and for kubectl (`kubectl_complete-pg`): candidates by cobra's protocol.
//! Names of Postgres clusters come from a cache, and from API servers that answer at once; a login
//! program is never run.

mod names;
mod question;
mod scripts;

use std::{ffi::OsString, path::Path};

use clap::CommandFactory;

pub use names::Names;
use question::{Question, Wanted, question};
pub use scripts::{install, script};

use crate::{
    args::{Cli, Common, parse},
    connect::Connector,
    exit::Exit,
};

/// The first word of a line that asks for candidates.
pub const VERB: &str = "__complete";
/// The name under which kubectl asks.
pub const PROGRAM: &str = "kubectl_complete-pg";

/// Shells put no blank behind the candidate.
const NO_SPACE: u8 = 2;
/// Shells offer no files.
const NO_FILES: u8 = 4;

/// The words to complete, if it is that what a command line asks for.
pub fn asked(line: &[OsString]) -> Option<Vec<String>> {
    let program = line.first().map(Path::new).and_then(Path::file_stem);
    let from = if program.is_some_and(|name| name == PROGRAM) {
        1
    } else if line.get(1).is_some_and(|word| word == VERB) {
        2
    } else {
        return None;
    };
    let words = line.iter().skip(from);
    Some(
        words
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
    )
}

/// Prints the candidates for the last of these words.
pub fn run(words: &[String]) -> Exit {
    use std::io::Write;
    let question = question(&Cli::command(), words);
    let mut manner = if question.wanted == Wanted::File {
        0
    } else {
        NO_FILES
    };
    let mut text = String::new();
    for (candidate, about) in answer(&question) {
        // A name of somebody else's that would be more than one line is left out.
        if candidate.starts_with(&question.part) && !candidate.contains(char::is_control) {
            text.push_str(&format!("{}{candidate}\t{about}\n", question.before));
            if candidate.ends_with('=') {
                manner |= NO_SPACE;
            }
        }
    }
    text.push_str(&format!(":{manner}\n"));
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    Exit::Done
}

fn answer(question: &Question) -> Vec<(String, String)> {
    let connector = || connector(question);
    let names = match &question.wanted {
        Wanted::File | Wanted::Anything => Vec::new(),
        Wanted::Words(words) => return words.clone(),
        Wanted::Context => contexts(question),
        Wanted::Fleet => connector()
            .map(|all| all.contexts.fleets().fleets.keys().cloned().collect())
            .unwrap_or_default(),
        Wanted::Namespace => names::namespaces(connector().as_ref(), question),
        Wanted::Target => names::targets(connector().as_ref(), question),
    };
    names
        .into_iter()
        .map(|name| (name, String::new()))
        .collect()
}

/// Names and short names.
fn contexts(question: &Question) -> Vec<String> {
    let Some(connector) = connector(question) else {
        return Vec::new();
    };
    let all = &connector.contexts;
    let mut found: Vec<String> = all
        .names()
        .iter()
        .flat_map(|name| [all.short(name).to_owned(), name.clone()])
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The flags that say where, read as those of any line.
fn flags(question: &Question) -> Option<Common> {
    let words = ["kubectl-pg", "list"].map(str::to_owned);
    let words = words.into_iter().chain(question.place.iter().cloned());
    let cli = parse(words.map(Into::into).collect()).ok()?;
    Some(Common {
        connect_timeout: names::PATIENCE,
        request_timeout: names::PATIENCE,
        ..cli.common
    })
}

fn connector(question: &Question) -> Option<Connector> {
    Connector::new(&flags(question)?).ok()
}
