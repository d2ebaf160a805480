//! Who may ask for what: each act is a verb on `postgresqls`, checked when the Operation is made.

use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::ServiceAccount,
    rbac::v1::{Role, RoleBinding},
};
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{Patch, PatchParams, PostParams},
};
use pg_core::{names, operation::Operation, postgresql::Postgresql};
use pg_tests::{
    Result, ensure, manifest,
    operation::operation,
    site::{Place, Site, Who},
    test::{Test, run},
};
use serde_json::{Value, json};

/// Gives a role to a subject in the test's namespace.
async fn bind(test: &Test, site: &Site, kind: &str, role: &str, subject: Value) -> Result {
    let api = Api::<RoleBinding>::namespaced(site.client.clone(), &test.namespace);
    let binding = serde_json::from_value(json!({
        "metadata": { "generateName": "test-" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role },
        "subjects": [subject],
    }))?;
    api.create(&PostParams::default(), &binding).await?;
    Ok(())
}

fn user(name: &str) -> Value {
    json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name })
}

/// Asks as somebody; gives the operation's name, or the API server's no.
async fn ask(
    test: &Test,
    client: &Client,
    by: &str,
    on: &str,
    action: Value,
) -> Result<String, String> {
    let expect = json!({ "expect": { "primary": "main-0" } });
    let object = operation(on, "some-uid", action, by, expect);
    let object: Operation = serde_json::from_value(object).map_err(|error| error.to_string())?;
    let api = Api::<Operation>::namespaced(client.clone(), &test.namespace);
    let made = api.create(&PostParams::default(), &object).await;
    made.map(|made| made.name_any())
        .map_err(|error| error.to_string())
}

fn refused<T>(result: Result<T, String>, words: &[&str]) -> Result {
    let error = match result {
        Ok(_) => return Err(format!("accepted, not refused with {words:?}").into()),
        Err(error) => error,
    };
    for word in words {
        ensure!(error.contains(word), "{word:?} is not in: {error}");
    }
    Ok(())
}

/// A user with the role pg-operator may switch over and not fail over; nobody may ask in another
/// one's name; one without a role may not ask at all.
#[test]
fn of_users() {
    run(async |test| {
        let site = test.share(Place::West).await?;
        test.namespace_in(&site).await?;
        bind(test, &site, "ClusterRole", "pg-operator", user("olga")).await?;
        let olga = site.client_as(Who::User("olga")).await?;
        ask(test, &olga, "olga", "main", json!({ "switchover": {} })).await?;
        ask(test, &olga, "olga", "main", json!({ "restart": {} })).await?;
        let failover = ask(test, &olga, "olga", "main", json!({ "failover": {} })).await;
        refused(
            failover,
            &["olga may not failover", &format!("{}/main", test.namespace)],
        )?;
        let reinit = json!({ "reinit": { "member": "main-1" } });
        refused(
            ask(test, &olga, "olga", "main", reinit).await,
            &["may not reinit"],
        )?;
        let restart = json!({ "restart": {} });
        let as_another = ask(test, &olga, "admin", "main", restart.clone()).await;
        refused(as_another, &["requestedBy must be olga"])?;

        let nobody = site.client_as(Who::User("nobody-special")).await?;
        let forbidden = ask(test, &nobody, "nobody-special", "main", restart).await;
        refused(forbidden, &["forbidden", "operations"])
    });
}

/// What was asked is taken back by whoever could ask for it, in their own name, and for good.
#[test]
fn of_those_who_take_back() {
    run(async |test| {
        let site = test.share(Place::West).await?;
        test.namespace_in(&site).await?;
        for (role, name) in [("pg-operator", "olga"), ("pg-dba", "dana")] {
            bind(test, &site, "ClusterRole", role, user(name)).await?;
        }
        let olga = site.client_as(Who::User("olga")).await?;
        let dana = site.client_as(Who::User("dana")).await?;
        let back = async |client: &Client, name: &str, by: Value| -> Result<(), String> {
            let notes = json!({ names::CANCELLED_BY: by });
            let patch = Patch::Merge(json!({ "metadata": { "annotations": notes } }));
            let api = Api::<Operation>::namespaced(client.clone(), &test.namespace);
            let patched = api.patch(name, &PatchParams::default(), &patch).await;
            patched.map(drop).map_err(|error| error.to_string())
        };
        let failover = ask(test, &dana, "dana", "main", json!({ "failover": {} })).await?;
        let restart = ask(test, &dana, "dana", "main", json!({ "restart": {} })).await?;
        let theirs = back(&olga, &failover, json!("olga")).await;
        refused(theirs, &["olga may not failover"])?;
        let as_another = back(&olga, &restart, json!("dana")).await;
        refused(as_another, &["cancelled-by must be olga"])?;
        back(&olga, &restart, json!("olga")).await?;
        for by in [json!("dana"), Value::Null] {
            let again = back(&dana, &restart, by).await;
            refused(again, &["cancelled-by must be dana"])?;
        }
        back(&dana, &failover, json!("dana")).await?;
        // What else stands there is nobody's right in particular.
        let label = Patch::Merge(json!({ "metadata": { "labels": { "team": "shop" } } }));
        let api = Api::<Operation>::namespaced(olga, &test.namespace);
        api.patch(&failover, &PatchParams::default(), &label)
            .await?;
        Ok(())
    });
}

/// A service account with its own token, and a right on one cluster by name.
#[test]
fn of_a_service_account() {
    run(async |test| {
        let site = test.share(Place::West).await?;
        test.namespace_in(&site).await?;
        let accounts = Api::<ServiceAccount>::namespaced(site.client.clone(), &test.namespace);
        let account: ServiceAccount =
            serde_json::from_value(json!({ "metadata": { "name": "robot" } }))?;
        accounts.create(&PostParams::default(), &account).await?;
        let roles = Api::<Role>::namespaced(site.client.clone(), &test.namespace);
        let role: Role = serde_json::from_value(json!({
            "metadata": { "name": "failover-of-main" },
            "rules": [
                { "apiGroups": ["pgfleet.io"], "resources": ["operations"], "verbs": ["create"] },
                {
                    "apiGroups": ["acid.zalan.do"],
                    "resources": ["postgresqls"],
                    "resourceNames": ["main"],
                    "verbs": ["failover"],
                },
            ],
        }))?;
        roles.create(&PostParams::default(), &role).await?;
        let subject =
            json!({ "kind": "ServiceAccount", "name": "robot", "namespace": test.namespace });
        bind(test, &site, "Role", "failover-of-main", subject).await?;

        let request = TokenRequest {
            spec: TokenRequestSpec::default(),
            ..TokenRequest::default()
        };
        let answer = accounts
            .create_token_request("robot", &PostParams::default(), &request)
            .await?;
        let token = answer.status.ok_or("no token")?.token;
        let robot = site.client_as(Who::Token(&token)).await?;
        let name = format!("system:serviceaccount:{}:robot", test.namespace);
        let failover = json!({ "failover": { "acceptDataLoss": true } });
        ask(test, &robot, &name, "main", failover.clone()).await?;
        let other = ask(test, &robot, &name, "other", failover.clone()).await;
        refused(other, &["may not failover", "/other"])?;
        let restart = ask(test, &robot, &name, "main", json!({ "restart": {} })).await;
        refused(restart, &["may not restart"])?;
        let borrowed = ask(test, &robot, "olga", "main", failover).await;
        refused(borrowed, &["requestedBy must be"])
    });
}

/// Changes a manifest as somebody, which is not kept; gives the API server's warnings, or its no.
async fn edit(test: &Test, client: &Client, change: &Value) -> Result<Vec<String>> {
    let dry = PatchParams {
        dry_run: true,
        ..PatchParams::default()
    };
    let path = Postgresql::url_path(&(), Some(&test.namespace));
    let request = kube::core::Request::new(path).patch("main", &dry, &Patch::Merge(change))?;
    let answer = client.send(request.map(kube::client::Body::from)).await?;
    ensure!(answer.status().is_success(), "{}", answer.status());
    let warnings = answer.headers().get_all("warning").iter();
    Ok(warnings
        .map(|warning| String::from_utf8_lossy(warning.as_bytes()).into_owned())
        .collect())
}

/// The second policy only warns: who may edit the manifest may change members, version and role
/// with or without the verb, and is told what is missing. A viewer may not.
#[test]
fn of_editors() {
    run(async |test| {
        let site = test.share(Place::West).await?;
        test.namespace_in(&site).await?;
        let older = json!({ "postgresql": { "version": "16" } });
        test.created_for(&site, "main", "nobody", manifest::with(1, older))
            .await?;
        let roles = Api::<Role>::namespaced(site.client.clone(), &test.namespace);
        let held: [(&str, &[&str]); 3] = [
            ("edith", &[]),
            ("sam", &["scale"]),
            ("uma", &["upgrade", "promote"]),
        ];
        for (name, more) in held {
            let verbs = [["get", "patch", "update"].as_slice(), more].concat();
            let role: Role = serde_json::from_value(json!({
                "metadata": { "name": name },
                "rules": [{
                    "apiGroups": ["acid.zalan.do"],
                    "resources": ["postgresqls"],
                    "verbs": verbs,
                }],
            }))?;
            roles.create(&PostParams::default(), &role).await?;
            bind(test, &site, "Role", name, user(name)).await?;
        }
        bind(test, &site, "ClusterRole", "pg-viewer", user("victor")).await?;
        let changes = [
            ("scale", json!({ "numberOfInstances": 2 })),
            ("upgrade", json!({ "postgresql": { "version": "17" } })),
            (
                "promote",
                json!({ "standby": { "standby_host": "elsewhere" } }),
            ),
            ("update", json!({ "teamId": "other" })),
        ];
        for (name, more) in held {
            let client = site.client_as(Who::User(name)).await?;
            for (verb, change) in &changes {
                let change = json!({ "spec": change });
                let warnings = edit(test, &client, &change).await?;
                let expected = *verb != "update" && !more.contains(verb);
                let told = format!("{name} lacks the verb {verb}");
                ensure!(
                    warnings.iter().any(|warning| warning.contains(&told)) == expected
                        && warnings.len() == usize::from(expected),
                    "{name}, {verb}: {warnings:?}"
                );
            }
        }
        let victor = site.client_as(Who::User("victor")).await?;
        let api = Api::<Postgresql>::namespaced(victor.clone(), &test.namespace);
        api.get("main").await?;
        let change = json!({ "spec": { "numberOfInstances": 2 } });
        let result = edit(test, &victor, &change).await;
        let error = result.err().map(|error| error.to_string());
        ensure!(
            error.as_ref().is_some_and(|error| error.contains("403")),
            "{error:?}"
        );
        Ok(())
    });
}
