//! Environment of the container with PostgreSQL (zalando.md §4).

use pg_core::names;
use serde_json::{Value, json};

use super::{
    super::{Error, Inputs},
    given, origin, spilo_configuration, volumes,
};

/// Directory of all that PostgreSQL keeps on the volume.
const DATA_PATH: &str = "/home/postgres/pgdata/pgroot";

/// Variables, in the order in which they were given.
#[derive(Default)]
pub(super) struct Variables(Vec<Value>);

impl Variables {
    /// Adds a variable unless there is one of that name, in whatever case: the first wins.
    pub(super) fn offer(&mut self, variable: Value) {
        let name = name_of(&variable);
        if !self
            .0
            .iter()
            .any(|known| name_of(known).eq_ignore_ascii_case(name))
        {
            self.0.push(variable);
        }
    }

    /// Adds a variable, in place of one of the same name. Zalando's operator writes these (of
    /// clones and standbys) beside those that the manifest gives, and of two the kubelet takes the
    /// later; one list with that one only means the same and can be applied.
    pub(super) fn set(&mut self, variable: Value) {
        self.0.retain(|known| name_of(known) != name_of(&variable));
        self.0.push(variable);
    }

    pub(super) fn into_values(self) -> Vec<Value> {
        self.0
    }
}

fn name_of(variable: &Value) -> &str {
    variable.get("name").and_then(Value::as_str).unwrap_or("")
}

/// A variable with a value. An empty one has none, as the API server would store it.
pub(super) fn value(name: &str, value: &str) -> Value {
    if value.is_empty() {
        json!({ "name": name })
    } else {
        json!({ "name": name, "value": value })
    }
}

/// A variable that holds what a key of a secret holds.
pub(super) fn of_secret(name: &str, secret: &str, key: &str) -> Value {
    json!({ "name": name, "valueFrom": { "secretKeyRef": { "name": secret, "key": key } } })
}

/// A variable that holds a field of the pod.
pub(super) fn of_field(name: &str, path: &str) -> Value {
    json!({ "name": name, "valueFrom": { "fieldRef": { "apiVersion": "v1", "fieldPath": path } } })
}

/// A variable with a role's password.
pub(super) fn password(inputs: &Inputs, name: &str, user: &str, cluster: &str) -> Value {
    let secret = names::secret(&inputs.configuration.secret_name_template, user, cluster);
    of_secret(name, &secret, "password")
}

/// The environment, in the order that decides which of two variables of one name wins.
pub(super) fn env(inputs: &Inputs) -> Result<Vec<Value>, Error> {
    let mut variables = Variables::default();
    for variable in core(inputs)? {
        variables.offer(variable);
    }
    for (index, variable) in inputs.spec().env.iter().flatten().enumerate() {
        if name_of(variable.value()).is_empty() {
            return Err(Error::manifest(
                format!("spec.env[{index}].name"),
                "must not be empty",
            ));
        }
        variables.offer(variable.value().clone());
    }
    for variable in origin::clone(inputs)
        .into_iter()
        .chain(origin::standby(inputs))
    {
        variables.set(variable);
    }
    if let Some(secret) = given(Some(&inputs.configuration.pod_environment_secret)) {
        for key in &inputs.pod_environment.secret_keys {
            variables.offer(of_secret(key, secret, key));
        }
    }
    for (name, text) in &inputs.pod_environment.config_map {
        variables.offer(value(name, text));
    }
    for variable in buckets(inputs) {
        variables.offer(variable);
    }
    for variable in volumes::tls_variables(inputs) {
        variables.offer(variable);
    }
    Ok(variables.into_values())
}

/// What the image needs to work at all; nothing can take its place.
fn core(inputs: &Inputs) -> Result<Vec<Value>, Error> {
    let configuration = inputs.configuration;
    let (superuser, replication) = (
        configuration.super_username.as_str(),
        configuration.replication_username.as_str(),
    );
    let mut core = vec![
        value("SCOPE", inputs.name()),
        value("PGROOT", DATA_PATH),
        of_field("POD_IP", "status.podIP"),
        of_field("POD_NAMESPACE", "metadata.namespace"),
        value("PGUSER_SUPERUSER", superuser),
        value("KUBERNETES_SCOPE_LABEL", &configuration.cluster_name_label),
        value("KUBERNETES_ROLE_LABEL", &configuration.pod_role_label),
        password(inputs, "PGPASSWORD_SUPERUSER", superuser, inputs.name()),
        value("PGUSER_STANDBY", replication),
        password(inputs, "PGPASSWORD_STANDBY", replication, inputs.name()),
        value("PAM_OAUTH2", &configuration.pam_configuration),
        value("HUMAN_ROLE", &configuration.pam_role_name),
    ];
    if configuration.enable_spilo_wal_path_compat {
        core.push(value("ENABLE_WAL_PATH_COMPAT", "true"));
    }
    if configuration.enable_pgversion_env_var {
        core.push(value(
            "PGVERSION",
            inputs
                .configuration
                .major_version(&inputs.spec().postgresql.version),
        ));
    }
    let labels = spilo_configuration::as_go(&json!(configuration.cluster_labels));
    core.push(value("KUBERNETES_LABELS", &labels));
    let spilo = spilo_configuration::spilo_configuration(inputs)?;
    core.push(value("SPILO_CONFIGURATION", &spilo));
    if configuration.etcd_host.is_empty() {
        core.push(value("DCS_ENABLE_KUBERNETES_API", "true"));
        // Protects the pod that bootstraps by the budget of critical work.
        if configuration.enable_pod_disruption_budget {
            core.push(value(
                "KUBERNETES_BOOTSTRAP_LABELS",
                r#"{"critical-operation":"true"}"#,
            ));
        }
    } else {
        core.push(value("ETCD_HOST", &configuration.etcd_host));
    }
    if inputs.uses_config_maps() {
        core.push(value("KUBERNETES_USE_CONFIGMAPS", "true"));
    }
    Ok(core)
}

/// Where WAL, base backups and logs go, for all clusters (§4 g).
fn buckets(inputs: &Inputs) -> Vec<Value> {
    let configuration = inputs.configuration;
    let suffix = suffix(inputs.uid());
    let mut buckets = Vec::new();
    for (name, bucket, kind) in [
        ("WAL_S3_BUCKET", &configuration.wal_s3_bucket, "WAL"),
        ("WAL_GS_BUCKET", &configuration.wal_gs_bucket, "WAL"),
        (
            "AZURE_STORAGE_ACCOUNT",
            &configuration.wal_az_storage_account,
            "WAL",
        ),
        (
            "GOOGLE_APPLICATION_CREDENTIALS",
            &configuration.gcp_credentials,
            "",
        ),
        ("LOG_S3_BUCKET", &configuration.log_s3_bucket, "LOG"),
    ] {
        if bucket.is_empty() {
            continue;
        }
        buckets.push(value(name, bucket));
        if !kind.is_empty() {
            buckets.push(value(&format!("{kind}_BUCKET_SCOPE_SUFFIX"), &suffix));
            buckets.push(value(&format!("{kind}_BUCKET_SCOPE_PREFIX"), ""));
        }
    }
    buckets
}

/// The part of a path that keeps clusters of one name, in different places or times, apart.
pub(super) fn suffix(uid: &str) -> String {
    if uid.is_empty() {
        String::new()
    } else {
        format!("/{uid}")
    }
}
