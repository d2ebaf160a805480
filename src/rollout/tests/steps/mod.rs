//! Single decisions of the engine.

mod failures;
mod silent;
mod stops;
mod waves;

use std::time::Duration;

use super::*;

/// Two Kubernetes clusters with two targets each, driven by `me`, all waves opened up to this one.
fn fleet(strategy: crate::rollout::Strategy, wave: u32) -> Fleet {
    let slices = plan(strategy, &[2, 2]).rollouts().into_iter();
    slices
        .map(|(uid, mut slice)| {
            slice.spec.control = Control {
                epoch: 3,
                driver: Some(driver("me")),
                desired: Desired::Run,
                desired_seq: 5,
                wave,
                ..Control::default()
            };
            slice.status = Some(RolloutStatus {
                claimed: Some(Claimed {
                    held: true,
                    ..Claimed::default()
                }),
                ..RolloutStatus::default()
            });
            let seen = Seen {
                slice,
                operations: Vec::new(),
                at: at(0),
                silent: None,
            };
            (uid, seen)
        })
        .collect()
}

fn me() -> Me {
    Me {
        id: "me".to_owned(),
        epoch: 3,
    }
}

/// The target has an operation in this phase, and its controller says so.
fn has(fleet: &mut Fleet, number: usize, phase: Phase, reason: &str) {
    let all = standpoints(fleet);
    let (uid, target) = (
        all[number].cluster_uid.to_owned(),
        all[number].target.clone(),
    );
    let seen = fleet.get_mut(&uid).expect("a slice");
    let mut one = operation(&seen.slice, &target.uid, 1, 3);
    one.status = Some(ended(phase, reason, Some(at(-100)), at(-60)));
    seen.operations.push(one);
    told(seen, at(-1000));
}

fn told(seen: &mut Seen, healthy_since: k8s_openapi::jiff::Timestamp) {
    let operations: Vec<&Operation> = seen.operations.iter().collect();
    let sight = |_: &Target| slice::Sight::There {
        generation: 1,
        healthy_since: Some(healthy_since),
        reverted: None,
    };
    let claimed = seen.slice.status.as_ref().and_then(|it| it.claimed.clone());
    let status = slice::status(&seen.slice, claimed, &operations, &sight, seen.at);
    seen.slice.status = Some(status);
}

fn three_waves() -> crate::rollout::Strategy {
    crate::rollout::Strategy {
        max_parallel: Amount::Count(2),
        ..crate::rollout::Strategy::default()
    }
}

fn words(step: &Step) -> Vec<String> {
    let word = |act: &Act| match act {
        Act::Open { cluster_uid, wave } => format!("open {wave} in {cluster_uid}"),
        Act::Create {
            target, attempt, ..
        } => format!("create {target} {attempt}"),
        Act::Look { wave, gate } => format!("look at {gate} behind {wave}"),
        Act::Finish { cluster_uid } => format!("finish {cluster_uid}"),
    };
    step.acts.iter().map(word).collect()
}

fn done(fleet: &Fleet) -> Vec<String> {
    words(&step(&me(), fleet))
}

fn standing(fleet: &Fleet) -> Standing {
    step(&me(), fleet).standing
}

fn stop(fleet: &Fleet) -> Stop {
    match standing(fleet) {
        Standing::Stopped(stop) => stop,
        other => panic!("it is not stopped: {other:?}"),
    }
}
