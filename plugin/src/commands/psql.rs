//! `psql`: in the primary's pod, with a fixed argv. SQL goes to psql's stdin, never into a request's
//! URL, which audit logs keep.

#[cfg(unix)]
mod forward;
#[cfg(unix)]
mod here;
mod run;
mod terminal;

pub use run::{CONTAINER, ended_well, pod, till_end};

use std::{io::IsTerminal, path::Path, sync::Arc, time::Duration};

use serde::Serialize;
use tokio::time::Instant;

use super::{change, gather::gather_in};
use crate::{
    args::{Change, Format, Psql},
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    output::{document::Document, prompt::Class},
    pick,
    session::{Session, Waiting},
    target::Target,
};

/// What one psql printed and how it ended.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ran {
    /// The pod.
    pub pod: String,
    /// Its stdout.
    pub stdout: String,
    /// Its stderr.
    pub stderr: String,
    /// Whether it succeeded.
    pub ok: bool,
}

#[derive(Serialize)]
struct Item {
    context: String,
    namespace: String,
    name: String,
    #[serde(flatten)]
    ran: Option<Ran>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
}

/// Runs psql.
pub async fn run(session: &Session, mut args: Psql) -> Result<Exit> {
    if !is_here(&args) && run::holds_sql(&args.args) {
        let what =
            "SQL among psql's own arguments would stand in a request's URL, which audit logs keep";
        return Err(Error::usage(what)
            .hint("write -c before the two dashes: kubectl pg psql TARGET -c SQL"));
    }
    let selection = session.select(&args.targets)?;
    let sql = sql(&args)?;
    // How many a choice finds is not known when the line is written.
    let chosen =
        (session.chooses_many() || selection.named.is_empty()) && session.flags.picked.is_none();
    if chosen && args.write {
        return Err(Error::usage("psql --write takes targets by name")
            .hint("what changes is named: leave -A, -l and --where out, and write TARGETS"));
    }
    let several = selection.named.len() > 1 || chosen;
    if several && sql.is_none() {
        return Err(Error::usage("psql on several targets needs -c or -f"));
    }
    let read_only = several && !args.write;
    // What a person types takes the time that it takes.
    let limit = args.timeout.filter(|_| sql.is_some()).map(Limit::new);
    let found = limited(limit, gather_in(session, &selection)).await?;
    if args.write && (found.absent > 0 || !found.errors.is_empty()) {
        return Err(Error::new(
            Kind::Refused,
            "not every target could be found; nothing was run",
        ));
    }
    if let Some(copied) = found.copied.filter(|_| args.write)
        && !session.wanted().is_exact()
    {
        return Err(change::may_be_copies(copied));
    }
    let (clusters, errors, nowhere) = (found.clusters, found.errors, found.nowhere);
    let clusters: Vec<Arc<Cluster>> = clusters.into_iter().map(Arc::new).collect();
    if clusters.is_empty() {
        return print(session, Vec::new(), errors, nowhere);
    }
    let Some(sql) = sql else {
        let [cluster] = clusters.as_slice() else {
            return Err(Error::usage("psql takes one target"));
        };
        let pod = run::pod(cluster, args.replica).await?;
        session
            .screen
            .detail(&format!("{} on {pod}", cluster.target()));
        if args.db.is_none() && !run::names_database(&args.args) && !run::runs_nothing(&args.args) {
            args.db = Some(pick::database(session, cluster).await?);
        }
        return if is_here(&args) {
            interactive_here(session, cluster, &pod, &args).await
        } else {
            terminal::run(session, cluster, &pod, &args).await
        };
    };
    let class = if several && args.write {
        Class::Disruptive
    } else {
        Class::Read
    };
    question(session, &args, class, &clusters).await?;
    if args.write {
        session.touch();
    }
    if let ([cluster], false, false) = (
        clusters.as_slice(),
        several,
        session.screen.format.is_document(),
    ) {
        let pod = run::pod(cluster, args.replica).await?;
        session
            .screen
            .detail(&format!("{} on {pod}", cluster.target()));
        let asked = Asked {
            args: &args,
            sql: &sql,
            read_only,
            live: true,
        };
        let ran = limited(limit, asked.of(session, cluster, &pod)).await?;
        return Ok(if ran.ok { Exit::Done } else { Exit::Failed });
    }
    let waiting = clusters.iter().map(|cluster| cluster.target().to_string());
    let waiting = Waiting::for_all(waiting);
    let work = fanout::each(
        clusters,
        16,
        |cluster| {
            let (args, sql) = (&args, &sql);
            async move {
                let work = async {
                    let pod = run::pod(&cluster, args.replica).await?;
                    let asked = Asked {
                        args,
                        sql,
                        read_only,
                        live: false,
                    };
                    asked.of(session, &cluster, &pod).await
                };
                (cluster.target(), limited(limit, work).await)
            }
        },
        |(target, _)| waiting.is_done(&target.to_string()),
    );
    let results = session.patiently(&waiting, work).await;
    print(session, results, errors, nowhere)
}

/// Whether the psql of this machine runs.
fn is_here(args: &Psql) -> bool {
    args.here || args.role.is_some()
}

/// SQL that nobody types.
pub struct Asked<'a> {
    args: &'a Psql,
    sql: &'a str,
    read_only: bool,
    /// Prints what comes as it comes.
    live: bool,
}

impl Asked<'_> {
    async fn of(&self, session: &Session, cluster: &Cluster, pod: &str) -> Result<Ran> {
        if is_here(self.args) {
            sql_here(session, cluster, pod, self).await
        } else {
            run::sql(session, cluster, pod, self).await
        }
    }
}

#[cfg(unix)]
use here::{interactive as interactive_here, sql as sql_here};

#[cfg(not(unix))]
async fn interactive_here(_: &Session, _: &Cluster, _: &str, _: &Psql) -> Result<Exit> {
    Err(no_sockets())
}

#[cfg(not(unix))]
async fn sql_here(_: &Session, _: &Cluster, _: &str, _: &Asked<'_>) -> Result<Ran> {
    Err(no_sockets())
}

#[cfg(not(unix))]
fn no_sockets() -> Error {
    Error::usage("--user and --local need Unix sockets, which this system does not have")
}

/// The time that there is for all targets together.
#[derive(Clone, Copy)]
struct Limit {
    time: Duration,
    until: Instant,
}

impl Limit {
    fn new(time: Duration) -> Self {
        let until = Instant::now() + time;
        Self { time, until }
    }
}

/// Work that ends when time is over, and is not begun then.
async fn limited<T>(limit: Option<Limit>, work: impl Future<Output = Result<T>>) -> Result<T> {
    let Some(Limit { time, until }) = limit else {
        return work.await;
    };
    let late = |what: &str| {
        let what = format!("{what} within {time:?}");
        Err(Error::new(Kind::TimedOut, what))
    };
    if Instant::now() >= until {
        return late("psql was not begun");
    }
    let ended = tokio::time::timeout_at(until, work).await;
    ended.unwrap_or_else(|_| late("psql did not end"))
}

async fn question(
    session: &Session,
    args: &Psql,
    class: Class,
    clusters: &[Arc<Cluster>],
) -> Result<()> {
    let change = Change {
        yes: args.yes,
        expect_count: args.expect_count,
        timeout: args.timeout,
        ..Change::plain()
    };
    let targets: Vec<Target> = clusters.iter().map(|cluster| cluster.target()).collect();
    let effects: Vec<String> = targets.iter().map(ToString::to_string).collect();
    change::ask(
        session,
        &change,
        class,
        &targets,
        "Run SQL that may write on",
        &effects,
    )
    .await
}

/// The SQL, where it is not typed by a person.
fn sql(args: &Psql) -> Result<Option<String>> {
    if !args.command.is_empty() {
        return Ok(Some(args.command.iter().map(|sql| ended(sql)).collect()));
    }
    let read = |result: std::io::Result<String>, what: &str| {
        result
            .map(Some)
            .map_err(|error| Error::usage(format!("{what} cannot be read: {error}")))
    };
    match args.file.as_deref() {
        Some(path) if path == Path::new("-") => {
            read(std::io::read_to_string(std::io::stdin()), "stdin")
        }
        Some(path) => read(std::fs::read_to_string(path), &path.display().to_string()),
        None if std::io::stdin().is_terminal() => Ok(None),
        None => read(std::io::read_to_string(std::io::stdin()), "stdin"),
    }
}

/// Ends the statement and the line, so that one cannot run into the next. Where it can be, on the
/// same line: psql counts lines in its errors.
fn ended(sql: &str) -> String {
    let last = sql.lines().last().unwrap_or_default();
    let done = sql.trim_end().ends_with(';') || last.trim_start().starts_with('\\');
    match (done, last.contains("--")) {
        (true, false) => format!("{sql}\n"),
        (false, false) => format!("{sql};\n"),
        (_, true) => format!("{sql}\n;\n"),
    }
}

/// How all of it ended: a context that did not answer differs from one where it went well.
fn ended_all(each: Vec<Exit>, dead: usize, allow_unreachable: bool) -> Exit {
    let dead = if allow_unreachable && !each.is_empty() {
        0
    } else {
        dead
    };
    Exit::of_change(each.into_iter().chain((0..dead).map(|_| Exit::Failed)))
}

/// Prints what each said. `errors`: contexts that did not answer, and names that are nowhere, as
/// `nowhere` says; they have been told.
fn print(
    session: &Session,
    results: Vec<(Target, Result<Ran>)>,
    errors: Vec<Error>,
    nowhere: bool,
) -> Result<Exit> {
    let each = results.iter().map(|(_, result)| match result {
        Ok(ran) if ran.ok => Exit::Done,
        Ok(_) => Exit::Failed,
        Err(error) => error.exit(false),
    });
    let allow = session.flags.allow_unreachable;
    let exit = match nowhere {
        true => Exit::Failed,
        false => ended_all(each.collect(), errors.len(), allow),
    };
    let screen = &session.screen;
    let mut items = Vec::new();
    for (target, result) in results {
        let context = target.context.clone().unwrap_or_default();
        let namespace = target.namespace.clone().unwrap_or_default();
        let (ran, error) = match result {
            Ok(ran) => (Some(ran), None),
            Err(error) => (
                None,
                Some(error.context(&context).object(&namespace, &target.name)),
            ),
        };
        if let Some(error) = &error {
            screen.error(error);
        }
        if let Some(ran) = ran.as_ref().filter(|_| !screen.format.is_document()) {
            if !matches!(screen.format, Format::Name) {
                screen.data(&format!("-- {} ({})\n", target, ran.pod));
            }
            screen.exact(&run::for_screen(screen, &ran.stdout));
            for line in ran.stderr.lines() {
                screen.note(&format!("{target}: {line}"));
            }
        }
        items.push(Item {
            context,
            namespace,
            name: target.name.clone(),
            ran,
            error,
        });
    }
    if screen.format.is_document() {
        screen.document(&Document::new("PsqlList", items, errors))?;
    }
    Ok(exit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_context_is_no_end_of_the_others() {
        use Exit::*;
        let table: [(&[Exit], usize, bool, Exit); 7] = [
            (&[Done], 0, false, Done),
            (&[Done], 1, false, Mixed),
            (&[Done], 1, true, Done),
            (&[Failed], 1, false, Failed),
            (&[Done, Failed], 1, true, Mixed),
            (&[], 1, false, Failed),
            (&[], 1, true, Failed),
        ];
        for (each, dead, allow, expected) in table {
            let exit = ended_all(each.to_vec(), dead, allow);
            assert_eq!(exit, expected, "{each:?} {dead} {allow}");
        }
    }

    #[test]
    fn statements_are_ended() {
        let table = [
            ("select 1", "select 1;\n"),
            ("select 1;", "select 1;\n"),
            ("\\dt", "\\dt\n"),
            ("select 1 -- one", "select 1 -- one\n;\n"),
            ("select 1 -- one;", "select 1 -- one;\n;\n"),
        ];
        for (sql, expected) in table {
            assert_eq!(ended(sql), expected);
        }
    }
}
