//! `df`: what the volumes hold. One fixed program in each member's pod; one that fails is one row.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    exec::{pods, script},
    gather::gather,
};
use crate::{
    args::{Df, Format},
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    output::{
        document::Document,
        table::{Cell, Column, Table, Tone},
        text::bytes,
    },
    session::Session,
    settings::{Usage, days_to_full},
};

/// How many pods are asked at once.
const ATONCE: usize = 32;
/// Capacity and use of the volume, then the size of the WAL, in KiB.
const SCRIPT: &str = "df -Pk /home/postgres/pgdata | tail -n 1 \
    && du -skL /home/postgres/pgdata/pgroot/data/pg_wal";

/// What one member's volume holds, in bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Use {
    capacity: i64,
    used: i64,
    wal: i64,
}

impl Use {
    fn percent(self) -> i64 {
        if self.capacity > 0 {
            (self.used * 100 + self.capacity - 1) / self.capacity
        } else {
            100
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    context: String,
    namespace: String,
    cluster: String,
    member: String,
    #[serde(flatten)]
    volume: Option<Use>,
    /// Bytes a day, since the oldest look of this machine in thirty days.
    #[serde(skip_serializing_if = "Option::is_none")]
    growth_per_day: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_to_full: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
}

impl Item {
    fn member_of(&self, cluster: &Cluster) -> bool {
        let of = (&self.context, &self.namespace, &self.cluster);
        of == (&cluster.context.name, &cluster.namespace, &cluster.name)
    }
}

/// Shows it.
pub async fn run(session: &Session, args: Df) -> Result<Exit> {
    let found = gather(session, &args.targets).await?;
    let work = fanout::each(&found.clusters, ATONCE, members, |_| ());
    let mut items: Vec<Item> = session
        .within(async { Ok(work.await) })
        .await?
        .into_iter()
        .flatten()
        .collect();
    for cluster in found
        .clusters
        .iter()
        .filter(|one| one.members_wanted() == 0)
    {
        let of = |item: &Item| item.member_of(cluster);
        if !items.iter().any(of) {
            let why = "has no members, whose volumes could be looked at";
            session.screen.note(&format!("{} {why}", cluster.target()));
        }
    }
    grow(&mut items);
    let threshold = i64::from(args.threshold.unwrap_or_default());
    items.retain(|item| {
        item.volume
            .is_none_or(|volume| volume.percent() >= threshold)
    });
    let failed = items.iter().filter(|item| item.error.is_some()).count();
    let exit = match found.exit(session) {
        Exit::Done => ended(found.clusters.len(), items.len() - failed, failed),
        other => other,
    };
    let screen = &session.screen;
    if screen.format.is_document() {
        screen.document(&Document::new("VolumeList", items, found.errors))?;
        return Ok(exit);
    }
    if items.is_empty() && threshold > 0 {
        screen.note(&format!("no member uses {threshold}% or more"));
    }
    let mut table = Table::new(vec![
        Column::new("CONTEXT").stays().cuts(),
        Column::new("NAMESPACE"),
        Column::new("MEMBER").stays().cuts(),
        Column::new("USE%").stays(),
        Column::new("USED"),
        Column::new("CAPACITY"),
        Column::new("WAL"),
        Column::new("GROWTH"),
        Column::new("FULL IN"),
    ]);
    for item in &items {
        if screen.format == Format::Name {
            screen.data(&format!("{}\n", item.member));
        }
        let head: [Cell; 3] = [
            session.label(&item.context).into(),
            item.namespace.as_str().into(),
            item.member.as_str().into(),
        ];
        let tail = match item.volume {
            Some(volume) => {
                let tone = match volume.percent() {
                    90.. => Tone::Bad,
                    80.. => Tone::Warning,
                    _ => Tone::Plain,
                };
                [
                    Cell::new(format!("{}%", volume.percent())).tone(tone),
                    bytes(volume.used).into(),
                    bytes(volume.capacity).into(),
                    bytes(volume.wal).into(),
                    item.growth_per_day.map(growth).unwrap_or_default().into(),
                    full_in(item.days_to_full),
                ]
            }
            None => [
                Cell::new("unknown").tone(Tone::Warning),
                "".into(),
                "".into(),
                "".into(),
                "".into(),
                "".into(),
            ],
        };
        table.row(head.into_iter().chain(tail).collect());
    }
    if screen.format != Format::Name && !table.is_empty() {
        screen.table(table)?;
    }
    for error in items.iter().filter_map(|item| item.error.as_ref()) {
        screen.error(error);
    }
    Ok(exit)
}

/// How it ends, by what members said: those of one cluster are no mixture.
fn ended(clusters: usize, told: usize, failed: usize) -> Exit {
    match Exit::of_read(told, failed, false) {
        Exit::Mixed if clusters == 1 => Exit::Failed,
        exit => exit,
    }
}

fn growth(per_day: i64) -> String {
    let sign = if per_day < 0 { "-" } else { "+" };
    format!("{sign}{}/d", bytes(per_day.saturating_abs()))
}

fn full_in(days: Option<i64>) -> Cell {
    let Some(days) = days else { return "".into() };
    let tone = match days {
        ..7 => Tone::Bad,
        7..30 => Tone::Warning,
        _ => Tone::Plain,
    };
    Cell::new(format!("{days}d")).tone(tone)
}

/// Notes what volumes hold, and tells by how much they grow.
fn grow(items: &mut [Item]) {
    let (mut usage, now) = (Usage::read(), Timestamp::now());
    for item in items {
        let Some(volume) = item.volume else { continue };
        let name = format!("{}/{}@{}", item.namespace, item.member, item.context);
        item.growth_per_day = usage.note(&name, volume.used, now);
        let free = volume.capacity - volume.used;
        item.days_to_full = item
            .growth_per_day
            .and_then(|growth| days_to_full(free, growth));
    }
    usage.keep();
}

async fn members(cluster: &Cluster) -> Vec<Item> {
    let item = |member: &str, result: Result<Use>| {
        let place = |error: Error| {
            error
                .context(&cluster.context.name)
                .object(&cluster.namespace, member)
        };
        let (volume, error) = match result {
            Ok(volume) => (Some(volume), None),
            Err(error) => (None, Some(place(error))),
        };
        Item {
            context: cluster.context.name.clone(),
            namespace: cluster.namespace.clone(),
            cluster: cluster.name.clone(),
            member: member.to_owned(),
            volume,
            growth_per_day: None,
            days_to_full: None,
            error,
        }
    };
    let pods = match pods(cluster).await {
        Ok(pods) => pods,
        Err(error) => return vec![item(&cluster.name, Err(error))],
    };
    if pods.is_empty() && cluster.members_wanted() > 0 {
        let none = Error::new(Kind::NotFound, "none of its members has a pod");
        let none = none.hint(format!("kubectl pg status {}", cluster.target()));
        return vec![item(&cluster.name, Err(none))];
    }
    let names = pods.iter().filter_map(|pod| pod.metadata.name.as_deref());
    let asked = names.map(|pod| async move {
        let answer = script(cluster, pod, SCRIPT, &[]).await;
        (pod, answer.and_then(|text| read(&text)))
    });
    let answers = futures::future::join_all(asked).await;
    answers
        .into_iter()
        .map(|(pod, answer)| item(pod, answer))
        .collect()
}

fn read(text: &str) -> Result<Use> {
    let mut lines = text.lines();
    let number = |word: Option<&str>| word?.parse::<i64>().ok().map(|number| number * 1024);
    let parsed = (|| {
        let mut volume = lines.next()?.split_whitespace().skip(1);
        let (capacity, used) = (number(volume.next())?, number(volume.next())?);
        let wal = number(lines.next()?.split_whitespace().next())?;
        Some(Use {
            capacity,
            used,
            wal,
        })
    })();
    parsed.ok_or_else(|| Error::new(Kind::Answer, "df and du said something else than expected"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cluster_is_no_mixture() {
        assert_eq!(ended(1, 2, 0), Exit::Done);
        assert_eq!(ended(1, 2, 1), Exit::Failed);
        assert_eq!(ended(2, 2, 1), Exit::Mixed);
    }

    #[test]
    fn growth_has_its_sign() {
        assert_eq!(growth(20 << 20), "+20 MiB/d");
        assert_eq!(growth(-5), "-5 B/d");
    }

    #[test]
    fn what_df_and_du_say() {
        let text = "/dev/vda 1000 250 750 25% /home/postgres/pgdata\n64\t/home/x/pg_wal\n";
        let volume = read(text).expect("an answer");
        assert_eq!(
            (volume.capacity, volume.used, volume.wal),
            (1_024_000, 256_000, 65_536)
        );
        assert_eq!(volume.percent(), 25);
        assert!(read("df: no such file\n").is_err());
    }
}
