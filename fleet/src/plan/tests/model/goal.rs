//! The end: what must be true when the misfortunes have stopped and time has passed.

use std::time::Duration;

use pg_core::postgresql::status::{Health, condition};

use super::{
    api::{KINDS, Kind},
    cluster::{NODES, Truth},
    controller::Controller,
    members::Process,
};
use crate::desired;

/// Within this time everything comes to its end: the longest patience (a member that is not back
/// within three minutes) for two operations in a row, and some.
pub const BOUND: Duration = Duration::from_secs(900);
/// Then nothing happens any more.
const PEACE: Duration = Duration::from_secs(60);

pub fn misfortunes_stop(truth: &mut Truth, controller: &mut Controller<'_>) {
    let now = truth.now;
    for member in &mut truth.patroni.members {
        for until in [
            &mut member.frozen_until,
            &mut member.cut_until,
            &mut member.lags_until,
            &mut member.unschedulable_until,
        ] {
            *until = now.min(*until);
        }
        // Somebody mends what nobody asked to be copied again.
        member.broken = false;
    }
    for kind in KINDS {
        truth.api.late(kind, now);
    }
    truth.cordoned_until = [now; NODES];
    (truth.refuses_until, truth.loses_until, truth.no_login_until) = (now, now, now);
    controller.dies = 0;
}

pub fn judge(truth: &mut Truth, controller: &mut Controller<'_>) {
    let effects = controller.effects;
    super::pass(truth, controller, PEACE);
    if controller.effects != effects {
        truth.violate(format!("{} effects in peace", controller.effects - effects));
    }
    for name in truth.api.names(Kind::Operation) {
        let status = truth.operation(&name).and_then(|guarded| {
            let operation = guarded.object.as_ref().ok()?;
            operation.status.clone()
        });
        if !status
            .as_ref()
            .is_some_and(|status| status.phase.is_final())
        {
            truth.violate(format!("{name} has no end: {status:?}"));
        }
    }
    match truth.manifest().cloned() {
        None if truth.is_recorded() => truth.violate("the deletion has no end"),
        // Nobody who lived on has seen it.
        None if truth.deleted.is_some() && !truth.recorded => {}
        None => judge_absence(truth),
        Some(manifest) if manifest.metadata.deletion_timestamp.is_some() => {
            truth.violate("the deletion has no end");
        }
        Some(manifest) => judge_presence(truth, &manifest),
    }
}

fn judge_absence(truth: &mut Truth) {
    let mut kinds = vec![Kind::Pod, Kind::StatefulSet, Kind::Service, Kind::Patroni];
    kinds.extend(truth.data_goes.then_some(Kind::Claim));
    for kind in kinds {
        let left = truth.api.names(kind);
        if !left.is_empty() {
            truth.violate(format!("left of a deleted cluster: {left:?}"));
        }
    }
}

fn judge_presence(truth: &mut Truth, manifest: &pg_core::postgresql::Postgresql) {
    let wanted = i64::from(desired::replicas(manifest, &truth.configuration));
    let present = truth.set().map(|(_, replicas)| replicas);
    if present != Some(wanted) {
        truth.violate(format!("{present:?} members, {wanted} wanted"));
    }
    if truth.api.get(Kind::Service, "db").is_none() {
        truth.violate("the Service has not come back");
    }
    if wanted > 0 {
        truth.judge_rollout(manifest);
    }
    let count = usize::try_from(wanted).unwrap_or(0);
    let primary = truth.patroni.primary(truth.now);
    let serve = (0..count)
        .filter(|o| primary == Some(*o) || truth.patroni.follows(*o, truth.now))
        .count();
    let status = manifest.status.clone().unwrap_or_default();
    let ready = status
        .conditions
        .iter()
        .find(|c| c.type_ == condition::READY);
    let said = (
        &*status.postgres_cluster_status,
        status.health,
        ready.map(|ready| &*ready.status),
    );
    let word = if wanted == 0 {
        Health::Down
    } else {
        Health::Healthy
    };
    if serve != count {
        let processes: Vec<Process> = truth
            .patroni
            .members
            .iter()
            .map(|member| member.process)
            .collect();
        truth.violate(format!("{serve} of {wanted} serve: {processes:?} {said:?}"));
    } else if said != ("Running", Some(word), Some("True")) {
        truth.violate(format!(
            "all is well, but the status says {said:?} {ready:?}"
        ));
    }
    if let Some(primary) = primary
        && truth.patroni.synchronous
        && truth.patroni.members[primary].rows < truth.patroni.acknowledged
    {
        truth.violate("acknowledged rows are lost");
    }
    let name = primary.and_then(|primary| i32::try_from(primary).ok());
    let name = name.map(crate::plan::tests::cluster::member);
    if count > 0 && status.primary != name {
        truth.violate(format!(
            "{name:?} is primary, the status says {:?}",
            status.primary
        ));
    }
    if status.observed_generation != manifest.metadata.generation {
        truth.violate("the status speaks of an older manifest");
    }
    let databases = manifest.spec.databases.is_some();
    if databases && count > 0 && truth.roles.is_empty() {
        truth.violate("databases of the manifest are not there");
    }
}
