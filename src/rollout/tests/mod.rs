//! Rollouts over a model that moves by itself, and tables of single decisions.

mod model;
mod plans;
mod steps;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

use super::*;
use crate::operation::{
    Action, OfRollout, Operation, OperationSpec, OperationStatus, Phase, Restart, Target as Aim,
};

/// The same moment in all tests.
pub fn noon() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

/// Seconds after noon.
pub fn at(seconds: i64) -> Timestamp {
    noon() + k8s_openapi::jiff::SignedDuration::from_secs(seconds)
}

/// A draft of target `number` in this Kubernetes cluster.
pub fn draft(cluster: usize, number: usize) -> Draft {
    let name = format!("pg-{number}");
    Draft {
        candidate: Candidate {
            cluster_uid: uid_of(cluster),
            namespace: "team".to_owned(),
            name: name.clone(),
            uid: format!("{cluster:04}{number:04}-0000"),
            ..Candidate::default()
        },
        target: Target {
            namespace: "team".to_owned(),
            name,
            uid: format!("{cluster:04}{number:04}-0000"),
            generation: 1,
            ..Target::default()
        },
    }
}

/// Uid of a Kubernetes cluster.
pub fn uid_of(cluster: usize) -> String {
    format!("cluster-{cluster}")
}

/// A plan of restarts: so many targets in each Kubernetes cluster, in turn.
pub fn plan(strategy: Strategy, counts: &[usize]) -> Plan {
    let most = counts.iter().copied().max().unwrap_or(0);
    let drafts = (0..most).flat_map(|number| {
        let here = counts.iter().enumerate();
        let here = here.filter(move |(_, count)| number < **count);
        here.map(move |(cluster, _)| draft(cluster, number))
    });
    let places: BTreeMap<String, Place> = (0..counts.len())
        .map(|cluster| {
            let place = Place {
                hint: format!("context-{cluster}"),
                requested_by: "anna".to_owned(),
                ..Place::default()
            };
            (uid_of(cluster), place)
        })
        .collect();
    let restart = Action::Restart(Restart::default());
    Plan::new("restart-1", restart, strategy, drafts.collect(), &places).expect("a plan")
}

/// The operation that a driver asks for.
pub fn operation(slice: &Rollout, uid: &str, attempt: u32, epoch: i64) -> Operation {
    let target = slice.spec.plan.targets.iter().find(|one| one.uid == uid);
    let target = target.expect("a target");
    let id = slice.metadata.name.clone().expect("a name");
    let mut operation = Operation::new(
        &crate::names::operation(&id, uid, attempt),
        OperationSpec {
            target: Aim {
                name: target.name.clone(),
                uid: uid.to_owned(),
            },
            action: slice.spec.plan.action.clone(),
            expect: None,
            requested_by: "anna".to_owned(),
            reason: None,
            start_within_seconds: 600,
            queue: true,
            rollout: Some(OfRollout {
                id,
                epoch,
                wave: target.wave,
            }),
        },
    );
    operation.metadata.namespace = Some(target.namespace.clone());
    operation
}

/// An operation's status.
pub fn ended(
    phase: Phase,
    reason: &str,
    began: Option<Timestamp>,
    end: Timestamp,
) -> OperationStatus {
    OperationStatus {
        phase,
        reason: Some(reason.to_owned()),
        message: Some(format!("because {reason}")),
        started_at: began.map(Time),
        finished_at: phase.is_final().then_some(Time(end)),
        ..OperationStatus::default()
    }
}

/// A process.
pub fn driver(id: &str) -> Driver {
    Driver {
        id: id.to_owned(),
        user: format!("user of {id}"),
        ..Driver::default()
    }
}
