//! The slices of a rollout that a person's word is for: found, allowed, written.

use std::collections::BTreeSet;

use kube::ResourceExt;
use pg_core::rollout::{Control, Participant, Rollout, excluded};

use super::{
    site::{Found, Site, find},
    start::{may_act, on_slices},
};
use crate::{
    commands::change::first_of,
    connect::Dated,
    error::{Error, Kind, Result},
    fanout,
    preflight::{rights, who},
    session::{Ridden, Session},
};

/// The slices of one rollout in the chosen contexts; there is at least one.
pub async fn of(session: &Session, id: &str) -> Result<Found> {
    let found = find(session, Some(id)).await?;
    if found.slices.is_empty() {
        first_of(session, found.errors)?;
        return Err(
            Error::new(Kind::NotFound, format!("there is no rollout {id}"))
                .hint("kubectl pg rollout list --all-contexts"),
        );
    }
    let hash = |slice: &Dated<Rollout>| slice.body.spec.plan.plan_hash.clone();
    let first = found.slices.first().map(|(_, slice)| hash(slice));
    if found
        .slices
        .iter()
        .any(|(_, slice)| Some(hash(slice)) != first)
    {
        let what = format!("there are two rollouts {id}, with different plans");
        return Err(Error::new(Kind::Refused, what).hint("choose the contexts of one of them"));
    }
    let over = found.slices.iter().map(|(context, slice)| {
        let namespace = slice.body.metadata.namespace.as_deref();
        (&**context, namespace.unwrap_or_default())
    });
    session.goes_over(Ridden::new(over));
    Ok(found)
}

pub fn sites(found: &Found) -> Vec<Site> {
    let all = found.slices.iter();
    all.map(|(context, slice)| Site::of(context, &slice.body))
        .collect()
}

pub fn controls(found: &Found) -> Vec<Control> {
    let all = found.slices.iter();
    all.map(|(_, slice)| slice.body.spec.control.clone())
        .collect()
}

/// The same of those that were not given up; of all, where two gave up each other's side.
pub fn driven(found: &Found) -> Vec<Control> {
    let all = controls(found);
    let given_up = excluded(&all);
    let is_driven = |(site, _): &(Site, Control)| !given_up.contains(&site.cluster_uid);
    let own = sites(found).into_iter().zip(all.clone()).filter(is_driven);
    let own: Vec<Control> = own.map(|(_, control)| control).collect();
    match own.is_empty() {
        true => all,
        false => own,
    }
}

pub fn participants(found: &Found) -> &[Participant] {
    let first = found.slices.first();
    first.map_or(&[], |(_, slice)| {
        slice.body.spec.plan.participants.as_slice()
    })
}

/// Whether we may write into every slice, before the first one is written.
pub async fn may_write(found: &Found) -> Result<()> {
    may_each(found).await.into_iter().collect()
}

/// Whether we may write, slice by slice.
pub async fn may_each(found: &Found) -> Vec<Result<()>> {
    fanout::each(
        &found.slices,
        fanout::READS,
        |(context, slice)| async move {
            let namespace = slice.body.namespace().unwrap_or_default();
            let right = |verb| on_slices(verb, &namespace);
            rights(context, &[right("get"), right("patch")]).await
        },
        |_| (),
    )
    .await
}

/// Those slices for which it went well, where one is enough; why not stands with the other errors.
///
/// # Errors
/// It went well for none.
pub fn kept(session: &Session, found: Found, results: Vec<Result<()>>) -> Result<Found> {
    let Found {
        slices,
        mut errors,
        answered,
    } = found;
    let mut kept = Vec::new();
    let mut failed = Vec::new();
    for (slice, result) in slices.into_iter().zip(results) {
        match result {
            Ok(()) => kept.push(slice),
            Err(error) => failed.push(error),
        }
    }
    if kept.is_empty() {
        first_of(session, failed)?;
    } else {
        errors.extend(failed);
    }
    Ok(Found {
        slices: kept,
        errors,
        answered,
    })
}

/// Whether we may act on the targets where it was not given up.
pub async fn may_drive(found: &Found, given_up: &BTreeSet<String>) -> Result<()> {
    may_write(found).await?;
    for (context, slice) in &found.slices {
        let plan = &slice.body.spec.plan;
        if !given_up.contains(&plan.cluster_uid) {
            may_act(context, &plan.action, &plan.targets).await?;
        }
    }
    Ok(())
}

/// Writes into every slice.
pub async fn write_all(
    session: &Session,
    found: &Found,
    what: impl Fn(&Rollout, &str) -> Control,
) -> Result<()> {
    let results = write_each(session, found, what).await;
    first_of(
        session,
        results.into_iter().filter_map(Result::err).collect(),
    )
}

/// The same, slice by slice.
pub async fn write_each(
    session: &Session,
    found: &Found,
    what: impl Fn(&Rollout, &str) -> Control,
) -> Vec<Result<()>> {
    session.touch();
    let what = &what;
    fanout::each(
        sites(found),
        fanout::READS,
        |site| async move {
            let by = who(&site.context).await?;
            let changed = site.change(|slice| Ok(Some(what(slice, &by)))).await;
            changed.map(drop)
        },
        |_| (),
    )
    .await
}
