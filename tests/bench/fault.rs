//! One fault under load: what it does, and what is found afterwards.

use std::{collections::BTreeMap, time::Duration};

use k8s_openapi::api::core::v1::Pod;
use kube::{ResourceExt, api::DeleteParams};
use pg_tests::{Result, cluster::Cluster, ensure, wait};
use serde_json::{Value, json};

use crate::{
    clients::{self, Client},
    ground,
    parts::Parts,
    probe::{self, Probes},
    stats::{self, Asked},
};

/// What befalls the primary.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// Its pod is deleted.
    Deleted,
    /// Its pod is deleted without grace.
    ForceDeleted,
    /// The postmaster gets SIGKILL.
    Killed,
    /// Its node is cut off from everyone.
    Cut,
}

/// Longer than Kubernetes needs to call a node dead, and to start its pods again.
const LONG: Duration = Duration::from_secs(400);
/// A cut stays so long after writes go on: the old primary's time is over, by any clock.
const CUT_STAYS: u64 = 15;
/// A fault that nobody feels within this time is over.
const FELT: Duration = Duration::from_secs(45);

/// What was found.
pub struct Found {
    /// Longest gap of the worst client, in seconds.
    pub gap: f64,
    /// Acknowledged rows that the member which lacks most lacks.
    pub lost: usize,
    /// Bytes of WAL that the old primary had, as far as it was asked, and the new one has not.
    pub bytes: i64,
    /// Seconds in which two members took writes.
    pub two: f64,
    /// All of it, to be kept.
    pub row: Value,
}

impl Fault {
    /// As the figure's name has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::ForceDeleted => "force-deleted",
            Self::Killed => "killed",
            Self::Cut => "cut",
        }
    }

    /// Does it, waits until all is well again, and says what it cost.
    pub async fn run(self, cluster: &Cluster) -> Result<Found> {
        cluster.running().await?;
        let old = cluster.primary().await?;
        let node = cluster.node(&old).await?;
        let timeline = timeline(cluster, &old).await?;
        let table = probe::TABLE;
        let table = format!("CREATE TABLE IF NOT EXISTS {table} (at timestamptz)");
        cluster.sql(&old, &table).await?;
        let clients = clients::start(cluster).await?;
        let probes = Probes::start(cluster, probe::PAUSE).await?;
        let parts = Parts::start(cluster);
        ground::quiet(3).await;

        let from = probe::now();
        self.strike(cluster, &old, &node, &clients).await?;
        wait::until_within("all is well again", LONG, async || {
            cluster.running().await.map(drop)
        })
        .await?;
        let well = probe::now();
        clients::go_on(&clients).await?;
        ground::quiet(2).await;
        let until = probe::now();
        let parts = parts.stop(from);
        let clients = clients::stop(clients).await?;
        let probes = probes.stop().await;

        let gaps: BTreeMap<&str, u64> = clients
            .iter()
            .map(|one| {
                let gap = stats::longest_gap(&one.times(), from, until);
                (one.node.as_str(), gap)
            })
            .collect();
        // A client on a node that is cut off reaches nobody, whatever the database does.
        let counted: Vec<Vec<u64>> = clients
            .iter()
            .filter(|one| self != Self::Cut || one.node != node)
            .map(clients::Done::times)
            .collect();
        let gap = stats::worst_gap(&counted, from, until).ok_or("no clients")?;
        let lost = clients::lost(cluster, &clients).await?;
        let runs: Vec<Vec<(u64, u64)>> = probes
            .values()
            .map(|answers| {
                let asked: Vec<Asked> = answers.iter().map(Asked::from).collect();
                stats::writable(&asked)
            })
            .collect();
        let two = stats::overlap(&runs);
        let new = cluster.primary().await?;
        let bytes = lost_bytes(cluster, &new, timeline, &old, &probes).await?;
        let acknowledged: usize = clients.iter().map(|one| one.rows().len()).sum();
        let writable: BTreeMap<&String, &Vec<(u64, u64)>> = probes.keys().zip(&runs).collect();
        Ok(Found {
            gap: gap as f64 / 1e3,
            lost: lost.iter().map(|(_, rows)| *rows).max().unwrap_or(0),
            bytes,
            two: two as f64 / 1e3,
            row: json!({
                "fault": self.word(), "old": old, "new": new, "node": node,
                "gap_ms": gap, "gaps_ms": gaps, "well_again_ms": well - from,
                "acknowledged": acknowledged, "lost": lost, "lost_bytes": bytes,
                "two_primaries_ms": two, "struck": from, "writable": writable, "parts": parts,
            }),
        })
    }

    async fn strike(self, cluster: &Cluster, old: &str, node: &str, clients: &[Client]) -> Result {
        let from = probe::now();
        match self {
            Self::Deleted => delete(cluster, old, DeleteParams::default()).await,
            Self::ForceDeleted => {
                delete(cluster, old, DeleteParams::default().grace_period(0)).await
            }
            Self::Killed => {
                let kill = "kill -9 $(head -n 1 /home/postgres/pgdata/pgroot/data/postmaster.pid)";
                cluster.exec(old, &["bash", "-c", kill]).await?;
                // Whoever feels it feels it at once; the status may still speak of before.
                let _ = wait::until_within("a client feels it", FELT, async || {
                    ensure!(clients.iter().any(|one| one.felt(from)), "nobody does");
                    Ok(())
                })
                .await;
                ground::quiet(5).await;
                Ok(())
            }
            Self::Cut => {
                let lab = cluster.site.lab()?;
                lab.cut(node, None).await?;
                let result = after_cut(cluster, old).await;
                lab.heal(node).await?;
                result
            }
        }
    }
}

async fn after_cut(cluster: &Cluster, old: &str) -> Result {
    wait::until_within("another member leads", LONG, async || {
        let primary = cluster.primary().await?;
        ensure!(primary != old, "{old} is still the primary");
        Ok(())
    })
    .await?;
    ground::quiet(CUT_STAYS).await;
    Ok(())
}

/// Deletes a pod and waits until there is another one of that name.
async fn delete(cluster: &Cluster, name: &str, how: DeleteParams) -> Result {
    let pods = cluster.children::<Pod>();
    let uid = pods.get(name).await?.uid();
    pods.delete(name, &how).await?;
    wait::until_within(&format!("{name} is back"), LONG, async || {
        let pod = pods.get(name).await?;
        ensure!(pod.uid() != uid, "the old one is there");
        Ok(())
    })
    .await
}

async fn timeline(cluster: &Cluster, primary: &str) -> Result<i64> {
    let select = "SELECT timeline_id FROM pg_control_checkpoint()";
    Ok(cluster.sql(primary, select).await?.parse()?)
}

/// How far the old primary was, as it last said, beyond the place where the next timeline began.
async fn lost_bytes(
    cluster: &Cluster,
    new: &str,
    timeline: i64,
    old: &str,
    probes: &BTreeMap<String, Vec<probe::Answer>>,
) -> Result<i64> {
    let history = "SELECT pg_read_file('pg_wal/' || name) FROM pg_ls_waldir() \
                   WHERE name LIKE '%.history' ORDER BY name DESC LIMIT 1";
    let history = cluster.sql(new, history).await?;
    let ended = history.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let same = words.next()?.parse() == Ok(timeline);
        same.then(|| words.next()).flatten()
    });
    let Some(ended) = ended else {
        return Ok(0); // Nobody was promoted.
    };
    let select = format!("SELECT ('{ended}'::pg_lsn - '0/0')::bigint");
    let ended: i64 = cluster.sql(new, &select).await?.parse()?;
    // The first of the old name: later ones are of the pod that came after it.
    let first = |member: &&String| member.split(' ').next() == Some(old);
    let answers = probes
        .keys()
        .filter(first)
        .filter_map(|member| probes.get(member))
        .min_by_key(|answers| answers.first().map_or(u64::MAX, |answer| answer.asked));
    // On its own timeline it took writes without a break from the beginning.
    let said = answers
        .into_iter()
        .flatten()
        .take_while(|answer| answer.writable)
        .filter_map(|answer| answer.position)
        .max();
    Ok(said.map_or(0, |said| (said - ended).max(0)))
}
