//! From a manifest to statements, and from what is there to the statements that are left.

use std::{collections::BTreeMap, time::Duration};

use k8s_openapi::jiff::Timestamp;
use pg_core::{
    configuration::{Configuration, PodSecurity},
    postgresql::Postgresql,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    prepared::{self, DefaultGrant, PresentDatabase},
    statements::{Present, PresentRole, skipped, statements},
    wish::{Wish, wish},
};
use crate::{
    desired::{self, Inputs, PodEnvironment},
    observe::facts::{Facts, Key, Now},
    plan::View,
};

fn wish_of(spec: &Value, configuration: &Configuration) -> Wish {
    let mut manifest = json!({
        "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
        "metadata": { "name": "my-db", "namespace": "shop", "uid": "u" },
        "spec": {
            "teamId": "a", "numberOfInstances": 1,
            "postgresql": { "version": "17" }, "volume": { "size": "1Gi" },
        },
    });
    for (key, value) in spec.as_object().expect("a spec") {
        manifest["spec"][key] = value.clone();
    }
    let manifest: Postgresql = serde_json::from_value(manifest).expect("a manifest");
    let inputs = Inputs {
        manifest: &manifest,
        configuration,
        pod_environment: PodEnvironment::default(),
        pod_security: PodSecurity::Spilo,
    };
    let secrets = desired::secrets(&inputs);
    let key = Key {
        namespace: "shop".to_owned(),
        name: "my-db".to_owned(),
    };
    wish(&View {
        key: &key,
        facts: &Facts::default(),
        manifest: &manifest,
        configuration,
        children: &[],
        secrets: &secrets,
        now: Now {
            wall: Timestamp::UNIX_EPOCH,
            mono: Duration::ZERO,
        },
        policies: None,
        unsettled_since: None,
    })
}

fn of(spec: &Value) -> Wish {
    wish_of(spec, &Configuration::default())
}

/// A verifier for every role that has a password.
fn verifiers(wish: &Wish) -> BTreeMap<String, String> {
    let verifier = |name: &String| (name.clone(), "SCRAM-SHA-256$x".to_owned());
    wish.roles.keys().map(verifier).collect()
}

/// What is there once a wish has come true.
fn fulfilled(wish: &Wish) -> Present {
    let mut present = Present {
        databases: wish.databases.clone(),
        ..Present::default()
    };
    for (name, role) in &wish.roles {
        let there = PresentRole {
            flags: role.flags.clone(),
            password_matches: true,
            search_path: role.search_path.clone(),
        };
        present.roles.insert(name.clone(), there);
        for of in role.member_of.iter().chain(&role.owner_roles) {
            present.members.insert((of.clone(), name.clone()));
        }
        if let Some(admin) = &role.admin {
            present.members.insert((name.clone(), admin.clone()));
            present.admins.insert((name.clone(), admin.clone()));
        }
    }
    present
}

#[test]
fn creates_alters_and_leaves_alone() {
    let wish = of(&json!({ "users": { "app": ["createdb"] }, "databases": { "app": "app" } }));
    let verifiers = verifiers(&wish);
    assert_eq!(
        statements(&wish, &Present::default(), &verifiers),
        [
            "CREATE ROLE \"app\" CREATEDB LOGIN PASSWORD 'SCRAM-SHA-256$x'",
            "CREATE DATABASE \"app\" OWNER \"app\"",
        ]
    );
    let there = |flags: &[&str], password_matches, owner: &str| {
        let mut present = fulfilled(&wish);
        let app = present.roles.get_mut("app").expect("it");
        app.flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        app.password_matches = password_matches;
        present.databases.insert("app".to_owned(), owner.to_owned());
        present
    };
    assert_eq!(
        statements(&wish, &there(&["LOGIN"], true, "postgres"), &verifiers),
        [
            "ALTER ROLE \"app\" CREATEDB",
            "ALTER DATABASE \"app\" OWNER TO \"app\"",
        ]
    );
    let all = ["LOGIN", "CREATEDB"];
    assert!(statements(&wish, &there(&all, true, "app"), &verifiers).is_empty());
    assert_eq!(
        statements(&wish, &there(&all, false, "app"), &verifiers),
        ["ALTER ROLE \"app\" PASSWORD 'SCRAM-SHA-256$x'"]
    );
}

#[test]
fn roles_of_the_system_and_protected_ones_are_left_alone() {
    let wish = of(&json!({ "users": {
        "postgres": ["nosuperuser"], "standby": [], "admin": ["superuser"], "bad name": [], "ok": null,
    } }));
    assert_eq!(wish.roles.keys().collect::<Vec<_>>(), ["ok"]);
}

#[test]
fn all_flags_and_logins() {
    let flags = [
        "superuser",
        "INHERIT",
        "createrole",
        "createdb",
        "replication",
        "bypassrls",
    ];
    let wish = of(&json!({ "users": { "all": flags, "none": ["NOLOGIN"], "ns.user": [] } }));
    let expected = [
        "BYPASSRLS",
        "CREATEDB",
        "CREATEROLE",
        "INHERIT",
        "LOGIN",
        "REPLICATION",
        "SUPERUSER",
    ];
    assert_eq!(wish.roles["all"].flags, expected);
    assert_eq!(wish.roles["none"].flags, ["NOLOGIN"]);
    assert_eq!(wish.roles["none"].secret, None);
    let namespace = |wish: &Wish| wish.roles["ns.user"].secret.clone().expect("one").namespace;
    assert_eq!(namespace(&wish), "shop");
    let across = Configuration {
        enable_cross_namespace_secret: true,
        ..Configuration::default()
    };
    let wish = wish_of(&json!({ "users": { "ns.user": [] } }), &across);
    assert_eq!(namespace(&wish), "ns");
}

#[test]
fn roles_with_wrong_flags_and_databases_of_nobody_hold_up_no_other() {
    let wish = of(&json!({
        "users": {
            "both": ["login", "NOLOGIN"], "none": ["super; DROP ROLE x"], "fine": ["createdb"],
        },
        "databases": { "a": "nobody", "b": "fine", "c": "both", "d": "there" },
        "preparedDatabases": { "e": {} },
    }));
    let prepared = |name: &&String| name.starts_with("e_");
    let users: Vec<_> = wish.roles.keys().filter(|name| !prepared(name)).collect();
    assert_eq!(users, ["fine"]);
    let mut present = Present::default();
    for role in ["there", "both"] {
        present
            .roles
            .insert(role.to_owned(), PresentRole::default());
    }
    assert_eq!(
        skipped(&wish, &present),
        ["database a: there is no role nobody"]
    );
    let made = statements(&wish, &present, &verifiers(&wish));
    let databases: Vec<_> = made
        .iter()
        .filter(|statement| statement.contains(" DATABASE "))
        .collect();
    assert_eq!(
        databases,
        [
            "CREATE DATABASE \"b\" OWNER \"fine\"",
            "CREATE DATABASE \"c\" OWNER \"both\"",
            "CREATE DATABASE \"d\" OWNER \"there\"",
            "CREATE DATABASE \"e\" OWNER \"e_owner\"",
        ]
    );
    assert!(
        made.iter()
            .all(|one| !one.contains("ROLE \"both\"") && !one.contains("DROP"))
    );
}

#[test]
fn owners_get_the_additional_roles_and_never_the_other_way_round() {
    let configuration = Configuration {
        additional_owner_roles: vec!["cdc".to_owned(), "not_there".to_owned()],
        ..Configuration::default()
    };
    let spec = json!({ "users": { "app": [], "other": [] }, "databases": { "app": "app" } });
    let wish = wish_of(&spec, &configuration);
    assert!(wish.roles["other"].owner_roles.is_empty());
    let mut present = fulfilled(&wish);
    present.members.clear();
    present.admins.clear();
    present
        .roles
        .insert("cdc".to_owned(), PresentRole::default());
    present.members.insert(("app".to_owned(), "cdc".to_owned()));
    assert_eq!(
        statements(&wish, &present, &BTreeMap::new()),
        ["REVOKE \"app\" FROM \"cdc\"", "GRANT \"cdc\" TO \"app\""]
    );
    // The role of administrators cannot be above and below.
    let configuration = Configuration {
        additional_owner_roles: vec!["admin".to_owned()],
        ..Configuration::default()
    };
    let wish = wish_of(&spec, &configuration);
    assert_eq!(wish.roles["app"].admin, None);
    assert_eq!(wish.roles["other"].admin.as_deref(), Some("admin"));
}

#[test]
fn administrators_where_there_are_any() {
    let wish = of(&json!({ "users": { "app": [] } }));
    let mut present = Present::default();
    present
        .roles
        .insert("admin".to_owned(), PresentRole::default());
    assert_eq!(
        statements(&wish, &present, &BTreeMap::new()),
        [
            "CREATE ROLE \"app\" LOGIN",
            "GRANT \"app\" TO \"admin\" WITH ADMIN OPTION"
        ]
    );
}

fn all_of(wish: &Wish) -> Vec<String> {
    let mut all = statements(wish, &Present::default(), &verifiers(wish));
    for (name, of) in &wish.prepared {
        all.extend(prepared::statements(name, of, &PresentDatabase::default()));
    }
    all
}

#[test]
fn an_empty_section_prepares_one_called_like_the_cluster() {
    let wish = of(&json!({ "preparedDatabases": {} }));
    insta::assert_snapshot!(all_of(&wish).join("\n"));
    assert_eq!(of(&json!({})), Wish::default());
}

#[test]
fn a_prepared_database_with_everything() {
    let wish = of(&json!({ "preparedDatabases": { "bar": {
        "defaultUsers": true,
        "extensions": { "pgcrypto": "public", "hstore": "own" },
        "schemas": { "history": { "defaultRoles": false }, "own": { "defaultUsers": true } },
    } } }));
    insta::assert_snapshot!(all_of(&wish).join("\n"));
    assert!(wish.roles["bar_own_writer_user"].secret.is_some());
    assert!(!wish.roles.contains_key("bar_history_owner"));
    assert!(statements(&wish, &fulfilled(&wish), &verifiers(&wish)).is_empty());
}

/// What a database holds once the statements ran, read out of them again.
fn after(statements: &[String]) -> PresentDatabase {
    let names = |text: &str| super::quote::read_list(text);
    let mut present = PresentDatabase::default();
    for statement in statements {
        if let Some(rest) = statement.strip_prefix("CREATE SCHEMA IF NOT EXISTS ") {
            let (schema, _) = rest.split_once(" AUTHORIZATION ").expect("an owner");
            present.schemas.extend(names(schema));
        } else if let Some(rest) = statement.strip_prefix("GRANT USAGE ON SCHEMA ") {
            let (schema, roles) = rest.split_once(" TO ").expect("roles");
            for role in names(roles) {
                present.usage.insert((names(schema).remove(0), role));
            }
        } else if let Some(rest) = statement.strip_prefix("CREATE EXTENSION IF NOT EXISTS ") {
            let (extension, schema) = rest.split_once(" SCHEMA ").expect("a schema");
            present
                .extensions
                .insert(names(extension).remove(0), names(schema).remove(0));
        } else if let Some(rest) = statement.strip_prefix("ALTER DEFAULT PRIVILEGES FOR ROLE ") {
            let (of, what) = rest.split_once(" GRANT ").expect("a privilege");
            let (maker, schema) = of.split_once(" IN SCHEMA ").unwrap_or((of, ""));
            let (privileges, rest) = what.split_once(" ON ").expect("a kind");
            let (on, to) = rest.split_once(" TO ").expect("a role");
            for privilege in privileges.split(", ") {
                present.defaults.insert(DefaultGrant {
                    maker: names(maker).remove(0),
                    schema: names(schema).pop().unwrap_or_default(),
                    on: prepared::KINDS
                        .iter()
                        .find(|(_, kind)| *kind == on)
                        .expect("a kind")
                        .1,
                    to: names(to).remove(0),
                    privilege: privilege.to_owned(),
                });
            }
        } else {
            panic!("{statement}");
        }
    }
    present
}

#[test]
fn what_is_prepared_is_left_alone_and_what_is_missing_comes_back() {
    let wish = of(&json!({ "preparedDatabases": { "bar": {
        "extensions": { "pgcrypto": "public" }, "schemas": { "data": { "defaultUsers": true } },
    } } }));
    let bar = &wish.prepared["bar"];
    let all = prepared::statements("bar", bar, &PresentDatabase::default());
    let mut present = after(&all);
    assert_eq!(
        prepared::statements("bar", bar, &present),
        Vec::<String>::new()
    );
    present
        .extensions
        .insert("pgcrypto".to_owned(), "other".to_owned());
    present
        .usage
        .remove(&("data".to_owned(), "bar_reader".to_owned()));
    assert_eq!(
        prepared::statements("bar", bar, &present),
        [
            "GRANT USAGE ON SCHEMA \"data\" TO \"bar_reader\"",
            "ALTER EXTENSION \"pgcrypto\" SET SCHEMA \"public\"",
        ]
    );
}

/// A statement without what is quoted in it.
fn skeleton(statement: &str) -> String {
    let mut bare = String::new();
    let mut quote = None;
    for c in statement.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None => bare.push(c),
        }
    }
    assert_eq!(quote, None, "a quote is left open in {statement}");
    bare
}

proptest! {
    /// Names with SQL in them: every statement has the words that it has for harmless names.
    #[test]
    fn no_name_puts_a_word_into_a_statement(
        database in "[a-z\"';$ ,()-]{1,10}",
        schema in "[a-z\"';$ ,()-]{1,10}",
        extension in "[a-z\"';$ ,()-]{1,10}",
        owner in "[a-z\"';$ ,()-]{1,10}",
    ) {
        let spec = |[database, schema, extension, owner]: [&str; 4]| json!({
            "databases": { format!("{database}2"): owner },
            "preparedDatabases": { database: {
                "defaultUsers": true,
                "extensions": { extension: schema },
                "schemas": { schema: { "defaultUsers": true } },
            } },
        });
        let hostile = of(&spec([&database, &schema, &extension, &owner]));
        let harmless = of(&spec(["d", "s", "e", "o"]));
        let words = |wish: &Wish| {
            let mut words: Vec<_> = all_of(wish).iter().map(|sql| skeleton(sql)).collect();
            words.sort();
            words.dedup();
            words
        };
        let known = words(&harmless);
        for word in words(&hostile) {
            prop_assert!(known.contains(&word), "{word}");
        }
    }
}
