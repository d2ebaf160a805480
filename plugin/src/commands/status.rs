//! `status`: judgement. Of the fleet from the controllers' rollups, worst first; of one cluster
//! everything that its resource says, and what one look inside its primary tells.

mod around;
mod configured;
mod fleet;
mod inside;
mod one;
mod tables;

pub use around::{image, images};
pub use one::when;

use crate::{
    args::Status,
    error::{Error, Result},
    exit::Exit,
    session::Session,
};

/// Shows the fleet, or the clusters that were named.
pub async fn run(session: &Session, args: &Status) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    if selection.named.is_empty() {
        if session.flags.namespace.is_some() {
            let what = "the fleet is told by whole contexts, not by namespaces";
            return Err(Error::usage(what).hint("kubectl pg list -n NAMESPACE, or name clusters"));
        }
        fleet::run(session, &selection).await
    } else {
        one::run(session, &selection).await
    }
}
