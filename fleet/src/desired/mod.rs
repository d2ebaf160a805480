//! The Kubernetes objects that a Postgres cluster should have, and how they compare with those it
//! has. Pure: no client, no clock, no chance, so the same inputs give the same bytes.
//!
//! Names, labels and fields are Zalando's to the letter (reference/zalando.md §3.2, §3.16, §4), so
//! that a cluster is taken over, and given back, without a restart; the golden tests hold them to
//! what the real operator made. One file per kind; `pod/` makes the pod template, `compare/` tells
//! what is to be done about a difference.

mod checks;
mod compare;
mod endpoints;
mod metadata;
mod not_yet;
mod pod;
mod pod_disruption_budget;
mod quantity;
mod replicas;
mod role_binding;
mod secret;
mod service;
mod service_account;
mod stateful_set;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use pg_core::{
    configuration::{Configuration, PodSecurity},
    postgresql::Postgresql,
};
pub use quantity::Quantity;
use serde_json::Value;

use crate::kinds;

pub use checks::{
    against_creation, are_role_flags, is_reserved_role, may_be_role, objections, wrong_parameters,
};
pub use compare::{covers, replace_needed, restart_needed, uncovered};
pub use not_yet::not_yet;
pub use pod::{dynamic_configuration, out_of_bounds};
pub use pod_disruption_budget::hold_drains;
pub use replicas::replicas;
pub use role_binding::role_binding_name;
pub use secret::{RoleSecret, secret_body, secret_patch, secrets};

/// What the desired objects are made from.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    /// The cluster's manifest, with its name, namespace and uid.
    pub manifest: &'a Postgresql,
    /// The operator configuration.
    pub configuration: &'a Configuration,
    /// What `pod_environment_configmap` and `pod_environment_secret` hold.
    pub pod_environment: PodEnvironment,
    /// Under which security context the pods run; fixed when the cluster is created.
    pub pod_security: PodSecurity,
}

/// Environment of all database pods that a ConfigMap and a Secret give (zalando.md §4, e and f).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PodEnvironment {
    /// Data of the ConfigMap.
    pub config_map: BTreeMap<String, String>,
    /// Keys of the Secret; the values stay in it.
    pub secret_keys: BTreeSet<String>,
}

impl<'a> Inputs<'a> {
    /// For what follows from manifest and configuration alone.
    pub fn plain(manifest: &'a Postgresql, configuration: &'a Configuration) -> Self {
        Self {
            manifest,
            configuration,
            pod_environment: PodEnvironment::default(),
            pod_security: PodSecurity::default(),
        }
    }
}

/// How two sizes compare; `None` if one of them is none.
pub fn compare_sizes(a: &str, b: &str) -> Option<std::cmp::Ordering> {
    Some(Quantity::parse(a)?.cmp(&Quantity::parse(b)?))
}

/// Annotation of a StatefulSet whose pods run under [`PodSecurity::Restricted`]; one without it is
/// Zalando's kind. So the choice stays with the cluster when the configuration changes.
pub const POD_SECURITY_ANNOTATION: &str = "pgfleet.io/pod-security";

/// The security context that a StatefulSet was made with.
pub fn pod_security_of(live: &Value) -> PodSecurity {
    live.get("metadata")
        .and_then(|metadata| metadata.get("annotations"))
        .and_then(|annotations| annotations.get(POD_SECURITY_ANNOTATION))
        .and_then(Value::as_str)
        .and_then(|word| word.parse().ok())
        .unwrap_or_default()
}

/// Kinds of objects that a cluster has.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ChildKind {
    /// What the pods run as; shared by all clusters of a namespace.
    ServiceAccount,
    /// The rights of the pods; shared by all clusters of a namespace.
    RoleBinding,
    /// Where Patroni writes the primary's address, unless it keeps its state in ConfigMaps.
    Endpoints,
    /// The ways to the primary and to the replicas.
    Service,
    /// What a drain may take away.
    PodDisruptionBudget,
    /// The members.
    StatefulSet,
    /// Credentials of a role.
    Secret,
}

impl ChildKind {
    /// Whether all clusters of a namespace share the object.
    pub fn is_shared(self) -> bool {
        matches!(self, Self::ServiceAccount | Self::RoleBinding)
    }

    /// Group and version.
    pub fn api_version(self) -> &'static str {
        kinds::api_version(self.kind())
    }

    /// Kind.
    pub fn kind(self) -> &'static str {
        match self {
            Self::ServiceAccount => "ServiceAccount",
            Self::RoleBinding => "RoleBinding",
            Self::Endpoints => "Endpoints",
            Self::Service => "Service",
            Self::PodDisruptionBudget => "PodDisruptionBudget",
            Self::StatefulSet => "StatefulSet",
            Self::Secret => "Secret",
        }
    }
}

/// One object that a cluster should have.
#[derive(Clone, Debug, PartialEq)]
pub struct Child {
    /// Its kind.
    pub kind: ChildKind,
    /// Its name.
    pub name: String,
    /// The whole object as it is applied.
    pub body: Value,
}

/// Why no objects can be made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// A field of the manifest makes no sense.
    #[error("{field}: {reason}")]
    Manifest {
        /// Its path, as in `spec.resources.limits.cpu`.
        field: String,
        /// What is wrong.
        reason: String,
    },
    /// A parameter of the configuration makes no sense.
    #[error("configuration parameter {parameter}: {reason}")]
    Configuration {
        /// Its name.
        parameter: String,
        /// What is wrong.
        reason: String,
    },
}

impl Error {
    fn manifest(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Manifest {
            field: field.into(),
            reason: reason.into(),
        }
    }

    fn configuration(parameter: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Configuration {
            parameter: parameter.into(),
            reason: reason.into(),
        }
    }
}

/// The objects that the cluster should have, in the order in which they are applied. Secrets are
/// apart ([`secrets`]): they come first, and one that exists already is left as it is.
pub fn children(inputs: &Inputs) -> Result<Vec<Child>, Error> {
    checks::name(inputs)?;
    checks::windows(inputs)?;
    let mut children = vec![
        service_account::service_account(inputs)?,
        role_binding::role_binding(inputs)?,
    ];
    // Before the Services, so that Patroni finds them with their labels (zalando.md §3.2).
    children.extend(endpoints::endpoints(inputs));
    children.extend(service::services(inputs));
    children.extend(pod_disruption_budget::budgets(inputs));
    children.push(stateful_set::stateful_set(inputs)?);
    Ok(children)
}
