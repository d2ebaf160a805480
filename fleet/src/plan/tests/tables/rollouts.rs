//! Operations of rollouts: judged by their slice as it is now. And fields that are set.

use std::{sync::Arc, time::Duration};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use pg_core::{
    operation::{Action as Asked, OfRollout, Phase, Restart, Set, SetField, Upgrade},
    rollout::{Claimed, Desired, Rollout, RolloutStatus},
};
use serde_json::json;

use super::{Action, Cluster, ago, end, steps::on, written};
use crate::plan::tests::cluster::{NOW, UID};

fn slice(change: impl FnOnce(&mut Rollout)) -> Arc<Rollout> {
    let mut slice: Rollout = serde_json::from_value(json!({
        "apiVersion": "pgfleet.io/v1alpha1", "kind": "Rollout",
        "metadata": { "name": "r-1", "uid": "slice" },
        "spec": {
            "plan": {
                "action": { "restart": {} }, "planHash": "0", "requestedBy": "ada", "strategy": {},
                "participants": [{ "clusterUID": "a", "waves": [1], "sliceHash": "0" }], "clusterUID": "a",
                "targets": [{ "wave": 1, "order": 0, "namespace": "team", "name": "db", "uid": UID, "generation": 1 }],
            },
            "control": { "epoch": 2, "wave": 1, "desired": "Run", "desiredSeq": 1 },
        },
    }))
    .expect("a slice");
    slice.status = Some(RolloutStatus {
        claimed: Some(Claimed {
            held: true,
            ..Claimed::default()
        }),
        ..RolloutStatus::default()
    });
    change(&mut slice);
    Arc::new(slice)
}

fn restart() -> Asked {
    Asked::Restart(Restart::default())
}

/// A cluster with an operation of the rollout, whose slice was read so many seconds ago.
fn asked(read: Option<u64>, slices: Vec<Arc<Rollout>>) -> Cluster {
    Cluster::of(2).with(|c| {
        c.asked("r-1-x-1", restart(), |operation| {
            operation.spec.rollout = Some(OfRollout {
                id: "r-1".to_owned(),
                epoch: 2,
                wave: 1,
            });
        });
        let at = read.map(|age| NOW - Duration::from_secs(age));
        c.facts.slice_read = at.map(|at| ("r-1-x-1".to_owned(), at));
        c.facts.rollouts = slices;
    })
}

#[test]
fn the_slice_is_read_before_it_begins() {
    for read in [None, Some(600)] {
        let cluster = asked(read, vec![slice(|_| ())]);
        let question = Action::ReadRollout {
            id: "r-1".to_owned(),
            operation: "r-1-x-1".to_owned(),
        };
        assert!(
            cluster.actions().contains(&question),
            "{:?}",
            cluster.actions()
        );
        assert!(written(&cluster, "r-1-x-1").is_none());
    }
    let mut other = asked(Some(0), vec![slice(|_| ())]);
    other.facts.slice_read = Some(("another".to_owned(), NOW));
    assert!(
        written(&other, "r-1-x-1").is_none(),
        "read for another one's sake"
    );
}

#[test]
fn what_its_rollout_does_not_want_is_refused() {
    type Change = fn(&mut Rollout);
    let table: [(&str, Change); 4] = [
        ("RolloutNotNow", |slice| slice.spec.control.epoch = 3),
        ("RolloutNotNow", |slice| {
            slice.spec.control.desired = Desired::Pause
        }),
        ("RolloutNotNow", |slice| slice.status = None),
        ("RolloutTargetChanged", |slice| {
            slice.spec.plan.targets[0].generation = 7
        }),
    ];
    for (reason, change) in table {
        let cluster = asked(Some(0), vec![slice(change)]);
        let status = written(&cluster, "r-1-x-1").expect("an end");
        assert_eq!(
            (status.phase, status.reason.as_deref()),
            (Phase::Refused, Some(reason))
        );
    }
    let cluster = asked(Some(0), Vec::new());
    let status = written(&cluster, "r-1-x-1").expect("an end");
    assert_eq!(status.reason.as_deref(), Some("RolloutGone"));
    let cluster = asked(Some(0), vec![slice(|_| ())]);
    let status = written(&cluster, "r-1-x-1").expect("its begin");
    assert_eq!(status.phase, Phase::Running);
}

#[test]
fn by_hand_nobody_writes_into_what_a_rollout_has() {
    let by_hand = |action: Asked, change: fn(&mut Rollout)| {
        let cluster = Cluster::of(2).with(|c| {
            c.asked("op", action, |_| ());
            c.facts.rollouts = vec![slice(change)];
        });
        let status = written(&cluster, "op").expect("a decision");
        status.reason.unwrap_or_default()
    };
    let image = || {
        Asked::Upgrade(Upgrade {
            image: Some("image:2".to_owned()),
            ..Upgrade::default()
        })
    };
    assert_eq!(by_hand(image(), |_| ()), "Claimed");
    assert_eq!(by_hand(set("teamId", "\"x\""), |_| ()), "Claimed");
    assert_eq!(by_hand(restart(), |_| ()), "", "it begins");
    let aborted = |slice: &mut Rollout| slice.spec.control.desired = Desired::Abort;
    assert_eq!(by_hand(image(), aborted), "");
}

fn ended(cluster: &Cluster) -> String {
    end(cluster, "op")
        .map(|(_, reason)| reason)
        .unwrap_or_default()
}

fn set(path: &str, value: &str) -> Asked {
    Asked::Set(Set {
        fields: vec![SetField {
            path: path.split('.').map(str::to_owned).collect(),
            value: Some(value.to_owned()),
        }],
    })
}

#[test]
fn fields_are_written_and_what_follows_is_the_manifests_work() {
    let mut cluster =
        Cluster::of(2).with(|c| on(c, set("postgresql.parameters.work_mem", "\"8MB\"")));
    let status = written(&cluster, "op").expect("a step");
    cluster.wrote("op", status);
    let actions = cluster.actions();
    assert!(
        matches!(actions.as_slice(), [Action::EditManifest { spec, .. }]
            if *spec == json!({"postgresql": {"parameters": {"work_mem": "8MB"}}})),
        "{actions:?}"
    );
    let parameters = &mut cluster.manifest.spec.postgresql.parameters;
    parameters
        .get_or_insert_default()
        .insert("work_mem".to_owned(), "8MB".to_owned());
    cluster.manifest.metadata.generation = Some(2);
    let status = written(&cluster, "op").expect("a step");
    assert_eq!(
        status.message.as_deref(),
        Some("wait until the manifest is carried out")
    );
    cluster.wrote("op", status);
    assert!(
        !crate::plan::operations::is_running(&cluster.view()),
        "the manifest's work goes on"
    );
    assert!(
        written(&cluster, "op").is_none(),
        "nobody has spoken of this manifest yet"
    );
    let told = |cluster: &mut Cluster, generation| {
        let status = cluster.manifest.status.get_or_insert_default();
        status.observed_generation = Some(generation);
        status.conditions = vec![Condition {
            type_: "Ready".to_owned(),
            status: "True".to_owned(),
            reason: "AsWanted".to_owned(),
            message: String::new(),
            observed_generation: None,
            last_transition_time: k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(ago(1)),
        }];
    };
    told(&mut cluster, 1);
    assert!(
        written(&cluster, "op").is_none(),
        "that was said of the one before"
    );
    told(&mut cluster, 2);
    assert_eq!(
        end(&cluster, "op"),
        Some((Phase::Succeeded, "Done".to_owned()))
    );
    cluster.manifest.spec.postgresql.parameters = None;
    assert_eq!(ended(&cluster), "ManifestChanged");
}

#[test]
fn other_acts_have_fields_of_their_own() {
    for path in [
        "numberOfInstances",
        "volume.size",
        "postgresql.version",
        "dockerImage",
    ] {
        let cluster = Cluster::of(2).with(|c| c.asked("op", set(path, "1"), |_| ()));
        assert_eq!(ended(&cluster), "OtherAct", "{path}");
    }
    let cluster = Cluster::of(2).with(|c| c.asked("op", set("teamId", "no JSON"), |_| ()));
    assert_eq!(ended(&cluster), "Unreadable");
}
