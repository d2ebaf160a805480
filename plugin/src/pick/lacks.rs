//! What a line lacks that can be picked or typed, and the line with it.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::{
    args::{self, Cli, Verb},
    commands::set,
    target::PICKED,
};

/// One thing that is missing, in the order in which a line has them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Lack {
    /// The Postgres cluster.
    Target,
    /// A member of it.
    Member,
    /// The name of a role or of a database of it.
    Name,
    /// The role that owns a database.
    Owner,
    /// The name of a Postgres cluster that is not there yet.
    New,
    /// The operation.
    Operation,
}

impl Lack {
    fn of(argument: &str) -> Option<Self> {
        Some(match argument {
            "<TARGET>" | "<TARGETS>..." => Self::Target,
            "<MEMBER>" => Self::Member,
            "<NAME>" | "<ROLE>..." => Self::Name,
            "--owner <ROLE>" => Self::Owner,
            "<NAME>..." => Self::New,
            "<ID>" => Self::Operation,
            _ => return None,
        })
    }

    /// The words that say it.
    pub fn words(self, value: &str) -> Vec<String> {
        match self {
            Self::Owner => vec!["--owner".to_owned(), value.to_owned()],
            _ => vec![value.to_owned()],
        }
    }

    /// Some value of the right form.
    fn some(self) -> &'static str {
        match self {
            Self::Target => PICKED,
            Self::Member => "0",
            Self::Name | Self::Owner | Self::New | Self::Operation => "a",
        }
    }
}

/// All that a line lacks, where it can all be picked and nothing else is wrong.
pub fn lacks(line: &Result<Cli, clap::Error>) -> Option<Vec<Lack>> {
    let error = match line {
        Ok(cli) => return unsaid(cli),
        Err(error) => error,
    };
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return None;
    }
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let lacks = missing.iter().map(|one| Lack::of(one));
    let mut lacks = lacks.collect::<Option<Vec<Lack>>>()?;
    lacks.sort();
    Some(lacks)
}

/// What only shows when the whole line is read: `set` takes targets and fields in any order, and
/// whoever types into `psql` does so in one cluster of those that flags choose.
fn unsaid(cli: &Cli) -> Option<Vec<Lack>> {
    let flags = &cli.common;
    let many = flags.all_namespaces || flags.selector.is_some() || flags.filter.is_some();
    let lacks = match &cli.verb {
        Verb::Set(set) => !many && set::names_no_target(&set.words),
        Verb::Psql(psql) => {
            psql.targets.is_empty() && psql.command.is_empty() && psql.file.is_none()
        }
        _ => false,
    };
    lacks.then(|| vec![Lack::Target])
}

/// The line as it would be read with what it lacks; `None` where it is wrong all the same.
pub fn begin(words: &[OsString], lacks: &[Lack]) -> Option<Cli> {
    let more: Vec<String> = lacks
        .iter()
        .flat_map(|lack| lack.words(lack.some()))
        .collect();
    args::parse(with(words, &more)).ok()
}

/// Words put in before those that are for another program.
pub fn with(words: &[OsString], more: &[String]) -> Vec<OsString> {
    let end = words.iter().position(|word| word == "--");
    let (line, rest) = words.split_at(end.unwrap_or(words.len()));
    line.iter()
        .cloned()
        .chain(more.iter().map(OsString::from))
        .chain(rest.iter().cloned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn what_a_line_lacks() {
        use Lack::*;
        let table: [(&str, Option<&[Lack]>); 35] = [
            ("kubectl-pg switchover", Some(&[Target])),
            ("kubectl-pg restart --if-pending", Some(&[Target])),
            ("kubectl-pg failover --accept-data-loss", Some(&[Target])),
            ("kubectl-pg history", Some(&[Target])),
            ("kubectl-pg psql -- -A", Some(&[Target])),
            ("kubectl-pg psql -A", Some(&[Target])),
            ("kubectl-pg psql -A -c X", None),
            ("kubectl-pg logs -f", Some(&[Target])),
            ("kubectl-pg psql -c X", Some(&[Target])),
            ("kubectl-pg psql -n shop", Some(&[Target])),
            ("kubectl-pg psql -n shop -c X", None),
            ("kubectl-pg psql --context east,west -c X", None),
            ("kubectl-pg logs -A -f", None),
            ("kubectl-pg logs -n shop", None),
            ("kubectl-pg logs --fleet prod", None),
            ("kubectl-pg logs --not-context west", None),
            ("kubectl-pg logs --all-contexts", None),
            ("kubectl-pg reinit", Some(&[Target, Member])),
            ("kubectl-pg reinit main", Some(&[Member])),
            ("kubectl-pg failover", None),
            ("kubectl-pg scale", None),
            ("kubectl-pg create", Some(&[New])),
            ("kubectl-pg create --size 1Gi", Some(&[New])),
            ("kubectl-pg set teamId=shop", Some(&[Target])),
            ("kubectl-pg set main teamId=shop", None),
            ("kubectl-pg set -A teamId=shop", None),
            ("kubectl-pg user add", Some(&[Target, Name])),
            ("kubectl-pg user drop", Some(&[Target, Name])),
            ("kubectl-pg user drop main", Some(&[Name])),
            ("kubectl-pg user rotate", Some(&[Target, Name])),
            ("kubectl-pg db add", Some(&[Target, Name, Owner])),
            ("kubectl-pg db add --owner bob", Some(&[Target, Name])),
            ("kubectl-pg db add main app", Some(&[Owner])),
            ("kubectl-pg ops show", Some(&[Operation])),
            ("kubectl-pg ops cancel --yes", Some(&[Operation])),
        ];
        for (line, expected) in table {
            let found = lacks(&args::parse(words(line)));
            assert_eq!(found.as_deref(), expected, "{line}");
            if let Some(lacks) = found {
                assert!(begin(&words(line), &lacks).is_some(), "{line}");
            }
        }
    }

    #[test]
    fn words_for_other_programs_stay_last() {
        let line = with(&words("kubectl-pg psql -- -A"), &[PICKED.to_owned()]);
        assert_eq!(line, words(&format!("kubectl-pg psql {PICKED} -- -A")));
    }
}
