//! The fleet: one GET per context. What is stale is never counted as healthy.

use std::collections::BTreeMap;

use jiff::Timestamp;
use pg_core::{
    postgresql::{HIBERNATED, Health},
    rollup::{Problem, RollupReport, Summary},
};
use serde::Serialize;

use crate::{
    args::Format,
    commands::once::Once,
    connect::{Context, Dated},
    error::{Error, Kind, Result},
    exit::Exit,
    output::{
        document::Document,
        table::{Cell, Column, Table, Tone},
        text::{age_at, count},
    },
    preflight::{Freshness, freshness, report},
    session::Session,
    settings::{Counts, Seen},
    target::Selection,
};

/// What one context reports.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Site {
    context: String,
    stale: bool,
    cluster_uid: String,
    controller_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_at: Option<Timestamp>,
    summary: Summary,
    #[serde(skip)]
    age: String,
    #[serde(skip)]
    mark: u64,
}

impl Site {
    /// The worst first: where clusters are down, of which nothing is known, that are degraded. Those
    /// of one rank keep their order, that of the kubeconfig.
    fn rank(&self) -> impl Ord + use<> {
        let count = |health| {
            self.summary
                .health
                .get(&health)
                .copied()
                .unwrap_or_default()
        };
        let counts = [Health::Down, Health::Unknown, Health::Degraded].map(count);
        std::cmp::Reverse((counts[0], self.stale, counts[1], counts[2]))
    }

    /// Clusters that somebody should look at.
    fn unwell(&self) -> u64 {
        unwell(&self.summary)
    }

    /// Whether it comes before contexts that did not answer.
    fn is_down(&self) -> bool {
        let down = self.summary.health.get(&Health::Down);
        down.copied().unwrap_or_default() > 0
    }
}

fn unwell(summary: &Summary) -> u64 {
    let healthy = summary.health.get(&Health::Healthy).copied();
    let well = healthy.unwrap_or_default() + summary.hibernated;
    summary.clusters.saturating_sub(well)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fleet {
    total: Summary,
    contexts: Vec<Site>,
}

/// Shows it.
pub async fn run(session: &Session, selection: &Selection) -> Result<Exit> {
    let results = session
        .read_each(
            &selection.contexts,
            |context| async move { ask(&context).await },
            |_, _| (),
        )
        .await?;
    let mut sites = Vec::new();
    let mut errors = Vec::new();
    let mut once = Once::default();
    let mut counts = Counts::read();
    let mut answered = 0;
    for (context, result) in results {
        match result {
            Ok(site) => {
                answered += 1;
                if once.is_new(&context, site.mark, &site.cluster_uid) {
                    let known = Seen {
                        clusters: site.summary.clusters,
                        unwell: site.unwell(),
                        at: Timestamp::now(),
                    };
                    counts.note(&context, None, known);
                    sites.push(site);
                }
            }
            Err(error) => errors.push(error),
        }
    }
    once.say(&session.screen);
    counts.keep();
    sites.sort_by_key(Site::rank);
    let mut total = Summary::default();
    for site in &sites {
        total.merge(site.summary.clone());
    }
    for error in &errors {
        session.screen.error(error);
    }
    let exit = Exit::of_read(answered, errors.len(), session.flags.allow_unreachable);
    if session.screen.format.is_document() {
        let document = Document::new(
            "Fleet",
            vec![Fleet {
                total,
                contexts: sites,
            }],
            errors,
        );
        session.screen.document(&document)?;
        return Ok(exit);
    }
    print(session, &sites, &total, &errors, &counts);
    Ok(exit)
}

async fn ask(context: &Context) -> Result<Site> {
    let Some(report) = report(context).await? else {
        return Err(Error::new(
            Kind::NotInstalled,
            "pg-fleet is not installed here, or has never reported",
        )
        .context(&context.name)
        .hint(format!("kubectl pg install --context {}", context.name)));
    };
    let mut site = site(&context.name, report);
    site.mark = context.mark();
    Ok(site)
}

fn site(context: &str, report: Dated<RollupReport>) -> Site {
    let fresh = freshness(&report);
    let (stale, age) = match fresh {
        Freshness::Fresh => (
            false,
            match (&report.body.observed_at, report.at) {
                (Some(then), Some(now)) => age_at(then.0, now),
                _ => String::new(),
            },
        ),
        Freshness::Stale(Some((then, now))) => (true, age_at(then, now)),
        Freshness::Stale(None) => (true, "never".to_owned()),
    };
    let spec = report.body;
    let mut summary = spec.summary;
    if stale {
        // What nobody has looked at for minutes is not known to be well.
        summary.health = BTreeMap::from([(Health::Unknown, summary.clusters)]);
        summary.hibernated = 0;
        summary.members_ready = 0;
    }
    for problem in &mut summary.worst {
        problem.cluster_uid.clone_from(&spec.cluster_uid);
    }
    Site {
        context: context.to_owned(),
        stale,
        cluster_uid: spec.cluster_uid,
        controller_version: spec.controller_version,
        observed_at: spec.observed_at.map(|time| time.0),
        summary,
        age,
        mark: 0,
    }
}

fn print(session: &Session, sites: &[Site], total: &Summary, errors: &[Error], counts: &Counts) {
    let screen = &session.screen;
    if screen.format == Format::Name {
        for problem in &total.worst {
            screen.data(&format!(
                "{}/{}@{}\n",
                problem.namespace,
                problem.name,
                context_of(sites, problem)
            ));
        }
        return;
    }
    let mut columns = vec![
        Column::new("CONTEXT").stays().cuts(),
        Column::new("CLUSTERS").stays(),
        Column::new("HEALTHY"),
        Column::new("DEGRADED"),
        Column::new("DOWN").stays(),
        Column::new("UNKNOWN").stays(),
        Column::new("MEMBERS"),
        Column::new("SEEN"),
    ];
    // Few fleets have some: what all have does not go for it.
    let sleeps = total.hibernated > 0;
    if sleeps {
        columns.push(Column::new(&HIBERNATED.to_uppercase()));
    }
    columns.push(Column::new("CONTROLLER"));
    let mut table = Table::new(columns);
    let health = |summary: &Summary, health: Health, tone: Tone| {
        let number = summary.health.get(&health).copied().unwrap_or_default();
        let tone = if number == 0 { Tone::Faint } else { tone };
        Cell::new(number.to_string()).tone(tone)
    };
    let row = |name: Cell, summary: &Summary, seen: Cell, version: &str| {
        let mut cells = vec![
            name,
            summary.clusters.to_string().into(),
            health(summary, Health::Healthy, Tone::Good),
            health(summary, Health::Degraded, Tone::Warning),
            health(summary, Health::Down, Tone::Bad),
            health(summary, Health::Unknown, Tone::Warning),
            format!("{}/{}", summary.members_ready, summary.members).into(),
            seen,
        ];
        if sleeps {
            cells.push(summary.hibernated.to_string().into());
        }
        cells.push(version.into());
        cells
    };
    let row_of = |site: &Site| {
        let seen = if site.stale {
            Cell::new(format!("stale ({})", site.age)).tone(Tone::Bad)
        } else {
            Cell::new(format!("{} ago", site.age))
        };
        row(
            session.label(&site.context).into(),
            &site.summary,
            seen,
            &site.controller_version,
        )
    };
    let row_of_none = |error: &Error| {
        let context = error.context.as_deref().unwrap_or_default();
        let known = counts.of(context, None);
        let known = known.map(|seen| format!("(had {})", seen.in_words(Timestamp::now())));
        let mut cells = vec![
            Cell::new(session.label(context)),
            Cell::new(known.unwrap_or_default()).tone(Tone::Faint),
        ];
        cells.extend((0..5).map(|_| Cell::new("")));
        cells.push(
            Cell::new(if error.kind == Kind::NotInstalled {
                "not installed"
            } else {
                "unreachable"
            })
            .tone(Tone::Bad),
        );
        cells.extend((0..=usize::from(sleeps)).map(|_| Cell::new("")));
        cells
    };
    let (down, others): (Vec<&Site>, Vec<&Site>) = sites.iter().partition(|site| site.is_down());
    let down = down.into_iter().map(row_of);
    let silent = errors.iter().map(row_of_none);
    let rows = down.chain(silent).chain(others.into_iter().map(row_of));
    for row in rows {
        table.row(row);
    }
    if sites.len() > 1 {
        table.row(row(Cell::new("TOTAL"), total, Cell::new(""), ""));
    }
    screen.exact(&table.render(screen.style()));
    worst(session, sites, total);
}

fn worst(session: &Session, sites: &[Site], total: &Summary) {
    let screen = &session.screen;
    let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let sleeping = match total.hibernated {
        0 => None,
        some => Some(format!("{some} hibernated")),
    };
    if total.worst.is_empty() {
        let awake = total.clusters.saturating_sub(total.hibernated);
        let healthy = format!("{} healthy", count(number(awake), "cluster"));
        let healthy = (unwell(total) == 0 && !sites.is_empty()).then_some(healthy);
        let told: Vec<String> = healthy.into_iter().chain(sleeping).collect();
        if !told.is_empty() {
            screen.note(&told.join(", "));
        }
        return;
    }
    let mut table = Table::new(vec![
        Column::new("CONTEXT").stays().cuts(),
        Column::new("CLUSTER").stays().cuts(),
        Column::new("HEALTH").stays(),
        Column::new("SINCE"),
        Column::new("REASON").folds(20),
    ]);
    let now = Timestamp::now();
    for problem in &total.worst {
        table.row(vec![
            session.label(context_of(sites, problem)).into(),
            format!("{}/{}", problem.namespace, problem.name).into(),
            Cell::state(problem.health.to_string()),
            problem
                .since
                .as_ref()
                .map(|since| age_at(since.0, now))
                .unwrap_or_default()
                .into(),
            problem.reason.as_str().into(),
        ]);
    }
    screen.data("\n");
    screen.exact(&table.render(screen.style()));
    if let Some(sleeping) = sleeping {
        screen.note(&sleeping);
    }
}

fn context_of<'a>(sites: &'a [Site], problem: &Problem) -> &'a str {
    sites
        .iter()
        .find(|site| site.cluster_uid == problem.cluster_uid)
        .map_or("-", |site| site.context.as_str())
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;

    #[test]
    fn stale_is_never_healthy() {
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        let mut spec = RollupReport {
            observed_at: Some(Time(time("2026-11-21T10:00:00Z"))),
            ..RollupReport::default()
        };
        spec.summary.clusters = 3;
        spec.summary.members_ready = 9;
        spec.summary.health = BTreeMap::from([(Health::Healthy, 3)]);
        let at = |now: &str| {
            let report = Dated {
                body: spec.clone(),
                at: Some(time(now)),
            };
            site("east", report)
        };
        let fresh = at("2026-11-21T10:00:05Z");
        assert!(!fresh.stale);
        assert_eq!(fresh.summary.health.get(&Health::Healthy), Some(&3));
        let stale = at("2026-11-21T10:10:00Z");
        assert!(stale.stale);
        assert_eq!(stale.summary.health, BTreeMap::from([(Health::Unknown, 3)]));
        assert_eq!(stale.summary.members_ready, 0);
    }

    #[test]
    fn who_is_stopped_on_purpose_is_no_problem() {
        let mut summary = Summary {
            clusters: 3,
            hibernated: 1,
            health: BTreeMap::from([(Health::Healthy, 2)]),
            ..Summary::default()
        };
        assert_eq!(unwell(&summary), 0);
        summary.health = BTreeMap::from([(Health::Healthy, 1), (Health::Down, 1)]);
        assert_eq!(unwell(&summary), 1);
    }

    #[test]
    fn the_worst_come_first() {
        let with = |context: &str, health: &[(Health, u64)], age: &str| {
            let now: Timestamp = "2026-11-21T10:00:00Z".parse().expect("a time");
            let mut report = RollupReport {
                observed_at: Some(Time(age.parse().expect("a time"))),
                ..RollupReport::default()
            };
            report.summary.health = health.iter().copied().collect();
            report.summary.clusters = health.iter().map(|(_, count)| count).sum();
            site(
                context,
                Dated {
                    body: report,
                    at: Some(now),
                },
            )
        };
        let now = "2026-11-21T10:00:00Z";
        let mut sites = [
            with("well", &[(Health::Healthy, 9)], now),
            with("degraded", &[(Health::Degraded, 9)], now),
            with("stale", &[(Health::Healthy, 9)], "2026-11-21T09:00:00Z"),
            with("also-well", &[(Health::Healthy, 9)], now),
            with("down", &[(Health::Down, 1), (Health::Healthy, 8)], now),
        ];
        sites.sort_by_key(Site::rank);
        let order = sites.map(|site| site.context);
        assert_eq!(order, ["down", "stale", "degraded", "well", "also-well"]);
    }
}
