//! The manifest of a copy: its source's, without what is the source's own. Pure.

use pg_core::{names, postgresql::PostgresqlStatus};
use serde_json::{Map, Value, json};

use super::relay;
use crate::{args::Copies, cluster::Cluster, error::Result, target::Target};

/// The cluster that a standby was cloned from, for its promotion: its target and uid.
pub const SOURCE: &str = "pgfleet.io/cloned-from";

/// What of a manifest means its own cluster alone: where its rows came from, its names and
/// addresses in the world, whom it sends changes to.
const OWN: [&str; 11] = [
    "clone",
    "standby",
    "streams",
    "serviceAnnotations",
    "masterServiceAnnotations",
    "replicaServiceAnnotations",
    "enableMasterLoadBalancer",
    "enableReplicaLoadBalancer",
    "enableMasterPoolerLoadBalancer",
    "enableReplicaPoolerLoadBalancer",
    "useLoadBalancer",
];

/// The Service that a standby's host names, as namespace and name; an address is none.
pub fn service_followed(standby: &Cluster) -> Option<(String, String)> {
    let host = standby.spec(&["standby", "standby_host"])?.as_str()?;
    let mut parts = host.split('.');
    let name = parts.next().unwrap_or_default().to_owned();
    let namespace = parts.next().unwrap_or(&standby.namespace).to_owned();
    Some((namespace, name))
}

/// Whether a standby's host names a Service of this Postgres cluster.
pub fn follows_service(standby: &Cluster, namespace: &str, name: &str) -> bool {
    let services = [names::primary_service(name), names::replica_service(name)];
    service_followed(standby)
        .is_some_and(|(there, service)| there == namespace && services.contains(&service))
}

/// How a copy reaches its source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Way {
    /// In the same namespace: the manifest's `clone`.
    Beside,
    /// At an address.
    At(String, u16),
    /// At an address, and where pods there do not reach it by connections that this program carries.
    Either(String, u16),
    /// By connections that this program carries.
    Terminal,
}

impl Way {
    /// For a person.
    pub fn in_words(&self) -> String {
        match self {
            Self::Beside => "in the same namespace".to_owned(),
            Self::At(host, port) => format!("through {host}:{port}"),
            Self::Either(host, port) => {
                format!("through {host}:{port}, else through this terminal")
            }
            Self::Terminal => "through this terminal".to_owned(),
        }
    }
}

/// Whether a variable of the source's pods must not be those of its copy: where its own data came
/// from, and a fixed place of its archive, in which two clusters would overwrite each other.
fn is_own_variable(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let archive = ["WAL_", "WALE_", "WALG_"];
    name.starts_with("CLONE_")
        || name.starts_with("STANDBY_")
        || (archive.iter().any(|start| name.starts_with(start)) && name.ends_with("_PREFIX"))
}

/// The manifest of one copy.
pub fn manifest(
    source: &Cluster,
    to: &Target,
    way: &Way,
    args: &Copies,
    request: &str,
    by: Option<&str>,
) -> Result<Value> {
    let mut spec = source
        .object
        .data
        .get("spec")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    spec.retain(|key, _| !OWN.contains(&key.as_str()));
    let mut env: Vec<Value> = spec
        .remove("env")
        .and_then(|env| env.as_array().cloned())
        .unwrap_or_default();
    env.retain(|one| {
        let name = one.get("name").and_then(Value::as_str).unwrap_or_default();
        !is_own_variable(name)
    });
    match (args.standby, way) {
        (true, Way::At(host, port)) => {
            let standby = json!({ "standby_host": host, "standby_port": port.to_string() });
            spec.insert("standby".to_owned(), standby);
        }
        // Refused before: a terminal is not there for good.
        (true, Way::Beside | Way::Either(..) | Way::Terminal) => {
            let host = names::primary_service(&source.name);
            spec.insert("standby".to_owned(), json!({ "standby_host": host }));
        }
        (false, Way::Beside) => {
            spec.insert("clone".to_owned(), json!({ "cluster": source.name }));
        }
        (false, Way::Terminal) => env.extend(variables(source, to, relay::HOST, relay::PORT)),
        (false, Way::At(host, port)) => env.extend(variables(source, to, host, *port)),
        (false, Way::Either(host, port)) => {
            env.extend(variables(source, to, host, *port));
            let carried = json!({ "name": "CLONE_RELAY_PORT", "value": relay::PORT.to_string() });
            env.push(carried);
        }
    }
    // The manifest's section alone leaves roles that only SQL knows as they are, as Zalando's does.
    if !args.standby && !args.copy_passwords {
        env.push(json!({ "name": "CLONE_OWN_PASSWORDS", "value": "true" }));
    }
    if !env.is_empty() {
        spec.insert("env".to_owned(), env.into());
    }
    let members = match args.replicas {
        Some(members) => i64::from(members),
        // Zalando's operator knows no other.
        None if args.standby => 1,
        None => source.members_wanted(),
    };
    spec.insert("numberOfInstances".to_owned(), json!(members));
    if let Some(version) = &args.version {
        let postgresql = spec.entry("postgresql").or_insert_with(|| json!({}));
        postgresql["version"] = json!(version);
    }
    let volume = spec.entry("volume").or_insert_with(|| json!({}));
    for (key, value) in [("size", &args.size), ("storageClass", &args.storage_class)] {
        if let Some(value) = value {
            volume[key] = json!(value);
        }
    }
    let mut labels: Map<String, Value> = source
        .object
        .metadata
        .labels
        .iter()
        .flatten()
        .filter(|(key, _)| !key.starts_with("pgfleet.io/"))
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    labels.insert(names::REQUEST_LABEL.to_owned(), json!(request));
    let mut annotations = Map::new();
    annotations.insert(
        SOURCE.to_owned(),
        json!(format!("{} {}", source.target(), source.uid())),
    );
    if let Some(id) = source.annotation(names::CONTROLLER_ANNOTATION) {
        annotations.insert(names::CONTROLLER_ANNOTATION.to_owned(), json!(id));
    }
    if let Some(by) = by {
        annotations.insert(names::REQUESTED_BY.to_owned(), json!(by));
    }
    if let Some(reason) = &args.change.reason {
        annotations.insert(names::REASON.to_owned(), json!(reason));
    }
    Ok(json!({
        "apiVersion": "acid.zalan.do/v1",
        "kind": "postgresql",
        "metadata": {
            "name": to.name,
            "namespace": to.namespace,
            "labels": labels,
            "annotations": annotations,
        },
        "spec": spec,
    }))
}

/// What Spilo and our own image take in place of the section, which knows one namespace only. The
/// Secret is there for the copy's time alone; pods start without it afterwards.
fn variables(source: &Cluster, to: &Target, host: &str, port: u16) -> Vec<Value> {
    let plain = |name: &str, value: &str| json!({ "name": name, "value": value });
    let lent = |name: &str, key: &str| {
        json!({
            "name": name,
            "valueFrom": { "secretKeyRef": { "name": names::loan(&to.name), "key": key, "optional": true } },
        })
    };
    vec![
        plain("CLONE_SCOPE", &source.name),
        plain("CLONE_METHOD", "CLONE_WITH_BASEBACKUP"),
        plain("CLONE_HOST", host),
        plain("CLONE_PORT", &port.to_string()),
        lent("CLONE_USER", "username"),
        lent("CLONE_PASSWORD", "password"),
    ]
}

/// The major version that a server has, by what the controller saw.
pub fn major(status: &PostgresqlStatus) -> Option<&str> {
    status.running_version.as_deref()?.split('.').next()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Verb};

    fn made(flags: &str, way: &Way) -> Value {
        let source = Cluster::nowhere(json!({
            "metadata": {
                "uid": "u-1",
                "labels": { "team": "shop", "pgfleet.io/request": "old" },
                "annotations": { "acid.zalan.do/controller": "pg-fleet", "kubectl.kubernetes.io/x": "y" },
            },
            "spec": {
                "teamId": "shop",
                "numberOfInstances": 3,
                "postgresql": { "version": "17" },
                "volume": { "size": "10Gi", "storageClass": "fast" },
                "users": { "ann": [] },
                "clone": { "cluster": "older" },
                "enableMasterLoadBalancer": true,
                "masterServiceAnnotations": { "external-dns.alpha.kubernetes.io/hostname": "db" },
                "env": [
                    { "name": "CLONE_HOST", "value": "old" },
                    { "name": "WALG_S3_PREFIX", "value": "s3://b/p" },
                    { "name": "TZ", "value": "UTC" },
                ],
            },
        }));
        let line = format!("kubectl-pg clone pg/main copy {flags}");
        let cli = Cli::try_parse_from(line.split_whitespace()).expect("valid");
        let Verb::Clone(args) = cli.verb else {
            panic!("not clone")
        };
        let to = "shop/copy@west".parse().expect("a target");
        manifest(&source, &to, way, &args, "r-1", Some("ann")).expect("a manifest")
    }

    #[tokio::test]
    async fn beside_its_source() {
        insta::assert_json_snapshot!(made("", &Way::Beside));
    }

    #[tokio::test]
    async fn elsewhere_it_names_the_address_and_a_secret_that_may_go() {
        let made = made("", &Way::At("db.example".to_owned(), 6432));
        assert_eq!(made.pointer("/spec/clone"), None);
        let env = made["spec"]["env"].as_array().expect("variables");
        let names: Vec<&str> = env.iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(
            names,
            [
                "TZ",
                "CLONE_SCOPE",
                "CLONE_METHOD",
                "CLONE_HOST",
                "CLONE_PORT",
                "CLONE_USER",
                "CLONE_PASSWORD",
                "CLONE_OWN_PASSWORDS"
            ]
        );
        let key = &env[6]["valueFrom"]["secretKeyRef"];
        assert_eq!(
            *key,
            json!({"name": "copy.clone.pgfleet.io", "key": "password", "optional": true})
        );
    }

    #[tokio::test]
    async fn it_names_the_end_of_a_terminal_beside_the_address() {
        let relay = |way: &Way| {
            let made = made("", way);
            let env = made["spec"]["env"].as_array().expect("variables").clone();
            let value = |name: &str| {
                let found = env.iter().find(|one| one["name"] == name);
                found.map(|one| one["value"].as_str().unwrap_or_default().to_owned())
            };
            (value("CLONE_HOST"), value("CLONE_RELAY_PORT"))
        };
        let (host, port) = ("db.example".to_owned(), 5432);
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            relay(&Way::Either(host.clone(), port)),
            (text("db.example"), text("6432"))
        );
        assert_eq!(relay(&Way::At(host, port)), (text("db.example"), None));
        assert_eq!(relay(&Way::Terminal), (text("127.0.0.1"), None));
    }

    #[tokio::test]
    async fn passwords_are_its_own_unless_asked() {
        let own = |flags| {
            let made = made(flags, &Way::Beside);
            let env = made["spec"]["env"].as_array().expect("variables").clone();
            env.iter().any(|one| one["name"] == "CLONE_OWN_PASSWORDS")
        };
        assert!(own(""));
        assert!(!own("--copy-passwords"));
    }

    #[tokio::test]
    async fn a_standby_follows_and_has_one_member() {
        let made = made(
            "--standby --size 20Gi",
            &Way::At("db.example".to_owned(), 6432),
        );
        let spec = &made["spec"];
        assert_eq!(
            spec["standby"],
            json!({"standby_host": "db.example", "standby_port": "6432"})
        );
        assert_eq!(spec["numberOfInstances"], json!(1));
        assert_eq!(
            spec["volume"],
            json!({"size": "20Gi", "storageClass": "fast"})
        );
        assert_eq!(spec["env"], json!([{ "name": "TZ", "value": "UTC" }]));
    }

    #[tokio::test]
    async fn a_newer_version_is_the_copys() {
        let version = |flags| made(flags, &Way::Beside)["spec"]["postgresql"]["version"].clone();
        assert_eq!(version(""), json!("17"));
        assert_eq!(version("--version 18"), json!("18"));
    }

    #[test]
    fn versions_come_from_what_runs() {
        let status = PostgresqlStatus {
            running_version: Some("15.18".to_owned()),
            ..PostgresqlStatus::default()
        };
        assert_eq!(major(&status), Some("15"));
    }
}
