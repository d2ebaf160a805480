//! The kinds of Kubernetes objects in use, and where the API server keeps each.

/// Group and version of a kind, as in `apiVersion`, and its plural.
fn place(kind: &str) -> (&'static str, &str) {
    match kind {
        "Service" => ("v1", "services"),
        "ConfigMap" => ("v1", "configmaps"),
        "Secret" => ("v1", "secrets"),
        "Endpoints" => ("v1", "endpoints"),
        "Node" => ("v1", "nodes"),
        "Pod" => ("v1", "pods"),
        "PersistentVolumeClaim" => ("v1", "persistentvolumeclaims"),
        "ServiceAccount" => ("v1", "serviceaccounts"),
        "StatefulSet" => ("apps/v1", "statefulsets"),
        "ControllerRevision" => ("apps/v1", "controllerrevisions"),
        "PodDisruptionBudget" => ("policy/v1", "poddisruptionbudgets"),
        "RoleBinding" => ("rbac.authorization.k8s.io/v1", "rolebindings"),
        "postgresql" => ("acid.zalan.do/v1", "postgresqls"),
        "PostgresTeam" => ("acid.zalan.do/v1", "postgresteams"),
        "OperatorConfiguration" => ("acid.zalan.do/v1", "operatorconfigurations"),
        "Operation" => ("pgfleet.io/v1alpha1", "operations"),
        "Rollout" => ("pgfleet.io/v1alpha1", "rollouts"),
        other => ("unknown/v1", other),
    }
}

/// Group and version of a kind.
pub fn api_version(kind: &str) -> &'static str {
    place(kind).0
}

/// Path of a kind's collection; of all namespaces where none is named.
pub fn collection(kind: &str, namespace: &str) -> String {
    let (version, plural) = place(kind);
    // The oldest group has no name.
    let root = if version.contains('/') { "apis" } else { "api" };
    if namespace.is_empty() {
        format!("/{root}/{version}/{plural}")
    } else {
        format!("/{root}/{version}/namespaces/{namespace}/{plural}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let table = [
            ("Pod", "shop", "/api/v1/namespaces/shop/pods"),
            ("StatefulSet", "", "/apis/apps/v1/statefulsets"),
            (
                "Operation",
                "shop",
                "/apis/pgfleet.io/v1alpha1/namespaces/shop/operations",
            ),
        ];
        for (kind, namespace, path) in table {
            assert_eq!(collection(kind, namespace), path);
        }
    }
}
