//! Two controllers: one that was cut off writes nothing any more beside the one that went on.

use kube::{
    Api,
    api::{Patch, PatchParams},
};
use pg_core::postgresql::Postgresql;
use pg_tests::{
    ensure,
    proxy::Fault,
    sweep::{Ground, OPERATIONS, Run},
    wait,
};
use serde_json::json;

use crate::run;

#[test]
fn one_that_was_cut_off_is_no_second_one() {
    run(async || {
        let ground = Ground::start().await?;
        let grows = OPERATIONS.iter().find(|one| one.name == "scale-up");
        let run = Run::new(&ground, grows.ok_or("no scale-up")?, 800).await?;
        let (proxy, second) = run.another("second").await?;
        wait::until("the second one has listed everything", async || {
            let ready = second.get("/readyz").await?;
            ensure!(ready.contains(" 200 "), "{ready}");
            Ok(())
        })
        .await?;
        ensure!(proxy.line.writes().is_empty(), "it only looks on");
        let said = second.get("/workers/all/status").await?;
        ensure!(
            said.contains("another replica leads"),
            "it cannot know: {said}"
        );
        run.proxy.line.arm(|_| false);

        // Its last word was that it leads, and nobody tells it otherwise.
        run.proxy.line.suffers(Fault::Silent);
        run.act().await?;
        run.until_running().await?;
        let grown = proxy.line.writes().len();
        ensure!(grown > 0, "nobody went on");

        // It sees everything again, this edit as well.
        run.proxy.line.suffers(Fault::None);
        let manifests = Api::<Postgresql>::namespaced(ground.server.client.clone(), &run.namespace);
        let fewer = Patch::Merge(json!({"spec": {"numberOfInstances": 2}}));
        manifests
            .patch("main", &PatchParams::default(), &fewer)
            .await?;
        run.until_running().await?;
        wait::until("the first one hears again", async || {
            let leads = run.process.metric("pg_fleet_leading").await?;
            ensure!(run.proxy.line.reads() > 0, "it has read nothing");
            ensure!(leads < 1.0, "it leads");
            Ok(())
        })
        .await?;
        let writes = run.proxy.line.writes();
        ensure!(writes.is_empty(), "two wrote: {writes:?}");
        ensure!(
            second.metric("pg_fleet_leading").await? > 0.0,
            "nobody leads"
        );
        let health = run.process.get("/healthz").await?;
        ensure!(health.contains(" 200 "), "it may lead again: {health}");
        second.stop().await;
        run.end().await
    });
}
