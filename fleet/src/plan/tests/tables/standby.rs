//! Standby clusters: following, a changed section, promotion, and the source that is left behind.

use std::time::Duration;

use pg_core::postgresql::{
    Standby,
    status::{SourceStatus, condition},
};
use serde_json::{Value, json};

use super::{Action, Cluster};
use crate::{
    observe::facts::{Answer, SourceAnswer, SourceFact},
    plan::{
        dynamic_config,
        standby::{SECTION, question},
        tests::cluster::NOW,
    },
};

const OURS: &str = "7400000000000000001";

fn section(host: &str) -> Option<Standby> {
    Some(Standby {
        standby_host: Some(host.to_owned()),
        standby_port: Some("5433".to_owned()),
        ..Standby::default()
    })
}

/// Follows `old:5433`, as its manifest wants and its status says.
fn following() -> Cluster {
    let mut cluster = Cluster::of(1);
    cluster.manifest.spec.standby = section("old");
    cluster.config(json!({ "standby_cluster": {
        "host": "old", "port": "5433", "create_replica_methods": ["basebackup_fast_xlog"],
    } }));
    if let Some(config) = &mut cluster.facts.config {
        config.initialize = Some(OURS.to_owned());
    }
    cluster.says(0, |answer| {
        answer.role = "standby_leader".to_owned();
        answer.replication_state = Some("streaming".to_owned());
    });
    cluster.settle();
    let status = cluster.status();
    cluster.manifest.status = Some(status);
    cluster
}

fn heard(cluster: &mut Cluster, is_primary: bool, system: &str) {
    cluster.facts.source = Some(SourceFact {
        of: SourceStatus {
            host: "old".to_owned(),
            port: "5433".to_owned(),
        },
        answer: Answer {
            at: NOW,
            result: Ok(SourceAnswer {
                is_primary,
                system: system.to_owned(),
            }),
        },
    });
}

fn said(cluster: &Cluster, type_: &str) -> Option<(String, String)> {
    let conditions = cluster.status().conditions;
    let found = conditions.into_iter().find(|c| c.type_ == type_);
    found.map(|c| (c.status, c.reason))
}

fn patch(cluster: &Cluster) -> Option<Value> {
    cluster
        .actions()
        .into_iter()
        .find_map(|action| match action {
            Action::PatchConfig { patch, .. } => Some(patch),
            _ => None,
        })
}

fn pair(status: &str, reason: &str) -> Option<(String, String)> {
    Some((status.to_owned(), reason.to_owned()))
}

#[test]
fn one_that_follows_is_in_order_and_left_alone() {
    let cluster = following();
    let status = cluster.status();
    assert_eq!(status.postgres_cluster_status, "Running");
    assert_eq!(status.primary.as_deref(), Some("db-0"));
    assert_eq!(status.members[0].role, "standby_leader");
    assert_eq!(
        said(&cluster, condition::STANDBY),
        pair("True", "Following")
    );
    assert_eq!(cluster.actions(), []);
    let source = status.source.map(|source| source.to_string());
    assert_eq!(source.as_deref(), Some("old:5433"));
}

#[test]
fn one_that_receives_nothing_is_degraded() {
    let mut cluster = following();
    cluster.says(0, |answer| answer.replication_state = None);
    let status = cluster.status();
    assert_eq!(
        status.health.map(|h| h.to_string()).as_deref(),
        Some("Degraded")
    );
    assert_eq!(
        said(&cluster, condition::STANDBY),
        pair("True", "NotFollowing")
    );
    assert_eq!(
        said(&cluster, condition::READY),
        pair("False", "NotFollowing")
    );
}

#[test]
fn roles_are_not_touched_while_nothing_can_be_written() {
    let mut cluster = following();
    cluster.manifest.spec.standby = None;
    cluster.facts.sql = None;
    if let Some(status) = &mut cluster.manifest.status {
        status.settled = None;
    }
    let sql = |c: &Cluster| {
        c.actions()
            .iter()
            .any(|a| matches!(a, Action::SettleRoles(_)))
    };
    assert!(!sql(&cluster));
    cluster.config(json!({}));
    cluster.says(0, |answer| answer.role = "primary".to_owned());
    assert!(sql(&cluster));
}

#[test]
fn a_changed_section_reaches_patroni() {
    let mut cluster = following();
    cluster.manifest.spec.standby = section("new");
    assert_eq!(
        patch(&cluster),
        Some(json!({"standby_cluster": {"host": "new"}}))
    );
    cluster.manifest.spec.standby = Some(Standby {
        standby_host: Some("old".to_owned()),
        ..Standby::default()
    });
    assert_eq!(
        patch(&cluster),
        Some(json!({"standby_cluster": {"port": null}}))
    );
}

#[test]
fn a_primary_is_not_made_to_follow() {
    let mut cluster = Cluster::of(1);
    cluster.manifest.spec.standby = section("old");
    // Nothing holds a change up: the status has been written.
    let record = dynamic_config::record(&cluster.view());
    if let Some(status) = &mut cluster.manifest.status {
        status.dynamic_configuration = record;
    }
    assert_eq!(patch(&cluster), None);
    assert_eq!(
        said(&cluster, condition::INVALID),
        pair("True", "NotPossible")
    );
    assert!(cluster.status().primary.is_some());
}

#[test]
fn a_promotion_asks_the_source_first_and_tells_that_it_is_still_one() {
    let mut cluster = following();
    cluster.manifest.spec.standby = None;
    assert_eq!(patch(&cluster), None);
    let asks = |c: &Cluster| {
        c.actions()
            .iter()
            .any(|a| matches!(a, Action::AskSource(_)))
    };
    assert!(asks(&cluster));

    // Whatever it says, or where it says nothing, the manifest's word is carried out.
    heard(&mut cluster, true, OURS);
    assert_eq!(patch(&cluster), Some(json!({"standby_cluster": null})));
    let mut silent = following();
    silent.manifest.spec.standby = None;
    heard(&mut silent, true, OURS);
    if let Some(source) = &mut silent.facts.source {
        source.answer.result = Err("no route".to_owned());
    }
    assert_eq!(patch(&silent), Some(json!({"standby_cluster": null})));

    cluster.config(json!({}));
    cluster.says(0, |answer| answer.role = "primary".to_owned());
    let table = [
        (true, OURS, pair("True", "TwoPrimaries")),
        (false, OURS, pair("False", "NotPrimary")),
        // Another database answers there by now.
        (true, "7400000000000000002", pair("False", "NotPrimary")),
    ];
    for (is_primary, system, expected) in table {
        if let Some(config) = &mut cluster.facts.config {
            config.initialize = Some(OURS.to_owned());
        }
        heard(&mut cluster, is_primary, system);
        assert_eq!(said(&cluster, condition::SOURCE_STILL_PRIMARY), expected);
    }
    heard(&mut cluster, true, OURS);
    cluster.now.mono = NOW + Duration::from_secs(31);
    assert!(asks(&cluster));
    let record = dynamic_config::record(&cluster.view());
    assert!(!record.iter().any(|pointer| pointer.starts_with(SECTION)));
}

#[test]
fn one_that_never_followed_asks_nobody() {
    assert_eq!(question(&Cluster::of(1).view()), None);
    assert_eq!(said(&Cluster::of(1), condition::STANDBY), None);
    assert_eq!(said(&Cluster::of(1), condition::SOURCE_STILL_PRIMARY), None);
}

/// By it a standby of an address is known to be one of its source's.
#[test]
fn it_says_whose_data_it_has() {
    let mut cluster = following();
    let said = |cluster: &Cluster| cluster.status().system_identifier;
    assert_eq!(said(&cluster).as_deref(), Some(OURS));
    // Seen once, it stays while nobody sees it.
    let status = cluster.status();
    cluster.manifest.status = Some(status);
    cluster.facts.config = None;
    assert_eq!(said(&cluster).as_deref(), Some(OURS));
    let mut young = Cluster::of(1);
    if let Some(config) = &mut young.facts.config {
        config.initialize = Some(String::new());
    }
    assert_eq!(said(&young), None);
}
