//! Orders to `pg-fleet node upgrade` inside a pod. Sent and left: what comes of them is taken down
//! when they end, and the member's journal tells it as well.

use std::{sync::Arc, time::Duration};

use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api,
    api::{AttachParams, AttachedProcess},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::timeout,
};

use super::{Actor, Error, lock};
use crate::{
    node::upgrade::{Report, script},
    observe::facts::{Answer, Key, OrderFact},
    plan::action::{Order, Ordered},
};

/// The container with the database.
const CONTAINER: &str = "postgres";
/// More than this is no answer.
const MOST: u64 = 256 * 1024;

impl Actor {
    /// Gives an order.
    pub(super) async fn order(&self, key: &Key, order: Order) -> Result<(), Error> {
        let number = self.leading.number().ok_or(Error::NotLeading)?;
        if let Some(expect) = &order.expect {
            self.must_still_lead(key, expect).await?;
        }
        let fact = OrderFact {
            operation: order.operation.clone(),
            step: order.step,
            at: self.mono(),
            ended: None,
        };
        let is_question = order.step.is_question();
        if !is_question {
            tracing::info!(cluster = %key, operation = order.operation, member = order.member, step = ?order.step, "ordering");
        }
        self.update(key, |facts| {
            facts.orders.insert(order.member.clone(), fact.clone());
            if !is_question {
                facts.given.insert(order.member.clone(), fact.clone());
            }
        });
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &key.namespace);
        let (world, key, epoch) = (Arc::clone(&self.world), key.clone(), self.epoch);
        tokio::spawn(async move {
            let limit = order.step.patience();
            let words = order.step.words(&order.operation, number);
            let came = timeout(limit, exec(&pods, &order.member, order.step, words)).await;
            let came = came.unwrap_or_else(|_| Err(format!("no answer in {} s", limit.as_secs())));
            if let Err(why) = &came {
                tracing::warn!(cluster = %key, member = order.member, step = ?order.step, why, "an order came to nothing");
            }
            lock(&world).update(&key, |facts| {
                let same = |one: &OrderFact| one.at == fact.at && one.step == fact.step;
                for facts in [&mut facts.orders, &mut facts.given] {
                    if let Some(one) = facts.get_mut(&order.member).filter(|one| same(one)) {
                        one.ended = Some(came.clone());
                    }
                }
                let answer = Answer {
                    at: epoch.elapsed(),
                    result: came,
                };
                // What was ordered is over, and what is now may be told already.
                facts.reports.insert(order.member, answer);
            });
        });
        Ok(())
    }
}

async fn exec(
    pods: &Api<Pod>,
    pod: &str,
    step: Ordered,
    words: Vec<String>,
) -> Result<Report, String> {
    let attach = AttachParams::default()
        .container(CONTAINER)
        .stdout(true)
        .stderr(true);
    let mut process = pods
        .exec(pod, words, &attach)
        .await
        .map_err(|error| format!("exec in {pod}: {error}"))?;
    let (out, err) = (process.stdout(), process.stderr());
    let (out, err) = tokio::join!(all(out), all(err));
    match ended(process).await {
        Ok(()) => answer(step, &out)
            .map_err(|error| format!("{pod} says what is not understood: {error}")),
        Err(why) => {
            let said = err
                .lines()
                .rev()
                .find(|line| line.starts_with("pg-fleet: "));
            let tail = said.and_then(|first| err.find(first)).map(|at| &err[at..]);
            let said = tail.map_or(why, |text| {
                text.trim().trim_start_matches("pg-fleet: ").to_owned()
            });
            Err(format!("{pod}: {said}"))
        }
    }
}

/// What a command that ended well has printed.
fn answer(step: Ordered, out: &str) -> Result<Report, String> {
    match step {
        Ordered::Look | Ordered::Script { .. } => match script::read(out) {
            Some(script) => Ok(Report {
                script: Some(script),
                ..Report::default()
            }),
            None => Err(out.trim().to_owned()),
        },
        _ => serde_json::from_str(out.trim()).map_err(|error| error.to_string()),
    }
}

async fn all(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What came before a break is all there is; the end tells of the break.
        let _ = pipe.take(MOST).read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn ended(mut process: AttachedProcess) -> Result<(), String> {
    let status = match process.take_status() {
        Some(status) => timeout(Duration::from_secs(5), status).await.ok().flatten(),
        None => None,
    };
    let Some(status) = status else {
        return Err("the connection broke".to_owned());
    };
    match status.status.as_deref() {
        Some("Success") => Ok(()),
        _ => Err(status
            .message
            .unwrap_or_else(|| "it failed without a word".to_owned())),
    }
}
