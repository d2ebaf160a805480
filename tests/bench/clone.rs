//! `clone`: a cluster of 1 GB copied into another context, beside `pg_basebackup` by hand in a pod
//! there, over the same link in the same run.

use std::time::Instant;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::{
    Api,
    api::{LogParams, PostParams},
};
use pg_core::postgresql::Postgresql;
use pg_tests::{
    Result, cluster::Cluster, ensure, kubernetes, manifest, plugin::Plugin, site::Site, wait,
};
use serde_json::json;

use crate::{
    ground, number,
    report::{Figure, Report},
    stats,
};

const CONTEXTS: [&str; 2] = ["clone-east", "clone-west"];
const NAMESPACE: &str = "team";
const PAIRS: usize = 3;
const TIMES: f64 = 1.2;
/// Each part is some 130 MB.
const PARTS: usize = 8;
const PART: &str = "INSERT INTO t SELECT n, repeat(md5(n::text), 20) \
                    FROM generate_series(1, 190000) AS n";
/// What a person would do: take the backup, and start a server on it.
const BY_HAND: &str = "set -e; echo begins; \
    pg_basebackup -h $FROM -U standby -D /data/copy --checkpoint=fast --wal-method=stream; \
    echo is whole; \
    printf 'local all all trust\\n' >/data/copy/by-hand.conf; \
    exec /usr/lib/postgresql/17/bin/postgres -D /data/copy -c hba_file=/data/copy/by-hand.conf \
      -c ssl=off -c logging_collector=off -c archive_mode=off -c listen_addresses= \
      -c unix_socket_directories=/tmp -c shared_preload_libraries= 2>&1";

/// Seconds.
struct Took {
    /// From the command until it takes writes.
    all: f64,
    /// The base backup.
    backup: f64,
}

pub async fn measure(report: &mut Report) -> Result {
    let pairs = number("COUNT", PAIRS)?.min(PAIRS);
    let sites = [
        ground::prepare(CONTEXTS[0], 1, &[]).await?,
        ground::prepare(CONTEXTS[1], 1, &[]).await?,
    ];
    let result = pairs_of(&sites, pairs, report).await;
    for context in CONTEXTS {
        ground::down(context).await?;
    }
    result
}

async fn pairs_of([east, west]: &[Site; 2], pairs: usize, report: &mut Report) -> Result {
    ground::namespace(east, NAMESPACE).await?;
    let object: Postgresql = serde_json::from_value(json!({
        "apiVersion": "acid.zalan.do/v1",
        "kind": "postgresql",
        "metadata": { "name": "main" },
        "spec": manifest::with(1, json!({ "volume": { "size": "5Gi" } })),
    }))?;
    let api = Api::<Postgresql>::namespaced(east.client.clone(), NAMESPACE);
    api.create(&PostParams::default(), &object).await?;
    let source = Cluster::find(east, NAMESPACE, "main").await?;
    source.running().await?;
    source
        .sql("main-0", "CREATE TABLE t (n int, text text)")
        .await?;
    for _ in 0..PARTS {
        source.sql("main-0", PART).await?;
    }
    source.sql("main-0", "CHECKPOINT").await?;
    let size = "SELECT sum(pg_database_size(oid))::bigint FROM pg_database";
    let bytes: u64 = source.sql("main-0", size).await?.trim().parse()?;
    let pod = source.pod("main-0").await?;
    let host = pod.status.and_then(|status| status.pod_ip);
    let host = host.ok_or("the source has no address")?;

    let (mut ours, mut hand) = (Vec::new(), Vec::new());
    for pair in 0..pairs {
        let namespace = format!("pair-{pair}");
        ground::namespace(west, &namespace).await?;
        // Each goes first in every other pair.
        let (copied, by_hand) = if pair % 2 == 0 {
            let copied = copied(&source, west, &namespace, &host).await?;
            (
                copied,
                taken_by_hand(&source, west, &namespace, &host).await?,
            )
        } else {
            let by_hand = taken_by_hand(&source, west, &namespace, &host).await?;
            (copied(&source, west, &namespace, &host).await?, by_hand)
        };
        ground::remove(west, &namespace).await?;
        report.row(
            "clone",
            json!({
                "bytes": bytes, "all_s": copied.all, "backup_s": copied.backup,
                "by_hand_all_s": by_hand.all, "by_hand_backup_s": by_hand.backup,
            }),
        )?;
        ours.push(copied);
        hand.push(by_hand);
    }
    let megabytes = bytes as f64 / 1e6;
    for (name, what, of) in [
        (
            "clone-backup",
            "the copy",
            (|one| one.backup) as fn(&Took) -> f64,
        ),
        ("clone", "from the command until it serves", |one| one.all),
    ] {
        let seconds = |all: &[Took]| -> Result<f64> {
            let values: Vec<f64> = all.iter().map(of).collect();
            Ok(stats::median(&values).ok_or("no pairs")?)
        };
        let ratios: Vec<f64> = ours.iter().zip(&hand).map(|(a, b)| of(a) / of(b)).collect();
        let ratio = stats::median(&ratios).ok_or("no pairs")?;
        report.figure(&Figure {
            name: name.to_owned(),
            measured: format!("{ratio:.2} × ({what}: {:.1} s)", seconds(&ours)?),
            target: format!("≤ {TIMES} ×"),
            against: format!(
                "pg_basebackup by hand in a pod there: {:.1} s; {megabytes:.0} MB between two contexts, {pairs} interleaved pairs, medians",
                seconds(&hand)?
            ),
            ok: ratio <= TIMES,
        })?;
    }
    Ok(())
}

async fn copied(source: &Cluster, west: &Site, namespace: &str, host: &str) -> Result<Took> {
    let line = format!(
        "clone {} {namespace}/copy@{} --host {host} --yes",
        source.target(),
        west.context
    );
    let begun = Instant::now();
    Plugin::new(west)?.ok(&line).await?;
    let all = begun.elapsed().as_secs_f64();
    let begins = said(west, namespace, "copy-0", "base backup begins").await?;
    let whole = said(west, namespace, "copy-0", "base backup is whole").await?;
    let copy = Cluster::find(west, namespace, "copy").await?;
    let count = "SELECT count(*) FROM t";
    let (theirs, ours) = (
        source.sql("main-0", count).await?,
        copy.sql("copy-0", count).await?,
    );
    ensure!(theirs == ours, "{ours} rows of {theirs}");
    Ok(Took {
        all,
        backup: (whole - begins).total(jiff::Unit::Second)?,
    })
}

/// A pod and a volume by hand.
async fn taken_by_hand(source: &Cluster, west: &Site, namespace: &str, host: &str) -> Result<Took> {
    let secret = "standby.main.credentials.postgresql.acid.zalan.do";
    let password = kubernetes::secret(&source.site, &source.namespace, secret, "password").await?;
    let claim: PersistentVolumeClaim = serde_json::from_value(json!({
        "metadata": { "name": "by-hand" },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": { "requests": { "storage": "5Gi" } },
        },
    }))?;
    let pod: Pod = serde_json::from_value(json!({
        "metadata": { "name": "by-hand" },
        "spec": {
            "securityContext": { "runAsUser": 101, "runAsGroup": 103, "fsGroup": 103 },
            "containers": [{
                "name": "postgres",
                "image": ground::variable("POSTGRES_IMAGE")?,
                "command": ["bash", "-c", BY_HAND],
                "env": [
                    { "name": "FROM", "value": host },
                    { "name": "PGPASSWORD", "value": password },
                ],
                "volumeMounts": [{ "name": "data", "mountPath": "/data" }],
            }],
            "volumes": [
                { "name": "data", "persistentVolumeClaim": { "claimName": "by-hand" } },
            ],
        },
    }))?;
    let claims = Api::<PersistentVolumeClaim>::namespaced(west.client.clone(), namespace);
    let pods = Api::<Pod>::namespaced(west.client.clone(), namespace);
    let begun = Timestamp::now();
    claims.create(&PostParams::default(), &claim).await?;
    pods.create(&PostParams::default(), &pod).await?;
    let ready = "ready to accept connections";
    let ready = wait::until("the server by hand is ready", async || {
        said(west, namespace, "by-hand", ready).await
    })
    .await?;
    let begins = said(west, namespace, "by-hand", "begins").await?;
    let whole = said(west, namespace, "by-hand", "is whole").await?;
    Ok(Took {
        all: (ready - begun).total(jiff::Unit::Second)?,
        backup: (whole - begins).total(jiff::Unit::Second)?,
    })
}

/// When a pod first said this.
async fn said(site: &Site, namespace: &str, pod: &str, words: &str) -> Result<Timestamp> {
    let pods = Api::<Pod>::namespaced(site.client.clone(), namespace);
    let parameters = LogParams {
        container: Some("postgres".to_owned()),
        timestamps: true,
        ..LogParams::default()
    };
    let log = pods.logs(pod, &parameters).await?;
    let line = log.lines().find(|line| line.contains(words));
    let line = line.ok_or_else(|| {
        let last = log.lines().next_back().unwrap_or_default();
        format!("{pod} does not say {words:?}; at last: {last}")
    })?;
    Ok(line.split(' ').next().unwrap_or_default().parse()?)
}
