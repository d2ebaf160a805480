//! Effects of taking a cluster over and of giving it back.

use kube::{
    api::{GetParams, Patch, PatchParams},
    core::Request,
};
use pg_core::names;
use serde_json::{Value, json};

use super::{Actor, Error, lock};
use crate::{
    kinds::collection,
    observe::{
        facts::{Facts, Key},
        object::RawChild,
    },
    plan::adoption::{Way, rewritten},
};

impl Actor {
    /// Rewrites `managedFields` of one object, if it is still as it is read here.
    pub(super) async fn move_fields(
        &self,
        key: &Key,
        kind: &'static str,
        name: &str,
        uid: &str,
        way: Way,
    ) -> Result<(), Error> {
        let what = format!("move fields of {kind} {name}");
        let requests = Request::new(collection(kind, &key.namespace));
        let mut live: Value = self
            .send(&*what, requests.get(name, &GetParams::default()))
            .await?;
        let metadata = &live["metadata"];
        if metadata["uid"] != uid {
            return Err(Error::Missing(format!("{what}: it was made anew")));
        }
        let entries = metadata["managedFields"].as_array();
        if let Some(entries) = entries.and_then(|entries| rewritten(entries, way)) {
            tracing::info!(cluster = %key, kind, name, ?way, "fields change hands");
            let patch = json!([
                {"op": "test", "path": "/metadata/uid", "value": uid},
                {"op": "test", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
                {"op": "replace", "path": "/metadata/managedFields", "value": entries},
            ]);
            let patch = serde_json::from_value(patch)
                .map_err(|error| Error::Missing(format!("{what}: {error}")))?;
            let request = requests.patch(name, &PatchParams::default(), &Patch::Json::<()>(patch));
            live = self.send(&*what, request).await?;
        }
        let live: RawChild = serde_json::from_value(live)
            .map_err(|error| Error::Missing(format!("{what}: {error}")))?;
        let at = self.mono();
        let mut world = lock(&self.world);
        match kind {
            "Endpoints" => drop(world.endpoints(&live, at)),
            _ => drop(world.child(kind, &live)),
        }
        if way == Way::Taken {
            // Whatever was applied before, the other has written since.
            world.update(key, |facts| {
                facts.applied.insert((kind, name.to_owned()), String::new());
            });
        }
        Ok(())
    }

    /// Names the controller that goes on with a cluster.
    pub(super) async fn hand_over(&self, key: &Key, facts: &Facts, to: &str) -> Result<(), Error> {
        let meta = facts
            .meta()
            .ok_or_else(|| Error::Missing("no manifest".to_owned()))?;
        tracing::info!(cluster = %key, to, "given back");
        let controller = if to.is_empty() {
            Value::Null
        } else {
            json!(to)
        };
        let body = json!({"metadata": {
            "uid": meta.uid,
            "resourceVersion": meta.resource_version,
            "annotations": {
                names::CONTROLLER_ANNOTATION: controller,
                names::ADOPTED_FROM: Value::Null,
                names::RELEASE: Value::Null,
            },
        }});
        let manifest = self
            .patch_manifest(key, "hand the cluster over", &body)
            .await?;
        lock(&self.world).manifest(manifest);
        Ok(())
    }
}
