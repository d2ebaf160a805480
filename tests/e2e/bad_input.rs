//! Mistakes and accidents before the first change: a clear message, the exit code, and nothing has
//! changed.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
};

use kube::{Api, ResourceExt, config::Kubeconfig};
use pg_core::operation::Operation;
use pg_tests::{
    Result,
    cluster::Cluster,
    ensure, manifest,
    plugin::Plugin,
    site::{Place, Site},
    test::run,
};

/// All that a change would leave behind, by version. Of the manifests only what a person writes
/// counts: the controller may write the status at any time.
async fn versions(cluster: &Cluster) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for one in cluster.api().list(&Default::default()).await? {
        let generation = one.metadata.generation.unwrap_or_default();
        all.push(format!("postgresql {} {generation}", one.name_any()));
    }
    let operations: Api<Operation> = cluster.children();
    for one in operations.list(&Default::default()).await? {
        all.push(format!("operation {}", one.name_any()));
    }
    let sets: Api<k8s_openapi::api::apps::v1::StatefulSet> = cluster.children();
    for one in sets.list(&Default::default()).await? {
        let generation = one.metadata.generation.unwrap_or_default();
        all.push(format!("StatefulSet {} {generation}", one.name_any()));
    }
    let secrets: Api<k8s_openapi::api::core::v1::Secret> = cluster.children();
    for one in secrets.list(&Default::default()).await? {
        let version = one.resource_version().unwrap_or_default();
        all.push(format!("Secret {} {version}", one.name_any()));
    }
    all.extend(cluster.incarnations().await?);
    Ok(all)
}

/// A kubeconfig with one more context, `dead`, where nobody listens.
fn with_dead_context(site: &Site) -> Result<PathBuf> {
    let mut config = Kubeconfig::read_from(&site.kubeconfig)?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let named = |list: &[serde_json::Value], name: &str| {
        let found = list.iter().find(|one| one["name"] == name).cloned();
        found.ok_or(format!("no {name}"))
    };
    let mut tree = serde_json::to_value(&config)?;
    let contexts = tree["contexts"].as_array().cloned().unwrap_or_default();
    let clusters = tree["clusters"].as_array().cloned().unwrap_or_default();
    let mut context = named(&contexts, &site.context)?;
    let of = context["context"]["cluster"].as_str().unwrap_or_default();
    let mut cluster = named(&clusters, of)?;
    context["name"] = "dead".into();
    context["context"]["cluster"] = "dead".into();
    cluster["name"] = "dead".into();
    cluster["cluster"]["server"] = format!("https://127.0.0.1:{port}").into();
    for (key, one) in [("contexts", context), ("clusters", cluster)] {
        if let Some(list) = tree[key].as_array_mut() {
            list.push(one);
        }
    }
    config = serde_json::from_value(tree)?;
    let path = std::env::temp_dir().join(format!("pg-tests-{}.yaml", std::process::id()));
    std::fs::write(&path, serde_saphyr::to_string(&config)?)?;
    Ok(path)
}

/// Whatever is wrong on the command line or in the manifest: 2 or 5, with a word on what to do.
#[test]
fn changes_nothing() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        let cluster = test.running(&west, "main", manifest::members(1)).await?;
        let before = versions(&cluster).await?;
        let (ns, context, target) = (&test.namespace, &west.context, cluster.target());
        let long = "a".repeat(64);
        let table: [(String, i32, &[&str]); 12] = [
            (format!("scale {target} --replicas -1 --yes"), 2, &["-1"]),
            (
                format!("scale {target} --replicas many --yes"),
                2,
                &["many"],
            ),
            (format!("create {target} --yes"), 5, &["taken"]),
            (
                format!("create {ns}/new --context nowhere --yes"),
                2,
                &["nowhere"],
            ),
            (
                format!("create {ns}/new@{context} --version 3 --yes"),
                2,
                &["version", "17"],
            ),
            (
                format!("create {ns}/new@{context} --size big --yes"),
                2,
                &["big"],
            ),
            (format!("create {ns}/{long}@{context} --yes"), 2, &["58"]),
            (
                format!("create no-such-namespace/new@{context} --yes"),
                5,
                &["create namespace no-such-namespace"],
            ),
            (
                format!("scale {ns}/none@{context} --replicas 2 --yes"),
                5,
                &["no such Postgres cluster"],
            ),
            (format!("restart {target}"), 5, &["--yes"]),
            (
                format!("restart {target} --as nobody-special --yes"),
                5,
                &["nobody-special"],
            ),
            (
                format!("delete {target} --confirm {ns}/other@{context}"),
                5,
                &["other"],
            ),
        ];
        for (line, code, words) in table {
            plugin.fails(&line, code, words).await?;
        }
        let after = versions(&cluster).await?;
        ensure!(before == after, "before {before:?}, after {after:?}");
        Ok(())
    });
}

/// No kubeconfig at all, and one that is none.
#[test]
fn no_kubeconfig() {
    run(async |_| {
        let plugin = Plugin::with_kubeconfig(None)?;
        plugin.fails("list", 1, &["kubeconfig"]).await?;
        plugin
            .fails("create ns/main --yes", 5, &["kubeconfig"])
            .await?;
        let plugin = Plugin::with_kubeconfig(Some(Path::new("/proc/version")))?;
        plugin.fails("list", 1, &["/proc/version"]).await?;
        Ok(())
    });
}

/// One context of two does not answer: a read shows the other, a change does nothing anywhere.
#[test]
fn unreachable_context() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let cluster = test.running(&west, "main", manifest::members(1)).await?;
        let kubeconfig = with_dead_context(&west)?;
        let plugin = Plugin::with_kubeconfig(Some(&kubeconfig))?;
        let (ns, context) = (&test.namespace, &west.context);
        let before = versions(&cluster).await?;

        let both = format!("--context {context},dead -n {ns}");
        plugin
            .fails(&format!("list {both}"), 3, &["main", "Healthy", "dead"])
            .await?;
        plugin
            .run(&format!("list {both} --allow-unreachable"), &[])
            .await?
            .exits(0)?;
        plugin
            .fails(&format!("list --context dead -n {ns}"), 1, &["dead"])
            .await?;
        for change in [
            format!("create {ns}/new --context {context},dead --yes"),
            format!("scale {ns}/main --context {context},dead --replicas 2 --yes"),
            format!("restart {ns}/main --context {context},dead --yes --expect-count 2"),
        ] {
            plugin.fails(&change, 5, &["dead"]).await?;
        }
        let after = versions(&cluster).await?;
        ensure!(before == after, "before {before:?}, after {after:?}");
        std::fs::remove_file(kubeconfig)?;
        Ok(())
    });
}
