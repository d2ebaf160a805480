//! One file per verb.

mod adopt;
mod apply;
pub mod change;
pub mod clone;
pub mod completion;
pub mod create;
mod db;
mod delete;
mod df;
mod diff;
mod doctor;
mod edit;
mod entries;
pub mod exec;
mod failover;
mod fleet;
pub mod gather;
mod hibernate;
mod history;
pub mod install;
mod list;
mod logs;
mod maintenance;
mod once;
mod operate;
pub mod ops;
mod promote;
pub mod psql;
mod reinit;
mod release;
mod reload;
mod report;
mod resize;
mod restart;
mod rollout;
mod scale;
pub mod set;
mod sought;
mod status;
mod switchover;
mod uninstall;
mod upgrade;
mod user;
pub mod version;
mod wait;
mod watch;

use std::ffi::OsString;

use crate::{
    args::{self, Cli, Verb},
    error::{Error, Kind, Result},
    exit::Exit,
    output::{Screen, document::Document, echo},
    pick::{self, Lack},
    session::Session,
    stop::{GRACE, Stop},
};

/// Runs a verb on a runtime of its own. `words`: the line, to be read again where it leaves open
/// what can be picked.
pub fn run(cli: Cli, words: &[OsString]) -> Exit {
    let screen = Screen::new(&cli.common);
    on_a_runtime(&screen, run_on(cli, words, &screen))
}

/// The same of a line that lacks its target, which is picked first.
pub fn run_picking(begun: Cli, words: &[OsString], lacks: &[Lack]) -> Exit {
    let screen = Screen::new(&begun.common);
    on_a_runtime(&screen, async {
        let stop = Stop::listen();
        let picked = async {
            let mut session = Session::new(begun.common, screen.clone(), stop.clone())?;
            match pick::finish(&session, &begun.verb, words, lacks).await {
                Err(error) if pick::helps(&session, &error) => {
                    session.flags.current = Some(pick::context(&session).await?);
                    let again = session.with_screen(screen.clone())?;
                    pick::finish(&again, &begun.verb, words, lacks).await
                }
                finished => finished,
            }
        };
        match or_stopped(&stop, picked).await {
            Ok(cli) => run_on(cli, words, &screen).await,
            Err(error) => ended_by(&error, &screen, true),
        }
    })
}

fn on_a_runtime(screen: &Screen, work: impl Future<Output = Exit>) -> Exit {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(64)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            screen.error(&Error::new(Kind::Failed, format!("no threads: {error}")));
            return Exit::Failed;
        }
    };
    let exit = runtime.block_on(work);
    echo::end();
    // A name look-up that hangs keeps nobody waiting.
    runtime.shutdown_background();
    exit
}

async fn run_on(cli: Cli, words: &[OsString], screen: &Screen) -> Exit {
    let changes = cli.verb.changes();
    let stop = Stop::listen();
    let session = match Session::new(cli.common, screen.clone(), stop.clone()) {
        Ok(session) => session,
        Err(error) => return ended_by(&error, screen, changes),
    };
    let ended = tokio::select! {
        ended = dispatch(&session, cli.verb) => ended,
        () = async {
            stop.asked().await;
            tokio::time::sleep(GRACE).await;
        } => Err(Error::new(Kind::Interrupted, "interrupted")),
    };
    match ended {
        Ok(exit) => exit,
        Err(error) if pick::helps(&session, &error) => {
            match or_stopped(&stop, picked_context(&session, words)).await {
                Ok(cli) => Box::pin(run_on(cli, words, screen)).await,
                Err(error) => ended_by(&error, screen, changes),
            }
        }
        Err(error) => {
            let error = match session.how_to_follow() {
                Some(how) if error.kind == Kind::Interrupted => error.hint(how),
                _ => error,
            };
            ended_by(&error, screen, changes && !session.is_touched())
        }
    }
}

/// What a person is asked, unless this program is told to end meanwhile: no key comes then.
async fn or_stopped<T>(stop: &Stop, asked: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        answer = asked => answer,
        () = stop.asked() => Err(Error::new(Kind::Interrupted, "interrupted")),
    }
}

/// The line as if the context that is picked now were the current one.
async fn picked_context(session: &Session, words: &[OsString]) -> Result<Cli> {
    let current = pick::context(session).await?;
    let mut cli = args::parse(words.to_vec()).map_err(|error| Error::usage(error.to_string()))?;
    cli.common.current = Some(current);
    Ok(cli)
}

/// Says how it ended: on stderr, and in the document that a program waits for.
fn ended_by(error: &Error, screen: &Screen, untouched: bool) -> Exit {
    screen.error(error);
    if screen.format.is_document() {
        let document = Document::<()>::new("Result", Vec::new(), vec![error.clone()]);
        let _ = screen.document(&document);
    }
    error.exit(untouched)
}

async fn dispatch(session: &Session, verb: Verb) -> Result<Exit> {
    if session.flags.filter.is_some() && !verb.filters() {
        return Err(Error::usage("this verb does not know --where"));
    }
    if session.flags.selector.is_some() && !verb.labels() {
        return Err(Error::usage("this verb does not know -l"));
    }
    if session.flags.all_namespaces && !verb.spans() {
        return Err(Error::usage("this verb does not know -A"));
    }
    if session.flags.sort_by.is_some() && !verb.sorts() {
        return Err(Error::usage("this verb does not know --sort-by"));
    }
    match verb {
        Verb::List(args) => watch::list(session, args).await,
        Verb::Psql(args) => psql::run(session, args).await,
        Verb::Create(args) => create::run(session, args).await,
        Verb::Scale(args) => scale::run(session, args).await,
        Verb::Switchover(args) => switchover::run(session, args).await,
        Verb::Failover(args) => failover::run(session, args).await,
        Verb::Restart(args) => restart::run(session, args).await,
        Verb::Reload(args) => reload::run(session, args).await,
        Verb::Maintenance(args) => maintenance::run(session, args).await,
        Verb::Reinit(args) => reinit::run(session, args).await,
        Verb::Upgrade(args) => upgrade::run(session, args).await,
        Verb::Delete(args) => delete::run(session, args).await,
        Verb::Install(args) => install::run(session, args).await,
        Verb::Version(_) => version::servers(session).await,
        Verb::Adopt(args) => adopt::run(session, args).await,
        Verb::Release(args) => release::run(session, args).await,
        Verb::Uninstall(args) => uninstall::run(session, args).await,
        Verb::Status(args) => watch::status(session, args).await,
        Verb::Logs(args) => logs::run(session, args).await,
        Verb::History(args) => history::run(session, args).await,
        Verb::Df(args) => df::run(session, args).await,
        Verb::Diff(args) => diff::run(session, args).await,
        Verb::Doctor(args) => doctor::run(session, args).await,
        Verb::Report(args) => report::run(session, args).await,
        Verb::Clone(args) => clone::run(session, args).await,
        Verb::Promote(args) => promote::run(session, args).await,
        Verb::Apply(args) => apply::run(session, args).await,
        Verb::Set(args) => set::run(session, args).await,
        Verb::Resize(args) => resize::run(session, args).await,
        Verb::User(args) => user::run(session, args.what).await,
        Verb::Db(args) => db::run(session, args.what).await,
        Verb::Hibernate(args) => hibernate::run(session, args).await,
        Verb::Fleet(args) => fleet::run(session, args.what),
        Verb::Options | Verb::Completion(_) => Ok(Exit::Done),
        Verb::Rollout(args) => rollout::run(session, args.what).await,
        Verb::Ops(args) => ops::run(session, args.what).await,
    }
}
