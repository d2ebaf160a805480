//! The containers of a pod: PostgreSQL first, then sidecars.

use pg_core::{
    names,
    postgresql::{Opaque, ResourceAmounts, Resources},
};
use serde_json::{Value, json};

use super::{
    super::{Error, Inputs},
    POSTGRES, env, given,
    resources::{Owner, requirements},
    security, volumes,
};

/// A port of the operator itself, which its template has by mistake and every pod keeps.
const OPERATOR_PORT: i32 = 8080;

/// All containers in order: PostgreSQL, the manifest's sidecars, the configuration's, those of the
/// old parameter with images only, Scalyr's. Of two with one name the first stays (zalando.md
/// §3.16).
pub(super) fn containers(inputs: &Inputs) -> Result<Vec<Value>, Error> {
    let mut containers = vec![postgres(inputs)?];
    let mut sidecars = of_manifest(inputs)?;
    sidecars.extend(of_configuration(inputs)?);
    for sidecar in sidecars {
        let taken = containers[1..]
            .iter()
            .any(|known| known["name"] == sidecar["name"]);
        if !taken {
            containers.push(equip(inputs, sidecar));
        }
    }
    Ok(containers)
}

/// The manifest's init containers, as they are.
pub(super) fn init_containers(inputs: &Inputs) -> Result<Vec<Value>, Error> {
    let given = inputs.spec().init_containers.iter().flatten().enumerate();
    given
        .map(|(index, container)| {
            let container = container.value();
            checked(container, || format!("spec.initContainers[{index}]"))?;
            Ok(container.clone())
        })
        .collect()
}

fn postgres(inputs: &Inputs) -> Result<Value, Error> {
    let (manifest, configuration) = (inputs.spec(), inputs.configuration);
    let image = given(manifest.docker_image.as_deref()).unwrap_or(&configuration.docker_image);
    let port = |number: i32| json!({ "containerPort": number, "protocol": "TCP" });
    let mut container = json!({
        "name": POSTGRES,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "ports": [port(names::PATRONI_PORT), port(names::POSTGRES_PORT), port(OPERATOR_PORT)],
        "resources": requirements(
            inputs,
            manifest.resources.as_ref(),
            Owner::Postgres,
            "spec.resources",
        )?,
        "env": env::env(inputs)?,
        "volumeMounts": [volumes::data_mount(inputs)],
        "securityContext": security::postgres(inputs),
    });
    let sources: Vec<&Value> = manifest
        .env_from
        .iter()
        .flatten()
        .map(|from| from.value())
        .collect();
    if !sources.is_empty() {
        container["envFrom"] = json!(sources);
    }
    if configuration.enable_readiness_probe {
        container["readinessProbe"] = readiness_probe();
    }
    let liveness = manifest.liveness_probe.as_ref().map(|probe| probe.value());
    if let Some(probe) = liveness.or(configuration.liveness_probe.as_ref().map(|p| p.value())) {
        container["livenessProbe"] = probe.clone();
    }
    Ok(container)
}

/// Patroni says whether the member serves.
fn readiness_probe() -> Value {
    json!({
        "httpGet": { "path": "/readiness", "port": names::PATRONI_PORT, "scheme": "HTTP" },
        "initialDelaySeconds": 6,
        "periodSeconds": 10,
        "timeoutSeconds": 5,
        "successThreshold": 1,
        "failureThreshold": 3,
    })
}

fn of_manifest(inputs: &Inputs) -> Result<Vec<Value>, Error> {
    let sidecars = inputs.spec().sidecars.iter().flatten().enumerate();
    sidecars
        .map(|(index, sidecar)| {
            let field = format!("spec.sidecars[{index}]");
            let name = match given(sidecar.name.as_deref()) {
                Some(name) => name.to_owned(),
                None => format!("sidecar-{index}"),
            };
            let mut container = json!({
                "name": name,
                "image": sidecar.image,
                "imagePullPolicy": "IfNotPresent",
                "resources": requirements(
                    inputs,
                    sidecar.resources.as_ref(),
                    Owner::Sidecar,
                    &format!("{field}.resources"),
                )?,
            });
            let lists = [
                ("env", opaque(&sidecar.env)),
                ("ports", opaque(&sidecar.ports)),
                (
                    "command",
                    sidecar
                        .command
                        .iter()
                        .flatten()
                        .map(|word| json!(word))
                        .collect(),
                ),
            ];
            for (key, list) in lists {
                if !list.is_empty() {
                    container[key] = Value::Array(list);
                }
            }
            checked(&container, || field.clone())?;
            Ok(container)
        })
        .collect()
}

fn opaque<T>(list: &Option<Vec<Opaque<T>>>) -> Vec<Value> {
    list.iter()
        .flatten()
        .map(|one| one.value().clone())
        .collect()
}

fn of_configuration(inputs: &Inputs) -> Result<Vec<Value>, Error> {
    let configuration = inputs.configuration;
    let mut sidecars = Vec::new();
    for container in &configuration.sidecars {
        let container = container.value();
        if !container["name"].is_string() || !container["image"].is_string() {
            return Err(Error::configuration(
                "sidecars",
                "each needs a name and an image",
            ));
        }
        sidecars.push(container.clone());
    }
    for (name, image) in &configuration.sidecar_docker_images {
        sidecars.push(json!({
            "name": name,
            "image": image,
            "imagePullPolicy": "IfNotPresent",
            "resources": requirements(inputs, None, Owner::Sidecar, "")?,
        }));
    }
    sidecars.extend(scalyr(inputs)?);
    Ok(sidecars)
}

/// Scalyr's agent, where its key and its image are configured.
fn scalyr(inputs: &Inputs) -> Result<Option<Value>, Error> {
    let configuration = inputs.configuration;
    if configuration.scalyr_api_key.is_empty() || configuration.scalyr_image.is_empty() {
        return Ok(None);
    }
    let some = |text: &String| Some(text.clone());
    let resources = Resources {
        requests: Some(ResourceAmounts {
            cpu: some(&configuration.scalyr_cpu_request),
            memory: some(&configuration.scalyr_memory_request),
            ..ResourceAmounts::default()
        }),
        limits: Some(ResourceAmounts {
            cpu: some(&configuration.scalyr_cpu_limit),
            memory: some(&configuration.scalyr_memory_limit),
            ..ResourceAmounts::default()
        }),
    };
    let mut env = vec![
        env::value("SCALYR_API_KEY", &configuration.scalyr_api_key),
        env::value("SCALYR_SERVER_HOST", inputs.name()),
    ];
    if !configuration.scalyr_server_url.is_empty() {
        env.push(env::value(
            "SCALYR_SERVER_URL",
            &configuration.scalyr_server_url,
        ));
    }
    Ok(Some(json!({
        "name": "scalyr-sidecar",
        "image": configuration.scalyr_image,
        "imagePullPolicy": "IfNotPresent",
        "resources": requirements(inputs, Some(&resources), Owner::Sidecar, "scalyr")?,
        "env": env,
    })))
}

/// Gives a sidecar what all have: the data, and the means to connect as superuser.
fn equip(inputs: &Inputs, mut sidecar: Value) -> Value {
    let superuser = &inputs.configuration.super_username;
    let mut variables = env::Variables::default();
    for variable in [
        env::of_field("POD_NAME", "metadata.name"),
        env::of_field("POD_NAMESPACE", "metadata.namespace"),
        env::value("POSTGRES_USER", superuser),
        env::password(inputs, "POSTGRES_PASSWORD", superuser, inputs.name()),
    ]
    .into_iter()
    .chain(sidecar["env"].as_array().cloned().unwrap_or_default())
    {
        variables.offer(variable);
    }
    sidecar["env"] = Value::Array(variables.into_values());
    let mut mounts = sidecar["volumeMounts"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    mounts.push(volumes::data_mount(inputs));
    sidecar["volumeMounts"] = Value::Array(mounts);
    sidecar
}

/// Without a name or an image no pod can be made of it.
fn checked(container: &Value, field: impl Fn() -> String) -> Result<(), Error> {
    for key in ["name", "image"] {
        if container[key].as_str().is_none_or(str::is_empty) {
            return Err(Error::manifest(
                format!("{}.{key}", field()),
                "must not be empty",
            ));
        }
    }
    Ok(())
}
