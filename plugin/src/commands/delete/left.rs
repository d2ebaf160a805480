//! What is left of a cluster whose manifest is gone, while the controller takes it away: without the
//! finalizer the manifest goes first.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, ResourceExt, api::ListParams};
use pg_core::names;

use crate::{cluster::Cluster, objects::Pod};

/// What is still to go, in words; nothing where all is gone, or cannot be seen from here.
pub async fn of(cluster: &Cluster, home: Option<&String>) -> Option<String> {
    let context = &cluster.context;
    let pods: Api<Pod> = context.api(&cluster.namespace);
    let all = ListParams::default();
    let list = context.ask(pods.list_metadata(&all)).await;
    let names = list.map(|list| list.items).unwrap_or_default();
    let mut names: Vec<String> = names
        .iter()
        .map(ResourceExt::name_any)
        .filter(|name| names::ordinal(&cluster.name, name).is_some())
        .collect();
    if !names.is_empty() {
        names.sort();
        return Some(format!("waits for {} to go", names.join(", ")));
    }
    let records: Api<ConfigMap> = context.api(home?);
    let name = names::deletion(&cluster.namespace, &cluster.name);
    let written = context.ask_opt(records.get_metadata_opt(&name)).await;
    let written = written.ok().flatten().flatten();
    written.map(|_| "waits for what belongs to it to go".to_owned())
}
