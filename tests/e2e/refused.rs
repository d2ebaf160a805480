//! Operations that must not be carried out: each ends with its reason, and nothing has happened.

use pg_core::operation::Phase;
use pg_tests::{
    Result, cluster::Cluster, controller, ensure, manifest, plugin::Plugin, site::Place, test::run,
    wait,
};
use serde_json::json;

/// What an operation would have changed.
async fn state(cluster: &Cluster) -> Result<(Vec<String>, Option<String>, Option<i64>)> {
    let status = cluster.running().await?;
    Ok((
        cluster.incarnations().await?,
        status.primary,
        status.timeline,
    ))
}

/// What the asker saw no longer holds, the member is not there, it is the primary.
#[test]
fn what_does_not_hold() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        let cluster = test.running(&west, "main", manifest::members(2)).await?;
        let before = state(&cluster).await?;
        let primary = cluster.primary().await?;
        let replica = cluster.replicas().await?.pop().ok_or("no replica")?;
        let seen = json!({ "expect": { "primary": primary } });
        let table = [
            (
                json!({ "switchover": {} }),
                json!({ "expect": { "primary": replica } }),
                (Phase::Superseded, "PrimaryChanged"),
            ),
            (
                json!({ "restart": {} }),
                json!({ "expect": { "primary": primary, "timeline": 99 } }),
                (Phase::Superseded, "TimelineChanged"),
            ),
            (
                json!({ "switchover": { "to": primary } }),
                seen.clone(),
                (Phase::Refused, "AlreadyPrimary"),
            ),
            (
                json!({ "switchover": { "to": "main-7" } }),
                seen.clone(),
                (Phase::Refused, "NoSuchMember"),
            ),
            (
                json!({ "restart": { "member": "other-0" } }),
                json!({}),
                (Phase::Refused, "NoSuchMember"),
            ),
            (
                json!({ "reinit": { "member": primary } }),
                json!({}),
                (Phase::Refused, "IsPrimary"),
            ),
        ];
        for (action, more, (phase, reason)) in table {
            let status = cluster.expect_end(action, more, phase, reason).await?;
            ensure!(status.steps.is_empty(), "it has steps: {status:?}");
        }
        // Of another cluster of this name, deleted since.
        let gone = Cluster {
            uid: "00000000-0000-0000-0000-000000000000".to_owned(),
            ..cluster.clone()
        };
        gone.expect_end(
            json!({ "restart": {} }),
            json!({}),
            Phase::Superseded,
            "TargetReplaced",
        )
        .await?;
        ensure!(state(&cluster).await? == before, "something has changed");

        // Without a word about lost rows the plugin does not even ask.
        let failover = format!("failover {}", cluster.target());
        plugin.fails(&failover, 2, &["--accept-data-loss"]).await?;
        Ok(())
    });
}

/// There is nobody to take over.
#[test]
fn one_member() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        let cluster = test.running(&west, "main", manifest::members(1)).await?;
        let before = state(&cluster).await?;
        let target = cluster.target();
        plugin
            .fails(
                &format!("switchover {target} --yes"),
                5,
                &["one member", "--replicas 2"],
            )
            .await?;
        let seen = json!({ "expect": { "primary": "main-0" } });
        cluster
            .expect_end(
                json!({ "switchover": {} }),
                seen,
                Phase::Refused,
                "NoReplica",
            )
            .await?;
        cluster
            .expect_end(
                json!({ "reinit": { "member": "main-0" } }),
                json!({}),
                Phase::Refused,
                "IsPrimary",
            )
            .await?;
        cluster
            .expect_end(
                json!({ "failover": { "acceptDataLoss": true } }),
                json!({}),
                Phase::Refused,
                "NoCandidate",
            )
            .await?;
        ensure!(state(&cluster).await? == before, "something has changed");
        Ok(())
    });
}

/// An operation that the controller sees too late does nothing, and neither does one on a cluster
/// that is being deleted. Both are asked for while there is no controller.
#[test]
fn too_late() {
    run(async |test| {
        let east = test.take(Place::East).await?;
        let plugin = Plugin::new(&east)?;
        let kept = test.running(&east, "kept", manifest::members(1)).await?;
        let gone = test.running(&east, "gone", manifest::members(1)).await?;
        let before = state(&kept).await?;
        controller::scale(&east, 0).await?;
        let asked: Result<(String, String)> = async {
            let late = kept
                .ask(json!({ "restart": {} }), json!({ "startWithinSeconds": 1 }))
                .await?;
            gone.api()
                .delete("gone", &kube::api::DeleteParams::default())
                .await?;
            let deleting = gone.ask(json!({ "restart": {} }), json!({})).await?;
            let restart = format!("restart {} --yes", gone.target());
            plugin.fails(&restart, 5, &["being deleted"]).await?;
            // Its time has passed by the API server's clock: an object made now is older.
            let made = kept.created(&late).await?;
            wait::until("two seconds have passed there", async || {
                let now = kept.server_time().await?;
                ensure!(now >= made + jiff::SignedDuration::from_secs(2), "{now}");
                Ok(())
            })
            .await?;
            Ok((late, deleting))
        }
        .await;
        controller::restore(&east).await?;
        let (late, deleting) = asked?;

        let status = kept.ended(&late).await?;
        ensure!(status.phase == Phase::Expired, "{status:?}");
        ensure!(status.steps.is_empty(), "an expired operation has steps");
        let status = wait::until(
            "the other was refused or is gone with its cluster",
            async || match gone.operation(&deleting).await {
                Ok(status) if !status.phase.is_final() => Err(format!("{status:?}").into()),
                other => Ok(other),
            },
        )
        .await?;
        if let Ok(status) = status {
            let refused = matches!(status.phase, Phase::Refused | Phase::Superseded);
            ensure!(refused && status.steps.is_empty(), "{status:?}");
        }
        ensure!(state(&kept).await? == before, "something has changed");
        Ok(())
    });
}
