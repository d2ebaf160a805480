//! The cluster that a standby follows: named by a person, noted when it was cloned, or the one whose
//! Service the manifest names. It is stopped, so it has to be that one: who has other data is not.

use std::sync::Arc;

use kube::api::ListParams;
use serde_json::Value;

use crate::{
    cluster::Cluster,
    commands::{
        change::get,
        clone::manifest::{SOURCE, follows_service},
        exec::pods,
    },
    connect::Context,
    error::{Error, Kind, Result},
    session::Session,
    target::{Chosen, Target},
};

/// The source, as far as it is known.
pub enum Source {
    /// Found, and it is the one.
    Found(Box<Cluster>),
    /// Found, and stopped already.
    Stopped(Box<Cluster>),
    /// Not found, and why.
    Lost(String),
}

/// The cluster that this one follows.
pub async fn find(session: &Session, standby: &Cluster, named: Option<&Target>) -> Result<Source> {
    let noted = standby
        .annotation(SOURCE)
        .and_then(|text| text.split_once(' '));
    let (target, uid) = match (named, noted) {
        (Some(target), _) => (target.clone(), None),
        (None, Some((target, uid))) => match target.parse::<Target>() {
            Ok(target) => (target, Some(uid)),
            Err(why) => return Ok(Source::Lost(why)),
        },
        (None, None) => return sought(session, standby).await,
    };
    let contexts = &session.connector.contexts;
    let context = match &target.context {
        Some(word) => contexts.named(word),
        None => Ok(standby.context.name.clone()),
    };
    let context = match (context, named) {
        (Ok(context), _) => context,
        // A person's word is right, or it is an error; a note may be another machine's.
        (Err(error), Some(_)) => return Err(error),
        (Err(error), None) => return Ok(Source::Lost(error.to_string())),
    };
    let chosen = Chosen {
        namespace: target.namespace.or_else(|| Some(standby.namespace.clone())),
        name: target.name,
        context,
    };
    let found = async {
        let context = Arc::new(session.connector.open(&chosen.context).await?);
        get(&context, &chosen).await
    };
    let source = match found.await {
        Ok(source) => source,
        Err(error) => return Ok(Source::Lost(error.to_string())),
    };
    if source.uid() == standby.uid() {
        return Err(Error::usage("a cluster is not its own source"));
    }
    let other = match uid {
        Some(uid) if uid != source.uid() => Some("another one than it was cloned from".to_owned()),
        _ => other_data(standby, &source),
    };
    match (other, named) {
        (None, _) => as_it_is(source).await,
        (Some(why), None) => Ok(Source::Lost(format!("{} is {why}", source.target()))),
        (Some(why), Some(_)) => Err(Error::new(
            Kind::Refused,
            format!("{} is {why}: it was not stopped", source.target()),
        )
        .hint("--source NS/NAME@CONTEXT names the cluster that it follows")),
    }
}

async fn as_it_is(source: Cluster) -> Result<Source> {
    Ok(
        match source.members_wanted() == 0 && pods(&source).await?.is_empty() {
            true => Source::Stopped(Box::new(source)),
            false => Source::Found(Box::new(source)),
        },
    )
}

/// What keeps a cluster from being the source, whoever says that it is: a standby has its source's
/// data, by PostgreSQL's own name for them. Where one of the two is not known nothing does.
fn other_data(standby: &Cluster, source: &Cluster) -> Option<String> {
    let (ours, theirs) = (
        standby.status.system_identifier.as_ref()?,
        source.status.system_identifier.as_ref()?,
    );
    (ours != theirs)
        .then(|| format!("a cluster with other data (system identifier {theirs}, and not {ours})"))
}

/// The source that nobody has named. The one whose Service the manifest names is it; whoever else
/// has the same data may be a copy of it as well, so a person has to say which one it is.
async fn sought(session: &Session, standby: &Cluster) -> Result<Source> {
    let unknown = "which one it is is not known";
    let Some(data) = &standby.status.system_identifier else {
        return Ok(Source::Lost(unknown.to_owned()));
    };
    let contexts = places(session, standby);
    let looked = session.read_each(
        &contexts,
        |context| async move { all_in(&context, &standby.namespace).await },
        |_, _| (),
    );
    let mut same = Vec::new();
    for (_, found) in looked.await? {
        // Whoever does not answer, or may not be asked, may have it: it stays unknown then.
        same.extend(found.unwrap_or_default().into_iter().filter(|one| {
            one.status.system_identifier.as_ref() == Some(data)
                && one.uid() != standby.uid()
                && one.spec(&["standby"]).is_none_or(Value::is_null)
        }));
    }
    let is_named = |one: &Cluster| {
        one.context.name == standby.context.name
            && follows_service(standby, &one.namespace, &one.name)
    };
    if let Some(index) = same.iter().position(is_named) {
        return as_it_is(same.swap_remove(index)).await;
    }
    let targets: Vec<String> = same.iter().map(|one| one.target().to_string()).collect();
    Ok(Source::Lost(match targets.as_slice() {
        [] => unknown.to_owned(),
        [one] => format!("{unknown}; {one} has the same data: --source {one}"),
        all => format!(
            "{unknown}; one of these has the same data: {}",
            all.join(", ")
        ),
    }))
}

/// Contexts in which it is looked for: the standby's own, and all others for which no login program
/// has to run.
fn places(session: &Session, standby: &Cluster) -> Vec<String> {
    let connector = &session.connector;
    let own = &standby.context.name;
    let all = connector.contexts.names().iter();
    all.filter(|name| *name == own || !connector.needs_program(name))
        .cloned()
        .collect()
}

/// All Postgres clusters of a context; those of one namespace where that is all one may list.
async fn all_in(context: &Arc<Context>, namespace: &str) -> Result<Vec<Cluster>> {
    let list = ListParams::default();
    let objects = match context.ask(context.all_clusters().list(&list)).await {
        Err(error) if error.kind == Kind::Forbidden => {
            context.ask(context.clusters(namespace).list(&list)).await?
        }
        answer => answer?,
    };
    let all = objects.items.into_iter();
    Ok(all.map(|object| Cluster::new(context, object)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn who_has_other_data_is_not_the_source() {
        let of = |data: Option<&str>| {
            let mut status = json!({"PostgresClusterStatus": "Running"});
            if let Some(data) = data {
                status["systemIdentifier"] = json!(data);
            }
            Cluster::nowhere(json!({ "status": status }))
        };
        for (ours, theirs, other) in [
            (Some("1"), Some("1"), false),
            (Some("1"), Some("2"), true),
            (None, Some("2"), false),
            (Some("1"), None, false),
        ] {
            let found = other_data(&of(ours), &of(theirs));
            assert_eq!(found.is_some(), other, "{ours:?} {theirs:?}");
        }
    }
}
