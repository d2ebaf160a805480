//! The operator configuration: Zalando's parameters, from its ConfigMap or its resource.
//!
//! One table ([`table`](PARAMETERS)) holds each parameter's group, name, type, default and limits;
//! everything else follows from it.

mod check;
pub mod duration;
mod effect;
mod limit;
mod named;
#[cfg(test)]
mod page;
mod resource;
mod setting;
mod table;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use effect::Effect;
pub use resource::{OperatorConfiguration, OperatorConfigurationBody};
pub use setting::{
    InfrastructureRole, PodManagementPolicy, PodSecurity, Retention, RetentionPolicy,
    StorageResizeMode,
};
pub use table::{Configuration, PARAMETERS, Parameter};

/// A parameter has a value that it cannot have.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{parameter}: {reason}")]
pub struct InvalidParameter {
    /// Its name.
    pub parameter: &'static str,
    /// Why the value cannot be.
    pub reason: String,
}

/// A configuration cannot be used. Every parameter that is wrong is named.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the operator configuration is not valid: {}", list(.0))]
pub struct InvalidConfiguration(pub Vec<InvalidParameter>);

fn list(parameters: &[InvalidParameter]) -> String {
    let all: Vec<_> = parameters.iter().map(ToString::to_string).collect();
    all.join("; ")
}

impl Configuration {
    /// The version that a cluster is to run: the manifest's, or with mode `full` the target where
    /// that one is too old (zalando.md §3.8).
    pub fn major_version<'a>(&'a self, asked: &'a str) -> &'a str {
        let number = |version: &str| version.parse::<u32>().ok();
        let too_old = match (number(asked), number(&self.minimal_major_version)) {
            (Some(asked), Some(minimal)) => asked < minimal,
            _ => false,
        };
        match self.major_version_upgrade_mode == "full" && too_old {
            true => &self.target_major_version,
            false => asked,
        }
    }

    /// Reads the data of a ConfigMap: lists are comma separated, maps are `key:value,key:value`.
    ///
    /// A key without text says nothing, no, none: not the default. One of a few words, which
    /// knows no such word, has the default then. Keys that are no parameter are left alone. All
    /// this as in Zalando's operator, where an empty number is 0; here it is refused, because
    /// `max_instances` of 0 stops every cluster.
    pub fn from_config_map(data: &BTreeMap<String, String>) -> Result<Self, InvalidConfiguration> {
        read(
            Self::defaults_of_config_map(),
            |configuration, parameter| match data.get(parameter.name).map(|text| text.trim()) {
                None => Ok(()),
                Some("") if parameter.has_words() => Ok(()),
                Some(text) => (parameter.read_text)(configuration, text),
            },
        )
    }

    /// Reads an OperatorConfiguration. An empty value means the default.
    pub fn from_resource(resource: &Value) -> Result<Self, InvalidConfiguration> {
        let root = resource.get("configuration").unwrap_or(&Value::Null);
        read(Self::default(), |configuration, parameter| {
            let group = match parameter.group {
                "top" => Some(root),
                group => root.get(group),
            };
            match group.and_then(|group| group.get(parameter.name)) {
                None | Some(Value::Null) => Ok(()),
                Some(Value::String(text)) if text.is_empty() => Ok(()),
                Some(Value::Array(list)) if list.is_empty() => Ok(()),
                Some(Value::Object(map)) if map.is_empty() => Ok(()),
                Some(value) => (parameter.read_json)(configuration, value),
            }
        })
    }

    /// Returns the configuration as an OperatorConfiguration's `configuration`.
    pub fn to_value(&self) -> Value {
        let mut root = Map::new();
        for parameter in PARAMETERS {
            let value = (parameter.show)(self);
            let group = match parameter.group {
                "top" => Some(&mut root),
                group => root
                    .entry(group)
                    .or_insert_with(|| Value::Object(Map::new()))
                    .as_object_mut(),
            };
            if let Some(group) = group
                && !value.is_null()
            {
                group.insert(parameter.name.to_owned(), value);
            }
        }
        Value::Object(root)
    }

    /// Defaults where Zalando's operator has others for the ConfigMap than for the resource.
    fn defaults_of_config_map() -> Self {
        Self {
            password_rotation_user_retention: 180,
            enable_master_load_balancer: true,
            enable_teams_api: true,
            enable_postgres_team_crd: false,
            oauth_token_secret_name: "postgresql-operator".to_owned(),
            ..Self::default()
        }
    }
}

/// Reads every parameter, and goes on after one that is wrong to name them all.
fn read(
    mut configuration: Configuration,
    one: impl Fn(&mut Configuration, &Parameter) -> Result<(), String>,
) -> Result<Configuration, InvalidConfiguration> {
    let mut wrong = Vec::new();
    for parameter in PARAMETERS {
        if let Err(reason) = one(&mut configuration, parameter) {
            let parameter = parameter.name;
            wrong.push(InvalidParameter { parameter, reason });
        }
    }
    if wrong.is_empty() {
        wrong = check::check(&configuration);
    }
    match wrong.is_empty() {
        true => Ok(configuration),
        false => Err(InvalidConfiguration(wrong)),
    }
}

#[cfg(test)]
mod tests;
