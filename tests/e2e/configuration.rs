//! The configuration acts while the controller runs: a change reaches every cluster at once, a wrong
//! one changes nothing, and one that would lose sight of running members harms none of them.

use k8s_openapi::api::{core::v1::Service, events::v1::Event};
use kube::{Api, ResourceExt};
use pg_tests::{
    Result,
    cluster::Cluster,
    controller::{self, configuration, configure},
    ensure, manifest,
    site::{Place, Site},
    test::run,
    wait,
};
use serde_json::json;

async fn annotated(cluster: &Cluster, value: &str) -> Result {
    wait::until(
        &format!("the Service is annotated with {value}"),
        async || {
            let service = cluster.children::<Service>().get("main").await?;
            let found = service.annotations().get("tested");
            ensure!(found.is_some_and(|found| found == value), "{found:?}");
            Ok(())
        },
    )
    .await
}

#[test]
fn acts_while_the_controller_runs() {
    run(async |test| {
        let east = test.take(Place::East).await?;
        let cluster = test.running(&east, "main", manifest::members(2)).await?;
        let before = configuration(&east).await?;
        let (members, controllers) = (cluster.incarnations().await?, names(&east).await?);
        let result = changes(&east, &cluster).await;
        controller::configure_back(&east, before).await?;
        result?;
        cluster.running().await?;
        ensure!(
            cluster.incarnations().await? == members,
            "a member was restarted"
        );
        ensure!(
            names(&east).await? == controllers,
            "a controller was restarted"
        );
        Ok(())
    });
}

async fn names(site: &Site) -> Result<Vec<String>> {
    let pods = controller::pods(site).await?;
    let restarts = |pod: &k8s_openapi::api::core::v1::Pod| {
        let status = pod.status.as_ref()?.container_statuses.as_ref()?.first()?;
        Some(status.restart_count)
    };
    let mut names: Vec<_> = pods
        .iter()
        .map(|pod| format!("{} {:?}", pod.name_any(), restarts(pod)))
        .collect();
    names.sort();
    Ok(names)
}

async fn changes(site: &Site, cluster: &Cluster) -> Result {
    configure(site, json!({ "custom_service_annotations": "tested:one" })).await?;
    annotated(cluster, "one").await?;

    let wrong = json!({ "workers": "none", "custom_service_annotations": "tested:two" });
    configure(site, wrong).await?;
    let events = Api::<Event>::namespaced(site.client.clone(), controller::NAMESPACE);
    wait::until("the wrong value is refused by name", async || {
        let events = events.list(&Default::default()).await?;
        let said = |event: &Event| {
            event.reason.as_deref() == Some("ConfigurationRefused")
                && event
                    .note
                    .as_deref()
                    .is_some_and(|note| note.contains("workers: \"none\""))
        };
        ensure!(events.iter().any(said), "no such Event");
        Ok(())
    })
    .await?;
    annotated(cluster, "one").await?;
    configure(site, json!({ "workers": null })).await?;
    annotated(cluster, "two").await?;

    // No watch shows the members under this label: they are not gone.
    configure(site, json!({ "cluster_name_label": "another-name" })).await?;
    wait::until("the cluster says what is wrong", async || {
        let status = cluster.status().await?;
        let said = |message: &str| message.contains("cluster_name_label");
        let conditions = &status.conditions;
        ensure!(
            conditions.iter().any(|c| said(&c.message)),
            "{conditions:?}"
        );
        Ok(())
    })
    .await?;
    let primary = cluster.sql("main-0", "SELECT 1").await?;
    ensure!(primary == "1", "it does not serve: {primary}");
    configure(site, json!({ "cluster_name_label": null })).await?;
    configure(
        site,
        json!({ "custom_service_annotations": "tested:three" }),
    )
    .await?;
    annotated(cluster, "three").await
}
