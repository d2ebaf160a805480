//! The ConfigMap and the Secret whose entries are environment of all database pods. Read when a
//! cluster is looked at and the last reading is older than a resync period; where there is none, no
//! pods are planned: without the variables they would be other pods, and all would restart.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Mutex,
    time::Duration,
};

use kube::{api::GetParams, core::Request};
use pg_core::configuration::Configuration;
use serde_json::Value;

use crate::{
    act::{self, Actor, lock},
    desired::{Error, PodEnvironment},
    kinds::collection,
    observe::{facts::Key, object::RawChild},
};

/// What was read, by kind, namespace and name, and when.
#[derive(Debug, Default)]
pub struct Readings(Mutex<HashMap<Place, (Duration, Value)>>);

/// Where something is read.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Place {
    kind: &'static str,
    namespace: String,
    name: String,
}

/// Why there is no environment.
#[derive(Debug)]
pub enum Missing {
    /// What is named is not there: told in the cluster's status.
    Named(Error),
    /// The API server said no, or nothing: tried again.
    Unread(act::Error),
}

impl Readings {
    /// Forgets all readings.
    pub fn forget(&self) {
        lock(&self.0).clear();
    }

    /// The environment of a cluster's pods.
    pub async fn of(
        &self,
        actor: &Actor,
        own_namespace: &str,
        key: &Key,
        configuration: &Configuration,
    ) -> Result<PodEnvironment, Missing> {
        let mut environment = PodEnvironment::default();
        let (config_map, secret) = places(own_namespace, &key.namespace, configuration);
        let period = configuration.resync_period;
        if let Some(place) = config_map {
            let data = self
                .read(actor, place, "pod_environment_configmap", period)
                .await?;
            environment.config_map = serde_json::from_value(data).unwrap_or_default();
        }
        if let Some(place) = secret {
            let data = self
                .read(actor, place, "pod_environment_secret", period)
                .await?;
            let names: BTreeSet<String> = serde_json::from_value(data).unwrap_or_default();
            environment.secret_keys = names;
        }
        Ok(environment)
    }

    async fn read(
        &self,
        actor: &Actor,
        place: Place,
        parameter: &str,
        period: Duration,
    ) -> Result<Value, Missing> {
        let last = lock(&self.0).get(&place).cloned();
        if let Some((at, data)) = &last
            && actor.mono().saturating_sub(*at) < period
        {
            return Ok(data.clone());
        }
        let Place {
            kind,
            namespace,
            name,
        } = &place;
        let what = format!("read {kind} {namespace}/{name}");
        let request = Request::new(collection(kind, namespace)).get(name, &GetParams::default());
        match (actor.send::<RawChild>(what, request).await, last) {
            (Ok(object), _) => {
                let data = kept(kind, &object);
                let reading = (actor.mono(), data.clone());
                lock(&self.0).insert(place, reading);
                Ok(data)
            }
            (Err(error), _) if error.is_not_found() => Err(Missing::Named(Error::Configuration {
                parameter: parameter.to_owned(),
                reason: format!("there is no {kind} {namespace}/{name}"),
            })),
            // An old reading is better than none.
            (Err(error), Some((_, data))) => {
                tracing::warn!(%error, "the last reading stays");
                Ok(data)
            }
            (Err(error), None) => Err(Missing::Unread(error)),
        }
    }
}

/// What is kept of an object: of a Secret the names alone, never a value.
fn kept(kind: &str, object: &RawChild) -> Value {
    let data = object.body.get("data").and_then(Value::as_object);
    match (kind, data) {
        (_, None) if kind == "Secret" => Value::Array(Vec::new()),
        (_, None) => Value::Object(serde_json::Map::new()),
        ("Secret", Some(data)) => data.keys().map(String::as_str).collect(),
        (_, Some(data)) => Value::Object(data.clone()),
    }
}

/// Where ConfigMap and Secret are: the one in any namespace, the other in the cluster's.
fn places(
    own_namespace: &str,
    namespace: &str,
    configuration: &Configuration,
) -> (Option<Place>, Option<Place>) {
    let config_map = &configuration.pod_environment_configmap;
    let secret = &configuration.pod_environment_secret;
    let (of, name) = config_map
        .split_once('/')
        .unwrap_or((own_namespace, config_map));
    let place = |kind, namespace: &str, name: &str| {
        (!name.is_empty()).then(|| Place {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    };
    (
        place("ConfigMap", of, name),
        place("Secret", namespace, secret),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn where_they_are() {
        let shown = |config_map: &str, secret: &str| {
            let configuration = Configuration {
                pod_environment_configmap: config_map.to_owned(),
                pod_environment_secret: secret.to_owned(),
                ..Configuration::default()
            };
            let (config_map, secret) = places("own", "shop", &configuration);
            [config_map, secret]
                .map(|place| place.map(|place| format!("{}/{}", place.namespace, place.name)))
        };
        assert_eq!(shown("", ""), [None, None]);
        assert_eq!(
            shown("env", "sec"),
            [Some("own/env".to_owned()), Some("shop/sec".to_owned())]
        );
        assert_eq!(shown("other/env", ""), [Some("other/env".to_owned()), None]);
    }

    #[test]
    fn no_value_of_a_secret_is_kept() {
        let object = |data: Value| -> RawChild {
            serde_json::from_value(json!({ "metadata": { "name": "s" }, "data": data }))
                .expect("one")
        };
        assert_eq!(
            kept("Secret", &object(json!({ "A": "aHVudGVyMg==" }))),
            json!(["A"])
        );
        assert_eq!(kept("Secret", &object(Value::Null)), json!([]));
        assert_eq!(
            kept("ConfigMap", &object(json!({ "A": "b" }))),
            json!({ "A": "b" })
        );
        assert_eq!(kept("ConfigMap", &object(Value::Null)), json!({}));
    }
}
