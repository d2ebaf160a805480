//! The manifests as this run wants them: namespace, image, settings. Pure.

use pg_core::names::SYSTEM_NAMESPACE;
use serde_json::{Value, json};

use super::{
    CONTROLLER,
    manifests::{FILES, File},
    rights,
};
use crate::{
    args::Scope,
    error::{Error, Kind, Result},
};

/// What differs between installations.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Namespace of the controller.
    pub namespace: String,
    /// Image of the controller.
    pub image: String,
    /// Controllers, if not as many as in the manifest.
    pub replicas: Option<i32>,
    /// Entries of the configuration.
    pub set: Vec<(String, String)>,
    /// Namespace and name of the configuration that is read instead of the controller's own.
    pub config: Option<(String, String)>,
    /// Where the controller has rights, if not where it had them before.
    pub scope: Option<Scope>,
    /// Namespaces where it is given rights.
    pub namespaces: Vec<String>,
}

/// All objects, in the order in which they are applied.
pub fn shaped(shape: &Shape) -> Result<Vec<Value>> {
    let mut objects = Vec::new();
    for file in FILES {
        objects.extend(parsed(file)?);
    }
    if !shape.set.is_empty() && !objects.iter().any(is_configuration) {
        objects.push(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": CONTROLLER, "namespace": SYSTEM_NAMESPACE},
        }));
    }
    for object in &mut objects {
        fit(object, shape);
    }
    if shape.scope == Some(Scope::Namespaces) {
        objects = objects.into_iter().filter_map(rights::narrowed).collect();
    }
    objects.extend(rights::bindings(&shape.namespace, &shape.namespaces));
    objects.sort_by_key(order);
    Ok(objects)
}

fn parsed(file: &File) -> Result<Vec<Value>> {
    let values: Vec<Value> = serde_saphyr::from_multiple(file.text).map_err(|error| {
        Error::new(
            Kind::Failed,
            format!("{} of this program is broken: {error}", file.path),
        )
    })?;
    Ok(values.into_iter().filter(Value::is_object).collect())
}

/// Resources before what uses them; what acts comes last.
pub fn order(object: &Value) -> u8 {
    match object["kind"].as_str().unwrap_or_default() {
        "CustomResourceDefinition" => 0,
        "Namespace" => 1,
        "ServiceAccount" => 2,
        "ClusterRole" | "Role" => 3,
        "ClusterRoleBinding" | "RoleBinding" => 4,
        "ValidatingAdmissionPolicy" => 5,
        "ValidatingAdmissionPolicyBinding" => 6,
        "Deployment" => 9,
        _ => 8,
    }
}

/// The namespace of an object that lives in one.
pub fn namespace_of(object: &Value) -> Option<&str> {
    object["metadata"]["namespace"].as_str()
}

fn is_configuration(object: &Value) -> bool {
    object["kind"] == "ConfigMap" && object["metadata"]["name"] == CONTROLLER
}

fn fit(object: &mut Value, shape: &Shape) {
    if object["kind"] == "Namespace" && object["metadata"]["name"] == SYSTEM_NAMESPACE {
        object["metadata"]["name"] = json!(shape.namespace);
    }
    if namespace_of(object) == Some(SYSTEM_NAMESPACE) {
        object["metadata"]["namespace"] = json!(shape.namespace);
    }
    // Not by index: indexing for a change puts in what is not there.
    let subjects = object.get_mut("subjects").and_then(Value::as_array_mut);
    for subject in subjects.into_iter().flatten() {
        if subject["namespace"] == SYSTEM_NAMESPACE {
            subject["namespace"] = json!(shape.namespace);
        }
    }
    if object["kind"] == "ValidatingAdmissionPolicy" {
        let account = |namespace: &str| format!("system:serviceaccount:{namespace}:");
        replace(
            object,
            &account(SYSTEM_NAMESPACE),
            &account(&shape.namespace),
        );
    }
    if let Some(namespace) = object.pointer_mut("/spec/paramRef/namespace") {
        *namespace = json!(shape.namespace);
    }
    if object["kind"] == "Deployment" {
        if let Some(replicas) = shape.replicas {
            object["spec"]["replicas"] = json!(replicas);
        }
        let containers = object
            .pointer_mut("/spec/template/spec/containers")
            .and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            if container["name"] == CONTROLLER {
                container["image"] = json!(shape.image);
            }
        }
    }
    if is_configuration(object) {
        for (key, value) in &shape.set {
            object["data"][key] = json!(value);
        }
    }
}

fn replace(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text.contains(from) => *text = text.replace(from, to),
        Value::Array(values) => values.iter_mut().for_each(|value| replace(value, from, to)),
        Value::Object(values) => values
            .values_mut()
            .for_each(|value| replace(value, from, to)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> Shape {
        Shape {
            namespace: "elsewhere".to_owned(),
            image: "registry.example/pg-fleet:1".to_owned(),
            replicas: Some(2),
            set: vec![("docker_image".to_owned(), "postgres:1".to_owned())],
            config: None,
            scope: None,
            namespaces: Vec::new(),
        }
    }

    #[test]
    fn resources_come_first_and_all_kinds_are_known() {
        let objects = shaped(&shape()).expect("sound manifests");
        assert_eq!(objects[0]["kind"], "CustomResourceDefinition");
        for object in &objects {
            super::super::resource(object).expect("a kind");
            assert!(object["metadata"]["name"].is_string());
        }
    }

    #[test]
    fn nothing_is_put_in_that_was_not_there() {
        let plain = Shape {
            namespace: SYSTEM_NAMESPACE.to_owned(),
            image: "pg-fleet".to_owned(),
            replicas: None,
            set: Vec::new(),
            config: None,
            scope: None,
            namespaces: Vec::new(),
        };
        let mut written: Vec<Value> = Vec::new();
        for file in FILES {
            written.extend(parsed(file).expect("sound manifests"));
        }
        written.sort_by_key(order);
        assert_eq!(shaped(&plain).expect("sound manifests"), written);
    }

    #[test]
    fn settings_reach_the_configuration() {
        let objects = shaped(&shape()).expect("sound manifests");
        let map = objects
            .iter()
            .find(|object| is_configuration(object))
            .expect("a ConfigMap");
        assert_eq!(map["data"]["docker_image"], "postgres:1");
        assert_eq!(map["metadata"]["namespace"], "elsewhere");
    }

    #[test]
    fn image_and_namespace_are_fitted() {
        let mut object = json!({
            "kind": "Deployment",
            "metadata": {"namespace": SYSTEM_NAMESPACE},
            "spec": {"template": {"spec": {"containers": [{"name": CONTROLLER, "image": "x"}]}}}
        });
        fit(&mut object, &shape());
        assert_eq!(object["spec"]["replicas"], 2);
        assert_eq!(
            object["spec"]["template"]["spec"]["containers"][0]["image"],
            "registry.example/pg-fleet:1"
        );
        assert_eq!(object["metadata"]["namespace"], "elsewhere");
    }
}
