//! The member that becomes primary: the replicas with what speaks for each.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{list::choose, table};
use crate::{
    args::Change,
    cluster::Cluster,
    commands::{change::get, exec::script, psql::pod},
    error::{Error, Kind, Result},
    output::{table::Table, text::bytes},
    session::Session,
    target::{Member, Selection},
};

/// A primary that does not answer is why somebody fails over: it keeps nobody waiting.
const PATIENCE: Duration = Duration::from_secs(3);
/// What the primary, or the leader of a standby cluster, says of each replica that streams from it.
const SCRIPT: &str = r#"psql -XAtq -h /var/run/postgresql -U postgres -d postgres -c "select application_name, coalesce(sync_state, ''), coalesce(pg_wal_lsn_diff(case when pg_is_in_recovery() then coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) else pg_current_wal_lsn() end, replay_lsn), 0)::bigint from pg_stat_replication""#;

/// What the primary says of one replica.
#[derive(Debug, PartialEq)]
struct Streams {
    sync: String,
    lag: i64,
}

/// Has it picked, where a person at a terminal named one cluster, said nothing in advance, and
/// there is a choice. None: Patroni's.
pub async fn candidate(
    session: &Session,
    selection: &Selection,
    change: &Change,
) -> Result<Option<Member>> {
    let [one] = selection.named.as_slice() else {
        return Ok(None);
    };
    let said = change.yes
        || change.confirm.is_some()
        || change.request.is_some()
        || change.dry_run.is_dry();
    if said || !session.screen.can_ask {
        return Ok(None);
    }
    // What cannot be looked at is told by the command itself, in its own words.
    let Ok(context) = session.connector.open(&one.context).await else {
        return Ok(None);
    };
    let Ok(cluster) = get(&Arc::new(context), one).await else {
        return Ok(None);
    };
    let names = candidates(&cluster);
    if names.len() < 2 || cluster.is_going() {
        return Ok(None);
    }
    let streams = tokio::time::timeout(PATIENCE, streams(&cluster)).await;
    let streams = streams.ok().and_then(Result::ok);
    let rows = rows(&cluster, &names, streams.as_ref());
    let at = choose("Which member becomes primary?", &rows).await?;
    Ok(at
        .checked_sub(1)
        .and_then(|at| names.get(at))
        .map(|name| Member::Pod((*name).to_owned())))
}

/// The members that are not the primary.
fn candidates(cluster: &Cluster) -> Vec<&str> {
    let primary = cluster.status.primary.as_deref();
    let members = cluster.status.members.iter();
    members
        .map(|member| member.name.as_str())
        .filter(|name| Some(*name) != primary)
        .collect()
}

async fn streams(cluster: &Cluster) -> Result<BTreeMap<String, Streams>> {
    let pod = pod(cluster, false).await?;
    let answer = script(cluster, &pod, SCRIPT, &[]).await?;
    read(&answer).ok_or_else(|| Error::new(Kind::Answer, "the primary's answer is not understood"))
}

fn read(answer: &str) -> Option<BTreeMap<String, Streams>> {
    let line = |line: &str| {
        let mut words = line.split('|');
        let (name, sync, lag) = (words.next()?, words.next()?, words.next()?);
        let streams = Streams {
            sync: sync.to_owned(),
            lag: lag.parse().ok()?,
        };
        Some((name.to_owned(), streams))
    };
    answer.lines().map(line).collect()
}

/// The list; its first line leaves the choice to Patroni.
fn rows(cluster: &Cluster, names: &[&str], streams: Option<&BTreeMap<String, Streams>>) -> Table {
    let mut best: [String; 5] = Default::default();
    best[0] = "best replica".to_owned();
    let members = cluster.status.members.iter();
    let candidates = members.filter(|member| names.contains(&member.name.as_str()));
    let of_each = candidates.map(|member| {
        let (lag, sync) = match streams.map(|all| all.get(&member.name)) {
            _ if !["streaming", "running"].contains(&member.state.as_str()) => {
                (member.state.clone(), "")
            }
            None => ("lag unknown".to_owned(), ""),
            Some(None) => ("not streaming".to_owned(), ""),
            Some(Some(one)) => (format!("{} behind", bytes(one.lag)), one.sync.as_str()),
        };
        let timeline = member.timeline.map(|one| format!("timeline {one}"));
        let node = member.node.as_ref().map(|node| format!("on {node}"));
        [
            member.name.clone(),
            lag,
            sync.to_owned(),
            timeline.unwrap_or_default(),
            node.unwrap_or_default(),
        ]
    });
    table(
        [true, true, true, false, false],
        std::iter::once(best).chain(of_each),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pick::list::lines;

    fn cluster() -> Cluster {
        Cluster::nowhere(json!({"status": {"primary": "main-1", "members": [
            {"name": "main-0", "role": "replica", "state": "streaming", "timeline": 4, "node": "node-a"},
            {"name": "main-1", "role": "primary", "state": "running", "timeline": 4, "node": "node-b"},
            {"name": "main-2", "role": "replica", "state": "streaming", "timeline": 4, "node": "node-c"},
            {"name": "main-3", "role": "replica", "state": "starting"},
        ]}}))
    }

    fn shown(streams: Option<&str>, width: usize) -> String {
        let cluster = cluster();
        let names = candidates(&cluster);
        let streams = streams.map(|answer| read(answer).expect("an answer"));
        let rows = rows(&cluster, &names, streams.as_ref());
        lines(&rows, Some(width)).join("\n")
    }

    #[tokio::test]
    async fn what_speaks_for_each() {
        let answer = "main-0|async|16777216\nmain-2|sync|0";
        insta::assert_snapshot!(shown(Some(answer), 80), @r"
        best replica
        main-0         16 MiB behind   async   timeline 4   on node-a
        main-2         0 B behind      sync    timeline 4   on node-c
        main-3         starting
        ");
        insta::assert_snapshot!(shown(Some(answer), 40), @r"
        best replica
        main-0         16 MiB behind   async
        main-2         0 B behind      sync
        main-3         starting
        ");
        insta::assert_snapshot!(shown(None, 80), @r"
        best replica
        main-0         lag unknown       timeline 4   on node-a
        main-2         lag unknown       timeline 4   on node-c
        main-3         starting
        ");
    }

    #[test]
    fn an_answer_is_whole_or_none() {
        assert_eq!(read(""), Some(BTreeMap::new()));
        assert_eq!(read("psql: error: no such socket"), None);
        assert_eq!(read("main-0|async|much"), None);
    }
}
