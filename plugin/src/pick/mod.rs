//! What a person at a terminal left out of a line is picked from a list: the Postgres cluster among
//! those that the flags choose, and its member. The line is then read as if it had been typed. What
//! a line may leave out (the context, psql's database, who becomes primary) has a file each.

mod candidate;
mod context;
mod database;
mod list;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use pg_core::postgresql::status::MemberStatus;

use crate::{
    args::{self, Cli, Common},
    cluster::Cluster,
    commands::gather,
    error::{Error, Kind, Result},
    output::{
        Screen,
        table::{Cell, Column, Table},
    },
    session::Session,
    target::PICKED,
};
pub use candidate::candidate;
pub use context::{context, helps};
pub use database::{DEFAULT, database};
use list::choose;

/// What is missing in a line, and nothing else is wrong with it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Lacks {
    target: bool,
    member: bool,
}

/// Whether targets or members are all that a line lacks.
pub fn lacks(error: &clap::Error) -> Option<Lacks> {
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return None;
    }
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let mut lacks = Lacks::default();
    for one in missing {
        match one.as_str() {
            "<TARGET>" | "<TARGETS>..." => lacks.target = true,
            "<MEMBER>" => lacks.member = true,
            _ => return None,
        }
    }
    // A word that was given may be a member as well as a target.
    lacks.target.then_some(lacks)
}

/// The line as it would be read with what it lacks; `None` where it is wrong all the same.
pub fn begin(words: &[OsString], lacks: Lacks) -> Option<Cli> {
    let member = lacks.member.then_some("0");
    args::parse(with(words, [Some(PICKED), member])).ok()
}

/// Words put in before those that are for another program.
fn with<'a>(words: &[OsString], more: impl IntoIterator<Item = Option<&'a str>>) -> Vec<OsString> {
    let end = words.iter().position(|word| word == "--");
    let (line, rest) = words.split_at(end.unwrap_or(words.len()));
    let more = more.into_iter().flatten().map(OsString::from);
    line.iter()
        .cloned()
        .chain(more)
        .chain(rest.iter().cloned())
        .collect()
}

/// Has it picked; gives the whole line.
pub async fn finish(session: &Session, words: &[OsString], lacks: Lacks) -> Result<Cli> {
    let clusters = gather::gather(session, &[])
        .await
        .map_err(|error| match error.kind {
            Kind::NotFound if !session.flags.all_namespaces => {
                error.hint("name one, or look in all namespaces with -A")
            }
            _ => error,
        })?;
    let mut clusters = clusters.clusters;
    clusters.retain(|cluster| !cluster.is_going());
    let lines = clusters.iter().map(|cluster| line(session, cluster));
    let at = choose(
        "Which Postgres cluster?",
        &table([true, true, true, false, false], lines),
    )
    .await?;
    let cluster = clusters.swap_remove(at);
    let mut member = None;
    if lacks.member {
        let members = &cluster.status.members;
        if members.is_empty() {
            return Err(Error::new(Kind::NotFound, "none of its members is known")
                .context(&cluster.context.name)
                .object(&cluster.namespace, &cluster.name));
        }
        let lines = members.iter().map(of_member);
        let at = choose(
            "Which member?",
            &table([true, true, true, false, false], lines),
        )
        .await?;
        member = Some(members[at].name.clone());
    }
    let line = with(words, [Some(PICKED), member.as_deref()]);
    let mut cli = args::parse(line).map_err(|error| Error::usage(error.to_string()))?;
    let target = cluster.target();
    session.screen.note(&match &member {
        Some(member) => format!("{target} {member}"),
        None => target.to_string(),
    });
    // The target says where it is.
    cli.common = Common {
        picked: Some(target),
        context: Vec::new(),
        not_context: Vec::new(),
        all_contexts: false,
        context_selector: None,
        fleet: Vec::new(),
        namespace: None,
        all_namespaces: false,
        ..cli.common
    };
    Ok(cli)
}

/// Rows of which the first text is a name, and is cut where it must; `stays`: columns that do not
/// go for want of room.
fn table<const N: usize>(stays: [bool; N], rows: impl Iterator<Item = [String; N]>) -> Table {
    let columns = stays.into_iter().enumerate().map(|(at, stays)| {
        let column = Column::new("");
        let column = if at == 0 { column.cuts() } else { column };
        if stays { column.stays() } else { column }
    });
    let mut table = Table::new(columns.collect());
    for row in rows {
        // Nothing is said by nothing, not by a dash without a title.
        let cell = |text: String| Cell::new(if text.is_empty() { " " } else { &text });
        table.row(row.into_iter().map(cell).collect());
    }
    table
}

/// One cluster in the list.
fn line(session: &Session, cluster: &Cluster) -> [String; 5] {
    let context = session.label(&cluster.context.name);
    let primary = cluster.status.primary.as_deref().unwrap_or("no primary");
    [
        format!("{}/{}@{context}", cluster.namespace, cluster.name),
        cluster.health().to_string(),
        cluster.status.ready.clone().unwrap_or_default(),
        format!("PostgreSQL {}", cluster.version()),
        primary.to_owned(),
    ]
}

/// One member in the list.
fn of_member(member: &MemberStatus) -> [String; 5] {
    let timeline = member
        .timeline
        .map(|timeline| format!("timeline {timeline}"));
    let node = member.node.as_ref().map(|node| format!("on {node}"));
    [
        member.name.clone(),
        member.role.clone(),
        member.state.clone(),
        timeline.unwrap_or_default(),
        node.unwrap_or_default(),
    ]
}

/// Whether a person can be asked.
pub fn can_ask(common: &Common) -> bool {
    Screen::new(common).can_ask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn what_a_line_lacks() {
        let target = Some(Lacks {
            target: true,
            member: false,
        });
        let both = Some(Lacks {
            target: true,
            member: true,
        });
        let table = [
            ("kubectl-pg switchover", target),
            ("kubectl-pg restart --if-pending", target),
            ("kubectl-pg failover --accept-data-loss", target),
            ("kubectl-pg history", target),
            ("kubectl-pg psql -- -A", target),
            ("kubectl-pg reinit", both),
            ("kubectl-pg reinit main", None),
            ("kubectl-pg failover", None),
            ("kubectl-pg scale", None),
            ("kubectl-pg create", None),
        ];
        for (line, expected) in table {
            let error = args::parse(words(line)).err();
            assert_eq!(error.as_ref().and_then(lacks), expected, "{line}");
            if let Some(lacks) = expected {
                assert!(begin(&words(line), lacks).is_some(), "{line}");
            }
        }
    }

    #[test]
    fn words_for_other_programs_stay_last() {
        let line = with(&words("kubectl-pg psql -- -A"), [Some(PICKED), None]);
        assert_eq!(line, words(&format!("kubectl-pg psql {PICKED} -- -A")));
    }
}
