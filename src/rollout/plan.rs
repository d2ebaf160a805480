//! A whole plan: what `--plan FILE` writes and `rollout start FILE` carries out, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    resource::{Control, MOST_TARGETS, Participant, Rollout, RolloutSpec, SlicePlan, Target},
    strategy::Strategy,
    waves::{Candidate, cut},
};
use crate::{names, operation::Action};

/// Largest slice as it is made, as JSON: what is said of its targets later needs as much again.
pub const MOST_BYTES: usize = 256 << 10;
/// Of a slice, what is beside its plan: names, hashes, an empty control.
const AROUND: usize = 1 << 10;

/// A whole plan.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Always `RolloutPlan`.
    pub kind: PlanKind,
    /// The rollout's id: the name of its slices.
    pub id: String,
    /// Hash of all that follows but what is said for people alone: effects, and what was left out.
    pub plan_hash: String,
    /// What is done to each target.
    pub action: Action,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The program that made it.
    pub created_by: String,
    /// In which manner.
    pub strategy: Strategy,
    /// By Kubernetes cluster, sorted by uid.
    pub slices: Vec<Slice>,
    /// What targets will suffer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// What was chosen and is not touched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// The kind of a file that holds a plan.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum PlanKind {
    /// The one there is.
    #[default]
    #[serde(rename = "pgfleet.io/v1alpha1/RolloutPlan")]
    V1,
}

/// The part of a plan in one Kubernetes cluster.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Slice {
    /// Its uid: of the namespace kube-system.
    #[serde(rename = "clusterUID")]
    pub cluster_uid: String,
    /// What the planner calls it.
    pub hint: String,
    /// Where the slice lies.
    pub namespace: String,
    /// User who asked, as this Kubernetes cluster knows them.
    pub requested_by: String,
    /// The targets.
    pub targets: Vec<Target>,
}

/// What some targets will suffer: said once for all that suffer the same.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Effect {
    /// What.
    pub effect: String,
    /// Their uids.
    pub targets: Vec<String>,
}

/// Something that was chosen and is not touched.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LeftOut {
    /// What, in full.
    pub target: String,
    /// Why.
    pub why: String,
}

/// A target before it has a place in a plan.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What matters for its wave.
    pub candidate: Candidate,
    /// The target; wave and order are still open.
    pub target: Target,
}

/// A Kubernetes cluster before it has a slice.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// What the planner calls it.
    pub hint: String,
    /// User who asked, as it knows them.
    pub requested_by: String,
    /// The namespace of its controller, which takes targets of several namespaces only from there;
    /// empty: it does not say.
    pub home: String,
}

impl Place {
    /// Where the slice lies: beside its targets where all are in one namespace, so that rights there
    /// suffice.
    fn namespace(&self, targets: &[Target]) -> String {
        let all: BTreeSet<&str> = targets.iter().map(|one| one.namespace.as_str()).collect();
        let namespace = match (all.first(), self.home.as_str()) {
            (Some(one), _) if all.len() == 1 => one,
            (_, "") => names::SYSTEM_NAMESPACE,
            (_, home) => home,
        };
        namespace.to_owned()
    }
}

/// Why there is no plan, or none that can be trusted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// Nothing to do.
    #[error("there is no target")]
    Empty,
    /// More than one slice can hold.
    #[error("{hint} has {count} targets; a rollout takes at most {MOST_TARGETS} of one context")]
    TooMany {
        /// Where.
        hint: String,
        /// How many.
        count: usize,
    },
    /// Names too long for so many, or too many participants and waves.
    #[error(
        "the slice in {hint} would be {bytes} bytes large, more than {MOST_BYTES}; take fewer targets or contexts"
    )]
    TooLarge {
        /// Where.
        hint: String,
        /// How large.
        bytes: usize,
    },
    /// Their operations would have one name.
    #[error("the uids of {0} and {1} begin alike; take them in two rollouts")]
    Alike(String, String),
    /// It is not as it was made.
    #[error("it was changed after it was made: its hash is {found}, not {said}")]
    Changed {
        /// What it says.
        said: String,
        /// What it is.
        found: String,
    },
}

/// What all slices have in common, and the hash of each: what the plan's hash is made of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Canonical<'a> {
    id: &'a str,
    action: &'a Action,
    reason: &'a Option<String>,
    created_by: &'a str,
    strategy: &'a Strategy,
    participants: &'a [Participant],
}

/// What a slice's hash is made of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CanonicalSlice<'a> {
    cluster_uid: &'a str,
    requested_by: &'a str,
    targets: &'a [Target],
}

/// Structures become JSON with their fields in the order of the source, which makes this form
/// canonical. Nothing in a plan can fail to become JSON.
fn hash(canonical: &impl Serialize) -> String {
    let text = serde_json::to_vec(canonical).unwrap_or_default();
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes of a part of a slice, as JSON.
pub(super) fn length(part: &(impl Serialize + ?Sized)) -> usize {
    serde_json::to_vec(part).map_or(0, |text| text.len())
}

impl Slice {
    fn canonical(&self) -> CanonicalSlice<'_> {
        CanonicalSlice {
            cluster_uid: &self.cluster_uid,
            requested_by: &self.requested_by,
            targets: &self.targets,
        }
    }

    fn hash(&self) -> String {
        hash(&self.canonical())
    }

    fn participant(&self, waves: u32) -> Participant {
        let count = |wave| self.targets.iter().filter(|one| one.wave == wave).count();
        let counts = (1..=waves).map(|wave| u32::try_from(count(wave)).unwrap_or(u32::MAX));
        Participant {
            cluster_uid: self.cluster_uid.clone(),
            hint: self.hint.clone(),
            waves: counts.collect(),
            slice_hash: self.hash(),
        }
    }
}

impl Plan {
    /// Makes a plan of drafts, in the order in which they are to go as far as nothing speaks
    /// against it.
    ///
    /// # Errors
    ///
    /// When there is nothing to do, or more than fits.
    pub fn new(
        id: &str,
        action: Action,
        strategy: Strategy,
        drafts: Vec<Draft>,
        places: &BTreeMap<String, Place>,
    ) -> Result<Self, PlanError> {
        if drafts.is_empty() {
            return Err(PlanError::Empty);
        }
        let candidates: Vec<Candidate> = drafts.iter().map(|one| one.candidate.clone()).collect();
        let waves = cut(&candidates, &strategy);
        let mut targets: Vec<(String, Target)> = drafts
            .into_iter()
            .zip(waves)
            .map(|(draft, wave)| {
                let target = Target {
                    wave,
                    ..draft.target
                };
                (draft.candidate.cluster_uid, target)
            })
            .collect();
        // Stable: within a wave in the order that was asked for.
        targets.sort_by_key(|(_, target)| target.wave);
        let mut slices: BTreeMap<String, Slice> = BTreeMap::new();
        for (order, (cluster_uid, mut target)) in targets.into_iter().enumerate() {
            target.order = u32::try_from(order).unwrap_or(u32::MAX);
            let place = places.get(&cluster_uid).cloned().unwrap_or_default();
            let slice = slices.entry(cluster_uid.clone()).or_insert_with(|| Slice {
                cluster_uid,
                hint: place.hint,
                namespace: String::new(),
                requested_by: place.requested_by,
                targets: Vec::new(),
            });
            slice.targets.push(target);
        }
        let mut slices: Vec<Slice> = slices.into_values().collect();
        for slice in &mut slices {
            let place = places.get(&slice.cluster_uid).cloned().unwrap_or_default();
            slice.namespace = place.namespace(&slice.targets);
        }
        let mut plan = Self {
            kind: PlanKind::V1,
            id: id.to_owned(),
            plan_hash: String::new(),
            action,
            reason: None,
            created_by: String::new(),
            strategy,
            slices,
            effects: Vec::new(),
            left_out: Vec::new(),
        };
        plan.fits()?;
        plan.seal();
        Ok(plan)
    }

    /// Whether every slice can hold its part, and what all of them have in common: the participants
    /// with their counts for each wave are the larger part where each context is a wave of its own.
    fn fits(&self) -> Result<(), PlanError> {
        let participants = self.participants();
        let common = length(&self.canonical(&participants));
        for slice in &self.slices {
            let count = slice.targets.len();
            let bytes = AROUND + common + length(&slice.canonical());
            let hint = || slice.hint.clone();
            if count > MOST_TARGETS {
                return Err(PlanError::TooMany {
                    hint: hint(),
                    count,
                });
            }
            if bytes > MOST_BYTES {
                return Err(PlanError::TooLarge {
                    hint: hint(),
                    bytes,
                });
            }
            let mut names: BTreeMap<(&str, String), &str> = BTreeMap::new();
            for target in &slice.targets {
                let name = names::operation(&self.id, &target.uid, 1);
                let key = (target.namespace.as_str(), name);
                if let Some(other) = names.insert(key, &target.name) {
                    return Err(PlanError::Alike(other.to_owned(), target.name.clone()));
                }
            }
        }
        Ok(())
    }

    /// Says what each target will suffer, by its uid.
    pub fn suffers(&mut self, effects: impl IntoIterator<Item = (String, String)>) {
        for (uid, effect) in effects {
            match self.effects.iter_mut().find(|known| known.effect == effect) {
                Some(known) => known.targets.push(uid),
                None => self.effects.push(Effect {
                    effect,
                    targets: vec![uid],
                }),
            }
        }
    }

    /// Writes the hash anew, after something was added.
    pub fn seal(&mut self) {
        self.plan_hash = self.hash();
    }

    /// Whether it is as it was made.
    ///
    /// # Errors
    ///
    /// When it is not, or does not fit.
    pub fn check(&self) -> Result<(), PlanError> {
        let found = self.hash();
        if found != self.plan_hash {
            return Err(PlanError::Changed {
                said: self.plan_hash.clone(),
                found,
            });
        }
        self.fits()
    }

    /// How many waves there are.
    pub fn waves(&self) -> u32 {
        let targets = self.slices.iter().flat_map(|slice| &slice.targets);
        targets.map(|target| target.wave).max().unwrap_or(0)
    }

    /// How many targets there are.
    pub fn total(&self) -> usize {
        self.slices.iter().map(|slice| slice.targets.len()).sum()
    }

    fn participants(&self) -> Vec<Participant> {
        let waves = self.waves();
        let all = self.slices.iter().map(|slice| slice.participant(waves));
        all.collect()
    }

    fn canonical<'a>(&'a self, participants: &'a [Participant]) -> Canonical<'a> {
        Canonical {
            id: &self.id,
            action: &self.action,
            reason: &self.reason,
            created_by: &self.created_by,
            strategy: &self.strategy,
            participants,
        }
    }

    fn hash(&self) -> String {
        hash(&self.canonical(&self.participants()))
    }

    /// The slices as resources: nobody drives them, and nothing may start.
    pub fn rollouts(&self) -> BTreeMap<String, Rollout> {
        let participants = self.participants();
        let rollout = |slice: &Slice| {
            let mut rollout = Rollout::new(
                &self.id,
                RolloutSpec {
                    plan: SlicePlan {
                        action: self.action.clone(),
                        plan_hash: self.plan_hash.clone(),
                        requested_by: slice.requested_by.clone(),
                        reason: self.reason.clone(),
                        created_by: self.created_by.clone(),
                        strategy: self.strategy.clone(),
                        participants: participants.clone(),
                        cluster_uid: slice.cluster_uid.clone(),
                        targets: slice.targets.clone(),
                    },
                    control: Control::default(),
                },
            );
            rollout.metadata = ObjectMeta {
                namespace: Some(slice.namespace.clone()),
                labels: Some(BTreeMap::from([(
                    names::ROLLOUT_LABEL.to_owned(),
                    self.id.clone(),
                )])),
                ..rollout.metadata
            };
            (slice.cluster_uid.clone(), rollout)
        };
        self.slices.iter().map(rollout).collect()
    }
}

/// Whether a slice is what its plan says: its targets and what all slices have in common.
pub fn is_genuine(rollout: &Rollout) -> bool {
    let plan = &rollout.spec.plan;
    let slice_hash = hash(&CanonicalSlice {
        cluster_uid: &plan.cluster_uid,
        requested_by: &plan.requested_by,
        targets: &plan.targets,
    });
    let own = plan
        .participants
        .iter()
        .find(|one| one.cluster_uid == plan.cluster_uid);
    let plan_hash = hash(&Canonical {
        id: rollout.metadata.name.as_deref().unwrap_or_default(),
        action: &plan.action,
        reason: &plan.reason,
        created_by: &plan.created_by,
        strategy: &plan.strategy,
        participants: &plan.participants,
    });
    plan_hash == plan.plan_hash && own.is_some_and(|own| own.slice_hash == slice_hash)
}
