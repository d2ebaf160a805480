//! Rolling updates: which pod goes, when, and what is waited for.

use std::time::Duration;

use pg_core::{
    operation::{Action as Asked, Failover, Phase},
    patroni::{ClusterConfig, ReplicationRow},
    postgresql::status::condition,
};
use serde_json::{Value, json};

use super::{
    Action, Cluster, PatroniRequest, State, call, member, names, operations::restart, steps,
    written,
};
use crate::{
    desired::ChildKind,
    observe::{annotations::Annotations, facts::Trouble},
    plan::{action::Current, tests::cluster::NOW},
};

type Change = fn(&mut Cluster);

pub fn template(image: &str, note: &str) -> Value {
    json!({
        "metadata": {"annotations": {"note": note}},
        "spec": {"containers": [{"name": "postgres", "image": image}]},
    })
}

/// All members were made from an older image, but those that are named.
pub fn outdated(members: i32, but: &[i32]) -> Cluster {
    Cluster::of(members).with(|c| {
        for child in &mut c.children {
            if child.kind == ChildKind::StatefulSet {
                child.body["spec"]["template"] = template("image:2", "a");
                let live = crate::plan::tests::cluster::live(child);
                let id = (child.kind.kind(), child.name.clone());
                c.facts.children.insert(id.clone(), live);
                let applied = crate::plan::children::applied_hash(child);
                c.facts.applied.insert(id, applied);
            }
        }
        c.settle();
        reads(c, "old", Some(template("image:1", "a")));
        for pod in c.facts.pods.values_mut() {
            let note = ("note".to_owned(), "a".to_owned());
            pod.annotations = Annotations::new(&[note].into());
        }
        for ordinal in (0..members).filter(|ordinal| !but.contains(ordinal)) {
            made_from(c, ordinal, "old");
        }
    })
}

fn reads(cluster: &mut Cluster, revision: &str, template: Option<Value>) {
    let template = template.map(|template| template.to_string().into());
    cluster
        .facts
        .revisions
        .insert(revision.to_owned(), template);
}

pub fn made_from(cluster: &mut Cluster, ordinal: i32, revision: &str) {
    let pod = cluster.facts.pods.get_mut(&member(ordinal)).expect("a pod");
    pod.revision = Some(revision.to_owned());
}

fn flag(cluster: &mut Cluster, ordinal: i32) {
    let pod = cluster.facts.pods.get_mut(&member(ordinal)).expect("a pod");
    pod.must_restart = true;
}

/// It does not answer, and Kubernetes says that a container ends again and again.
fn crashes(cluster: &mut Cluster, ordinal: i32) {
    cluster.put(ordinal, State::Silent);
    made_from(cluster, ordinal, "old");
    let pod = cluster.facts.pods.get_mut(&member(ordinal)).expect("a pod");
    pod.trouble = Some("CrashLoopBackOff: back-off".to_owned());
}

fn strays(cluster: &mut Cluster, ordinal: i32) {
    cluster.says(ordinal, |answer| {
        answer.replication_state = Some("starting".to_owned());
    });
}

fn streams(ordinal: i32) -> ReplicationRow {
    ReplicationRow {
        application_name: member(ordinal),
        state: "streaming".to_owned(),
        sync_state: "async".to_owned(),
    }
}

/// The pod that is restarted, if one is; then nothing else is done.
pub fn restarted(cluster: &Cluster) -> Option<String> {
    match cluster.actions().as_slice() {
        [
            Action::RestartPod {
                pod,
                uid,
                version,
                expect,
            },
        ] => {
            assert_eq!(*uid, format!("uid-of-{pod}"));
            // Judged by the watch alone.
            let judged = &cluster.facts.pods[pod];
            let pending = (!judged.is_running()).then(|| judged.resource_version.clone());
            assert_eq!(*version, pending);
            assert_eq!(*expect, cluster.view().expected_leader());
            Some(pod.clone())
        }
        actions => {
            let any = actions
                .iter()
                .any(|a| matches!(a, Action::RestartPod { .. }));
            assert!(!any, "not alone: {actions:?}");
            None
        }
    }
}

fn condition_of(cluster: &Cluster, type_: &str) -> (String, String, String) {
    let conditions = cluster.status().conditions;
    let found = conditions.into_iter().find(|c| c.type_ == type_);
    let found = found.expect("a condition");
    (found.status, found.reason, found.message)
}

#[test]
fn who_goes() {
    let table: [(&str, Option<i32>, Cluster); 20] = [
        ("replicas first", Some(1), outdated(3, &[])),
        ("one after another", Some(2), outdated(3, &[1])),
        ("the only member at once", Some(0), outdated(1, &[])),
        ("nobody", None, outdated(3, &[0, 1, 2])),
        (
            "by annotation",
            Some(1),
            Cluster::of(2).with(|c| flag(c, 1)),
        ),
        (
            "the primary, alone",
            Some(0),
            Cluster::of(1).with(|c| flag(c, 0)),
        ),
        (
            "an annotation of the pods restarts nothing",
            None,
            outdated(3, &[]).with(|c| reads(c, "old", Some(template("image:2", "b")))),
        ),
        (
            "a lazy upgrade restarts nothing",
            None,
            outdated(3, &[]).with(|c| c.configuration.enable_lazy_spilo_upgrade = true),
        ),
        (
            "nobody can tell what the pods were made from",
            None,
            outdated(3, &[]).with(|c| reads(c, "old", None)),
        ),
        (
            "one that does not start goes before those that serve",
            Some(2),
            outdated(3, &[]).with(|c| {
                c.put(2, State::Pending);
                made_from(c, 2, "old");
            }),
        ),
        (
            "one that failed goes, and nobody leads",
            Some(0),
            outdated(2, &[]).with(|c| {
                c.put(0, State::Broken);
                c.put(1, State::Broken);
                c.lock(None, 6);
                made_from(c, 0, "old");
                made_from(c, 1, "old");
            }),
        ),
        (
            "one that leads may live although it does not answer",
            None,
            outdated(1, &[]).with(|c| {
                c.put(0, State::Silent);
                made_from(c, 0, "old");
            }),
        ),
        (
            "replicas that look for the primary",
            None,
            outdated(3, &[]).with(|c| {
                strays(c, 1);
                strays(c, 2);
            }),
        ),
        (
            "one that has not found it for a minute",
            Some(1),
            outdated(3, &[]).with(|c| {
                strays(c, 1);
                strays(c, 2);
                c.facts.waits_for = Some((member(1), NOW - Duration::from_secs(61)));
            }),
        ),
        (
            "one that crashes is mended",
            Some(1),
            outdated(2, &[0]).with(|c| crashes(c, 1)),
        ),
        (
            "one that crashes and does not answer, but gets WAL",
            None,
            outdated(2, &[0]).with(|c| {
                crashes(c, 1);
                c.says(0, |answer| answer.replication = vec![streams(1)]);
            }),
        ),
        (
            "one that crashes and does not answer, but renews the lock",
            None,
            outdated(1, &[]).with(|c| crashes(c, 0)),
        ),
        (
            "what Zalando's operator holds is not applied yet",
            None,
            outdated(3, &[]).with(|c| {
                let set = c.facts.children.get_mut(&("StatefulSet", "db".to_owned()));
                set.expect("one").owners.zalando = true;
            }),
        ),
        (
            "a member that is given up",
            None,
            outdated(3, &[0, 1]).with(|c| c.manifest.spec.number_of_instances = 2),
        ),
        (
            "in Patroni's pause nothing would start again",
            None,
            outdated(3, &[]).with(|c| c.config(json!({"pause": true}))),
        ),
    ];
    for (why, expected, cluster) in table {
        assert_eq!(restarted(&cluster), expected.map(member), "{why}");
    }
}

#[test]
fn waits_for_each() {
    let table: [(&str, Change); 5] = [
        ("wait for db-1: terminating", |c| {
            let pod = c.facts.pods.get_mut(&member(1)).expect("a pod");
            pod.deleting = true;
            c.facts.members.remove(&member(1));
        }),
        ("wait for db-1: no pod", |c| c.put(1, State::Gone)),
        ("wait for db-1: Unschedulable: no node", |c| {
            c.put(1, State::Pending)
        }),
        ("wait for db-1: start failed", |c| c.put(1, State::Broken)),
        ("wait for db-1: does not answer", |c| {
            c.put(1, State::Silent)
        }),
    ];
    for (step, change) in table {
        let cluster = outdated(3, &[1]).with(change);
        assert_eq!(restarted(&cluster), None, "{step}");
        let plan = cluster.plan();
        let current = plan.current.expect("the slot");
        let expected = Current {
            kind: "rolling update".to_owned(),
            reason: "manifest".to_owned(),
            step: step.to_owned(),
        };
        assert_eq!(current, expected);
        assert_eq!(plan.waits_for, Some(member(1)));
    }
}

#[test]
fn stops_where_a_replica_does_not_come_back() {
    let waited = |seconds: u64, state| {
        outdated(3, &[1]).with(|c| {
            c.put(1, state);
            c.facts.waits_for = Some((member(1), NOW - Duration::from_secs(seconds)));
        })
    };
    let table = [
        (599, State::Silent, false),
        (601, State::Silent, true),
        // It says itself that it will not.
        (59, State::Pending, false),
        (61, State::Pending, true),
    ];
    for (seconds, state, stopped) in table {
        let cluster = waited(seconds, state);
        let plan = cluster.plan();
        assert_eq!(plan.current.is_none(), stopped, "{seconds} {state:?}");
        assert_eq!(plan.waits_for, Some(member(1)), "it goes on by itself");
        let said = condition_of(&cluster, condition::PROGRESSING);
        let reason = if stopped {
            "RollingUpdateStopped"
        } else {
            "Working"
        };
        assert_eq!(said.1, reason, "{said:?}");
        assert_eq!(said.0 == "True", !stopped);
        assert!(said.2.contains("db-1"), "{said:?}");
    }
    let stopped = waited(601, State::Silent);
    assert_eq!(stopped.status().postgres_cluster_status, "UpdateFailed");
    // Another one may be mended meanwhile.
    let mut mending = stopped;
    mending.asked("op", Asked::Restart(Default::default()), |_| {});
    let status = written(&mending, "op").expect("a decision");
    assert_eq!(status.phase, Phase::Running);
}

#[test]
fn the_primary_hands_over_and_goes_last() {
    let last = || outdated(3, &[1, 2]);
    let request = |candidate| PatroniRequest::Switchover {
        leader: member(0),
        candidate: member(candidate),
    };
    let made = call(&last()).expect("a call");
    assert_eq!(made.request, request(1));
    assert_eq!(made.expect, last().view().expected_leader());
    let furthest = last().with(|c| {
        c.says(2, |answer| {
            answer.xlog.as_mut().expect("positions").received_location = Some(2000);
        });
    });
    assert_eq!(call(&furthest).expect("a call").request, request(2));
    let synchronous = last().with(|c| c.synchronous(&[2]));
    assert_eq!(call(&synchronous).expect("a call").request, request(2));
    // One that is far behind is none, and the primary says so in one query.
    let behind = last().with(|c| c.lacks(&[(1, 1 << 21), (2, 0)]));
    assert_eq!(call(&behind).expect("a call").request, request(2));
    let all_behind = last().with(|c| c.lacks(&[(1, 1 << 21), (2, 1 << 21)]));
    assert!(call(&all_behind).is_none() && restarted(&all_behind).is_none());
    let unasked = last().with(|c| c.facts.replication = None);
    assert_eq!(names(&unasked), ["ask replication"]);
    let asked = last().with(|c| c.called("manifest", "db-1", 3, None));
    assert!(call(&asked).is_none() && restarted(&asked).is_none());
    let again = last().with(|c| c.called("manifest", "db-1", 16, None));
    assert!(call(&again).is_some());
    let nobody = last().with(|c| c.synchronous(&[]));
    assert!(call(&nobody).is_none() && restarted(&nobody).is_none());
    let left = condition_of(&nobody, condition::PROGRESSING);
    assert!(left.2.contains("no other member can take over"), "{left:?}");
    // Afterwards it is a replica like any other.
    let after = last().with(|c| {
        c.put(0, State::Follows);
        c.put(1, State::Leads);
        made_from(c, 0, "old");
    });
    assert_eq!(restarted(&after), Some(member(0)));
}

#[test]
fn windows_are_the_primarys() {
    // It is noon.
    let closed = |members: i32, but: &[i32]| {
        outdated(members, but).with(|c| {
            c.manifest.spec.maintenance_windows = Some(vec!["01:00-02:00".to_owned()]);
        })
    };
    assert_eq!(restarted(&closed(2, &[])), Some(member(1)), "replicas go");
    for (members, but) in [(1, &[][..]), (2, &[1][..])] {
        let waits = closed(members, but);
        assert_eq!(names(&waits), [""; 0]);
        assert_eq!(waits.plan().current, None, "the slot is free");
        let said = condition_of(&waits, condition::PROGRESSING);
        assert_eq!(said.1, "WaitsForWindow", "{said:?}");
        assert_eq!(condition_of(&waits, condition::READY).0, "False");
        let off = waits.with(|c| c.configuration.enable_maintenance_windows = false);
        assert!(restarted(&off).is_some() || call(&off).is_some());
    }
}

#[test]
fn what_is_looked_at_first() {
    let unread = outdated(2, &[]).with(|c| c.facts.revisions.clear());
    assert_eq!(unread.actions(), [Action::ReadRevision("old".to_owned())]);
    assert_eq!(condition_of(&unread, condition::READY).0, "False");

    let mut stale = outdated(2, &[]);
    stale.age(Duration::from_millis(2100));
    assert_eq!(names(&stale), ["ask"]);
    for answer in stale.facts.members.values_mut() {
        answer.at = NOW;
    }
    assert_eq!(names(&stale), ["read leader"]);

    // The StatefulSet's controller makes pods from what it has seen.
    let unseen = outdated(2, &[]).with(|c| {
        let set = c.facts.children.get_mut(&("StatefulSet", "db".to_owned()));
        set.expect("one").revision = None;
    });
    assert_eq!(names(&unseen), [""; 0]);
    // And one that is being replaced makes none.
    let id = ("StatefulSet", "db".to_owned());
    let replaced = outdated(2, &[]).with(|c| drop(c.facts.children.remove(&id)));
    assert_eq!(restarted(&replaced), None);
    // What a new pod needs is made first.
    let missing = outdated(2, &[]).with(|c| {
        drop(c.facts.children.remove(&("Service", "db".to_owned())));
    });
    assert_eq!(names(&missing), ["apply"]);
    let refused = missing.with(|c| {
        let what = "apply Service db".to_owned();
        let (message, times) = ("no".to_owned(), 3);
        let trouble = Trouble {
            at: NOW,
            message,
            times,
        };
        c.facts.troubles.insert(what, trouble);
    });
    assert_eq!(restarted(&refused), Some(member(1)));
}

/// The member that is given up could take over from the one that stays, and take along the rows.
#[test]
fn a_member_that_was_given_up_is_waited_for() {
    let cluster = outdated(1, &[]).with(|c| c.put(1, State::Follows));
    assert_eq!(restarted(&cluster), None);
    let step = cluster.plan().current.expect("the slot").step;
    assert_eq!(step, "wait until db-1 is gone");
}

#[test]
fn the_slot_is_one() {
    let busy = outdated(3, &[]).with(|c| steps::on(c, restart(None)));
    assert_eq!(restarted(&busy), None, "an operation holds it");
    let refused = outdated(3, &[]).with(|c| c.asked("op", restart(None), |_| {}));
    let status = written(&refused, "op");
    let rolls = restarted(&refused).is_some();
    assert!(rolls || status.expect("a decision").phase == Phase::Refused);
    // A failover does not wait for a member that may never come.
    let failover = outdated(3, &[1]).with(|c| {
        c.put(0, State::Silent);
        made_from(c, 0, "old");
        let action = Asked::Failover(Failover {
            to: None,
            accept_data_loss: true,
        });
        c.asked("op", action, |_| {});
    });
    let status = written(&failover, "op").expect("a decision");
    assert_eq!(status.phase, Phase::Running);
}

/// What it said before it was asked to restart says nothing of now.
#[test]
fn a_member_that_restarts_for_a_parameter_is_waited_for() {
    let asked = outdated(3, &[]).with(|c| {
        c.called("manifest", "db-2", 1, None);
        c.facts.asked_to_restart(&member(2));
    });
    assert_eq!(restarted(&asked), None);
    assert_eq!(asked.plan().current.expect("the slot").kind, "restart");
    let back = outdated(3, &[]).with(|c| c.called("manifest", "db-2", 1, None));
    assert_eq!(restarted(&back), Some(member(1)));
}

#[test]
fn without_patronis_config_nothing_is_paused() {
    let cluster = outdated(2, &[]).with(|c| c.facts.config = Some(ClusterConfig::default()));
    assert_eq!(restarted(&cluster), Some(member(1)));
}
