//! The status of a Postgres cluster, said from facts. Pure.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use pg_core::postgresql::status::{CurrentWork, Health, MemberStatus, PostgresqlStatus, condition};

use crate::{
    desired::{self, Inputs},
    observe::pod::Pod,
    plan::{
        self, View,
        action::Current,
        assess::Assessment,
        children::{self, is_settled, wanted_hash},
        claims, dynamic_config, roles, standby, work,
    },
};

/// A status that differs only in what changes by itself is not written more often than this.
const QUIET: Duration = Duration::from_secs(60);

/// A member that is there and has something to say has said it by then.
const FIRST_WORD: Duration = Duration::from_secs(3);

/// Whether a member is being asked for the first time, as all are by a controller that has just
/// started: what was said before stays until it has answered, or does not.
pub fn is_premature(view: &View<'_>) -> bool {
    let facts = view.facts;
    facts.pods.iter().any(|(name, pod)| {
        let asked = facts.asking.get(name);
        let awaited = asked.is_some_and(|at| view.now.age(*at) < FIRST_WORD);
        pod.is_running() && awaited && !facts.members.contains_key(name)
    })
}

/// What the status shall say now.
pub fn of(view: &View<'_>, assessment: &Assessment, current: Option<&Current>) -> PostgresqlStatus {
    let old = view.manifest.status.clone().unwrap_or_default();
    let roles_settled = !view.configuration.enable_database_access
        || view.manifest.spec.standby.is_some()
        || assessment.standby
        || assessment.wanted == 0
        || view.is_inspected(&roles::wish(view));
    let scaled = view.present_members() == Some(assessment.wanted)
        && view.facts.ordered_pods(&view.key.name).len()
            == usize::try_from(assessment.wanted).unwrap_or(0);
    let left = work::left(view, assessment);
    let in_order = assessment.is_settled() && roles_settled && scaled && left.is_none();
    let stopped = left.as_ref().is_some_and(|left| left.stopped);
    let trouble = view
        .facts
        .trouble()
        .filter(|(_, trouble)| trouble.times > 1);

    let problem = trouble
        .map(|(what, trouble)| format!("{what}: {}", trouble.message))
        .or_else(|| assessment.problem.clone())
        .or_else(|| left.as_ref().map(|left| left.message.clone()));
    let ready = in_order && trouble.is_none();
    let ever_ran = matches!(
        old.postgres_cluster_status.as_str(),
        "Running" | "Updating" | "UpdateFailed" | "SyncFailed"
    );
    let pods_run = view.facts.pods.values().all(Pod::is_running);
    // A restarted controller does not know since when; what it said before tells.
    let for_long = old.postgres_cluster_status == "SyncFailed"
        || view
            .unsettled_since
            .is_some_and(|since| view.now.age(since) > plan::CLOSELY);
    let word = match (ready, ever_ran, trouble.is_some() || stopped) {
        (true, ..) => "Running",
        (false, false, false) => "Creating",
        (false, false, true) => "CreateFailed",
        (false, true, true) => "UpdateFailed",
        (false, true, false) if current.is_some() || left.is_some() || !is_settled(view) => {
            "Updating"
        }
        (false, true, false) if for_long => "SyncFailed",
        (false, true, false) if !scaled || !pods_run => "Updating",
        // A member that does not serve for a moment is not an update; Zalando's word stays.
        (false, true, false) => "Running",
    };
    let mut conditions = vec![
        said(
            view,
            &old,
            condition::READY,
            ready,
            match assessment.reason {
                _ if ready => "AsWanted",
                "Healthy" | "NoMembers" => "OnTheWay",
                reason => reason,
            },
            problem.as_deref().filter(|_| !ready).unwrap_or(if ready {
                "all members serve and the manifest is carried out"
            } else {
                "on the way"
            }),
        ),
        said(
            view,
            &old,
            condition::PROGRESSING,
            current.is_some() || !(ready || ever_ran),
            match (current, &left) {
                (Some(_), _) => "Working",
                (None, Some(left)) => left.reason,
                (None, None) => "Idle",
            },
            &match (current, &left) {
                (Some(current), _) => format!("{}: {}", current.kind, current.step),
                (None, Some(left)) => left.message.clone(),
                (None, None) => String::new(),
            },
        ),
        said(
            view,
            &old,
            condition::DEGRADED,
            ever_ran && assessment.health != Health::Healthy && assessment.wanted > 0,
            assessment.reason,
            assessment.problem.as_deref().unwrap_or_default(),
        ),
    ];
    let known = |one: &Condition| one.type_ == condition::MAINTENANCE;
    if view.is_paused() || old.conditions.iter().any(known) {
        let (reason, message) = if view.is_paused() {
            (
                "Paused",
                "Patroni is paused: a primary that fails is replaced by nobody",
            )
        } else {
            ("Resumed", "")
        };
        let type_ = condition::MAINTENANCE;
        conditions.push(said(view, &old, type_, view.is_paused(), reason, message));
    }
    conditions.extend(of_source(view, assessment, &old));
    // What cannot be carried out, while the rest is.
    let objections = objections(view);
    if !objections.is_empty() {
        let message = objections.join("; ");
        conditions.push(said(
            view,
            &old,
            condition::INVALID,
            true,
            "NotPossible",
            &message,
        ));
    }
    conditions.extend(skipped(view, &old));
    let inputs = Inputs::plain(view.manifest, view.configuration);
    let notes = [
        (
            condition::ALTERED,
            "ByOthers",
            "not as they were applied, by a webhook or the API server: ",
            children::alterations(view).join(", "),
        ),
        (
            condition::NOT_YET,
            "Accepted",
            "accepted, and without effect here yet: ",
            desired::not_yet(&inputs, &view.facts.teams).join(", "),
        ),
        (
            condition::RESOURCE_LIMITS,
            "OutOfBounds",
            "by the operator's minimum and maximum: ",
            desired::out_of_bounds(&inputs).join(", "),
        ),
    ];
    for (type_, reason, what, which) in notes {
        if !which.is_empty() {
            let message = format!("{what}{which}");
            conditions.push(said(view, &old, type_, true, reason, &message));
        }
    }
    let hash = wanted_hash(view);
    PostgresqlStatus {
        postgres_cluster_status: word.to_owned(),
        observed_generation: view.manifest.metadata.generation,
        conditions,
        members: assessment.members.clone(),
        ready: Some(format!(
            "{}/{}",
            assessment.serving.len(),
            assessment.wanted
        )),
        primary: assessment.primary.clone().or_else(|| {
            // The last known primary is worth more than a blank, unless there is to be none.
            old.primary.clone().filter(|_| assessment.wanted > 0)
        }),
        timeline: assessment.timeline.or(old.timeline),
        system_identifier: system_identifier(view).or(old.system_identifier.clone()),
        // Nothing that is seen of it tells: who writes it does.
        cluster_uid: old.cluster_uid.clone(),
        running_version: assessment
            .server_version
            .map(version)
            .or(old.running_version.clone()),
        health: Some(assessment.health),
        lag_bytes: assessment.lag.map(coarse),
        last_backup: old.last_backup.clone(),
        settled: if in_order && view.facts.troubles.is_empty() {
            Some(hash)
        } else {
            old.settled.clone()
        },
        dynamic_configuration: dynamic_config::record(view),
        inspected_at: inspected_at(view, &old),
        source: standby::wanted(view).or(old.source.clone()),
        current: current.map(|current| CurrentWork {
            kind: current.kind.clone(),
            reason: current.reason.clone(),
            step: current.step.clone(),
            since: old
                .current
                .as_ref()
                .filter(|old| old.kind == current.kind && old.reason == current.reason)
                .map_or(Time(view.now.wall), |old| old.since.clone()),
        }),
    }
}

/// Whom a standby cluster follows, and whether one that was promoted has left a primary behind.
fn of_source(view: &View<'_>, assessment: &Assessment, old: &PostgresqlStatus) -> Vec<Condition> {
    let before = |type_: &str| old.conditions.iter().find(|one| one.type_ == type_);
    let mut conditions = Vec::new();
    let source = standby::wanted(view).or(old.source.clone());
    let source = source.map_or_else(|| "an archive".to_owned(), |source| source.to_string());
    if assessment.standby || standby::is_one(view) || before(condition::STANDBY).is_some() {
        let follows = assessment.standby && assessment.reason != "NotFollowing";
        let (is, reason, message) = match (standby::is_one(view), follows) {
            (true, true) => (true, "Following", format!("follows {source}")),
            (true, false) => (
                true,
                "NotFollowing",
                format!("receives nothing from {source}"),
            ),
            (false, _) => (false, "Promoted", format!("followed {source}")),
        };
        conditions.push(said(view, old, condition::STANDBY, is, reason, &message));
    }
    let type_ = condition::SOURCE_STILL_PRIMARY;
    let still = standby::is_still_primary(view).filter(|_| !standby::is_one(view));
    match (still, before(type_)) {
        (Some(true), _) => conditions.push(said(
            view,
            old,
            type_,
            true,
            "TwoPrimaries",
            &format!("{source}, which this cluster followed, still answers as a primary: stop it, or rows are written to both"),
        )),
        (Some(false), _) => conditions.push(said(view, old, type_, false, "NotPrimary", "")),
        (None, Some(before)) if view.manifest.spec.standby.is_none() => {
            conditions.push(before.clone());
        }
        (None, _) => {}
    }
    conditions
}

/// As Patroni notes it, from the first start on.
fn system_identifier(view: &View<'_>) -> Option<String> {
    let noted = view.facts.config.as_ref()?.initialize.as_ref()?;
    (!noted.is_empty()).then(|| noted.clone())
}

fn objections(view: &View<'_>) -> Vec<String> {
    let inputs = Inputs::plain(view.manifest, view.configuration);
    let objections = desired::objections(&inputs).into_iter();
    let mut objections: Vec<String> = objections.map(|error| error.to_string()).collect();
    objections.extend(claims::objection(view));
    objections.extend(standby::objection(view));
    objections
}

/// What was passed over when the database was last looked into. A restarted controller that does
/// not look again says what was said.
fn skipped(view: &View<'_>, old: &PostgresqlStatus) -> Option<Condition> {
    let type_ = condition::SKIPPED;
    let answer = view.facts.sql.as_ref();
    match answer.and_then(|answer| answer.result.as_ref().ok()) {
        Some(sql) if sql.skipped.is_empty() => None,
        Some(sql) => Some(said(
            view,
            old,
            type_,
            true,
            "NoOwner",
            &sql.skipped.join("; "),
        )),
        None => old
            .conditions
            .iter()
            .find(|one| one.type_ == type_)
            .cloned(),
    }
}

fn inspected_at(view: &View<'_>, old: &PostgresqlStatus) -> Option<Time> {
    let answer = view.facts.sql.as_ref().filter(|answer| {
        answer
            .result
            .as_ref()
            .is_ok_and(|sql| sql.settled.is_some())
    });
    let at = answer.map(|answer| {
        let age = i64::try_from(view.now.age(answer.at).as_secs()).unwrap_or(0);
        Time(view.now.wall - k8s_openapi::jiff::SignedDuration::from_secs(age))
    });
    match (at, &old.inspected_at) {
        // The same inspection seen again: seconds of rounding are no news.
        (Some(at), Some(old)) if at.0.duration_since(old.0).as_secs().abs() < 60 => {
            Some(old.clone())
        }
        (Some(at), _) => Some(at),
        (None, old) => old.clone(),
    }
}

/// Whether the new status is to be written: at once when a role, a state, a condition or the
/// generation changed, else at most once a minute.
pub fn is_due(
    old: Option<&PostgresqlStatus>,
    new: &PostgresqlStatus,
    since_last: Option<Duration>,
) -> bool {
    let Some(old) = old else { return true };
    if old == new {
        return false;
    }
    let urgent = |status: &PostgresqlStatus| PostgresqlStatus {
        lag_bytes: None,
        inspected_at: None,
        members: status
            .members
            .iter()
            .map(|member| MemberStatus {
                pending_restart: false,
                ..member.clone()
            })
            .collect(),
        ..status.clone()
    };
    urgent(old) != urgent(new) || since_last.is_none_or(|since| since >= QUIET)
}

/// A status with the word that the manifest cannot be carried out. What runs goes on running.
pub fn invalid(view: &View<'_>, mut status: PostgresqlStatus, message: &str) -> PostgresqlStatus {
    let old = view.manifest.status.clone().unwrap_or_default();
    status.postgres_cluster_status = "Invalid".to_owned();
    status.observed_generation = view.manifest.metadata.generation;
    // Nothing was compared with what is wanted, because nobody knows what that is.
    status.settled.clone_from(&old.settled);
    status.inspected_at.clone_from(&old.inspected_at);
    status
        .conditions
        .retain(|condition| condition.type_ != condition::READY);
    let ready = said(
        view,
        &old,
        condition::READY,
        false,
        "InvalidManifest",
        message,
    );
    status.conditions.insert(0, ready);
    status
}

/// What was said before, with the word that nothing can be seen or done any more where the cluster
/// is. What runs there goes on running.
pub fn not_permitted(view: &View<'_>, message: &str) -> PostgresqlStatus {
    let old = view.manifest.status.clone().unwrap_or_default();
    let word = match old.postgres_cluster_status.as_str() {
        "" | "Creating" | "CreateFailed" => "CreateFailed",
        _ => "SyncFailed",
    };
    let type_ = condition::NOT_PERMITTED;
    let mut conditions = vec![
        said(view, &old, condition::READY, false, type_, message),
        said(view, &old, type_, true, "RightsMissing", message),
    ];
    let is_kept = |one: &&Condition| conditions.iter().all(|new| new.type_ != one.type_);
    let kept: Vec<Condition> = old.conditions.iter().filter(is_kept).cloned().collect();
    conditions.extend(kept);
    PostgresqlStatus {
        postgres_cluster_status: word.to_owned(),
        observed_generation: view.manifest.metadata.generation,
        health: Some(Health::Unknown),
        conditions,
        ..old
    }
}

/// The merge patch from one status to the next: what is no longer said is taken out.
pub fn patch(old: Option<&PostgresqlStatus>, new: &PostgresqlStatus) -> serde_json::Value {
    let tree = |status: &PostgresqlStatus| serde_json::to_value(status).unwrap_or_default();
    let mut patch = tree(new);
    if let (Some(serde_json::Value::Object(old)), Some(patch)) =
        (old.map(tree), patch.as_object_mut())
    {
        for key in old.keys() {
            patch.entry(key).or_insert(serde_json::Value::Null);
        }
    }
    patch
}

fn said(
    view: &View<'_>,
    old: &PostgresqlStatus,
    type_: &str,
    is: bool,
    reason: &str,
    message: &str,
) -> Condition {
    let status = if is { "True" } else { "False" };
    let before = old
        .conditions
        .iter()
        .find(|condition| condition.type_ == type_);
    Condition {
        type_: type_.to_owned(),
        status: status.to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
        observed_generation: view.manifest.metadata.generation,
        last_transition_time: before
            .filter(|before| before.status == status)
            .map_or(Time(view.now.wall), |before| {
                before.last_transition_time.clone()
            }),
    }
}

/// `170004` → `17.4`.
fn version(number: i64) -> String {
    format!("{}.{}", number / 10_000, number % 10_000)
}

/// Lag in coarse steps, so that it does not change all the time: 0, then powers of 16 from 64 kB.
fn coarse(bytes: i64) -> i64 {
    if bytes < 0x1_0000 {
        return 0;
    }
    let mut step = 0x1_0000;
    while bytes >= step * 16 {
        step *= 16;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!(version(170_004), "17.4");
        assert_eq!(version(150_018), "15.18");
        assert_eq!(
            [0, 65_535, 65_536, 1 << 20, 20 << 20].map(coarse),
            [0, 0, 65_536, 1 << 20, 16 << 20]
        );
    }

    #[test]
    fn lag_alone_waits_a_minute() {
        let old = PostgresqlStatus::default();
        let lagging = PostgresqlStatus {
            lag_bytes: Some(65_536),
            ..PostgresqlStatus::default()
        };
        assert!(is_due(None, &old, None));
        assert!(!is_due(Some(&old), &old, Some(Duration::from_secs(999))));
        assert!(!is_due(Some(&old), &lagging, Some(Duration::from_secs(5))));
        assert!(is_due(Some(&old), &lagging, Some(QUIET)));
        let down = PostgresqlStatus {
            health: Some(Health::Down),
            ..PostgresqlStatus::default()
        };
        assert!(is_due(Some(&old), &down, Some(Duration::ZERO)));
    }
}
