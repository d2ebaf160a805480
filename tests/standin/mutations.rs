//! Bad manifests are rejected or shown, and a good one heals.

use pg_tests::{ensure, sweep::Ground};

use crate::run;

#[test]
fn bad_manifests_harm_nobody() {
    run(async || {
        let ground = Ground::start().await?;
        let found = ground.mutate(40, 1, 4).await?;
        ensure!(found.wrong.is_empty(), "{:#?}", found.wrong);
        ensure!(found.rejected > 0 && found.shown > 0, "{found:?}");
        Ok(())
    });
}
