//! A controller that is killed after a write ends where one ends that is left in peace.

use pg_tests::{
    ensure,
    sweep::{Ground, OPERATIONS},
};

use crate::run;

#[test]
fn killed_controllers_end_where_they_should() {
    run(async || {
        let ground = Ground::start().await?;
        for operation in OPERATIONS {
            // Each by another write; `make sweep` does all.
            let point = operation.name.len() % 4 + 1;
            if !["create", "scale-down", "switchover"].contains(&operation.name) {
                continue;
            }
            let outcome = ground.sweep(&operation, 2, |n| n % 5 == point % 5).await?;
            let name = operation.name;
            ensure!(outcome.tried > 0, "{name}: no crash point was tried");
            ensure!(outcome.wrong == 0, "{name}: {outcome:?}");
        }
        Ok(())
    });
}
