use pg_core::{patroni::MemberAnswer, postgresql::Postgresql};
use serde_json::json;

use super::*;
use crate::observe::{
    facts::Answer,
    object::{RawChild, RawClaim},
};

/// A live read goes ahead of the watch, which then tells what was before.
#[test]
fn a_leader_that_was_is_no_news() {
    let mut world = World::new(Labels {
        cluster_name: "cluster-name".to_owned(),
        role: "spilo-role".to_owned(),
        ready_node: Default::default(),
    });
    let mut tell = |version: &str, leader: &str| {
        let meta = serde_json::from_value(json!({
            "name": "main-leader", "namespace": "n", "uid": "u", "resourceVersion": version,
            "labels": {"cluster-name": "main"}, "annotations": {"leader": leader},
        }));
        let heard = world
            .patroni(&meta.expect("metadata"), Duration::ZERO)
            .is_some();
        let (_, facts) = world.clusters().next().expect("one");
        (heard, facts.leader().expect("a leader").to_owned())
    };
    assert_eq!(tell("7", "main-0"), (true, "main-0".to_owned()));
    assert_eq!(tell("9", "main-1"), (true, "main-1".to_owned()));
    assert_eq!(tell("8", "main-0"), (false, "main-1".to_owned()));
}

#[test]
fn a_child_with_another_label_is_missed() {
    let mut world = World::new(Labels {
        cluster_name: "cluster-name".to_owned(),
        role: "spilo-role".to_owned(),
        ready_node: Default::default(),
    });
    let raw = |version: &str, cluster: &str| -> RawChild {
        let value = json!({"metadata": {
            "name": "main", "namespace": "n", "uid": "u", "resourceVersion": version,
            "labels": {"cluster-name": cluster},
        }});
        serde_json::from_value(value).expect("a child")
    };
    let (ours, bent) = (raw("1", "main"), raw("2", "bent"));
    assert!(world.child("Service", &ours).is_some());
    assert!(world.relabelled("Service", &ours.metadata).is_empty());
    let lost = world.relabelled("Service", &bent.metadata);
    assert_eq!(
        lost,
        world.key(&ours.metadata).into_iter().collect::<Vec<_>>()
    );
    assert!(world.child("Service", &bent).is_some());
    assert!(world.snapshot(&lost[0]).is_none());
}

#[test]
fn a_listed_child_and_a_watched_one_are_the_same() {
    let raw = |extra: serde_json::Value| -> RawChild {
        let mut value = json!({
            "metadata": {"name": "main", "namespace": "n", "uid": "u", "labels": {"cluster-name": "main"}},
            "spec": {"replicas": 2},
            "status": {"replicas": 2},
        });
        value
            .as_object_mut()
            .expect("an object")
            .extend(extra.as_object().expect("an object").clone());
        serde_json::from_value(value).expect("a child")
    };
    let listed = LiveChild::new("StatefulSet", &raw(json!({})));
    let watched = LiveChild::new(
        "StatefulSet",
        &raw(json!({"apiVersion": "apps/v1", "kind": "StatefulSet"})),
    );
    assert_eq!(listed, watched);
    assert_eq!(listed.value()["kind"], "StatefulSet");
    assert!(listed.value().get("status").is_none());
}

#[test]
fn a_world_that_begins_anew_tells_nothing_before_it_is_whole() {
    let labels = |name: &str| Labels {
        cluster_name: name.to_owned(),
        role: "spilo-role".to_owned(),
        ready_node: Default::default(),
    };
    let manifest = || -> Guarded<Postgresql> {
        let value = json!({
            "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
            "metadata": {"name": "main", "namespace": "n", "uid": "u", "resourceVersion": "7"},
            "spec": {
                "teamId": "a", "numberOfInstances": 1,
                "postgresql": {"version": "17"}, "volume": {"size": "1Gi"},
            },
        });
        serde_json::from_value(value).expect("a manifest")
    };
    let mut world = World::new(labels("cluster-name"));
    let key = world.manifest(manifest()).expect("news");
    assert!(world.snapshot(&key).is_some());

    let first = world.begin(labels("pg"), Store::ConfigMaps);
    assert_eq!(world.clusters().count(), 0);
    let second = world.begin(labels("pg"), Store::ConfigMaps);
    assert!(world.is_generation(second) && !world.is_generation(first));
    assert_eq!(
        world.manifest(manifest()),
        Some(key.clone()),
        "it is news again"
    );
    assert!(world.snapshot(&key).is_none(), "not everything was listed");
    world.completed();
    assert!(world.snapshot(&key).is_some());
}

/// Whatever kind it is of, and only the object that it was.
#[test]
fn whatever_gets_another_label_is_missed() {
    let mut world = World::new(Labels {
        cluster_name: "cluster-name".to_owned(),
        role: "spilo-role".to_owned(),
        ready_node: Default::default(),
    });
    let meta = |name: &str, uid: &str, cluster: &str| -> Meta {
        let value = json!({
            "name": name, "namespace": "n", "uid": uid, "resourceVersion": "1",
            "labels": {"cluster-name": cluster}, "annotations": {"leader": "main-0"},
        });
        serde_json::from_value(value).expect("metadata")
    };
    let pod: RawPod = serde_json::from_value(json!({"metadata": {
        "name": "main-0", "namespace": "n", "uid": "p", "labels": {"cluster-name": "main"},
    }}))
    .expect("a pod");
    world.pod(&pod);
    world.patroni(&meta("main-leader", "c", "main"), Duration::ZERO);
    world.claim(&RawClaim {
        metadata: meta("pgdata-main-0", "v", "main"),
        ..RawClaim::default()
    });
    let key = world.key(&pod.metadata).expect("a key");
    let facts = |world: &World| world.snapshot(&key).unwrap_or_default();
    for (kind, name, uid) in [
        ("PersistentVolumeClaim", "pgdata-main-0", "v"),
        ("ConfigMap", "main-leader", "c"),
        ("Pod", "main-0", "p"),
    ] {
        let other = world.relabelled(kind, &meta(name, "another", "bent"));
        assert!(other.is_empty(), "{kind}: it is not the one");
        assert!(world.relabelled(kind, &meta(name, uid, "main")).is_empty());
        let lost = world.relabelled(kind, &meta(name, uid, "bent"));
        assert_eq!(lost, vec![key.clone()]);
    }
    assert!(facts(&world).is_empty() && facts(&world).leader.is_none());
}

#[test]
fn a_node_is_news_when_it_begins_or_ends_to_take_pods() {
    let mut world = World::new(Labels {
        cluster_name: "cluster-name".to_owned(),
        role: "spilo-role".to_owned(),
        ready_node: Default::default(),
    });
    let pod = serde_json::from_value(json!({
        "metadata": {"name": "main-0", "namespace": "n", "uid": "p", "resourceVersion": "1",
            "labels": {"cluster-name": "main"}},
        "spec": {"nodeName": "n1"},
    }));
    let key = world.pod(&pod.expect("a pod")).expect("a cluster");
    let node = |name: &str, unschedulable: bool| {
        let node = json!({"metadata": {"name": name, "uid": name}, "spec": {"unschedulable": unschedulable}});
        serde_json::from_value::<RawNode>(node).expect("a node")
    };
    let table: [(&str, bool, usize, usize); 6] = [
        ("n1", false, 0, 0),
        ("n2", true, 0, 0),
        ("n1", true, 1, 1),
        ("n1", true, 0, 1),
        ("n1", false, 1, 0),
        ("n1", true, 1, 1),
    ];
    for (row, (name, unschedulable, told, seen)) in table.into_iter().enumerate() {
        assert_eq!(
            world.node(&node(name, unschedulable)).len(),
            told,
            "row {row}"
        );
        let facts = world.snapshot(&key).expect("a cluster");
        assert_eq!(facts.cordoned.len(), seen, "row {row}");
    }
    world.listed(
        crate::observe::listed::Listed::Nodes,
        "",
        &["n2".to_owned()].into(),
    );
    assert!(world.snapshot(&key).expect("a cluster").cordoned.is_empty());
}

/// The answer to the write that took the finalizer off comes after the watch has told the end.
#[test]
fn a_late_answer_brings_nothing_back() {
    let mut world = World::new(Labels {
        cluster_name: "cluster-name".to_owned(),
        role: "spilo-role".to_owned(),
        ready_node: Default::default(),
    });
    let manifest = |version: &str| -> Guarded<Postgresql> {
        serde_json::from_value(json!({
            "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
            "metadata": {
                "name": "main", "namespace": "n", "uid": "u", "resourceVersion": version,
            },
            "spec": {
                "teamId": "acid", "numberOfInstances": 1, "volume": {"size": "1Gi"},
                "postgresql": {"version": "17"},
            },
        }))
        .expect("a manifest")
    };
    assert!(world.manifest(manifest("7")).is_some());
    assert!(world.manifest_gone(&manifest("9").metadata).is_some());
    for late in ["7", "9"] {
        assert_eq!(world.manifest(manifest(late)), None, "{late}");
        assert_eq!(world.clusters().count(), 0, "{late}");
    }
    // Out of sight for a while, by its labels.
    assert!(world.manifest(manifest("10")).is_some());
}

/// With Endpoints as Patroni's store one object is the lock and the Service's: a heartbeat is no
/// news, a new leader is, and so are labels that somebody changed.
#[test]
fn endpoints_are_lock_and_child() {
    let mut world = World::new(Labels {
        cluster_name: "cluster-name".to_owned(),
        role: "spilo-role".to_owned(),
        ready_node: Default::default(),
    });
    world.begin(
        Labels {
            cluster_name: "cluster-name".to_owned(),
            role: "spilo-role".to_owned(),
            ready_node: Default::default(),
        },
        Store::Endpoints,
    );
    let object = |name: &str, version: u32, leader: &str, renewed: &str, team: &str| -> RawChild {
        serde_json::from_value(json!({
            "metadata": {
                "name": name, "namespace": "n", "uid": name, "resourceVersion": version.to_string(),
                "labels": {"cluster-name": "main", "team": team},
                "annotations": {"leader": leader, "renewTime": renewed, "transitions": "0"},
            },
            "subsets": [{"addresses": [{"ip": "10.0.0.1"}]}],
        }))
        .expect("an object")
    };
    let at = Duration::ZERO;
    let first = object("main", 1, "main-0", "2026-11-21T00:00:00Z", "a");
    assert!(world.endpoints(&first, at).is_some());
    let beat = object("main", 2, "main-0", "2026-11-21T00:00:10Z", "a");
    assert!(world.endpoints(&beat, at).is_none(), "a heartbeat");
    let next = object("main", 3, "main-1", "2026-11-21T00:00:20Z", "a");
    assert!(world.endpoints(&next, at).is_some(), "another leader");
    let edited = object("main", 4, "main-1", "2026-11-21T00:00:20Z", "b");
    assert!(world.endpoints(&edited, at).is_some(), "another label");
    let foreign = object("main-repl", 5, "", "", "a");
    assert!(world.endpoints(&foreign, at).is_none(), "Kubernetes' own");

    let (_, facts) = world.clusters().next().expect("one");
    assert_eq!(facts.leader(), Some("main-1"));
    let child = &facts.children[&("Endpoints", "main".to_owned())];
    assert!(!child.body.contains("10.0.0.1") && !child.body.contains("renewTime"));
    assert_eq!(facts.children.len(), 1);
    assert_eq!(facts.patroni_objects.len(), 1);

    assert!(world.patroni_gone(&edited.metadata).is_some());
    assert!(world.clusters().next().is_none(), "nothing of it is left");
}

/// While all clusters are listed, one that was read by itself can be planned; the others cannot.
#[test]
fn a_cluster_can_be_known_before_all_are() {
    let labels = Labels {
        cluster_name: "cluster-name".to_owned(),
        role: "spilo-role".to_owned(),
        ready_node: Default::default(),
    };
    let mut world = World::new(labels.clone());
    world.begin(labels, Store::ConfigMaps);
    let key = |name: &str| Key {
        namespace: "n".to_owned(),
        name: name.to_owned(),
    };
    for name in ["one", "two"] {
        let manifest = json!({
            "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
            "metadata": {"name": name, "namespace": "n", "uid": name, "resourceVersion": "1"},
            "spec": {"teamId": "t", "numberOfInstances": 1, "postgresql": {"version": "17"},
                     "volume": {"size": "1Gi"}},
        });
        world.manifest(serde_json::from_value(manifest).expect("a manifest"));
    }
    for kind in Listed::OF_ALL {
        assert!(!world.is_nearly_complete(), "{kind:?} is missing");
        let seen = ["one", "two"].map(str::to_owned).into();
        world.listed(kind, "", &seen);
    }
    assert!(world.is_nearly_complete());
    assert!(world.snapshot(&key("one")).is_none());
    world.knows(&key("one"));
    world.knows(&key("never seen"));
    assert!(world.snapshot(&key("one")).is_some());
    assert!(world.snapshot(&key("two")).is_none());
    assert!(!world.is_known(&key("never seen")));
    world.completed();
    assert!(world.snapshot(&key("two")).is_some());
}

/// As in Zalando's operator (reference/zalando.md §3.11).
#[test]
fn nodes_that_are_ready_by_label_or_of_the_control_plane_keep_their_members() {
    let ready = json!({"lifecycle-status": "ready"});
    let table = [
        (json!({}), json!({}), true),
        (json!({}), json!({"master": "true"}), false),
        (json!({}), json!({"master": "false"}), true),
        (ready.clone(), ready.clone(), false),
        (ready.clone(), json!({"lifecycle-status": "draining"}), true),
        (ready.clone(), json!({}), true),
    ];
    for (configured, labels, left) in table {
        let mut world = World::new(Labels {
            cluster_name: "cluster-name".to_owned(),
            role: "spilo-role".to_owned(),
            ready_node: serde_json::from_value(configured.clone()).expect("labels"),
        });
        let pod = serde_json::from_value(json!({
            "metadata": {"name": "main-0", "namespace": "n", "uid": "p", "resourceVersion": "1",
                "labels": {"cluster-name": "main"}},
            "spec": {"nodeName": "n1"},
        }));
        let key = world.pod(&pod.expect("a pod")).expect("a cluster");
        let node = json!({"metadata": {"name": "n1", "uid": "u", "labels": labels},
            "spec": {"unschedulable": true}});
        let node = serde_json::from_value::<RawNode>(node).expect("a node");
        assert_eq!(
            world.node(&node).len(),
            usize::from(left),
            "{configured} {labels}"
        );
        let facts = world.snapshot(&key).expect("a cluster");
        assert_eq!(facts.cordoned.contains("n1"), left, "{configured} {labels}");
    }
}

/// Where namespaces are listed one by one, what cannot be listed in one of them is not gone, and
/// holds up no other.
#[test]
fn a_namespace_that_cannot_be_listed_is_not_empty() {
    let labels = Labels {
        cluster_name: "cluster-name".to_owned(),
        role: "spilo-role".to_owned(),
        ready_node: Default::default(),
    };
    let mut world = World::new(labels.clone());
    world.begin(labels, Store::ConfigMaps);
    world.by_namespace();
    let key = |namespace: &str| Key {
        namespace: namespace.to_owned(),
        name: "main".to_owned(),
    };
    for namespace in ["open", "closed"] {
        let manifest = json!({
            "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
            "metadata": {"name": "main", "namespace": namespace, "uid": namespace,
                "resourceVersion": "1"},
            "spec": {"teamId": "t", "numberOfInstances": 1, "postgresql": {"version": "17"},
                     "volume": {"size": "1Gi"}},
        });
        world.manifest(serde_json::from_value(manifest).expect("a manifest"));
        let pod = json!({
            "metadata": {"name": "main-0", "namespace": namespace, "uid": format!("pod-{namespace}"),
                "resourceVersion": "1", "labels": {"cluster-name": "main"}},
        });
        world.pod(&serde_json::from_value(pod).expect("a pod"));
    }
    let pods = |world: &World, namespace: &str| {
        let facts = world.facts(&key(namespace));
        facts.map_or(0, |facts| facts.pods.len())
    };
    assert_eq!(world.saw_all_in("open"), [key("open")]);
    assert!(
        world.snapshot(&key("open")).is_none(),
        "not before manifests were listed"
    );
    world.completed();
    assert!(world.snapshot(&key("open")).is_some());
    assert!(
        world.snapshot(&key("closed")).is_none(),
        "nobody has looked there"
    );

    assert_eq!(world.refused_in("closed", "no pods"), [key("closed")]);
    assert!(
        world.refused_in("closed", "no pods").is_empty(),
        "it is no news"
    );
    assert_eq!(world.refusal_in("closed"), Some("no pods"));
    assert!(!world.is_awaited(&key("closed")));
    assert!(world.snapshot(&key("closed")).is_none());

    // A list of one namespace says nothing of another.
    let none = HashSet::new();
    assert_eq!(world.listed(Listed::Pods, "open", &none), [key("open")]);
    assert_eq!((pods(&world, "open"), pods(&world, "closed")), (0, 1));

    // Rights are given, and taken again.
    world.unseen_in("closed");
    assert_eq!(world.refusal_in("closed"), None);
    assert!(world.is_awaited(&key("closed")) && !world.is_awaited(&key("open")));
    assert!(world.snapshot(&key("closed")).is_none(), "not listed yet");
    assert_eq!(world.saw_all_in("closed"), [key("closed")]);
    assert!(world.snapshot(&key("closed")).is_some());
    assert_eq!(world.refused_in("closed", "gone"), [key("closed")]);
    assert!(world.snapshot(&key("closed")).is_none());
    assert_eq!(pods(&world, "closed"), 1);
    assert_eq!(world.namespaces().len(), 2);
}

/// Annotations are seen, and make nobody look or ask again; Patroni's word does.
#[test]
fn annotations_are_no_news() {
    let mut world = World::new(Labels {
        cluster_name: "cluster-name".to_owned(),
        role: "spilo-role".to_owned(),
        ready_node: Default::default(),
    });
    let meta = |name: &str, version: &str, annotations: serde_json::Value| {
        json!({"metadata": {
            "name": name, "namespace": "n", "uid": "u", "resourceVersion": version,
            "labels": {"cluster-name": "main"}, "annotations": annotations,
        }})
    };
    let pod = |version: &str, annotations| -> RawPod {
        serde_json::from_value(meta("main-0", version, annotations)).expect("a pod")
    };
    let claim = |version: &str, annotations| -> RawClaim {
        serde_json::from_value(meta("pgdata-main-0", version, annotations)).expect("a claim")
    };
    let key = world.pod(&pod("1", json!({}))).expect("news");
    assert!(world.claim(&claim("1", json!({}))).is_some());
    let answer = || Answer {
        at: Duration::ZERO,
        result: Ok(MemberAnswer::default()),
    };
    world.update(&key, |facts| {
        facts.members.insert("main-0".to_owned(), answer());
    });
    assert!(world.pod(&pod("2", json!({"a": "1"}))).is_none());
    assert!(world.claim(&claim("2", json!({"a": "1"}))).is_none());
    let facts = world.facts(&key).expect("facts");
    assert!(facts.answer("main-0").is_some());
    let a = [("a".to_owned(), "1".to_owned())].into();
    assert_eq!(facts.pods["main-0"].annotations.tree(), a);
    assert_eq!(facts.claims["pgdata-main-0"].annotations.tree(), a);
    let word = json!({"a": "1", "status": r#"{"state":"stopped"}"#});
    assert!(world.pod(&pod("3", word)).is_some());
    let facts = world.facts(&key).expect("facts");
    assert!(facts.answer("main-0").is_none());
    assert_eq!(facts.pods["main-0"].annotations.tree(), a);
}
