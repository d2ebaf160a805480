//! A controller that is killed after a write ends where one ends that is left in peace.

use futures::{TryStreamExt, stream};
use pg_core::store::Store;
use pg_tests::{
    Result, ensure,
    sweep::{Ground, OPERATIONS},
};

use crate::run;

#[test]
fn killed_controllers_end_where_they_should() {
    run(async || {
        let mut ground = Ground::start().await?;
        some(&ground, &["create", "scale-down", "switchover"], 5).await?;
        some(&ground, &["delete-all-without-finalizer"], 3).await?;
        ground.store = Store::Endpoints;
        some(&ground, &["create", "failover"], 5).await
    });
}

/// By each of its writes: Secret and database are one in the end, and the password changed once.
#[test]
fn killed_between_a_secret_and_its_role() {
    run(async || {
        let ground = Ground::start().await?;
        let rotate = OPERATIONS.iter().find(|one| one.name == "rotate");
        let outcome = ground
            .sweep(rotate.ok_or("no such operation")?, 2, |_| true)
            .await?;
        println!("{outcome:?}");
        ensure!(outcome.tried > 2 && outcome.wrong == 0, "{outcome:?}");
        Ok(())
    });
}

/// The longer ones, side by side.
#[test]
fn killed_in_upgrades_rollouts_and_copies() {
    run(async || {
        let ground = Ground::start().await?;
        let names = ["clone", "standby", "promotion", "rollout", "upgrade-major"];
        stream::iter(names.map(Ok))
            .try_for_each_concurrent(3, async |name| some(&ground, &[name], 20).await)
            .await
    });
}

/// Each operation killed by a few of its writes; `make sweep` does all.
async fn some(ground: &Ground, names: &[&str], every: usize) -> Result {
    for operation in OPERATIONS.iter().filter(|one| names.contains(&one.name)) {
        let point = operation.name.len() % 4 + 1;
        let outcome = ground.sweep(operation, 2, |n| n % every == point).await?;
        let name = operation.name;
        println!("{name}: {outcome:?}");
        ensure!(outcome.tried > 0, "{name}: no crash point was tried");
        ensure!(outcome.wrong == 0, "{name}: {outcome:?}");
    }
    Ok(())
}
