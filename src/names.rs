//! Names, labels and annotations, to the letter as in Zalando's operator where it has them
//! (reference/zalando.md §3.2, §3.16).

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// Field manager of everything that the controller applies server-side.
pub const FIELD_MANAGER: &str = "pg-fleet";
/// Field manager of everything that Zalando's operator writes: the name of its program.
pub const ZALANDO_MANAGER: &str = "postgres-operator";
/// Namespace that `kubectl pg install` uses unless told otherwise.
pub const SYSTEM_NAMESPACE: &str = "pg-fleet";

/// Zalando's finalizer, kept so that either controller can end what the other began.
pub const FINALIZER: &str = "postgres-operator.acid.zalan.do";
/// Names the controller that a cluster belongs to, beside a running Zalando operator.
pub const CONTROLLER_ANNOTATION: &str = "acid.zalan.do/controller";
/// Annotation of a manifest: the controller that had the cluster before it was adopted.
pub const ADOPTED_FROM: &str = "pgfleet.io/adopted-from";
/// Annotation of a manifest: gives the cluster back, to the controller of this name; empty for the
/// one without a name.
pub const RELEASE: &str = "pgfleet.io/release";
/// Who writes what a rollup tells the admission policy for deletions; the rest has another owner.
pub const PROTECTION_MANAGER: &str = "pg-fleet-protection";
/// On a pod: it is to be restarted, whatever it was made from. Zalando's operator writes it, people
/// and scripts as well.
pub const RESTART_ANNOTATION: &str = "zalando-postgres-operator-rolling-update-required";
/// Label on operations: the request that asked for them (one request may make many).
pub const REQUEST_LABEL: &str = "pgfleet.io/request";
/// Label on operations: the Postgres cluster they act on.
pub const CLUSTER_LABEL: &str = "pgfleet.io/cluster";
/// Label on slices of rollouts and on their operations: the rollout's id.
pub const ROLLOUT_LABEL: &str = "pgfleet.io/rollout";
/// Annotation of an operation: the user who takes it back; admission holds it equal to the real one.
pub const CANCELLED_BY: &str = "pgfleet.io/cancelled-by";

/// Annotation of a manifest: the user who wrote it last through the plugin.
pub const REQUESTED_BY: &str = "pgfleet.io/requested-by";
/// Annotation of a manifest: the requests that changed it through the plugin, the latest last.
pub const REQUESTS: &str = "pgfleet.io/requests";
/// Annotation of a manifest: why, in that user's words.
pub const REASON: &str = "pgfleet.io/reason";
/// Begins annotations of a manifest: the role that follows is to get a new password. The value is the
/// request that asks for it.
pub const ROTATE: &str = "rotate.pgfleet.io/";
/// Begins annotations of a manifest: the role that follows got its last new password by this request.
pub const ROTATED: &str = "rotated.pgfleet.io/";
/// Annotation of a manifest: the requests for new passwords, the latest last.
pub const ROTATIONS: &str = "pgfleet.io/rotations";
/// Annotation of a role's Secret: the request that its password was made for.
pub const ROTATED_BY: &str = "pgfleet.io/rotated-by";
/// Annotation of a manifest: what its deletion takes along, `data,secrets`, whatever the
/// configuration keeps.
pub const DELETE_WITH: &str = "pgfleet.io/delete-with";

/// Label of what the controller writes down of a cluster that was deleted without the finalizer, in
/// its own namespace: the cluster's name.
pub const DELETED: &str = "pgfleet.io/deleted";

/// Value of the role label on the primary's pod.
pub const ROLE_PRIMARY: &str = "master";
/// Value of the role label on a replica's pod.
pub const ROLE_REPLICA: &str = "replica";

/// Port of PostgreSQL in every pod and Service.
pub const POSTGRES_PORT: i32 = 5432;
/// Port of Patroni's REST API in every pod.
pub const PATRONI_PORT: i32 = 8008;

/// Longest name of a Postgres cluster: a DNS label with room for `-repl`.
pub const MAX_CLUSTER_NAME: usize = 58;

/// Name of the StatefulSet and of the Service that leads to the primary.
pub fn primary_service(cluster: &str) -> String {
    cluster.to_owned()
}

/// Name of the Service that leads to the replicas.
pub fn replica_service(cluster: &str) -> String {
    format!("{cluster}-repl")
}

/// Patroni's configuration and history object.
pub fn config_object(cluster: &str) -> String {
    format!("{cluster}-config")
}

/// The member (pod) with this ordinal.
pub fn member(cluster: &str, ordinal: i32) -> String {
    format!("{cluster}-{ordinal}")
}

/// The ordinal of a member of this cluster; `None` for any other pod name.
pub fn ordinal(cluster: &str, member: &str) -> Option<i32> {
    let digits = member.strip_prefix(cluster)?.strip_prefix('-')?;
    let canonical = digits == "0" || !digits.starts_with('0');
    (canonical && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// The volume claim of a member.
pub fn data_claim(cluster: &str, ordinal: i32) -> String {
    format!("pgdata-{cluster}-{ordinal}")
}

/// The Secret that lends a copy its source's password for the time of the base backup.
pub fn loan(copy: &str) -> String {
    format!("{copy}.clone.pgfleet.io")
}

/// The ConfigMap, in the controller's own namespace, that says that this cluster was deleted.
pub fn deletion(namespace: &str, cluster: &str) -> String {
    format!("{namespace}.{cluster}.deleted.pgfleet.io")
}

/// PodDisruptionBudget that protects the critical work of a cluster (bootstrap, major upgrade).
pub fn critical_budget(cluster: &str) -> String {
    format!("postgres-{cluster}-critical-op-pdb")
}

/// Fills Zalando's `{cluster}` style templates (secret names, budget names, DNS names).
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values
        .iter()
        .fold(template.to_owned(), |text, (key, value)| {
            text.replace(&format!("{{{key}}}"), value)
        })
}

/// Name of a role's secret; `_` may not stand in an object's name.
pub fn secret(template: &str, user: &str, cluster: &str) -> String {
    let user = user.replace('_', "-");
    fill(
        template,
        &[
            ("username", &user),
            ("cluster", cluster),
            ("tprkind", "postgresql"),
            ("tprgroup", "acid.zalan.do"),
        ],
    )
}

/// A request's id: 10 letters and digits that stay readable aloud, from any unique text.
pub fn request_id(seed: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567890";
    Sha256::digest(seed)
        .iter()
        .take(10)
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect()
}

/// An operation's name, derived so that asking twice creates once.
pub fn operation(request: &str, target_uid: &str, attempt: u32) -> String {
    let short: String = target_uid.chars().filter(|c| *c != '-').take(8).collect();
    format!("{request}-{short}-{attempt}")
}

/// The attempt that an operation's name tells.
pub fn attempt(operation: &str) -> Option<u32> {
    operation.rsplit_once('-')?.1.parse().ok()
}

/// Labels of one cluster's objects: those that every selector uses.
pub fn selector_labels(
    cluster_labels: &BTreeMap<String, String>,
    cluster_name_label: &str,
    cluster: &str,
) -> BTreeMap<String, String> {
    let mut labels = cluster_labels.clone();
    labels.insert(cluster_name_label.to_owned(), cluster.to_owned());
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_belong_to_one_cluster_only() {
        let table = [
            ("main", "main-0", Some(0)),
            ("main", "main-12", Some(12)),
            ("main", "main-repl-0", None),
            ("main", "main-01", None),
            ("main", "main-", None),
            ("main", "main--1", None),
            ("main", "other-0", None),
            ("a-1", "a-1-2", Some(2)),
            ("a", "a-1-2", None),
        ];
        for (cluster, pod, expected) in table {
            assert_eq!(ordinal(cluster, pod), expected, "{cluster} {pod}");
        }
    }

    #[test]
    fn secrets_follow_the_template() {
        let template = "{username}.{cluster}.credentials.{tprkind}.{tprgroup}";
        assert_eq!(
            secret(template, "app_user", "main"),
            "app-user.main.credentials.postgresql.acid.zalan.do"
        );
    }

    #[test]
    fn the_same_request_names_the_same_operation() {
        let id = request_id(b"one");
        assert_eq!(id.len(), 10);
        assert_ne!(id, request_id(b"two"));
        assert_eq!(
            operation(&id, "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0", 1),
            format!("{id}-0b1c2d3e-1")
        );
    }
}
