//! Effects of a new password: proof that it is asked for, and the one write of the Secret.

use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{
    api::{GetParams, Patch, PatchParams},
    core::Request,
};
use pg_core::names;
use serde_json::json;

use super::{Actor, Error, lock};
use crate::{
    kinds::collection,
    observe::{facts::Key, object::RawMeta},
    plan::{roles::SecretName, rotation::Rotation},
    secret,
};

impl Actor {
    /// Reads the manifest live: it must ask for this, still.
    pub(super) async fn prove_asked(&self, key: &Key, rotation: &Rotation) -> Result<(), Error> {
        let manifest = self.read_manifest(key).await?;
        let asked = manifest.object.as_ref().is_ok_and(|manifest| {
            let annotations = manifest.metadata.annotations.as_ref();
            let by =
                annotations.and_then(|all| all.get(&format!("{}{}", names::ROTATE, rotation.role)));
            by == Some(&rotation.request)
        });
        lock(&self.world).manifest(manifest);
        asked.then_some(()).ok_or(Error::ManifestChanged)
    }

    /// Writes a new password into a Secret, unless the one there was made for this request.
    pub(super) async fn renew_password(
        &self,
        key: &Key,
        of: &SecretName,
        request: &str,
    ) -> Result<(), Error> {
        let SecretName { namespace, name } = of;
        let requests = Request::new(collection("Secret", namespace));
        let live: Secret = self
            .send(
                format!("read secret {name}"),
                requests.get(name, &GetParams::default()),
            )
            .await
            .inspect_err(|error| self.note_lost(key, name, error))?;
        let metadata = live.metadata;
        let annotations = metadata.annotations.unwrap_or_default();
        if annotations
            .get(names::ROTATED_BY)
            .is_some_and(|by| by == request)
        {
            return Ok(());
        }
        let password = secret::password().map_err(|error| Error::Missing(error.to_string()))?;
        let body = json!({
            "metadata": {
                "uid": metadata.uid,
                "resourceVersion": metadata.resource_version,
                "annotations": {names::ROTATED_BY: request},
            },
            "data": {"password": ByteString(password.expose().as_bytes().to_vec())},
        });
        self.send::<RawMeta>(
            format!("renew the password in secret {name}"),
            requests.patch(name, &PatchParams::default(), &Patch::Merge(&body)),
        )
        .await?;
        tracing::info!(cluster = %key, secret = name, request, "new password");
        Ok(())
    }
}
