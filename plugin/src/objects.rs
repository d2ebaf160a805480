//! Kubernetes' objects as far as this program looks at them. The whole types, with everything that a
//! pod may say, would be a tenth of it.

use k8s_openapi::{
    api::{apps::v1 as apps, core::v1 as core},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Resource,
    api::{Execute, Log, Portforward},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A pod.
#[derive(Clone, Debug, Default, Deserialize, Resource, Serialize)]
#[resource(inherit = core::Pod)]
#[serde(default)]
pub struct Pod {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: PodSpec,
    /// Status.
    pub status: PodStatus,
}

impl Execute for Pod {}
impl Log for Pod {}
impl Portforward for Pod {}

/// What is wanted of a pod.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// Its containers.
    pub containers: Vec<Container>,
    /// Its node.
    pub node_name: Option<String>,
}

/// A container.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// What it runs from.
    pub image: Option<String>,
    /// Its environment.
    pub env: Vec<Variable>,
}

/// A variable of the environment.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Option<String>,
    /// Where its value comes from instead.
    pub value_from: Option<Value>,
}

/// How a pod is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// Pending, Running …
    pub phase: Option<String>,
    /// Guaranteed, Burstable, BestEffort.
    pub qos_class: Option<String>,
    /// Conditions, as they come.
    pub conditions: Option<Value>,
    /// Its containers, as they come.
    pub container_statuses: Vec<Value>,
}

/// A Service.
#[derive(Clone, Debug, Default, Deserialize, Resource, Serialize)]
#[resource(inherit = core::Service)]
#[serde(default)]
pub struct Service {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: ServiceSpec,
    /// Status.
    pub status: ServiceStatus,
}

impl Service {
    /// The port of each node by which one of its ports is reached, where that is its kind.
    pub fn node_port(&self, port: u16) -> Option<u16> {
        let mut ports = self.spec.ports.iter();
        ports
            .find(|it| self.spec.type_ == "NodePort" && it.port == port)
            .and_then(|it| it.node_port)
    }
}

/// What a Service is to be.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceSpec {
    /// Its kind.
    #[serde(rename = "type")]
    pub type_: String,
    /// Its ports.
    pub ports: Vec<ServicePort>,
}

/// A port of a Service.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServicePort {
    /// Inside.
    pub port: u16,
    /// On each node.
    pub node_port: Option<u16>,
}

/// How a Service is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceStatus {
    /// Where it is reached from outside.
    pub load_balancer: LoadBalancer,
}

/// A load balancer, as far as one is there.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct LoadBalancer {
    /// Its addresses.
    pub ingress: Vec<Ingress>,
}

/// An address of a load balancer.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Ingress {
    /// Its name.
    pub hostname: Option<String>,
    /// Its address.
    pub ip: Option<String>,
}

/// A Deployment.
#[derive(Clone, Debug, Default, Deserialize, Resource, Serialize)]
#[resource(inherit = apps::Deployment)]
#[serde(default)]
pub struct Deployment {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: DeploymentSpec,
    /// Status.
    pub status: DeploymentStatus,
}

/// How a Deployment is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentStatus {
    /// The generation that its controller has seen.
    pub observed_generation: Option<i64>,
    /// Pods.
    pub replicas: i32,
    /// Pods of the newest kind.
    pub updated_replicas: i32,
    /// Pods that serve.
    pub available_replicas: i32,
}

/// What is wanted of a Deployment.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct DeploymentSpec {
    /// Pods wanted.
    pub replicas: Option<i32>,
    /// Its pods.
    pub template: PodTemplate,
}

/// The pods of a Deployment.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct PodTemplate {
    /// Specification.
    pub spec: PodSpec,
}
