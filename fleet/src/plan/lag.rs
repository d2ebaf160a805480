//! What replicas lack, as the primary says it in one query of `pg_stat_replication`: the figure on
//! which something is decided that may harm. What members say of themselves is of different
//! moments, and counts only where the primary cannot be asked (safety.md §2).

use std::time::Duration;

use pg_core::patroni::{ClusterConfig, MemberAnswer};

use super::{
    View,
    action::Action,
    assess::{Assessment, LIVE_ENOUGH},
};
use crate::observe::facts::Replication;

/// So long it stays known that the primary did not tell.
const NO_ANSWER: Duration = Duration::from_secs(10);

/// Asks the primary, where there is one that was not asked just now.
pub fn question(view: &View<'_>, assessment: &Assessment) -> Option<Action> {
    let primary = assessment.primary.as_ref()?;
    told(view, primary)
        .is_none()
        .then(|| Action::AskReplication(primary.clone()))
}

/// What a replica lacks; `None` when nobody can tell.
pub fn of(view: &View<'_>, assessment: &Assessment, member: &str) -> Option<i64> {
    let primary = assessment.primary.as_deref()?;
    if !view.configuration.enable_database_access {
        return apart(view, primary, member);
    }
    told(view, primary)??.lacks.get(member).copied()
}

/// Whether a replica that follows has all but the little that Patroni lets a candidate lack
/// (`maximum_lag_on_failover`). One of a primary that was not asked yet is taken for one:
/// [`question`] comes before the act.
pub fn is_close(view: &View<'_>, assessment: &Assessment, member: &str) -> bool {
    let Some(primary) = assessment.primary.as_deref() else {
        return true;
    };
    let config = view.facts.config.as_ref();
    let limit = config.map_or(ClusterConfig::MAXIMUM_LAG, ClusterConfig::maximum_lag);
    let Some(told) = told(view, primary) else {
        return true;
    };
    // One that does not stream from the primary may follow by the archive.
    told.and_then(|told| told.lacks.get(member).copied())
        .or_else(|| apart(view, primary, member))
        .is_none_or(|lacks| lacks <= limit)
}

/// What this primary told, `Some(None)` when it did not, and `None` when it has to be asked.
fn told<'a>(view: &'a View<'_>, primary: &str) -> Option<Option<&'a Replication>> {
    if !view.configuration.enable_database_access {
        return Some(None);
    }
    let answer = view.facts.replication.as_ref()?;
    let (told, limit) = match &answer.result {
        Ok(told) if told.primary == primary => (Some(told), LIVE_ENOUGH),
        Ok(_) => return None,
        // It took its time, and is no better when asked again.
        Err(_) => (None, NO_ANSWER),
    };
    (view.now.age(answer.at) <= limit).then_some(told)
}

/// From what the two say of themselves, up to some moments apart.
fn apart(view: &View<'_>, primary: &str, member: &str) -> Option<i64> {
    let position = |member: &str| {
        let answer = view.facts.answer(member)?.within(view.now, LIVE_ENOUGH)?;
        MemberAnswer::position(answer)
    };
    Some((position(primary)? - position(member)?).max(0))
}
