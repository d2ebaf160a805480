//! What the pods may do on their nodes.

use pg_core::configuration::PodSecurity;
use serde_json::{Map, Value, json};

use super::super::{Error, Inputs};

/// User and group of `postgres` in our own image, as in Spilo's.
const POSTGRES_USER: i64 = 101;
const POSTGRES_GROUP: i64 = 103;

/// Security context of the pod. Zalando's has only what manifest or configuration say.
pub(super) fn pod(inputs: &Inputs) -> Result<Value, Error> {
    let (manifest, configuration) = (inputs.spec(), inputs.configuration);
    let restricted = inputs.pod_security == PodSecurity::Restricted;
    let ids = [
        (
            "runAsUser",
            manifest.spilo_run_as_user.or(configuration.spilo_runasuser),
            POSTGRES_USER,
        ),
        (
            "runAsGroup",
            manifest
                .spilo_run_as_group
                .or(configuration.spilo_runasgroup),
            POSTGRES_GROUP,
        ),
        (
            "fsGroup",
            manifest.spilo_fs_group.or(configuration.spilo_fsgroup),
            POSTGRES_GROUP,
        ),
    ];
    let mut context = Map::new();
    for (field, given, default) in ids {
        if let Some(id) = given.or(restricted.then_some(default)) {
            context.insert(field.to_owned(), json!(id));
        }
    }
    if restricted {
        if context.get("runAsUser") == Some(&json!(0)) {
            let reason = "root is not allowed with pod_security restricted";
            return Err(if manifest.spilo_run_as_user.is_some() {
                Error::manifest("spec.spiloRunAsUser", reason)
            } else {
                Error::configuration("spilo_runasuser", reason)
            });
        }
        context.insert("runAsNonRoot".to_owned(), json!(true));
        context.insert(
            "seccompProfile".to_owned(),
            json!({ "type": "RuntimeDefault" }),
        );
    }
    Ok(Value::Object(context))
}

/// Security context of the container with PostgreSQL.
pub(super) fn postgres(inputs: &Inputs) -> Value {
    let configuration = inputs.configuration;
    let mut context = json!({
        "allowPrivilegeEscalation": configuration.spilo_allow_privilege_escalation,
        "privileged": configuration.spilo_privileged,
        "readOnlyRootFilesystem": false,
    });
    let capabilities: Vec<String> = configuration
        .additional_pod_capabilities
        .iter()
        .map(|capability| capability.to_uppercase())
        .collect();
    if !capabilities.is_empty() {
        context["capabilities"] = json!({ "add": capabilities });
    }
    context
}

/// Under `restricted` every container gives up what the standard does not allow; what it says
/// itself and the standard allows stays. Otherwise nothing changes.
pub(super) fn harden(inputs: &Inputs, container: &mut Value) -> Result<(), Error> {
    if inputs.pod_security != PodSecurity::Restricted {
        return Ok(());
    }
    if inputs.configuration.spilo_privileged {
        return Err(Error::configuration(
            "spilo_privileged",
            "not allowed with pod_security restricted",
        ));
    }
    let allowed = |capability: &String| capability.eq_ignore_ascii_case("NET_BIND_SERVICE");
    if !inputs
        .configuration
        .additional_pod_capabilities
        .iter()
        .all(allowed)
    {
        return Err(Error::configuration(
            "additional_pod_capabilities",
            "only NET_BIND_SERVICE is allowed with pod_security restricted",
        ));
    }
    if !container["securityContext"].is_object() {
        container["securityContext"] = json!({});
    }
    let context = &mut container["securityContext"];
    context["allowPrivilegeEscalation"] = json!(false);
    if !context["capabilities"].is_object() {
        context["capabilities"] = json!({});
    }
    context["capabilities"]["drop"] = json!(["ALL"]);
    Ok(())
}
