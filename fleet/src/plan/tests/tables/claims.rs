//! Volumes: they grow and never shrink.

use pg_core::{configuration::StorageResizeMode, postgresql::status::condition};
use serde_json::json;

use super::{Action, Cluster};
use crate::{
    desired::ChildKind,
    plan::{children, tests::cluster::live},
};

const POLICY: &str = "/spec/persistentVolumeClaimRetentionPolicy/whenScaled";

/// Volumes of 1Gi, and so many are wanted.
fn sized(size: &str) -> Cluster {
    Cluster::of(2).with(|c| {
        for child in &mut c.children {
            if child.kind == ChildKind::StatefulSet {
                let claim = |size: &str| json!([{"metadata": {"name": "pgdata"}, "spec": {"resources": {"requests": {"storage": size}}}}]);
                child.body["spec"]["volumeClaimTemplates"] = claim("1Gi");
                child.body["spec"]["persistentVolumeClaimRetentionPolicy"] =
                    json!({"whenDeleted": "Retain", "whenScaled": "Delete"});
                let id = (child.kind.kind(), child.name.clone());
                c.facts.children.insert(id.clone(), live(child));
                c.facts.applied.insert(id, children::applied_hash(child));
                child.body["spec"]["volumeClaimTemplates"] = claim(size);
            }
        }
        c.manifest.spec.volume.size = size.to_owned();
    })
}

fn grown(cluster: &Cluster) -> Vec<(String, String)> {
    let actions = cluster.actions().into_iter();
    let grown = actions.filter_map(|action| match action {
        Action::GrowClaim { name, size, .. } => Some((name, size)),
        _ => None,
    });
    grown.collect()
}

fn replaces(cluster: &Cluster) -> bool {
    let orphans = |action: &Action| matches!(action, Action::Delete { orphan: true, .. });
    cluster.actions().iter().any(orphans)
}

fn objection(cluster: &Cluster) -> Option<String> {
    let conditions = cluster.status().conditions;
    let found = conditions
        .into_iter()
        .find(|c| c.type_ == condition::INVALID);
    found.map(|condition| condition.message)
}

#[test]
fn up_and_never_down() {
    let same = sized("1024Mi");
    assert!(grown(&same).is_empty() && !replaces(&same));
    assert_eq!(objection(&same), None);

    let more = sized("2Gi");
    let all = ["pgdata-db-0", "pgdata-db-1"].map(|name| (name.to_owned(), "2Gi".to_owned()));
    assert_eq!(grown(&more), all);
    assert!(replaces(&more), "the claim template is made anew as well");
    assert_eq!(objection(&more), None);

    let less = sized("500Mi");
    assert!(grown(&less).is_empty() && !replaces(&less));
    assert!(
        objection(&less)
            .expect("an objection")
            .contains("do not shrink")
    );
}

#[test]
fn others_may_see_to_it() {
    for (mode, grows) in [
        (StorageResizeMode::Pvc, true),
        (StorageResizeMode::Mixed, true),
        (StorageResizeMode::Ebs, false),
        (StorageResizeMode::Off, false),
    ] {
        let cluster = sized("2Gi").with(|c| c.configuration.storage_resize_mode = mode);
        assert_eq!(!grown(&cluster).is_empty(), grows, "{mode:?}");
        assert_eq!(objection(&cluster).is_none(), grows, "{mode:?}");
    }
}

#[test]
fn claims_that_go_or_are_not_known_stay_as_they_are() {
    let cluster = sized("2Gi").with(|c| {
        let mut claims = c.facts.claims.values_mut();
        claims.next().expect("one").deleting = true;
        claims.next().expect("two").size = None;
    });
    assert!(grown(&cluster).is_empty());
}

#[test]
fn with_no_member_left_the_volumes_stay() {
    let policy = |members: i64| {
        let cluster = sized("1Gi").with(|c| {
            c.manifest.spec.number_of_instances = members;
            if members == 0 {
                c.put(1, super::State::Gone);
                let id = ("StatefulSet", "db".to_owned());
                let set = c.facts.children.get_mut(&id).expect("one");
                let mut body = set.value();
                body["spec"]["replicas"] = json!(1);
                set.body = body.to_string().into();
            }
        });
        cluster.actions().iter().find_map(|action| match action {
            Action::Apply(child) => Some(child.body.pointer(POLICY)?.as_str()?.to_owned()),
            _ => None,
        })
    };
    assert_eq!(policy(0).as_deref(), Some("Retain"));
    assert_eq!(policy(1).as_deref(), Some("Delete"));
}
