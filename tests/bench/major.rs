//! `major-upgrade`: the time without writes beside `pg_upgrade --link` by hand, what comes over the
//! network to a replica, and whether all serve whatever is killed at any step.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::{Api, ResourceExt, api::PostParams};
use pg_core::{operation::Phase, postgresql::Postgresql};
use pg_tests::{
    Result, cluster::Cluster, ensure, kubernetes, manifest, site::Site, wait, workload::Writer,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    ground, number, probe,
    report::{Figure, Report},
    stats,
};

const CONTEXT: &str = "major";
/// Of pgbench: 15 MB each.
const SCALE: usize = 134;
const RATIO: f64 = 1.5;
/// Of the data.
const COPIED: f64 = 0.01;
const LONG: Duration = Duration::from_secs(900);
const VOLUME: &str = "/home/postgres/pgdata";
/// An old replica is started without the API server for so long.
const CUT: Duration = Duration::from_secs(15);

/// Where something is killed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Where {
    Primary,
    Replica,
}

/// The states of the two journals. While the first four last, nothing is committed.
const STEPS: [(Where, &str); 10] = [
    (Where::Replica, "holding"),
    (Where::Replica, "following"),
    (Where::Primary, "asked"),
    (Where::Primary, "converting"),
    (Where::Replica, "held"),
    (Where::Primary, "committed"),
    (Where::Primary, "swapped"),
    (Where::Primary, "serving"),
    (Where::Replica, "linking"),
    (Where::Replica, "linked"),
];

/// By hand, as somebody would who takes care: all that can be done before is done before.
const BY_HAND: &str = r#"
set -eu
old=/usr/lib/postgresql/15/bin new=/usr/lib/postgresql/17/bin hand=/home/postgres/pgdata/pgroot/hand
ask() { psql -XAtq -h /run/postgresql -d postgres -c "$1"; }
rm -rf $hand; mkdir $hand; cd $hand
$old/pg_basebackup -h /run/postgresql -U standby -D old -X stream -c fast
rm -f old/postgresql.auto.conf old/standby.signal
conf="port = 6000
listen_addresses = ''
unix_socket_directories = '$hand'
shared_buffers = $(ask 'SHOW shared_buffers')
shared_preload_libraries = '$(ask 'SHOW shared_preload_libraries')'"
sums=; [ "$(ask 'SHOW data_checksums')" = off ] || sums=-k
$new/initdb -D new -U postgres --auth=trust $sums -E "$(ask 'SHOW server_encoding')" \
  --lc-collate="$(ask "SELECT datcollate FROM pg_database WHERE datname = 'template1'")" \
  --lc-ctype="$(ask "SELECT datctype FROM pg_database WHERE datname = 'template1'")" >log 2>&1
echo "$conf" >old/postgresql.conf; echo "$conf" >>new/postgresql.conf
echo 'local all all trust' >old/pg_hba.conf
$old/pg_ctl -D old -w -l log start >>log
psql -XAtq -h $hand -p 6000 -d postgres -c 'CHECKPOINT'
sync
begin=$(date +%s%3N)
$old/pg_ctl -D old -w stop >>log
$new/pg_upgrade --link --jobs=2 -U postgres -b $old -B $new -d old -D new -s $hand >>log 2>&1
$new/pg_ctl -D new -w -l log start >>log
psql -XAtq -h $hand -p 6000 -d postgres -c 'CREATE TABLE written ()'
end=$(date +%s%3N)
$new/pg_ctl -D new -w stop >>log
cd /; rm -rf $hand
echo $((end - begin))
"#;

pub async fn measure(report: &mut Report) -> Result {
    let steps = number("COUNT", STEPS.len())?.min(STEPS.len());
    let site = ground::prepare(CONTEXT, 2, &[]).await?;
    let large = large(&site, report).await;
    let killed = killed(&site, &STEPS[..steps], report).await;
    ground::down(CONTEXT).await?;
    large.and(killed)
}

/// Two gigabytes and one replica.
async fn large(site: &Site, report: &mut Report) -> Result {
    let scale = number("SCALE", SCALE)?;
    let cluster = fresh(site, "large").await?;
    let primary = cluster.primary().await?;
    let replica = cluster.replicas().await?.swap_remove(0);
    let fill = format!("pgbench -h /run/postgresql -i -q -s {scale} postgres");
    background(&cluster, &primary, &fill).await?;
    cluster.running().await?;
    let size = "SELECT sum(pg_database_size(oid))::bigint FROM pg_database";
    let size: f64 = cluster.sql(&primary, size).await?.parse()?;
    let by_hand: f64 = background(&cluster, &primary, BY_HAND).await?.parse()?;
    let by_hand = by_hand / 1e3;
    cluster.running().await?;

    let node = site.nodes().await?.swap_remove(0);
    let program = std::env::current_exe()?.with_file_name("writer");
    let rows = Writer::start(&cluster, &program, &node, "rows", 20).await?;
    let received = received(&cluster, &replica).await?;
    let from = probe::now();
    let name = ask(&cluster).await?;
    // Nothing is looked at inside meanwhile: that would cost time where it is measured.
    let message = wait::until_within("the upgrade ends", LONG, async || {
        let status = cluster.operation(&name).await?;
        ensure!(status.phase.is_final(), "{status:?}");
        Ok((status.phase, status.message.unwrap_or_default()))
    });
    let (phase, message) = message.await?;
    ensure!(phase == Phase::Succeeded, "{message}");
    cluster.running().await?;
    rows.goes_on().await?;
    let until = probe::now();
    let received = received_since(&cluster, &replica, received).await?;
    let answers = rows.stop_and_compare().await?;
    let good = answers.iter().filter(|answer| answer.error.is_none());
    let times: Vec<u64> = good.map(|answer| answer.at).collect();
    let gap = stats::longest_gap(&times, from, until) as f64 / 1e3;
    let last = cluster.exec(&replica, &["cat", &own("last.json")]).await?;
    let last: Value = serde_json::from_str(&last)?;
    let fetched = last["linked"]["fetched"].as_f64();
    report.row(
        "major-upgrade",
        json!({
            "bytes": size, "gap_s": gap, "by_hand_s": by_hand, "last": last,
            "received": received, "message": message,
        }),
    )?;
    let ratio = gap / by_hand;
    report.figure(&Figure {
        name: "major-upgrade".to_owned(),
        measured: format!("{ratio:.2} × ({gap:.1} s without writes)"),
        target: format!("≤ {RATIO} ×"),
        against: format!(
            "by hand: {by_hand:.1} s, same data ({:.1} GB), same run",
            size / 1e9
        ),
        ok: ratio <= RATIO,
    })?;
    let copied = fetched.map(|bytes| bytes / size);
    report.figure(&Figure {
        name: "major-upgrade-bytes".to_owned(),
        measured: match (copied, fetched) {
            (Some(part), Some(bytes)) => format!(
                "{:.2} % of the data ({:.1} MB) copied to the replica",
                part * 1e2,
                bytes / 1e6
            ),
            _ => format!("all of it was copied: {last}"),
        },
        target: format!("≤ {:.0} %", COPIED * 1e2),
        against: format!(
            "its network, with all WAL of the upgrade: {:.1} MB",
            received / 1e6
        ),
        ok: copied.is_some_and(|part| part <= COPIED),
    })?;
    ground::remove(site, "large").await
}

/// At each state all processes of a member but the first are killed; beside, an old replica is killed
/// while it is cut off from the API server, and starts as soon as its kubelet can: it runs no Patroni.
/// In the end all serve, and no other member than the converted one led past its commit.
async fn killed(site: &Site, steps: &[(Where, &str)], report: &mut Report) -> Result {
    let (mut cluster, mut struck, mut serving, mut led) = (None, 0, 0, 0);
    for (number, (at, state)) in steps.iter().enumerate() {
        let namespace = format!("kill-{number}");
        let this = match cluster.take() {
            Some(cluster) => cluster,
            None => fresh(site, &namespace).await?,
        };
        let came = strike(&this, *at, state).await;
        let row = match &came {
            Ok(came) => json!({ "state": state, "struck": came.struck, "others_led": came.others,
                "phase": came.phase, "message": came.message }),
            Err(why) => json!({ "state": state, "error": why.to_string() }),
        };
        eprintln!("bench: {row}");
        report.row("major-upgrade-killed", row)?;
        let Ok(came) = came else { continue };
        serving += 1;
        struck += usize::from(came.struck);
        led += came.others;
        if came.phase == Phase::Failed {
            cluster = Some(this);
        } else {
            ground::leave(site, &this.namespace).await?;
        }
    }
    let all = steps.len();
    report.figure(&Figure {
        name: "major-upgrade-killed".to_owned(),
        measured: format!(
            "{serving} of {all} end serving ({struck} of {all} kills came within their state); another member seen leading past the commit point {led} times"
        ),
        target: "all; 0".to_owned(),
        against: "kill -9 of all that runs in a member, at each state of its journal".to_owned(),
        ok: serving == all && struck == all && led == 0,
    })
}

/// What came of one kill.
struct Came {
    phase: Phase,
    message: String,
    struck: bool,
    /// How often another member was seen with the lock past the commit point.
    others: usize,
}

async fn strike(cluster: &Cluster, at: Where, state: &str) -> Result<Came> {
    let primary = cluster.primary().await?;
    let replica = cluster.replicas().await?.swap_remove(0);
    let victim = if at == Where::Primary {
        &primary
    } else {
        &replica
    };
    let mark = format!("{VOLUME}/struck");
    // Some states last for milliseconds: it looks all the time, with what bash can do by itself.
    let watch = format!(
        "rm -f {mark}; (while :; do text=; IFS= read -r -d '' text 2>/dev/null <{}; case \"$text\" in \
         *'\"state\":\"{state}\"'*) : >{mark}; kill -9 -1; exit;; esac; done) >/dev/null 2>&1 </dev/null &",
        own("journal.json")
    );
    cluster
        .exec(victim, &["setsid", "bash", "-c", &watch])
        .await?;
    let name = ask(cluster).await?;
    let node = cluster.node(&replica).await?;
    let old = match at {
        Where::Primary => Some(Old {
            victim: victim.clone(),
            pod: cluster.pod(&replica).await?,
            cut: None,
        }),
        Where::Replica => None,
    };
    let end = ends(cluster, &name, old).await;
    cluster.site.lab()?.heal(&node).await?;
    let ((phase, message), others) = end?;
    wait::until_within("all serve", LONG, async || {
        cluster.running().await.map(drop)
    })
    .await?;
    let version = if phase == Phase::Succeeded {
        "17"
    } else {
        "15"
    };
    for member in cluster.status().await?.members {
        let runs = cluster.sql(&member.name, "SHOW server_version").await?;
        ensure!(runs.starts_with(version), "{} runs {runs}", member.name);
    }
    // The watch of a state that was missed goes with its container or stays; it must not strike later.
    let struck = cluster.exec(victim, &["test", "-e", &mark]).await.is_ok();
    let end = "for p in /proc/[0-9]*; do grep -qs struck $p/cmdline && [ ${p#/proc/} != $$ ] && kill -9 ${p#/proc/}; done; true";
    cluster.exec(victim, &["bash", "-c", end]).await?;
    Ok(Came {
        phase,
        message,
        struck,
        others,
    })
}

/// A replica that is cut off from the API server and killed as soon as another member was struck. Its
/// kubelet may wait for the cut's end before it starts the container again.
struct Old {
    victim: String,
    pod: Pod,
    /// Since when.
    cut: Option<Instant>,
}

impl Old {
    /// Kills it, heals the cut after a while, and until then looks that nothing promotes the old version.
    async fn starts(&mut self, cluster: &Cluster) -> Result {
        let (site, lab) = (&cluster.site, cluster.site.lab()?);
        let node = kubernetes::node_of(&self.pod)?;
        let Some(since) = self.cut else {
            let mark = format!("{VOLUME}/struck");
            let struck = cluster.exec(&self.victim, &["test", "-e", &mark]).await;
            if struck.is_ok() {
                lab.cut(&node, Some(&site.context)).await?;
                kubernetes::kill_container(site, &cluster.namespace, &self.pod).await?;
                self.cut = Some(Instant::now());
            }
            return Ok(());
        };
        let runs = kubernetes::command_lines(site, &cluster.namespace, &self.pod).await?;
        ensure!(
            !(runs.contains("/bin/patroni") && runs.contains("/15/bin/postgres")),
            "Patroni runs the old version of {}: {runs}",
            self.pod.name_any()
        );
        if since.elapsed() > CUT {
            lab.heal(&node).await?;
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.cut.is_some_and(|since| since.elapsed() > CUT)
    }
}

/// Waits for an operation's end, and looks who leads meanwhile: how often another member than the
/// converted one was seen with the lock while that one was past its commit point.
async fn ends(
    cluster: &Cluster,
    name: &str,
    mut old: Option<Old>,
) -> Result<((Phase, String), usize)> {
    let begin = Instant::now();
    let mut others = 0;
    loop {
        let status = cluster.operation(name).await?;
        if status.phase.is_final() {
            let message = status.message.unwrap_or_default();
            return Ok(((status.phase, message), others));
        }
        ensure!(begin.elapsed() < LONG, "no end: {status:?}");
        let converted = status.primary_before.as_deref().unwrap_or_default();
        if past_commit(cluster, converted).await? && leads_another(cluster, converted).await? {
            others += 1;
        }
        if let Some(this) = &mut old {
            let is_over = this.is_over();
            this.starts(cluster).await?;
            if is_over {
                old = None;
            }
        }
        sleep(Duration::from_millis(300)).await;
    }
}

/// Whether Patroni's `initialize` names the new cluster, or the journal says it will.
async fn past_commit(cluster: &Cluster, member: &str) -> Result<bool> {
    let files = format!("cat {} 2>/dev/null", own("journal.json"));
    let text = cluster.exec(member, &["sh", "-c", &files]).await;
    let states = ["committed", "swapped", "serving"];
    Ok(text.is_ok_and(|text| {
        states
            .iter()
            .any(|state| text.contains(&format!("\"{state}\"")))
    }))
}

async fn leads_another(cluster: &Cluster, member: &str) -> Result<bool> {
    let leader = format!("{}-leader", cluster.name);
    let found = cluster.children::<ConfigMap>().get_opt(&leader).await?;
    let leader = found.and_then(|found| found.annotations().get("leader").cloned());
    Ok(leader.is_some_and(|leader| !leader.is_empty() && leader != member))
}

async fn ask(cluster: &Cluster) -> Result<String> {
    let action = json!({ "upgrade": { "to": "17", "noWayBack": true } });
    cluster.ask(action, json!({})).await
}

/// Two members of 15 on two nodes.
async fn fresh(site: &Site, namespace: &str) -> Result<Cluster> {
    ground::namespace(site, namespace).await?;
    let spec = json!({ "postgresql": { "version": "15" }, "volume": { "size": "10Gi" } });
    let object: Postgresql = serde_json::from_value(json!({
        "apiVersion": "acid.zalan.do/v1",
        "kind": "postgresql",
        "metadata": { "name": "main" },
        "spec": manifest::spread(spec),
    }))?;
    let api = Api::<Postgresql>::namespaced(site.client.clone(), namespace);
    api.create(&PostParams::default(), &object).await?;
    let cluster = Cluster::find(site, namespace, "main").await?;
    cluster.running().await?;
    Ok(cluster)
}

/// Runs a script as the account that owns the data, however long it takes; its last line.
async fn background(cluster: &Cluster, member: &str, script: &str) -> Result<String> {
    let (out, done) = ("/tmp/script.out", "/tmp/script.done");
    let run = format!(
        "rm -f {done}; (setpriv --reuid=postgres --regid=postgres --clear-groups \
         env HOME=/home/postgres PGUSER=postgres bash -c \"$0\" >{out} 2>&1; echo $? >{done}) </dev/null >/dev/null 2>&1 &"
    );
    cluster
        .exec(member, &["setsid", "bash", "-c", &run, script])
        .await?;
    wait::until_within("a script ends", LONG, async || {
        cluster.exec(member, &["cat", done]).await.map(drop)
    })
    .await?;
    let said = cluster.exec(member, &["tail", "-n", "20", out]).await?;
    let code = cluster.exec(member, &["cat", done]).await?;
    ensure!(code.trim() == "0", "a script failed: {said}");
    Ok(said.lines().last().unwrap_or_default().trim().to_owned())
}

fn own(file: &str) -> String {
    format!("{VOLUME}/pgroot/upgrade/{file}")
}

/// Bytes that a member's network has received.
async fn received(cluster: &Cluster, member: &str) -> Result<f64> {
    let sum = "awk -F'[: ]+' '$2 ~ /^eth/ {sum += $3} END {print sum + 0}' /proc/net/dev";
    Ok(cluster
        .exec(member, &["sh", "-c", sum])
        .await?
        .trim()
        .parse()?)
}

async fn received_since(cluster: &Cluster, member: &str, before: f64) -> Result<f64> {
    Ok(received(cluster, member).await? - before)
}
