//! Which Events follow from what.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use serde_json::json;

use super::*;

/// A status with this word, health and primary.
fn status(word: &str, health: Health, primary: Option<&str>) -> PostgresqlStatus {
    PostgresqlStatus {
        postgres_cluster_status: word.to_owned(),
        health: Some(health),
        primary: primary.map(str::to_owned),
        timeline: Some(4),
        conditions: vec![Condition {
            type_: "Ready".to_owned(),
            status: "False".to_owned(),
            reason: "MemberMissing".to_owned(),
            message: "main-1: no pod".to_owned(),
            last_transition_time: Time("2026-11-21T12:00:00Z".parse().expect("a time")),
            observed_generation: None,
        }],
        ..PostgresqlStatus::default()
    }
}

#[test]
fn what_two_statuses_in_a_row_tell() {
    use Health::{Degraded, Down, Healthy, Unknown};
    let well = |primary| status("Running", Healthy, Some(primary));
    let ill = |health| status("Running", health, Some("main-0"));
    let nobody = |health| status("Running", health, None);
    let changed = (
        false,
        "PrimaryChanged",
        "main-1 is primary on timeline 4; it was main-0",
    );
    let healthy = (false, "Healthy", "all members serve");
    let degraded = (true, "Unhealthy", "Degraded: main-1: no pod");
    let down = (true, "Unhealthy", "Down: main-1: no pod");
    let unknown = (true, "Unhealthy", "Unknown: main-1: no pod");
    let failed = (true, "Update", "main-1: no pod");
    let carried_out = (false, "Update", "all is as the manifest says");
    let hibernated = (false, "Hibernated", "no member is wanted");
    let stopped = || PostgresqlStatus {
        ready: Some("0/0".to_owned()),
        ..nobody(Down)
    };
    let table: [(PostgresqlStatus, PostgresqlStatus, &[_]); 18] = [
        (well("main-0"), stopped(), &[hibernated]),
        (well("main-0"), well("main-0"), &[]),
        (well("main-0"), well("main-1"), &[changed]),
        // Nobody for a moment is no change of primary.
        (well("main-0"), nobody(Down), &[down]),
        (nobody(Down), well("main-1"), &[healthy]),
        (well("main-0"), ill(Degraded), &[degraded]),
        (well("main-0"), ill(Unknown), &[unknown]),
        (ill(Degraded), ill(Down), &[down]),
        (ill(Down), ill(Degraded), &[]),
        (ill(Degraded), well("main-0"), &[healthy]),
        (ill(Degraded), well("main-1"), &[changed, healthy]),
        (
            ill(Degraded),
            status("UpdateFailed", Degraded, None),
            &[failed],
        ),
        (
            status("UpdateFailed", Degraded, None),
            status("UpdateFailed", Degraded, None),
            &[],
        ),
        (
            status("UpdateFailed", Degraded, None),
            well("main-0"),
            &[healthy, carried_out],
        ),
        (
            status("Updating", Healthy, None),
            well("main-0"),
            &[carried_out],
        ),
        (
            status("Creating", Down, None),
            status("CreateFailed", Down, None),
            &[(true, "Create", "main-1: no pod")],
        ),
        (
            well("main-0"),
            status("SyncFailed", Healthy, None),
            &[(true, "Sync", "main-1: no pod")],
        ),
        (
            status("SyncFailed", Healthy, None),
            well("main-0"),
            &[(false, "Sync", "all is as the manifest says again")],
        ),
    ];
    for (row, (old, new, expected)) in table.into_iter().enumerate() {
        let told: Vec<_> = between(Some(&old), &new)
            .into_iter()
            .map(|notice| (notice.warning, notice.reason, notice.note))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(warning, reason, note)| (*warning, *reason, (*note).to_owned()))
            .collect();
        assert_eq!(told, expected, "row {row}");
    }
}

#[test]
fn work_of_the_manifest_is_told_when_it_begins() {
    let work = |kind: &str, reason: &str, step: &str| CurrentWork {
        kind: kind.to_owned(),
        reason: reason.to_owned(),
        step: step.to_owned(),
        since: Time("2026-11-21T12:00:00Z".parse().expect("a time")),
    };
    let rolling = |step| work("rolling update", "manifest", step);
    let hands_over = "switch over from main-0 to main-1";
    let drain = work("drain", "node one", hands_over);
    let asked = work("switchover", "op-1", hands_over);
    let restart = rolling("restart main-1: image");
    type Told<'a> = Option<(&'a str, &'a str)>;
    let table: [(Option<&CurrentWork>, Option<&CurrentWork>, Told<'_>); 8] = [
        (
            None,
            Some(&restart),
            Some(("Update", "rolling update: restart main-1: image")),
        ),
        (Some(&restart), Some(&rolling("wait for main-1")), None),
        (
            Some(&restart),
            Some(&rolling(hands_over)),
            Some(("Switchover", hands_over)),
        ),
        (Some(&rolling(hands_over)), Some(&rolling(hands_over)), None),
        (Some(&rolling(hands_over)), None, None),
        (None, Some(&drain), Some(("Switchover", hands_over))),
        (Some(&drain), Some(&drain), None),
        // The operation tells of itself.
        (None, Some(&asked), None),
    ];
    for (row, (old, new, expected)) in table.into_iter().enumerate() {
        let told = of_work(old, new);
        let told = told.as_ref().map(|it| (it.reason, &*it.note));
        assert_eq!(told, expected, "row {row}");
    }
    let mut old = status("Updating", Health::Healthy, Some("main-0"));
    let new = status("Updating", Health::Healthy, Some("main-1"));
    for (work, expected) in [
        (Some(drain), &["Switchover", "PrimaryChanged"][..]),
        (Some(asked), &["PrimaryChanged"]),
        (None, &["PrimaryChanged"]),
    ] {
        old.current = work;
        let told = between(Some(&old), &new);
        let reasons: Vec<&str> = told.iter().map(|notice| notice.reason).collect();
        assert_eq!(reasons, expected);
    }
}

#[test]
fn what_was_not_there_is_told_when_it_is_made() {
    let child = |kind: ChildKind| Child {
        kind,
        name: "main".to_owned(),
        body: json!({}),
    };
    let reasons = |kind, facts: &Facts, in_order| -> Vec<&str> {
        let all = of_action(&Action::Apply(child(kind)), facts, in_order);
        all.iter().map(|notice| notice.reason).collect()
    };
    let mut facts = Facts::default();
    for (kind, expected) in [
        (ChildKind::Endpoints, vec!["Endpoints"]),
        (ChildKind::Service, vec!["Services"]),
        (ChildKind::StatefulSet, vec!["Secrets", "StatefulSet"]),
        (ChildKind::PodDisruptionBudget, vec![]),
    ] {
        assert_eq!(reasons(kind, &facts, true), expected);
    }
    assert_eq!(
        reasons(ChildKind::StatefulSet, &facts, false),
        ["StatefulSet"]
    );
    facts.pods.insert("main-0".to_owned(), Default::default());
    let again = reasons(ChildKind::StatefulSet, &facts, true);
    assert_eq!(again, ["StatefulSet"], "made anew");
    let delete = |kind, orphan| {
        let (name, uid) = ("main".to_owned(), "u".to_owned());
        let action = Action::Delete {
            kind,
            name,
            uid,
            orphan,
        };
        of_action(&action, &facts, true).len()
    };
    assert_eq!(delete("StatefulSet", false), 1);
    assert_eq!(delete("StatefulSet", true), 0, "its pods stay");
    assert_eq!(delete("Service", false), 0);
}

#[test]
fn operations_are_told_when_they_begin_and_end() {
    let told = |action: serde_json::Value, before: Phase, after: Phase| {
        let operation = json!({
            "apiVersion": "pgfleet.io/v1alpha1", "kind": "Operation",
            "metadata": { "name": "op-1", "namespace": "shop", "uid": "u" },
            "spec": { "target": { "name": "main", "uid": "x" }, "action": action, "requestedBy": "ann" },
            "status": { "phase": before.to_string() },
        });
        let operation: Operation = serde_json::from_value(operation).expect("an operation");
        let after = OperationStatus {
            phase: after,
            message: Some("main-1 leads".to_owned()),
            ..OperationStatus::default()
        };
        let notice = of_operation(&operation, &after)?;
        let related = notice.related.and_then(|it| it.name);
        assert_eq!(related.as_deref(), Some("op-1"));
        Some((notice.warning, notice.reason, notice.note))
    };
    use Phase::{Failed, Pending, Refused, Running, Succeeded};
    let switchover = || json!({ "switchover": {} });
    let upgrade = || json!({ "upgrade": { "to": "18" } });
    let news = |reason, note: &str| Some((false, reason, note.to_owned()));
    let warning = |reason, note: &str| Some((true, reason, note.to_owned()));
    for (action, before, after, expected) in [
        (
            switchover(),
            Pending,
            Running,
            news("Switchover", "switchover begins: main-1 leads"),
        ),
        (switchover(), Running, Running, None),
        (
            switchover(),
            Running,
            Succeeded,
            news("Switchover", "switchover is done: main-1 leads"),
        ),
        (
            switchover(),
            Pending,
            Refused,
            warning(
                "Switchover",
                "switchover has ended as Refused: main-1 leads",
            ),
        ),
        (
            upgrade(),
            Pending,
            Running,
            news("Major Version Upgrade", "upgrade begins: main-1 leads"),
        ),
        (
            upgrade(),
            Running,
            Failed,
            warning(
                "Major Version Upgrade",
                "upgrade has ended as Failed: main-1 leads",
            ),
        ),
        (
            json!({ "upgrade": { "image": "a:1" } }),
            Pending,
            Running,
            None,
        ),
        (json!({ "restart": {} }), Pending, Running, None),
    ] {
        assert_eq!(
            told(action.clone(), before, after),
            expected,
            "{action} {after}"
        );
    }
}

#[test]
fn resources_that_are_not_as_asked_for_are_told_when_they_change() {
    let with = |message: &str| {
        let mut status = status("Running", Health::Healthy, Some("main-0"));
        let mut said = status.conditions[0].clone();
        said.type_ = condition::RESOURCE_LIMITS.to_owned();
        said.message = message.to_owned();
        status.conditions.push(said);
        status
    };
    let none = status("Running", Health::Healthy, Some("main-0"));
    let (low, high) = (with("low"), with("high"));
    let table = [
        (Some(&none), &low, vec!["ResourceLimits"]),
        (Some(&low), &low, vec![]),
        (Some(&low), &high, vec!["ResourceLimits"]),
        (Some(&high), &none, vec![]),
        (None, &low, vec!["Create", "ResourceLimits"]),
    ];
    for (row, (old, new, reasons)) in table.into_iter().enumerate() {
        let told: Vec<_> = between(old, new).iter().map(|one| one.reason).collect();
        assert_eq!(told, reasons, "row {row}");
    }
}

#[test]
fn a_cluster_begins_once() {
    let first = status("Creating", Health::Down, None);
    for old in [None, Some(PostgresqlStatus::default())] {
        let told = between(old.as_ref(), &first);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].warning, told[0].reason), (false, "Create"));
    }
    assert_eq!(between(Some(&first), &first), []);
}
