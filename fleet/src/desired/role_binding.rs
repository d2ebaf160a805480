//! The rights of the database pods.

use pg_core::configuration::Configuration;
use serde_json::{Value, json};

use super::{
    Child, ChildKind, Error, Inputs,
    service_account::{definition, place},
};

/// The name of the binding: the definition's, else the account's.
pub fn role_binding_name(configuration: &Configuration) -> String {
    let defined = defined(configuration).ok().flatten();
    let name = defined
        .as_ref()
        .and_then(|body| body["metadata"]["name"].as_str());
    name.unwrap_or(&configuration.pod_service_account_name)
        .to_owned()
}

fn defined(configuration: &Configuration) -> Result<Option<Value>, Error> {
    definition(
        ChildKind::RoleBinding,
        "pod_service_account_role_binding_definition",
        &configuration.pod_service_account_role_binding_definition,
    )
}

/// Binds the pods' service account in this namespace to the cluster role of the same name, unless
/// the configuration defines another binding (zalando.md §3.2). Shared by all clusters of the
/// namespace, so without labels or owners of one of them.
pub(super) fn role_binding(inputs: &Inputs) -> Result<Child, Error> {
    let configuration = inputs.configuration;
    let account = &configuration.pod_service_account_name;
    let mut body = defined(configuration)?.unwrap_or_else(|| {
        json!({
            "kind": "RoleBinding",
            "metadata": { "name": account },
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": account,
            },
            "subjects": [{ "kind": "ServiceAccount", "name": account }],
        })
    });
    body["apiVersion"] = json!(ChildKind::RoleBinding.api_version());
    let name = role_binding_name(configuration);
    place(&mut body, &name, inputs.namespace());
    // The API server wants the namespace of an account said; the definition is for all namespaces.
    let subjects = body.get_mut("subjects").and_then(Value::as_array_mut);
    for subject in subjects.into_iter().flatten() {
        if subject.get("kind").and_then(Value::as_str) == Some("ServiceAccount")
            && subject.get("namespace").is_none()
        {
            subject["namespace"] = json!(inputs.namespace());
        }
    }
    Ok(Child {
        kind: ChildKind::RoleBinding,
        name,
        body,
    })
}
