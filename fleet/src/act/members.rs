//! Effects on single members: what a pod was made from, its restart, Patroni's dynamic
//! configuration, the size of its volume, annotations.

use std::collections::BTreeMap;

use kube::{
    api::{DeleteParams, GetParams, Patch, PatchParams, Preconditions},
    core::Request,
};
use serde_json::{Value, json};

use super::{Actor, Error, kubernetes::is_code, lock, patroni};
use crate::{
    hash,
    kinds::collection,
    observe::{
        facts::{Facts, Key, Patched},
        object::{RawChild, RawClaim, RawPod},
    },
};

impl Actor {
    /// Reads the template of a ControllerRevision. It never changes, so once is enough.
    pub(super) async fn read_revision(&self, key: &Key, name: String) -> Result<(), Error> {
        let found = self
            .send::<RawChild>(
                format!("read ControllerRevision {name}"),
                Request::new(collection("ControllerRevision", &key.namespace))
                    .get(&name, &GetParams::default()),
            )
            .await;
        let template = match found {
            Ok(revision) => revision
                .body
                .get("data")
                .and_then(|data| data.pointer("/spec/template"))
                .map(|template| template.to_string().into()),
            Err(error) if is_code(&error, 404) => None,
            Err(error) => return Err(error),
        };
        lock(&self.world).update(key, |facts| {
            let pods = &facts.pods;
            let used = |name: &str| {
                let mut revisions = pods.values().filter_map(|pod| pod.revision.as_deref());
                revisions.any(|revision| revision == name)
            };
            facts.revisions.retain(|name, _| used(name));
            facts.revisions.insert(name, template);
        });
        Ok(())
    }

    /// Deletes a pod, in order: its grace period is its own. One that is not as it was judged is
    /// looked at instead, and judged again.
    pub(super) async fn restart_pod(
        &self,
        key: &Key,
        pod: &str,
        uid: String,
        version: Option<String>,
    ) -> Result<(), Error> {
        tracing::info!(cluster = %key, pod, "restarting the pod");
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: Some(uid),
                resource_version: version,
            }),
            ..DeleteParams::default()
        };
        let deleted = self
            .send::<Value>(
                format!("restart pod {pod}"),
                Request::new(collection("Pod", &key.namespace)).delete(pod, &params),
            )
            .await;
        let last = match deleted {
            Ok(last) => serde_json::from_value::<RawPod>(last).ok(),
            Err(error) if is_code(&error, 404) => None,
            Err(error) if is_code(&error, 409) => return self.read_pod(key, pod).await,
            Err(error) => return Err(error),
        };
        let mut world = lock(&self.world);
        // With its version, so that no older message of the watch undoes it.
        if let Some(last) = last.filter(|last| last.metadata.deletion_timestamp.is_some()) {
            world.pod(&last);
        }
        world.deleted(key, "Pod", pod);
        Ok(())
    }

    /// Reads a pod live: watches may be late.
    async fn read_pod(&self, key: &Key, pod: &str) -> Result<(), Error> {
        let found = self
            .send::<RawPod>(
                format!("read pod {pod}"),
                Request::new(collection("Pod", &key.namespace)).get(pod, &GetParams::default()),
            )
            .await;
        let mut world = lock(&self.world);
        match found {
            Ok(found) => drop(world.pod(&found)),
            Err(error) if is_code(&error, 404) => world.deleted(key, "Pod", pod),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Changes Patroni's dynamic configuration; what it is then comes with the answer.
    pub(super) async fn patch_config(
        &self,
        key: &Key,
        facts: &Facts,
        member: &str,
        patch: &Value,
    ) -> Result<(), Error> {
        let address = facts
            .pods
            .get(member)
            .and_then(|pod| pod.ip.clone())
            .ok_or_else(|| Error::Missing(format!("{member} has no address")))?;
        tracing::info!(cluster = %key, member, %patch, "changing Patroni's configuration");
        let config = patroni::patch_config(&address, patch)
            .await
            .map_err(|error| Error::Patroni {
                member: member.to_owned(),
                message: error.to_string(),
            })?;
        let at = self.mono();
        lock(&self.world).update(key, |facts| {
            let asked = hash::of(patch);
            facts.patched = Some(Patched { at, asked });
            if let Some(all) = &mut facts.config {
                all.config = Some(config);
            }
        });
        Ok(())
    }

    /// Changes the manifest; what it is then comes with the answer.
    pub(super) async fn edit_manifest(
        &self,
        key: &Key,
        facts: &Facts,
        resource_version: &str,
        spec: &Value,
    ) -> Result<(), Error> {
        let meta = facts
            .meta()
            .ok_or_else(|| Error::Missing("no manifest".to_owned()))?;
        tracing::info!(cluster = %key, %spec, "editing the manifest");
        let body = json!({
            "metadata": {"uid": meta.uid, "resourceVersion": resource_version},
            "spec": spec,
        });
        let manifest = self.patch_manifest(key, "edit the manifest", &body).await?;
        lock(&self.world).manifest(manifest);
        Ok(())
    }

    /// Asks for a larger volume.
    pub(super) async fn grow_claim(
        &self,
        key: &Key,
        name: &str,
        uid: &str,
        size: &str,
    ) -> Result<(), Error> {
        tracing::info!(cluster = %key, name, size, "growing the volume");
        let body = json!({
            "metadata": {"uid": uid},
            "spec": {"resources": {"requests": {"storage": size}}},
        });
        let claim: RawClaim = self
            .send(
                format!("grow volume claim {name}"),
                Request::new(collection("PersistentVolumeClaim", &key.namespace)).patch(
                    name,
                    &PatchParams::default(),
                    &Patch::Merge(&body),
                ),
            )
            .await?;
        lock(&self.world).claim(&claim);
        Ok(())
    }

    /// Writes annotations to a pod or a claim. One that is another by now is left, and so is what is
    /// taken back at once, until it is tried again.
    pub(super) async fn note(
        &self,
        key: &Key,
        kind: &'static str,
        name: &str,
        uid: &str,
        annotations: &BTreeMap<String, Option<String>>,
    ) -> Result<(), Error> {
        let keys: Vec<&String> = annotations.keys().collect();
        tracing::info!(cluster = %key, kind, name, ?keys, "annotate");
        let body = json!({"metadata": {"uid": uid, "annotations": annotations}});
        let what = format!("annotate {kind} {name}");
        let patch = Request::new(collection(kind, &key.namespace)).patch(
            name,
            &PatchParams::default(),
            &Patch::Merge(&body),
        );
        let written = match kind {
            "Pod" => self.send::<RawPod>(what, patch).await.map(|pod| {
                lock(&self.world).pod(&pod);
                pod.metadata
            }),
            _ => self.send::<RawClaim>(what, patch).await.map(|claim| {
                lock(&self.world).claim(&claim);
                claim.metadata
            }),
        };
        match written {
            Ok(meta) if has(&meta.annotations, annotations) => Ok(()),
            Ok(_) => Err(Error::Missing(format!(
                "what was written to {kind} {name} was changed at once by somebody else"
            ))),
            Err(error) if error.is_not_found() => {
                lock(&self.world).deleted(key, kind, name);
                Ok(())
            }
            Err(error) if error.is_conflict() => Err(Error::Missing(format!(
                "{kind} {name} is another one by now"
            ))),
            Err(error) => Err(error),
        }
    }
}

/// Whether annotations are as they were written.
fn has(all: &BTreeMap<String, String>, written: &BTreeMap<String, Option<String>>) -> bool {
    let mut written = written.iter();
    written.all(|(key, value)| all.get(key) == value.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_there_or_not() {
        let all = [("a", "1"), ("theirs", "x")].map(|(key, value)| (key.into(), value.into()));
        for (key, value, expected) in [
            ("a", Some("1"), true),
            ("a", Some("2"), false),
            ("b", Some("1"), false),
            ("b", None, true),
            ("a", None, false),
        ] {
            let written = [(key.to_owned(), value.map(str::to_owned))].into();
            assert_eq!(
                has(&all.clone().into(), &written),
                expected,
                "{key} {value:?}"
            );
        }
    }
}
