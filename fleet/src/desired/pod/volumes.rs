//! Volumes of the pods beside the one with the data, and where they are mounted.

use pg_core::postgresql::Tls;
use serde_json::{Map, Value, json};

use super::{
    super::{Error, Inputs, stateful_set::DATA_VOLUME},
    POSTGRES, env, given,
};

/// Where the volume with the data is mounted.
const DATA_PATH: &str = "/home/postgres/pgdata";
/// Mode of files with certificates: the group (`fsGroup`) reads.
const TLS_MODE: i32 = 0o640;
const TLS_PATH: &str = "/tls";
const TLS_CA_PATH: &str = "/tlsca";

/// Volumes and their mounts, in the order of Zalando's operator.
#[derive(Default)]
pub(super) struct Volumes {
    volumes: Vec<Value>,
    mounts: Vec<(Target, Value)>,
    refused: Vec<Error>,
}

/// The containers that mount a volume.
enum Target {
    All,
    These(Vec<String>),
}

impl Volumes {
    fn add(&mut self, volume: Value, target: Target, mount: Value) {
        self.volumes.push(volume);
        self.mounts.push((target, mount));
    }

    /// Mounts them in the containers that want them, each path once.
    pub(super) fn mount(&self, containers: &mut [Value]) {
        for container in containers {
            let name = container["name"].as_str().unwrap_or("").to_owned();
            let wanted = self.mounts.iter().filter(|(target, _)| match target {
                Target::All => true,
                Target::These(names) => names.contains(&name),
            });
            let wanted: Vec<Value> = wanted.map(|(_, mount)| mount.clone()).collect();
            if wanted.is_empty() {
                continue;
            }
            match container
                .get_mut("volumeMounts")
                .and_then(Value::as_array_mut)
            {
                Some(mounts) => mounts.extend(wanted),
                None => container["volumeMounts"] = Value::Array(wanted),
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.volumes.is_empty()
    }

    pub(super) fn into_value(self) -> Value {
        Value::Array(self.volumes)
    }
}

/// The mount of the volume with the data, in every container but the init containers.
pub(super) fn data_mount(inputs: &Inputs) -> Value {
    let volume = &inputs.spec().volume;
    mount(
        DATA_VOLUME,
        DATA_PATH,
        volume.sub_path.as_deref(),
        volume.is_sub_path_expr,
    )
}

/// All other volumes.
pub(super) fn volumes(inputs: &Inputs) -> Result<Volumes, Error> {
    let configuration = inputs.configuration;
    let mut volumes = Volumes::default();
    let memory = |name: &str| json!({ "name": name, "emptyDir": { "medium": "Memory" } });
    let postgres = || Target::These(vec![POSTGRES.to_owned()]);
    // `false` in the manifest does not overrule the configuration: so does Zalando's operator, and
    // its pods have the mount, so anything else would restart them.
    if inputs.spec().enable_shm_volume == Some(true) || configuration.enable_shm_volume {
        volumes.add(
            memory("dshm"),
            postgres(),
            mount("dshm", "/dev/shm", None, None),
        );
    }
    if configuration.share_pgsocket_with_sidecars {
        let name = "postgresql-run";
        let path = "/var/run/postgresql";
        volumes.add(memory(name), Target::All, mount(name, path, None, None));
    }
    if let Some(secret) = given(Some(&configuration.additional_secret_mount)) {
        let path = &configuration.additional_secret_mount_path;
        volumes.add(
            json!({ "name": secret, "secret": { "secretName": secret } }),
            Target::All,
            mount(secret, path, None, None),
        );
    }
    let mut paths = vec![DATA_PATH.to_owned()];
    let mut refused = Vec::new();
    // Of two at one path the first counts, as in Zalando's operator.
    let mut is_free = |path: &str, field: String| {
        let free = !paths.iter().any(|taken| taken == path);
        match free {
            true => paths.push(path.to_owned()),
            false => refused.push(Error::manifest(
                field,
                format!("{path:?} is mounted already: this one is left out"),
            )),
        }
        free
    };
    for (index, additional) in inputs
        .spec()
        .additional_volumes
        .iter()
        .flatten()
        .enumerate()
    {
        let field = |name: &str| format!("spec.additionalVolumes[{index}].{name}");
        if !is_free(&additional.mount_path, field("mountPath")) {
            continue;
        }
        let Some(source) = additional.volume_source.value().as_object() else {
            return Err(Error::manifest(field("volumeSource"), "is not an object"));
        };
        let mut volume = Map::new();
        volume.insert("name".to_owned(), json!(additional.name));
        volume.extend(source.clone());
        let targets = additional
            .target_containers
            .clone()
            .flatten()
            .unwrap_or_default();
        let target = if targets.is_empty() {
            postgres()
        } else if targets.iter().any(|target| target == "all") {
            Target::All
        } else {
            Target::These(targets)
        };
        let mount = mount(
            &additional.name,
            &additional.mount_path,
            additional.sub_path.as_deref(),
            additional.is_sub_path_expr,
        );
        volumes.add(Value::Object(volume), target, mount);
    }
    if let Some(tls) = tls(inputs) {
        let mut add = |secret: &str, path: &str| {
            let source = json!({ "secretName": secret, "defaultMode": TLS_MODE });
            volumes.add(
                json!({ "name": secret, "secret": source }),
                postgres(),
                mount(secret, path, None, None),
            );
        };
        if is_free(TLS_PATH, "spec.tls".to_owned()) {
            add(&tls.secret_name, TLS_PATH);
        }
        if let Some((secret, _)) = authority(tls)
            && is_free(TLS_CA_PATH, "spec.tls.caSecretName".to_owned())
        {
            add(secret, TLS_CA_PATH);
        }
    }
    volumes.refused = refused;
    Ok(volumes)
}

/// What is left out because something else is mounted there.
pub(in super::super) fn refused(inputs: &Inputs) -> Vec<Error> {
    volumes(inputs).map_or_else(|_| Vec::new(), |volumes| volumes.refused)
}

fn mount(name: &str, path: &str, sub_path: Option<&str>, expanded: Option<bool>) -> Value {
    let mut mount = json!({ "name": name, "mountPath": path });
    if let Some(sub_path) = given(sub_path) {
        let field = if expanded == Some(true) {
            "subPathExpr"
        } else {
            "subPath"
        };
        mount[field] = json!(sub_path);
    }
    mount
}

/// The certificates, unless their secret's name is empty.
fn tls<'a>(inputs: &Inputs<'a>) -> Option<&'a Tls> {
    let tls = inputs.spec().tls.as_ref()?;
    (!tls.secret_name.is_empty()).then_some(tls)
}

/// The secret and the file of the authority, where it has a secret of its own.
fn authority(tls: &Tls) -> Option<(&str, &str)> {
    let file = given(tls.ca_file.as_deref())?;
    Some((given(tls.ca_secret_name.as_deref())?, file))
}

/// Where the server finds its certificates.
pub(super) fn tls_variables(inputs: &Inputs) -> Vec<Value> {
    let Some(tls) = tls(inputs) else {
        return Vec::new();
    };
    let file = |given_file: Option<&str>, directory: &str, default: &str| {
        let file = given(given_file).unwrap_or(default);
        if file.starts_with('/') {
            file.to_owned()
        } else {
            format!("{directory}/{file}")
        }
    };
    let mut variables = vec![
        env::value(
            "SSL_CERTIFICATE_FILE",
            &file(tls.certificate_file.as_deref(), TLS_PATH, "tls.crt"),
        ),
        env::value(
            "SSL_PRIVATE_KEY_FILE",
            &file(tls.private_key_file.as_deref(), TLS_PATH, "tls.key"),
        ),
    ];
    if let Some(name) = given(tls.ca_file.as_deref()) {
        let directory = if authority(tls).is_some() {
            TLS_CA_PATH
        } else {
            TLS_PATH
        };
        variables.push(env::value("SSL_CA_FILE", &file(Some(name), directory, "")));
    }
    variables
}
