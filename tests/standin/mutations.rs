//! Bad manifests are rejected or shown, and a good one heals.

use pg_tests::{ensure, mutation::good, sweep::Ground};
use serde_json::json;

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

/// What the API server keeps otherwise than it was applied is applied once and told; and of a value
/// with fields Patroni is told which are to go. Nothing is done again and again.
#[test]
fn what_is_not_kept_comes_to_an_end() {
    run(async || {
        let ground = Ground::start().await?;
        let mut image = good();
        image["initContainers"][0]["image"] = json!("line\nbreak");
        let mut slot = good();
        slot["patroni"]["slots"]["kept"] = json!({});
        let all = vec![("image".to_owned(), image), ("slot".to_owned(), slot)];
        let found = ground.mutate_with(all, 2).await?;
        ensure!(found.wrong.is_empty(), "{:#?}", found.wrong);
        ensure!(found.shown + found.carried_out == 2, "{found:?}");
        Ok(())
    });
}
