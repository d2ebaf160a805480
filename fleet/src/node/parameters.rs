//! Spilo's server parameters.

use super::environment::{Environment, Facts};
use serde_json::{Value, json};

/// Those that go into Patroni's shared configuration when a cluster begins.
pub fn shared(facts: &Facts) -> Value {
    let megabytes = facts.memory / 1_048_576;
    json!({
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
    })
}

/// Those of each member's own configuration.
pub fn local(env: &Environment, facts: &Facts) -> Value {
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

/// Takes libraries of Spilo's that this major does not have out of the preload list. Out of the user's list too, and says so:
/// a manifest that names Spilo's own libraries is a valid one. Others stay, so that the server says what is wrong.
pub fn preload(patroni: &mut Value, user: &Value, facts: &Facts, major: u32) -> Vec<String> {
    const AT: &str = "/postgresql/parameters/shared_preload_libraries";
    let Some(list) = patroni.pointer_mut(AT) else {
        return Vec::new();
    };
    let wanted = list.as_str().unwrap_or_default().to_owned();
    let has = |library: &str| {
        facts
            .majors
            .get(&major)
            .is_some_and(|libraries| libraries.contains(library))
    };
    let (kept, gone): (Vec<&str>, Vec<&str>) = wanted
        .split(',')
        .map(str::trim)
        .filter(|library| !library.is_empty())
        .partition(|library| !NOT_IN_DEBIAN.contains(library) || has(library));
    *list = kept.join(",").into();
    if gone.is_empty() || user.pointer(AT).is_none() {
        return Vec::new();
    }
    vec![format!(
        "not preloaded, because this image does not have them for PostgreSQL {major}: {}",
        gone.join(", ")
    )]
}
