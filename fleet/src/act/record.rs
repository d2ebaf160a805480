//! What is written down of clusters that were deleted without the finalizer, and the proofs that
//! come before it.

use kube::{
    api::{DeleteParams, GetParams, PostParams, Preconditions},
    core::Request,
};
use pg_core::{names, postgresql::Postgresql};
use serde_json::Value;

use super::{Actor, Error, kubernetes::is_code, lock};
use crate::{
    kinds::collection,
    observe::{
        facts::{Facts, Key},
        object::{Guarded, Meta, RawMeta},
        record::{self, RawRecord, Record},
    },
    plan::told,
};

/// Where the API server keeps definitions, and ours.
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const DEFINITION: &str = "postgresqls.acid.zalan.do";

/// What there is under a manifest's name.
enum Found {
    /// Nothing, and the API server says so of this name. Where it does not know the kind, that is no
    /// answer.
    Nothing,
    /// This.
    Manifest(Box<Guarded<Postgresql>>),
}

/// Whether the API server says that there is no object of this name.
fn says_gone(error: &Error, name: &str) -> bool {
    let Error::Kubernetes { source, .. } = error else {
        return false;
    };
    let kube::Error::Api(status) = &**source else {
        return false;
    };
    let details = status.details.as_ref();
    status.code == 404 && details.is_some_and(|details| details.name == name)
}

impl Actor {
    async fn find_manifest(&self, key: &Key) -> Result<Found, Error> {
        match self.read_manifest(key).await {
            Ok(manifest) => Ok(Found::Manifest(Box::new(manifest))),
            Err(error) if says_gone(&error, &key.name) => Ok(Found::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Proves live that the manifest is still gone, and what was written down of it still there: it
    /// is all that a deletion rests on then.
    pub(super) async fn prove_gone(&self, key: &Key, facts: &Facts) -> Result<(), Error> {
        let record = facts.record.as_ref();
        let record = record.ok_or_else(|| Error::Missing("nothing is written down".to_owned()))?;
        let is_there = match self.read_record(&record.name).await {
            Ok(live) => live.metadata.uid == record.uid,
            Err(error) if is_code(&error, 404) => false,
            Err(error) => return Err(error),
        };
        if !is_there {
            // Somebody took it back: nothing more goes.
            lock(&self.world).record_forgotten(&record.uid);
            return Err(Error::ManifestChanged);
        }
        match self.find_manifest(key).await? {
            Found::Nothing => Ok(()),
            Found::Manifest(manifest) => {
                lock(&self.world).manifest(*manifest);
                Err(Error::ManifestChanged)
            }
        }
    }

    /// Writes down that a manifest was deleted: the first write of a deletion, without which there is
    /// none.
    pub(super) async fn record_deletion(&self, key: &Key, facts: &Facts) -> Result<(), Error> {
        let told = facts.told.as_ref();
        let told = told.ok_or_else(|| Error::Missing("no deletion was told".to_owned()))?;
        let manifest = told.manifest.object.as_ref();
        let manifest = manifest.map_err(|why| Error::Kept(format!("it cannot be read: {why}")))?;
        if let Found::Manifest(found) = self.find_manifest(key).await? {
            lock(&self.world).manifest(*found);
            return Err(Error::Kept("a manifest of this name is there".to_owned()));
        }
        let made = told.manifest.metadata.creation_timestamp;
        let namespace = self.look_at("/api/v1/namespaces", &key.namespace).await?;
        let what = format!("the namespace {}", key.namespace);
        if let Some(why) = told::objection(made, &what, namespace.as_ref()) {
            tracing::info!(cluster = %key, why, "deleted: the rest goes with its namespace");
            return Ok(());
        }
        let definition = self.look_at(DEFINITIONS, DEFINITION).await?;
        let what = format!("the definition {DEFINITION}");
        if let Some(why) = told::objection(made, &what, definition.as_ref()) {
            return Err(Error::Kept(why));
        }
        self.write_record(key, manifest).await
    }

    async fn write_record(&self, key: &Key, manifest: &Postgresql) -> Result<(), Error> {
        let what = format!("write down that {key} was deleted");
        let encoded = record::body(key, manifest, self.wall())
            .and_then(|body| serde_json::to_vec(&body))
            .map_err(|error| Error::Missing(format!("{what}: {error}")))?;
        tracing::info!(cluster = %key, "deleted: what is left is taken away");
        let made = self
            .send::<RawRecord>(
                &*what,
                Request::new(collection("ConfigMap", &self.own_namespace))
                    .create(&PostParams::default(), encoded),
            )
            .await;
        let name = names::deletion(&key.namespace, &key.name);
        let (live, is_new) = match made {
            // Of an earlier one, or by us, and the answer was lost.
            Err(error) if is_code(&error, 409) => (self.read_record(&name).await?, false),
            other => (other?, true),
        };
        let read = Record::read(&live);
        let is_this = |record: &Record| Some(record.of()) == manifest.metadata.uid.as_deref();
        if !read.as_ref().is_ok_and(|(_, record)| is_this(record)) {
            self.delete_record(&name, &live.metadata.uid).await?;
            return Err(match read {
                // Nobody could go by it: clocks are too far apart.
                Err(why) if is_new => Error::Kept(why),
                _ => Error::Missing(format!("{what}: {name} was in the way")),
            });
        }
        lock(&self.world).record(&live);
        Ok(())
    }

    /// Takes back what was written down of another manifest: that there is a later one is proved
    /// live, since a list may be an old one, or was told.
    pub(super) async fn drop_record(
        &self,
        key: &Key,
        facts: &Facts,
        name: &str,
        uid: &str,
    ) -> Result<(), Error> {
        if facts.told.is_none() {
            let of = facts.record.as_ref().map(Record::of).unwrap_or_default();
            match self.find_manifest(key).await? {
                Found::Manifest(manifest) if manifest.metadata.uid != of => {
                    lock(&self.world).manifest(*manifest);
                }
                _ => {
                    let why =
                        format!("{key}: there is no later manifest than that which was deleted");
                    return Err(Error::Missing(why));
                }
            }
        }
        tracing::info!(cluster = %key, "there is a later manifest: what is left is taken up again");
        self.delete_record(name, uid).await
    }

    /// The end of a deletion.
    pub(super) async fn close_record(&self, key: &Key, facts: &Facts) -> Result<(), Error> {
        let record = facts.record.as_ref();
        let record = record.ok_or_else(|| Error::Missing("nothing is written down".to_owned()))?;
        self.delete_record(&record.name, &record.uid).await?;
        tracing::info!(cluster = %key, "nothing is left");
        Ok(())
    }

    async fn delete_record(&self, name: &str, uid: &str) -> Result<(), Error> {
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: Some(uid.to_owned()),
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        let request = Request::new(collection("ConfigMap", &self.own_namespace));
        let deleted = self
            .send::<Value>(format!("delete {name}"), request.delete(name, &params))
            .await;
        match deleted {
            Err(error) if !is_code(&error, 404) => return Err(error),
            _ => {}
        }
        lock(&self.world).record_forgotten(uid);
        Ok(())
    }

    async fn read_record(&self, name: &str) -> Result<RawRecord, Error> {
        let request = Request::new(collection("ConfigMap", &self.own_namespace));
        self.send(
            format!("read {name}"),
            request.get(name, &GetParams::default()),
        )
        .await
    }

    /// Metadata of an object of no namespace; nothing where there is none.
    pub(super) async fn look_at(&self, path: &str, name: &str) -> Result<Option<Meta>, Error> {
        let request = Request::new(path).get(name, &GetParams::default());
        let found = self
            .send::<RawMeta>(format!("look at {name}"), request)
            .await;
        match found {
            Ok(found) => Ok(Some(found.metadata)),
            Err(error) if is_code(&error, 404) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
