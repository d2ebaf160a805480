//! Which operations are taken away: those that ended a week ago, but never the newest.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{Cluster, Phase, ago, operations::switchover};
use crate::plan::action::Action;

/// Operations with the days since their end, and those that go.
type Row<'a> = (&'a [(&'a str, i64)], &'a [&'a str]);

const DAY: i64 = 24 * 3600;

/// The operations that go, of some that ended so many days ago (or still run, below zero).
fn taken(days: &[(&str, i64)]) -> Vec<String> {
    let cluster = Cluster::of(2).with(|c| {
        for (name, days) in days {
            c.asked(name, switchover(None), |operation| {
                let status = operation.status.get_or_insert_default();
                if *days < 0 {
                    status.phase = Phase::Running;
                } else {
                    status.phase = Phase::Succeeded;
                    status.finished_at = Some(Time(ago(days * DAY)));
                }
            });
        }
    });
    cluster
        .actions()
        .into_iter()
        .filter_map(|action| match action {
            Action::Delete {
                kind: "Operation",
                name,
                ..
            } => Some(name),
            _ => None,
        })
        .collect()
}

#[test]
fn old_ones_but_not_the_newest() {
    let table: [Row; 5] = [
        (&[], &[]),
        (&[("a", 30)], &[]),
        (&[("a", 30), ("b", 1)], &["a"]),
        (&[("a", 30), ("b", 20), ("c", 10)], &["a"]),
        (&[("a", 3), ("b", 1)], &[]),
    ];
    for (operations, expected) in table {
        assert_eq!(taken(operations), expected, "{operations:?}");
    }
}
