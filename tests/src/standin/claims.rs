//! The part of volumes: every claim is bound, and gets what it asks for.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::PersistentVolumeClaim as Claim;
use kube::{
    Api, ResourceExt,
    api::{ListParams, Patch, PatchParams, WatchEvent, WatchParams},
};
use serde_json::json;
use tokio::time::sleep;

use super::{StandIn, complain, kubelet::is_code};
use crate::Result;

const LABELS: &str = "application=spilo";

impl StandIn {
    pub(super) async fn fill_claims(self: Arc<Self>) {
        loop {
            if let Err(error) = self.follow_claims().await {
                complain("claims", &error);
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    async fn follow_claims(&self) -> Result {
        let api = Api::<Claim>::all(self.client.clone());
        let list = api.list(&ListParams::default().labels(LABELS)).await?;
        let version = list.metadata.resource_version.unwrap_or_default();
        for claim in list.items {
            self.fill(&claim).await?;
        }
        let params = WatchParams::default().labels(LABELS);
        let mut events = api.watch(&params, &version).await?.boxed();
        while let Some(event) = events.try_next().await? {
            match event {
                WatchEvent::Added(claim) | WatchEvent::Modified(claim) => self.fill(&claim).await?,
                WatchEvent::Error(status) => return Err(status.message.into()),
                _ => {}
            }
        }
        Ok(())
    }

    async fn fill(&self, claim: &Claim) -> Result {
        let asked = claim
            .spec
            .as_ref()
            .and_then(|spec| spec.resources.as_ref()?.requests.clone());
        let has = claim
            .status
            .as_ref()
            .and_then(|status| status.capacity.clone());
        let namespace = claim.namespace().unwrap_or_default();
        if asked.is_none() || asked == has || claim.metadata.deletion_timestamp.is_some() {
            return Ok(());
        }
        let api = Api::<Claim>::namespaced(self.client.clone(), &namespace);
        let status = json!({"status": {"phase": "Bound", "capacity": asked}});
        let done = api
            .patch_status(
                &claim.name_any(),
                &PatchParams::default(),
                &Patch::Merge(&status),
            )
            .await;
        match done.map_err(crate::Error::from) {
            // Gone, or of a size that no volume has.
            Err(error) if is_code(&error, 404) || is_code(&error, 422) => Ok(()),
            other => other.map(drop),
        }
    }
}
