//! The API servers' own judgement of operations.

use kube::api::PostParams;

use super::{Checked, Plan, Verb, operation, operations};
use crate::{
    commands::{
        change::{Request, all_of},
        create::MANAGER,
    },
    error::{Kind, Result},
    fanout,
    session::Session,
};

/// Lets every API server judge the operation, before the first is made anywhere.
pub async fn judge(
    session: &Session,
    acting: &[&Checked],
    verb: &Verb<'_>,
    request: &Request,
) -> Result<()> {
    let dry = PostParams {
        dry_run: true,
        field_manager: Some(MANAGER.to_owned()),
    };
    let judged = fanout::each(
        acting,
        fanout::READS,
        |one| {
            let dry = &dry;
            async move {
                let Plan::Act { action, .. } = &one.plan else {
                    return Ok(());
                };
                if one.there.is_some() {
                    return Ok(());
                }
                let (cluster, operation) =
                    (&one.cluster, operation(one, action, verb.change, request));
                let tried = operations(cluster);
                let tried = tried.create(dry, &operation);
                match cluster.context.ask(tried).await {
                    Err(error) if error.kind == Kind::AlreadyExists => Ok(()),
                    tried => tried.map(drop),
                }
                .map_err(|error| {
                    let error = error.context(&cluster.context.name);
                    error.object(&cluster.namespace, &cluster.name)
                })
            }
        },
        |_| (),
    )
    .await;
    all_of(session, judged).map(drop)
}
