//! What is wrong with a configuration although each parameter is of its type and within its limit.

use std::time::Duration;

use super::{Configuration, InvalidParameter};

/// Names every parameter that cannot be.
pub(super) fn check(configuration: &Configuration) -> Vec<InvalidParameter> {
    let mut wrong = Vec::new();
    let mut refuse = |parameter: &'static str, reason: String| {
        wrong.push(InvalidParameter { parameter, reason })
    };
    for (parameter, text) in needed(configuration) {
        if text.is_empty() {
            refuse(parameter, "must not be empty".to_owned());
        }
    }
    let (least, most) = (configuration.min_instances, configuration.max_instances);
    if most >= 0 && least > most {
        refuse(
            "min_instances",
            format!("{least} is more than max_instances, {most}"),
        );
    }
    if configuration.resync_period == Duration::ZERO {
        refuse("resync_period", "must be longer than nothing".to_owned());
    }
    let template = &configuration.secret_name_template;
    if !template.is_empty() && !template.contains("{username}") {
        refuse(
            "secret_name_template",
            format!("{template:?} has no {{username}}: all roles would have one secret"),
        );
    }
    for (index, sidecar) in configuration.sidecars.iter().enumerate() {
        for field in ["name", "image"] {
            let text = sidecar.value()[field].as_str();
            if text.is_none_or(str::is_empty) {
                refuse("sidecars", format!("number {} has no {field}", index + 1));
            }
        }
    }
    for (name, image) in &configuration.sidecar_docker_images {
        if image.is_empty() {
            refuse("sidecar_docker_images", format!("{name:?} has no image"));
        }
    }
    wrong
}

/// Texts without which no object can be named, found or run.
fn needed(configuration: &Configuration) -> [(&'static str, &str); 8] {
    [
        ("docker_image", &configuration.docker_image),
        ("super_username", &configuration.super_username),
        ("replication_username", &configuration.replication_username),
        (
            "pod_service_account_name",
            &configuration.pod_service_account_name,
        ),
        ("pdb_name_format", &configuration.pdb_name_format),
        ("secret_name_template", &configuration.secret_name_template),
        ("pod_role_label", &configuration.pod_role_label),
        ("cluster_name_label", &configuration.cluster_name_label),
    ]
}
