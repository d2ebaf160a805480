//! What stands around a Postgres cluster: the controller that speaks of it, its pods, its disruption
//! budgets.

use std::collections::BTreeSet;

use jiff::Timestamp;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::{Api, ResourceExt, api::ListParams};
use serde::Serialize;

use crate::{
    cluster::Cluster,
    commands::psql::CONTAINER,
    connect::{Context, Dated},
    error::Result,
    objects::Pod,
    output::{
        table::{Column, Table},
        text::age_at,
    },
    preflight::{Freshness, freshness, report},
};
use pg_core::rollup::RollupReport;

/// Whether what a status says is of now.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Controller {
    /// Its version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// When it last looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<Timestamp>,
    /// Whether that is too long ago, or never was.
    pub stale: bool,
    /// The same in words.
    #[serde(skip)]
    pub words: String,
}

impl Controller {
    /// The one that reports in a context; none where reports may not be read.
    pub async fn of(context: &Context) -> Result<Self> {
        Ok(report(context)
            .await?
            .map_or_else(Self::none, |report| Self::new(&report)))
    }

    fn none() -> Self {
        Self {
            version: String::new(),
            observed_at: None,
            stale: true,
            words: "is not installed".to_owned(),
        }
    }

    fn new(report: &Dated<RollupReport>) -> Self {
        let observed = report.body.observed_at.as_ref().map(|time| time.0);
        let fresh = freshness(report);
        let ago = match (observed, report.at) {
            (Some(then), Some(now)) => format!("{} ago", age_at(then, now)),
            _ => "never".to_owned(),
        };
        Self {
            version: report.body.controller_version.clone(),
            observed_at: observed,
            stale: fresh != Freshness::Fresh,
            words: match fresh {
                Freshness::Fresh => format!("seen {ago}"),
                Freshness::Stale(_) => format!("is down, last seen {ago}"),
            },
        }
    }
}

/// A member's pod.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberPod {
    /// Its name.
    pub name: String,
    /// The image of PostgreSQL.
    pub image: String,
    /// Quality of service.
    pub qos_class: String,
}

/// The pods of members, of which so much is told.
pub fn pods(pods: &[Pod]) -> Vec<MemberPod> {
    pods.iter()
        .map(|pod| MemberPod {
            name: pod.metadata.name.clone().unwrap_or_default(),
            image: image(pod).unwrap_or_default().to_owned(),
            qos_class: pod.status.qos_class.clone().unwrap_or_default(),
        })
        .collect()
}

/// The image that PostgreSQL runs from.
pub fn image(pod: &Pod) -> Option<&str> {
    let mut containers = pod.spec.containers.iter();
    let postgres = containers.find(|container| container.name == CONTAINER)?;
    postgres.image.as_deref()
}

/// Images in words, each once.
pub fn images<'a>(images: impl Iterator<Item = &'a str>) -> String {
    let images: BTreeSet<&str> = images.collect();
    let images: Vec<&str> = images.into_iter().collect();
    images.join(", ")
}

/// A disruption budget.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// Its name.
    pub name: String,
    /// Pods that it is for.
    pub expected: i32,
    /// Those that are well.
    pub healthy: i32,
    /// Those that have to be.
    pub wanted: i32,
    /// How many more may go now.
    pub allowed: i32,
}

/// Those of a cluster.
pub async fn budgets(cluster: &Cluster) -> Result<Vec<Budget>> {
    let api: Api<PodDisruptionBudget> = cluster.context.api(&cluster.namespace);
    let label = format!("cluster-name={}", cluster.name);
    let list = ListParams::default().labels(&label);
    let found = cluster.context.ask(api.list(&list)).await?;
    let budgets = found.items.into_iter().map(|one| {
        let status = one.status.clone().unwrap_or_default();
        Budget {
            name: one.name_any(),
            expected: status.expected_pods,
            healthy: status.current_healthy,
            wanted: status.desired_healthy,
            allowed: status.disruptions_allowed,
        }
    });
    Ok(budgets.collect())
}

/// The same as a table.
pub fn table(budgets: &[Budget]) -> Table {
    let columns = ["BUDGET", "PODS", "HEALTHY", "WANTED", "MAY GO"].map(Column::new);
    let mut table = Table::new(columns.into_iter().collect());
    for one in budgets {
        table.row(vec![
            one.name.as_str().into(),
            one.expected.to_string().into(),
            one.healthy.to_string().into(),
            one.wanted.to_string().into(),
            one.allowed.to_string().into(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;

    #[test]
    fn who_has_not_looked_for_long_is_down() {
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        let seen = |now: &str| {
            Controller::new(&Dated {
                body: RollupReport {
                    observed_at: Some(Time(time("2026-11-21T10:00:00Z"))),
                    ..RollupReport::default()
                },
                at: Some(time(now)),
            })
        };
        let fresh = seen("2026-11-21T10:00:05Z");
        assert_eq!((fresh.stale, fresh.words.as_str()), (false, "seen 5s ago"));
        let stale = seen("2026-11-21T10:10:00Z");
        assert_eq!(
            (stale.stale, stale.words.as_str()),
            (true, "is down, last seen 10m ago")
        );
        assert!(Controller::none().stale);
    }
}
