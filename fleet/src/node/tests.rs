//! The configuration that an environment leads to.

use super::configuration::{Error, configuration, rest_api};
use super::environment::{Environment, Facts};
use serde_json::{Value, json};

/// What the operator gives a pod of a minimal manifest, as seen on a running cluster.
const MINIMAL: [(&str, &str); 18] = [
    ("SCOPE", "minimal"),
    ("PGROOT", "/home/postgres/pgdata/pgroot"),
    ("POD_IP", "10.2.3.4"),
    ("POD_NAMESPACE", "shop"),
    ("PGUSER_SUPERUSER", "postgres"),
    ("KUBERNETES_SCOPE_LABEL", "cluster-name"),
    ("KUBERNETES_ROLE_LABEL", "spilo-role"),
    ("PGPASSWORD_SUPERUSER", "secret-1"),
    ("PGUSER_STANDBY", "standby"),
    ("PGPASSWORD_STANDBY", "secret-2"),
    (
        "PAM_OAUTH2",
        "https://info.example.com/oauth2/tokeninfo?access_token= uid realm=/employees",
    ),
    ("HUMAN_ROLE", "zalandos"),
    ("PGVERSION", "17"),
    ("KUBERNETES_LABELS", r#"{"application":"spilo"}"#),
    (
        "SPILO_CONFIGURATION",
        r#"{"postgresql":{},"bootstrap":{"initdb":[{"auth-host":"scram-sha-256"},{"auth-local":"trust"}],"dcs":{"failsafe_mode":false}}}"#,
    ),
    ("DCS_ENABLE_KUBERNETES_API", "true"),
    (
        "KUBERNETES_BOOTSTRAP_LABELS",
        r#"{"critical-operation":"true"}"#,
    ),
    ("KUBERNETES_USE_CONFIGMAPS", "true"),
];

fn facts() -> Facts {
    let libraries = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Facts {
        hostname: "minimal-0".into(),
        memory: 500 * 1_048_576,
        data_version: None,
        awaited: None,
        majors: [
            (15, libraries(&["pg_cron", "pg_stat_kcache"])),
            (17, libraries(&["pg_cron", "pg_stat_kcache", "timescaledb"])),
        ]
        .into(),
    }
}

/// The minimal environment with some variables changed; an empty value is none.
fn with(changes: &[(&str, &str)]) -> Environment {
    MINIMAL.iter().chain(changes).copied().collect()
}

fn patroni(changes: &[(&str, &str)]) -> Value {
    configuration(&with(changes), &facts()).unwrap().patroni
}

fn at(changes: &[(&str, &str)], pointer: &str) -> Value {
    patroni(changes)
        .pointer(pointer)
        .cloned()
        .unwrap_or(Value::Null)
}

#[test]
fn minimal_manifest() {
    insta::assert_json_snapshot!(patroni(&[]));
}

#[test]
fn each_variable_reaches_its_place() {
    let spilo = |text: &'static str| vec![("SPILO_CONFIGURATION", text)];
    type Case<'a> = (Vec<(&'a str, &'a str)>, &'a str, Value);
    let table: Vec<Case<'_>> = vec![
        (
            vec![("KUBERNETES_LEADER_LABEL_VALUE", "primary")],
            "/kubernetes/leader_label_value",
            json!("primary"),
        ),
        (
            vec![("KUBERNETES_BYPASS_API_SERVICE", "false")],
            "/kubernetes/bypass_api_service",
            json!(false),
        ),
        (
            vec![("NAMESPACE", "other")],
            "/kubernetes/namespace",
            json!("other"),
        ),
        // Endpoints, when ConfigMaps are not asked for
        (
            vec![("KUBERNETES_USE_CONFIGMAPS", "")],
            "/kubernetes/use_endpoints",
            json!(true),
        ),
        (
            vec![("KUBERNETES_USE_CONFIGMAPS", "")],
            "/kubernetes/pod_ip",
            json!("10.2.3.4"),
        ),
        (vec![], "/kubernetes/use_endpoints", json!(null)),
        (
            vec![("POD_IP", "fd00::7")],
            "/postgresql/connect_address",
            json!("[fd00::7]:5432"),
        ),
        (
            vec![("PGPORT", "6432")],
            "/postgresql/listen",
            json!("*:6432"),
        ),
        (vec![("APIPORT", "9009")], "/restapi/listen", json!(":9009")),
        (
            vec![("SSL_CERTIFICATE_FILE", "/tls/tls.crt")],
            "/postgresql/parameters/ssl_cert_file",
            json!("/tls/tls.crt"),
        ),
        (
            vec![("SSL_CA_FILE", "/tlsca/ca.crt")],
            "/postgresql/parameters/ssl_ca_file",
            json!("/tlsca/ca.crt"),
        ),
        (
            vec![("SSL_CA", "-----BEGIN")],
            "/postgresql/parameters/ssl_ca_file",
            json!("/run/certs/ca.crt"),
        ),
        (
            vec![("SSL_RESTAPI_CERTIFICATE_FILE", "/tls/r.crt")],
            "/restapi/certfile",
            json!("/tls/r.crt"),
        ),
        (
            vec![("PGVERSION", "15")],
            "/postgresql/bin_dir",
            json!("/usr/lib/postgresql/15/bin"),
        ),
        (
            vec![("PGVERSION", "")],
            "/postgresql/bin_dir",
            json!("/usr/lib/postgresql/17/bin"),
        ),
        (
            spilo(r#"{"postgresql":{"bin_dir":"/opt/pg/bin"}}"#),
            "/postgresql/bin_dir",
            json!("/opt/pg/bin"),
        ),
        (
            vec![("STANDBY_HOST", "db.example.com")],
            "/bootstrap/dcs/standby_cluster/host",
            json!("db.example.com"),
        ),
        // the user's values win, mappings are merged, lists replaced, null keeps the default
        (
            spilo(r#"{"bootstrap":{"dcs":{"ttl":60}}}"#),
            "/bootstrap/dcs/ttl",
            json!(60),
        ),
        (
            spilo(r#"{"bootstrap":{"dcs":{"ttl":60}}}"#),
            "/bootstrap/dcs/loop_wait",
            json!(10),
        ),
        (
            spilo(r#"{"bootstrap":{"dcs":{"ttl":null}}}"#),
            "/bootstrap/dcs/ttl",
            json!(30),
        ),
        (
            spilo(r#"{"postgresql":{"pg_hba":["local all all trust"]}}"#),
            "/postgresql/pg_hba",
            json!(["local all all trust"]),
        ),
        (
            spilo("postgresql:\n  parameters:\n    shared_buffers: 1GB\n"),
            "/postgresql/parameters/shared_buffers",
            json!("1GB"),
        ),
        (
            vec![
                ("SPILO_CONFIGURATION", ""),
                ("PATRONI_CONFIGURATION", "ttl: 1"),
            ],
            "/ttl",
            json!(1),
        ),
        // Spilo's libraries that are missing here do not stop the server, unknown ones do
        (
            spilo(
                r#"{"postgresql":{"parameters":{"shared_preload_libraries":"bg_mon, timescaledb,mine"}}}"#,
            ),
            "/postgresql/parameters/shared_preload_libraries",
            json!("timescaledb,mine"),
        ),
        (
            vec![("PGVERSION", "15")],
            "/postgresql/parameters/shared_preload_libraries",
            json!("pg_stat_statements,pgextwlist,set_user,pg_cron,pg_stat_kcache"),
        ),
        // what was asked for is not made, and an empty database is not put in its place
        (
            vec![("CLONE_METHOD", "CLONE_WITH_WALE")],
            "/bootstrap/method",
            json!("unavailable"),
        ),
        // the copy is there before Patroni is; where it is not, nothing else begins
        (
            vec![
                ("CLONE_METHOD", "CLONE_WITH_BASEBACKUP"),
                ("CLONE_HOST", "h"),
            ],
            "/bootstrap/method",
            json!("unavailable"),
        ),
        (
            vec![("STANDBY_WALE_S3_PREFIX", "s3://a")],
            "/bootstrap/unavailable/command",
            json!("/usr/local/bin/pg-fleet node refuse STANDBY_WALE_S3_PREFIX"),
        ),
    ];
    for (changes, pointer, expected) in table {
        assert_eq!(at(&changes, pointer), expected, "{changes:?} {pointer}");
    }
}

#[test]
fn only_the_first_member_begins_a_copy() {
    let begins = |hostname: &str, data_version, changes: &[(&str, &str)]| {
        let facts = Facts {
            hostname: hostname.into(),
            data_version,
            ..facts()
        };
        let patroni = configuration(&with(changes), &facts).unwrap().patroni;
        patroni.get("bootstrap").is_some()
    };
    let clone = [
        ("CLONE_METHOD", "CLONE_WITH_BASEBACKUP"),
        ("CLONE_HOST", "h"),
    ];
    let standby = [("STANDBY_HOST", "h")];
    for copy in [&clone[..], &standby[..]] {
        assert!(begins("minimal-0", None, copy));
        assert!(!begins("minimal-1", None, copy));
        assert!(begins("minimal-1", Some(17), copy));
    }
    assert!(begins("minimal-1", None, &[]));
}

#[test]
fn memory_decides_buffers_and_connections() {
    for (megabytes, buffers, connections) in [
        (500, "100MB", 100),
        (6_000, "1200MB", 200),
        (64_000, "12800MB", 1000),
    ] {
        let facts = Facts {
            memory: megabytes * 1_048_576,
            ..facts()
        };
        let patroni = configuration(&with(&[]), &facts).unwrap().patroni;
        assert_eq!(
            patroni["postgresql"]["parameters"]["shared_buffers"],
            buffers
        );
        assert_eq!(
            patroni["bootstrap"]["dcs"]["postgresql"]["parameters"]["max_connections"],
            connections
        );
    }
}

#[test]
fn initdb_keeps_what_the_user_does_not_name() {
    let user = |options: &str| format!(r#"{{"bootstrap":{{"initdb":{options}}}}}"#);
    for (options, expected) in [
        (
            "[]",
            json!([{"encoding": "UTF8"}, {"locale": "en_US.UTF-8"}, "data-checksums"]),
        ),
        (
            r#"["no-locale"]"#,
            json!(["no-locale", {"encoding": "UTF8"}, "data-checksums"]),
        ),
        (
            r#"["no-data-checksums"]"#,
            json!(["no-data-checksums", {"encoding": "UTF8"}, {"locale": "en_US.UTF-8"}]),
        ),
        (
            r#"[{"locale-provider":"icu"},{"encoding":"LATIN1"}]"#,
            json!([{"locale-provider": "icu"}, {"encoding": "LATIN1"}, "data-checksums"]),
        ),
    ] {
        assert_eq!(
            at(
                &[("SPILO_CONFIGURATION", &user(options))],
                "/bootstrap/initdb"
            ),
            expected,
            "{options}"
        );
    }
}

#[test]
fn an_empty_volume_that_waits_for_a_copy_is_of_the_version_that_was_upgraded_to() {
    let facts = Facts {
        awaited: Some(17),
        ..facts()
    };
    let of = |facts: &Facts, changes: &[(&str, &str)]| {
        configuration(&with(changes), facts).unwrap().patroni["postgresql"]["bin_dir"].clone()
    };
    let old = r#"{"postgresql":{"bin_dir":"/usr/lib/postgresql/15/bin"}}"#;
    for change in [("PGVERSION", "15"), ("SPILO_CONFIGURATION", old)] {
        let bin = of(&facts, &[change]);
        assert_eq!(bin, "/usr/lib/postgresql/17/bin", "{change:?}");
    }
    let there = Facts {
        data_version: Some(15),
        ..facts
    };
    assert_eq!(of(&there, &[]), "/usr/lib/postgresql/15/bin");
}

#[test]
fn the_data_decides_the_version() {
    let facts = Facts {
        data_version: Some(15),
        ..facts()
    };
    let of = |changes: &[(&str, &str)]| {
        configuration(&with(changes), &facts).unwrap().patroni["postgresql"]["bin_dir"].clone()
    };
    assert_eq!(of(&[("PGVERSION", "17")]), "/usr/lib/postgresql/15/bin");
    assert_eq!(of(&[("PGVERSION", "99")]), "/usr/lib/postgresql/15/bin");
    assert_eq!(
        of(&[(
            "SPILO_CONFIGURATION",
            r#"{"postgresql":{"bin_dir":"/opt/17"}}"#
        )]),
        "/usr/lib/postgresql/15/bin"
    );
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let error =
        |changes: &[(&str, &str)], facts: &Facts| configuration(&with(changes), facts).unwrap_err();
    assert!(matches!(
        error(&[("DCS_ENABLE_KUBERNETES_API", "")], &facts()),
        Error::Store
    ));
    assert!(matches!(
        error(&[("PGPASSWORD_SUPERUSER", "")], &facts()),
        Error::NotSet("PGPASSWORD_SUPERUSER")
    ));
    assert!(matches!(
        error(&[("PGVERSION", "16")], &facts()),
        Error::Version { .. }
    ));
    assert!(matches!(
        error(
            &[("PGVERSION", "")],
            &Facts {
                majors: [].into(),
                ..facts()
            }
        ),
        Error::NoServer
    ));
    assert!(matches!(
        error(
            &[],
            &Facts {
                data_version: Some(14),
                ..facts()
            }
        ),
        Error::DataVersion { version: 14, .. }
    ));
    for (name, value) in [
        ("KUBERNETES_LABELS", "application=spilo"),
        ("SPILO_CONFIGURATION", "[1]"),
        ("SPILO_CONFIGURATION", "{"),
    ] {
        let error = error(&[(name, value)], &facts()).to_string();
        assert!(error.starts_with(name), "{error}");
    }
}

#[test]
fn what_is_not_done_is_said() {
    let said = |changes: &[(&str, &str)]| {
        configuration(&with(changes), &facts())
            .unwrap()
            .warnings
            .join("\n")
    };
    assert!(said(&[("WAL_S3_BUCKET", "b")]).contains("NOTHING IS ARCHIVED"));
    assert!(said(&[]).contains("PAM_OAUTH2"));
    assert_eq!(
        said(&[("PAM_OAUTH2", ""), ("WAL_BUCKET_SCOPE_PREFIX", "x")]),
        ""
    );
}

#[test]
fn the_rest_api_is_found_whatever_the_user_did_to_it() {
    let of = |text: &str| rest_api(&patroni(&[("SPILO_CONFIGURATION", text)]));
    assert_eq!(of("{}").url, "http://127.0.0.1:8008");
    let changed = of(
        r#"{"restapi":{"listen":"0.0.0.0:9","certfile":"/c","authentication":{"username":"u","password":"p"}}}"#,
    );
    assert_eq!(changed.url, "https://127.0.0.1:9");
    assert_eq!(changed.credentials, Some(("u".into(), "p".into())));
}
