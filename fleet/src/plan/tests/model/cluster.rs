//! The truth: API server, StatefulSet controller, kubelets, members and the people.

use std::{collections::BTreeMap, time::Duration};

use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::Time,
    jiff::{SignedDuration, Timestamp},
};
use pg_core::{
    configuration::Configuration,
    names,
    postgresql::{Patroni as PatroniSettings, Postgresql},
};
use serde_json::json;

use super::{
    api::{Api, Kind, Object},
    members::{Member, Patroni},
    rng::Rng,
    rollout::Rollout,
};
use crate::{
    observe::object::{Guarded, Meta, RawChild, RawPod},
    plan::{
        deletion::FINALIZER,
        tests::cluster::{UID, wall},
    },
};

/// Members are spread over so many.
pub const NODES: usize = 3;

/// Everything there truly is.
pub struct Truth {
    pub now: Duration,
    pub api: Api,
    pub patroni: Patroni,
    pub rng: Rng,
    pub configuration: Configuration,
    /// When a pod that is being deleted is gone.
    pub stops: BTreeMap<String, Duration>,
    /// Hash of the roles and databases in the database.
    pub roles: String,
    /// The API server refuses every act until then.
    pub refuses_until: Duration,
    /// Nobody may log in until then.
    pub no_login_until: Duration,
    /// Answers of acts are lost until then.
    pub loses_until: Duration,
    /// What was broken that may never be.
    pub violations: Vec<String>,
    /// Whoever deleted it wanted the data to go, too.
    pub data_goes: bool,
    /// As it was when it was deleted without the finalizer.
    pub deleted: Option<Postgresql>,
    /// Whether that was ever written down: before, nothing is to come of it.
    pub recorded: bool,
    /// Members wanted, as the controller has heard.
    pub wanted_as_seen: i64,
    /// What Patroni wrote last, by object.
    pub written: BTreeMap<String, String>,
    pub rollout: Rollout,
    /// Nodes take no more pods until then.
    pub cordoned_until: [Duration; NODES],
}

impl Truth {
    pub fn new(seed: u64, members: i64, synchronous: bool) -> Self {
        let mut truth = Self {
            now: Duration::from_secs(1000),
            api: Api::default(),
            patroni: Patroni {
                members: vec![Member::default(); 6],
                synchronous,
                tells_why: !seed.is_multiple_of(3),
                ..Patroni::default()
            },
            rng: Rng::new(seed),
            configuration: Configuration {
                enable_persistent_volume_claim_deletion: false,
                enable_secrets_deletion: false,
                enable_finalizers: !seed.is_multiple_of(4),
                ..Configuration::default()
            },
            stops: BTreeMap::new(),
            roles: String::new(),
            refuses_until: Duration::ZERO,
            no_login_until: Duration::ZERO,
            loses_until: Duration::ZERO,
            violations: Vec::new(),
            wanted_as_seen: members,
            data_goes: false,
            deleted: None,
            recorded: false,
            written: BTreeMap::new(),
            rollout: Rollout::default(),
            cordoned_until: [Duration::ZERO; NODES],
        };
        truth.patroni.config = json!({"synchronous_mode": synchronous});
        let mut manifest = Postgresql::default();
        manifest.metadata.name = Some("db".to_owned());
        manifest.metadata.uid = Some(UID.to_owned());
        manifest.metadata.generation = Some(1);
        manifest.spec.number_of_instances = members;
        manifest.spec.patroni = Some(PatroniSettings {
            synchronous_mode: Some(synchronous),
            ..PatroniSettings::default()
        });
        truth.put_manifest(manifest);
        truth
    }

    pub fn wall(&self) -> Timestamp {
        wall() + SignedDuration::try_from(self.now).unwrap_or_default()
    }

    pub fn violate(&mut self, what: impl Into<String>) {
        let what = format!("{:?}: {}", self.now, what.into());
        self.violations.push(what);
    }

    pub fn manifest(&self) -> Option<&Postgresql> {
        match self.api.get(Kind::Manifest, "db")? {
            Object::Manifest(guarded) => guarded.object.as_ref().ok(),
            _ => None,
        }
    }

    /// Writes the manifest; the wrapped metadata follows it.
    pub fn put_manifest(&mut self, manifest: Postgresql) -> Object {
        let of = &manifest.metadata;
        let metadata = Meta {
            name: "db".to_owned(),
            uid: of.uid.clone().unwrap_or_default(),
            generation: of.generation.unwrap_or_default(),
            annotations: of.annotations.clone().unwrap_or_default(),
            deletion_timestamp: of.deletion_timestamp.as_ref().map(|time| time.0),
            finalizers: of.finalizers.clone().unwrap_or_default(),
            ..Meta::default()
        };
        let object = Ok(manifest);
        self.api.put(
            Kind::Manifest,
            Object::Manifest(Guarded { metadata, object }.into()),
        )
    }

    /// Somebody edits the manifest.
    pub fn edit(&mut self, change: impl FnOnce(&mut Postgresql)) {
        if let Some(mut manifest) = self.manifest().cloned() {
            change(&mut manifest);
            *manifest.metadata.generation.get_or_insert(0) += 1;
            self.put_manifest(manifest);
        }
    }

    /// Somebody deletes it; it goes at once where no finalizer holds it.
    pub fn delete(&mut self, with_data: bool) {
        let going = self.is_being_deleted();
        let Some(mut manifest) = self.manifest().cloned() else {
            return;
        };
        if with_data {
            let with = (
                "pgfleet.io/delete-with".to_owned(),
                "data,secrets".to_owned(),
            );
            manifest.metadata.annotations = Some([with].into());
        }
        let held = manifest
            .metadata
            .finalizers
            .iter()
            .flatten()
            .any(|f| f == FINALIZER);
        if held {
            manifest.metadata.deletion_timestamp = Some(Time(self.wall()));
            // What is asked for later may come too late.
            self.data_goes |= with_data && !going;
            self.put_manifest(manifest);
        } else {
            self.put_manifest(manifest.clone());
            self.api.remove(Kind::Manifest, "db");
            self.deleted = Some(manifest);
        }
    }

    /// Whether the manifest, there or written down, says that the data go.
    pub fn is_deleted_with_data(&self) -> bool {
        let manifest = self.manifest().or(self.deleted.as_ref());
        manifest.is_some_and(|manifest| manifest.metadata.annotations.is_some())
    }

    pub fn is_recorded(&self) -> bool {
        !self.api.names(Kind::Record).is_empty()
    }

    pub fn set(&self) -> Option<(&RawChild, i64)> {
        match self.api.get(Kind::StatefulSet, "db")? {
            Object::Child(child) => {
                let replicas = child.body.get("spec")?.get("replicas")?.as_i64()?;
                Some((child, replicas))
            }
            _ => None,
        }
    }

    pub fn pod(&self, name: &str) -> Option<&RawPod> {
        match self.api.get(Kind::Pod, name)? {
            Object::Pod(pod) => Some(pod),
            _ => None,
        }
    }

    pub fn put_pod(&mut self, pod: RawPod) {
        self.api.put(Kind::Pod, Object::Pod(pod));
    }

    /// Time passes everywhere but in the controller.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.now = until.min(self.now + Duration::from_millis(500));
            self.stateful_set();
            self.kubelet();
            self.patroni.pass(self.now);
            self.watch_members();
            self.publish();
        }
    }
}

pub fn index(pod: &str) -> Option<usize> {
    usize::try_from(names::ordinal("db", pod)?).ok()
}
