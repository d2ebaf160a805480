//! What each parameter does here: the column of `docs/configuration.md` that no default tells.

/// What a parameter does here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effect {
    /// What Zalando's documentation says.
    Acts,
    /// That in part: this much.
    InPart(&'static str),
    /// It is read and checked, and does nothing yet.
    NothingYet,
    /// It has nothing to act on, for this reason.
    NotApplicable(&'static str),
}

const WAITS: &str = "nothing is waited for in rounds: watches tell";
/// Parameters that have nothing to act on.
const NOT_APPLICABLE: &[(&str, &str)] = &[
    (
        "workers",
        "clusters do not wait for each other; the number of workers that `/workers/` shows",
    ),
    ("repair_period", "without effect in Zalando's operator too"),
    (
        "enable_crd_registration",
        "`kubectl pg install` brings the definitions",
    ),
    (
        "crd_categories",
        "`kubectl pg install` brings the definitions",
    ),
    (
        "cluster_domain",
        "databases are reached by their pods' addresses",
    ),
    (
        "ignored_annotations",
        "annotations of others are always left alone",
    ),
    (
        "master_pod_move_timeout",
        "the primary moves as soon as somebody can take over, however long that takes",
    ),
    ("debug_logging", "`RUST_LOG` decides"),
    ("resource_check_interval", WAITS),
    ("resource_check_timeout", WAITS),
    ("pod_deletion_wait_timeout", WAITS),
    ("ready_wait_interval", WAITS),
    ("ready_wait_timeout", WAITS),
    ("patroni_api_check_interval", WAITS),
    ("patroni_api_check_timeout", WAITS),
    ("api_port", "`--listen` says where; 8080 as well"),
];

/// Parameters that do a part of what Zalando's documentation says.
const IN_PART: &[(&str, &str)] = &[
    (
        "enable_database_access",
        "roles, databases and lag are left alone; whether the server that a promoted standby followed is still a primary is asked all the same",
    ),
    (
        "inherited_annotations",
        "all that the controller makes has them, and pods and volume claims that are there; Patroni's own objects are not written to",
    ),
    (
        "enable_owner_references",
        "all that the controller makes has one; Patroni's own objects are not written to, and go with the cluster all the same",
    ),
    (
        "enable_finalizers",
        "without it what a deleted cluster leaves goes when its deletion is seen, but stays where the definition or the namespace was deleted, or an annotation of `delete_annotation_…` is missing",
    ),
    (
        "cluster_history_entries",
        "of each cluster at most 100 are kept, since the controller started",
    ),
    (
        "etcd_host",
        "pods are told, but the controller follows Patroni's state in Kubernetes alone: of such a cluster it sees no primary and makes no roles, and our own image does not start",
    ),
    (
        "storage_resize_mode",
        "`pvc` and `mixed` raise the claims' sizes; with `ebs` and `off` nothing grows, since no API of AWS is called",
    ),
    (
        "node_readiness_label",
        "pods go to such nodes, and stay on one that turns unschedulable; without it the primary leaves every node that does (in Zalando's operator none)",
    ),
];

/// Parameters whose feature is not there yet.
const NOTHING_YET: &[&str] = &[
    "enable_password_rotation",
    "password_rotation_interval",
    "password_rotation_user_retention",
    "oauth_token_secret_name",
    "infrastructure_roles_secret_name",
    "infrastructure_roles_secrets",
    "enable_master_pooler_load_balancer",
    "enable_replica_pooler_load_balancer",
    "enable_master_pooler_node_port",
    "enable_replica_pooler_node_port",
    "aws_region",
    "enable_teams_api",
    "teams_api_url",
    "team_api_role_configuration",
    "enable_team_superuser",
    "postgres_superuser_teams",
    "enable_postgres_team_crd",
    "enable_postgres_team_crd_superusers",
    "enable_team_member_deprecation",
    "role_deletion_suffix",
];
/// Groups whose feature is not there yet.
const NOTHING_YET_GROUPS: &[&str] = &["logical_backup", "connection_pooler"];

/// Tells what a parameter does here.
pub(super) fn of(group: &str, name: &str) -> Effect {
    let reason = |list: &'static [(&str, &'static str)]| {
        let found = list.iter().find(|(of, _)| *of == name);
        found.map(|(_, why)| *why)
    };
    match (reason(NOT_APPLICABLE), reason(IN_PART)) {
        (Some(why), _) => Effect::NotApplicable(why),
        (None, Some(how)) => Effect::InPart(how),
        (None, None) if NOTHING_YET.contains(&name) || NOTHING_YET_GROUPS.contains(&group) => {
            Effect::NothingYet
        }
        (None, None) => Effect::Acts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::PARAMETERS;

    #[test]
    fn all_names_are_parameters() {
        let is = |name: &&str| PARAMETERS.iter().any(|parameter| parameter.name == *name);
        let names = NOT_APPLICABLE
            .iter()
            .chain(IN_PART)
            .map(|(name, _)| name)
            .chain(NOTHING_YET);
        for name in names {
            assert!(is(name), "{name}");
        }
    }
}
