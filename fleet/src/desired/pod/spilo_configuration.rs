//! SPILO_CONFIGURATION: what the image merges last into Patroni's configuration.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::{Error, Inputs};

/// Parameters that only take effect on each member itself. They travel in the environment, so that
/// changing one is a rolling update; all others go through Patroni's dynamic configuration
/// (zalando.md §3.6).
const LOCAL_PARAMETERS: [&str; 20] = [
    "archive_command",
    "shared_buffers",
    "logging_collector",
    "log_destination",
    "log_directory",
    "log_filename",
    "log_file_mode",
    "log_rotation_age",
    "log_truncate_on_rotation",
    "ssl",
    "ssl_ca_file",
    "ssl_crl_file",
    "ssl_cert_file",
    "ssl_key_file",
    "shared_preload_libraries",
    "bg_mon.listen_address",
    "bg_mon.history_buckets",
    "pg_stat_statements.track_utility",
    "extwlist.extensions",
    "extwlist.custom_path",
];

/// Options of initdb that are given without a value.
const BARE_OPTIONS: [&str; 6] = [
    "data-checksums",
    "debug",
    "no-locale",
    "noclean",
    "nosync",
    "sync-only",
];

/// The text, byte for byte as Zalando's operator writes it: order of the fields, what is left out
/// when it is empty, and Go's escapes.
pub(super) fn spilo_configuration(inputs: &Inputs) -> Result<String, Error> {
    let dcs = dynamic_configuration(inputs)?;
    let configuration = json!({
        "postgresql": server(inputs),
        "bootstrap": { "initdb": initdb(inputs), "dcs": dcs },
    });
    Ok(as_go(&configuration))
}

/// JSON as Go writes it: what could be taken for HTML is escaped.
pub(super) fn as_go(value: &Value) -> String {
    value
        .to_string()
        .replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// Parameters of one of the two kinds.
fn parameters<'a>(inputs: &Inputs<'a>, local: bool) -> BTreeMap<&'a str, &'a str> {
    let all = inputs.spec().postgresql.parameters.iter().flatten();
    all.filter(|(name, _)| LOCAL_PARAMETERS.contains(&name.as_str()) == local)
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn server(inputs: &Inputs) -> Map<String, Value> {
    let mut server = Map::new();
    // Spilo finds the binaries by PGVERSION unless told this, which wins.
    if !inputs.configuration.enable_pgversion_env_var {
        let version = &inputs.spec().postgresql.version;
        server.insert(
            "bin_dir".to_owned(),
            json!(format!("/usr/lib/postgresql/{version}/bin")),
        );
    }
    let parameters = parameters(inputs, true);
    if !parameters.is_empty() {
        server.insert("parameters".to_owned(), json!(parameters));
    }
    let patroni = inputs.spec().patroni.as_ref();
    if let Some(lines) = patroni.and_then(|patroni| patroni.pg_hba.as_ref())
        && !lines.is_empty()
    {
        server.insert("pg_hba".to_owned(), json!(lines));
    }
    server
}

fn initdb(inputs: &Inputs) -> Vec<Value> {
    let patroni = inputs.spec().patroni.as_ref();
    let mut given = patroni
        .and_then(|patroni| patroni.initdb.clone())
        .unwrap_or_default();
    let defaults = [("auth-host", "scram-sha-256"), ("auth-local", "trust")];
    let mut options: Vec<Value> = defaults
        .into_iter()
        .map(|(name, default)| {
            let value = given.remove(name).unwrap_or_else(|| default.to_owned());
            json!({ name: value })
        })
        .collect();
    options.extend(given.into_iter().map(|(name, value)| {
        if value == "true" && BARE_OPTIONS.contains(&name.as_str()) {
            json!(name)
        } else {
            json!({ name: value })
        }
    }));
    options
}

/// What Patroni's dynamic configuration begins with and follows from then on (zalando.md §3.6).
///
/// # Errors
///
/// When a value of the manifest cannot be.
pub fn dynamic_configuration(inputs: &Inputs) -> Result<Map<String, Value>, Error> {
    let patroni = inputs.spec().patroni.clone().unwrap_or_default();
    let mut dcs = Map::new();
    let numbers = [
        ("ttl", patroni.ttl),
        ("loop_wait", patroni.loop_wait),
        ("retry_timeout", patroni.retry_timeout),
        ("maximum_lag_on_failover", patroni.maximum_lag_on_failover),
        ("synchronous_node_count", patroni.synchronous_node_count),
    ];
    let flags = [
        ("synchronous_mode", patroni.synchronous_mode),
        ("synchronous_mode_strict", patroni.synchronous_mode_strict),
    ];
    for (field, number) in numbers {
        if number.is_some_and(|number| number < 0) {
            return Err(Error::manifest(
                format!("spec.patroni.{field}"),
                "must not be negative",
            ));
        }
    }
    let [ttl, loop_wait, retry_timeout, lag, count] = numbers;
    for (field, number) in [ttl, loop_wait, retry_timeout, lag] {
        insert(&mut dcs, field, number.filter(|number| *number != 0));
    }
    for (field, flag) in flags {
        insert(&mut dcs, field, flag.filter(|flag| *flag));
    }
    insert(&mut dcs, count.0, count.1.filter(|number| *number != 0));
    let parameters = parameters(inputs, false);
    if !parameters.is_empty() {
        insert(
            &mut dcs,
            "postgresql",
            Some(json!({ "parameters": parameters })),
        );
    }
    insert(
        &mut dcs,
        "slots",
        patroni.slots.filter(|slots| !slots.is_empty()),
    );
    let failsafe = patroni
        .failsafe_mode
        .unwrap_or(inputs.configuration.enable_patroni_failsafe_mode);
    insert(&mut dcs, "failsafe_mode", Some(failsafe));
    Ok(dcs)
}

fn insert(map: &mut Map<String, Value>, key: &str, value: Option<impl serde::Serialize>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), json!(value));
    }
}
