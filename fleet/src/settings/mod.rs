//! The operator configuration while the controller runs: where it comes from, what the environment
//! overrides, and what becomes of a change. One that cannot be is refused by name, and the last
//! good one stays.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use k8s_openapi::api::core::v1::ObjectReference;
use kube::{Client, api::GetParams, core::Request};
use pg_core::configuration::{Configuration, PARAMETERS};
use serde_json::Value;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    act::lock,
    controller::{self, Controller},
    desired,
    events::{Notice, Publisher},
    kinds::collection,
    observe::{
        facts::Key,
        object::RawChild,
        watch::{Event, Progress, Source, follow},
        way::Way,
    },
    queue::Turn,
    sources::{self, Scope},
};

/// A configuration that cannot be is looked at again after this time when the controller starts.
const AGAIN: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(15);

/// Where the configuration comes from. As in Zalando's operator the resource goes before the
/// ConfigMap.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    kind: &'static str,
    namespace: String,
    name: String,
}

impl Origin {
    /// From the names given; each may be `namespace/name`, or is in the controller's namespace.
    pub fn new(own_namespace: &str, config_map: &str, resource: &str) -> Self {
        let (kind, name) = match resource {
            "" => ("ConfigMap", config_map),
            resource => ("OperatorConfiguration", resource),
        };
        let (namespace, name) = name.split_once('/').unwrap_or((own_namespace, name));
        Self {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    fn source(&self) -> Source {
        Source {
            optional: false,
            name: "configuration",
            path: collection(self.kind, &self.namespace),
            selector: String::new(),
            field: format!("metadata.name={}", self.name),
            way: Way::default(),
        }
    }

    fn read(&self, object: &RawChild) -> Result<Configuration, String> {
        let read = match self.kind {
            "ConfigMap" => {
                let data = object.body.get("data").cloned().unwrap_or_default();
                let data: Option<_> =
                    serde_json::from_value(data).map_err(|error| error.to_string())?;
                Configuration::from_config_map(&data.unwrap_or_default())
            }
            _ => {
                let body: Value = object.body.clone().into_iter().collect();
                Configuration::from_resource(&body)
            }
        };
        read.map_err(|error| error.to_string())
    }

    fn reference(&self, uid: &str) -> ObjectReference {
        let group = match self.kind {
            "ConfigMap" => "v1",
            _ => "acid.zalan.do/v1",
        };
        ObjectReference {
            api_version: Some(group.to_owned()),
            kind: Some(self.kind.to_owned()),
            namespace: Some(self.namespace.clone()),
            name: Some(self.name.clone()),
            uid: Some(uid.to_owned()),
            ..ObjectReference::default()
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// What goes before the configuration, whatever that says (reference/zalando.md §2).
#[derive(Clone, Debug)]
pub struct Overrides {
    /// The controller's namespace: watched where nothing is named.
    pub own_namespace: String,
    /// Namespace to watch; empty for the configuration's.
    pub watched_namespace: String,
    /// Key of Scalyr; empty for the configuration's.
    pub scalyr_api_key: String,
}

impl Overrides {
    fn apply(&self, mut configuration: Configuration) -> Configuration {
        if !self.watched_namespace.is_empty() {
            configuration
                .watched_namespace
                .clone_from(&self.watched_namespace);
        }
        if configuration.watched_namespace.is_empty() {
            configuration
                .watched_namespace
                .clone_from(&self.own_namespace);
        }
        if !self.scalyr_api_key.is_empty() {
            configuration
                .scalyr_api_key
                .clone_from(&self.scalyr_api_key);
        }
        configuration
    }
}

/// Where the configuration comes from and what goes before it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The object.
    pub origin: Origin,
    /// The environment.
    pub overrides: Overrides,
}

impl Settings {
    /// What is said by the object as it is now. One that is not there says nothing at the start
    /// (of a ConfigMap) and is a mistake later: deleting it shall not change every cluster.
    fn read(&self, object: Option<&RawChild>) -> Result<Configuration, String> {
        let object = object.ok_or("it is gone")?;
        let configuration = self.origin.read(object)?;
        let wrong = desired::wrong_parameters(&configuration);
        if !wrong.is_empty() {
            let all: Vec<_> = wrong.iter().map(ToString::to_string).collect();
            return Err(all.join("; "));
        }
        Ok(self.overrides.apply(configuration))
    }

    /// Reads the configuration until there is one that can be.
    ///
    /// # Errors
    ///
    /// When the API server says no.
    pub async fn first(
        &self,
        client: &Client,
        publisher: &Publisher,
    ) -> Result<Configuration, controller::Error> {
        let Origin {
            kind,
            namespace,
            name,
        } = &self.origin;
        let mut said = None;
        loop {
            let what = || format!("read {}", self.origin);
            let request = Request::new(collection(kind, namespace))
                .get(name, &GetParams::default())
                .map_err(kube::Error::BuildRequest);
            let answer = match request {
                Ok(request) => timeout(PATIENCE, client.request::<RawChild>(request)).await,
                Err(error) => Ok(Err(error)),
            };
            let object = match answer {
                Ok(Ok(object)) => Some(object),
                Ok(Err(kube::Error::Api(status))) if status.code == 404 => None,
                Ok(Err(source)) => {
                    let source = Box::new(source);
                    return Err(controller::Error::Kubernetes {
                        what: what(),
                        source,
                    });
                }
                Err(_) => return Err(controller::Error::TimedOut(what())),
            };
            let read = match (&object, *kind) {
                (None, "ConfigMap") => Configuration::from_config_map(&Default::default())
                    .map(|defaults| self.overrides.apply(defaults))
                    .map_err(|error| error.to_string()),
                (object, _) => self.read(object.as_ref()),
            };
            match read {
                Ok(configuration) => return Ok(configuration),
                Err(why) if said.as_ref() == Some(&why) => {}
                Err(why) => {
                    tracing::error!(origin = %self.origin, why, "no configuration to start with");
                    if let Some(object) = &object {
                        self.refuse(publisher, object, &why).await;
                    }
                    said = Some(why);
                }
            }
            sleep(AGAIN).await;
        }
    }

    async fn refuse(&self, publisher: &Publisher, object: &RawChild, why: &str) {
        let note = format!("{why}; the last good configuration stays");
        let notice = Notice::warning("ConfigurationRefused", note);
        let reference = self.origin.reference(&object.metadata.uid);
        publisher.publish_on(&reference, vec![notice]).await;
    }
}

/// The parameters in which two configurations differ. Names only: values may be secret.
fn changed(old: &Configuration, new: &Configuration) -> Vec<&'static str> {
    let (old, new) = (old.to_value(), new.to_value());
    let value = |of: &Value, group: &str, name: &str| match group {
        "top" => of.get(name).cloned(),
        group => of.get(group).and_then(|group| group.get(name)).cloned(),
    };
    PARAMETERS
        .iter()
        .filter(|parameter| {
            let at = |of| value(of, parameter.group, parameter.name);
            at(&old) != at(&new)
        })
        .map(|parameter| parameter.name)
        .collect()
}

/// Follows the configuration until the process ends.
pub async fn keep(controller: Arc<Controller>, client: Client, progress: Arc<Progress>) {
    let (sender, mut receiver) = watch::channel(None::<RawChild>);
    let source = controller.settings.origin.source();
    let sink = move |event: Event<RawChild>| {
        match event {
            Event::Applied(object) => drop(sender.send_replace(Some(object))),
            Event::Deleted(_) => drop(sender.send_replace(None)),
            // Nothing was sent where the list is empty.
            Event::Listed(seen) if seen.is_empty() => drop(sender.send_replace(None)),
            Event::Listed(_) => {}
        }
    };
    let epoch = controller.actor.epoch;
    tokio::spawn(follow::<RawChild>(client, source, progress, epoch, sink));
    // A ConfigMap that is not there from the start is no mistake.
    let mut was_there = false;
    let mut said = None;
    while receiver.changed().await.is_ok() {
        let object = receiver.borrow_and_update().clone();
        was_there |= object.is_some();
        if !was_there {
            continue;
        }
        match controller.settings.read(object.as_ref()) {
            Ok(configuration) => {
                said = None;
                controller.metrics.configuration_refused.set(0);
                let changed = controller.configure(configuration);
                if !changed.is_empty() && controller.actor.leading.holds() {
                    controller.tell_changed(object.as_ref(), &changed).await;
                }
            }
            Err(why) if said.as_ref() == Some(&why) => {}
            Err(why) => {
                controller.metrics.configuration_refused.set(1);
                tracing::error!(origin = %controller.settings.origin, why, "configuration refused");
                if let Some(object) = &object
                    && controller.actor.leading.holds()
                {
                    let publisher = &controller.publisher;
                    controller.settings.refuse(publisher, object, &why).await;
                }
                said = Some(why);
            }
        }
    }
}

impl Controller {
    /// Takes a configuration up: every cluster is looked at with it at once. Where it says that
    /// other things are watched, the watches start anew, and nothing is planned before all of them
    /// were listed. Tells what changed.
    fn configure(&self, new: Configuration) -> Vec<&'static str> {
        let old = self.configuration();
        let changed = changed(&old, &new);
        if changed.is_empty() {
            return changed;
        }
        tracing::info!(?changed, "configuration");
        let (before, now) = (Scope::of(&old), Scope::of(&new));
        self.set_configuration(new);
        self.metrics.configurations.inc();
        self.environments.forget();
        if before == now {
            self.look_at_all();
        } else {
            // The old ones end before the world that they fed is forgotten.
            let mut watches = lock(&self.watches);
            drop(std::mem::take(&mut *watches));
            *watches = sources::start(&self.feed, &now);
        }
        changed
    }

    /// Queues every cluster.
    pub(crate) fn look_at_all(&self) {
        let all: Vec<(Key, Turn)> = lock(&self.actor.world)
            .clusters()
            .map(|(key, facts)| (key.clone(), Turn::of(facts)))
            .collect();
        for (key, turn) in all {
            self.queue.at(key, turn);
        }
        let now = self.actor.wall().as_second();
        self.looked_at_all.store(now, Ordering::Relaxed);
    }

    async fn tell_changed(&self, object: Option<&RawChild>, changed: &[&str]) {
        let Some(object) = object else { return };
        let note = format!("taken up: {}", changed.join(", "));
        let notice = Notice::news("ConfigurationChanged", note);
        let reference = self.settings.origin.reference(&object.metadata.uid);
        self.publisher.publish_on(&reference, vec![notice]).await;
    }
}

#[cfg(test)]
mod tests;
