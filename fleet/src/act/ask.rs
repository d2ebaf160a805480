//! Questions to members. One that does not answer at once, because its node is dead or cut off,
//! holds up nobody: what it says is taken down when it comes.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::join_all;
use tokio::time::{Instant, sleep, timeout};

use super::{lock, patroni};
use crate::observe::{
    facts::{Answer, Facts, Key},
    world::World,
};

/// A member that is well answers within this time.
const PROMPT: Duration = Duration::from_millis(100);
/// Between two looks for what somebody else asked.
const LOOK: Duration = Duration::from_millis(10);

/// Asks members how they are, all at once, and waits a moment for what they say.
pub async fn ask(
    world: &Arc<Mutex<World>>,
    epoch: Instant,
    key: &Key,
    facts: &Facts,
    members: &[String],
) {
    let at = epoch.elapsed();
    let mut questions = Vec::new();
    let mut asked_before = Vec::new();
    for member in members {
        let Some(address) = facts.pods.get(member).and_then(|pod| pod.ip.clone()) else {
            continue;
        };
        let (mut is_new, mut was_well) = (false, false);
        lock(world).update(key, |facts| {
            is_new = !facts.asking.contains_key(member);
            was_well = facts.answer(member).is_some_and(|last| last.result.is_ok());
            if is_new {
                facts.asking.insert(member.clone(), at);
            }
        });
        if !is_new {
            asked_before.push(member);
            continue;
        }
        let (world, key, member) = (Arc::clone(world), key.clone(), member.clone());
        questions.push(tokio::spawn(async move {
            let mut answer = patroni::member(&address).await;
            if was_well && matches!(answer, Err(patroni::Error::TimedOut)) {
                // On a busy node one question gets lost; that is no news of a member.
                answer = patroni::member(&address).await;
            }
            lock(&world).update(&key, |facts| {
                // Forgotten meanwhile: the pod or the leader is another one.
                if facts.asking.get(&member) != Some(&at) {
                    return;
                }
                facts.asking.remove(&member);
                let answer = Answer {
                    at: epoch.elapsed(),
                    result: answer.map_err(|error| error.to_string()),
                };
                facts.members.insert(member, answer);
            });
        }));
    }
    let _ = timeout(PROMPT, async {
        join_all(questions).await;
        while asked_before
            .iter()
            .any(|member| is_asked(world, key, member))
        {
            sleep(LOOK).await;
        }
    })
    .await;
}

fn is_asked(world: &Arc<Mutex<World>>, key: &Key, member: &str) -> bool {
    let world = lock(world);
    world
        .facts(key)
        .is_some_and(|facts| facts.asking.contains_key(member))
}

#[cfg(test)]
mod tests;
