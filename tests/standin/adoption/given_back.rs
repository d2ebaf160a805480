//! There and back: the fields are whose the cluster is, the objects stay the same ones, and their
//! pods' template is not touched by changing hands.

use std::collections::BTreeSet;

use kube::ResourceExt;
use pg_core::names::{CONTROLLER_ANNOTATION, RELEASE};
use pg_tests::{Result, api_server::ApiServer, ensure, wait};
use serde_json::{Value, json};

use super::{Adopted, KINDS, prepare, sets};
use crate::run;

const NAME: &str = "minimal";

#[test]
fn given_back_and_taken_again() {
    run(async || {
        let [set, _] = sets();
        let server = ApiServer::start().await?;
        let _controller = prepare(&server, &set).await?;
        let cluster = Adopted {
            server: &server,
            set: &set,
            name: NAME.to_owned(),
        };
        cluster.make().await?;
        cluster.held_by("postgres-operator/Update").await?;
        let made = cluster.set().await?;
        cluster.name_controller(json!(null)).await?;
        cluster.held_by("pg-fleet/Apply").await?;
        cluster.settles().await?;
        let adopted = cluster.set().await?;
        ensure!(adopted.uid == made.uid, "it was made anew");

        let notes = json!({ RELEASE: "nobody" });
        cluster
            .patch(json!({ "metadata": { "annotations": notes } }))
            .await?;
        wait::until("it is given back", async || {
            let manifest = cluster.manifests(set.namespace).get(NAME).await?;
            let note = |key| manifest.annotations().get(key).map(String::as_str);
            ensure!(note(RELEASE).is_none(), "still under way");
            ensure!(
                note(CONTROLLER_ANNOTATION) == Some("nobody"),
                "to somebody else"
            );
            let status = manifest.status.unwrap_or_default();
            ensure!(
                status.health.is_none() && status.settled.is_none(),
                "{status:?}"
            );
            Ok(())
        })
        .await?;
        cluster.held_by("postgres-operator/Update").await?;
        let given = cluster.set().await?;
        ensure!(given == adopted, "giving it back has changed it");

        cluster.name_controller(json!(null)).await?;
        cluster.held_by("pg-fleet/Apply").await?;
        cluster.settles().await?;
        ensure!(
            cluster.set().await? == adopted,
            "taking it again has changed it"
        );
        Ok(())
    });
}

/// What of the StatefulSet stays the same one.
#[derive(PartialEq)]
struct Same {
    uid: Option<String>,
    generation: Option<i64>,
    spec: Value,
}

impl Adopted<'_> {
    async fn set(&self) -> Result<Same> {
        let sets = self.api(&KINDS[2], self.set.namespace);
        let set = sets.get(&self.name).await?;
        Ok(Same {
            uid: set.uid(),
            generation: set.metadata.generation,
            spec: set.data["spec"].clone(),
        })
    }

    async fn name_controller(&self, id: Value) -> Result {
        let notes = json!({ CONTROLLER_ANNOTATION: id });
        self.patch(json!({ "metadata": { "annotations": notes } }))
            .await
    }

    async fn held_by(&self, expected: &str) -> Result {
        wait::until(&format!("all fields are {expected}'s"), async || {
            let (managers, _) = self.objects(self.set.namespace).await?;
            ensure!(
                managers == BTreeSet::from([expected.to_owned()]),
                "{managers:?}"
            );
            Ok(())
        })
        .await
    }

    async fn settles(&self) -> Result {
        wait::until("all is as wanted", async || {
            let manifest = self.manifests(self.set.namespace).get(&self.name).await?;
            let status = manifest.status.unwrap_or_default();
            let word = &status.postgres_cluster_status;
            ensure!(word == "Running" && status.settled.is_some(), "{status:?}");
            Ok(())
        })
        .await
    }
}
