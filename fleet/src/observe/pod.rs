//! The facts about one member's pod.

use pg_core::{names, patroni::MemberWord};

use super::{
    annotations::Annotations,
    object::{RawContainerStatus, RawPod},
};

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
        let waiting = raw.status.container_statuses.iter().find_map(waits_for);
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

/// Why a container does not start, where that is told. Of one that ends again and again its own last
/// words say more than for how long Kubernetes waits now.
fn waits_for(container: &RawContainerStatus) -> Option<String> {
    let waiting = container.state.waiting.as_ref()?;
    let reason = waiting.reason.as_str();
    // The two words of a pod that simply starts.
    if matches!(reason, "" | "ContainerCreating" | "PodInitializing") {
        return None;
    }
    let ended = container.last_state.terminated.as_ref();
    let words = ended.map(|ended| ended.message.trim());
    let words = words.filter(|words| !words.is_empty() && reason == "CrashLoopBackOff");
    Some(format!("{reason}: {}", words.unwrap_or(&waiting.message)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_keeps_a_container_from_starting() {
        let back_off =
            json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}});
        let ended = |message: &str| json!({"terminated": {"exitCode": 1, "message": message}});
        for (state, last, expected) in [
            (json!({"running": {}}), ended("no such version"), None),
            (
                json!({"waiting": {"reason": "ContainerCreating"}}),
                json!({}),
                None,
            ),
            (
                json!({"waiting": {"reason": "ErrImagePull", "message": "none"}}),
                ended("no such version"),
                Some("ErrImagePull: none"),
            ),
            (
                back_off.clone(),
                json!({}),
                Some("CrashLoopBackOff: back-off 10s"),
            ),
            (
                back_off.clone(),
                ended(""),
                Some("CrashLoopBackOff: back-off 10s"),
            ),
            (
                back_off,
                ended("no such version\n"),
                Some("CrashLoopBackOff: no such version"),
            ),
        ] {
            let container = json!({"name": "postgres", "state": state, "lastState": last});
            let container = serde_json::from_value(container).expect("a container");
            assert_eq!(waits_for(&container).as_deref(), expected);
        }
    }
}
