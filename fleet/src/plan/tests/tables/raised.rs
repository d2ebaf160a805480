//! Versions that a manifest raises: when an upgrade is asked for, what holds it up, and what is
//! told of its end.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use pg_core::operation::{Action as Asked, OperationStatus, Phase, Upgrade};

use super::{Action, Cluster, State, ago, member, rolling::outdated, written};
use crate::plan::{
    assess::Assessment,
    raised::{FAILURE, SUCCESS},
    rolling, work,
};

/// It runs 15, and the manifest says 17.
fn raised(members: i32) -> Cluster {
    let mut cluster = Cluster::of(members);
    cluster.manifest.spec.team_id = "acid".to_owned();
    cluster.manifest.spec.postgresql.version = "17".to_owned();
    for ordinal in 0..members {
        cluster.says(ordinal, |answer| answer.server_version = Some(150_018));
    }
    cluster.settle();
    cluster
}

fn runs(cluster: &mut Cluster, version: i64) {
    cluster.says(0, |answer| answer.server_version = Some(version));
}

fn annotated(cluster: &mut Cluster, key: &str, value: &str) {
    let annotations = cluster
        .manifest
        .metadata
        .annotations
        .get_or_insert_default();
    annotations.insert(key.to_owned(), value.to_owned());
}

/// What is asked for: the version, and whether nothing leads back.
fn asks(cluster: &Cluster) -> Option<(String, bool)> {
    cluster
        .actions()
        .into_iter()
        .find_map(|action| match action {
            Action::AskFor { operation, .. } => match operation.action {
                Asked::Upgrade(asked) => Some((asked.to?, asked.no_way_back)),
                _ => None,
            },
            _ => None,
        })
}

fn holds_up(cluster: &Cluster) -> Option<(&'static str, bool)> {
    let view = cluster.view();
    let left = work::left(&view, &Assessment::new(&view))?;
    Some((left.reason, left.stopped))
}

/// The first attempt has come this far.
fn tried(cluster: &mut Cluster, phase: Phase) {
    let asked = Asked::Upgrade(Upgrade {
        to: Some("17".to_owned()),
        ..Upgrade::default()
    });
    cluster.asked(&first(cluster), asked, |operation| {
        operation.status = Some(OperationStatus {
            phase,
            finished_at: phase.is_final().then(|| Time(ago(5))),
            ..OperationStatus::default()
        });
    });
}

fn first(cluster: &Cluster) -> String {
    let uid = cluster.manifest.metadata.uid.as_deref().expect("one");
    pg_core::names::operation("raised-to-17", uid, 1)
}

#[test]
fn when_it_is_asked_for() {
    type Row = (
        &'static str,
        fn(&mut Cluster),
        Option<(String, bool)>,
        Option<&'static str>,
    );
    let now = Some(("17".to_owned(), true));
    let window = Some(vec!["Sun:00:00-00:01".to_owned()]);
    #[rustfmt::skip]
    let table: [Row; 14] = [
        ("manual", |_| {}, now.clone(), Some("OnTheWay")),
        ("off", |c| c.configuration.major_version_upgrade_mode = "off".to_owned(), None, None),
        ("off, but for this team", |c| {
            c.configuration.major_version_upgrade_mode = "off".to_owned();
            c.configuration.major_version_upgrade_team_allow_list = vec!["acid".to_owned()];
        }, now.clone(), Some("OnTheWay")),
        ("it runs already", |c| runs(c, 170_004), None, None),
        ("older than what runs", |c| runs(c, 180_001), None, None),
        ("full, below the minimum", |c| {
            c.configuration.major_version_upgrade_mode = "full".to_owned();
            c.configuration.minimal_major_version = "16".to_owned();
            c.configuration.target_major_version = "17".to_owned();
            c.manifest.spec.postgresql.version = "15".to_owned();
            c.settle();
        }, now.clone(), Some("OnTheWay")),
        ("full, not below the minimum", |c| {
            c.configuration.major_version_upgrade_mode = "full".to_owned();
            c.manifest.spec.postgresql.version = "15".to_owned();
            c.settle();
        }, None, None),
        ("a failure stands", |c| annotated(c, FAILURE, "x"), None, Some("MajorUpgradeFailed")),
        ("an earlier success", |c| annotated(c, SUCCESS, "x"), now.clone(), Some("OnTheWay")),
        ("a standby", |c| c.manifest.spec.standby = Some(serde_json::from_str("{\"standby_host\": \"x\"}").expect("one")), None, None),
        ("no policies", |c| c.policies = Some(false), None, Some("PolicyMissing")),
        ("Patroni is paused", |c| c.config(serde_json::json!({"pause": true})), None, Some("Paused")),
        ("a replica lags", |c| c.lacks(&[(1, 1 << 30)]), None, Some("Lagging")),
        ("it was asked for", |c| tried(c, Phase::Pending), None, Some("OnTheWay")),
    ];
    for (what, change, asked, reason) in table {
        let cluster = raised(2).with(change);
        assert_eq!(asks(&cluster), asked, "{what}");
        let held = holds_up(&cluster);
        assert_eq!(held.map(|(reason, _)| reason), reason, "{what}");
    }
    let mut closed = raised(2);
    closed.manifest.spec.maintenance_windows = window;
    assert_eq!(asks(&closed), None);
    assert_eq!(holds_up(&closed), Some(("WaitsForWindow", false)));
    assert!(closed.plan().look_again.is_some());
    // A third member keeps the old version for a while.
    assert_eq!(asks(&raised(3)), Some(("17".to_owned(), false)));
    let unknown = raised(2).with(|c| c.facts.replication = None);
    assert_eq!(asks(&unknown), None, "what replicas lack is asked first");
    let down = raised(2).with(|c| c.put(1, State::Broken));
    assert_eq!(asks(&down), None, "a member is down");
}

/// Pods were made for 15, the manifest says 17 now.
fn of_another_version(env: impl Fn(&str) -> serde_json::Value, mode: &str) -> Cluster {
    let mut cluster = outdated(2, &[]);
    cluster.configuration.major_version_upgrade_mode = mode.to_owned();
    for ordinal in 0..2 {
        cluster.says(ordinal, |answer| answer.server_version = Some(150_018));
    }
    cluster.manifest.spec.postgresql.version = "17".to_owned();
    let template = |version: &str| serde_json::json!({"spec": {"containers": [{"name": "postgres", "env": [env(version)]}]}});
    cluster.children[1].body = serde_json::json!({"spec": {"template": template("17")}});
    for of in cluster.facts.revisions.values_mut() {
        *of = Some(template("15").to_string().into());
    }
    cluster
}

/// The version alone makes no pod anew while an upgrade is due; with mode `off` it does, and waits
/// for a maintenance window, as in Zalando's operator.
#[test]
fn no_pod_is_made_anew_for_it() {
    let variable = |version: &str| serde_json::json!({"name": "PGVERSION", "value": version});
    // With `enable_pgversion_env_var: false`.
    let programs = |version: &str| {
        let text = format!(
            r#"{{"postgresql":{{"bin_dir":"/usr/lib/postgresql/{version}/bin","parameters":{{"ssl":"on"}}}}}}"#
        );
        serde_json::json!({"name": "SPILO_CONFIGURATION", "value": text})
    };
    for env in [&variable as &dyn Fn(&str) -> serde_json::Value, &programs] {
        let is_due = |cluster: &Cluster| rolling::is_due(&cluster.view(), &member(1));
        assert!(!is_due(&of_another_version(env, "manual")));
        let off = of_another_version(env, "off");
        assert!(is_due(&off));
        let mut closed = off;
        let window = Some(vec!["Sun:00:00-00:01".to_owned()]);
        closed.manifest.spec.maintenance_windows = window;
        assert!(!is_due(&closed));
        let view = closed.view();
        let work = rolling::next(&view, &Assessment::new(&view));
        let left = work.left.map(|left| left.reason);
        assert_eq!(left, Some("WaitsForWindow"));
        assert!(work.actions.is_empty() && work.look_again.is_some());
        // Another difference waits for none, but for the primary.
        let why = closed.children[1].body.pointer_mut("/spec/template");
        why.expect("one")["spec"]["terminationGracePeriodSeconds"] = 7.into();
        assert!(is_due(&closed));
    }
}

#[test]
fn its_end_is_told_in_the_manifest() {
    for (phase, key) in [
        (Phase::Succeeded, SUCCESS),
        (Phase::Failed, FAILURE),
        (Phase::Refused, FAILURE),
        (Phase::Cancelled, FAILURE),
    ] {
        let mut cluster = raised(2).with(|c| tried(c, phase));
        let at = "2026-11-21T11:59:55Z".to_owned();
        let mut told = BTreeMap::from([(key.to_owned(), Some(at.clone()))]);
        if key == SUCCESS {
            told.insert(FAILURE.to_owned(), None);
            runs(&mut cluster, 170_004);
        }
        let actions = cluster.actions();
        assert!(actions.contains(&Action::Annotate(told)), "{actions:?}");
        assert_eq!(asks(&cluster), None, "not again before it is told");
        annotated(&mut cluster, key, &at);
        let name = first(&cluster);
        let status = written(&cluster, &name).expect("it is told");
        assert_eq!(status.phase, phase);
        cluster.wrote(&name, status);
        assert_eq!(written(&cluster, &name), None, "once");
        assert_eq!(asks(&cluster), None);
        if key == FAILURE {
            assert_eq!(holds_up(&cluster), Some(("MajorUpgradeFailed", true)));
            // Somebody takes the annotation away: once more, under another name.
            cluster.manifest.metadata.annotations = None;
            let again = cluster
                .actions()
                .into_iter()
                .find_map(|action| match action {
                    Action::AskFor { name, .. } => Some(name),
                    _ => None,
                });
            assert!(again.is_some_and(|it| it.ends_with("-2")), "{name}");
        }
    }
    // The version is as before: nothing has failed any more.
    let mut back = raised(2);
    back.manifest.spec.postgresql.version = "15".to_owned();
    back.settle();
    annotated(&mut back, FAILURE, "x");
    let forget = Action::Annotate(BTreeMap::from([(FAILURE.to_owned(), None)]));
    assert!(back.actions().contains(&forget), "{:?}", back.actions());
}
