//! What the database pods run as.

use serde_json::{Value, json};

use super::{Child, ChildKind, Error, Inputs};

/// Annotation that gives a service account a role of AWS.
const AWS_ROLE_ANNOTATION: &str = "eks.amazonaws.com/role-arn";

/// The service account of the namespace. All clusters of a namespace share it, so it carries no
/// labels or owners of one of them.
pub(super) fn service_account(inputs: &Inputs) -> Result<Child, Error> {
    let configuration = inputs.configuration;
    let mut body = definition(
        ChildKind::ServiceAccount,
        "pod_service_account_definition",
        &configuration.pod_service_account_definition,
    )?
    .unwrap_or_else(|| json!({}));
    // The name is the parameter's, whatever the definition says, since the pods ask for that one.
    let name = configuration.pod_service_account_name.clone();
    body["apiVersion"] = json!(ChildKind::ServiceAccount.api_version());
    body["kind"] = json!(ChildKind::ServiceAccount.kind());
    place(&mut body, &name, inputs.namespace());
    if !configuration.irsa_role_arn.is_empty() {
        let metadata = &mut body["metadata"];
        if !metadata["annotations"].is_object() {
            metadata["annotations"] = json!({});
        }
        metadata["annotations"][AWS_ROLE_ANNOTATION] = json!(configuration.irsa_role_arn);
    }
    Ok(Child {
        kind: ChildKind::ServiceAccount,
        name,
        body,
    })
}

/// An object that the configuration defines as text (JSON or YAML); none when the text is empty.
pub(super) fn definition(
    kind: ChildKind,
    parameter: &str,
    text: &str,
) -> Result<Option<Value>, Error> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let body: Value = serde_saphyr::from_str(text)
        .map_err(|error| Error::configuration(parameter, error.to_string()))?;
    let found = body.get("kind").and_then(Value::as_str).unwrap_or("");
    if found != kind.kind() {
        return Err(Error::configuration(
            parameter,
            format!("defines {found:?} instead of a {}", kind.kind()),
        ));
    }
    Ok(Some(body))
}

/// Gives an object from the configuration its name and namespace.
pub(super) fn place(body: &mut Value, name: &str, namespace: &str) {
    if !body["metadata"].is_object() {
        body["metadata"] = json!({});
    }
    body["metadata"]["name"] = json!(name);
    body["metadata"]["namespace"] = json!(namespace);
}
