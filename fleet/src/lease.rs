//! One controller acts: whoever holds the Lease. The others watch everything and write nothing,
//! so that one of them goes on at once when the holder is gone.

use kube::Client;
use kube_lease_manager::{LeaseCreateMode, LeaseManagerBuilder};
use tokio::sync::watch;

/// Seconds that a Lease lasts; a dead holder is followed after at most this.
const DURATION: u64 = 15;
/// Seconds before its end at which it is renewed: a holder that cannot renew stops writing well
/// before another may start.
const GRACE: u64 = 5;

/// Why there is no Lease.
#[derive(Debug, thiserror::Error)]
#[error("lease: {0}")]
pub struct Error(#[from] kube_lease_manager::LeaseManagerError);

/// Takes part in the election and tells whether this replica leads.
///
/// # Errors
///
/// When the Lease can neither be read nor made.
pub async fn hold(
    client: Client,
    namespace: &str,
    identity: &str,
) -> Result<watch::Receiver<bool>, Error> {
    let manager = LeaseManagerBuilder::new(client, "pg-fleet")
        .with_namespace(namespace)
        .with_identity(identity)
        .with_field_manager(format!("pg-fleet-{identity}"))
        .with_duration(DURATION)
        .with_grace(GRACE)
        .with_create_mode(LeaseCreateMode::AutoCreate)
        .build()
        .await?;
    let (leading, task) = manager.watch().await;
    tokio::spawn(async move {
        match task.await {
            Ok(Ok(_)) => tracing::info!("the lease was given back"),
            Ok(Err(error)) => tracing::error!(%error, "the election has ended"),
            Err(error) => tracing::error!(%error, "the election has died"),
        }
    });
    Ok(leading)
}
