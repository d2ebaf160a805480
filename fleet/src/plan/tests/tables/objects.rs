//! Children, the finalizer and the order of a deletion.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::json;

use super::{Action, Cluster, ago, child, live, names};
use crate::plan::tests::cluster::{NOW, UID};
use crate::{
    desired::{Child, ChildKind, RoleSecret},
    hash,
    observe::facts::{Altered, Identity},
    plan::{self, children, deletion},
};
use pg_core::{
    operation::{Action as Asked, OperationStatus, Phase, Restart},
    postgresql::status::condition,
};

const SERVICE: (&str, &str) = ("Service", "db");

pub(super) fn id((kind, name): (&'static str, &str)) -> (&'static str, String) {
    (kind, name.to_owned())
}

fn identity(uid: &str) -> Identity {
    Identity {
        uid: uid.to_owned(),
        resource_version: "7".to_owned(),
    }
}

pub(super) fn secret(name: &str) -> RoleSecret {
    RoleSecret {
        name: name.to_owned(),
        namespace: "shop".to_owned(),
        username: name.to_owned(),
        login: true,
        in_members: false,
        labels: Default::default(),
        annotations: Default::default(),
        owner_references: Vec::new(),
    }
}

#[test]
fn a_healthy_cluster_costs_nothing() {
    for members in 0..4 {
        assert_eq!(Cluster::of(members).actions(), [], "{members}");
    }
    // Nor does it after the controller was started again: status tells, memory is gone.
    let restarted = Cluster::of(3).with(|c| {
        c.facts.applied.clear();
        c.facts.sql = None;
        let status = c.manifest.status.as_mut().expect("a status");
        status.inspected_at = Some(Time(ago(60)));
    });
    assert_eq!(restarted.actions(), []);
}

#[test]
fn children() {
    type Change = fn(&mut Cluster);
    let table: [(&str, &[&str], Change); 6] = [
        ("made when missing", &["apply"], |c| {
            drop(c.facts.children.remove(&id(SERVICE)))
        }),
        ("applied when not as wanted", &["apply"], |c| {
            let other = json!({"kind": "Service", "spec": {"x": 2}});
            let other = live(&child(ChildKind::Service, "db", other));
            c.facts.children.insert(id(SERVICE), other);
        }),
        ("left when it has more than is wanted", &[], |c| {
            let more = json!({"kind": "Service", "spec": {"x": 1, "y": 2}});
            let more = live(&child(ChildKind::Service, "db", more));
            c.facts.children.insert(id(SERVICE), more);
        }),
        ("applied when something was dropped", &["apply"], |c| {
            c.facts.applied.insert(id(SERVICE), "older".to_owned());
        }),
        (
            "applied when nobody knows what was",
            &["apply", "apply"],
            |c| {
                c.facts.applied.clear();
                c.manifest.status.as_mut().expect("a status").settled = None;
            },
        ),
        ("waits until the old one is gone", &[], |c| {
            c.facts
                .children
                .get_mut(&id(SERVICE))
                .expect("one")
                .deleting = true;
        }),
    ];
    for (why, wanted, change) in table {
        assert_eq!(names(&Cluster::of(2).with(change)), wanted, "{why}");
    }
    // What a webhook makes of it at each apply is applied once, and said.
    let put = |c: &mut Cluster, x: i32| {
        let service = json!({"kind": "Service", "spec": {"x": x}});
        let service = live(&child(ChildKind::Service, "db", service));
        c.facts.children.insert(id(SERVICE), service);
    };
    let mut altered = Cluster::of(2).with(|c| {
        put(c, 2);
        let of = |one: &&Child| one.kind == ChildKind::Service;
        let asked = hash::of(&c.children.iter().find(of).expect("one").body);
        let body = c.facts.children[&id(SERVICE)].body.clone();
        let field = "spec.x".to_owned();
        c.facts
            .altered
            .insert(id(SERVICE), Altered { asked, body, field });
    });
    assert_eq!(altered.actions(), []);
    let said = |cluster: &Cluster| {
        let all = cluster.status().conditions.into_iter();
        let own = all.filter(|one| one.type_ == condition::ALTERED);
        own.map(|one| one.message).next()
    };
    assert!(said(&altered).is_some_and(|why| why.ends_with("Service db: spec.x")));
    put(&mut altered, 3);
    assert_eq!(names(&altered), ["apply"], "somebody changed it since");
    assert_eq!(said(&altered), None);
    put(&mut altered, 2);
    for one in &mut altered.children {
        one.body["spec"]["more"] = json!(true);
    }
    assert_eq!(names(&altered)[0], "apply", "another thing is wanted");
    let shared = Cluster::of(1).with(|c| {
        let account = child(ChildKind::ServiceAccount, "postgres-pod", json!({"x": 1}));
        c.facts
            .children
            .insert(id(("ServiceAccount", "postgres-pod")), live(&account));
        c.children.push(account);
        c.settle();
        c.facts.applied.insert(
            id(("ServiceAccount", "postgres-pod")),
            "another's".to_owned(),
        );
    });
    assert_eq!(
        shared.actions(),
        [],
        "what clusters share loses nothing to one of them"
    );
}

#[test]
fn the_number_of_members_is_no_dropped_field() {
    let sets = [1, 2].map(|n| {
        let body = json!({"kind": "StatefulSet", "spec": {"replicas": n}});
        children::applied_hash(&child(ChildKind::StatefulSet, "db", body))
    });
    assert_eq!(sets[0], sets[1]);
}

#[test]
fn the_finalizer_goes_on_first_and_alone() {
    let bare = || Cluster::of(1).with(|c| c.manifest.metadata.finalizers = None);
    let empty = bare().with(|c| c.facts.children.clear());
    assert_eq!(empty.actions(), [Action::AddFinalizer]);
    assert_eq!(bare().actions(), [Action::AddFinalizer]);
    let invalid = plan::while_invalid(&bare().view());
    assert!(invalid.actions.contains(&Action::AddFinalizer));
    let deleted = bare().with(|c| c.manifest.metadata.deletion_timestamp = Some(Time(ago(1))));
    assert_eq!(deleted.actions(), [], "not ours to end");
}

#[test]
fn in_a_namespace_that_goes_only_the_finalizer_is_taken() {
    let going = |looked: Option<(Duration, bool)>| {
        let cluster = Cluster::of(2).with(|c| {
            c.manifest.metadata.deletion_timestamp = Some(Time(ago(1)));
            c.facts.namespace_goes = looked;
        });
        names(&cluster)
    };
    assert_eq!(going(None), ["look at namespace"]);
    assert_eq!(going(Some((NOW, true))), ["remove finalizer"]);
    assert_eq!(going(Some((NOW, false))), ["delete"]);
    let long_ago = NOW - Duration::from_secs(61);
    for goes in [true, false] {
        assert_eq!(going(Some((long_ago, goes))), ["look at namespace"]);
    }
}

/// Where rights in the namespace are missing, nothing is touched but the manifest.
#[test]
fn from_outside_only_the_finalizer_is_taken() {
    type Row = (
        bool,
        Option<(Duration, bool)>,
        &'static [&'static str],
        bool,
    );
    let table: [Row; 6] = [
        (false, None, &[], false),
        (false, Some((NOW, true)), &[], false),
        (true, None, &["look at namespace"], true),
        (true, Some((NOW, true)), &["remove finalizer"], true),
        (true, Some((NOW, false)), &[], true),
        (
            true,
            Some((NOW - Duration::from_secs(10), false)),
            &["look at namespace"],
            true,
        ),
    ];
    for (row, (deleted, looked, expected, again)) in table.into_iter().enumerate() {
        let cluster = Cluster::of(2).with(|c| {
            c.manifest.metadata.deletion_timestamp = deleted.then(|| Time(ago(1)));
            c.facts.namespace_goes = looked;
        });
        let plan = plan::deletion::from_outside(&cluster.view());
        let found: Vec<&str> = plan.actions.iter().map(Action::name).collect();
        assert_eq!(found, expected, "row {row}");
        assert_eq!(plan.look_again.is_some(), again, "row {row}");
    }
    let bare = Cluster::of(2).with(|c| {
        c.manifest.metadata.deletion_timestamp = Some(Time(ago(1)));
        c.manifest.metadata.finalizers = None;
    });
    let plan = plan::deletion::from_outside(&bare.view());
    assert_eq!(plan, plan::Plan::default());
}

#[test]
fn in_a_namespace_that_goes_nothing_is_made() {
    let bare = |looked: Option<(Duration, bool)>| {
        let cluster = Cluster::of(2).with(|c| {
            c.facts.children.clear();
            c.facts.namespace_goes = looked;
        });
        names(&cluster)
    };
    assert_eq!(bare(Some((NOW, true))), [""; 0]);
    assert_ne!(bare(Some((NOW, false))), [""; 0]);
    let long_ago = NOW - Duration::from_secs(61);
    assert_ne!(bare(Some((long_ago, true))), [""; 0]);
}

#[test]
fn deletion_in_order() {
    let mut cluster = Cluster::of(2).with(|c| {
        c.manifest.metadata.deletion_timestamp = Some(Time(ago(1)));
        c.configuration.enable_secrets_deletion = true;
        c.configuration.enable_persistent_volume_claim_deletion = true;
        c.secrets.push(secret("app"));
        c.facts
            .patroni_objects
            .insert("db-config".to_owned(), identity("uid-of-config"));
        c.asked("op", Asked::Restart(Restart::default()), |_| {});
        c.asked("on", Asked::Restart(Restart::default()), |operation| {
            operation.status = Some(OperationStatus {
                phase: Phase::Running,
                ..OperationStatus::default()
            });
        });
    });
    for (name, phase) in [("op", Phase::Refused), ("on", Phase::Failed)] {
        assert_eq!(
            super::end(&cluster, name),
            Some((phase, "Deleting".to_owned()))
        );
    }
    cluster.facts.operations.clear();

    let kinds = |cluster: &Cluster| -> Vec<&'static str> {
        let kind = |action: &Action| match action {
            Action::Delete { kind, uid, .. } if uid.starts_with("uid-of-") => *kind,
            Action::DeleteClaim { uid, of, .. } if uid.starts_with("uid-of-claim") && of == UID => {
                "PersistentVolumeClaim"
            }
            other => other.name(),
        };
        cluster.actions().iter().map(kind).collect()
    };
    assert_eq!(kinds(&cluster), ["StatefulSet"]);
    cluster
        .facts
        .children
        .get_mut(&id(("StatefulSet", "db")))
        .expect("one")
        .deleting = true;
    assert_eq!(kinds(&cluster), [""; 0], "asked once");
    cluster.facts.children.remove(&id(("StatefulSet", "db")));
    assert_eq!(
        kinds(&cluster),
        [""; 0],
        "Patroni would make its objects again"
    );
    cluster.facts.pods.clear();
    assert_eq!(kinds(&cluster), ["look for child"], "not seen is not gone");
    let set = id(("StatefulSet", "db"));
    cluster.facts.looked_for.insert(set, cluster.now.mono);
    assert_eq!(kinds(&cluster), ["look around"], "nor are pods");
    cluster.facts.looked_around = Some(cluster.now.mono - Duration::from_secs(61));
    assert_eq!(kinds(&cluster), ["look around"], "that was long ago");
    cluster.facts.looked_around = Some(cluster.now.mono);
    assert_eq!(
        kinds(&cluster),
        [
            "Service",
            "ConfigMap",
            "delete",
            "PersistentVolumeClaim",
            "PersistentVolumeClaim"
        ]
    );
    cluster.facts.children.clear();
    cluster.facts.patroni_objects.clear();
    cluster
        .facts
        .deleted_secrets
        .insert("app".to_owned(), Duration::ZERO);
    cluster
        .facts
        .claims
        .values_mut()
        .for_each(|claim| claim.deleting = true);
    assert_eq!(kinds(&cluster), [""; 0], "claims are not gone yet");
    cluster.facts.claims.clear();
    // What Patroni left in the store that it was switched from.
    let left = id(("Endpoints", "db-sync"));
    let uid = "uid-of-left".to_owned();
    cluster.facts.left_by_patroni.insert(left, uid);
    assert_eq!(kinds(&cluster), ["Endpoints"]);
    cluster.facts.left_by_patroni.clear();
    assert_eq!(kinds(&cluster), ["remove finalizer"]);
}

#[test]
fn data_and_secrets_go_only_when_asked() {
    let with = |annotation: Option<&str>, configured: bool| -> Vec<&'static str> {
        let cluster = Cluster::of(1).with(|c| {
            c.manifest.metadata.deletion_timestamp = Some(Time(ago(1)));
            c.manifest.metadata.annotations = annotation
                .map(|with| [(deletion::WITH_ANNOTATION.to_owned(), with.to_owned())].into());
            c.configuration.enable_secrets_deletion = configured;
            c.configuration.enable_persistent_volume_claim_deletion = configured;
            c.secrets.push(secret("app"));
            c.facts.children.clear();
            c.facts.pods.clear();
            let set = id(("StatefulSet", "db"));
            c.facts.looked_for.insert(set, c.now.mono);
            c.facts.looked_around = Some(c.now.mono);
        });
        let kind = |action: Action| match action {
            Action::Delete { kind, .. } => kind,
            Action::DeleteSecret { .. } => "Secret",
            Action::DeleteClaim { .. } => "PersistentVolumeClaim",
            other => other.name(),
        };
        cluster.actions().into_iter().map(kind).collect()
    };
    let (secret, claim, keep) = ("Secret", "PersistentVolumeClaim", "remove finalizer");
    assert_eq!(with(None, false), [keep]);
    assert_eq!(with(Some("datas, nothing"), false), [keep]);
    assert_eq!(with(Some("data"), false), [claim]);
    assert_eq!(with(Some("secrets , data"), false), [secret, claim]);
    assert_eq!(with(None, true), [secret, claim]);
}
