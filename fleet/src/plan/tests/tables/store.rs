//! What members find each other by does not change under them, and a StatefulSet that is not seen
//! is looked for before another is made.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Cluster, child, live, names, replicas};
use crate::{desired::ChildKind, plan::store};

fn set(replicas: i32, env: &Value) -> Value {
    let env: Vec<Value> = env
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({
        "kind": "StatefulSet",
        "spec": { "replicas": replicas, "template": { "spec": { "containers": [{ "env": env }] } } },
    })
}

/// A cluster of two whose StatefulSet has one environment and shall have another.
fn between(is: &Value, shall: &Value) -> Cluster {
    Cluster::of(2).with(|c| {
        let id = ("StatefulSet", "db".to_owned());
        let is = child(ChildKind::StatefulSet, "db", set(2, is));
        c.facts.children.insert(id, live(&is));
        c.children[1].body = set(2, shall);
    })
}

fn objection(cluster: &Cluster) -> String {
    store::objection(&cluster.view()).map_or_else(String::new, |error| error.to_string())
}

#[test]
fn what_members_meet_by_does_not_change_while_they_run() {
    let is = json!({
        "KUBERNETES_USE_CONFIGMAPS": "true", "KUBERNETES_SCOPE_LABEL": "cluster-name",
        "KUBERNETES_ROLE_LABEL": "spilo-role", "KUBERNETES_LABELS": "{}", "OTHER": "1",
    });
    let table = [
        ("OTHER", json!("2"), ""),
        (
            "KUBERNETES_USE_CONFIGMAPS",
            Value::Null,
            "kubernetes_use_configmaps",
        ),
        ("ETCD_HOST", json!("etcd:2379"), "etcd_host"),
        ("KUBERNETES_SCOPE_LABEL", json!("pg"), "cluster_name_label"),
        ("KUBERNETES_ROLE_LABEL", json!("role"), "pod_role_label"),
        (
            "KUBERNETES_LABELS",
            json!("{\"a\":\"b\"}"),
            "cluster_labels",
        ),
    ];
    for (variable, value, parameter) in table {
        let mut shall = is.clone();
        shall[variable] = value;
        let told = objection(&between(&is, &shall));
        let expected = match parameter {
            "" => told.is_empty(),
            _ => told.starts_with(&format!("configuration parameter {parameter}: ")),
        };
        assert!(expected, "{variable}: {told:?}");
    }
}

#[test]
fn without_members_it_may() {
    let other = json!({ "KUBERNETES_SCOPE_LABEL": "pg" });
    let stopped = between(&json!({}), &other).with(|c| {
        let id = ("StatefulSet", "db".to_owned());
        let none = child(ChildKind::StatefulSet, "db", set(0, &json!({})));
        c.facts.children.insert(id, live(&none));
    });
    assert!(!objection(&stopped).is_empty(), "pods are left");
    let stopped = stopped.with(|c| c.facts.pods.clear());
    assert_eq!(objection(&stopped), "");
}

#[test]
fn logins_do_not_change_where_there_are_data() {
    let from = |name: &str| json!({ "secretKeyRef": { "name": name, "key": "password" } });
    let set = |user: &str, secret: &str| {
        let mut body = set(2, &json!({ "PGUSER_STANDBY": user }));
        let env = &mut body["spec"]["template"]["spec"]["containers"][0]["env"];
        let env = env.as_array_mut().expect("variables");
        env.push(json!({ "name": "PGPASSWORD_SUPERUSER", "valueFrom": from(secret) }));
        body
    };
    for (user, secret, parameter) in [
        ("standby", "postgres.db", None),
        ("replicator", "postgres.db", Some("replication_username")),
        ("standby", "db-postgres", Some("secret_name_template")),
    ] {
        for replicas in [2, 0] {
            let cluster = Cluster::of(2).with(|c| {
                let id = ("StatefulSet", "db".to_owned());
                let mut is = set("standby", "postgres.db");
                is["spec"]["replicas"] = json!(replicas);
                c.facts
                    .children
                    .insert(id, live(&child(ChildKind::StatefulSet, "db", is)));
                c.children[1].body = set(user, secret);
                if replicas == 0 {
                    c.facts.pods.clear();
                }
            });
            let told = objection(&cluster);
            match parameter {
                None => assert_eq!(told, ""),
                Some(parameter) => assert!(told.contains(parameter), "{user} {secret}: {told:?}"),
            }
        }
    }
}

/// After a change of labels no watch shows anything of the cluster.
fn lost(shall: &Value) -> Cluster {
    between(&json!({}), shall).with(|c| {
        c.facts.children.clear();
        c.facts.pods.clear();
        c.facts.leader = None;
    })
}

#[test]
fn not_seen_is_looked_for_and_not_made_anew() {
    let lost = lost(&json!({ "KUBERNETES_SCOPE_LABEL": "pg" }));
    assert_eq!(names(&lost), ["look for child"]);
    let found = lost.with(|c| {
        let id = ("StatefulSet", "db".to_owned());
        let is = child(ChildKind::StatefulSet, "db", set(2, &json!({})));
        c.facts.unseen = Some(live(&is));
        c.facts.looked_for.insert(id, c.now.mono);
    });
    assert!(objection(&found).contains("cluster_name_label"));
    let set_back = found.with(|c| c.children[1].body = set(2, &json!({})));
    assert_eq!(objection(&set_back), "");
}

#[test]
fn what_is_really_gone_is_made_again() {
    let looked = |ago: u64| {
        lost(&json!({})).with(|c| {
            let id = ("StatefulSet", "db".to_owned());
            let at = c.now.mono - Duration::from_secs(ago);
            c.facts.looked_for.insert(id, at);
        })
    };
    assert_eq!(replicas(&looked(1).actions()), Some(2));
    assert_eq!(names(&looked(100)), ["look for child"], "that was long ago");
    let new = lost(&json!({})).with(|c| c.manifest.status = None);
    assert_eq!(replicas(&new.actions()), Some(2), "there never was one");
}
