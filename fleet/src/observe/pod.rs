//! The facts about one member's pod.

use pg_core::{names, patroni::MemberWord};

use super::{annotations::Annotations, object::RawPod};

/// A member's pod, reduced to what decisions need.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pod {
    /// Identity.
    pub uid: String,
    /// Version, for preconditions.
    pub resource_version: String,
    /// The node it runs on.
    pub node: Option<String>,
    /// Its address.
    pub ip: Option<String>,
    /// Pending, Running …
    pub phase: String,
    /// Whether Kubernetes calls it ready.
    pub ready: bool,
    /// The value of the role label.
    pub role: Option<String>,
    /// The template that it was made from.
    pub revision: Option<String>,
    /// Patroni's last word about it.
    pub word: Option<MemberWord>,
    /// Being deleted.
    pub deleting: bool,
    /// Why it does not start, where Kubernetes says so.
    pub trouble: Option<String>,
    /// Its annotations.
    pub annotations: Annotations,
    /// Somebody asked for its restart, by Zalando's annotation.
    pub must_restart: bool,
}

impl Pod {
    /// Reduces a pod.
    pub fn new(raw: &RawPod, role_label: &str) -> Self {
        let waiting = raw
            .status
            .container_statuses
            .iter()
            .filter_map(|container| container.state.waiting.as_ref())
            // The two words of a pod that simply starts.
            .find(|waiting| {
                !matches!(
                    waiting.reason.as_str(),
                    "" | "ContainerCreating" | "PodInitializing"
                )
            })
            .map(|waiting| format!("{}: {}", waiting.reason, waiting.message));
        let unscheduled = raw
            .status
            .conditions
            .iter()
            .find(|condition| condition.type_ == "PodScheduled" && condition.status == "False")
            .map(|condition| format!("{}: {}", condition.reason, condition.message));
        let labels = &raw.metadata.labels;
        Self {
            uid: raw.metadata.uid.clone(),
            resource_version: raw.metadata.resource_version.clone(),
            node: raw.spec.node_name.clone(),
            ip: raw.status.pod_ip.clone(),
            phase: raw.status.phase.clone(),
            ready: raw
                .status
                .conditions
                .iter()
                .any(|condition| condition.type_ == "Ready" && condition.status == "True"),
            role: labels.get(role_label).cloned(),
            revision: labels.get("controller-revision-hash").cloned(),
            word: MemberWord::parse(&raw.metadata.annotations),
            deleting: raw.metadata.deletion_timestamp.is_some(),
            trouble: waiting.or(unscheduled),
            annotations: Annotations::new(&raw.metadata.annotations),
            must_restart: raw
                .metadata
                .annotations
                .get(names::RESTART_ANNOTATION)
                .is_some_and(|value| value == "true"),
        }
    }

    /// Whether a cluster must be looked at again: heartbeats (WAL positions, versions of the
    /// object) do not count. Neither do annotations: what the member said before still counts, and
    /// whoever changes back what we wrote does not make us write at once again.
    pub fn same_but_heartbeat(&self, other: &Self) -> bool {
        let reduced = |pod: &Self| {
            let mut pod = pod.clone();
            pod.resource_version.clear();
            pod.annotations = Annotations::default();
            if let Some(word) = &mut pod.word {
                word.xlog_location = None;
            }
            pod
        };
        reduced(self) == reduced(other)
    }

    /// Whether its processes run, as far as Kubernetes knows.
    pub fn is_running(&self) -> bool {
        self.phase == "Running" && !self.deleting && self.ip.is_some()
    }
}
