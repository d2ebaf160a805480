//! Patroni's configuration from Spilo's environment: a pure function. The user's SPILO_CONFIGURATION is merged last.

use super::environment::{Environment, Facts, MAJORS};
use super::hba;
use serde_json::{Map, Value, json};

/// Why no configuration can be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A variable holds something else than the contract says.
    #[error("{name} is not {wanted}: {found}")]
    Variable {
        /// Which.
        name: &'static str,
        /// What it should be.
        wanted: &'static str,
        /// What is wrong with it.
        found: String,
    },
    /// Only Kubernetes is served as Patroni's store.
    #[error(
        "DCS_ENABLE_KUBERNETES_API is not set: this image keeps Patroni's state in Kubernetes only (etcd_host of the operator is not supported)"
    )]
    Store,
    /// The data on the volume belongs to a major version that the image lacks.
    #[error("the data directory belongs to PostgreSQL {version}, and this image has {}: use an image that has it", majors.join(", "))]
    DataVersion {
        /// Of the data.
        version: u32,
        /// Of the image.
        majors: Vec<String>,
    },
    /// The image has no PostgreSQL at all.
    #[error("no PostgreSQL below {MAJORS}")]
    NoServer,
}

/// A configuration, and what of the environment could not be honoured.
#[derive(Debug)]
pub struct Configuration {
    /// What Patroni gets.
    pub patroni: Value,
    /// One sentence each, for the log.
    pub warnings: Vec<String>,
}

/// The whole configuration.
pub fn configuration(env: &Environment, facts: &Facts) -> Result<Configuration, Error> {
    if env.get("DCS_ENABLE_KUBERNETES_API").is_none() {
        return Err(Error::Store);
    }
    let user = user_configuration(env)?;
    let mut warnings = missing(env);
    let version = version(env, facts, &user)?;
    let address = |port: &str| match env.or("POD_IP", &facts.hostname) {
        ip if ip.contains(':') => format!("[{ip}]:{port}"),
        ip => format!("{ip}:{port}"),
    };
    let mut patroni = json!({
        "scope": env.or("SCOPE", "dummy"),
        "name": facts.hostname,
        "bootstrap": bootstrap(env, facts),
        "kubernetes": kubernetes(env)?,
        "restapi": { "listen": format!(":{}", env.or("APIPORT", "8008")), "connect_address": address(env.or("APIPORT", "8008")) },
        "postgresql": {
            "pgpass": "/run/postgresql/pgpass",
            "use_unix_socket": true,
            "use_unix_socket_repl": true,
            "listen": format!("*:{}", env.or("PGPORT", "5432")),
            "connect_address": address(env.or("PGPORT", "5432")),
            "data_dir": env.data(),
            "parameters": local_parameters(env, facts),
            "pg_hba": hba::rules(env),
            "authentication": {
                "superuser": { "username": env.or("PGUSER_SUPERUSER", "postgres"), "password": env.or("PGPASSWORD_SUPERUSER", "zalando") },
                "replication": { "username": env.or("PGUSER_STANDBY", "standby"), "password": env.or("PGPASSWORD_STANDBY", "standby") },
            },
            // A spread checkpoint would keep a new replica waiting for minutes before its copy begins.
            "basebackup": { "checkpoint": "fast" },
        },
    });
    for (variable, key) in [
        ("SSL_RESTAPI_CA_FILE", "cafile"),
        ("SSL_RESTAPI_CERTIFICATE_FILE", "certfile"),
        ("SSL_RESTAPI_PRIVATE_KEY_FILE", "keyfile"),
    ] {
        if let Some(file) = env.get(variable) {
            patroni["restapi"][key] = file.into();
        }
    }
    let initdb = initdb(env, &user);
    merge(&mut patroni, user);
    // These three after the merge: they follow the volume and the image, whatever the user wrote.
    patroni["bootstrap"]["initdb"] = initdb;
    if version.decided_by_image || patroni.pointer("/postgresql/bin_dir").is_none() {
        patroni["postgresql"]["bin_dir"] = format!("{MAJORS}/{}/bin", version.major).into();
    }
    warnings.extend(preload(&mut patroni, facts, version.major));
    Ok(Configuration { patroni, warnings })
}

fn user_configuration(env: &Environment) -> Result<Value, Error> {
    let name = if env.get("SPILO_CONFIGURATION").is_some() {
        "SPILO_CONFIGURATION"
    } else {
        "PATRONI_CONFIGURATION"
    };
    let Some(text) = env.get(name) else {
        return Ok(json!({}));
    };
    // The operator writes JSON; people write YAML.
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) => serde_saphyr::from_str(text).map_err(|error| Error::Variable {
            name,
            wanted: "JSON or YAML",
            found: error.to_string(),
        })?,
    };
    match value {
        Value::Object(_) => Ok(value),
        Value::Null => Ok(json!({})),
        other => Err(Error::Variable {
            name,
            wanted: "a mapping",
            found: other.to_string(),
        }),
    }
}

/// The user's value wins, mappings are merged, lists are not, and null leaves the default.
fn merge(ours: &mut Value, user: Value) {
    match (ours, user) {
        (Value::Object(ours), Value::Object(user)) => {
            for (key, value) in user {
                merge(ours.entry(key).or_insert(Value::Null), value);
            }
        }
        (_, Value::Null) => {}
        (ours, user) => *ours = user,
    }
}

struct Version {
    major: u32,
    decided_by_image: bool,
}

/// The data directory decides; then a bin_dir of the user's; then PGVERSION; then the newest.
fn version(env: &Environment, facts: &Facts, user: &Value) -> Result<Version, Error> {
    if let Some(version) = facts.data_version {
        if !facts.majors.contains_key(&version) {
            return Err(Error::DataVersion {
                version,
                majors: facts.majors.keys().map(u32::to_string).collect(),
            });
        }
        return Ok(Version {
            major: version,
            decided_by_image: true,
        });
    }
    let present = |text: &str| {
        text.parse()
            .ok()
            .filter(|major| facts.majors.contains_key(major))
    };
    let newest = facts
        .majors
        .keys()
        .next_back()
        .copied()
        .ok_or(Error::NoServer)?;
    let of_user = user.pointer("/postgresql/bin_dir").and_then(Value::as_str);
    let major = of_user
        .and_then(|path| path.split('/').find_map(present))
        .or_else(|| env.get("PGVERSION").and_then(present))
        .unwrap_or(newest);
    Ok(Version {
        major,
        decided_by_image: of_user.is_none(),
    })
}

fn kubernetes(env: &Environment) -> Result<Value, Error> {
    let labels = |name: &'static str, default: &'static str| -> Result<Value, Error> {
        let wrong = |found| Error::Variable {
            name,
            wanted: "a JSON object of labels",
            found,
        };
        match serde_json::from_str(env.or(name, default)) {
            Ok(Value::Object(labels)) => Ok(labels.into()),
            Ok(other) => Err(wrong(other.to_string())),
            Err(error) => Err(wrong(error.to_string())),
        }
    };
    let mut kubernetes = json!({
        "namespace": env.get("NAMESPACE").or(env.get("POD_NAMESPACE")).unwrap_or("default"),
        "labels": labels("KUBERNETES_LABELS", r#"{"application":"spilo"}"#)?,
        "scope_label": env.or("KUBERNETES_SCOPE_LABEL", "version"),
        "role_label": env.or("KUBERNETES_ROLE_LABEL", "spilo-role"),
        // Patroni 4 says `primary`; the operator's Services select `master`.
        "leader_label_value": env.or("KUBERNETES_LEADER_LABEL_VALUE", "master"),
        "standby_leader_label_value": env.or("KUBERNETES_STANDBY_LEADER_LABEL_VALUE", "master"),
        "bypass_api_service": env.or("KUBERNETES_BYPASS_API_SERVICE", "true").eq_ignore_ascii_case("true"),
    });
    for (variable, key) in [
        ("KUBERNETES_FOLLOWER_LABEL_VALUE", "follower_label_value"),
        ("KUBERNETES_TMP_ROLE_LABEL", "tmp_role_label"),
    ] {
        if let Some(value) = env.get(variable) {
            kubernetes[key] = value.into();
        }
    }
    // Patroni sets these from 4.1 on; for 4.0 `node run` does it. Checked here for both.
    kubernetes["bootstrap_labels"] = labels("KUBERNETES_BOOTSTRAP_LABELS", "{}")?;
    if env.get("KUBERNETES_USE_CONFIGMAPS").is_none() {
        kubernetes["use_endpoints"] = true.into();
        kubernetes["pod_ip"] = env.or("POD_IP", "").into();
        kubernetes["ports"] = json!([{ "port": 5432, "name": "postgresql" }]);
    }
    Ok(kubernetes)
}

fn bootstrap(env: &Environment, facts: &Facts) -> Value {
    let megabytes = facts.memory / 1_048_576;
    let mut bootstrap = json!({
        "post_init": format!("/usr/local/bin/pg-fleet node bootstrapped \"{}\"", env.or("HUMAN_ROLE", "zalandos")),
        "dcs": {
            "ttl": 30,
            "loop_wait": 10,
            "retry_timeout": 10,
            "maximum_lag_on_failover": 33_554_432,
            "postgresql": {
                "use_pg_rewind": true,
                "use_slots": true,
                "parameters": {
                    "archive_mode": "on",
                    "archive_timeout": "1800s",
                    "wal_level": "replica",
                    "wal_log_hints": "on",
                    "wal_compression": "on",
                    "max_wal_senders": 10,
                    "max_connections": (megabytes / 30).clamp(100, 1000),
                    "max_replication_slots": 10,
                    "hot_standby": "on",
                    "tcp_keepalives_idle": 900,
                    "tcp_keepalives_interval": 100,
                    "log_line_prefix": "%t [%p]: [%l-1] %c %x %d %u %a %h ",
                    "log_checkpoints": "on",
                    "log_lock_waits": "on",
                    "log_min_duration_statement": 500,
                    "log_autovacuum_min_duration": 0,
                    "log_connections": "on",
                    "log_disconnections": "on",
                    "log_statement": "ddl",
                    "log_temp_files": 0,
                    "track_functions": "all",
                    "checkpoint_completion_target": 0.9,
                    "autovacuum_max_workers": 5,
                    "autovacuum_vacuum_scale_factor": 0.05,
                    "autovacuum_analyze_scale_factor": 0.02,
                },
            },
        },
    });
    if let Some(host) = env.get("STANDBY_HOST") {
        let mut standby = json!({ "host": host, "create_replica_methods": ["basebackup"] });
        for (variable, key) in [
            ("STANDBY_PORT", "port"),
            ("STANDBY_PRIMARY_SLOT_NAME", "primary_slot_name"),
        ] {
            if let Some(value) = env.get(variable) {
                standby[key] = value.into();
            }
        }
        bootstrap["dcs"]["standby_cluster"] = standby;
    }
    if let Some(refused) = unavailable_bootstrap(env) {
        // An empty cluster in place of the copy that was asked for would look like success.
        bootstrap["method"] = "unavailable".into();
        bootstrap["unavailable"] =
            json!({ "command": format!("/usr/local/bin/pg-fleet node refuse {refused}") });
    }
    bootstrap
}

/// The variable that asks for a first start of a kind that this image cannot do yet.
fn unavailable_bootstrap(env: &Environment) -> Option<&str> {
    env.names().find(|name| {
        *name == "CLONE_METHOD"
            || (name.starts_with("STANDBY_WAL")
                && name.ends_with("_PREFIX")
                && *name != "STANDBY_WAL_BUCKET_SCOPE_PREFIX")
    })
}

/// Spilo lets a list of the user's replace its own whole, and so loses checksums, encoding and locale as soon as the operator
/// names an authentication method. Here each option stays until the user names it.
fn initdb(env: &Environment, user: &Value) -> Value {
    let mut options = user
        .pointer("/bootstrap/initdb")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let named = |part: &str, options: &[Value]| {
        options.iter().any(|option| match option {
            Value::String(name) => name.contains(part),
            Value::Object(map) => map.keys().any(|name| name.contains(part)),
            _ => false,
        })
    };
    if !named("encoding", &options) {
        options.push(json!({ "encoding": "UTF8" }));
    }
    if !named("locale", &options) {
        options.push(json!({ "locale": format!("{}.UTF-8", env.or("INITDB_LOCALE", "en_US")) }));
    }
    if !named("data-checksums", &options) {
        options.push("data-checksums".into());
    }
    options.into()
}

fn local_parameters(env: &Environment, facts: &Facts) -> Value {
    let scratch = env.scratch();
    let certificate = |file: &str| scratch.join("certs").join(file).display().to_string();
    let mut parameters = json!({
        "archive_command": "/bin/true",
        "shared_buffers": format!("{}MB", facts.memory / 1_048_576 / 5),
        "logging_collector": "on",
        "log_destination": "csvlog",
        "log_directory": "../pg_log",
        "log_filename": "postgresql-%u.log",
        "log_file_mode": "0644",
        "log_rotation_age": "1d",
        "log_truncate_on_rotation": "on",
        "ssl": "on",
        "ssl_cert_file": env.or("SSL_CERTIFICATE_FILE", &certificate("server.crt")),
        "ssl_key_file": env.or("SSL_PRIVATE_KEY_FILE", &certificate("server.key")),
        "shared_preload_libraries": "bg_mon,pg_stat_statements,pgextwlist,pg_auth_mon,set_user,timescaledb,pg_cron,pg_stat_kcache",
        "pg_stat_statements.track_utility": "off",
        "extwlist.extensions": "btree_gin,btree_gist,citext,extra_window_functions,first_last_agg,hll,hstore,hypopg,intarray,ltree,\
    pgcrypto,pgq,pgq_node,pg_trgm,postgres_fdw,tablefunc,uuid-ossp,timescaledb,pg_partman",
        "extwlist.custom_path": "/scripts",
    });
    for (variable, inline, key, file) in [
        ("SSL_CA_FILE", "SSL_CA", "ssl_ca_file", "ca.crt"),
        ("SSL_CRL_FILE", "SSL_CRL", "ssl_crl_file", "server.crl"),
    ] {
        if let Some(path) = env.get(variable) {
            parameters[key] = path.into();
        } else if env.get(inline).is_some() {
            parameters[key] = certificate(file).into();
        }
    }
    parameters
}

/// Spilo's libraries that Debian does not carry; a server that is told to load one does not start.
const NOT_IN_DEBIAN: [&str; 6] = [
    "bg_mon",
    "pg_auth_mon",
    "pg_mon",
    "timescaledb",
    "pg_stat_kcache",
    "plprofiler",
];

/// Takes libraries of Spilo's that this major does not have out of the preload list, the user's list too: a manifest that
/// names Spilo's own libraries is a valid one. Others stay, so that the server says what is wrong.
fn preload(patroni: &mut Value, facts: &Facts, major: u32) -> Vec<String> {
    let of_user = patroni
        .pointer("/postgresql/parameters/shared_preload_libraries")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let has = |library: &str| {
        facts
            .majors
            .get(&major)
            .is_some_and(|libraries| libraries.contains(library))
    };
    let (kept, gone): (Vec<&str>, Vec<&str>) = of_user
        .split(',')
        .map(str::trim)
        .filter(|library| !library.is_empty())
        .partition(|library| !NOT_IN_DEBIAN.contains(library) || has(library));
    patroni["postgresql"]["parameters"]["shared_preload_libraries"] = kept.join(",").into();
    if gone.is_empty() {
        Vec::new()
    } else {
        vec![format!(
            "not preloaded, because this image does not have them for {major}: {}",
            gone.join(", ")
        )]
    }
}

/// What the environment asks for and this image does not do; the full list is manifests/images/postgres/README.md.
fn missing(env: &Environment) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(name) = env.names().find(|name| {
        ["WAL_", "WALE_", "WALG_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
            && ["_BUCKET", "_PREFIX"].iter().any(|end| name.ends_with(end))
            && *name != "WAL_BUCKET_SCOPE_PREFIX"
    }) {
        warnings.push(format!(
            "{name} is set, but WAL-G is not in this image: NOTHING IS ARCHIVED OR BACKED UP"
        ));
    }
    if env.get("PAM_OAUTH2").is_some() {
        warnings.push("PAM_OAUTH2 is set, but the PAM module is not in this image: members of the human role cannot log in through it".into());
    }
    if env.get("CRONTAB").is_some() {
        warnings.push("CRONTAB is set, but this image runs no cron".into());
    }
    warnings
}

/// Patroni's REST API as this very pod reaches it.
#[derive(Debug, Clone)]
pub struct RestApi {
    /// Up to the path.
    pub url: String,
    /// User and password of unsafe requests, where they are asked for.
    pub credentials: Option<(String, String)>,
}

/// The REST API that a configuration makes Patroni serve.
pub fn rest_api(patroni: &Value) -> RestApi {
    let empty = Map::new();
    let section = patroni["restapi"].as_object().unwrap_or(&empty);
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let port = text(section.get("listen"))
        .and_then(|listen| Some(listen.rsplit_once(':')?.1.to_owned()))
        .unwrap_or_else(|| "8008".into());
    let scheme = if section.contains_key("certfile") {
        "https"
    } else {
        "http"
    };
    let login = section.get("authentication");
    RestApi {
        url: format!("{scheme}://127.0.0.1:{port}"),
        credentials: login
            .and_then(|login| Some((text(login.get("username"))?, text(login.get("password"))?))),
    }
}
