//! `clone` beside its source and into another context: what is refused, by which way the copy goes,
//! and what stays where it does not come about.

use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod, ResourceQuota, Secret, Service};
use kube::api::{Patch, PatchParams, PostParams};
use pg_tests::{
    Result,
    cluster::Cluster,
    ensure, manifest,
    plugin::Plugin,
    site::{Place, Site},
    test::{Test, run},
    wait,
};
use serde_json::{Value, json};

use crate::clone::{ROWS, SUM};

/// Whether the role that only SQL knows has a password.
const KNOWN: &str = "SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = 'alone'";

/// A source with rows in one context, and another for its copies.
struct Ground {
    east: Site,
    west: Site,
    plugin: Plugin,
    source: Cluster,
    rows: String,
}

impl Ground {
    /// A source with more in its manifest.
    async fn with(test: &Test, more: Value) -> Result<Self> {
        let (east, west) = (
            test.share(Place::East).await?,
            test.share(Place::West).await?,
        );
        test.namespace_in(&east).await?;
        let source = test
            .running(&west, "source", manifest::with(1, more))
            .await?;
        source.sql("source-0", ROWS).await?;
        Ok(Self {
            plugin: Plugin::new(&west)?,
            rows: source.sql("source-0", SUM).await?,
            east,
            west,
            source,
        })
    }
}

/// `clone`: refused before anything is there, beside its source, in another context, and given up
/// where the source is not reached. Nothing stays of what was refused or given up.
#[test]
fn by_the_plugin() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let Ground {
            east,
            west,
            plugin,
            source,
            rows,
        } = Ground::with(test, json!({})).await?;
        let (ns, from) = (&test.namespace, source.target());

        let quota = json!({
            "metadata": { "name": "full" },
            "spec": { "hard": { "persistentvolumeclaims": "2" } },
        });
        let quotas = kube::Api::<ResourceQuota>::namespaced(west.client.clone(), ns);
        quotas
            .create(&PostParams::default(), &serde_json::from_value(quota)?)
            .await?;
        wait::until("the quota counts", async || {
            let status = quotas.get("full").await?.status.unwrap_or_default();
            ensure!(status.used.is_some_and(|used| !used.is_empty()), "not yet");
            Ok(())
        })
        .await?;
        for (line, why) in [
            (format!("clone {from} source"), "a place of its own"),
            (format!("clone {from} copy --version 15"), "older version"),
            (
                format!("clone {from} copy --storage-class none"),
                "no storage class",
            ),
            (format!("clone {from} copy --size 1Mi"), "smaller"),
            (format!("clone {from} copy --replicas 2"), "quota full"),
            (format!("clone {from} copy second"), "2 copies take 2 more"),
            (
                format!("clone {from} copy copy@{} --standby", east.context),
                "no load balancer",
            ),
        ] {
            plugin
                .fails(&format!("{line} --yes --expect-count 2"), 5, &[why])
                .await?;
        }
        nothing_of(&west, ns, "copy").await?;

        // Of this role no manifest knows.
        let alone = "CREATE ROLE alone LOGIN PASSWORD 'of the source'";
        source.sql("source-0", alone).await?;
        let host = address(&source).await?;
        let both = format!(
            "clone {from} copy @{} --host {host} --yes --expect-count 2",
            east.context
        );
        plugin.ok(&both).await?;
        for (site, name) in [(&west, "copy"), (&east, "source")] {
            let copy = Cluster::find(site, ns, name).await?;
            copy.running().await?;
            let copied = copy.sql(&copy.primary().await?, SUM).await?;
            ensure!(copied == rows, "{name}: {copied} in place of {rows}");
            ensure!(
                copy.password().await? != source.password().await?,
                "the source's password"
            );
            let known = copy.sql(&copy.primary().await?, KNOWN).await?;
            ensure!(known == "f", "{name}: the source's password opens it");
            let secrets = copy.names::<Secret>().await?;
            ensure!(
                !secrets.iter().any(|name| name.ends_with("pgfleet.io")),
                "{secrets:?}"
            );
        }

        plugin
            .fails(
                &format!("clone {from} copy --yes"),
                5,
                &["the name is taken"],
            )
            .await?;

        // Without an address the connections go through this terminal; passwords go along when asked.
        let line = format!(
            "clone {from} carried@{} --copy-passwords --yes",
            east.context
        );
        plugin.ok(&line).await?;
        let carried = Cluster::find(&east, ns, "carried").await?;
        let copied = carried.sql("carried-0", SUM).await?;
        ensure!(copied == rows, "carried: {copied} in place of {rows}");
        ensure!(
            carried.password().await? == source.password().await?,
            "another password"
        );
        let known = carried.sql("carried-0", KNOWN).await?;
        ensure!(known == "t", "carried: the role has lost its password");

        let lost = format!("clone {from} lost@{} --host {host}:1 --yes", east.context);
        plugin
            .fails(
                &lost,
                1,
                &[
                    "base backup fails",
                    "nothing of it is left",
                    "--through-terminal",
                ],
            )
            .await?;
        nothing_of(&east, ns, "lost").await
    });
}

/// Without flags: an address that leads nowhere is noticed by the copy's own pod, and by a pod that is
/// there already, and the copy goes through the terminal; one that leads there is taken. A standby is
/// refused where a pod there does not reach its source.
#[test]
fn the_way_is_found() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let more = json!({ "enableMasterLoadBalancer": true });
        let Ground {
            east,
            west,
            plugin,
            source,
            rows,
        } = Ground::with(test, more).await?;
        let (ns, from) = (&test.namespace, source.target());
        let services = kube::Api::<Service>::namespaced(west.client.clone(), ns);
        let leads_to = async |ip: &str| {
            // Of a balancer with addresses of its own: kube-proxy takes none of them.
            let ingress = json!([{ "ip": ip, "ipMode": "Proxy" }]);
            let status = json!({ "status": { "loadBalancer": { "ingress": ingress } } });
            let patch = Patch::Merge(status);
            let how = PatchParams::default();
            services.patch_status("source", &how, &patch).await?;
            Ok::<_, pg_tests::Error>(())
        };
        // No host has it.
        let nowhere = "192.0.2.1";
        let ip = address(&source).await?;
        for (name, to, said) in [
            ("tried", nowhere, "its pod does not reach the source"),
            ("asked", nowhere, "do not reach 192.0.2.1:5432 (asked of"),
            ("direct", ip.as_str(), "else through this terminal"),
        ] {
            leads_to(to).await?;
            let line = format!("clone {from} {name}@{} --yes", east.context);
            let way = match to == nowhere {
                true => "; through this terminal".to_owned(),
                false => format!("; through {ip}:5432"),
            };
            let ended = plugin.run(&line, &[]).await?.exits(0)?;
            ended.says(&[said, &way])?;
            let copy = Cluster::find(&east, ns, name).await?;
            let copied = copy.sql(&copy.primary().await?, SUM).await?;
            ensure!(copied == rows, "{name}: {copied} in place of {rows}");
        }
        leads_to(nowhere).await?;
        let line = format!("clone {from} follower@{} --standby --yes", east.context);
        let why = ["do not reach 192.0.2.1:5432", "--host"];
        plugin.fails(&line, 5, &why).await?;
        nothing_of(&east, ns, "follower").await
    });
}

/// A copy that goes through the terminal does not come about without it: Ctrl-C takes away what was
/// begun.
#[test]
fn through_a_terminal_that_ends() {
    run(async |test| {
        if test.lacks_lab() {
            return Ok(());
        }
        let Ground {
            east,
            plugin,
            source,
            ..
        } = Ground::with(test, json!({})).await?;
        let line = format!("clone {} cut@{} --yes", source.target(), east.context);
        let going = plugin.start(&line)?;
        wait::until("the copy's pod is there", async || {
            let cut = Cluster::find(&east, &test.namespace, "cut").await?;
            cut.pod("cut-0").await.map(drop)
        })
        .await?;
        let code = going.interrupt().await?;
        ensure!(code == Some(130), "it ended with {code:?}");
        wait::until("it is gone", async || {
            let there = Cluster::find(&east, &test.namespace, "cut").await;
            ensure!(there.is_err(), "still there");
            Ok(())
        })
        .await?;
        nothing_of(&east, &test.namespace, "cut").await
    });
}

/// Nothing of a cluster is there: no manifest, no pod, no volume, no password.
pub async fn nothing_of(site: &Site, namespace: &str, name: &str) -> Result {
    let cluster = Cluster {
        site: site.clone(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: String::new(),
    };
    ensure!(cluster.manifest().await.is_err(), "{name} is there");
    wait::until("nothing is left", async || {
        let mut left = cluster.names::<Pod>().await?;
        left.extend(cluster.names::<PersistentVolumeClaim>().await?);
        left.extend(cluster.names::<Secret>().await?);
        let infix = format!(".{name}.");
        let of_it = |it: &String| {
            it.starts_with(&format!("{name}-"))
                || it.starts_with(&format!("{name}."))
                || it.starts_with(&format!("pgdata-{name}-"))
                || it.contains(&infix)
        };
        left.retain(of_it);
        ensure!(left.is_empty(), "{left:?}");
        Ok(())
    })
    .await
}

/// The address at which pods elsewhere find the source.
pub async fn address(source: &Cluster) -> Result<String> {
    let pod = source.pod(&source.primary().await?).await?;
    let ip = pod.status.and_then(|status| status.pod_ip);
    ip.ok_or_else(|| "the source has no address".into())
}
