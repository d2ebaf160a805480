//! The command line: parsed, not acted upon. Nothing here does I/O.

mod change;
mod common;
#[cfg(test)]
mod completions;
mod former;
mod help;
mod value;
mod verbs;

pub use change::{Change, DryRun};
pub use common::{Color, Common, Format};
pub use help::options;
pub use value::{Since, dns_subdomain, new_cluster};
pub use verbs::*;

use std::ffi::OsString;

use clap::{Command, CommandFactory, FromArgMatches, Parser, Subcommand, error::ErrorKind};
use former::Today;

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

/// Parses a command line; former spellings are brought into today's, with a line that says so.
pub fn parse(words: Vec<OsString>) -> Result<Cli, clap::Error> {
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
    Cli::try_parse_from(&words).or_else(|error| match error.kind() {
        // Only whoever reads the help waits for it to be put together.
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let matches = command().try_get_matches_from(words)?;
            Cli::from_arg_matches(&matches)
        }
        _ => Err(error),
    })
}

impl Cli {
    fn say(&self, text: &str) {
        use std::io::Write;
        if !self.common.quiet {
            let text = crate::output::text::shown(text);
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        }
    }
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Table of Postgres clusters over contexts
    #[command(visible_alias = "ls", alias = "get")]
    List(List),
    /// Health: of the fleet, worst first; or everything about one cluster
    #[command(alias = "describe")]
    Status(Status),
    /// Logs of members, merged by time
    Logs(Logs),
    /// Failovers, operations and events of one cluster on one time line
    History(History),
    /// Disk: used, capacity, WAL
    Df(Df),
    /// Drift of manifests between clusters
    Diff(Diff),
    /// Checks: controllers, rights and clocks; or one cluster from inside
    Doctor(Doctor),
    /// Support bundle without secrets
    Report(Report),
    /// SQL on the primary
    Psql(Psql),
    /// One independent Postgres cluster per context
    Create(Create),
    /// The same manifests in every context
    Apply(Apply),
    /// Any other field of the manifest; shows its impact first
    Set(Set),
    /// Number of members, absolute
    Scale(Scale),
    /// Size of the volumes, only up; CPU and memory
    Resize(Resize),
    /// Roles of the manifest
    User(User),
    /// Databases of the manifest
    Db(Db),
    /// Planned change of primary
    Switchover(Switchover),
    /// Emergency change of primary
    Failover(Failover),
    /// Rolling restart of PostgreSQL, replicas first
    Restart(Restart),
    /// Copies a replica again from the primary
    Reinit(Reinit),
    /// Stops all members and keeps their volumes; starts them again
    Hibernate(Hibernate),
    /// Deletes a Postgres cluster
    Delete(Delete),
    /// Operations: acts in flight and past ones
    Ops(Ops),
    /// Named sets of contexts, aliases, labels, which are protected
    Fleet(Fleet),
    /// Brings controller, resources and rights into contexts
    Install(Install),
    /// Removes controller and rights; databases go on running
    Uninstall(Uninstall),
    /// Takes Postgres clusters over from Zalando's operator; nothing restarts
    Adopt(Adopt),
    /// Gives adopted Postgres clusters back
    Release(Release),
    /// Version of this program, and of the controllers
    Version(Version),
    /// Flags of all verbs and of changes
    Options,
}

impl Verb {
    /// Whether it changes anything: such a verb ends with 5 whatever goes wrong before its first
    /// change.
    pub fn changes(&self) -> bool {
        match self {
            Self::List(_)
            | Self::Status(_)
            | Self::Logs(_)
            | Self::History(_)
            | Self::Df(_)
            | Self::Diff(_)
            | Self::Doctor(_)
            | Self::Report(_)
            | Self::Ops(_)
            | Self::Version(_)
            | Self::Options => false,
            Self::Psql(psql) => psql.write,
            Self::User(user) => !matches!(user.what, UserVerb::List(_)),
            Self::Db(db) => !matches!(db.what, DbVerb::List(_)),
            Self::Fleet(fleet) => {
                matches!(fleet.what, FleetVerb::Add(_) | FleetVerb::Remove(_))
            }
            Self::Create(_)
            | Self::Apply(_)
            | Self::Set(_)
            | Self::Scale(_)
            | Self::Resize(_)
            | Self::Switchover(_)
            | Self::Failover(_)
            | Self::Restart(_)
            | Self::Reinit(_)
            | Self::Hibernate(_)
            | Self::Delete(_)
            | Self::Adopt(_)
            | Self::Release(_)
            | Self::Install(_)
            | Self::Uninstall(_) => true,
        }
    }

    /// Whether it looks at `--where`.
    pub fn filters(&self) -> bool {
        match self {
            Self::List(_) | Self::Diff(_) | Self::Df(_) => true,
            Self::Status(_) | Self::Logs(_) | Self::History(_) | Self::Doctor(_) => false,
            Self::Report(_) | Self::Ops(_) | Self::Version(_) | Self::Options => false,
            Self::Create(_) | Self::Apply(_) | Self::Install(_) | Self::Uninstall(_) => false,
            Self::Fleet(_) => false,
            Self::User(user) => !matches!(user.what, UserVerb::List(_)),
            Self::Db(db) => !matches!(db.what, DbVerb::List(_)),
            Self::Psql(_)
            | Self::Set(_)
            | Self::Scale(_)
            | Self::Resize(_)
            | Self::Switchover(_)
            | Self::Failover(_)
            | Self::Restart(_)
            | Self::Reinit(_)
            | Self::Hibernate(_)
            | Self::Adopt(_)
            | Self::Release(_)
            | Self::Delete(_) => true,
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
