//! What becomes part of every cluster's objects: where the API server would refuse those, all
//! clusters would stand still, each with a message that names no parameter.

use std::collections::BTreeMap;

use super::super::{
    Configuration,
    named::{
        is_annotation_key, is_dns_label, is_image, is_label_key, is_label_value, is_subdomain,
    },
};
use crate::names;

/// Where a refusal goes: the parameter, and why.
type Refuse<'a> = &'a mut dyn FnMut(&'static str, String);

/// Name of the container with PostgreSQL.
const POSTGRES: &str = "postgres";
/// A cluster's name, to fill a template with.
const CLUSTER: &str = "cluster";

pub(super) fn check(configuration: &Configuration, refuse: Refuse<'_>) {
    templates(configuration, refuse);
    annotations(configuration, refuse);
    scheduling(configuration, refuse);
    containers(configuration, refuse);
    sources(configuration, refuse);
    identities(configuration, refuse);
}

/// Names that are made of a template, and of roles.
fn templates(configuration: &Configuration, refuse: Refuse<'_>) {
    let template = &configuration.pdb_name_format;
    let budget = names::fill(template, &[("cluster", CLUSTER)]);
    if !template.is_empty() && !is_subdomain(&budget) {
        refuse(
            "pdb_name_format",
            format!("{template:?} makes no name: {{cluster}} is all that is filled in"),
        );
    } else if budget == names::critical_budget(CLUSTER) {
        refuse(
            "pdb_name_format",
            format!("{template:?} is the name of the budget of critical work"),
        );
    }
    let template = &configuration.secret_name_template;
    let of_user = |user: &str| names::secret(template, user, CLUSTER);
    if !template.is_empty() && !is_subdomain(&of_user("user")) {
        refuse(
            "secret_name_template",
            format!(
                "{template:?} makes no name: {{username}}, {{cluster}}, {{tprkind}} and {{tprgroup}} are all that is filled in"
            ),
        );
        return;
    }
    for (parameter, user) in [
        ("super_username", &configuration.super_username),
        ("replication_username", &configuration.replication_username),
    ] {
        if !user.is_empty() && !template.is_empty() && !is_subdomain(&of_user(user)) {
            refuse(parameter, format!("no secret can be named after {user:?}"));
        }
    }
}

fn annotations(configuration: &Configuration, refuse: Refuse<'_>) {
    for (parameter, annotations) in [
        (
            "custom_pod_annotations",
            &configuration.custom_pod_annotations,
        ),
        (
            "custom_service_annotations",
            &configuration.custom_service_annotations,
        ),
    ] {
        for key in annotations.keys().filter(|key| !is_annotation_key(key)) {
            refuse(parameter, format!("{key:?} is no annotation's name"));
        }
    }
}

/// Where pods run, and which go first.
fn scheduling(configuration: &Configuration, refuse: Refuse<'_>) {
    if let Some(why) = wrong_toleration(&configuration.toleration) {
        refuse("toleration", why);
    }
    let key = &configuration.pod_antiaffinity_topology_key;
    if configuration.enable_pod_antiaffinity && !is_label_key(key) {
        refuse(
            "pod_antiaffinity_topology_key",
            format!("{key:?} is no label's name"),
        );
    }
    let class = &configuration.pod_priority_class_name;
    if !class.is_empty() && !is_subdomain(class) {
        refuse("pod_priority_class_name", format!("{class:?} is no name"));
    }
}

/// As the API server judges one (Kubernetes, `ValidateTolerations`). Other keys mean nothing here.
fn wrong_toleration(toleration: &BTreeMap<String, String>) -> Option<String> {
    let part = |name: &str| toleration.get(name).map_or("", String::as_str);
    let (key, operator, value, effect) =
        (part("key"), part("operator"), part("value"), part("effect"));
    if [key, operator, value, effect]
        .iter()
        .all(|it| it.is_empty())
    {
        return None;
    }
    let effects = ["", "NoSchedule", "PreferNoSchedule", "NoExecute"];
    if !key.is_empty() && !is_label_key(key) {
        Some(format!("key {key:?} is no taint's"))
    } else if !["", "Equal", "Exists"].contains(&operator) {
        Some(format!("operator {operator:?} is neither Equal nor Exists"))
    } else if key.is_empty() && operator != "Exists" {
        Some("without a key the operator must be Exists".to_owned())
    } else if operator == "Exists" && !value.is_empty() {
        Some(format!(
            "with the operator Exists there is no value {value:?}"
        ))
    } else if !is_label_value(value) {
        Some(format!("value {value:?} is no taint's"))
    } else if !effects.contains(&effect) {
        Some(format!(
            "effect {effect:?} is none of NoSchedule, PreferNoSchedule, NoExecute"
        ))
    } else {
        None
    }
}

fn containers(configuration: &Configuration, refuse: Refuse<'_>) {
    let is_name = |name: &str| is_dns_label(name) && name != POSTGRES;
    let image = &configuration.docker_image;
    if !image.is_empty() && !is_image(image) {
        refuse("docker_image", format!("{image:?} is no image"));
    }
    for (index, sidecar) in configuration.sidecars.iter().enumerate() {
        let number = index + 1;
        let mut lacks = false;
        for field in ["name", "image"] {
            let text = sidecar.value()[field].as_str();
            if text.is_none_or(str::is_empty) {
                refuse("sidecars", format!("number {number} has no {field}"));
                lacks = true;
            }
        }
        if lacks {
            continue;
        }
        match sidecar.typed() {
            Err(why) => refuse("sidecars", format!("number {number} is {why}")),
            Ok(container) if !is_name(&container.name) => refuse(
                "sidecars",
                format!(
                    "number {number}: no sidecar can be called {:?}",
                    container.name
                ),
            ),
            Ok(_) => {}
        }
    }
    for (name, image) in &configuration.sidecar_docker_images {
        if image.is_empty() {
            refuse("sidecar_docker_images", format!("{name:?} has no image"));
        } else if !is_name(name) {
            refuse(
                "sidecar_docker_images",
                format!("no sidecar can be called {name:?}"),
            );
        }
    }
    if let Some(Err(why)) = configuration.liveness_probe.as_ref().map(|it| it.typed()) {
        refuse("liveness_probe", why.to_string());
    }
}

/// ConfigMaps and Secrets that pods take something from.
fn sources(configuration: &Configuration, refuse: Refuse<'_>) {
    let map = &configuration.pod_environment_configmap;
    let (namespace, name) = map.split_once('/').unwrap_or((CLUSTER, map));
    let is_place = is_dns_label(namespace) && is_subdomain(name);
    if !map.is_empty() && !is_place {
        refuse(
            "pod_environment_configmap",
            format!("{map:?} is neither a name nor namespace/name"),
        );
    }
    let secret = &configuration.pod_environment_secret;
    if !secret.is_empty() && !is_subdomain(secret) {
        refuse(
            "pod_environment_secret",
            format!("{secret:?} is no name: it is looked for in the namespace of each cluster"),
        );
    }
    let mount = &configuration.additional_secret_mount;
    if mount.is_empty() {
        return;
    }
    // The volume is called like it.
    if !is_dns_label(mount) {
        refuse(
            "additional_secret_mount",
            format!("{mount:?} is no name of a volume, which is called like the secret"),
        );
    }
    if configuration.additional_secret_mount_path.is_empty() {
        refuse(
            "additional_secret_mount",
            "is mounted nowhere: additional_secret_mount_path is empty".to_owned(),
        );
    }
}

/// Users and groups by number.
fn identities(configuration: &Configuration, refuse: Refuse<'_>) {
    for (parameter, id) in [
        ("spilo_runasuser", configuration.spilo_runasuser),
        ("spilo_runasgroup", configuration.spilo_runasgroup),
        ("spilo_fsgroup", configuration.spilo_fsgroup),
    ] {
        if let Some(id) = id
            && !(0..=i64::from(i32::MAX)).contains(&id)
        {
            refuse(parameter, format!("{id} is no id of a user or group"));
        }
    }
}
