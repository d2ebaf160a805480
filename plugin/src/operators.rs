//! Zalando's operators that run in a Kubernetes cluster, and which Postgres clusters each serves.

use kube::{Api, api::ListParams};

use crate::{
    objects::Pod,
    {connect::Context, error::Result},
};

/// By which labels their pods are found: the plain manifests' and the Helm chart's.
const LABELS: [&str; 2] = [
    "name=postgres-operator",
    "app.kubernetes.io/name=postgres-operator",
];

/// One pod of such an operator.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Other {
    /// Its namespace and name.
    pub pod: String,
    /// The controller that clusters must name for it to act on them, empty for those that name
    /// none; unknown where it comes from somewhere else.
    pub id: Option<String>,
}

impl Other {
    /// Whether it acts on clusters that name this controller.
    pub fn serves(&self, id: &str) -> bool {
        self.id.as_deref().is_none_or(|own| own == id)
    }
}

/// All that run in a context.
pub async fn others(context: &Context) -> Result<Vec<Other>> {
    let pods: Api<Pod> = Api::all(context.client.clone());
    let mut found = Vec::new();
    for labels in LABELS {
        let list = ListParams::default().labels(labels);
        found.extend(context.ask(pods.list(&list)).await?.items);
    }
    let mut others: Vec<Other> = found.iter().filter_map(other).collect();
    others.sort_by(|a, b| a.pod.cmp(&b.pod));
    others.dedup();
    Ok(others)
}

fn other(pod: &Pod) -> Option<Other> {
    let phase = pod.status.phase.as_deref();
    if matches!(phase, Some("Succeeded" | "Failed")) {
        return None;
    }
    let containers = pod.spec.containers.iter();
    let variable = containers
        .flat_map(|container| &container.env)
        .find(|variable| variable.name == "CONTROLLER_ID");
    Some(Other {
        pod: format!(
            "{}/{}",
            pod.metadata.namespace.as_deref().unwrap_or_default(),
            pod.metadata.name.as_deref().unwrap_or_default()
        ),
        id: match variable {
            None => Some(String::new()),
            Some(variable) if variable.value_from.is_some() => None,
            Some(variable) => Some(variable.value.clone().unwrap_or_default()),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(phase: &str, env: Value) -> Option<Other> {
        let pod = json!({
            "metadata": {"name": "op", "namespace": "z"},
            "spec": {"containers": [{"name": "postgres-operator", "env": env}]},
            "status": {"phase": phase},
        });
        other(&serde_json::from_value(pod).expect("a pod"))
    }

    #[test]
    fn whom_an_operator_serves() {
        let named = json!([{"name": "CONTROLLER_ID", "value": "two"}]);
        let from =
            json!([{"name": "CONTROLLER_ID", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]);
        let table = [
            ("Running", json!([]), "", true),
            ("Running", json!([]), "two", false),
            ("Pending", named.clone(), "two", true),
            ("Running", named.clone(), "", false),
            ("Running", from, "anything", true),
        ];
        for (phase, env, id, serves) in table {
            let other = of(phase, env.clone()).expect("it runs");
            assert_eq!(other.serves(id), serves, "{env} {id:?}");
        }
        assert_eq!(of("Succeeded", named), None);
    }
}
