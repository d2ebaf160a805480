//! Clusters without the finalizer (`enable_finalizers: false`): what a deleted one leaves goes when
//! its deletion is seen, and in no other case.

use std::time::Duration;

use k8s_openapi::{
    api::{
        apps::v1::StatefulSet,
        core::v1::{ConfigMap, Event, PersistentVolumeClaim, Pod},
    },
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use pg_core::{
    names,
    postgresql::Postgresql,
    rollup::{self, Rollup},
};
use pg_tests::{
    Result,
    api_server::ApiServer,
    ensure, manifest,
    plugin::Plugin,
    process::Process,
    standin::StandIn,
    sweep::{Act, Ground, Operation, Run},
    wait,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{run, scopes::account};

const DEFINITION: &str = "postgresqls.acid.zalan.do";
/// Longer than a controller takes to see a deletion.
const MOMENT: Duration = Duration::from_secs(3);

const fn without(name: &'static str) -> Operation {
    Operation::new(name, Some(2), Act::Delete("data,secrets")).without_finalizer()
}

fn clusters(run: &Run<'_>, client: &Client) -> Api<Postgresql> {
    Api::namespaced(client.clone(), &run.namespace)
}

/// Pods, volumes and StatefulSets, by name and identity.
async fn made(client: &Client, namespace: &str) -> Result<Vec<String>> {
    let all = ListParams::default();
    let named = |name: String, uid: Option<String>| format!("{name} {}", uid.unwrap_or_default());
    let pods = Api::<Pod>::namespaced(client.clone(), namespace);
    let claims = Api::<PersistentVolumeClaim>::namespaced(client.clone(), namespace);
    let sets = Api::<StatefulSet>::namespaced(client.clone(), namespace);
    let mut made: Vec<String> = Vec::new();
    made.extend(
        pods.list(&all)
            .await?
            .iter()
            .map(|one| named(one.name_any(), one.uid())),
    );
    made.extend(
        claims
            .list(&all)
            .await?
            .iter()
            .map(|one| named(one.name_any(), one.uid())),
    );
    made.extend(
        sets.list(&all)
            .await?
            .iter()
            .map(|one| named(one.name_any(), one.uid())),
    );
    made.sort();
    Ok(made)
}

async fn create(run: &Run<'_>, client: &Client) -> Result {
    let object = json!({"metadata": {"name": "main"}, "spec": manifest::members(2)});
    clusters(run, client)
        .create(&PostParams::default(), &serde_json::from_value(object)?)
        .await?;
    Ok(())
}

/// Waits until it is said that what is left stays, for this reason.
async fn is_kept(run: &Run<'_>, client: &Client, why: &str) -> Result {
    let events = Api::<Event>::namespaced(client.clone(), &run.namespace);
    wait::until("it is said that it stays", async || {
        let all = events.list(&ListParams::default()).await?.items;
        let mut said = all
            .iter()
            .filter(|event| event.reason.as_deref() == Some("Kept"))
            .filter_map(|event| event.message.as_deref());
        ensure!(said.any(|note| note.contains(why)), "no Event: {why}");
        Ok(())
    })
    .await
}

fn deletions(run: &Run<'_>) -> Vec<String> {
    let mut writes = run.proxy.line.writes();
    writes.retain(|write| write.starts_with("DELETE"));
    writes
}

#[test]
fn the_finalizer_is_taken_off_and_the_event_is_enough() {
    run(async || {
        let ground = Ground::start().await?;
        let client = &ground.server.client;
        let operation = without("bare");
        let run = Run::new(&ground, &operation, 850).await?;
        let clusters = clusters(&run, client);
        let bare = async || {
            wait::until("only another's finalizer is on it", async || {
                let found = clusters.get("main").await?;
                ensure!(
                    found.finalizers() == ["other.example/x"],
                    "{:?}",
                    found.finalizers()
                );
                Ok(())
            })
            .await
        };
        let found = clusters.get("main").await?;
        ensure!(found.finalizers().is_empty(), "{:?}", found.finalizers());
        let put = async |finalizers: Value| -> Result {
            let patch = Patch::Merge(json!({"metadata": {"finalizers": finalizers}}));
            clusters
                .patch("main", &PatchParams::default(), &patch)
                .await?;
            Ok(())
        };
        put(json!([names::FINALIZER, "other.example/x"])).await?;
        bare().await?;

        // What another one holds is not gone yet.
        let before = made(client, &run.namespace).await?;
        run.act().await?;
        sleep(MOMENT).await;
        ensure!(
            made(client, &run.namespace).await? == before,
            "something went before it"
        );
        put(json!([])).await?;
        run.until_taken_away().await?;
        run.until_quiet().await?;
        let left = made(client, &run.namespace).await?;
        ensure!(left.is_empty(), "{left:?}");
        run.end().await
    });
}

/// One that is going with the finalizer on ends by it, whatever is configured by then.
#[test]
fn one_that_is_held_already_ends_by_the_finalizer() {
    run(async || {
        let ground = Ground::start().await?;
        let client = &ground.server.client;
        let held = Operation::new("held", Some(2), Act::Delete("data,secrets"));
        let run = Run::new(&ground, &held, 851).await?;
        run.process.stop().await;
        run.act().await?;
        let found = clusters(&run, client).get("main").await?;
        ensure!(
            found.finalizers() == [names::FINALIZER],
            "{:?}",
            found.finalizers()
        );
        let maps = Api::<ConfigMap>::namespaced(client.clone(), &run.namespace);
        let off = Patch::Merge(json!({"data": {"enable_finalizers": "false"}}));
        maps.patch("pg-fleet", &PatchParams::default(), &off)
            .await?;
        run.proxy.line.arm(|_| false);
        run.process.start()?;
        run.until_taken_away().await?;
        run.until_quiet().await?;
        let writes = run.proxy.line.writes();
        let record = writes
            .iter()
            .any(|write| write.starts_with("POST configmaps"));
        ensure!(!record, "it was written down as well: {writes:#?}");
        let left = made(client, &run.namespace).await?;
        ensure!(left.is_empty(), "{left:?}");
        run.end().await
    });
}

/// A list in which a manifest is missing proves nothing.
#[test]
fn what_was_deleted_while_no_controller_ran_stays() {
    run(async || {
        let ground = Ground::start().await?;
        let client = &ground.server.client;
        let operation = without("unseen");
        let run = Run::new(&ground, &operation, 852).await?;
        let before = made(client, &run.namespace).await?;
        run.process.stop().await;
        run.act().await?;
        run.proxy.line.arm(|_| false);
        run.process.start()?;
        run.until_quiet().await?;
        ensure!(deletions(&run).is_empty(), "{:?}", deletions(&run));
        ensure!(
            made(client, &run.namespace).await? == before,
            "something went"
        );
        let log = std::fs::read_to_string(&run.process.log)?;
        ensure!(log.contains("without a manifest"), "nobody is told");
        // It is taken up again.
        create(&run, client).await?;
        run.until_running().await?;
        ensure!(
            made(client, &run.namespace).await? == before,
            "something was made anew"
        );
        run.end().await
    });
}

/// Killed right after the first write; by then there is another manifest of that name.
#[test]
fn a_later_manifest_takes_up_what_is_left() {
    run(async || {
        let ground = Ground::start().await?;
        let client = &ground.server.client;
        let operation = without("later");
        let run = Run::new(&ground, &operation, 853).await?;
        let before = made(client, &run.namespace).await?;
        let process = run.process.clone();
        run.proxy.line.arm(move |n| {
            if n == 1 {
                process.kill();
            }
            n == 1
        });
        run.act().await?;
        wait::until("it is killed", async || {
            ensure!(run.proxy.line.is_cut(), "not yet");
            Ok(())
        })
        .await?;
        let writes = run.proxy.line.writes();
        ensure!(writes == ["POST configmaps 201"], "{writes:?}");
        run.process.stop().await;
        create(&run, client).await?;
        run.proxy.line.arm(|_| false);
        run.process.start()?;
        run.until_running().await?;
        run.until_quiet().await?;
        let deleted = deletions(&run);
        ensure!(deleted.len() == 1, "{deleted:?}");
        ensure!(deleted[0].starts_with("DELETE configmaps/"), "{deleted:?}");
        ensure!(
            made(client, &run.namespace).await? == before,
            "something went"
        );
        run.end().await
    });
}

/// Whoever deletes the definition deletes no cluster.
#[test]
fn clusters_do_not_go_with_their_definition() {
    run(async || {
        let ground = Ground::start().await?;
        let client = &ground.server.client;
        let operation = without("defined");
        let run = Run::new(&ground, &operation, 854).await?;
        let before = made(client, &run.namespace).await?;
        let crds = Api::<CustomResourceDefinition>::all(client.clone());
        let ours = crds.get(DEFINITION).await?;
        let hold = async |on: bool| -> Result {
            let finalizers = match on {
                true => json!([
                    "customresourcecleanup.apiextensions.k8s.io",
                    "other.example/x"
                ]),
                false => json!([]),
            };
            let patch = Patch::Merge(json!({"metadata": {"finalizers": finalizers}}));
            crds.patch(DEFINITION, &PatchParams::default(), &patch)
                .await?;
            Ok(())
        };
        hold(true).await?;
        run.proxy.line.arm(|_| false);
        crds.delete(DEFINITION, &DeleteParams::default()).await?;
        is_kept(&run, client, "is being deleted").await?;
        sleep(MOMENT).await;
        ensure!(deletions(&run).is_empty(), "{:?}", deletions(&run));
        ensure!(
            made(client, &run.namespace).await? == before,
            "something went"
        );

        hold(false).await?;
        wait::until("the definition is gone", async || {
            ensure!(crds.get_opt(DEFINITION).await?.is_none(), "it is there");
            Ok(())
        })
        .await?;
        let again = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": DEFINITION}, "spec": ours.spec,
        });
        crds.create(&PostParams::default(), &serde_json::from_value(again)?)
            .await?;
        wait::until("it is taken up again", async || create(&run, client).await).await?;
        run.until_running().await?;
        ensure!(
            made(client, &run.namespace).await? == before,
            "something was made anew"
        );
        ensure!(deletions(&run).is_empty(), "{:?}", deletions(&run));
        run.end().await
    });
}

/// Where no policy refuses it, the annotations count when the deletion is seen.
#[test]
fn a_cluster_without_the_annotations_stays() {
    run(async || {
        let ground = Ground::start().await?;
        let client = &ground.server.client;
        let operation = without("guarded");
        let run = Run::new(&ground, &operation, 855).await?;
        let maps = Api::<ConfigMap>::namespaced(client.clone(), &run.namespace);
        let key = Patch::Merge(json!({"data": {"delete_annotation_name_key": "delete-name"}}));
        maps.patch("pg-fleet", &PatchParams::default(), &key)
            .await?;
        run.until_quiet().await?;
        let before = made(client, &run.namespace).await?;
        run.proxy.line.arm(|_| false);
        run.act().await?;
        is_kept(&run, client, "delete-name").await?;
        sleep(MOMENT).await;
        ensure!(deletions(&run).is_empty(), "{:?}", deletions(&run));
        ensure!(
            made(client, &run.namespace).await? == before,
            "something went"
        );
        run.end().await
    });
}

/// With the rights as installed, in namespaces that are listed one by one.
#[test]
fn with_rights_by_namespace() {
    run(async || {
        let server = ApiServer::start().await?;
        let _standin = StandIn::start(server.client.clone());
        server.namespace("open").await?;
        let plugin = Plugin::with_kubeconfig(Some(&server.kubeconfig))?;
        let settings = "--set enable_database_access=false --set kubernetes_use_configmaps=true \
                        --set enable_finalizers=false";
        let line = format!(
            "install --scope namespaces --namespaces open --image nowhere/none {settings} --yes \
             --wait=false"
        );
        plugin.ok(&line).await?;
        let log = server.directory.join("controller.log");
        let controller = Process::new("pg-fleet", "first", account(&server)?, log)?;
        let controller = controller.with(&["--scope", "namespaces"]);
        controller.start()?;
        let clusters = Api::<Postgresql>::namespaced(server.client.clone(), "open");
        let object = json!({
            "metadata": {"name": "main", "annotations": {names::DELETE_WITH: "data"}},
            "spec": manifest::members(2),
        });
        let object = serde_json::from_value(object)?;
        let runs = async || {
            wait::until("it runs", async || {
                let status = clusters.get("main").await?.status.unwrap_or_default();
                ensure!(status.ready.as_deref() == Some("2/2"), "{status:?}");
                Ok(())
            })
            .await
        };
        clusters.create(&PostParams::default(), &object).await?;
        runs().await?;
        let records = Api::<ConfigMap>::namespaced(server.client.clone(), "pg-fleet");
        let written = async || -> Result<usize> {
            let all = ListParams::default().labels(names::DELETED);
            Ok(records.list(&all).await?.items.len())
        };
        clusters.delete("main", &DeleteParams::default()).await?;
        wait::until("it is written down", async || {
            let gone = made(&server.client, "open").await?.is_empty();
            ensure!(gone || written().await? == 1, "not yet");
            Ok(())
        })
        .await?;
        // Whoever goes on knows of it by what is written down alone.
        controller.stop().await;
        controller.start()?;
        wait::until("nothing is left", async || {
            let left = made(&server.client, "open").await?;
            ensure!(left.is_empty() && written().await? == 0, "{left:?}");
            Ok(())
        })
        .await?;
        // Whoever waits for it here waits for all of it.
        let rollups = Api::<Rollup>::all(server.client.clone());
        wait::until("the controller has reported", async || {
            let report = rollups.get(rollup::NAME).await?.spec;
            ensure!(report.observed_at.is_some(), "not yet");
            Ok(())
        })
        .await?;
        clusters.create(&PostParams::default(), &object).await?;
        runs().await?;
        let target = "open/main@sweep";
        plugin
            .ok(&format!("delete {target} --with data --confirm {target}"))
            .await?;
        let left = made(&server.client, "open").await?;
        ensure!(left.is_empty() && written().await? == 0, "{left:?}");
        let said = std::fs::read_to_string(&controller.log)?;
        ensure!(!said.contains("orbidden"), "rights are missing: {said}");
        controller.stop().await;
        Ok(())
    });
}
