//! How the pods of a copy reach their source: side by side, at an address of its Service, or
//! through this terminal.

use k8s_openapi::api::core::v1::Node;
use kube::{Api, ResourceExt, api::ListParams};
use pg_core::names;

use super::{
    manifest::Way,
    probe::{Reach, probe},
};
use crate::{
    args::Copies,
    cluster::Cluster,
    connect::Context,
    error::{Error, Kind, Result},
    objects::Service,
    preflight::{Right, lacks},
};

const OTHER_ADDRESS: &str =
    "--host HOST[:PORT] names an address at which pods there reach its primary";

/// How the pods of a copy reach the source, and what is to be said of that: at an address of the
/// source's where pods there reach it, else through this terminal.
pub async fn way(
    source: &Cluster,
    context: &Context,
    namespace: &str,
    args: &Copies,
) -> Result<(Way, Vec<String>)> {
    let here = context.name == source.context.name;
    if args.host.is_none() && here && namespace == source.namespace {
        return Ok((Way::Beside, Vec::new()));
    }
    let place = Place {
        source,
        context,
        namespace,
        args,
    };
    if args.through_terminal {
        return place.by_terminal(Vec::new()).await;
    }
    if let Some((host, port)) = args.host.clone() {
        // A person's word is tried as it is: what does not come about is taken away again.
        return match args.standby {
            true => place.followed(host, port, true).await,
            false => Ok((Way::At(host, port), Vec::new())),
        };
    }
    match address(source, here, args).await? {
        Found::At(host, port, _) if args.standby => place.followed(host, port, false).await,
        Found::At(host, port, how) => {
            let (way, said) = place.copied(host, port).await?;
            Ok((way, how.into_iter().chain(said).collect()))
        }
        Found::Nothing(why) if args.standby => Err(no_way_to_follow(&why)),
        Found::Nothing(why) => {
            let said = format!(
                "{why}: a copy in {} goes through this terminal",
                context.name
            );
            place.by_terminal(vec![said]).await
        }
    }
}

/// Where a copy is to be, and of what.
struct Place<'a> {
    source: &'a Cluster,
    context: &'a Context,
    namespace: &'a str,
    args: &'a Copies,
}

impl Place<'_> {
    async fn by_terminal(&self, said: Vec<String>) -> Result<(Way, Vec<String>)> {
        match self.cannot_carry(&[]).await? {
            Some(error) => Err(error),
            None => Ok((Way::Terminal, said)),
        }
    }

    /// A standby's way is for good: where it is known to lead nowhere, nothing is begun, unless a
    /// person has `named` it. The pod that is asked may be bound by rules of the network that do not
    /// bind the standby's.
    async fn followed(&self, host: String, port: u16, named: bool) -> Result<(Way, Vec<String>)> {
        let said = match probe(self.context, self.namespace, &host, port).await? {
            Reach::Reached => None,
            Reach::Unreached(pod) => {
                let unreached = self.unreached(&host, port, &pod);
                if !named {
                    return Err(no_way_to_follow(&unreached));
                }
                Some(format!(
                    "{unreached}: it is tried all the same, as you named it"
                ))
            }
            Reach::Unknown(why) => {
                let pods = self.pods();
                Some(format!(
                    "not checked: whether {pods} reach {host}:{port}: {why}"
                ))
            }
        };
        Ok((Way::At(host, port), said.into_iter().collect()))
    }

    /// A copy's may be either.
    async fn copied(&self, host: String, port: u16) -> Result<(Way, Option<String>)> {
        let pods = self.pods();
        let reach = probe(self.context, self.namespace, &host, port).await?;
        if let Reach::Unreached(pod) = reach {
            let unreached = self.unreached(&host, port, &pod);
            return match self.cannot_carry(&[]).await? {
                None => {
                    let said = format!("{unreached}: the copy goes through this terminal");
                    Ok((Way::Terminal, Some(said)))
                }
                Some(why) => {
                    let what = format!("{unreached}, and {why}");
                    Err(Error::new(Kind::Refused, what).hint(OTHER_ADDRESS))
                }
            };
        }
        // That the copy's own pod does not reach it is read in its log.
        Ok(match self.cannot_carry(&[("get", "pods/log")]).await? {
            None => (Way::Either(host, port), None),
            Some(_) if reach == Reach::Reached => (Way::At(host, port), None),
            Some(why) => {
                let said =
                    format!("through {host}:{port} alone, whether {pods} reach it or not: {why}");
                (Way::At(host, port), Some(said))
            }
        })
    }

    fn unreached(&self, host: &str, port: u16, pod: &str) -> String {
        let pods = self.pods();
        format!("{pods} do not reach {host}:{port} (asked of {pod})")
    }

    fn pods(&self) -> String {
        format!("pods in {}@{}", self.namespace, self.context.name)
    }

    /// Why this program may not or cannot carry the connections of a copy, if it is so; for that it
    /// needs these rights where the copy is, too.
    async fn cannot_carry(&self, more: &[(&'static str, &'static str)]) -> Result<Option<Error>> {
        let (source, context) = (self.source, self.context);
        if !self.args.change.wait {
            let what = "a terminal that carries a copy has to wait for it";
            return Ok(Some(Error::new(Kind::Refused, what).hint(OTHER_ADDRESS)));
        }
        let right = |(verb, resource): &(&'static str, &'static str), namespace| Right {
            verb,
            group: "",
            resource,
            namespace,
            name: "",
        };
        // Which of the two is asked of a WebSocket depends on the age of the API server.
        let there = [&[("get", "pods/exec"), ("create", "pods/exec")], more].concat();
        let at_the_source = vec![
            ("list", "pods"),
            ("get", "pods/portforward"),
            ("create", "pods/portforward"),
        ];
        for (context, namespace, needed) in [
            (context, self.namespace, there),
            (&*source.context, source.namespace.as_str(), at_the_source),
        ] {
            let needed: Vec<Right<'_>> = needed.iter().map(|one| right(one, namespace)).collect();
            let missing = lacks(context, &needed).await?;
            if !missing.is_empty() {
                let what = format!(
                    "to carry it through this terminal you lack {} in {namespace}@{}",
                    missing.join(", "),
                    context.name
                );
                return Ok(Some(Error::new(Kind::Forbidden, what).hint(OTHER_ADDRESS)));
            }
        }
        Ok(None)
    }
}

fn no_way_to_follow(why: &str) -> Error {
    let what = format!("a standby follows through the network, and {why}");
    Error::new(Kind::Refused, what).hint(OTHER_ADDRESS)
}

/// Where pods elsewhere may reach a source.
enum Found {
    /// At this host and port; what is to be said of it.
    At(String, u16, Option<String>),
    /// At no address; why.
    Nothing(String),
}

/// An address of the source's: of its Service in one context, of its load balancer or a node's in
/// another.
async fn address(source: &Cluster, here: bool, args: &Copies) -> Result<Found> {
    let port = u16::try_from(names::POSTGRES_PORT).unwrap_or(5432);
    let name = names::primary_service(&source.name);
    if here {
        let host = format!("{name}.{}.svc", source.namespace);
        return Ok(Found::At(host, port, None));
    }
    let services: Api<Service> = source.context.api(&source.namespace);
    let Some(service) = source.context.ask_opt(services.get(&name)).await? else {
        return Ok(Found::Nothing("the source has no Service".to_owned()));
    };
    let node_port = service.node_port(port);
    let mut balancers = service.status.load_balancer.ingress.into_iter();
    let balancer = balancers.next().and_then(|it| it.hostname.or(it.ip));
    if let Some(host) = balancer {
        return Ok(Found::At(host, port, None));
    }
    let Some(port) = node_port else {
        let why = "the source's Service has no load balancer and no NodePort";
        return Ok(Found::Nothing(why.to_owned()));
    };
    // One node is a single point, on which no standby is to hang without a word.
    if args.standby {
        let why = "the source has no load balancer (a NodePort is of one node alone)";
        return Ok(Found::Nothing(why.to_owned()));
    }
    let nodes: Api<Node> = Api::all(source.context.client.clone());
    let nodes = source.context.ask(nodes.list(&ListParams::default())).await;
    Ok(match nodes {
        Ok(nodes) => match node(&nodes.items) {
            Some((node, host)) => {
                let said = format!(
                    "{}: copies elsewhere reach it by its NodePort on node {node}, {host}:{port}; --host names another address",
                    source.target()
                );
                Found::At(host, port, Some(said))
            }
            None => Found::Nothing("the source has a NodePort, and no node is ready".to_owned()),
        },
        Err(error) if error.kind == Kind::Forbidden => {
            let why = format!(
                "the source has a NodePort, and you may not list the nodes of {}",
                source.context.name
            );
            Found::Nothing(why)
        }
        Err(error) => return Err(error),
    })
}

/// A node that is ready, and where others reach it: its address outside if one has any.
fn node(nodes: &[Node]) -> Option<(String, String)> {
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn one(name: &str, ready: &str, addresses: &[(&str, &str)]) -> Node {
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
            (vec![one("a", "False", &[outside])], None),
            (vec![one("a", "True", &[("Hostname", "a")])], None),
            (vec![one("a", "True", &[inside])], Some(("a", "10.0.0.1"))),
            (
                vec![
                    one("a", "Unknown", &[outside]),
                    one("b", "True", &[inside]),
                    one("c", "True", &[inside, outside]),
                ],
                Some(("c", "192.0.2.1")),
            ),
        ];
        for (nodes, expected) in table {
            let found = node(&nodes);
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
