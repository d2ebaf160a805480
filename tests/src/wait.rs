//! Waiting for conditions. Nothing here measures: deadlines are generous, and only a test that is
//! going to fail ever reaches one.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::Result;

/// Long enough for anything that is not broken, on a slow and busy machine.
pub const DEADLINE: Duration = Duration::from_secs(180);
const PAUSE: Duration = Duration::from_millis(200);
/// A look that hangs, on a node that is cut off for one, is no look.
const LOOK: Duration = Duration::from_secs(20);

/// Looks until there is an answer. `Err` says why not yet.
pub async fn until<T, F>(what: &str, look: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    until_within(what, DEADLINE, look).await
}

/// The same with another deadline.
pub async fn until_within<T, F>(
    what: &str,
    deadline: Duration,
    mut look: impl FnMut() -> F,
) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let end = Instant::now() + deadline;
    loop {
        let why = match timeout(LOOK, look()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(why)) => why.to_string(),
            Err(_) => format!("no answer within {} s", LOOK.as_secs()),
        };
        if Instant::now() >= end {
            let seconds = deadline.as_secs();
            return Err(format!("not within {seconds} s: {what}; at last: {why}").into());
        }
        sleep(PAUSE).await;
    }
}
