//! Why a RoleBinding of the configuration cannot be made, and what mends it. Zalando's operator has
//! the rights of its pods itself, and so may give them; ours may give ClusterRole `postgres-pod`
//! alone, by name. Another one is the administrator's to allow.

use super::{Error, kubernetes::is_code};
use crate::desired::Child;

/// The controller's service account, as installed.
const ACCOUNT: &str = "pg-fleet";

/// The same error, with what mends it where that is known.
pub(super) fn explained(error: Error, child: &Child, namespace: &str, home: &str) -> Error {
    let role = |part: &str| child.body["roleRef"][part].as_str().unwrap_or_default();
    let (kind, role, binding) = (role("kind"), role("name"), &child.name);
    let (plural, make) = match kind {
        "Role" => ("roles", format!("role -n {namespace}")),
        _ => ("clusterroles", "clusterrole".to_owned()),
    };
    let mend = if error.is_terminating() {
        return error;
    } else if is_code(&error, 403) && error.to_string().contains("grant") {
        format!(
            "it needs the right to bind {kind} {role}: \
             kubectl create {make} pg-fleet-bind-{role} --verb=bind \
             --resource={plural}.rbac.authorization.k8s.io --resource-name={role} && \
             kubectl create rolebinding pg-fleet-bind-{role} -n {namespace} \
             --{bound}=pg-fleet-bind-{role} --serviceaccount={home}:{ACCOUNT}",
            bound = kind.to_lowercase(),
        )
    } else if is_code(&error, 404) {
        format!("make {kind} {role} with the rules of ClusterRole postgres-pod")
    } else if is_code(&error, 422) {
        format!(
            "where the one that is there names another role, take it away, and it is made anew: \
             kubectl delete rolebinding {binding} -n {namespace}"
        )
    } else {
        return error;
    };
    Error::Missing(format!("{error}; {mend}"))
}

#[cfg(test)]
mod tests {
    use kube::core::Status;
    use serde_json::json;

    use super::*;
    use crate::desired::ChildKind;

    #[test]
    fn what_mends_it_is_said() {
        let child = |kind: &str| Child {
            kind: ChildKind::RoleBinding,
            name: "pods".to_owned(),
            body: json!({ "roleRef": { "kind": kind, "name": "db" } }),
        };
        let no = |code: u16, message: &str| Error::Kubernetes {
            what: "apply RoleBinding pods".to_owned(),
            source: Box::new(kube::Error::Api(
                Status::failure(message, "No").with_code(code).boxed(),
            )),
        };
        let raises = "user \"u\" is attempting to grant RBAC permissions not currently held";
        let table = [
            (
                "ClusterRole",
                403,
                raises,
                "kubectl create clusterrole pg-fleet-bind-db --verb=bind --resource=clusterroles.rbac.authorization.k8s.io --resource-name=db && kubectl create rolebinding pg-fleet-bind-db -n shop --clusterrole=pg-fleet-bind-db --serviceaccount=home:pg-fleet",
            ),
            (
                "Role",
                403,
                raises,
                "kubectl create role -n shop pg-fleet-bind-db --verb=bind --resource=roles.rbac.authorization.k8s.io --resource-name=db && kubectl create rolebinding pg-fleet-bind-db -n shop --role=pg-fleet-bind-db --serviceaccount=home:pg-fleet",
            ),
            ("ClusterRole", 403, "rolebindings is forbidden", ""),
            (
                "ClusterRole",
                404,
                "not found",
                "; make ClusterRole db with the rules of ClusterRole postgres-pod",
            ),
            (
                "ClusterRole",
                422,
                "cannot change roleRef",
                ": kubectl delete rolebinding pods -n shop",
            ),
            ("ClusterRole", 500, "oops", ""),
        ];
        for (kind, code, message, mend) in table {
            let before = no(code, message).to_string();
            let error = explained(no(code, message), &child(kind), "shop", "home");
            let said = error.to_string();
            assert!(error.is_refusal() && said.starts_with(&before), "{said}");
            match mend {
                "" => assert_eq!(said, before),
                mend => assert!(said.ends_with(mend), "{said}"),
            }
        }
    }
}
