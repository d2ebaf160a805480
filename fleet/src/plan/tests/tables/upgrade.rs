//! Upgrades: another image through the manifest, announced step by step.

use std::time::Duration;

use pg_core::operation::{Action as Asked, Failover, Phase, Upgrade};
use serde_json::json;

use super::{
    Action, Cluster, PatroniRequest, State, call, end, member, names,
    rolling::{made_from, outdated, restarted},
    steps::on,
    written,
};
use crate::plan::tests::cluster::NOW;

type Change = fn(&mut Cluster);

fn image(image: &str) -> Asked {
    Asked::Upgrade(Upgrade {
        image: Some(image.to_owned()),
        ..Upgrade::default()
    })
}

fn to(version: &str) -> Asked {
    Asked::Upgrade(Upgrade {
        to: Some(version.to_owned()),
        ..Upgrade::default()
    })
}

fn version(cluster: &mut Cluster, number: i64) {
    cluster.says(0, |answer| answer.server_version = Some(number));
}

fn last_step(cluster: &Cluster) -> String {
    let status = written(cluster, "op").expect("a step");
    status.steps.last().expect("a step").name.clone()
}

/// The manifest names the image, the StatefulSet is applied, and so many members are old.
fn written_down(members: i32, but: &[i32]) -> Cluster {
    let mut cluster = outdated(members, but).with(|c| on(c, image("image:2")));
    let status = written(&cluster, "op").expect("a step");
    cluster.wrote("op", status);
    cluster.manifest.spec.docker_image = Some("image:2".to_owned());
    cluster.settle();
    let status = written(&cluster, "op").expect("its end");
    cluster.wrote("op", status);
    cluster
}

#[test]
fn the_manifest_is_written_then_the_members_are_made_anew() {
    let mut cluster = Cluster::of(2).with(|c| on(c, image("image:2")));
    assert_eq!(last_step(&cluster), "write the image into the manifest");
    let status = written(&cluster, "op").expect("a step");
    cluster.wrote("op", status);
    let actions = cluster.actions();
    assert!(
        matches!(actions.as_slice(), [Action::EditManifest { spec, .. }]
            if *spec == json!({"dockerImage": "image:2"})),
        "{actions:?}"
    );

    let mut cluster = written_down(3, &[]);
    // Neither a window nor laziness holds it up, and every restart is announced.
    cluster.configuration.enable_lazy_spilo_upgrade = true;
    cluster.manifest.spec.maintenance_windows = Some(vec!["Sun:00:00-00:01".to_owned()]);
    for ordinal in [1, 2] {
        let step = format!("restart {}: image of container postgres", member(ordinal));
        assert_eq!(last_step(&cluster), step);
        assert_eq!(restarted(&cluster), None, "before it is announced");
        let status = written(&cluster, "op").expect("a step");
        cluster.wrote("op", status);
        assert_eq!(restarted(&cluster), Some(member(ordinal)));
        cluster.put(ordinal, State::Gone);
        assert_eq!(names(&cluster), [""; 0], "waits for it");
        assert_eq!(cluster.plan().waits_for, Some(member(ordinal)));
        cluster.put(ordinal, State::Follows);
        made_from(&mut cluster, ordinal, "new");
    }
    assert_eq!(last_step(&cluster), "switch over from db-0 to db-1");
    let status = written(&cluster, "op").expect("a step");
    cluster.wrote("op", status);
    let request = PatroniRequest::Switchover {
        leader: member(0),
        candidate: member(1),
    };
    assert_eq!(call(&cluster).expect("a call").request, request);
    // It led no longer, and was made anew.
    made_from(&mut cluster, 0, "new");
    let status = written(&cluster, "op").expect("its end");
    assert_eq!(status.phase, Phase::Succeeded);
    assert!(status.steps.iter().all(|step| step.finished_at.is_some()));
}

#[test]
fn how_it_ends_otherwise() {
    let ends = |cluster: &Cluster| end(cluster, "op");
    let mut other = written_down(2, &[]);
    other.manifest.spec.docker_image = Some("image:3".to_owned());
    let changed = Some((Phase::Failed, "ManifestChanged".to_owned()));
    assert_eq!(ends(&other), changed);

    let mut stuck = written_down(3, &[1]);
    stuck.put(1, State::Pending);
    stuck.facts.waits_for = Some((member(1), NOW - Duration::from_secs(61)));
    let stopped = Some((Phase::Failed, "RollingUpdateStopped".to_owned()));
    assert_eq!(ends(&stuck), stopped);
    // The slot is free again: the next image may mend it.
    let mut paused = written_down(3, &[]);
    paused.config(json!({"pause": true}));
    assert_eq!(ends(&paused), Some((Phase::Failed, "Paused".to_owned())));

    // A failover goes ahead, whatever was done so far: the manifest goes on afterwards.
    let mut broken = written_down(3, &[1]);
    broken.put(0, State::Silent);
    let failover = Asked::Failover(Failover::default());
    broken.asked("emergency", failover, |_| {});
    let displaced = Some((Phase::Cancelled, "Displaced".to_owned()));
    assert_eq!(ends(&broken), displaced);

    let mut done = written_down(2, &[0, 1]);
    done.put(1, State::Silent);
    assert_eq!(names(&done), [""; 0], "all must serve");
    done.put(1, State::Follows);
    assert_eq!(ends(&done), Some((Phase::Succeeded, "Done".to_owned())));
}

#[test]
fn what_cannot_be_is_refused_before_it_begins() {
    let table: [(&str, Asked, Change); 12] = [
        ("Paused", image("image:2"), |c| {
            c.config(json!({"pause": true}))
        }),
        ("NoMembers", image("image:2"), |c| {
            (0..2).for_each(|ordinal| c.put(ordinal, State::Gone));
        }),
        ("NoWayBack", to("17"), |c| version(c, 150_018)),
        ("NoSuchVersion", to("13"), |c| version(c, 150_018)),
        ("NotNewer", to("17"), |c| version(c, 170_005)),
        ("NotNewer", to("15"), |c| version(c, 170_005)),
        ("Standby", to("17"), |c| {
            version(c, 150_018);
            c.manifest.spec.standby = Some(Default::default());
        }),
        ("Paused", to("17"), |c| {
            version(c, 150_018);
            c.config(json!({"pause": true}));
        }),
        ("NoPrimary", to("17"), |c| c.put(0, State::Silent)),
        ("NotHealthy", to("17"), |c| {
            version(c, 150_018);
            c.put(1, State::Silent);
        }),
        ("Lagging", to("17"), |c| {
            version(c, 150_018);
            c.lacks(&[(1, 1 << 30)]);
        }),
        (
            "NothingToCheck",
            Asked::Upgrade(Upgrade {
                image: Some("image:2".to_owned()),
                check: true,
                ..Upgrade::default()
            }),
            |_| {},
        ),
    ];
    for (reason, action, change) in table {
        let mut cluster = Cluster::of(2).with(change);
        cluster.asked("op", action, |_| {});
        let refused = Some((Phase::Refused, reason.to_owned()));
        assert_eq!(end(&cluster, "op"), refused, "{reason}");
    }
}
