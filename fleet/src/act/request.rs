//! What the controller asks for itself: an operation in its own name, which admission judges as
//! that of anybody else; and what it tells in a manifest's annotations.

use std::collections::BTreeMap;

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::{
    api::{GetParams, PostParams},
    core::Request,
};
use pg_core::{
    names,
    operation::{Operation, OperationSpec},
};
use serde_json::{Value, json};

use super::{Actor, Error, kubernetes::is_code, lock};
use crate::{
    kinds::collection,
    observe::{
        facts::{Facts, Key},
        object::{Guarded, RawMeta},
    },
};

impl Actor {
    /// Asks for an operation. One of that name was asked for before.
    pub(super) async fn ask_for(
        &self,
        key: &Key,
        name: &str,
        operation: OperationSpec,
    ) -> Result<(), Error> {
        let requested_by = self.user.get_or_try_init(|| self.who()).await?.clone();
        tracing::info!(cluster = %key, name, action = operation.action.verb(), "asking for an operation");
        let spec = OperationSpec {
            requested_by,
            ..operation
        };
        let mut object = Operation::new(name, spec);
        object.metadata.namespace = Some(key.namespace.clone());
        let labels = BTreeMap::from([(names::CLUSTER_LABEL.to_owned(), key.name.clone())]);
        object.metadata.labels = Some(labels);
        let made = self
            .send::<Guarded<Operation>>(
                format!("ask for operation {name}"),
                Request::new(collection("Operation", &key.namespace))
                    .create(&PostParams::default(), encoded(&object)?),
            )
            .await;
        match made {
            Ok(made) => {
                lock(&self.world).operation(made);
                Ok(())
            }
            Err(error) if is_code(&error, 409) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Identity of this Kubernetes cluster: the uid of its namespace kube-system.
    pub async fn cluster_uid(&self) -> Result<&str, Error> {
        let asked = self.cluster_uid.get_or_try_init(|| async {
            let namespace: RawMeta = self
                .send(
                    "read namespace kube-system",
                    Request::new("/api/v1/namespaces").get("kube-system", &GetParams::default()),
                )
                .await?;
            Ok(namespace.metadata.uid)
        });
        Ok(asked.await?)
    }

    /// The controller's name as a user.
    async fn who(&self) -> Result<String, Error> {
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let answer: SelfSubjectReview = self
            .send(
                "ask who we are",
                Request::new(path).create(
                    &PostParams::default(),
                    encoded(&SelfSubjectReview::default())?,
                ),
            )
            .await?;
        let user = answer.status.and_then(|status| status.user_info);
        user.and_then(|user| user.username)
            .ok_or_else(|| Error::Missing("the API server does not say who we are".to_owned()))
    }

    /// Writes annotations of the manifest, if it is still the one that was decided on: another
    /// request may stand there by now. `None` takes one away.
    pub(super) async fn annotate(
        &self,
        key: &Key,
        facts: &Facts,
        annotations: &BTreeMap<String, Option<String>>,
    ) -> Result<(), Error> {
        let meta = facts
            .meta()
            .ok_or_else(|| Error::Missing("no manifest".to_owned()))?;
        tracing::info!(cluster = %key, ?annotations, "annotating the manifest");
        let body: Value = json!({"metadata": {
            "uid": meta.uid,
            "resourceVersion": meta.resource_version,
            "annotations": annotations,
        }});
        let manifest = self.patch_manifest(key, "annotate the manifest", &body);
        let manifest = manifest.await?;
        lock(&self.world).manifest(manifest);
        Ok(())
    }
}

fn encoded(object: &impl serde::Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(object).map_err(|error| Error::Missing(error.to_string()))
}
