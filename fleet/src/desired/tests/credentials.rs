//! Which secrets must exist, and which roles are refused.

use serde_json::json;

use super::*;

#[test]
fn credentials_go_where_the_manifest_says() {
    let manifest = manifest(json!({
        "users": {
            "app": [], "other.app": null, "team": ["NOLOGIN"], "pooler": ["login"],
            "postgres": [], "admin": [], "Wrong": [], "odd": ["sudo"],
        },
        "preparedDatabases": {
            "shop": {
                "defaultUsers": true, "secretNamespace": "shop",
                "schemas": {
                    "s": { "defaultUsers": true },
                    "none": { "defaultUsers": true, "defaultRoles": false },
                },
            },
        },
    }));
    let configuration = Configuration {
        enable_cross_namespace_secret: true,
        enable_owner_references: true,
        ..Configuration::default()
    };
    let inputs = inputs(&manifest, &configuration);
    let secrets = secrets(&inputs);
    let found: Vec<_> = secrets
        .iter()
        .map(|s| (s.namespace.as_str(), s.username.as_str(), s.login))
        .collect();
    assert_eq!(
        found,
        [
            ("ns", "postgres", true),
            ("ns", "standby", true),
            ("ns", "app", true),
            ("ns", "odd", true),
            ("other", "other.app", true),
            ("ns", "pooler", true),
            ("shop", "shop_owner_user", true),
            ("shop", "shop_reader_user", true),
            ("shop", "shop_s_owner_user", true),
            ("shop", "shop_s_reader_user", true),
            ("shop", "shop_s_writer_user", true),
            ("shop", "shop_writer_user", true),
            ("ns", "team", false),
        ]
    );
    for secret in &secrets {
        assert_eq!(secret.owner_references.is_empty(), secret.namespace != "ns");
    }
    let pooler = &secrets[5];
    assert_eq!(pooler.labels["connection-pooler"], "acid-main-pooler");
    assert_eq!(pooler.labels["application"], "db-connection-pooler");
    let body = secret_body(&secrets[0], "secret");
    assert_eq!(
        body["data"],
        json!({ "username": "cG9zdGdyZXM=", "password": "c2VjcmV0" })
    );

    let objections: Vec<_> = objections(&inputs)
        .iter()
        .map(ToString::to_string)
        .collect();
    for named in ["admin", "postgres", "Wrong", "odd"] {
        let field = format!("spec.users.{named}:");
        assert!(objections.iter().any(|o| o.starts_with(&field)), "{named}");
    }
    assert_eq!(objections.len(), 4);
}

/// What others wrote beside ours stays, and an object that lacks nothing is not written to.
#[test]
fn secrets_that_are_there_get_what_they_lack() {
    let owner = |uid: &str| json!({ "apiVersion": "v1", "kind": "X", "name": "x", "uid": uid });
    let wanted = |owners: &[Value]| RoleSecret {
        name: "s".to_owned(),
        namespace: "ns".to_owned(),
        username: "u".to_owned(),
        login: true,
        in_members: false,
        labels: pairs(&[("team", "acid")]),
        annotations: pairs(&[("owned-by", "me")]),
        owner_references: owners.to_vec(),
    };
    let live =
        |labels: Value, annotations: Value, owners: &[Value]| -> crate::observe::object::Meta {
            serde_json::from_value(json!({
                "name": "s", "uid": "it", "resourceVersion": "7",
                "labels": labels, "annotations": annotations, "ownerReferences": owners,
            }))
            .expect("metadata")
        };
    let (ours, theirs) = (owner("cluster"), owner("other"));
    let (labels, annotations) = (
        json!({"team": "acid", "more": "x"}),
        json!({"owned-by": "me"}),
    );
    let table = [
        (
            wanted(&[]),
            live(labels.clone(), annotations.clone(), &[]),
            None,
        ),
        (
            wanted(&[]),
            live(json!({"team": "old"}), json!({}), &[]),
            Some(
                json!({"labels": {"team": "acid"}, "annotations": {"owned-by": "me"}, "uid": "it"}),
            ),
        ),
        (
            wanted(std::slice::from_ref(&ours)),
            live(
                labels.clone(),
                annotations.clone(),
                std::slice::from_ref(&theirs),
            ),
            Some(json!({"ownerReferences": [theirs, ours], "resourceVersion": "7", "uid": "it"})),
        ),
        (
            wanted(std::slice::from_ref(&ours)),
            live(
                labels.clone(),
                annotations.clone(),
                &[ours.clone(), theirs.clone()],
            ),
            None,
        ),
        (
            wanted(&[]),
            live(labels.clone(), annotations.clone(), &[ours, theirs.clone()]),
            Some(json!({"ownerReferences": [theirs], "resourceVersion": "7", "uid": "it"})),
        ),
    ];
    for (row, (wanted, live, expected)) in table.into_iter().enumerate() {
        assert_eq!(
            secret_patch(&wanted, &live, Some("cluster")),
            expected,
            "row {row}"
        );
    }
}
