//! Whether the admission policies that guard operations are in place, and refuse.

use kube::{api::GetParams, core::Request};
use serde_json::Value;

use super::{Actor, Error, kubernetes::is_code, lock};

/// The policies that `kubectl pg install` brings and operations depend on, by name. Their bindings
/// have the same names.
const POLICIES: [&str; 1] = ["pg-fleet-operations"];

impl Actor {
    /// Looks at the policies and their bindings.
    pub async fn check_policies(&self) -> Result<(), Error> {
        let mut guarded = true;
        for name in POLICIES {
            let policy = self.admission("validatingadmissionpolicies", name).await?;
            let binding = self
                .admission("validatingadmissionpolicybindings", name)
                .await?;
            guarded &= policy.is_some_and(|policy| is_strict(&policy))
                && binding.is_some_and(|binding| refuses(&binding, name));
        }
        *lock(&self.policies) = Some((self.mono(), guarded));
        Ok(())
    }

    async fn admission(&self, kind: &str, name: &str) -> Result<Option<Value>, Error> {
        let path = format!("/apis/admissionregistration.k8s.io/v1/{kind}");
        let request = Request::new(path).get(name, &GetParams::default());
        match self
            .send::<Value>(format!("look for {kind} {name}"), request)
            .await
        {
            Ok(object) => Ok(Some(object)),
            Err(error) if is_code(&error, 404) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether a policy that cannot be judged refuses.
fn is_strict(policy: &Value) -> bool {
    policy["spec"]["failurePolicy"] != "Ignore"
}

/// Whether a binding makes its policy refuse, everywhere: one that only warns guards nothing.
fn refuses(binding: &Value, policy: &str) -> bool {
    let spec = &binding["spec"];
    let denies = spec["validationActions"]
        .as_array()
        .is_some_and(|actions| actions.iter().any(|action| action == "Deny"));
    denies && spec["policyName"] == policy && !narrows(&spec["matchResources"])
}

/// Whether a binding leaves anything out. `matchPolicy` alone, which API servers add, does not.
fn narrows(resources: &Value) -> bool {
    let says = |key: &str| match &resources[key] {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    };
    [
        "namespaceSelector",
        "objectSelector",
        "resourceRules",
        "excludeResourceRules",
    ]
    .into_iter()
    .any(says)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_binding_that_denies_everywhere_guards() {
        let table = [
            (json!({"validationActions": ["Deny"]}), true),
            (json!({"validationActions": ["Audit", "Deny"]}), true),
            (
                json!({"validationActions": ["Deny"], "matchResources": {
                    "matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}}}),
                true,
            ),
            (json!({"validationActions": ["Warn"]}), false),
            (json!({"validationActions": ["Audit", "Warn"]}), false),
            (json!({"validationActions": []}), false),
            (json!({}), false),
            (
                json!({"validationActions": ["Deny"], "policyName": "another"}),
                false,
            ),
            (
                json!({"validationActions": ["Deny"], "matchResources": {
                    "namespaceSelector": {"matchLabels": {"a": "b"}}}}),
                false,
            ),
            (
                json!({"validationActions": ["Deny"], "matchResources": {
                    "excludeResourceRules": [{"resources": ["operations"]}]}}),
                false,
            ),
        ];
        for (mut spec, guards) in table {
            if spec["policyName"].is_null() {
                spec["policyName"] = json!("pg-fleet-operations");
            }
            let binding = json!({ "spec": spec });
            assert_eq!(refuses(&binding, "pg-fleet-operations"), guards, "{spec}");
        }
        assert!(is_strict(&json!({"spec": {"failurePolicy": "Fail"}})));
        assert!(!is_strict(&json!({"spec": {"failurePolicy": "Ignore"}})));
    }

    /// What is installed is what is looked for.
    #[test]
    fn what_is_installed_guards() {
        let text = include_str!("../../../manifests/install/40-policies.yaml");
        for name in POLICIES {
            let named = |kind: &str| {
                text.split("\n---\n")
                    .filter_map(|part| serde_saphyr::from_str::<Value>(part).ok())
                    .find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
                    .expect(name)
            };
            assert!(is_strict(&named("ValidatingAdmissionPolicy")));
            assert!(refuses(&named("ValidatingAdmissionPolicyBinding"), name));
        }
    }
}
