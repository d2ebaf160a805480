//! How a Postgres cluster begins: initdb's options and the configuration that all members share from then on.

use super::environment::{Environment, Facts};
use super::{missing, parameters};
use serde_json::{Value, json};

/// Patroni's section `bootstrap`; only a cluster's first start reads it.
pub fn bootstrap(env: &Environment, facts: &Facts) -> Value {
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
                "parameters": parameters::shared(facts),
            },
        },
    });
    if let Some(host) = env.get("STANDBY_HOST") {
        let mut standby =
            json!({ "host": host, "create_replica_methods": ["basebackup_fast_xlog"] });
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
    if let Some(refused) = missing::refused_bootstrap(env) {
        // An empty cluster in place of the copy that was asked for would look like success.
        bootstrap["method"] = "unavailable".into();
        bootstrap["unavailable"] =
            json!({ "command": format!("/usr/local/bin/pg-fleet node refuse {refused}") });
    }
    bootstrap
}

/// Spilo lets a list of the user's replace its own whole, and so loses checksums, encoding and locale as soon as the operator
/// names an authentication method. Here each option stays until the user names it.
pub fn initdb(env: &Environment, user: &Value) -> Value {
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
