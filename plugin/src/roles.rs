//! The roles for people that `install` brings, as an answer to who misses a right: the smallest that
//! holds it.

use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule};

use crate::{commands::install::manifest, preflight::Right};

/// From the smallest on, as the file has them.
const FILE: &str = "install/30-roles.yaml";

/// What whoever lacks one of these rights may ask for.
pub fn ask_for(needed: &[Right<'_>]) -> String {
    let them = if needed.len() == 1 { "it" } else { "them" };
    match smallest(needed) {
        Some(role) => format!("the cluster role {role} holds {them}; ask an administrator"),
        None => "ask an administrator: no role that install brings is enough".to_owned(),
    }
}

/// The smallest role that holds all of them, if one does.
fn smallest(needed: &[Right<'_>]) -> Option<String> {
    let roles: Vec<ClusterRole> = serde_saphyr::from_multiple(manifest(FILE)).ok()?;
    let enough = |role: &&ClusterRole| {
        let rules = role.rules.iter().flatten();
        needed
            .iter()
            .all(|right| rules.clone().any(|rule| holds(rule, right)))
    };
    let role = roles.iter().find(enough)?;
    role.metadata.name.clone()
}

fn holds(rule: &PolicyRule, right: &Right<'_>) -> bool {
    let has = |all: Option<&[String]>, one: &str| {
        let mut all = all.into_iter().flatten();
        all.any(|word| word == one || word == "*")
    };
    has(rule.api_groups.as_deref(), right.group)
        && has(rule.resources.as_deref(), right.resource)
        && has(Some(rule.verbs.as_slice()), right.verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_role_is_named() {
        let role = |needed: &[(&str, &str, &str)]| {
            let needed: Vec<Right<'_>> = needed
                .iter()
                .map(|(verb, group, resource)| Right {
                    verb,
                    group,
                    resource,
                    namespace: "pg",
                    name: "",
                })
                .collect();
            smallest(&needed)
        };
        let (zalan, ours) = ("acid.zalan.do", "pgfleet.io");
        for (needed, expected) in [
            (&[("list", zalan, "postgresqls")][..], Some("pg-viewer")),
            (&[("patch", zalan, "postgresqls")], Some("pg-operator")),
            (
                &[
                    ("switchover", zalan, "postgresqls"),
                    ("create", ours, "operations"),
                ],
                Some("pg-operator"),
            ),
            (
                &[
                    ("failover", zalan, "postgresqls"),
                    ("create", ours, "operations"),
                ],
                Some("pg-dba"),
            ),
            (
                &[("get", "", "pods/exec"), ("create", "", "pods/exec")],
                Some("pg-dba"),
            ),
            (&[("delete", zalan, "postgresqls")], Some("pg-admin")),
            (&[("create", "apps", "deployments")], None),
        ] {
            assert_eq!(role(needed).as_deref(), expected, "{needed:?}");
        }
    }
}
