//! Operations that ended long ago are taken away; the newest stays, as what was done last, and so
//! do those of a rollout that has not ended: whoever drives it counts on them.

use k8s_openapi::jiff::SignedDuration;

use super::{View, action::Action};

/// How long an operation can be looked up after its end.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// One operation to take away, if there is one.
pub fn next(view: &View<'_>) -> Option<Action> {
    let mut ended: Vec<_> = view
        .facts
        .operations
        .iter()
        .filter_map(|(name, guarded)| {
            let operation = guarded.object.as_ref().ok()?;
            let needed = operation.spec.rollout.as_ref().is_some_and(|of| {
                let mut open = view.facts.rollouts.iter();
                open.any(|slice| slice.metadata.name.as_ref() == Some(&of.id))
            });
            let status = operation.status.as_ref().filter(|_| !needed)?;
            let at = status
                .finished_at
                .as_ref()
                .filter(|_| status.phase.is_final())?;
            Some((at.0, name, &guarded.metadata.uid))
        })
        .collect();
    ended.sort();
    let (_newest, older) = ended.split_last()?;
    let (at, name, uid) = older.first()?;
    (view.now.wall.duration_since(*at) > KEPT).then(|| Action::Delete {
        kind: "Operation",
        name: (*name).clone(),
        uid: (*uid).clone(),
        orphan: false,
    })
}
