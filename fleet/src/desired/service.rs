//! The ways to the primary and to the replicas.

use pg_core::names;
use serde_json::{Value, json};

use super::{Child, ChildKind, Inputs, metadata::Pairs};

/// Annotation that asks for a name in DNS.
const DNS_ANNOTATION: &str = "external-dns.alpha.kubernetes.io/hostname";

/// What a load balancer lets in unless the manifest says more: nobody.
const NOBODY: &str = "127.0.0.1/32";

/// What the two Services differ in.
struct Way<'a> {
    name: String,
    role: &'static str,
    selects: bool,
    balanced: bool,
    node_port: Option<i64>,
    annotations: Option<&'a Pairs>,
    dns_name: &'a str,
    legacy_dns_name: &'a str,
}

/// The Services of primary and replicas.
pub(super) fn services(inputs: &Inputs) -> [Child; 2] {
    let (spec, configuration) = (inputs.spec(), inputs.configuration);
    let primary = Way {
        name: names::primary_service(inputs.name()),
        role: names::ROLE_PRIMARY,
        // With Endpoints as its store Patroni itself writes where the primary is.
        selects: inputs.uses_config_maps(),
        balanced: spec
            .enable_master_load_balancer
            .unwrap_or(configuration.enable_master_load_balancer),
        node_port: spec
            .enable_master_node_port
            .unwrap_or(configuration.enable_master_node_port)
            .then(|| spec.master_node_port.unwrap_or(0)),
        annotations: spec.master_service_annotations.as_ref(),
        dns_name: &configuration.master_dns_name_format,
        legacy_dns_name: &configuration.master_legacy_dns_name_format,
    };
    let replicas = Way {
        name: names::replica_service(inputs.name()),
        role: names::ROLE_REPLICA,
        selects: true,
        balanced: spec
            .enable_replica_load_balancer
            .unwrap_or(configuration.enable_replica_load_balancer),
        node_port: spec
            .enable_replica_node_port
            .unwrap_or(configuration.enable_replica_node_port)
            .then(|| spec.replica_node_port.unwrap_or(0)),
        annotations: spec.replica_service_annotations.as_ref(),
        dns_name: &configuration.replica_dns_name_format,
        legacy_dns_name: &configuration.replica_legacy_dns_name_format,
    };
    [primary, replicas].map(|way| service(inputs, way))
}

fn service(inputs: &Inputs, way: Way) -> Child {
    // A node port wins over a load balancer (zalando.md §1).
    let balanced = way.balanced && way.node_port.is_none();
    let mut port = json!({
        "name": "postgresql",
        "port": names::POSTGRES_PORT,
        "protocol": "TCP",
        "targetPort": names::POSTGRES_PORT,
    });
    if let Some(number) = way.node_port.filter(|number| *number > 0) {
        port["nodePort"] = json!(number);
    }
    let mut spec = json!({ "ports": [port] });
    if way.node_port.is_some() {
        spec["type"] = json!("NodePort");
    } else if balanced {
        spec["type"] = json!("LoadBalancer");
        spec["externalTrafficPolicy"] = json!(inputs.configuration.external_traffic_policy);
        spec["loadBalancerSourceRanges"] = source_ranges(inputs);
    } else {
        spec["type"] = json!("ClusterIP");
    }
    if way.selects {
        spec["selector"] = json!(inputs.with_role(inputs.selector(), way.role));
    }

    let mut annotations = inputs.configuration.custom_service_annotations.clone();
    let given = [inputs.spec().service_annotations.as_ref(), way.annotations];
    for given in given.into_iter().flatten() {
        annotations.extend(given.clone());
    }
    if balanced {
        annotations.insert(DNS_ANNOTATION.to_owned(), dns_names(inputs, &way));
    }
    let mut body = inputs.object(
        ChildKind::Service,
        &way.name,
        &inputs.with_role(inputs.labels(), way.role),
        &inputs.annotations(annotations),
    );
    body["spec"] = spec;
    Child {
        kind: ChildKind::Service,
        name: way.name,
        body,
    }
}

fn source_ranges(inputs: &Inputs) -> Value {
    let given = inputs.spec().allowed_source_ranges.iter().flatten().next();
    match given {
        Some(ranges) if !ranges.is_empty() => json!(ranges),
        _ => json!([NOBODY]),
    }
}

/// The name in DNS, and the one from before namespaces for a cluster that is called `team-name`.
fn dns_names(inputs: &Inputs, way: &Way) -> String {
    let (team, name) = (inputs.spec().team_id.as_str(), inputs.name());
    let fill = |template: &str, cluster: &str| {
        let values = [
            ("cluster", cluster),
            ("namespace", inputs.namespace()),
            ("team", team),
            ("hostedzone", &inputs.configuration.db_hosted_zone),
        ];
        names::fill(template, &values).to_lowercase()
    };
    let dns_name = fill(way.dns_name, name);
    match without_team(name, team) {
        Some(rest) => format!("{dns_name},{}", fill(way.legacy_dns_name, rest)),
        None => dns_name,
    }
}

fn without_team<'a>(name: &'a str, team: &str) -> Option<&'a str> {
    let (prefix, rest) = name.split_at_checked(team.len())?;
    let rest = rest.strip_prefix('-')?;
    let ours = !team.is_empty() && prefix.eq_ignore_ascii_case(team) && !rest.is_empty();
    ours.then_some(rest)
}
