//! How the pods of a copy reach their source: side by side, at an address of its Service, or
//! through this terminal.

use k8s_openapi::api::core::v1::Node;
use kube::{Api, ResourceExt, api::ListParams};
use pg_core::names;

use super::manifest::Way;
use crate::{
    args::Copies,
    cluster::Cluster,
    connect::Context,
    error::{Error, Kind, Result},
    objects::Service,
    preflight::{Right, rights},
};

/// How the pods of a copy reach the source, and what is to be said of that.
pub async fn way(
    source: &Cluster,
    here: bool,
    namespace: &str,
    args: &Copies,
) -> Result<(Way, Option<String>)> {
    if let Some((host, port)) = &args.host {
        return Ok((Way::At(host.clone(), *port), None));
    }
    let port = u16::try_from(names::POSTGRES_PORT).unwrap_or(5432);
    if here && namespace == source.namespace {
        return Ok((Way::Beside, None));
    }
    if args.through_terminal {
        return Ok((Way::Terminal, None));
    }
    if here {
        let host = format!(
            "{}.{}.svc",
            names::primary_service(&source.name),
            source.namespace
        );
        return Ok((Way::At(host, port), None));
    }
    let services: Api<Service> = source.context.api(&source.namespace);
    let name = names::primary_service(&source.name);
    let Some(service) = source.context.ask_opt(services.get(&name)).await? else {
        return Ok((Way::Terminal, None));
    };
    let node_port = service.node_port(port);
    let mut balancers = service.status.load_balancer.ingress.into_iter();
    let balancer = balancers.next().and_then(|it| it.hostname.or(it.ip));
    if let Some(host) = balancer {
        return Ok((Way::At(host, port), None));
    }
    // One node is a single point, on which no standby is to hang without a word.
    let Some(port) = node_port.filter(|_| !args.standby) else {
        return Ok((Way::Terminal, None));
    };
    let nodes: Api<Node> = Api::all(source.context.client.clone());
    let nodes = source.context.ask(nodes.list(&ListParams::default())).await;
    Ok(match nodes {
        Ok(nodes) => match address(&nodes.items) {
            Some((node, host)) => {
                let said = format!(
                    "{}: copies elsewhere reach it by its NodePort on node {node}, {host}:{port}; --host names another address",
                    source.target()
                );
                (Way::At(host, port), Some(said))
            }
            None => (Way::Terminal, None),
        },
        Err(error) if error.kind == Kind::Forbidden => {
            let said = format!(
                "{}: it has a NodePort, and you may not list the nodes of {}: the copy goes through this terminal",
                source.target(),
                source.context.name
            );
            (Way::Terminal, Some(said))
        }
        Err(error) => return Err(error),
    })
}

/// A node that is ready, and where others reach it: its address outside if one has any.
fn address(nodes: &[Node]) -> Option<(String, String)> {
    let ready = |node: &&Node| {
        let status = node.status.as_ref();
        let conditions = status.and_then(|it| it.conditions.as_ref());
        conditions.is_some_and(|all| {
            all.iter()
                .any(|it| it.type_ == "Ready" && it.status == "True")
        })
    };
    let of = |kind: &str| {
        nodes.iter().filter(ready).find_map(|node| {
            let addresses = node.status.as_ref()?.addresses.as_ref()?;
            let found = addresses.iter().find(|it| it.type_ == kind)?;
            Some((node.name_any(), found.address.clone()))
        })
    };
    of("ExternalIP").or_else(|| of("InternalIP"))
}

/// Whether this program may and can carry the connections of a copy.
pub async fn may_carry(
    source: &Cluster,
    context: &Context,
    namespace: &str,
    args: &Copies,
) -> Result<()> {
    let address = "--host HOST[:PORT] names an address at which pods there reach its primary";
    if args.standby {
        let what = "a standby follows through the network, and the source has no load balancer (a NodePort is of one node alone)";
        return Err(Error::new(Kind::Refused, what).hint(address));
    }
    if !args.change.wait {
        let what = "this terminal carries the copy, and has to wait for it";
        return Err(Error::new(Kind::Refused, what).hint(address));
    }
    let right = |verb, resource, namespace| Right {
        verb,
        group: "",
        resource,
        namespace,
        name: "",
    };
    // Which of the two is asked of a WebSocket depends on the age of the API server.
    let both = ["get", "create"].map(|verb| right(verb, "pods/exec", namespace));
    rights(context, &both).await?;
    let needed = [
        "list pods",
        "get pods/portforward",
        "create pods/portforward",
    ];
    let needed = needed.map(|words| {
        let (verb, resource) = words.split_once(' ').unwrap_or_default();
        right(verb, resource, source.namespace.as_str())
    });
    rights(&source.context, &needed).await
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn node(name: &str, ready: &str, addresses: &[(&str, &str)]) -> Node {
        let addresses: Vec<Value> = addresses
            .iter()
            .map(|(kind, address)| json!({ "type": kind, "address": address }))
            .collect();
        let node = json!({
            "metadata": { "name": name },
            "status": {
                "conditions": [{ "type": "Ready", "status": ready }],
                "addresses": addresses,
            },
        });
        serde_json::from_value(node).expect("a node")
    }

    #[test]
    fn nodes_are_reached_outside_first_and_only_when_ready() {
        let inside = ("InternalIP", "10.0.0.1");
        let outside = ("ExternalIP", "192.0.2.1");
        let table = [
            (vec![], None),
            (vec![node("a", "False", &[outside])], None),
            (vec![node("a", "True", &[("Hostname", "a")])], None),
            (vec![node("a", "True", &[inside])], Some(("a", "10.0.0.1"))),
            (
                vec![
                    node("a", "Unknown", &[outside]),
                    node("b", "True", &[inside]),
                    node("c", "True", &[inside, outside]),
                ],
                Some(("c", "192.0.2.1")),
            ),
        ];
        for (nodes, expected) in table {
            let found = address(&nodes);
            let found = found.as_ref().map(|(a, b)| (a.as_str(), b.as_str()));
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn the_port_of_every_node_is_a_nodeports_alone() {
        let service = |kind: &str, port: u16| -> Service {
            let ports = json!([{ "port": port, "nodePort": 30123 }]);
            let spec = json!({ "type": kind, "ports": ports });
            let service = json!({ "metadata": { "name": "main" }, "spec": spec });
            serde_json::from_value(service).expect("a Service")
        };
        assert_eq!(service("NodePort", 5432).node_port(5432), Some(30123));
        assert_eq!(service("NodePort", 8008).node_port(5432), None);
        assert_eq!(service("ClusterIP", 5432).node_port(5432), None);
        assert_eq!(service("LoadBalancer", 5432).node_port(5432), None);
    }
}
