//! Stuck clusters hold nobody up, a controller that starts again writes nothing, and an edit waits
//! for no list of what others have.

use std::time::Duration;

use pg_core::store::Store;
use pg_tests::{
    crowd::Crowd,
    ensure,
    proxy::Fault,
    sweep::{Act, Ground, Operation, Run},
    wait,
};
use serde_json::json;

use crate::run;

const EDIT: Operation = Operation::new(
    "early",
    Some(2),
    Act::Patch(|| json!({"spec": {"serviceAnnotations": {"seen": "early"}}})),
);

/// Of the Lease, and of the clusters' own objects, in half a minute.
const READS: usize = 60;

#[test]
fn a_crowd_is_served_and_a_restart_writes_nothing() {
    run(async || {
        let crowd = Crowd::start(24, 4).await?;
        // Each comes to its end; how fast is for `make bench`.
        crowd.edits(20, Duration::from_millis(10)).await?;
        let restart = crowd.restart().await?;
        ensure!(restart.writes == 0, "{restart:?}");
        // Each member is asked once again in this time.
        let (writes, reads) = crowd.steady(Duration::from_secs(30)).await;
        ensure!(writes.is_empty(), "{writes:?}");
        ensure!(reads <= READS, "{reads} reads of what nobody has changed");
        // What is nobody's business here is not even looked at.
        let before = crowd.process.peak_memory()?;
        crowd.make_foreign(300).await?;
        let restart = crowd.restart().await?;
        ensure!(restart.writes == 0, "{restart:?}");
        let after = crowd.process.peak_memory()?;
        ensure!(
            after <= before + 4.0,
            "{before} MiB, {after} beside foreign ones"
        );
        Ok(())
    });
}

#[test]
fn an_edit_is_carried_out_while_everything_is_listed() {
    run(async || {
        for store in [Store::ConfigMaps, Store::Endpoints] {
            let mut ground = Ground::start().await?;
            ground.store = store;
            let run = Run::new(&ground, &EDIT, 820).await?;
            run.process.stop().await;
            run.proxy.line.arm(|_| false);
            run.proxy.line.suffers(Fault::Withholds("pods"));
            run.process.start()?;
            run.act().await?;
            wait::until("a child is written", async || {
                let writes = run.proxy.line.writes();
                let child = writes.iter().any(|it| it.starts_with("PATCH services/"));
                ensure!(child, "{writes:?}");
                Ok(())
            })
            .await?;
            let ready = run.process.get("/readyz").await?;
            ensure!(ready.contains(" 503 "), "it has listed everything: {ready}");

            let harm = |write: &&String| !write.starts_with("PATCH ") || write.contains(" pods/");
            let writes = run.proxy.line.writes();
            let harm: Vec<&String> = writes.iter().filter(harm).collect();
            ensure!(harm.is_empty(), "{harm:?}");
            run.proxy.line.suffers(Fault::None);
            run.until_running().await?;
            run.end().await?;
        }
        Ok(())
    });
}
