//! Operations asked for without the plugin, to say what it would not.

use jiff::Timestamp;
use k8s_openapi::api::{authentication::v1::SelfSubjectReview, core::v1::ConfigMap};
use kube::{Api, Client, ResourceExt, api::PostParams};
use pg_core::operation::{Operation, OperationStatus, Phase};
use serde_json::{Value, json};

use crate::{Result, cluster::Cluster, ensure, wait};

/// The user's name, as the API server knows it.
pub async fn who(client: &Client) -> Result<String> {
    let api = Api::<SelfSubjectReview>::all(client.clone());
    let answer = api
        .create(&PostParams::default(), &SelfSubjectReview::default())
        .await?;
    let name = answer.status.and_then(|status| status.user_info?.username);
    name.ok_or_else(|| "the API server does not say who I am".into())
}

/// An operation on a cluster; `more` are further fields of the spec, and win.
pub fn operation(name: &str, uid: &str, action: Value, by: &str, more: Value) -> Value {
    let mut spec = json!({
        "target": { "name": name, "uid": uid },
        "action": action,
        "requestedBy": by,
    });
    if let (Some(spec), Value::Object(more)) = (spec.as_object_mut(), more) {
        spec.extend(more);
    }
    json!({
        "apiVersion": "pgfleet.io/v1alpha1",
        "kind": "Operation",
        "metadata": { "generateName": "test-" },
        "spec": spec,
    })
}

impl Cluster {
    fn operations(&self) -> Api<Operation> {
        Api::namespaced(self.site.client.clone(), &self.namespace)
    }

    /// Asks for an act as the administrator; gives the operation's name.
    pub async fn ask(&self, action: Value, more: Value) -> Result<String> {
        let by = who(&self.site.client).await?;
        let object = operation(&self.name, &self.uid, action, &by, more);
        let object: Operation = serde_json::from_value(object)?;
        let made = self
            .operations()
            .create(&PostParams::default(), &object)
            .await?;
        Ok(made.name_any())
    }

    /// When an operation was created, by the API server's clock.
    pub async fn created(&self, name: &str) -> Result<Timestamp> {
        let time = self
            .operations()
            .get(name)
            .await?
            .metadata
            .creation_timestamp;
        Ok(time.ok_or("it has no time of creation")?.0)
    }

    /// The API server's clock: the time that it gives to an object made now, and not kept.
    pub async fn server_time(&self) -> Result<Timestamp> {
        let api = Api::<ConfigMap>::namespaced(self.site.client.clone(), &self.namespace);
        let dry = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        let object = serde_json::from_value(json!({ "metadata": { "generateName": "now-" } }))?;
        let made = api.create(&dry, &object).await?;
        let time = made.metadata.creation_timestamp;
        Ok(time.ok_or("it has no time of creation")?.0)
    }

    /// What has become of an operation.
    pub async fn operation(&self, name: &str) -> Result<OperationStatus> {
        Ok(self
            .operations()
            .get(name)
            .await?
            .status
            .unwrap_or_default())
    }

    /// Waits until an operation has ended.
    pub async fn ended(&self, name: &str) -> Result<OperationStatus> {
        wait::until(&format!("operation {name} has ended"), async || {
            let status = self.operation(name).await?;
            ensure!(status.phase.is_final(), "{status:?}");
            Ok(status)
        })
        .await
    }

    /// Waits until an operation holds the slot.
    pub async fn began(&self, name: &str) -> Result<OperationStatus> {
        wait::until(&format!("operation {name} runs"), async || {
            let status = self.operation(name).await?;
            let runs = status.phase == Phase::Running || status.phase.is_final();
            ensure!(runs, "{status:?}");
            Ok(status)
        })
        .await
    }

    /// Asks for an act that ends with this phase and reason.
    pub async fn expect_end(
        &self,
        action: Value,
        more: Value,
        phase: Phase,
        reason: &str,
    ) -> Result<OperationStatus> {
        let name = self.ask(action.clone(), more).await?;
        let status = self.ended(&name).await?;
        let as_expected = status.phase == phase && status.reason.as_deref() == Some(reason);
        ensure!(
            as_expected,
            "{action}: expected {phase} {reason}, found {status:?}"
        );
        Ok(status)
    }
}
