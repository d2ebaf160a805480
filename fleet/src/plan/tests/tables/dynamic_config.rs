//! Patroni's dynamic configuration: what is changed, what is taken out, what is left alone, and the
//! restarts afterwards.

use std::{collections::BTreeMap, time::Duration};

use pg_core::postgresql::Patroni;
use serde_json::{Value, json};

use super::{Action, Cluster, PatroniRequest, State, call, member, names};
use crate::{
    hash,
    observe::facts::Patched,
    plan::{assess::Assessment, dynamic_config, tests::cluster::NOW, work},
};

type Change = fn(&mut Cluster);
/// What it is, Patroni's configuration, what is done to the cluster, the patch.
type Row = (
    &'static str,
    Value,
    Box<dyn Fn(&mut Cluster)>,
    Option<Value>,
);
/// A parameter, what it was and what it is to be.
type Reason = (&'static str, i64, i64);

fn parameters(cluster: &mut Cluster, all: &[(&str, &str)]) {
    let all = all.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    cluster.manifest.spec.postgresql.parameters = Some(all.collect());
}

fn patroni(cluster: &mut Cluster, change: impl FnOnce(&mut Patroni)) {
    change(cluster.manifest.spec.patroni.get_or_insert_default());
}

/// The status was written before.
fn recorded(cluster: &mut Cluster) {
    let record = dynamic_config::record(&cluster.view());
    let status = cluster.manifest.status.as_mut().expect("a status");
    status.dynamic_configuration = record;
}

fn patched(cluster: &Cluster) -> Option<Value> {
    cluster
        .actions()
        .into_iter()
        .find_map(|action| match action {
            Action::PatchConfig { member: of, patch } => {
                assert_eq!(of, member(0), "the primary is asked");
                Some(patch)
            }
            _ => None,
        })
}

#[test]
fn what_is_changed() {
    let slot = || {
        let kind = ("type".to_owned(), "physical".to_owned());
        BTreeMap::from([("a/b".to_owned(), BTreeMap::from([kind]))])
    };
    let table: Vec<Row> = vec![
        (
            "a parameter",
            json!({}),
            Box::new(|c| parameters(c, &[("work_mem", "8MB")])),
            Some(json!({"postgresql": {"parameters": {"work_mem": "8MB"}}})),
        ),
        (
            "of the same value, as a number",
            json!({"postgresql": {"parameters": {"max_connections": 100}}}),
            Box::new(|c| parameters(c, &[("max_connections", "100")])),
            None,
        ),
        (
            "that each member has for itself",
            json!({}),
            Box::new(|c| parameters(c, &[("shared_buffers", "1GB")])),
            None,
        ),
        (
            "that the manifest does not name",
            json!({"ttl": 20, "postgresql": {"parameters": {"work_mem": "1GB"}}, "slots": {"x": {}}}),
            Box::new(|_| ()),
            None,
        ),
        (
            "a setting",
            json!({"ttl": 30, "loop_wait": 10}),
            Box::new(|c| patroni(c, |p| (p.ttl, p.loop_wait) = (Some(20), Some(10)))),
            Some(json!({"ttl": 20})),
        ),
        (
            "a slot",
            json!({"slots": {"theirs": {"type": "physical"}}}),
            Box::new(move |c| patroni(c, |p| p.slots = Some(slot()))),
            Some(json!({"slots": {"a/b": {"type": "physical"}}})),
        ),
        (
            "synchronous mode on",
            json!({}),
            Box::new(|c| patroni(c, |p| p.synchronous_mode = Some(true))),
            Some(json!({"synchronous_mode": true})),
        ),
        (
            "synchronous mode off, because the manifest does not say on",
            json!({"synchronous_mode": true}),
            Box::new(|_| ()),
            Some(json!({"synchronous_mode": false})),
        ),
        (
            "a mode that only a person can ask for",
            json!({"synchronous_mode": "quorum"}),
            Box::new(|_| ()),
            None,
        ),
        (
            "failsafe mode, by the configuration",
            json!({"failsafe_mode": false}),
            Box::new(|c| c.configuration.enable_patroni_failsafe_mode = true),
            Some(json!({"failsafe_mode": true})),
        ),
    ];
    for (what, live, change, expected) in table {
        let cluster = Cluster::of(2).with(|c| {
            c.config(live);
            change(c);
            recorded(c);
        });
        assert_eq!(patched(&cluster), expected, "{what}");
    }
}

#[test]
fn what_is_dropped_from_the_manifest_is_taken_out() {
    let mut cluster = Cluster::of(2).with(|c| {
        c.config(json!({"ttl": 20, "postgresql": {"parameters": {"work_mem": "8MB", "x": "1"}}}));
        parameters(c, &[("work_mem", "8MB")]);
        patroni(c, |p| p.ttl = Some(20));
        recorded(c);
    });
    assert_eq!(patched(&cluster), None);
    parameters(&mut cluster, &[]);
    patroni(&mut cluster, |p| p.ttl = None);
    let expected = json!({"ttl": null, "postgresql": {"parameters": {"work_mem": null}}});
    assert_eq!(patched(&cluster), Some(expected));
    let still = dynamic_config::record(&cluster.view());
    assert!(
        still.contains(&"/postgresql/parameters/work_mem".to_owned()),
        "{still:?}"
    );
    // Once it is out nobody speaks of it any more, not even when somebody else sets it.
    cluster.config(json!({"postgresql": {"parameters": {"x": "1"}}}));
    recorded(&mut cluster);
    cluster.config(json!({"ttl": 20, "postgresql": {"parameters": {"work_mem": "1MB"}}}));
    assert_eq!(patched(&cluster), None);
}

#[test]
fn of_a_value_with_fields_those_that_go_are_named() {
    let slot = |fields: &[(&str, &str)]| {
        let fields = fields
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        BTreeMap::from([("kept".to_owned(), fields.collect())])
    };
    let logical = json!({"type": "logical", "database": "shop", "plugin": "pgoutput"});
    let table = [
        (
            slot(&[("type", "physical")]),
            json!({"type": "physical", "database": null, "plugin": null}),
        ),
        (
            slot(&[]),
            json!({"type": null, "database": null, "plugin": null}),
        ),
    ];
    for (wanted, expected) in table {
        let cluster = Cluster::of(2).with(|c| {
            c.config(json!({"slots": {"kept": logical}}));
            patroni(c, |p| p.slots = Some(wanted));
            recorded(c);
        });
        let expected = json!({"slots": {"kept": expected}});
        assert_eq!(patched(&cluster), Some(expected));
    }
}

/// It was asked for this, so many seconds ago.
fn asked(seconds: u64, patch: &Value) -> Option<Patched> {
    Some(Patched {
        at: NOW - Duration::from_secs(seconds),
        asked: hash::of(patch),
    })
}

#[test]
fn what_patroni_does_not_take_is_not_asked_of_it_at_once_again() {
    let mut cluster = Cluster::of(2).with(|c| {
        parameters(c, &[("work_mem", "8MB")]);
        recorded(c);
    });
    let patch = patched(&cluster).expect("a patch");
    cluster.facts.patched = asked(5, &json!({}));
    assert!(patched(&cluster).is_some(), "of another one");
    cluster.facts.patched = asked(5, &patch);
    assert_eq!(patched(&cluster), None);
    assert!(work::left(&cluster.view(), &Assessment::new(&cluster.view())).is_some());
    cluster.facts.patched = asked(20, &patch);
    assert_eq!(patched(&cluster), Some(patch));
}

#[test]
fn what_is_waited_for() {
    let wants = |c: &mut Cluster| parameters(c, &[("work_mem", "8MB")]);
    // What is ours must be written down before.
    let unwritten = Cluster::of(2).with(wants);
    assert_eq!(patched(&unwritten), None);
    let record = unwritten.status().dynamic_configuration;
    assert!(
        record.contains(&"/postgresql/parameters/work_mem".to_owned()),
        "{record:?}"
    );
    // A server that drops our fields keeps no record.
    let dropped = Cluster::of(2).with(|c| {
        wants(c);
        c.manifest.status.as_mut().expect("one").observed_generation = None;
    });
    assert!(patched(&dropped).is_some());

    let table: [(&str, Change); 3] = [
        ("the bootstrap is Patroni's", |c| c.facts.config = None),
        ("nobody leads", |c| c.lock(None, 6)),
        ("the primary does not answer", |c| c.put(0, State::Silent)),
    ];
    for (why, change) in table {
        let cluster = Cluster::of(2).with(|c| {
            wants(c);
            recorded(c);
            change(c);
        });
        assert_eq!(patched(&cluster), None, "{why}");
    }

    // With no member nothing is to be done, and that is in order.
    let none = Cluster::of(1).with(|c| {
        wants(c);
        recorded(c);
        c.manifest.spec.number_of_instances = 0;
    });
    assert_eq!(patched(&none), None);
    assert_eq!(
        work::left(&none.view(), &Assessment::new(&none.view())),
        None
    );

    // Members take it up within a loop; then they are asked.
    let mut cluster = Cluster::of(2).with(|c| c.facts.patched = asked(5, &json!({})));
    assert_eq!(names(&cluster), [""; 0]);
    assert_eq!(cluster.status().postgres_cluster_status, "Updating");
    cluster.facts.patched = asked(20, &json!({}));
    cluster.age(Duration::from_secs(9));
    assert_eq!(names(&cluster), ["ask"]);
    cluster.age(Duration::from_secs(3));
    assert_eq!(cluster.status().postgres_cluster_status, "Running");
}

fn pending(cluster: &mut Cluster, ordinal: i32, reasons: &[Reason]) {
    let reason = |(name, old, new): &Reason| {
        let reason = json!({"old_value": old.to_string(), "new_value": new});
        ((*name).to_owned(), reason)
    };
    cluster.says(ordinal, |answer| {
        answer.pending_restart = true;
        answer.pending_restart_reason = reasons.iter().map(reason).collect();
    });
}

#[test]
fn who_is_restarted_first() {
    let up = ("max_connections", 100, 200);
    let down = ("max_connections", 200, 100);
    let other = ("wal_buffers", 200, 100);
    let table: [(&str, &[i32], &[Reason], i32); 6] = [
        ("more", &[0, 1, 2], &[up], 1),
        ("less", &[0, 1, 2], &[down], 0),
        ("less of something else", &[0, 1, 2], &[other], 1),
        ("both", &[0, 1, 2], &[down, up], 1),
        ("an older Patroni does not say", &[0, 2], &[], 2),
        ("only the primary", &[0], &[up], 0),
    ];
    for (what, who, reasons, expected) in table {
        let mut cluster = Cluster::of(3);
        for ordinal in who {
            pending(&mut cluster, *ordinal, reasons);
        }
        let made = call(&cluster).expect("a call");
        assert_eq!(made.member, member(expected), "{what}");
        assert_eq!(made.request, PatroniRequest::RestartPending);
        assert_eq!(made.expect, cluster.view().expected_leader());
        assert_eq!(cluster.plan().current.expect("the slot").kind, "restart");
    }
}

#[test]
fn restarts_one_after_another() {
    let both = || {
        Cluster::of(3).with(|c| {
            pending(c, 1, &[]);
            pending(c, 0, &[]);
        })
    };
    let asked = both().with(|c| c.called("manifest", "db-1", 3, None));
    assert_eq!(names(&asked), [""; 0], "not again within its patience");
    let table: [(&str, Change); 4] = [
        ("another is down", |c| c.put(2, State::Silent)),
        ("it is down itself", |c| {
            c.says(1, |answer| answer.state = "restarting".to_owned());
        }),
        ("Patroni is paused", |c| c.config(json!({"pause": true}))),
        ("facts are old", |c| c.age(Duration::from_secs(3))),
    ];
    for (why, change) in table {
        assert_eq!(call(&both().with(change)), None, "{why}");
    }
    let next = both().with(|c| {
        c.says(1, |answer| answer.pending_restart = false);
        c.called("manifest", "db-1", 3, None);
    });
    assert_eq!(call(&next).expect("a call").member, member(0));
    // The primary waits for its window.
    let window = next.with(|c| {
        c.manifest.spec.maintenance_windows = Some(vec!["01:00-02:00".to_owned()]);
    });
    assert_eq!(call(&window), None);
}

#[test]
fn a_restart_that_brings_nothing_is_not_repeated_for_ever() {
    let mut cluster = Cluster::of(2).with(|c| pending(c, 1, &[]));
    cluster.facts.note_restart(&member(1));
    assert!(call(&cluster).is_some(), "a replica may need two");
    cluster.facts.note_restart(&member(1));
    assert_eq!(call(&cluster), None);
    let status = cluster.status();
    assert_eq!(status.postgres_cluster_status, "UpdateFailed");
    // Another configuration is another matter, and so is another primary: it may have had more.
    let mut other = Cluster::of(2).with(|c| pending(c, 1, &[]));
    (0..2).for_each(|_| other.facts.note_restart(&member(1)));
    other.config(json!({"ttl": 31}));
    assert!(call(&other).is_some());
    cluster.lock(Some(&member(0)), 6);
    assert!(call(&cluster).is_some());
    // But where each restart of the primary moves it, that has an end.
    let mut moves = Cluster::of(2).with(|c| pending(c, 0, &[]));
    for transitions in 6..8 {
        assert!(call(&moves).is_some());
        moves.facts.note_restart(&member(0));
        moves.lock(Some(&member(0)), transitions);
    }
    assert_eq!(call(&moves), None);
}
