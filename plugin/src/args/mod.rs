//! The command line: parsed, not acted upon. Nothing here does I/O.

mod change;
mod common;
mod former;
mod help;
mod value;
mod verbs;

pub use change::{Change, DryRun};
pub use common::{Color, Common, FORMS, Format, Output};
pub use help::options;
pub use value::{Since, dns_subdomain, new_cluster, quantity, role};
pub use verbs::*;

use std::ffi::OsString;

use clap::{
    Args, Command, CommandFactory, FromArgMatches, Parser,
    builder::Resettable,
    error::{ContextKind, ContextValue, ErrorKind},
};
use former::Today;

use crate::error::Error;

const CODES: &str = "\
Targets are written [NAMESPACE/]NAME[@CONTEXT]; - reads them from stdin.
Flags of all verbs (--context, -n, -A, -o …) and of changes: kubectl pg options

Exit codes: 0 done, 1 failed, 2 usage, 3 targets or contexts ended differently,
4 time ran out and the work goes on, 5 refused before the first change,
6 stopped by a person or a gate, 130 interrupted, 70 a bug.
After 2 and 5 nothing was changed.";

/// PostgreSQL on many Kubernetes clusters from one terminal.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-pg",
    bin_name = "kubectl pg",
    after_help = CODES,
    arg_required_else_help = true,
    subcommand_required = true,
    max_term_width = 80,
    disable_help_subcommand = false
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// What every verb takes.
    #[command(flatten)]
    pub common: Common,
}

/// The command line with the help that a person sees.
pub fn command() -> Command {
    help::dress(Cli::command())
}

/// The flags of every verb where none is given.
pub fn no_flags() -> Common {
    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        common: Common,
    }
    Flags::parse_from([""]).common
}

/// Parses a command line; former spellings are brought into today's, with a line that says so.
pub fn parse(words: Vec<OsString>) -> Result<Cli, clap::Error> {
    let given = words.clone();
    let mut cli = parsed(words)?.settled();
    if matches!(cli.verb, Verb::Status(_)) && describes(&given) {
        cli.common.verbose = !cli.common.quiet;
    }
    Ok(cli)
}

/// Whether the verb is written `describe`, which means all of `status`: no verb is found then where
/// there is no such spelling. The word may also be somebody's name.
fn describes(words: &[OsString]) -> bool {
    let known = |status: Command| status.alias(Resettable::Reset);
    words.iter().any(|word| word == "describe")
        && Cli::command()
            .mut_subcommand("status", known)
            .try_get_matches_from(words)
            .is_err()
}

fn parsed(words: Vec<OsString>) -> Result<Cli, clap::Error> {
    let words = help::in_own_words(words);
    let readable: Option<Vec<String>> = words
        .iter()
        .skip(1)
        .map(|word| word.to_str().map(str::to_owned))
        .collect();
    let today = readable.map_or(Today::Same, |words| former::today(&words));
    let words = match today {
        Today::Same => words,
        Today::Words(today) => {
            let hint = format!("hint: this is now: kubectl pg {}", today.join(" "));
            let name = words.into_iter().next().unwrap_or_default();
            let words: Vec<OsString> = std::iter::once(name)
                .chain(today.into_iter().map(OsString::from))
                .collect();
            Cli::try_parse_from(&words)?.say(&hint);
            words
        }
        Today::Gone(why) => {
            return Err(Cli::command().error(ErrorKind::InvalidValue, why));
        }
    };
    let read = Cli::try_parse_from(&words);
    read.or_else(|error| match error.kind() {
        // Only whoever reads the help waits for it to be put together.
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let matches = command().try_get_matches_from(words)?;
            Cli::from_arg_matches(&matches)
        }
        ErrorKind::UnknownArgument => Err(of_rollouts(error)),
        _ => Err(error),
    })
}

/// A flag of rollouts at a verb that is none: says where it belongs.
fn of_rollouts(error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let flag = given.trim_start_matches('-');
    let waves = Waves::augment_args(Command::new("waves"));
    if !waves
        .get_arguments()
        .any(|arg| arg.get_long() == Some(flag))
    {
        return error;
    }
    let what = format!(
        "{given} is for what goes over many targets in waves: restart, set and upgrade; \
         what another verb would do is shown by --dry-run=server"
    );
    Cli::command().error(ErrorKind::UnknownArgument, what)
}

/// The form of output that a command line asks for which could not be parsed, as far as its words
/// tell.
pub fn output_in(words: &[OsString]) -> Option<Output> {
    let mut words = words
        .iter()
        .skip(1)
        .filter_map(|word| word.to_str())
        .take_while(|word| *word != "--");
    let mut found = None;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--output") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => match behind_o(word) {
                Some("") => words.next(),
                rest => rest,
            },
        };
        found = value.and_then(|value| value.parse().ok()).or(found);
    }
    found
}

/// What stands behind the `o` of `-o`, `-ojson`, `-o=json`, `-Ao`.
fn behind_o(word: &str) -> Option<&str> {
    const SWITCHES: &str = "Aqvwfyh";
    let (switches, rest) = word.strip_prefix('-')?.split_once('o')?;
    let only_switches = switches.chars().all(|letter| SWITCHES.contains(letter));
    only_switches.then(|| rest.strip_prefix('=').unwrap_or(rest))
}

/// A fault of the command line as one of this program's errors.
pub fn fault_of(error: &clap::Error) -> Error {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Error::usage("the command line is not complete").hint("kubectl pg help");
    }
    let text = error.to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().collect();
    let message = words.join(" ");
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    Error::usage(message).hint("kubectl pg help VERB")
}

impl Cli {
    /// Three flags mean something of their own to one verb each: what that verb was told is not
    /// meant for the connection or for times.
    fn settled(mut self) -> Self {
        match &self.verb {
            Verb::Psql(_) => {
                self.common.user = None;
                self.common.local = false;
            }
            Verb::Version(_) => {
                let _ = self.common.server.take_if(|server| server.is_empty());
            }
            _ => {}
        }
        self
    }

    fn say(&self, text: &str) {
        use std::io::Write;
        if !self.common.quiet {
            let text = crate::output::text::shown(text);
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        command().debug_assert();
    }

    fn refusal(line: &str) -> String {
        Cli::try_parse_from(line.split_whitespace())
            .expect_err(line)
            .to_string()
    }

    #[test]
    fn usage_errors_say_what_is_wrong() {
        let table = [
            ("kubectl-pg scale main --replicas -1", "negative"),
            ("kubectl-pg scale main", "--replicas"),
            ("kubectl-pg list --request-timeout 0", "0"),
            ("kubectl-pg list pg/main/x", "NAMESPACE"),
            ("kubectl-pg list Main", "lower-case"),
            (
                "kubectl-pg scale main --replicas 1 --timeout soon",
                "duration",
            ),
            ("kubectl-pg nonsense", "nonsense"),
        ];
        for (line, part) in table {
            let text = refusal(line);
            assert!(text.contains(part), "{line}: {text}");
        }
    }

    #[test]
    fn the_form_of_output_is_told_by_a_wrong_line_too() {
        let table = [
            ("x -o json", Some(Format::Json)),
            ("x -ojson scale", Some(Format::Json)),
            ("x scale -o=yaml", Some(Format::Yaml)),
            ("x list -Ao yaml", Some(Format::Yaml)),
            ("x --output json -o table", Some(Format::Table)),
            ("x --output=jsonpath={.kind}", Some(Format::JsonPath)),
            ("x psql main -- -o json", None),
            ("x add-db app -o bob", None),
            ("x list --no-headers", None),
            ("x list -o", None),
        ];
        for (line, expected) in table {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let found = output_in(&words).map(|output| output.format);
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn flags_of_one_verb_are_not_those_of_all() {
        let parse = |line: &str| {
            let words = line.split(' ').map(OsString::from).collect();
            super::parse(words).expect(line)
        };
        let cli = parse("kubectl-pg psql main --user bob --local");
        assert_eq!((cli.common.user, cli.common.local), (None, false));
        assert!(matches!(cli.verb, Verb::Psql(psql) if psql.here
            && psql.role.as_deref() == Some("bob")));
        let cli = parse("kubectl-pg --user admin list --local");
        assert_eq!(cli.common.user.as_deref(), Some("admin"));
        assert!(cli.common.local);
        let cli = parse("kubectl-pg version --server");
        assert_eq!(cli.common.server, None);
        assert!(matches!(cli.verb, Verb::Version(version) if version.server.is_some()));
        let cli = parse("kubectl-pg version --server=https://x:1");
        assert_eq!(cli.common.server.as_deref(), Some("https://x:1"));
        let cli = parse("kubectl-pg list --server https://x:1 --token t");
        assert_eq!(cli.common.server.as_deref(), Some("https://x:1"));
        assert_eq!(cli.common.of_one_context(), Some("--server"));
        assert!(!format!("{:?}", parse("kubectl-pg list --token hunter2")).contains("hunter2"));
    }

    #[test]
    fn who_describes_is_told_all() {
        for (line, verbose) in [
            ("describe main", true),
            ("--context describe describe main", true),
            ("describe main -q", false),
            ("status main", false),
            ("status main -v", true),
            ("status describe", false),
            ("--context describe status main", false),
        ] {
            let words = ["kubectl-pg"].into_iter().chain(line.split(' '));
            let cli = super::parse(words.map(OsString::from).collect()).expect(line);
            assert!(matches!(cli.verb, Verb::Status(_)), "{line}");
            assert_eq!(cli.common.verbose, verbose, "{line}");
        }
    }

    #[test]
    fn rights_in_namespaces_go_with_their_scope_or_alone() {
        let checked = |line: &str| {
            let words = line.split(' ').map(OsString::from).collect();
            match super::parse(words).expect(line).verb {
                Verb::Install(install) => install.check().map_err(|error| error.message),
                _ => panic!("{line}"),
            }
        };
        for line in [
            "kubectl-pg install",
            "kubectl-pg install --scope namespaces",
            "kubectl-pg install --scope namespaces --namespaces a,b --set workers=3",
            "kubectl-pg install --namespaces a,b",
        ] {
            assert_eq!(checked(line), Ok(()), "{line}");
        }
        for (line, part) in [
            ("--scope cluster --namespaces a", "all of them"),
            ("--namespaces a --set workers=3", "changes nothing else"),
            ("--namespaces a --image other", "changes nothing else"),
        ] {
            let why = checked(&format!("kubectl-pg install {line}")).expect_err(line);
            assert!(why.contains(part), "{line}: {why}");
        }
        let upper = "kubectl-pg install --namespaces a,B";
        assert!(refusal(upper).contains("lower-case"));
    }

    #[test]
    fn usage_lines_are_those_of_a_plugin() {
        assert!(refusal("kubectl-pg scale main").contains("Usage: kubectl pg scale"));
    }

    #[test]
    fn flags_may_stand_anywhere_behind_the_verb() {
        let cli = Cli::try_parse_from([
            "kubectl-pg",
            "list",
            "--context",
            "a,b",
            "main",
            "--context=c*",
            "-n",
            "pg",
            "-o",
            "json",
        ])
        .expect("valid");
        assert_eq!(cli.common.context, ["a,b", "c*"]);
        assert_eq!(cli.common.namespace.as_deref(), Some("pg"));
        assert_eq!(cli.common.output.format, Format::Json);
    }
}
