//! Protection against deletion, by admission policies alone: it holds with the controller down.

use std::collections::BTreeMap;

use k8s_openapi::api::{core::v1::Namespace, rbac::v1::RoleBinding};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use pg_core::rollup::{self, Rollup};
use pg_tests::{
    Result,
    cluster::Cluster,
    controller, ensure, manifest,
    plugin::Plugin,
    site::{Place, Site},
    test::run,
    wait,
};
use serde_json::{Value, json};

const DATE: &str = "delete-date";
const NAME: &str = "delete-clustername";

fn rollups(site: &Site) -> Api<Rollup> {
    Api::all(site.client.clone())
}

/// What the policy is told.
async fn told(site: &Site) -> Result<BTreeMap<String, String>> {
    Ok(rollups(site).get(rollup::NAME).await?.spec.protection)
}

async fn say_the_day(site: &Site, day: &str) -> Result {
    let patch = Patch::Merge(json!({ "protection": { "date": day } }));
    rollups(site)
        .patch(rollup::NAME, &PatchParams::default(), &patch)
        .await?;
    Ok(())
}

/// What the API server says to a deletion, which is not kept.
async fn judged(cluster: &Cluster) -> Result<(), String> {
    let dry = DeleteParams {
        dry_run: true,
        ..DeleteParams::default()
    };
    let deleted = cluster.api().delete(&cluster.name, &dry).await;
    deleted.map(drop).map_err(|error| error.to_string())
}

/// Waits for an answer: what policies read reaches the API server a moment later.
async fn answers(cluster: &Cluster, what: &str, words: Option<&str>) -> Result {
    wait::until(what, async || match (judged(cluster).await, words) {
        (Ok(()), None) => Ok(()),
        (Err(error), Some(words)) if error.contains(words) => Ok(()),
        (answer, _) => Err(format!("{answer:?}").into()),
    })
    .await
}

async fn annotate(cluster: &Cluster, date: Option<&str>, name: Option<&str>) -> Result {
    let notes = json!({ DATE: date, NAME: name });
    cluster
        .patch(json!({ "metadata": { "annotations": notes } }))
        .await
}

/// A deletion needs the annotations that the configuration names, with the day that the controller
/// says; without its word it is refused. Another controller's clusters are no business of ours, and
/// a namespace that goes is held up by nothing.
#[test]
fn of_clusters() {
    run(async |test| {
        let west = test.take(Place::West).await?;
        let cluster = test.created(&west, "main", manifest::members(0)).await?;
        let foreign = test
            .created_for(&west, "other", "nobody", manifest::members(0))
            .await?;
        answers(&cluster, "nothing is asked for by default", None).await?;
        let keys = json!({
            "delete_annotation_date_key": DATE, "delete_annotation_name_key": NAME,
        });
        controller::configure(&west, keys).await?;
        let result = guarded(&west, &cluster, &foreign).await;
        let without = json!({
            "delete_annotation_date_key": null, "delete_annotation_name_key": null,
        });
        controller::configure(&west, without).await?;
        result?;
        wait::until("the parameter follows", async || {
            let data = told(&west).await?;
            ensure!(
                data.get("dateKey").is_some_and(String::is_empty),
                "{data:?}"
            );
            Ok(())
        })
        .await
    });
}

async fn guarded(west: &Site, cluster: &Cluster, foreign: &Cluster) -> Result {
    let today = wait::until("the controller says the day", async || {
        let data = told(west).await?;
        ensure!(
            data.get("dateKey").is_some_and(|key| key == DATE),
            "{data:?}"
        );
        Ok(data.get("date").cloned().ok_or("no day")?)
    })
    .await?;
    answers(cluster, "refused without annotations", Some(NAME)).await?;
    answers(foreign, "another's goes", None).await?;
    annotate(cluster, Some(&today), Some("other")).await?;
    answers(cluster, "refused with another name", Some(NAME)).await?;
    annotate(cluster, None, Some("main")).await?;
    answers(cluster, "refused without the day", Some(DATE)).await?;
    annotate(cluster, Some("2020-02-02"), Some("main")).await?;
    answers(cluster, "refused with an old day", Some(&today)).await?;
    annotate(cluster, Some(&today), Some("main")).await?;
    answers(cluster, "what is asked for is there", None).await?;
    // As a controller leaves it that has been down since the day before.
    say_the_day(west, "2020-02-01").await?;
    answers(cluster, "refused on a stale day", Some("2020-02-01")).await?;
    say_the_day(west, &today).await?;
    answers(cluster, "the day is right again", None).await?;

    annotate(cluster, None, None).await?;
    answers(cluster, "refused once more", Some(NAME)).await?;
    let target = cluster.target();
    let plugin = Plugin::new(west)?;
    plugin
        .ok(&format!("delete {target} --confirm {target}"))
        .await?;

    let namespaces = Api::<Namespace>::all(west.client.clone());
    let again = Cluster::create(west, &cluster.namespace, "main", None, manifest::members(0));
    answers(&again.await?, "the next is guarded as well", Some(NAME)).await?;
    namespaces
        .delete(&cluster.namespace, &DeleteParams::default())
        .await?;
    namespace_is_gone(west, &cluster.namespace).await
}

async fn namespace_is_gone(site: &Site, name: &str) -> Result {
    let namespaces = Api::<Namespace>::all(site.client.clone());
    wait::until("the namespace is gone", async || {
        match namespaces.get_opt(name).await? {
            None => Ok(()),
            Some(there) => Err(format!("{:?}", there.status).into()),
        }
    })
    .await
}

/// A namespace that was deleted while no controller ran, its bindings gone before, ends when there is
/// one again: the rights on manifests and finalizers come from no namespace.
#[test]
fn a_namespace_goes_once_the_controller_is_back() {
    run(async |test| {
        let west = test.take(Place::West).await?;
        let cluster = test.created(&west, "main", manifest::members(0)).await?;
        cluster
            .wait("has its objects", |status| {
                status.observed_generation.is_some()
            })
            .await?;
        let manifest = cluster.manifest().await?;
        ensure!(!manifest.finalizers().is_empty(), "it has no finalizer");
        controller::scale(&west, 0).await?;
        let result = gone_without_bindings(&west, &cluster).await;
        controller::restore(&west).await?;
        result?;
        namespace_is_gone(&west, &cluster.namespace).await
    });
}

async fn gone_without_bindings(west: &Site, cluster: &Cluster) -> Result {
    let bindings: Api<RoleBinding> = cluster.children();
    bindings
        .delete_collection(&DeleteParams::default(), &ListParams::default())
        .await?;
    let namespaces = Api::<Namespace>::all(west.client.clone());
    namespaces
        .delete(&cluster.namespace, &DeleteParams::default())
        .await?;
    wait::until("only the finalizer holds it up", async || {
        let manifest = cluster.manifest().await?;
        ensure!(
            manifest.metadata.deletion_timestamp.is_some(),
            "not deleted yet"
        );
        Ok(())
    })
    .await
}

/// A namespace with the label is not deleted until the label is off.
#[test]
fn of_namespaces() {
    run(async |test| {
        let site = test.share(Place::West).await?;
        test.namespace_in(&site).await?;
        let namespaces = Api::<Namespace>::all(site.client.clone());
        let label = async |value: Value| -> Result {
            let patch =
                Patch::Merge(json!({ "metadata": { "labels": { "pgfleet.io/protect": value } } }));
            namespaces
                .patch(&test.namespace, &PatchParams::default(), &patch)
                .await?;
            Ok(())
        };
        let dry = DeleteParams {
            dry_run: true,
            ..DeleteParams::default()
        };
        label(json!("")).await?;
        let refused = namespaces.delete(&test.namespace, &dry).await;
        let error = refused
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        ensure!(error.contains("pgfleet.io/protect"), "{error:?}");
        label(Value::Null).await?;
        namespaces.delete(&test.namespace, &dry).await?;
        Ok(())
    });
}
