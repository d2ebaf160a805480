//! Certificates from a Secret: the one that is served follows the Secret, and no pod is restarted.

use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use pg_tests::{
    Error, Result,
    cluster::Cluster,
    ensure, manifest,
    site::{Place, Site},
    test::{Test, run},
    wait,
};
use serde_json::{Value, json};
use tokio::process::Command;

const SECRET: &str = "served";
/// kubelet brings a Secret to its pods within a minute and a half, whatever we do.
const SOON: Duration = Duration::from_secs(240);

/// A certificate and its key, made here.
async fn pair(name: &str) -> Result<(String, String)> {
    let directory = std::env::temp_dir().join(format!("pg-e2e-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let (key, certificate) = (directory.join("key"), directory.join("crt"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:prime256v1", "-days", "2", "-subj"])
        .arg(format!("/CN={name}"))
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .await?;
    let why = String::from_utf8_lossy(&made.stderr);
    ensure!(made.status.success(), "openssl: {}", why.trim());
    let read = (
        std::fs::read_to_string(certificate)?,
        std::fs::read_to_string(key)?,
    );
    std::fs::remove_dir_all(directory)?;
    Ok(read)
}

fn data((certificate, key): (&str, &str)) -> Value {
    json!({ "tls.crt": certificate, "tls.key": key })
}

async fn put(site: &Site, test: &Test, pair: (&str, &str)) -> Result {
    let secrets = Api::<Secret>::namespaced(site.client.clone(), &test.namespace);
    let patch = Patch::Merge(json!({ "stringData": data(pair) }));
    secrets
        .patch(SECRET, &PatchParams::default(), &patch)
        .await?;
    Ok(())
}

/// The subject of the certificate that a member serves on its port.
async fn served(cluster: &Cluster, member: &str) -> Result<String> {
    let ask = "openssl s_client -starttls postgres -connect 127.0.0.1:5432 </dev/null 2>/dev/null \
               | openssl x509 -noout -subject";
    cluster.exec(member, &["bash", "-c", ask]).await
}

async fn is_served(cluster: &Cluster, name: &str) -> Result {
    for number in [0, 1] {
        let member = cluster.member(number);
        wait::until_within(&format!("{member} serves {name}"), SOON, async || {
            let subject = served(cluster, &member).await?;
            ensure!(subject.trim().ends_with(name), "{subject}");
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// What PID 1 of a member has said.
async fn said(cluster: &Cluster, member: &str, words: &str) -> Result {
    wait::until_within(&format!("{member} says {words}"), SOON, async || {
        let namespace = &cluster.namespace;
        let log = pg_tests::kubernetes::log(&cluster.site, namespace, member, 400).await?;
        log.contains(words)
            .then_some(())
            .ok_or_else(|| Error::from("not yet"))
    })
    .await
}

#[test]
fn renewed_certificates_are_served() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        test.namespace_in(&west).await?;
        let (first, second) = (pair("first").await?, pair("second").await?);
        let secrets = Api::<Secret>::namespaced(west.client.clone(), &test.namespace);
        let secret = json!({
            "metadata": { "name": SECRET }, "stringData": data((&first.0, &first.1)),
        });
        secrets
            .create(&PostParams::default(), &serde_json::from_value(secret)?)
            .await?;
        let spec = manifest::with(
            2,
            json!({ "tls": { "secretName": SECRET }, "spiloFSGroup": 103 }),
        );
        let cluster = test.running(&west, "main", spec).await?;
        is_served(&cluster, "first").await?;
        let before = cluster.incarnations().await?;
        let primary = cluster.primary().await?;
        let since = "SELECT pg_postmaster_start_time()";
        let started = cluster.sql(&primary, since).await?;

        // A key of another certificate: said, and the old one goes on.
        put(&west, test, (&second.0, &first.1)).await?;
        said(&cluster, &primary, "renewed certificates are not taken up").await?;
        is_served(&cluster, "first").await?;

        put(&west, test, (&second.0, &second.1)).await?;
        is_served(&cluster, "second").await?;
        ensure!(
            cluster.incarnations().await? == before,
            "a pod was restarted"
        );
        ensure!(
            cluster.sql(&primary, since).await? == started,
            "PostgreSQL was restarted"
        );
        Ok(())
    });
}
