//! The command line: parsed, not acted upon. Nothing here does I/O.

mod change;
mod common;
#[cfg(test)]
mod completions;
mod value;
mod verbs;

pub use change::{Change, DryRun};
pub use common::{Color, Common, Format};
pub use value::{Since, dns_subdomain, new_cluster};
pub use verbs::*;

use clap::{Parser, Subcommand};

const CODES: &str = "\
Targets are written [NAMESPACE/]NAME[@CONTEXT]; - reads them from stdin.

Exit codes: 0 done, 1 failed, 2 usage, 3 targets or contexts ended differently,
4 time ran out and the work goes on, 5 refused before the first change,
6 stopped by a person or a gate, 130 interrupted, 70 a bug. 2 and 5: nothing was changed.";

/// PostgreSQL on many Kubernetes clusters from one terminal.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-pg",
    bin_name = "kubectl pg",
    after_help = CODES,
    arg_required_else_help = true,
    subcommand_required = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// What every verb takes.
    #[command(flatten)]
    pub common: Common,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Table of Postgres clusters over contexts
    #[command(visible_alias = "ls", alias = "get")]
    List(List),
    /// Health: of the fleet, worst first; or everything about one cluster
    Status(Status),
    /// Logs of members, merged by time
    Logs(Logs),
    /// SQL on the primary
    Psql(Psql),
    /// One independent Postgres cluster per context
    Create(Create),
    /// Number of members, absolute
    Scale(Scale),
    /// Planned change of primary
    Switchover(Switchover),
    /// Emergency change of primary
    Failover(Failover),
    /// Rolling restart of PostgreSQL, replicas first
    Restart(Restart),
    /// Copies a replica again from the primary
    Reinit(Reinit),
    /// Deletes a Postgres cluster
    Delete(Delete),
    /// Operations: acts in flight and past ones
    Ops(Ops),
    /// Brings controller, resources and rights into contexts
    Install(Install),
    /// Removes controller and rights; databases go on running
    Uninstall(Uninstall),
    /// Version of this program, and of the controllers
    Version(Version),
}

impl Verb {
    /// Whether it changes anything: such a verb ends with 5 whatever goes wrong before its first
    /// change.
    pub fn changes(&self) -> bool {
        match self {
            Self::List(_) | Self::Status(_) | Self::Logs(_) | Self::Ops(_) | Self::Version(_) => {
                false
            }
            Self::Psql(psql) => psql.write,
            Self::Create(_)
            | Self::Scale(_)
            | Self::Switchover(_)
            | Self::Failover(_)
            | Self::Restart(_)
            | Self::Reinit(_)
            | Self::Delete(_)
            | Self::Install(_)
            | Self::Uninstall(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
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
        assert_eq!(cli.common.output, Format::Json);
    }
}
