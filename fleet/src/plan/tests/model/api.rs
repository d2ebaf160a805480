//! The API server: objects with versions, and a log for each kind that watches read late.

use std::collections::{BTreeMap, HashSet};

use pg_core::{operation::Operation, postgresql::Postgresql};

use super::rng::Rng;
use crate::observe::{
    facts::Key,
    listed::Listed,
    object::{Guarded, Meta, RawChild, RawClaim, RawPod},
    record::RawRecord,
    world::World,
};
use std::time::Duration;

/// Kinds, each with a watch of its own.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    Manifest,
    Pod,
    Patroni,
    StatefulSet,
    Service,
    Claim,
    Operation,
    /// What is written down of a cluster that was deleted without the finalizer.
    Record,
}

pub const KINDS: [Kind; 8] = [
    Kind::Manifest,
    Kind::Pod,
    Kind::Patroni,
    Kind::StatefulSet,
    Kind::Service,
    Kind::Claim,
    Kind::Operation,
    Kind::Record,
];

impl Kind {
    pub fn of(kind: &str) -> Self {
        match kind {
            "StatefulSet" => Self::StatefulSet,
            "Service" => Self::Service,
            "ConfigMap" => Self::Patroni,
            "PersistentVolumeClaim" => Self::Claim,
            "Pod" => Self::Pod,
            other => unreachable!("the planner writes to a {other}"),
        }
    }
}

#[derive(Clone, Debug)]
pub enum Object {
    Manifest(Box<Guarded<Postgresql>>),
    Pod(RawPod),
    Child(RawChild),
    Operation(Box<Guarded<Operation>>),
    Record(RawRecord),
    /// Of Patroni's objects and of claims only the metadata is in use.
    Bare(Meta),
}

impl Object {
    pub fn meta(&self) -> &Meta {
        match self {
            Self::Manifest(guarded) => &guarded.metadata,
            Self::Pod(pod) => &pod.metadata,
            Self::Child(child) => &child.metadata,
            Self::Operation(guarded) => &guarded.metadata,
            Self::Record(record) => &record.metadata,
            Self::Bare(meta) => meta,
        }
    }

    fn meta_mut(&mut self) -> &mut Meta {
        match self {
            Self::Manifest(guarded) => &mut guarded.metadata,
            Self::Pod(pod) => &mut pod.metadata,
            Self::Child(child) => &mut child.metadata,
            Self::Operation(guarded) => &mut guarded.metadata,
            Self::Record(record) => &mut record.metadata,
            Self::Bare(meta) => meta,
        }
    }
}

type Event = (bool, Object);

/// Objects, versions, logs, and how far the controller's watches have read.
#[derive(Default)]
pub struct Api {
    pub objects: BTreeMap<(Kind, String), Object>,
    version: u64,
    unread: BTreeMap<Kind, Vec<Event>>,
    late_until: BTreeMap<Kind, Duration>,
}

impl Api {
    /// A name for something new.
    pub fn fresh(&mut self, what: &str) -> String {
        self.version += 1;
        format!("{what}#{}", self.version)
    }

    /// Writes; the object gets the next version.
    pub fn put(&mut self, kind: Kind, mut object: Object) -> Object {
        self.version += 1;
        let meta = object.meta_mut();
        meta.resource_version = self.version.to_string();
        meta.namespace = "shop".to_owned();
        if !matches!(kind, Kind::Manifest | Kind::Operation | Kind::Record) {
            let label = ("cluster-name".to_owned(), "db".to_owned());
            meta.labels.extend([label]);
        }
        let id = (kind, meta.name.clone());
        self.objects.insert(id, object.clone());
        let log = self.unread.entry(kind).or_default();
        log.push((true, object.clone()));
        object
    }

    pub fn remove(&mut self, kind: Kind, name: &str) {
        if let Some(object) = self.objects.remove(&(kind, name.to_owned())) {
            self.unread.entry(kind).or_default().push((false, object));
        }
    }

    pub fn get(&self, kind: Kind, name: &str) -> Option<&Object> {
        self.objects.get(&(kind, name.to_owned()))
    }

    pub fn names(&self, kind: Kind) -> Vec<String> {
        let of_kind = self.objects.keys().filter(|(of, _)| *of == kind);
        of_kind.map(|(_, name)| name.clone()).collect()
    }

    pub fn late(&mut self, kind: Kind, until: Duration) {
        self.late_until.insert(kind, until);
    }

    pub fn is_late(&self, kind: Kind, now: Duration) -> bool {
        self.late_until.get(&kind).is_some_and(|until| now < *until)
    }

    /// Watches read on; whether something changed that a decision may depend on.
    pub fn deliver(&mut self, world: &mut World, rng: &mut Rng, now: Duration) -> bool {
        let mut changed = false;
        for kind in KINDS {
            if self.is_late(kind, now) || !rng.chance(70) {
                continue;
            }
            let Some(unread) = self.unread.get_mut(&kind).filter(|log| !log.is_empty()) else {
                continue;
            };
            let all = unread.len();
            let read = match rng.chance(80) {
                true => all,
                false => usize::try_from(rng.below(all as u64)).unwrap_or(all),
            };
            for (there, object) in unread.drain(..read) {
                changed |= tell(world, kind, there, &object, now).is_some();
            }
        }
        changed
    }

    /// All is listed anew, as a controller does that has just started.
    pub fn list(&mut self, world: &mut World, kinds: &[Kind], now: Duration) {
        for ((kind, _), object) in &self.objects {
            if kinds.contains(kind) {
                tell(world, *kind, true, object, now);
            }
        }
        for kind in kinds {
            self.unread.remove(kind);
            let of_kind = self.objects.iter().filter(|((of, _), _)| of == kind);
            let seen: HashSet<String> = of_kind.map(|(_, o)| o.meta().uid.clone()).collect();
            let listed = match kind {
                Kind::Manifest => Listed::Manifests,
                Kind::Pod => Listed::Pods,
                Kind::Patroni => Listed::Patroni,
                Kind::StatefulSet => Listed::Children("StatefulSet"),
                Kind::Service => Listed::Children("Service"),
                Kind::Claim => Listed::Claims,
                Kind::Operation => Listed::Operations,
                Kind::Record => Listed::Records,
            };
            world.listed(listed, "", &seen);
        }
    }
}

/// One message of a watch, or what an act of the controller brought back.
pub fn tell(
    world: &mut World,
    kind: Kind,
    there: bool,
    object: &Object,
    now: Duration,
) -> Option<Key> {
    let meta = object.meta();
    match (kind, object) {
        (_, Object::Manifest(guarded)) if there => world.manifest(guarded.as_ref().clone()),
        (_, Object::Manifest(guarded)) => world.manifest_deleted(guarded, now),
        (_, Object::Record(record)) if there => world.record(record),
        (_, Object::Record(_)) => world.record_gone(meta),
        (_, Object::Pod(pod)) if there => world.pod(pod),
        (_, Object::Pod(_)) => world.pod_gone(meta),
        (_, Object::Operation(guarded)) if there => world.operation(guarded.as_ref().clone()),
        (_, Object::Operation(_)) => world.operation_gone(meta),
        (Kind::StatefulSet, Object::Child(child)) if there => world.child("StatefulSet", child),
        (Kind::StatefulSet, Object::Child(_)) => world.child_gone("StatefulSet", meta),
        (_, Object::Child(child)) if there => world.child("Service", child),
        (_, Object::Child(_)) => world.child_gone("Service", meta),
        (Kind::Patroni, Object::Bare(_)) if there => world.patroni(meta, now),
        (Kind::Patroni, Object::Bare(_)) => world.patroni_gone(meta),
        (_, Object::Bare(_)) if there => world.claim(&RawClaim {
            metadata: meta.clone(),
            ..RawClaim::default()
        }),
        (_, Object::Bare(_)) => world.claim_gone(meta),
    }
}
