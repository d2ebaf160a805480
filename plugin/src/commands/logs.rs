//! `logs`: of members, merged by time; or of the controllers.

mod lines;

use std::sync::Arc;

use futures::{AsyncBufReadExt, StreamExt, stream};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, ResourceExt,
    api::{ListParams, LogParams},
};
use pg_core::names;

use super::change::{first_of, get};
use crate::{
    args::{Logs, Since},
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    output::text::count,
    session::Session,
    target::{Chosen, Selection},
};
use lines::Lines;

/// One pod whose log is read.
#[derive(Clone)]
struct Source {
    context: Arc<Context>,
    namespace: String,
    pod: String,
    container: String,
    prefix: String,
}

/// Shows logs.
pub async fn run(session: &Session, args: Logs) -> Result<Exit> {
    let lines = Lines::new(&args, session.screen.color_out())?;
    let selection = session.select(&args.targets)?;
    let results = session
        .read_each(
            &selection.contexts,
            |context| {
                let (selection, args) = (&selection, &args);
                async move { sources_in(&context, selection, args).await }
            },
            |_, _| (),
        )
        .await?;
    let (mut sources, mut missing, mut dead) = (Vec::new(), Vec::new(), Vec::new());
    for (_, result) in results {
        match result {
            Ok((found, not_found)) => {
                sources.extend(found);
                missing.extend(not_found);
            }
            Err(error) => dead.push(error),
        }
    }
    prefix(session, &mut sources, selection.contexts.len() > 1);
    if sources.is_empty() {
        first_of(session, missing.into_iter().chain(dead).collect())?;
        return Err(Error::new(Kind::NotFound, "there is no pod with logs"));
    }
    for error in &dead {
        session.screen.error(error);
    }
    if !missing.is_empty() {
        let places = count(missing.len(), "context");
        session.screen.note(&format!("not in {places}"));
    }
    if !args.controller && args.container.is_none() {
        session.screen.note(
            "This is Patroni's log; PostgreSQL itself writes to files in each pod: /home/postgres/pgdata/pgroot/pg_log",
        );
    }
    let ended = if args.follow {
        tokio::select! {
            ended = follow(session, &args, &sources, &lines) => ended,
            () = session.stop.asked() => return Err(Error::new(Kind::Interrupted, "interrupted")),
        }
    } else {
        merged(session, &args, &sources, &lines).await
    };
    let failed = ended?;
    for error in &failed {
        session.screen.error(error);
    }
    Ok(Exit::of_read(
        sources.len() - failed.len(),
        failed.len() + dead.len(),
        session.flags.allow_unreachable,
    ))
}

/// The pods of one context; beside them what was named and is not there.
async fn sources_in(
    context: &Arc<Context>,
    selection: &Selection,
    args: &Logs,
) -> Result<(Vec<Source>, Vec<Error>)> {
    if args.controller {
        return Ok((controllers(context, args).await?, Vec::new()));
    }
    let (mut sources, mut missing) = (Vec::new(), Vec::new());
    for one in selection.named_in(&context.name) {
        match members(context, one, args).await {
            Ok(found) => sources.extend(found),
            Err(error) if error.kind == Kind::NotFound => missing.push(error),
            Err(error) => return Err(error),
        }
    }
    Ok((sources, missing))
}

async fn controllers(context: &Arc<Context>, args: &Logs) -> Result<Vec<Source>> {
    let namespace = &args.system_namespace;
    let pods = pods(context, namespace, "app.kubernetes.io/name=pg-fleet").await?;
    if pods.is_empty() {
        return Err(Error::new(
            Kind::NotInstalled,
            format!("no controller runs in namespace {namespace}"),
        )
        .context(&context.name)
        .hint(format!("kubectl pg install --context {}", context.name)));
    }
    Ok(pods
        .into_iter()
        .map(|pod| {
            source(
                context,
                namespace,
                pod,
                args.container.as_deref().unwrap_or("pg-fleet"),
            )
        })
        .collect())
}

/// The pods of a cluster; or the one member, if the word names none of the clusters but a pod.
async fn members(context: &Arc<Context>, one: &Chosen, args: &Logs) -> Result<Vec<Source>> {
    let container = args.container.as_deref().unwrap_or("postgres");
    let (cluster, only) = match get(context, one).await {
        Ok(cluster) => (cluster, None),
        Err(error) if error.kind == Kind::NotFound => {
            let owner = one.name.rsplit_once('-').map(|(owner, _)| owner.to_owned());
            let owner = owner.filter(|owner| names::ordinal(owner, &one.name).is_some());
            let Some(name) = owner else { return Err(error) };
            let other = Chosen {
                name,
                ..one.clone()
            };
            match get(context, &other).await {
                Ok(cluster) => (cluster, Some(one.name.clone())),
                Err(_) => return Err(error),
            }
        }
        Err(error) => return Err(error),
    };
    let label = format!("cluster-name={}", cluster.name);
    let mut pods = pods(context, &cluster.namespace, &label).await?;
    pods.retain(|pod| names::ordinal(&cluster.name, pod).is_some());
    if let Some(only) = only {
        pods.retain(|pod| *pod == only);
    }
    Ok(pods
        .into_iter()
        .map(|pod| source(context, &cluster.namespace, pod, container))
        .collect())
}

async fn pods(context: &Context, namespace: &str, labels: &str) -> Result<Vec<String>> {
    let api: Api<Pod> = context.api(namespace);
    let list = context
        .ask(api.list(&ListParams::default().labels(labels)))
        .await?;
    Ok(list.items.iter().map(ResourceExt::name_any).collect())
}

fn source(context: &Arc<Context>, namespace: &str, pod: String, container: &str) -> Source {
    Source {
        context: Arc::clone(context),
        namespace: namespace.to_owned(),
        prefix: pod.clone(),
        pod,
        container: container.to_owned(),
    }
}

/// A prefix says as much as is needed to tell the sources apart.
fn prefix(session: &Session, sources: &mut [Source], contexts: bool) {
    let namespaces = sources
        .windows(2)
        .any(|two| two[0].namespace != two[1].namespace);
    for source in sources.iter_mut() {
        let mut text = String::new();
        if contexts {
            text.push_str(&session.label(&source.context.name));
            text.push(' ');
        }
        if namespaces {
            text.push_str(&source.namespace);
            text.push('/');
        }
        text.push_str(&source.pod);
        source.prefix = text;
    }
    let width = sources
        .iter()
        .map(|source| source.prefix.chars().count())
        .max()
        .unwrap_or_default();
    for source in sources.iter_mut() {
        source.prefix = format!("{:<width$} | ", source.prefix);
    }
    if let [only] = sources {
        only.prefix.clear();
    }
}

fn parameters(args: &Logs, source: &Source) -> LogParams {
    let mut parameters = LogParams {
        container: Some(source.container.clone()),
        follow: args.follow,
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

/// A line begins with its time, as the container's runtime wrote it down.
fn split(line: &str) -> (Option<Timestamp>, &str) {
    match line.split_once(' ') {
        Some((time, rest)) => match time.parse() {
            Ok(time) => (Some(time), rest),
            Err(_) => (None, line),
        },
        None => match line.parse() {
            Ok(time) => (Some(time), ""),
            Err(_) => (None, line),
        },
    }
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
            let api: Api<Pod> = source.context.api(&source.namespace);
            let text = source
                .context
                .ask(api.logs(&source.pod, &parameters(args, source)))
                .await
                .map_err(|error| error.object(&source.namespace, &source.pod))?;
            Ok((index, text))
        },
        |_| (),
    );
    let results: Vec<Result<(usize, String)>> = tokio::select! {
        results = reading => results,
        () = session.stop.asked() => return Err(Error::new(Kind::Interrupted, "interrupted")),
    };
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
        let mut last = Timestamp::MIN;
        for line in text.lines() {
            let (time, line) = split(line);
            last = time.unwrap_or(last);
            lines.push((last, *index, line));
        }
    }
    lines.sort_by_key(|(time, index, _)| (*time, *index));
    let mut text = String::new();
    for (_, index, line) in lines {
        let prefix = sources
            .get(index)
            .map(|source| source.prefix.as_str())
            .unwrap_or_default();
        if let Some(line) = shown.shown(line) {
            text.push_str(&format!("{prefix}{line}\n"));
        }
    }
    session.screen.data(&text);
    Ok(failed)
}

/// All from now on, as it comes.
async fn follow(
    session: &Session,
    args: &Logs,
    sources: &[Source],
    shown: &Lines,
) -> Result<Vec<Error>> {
    let streams = stream::iter(sources).map(|source| async move {
        let api: Api<Pod> = source.context.api(&source.namespace);
        let place = |error: Error| error.object(&source.namespace, &source.pod);
        let log = source
            .context
            .ask(api.log_stream(&source.pod, &parameters(args, source)))
            .await
            .map_err(place)?;
        let mut lines = Box::pin(log).lines();
        while let Some(line) = lines.next().await {
            let line = line.map_err(|error| {
                place(
                    Error::new(Kind::Unreachable, format!("the log broke off: {error}"))
                        .context(&source.context.name),
                )
            })?;
            let (_, line) = split(&line);
            if let Some(line) = shown.shown(line) {
                session.screen.data(&format!("{}{line}\n", source.prefix));
            }
        }
        Ok::<(), Error>(())
    });
    let results: Vec<Result<()>> = streams
        .buffer_unordered(sources.len().max(1))
        .collect()
        .await;
    Ok(results.into_iter().filter_map(Result::err).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_split_off() {
        assert_eq!(
            split("2026-11-21T10:00:00.123456789Z LOG:  ready"),
            ("2026-11-21T10:00:00.123456789Z".parse().ok(), "LOG:  ready")
        );
        assert_eq!(split("no time"), (None, "no time"));
    }
}
