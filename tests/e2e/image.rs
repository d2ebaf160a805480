//! The database image: both major versions, what is promised to be in it, and Pod Security
//! `restricted`.

use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use pg_tests::{
    Result,
    cluster::Cluster,
    controller::{self, configuration, configure},
    ensure, manifest,
    plugin::Plugin,
    site::{Place, Site},
    test::{Test, run},
};
use serde_json::{Value, json};

/// What `manifests/images/postgres/README.md` says is there on every version, contrib aside.
const EXTENSIONS: [&str; 19] = [
    "pg_cron",
    "pg_partman",
    "pg_repack",
    "pg_stat_kcache",
    "pgaudit",
    "pglogical",
    "pgq",
    "pgq_node",
    "plproxy",
    "plpgsql_check",
    "pldbgapi",
    "hll",
    "hypopg",
    "first_last_agg",
    "extra_window_functions",
    "pg_dirtyread",
    "set_user",
    "decoderbufs",
    "wal2json",
];
/// Of those, what is a library only: there is nothing to create.
const LIBRARIES: [&str; 2] = ["decoderbufs", "wal2json"];
/// Some need more than Spilo's preload.
const PRELOADED: &str =
    "pg_stat_statements,pgextwlist,set_user,pg_cron,pg_stat_kcache,pgaudit,pglogical";
/// On 17 as well.
const ON_17: [&str; 3] = ["vector", "pg_permissions", "timescaledb"];
/// Some of contrib.
const CONTRIB: [&str; 5] = [
    "pg_stat_statements",
    "hstore",
    "pg_trgm",
    "postgres_fdw",
    "citext",
];

async fn can_be_created(cluster: &Cluster, extensions: &[&str]) -> Result {
    let primary = cluster.primary().await?;
    let mut failed = Vec::new();
    for extension in extensions.iter().filter(|one| !LIBRARIES.contains(one)) {
        let create = format!("CREATE EXTENSION IF NOT EXISTS {extension} CASCADE");
        if let Err(error) = cluster.sql(&primary, &create).await {
            failed.push(format!("{extension}: {error}"));
        }
    }
    ensure!(failed.is_empty(), "{failed:#?}");
    Ok(())
}

/// Output plugins: their use is for the administrator to allow (`output_plugin_libraries`).
async fn libraries_are_there(cluster: &Cluster, version: &str) -> Result {
    let primary = cluster.primary().await?;
    for library in LIBRARIES {
        let file = format!("/usr/lib/postgresql/{version}/lib/{library}.so");
        cluster.exec(&primary, &["ls", &file]).await?;
    }
    Ok(())
}

fn version(version: &str, members: i64) -> Value {
    let of_17 = if version == "17" { ",timescaledb" } else { "" };
    let parameters = json!({
        "shared_preload_libraries": format!("{PRELOADED}{of_17}"),
    });
    let postgresql = json!({ "version": version, "parameters": parameters });
    manifest::with(members, json!({ "postgresql": postgresql }))
}

/// On 17, started as root as Spilo is.
#[test]
fn extensions_are_there() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let cluster = test.running(&west, "main", version("17", 1)).await?;
        for all in [&EXTENSIONS[..], &ON_17, &CONTRIB] {
            can_be_created(&cluster, all).await?;
        }
        libraries_are_there(&cluster, "17").await
    });
}

/// On 15, in a namespace that enforces `restricted`: members replicate, are switched over, and
/// people have their tools.
#[test]
fn restricted_namespace() {
    run(async |test| {
        let east = test.take(Place::East).await?;
        let before = configuration(&east).await?;
        configure(&east, json!({ "pod_security": "restricted" })).await?;
        let result = restricted(test, &east).await;
        controller::configure_back(&east, before).await?;
        result
    });
}

async fn restricted(test: &Test, east: &Site) -> Result {
    test.namespace_in(east).await?;
    let label =
        json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}});
    Api::<Namespace>::all(east.client.clone())
        .patch(
            &test.namespace,
            &PatchParams::default(),
            &Patch::Merge(label),
        )
        .await?;
    let cluster = test.running(east, "main", version("15", 2)).await?;
    let primary = cluster.primary().await?;
    let running = cluster.sql(&primary, "SHOW server_version_num").await?;
    ensure!(running.starts_with("15"), "{running}");
    can_be_created(&cluster, &EXTENSIONS).await?;
    can_be_created(&cluster, &CONTRIB).await?;
    libraries_are_there(&cluster, "15").await?;

    let target = cluster.target();
    let plugin = Plugin::new(east)?;
    plugin.ok(&format!("switchover {target} --yes")).await?;
    cluster.running().await?;
    let tools =
        "patronictl list && psql -U postgres -c 'SELECT 1' && curl -s localhost:8008 && id -u";
    let told = cluster.exec(&primary, &["bash", "-ec", tools]).await?;
    ensure!(told.contains("Leader"), "{told}");
    ensure!(told.trim().ends_with("101"), "{told}");
    Ok(())
}
