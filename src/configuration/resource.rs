//! `OperatorConfiguration`: the configuration as a custom resource, as Zalando's operator defines it.

use kube::CustomResource;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{PARAMETERS, table::Parameter};

/// The configuration of the controller. Its schema follows from the table of parameters.
#[derive(Clone, CustomResource, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[kube(
    group = "acid.zalan.do",
    version = "v1",
    kind = "OperatorConfiguration",
    plural = "operatorconfigurations",
    shortname = "opconfig",
    category = "all",
    namespaced,
    no_spec,
    derive = "PartialEq",
    doc = "Configuration of the controller.",
    printcolumn(
        name = "Image",
        type_ = "string",
        json_path = ".configuration.docker_image",
        description = "Image of the database pods"
    ),
    printcolumn(
        name = "Cluster-Label",
        type_ = "string",
        json_path = ".configuration.kubernetes.cluster_name_label",
        description = "Label with the cluster's name"
    ),
    printcolumn(
        name = "Service-Account",
        type_ = "string",
        json_path = ".configuration.kubernetes.pod_service_account_name",
        description = "Service account of the database pods"
    ),
    printcolumn(
        name = "Min-Instances",
        type_ = "integer",
        json_path = ".configuration.min_instances",
        description = "Least number of members of a cluster"
    ),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    )
)]
pub struct OperatorConfigurationBody {
    /// Parameters, in groups.
    #[schemars(schema_with = "parameters")]
    pub configuration: Value,
}

/// Where Zalando's schema leaves the default to the program.
const DEFAULT_UNSAID: [&str; 12] = [
    "crd_categories",
    "db_hosted_zone",
    "node_readiness_label_merge",
    "persistent_volume_claim_retention_policy",
    "pod_security",
    "logical_backup_s3_bucket_prefix",
    "connection_pooler_max_db_connections",
    "connection_pooler_default_cpu_request",
    "connection_pooler_default_memory_request",
    "connection_pooler_default_cpu_limit",
    "connection_pooler_default_memory_limit",
    "logical_backup_cronjob_environment_secret",
];
/// The one default that is said although it is nothing.
const NOTHING_SAID: &str = "etcd_host";
/// Numbers of which Zalando's schema says no size.
const NO_FORMAT: [&str; 3] = ["api_port", "ring_log_lines", "cluster_history_entries"];

fn parameters(_: &mut SchemaGenerator) -> Schema {
    let mut root = Map::new();
    for parameter in PARAMETERS {
        let group = match parameter.group {
            "top" => Some(&mut root),
            group => root
                .entry(group)
                .or_insert_with(|| json!({ "type": "object", "properties": {} }))
                .get_mut("properties")
                .and_then(Value::as_object_mut),
        };
        if let Some(group) = group {
            group.insert(parameter.name.to_owned(), schema(parameter));
        }
    }
    let root = json!({ "type": "object", "properties": root });
    Schema::try_from(root).unwrap_or_default()
}

fn schema(parameter: &Parameter) -> Value {
    let mut schema = (parameter.schema)();
    let Some(object) = schema.as_object_mut() else {
        return schema;
    };
    object.insert("description".to_owned(), json!(parameter.about.trim()));
    if let Some(limit) = parameter.limit {
        limit.say(object);
    }
    if NO_FORMAT.contains(&parameter.name) {
        object.remove("format");
    }
    let default = parameter.default_value();
    let is_nothing = match &default {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty() && parameter.name != NOTHING_SAID,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    if !is_nothing && !DEFAULT_UNSAID.contains(&parameter.name) {
        object.insert("default".to_owned(), default);
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;

    /// Kubernetes' own types, of which Zalando's table lists the root only.
    const KUBERNETES: [&str; 3] = [
        "metadata",
        "configuration.kubernetes.liveness_probe",
        // Its schema says object, which was a mistake: containers are a list.
        "configuration.sidecars",
    ];

    #[test]
    fn our_schema_is_zalandos_and_one_more() {
        let ours = fields::of_definition("operatorconfigurations");
        let zalandos = fields::zalando(
            include_str!("testdata/fields-operatorconfiguration.tsv"),
            &KUBERNETES,
            &ours,
        );
        let mut rows = fields::rows(&ours, &KUBERNETES);
        let more = rows.remove("configuration.kubernetes.pod_security");
        assert!(more.is_some_and(|row| row.contains("restricted")));
        let zalandos = fields::rows(&zalandos, &KUBERNETES);
        assert_eq!(fields::differences(&rows, &zalandos), Vec::<String>::new());
        let sidecars = fields::find(&ours, "configuration.sidecars");
        assert_eq!(sidecars["items"]["type"], "object");
    }

    #[test]
    fn every_default_fits_its_schema() {
        for parameter in PARAMETERS {
            if let Some(limit) = parameter.limit
                && parameter.default_value() != json!("")
            {
                assert_eq!(
                    limit.check(&parameter.default_value()),
                    Ok(()),
                    "{}",
                    parameter.name
                );
            }
        }
    }
}
