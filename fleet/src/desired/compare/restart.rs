//! Whether a pod was made from a template that only a restart can mend.

use pg_core::configuration::Configuration;
use serde_json::Value;

use super::normal::pod_template;

/// Why a pod that was made from the running template must be restarted to be as the desired one
/// says; `None` when it need not.
///
/// The rule of zalando.md §3.5, and nothing else: fields of the containers (name, image, probes,
/// ports, resources, environment, security context, mounts), service account, grace period,
/// affinity, topology spread, number of tolerations, labels, security context, priority class.
/// Annotations, volumes, commands and the rest wait for the next restart. One difference to
/// Zalando's operator: of SPILO_CONFIGURATION the whole `bootstrap` part is left out, not only
/// `bootstrap.dcs`, because nothing of it reaches a cluster that has data; so a cluster of an
/// older operator (whose `auth-host` was md5) is taken over without a restart as well.
///
/// A pod is made from the *live* template. Where something else keeps changing that (a mutating
/// webhook), a restart brings nothing: ask with the live StatefulSet's template too.
pub fn restart_needed(
    running_template: &Value,
    desired_template: &Value,
    configuration: &Configuration,
) -> Option<String> {
    let lazy = configuration.enable_lazy_spilo_upgrade;
    let differences = differences(
        &pod_template(running_template),
        &pod_template(desired_template),
        lazy,
    );
    (!differences.is_empty()).then(|| differences.join(", "))
}

/// Fields of a container that need a restart, beside the environment.
const OF_CONTAINER: [&str; 9] = [
    "name",
    "image",
    "livenessProbe",
    "readinessProbe",
    "ports",
    "resources",
    "envFrom",
    "securityContext",
    "volumeMounts",
];

/// Fields of the pod that need a restart.
const OF_POD: [&str; 6] = [
    "serviceAccountName",
    "terminationGracePeriodSeconds",
    "affinity",
    "topologySpreadConstraints",
    "securityContext",
    "priorityClassName",
];

/// All differences that need a restart, between two templates in one spelling.
pub(super) fn differences(running: &Value, desired: &Value, lazy: bool) -> Vec<String> {
    let mut found = Vec::new();
    let (running_pod, desired_pod) = (running.get("spec"), desired.get("spec"));
    for list in ["initContainers", "containers"] {
        let (running, desired) = (items(running_pod, list), items(desired_pod, list));
        if running.len() != desired.len() {
            found.push(format!("number of {list}"));
            continue;
        }
        for (running, desired) in running.iter().zip(desired) {
            let name = desired.get("name").and_then(Value::as_str).unwrap_or("?");
            let fields = OF_CONTAINER
                .into_iter()
                .filter(|field| !(lazy && *field == "image"))
                .filter(|field| running.get(field) != desired.get(field));
            found.extend(fields.map(|field| format!("{field} of container {name}")));
            found.extend(
                variables(running, desired)
                    .map(|variable| format!("variable {variable} of container {name}")),
            );
        }
    }
    let fields = OF_POD
        .into_iter()
        .filter(|field| get(running_pod, field) != get(desired_pod, field));
    found.extend(fields.map(|field| format!("{field} of the pod")));
    if items(running_pod, "tolerations").len() != items(desired_pod, "tolerations").len() {
        found.push("number of tolerations".to_owned());
    }
    if labels(running) != labels(desired) {
        found.push("labels of the pod".to_owned());
    }
    found
}

/// Names of the variables that differ. Both lists are in order of their names.
fn variables<'a>(running: &'a Value, desired: &'a Value) -> impl Iterator<Item = &'a str> {
    let (running, desired) = (items(Some(running), "env"), items(Some(desired), "env"));
    let missing = running
        .iter()
        .filter(move |variable| named(desired, name_of(variable)).is_none());
    let changed = desired.iter().filter(move |variable| {
        named(running, name_of(variable)).is_none_or(|found| !same_variable(found, variable))
    });
    missing.chain(changed).map(name_of)
}

fn same_variable(running: &Value, desired: &Value) -> bool {
    if name_of(desired) == "SPILO_CONFIGURATION"
        && let (Some(running), Some(desired)) = (server(running), server(desired))
    {
        return running == desired;
    }
    running == desired
}

/// The part of SPILO_CONFIGURATION that reaches a running server.
fn server(variable: &Value) -> Option<Value> {
    let text = variable.get("value")?.as_str()?;
    let mut configuration: Value = serde_json::from_str(text).ok()?;
    configuration.get_mut("postgresql").map(Value::take)
}

fn name_of(variable: &Value) -> &str {
    variable.get("name").and_then(Value::as_str).unwrap_or("")
}

fn named<'a>(variables: &'a [Value], name: &str) -> Option<&'a Value> {
    variables.iter().find(|variable| name_of(variable) == name)
}

fn labels(template: &Value) -> Option<&Value> {
    template.get("metadata")?.get("labels")
}

fn get<'a>(object: Option<&'a Value>, field: &str) -> Option<&'a Value> {
    object?.get(field)
}

fn items<'a>(object: Option<&'a Value>, field: &str) -> &'a [Value] {
    get(object, field)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}
