//! Volumes grow with the manifest, and never shrink: the claims are asked to, and new members begin
//! with the larger size. (The claim template cannot be changed in place; see `children.rs`.)

use std::cmp::Ordering;

use pg_core::configuration::StorageResizeMode;
use serde_json::Value;

use super::{View, action::Action};
use crate::desired::{self, ChildKind};

const SIZE: &str = "/spec/volumeClaimTemplates/0/spec/resources/requests/storage";

/// Claims that are to grow. Those of members that were given up as well: they may come back.
pub fn next(view: &View<'_>) -> Vec<Action> {
    if !resizes(view) {
        return Vec::new();
    }
    let wanted = &view.manifest.spec.volume.size;
    view.facts
        .claims
        .iter()
        .filter(|(_, claim)| {
            let size = claim.size.as_deref().filter(|_| !claim.deleting);
            size.and_then(|size| desired::compare_sizes(wanted, size)) == Some(Ordering::Greater)
        })
        .map(|(name, claim)| Action::GrowClaim {
            name: name.clone(),
            uid: claim.uid.clone(),
            size: wanted.clone(),
        })
        .collect()
}

/// Why the volumes do not get the size that the manifest asks for.
pub fn objection(view: &View<'_>) -> Option<String> {
    let wanted = &view.manifest.spec.volume.size;
    let is = |claim: &str, order| desired::compare_sizes(wanted, claim) == Some(order);
    let mut sizes = view
        .facts
        .claims
        .values()
        .filter_map(|claim| claim.size.as_deref());
    if let Some(larger) = sizes.clone().find(|size| is(size, Ordering::Less)) {
        return Some(format!(
            "spec.volume.size: {wanted} is less than the {larger} that a volume has, and volumes do not shrink"
        ));
    }
    let smaller = sizes.find(|size| is(size, Ordering::Greater))?;
    (!resizes(view)).then(|| {
        format!("spec.volume.size: volumes of {smaller} do not grow to {wanted}, because storage_resize_mode is off or leaves it to others")
    })
}

/// A StatefulSet whose claim template is not smaller than the one that is there.
pub fn never_smaller(view: &View<'_>, body: &mut Value) {
    let id = (ChildKind::StatefulSet.kind(), view.key.name.clone());
    let live = view.facts.children.get(&id).map(|set| set.value());
    let size = |body: &Value| {
        body.pointer(SIZE)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let (Some(wanted), Some(there)) = (size(body), live.as_ref().and_then(size)) else {
        return;
    };
    if desired::compare_sizes(&wanted, &there) == Some(Ordering::Less)
        && let Some(place) = body.pointer_mut(SIZE)
    {
        *place = there.into();
    }
}

fn resizes(view: &View<'_>) -> bool {
    matches!(
        view.configuration.storage_resize_mode,
        StorageResizeMode::Pvc | StorageResizeMode::Mixed
    )
}
