//! What the controller writes down of a cluster that was deleted without the finalizer: a ConfigMap in
//! its own namespace. It stands in for the manifest until nothing is left (docs/decisions/0008).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::Time,
    jiff::{SignedDuration, Timestamp},
};
use pg_core::{
    names::{self, FINALIZER},
    postgresql::Postgresql,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    facts::{Facts, Key},
    object::{Guarded, Meta, Object},
};

/// The manifest, as JSON.
const MANIFEST: &str = "manifest";
/// When it was written, by the controller's clock.
const WRITTEN: &str = "written";
/// So far that may be from when the API server says that it was made. What comes from a backup was
/// made anew: no cluster may go by that.
const APART: SignedDuration = SignedDuration::from_secs(300);
/// An annotation that repeats the manifest.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A ConfigMap.
#[derive(Clone, Debug, Deserialize)]
pub struct RawRecord {
    /// Metadata.
    pub metadata: Meta,
    /// What it says.
    #[serde(default)]
    pub data: BTreeMap<String, String>,
}

impl Object for RawRecord {
    fn meta(&self) -> &Meta {
        &self.metadata
    }
}

/// A manifest that a watch told to be deleted; a list never tells that.
#[derive(Clone, Debug)]
pub struct Told {
    /// As it was last.
    pub manifest: Arc<Guarded<Postgresql>>,
    /// When it was told.
    pub at: Duration,
}

/// One that says that a cluster was deleted.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// Its identity.
    pub uid: String,
    /// The manifest, as if it were still there, being deleted and held by the finalizer.
    pub ghost: Arc<Guarded<Postgresql>>,
}

impl Record {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// Why no cluster goes by it.
    pub fn read(raw: &RawRecord) -> Result<(Key, Self), String> {
        let text = |key: &str| raw.data.get(key).ok_or_else(|| format!("it has no {key}"));
        let made = raw.metadata.creation_timestamp;
        let made = made.ok_or("it was never made")?;
        let written: Timestamp = text(WRITTEN)?
            .parse()
            .map_err(|error| format!("{WRITTEN}: {error}"))?;
        if made.duration_since(written).abs() > APART {
            return Err(format!(
                "written at {written}, made at {made}: it comes from a backup, or a clock is wrong"
            ));
        }
        let mut ghost: Guarded<Postgresql> = serde_json::from_str(text(MANIFEST)?)
            .map_err(|error| format!("{MANIFEST}: {error}"))?;
        let meta = &mut ghost.metadata;
        let key = Key {
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
        };
        if meta.uid.is_empty() || raw.metadata.name != names::deletion(&key.namespace, &key.name) {
            return Err(format!("it is about {key} and not called so"));
        }
        meta.deletion_timestamp = Some(made);
        meta.finalizers = vec![FINALIZER.to_owned()];
        let manifest = ghost.object.as_mut().map_err(|error| error.clone())?;
        manifest.metadata.deletion_timestamp = Some(Time(made));
        manifest.metadata.finalizers = Some(vec![FINALIZER.to_owned()]);
        let record = Self {
            name: raw.metadata.name.clone(),
            uid: raw.metadata.uid.clone(),
            ghost: Arc::new(ghost),
        };
        Ok((key, record))
    }

    /// Identity of the manifest.
    pub fn of(&self) -> &str {
        &self.ghost.metadata.uid
    }
}

impl Facts {
    /// Whether the manifest is gone, and all that is known of it is what was written down.
    pub fn is_ghost(&self) -> bool {
        let record = self.record.as_ref();
        record.is_some_and(|record| self.meta().is_none_or(|meta| meta.uid == record.of()))
    }

    /// With what is written down of the manifest in its place, where that is gone. A list may be an
    /// old one, with the manifest in it still; one that was told to be deleted is a later one.
    pub fn with_ghost(mut self) -> Self {
        if self.is_ghost()
            && self.told.is_none()
            && let Some(record) = &self.record
        {
            self.manifest = Some(Arc::clone(&record.ghost));
        }
        self
    }
}

/// The ConfigMap that says that this cluster was deleted.
///
/// # Errors
///
/// When the manifest cannot be written as JSON.
pub fn body(key: &Key, manifest: &Postgresql, now: Timestamp) -> serde_json::Result<Value> {
    let mut manifest = manifest.clone();
    manifest.status = None;
    manifest.metadata.managed_fields = None;
    if let Some(annotations) = &mut manifest.metadata.annotations {
        annotations.remove(LAST_APPLIED);
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {
            "name": names::deletion(&key.namespace, &key.name),
            "labels": {names::DELETED: key.name},
        },
        "data": {
            MANIFEST: serde_json::to_string(&manifest)?,
            WRITTEN: now.to_string(),
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-21T12:00:00Z";

    fn key() -> Key {
        Key {
            namespace: "shop".to_owned(),
            name: "db".to_owned(),
        }
    }

    /// As the API server has it that made it at this time.
    fn made(at: &str, change: impl FnOnce(&mut Value)) -> RawRecord {
        let manifest: Postgresql = serde_json::from_value(json!({
            "metadata": {
                "name": "db", "namespace": "shop", "uid": "u",
                "annotations": {names::DELETE_WITH: "data", LAST_APPLIED: "{}"},
            },
            "spec": {
                "teamId": "t", "numberOfInstances": 2, "volume": {"size": "1Gi"},
                "postgresql": {"version": "17"}, "users": {"app": []},
            },
        }))
        .expect("a manifest");
        let mut body = body(&key(), &manifest, NOW.parse().expect("a time")).expect("JSON");
        body["metadata"]["creationTimestamp"] = json!(at);
        body["metadata"]["uid"] = json!("r");
        change(&mut body);
        serde_json::from_value(body).expect("a ConfigMap")
    }

    #[test]
    fn what_is_written_is_a_manifest_that_is_being_deleted() {
        let (of, record) = Record::read(&made(NOW, |_| {})).expect("a record");
        assert_eq!((of, record.of(), &*record.uid), (key(), "u", "r"));
        let manifest = record.ghost.object.as_ref().expect("readable");
        assert!(manifest.metadata.deletion_timestamp.is_some());
        assert_eq!(
            manifest.metadata.finalizers,
            Some(vec![FINALIZER.to_owned()])
        );
        assert_eq!(record.ghost.metadata.finalizers, [FINALIZER]);
        let annotations = manifest.metadata.annotations.clone().unwrap_or_default();
        assert_eq!(
            annotations,
            [(names::DELETE_WITH.to_owned(), "data".to_owned())].into()
        );
        assert_eq!(
            manifest.spec.users.as_ref().map(|users| users.len()),
            Some(1)
        );
    }

    #[test]
    fn nothing_goes_by_what_is_no_record() {
        type Change = fn(&mut Value);
        let table: [(&str, &str, Change, &str); 6] = [
            (
                "restored",
                "2026-11-21T12:05:01Z",
                |_| {},
                "comes from a backup",
            ),
            (
                "older",
                "2026-11-21T11:54:59Z",
                |_| {},
                "comes from a backup",
            ),
            ("empty", NOW, |it| it["data"] = json!({}), "has no"),
            (
                "garbled",
                NOW,
                |it| it["data"][MANIFEST] = json!("{"),
                "EOF",
            ),
            (
                "of another name",
                NOW,
                |it| it["metadata"]["name"] = json!("shop.other.deleted.pgfleet.io"),
                "not called so",
            ),
            (
                "unreadable",
                NOW,
                |it| {
                    let manifest = json!({"metadata": {"name": "db", "namespace": "shop", "uid": "u"}, "spec": 7});
                    it["data"][MANIFEST] = json!(manifest.to_string());
                },
                "invalid type",
            ),
        ];
        for (name, at, change, expected) in table {
            let why = Record::read(&made(at, change)).map(|_| ()).expect_err(name);
            assert!(why.contains(expected), "{name}: {why}");
        }
    }
}
