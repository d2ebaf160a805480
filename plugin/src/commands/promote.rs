//! `promote`: a standby cluster becomes a primary of its own. First the cluster that it follows is
//! stopped, so that there are never two (safety.md §3); where that cannot be done it is said, and
//! goes on only where losing rows was accepted.

mod source;

use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Endpoints};
use pg_core::{postgresql::status::condition, store::Store};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    change::{Foretold, Outcome, Request, ask, exactly_one, foretell, get, goes_on, open, report},
    edit::{awaited, notes, patch},
    exec::pods,
    hibernate::MEMBERS,
    history::annotations,
    wait::Pace,
};
use crate::{
    args::Promote,
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    output::prompt::Class,
    preflight::{Right, rights},
    session::Session,
};
use source::{Source, find};

/// On a source that was stopped: uid of the standby for which.
const FENCED_FOR: &str = "pgfleet.io/fenced-for";
const TIME: Duration = Duration::from_secs(600);
/// For the last rows of a source that is stopped: Patroni notes a position at least every ten
/// seconds.
const ARRIVAL: Duration = Duration::from_secs(60);
/// For the first position of a leader that has just begun: it takes the lock in one loop, and notes
/// its position in the next, ten seconds later.
const FIRST_NOTE: Duration = Duration::from_secs(30);

/// Promotes.
pub async fn run(session: &Session, args: Promote) -> Result<Exit> {
    let one = exactly_one(session, &args.target)?;
    let change = &args.change;
    let request = Request::begin(session, change, TIME);
    let sites = open(session, std::slice::from_ref(&one.context), false).await?;
    let Some(context) = sites.contexts.get(&one.context) else {
        return Err(Error::new(Kind::UnknownContext, "the context is gone"));
    };
    let standby = get(context, &one).await?;
    let target = standby.target();
    let place = |error: Error| {
        error
            .context(&one.context)
            .object(&standby.namespace, &standby.name)
    };
    if standby.spec(&["standby"]).is_none_or(Value::is_null) {
        return Err(place(Error::new(
            Kind::Refused,
            "it follows nobody: it is no standby cluster",
        )));
    }
    may_change(&standby).await?;
    let source = find(session, &standby, args.source.as_ref()).await?;
    let behind = behind(&standby);
    let mut doubts = Vec::new();
    match &source {
        Source::Found(source) => {
            may_change(source).await?;
            doubts.extend(behind);
            doubts.extend(unseen(session, source, &standby).await?);
        }
        Source::Stopped(source) => {
            doubts.extend(behind.filter(|_| !was_fenced(source, &standby)));
            doubts.extend(unseen(session, source, &standby).await?);
        }
        Source::Lost(why) => doubts.push(format!(
            "its source cannot be fenced ({why}): if it still runs, there will be two primaries, and what only it has is lost"
        )),
    }
    if !doubts.is_empty() && !args.accept_data_loss {
        return Err(place(Error::new(Kind::Refused, doubts.join("; "))).hint(
            "--source NS/NAME@CONTEXT names the source; --accept-data-loss goes on as it is",
        ));
    }
    // The question goes by the standby's context; the source's may be the protected one.
    let stops_protected = matches!(&source, Source::Found(source)
        if session.is_protected(&source.context.name));
    let class = match doubts.is_empty() && !stops_protected {
        true => Class::Disruptive,
        false => Class::Destructive,
    };
    let mut effects = doubts;
    effects.push(match &source {
        Source::Found(source) => format!(
            "{} is fenced first: its {} members stop, its volumes stay; then {target} becomes a primary",
            source.target(),
            source.members_wanted()
        ),
        Source::Stopped(source) => {
            format!("{} is stopped already; {target} becomes a primary", source.target())
        }
        Source::Lost(_) => format!("{target} becomes a primary"),
    });
    if change.dry_run.is_dry() {
        let told = Foretold::change(&target, &effects.join("; "));
        return foretell(session, "be promoted", vec![told]);
    }
    ask(
        session,
        change,
        class,
        std::slice::from_ref(&target),
        "Promote",
        &effects,
    )
    .await?;
    goes_on(session, std::slice::from_ref(&target));
    session.touch();
    let result = promote(session, &standby, source, &args, &request).await;
    report(session, &request, vec![Outcome::new(&target, result)])
}

async fn may_change(cluster: &Cluster) -> Result<()> {
    let right = Right {
        verb: "patch",
        group: "acid.zalan.do",
        resource: "postgresqls",
        namespace: &cluster.namespace,
        name: &cluster.name,
    };
    rights(&cluster.context, &[right]).await
}

/// Why rows may be missing in the standby, as its controller says.
fn behind(standby: &Cluster) -> Option<String> {
    let mut all = standby.status.conditions.iter();
    let said = all.find(|one| one.type_ == condition::STANDBY);
    match said {
        Some(said) if said.status == "True" && said.reason == "Following" => None,
        Some(said) => Some(format!(
            "rows of its source may be missing: it {}",
            said.message
        )),
        None => Some("rows of its source may be missing: it is not known to follow".to_owned()),
    }
}

/// Why it will not be seen whether all rows have arrived. Asked before anything is stopped.
async fn unseen(session: &Session, source: &Cluster, standby: &Cluster) -> Result<Option<String>> {
    for cluster in [source, standby] {
        let of = cluster.target();
        let mut pace = Pace::new(session, Instant::now() + FIRST_NOTE).then("nothing was promoted");
        let none = "Patroni has noted none";
        let why = loop {
            match position(cluster).await {
                Ok(Noted::At(_)) => break None,
                Ok(Noted::Nowhere) => break Some(none.to_owned()),
                Ok(Noted::NotYet) => {}
                Err(error) => break Some(error.to_string()),
            }
            match pace.next(none).await {
                Err(error) if error.kind == Kind::TimedOut => break Some(none.to_owned()),
                other => other?,
            }
        };
        if let Some(why) = why {
            return Ok(Some(format!(
                "rows of its source may be missing: the position of {of} cannot be read ({why})"
            )));
        }
    }
    Ok(None)
}

/// Whether a source was stopped by an earlier promotion of this very standby, which followed then.
fn was_fenced(source: &Cluster, standby: &Cluster) -> bool {
    source.annotation(FENCED_FOR) == Some(standby.uid())
}

async fn promote(
    session: &Session,
    standby: &Cluster,
    source: Source,
    args: &Promote,
    request: &Request,
) -> Result<String> {
    let fenced = match source {
        Source::Found(source) => {
            let stopped = async {
                fence(session, &source, standby, args, request).await?;
                all_arrived(session, &source, standby, args, request).await
            };
            stopped.await.map_err(|error| {
                error.hint(format!(
                    "nothing was promoted; hibernate off {} takes it back",
                    source.target()
                ))
            })?;
            format!("; {} is stopped, its volumes are there", source.target())
        }
        Source::Stopped(source) => {
            all_arrived(session, &source, standby, args, request).await?;
            String::new()
        }
        Source::Lost(_) => "; its source was not fenced".to_owned(),
    };
    let own = notes(&standby.context, &args.change, request).await?;
    let written = patch(standby, &json!({ "standby": null }), &own, false).await?;
    if !args.change.wait {
        return Ok(format!("accepted{fenced}"));
    }
    let ready = awaited(session, written, request).await?;
    Ok(format!("promoted: {ready} serve{fenced}"))
}

/// Waits until the standby has received all that its source, which is stopped, has written, as
/// Patroni has noted it on either side: at its end a primary notes its last checkpoint.
async fn all_arrived(
    session: &Session,
    source: &Cluster,
    standby: &Cluster,
    args: &Promote,
    request: &Request,
) -> Result<()> {
    if args.accept_data_loss {
        return Ok(());
    }
    let wrote = position(source).await?.at();
    let until = request.until.min(Instant::now() + ARRIVAL);
    let task = session
        .screen
        .progress()
        .task(&standby.target().to_string());
    let mut pace = Pace::new(session, until).then("nothing was promoted");
    let arrived = loop {
        let has = match position(standby).await {
            Ok(has) => has.at(),
            Err(error) => break Err(error),
        };
        let Some(lacks) = lacks(wrote, has) else {
            break Ok(());
        };
        task.says(&lacks);
        match pace.next(&lacks).await {
            Err(error) if error.kind == Kind::TimedOut => {
                let error = Error::new(Kind::Refused, format!("{lacks}; nothing was promoted"));
                break Err(error.hint("--accept-data-loss goes on without these rows"));
            }
            Err(error) => break Err(error),
            Ok(()) => {}
        }
    };
    task.end();
    arrived
}

/// What the standby has not received of what its source wrote; none when that is nothing.
fn lacks(wrote: Option<u64>, has: Option<u64>) -> Option<String> {
    match (wrote, has) {
        (Some(wrote), Some(has)) if has >= wrote => None,
        (Some(wrote), Some(has)) => Some(format!(
            "it lacks the last {} bytes that its source wrote",
            wrote - has
        )),
        (None, _) => Some("how far its source had written is not known".to_owned()),
        (_, None) => Some("how far it has received its source is not known".to_owned()),
    }
}

/// How far a cluster's leader has written or received, as Patroni notes it with the lock.
#[derive(Clone, Copy, Debug)]
enum Noted {
    /// So far.
    At(u64),
    /// It has the lock, and has noted nothing yet.
    NotYet,
    /// There is no lock.
    Nowhere,
}

impl Noted {
    fn at(self) -> Option<u64> {
        match self {
            Self::At(position) => Some(position),
            Self::NotYet | Self::Nowhere => None,
        }
    }
}

async fn position(cluster: &Cluster) -> Result<Noted> {
    let ours = Store::ConfigMaps.leader(&cluster.name);
    let kept = match annotations::<ConfigMap>(cluster, &ours).await? {
        Some(kept) => Some(kept),
        None => annotations::<Endpoints>(cluster, &Store::Endpoints.leader(&cluster.name)).await?,
    };
    Ok(match kept {
        None => Noted::Nowhere,
        Some(kept) => {
            let noted = kept.get("optime").and_then(|text| text.parse().ok());
            noted.map_or(Noted::NotYet, Noted::At)
        }
    })
}

/// Stops all members of the source, as `hibernate on` does, and waits until none is left: its
/// primary ends in order, and by then has sent all that it had to a standby that follows.
async fn fence(
    session: &Session,
    source: &Cluster,
    standby: &Cluster,
    args: &Promote,
    request: &Request,
) -> Result<()> {
    let mut own = notes(&source.context, &args.change, request).await?;
    let members = source.members_wanted();
    if members > 0 {
        own[FENCED_FOR] = json!(standby.uid());
        own[MEMBERS] = json!(members.to_string());
        patch(source, &json!({ "numberOfInstances": 0 }), &own, false).await?;
    }
    let task = session.screen.progress().task(&source.target().to_string());
    let mut pace = Pace::new(session, request.until)
        .then("it goes on being stopped")
        .closely();
    let ended = loop {
        let left = match pods(source).await {
            Ok(left) if left.is_empty() => break Ok(()),
            Ok(left) => format!("is fenced: {} members stop", left.len()),
            Err(error) if error.kind == Kind::Unreachable => error.message,
            Err(error) => break Err(error),
        };
        task.says(&left);
        if let Err(error) = pace.next(&left).await {
            break Err(error);
        }
    };
    task.end();
    ended
}

#[cfg(test)]
mod tests {
    use super::lacks;

    #[test]
    fn all_that_the_source_wrote_must_have_arrived() {
        for (wrote, has, lacking) in [
            (Some(100), Some(100), None),
            (Some(100), Some(120), None),
            (Some(100), Some(60), Some("the last 40 bytes")),
            (None, Some(60), Some("not known")),
            (Some(100), None, Some("not known")),
        ] {
            let said = lacks(wrote, has);
            match lacking {
                None => assert_eq!(said, None, "{wrote:?} {has:?}"),
                Some(words) => assert!(said.unwrap_or_default().contains(words)),
            }
        }
    }
}
