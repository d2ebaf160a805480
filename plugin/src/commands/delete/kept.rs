//! What stays of a deleted cluster, and how it comes back.

use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use kube::{Api, ResourceExt, api::ListParams};
use pg_core::names;
use serde_json::{Value, json};

use crate::{args::Format, cluster::Cluster, output::document::render, session::Session, settings};

/// Says what stayed and how to bring the cluster back from it.
pub async fn say(session: &Session, cluster: &Cluster, manifest: Option<String>) {
    let volumes = volumes(cluster).await;
    let screen = &session.screen;
    match &volumes {
        Some(volumes) if volumes.is_empty() => {
            screen.note("its volumes are gone");
        }
        Some(volumes) => screen.note(&format!("kept: volumes {}", volumes.join(", "))),
        None => screen.note("whether its volumes stayed cannot be seen from here"),
    }
    let Some(file) = manifest else { return };
    if volumes.is_none_or(|volumes| !volumes.is_empty()) {
        screen.note(&format!(
            "bring it back with: kubectl pg create {} --from {file}",
            cluster.target()
        ));
    } else {
        screen.note(&format!("its manifest is kept in {file}"));
    }
}

/// Says where the manifest is while the cluster is still going: what else stays is seen only then.
pub fn say_file(session: &Session, cluster: &Cluster, manifest: Option<String>) {
    let Some(file) = manifest else { return };
    session.screen.note(&format!(
        "its manifest is kept; bring it back, once it is gone, with: kubectl pg create {} --from {file}",
        cluster.target()
    ));
}

/// The volume claims that are left; none when they may not be looked at.
async fn volumes(cluster: &Cluster) -> Option<Vec<String>> {
    let claims: Api<PersistentVolumeClaim> = cluster.context.api(&cluster.namespace);
    let all = ListParams::default();
    let list = cluster.context.ask(claims.list_metadata(&all));
    let of_data = format!("pgdata-{}", cluster.name);
    let names = list.await.ok()?.items.into_iter().filter(|claim| {
        claim.metadata.deletion_timestamp.is_none()
            && names::ordinal(&of_data, &claim.name_any()).is_some()
    });
    Some(names.map(|claim| claim.name_any()).collect())
}

/// Keeps the manifest in a file of the person's own; gives the file's name.
pub fn keep_manifest(cluster: &Cluster) -> Option<String> {
    let text = render(&manifest(cluster), Format::Yaml).ok()?;
    let uid: String = cluster.uid().chars().take(8).collect();
    let name = format!("{}-{}-{uid}.yaml", cluster.namespace, cluster.name);
    settings::keep_deleted(&name, &text)
}

/// As it can be created again.
fn manifest(cluster: &Cluster) -> Value {
    let metadata = &cluster.object.metadata;
    let ours = |key: &str| key.starts_with("pgfleet.io/") || key.contains("last-applied");
    let map = |map: &Option<std::collections::BTreeMap<String, String>>| -> Value {
        let kept = map.iter().flatten().filter(|(key, _)| !ours(key));
        kept.map(|(key, value)| (key.clone(), json!(value)))
            .collect()
    };
    json!({
        "apiVersion": "acid.zalan.do/v1",
        "kind": "postgresql",
        "metadata": {
            "name": cluster.name,
            "namespace": cluster.namespace,
            "labels": map(&metadata.labels),
            "annotations": map(&metadata.annotations),
        },
        "spec": cluster.object.data.get("spec"),
    })
}
