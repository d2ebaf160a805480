//! A controller that is killed after a write ends where one ends that is left in peace.

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
        some(&ground, &["create", "scale-down", "switchover"]).await?;
        ground.store = Store::Endpoints;
        some(&ground, &["create", "failover"]).await
    });
}

/// Each operation killed by a few of its writes; `make sweep` does all.
async fn some(ground: &Ground, names: &[&str]) -> Result {
    for operation in OPERATIONS.iter().filter(|one| names.contains(&one.name)) {
        let point = operation.name.len() % 4 + 1;
        let outcome = ground.sweep(operation, 2, |n| n % 5 == point).await?;
        let name = operation.name;
        ensure!(outcome.tried > 0, "{name}: no crash point was tried");
        ensure!(outcome.wrong == 0, "{name}: {outcome:?}");
    }
    Ok(())
}
