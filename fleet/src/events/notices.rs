//! Which Events there are, with the reasons of Zalando's operator where it has one for the same
//! (reference/zalando.md §3.13): scripts wait for these words.

use k8s_openapi::api::core::v1::ObjectReference;
use pg_core::{
    operation::{Action as Asked, Operation, OperationStatus, Phase},
    postgresql::status::{CurrentWork, HIBERNATED, Health, PostgresqlStatus, condition},
};

use super::Notice;
use crate::{
    desired::{Child, ChildKind},
    observe::facts::Facts,
    plan::action::Action,
};

const CREATE: &str = "Create";
const UPDATE: &str = "Update";
const SYNC: &str = "Sync";
const DELETE: &str = "Delete";
const SWITCHOVER: &str = "Switchover";
const MAJOR_UPGRADE: &str = "Major Version Upgrade";

/// What two statuses in a row tell.
pub fn between(old: Option<&PostgresqlStatus>, new: &PostgresqlStatus) -> Vec<Notice> {
    let mut notices = of_life(old, new);
    let said = |status: &PostgresqlStatus| {
        let mut all = status.conditions.iter();
        all.find(|one| one.type_ == condition::RESOURCE_LIMITS)
            .map(|one| one.message.clone())
    };
    if let Some(note) = said(new)
        && old.and_then(said).as_ref() != Some(&note)
    {
        notices.push(Notice::warning("ResourceLimits", note));
    }
    notices
}

fn of_life(old: Option<&PostgresqlStatus>, new: &PostgresqlStatus) -> Vec<Notice> {
    let mut notices = Vec::new();
    let Some(old) = old.filter(|old| !old.postgres_cluster_status.is_empty()) else {
        return vec![Notice::news(CREATE, "the cluster is being created")];
    };
    notices.extend(of_work(old.current.as_ref(), new.current.as_ref()));
    if let (Some(before), Some(now)) = (&old.primary, &new.primary)
        && before != now
    {
        if old.current.as_ref().is_some_and(is_of_the_manifest) {
            notices.push(Notice::news(
                SWITCHOVER,
                format!("{now} leads after {before}"),
            ));
        }
        notices.push(Notice::news(
            "PrimaryChanged",
            format!(
                "{now} is primary on timeline {}; it was {before}",
                new.timeline.unwrap_or_default()
            ),
        ));
    }
    if old.health != new.health {
        let message = new
            .conditions
            .iter()
            .find(|condition| condition.type_ == "Ready")
            .map(|condition| condition.message.clone())
            .unwrap_or_default();
        match new.health {
            _ if new.is_hibernated() => {
                notices.push(Notice::news(HIBERNATED, "no member is wanted"));
            }
            Some(Health::Healthy) => notices.push(Notice::news("Healthy", "all members serve")),
            Some(health) if old.health == Some(Health::Healthy) || health == Health::Down => {
                notices.push(Notice {
                    warning: old.health.is_some(),
                    ..Notice::news("Unhealthy", format!("{health}: {message}"))
                });
            }
            _ => {}
        }
    }
    let (before, now) = (&*old.postgres_cluster_status, &*new.postgres_cluster_status);
    if before != now {
        notices.extend(of_words(before, now, new));
    }
    notices
}

/// Whether it is work that nobody asked for by an operation, which tells of itself.
fn is_of_the_manifest(work: &CurrentWork) -> bool {
    work.reason == "manifest" || work.kind == "drain"
}

fn of_work(old: Option<&CurrentWork>, new: Option<&CurrentWork>) -> Option<Notice> {
    let new = new.filter(|new| is_of_the_manifest(new))?;
    let before = old.filter(|old| old.kind == new.kind);
    let hands_over = |work: &CurrentWork| work.step.starts_with("switch over from ");
    if hands_over(new) && !before.is_some_and(hands_over) {
        return Some(Notice::news(SWITCHOVER, new.step.clone()));
    }
    let begins = before.is_none() && new.kind == "rolling update";
    begins.then(|| Notice::news(UPDATE, format!("rolling update: {}", new.step)))
}

/// What the word of the status tells when it is another.
fn of_words(before: &str, now: &str, new: &PostgresqlStatus) -> Option<Notice> {
    let failed = match now {
        "CreateFailed" => CREATE,
        "UpdateFailed" => UPDATE,
        "SyncFailed" => SYNC,
        "Running" => {
            return match before {
                "Updating" | "UpdateFailed" => {
                    Some(Notice::news(UPDATE, "all is as the manifest says"))
                }
                "SyncFailed" => Some(Notice::news(SYNC, "all is as the manifest says again")),
                _ => None,
            };
        }
        _ => return None,
    };
    let why = new.conditions.first();
    let why = why.map(|condition| condition.message.clone());
    Some(Notice::warning(failed, why.unwrap_or_default()))
}

/// What an action tells that has come about, by what was known before; `in_order` = none of those
/// that came with it has failed.
pub fn of_action(action: &Action, facts: &Facts, in_order: bool) -> Vec<Notice> {
    match action {
        Action::Apply(child) => of_made(child, facts, in_order),
        Action::Delete {
            kind: "StatefulSet",
            orphan: false,
            ..
        } => vec![Notice::news(DELETE, "its objects are being deleted")],
        Action::WriteOperation { name, status, .. } => {
            let operation = facts.operations.get(name);
            let operation = operation.and_then(|one| one.object.as_ref().ok());
            let notice = operation.and_then(|operation| of_operation(operation, status));
            notice.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// An object that was not there before.
fn of_made(child: &Child, facts: &Facts, in_order: bool) -> Vec<Notice> {
    let (kind, name) = (child.kind.kind(), &child.name);
    if facts.children.contains_key(&(kind, name.clone())) {
        return Vec::new();
    }
    let made = |reason| Notice::news(reason, format!("{kind} {name} is made"));
    match child.kind {
        ChildKind::Endpoints => vec![made("Endpoints")],
        ChildKind::Service => vec![made("Services")],
        ChildKind::StatefulSet => {
            // They go before it.
            let secrets = Notice::news("Secrets", "the Secrets of its roles are there");
            let secrets = (in_order && facts.pods.is_empty()).then_some(secrets);
            secrets.into_iter().chain([made("StatefulSet")]).collect()
        }
        _ => Vec::new(),
    }
}

/// Where an operation begins or ends that Zalando's operator does as well.
fn of_operation(operation: &Operation, after: &OperationStatus) -> Option<Notice> {
    let reason = match &operation.spec.action {
        Asked::Switchover(_) | Asked::Failover(_) => SWITCHOVER,
        Asked::Upgrade(upgrade) if upgrade.to.is_some() && !upgrade.check => MAJOR_UPGRADE,
        _ => return None,
    };
    let before = operation.status.as_ref().map(|status| status.phase);
    let before = before.unwrap_or_default();
    let message = after.message.as_deref().unwrap_or_default();
    let verb = operation.spec.action.verb();
    let told = |how: &str| match message {
        "" => format!("{verb} {how}"),
        message => format!("{verb} {how}: {message}"),
    };
    let notice = match after.phase {
        Phase::Running if before != Phase::Running => Notice::news(reason, told("begins")),
        Phase::Succeeded if !before.is_final() => Notice::news(reason, told("is done")),
        phase if phase.is_final() && !before.is_final() => {
            Notice::warning(reason, told(&format!("has ended as {phase}")))
        }
        _ => return None,
    };
    let metadata = &operation.metadata;
    let related = ObjectReference {
        api_version: Some("pgfleet.io/v1alpha1".to_owned()),
        kind: Some("Operation".to_owned()),
        namespace: metadata.namespace.clone(),
        name: metadata.name.clone(),
        uid: metadata.uid.clone(),
        ..ObjectReference::default()
    };
    Some(Notice {
        related: Some(related),
        ..notice
    })
}

#[cfg(test)]
mod tests;
