//! The lock that keeps two pods from serving one volume.

use super::Error;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};
use tracing::warn;

const PAUSE: Duration = Duration::from_millis(50);
const SAY_AGAIN: Duration = Duration::from_secs(10);

/// Held while Patroni runs; given back when it is dropped, or with the process.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "kept open")] Option<File>);

/// Waits until no other pod uses the volume. A pod that was force-deleted goes on for a while after Kubernetes has made its
/// successor, on the same node and the same volume, where each one's postmaster.pid names a process that the other cannot see.
/// `None` when asked to end meanwhile.
pub async fn lock(root: &Path) -> Result<Option<Lock>, Error> {
    let directory = File::open(root).map_err(Error::at("open", root))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::io("listen for signals"))?;
    let mut said: Option<Instant> = None;
    loop {
        match directory.try_lock() {
            Ok(()) => return Ok(Some(Lock(Some(directory)))),
            Err(TryLockError::WouldBlock) => {
                if said.is_none_or(|at| at.elapsed() > SAY_AGAIN) {
                    warn!(volume = %root.display(), "another pod still uses this volume; waiting for its end");
                    said = Some(Instant::now());
                }
            }
            Err(TryLockError::Error(error)) => {
                // some network file systems know no locks
                warn!(%error, volume = %root.display(), "the volume cannot be locked; going on without");
                return Ok(Some(Lock(None)));
            }
        }
        tokio::select! {
            () = sleep(PAUSE) => {}
            _ = terminate.recv() => return Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::lock;
    use std::time::Duration;

    #[tokio::test]
    async fn a_volume_has_one_user_at_a_time() -> Result<(), Box<dyn std::error::Error>> {
        let volume = std::env::temp_dir().join(format!("pg-fleet-volume-{}", std::process::id()));
        std::fs::create_dir_all(&volume)?;
        let first = lock(&volume).await?;
        assert!(first.is_some());
        let second = lock(&volume);
        tokio::pin!(second);
        let early = tokio::time::timeout(Duration::from_millis(200), &mut second).await;
        assert!(early.is_err(), "both have it");
        drop(first);
        assert!(second.await?.is_some());
        Ok(std::fs::remove_dir(&volume)?)
    }
}
