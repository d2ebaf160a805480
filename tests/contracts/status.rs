//! Status is written beside the manifest, whole, and read back as it was.

use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::{Condition, Time},
    jiff::Timestamp,
};
use kube::api::{Patch, PatchParams};
use pg_core::postgresql::status::{
    CurrentWork, Health, MemberStatus, PostgresqlStatus, SourceStatus,
};
use pg_tests::{ensure, manifest, site::Place, test::run};
use serde_json::json;

/// Every field of a status that says everything; a wrong word in it is refused.
#[test]
fn round_trip() {
    run(async |test| {
        let site = test.share(Place::West).await?;
        test.namespace_in(&site).await?;
        // Another controller's, so that ours leaves it alone.
        let cluster = test
            .created_for(&site, "main", "nobody", manifest::members(2))
            .await?;
        let at = Time(Timestamp::from_second(1_790_000_000)?);
        let status = PostgresqlStatus {
            postgres_cluster_status: "Running".to_owned(),
            observed_generation: Some(1),
            conditions: vec![Condition {
                type_: "Ready".to_owned(),
                status: "True".to_owned(),
                reason: "AsWanted".to_owned(),
                message: "all is well".to_owned(),
                observed_generation: Some(1),
                last_transition_time: at.clone(),
            }],
            members: vec![MemberStatus {
                name: "main-0".to_owned(),
                role: "primary".to_owned(),
                state: "running".to_owned(),
                timeline: Some(3),
                node: Some("n1".to_owned()),
                pending_restart: true,
            }],
            ready: Some("1/2".to_owned()),
            primary: Some("main-0".to_owned()),
            timeline: Some(3),
            system_identifier: Some("7400000000000000001".to_owned()),
            cluster_uid: Some("11111111-1111-4111-8111-111111111111".to_owned()),
            running_version: Some("17.4".to_owned()),
            health: Some(Health::Degraded),
            lag_bytes: Some(65_536),
            last_backup: Some(at.clone()),
            settled: Some("0123".to_owned()),
            dynamic_configuration: vec!["/ttl".to_owned()],
            inspected_at: Some(at.clone()),
            source: Some(SourceStatus {
                host: "old".to_owned(),
                port: "5432".to_owned(),
            }),
            current: Some(CurrentWork {
                kind: "restart".to_owned(),
                reason: "manifest".to_owned(),
                step: "restart main-0".to_owned(),
                since: at,
            }),
        };
        let before = cluster.manifest().await?;
        let parameters = PatchParams::default();
        let patch = Patch::Merge(json!({ "status": status, "spec": { "numberOfInstances": 9 } }));
        cluster
            .api()
            .patch_status("main", &parameters, &patch)
            .await?;
        let after = cluster.manifest().await?;
        ensure!(after.status.as_ref() == Some(&status), "{:?}", after.status);
        ensure!(after.spec == before.spec, "status has changed the spec");
        ensure!(
            after.metadata.generation == before.metadata.generation,
            "status has made a new generation"
        );

        let wrong = Patch::Merge(json!({ "status": { "health": "Excellent" } }));
        let refused = cluster
            .api()
            .patch_status("main", &parameters, &wrong)
            .await;
        let error = refused
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        ensure!(error.contains("status.health"), "{error:?}");

        // A change of the manifest leaves the status alone.
        cluster
            .patch(json!({ "spec": { "numberOfInstances": 3 }, "status": null }))
            .await?;
        let after = cluster.manifest().await?;
        ensure!(after.status == Some(status), "{:?}", after.status);
        ensure!(
            after.spec.number_of_instances == 3,
            "the spec was not changed"
        );
        Ok(())
    });
}
