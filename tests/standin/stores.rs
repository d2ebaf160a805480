//! Patroni's other store: a cluster that was stopped meets in it, and nothing of the former one stays.

use k8s_openapi::api::core::v1::{ConfigMap, Endpoints};
use kube::{
    Api, ResourceExt,
    api::{ListParams, Patch, PatchParams},
};
use pg_core::postgresql::Postgresql;
use pg_tests::{
    Result, ensure,
    sweep::{Ground, OPERATIONS, Run},
    wait,
};
use serde_json::{Value, json};

use crate::run;

#[test]
fn of_the_former_store_nothing_stays() {
    run(async || {
        let ground = Ground::start().await?;
        let grows = OPERATIONS.iter().find(|one| one.name == "scale-up");
        let run = Run::new(&ground, grows.ok_or("no scale-up")?, 830).await?;
        let client = &ground.server.client;
        let manifests = Api::<Postgresql>::namespaced(client.clone(), &run.namespace);
        let maps = Api::<ConfigMap>::namespaced(client.clone(), &run.namespace);
        let endpoints = Api::<Endpoints>::namespaced(client.clone(), &run.namespace);
        let scale = async |members: i64| -> Result {
            let patch = Patch::Merge(json!({"spec": {"numberOfInstances": members}}));
            manifests
                .patch("main", &PatchParams::default(), &patch)
                .await?;
            Ok(())
        };
        let kept = async || -> Result<(Vec<String>, Vec<String>)> {
            let of = ListParams::default().labels("cluster-name=main");
            let maps = maps.list(&of).await?;
            let points = endpoints.list(&of).await?;
            let config = |name: &String| name.ends_with("-config") || name.ends_with("-leader");
            let maps = maps.iter().map(ResourceExt::name_any).filter(config);
            let points = points.iter().map(ResourceExt::name_any).filter(config);
            Ok((maps.collect(), points.collect()))
        };
        let (maps_before, _) = kept().await?;
        ensure!(maps_before.len() == 2, "{maps_before:?}");

        scale(0).await?;
        run.until_running().await?;
        run.until_quiet().await?;
        let configuration: Value = json!({"data": {"kubernetes_use_configmaps": "false"}});
        maps.patch(
            "pg-fleet",
            &PatchParams::default(),
            &Patch::Merge(configuration),
        )
        .await?;
        run.until_quiet().await?;
        let (stopped, _) = kept().await?;
        ensure!(
            stopped == maps_before,
            "nobody meets elsewhere: {stopped:?}"
        );
        scale(1).await?;
        run.until_running().await?;
        wait::until("nothing of the former store is left", async || {
            let (maps, points) = kept().await?;
            ensure!(maps.is_empty(), "{maps:?}");
            ensure!(points == ["main-config"], "{points:?}");
            Ok(())
        })
        .await?;
        run.end().await
    });
}
