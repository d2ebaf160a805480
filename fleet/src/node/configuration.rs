//! Patroni's configuration from Spilo's environment: a pure function. The user's SPILO_CONFIGURATION is merged last.

use super::copy::{self, Source};
use super::environment::{Environment, Facts, MAJORS};
use super::{bootstrap, hba, missing, parameters};
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
    /// A variable without which there is nothing safe to do.
    #[error("{0} is not set")]
    NotSet(&'static str),
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
    /// PGVERSION names a major version that the image lacks.
    #[error("PGVERSION is {version}, and this image has {}", majors.join(", "))]
    Version {
        /// What was asked for.
        version: String,
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
    // Spilo falls back to well-known ones
    let password = |name| env.get(name).ok_or(Error::NotSet(name));
    let user = user_configuration(env)?;
    let mut warnings = missing::warnings(env);
    let version = version(env, facts, &user)?;
    let address = |port: &str| match env.or("POD_IP", &facts.hostname) {
        ip if ip.contains(':') => format!("[{ip}]:{port}"),
        ip => format!("{ip}:{port}"),
    };
    let mut patroni = json!({
        "scope": env.or("SCOPE", "dummy"),
        "name": facts.hostname,
        "bootstrap": bootstrap::bootstrap(env, facts),
        "kubernetes": kubernetes(env)?,
        "restapi": { "listen": format!(":{}", env.or("APIPORT", "8008")), "connect_address": address(env.or("APIPORT", "8008")) },
        "postgresql": {
            "pgpass": "/run/postgresql/pgpass",
            "use_unix_socket": true,
            "use_unix_socket_repl": true,
            "listen": format!("*:{}", env.or("PGPORT", "5432")),
            "connect_address": address(env.or("PGPORT", "5432")),
            "data_dir": env.data(),
            "parameters": parameters::local(env, facts),
            "pg_hba": hba::rules(env),
            "authentication": {
                "superuser": { "username": env.or("PGUSER_SUPERUSER", "postgres"), "password": password("PGPASSWORD_SUPERUSER")? },
                "replication": { "username": env.or("PGUSER_STANDBY", "standby"), "password": password("PGPASSWORD_STANDBY")? },
            },
            // A spread checkpoint would keep a new replica waiting for minutes before its copy begins.
            "basebackup": { "checkpoint": "fast" },
            // Spilo's name: whoever sets `standby_cluster` for a pod of Spilo's sets it for ours.
            "basebackup_fast_xlog": { "command": "/usr/local/bin/pg-fleet node replica" },
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
    let initdb = bootstrap::initdb(env, &user);
    merge(&mut patroni, user.clone());
    // These after the merge: they follow the volume and the image, whatever the user wrote.
    patroni["bootstrap"]["initdb"] = initdb;
    if !version.of_user {
        patroni["postgresql"]["bin_dir"] = format!("{MAJORS}/{}/bin", version.major).into();
    }
    let waits = Source::of(env).is_some() && !copy::is_first(&facts.hostname);
    if waits
        && facts.data_version.is_none()
        && let Some(patroni) = patroni.as_object_mut()
    {
        // Only the first member makes the copy; without this section Patroni begins no cluster.
        patroni.remove("bootstrap");
    }
    warnings.extend(parameters::preload(
        &mut patroni,
        &user,
        facts,
        version.major,
    ));
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

/// The major version of the server; 0 where a path of the user's does not tell.
pub fn major(env: &Environment, facts: &Facts) -> Result<u32, Error> {
    Ok(version(env, facts, &user_configuration(env)?)?.major)
}

struct Version {
    major: u32,
    /// By a bin_dir that is left as it is.
    of_user: bool,
}

/// The data directory decides; then what it waits for; then a bin_dir of the user's; then PGVERSION; then the newest.
fn version(env: &Environment, facts: &Facts, user: &Value) -> Result<Version, Error> {
    let present = |major: &u32| facts.majors.contains_key(major);
    let majors = || facts.majors.keys().map(u32::to_string).collect();
    if let Some(version) = facts.data_version.or(facts.awaited) {
        return if present(&version) {
            Ok(Version {
                major: version,
                of_user: false,
            })
        } else {
            Err(Error::DataVersion {
                version,
                majors: majors(),
            })
        };
    }
    if let Some(path) = user.pointer("/postgresql/bin_dir").and_then(Value::as_str) {
        let major = path
            .split('/')
            .find_map(|part| part.parse().ok().filter(present));
        return Ok(Version {
            major: major.unwrap_or_default(),
            of_user: true,
        });
    }
    match env.get("PGVERSION") {
        // Spilo would take another one without a word
        Some(wanted) => match wanted.parse().ok().filter(present) {
            Some(major) => Ok(Version {
                major,
                of_user: false,
            }),
            None => Err(Error::Version {
                version: wanted.to_owned(),
                majors: majors(),
            }),
        },
        None => {
            let newest = facts.majors.keys().next_back().copied();
            Ok(Version {
                major: newest.ok_or(Error::NoServer)?,
                of_user: false,
            })
        }
    }
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
    // Patroni reads these from 4.1 on; for 4.0 `node run` sets and removes them (labels.rs).
    kubernetes["bootstrap_labels"] = labels("KUBERNETES_BOOTSTRAP_LABELS", "{}")?;
    if env.get("KUBERNETES_USE_CONFIGMAPS").is_none() {
        kubernetes["use_endpoints"] = true.into();
        kubernetes["pod_ip"] = env.or("POD_IP", "").into();
        kubernetes["ports"] = json!([{ "port": 5432, "name": "postgresql" }]);
    }
    Ok(kubernetes)
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
