use std::sync::Arc;

use k8s_openapi::jiff::Timestamp;

use super::*;
use crate::observe::object::{Guarded, Meta};

fn manifest(name: &str, status: &Value) -> Postgresql {
    let manifest = json!({
        "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
        "metadata": { "name": name, "namespace": "shop", "generation": 2 },
        "spec": {
            "teamId": "acid", "numberOfInstances": 1, "databases": { "app": "app" },
            "postgresql": { "version": "17" }, "volume": { "size": "1Gi" },
            "env": [{ "name": "AWS_SECRET_ACCESS_KEY", "value": "hunter2" }, { "name": "A", "value": "b" }],
            "clone": { "cluster": "c", "s3_secret_access_key": "hunter2" },
        },
        "status": status,
    });
    serde_json::from_value(manifest).expect("a manifest")
}

fn running() -> Value {
    json!({ "PostgresClusterStatus": "Running", "observedGeneration": 2 })
}

/// An edit of `acid-a`, which changed a password too.
fn edits() -> Edits {
    let mut edits = Edits::default();
    let key = Key {
        namespace: "shop".to_owned(),
        name: "acid-a".to_owned(),
    };
    let before = manifest("acid-a", &running()).spec;
    let mut after = before.clone();
    after.number_of_instances = 3;
    after
        .clone_from
        .as_mut()
        .expect("a clone")
        .s3_secret_access_key = Some("hunter3".to_owned());
    edits.add(&key, &before, &before, Timestamp::UNIX_EPOCH);
    edits.add(&key, &before, &after, Timestamp::UNIX_EPOCH);
    edits
}

fn ask(path: &str, busy: &[&str]) -> (StatusCode, Value) {
    let facts = Facts::default();
    let manifests = ["acid-a", "acid-b"].map(|name| {
        let key = Key {
            namespace: "shop".to_owned(),
            name: name.to_owned(),
        };
        (key, manifest(name, &running()))
    });
    let configuration = Configuration {
        workers: 4,
        scalyr_api_key: "hunter2".to_owned(),
        logical_backup_s3_secret_access_key: "hunter2".to_owned(),
        ..Configuration::default()
    };
    let log = Ring::default();
    log.add(
        "shop/acid-a",
        Timestamp::UNIX_EPOCH,
        "info",
        "apply".to_owned(),
    );
    let seen = Seen {
        clusters: manifests
            .iter()
            .map(|(key, manifest)| (key, (&facts, manifest)))
            .collect(),
        busy: busy
            .iter()
            .map(|name| {
                let key = Key {
                    namespace: "shop".to_owned(),
                    name: (*name).to_owned(),
                };
                (key, "looking".to_owned())
            })
            .collect(),
        configuration: &configuration,
        log: &log,
        edits: &edits(),
        looked_at: 7,
    };
    answer(path, &seen)
}

fn ok(path: &str) -> Value {
    let (status, value) = ask(path, &[]);
    assert_eq!(status, StatusCode::OK, "{path}: {value}");
    value
}

#[test]
fn in_the_words_of_zalandos() {
    assert_eq!(ok("/clusters/"), json!({ "acid": ["acid-a", "acid-b"] }));
    assert_eq!(ok("/clusters/acid"), json!(["acid-a", "acid-b"]));
    assert_eq!(ok("/databases/")["acid-a"], json!(["app"]));
    let cluster = ok("/clusters/shop/acid-a/");
    assert_eq!(cluster["Status"]["PostgresClusterStatus"], "Running");
    assert_eq!(cluster["Spec"]["teamId"], "acid");
    let logs = ok("/clusters/shop/acid-a/logs/");
    assert_eq!(logs[0]["Message"], "apply");
    assert_eq!(
        logs[0]["ClusterName"],
        json!({ "Namespace": "shop", "Name": "acid-a" })
    );
    assert_eq!(ok("/clusters/shop/acid-b/logs"), json!([]));
    assert_eq!(
        ok("/clusters/shop/acid-a/history"),
        json!([{
            "EventTime": "1970-01-01T00:00:00Z",
            "ProcessTime": "1970-01-01T00:00:00Z",
            "Diff": ["-numberOfInstances: 1", "+numberOfInstances: 3"],
        }])
    );
    assert_eq!(ok("/clusters/shop/acid-b/history"), json!([]));
    let status = ok("/status/");
    assert_eq!(
        (&status["Clusters"], &status["LastSyncTime"]),
        (&json!(2), &json!(7))
    );
    assert_eq!(
        status["WorkerQueueSize"]
            .as_object()
            .map(serde_json::Map::len),
        Some(4)
    );
    for missing in [
        "/clusters/none",
        "/clusters/shop/none",
        "/workers/9/status",
        "/workers/x/logs",
    ] {
        let (status, value) = ask(missing, &[]);
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{missing}");
        assert!(value["error"].is_string());
    }
    assert_eq!(ask("/clusters/a/b/c", &[]).0, StatusCode::NOT_FOUND);
}

#[test]
fn workers_are_idle_only_without_work() {
    let idle = json!({ "0": "idle", "1": "idle", "2": "idle", "3": "idle" });
    assert_eq!(ok("/workers/all/status/"), idle);
    let (_, busy) = ask("/workers/all/status", &["acid-b"]);
    let at_work: Vec<_> = busy
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, v)| *v != "idle")
        .collect();
    assert_eq!(at_work.len(), 1);
    assert_eq!(at_work[0].1["CurrentCluster"]["Name"], "acid-b");
    let (_, queues) = ask("/workers/all/queue", &["acid-b"]);
    assert!(queues.to_string().contains("shop/acid-b"));
}

#[test]
fn variables_that_may_hold_a_secret_are_masked() {
    let hides = |name: &str| {
        let mut variable = json!({ "name": name, "value": "hunter2" });
        mask(&mut variable);
        variable["value"] == "***"
    };
    for name in [
        "CLIENT_SECRET",
        "DB_PASS",
        "PGPASSWORD",
        "ADMIN_PWD",
        "SLACK_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "ENCRYPTION_KEY",
        "GOOGLE_CREDENTIALS",
    ] {
        assert!(hides(name), "{name}");
    }
    for name in ["SCOPE", "PGUSER_SUPERUSER", "WAL_S3_BUCKET", "LANG_HINT"] {
        assert!(!hides(name), "{name}");
    }
    // Names of secrets, as fields have them, are none.
    let mut field = json!({ "pod_environment_secret": "shop/env", "secretName": "tls" });
    let before = field.clone();
    mask(&mut field);
    assert_eq!(field, before);
}

#[test]
fn nothing_secret_is_shown() {
    for path in [
        "/config/",
        "/clusters/shop/acid-a",
        "/clusters/",
        "/workers/all/queue",
    ] {
        assert!(!ok(path).to_string().contains("hunter2"), "{path}");
    }
    let config = ok("/config/");
    assert_eq!(config["operator"]["scalyr"]["scalyr_api_key"], "***");
    assert_eq!(
        config["operator"]["kubernetes"]["oauth_token_secret_name"],
        "postgres-operator"
    );
    assert_eq!(ok("/clusters/shop/acid-a")["Spec"]["env"][1]["value"], "b");
}

#[test]
fn work_that_is_left() {
    let left = |status: Value, change: &dyn Fn(&mut Facts, &mut Postgresql)| {
        let (mut facts, mut manifest) = (Facts::default(), manifest("a", &status));
        change(&mut facts, &mut manifest);
        work_left(&facts, &manifest)
    };
    let nothing = |_: &mut Facts, _: &mut Postgresql| {};
    assert_eq!(left(running(), &nothing), None);
    let invalid = json!({ "PostgresClusterStatus": "Invalid", "observedGeneration": 2 });
    assert_eq!(left(invalid.clone(), &nothing), None, "nothing can be done");
    assert!(left(Value::Null, &nothing).is_some(), "it is new");
    let old = json!({ "PostgresClusterStatus": "Running", "observedGeneration": 1 });
    assert!(left(old, &nothing).is_some(), "it was edited");
    let unsettled = |facts: &mut Facts, _: &mut Postgresql| {
        facts.unsettled_since = Some(std::time::Duration::ZERO);
    };
    assert!(left(running(), &unsettled).is_some());
    let failed = |facts: &mut Facts, _: &mut Postgresql| {
        facts.failed("apply".to_owned(), std::time::Duration::ZERO, String::new());
    };
    let again = Some("trying again: apply".to_owned());
    assert_eq!(left(running(), &failed), again);
    assert_eq!(left(invalid.clone(), &failed), again);
    let postponed = |facts: &mut Facts, _: &mut Postgresql| {
        facts.postponed = Some("drain".to_owned());
    };
    assert_eq!(left(running(), &postponed), Some("drain".to_owned()));
    let unfinished = |facts: &mut Facts, _: &mut Postgresql| facts.unfinished = true;
    let again = Some("looking again".to_owned());
    assert_eq!(left(running(), &unfinished), again);
    assert_eq!(left(invalid.clone(), &unfinished), again);
    let operation = |facts: &mut Facts, _: &mut Postgresql| {
        let operation = json!({
            "apiVersion": "pgfleet.io/v1alpha1", "kind": "Operation", "metadata": { "name": "op" },
            "spec": {
                "target": { "name": "a", "uid": "u" }, "action": { "restart": {} }, "requestedBy": "me",
            },
        });
        let guarded = Guarded {
            metadata: Meta::default(),
            object: serde_json::from_value(operation).map_err(|error| error.to_string()),
        };
        assert!(
            guarded.object.is_ok(),
            "{:?}",
            guarded.object.as_ref().err()
        );
        facts.operations.insert("op".to_owned(), Arc::new(guarded));
    };
    assert!(left(running(), &operation).is_some());
    assert!(left(invalid, &operation).is_some());
}
