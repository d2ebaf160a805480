//! What is there already: an earlier installation, whose settings stay, the configuration of
//! another operator, and that operator.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api,
    api::{ApiResource, DynamicObject},
    core::GroupVersionKind,
};
use pg_core::configuration::Configuration;
use serde_json::{Value, json};

use super::{CONTROLLER, Shape, rights};
use crate::{
    args::Scope,
    connect::Context,
    error::{Error, Kind, Result},
    objects::Deployment,
    operators::others,
};

/// Which clusters the controller acts on.
const CONTROLLER_ID: &str = "CONTROLLER_ID";
/// The ConfigMap that it reads.
const CONFIG_MAP: &str = "CONFIG_MAP_NAME";
/// The OperatorConfiguration that it reads instead.
const RESOURCE: &str = "POSTGRES_OPERATOR_CONFIGURATION_OBJECT";

/// What an installation goes by.
#[derive(Debug, Default)]
pub struct Found {
    /// Variables of the controller: whom it serves, and whose configuration it reads.
    variables: Vec<(&'static str, String)>,
    /// The configuration as it is.
    data: BTreeMap<String, String>,
    /// Where the controller had rights, if there is one.
    pub scope: Option<Scope>,
}

/// Looks at a context; a configuration that cannot be is refused before anything is changed.
pub async fn find(context: &Context, shape: &Shape) -> Result<Found> {
    let deployments: Api<Deployment> = context.api(&shape.namespace);
    let there = context.ask_opt(deployments.get(CONTROLLER)).await?;
    let mut variables = Vec::new();
    if let Some(id) = controller_id(context, there.as_ref()).await? {
        variables.push((CONTROLLER_ID, id));
    }
    variables.extend(origin(context, shape, there.as_ref()).await?);
    let maps: Api<ConfigMap> = context.api(&shape.namespace);
    let map = context.ask_opt(maps.get(CONTROLLER)).await?;
    Ok(Found {
        variables,
        data: map.and_then(|map| map.data).unwrap_or_default(),
        scope: there.as_ref().map(rights::scope),
    })
}

impl Found {
    /// An object as it is applied here; none for one that is not needed.
    pub fn fit(&self, object: &Value, shape: &Shape) -> Option<Value> {
        let mut object = object.clone();
        if shape.scope.is_none() && self.scope == Some(Scope::Namespaces) {
            object = rights::narrowed(object)?;
        }
        if object["metadata"]["name"] != CONTROLLER {
            return Some(object);
        }
        if object["kind"] == "Deployment" {
            let env = object
                .pointer_mut("/spec/template/spec/containers/0/env")
                .and_then(Value::as_array_mut);
            if let Some(env) = env {
                let pairs = self.variables.iter();
                env.extend(pairs.map(|(name, value)| json!({ "name": name, "value": value })));
            }
        }
        if object["kind"] == "ConfigMap" {
            if self
                .variables
                .iter()
                .any(|(name, _)| *name != CONTROLLER_ID)
            {
                return None;
            }
            for (key, value) in &self.data {
                if !shape.set.iter().any(|(set, _)| set == key) {
                    object["data"][key] = json!(value);
                }
            }
        }
        Some(object)
    }

    /// What the controller needs in its scope to read a configuration that lies elsewhere.
    pub fn to_configuration(&self, shape: &Shape) -> Vec<Value> {
        if shape.scope.or(self.scope) != Some(Scope::Namespaces) {
            return Vec::new();
        }
        let maps = self.variables.iter().filter(|(of, _)| *of == CONFIG_MAP);
        let places = maps.filter_map(|(_, value)| value.split_once('/'));
        places
            .flat_map(|(namespace, name)| rights::to_read(&shape.namespace, namespace, name))
            .collect()
    }
}

/// The value of a variable of the controller.
pub fn variable(deployment: Option<&Deployment>, name: &str) -> Option<String> {
    let containers = deployment?.spec.template.spec.containers.iter();
    containers
        .flat_map(|container| &container.env)
        .find(|variable| variable.name == name)
        .and_then(|variable| variable.value.clone())
        .filter(|value| !value.is_empty())
}

/// The controller that clusters must name for this one to act on them: as it was; beside an
/// operator that acts on clusters without a name, a name of its own.
async fn controller_id(context: &Context, there: Option<&Deployment>) -> Result<Option<String>> {
    if let Some(id) = variable(there, CONTROLLER_ID) {
        return Ok(Some(id));
    }
    let others = others(context).await?;
    let beside = others.iter().any(|other| other.serves(""));
    Ok(beside.then(|| CONTROLLER.to_owned()))
}

/// The variable that leads to the configuration, unless that is the controller's own.
async fn origin(
    context: &Context,
    shape: &Shape,
    there: Option<&Deployment>,
) -> Result<Option<(&'static str, String)>> {
    let Some((namespace, name)) = &shape.config else {
        let before = [RESOURCE, CONFIG_MAP]
            .into_iter()
            .find_map(|of| variable(there, of).map(|value| (of, value)));
        if let Some((_, other)) = before.as_ref().filter(|_| !shape.set.is_empty()) {
            let what = format!(
                "the controller reads its configuration in {other}, not in its own ConfigMap"
            );
            return Err(Error::new(Kind::Refused, what).hint(format!(
                "change it there; or go back to the own one: --config {}/{CONTROLLER}",
                shape.namespace
            )));
        }
        return Ok(before);
    };
    if *namespace == shape.namespace && name == CONTROLLER {
        return Ok(None);
    }
    let value = format!("{namespace}/{name}");
    let invalid = |kind: &str, why: String| {
        Error::new(
            Kind::Refused,
            format!("{kind} {value} cannot be used: {why}"),
        )
    };
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(
        "acid.zalan.do",
        "v1",
        "OperatorConfiguration",
    ));
    let resources: Api<DynamicObject> =
        Api::namespaced_with(context.client.clone(), namespace, &resource);
    if let Some(object) = context.ask_opt(resources.get(name)).await? {
        Configuration::from_resource(&object.data)
            .map_err(|error| invalid("OperatorConfiguration", error.to_string()))?;
        return Ok(Some((RESOURCE, value)));
    }
    let maps: Api<ConfigMap> = context.api(namespace);
    let Some(map) = context.ask_opt(maps.get(name)).await? else {
        let what = format!("there is no OperatorConfiguration and no ConfigMap {value}");
        return Err(Error::new(Kind::Refused, what));
    };
    Configuration::from_config_map(&map.data.unwrap_or_default())
        .map_err(|error| invalid("ConfigMap", error.to_string()))?;
    Ok(Some((CONFIG_MAP, value)))
}

#[cfg(test)]
mod tests {
    use pg_core::names::SYSTEM_NAMESPACE;

    use super::*;
    use crate::commands::install::{IMAGE, shaped};

    fn shape(set: &[(&str, &str)]) -> Shape {
        let set = set
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Shape {
            namespace: SYSTEM_NAMESPACE.to_owned(),
            image: IMAGE.to_owned(),
            replicas: None,
            set: set.collect(),
            config: None,
            scope: None,
            namespaces: Vec::new(),
        }
    }

    fn fitted(found: &Found, shape: &Shape, kind: &str) -> Option<Value> {
        let objects = shaped(shape).expect("sound manifests");
        let one =
            |object: &&Value| object["kind"] == kind && object["metadata"]["name"] == CONTROLLER;
        found.fit(objects.iter().find(one).expect("one of this kind"), shape)
    }

    #[test]
    fn variables_reach_the_controller() {
        let found = Found {
            variables: vec![(CONTROLLER_ID, "us".to_owned())],
            ..Found::default()
        };
        let deployment = fitted(&found, &shape(&[]), "Deployment").expect("a controller");
        let container = &deployment["spec"]["template"]["spec"]["containers"][0];
        assert_eq!(container["name"], CONTROLLER);
        let env = container["env"].as_array().expect("variables");
        assert!(
            env.contains(&json!({"name": "CONTROLLER_ID", "value": "us"})),
            "{env:?}"
        );
        assert!(env.iter().any(|one| one["name"] == "POD_NAME"), "{env:?}");
        assert!(fitted(&found, &shape(&[]), "ConfigMap").is_some());
    }

    /// Its scope stays through later installs, and what it reads elsewhere can be read.
    #[test]
    fn the_scope_stays() {
        let found = Found {
            variables: vec![(CONFIG_MAP, "default/postgres-operator".to_owned())],
            scope: Some(Scope::Namespaces),
            ..Found::default()
        };
        let same = shape(&[]);
        let wide = |shape: &Shape| {
            let objects = shaped(shape).expect("sound manifests");
            let fitted = objects.iter().filter_map(|object| found.fit(object, shape));
            fitted
                .filter(|object| object["kind"] == "ClusterRoleBinding")
                .count()
        };
        let everywhere = Shape {
            scope: Some(Scope::Cluster),
            ..same.clone()
        };
        assert_eq!((wide(&same), wide(&everywhere)), (1, 2));
        let read = found.to_configuration(&same);
        assert_eq!(read.len(), 2);
        assert_eq!(read[0]["metadata"]["namespace"], "default");
        assert_eq!(
            read[0]["rules"][0]["resourceNames"],
            json!(["postgres-operator"])
        );
        assert!(found.to_configuration(&everywhere).is_empty());
    }

    #[test]
    fn settings_made_earlier_stay_unless_this_run_sets_them() {
        let data = [("workers", "3"), ("docker_image", "old")];
        let found = Found {
            data: data
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            ..Found::default()
        };
        let map = fitted(&found, &shape(&[("docker_image", "new")]), "ConfigMap");
        let map = map.expect("its configuration");
        assert_eq!(map["data"]["workers"], "3");
        assert_eq!(map["data"]["docker_image"], "new");
        assert_eq!(map["data"]["watched_namespace"], "*");
    }

    #[test]
    fn where_another_configuration_is_read_there_is_none_of_its_own() {
        let found = Found {
            variables: vec![(CONFIG_MAP, "default/postgres-operator".to_owned())],
            ..Found::default()
        };
        assert_eq!(fitted(&found, &shape(&[]), "ConfigMap"), None);
    }
}
