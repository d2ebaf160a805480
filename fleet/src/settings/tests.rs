//! Where the configuration comes from, what is refused, what goes before it, and that the page on
//! it says the truth.

use pg_core::configuration::Effect;
use serde_json::json;

use super::*;

fn settings(config_map: &str, resource: &str) -> Settings {
    Settings {
        origin: Origin::new("own", config_map, resource),
        overrides: Overrides {
            own_namespace: "own".to_owned(),
            watched_namespace: String::new(),
            scalyr_api_key: String::new(),
        },
    }
}

fn object(body: Value) -> RawChild {
    serde_json::from_value(body).expect("an object")
}

#[test]
fn the_resource_goes_before_the_config_map() {
    let shown = |config_map, resource| settings(config_map, resource).origin.to_string();
    assert_eq!(shown("pg", ""), "ConfigMap own/pg");
    assert_eq!(shown("other/pg", ""), "ConfigMap other/pg");
    assert_eq!(shown("pg", "conf"), "OperatorConfiguration own/conf");
    assert_eq!(shown("pg", "a/b"), "OperatorConfiguration a/b");
}

#[test]
fn both_kinds_are_read_and_refused_by_name() {
    let map = |workers: &str| {
        object(json!({ "metadata": { "name": "pg" }, "data": { "workers": workers } }))
    };
    let settings_of_map = settings("pg", "");
    let read = |object: &RawChild| settings_of_map.read(Some(object));
    assert_eq!(read(&map("3")).map(|c| c.workers), Ok(3));
    let why = read(&map("none")).expect_err("no number");
    assert!(
        why.contains("workers: \"none\" is no whole number"),
        "{why}"
    );
    let empty = object(json!({ "metadata": { "name": "pg" } }));
    assert_eq!(read(&empty).map(|c| c.workers), Ok(8));
    assert_eq!(settings_of_map.read(None), Err("it is gone".to_owned()));

    let resource = |workers: Value| {
        object(json!({ "metadata": { "name": "c" }, "configuration": { "workers": workers } }))
    };
    let settings_of_resource = settings("pg", "c");
    let read = |object: &RawChild| settings_of_resource.read(Some(object));
    assert_eq!(read(&resource(json!(3))).map(|c| c.workers), Ok(3));
    let why = read(&resource(json!("3"))).expect_err("no number");
    assert!(why.contains("workers"), "{why}");
}

#[test]
fn languages_of_their_own_are_read_with_the_configuration() {
    let table = [
        ("downscaler_annotations", "downscaler/*", None),
        (
            "downscaler_annotations",
            "fine,(",
            Some("parameter downscaler_annotations: regex parse error"),
        ),
        (
            "pod_service_account_definition",
            "{\"kind\": \"ServiceAccount\"}",
            None,
        ),
        (
            "pod_service_account_definition",
            "{\"kind\": ",
            Some("parameter pod_service_account_definition: "),
        ),
        (
            "pod_service_account_definition",
            "kind: Pod",
            Some("defines \"Pod\" instead of a ServiceAccount"),
        ),
        (
            "pod_service_account_role_binding_definition",
            "kind: Role",
            Some("defines \"Role\" instead of a RoleBinding"),
        ),
    ];
    for (name, text, wrong) in table {
        let map = object(json!({ "metadata": { "name": "pg" }, "data": { name: text } }));
        match (settings("pg", "").read(Some(&map)), wrong) {
            (Ok(_), None) => {}
            (Err(why), Some(wrong)) => assert!(why.contains(wrong), "{why}"),
            (read, _) => panic!("{name} {text}: {:?}", read.err()),
        }
    }
}

#[test]
fn the_environment_goes_before_everything() {
    let watched = |environment: &str, configuration: &str| {
        let overrides = Overrides {
            own_namespace: "own".to_owned(),
            watched_namespace: environment.to_owned(),
            scalyr_api_key: "key".to_owned(),
        };
        let configuration = overrides.apply(Configuration {
            watched_namespace: configuration.to_owned(),
            scalyr_api_key: "other".to_owned(),
            ..Configuration::default()
        });
        assert_eq!(configuration.scalyr_api_key, "key");
        configuration.watched_namespace
    };
    assert_eq!(watched("", ""), "own");
    assert_eq!(watched("", "*"), "*");
    assert_eq!(watched("", "team"), "team");
    assert_eq!(watched("*", "team"), "*");
    assert_eq!(watched("one", ""), "one");
}

/// All program text below a folder, without tests, and without the one that only says what is not
/// done.
fn source(folder: &std::path::Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        if path.is_dir() && name != "tests" {
            all += &source(&path);
        } else if !["tests.rs", "not_yet.rs"].contains(&name) && name.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).expect("a text");
            all += text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default();
        }
    }
    all
}

#[test]
fn what_acts_is_used_and_what_does_not_is_not() {
    let mut source = source(std::path::Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src"
    )));
    source += include_str!("../../../src/store.rs");
    source += include_str!("../../../src/configuration/mod.rs");
    let fields: std::collections::HashSet<&str> = source
        .split('.')
        .map(str::trim_start)
        .filter_map(|rest| {
            rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .next()
        })
        .collect();
    for parameter in PARAMETERS {
        // The number of workers is only shown.
        let is_used = fields.contains(parameter.name) && parameter.name != "workers";
        let acts = matches!(parameter.effect(), Effect::Acts | Effect::InPart(_));
        assert_eq!(
            acts, is_used,
            "{}: say in src/configuration/effect.rs what it does here",
            parameter.name
        );
    }
}

#[test]
fn changes_are_named_without_their_values() {
    let old = Configuration::default();
    let new = Configuration {
        scalyr_api_key: "secret".to_owned(),
        workers: 3,
        ..old.clone()
    };
    assert_eq!(changed(&old, &new), ["workers", "scalyr_api_key"]);
    assert!(changed(&old, &old).is_empty());
}
