//! Where the pods run.

use serde_json::{Map, Value, json};

use super::super::{Error, Inputs};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Nodes that the manifest wants and that are ready, and members away from each other.
pub(super) fn affinity(inputs: &Inputs) -> Result<Option<Value>, Error> {
    let mut affinity = Map::new();
    if let Some(nodes) = nodes(inputs)? {
        affinity.insert("nodeAffinity".to_owned(), nodes);
    }
    if inputs.configuration.enable_pod_antiaffinity {
        affinity.insert("podAntiAffinity".to_owned(), apart(inputs));
    }
    Ok((!affinity.is_empty()).then_some(Value::Object(affinity)))
}

fn nodes(inputs: &Inputs) -> Result<Option<Value>, Error> {
    let configuration = inputs.configuration;
    let manifest = inputs.spec().node_affinity.as_ref();
    let ready: Vec<Value> = configuration
        .node_readiness_label
        .iter()
        .map(|(key, value)| json!({ "key": key, "operator": "In", "values": [value] }))
        .collect();
    let mut nodes = match manifest {
        Some(nodes) if nodes.value().is_object() => nodes.value().clone(),
        Some(_) => return Err(Error::manifest("spec.nodeAffinity", "is not an object")),
        None if ready.is_empty() => return Ok(None),
        None => json!({}),
    };
    if ready.is_empty() {
        return Ok(Some(nodes));
    }
    let term = json!({ "matchExpressions": ready });
    let terms = nodes
        .get_mut(REQUIRED)
        .filter(|required| required.is_object())
        .map(|required| &mut required["nodeSelectorTerms"]);
    match terms {
        None => nodes[REQUIRED] = json!({ "nodeSelectorTerms": [term] }),
        Some(terms) => {
            let mut list = terms.as_array().cloned().unwrap_or_default();
            match configuration.node_readiness_label_merge.as_str() {
                // A node is right if one term fits: "or" is one term more …
                "OR" => list.push(term),
                // … and "and" is every term with the label as well.
                "AND" => {
                    for one in &mut list {
                        let mut all = one["matchExpressions"]
                            .as_array()
                            .cloned()
                            .unwrap_or_default();
                        all.extend(ready.iter().cloned());
                        // The term has expressions only, as Zalando's operator makes it.
                        *one = json!({ "matchExpressions": all });
                    }
                }
                other => {
                    return Err(Error::configuration(
                        "node_readiness_label_merge",
                        format!("{other:?} is neither OR nor AND"),
                    ));
                }
            }
            *terms = Value::Array(list);
        }
    }
    Ok(Some(nodes))
}

fn apart(inputs: &Inputs) -> Value {
    let configuration = inputs.configuration;
    let term = json!({
        "labelSelector": { "matchLabels": inputs.labels() },
        "topologyKey": configuration.pod_antiaffinity_topology_key,
    });
    if configuration.pod_antiaffinity_preferred_during_scheduling {
        json!({ PREFERRED: [{ "weight": 1, "podAffinityTerm": term }] })
    } else {
        json!({ REQUIRED: [term] })
    }
}

/// The manifest's tolerations, or else the one of the configuration.
pub(super) fn tolerations(inputs: &Inputs) -> Vec<Value> {
    let manifest: Vec<Value> = inputs
        .spec()
        .tolerations
        .iter()
        .flatten()
        .map(|toleration| toleration.value().clone())
        .collect();
    if !manifest.is_empty() {
        return manifest;
    }
    let toleration: Map<String, Value> = ["key", "operator", "value", "effect"]
        .into_iter()
        .filter_map(|field| {
            let text = inputs.configuration.toleration.get(field)?;
            (!text.is_empty()).then(|| (field.to_owned(), json!(text)))
        })
        .collect();
    if toleration.is_empty() {
        Vec::new()
    } else {
        vec![Value::Object(toleration)]
    }
}

/// The manifest's constraints as they are. One without a selector counts no pods and so does
/// nothing; filling the selector in would restart the pods of a cluster that is taken over, and
/// again when it is given back.
pub(super) fn topology_spread(inputs: &Inputs) -> Vec<Value> {
    let constraints = inputs.spec().topology_spread_constraints.iter().flatten();
    constraints.map(|one| one.value().clone()).collect()
}
