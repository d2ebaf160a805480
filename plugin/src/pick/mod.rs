//! What a person at a terminal left out of a line is picked from a list, or typed: the Postgres
//! cluster among those that the flags choose, its member, a role, an operation. The line is then
//! read as if it had been typed. What a line may leave out (the context, psql's database, who
//! becomes primary, what a new cluster is to be) has a file each.

mod ask;
mod candidate;
mod context;
mod database;
mod lacks;
mod list;
mod wishes;

use std::{ffi::OsString, sync::Arc};

use kube::ResourceExt;
use pg_core::postgresql::status::MemberStatus;
use serde_json::Value;

use crate::{
    args::{self, Cli, Common, DbVerb, OpsVerb, UserVerb, Verb, new_cluster, role},
    cluster::Cluster,
    commands::{change::get, gather, ops},
    error::{Error, Kind, Result},
    output::{
        Screen,
        table::{Cell, Column, Table},
    },
    session::Session,
    target::PICKED,
};
use ask::ask;
pub use candidate::candidate;
pub use context::{context, helps};
pub use database::{DEFAULT, database};
use lacks::with;
pub use lacks::{Lack, begin, lacks};
use list::choose;
pub use wishes::wishes;

/// Has it picked; gives the whole line. `verb`: of the line as it was begun.
pub async fn finish(
    session: &Session,
    verb: &Verb,
    words: &[OsString],
    lacks: &[Lack],
) -> Result<Cli> {
    let mut more = Vec::new();
    let mut said = Vec::new();
    let mut cluster = None;
    let mut context = None;
    // Where the line names its cluster, what is left to pick is of that one.
    let begins = [Lack::Target, Lack::New, Lack::Operation];
    let named = match lacks.first() {
        Some(first) if !begins.contains(first) => Some(of_line(session, verb).await?),
        _ => None,
    };
    for lack in lacks {
        let value = match (lack, named.as_ref().or(cluster.as_ref())) {
            (Lack::Target, _) => {
                let found = pick_cluster(session).await?;
                said.push(found.target().to_string());
                cluster = Some(found);
                more.push(PICKED.to_owned());
                continue;
            }
            (Lack::New, _) => {
                let question = "Name of the new Postgres cluster".to_owned();
                ask(question, None, new_cluster).await?
            }
            (Lack::Operation, _) => {
                let (place, name) = pick_operation(session, verb).await?;
                context = Some(place);
                name
            }
            (Lack::Member, Some(cluster)) => pick_member(cluster).await?,
            (Lack::Name, Some(cluster)) => name(cluster, verb).await?,
            (Lack::Owner, Some(cluster)) => pick_role(cluster, "Which role owns it?").await?,
            (_, None) => return Err(Error::usage("the Postgres cluster is missing")),
        };
        said.push(value.clone());
        more.extend(lack.words(&value));
    }
    let mut cli =
        args::parse(with(words, &more)).map_err(|error| Error::usage(error.to_string()))?;
    session.screen.note(&said.join(" "));
    // What was picked says where it is.
    if cluster.is_some() || context.is_some() {
        cli.common = Common {
            not_context: Vec::new(),
            all_contexts: false,
            context_selector: None,
            fleet: Vec::new(),
            context: context.into_iter().collect(),
            ..cli.common
        };
    }
    if let Some(cluster) = cluster {
        cli.common = Common {
            picked: Some(cluster.target()),
            namespace: None,
            all_namespaces: false,
            ..cli.common
        };
    }
    Ok(cli)
}

/// The cluster that the line itself names.
async fn of_line(session: &Session, verb: &Verb) -> Result<Cluster> {
    let word = match verb {
        Verb::Reinit(args) => Some(&args.target),
        Verb::User(user) => match &user.what {
            UserVerb::Add(args) => Some(&args.target),
            UserVerb::Drop(args) => Some(&args.target),
            UserVerb::Rotate(args) => Some(&args.target),
            UserVerb::List(_) => None,
        },
        Verb::Db(db) => match &db.what {
            DbVerb::Add(args) => Some(&args.target),
            DbVerb::List(_) => None,
        },
        _ => None,
    };
    let selection = session.select(word.map_or(&[][..], std::slice::from_ref))?;
    let [one] = selection.named.as_slice() else {
        let why = "what is picked is picked in one Postgres cluster";
        return Err(Error::usage(why).hint("write NAMESPACE/NAME@CONTEXT, or the whole line"));
    };
    let context = session.connector.open(&one.context).await?;
    get(&Arc::new(context), one).await
}

async fn pick_cluster(session: &Session) -> Result<Cluster> {
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
    let rows = table([true, true, true, false, false], lines);
    let at = choose("Which Postgres cluster?", &rows).await?;
    Ok(clusters.swap_remove(at))
}

/// That there is nothing of what could be picked.
fn none(cluster: &Cluster, what: &str) -> Error {
    Error::new(Kind::NotFound, what)
        .context(&cluster.context.name)
        .object(&cluster.namespace, &cluster.name)
}

async fn pick_member(cluster: &Cluster) -> Result<String> {
    let members = &cluster.status.members;
    if members.is_empty() {
        return Err(none(cluster, "none of its members is known"));
    }
    let rows = table(
        [true, true, true, false, false],
        members.iter().map(of_member),
    );
    let at = choose("Which member?", &rows).await?;
    Ok(members[at].name.clone())
}

/// The name that a verb takes: of what is to be, or of what is there.
async fn name(cluster: &Cluster, verb: &Verb) -> Result<String> {
    let what = match verb {
        Verb::User(user) if !matches!(user.what, UserVerb::Add(_)) => {
            return pick_role(cluster, "Which role?").await;
        }
        Verb::User(_) => "Name of the role",
        _ => "Name of the database",
    };
    ask(what.to_owned(), None, |text| role(text).map(drop)).await
}

async fn pick_role(cluster: &Cluster, question: &'static str) -> Result<String> {
    let roles = cluster.spec(&["users"]).and_then(Value::as_object);
    let roles: Vec<&String> = roles.into_iter().flat_map(|roles| roles.keys()).collect();
    if roles.is_empty() {
        return Err(none(cluster, "its manifest has no role"));
    }
    let rows = table([true], roles.iter().map(|role| [(*role).clone()]));
    let at = choose(question, &rows).await?;
    Ok(roles.get(at).copied().cloned().unwrap_or_default())
}

/// An operation of which the verb can be meant, with its context.
async fn pick_operation(session: &Session, verb: &Verb) -> Result<(String, String)> {
    let (fits, none): (fn(bool) -> bool, _) = match verb {
        Verb::Ops(ops) if matches!(ops.what, OpsVerb::Cancel(_)) => {
            (|ended| !ended, "is under way")
        }
        Verb::Ops(ops) if matches!(ops.what, OpsVerb::Retry(_)) => (|ended| ended, "has ended"),
        _ => (|_| true, "is there"),
    };
    let mut found = ops::all(session).await?;
    found.retain(|(_, operation)| fits(ops::has_ended(operation)));
    if found.is_empty() {
        return Err(Error::new(Kind::NotFound, format!("no operation {none}"))
            .hint("kubectl pg ops list --all-contexts -A"));
    }
    let lines = found.iter().map(|(context, operation)| {
        let namespace = operation.namespace().unwrap_or_default();
        let name = &operation.spec.target.name;
        let status = operation.status.as_ref();
        let phase = status.map(|status| status.phase).unwrap_or_default();
        [
            operation.name_any(),
            operation.spec.action.verb().to_owned(),
            phase.to_string(),
            format!("{namespace}/{name}@{}", session.label(context)),
            operation.spec.requested_by.clone(),
        ]
    });
    let rows = table([true, true, true, false, false], lines);
    let at = choose("Which operation?", &rows).await?;
    let (context, operation) = found.swap_remove(at);
    Ok((context, operation.name_any()))
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
        cluster.health_in_a_word(),
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
