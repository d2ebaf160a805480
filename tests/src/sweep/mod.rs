//! Crash sweep: a controller is killed after its n-th write, for every n, and started again. Each
//! run must end in the state of the one that was left in peace, with the same history of pods.

mod asked;
mod mutants;
mod operations;
mod rollout;
mod run;
mod snapshot;
mod troubles;

use std::sync::Arc;

use futures::{StreamExt, stream};
use pg_core::store::Store;

pub use mutants::Mutants;
pub use operations::{Act, Beside, OPERATIONS, Operation};
pub use run::{Peace, Run};
pub use snapshot::{Snapshot, difference};
pub use troubles::{STALE, TROUBLES, Trouble};

use crate::{
    Result,
    api_server::ApiServer,
    standin::{StandIn, Template},
};

/// Where runs happen.
pub struct Ground {
    /// The API server of all of them; each has a namespace there.
    pub server: ApiServer,
    /// Kubelets and Patroni.
    pub standin: Arc<StandIn>,
    /// Databases.
    pub template: Template,
    /// Where the Patroni of the next runs keeps what it knows.
    pub store: Store,
}

/// What came of one operation.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Writes of the run that was left in peace.
    pub writes: usize,
    /// Runs in which the controller was killed.
    pub tried: usize,
    /// Runs that ended elsewhere; each was told when it had.
    pub wrong: usize,
}

impl Ground {
    /// Starts an API server.
    pub async fn start() -> Result<Self> {
        let server = ApiServer::start().await?;
        let standin = StandIn::start(server.client.clone());
        let template = Template::make(&server.directory).await?;
        standin.begins_with(&template);
        Ok(Self {
            server,
            standin,
            template,
            store: Store::ConfigMaps,
        })
    }

    /// Sweeps one operation: after which writes it shall be killed is for the caller to choose.
    pub async fn sweep(
        &self,
        operation: &Operation,
        at_once: usize,
        choose: impl Fn(usize) -> bool,
    ) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let peace = Run::new(self, operation, 0).await?.in_peace().await?;
        outcome.writes = peace.writes.len();
        // What is asked again, or later, may take a write more.
        let points: Vec<usize> = (1..=outcome.writes + 2).filter(|n| choose(*n)).collect();
        let mut results = stream::iter(points)
            .map(async |n| {
                let run = Run::new(self, operation, n).await?;
                run.disturbed(&peace).await
            })
            .buffer_unordered(at_once);
        while let Some(result) = results.next().await {
            match result {
                Ok(true) => outcome.tried += 1,
                Ok(false) => {}
                Err(error) => {
                    outcome.tried += 1;
                    outcome.wrong += 1;
                    eprintln!("{error}");
                }
            }
        }
        Ok(outcome)
    }
}
