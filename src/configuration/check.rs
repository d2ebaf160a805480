//! What is wrong with a configuration although each parameter is of its type and within its limit.

mod objects;

use std::time::Duration;

use super::{
    Configuration, InvalidParameter,
    named::{is_dns_label, is_label_key, is_label_value, is_major, is_subdomain},
};

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
    for (parameter, key) in [
        ("cluster_name_label", &configuration.cluster_name_label),
        ("pod_role_label", &configuration.pod_role_label),
    ] {
        if !key.is_empty() && !is_label_key(key) {
            refuse(parameter, format!("{key:?} is no label's name"));
        }
    }
    for (parameter, labels) in [
        ("cluster_labels", &configuration.cluster_labels),
        ("node_readiness_label", &configuration.node_readiness_label),
    ] {
        for (key, value) in labels {
            if !is_label_key(key) || !is_label_value(value) {
                refuse(parameter, format!("{key:?}: {value:?} is no label"));
            }
        }
    }
    let account = &configuration.pod_service_account_name;
    if !account.is_empty() && !is_subdomain(account) {
        refuse(
            "pod_service_account_name",
            format!("{account:?} is no name"),
        );
    }
    let namespace = configuration.watched_namespace.as_str();
    if !matches!(namespace, "" | "*") && !is_dns_label(namespace) {
        refuse(
            "watched_namespace",
            format!("{namespace:?} is no namespace"),
        );
    }
    for (parameter, major) in [
        (
            "minimal_major_version",
            &configuration.minimal_major_version,
        ),
        ("target_major_version", &configuration.target_major_version),
    ] {
        if !is_major(major) {
            refuse(parameter, format!("{major:?} is no version"));
        }
    }
    objects::check(configuration, &mut refuse);
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
