//! `ready`: from the manifest to two members that serve, beside the same two pods by hand.

use std::time::{Duration, Instant};

use kube::{
    Api,
    api::{ApiResource, DynamicObject, PostParams},
    core::GroupVersionKind,
};
use pg_core::{patroni::MemberWord, postgresql::Postgresql};
use pg_tests::{Result, ensure, kubernetes, lab, manifest, site::Site};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    ground, number,
    report::{Figure, Report},
    stats,
};

const CONTEXT: &str = "ready";
const PAIRS: usize = 5;
const MORE: f64 = 2.0;
/// Both are looked at as often.
const PAUSE: Duration = Duration::from_millis(100);
const DEADLINE: Duration = Duration::from_secs(300);

/// Seconds since the manifest was applied.
struct Took {
    /// Until Patroni says in the pods' annotations: a primary runs, a replica streams.
    members: f64,
    /// Until the status says Running, with two members.
    status: f64,
}

pub async fn measure(report: &mut Report) -> Result {
    let pairs = number("COUNT", PAIRS)?.min(PAIRS);
    let site = ground::prepare(CONTEXT, 3, &[]).await?;
    let result = pairs_of(&site, pairs, report).await;
    ground::down(CONTEXT).await?;
    result
}

async fn pairs_of(site: &Site, pairs: usize, report: &mut Report) -> Result {
    let (mut ours, mut members, mut hand) = (Vec::new(), Vec::new(), Vec::new());
    for pair in 0..pairs {
        // Each goes first in every other pair.
        let (took, by_hand) = if pair % 2 == 0 {
            let took = fresh(site, &format!("ours-{pair}"), with_manifest).await?;
            let by_hand = fresh(site, &format!("hand-{pair}"), by_hand).await?;
            (took, by_hand)
        } else {
            let by_hand = fresh(site, &format!("hand-{pair}"), by_hand).await?;
            let took = fresh(site, &format!("ours-{pair}"), with_manifest).await?;
            (took, by_hand)
        };
        report.row(
            "ready",
            json!({ "status_s": took.status, "members_s": took.members, "by_hand_s": by_hand }),
        )?;
        ours.push(took.status);
        members.push(took.members);
        hand.push(by_hand);
    }
    let more: Vec<f64> = ours.iter().zip(&hand).map(|(a, b)| a - b).collect();
    let median = |values: &[f64]| stats::median(values).ok_or("no pairs");
    let (more, ours) = (median(&more)?, median(&ours)?);
    let (members, hand) = (median(&members)?, median(&hand)?);
    report.figure(&Figure {
        name: "ready".to_owned(),
        measured: format!(
            "{more:+.1} s ({ours:.1} s; primary runs and replica streams after {members:.1} s)"
        ),
        target: format!("≤ {MORE:+} s"),
        against: format!("by hand: {hand:.1} s; {pairs} interleaved pairs, medians"),
        ok: more <= MORE,
    })
}

async fn fresh<T>(
    site: &Site,
    namespace: &str,
    body: impl AsyncFnOnce(&Site, &str) -> Result<T>,
) -> Result<T> {
    ground::namespace(site, namespace).await?;
    let result = body(site, namespace).await;
    ground::remove(site, namespace).await?;
    result
}

async fn with_manifest(site: &Site, namespace: &str) -> Result<Took> {
    let object = json!({
        "apiVersion": "acid.zalan.do/v1",
        "kind": "postgresql",
        "metadata": { "name": "main", "namespace": namespace },
        "spec": manifest::members(2),
    });
    let start = Instant::now();
    apply(site, namespace, object).await?;
    let api = Api::<Postgresql>::namespaced(site.client.clone(), namespace);
    let (mut members, mut status) = (None, None);
    loop {
        if members.is_none() && both_serve(site, namespace, "main").await? {
            members = Some(start.elapsed().as_secs_f64());
        }
        let said = api.get("main").await?.status.unwrap_or_default();
        if status.is_none()
            && said.postgres_cluster_status == "Running"
            && said.ready.as_deref() == Some("2/2")
        {
            status = Some(start.elapsed().as_secs_f64());
        }
        if let (Some(members), Some(status)) = (members, status) {
            return Ok(Took { members, status });
        }
        let word = &said.postgres_cluster_status;
        ensure!(start.elapsed() < DEADLINE, "it stays {word:?}");
        sleep(PAUSE).await;
    }
}

async fn by_hand(site: &Site, namespace: &str) -> Result<f64> {
    let path = lab::root().join("tests/lab/by-hand.yaml");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("{}: {error}", path.display()))?
        .replace("POSTGRES_IMAGE", &ground::variable("POSTGRES_IMAGE")?);
    let objects: Vec<Value> = serde_saphyr::from_multiple(&text)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let start = Instant::now();
    for object in objects {
        apply(site, namespace, object).await?;
    }
    while !both_serve(site, namespace, "by-hand").await? {
        ensure!(start.elapsed() < DEADLINE, "by hand, they do not serve");
        sleep(PAUSE).await;
    }
    Ok(start.elapsed().as_secs_f64())
}

/// Creates an object of any kind.
async fn apply(site: &Site, namespace: &str, object: Value) -> Result {
    let object: DynamicObject = serde_json::from_value(object)?;
    let types = object.types.clone().ok_or("an object without kind")?;
    let mut resource = ApiResource::from_gvk(&GroupVersionKind::try_from(&types)?);
    if types.kind == "postgresql" {
        resource.plural = "postgresqls".to_owned();
    }
    let api = Api::<DynamicObject>::namespaced_with(site.client.clone(), namespace, &resource);
    api.create(&PostParams::default(), &object)
        .await
        .map_err(|error| format!("{} is refused: {error}", types.kind))?;
    Ok(())
}

/// Whether one pod's Patroni says that it runs as primary and another one's that it streams.
async fn both_serve(site: &Site, namespace: &str, name: &str) -> Result<bool> {
    let labels = format!("application=spilo,cluster-name={name}");
    let pods = kubernetes::pods(site, namespace, &labels).await?;
    let words: Vec<MemberWord> = pods
        .iter()
        .filter_map(|pod| MemberWord::parse(pod.metadata.annotations.as_ref()?))
        .collect();
    let leads = |word: &MemberWord| word.says_primary() && word.state == "running";
    let streams = |word: &MemberWord| {
        !word.says_primary() && word.replication_state.as_deref() == Some("streaming")
    };
    Ok(words.iter().any(leads) && words.iter().any(streams))
}
