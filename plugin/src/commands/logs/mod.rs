//! `logs`: of members, merged by time; or of the controllers.

pub mod files;
mod follow;
mod lines;
mod merge;
mod read;
mod source;

use std::sync::Arc;

use jiff::Timestamp;
use kube::api::LogParams;

use super::{
    change::{all_in, first_of},
    list::without_resource,
    once::Once,
    sought::Sought,
};
use crate::{
    args::{Logs, Since},
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    session::Session,
    target::{Chosen, Selection},
};
use lines::Lines;
use read::Read;
use source::{Group, Prefixes, Source};

/// What one context has: pods with logs, where more may come from, and what was named in vain.
#[derive(Default)]
struct Found<'a> {
    sources: Vec<Source>,
    groups: Vec<(Group, String)>,
    /// What was named, and whether it is there.
    looked: Vec<(&'a Chosen, bool)>,
    missing: Vec<Error>,
}

/// Shows logs.
pub async fn run(session: &Session, args: Logs) -> Result<Exit> {
    if session.screen.format.is_document() {
        return Err(Error::usage("logs are lines, no document").hint("leave -o away"));
    }
    let lines = Lines::new(&args, session.screen.color_out())?;
    let selection = session.select(&args.targets)?;
    let results = session
        .read_each(
            &selection.contexts,
            |context| {
                let (selection, args) = (&selection, &args);
                async move { in_context(session, &context, selection, args).await }
            },
            |_, _| (),
        )
        .await?;
    let (mut all, mut dead) = (Found::default(), Vec::new());
    let mut sought = Sought::default();
    for (_, result) in results {
        match result {
            Ok(found) => {
                all.sources.extend(found.sources);
                all.groups.extend(found.groups);
                all.missing.extend(found.missing);
                for (one, there) in found.looked {
                    sought.looked(one, there);
                }
            }
            Err(error) => dead.push(error),
        }
    }
    // Two words may name one member, and two contexts one Kubernetes cluster.
    let mut once = Once::default();
    all.sources
        .retain(|source| once.is_new(&source.context.name, source.context.mark(), &source.uid));
    once.say(&session.screen);
    let none = all.sources.is_empty() && !args.follow || all.groups.is_empty();
    if none {
        first_of(session, all.missing.into_iter().chain(dead).collect())?;
        if all.groups.is_empty() {
            return Err(
                Error::new(Kind::NotFound, "there is no such Postgres cluster")
                    .hint("kubectl pg list -A"),
            );
        }
        return Err(Error::new(Kind::NotFound, "there is no pod with logs"));
    }
    let nowhere = sought.nowhere();
    for error in dead.iter().chain(&nowhere) {
        session.screen.error(error);
    }
    sought.say(&session.screen);
    if !args.controller && !args.postgres && args.container.is_none() {
        session
            .screen
            .note("This is Patroni's log; PostgreSQL's own is shown with --postgres");
    }
    let read = all.sources.len();
    let failed = if args.follow {
        follow::follow(session, args, all.groups, all.sources, &lines).await?
    } else {
        let failed = merged(session, &args, &all.sources, &lines).await?;
        for error in &failed {
            session.screen.error(error);
        }
        failed
    };
    if !nowhere.is_empty() {
        return Ok(Exit::Failed);
    }
    Ok(Exit::of_read(
        read.saturating_sub(failed.len()),
        failed.len() + dead.len(),
        session.flags.allow_unreachable,
    ))
}

/// The pods of one context; beside them what was named and is not there.
async fn in_context<'a>(
    session: &Session,
    context: &Arc<Context>,
    selection: &'a Selection,
    args: &Logs,
) -> Result<Found<'a>> {
    let mut found = Found::default();
    let mut groups = Vec::new();
    if args.controller {
        groups.push(Group::of_controllers(context, args));
    } else if selection.named.is_empty() {
        let all = all_in(session, context).await;
        let all = all.map_err(|error| without_resource(error, context))?;
        let chosen = all.into_iter().filter(|one| session.chooses_cluster(one));
        groups.extend(chosen.map(|cluster| Group::of_cluster(cluster, args)));
    }
    for one in selection.named_in(&context.name) {
        let there = match Group::of_target(session, context, one, args).await {
            Ok(group) => {
                groups.extend(group);
                true
            }
            Err(error) if error.kind == Kind::NotFound => {
                found.missing.push(error);
                false
            }
            Err(error) => return Err(error),
        };
        found.looked.push((one, there));
    }
    for group in groups {
        let (pods, version) = group.list().await?;
        if pods.is_empty() && group.is_controllers() {
            return Err(group.absent());
        }
        found.sources.extend(pods);
        found.groups.push((group, version));
    }
    Ok(found)
}

fn parameters(args: &Logs, source: &Source) -> LogParams {
    let mut parameters = LogParams {
        container: Some(source.container.clone()),
        tail_lines: args.tail,
        timestamps: true,
        ..LogParams::default()
    };
    match args.since {
        // The server's clock decides; a second is the finest it takes.
        Some(Since::Ago(time)) => {
            parameters.since_seconds = i64::try_from(time.as_secs().max(1)).ok();
        }
        Some(Since::At(time)) => parameters.since_time = Some(time),
        None => {}
    }
    parameters
}

/// All there is, in the order of time.
async fn merged(
    session: &Session,
    args: &Logs,
    sources: &[Source],
    shown: &Lines,
) -> Result<Vec<Error>> {
    let reading = fanout::each(
        sources.iter().enumerate(),
        64,
        |(index, source)| async move {
            let pods = source.pods();
            let text = match source.files {
                true => files::before(source, args).await,
                false => {
                    let parameters = parameters(args, source);
                    let text = pods.logs(&source.pod, &parameters);
                    source.context.ask(text).await
                }
            };
            Ok((index, text.map_err(|error| source.place(error))?))
        },
        |_| (),
    );
    let results: Vec<Result<(usize, String)>> = session.within(async { Ok(reading.await) }).await?;
    let mut failed = Vec::new();
    let mut texts = Vec::new();
    for result in results {
        match result {
            Ok(text) => texts.push(text),
            Err(error) => failed.push(error),
        }
    }
    let mut lines: Vec<(Timestamp, usize, &str)> = Vec::new();
    for (index, text) in &texts {
        let Some(source) = sources.get(*index) else {
            continue;
        };
        let mut read = Read::default();
        for line in text.lines() {
            let (time, line) = source.split(line);
            let time = read.take(time);
            lines.push((time.unwrap_or(Timestamp::MIN), *index, line));
        }
    }
    lines.sort_by_key(|(time, index, _)| (*time, *index));
    let prefixes = Prefixes::new(session, sources, true);
    let names: Vec<String> = sources
        .iter()
        .map(|source| prefixes.of(session, source))
        .collect();
    let mut text = String::new();
    for (_, index, line) in lines {
        let prefix = names.get(index).map_or("", String::as_str);
        if let Some(line) = shown.shown(line) {
            text.push_str(&format!("{prefix}{line}\n"));
        }
    }
    session.screen.exact(&text);
    Ok(failed)
}
