//! What a drain may take away.

use pg_core::names;
use serde_json::{Value, json};

use super::{Child, ChildKind, Inputs, metadata::Pairs, replicas};

/// The budget of the primary, and that of critical work, during which no pod of the cluster may go
/// (zalando.md §3.2). Both stay when they are switched off, and then forbid nothing.
pub(super) fn budgets(inputs: &Inputs) -> [Child; 2] {
    let on = inputs.configuration.enable_pod_disruption_budget
        && replicas(inputs.manifest, inputs.configuration) > 0;
    let mut selector = inputs.selector();
    if inputs.configuration.pdb_master_label_selector {
        selector = inputs.with_role(selector, names::ROLE_PRIMARY);
    }
    let primary = budget(
        inputs,
        names::fill(
            &inputs.configuration.pdb_name_format,
            &[("cluster", inputs.name())],
        ),
        json!({ "minAvailable": if on { kept(inputs) } else { 0 } }),
        &selector,
    );
    let mut critical = inputs.selector();
    critical.insert("critical-operation".to_owned(), "true".to_owned());
    let critical = budget(
        inputs,
        names::critical_budget(inputs.name()),
        json!({ "maxUnavailable": if on { json!(0) } else { json!("100%") } }),
        &critical,
    );
    [primary, critical]
}

/// The budget of critical work holds every member while another major version is brought in: a drain
/// that took one away in the middle would cost its data. Zalando's operator labels the pods for that
/// time; here the budget asks for no label, so that nothing stays behind on a pod.
pub fn hold_drains(inputs: &Inputs, children: &mut [Child]) {
    let name = names::critical_budget(inputs.name());
    let mut all = children.iter_mut();
    let is_it =
        |child: &&mut Child| child.kind == ChildKind::PodDisruptionBudget && child.name == name;
    if let Some(budget) = all.find(is_it) {
        budget.body["spec"]["selector"] = json!({ "matchLabels": inputs.selector() });
    }
}

/// How many pods must stay. With the role in the selector it is the primary; without, one of all,
/// or with strict synchronous replication as many as a commit needs.
fn kept(inputs: &Inputs) -> i64 {
    let Some(patroni) = &inputs.spec().patroni else {
        return 1;
    };
    let strict =
        patroni.synchronous_mode == Some(true) && patroni.synchronous_mode_strict == Some(true);
    if inputs.configuration.pdb_master_label_selector || !strict {
        return 1;
    }
    patroni
        .synchronous_node_count
        .unwrap_or(1)
        .max(1)
        .saturating_add(1)
}

fn budget(inputs: &Inputs, name: String, mut spec: Value, selector: &Pairs) -> Child {
    spec["selector"] = json!({ "matchLabels": selector });
    let mut body = inputs.object(
        ChildKind::PodDisruptionBudget,
        &name,
        &inputs.labels(),
        &inputs.annotations(Pairs::new()),
    );
    body["spec"] = spec;
    Child {
        kind: ChildKind::PodDisruptionBudget,
        name,
        body,
    }
}
