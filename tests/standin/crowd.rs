//! Stuck clusters hold nobody up, and a controller that starts again writes nothing.

use std::time::Duration;

use pg_tests::{crowd::Crowd, ensure};

use crate::run;

#[test]
fn a_crowd_is_served_and_a_restart_writes_nothing() {
    run(async || {
        let crowd = Crowd::start(24, 4).await?;
        // Each comes to its end; how fast is for `make bench`.
        crowd.edits(20, Duration::from_millis(10)).await?;
        let restart = crowd.restart().await?;
        ensure!(restart.writes == 0, "{restart:?}");
        Ok(())
    });
}
