//! What the controller of one Kubernetes cluster makes of the slices there: which of them have
//! their targets for themselves, how far each is, which operations are refused.

use std::collections::BTreeMap;

use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::Time,
    jiff::{SignedDuration, Timestamp},
};

use super::{
    plan::length,
    resource::{
        Claimed, Counts, Desired, MOST_SLICE_BYTES, Rollout, RolloutStatus, State, Target,
        TargetStatus,
    },
    target::{CHANGED, NOT_YET, of_operations, shortened, word},
};
use crate::operation::{Operation, OperationSpec};

/// A slice that nobody has driven by then holds nothing any more.
pub const NEVER_RAN: SignedDuration = SignedDuration::from_hours(1);
/// So long a slice is kept after its end.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// And at least so many of the newest.
pub const KEPT_AT_LEAST: usize = 20;
/// Reasons of this length together need no look at the size of all.
const ALWAYS_FITS: usize = 16 << 10;
/// Of a slice, what is beside its spec and its targets: metadata with managed fields, counts, and
/// what is still written into its control.
const AROUND: usize = 16 << 10;

fn created(slice: &Rollout) -> Option<Timestamp> {
    slice.metadata.creation_timestamp.as_ref().map(|at| at.0)
}

fn uid(slice: &Rollout) -> &str {
    slice.metadata.uid.as_deref().unwrap_or_default()
}

/// Whether nobody ever drove it, and it is too late for that.
pub fn is_expired(slice: &Rollout, now: Timestamp) -> bool {
    slice.spec.control.epoch == 0
        && created(slice).is_some_and(|at| now.duration_since(at) > NEVER_RAN)
}

/// Whether nothing more is to come of it.
pub fn is_over(slice: &Rollout) -> bool {
    let control = &slice.spec.control;
    let running = || {
        let status = slice.status.iter().flat_map(|status| &status.targets);
        status.into_iter().any(|one| one.state == State::Running)
    };
    control.finished_at.is_some() || (control.desired == Desired::Abort && !running())
}

/// Which slices have all their targets for themselves, by uid of the slice. Whoever has them keeps
/// them; else the older one gets them.
pub fn claims<'a>(
    slices: impl IntoIterator<Item = &'a Rollout>,
    now: Timestamp,
) -> BTreeMap<String, Claimed> {
    let mut all: Vec<&Rollout> = slices.into_iter().collect();
    let holds = |slice: &Rollout| {
        let claimed = slice.status.as_ref().and_then(|it| it.claimed.as_ref());
        claimed.is_some_and(|claimed| claimed.held)
    };
    all.sort_by_key(|slice| (!holds(slice), created(slice), uid(slice).to_owned()));
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    let mut claims = BTreeMap::new();
    for slice in all {
        let name = slice.metadata.name.as_deref().unwrap_or_default();
        let targets = &slice.spec.plan.targets;
        let taken: Vec<(&Target, &str)> = targets
            .iter()
            .filter_map(|target| Some((target, *owners.get(target.uid.as_str())?)))
            .collect();
        let claimed = match taken.first() {
            _ if is_over(slice) => continue,
            _ if is_expired(slice, now) => Claimed {
                held: false,
                ..Claimed::default()
            },
            None => {
                owners.extend(targets.iter().map(|target| (target.uid.as_str(), name)));
                Claimed {
                    held: true,
                    ..Claimed::default()
                }
            }
            Some((_, by)) => Claimed {
                held: false,
                by: Some((*by).to_owned()),
                targets: taken
                    .iter()
                    .take(5)
                    .map(|(target, _)| format!("{}/{}", target.namespace, target.name))
                    .collect(),
            },
        };
        claims.insert(uid(slice).to_owned(), claimed);
    }
    claims
}

/// What is seen of a target.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Sight {
    /// It is not there any more.
    Gone,
    /// It is there.
    There {
        /// Generation of its manifest.
        generation: i64,
        /// Since when it has been as its manifest says, and all members serve.
        healthy_since: Option<Timestamp>,
        /// Where the manifest no longer says what the rollout wrote into it: who changed it, as
        /// far as that is known.
        reverted: Option<String>,
    },
}

/// How far a slice is.
pub fn status(
    slice: &Rollout,
    claimed: Option<Claimed>,
    operations: &[&Operation],
    sight: &dyn Fn(&Target) -> Sight,
    now: Timestamp,
) -> RolloutStatus {
    let control = &slice.spec.control;
    let targets: Vec<TargetStatus> = slice
        .spec
        .plan
        .targets
        .iter()
        .map(|target| {
            let found = of_operations(target, control, operations.iter().copied());
            judged(target, found, sight(target), retries(slice, target))
        })
        .collect();
    let targets = within(slice, targets);
    let before = slice.status.as_ref();
    let mut status = RolloutStatus {
        claimed: claimed.or_else(|| before.and_then(|status| status.claimed.clone())),
        counts: Counts::of(targets.iter().map(|target| target.state)),
        targets,
        fenced_epoch: control.epoch,
        ended_at: None,
    };
    let ended = is_over(&Rollout {
        status: Some(status.clone()),
        ..slice.clone()
    });
    // What was left out or was late may go on behind the end: how it ends is told as well.
    if ended && status.counts.running == 0 {
        let known = before.and_then(|status| status.ended_at.clone());
        status.ended_at = known.or(Some(Time(now)));
    }
    status
}

/// The same with reasons so short that the slice does not grow too large: they stand in full in
/// their operations.
fn within(slice: &Rollout, mut targets: Vec<TargetStatus>) -> Vec<TargetStatus> {
    let reason = |one: &TargetStatus| one.reason.as_ref().map_or(0, length);
    let all: usize = targets.iter().map(reason).sum();
    if all <= ALWAYS_FITS {
        return targets;
    }
    let spec = length(&slice.spec);
    let bare = length(&targets).saturating_sub(all);
    let room = MOST_SLICE_BYTES.saturating_sub(spec + bare + AROUND);
    if all <= room {
        return targets;
    }
    let most = room
        / targets
            .iter()
            .filter(|one| one.reason.is_some())
            .count()
            .max(1);
    for one in &mut targets {
        if reason(one) > most {
            one.reason = one.reason.take().and_then(|it| clipped(&it, most));
        }
    }
    targets
}

/// As much of a text as fits, as JSON, into so many bytes.
fn clipped(text: &str, most: usize) -> Option<String> {
    let mut kept = String::new();
    let mut left = most.checked_sub("\"…\"".len())?;
    for sign in text.chars() {
        let bytes = length(&sign).saturating_sub(2);
        left = match left.checked_sub(bytes) {
            Some(left) => left,
            None => break,
        };
        kept.push(sign);
    }
    Some(format!("{kept}…"))
}

/// What is seen of a target goes before what its operations told.
fn judged(target: &Target, mut found: TargetStatus, sight: Sight, retries: u32) -> TargetStatus {
    let skipped = |mut found: TargetStatus, why: String| {
        found.state = State::Skipped;
        found.reason = Some(shortened(&why));
        found
    };
    match (found.state, sight) {
        (State::Pending | State::Succeeded, Sight::Gone) => {
            skipped(found, "it was deleted".to_owned())
        }
        (State::Pending, Sight::There { generation, .. })
            if generation != target.generation && retries == 0 =>
        {
            skipped(found, changed(target, generation))
        }
        (
            State::Succeeded,
            Sight::There {
                reverted: Some(_), ..
            },
        ) if retries >= found.attempt => {
            found.state = State::Pending;
            found
        }
        (
            State::Succeeded,
            Sight::There {
                reverted: Some(by), ..
            },
        ) => {
            let by = match by.as_str() {
                "" => String::new(),
                by => format!(" by {by}"),
            };
            let why = format!("reverted{by}: the manifest says something else again");
            found.state = State::Failed;
            found.reason = Some(shortened(&why));
            found
        }
        (State::Succeeded, Sight::There { healthy_since, .. }) => {
            let since = healthy_since.zip(found.finished_at.as_ref());
            found.healthy_since = since.map(|(since, end)| Time(since.max(end.0)));
            found
        }
        _ => found,
    }
}

fn retries(slice: &Rollout, target: &Target) -> u32 {
    let words = slice.spec.control.words.iter();
    let mut own = words.filter(|word| word.uid == target.uid && !word.skip);
    own.next().map_or(0, |word| word.retry)
}

fn changed(target: &Target, generation: i64) -> String {
    format!(
        "changed since the plan: generation {} then, {generation} now",
        target.generation
    )
}

/// Why an operation of a rollout may not start; the word for a program, and a sentence. `slice` was
/// read after the operation was seen: what a driver asks for that was overtaken never starts.
pub fn refusal(
    operation: &OperationSpec,
    slice: Option<&Rollout>,
    held: bool,
    generation: i64,
) -> Option<(&'static str, String)> {
    let asked = operation.rollout.as_ref()?;
    let Some(slice) = slice.filter(|slice| slice.metadata.name.as_deref() == Some(&asked.id))
    else {
        return Some(("RolloutGone", format!("there is no rollout {}", asked.id)));
    };
    let control = &slice.spec.control;
    let plan = &slice.spec.plan;
    let uid = &operation.target.uid;
    let Some(target) = plan.targets.iter().find(|one| one.uid == *uid) else {
        let why = format!(
            "{} is no target of rollout {}",
            operation.target.name, asked.id
        );
        return Some(("RolloutOther", why));
    };
    if plan.action != operation.action {
        let why = format!("rollout {} does something else", asked.id);
        return Some(("RolloutOther", why));
    }
    let not_yet = if asked.epoch != control.epoch {
        format!(
            "asked for under epoch {}, the rollout is driven under epoch {}",
            asked.epoch, control.epoch
        )
    } else if control.desired != Desired::Run {
        format!("the rollout is to {}", control.desired)
    } else if target.wave > control.wave || asked.wave != target.wave {
        format!(
            "it is in wave {}, and wave {} is the newest that was opened",
            target.wave, control.wave
        )
    } else if let Some(word) = word(control, target).filter(|word| word.skip) {
        format!("{} left it out", word.by)
    } else if !held {
        "another rollout has this target".to_owned()
    } else if generation != target.generation && retries(slice, target) == 0 {
        return Some((CHANGED, changed(target, generation)));
    } else {
        return None;
    };
    Some((NOT_YET, not_yet))
}

/// The rollout that has a target for itself.
pub fn holder<'a>(slices: impl IntoIterator<Item = &'a Rollout>, uid: &str) -> Option<&'a Rollout> {
    slices.into_iter().find(|slice| {
        let claimed = slice.status.as_ref().and_then(|it| it.claimed.as_ref());
        claimed.is_some_and(|claimed| claimed.held)
            && !is_over(slice)
            && slice.spec.plan.targets.iter().any(|one| one.uid == uid)
    })
}

/// Slices that are no longer kept: those that never ran, and old ones.
pub fn to_collect<'a>(
    slices: impl IntoIterator<Item = &'a Rollout>,
    now: Timestamp,
) -> Vec<&'a Rollout> {
    let mut ended = Vec::new();
    let mut gone = Vec::new();
    for slice in slices {
        let end = slice.status.as_ref().and_then(|it| it.ended_at.as_ref());
        match end {
            _ if is_expired(slice, now) => gone.push(slice),
            Some(end) => ended.push((end.0, uid(slice), slice)),
            None => {}
        }
    }
    ended.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)));
    let old = ended.into_iter().skip(KEPT_AT_LEAST);
    gone.extend(
        old.filter(|(end, ..)| now.duration_since(*end) > KEPT)
            .map(|(.., slice)| slice),
    );
    gone
}
