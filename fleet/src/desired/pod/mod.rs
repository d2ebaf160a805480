//! The template of the database pods (zalando.md §3.16).

mod affinity;
mod containers;
mod env;
mod origin;
mod resources;
mod security;
mod spilo_configuration;
mod volumes;

pub use resources::out_of_bounds;
pub use spilo_configuration::dynamic_configuration;
pub(super) use volumes::refused as volumes_refused;

use serde_json::{Map, Value, json};

use super::{Error, Inputs, metadata::metadata};

/// Name of the container with PostgreSQL; it is always the first.
const POSTGRES: &str = "postgres";

/// The pod template.
pub(super) fn template(inputs: &Inputs) -> Result<Value, Error> {
    let (manifest, configuration) = (inputs.spec(), inputs.configuration);
    let mut annotations = configuration.custom_pod_annotations.clone();
    annotations.extend(manifest.pod_annotations.clone().unwrap_or_default());
    let mut annotations = inputs.annotations(annotations);
    if !configuration.kube_iam_role.is_empty() {
        annotations.insert(
            "iam.amazonaws.com/role".to_owned(),
            configuration.kube_iam_role.clone(),
        );
    }

    let volumes = volumes::volumes(inputs)?;
    let mut containers = containers::containers(inputs)?;
    let mut init_containers = containers::init_containers(inputs)?;
    volumes.mount(&mut containers);
    for container in containers.iter_mut().chain(&mut init_containers) {
        security::harden(inputs, container)?;
    }

    let mut spec = Map::new();
    let mut set = |key: &str, value: Value| spec.insert(key.to_owned(), value);
    if !init_containers.is_empty() {
        set("initContainers", Value::Array(init_containers));
    }
    set("containers", Value::Array(containers));
    set(
        "serviceAccountName",
        json!(configuration.pod_service_account_name),
    );
    set(
        "terminationGracePeriodSeconds",
        json!(configuration.pod_terminate_grace_period.as_secs()),
    );
    set("securityContext", security::pod(inputs)?);
    if let Some(affinity) = affinity::affinity(inputs)? {
        set("affinity", affinity);
    }
    let tolerations = affinity::tolerations(inputs);
    if !tolerations.is_empty() {
        set("tolerations", Value::Array(tolerations));
    }
    let spread = affinity::topology_spread(inputs);
    if !spread.is_empty() {
        set("topologySpreadConstraints", Value::Array(spread));
    }
    if let Some(scheduler) = given(manifest.scheduler_name.as_deref()) {
        set("schedulerName", json!(scheduler));
    }
    let class = given(manifest.pod_priority_class_name.as_deref())
        .or(given(Some(&configuration.pod_priority_class_name)));
    if let Some(class) = class {
        set("priorityClassName", json!(class));
    }
    if !volumes.is_empty() {
        set("volumes", volumes.into_value());
    }
    Ok(json!({
        // The namespace means nothing in a template, but Zalando's operator writes it.
        "metadata": metadata(None, inputs.namespace(), &inputs.labels(), &annotations),
        "spec": spec,
    }))
}

/// A text that is there and not empty.
fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}
